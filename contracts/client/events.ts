// Events of a registry: which statements became facts, of which model, by whom. Source: the class's ABI (class/abi.ts), from which the fields have their
// names and their order; the node's `starknet_getEvents`. Caveat: an event says that the contract said so; whether the contract is a registry asks
// `requireRegistry` (trust.ts), and a node may leave events out.
import { REGISTRY_ABI } from '../class/abi.ts';
import { chainError, toChainError } from './errors.ts';
import { hex, type Node, starknetPackage } from './node.ts';

type Entry = (typeof REGISTRY_ABI)[number];
type EventEntry = Extract<Entry, { type: 'event'; kind: 'struct' }>;
type Named<Name extends string> = Extract<EventEntry, { name: `${string}::${Name}` }>;
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Name;
type Fields<Name extends string> = { readonly [Member in Named<Name>['members'][number] as Camel<Member['name']>]: bigint };

const EVENT = 'StatementVerified';

/** keys and data of the event, in the order of the ABI */
const MEMBERS = REGISTRY_ABI.filter((entry): entry is EventEntry => entry.type === 'event' && entry.kind === 'struct').find(({ name }) =>
  name.endsWith(`::${EVENT}`),
)!.members;
const KEYS = MEMBERS.filter(({ kind }) => kind === 'key').map(({ name }) => name);
const DATA = MEMBERS.filter(({ kind }) => kind !== 'key').map(({ name }) => name);
const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * A statement that became a fact: `statement`, `modelId`, `caller` and `outputsHash`, the Poseidon hash of the outputs as `verify` takes them.
 * @example for await (const { statement, caller, blockNumber } of factEvents(node, contract, { modelId })) console.log(statement, caller, blockNumber);
 */
export type FactEvent = Fields<typeof EVENT> & {
  readonly transactionHash: string;
  /** undefined where the block is not there yet */
  readonly blockNumber: number | undefined;
};

/**
 * Which events are wanted; what is left out may be anything.
 * @example const filter: FactFilter = { modelId, caller, fromBlock: 1_000_000 };
 */
export interface FactFilter {
  statement?: bigint;
  modelId?: bigint;
  /** the account or contract that the proof's context names */
  caller?: bigint;
  /** blocks, both included; from the first to the latest if left out */
  fromBlock?: number;
  toBlock?: number;
  /** events that the node is asked for at a time; 100 if left out, nodes have a limit of their own (1,024 is usual) */
  pageSize?: number;
}

const PAGE_SIZE = 100;

interface NodeEvent {
  keys: string[];
  data: string[];
  transaction_hash: string;
  block_number?: number;
}

function factOf({ keys, data, transaction_hash, block_number }: NodeEvent, url: string): FactEvent {
  const named = (names: readonly string[], felts: readonly string[]): [string, bigint][] =>
    names.map((name, i) => [camel(name), BigInt(felts[i]!)]);
  if (keys.length !== KEYS.length + 1 || data.length !== DATA.length)
    throw chainError(
      'ZK0706',
      `the node has an event ${EVENT} of another shape`,
      `${url}: ${keys.length} keys, ${data.length} felts of data`,
      'check the address: it must be a registry of this release',
    );
  const fields = Object.fromEntries([...named(KEYS, keys.slice(1)), ...named(DATA, data)]) as Fields<typeof EVENT>;
  return { ...fields, transactionHash: transaction_hash, blockNumber: block_number };
}

/**
 * The facts of a registry from the oldest to the newest, a page of the node at a time: who stops early asks for no more.
 * @throws chain errors with exit code 7
 * @example for await (const event of factEvents(node, contract, { caller })) console.log(event.statement, event.outputsHash);
 */
export async function* factEvents(node: Node, contract: bigint, filter: FactFilter = {}): AsyncGenerator<FactEvent, void, undefined> {
  const { hash } = await starknetPackage();
  const { statement, modelId, caller, fromBlock = 0, toBlock, pageSize = PAGE_SIZE } = filter;
  const wanted: Readonly<Record<string, bigint | undefined>> = { statement, model_id: modelId, caller };
  const keys = KEYS.map((name) => (wanted[name] === undefined ? [] : [hex(wanted[name])]));
  const question = {
    address: hex(contract),
    keys: [[hash.getSelectorFromName(EVENT)], ...keys],
    from_block: { block_number: fromBlock },
    to_block: toBlock === undefined ? ('latest' as const) : { block_number: toBlock },
    chunk_size: pageSize,
  };
  for (let token: string | undefined; ; ) {
    const page = await node.provider.getEvents({ ...question, ...(token && { continuation_token: token }) }).catch((error: unknown) => {
      throw toChainError(error, node.url);
    });
    for (const event of page.events) yield factOf(event, node.url);
    if (!page.continuation_token) return;
    if (page.continuation_token === token)
      throw chainError('ZK0706', 'the node gives the same page of events again', node.url, 'try another node');
    token = page.continuation_token;
  }
}
