// The prover: what all shards share, and the order of their phases. Steps have the same numbers and names as in verify.ts; read the two side by
// side. Source: PCS.md §9, §10, DESIGN §7. Caveat: with several shards each is filled and committed twice but the last: its root before the
// challenges, the rest after; one shard's columns are in memory at a time.

import type { Backend } from '../fri/backend/seam.ts';
import { TAG } from '../fri/core/channel.ts';
import { type Digest, digestEqual } from '../fri/core/digest.ts';
import { bug } from '../fri/core/errors.ts';
import type { Profile } from '../fri/pcs/profile.ts';
import { ProofWriter } from '../fri/pcs/stream.ts';
import type { InstanceWitness, Setup, UnfilledInstance } from './columns.ts';
import type { MachineDefinition } from './machine.ts';
import { owned } from './owned.ts';
import {
  type CommittedBase,
  commitBase,
  finishShard,
  freeBase,
  type OnStep,
  type ShardWitness,
  shardRun,
  stopwatch,
  work,
} from './prove-shard.ts';
import { absorbBaseRoots, drawChallenges, openTranscript, type StatementWords } from './transcript.ts';

/** What all shards of a proof share. */
export interface CommonRequest {
  machine: MachineDefinition;
  profile: Profile;
  backend: Backend;
  statement: StatementWords;
  /** called when a step of the protocol is finished; each shard goes through its own */
  onStep?: OnStep;
}

export interface ShardsRequest extends CommonRequest {
  shards: readonly ShardWitness[];
}

/** A proof of one shard. */
export interface ProveRequest extends CommonRequest {
  instances: readonly (InstanceWitness | UnfilledInstance)[];
  /** the model's committed columns, if they are in the backend's memory already */
  setup?: Setup;
}

export interface Proof {
  words: Uint32Array;
  writer: ProofWriter;
  /** words that each shard has in the stream, after the base roots and the interaction nonce; of one shard all words */
  lengths: readonly number[];
}

/** whatever ends it, a proof leaves nothing in its backend's memory */
export async function proveShards(request: ShardsRequest): Promise<Proof> {
  const { backend, abandon } = owned(request.backend);
  try {
    return await proveStepByStep({ ...request, backend });
  } catch (error) {
    await abandon().catch(() => undefined); // the first error says more
    throw error;
  }
}

/** The proof of one shard: what most runs fit into. */
export const prove = ({ instances, setup, ...common }: ProveRequest): Promise<Proof> =>
  proveShards({ ...common, shards: [{ instances, ...(setup && { setups: { open: async () => [setup], close: () => {} } }) }] });

async function proveStepByStep(request: ShardsRequest): Promise<Proof> {
  const { machine, profile, backend, statement, shards, onStep = () => {} } = request;
  const runs = shards.map((shard) => shardRun(shard, { machine, profile, backend, onStep }));
  const out = new ProofWriter();

  // 1 statement
  const common = openTranscript(
    machine,
    profile,
    statement,
    shards.map(({ instances }) => instances),
  );

  // 2 base trees of all shards, before anything is drawn; only the last one stays in memory
  const roots: Digest[] = [];
  let held: CommittedBase | undefined;
  for (const [i, run] of runs.entries()) {
    held = await commitBase(run);
    roots.push(held.tree.root);
    out.digest('base root', held.tree.root);
    if (i < runs.length - 1) freeBase(run, held);
  }
  absorbBaseRoots(common, roots);

  // 3 interaction work, challenges
  const done = stopwatch(onStep);
  await work({ backend, out }, common, TAG.INTERACTION_WORK, profile.work.interaction, 'interaction');
  const challenges = drawChallenges(common);
  done('interaction work');

  // 4 to 13, shard by shard; the one that is in memory first
  const parts: ProofWriter[] = [];
  for (const index of [runs.length - 1, ...runs.keys()].slice(0, runs.length)) {
    const run = runs[index]!;
    const base: CommittedBase = held ?? (await committedAgain(run, roots[index]!));
    held = undefined;
    parts[index] = await finishShard(run, index, base, common, challenges);
  }
  for (const part of parts) out.join(part);
  const lengths = parts.map(({ words }) => words.length);
  return { words: out.words, writer: out, lengths };
}

/** phase 1 of a shard once more. @throws bug when it gives another root: a fill that depends on more than the run */
async function committedAgain(run: Parameters<typeof commitBase>[0], root: Digest): Promise<CommittedBase> {
  const base = await commitBase(run);
  if (!digestEqual(base.tree.root, root)) throw bug('a shard was filled in another way the second time');
  return base;
}
