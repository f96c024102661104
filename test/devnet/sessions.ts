// Proofs in several shards for the devnet tests: models cut into as many shards as asked for, and the calls of their sessions.
// Caveat: a shard of the contract has 2^8 rows at least, so models are those that leave as much to each.
import { proveShards } from '../../air/prove.ts';
import { contextBytes, registerCalldata } from '../../contracts/client/calldata.ts';
import { packSession, type SessionCalls, sessionOf } from '../../contracts/client/session.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import type { StreamItem } from '../../fri/pcs/stream.ts';
import { cellCount } from '../../vm/chips/cells.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import type { PageOptions } from '../../vm/chips/pages.ts';
import { planShards } from '../../vm/chips/shards.ts';
import { planInstances } from '../../vm/chips/split.ts';
import { type Execution, execute } from '../../vm/executor/run.ts';
import { partsOf } from '../../vm/files/proof.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { provableRun, proveExecution } from '../../vm/prove.ts';
import { publicTerms, statementHash } from '../../vm/statement/claim.ts';
import { type PreparedModel, prepareModel } from '../../vm/statement/model.ts';
import type { Verdict } from '../../vm/verify.ts';
import { backend, type Place } from './proofs.ts';

export interface ProvedSession {
  model: PreparedModel;
  run: Execution;
  register: bigint[];
  calls: SessionCalls;
  verdict: Verdict;
  bytes: Uint8Array;
}

const { chain } = PROFILES;

/** the run's instances in so many shards */
export function inShards(run: Execution, count: number, options: Omit<PageOptions, 'repeatedChips'> = {}): ReturnType<typeof planShards> {
  const shards = planShards(
    run,
    { ...chain, ...options },
    Math.ceil(cellCount(planInstances(run, { minLogSize: chain.minLogSize })) / count),
  );
  if (shards.length !== count) throw new Error(`${shards.length} shards, not ${count}`);
  return shards;
}

export const contextOf = ({ chainId, registry: contract, caller, nonce = 0n, extra = [] }: Place): Uint8Array =>
  contextBytes({ chainId, contract, caller, nonce, extra });

/** a proof in so many shards, with the calls that verify it */
export async function proveSession(
  program: Program,
  inputs: IntegerTensors,
  place: Place,
  count: number,
  prepared?: PreparedModel,
  options?: Omit<PageOptions, 'repeatedChips'>,
): Promise<ProvedSession> {
  const model = prepared ?? (await prepareModel(program, PROFILES.chain, await backend()));
  const run = execute(program, inputs);
  const { bytes } = await proveExecution(model, run, { context: contextOf(place), shards: inShards(run, count, options) });
  return { model, run, register: registerCalldata(model.record), ...sessionOf(model, bytes), bytes };
}

/** the items of each part of a stream, whose lengths in words are these, and of what stands before them */
function cutItems(items: readonly StreamItem[], lengths: readonly number[]): { common: StreamItem[]; parts: StreamItem[][] } {
  let end = items.reduce((sum, { length }) => sum + length, 0) - lengths.reduce((sum, length) => sum + length, 0);
  const within = (from: number, to: number): StreamItem[] =>
    items.filter(({ at }) => at >= from && at < to).map((item) => ({ ...item, at: item.at - from }));
  const common = within(0, end);
  const parts = lengths.map((length) => {
    end += length;
    return within(end - length, end);
  });
  return { common, parts };
}

/** Calls of a proof that no verifier is asked about: by the protocol, but the run's outputs are what the caller says they are. */
export async function lieInShards(honest: ProvedSession, outputs: IntegerTensors, place: Place, count: number): Promise<SessionCalls> {
  const { model } = honest;
  const run = { ...honest.run, outputs };
  const { head, request } = await provableRun(model, run, { context: contextOf(place), shards: inShards(run, count) });
  const { words, writer, lengths } = await proveShards(request);
  const terms = publicTerms(model.program, run.inputs, outputs);
  const { statement, profile } = request;
  const hash = statementHash(model.record.airHash, model.record.profile, model.program, {
    modelId: model.id,
    inputs: run.inputs,
    outputs,
    context: head.context,
  });
  return packSession(
    model,
    { ...head, ...partsOf(words, lengths) },
    { machine: MACHINE, profile, statement, shards: head.shards, publicTerms: terms },
    hash,
    cutItems(writer.items, lengths),
  );
}
