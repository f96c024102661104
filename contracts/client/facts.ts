// Facts of a registry: whether a statement is one, and which model and transaction made it. Source: contracts/cairo/registry.cairo. Caveat: a fact is
// worth what its contract is; `requireRegistry` (trust.ts) asks that first.
import { chainError } from './errors.ts';
import { type FactEvent, factEvents } from './events.ts';
import { hex, type Node, view } from './node.ts';

/**
 * Whether a statement is a fact of the registry.
 * @example if (await isFact(chain, contract, statement)) console.log('proven');
 */
export async function isFact(node: Node, contract: bigint, statement: bigint): Promise<boolean> {
  const answer = await view(node, { contract, entrypoint: 'is_valid', calldata: [statement] });
  return answer.length === 1 && answer[0] === 1n;
}

/** a node behind a balancer may be a block late */
const LATE_MS = [0, 200, 1000, 3000, 6000] as const;

/**
 * Asks for the fact that a transaction was to make.
 * @param waits before each question, in milliseconds
 * @throws ZK0737 with the transaction where it is none
 */
export async function requireFact(
  node: Node,
  contract: bigint,
  statement: bigint,
  transaction: string,
  waits: readonly number[] = LATE_MS,
): Promise<void> {
  for (const ms of waits) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (await isFact(node, contract, statement)) return;
  }
  throw chainError(
    'ZK0737',
    'the contract took the proof, and the statement is no fact there',
    `statement ${hex(statement)}, transaction ${transaction}`,
    `ask again later: zkvm fact ${hex(statement)}; a contract that goes on saying so is no registry`,
  );
}

/**
 * The event by which a statement became a fact; undefined where the node has none.
 * @example const origin = await originOf(node, contract, statement); // origin?.modelId, origin?.caller, origin?.transactionHash
 */
export async function originOf(node: Node, contract: bigint, statement: bigint): Promise<FactEvent | undefined> {
  for await (const event of factEvents(node, contract, { statement, pageSize: 10 })) return event;
  return undefined;
}
