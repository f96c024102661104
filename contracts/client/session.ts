// A proof in several shards as the transactions of a session of the contract: `begin`, `shard` for each, `finish`; and a client that sends those that
// the chain does not have yet. Source: contracts/cairo/registry.cairo. Caveat: which shards are verified already is the node's word; a wrong one costs
// a transaction that is refused.
import { commonTranscript, type VerifyShardsRequest } from '../../air/verify.ts';
import { type Digest, digestToFelt, truncate } from '../../fri/core/digest.ts';
import { rejected } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { ProofReader, type StreamItem, toCalldata } from '../../fri/pcs/stream.ts';
import { orderedParts, type ProofFile } from '../../vm/files/proof.ts';
import type { VerifiableModel } from '../../vm/statement/model.ts';
import { claimOf, type Expectation, openProof, type Verdict, verifyOpened } from '../../vm/verify.ts';
import { requireChainShards } from '../class/limits.ts';
import { chainQueries } from '../class/security.ts';
import { list, NotingReader, requireCalldata, statementFelts } from './calldata.ts';
import { type Chain, invoke, type Receipt } from './chain.ts';
import { chainError } from './errors.ts';
import { requireFact } from './facts.ts';
import { view } from './node.ts';

/** an instance is one number where the contract reads the rest of it from the model's record: chip and log size */
const CODE = 32;

/** One shard's transaction. */
export interface ShardCall {
  index: number;
  /** chip, log size, first address and tree of each instance */
  instances: { type: number; logSize: number; base: number; page: number }[];
  baseRoot: bigint;
  proof: bigint[];
  /** what each felt of `proof` belongs to, for messages and tests */
  items: StreamItem[];
}

/**
 * The transactions that verify a proof of several shards.
 * @example const calls: SessionCalls = await sessionCalls(proof, record); // calls.shards.length + 2 transactions
 */
export interface SessionCalls {
  /** the session's number: the transcript after the base roots, so it says model, statement, context and roots */
  session: bigint;
  /** what becomes a fact */
  statement: bigint;
  modelId: bigint;
  /** the instances of each shard */
  codes: number[][];
  inputs: bigint[];
  outputs: bigint[];
  context: bigint[];
  /** base roots and interaction nonce */
  opening: bigint[];
  shards: ShardCall[];
}

/** calldata of `begin` */
export const beginCalldata = ({ modelId, codes, inputs, outputs, context, opening }: SessionCalls): bigint[] => [
  modelId,
  BigInt(codes.length),
  ...codes.flatMap((own) => list(own.map(BigInt))),
  ...list(inputs),
  ...list(outputs),
  ...list(context),
  ...list(opening),
];

/** calldata of `shard` */
export const shardCalldata = (session: bigint, { index, instances, baseRoot, proof }: ShardCall): bigint[] => [
  session,
  BigInt(index),
  BigInt(instances.length),
  ...instances.flatMap(({ type, logSize, base, page }) => [type, logSize, base, page].map(BigInt)),
  baseRoot,
  ...list(proof),
];

/** A transaction of a session. */
export interface SessionInvocation {
  /** `begin`, `shard 0` … , `finish` */
  step: string;
  entrypoint: string;
  calldata: bigint[];
}

/** all transactions of a session in their order */
export const invocationsOf = (calls: SessionCalls): SessionInvocation[] => [
  { step: 'begin', entrypoint: 'begin', calldata: beginCalldata(calls) },
  ...calls.shards.map((shard) => ({ step: `shard ${shard.index}`, entrypoint: 'shard', calldata: shardCalldata(calls.session, shard) })),
  { step: 'finish', entrypoint: 'finish', calldata: [calls.session] },
];

/**
 * The transactions that say what a proof file of several shards says, packed and not judged.
 * @param items what the words of the file are, and those of each part in the shards' order
 */
export function packSession(
  model: VerifiableModel,
  file: ProofFile,
  request: VerifyShardsRequest,
  statement: Digest,
  items: { common: StreamItem[]; parts: readonly StreamItem[][] },
): SessionCalls {
  const { shards } = request;
  const opening = toCalldata({ words: file.words, items: items.common });
  const ordered = orderedParts(file);
  return {
    session: digestToFelt(truncate(commonTranscript(request, new ProofReader(file.words)).digest)),
    statement: digestToFelt(statement),
    modelId: digestToFelt(model.id),
    codes: shards.map((instances) => instances.map(({ type, logSize }) => CODE * type + logSize)),
    ...statementFelts(model, file),
    opening,
    shards: shards.map((instances, index) => ({
      index,
      instances: instances.map(({ type, logSize, base, page = 0 }) => ({ type, logSize, base, page })),
      baseRoot: opening[index]!,
      proof: toCalldata({ words: ordered[index]!, items: items.parts[index]! }),
      items: items.parts[index]!,
    })),
  };
}

/**
 * The transactions that prove on the chain what a proof file of several shards says. The proof is verified first.
 * @throws rejected when the proof is none of the `chain` profile for this model, or none that the contract takes; usage ZK0733 when a transaction's
 * calldata exceed the network's limit
 */
export function sessionOf(
  model: VerifiableModel,
  bytes: Uint8Array,
  expected: Expectation = {},
): { calls: SessionCalls; verdict: Verdict } {
  const opened = openProof(bytes, [PROFILES.chain]);
  const readers: NotingReader[] = [];
  const verdict = verifyOpened(model, opened, expected, (words) => {
    readers.push(new NotingReader(words));
    return readers.at(-1)!;
  });
  const { request } = claimOf(model, opened, expected);
  const { shards, profile, publicTerms } = request;
  requireChainShards(shards);
  const asked = chainQueries(shards, publicTerms.length);
  if (asked !== profile.queries)
    throw rejected(
      'ZK0732',
      'the contract asks for other queries',
      'shards',
      `${asked ?? 'it takes no such proof'}, the proof has ${profile.queries}`,
    );
  const [common, ...parts] = readers.map(({ items }) => items);
  const calls = packSession(model, opened.file, request, verdict.statementHash, { common: common!, parts });
  const why = (columns: string): string => `${columns}; ${shards.length} shards`;
  requireCalldata(beginCalldata(calls), 'the statement', why('tensors and base roots'), 'use a smaller input', false);
  for (const shard of calls.shards)
    requireCalldata(
      shardCalldata(calls.session, shard),
      `shard ${shard.index}`,
      why(`${shard.instances.length} instances`),
      'prove it in more shards: less `--memory`',
    );
  return { calls, verdict };
}

/**
 * What a session's transaction did.
 * @example await verifySession(chain, contract, calls, ({ step, receipt }) => console.log(step, receipt.l2Gas));
 */
export interface SessionStep {
  /** `begin`, `shard 0` … , `finish` */
  step: string;
  calldataFelts: number;
  receipt: Receipt;
}

/**
 * Sends the transactions of a session that the chain does not have yet, in their order, each when the one before is accepted. The account that the
 * proof's context names begins; any may go on.
 * @returns what was sent: nothing where the statement is a fact already
 * @throws chain errors with exit code 7, among them the contract's own reason
 * @example const steps = await verifySession(chain, contract, await sessionCalls(proof, record));
 */
export async function verifySession(
  chain: Chain,
  contract: bigint,
  calls: SessionCalls,
  onStep: (step: SessionStep) => void = () => {},
): Promise<SessionStep[]> {
  const { session, statement } = calls;
  const steps: SessionStep[] = [];
  /** for each shard whether it is verified; nothing before the session begins, undefined when the statement is a fact */
  const look = async (): Promise<boolean[] | undefined> => {
    const [known] = await view(chain, { contract, entrypoint: 'is_valid', calldata: [statement] });
    if (known === 1n) return undefined;
    const [count, ...verified] = await view(chain, { contract, entrypoint: 'session', calldata: [session] });
    if (count !== 0n && (Number(count) !== calls.shards.length || verified.length !== calls.shards.length))
      throw chainError(
        'ZK0706',
        'the session has another number of shards',
        `${count}`,
        'check --contract: it must be a registry of this release',
      );
    return verified.map((flag) => flag === 1n);
  };
  const verified = await look();
  if (!verified) return steps; // it was a fact before
  /** whether a transaction is not needed, also because somebody else has sent it meanwhile */
  const isDone = (at: number, now: boolean[] | undefined): boolean => !now || (at === 0 ? now.length > 0 : now[at - 1] === true);
  for (const [at, { step, entrypoint, calldata }] of invocationsOf(calls).entries()) {
    if (isDone(at, verified)) continue;
    try {
      const receipt = await invoke(chain, [{ contract, entrypoint, calldata }]);
      steps.push({ step, calldataFelts: calldata.length, receipt });
      onStep(steps.at(-1)!);
    } catch (error) {
      if (!isDone(at, await look())) throw error;
    }
  }
  await requireFact(chain, contract, statement, steps.at(-1)?.receipt.transactionHash ?? 'of somebody else');
  return steps;
}
