// The prover: what all shards share, and the order of their phases. Steps have the same numbers and names as in verify.ts; read the two side by
// side. Source: PCS.md §9, §10, DESIGN §7. Caveat: with several shards each is filled and committed twice but the last: its root before the
// challenges, the rest after; one shard's columns are in memory at a time.

import type { Challenges } from '../fri/backend/graph.ts';
import type { Backend } from '../fri/backend/seam.ts';
import { type Channel, TAG } from '../fri/core/channel.ts';
import { type Digest, digestEqual } from '../fri/core/digest.ts';
import { bug } from '../fri/core/errors.ts';
import type { Nonce } from '../fri/core/work.ts';
import type { Profile } from '../fri/pcs/profile.ts';
import { ProofReader, ProofWriter } from '../fri/pcs/stream.ts';
import type { InstanceWitness, Setup, UnfilledInstance } from './columns.ts';
import type { MachineDefinition } from './machine.ts';
import { owned } from './owned.ts';
import { type CommittedBase, commitBase, finishShard, freeBase, handlesOf, shardRun, stopwatch } from './prove-shard.ts';
import { type OnStep, type ShardRun, type ShardWitness, work } from './shard-steps.ts';
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
export const proveShards = (request: ShardsRequest): Promise<Proof> => ownedBy(request, proveStepByStep);

/** The proof of one shard: what most runs fit into. */
export const prove = ({ instances, setup, ...common }: ProveRequest): Promise<Proof> =>
  proveShards({ ...common, shards: [{ instances, ...(setup && { setups: { open: async () => [setup], close: () => {} } }) }] });

/** what is drawn after the base roots of all shards, with the work that was done for it */
interface Drawn {
  common: Channel;
  challenges: Challenges;
}

/** the shards as phase 1 and 2 take them, and the transcript before the base roots */
function opened({ machine, profile, backend, statement, shards, onStep = () => {} }: ShardsRequest): { runs: ShardRun[]; common: Channel } {
  const runs = shards.map((shard) => shardRun(shard, { machine, profile, backend, onStep }));
  const instances = shards.map((shard) => shard.instances);
  return { runs, common: openTranscript(machine, profile, statement, instances) };
}

/** step 3: the interaction's work, done or found, and the challenges */
async function drawn(
  { profile, backend, onStep = () => {} }: ShardsRequest,
  common: Channel,
  out: ProofWriter,
  nonce?: Nonce,
): Promise<Drawn> {
  const done = stopwatch(onStep);
  if (nonce) common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, nonce, 'interaction');
  else await work({ backend, out }, common, TAG.INTERACTION_WORK, profile.work.interaction, 'interaction');
  const challenges = drawChallenges(common);
  done('interaction work');
  return { common, challenges };
}

async function proveStepByStep(request: ShardsRequest): Promise<Proof> {
  const out = new ProofWriter();

  // 1 statement
  const { runs, common } = opened(request);

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
  const { challenges } = await drawn(request, common, out);

  // 4 to 13, shard by shard; the one that is in memory first
  const parts: ProofWriter[] = [];
  for (const index of [runs.length - 1, ...runs.keys()].slice(0, runs.length)) {
    const run = runs[index]!;
    const base = committedAs(roots[index]!, held ?? (await commitBase(run)));
    held = undefined;
    parts[index] = await finishShard(run, index, runs.length, base, common, challenges);
  }
  for (const part of parts) out.join(part);
  const lengths = parts.map(({ words }) => words.length);
  return { words: out.words, writer: out, lengths };
}

/** phase 1 of a shard, kept or once more. @throws bug when it has another root: a fill that depends on more than the run */
function committedAs(root: Digest, base: CommittedBase): CommittedBase {
  if (!digestEqual(base.tree.root, root)) throw bug('a shard was filled in another way the second time');
  return base;
}

/**
 * Runs a piece of a proof; whatever ends it, nothing of it is left in the backend's memory but what the piece gave back itself.
 * @param held what an earlier piece left there for this one
 */
async function ownedBy<T>(request: ShardsRequest, piece: (request: ShardsRequest) => Promise<T>, held?: CommittedBase): Promise<T> {
  const { backend, abandon, adopt } = owned(request.backend);
  if (held) adopt(...handlesOf(held));
  try {
    return await piece({ ...request, backend });
  } catch (error) {
    await abandon().catch(() => undefined); // the first error says more
    throw error;
  }
}

// The pieces of a proof whose shards are proved apart, by whoever has the model and the input: the roots, then the nonce, then each shard's part.

/** Phase 1 of one shard, whose columns stay in the backend's memory: for `proveShard`, or for `freeBase`. */
export const holdShard = (request: ShardsRequest, index: number): Promise<CommittedBase> =>
  ownedBy(request, (mine) => commitBase(opened(mine).runs[index]!));

/** Between the phases: the beginning of the stream, that is the base roots of all shards and the interaction nonce. */
export const beginProof = (request: ShardsRequest, roots: readonly Digest[]): Promise<Uint32Array> =>
  ownedBy(request, async (mine) => {
    const out = new ProofWriter();
    const { common } = opened(mine);
    for (const root of roots) out.digest('base root', root);
    absorbBaseRoots(common, roots);
    await drawn(mine, common, out);
    return out.words.slice();
  });

/**
 * Phase 2 of one shard.
 * @param beginning what `beginProof` gave
 * @param held what `holdShard` gave for this shard; whatever comes of it, it is given back. Made again if left out
 * @returns the shard's part of the stream
 * @throws bug when the shard does not have the base root that was committed to; rejected for a nonce without its work
 */
export const proveShard = (request: ShardsRequest, index: number, beginning: Uint32Array, held?: CommittedBase): Promise<Uint32Array> =>
  ownedBy(
    request,
    async (mine) => {
      const { runs, common } = opened(mine);
      const read = new ProofReader(beginning);
      const roots = runs.map(() => read.digest('base root'));
      absorbBaseRoots(common, roots);
      const { challenges } = await drawn(mine, common, new ProofWriter(), read.nonce('interaction'));
      read.end();
      const base = committedAs(roots[index]!, held ?? (await commitBase(runs[index]!)));
      return (await finishShard(runs[index]!, index, runs.length, base, common, challenges)).words.slice();
    },
    held,
  );
