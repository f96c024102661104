// The prover's part for one shard: its base columns and their root (phase 1), and everything after the challenges (phase 2).
// Steps have the same numbers and names as in verify-shard.ts; read the two side by side. Source: PCS.md §9, §10, DESIGN §7.
// Caveat: the columns of phase 1 are the caller's to keep or to give back; those of phase 2 are given back here.

import type { Challenges } from '../fri/backend/graph.ts';
import type { Block, Tree } from '../fri/backend/seam.ts';
import { type Channel, TAG } from '../fri/core/channel.ts';
import { bug } from '../fri/core/errors.ts';
import { deepConstants } from '../fri/pcs/deep.ts';
import { batchesOf, type LayoutBlock, layoutOf } from '../fri/pcs/layout.ts';
import { ProofWriter } from '../fri/pcs/stream.ts';
import { baseTraces, type ColumnsOfTree, extendColumns, preprocessedOf, type Setup, uploadColumns } from './columns.ts';
import { circuitOf, componentOf, shapesOf } from './machine.ts';
import {
  columnsOf,
  commitComposition,
  commitInteraction,
  commitTree,
  foldLayers,
  type OnStep,
  openAll,
  type Run,
  type ShardRun,
  type ShardWitness,
  sample,
  type Traces,
  work,
} from './shard-steps.ts';
import { drawPoint } from './transcript.ts';

/** phase 1's result: base columns with their tree */
export interface CommittedBase {
  columns: ColumnsOfTree;
  tree: Tree;
}

export const shardRun = (shard: ShardWitness, common: Pick<ShardRun, 'machine' | 'profile' | 'backend' | 'onStep'>): ShardRun => ({
  ...shard,
  ...common,
  layout: layoutOf(shapesOf(common.machine, shard.instances)),
  circuits: shard.instances.map((instance) => circuitOf(componentOf(common.machine, instance))),
});

/** times the steps between two calls */
export function stopwatch(onStep: OnStep): (step: string) => void {
  let started = performance.now();
  return (step) => {
    const now = performance.now();
    onStep(step, now - started);
    started = now;
  };
}

/** steps 1 and 2: room for the shard, the traces that were not filled before, and the base tree */
export async function commitBase(run: ShardRun): Promise<CommittedBase> {
  const { backend, machine, instances, layout, setups, profile, onStep } = run;
  const done = stopwatch(onStep);
  const held = (b: LayoutBlock): boolean => b.tree === 'preprocessed' && setups !== undefined;
  await backend.reserve?.(
    layout.blocks.filter((b) => !held(b)),
    profile.logBlowup,
  );
  const rows = await baseTraces(backend, machine, instances);
  done('trace');
  const columns = await extendColumns(backend, rows, profile.logBlowup);
  const tree = await commitTree(run, 'base', columns);
  if (!tree) throw bug('no base columns');
  done('base');
  return { columns, tree };
}

/** all that phase 1 has in the backend's memory */
export const handlesOf = ({ columns, tree }: CommittedBase): (Tree | Block | undefined)[] => [
  tree,
  ...columns.traces,
  ...columns.coefficients,
  ...columns.evaluations,
];

/** gives back what phase 1 made: a shard that waits for its turn is filled again */
export const freeBase = ({ backend }: Pick<ShardRun, 'backend'>, base: CommittedBase): void => backend.free(...handlesOf(base));

/** the setup's entry of each instance that has one: entries stand in the order of the page's tree */
function entriesOf({ layout, instances, profile }: ShardRun, setups: readonly Setup[]): (Setup['entries'][number] | undefined)[] {
  const found: (Setup['entries'][number] | undefined)[] = instances.map(() => undefined);
  const pages = layout.trees.filter(({ name }) => name === 'preprocessed');
  if (pages.length !== setups.length) throw bug(`${setups.length} setups for ${pages.length} trees`);
  for (const [p, { blocks }] of pages.entries()) {
    const { entries, logBlowup } = setups[p]!;
    if (logBlowup !== profile.logBlowup) throw bug(`a setup of log blowup ${logBlowup} in a proof of profile ${profile.name}`);
    for (const [at, { instance }] of blocks.entries()) {
      const entry = entries[at];
      if (!entry || entry.type !== instances[instance]!.type || entry.logSize !== instances[instance]!.logSize)
        throw bug(`the setup of page ${p} is not that of instance ${instance}`);
      found[instance] = entry;
    }
  }
  return found;
}

/** step 4: preprocessed and data trees; they are the model's and the input's, so only their openings are sent */
async function commitFixed(run: Run, setups: readonly Setup[] | undefined): Promise<Pick<Traces, 'fixed' | 'own'>> {
  const { backend, machine, instances, trees, layout } = run;
  const known = setups ? entriesOf(run, setups) : instances.map(() => undefined);
  for (const [i, instance] of instances.entries())
    if (!known[i] && preprocessedOf(instance).length !== componentOf(machine, instance).preprocessed.length)
      throw bug(`instance ${i} brings no preprocessed columns, and the setup has none for it`);
  const rows = await uploadColumns(
    backend,
    instances.map((i, at) => (known[at] ? [] : preprocessedOf(i))),
    instances,
  );
  const own = await extendColumns(backend, rows, run.profile.logBlowup);
  const fixed: ColumnsOfTree = {
    traces: own.traces.map((block, i) => known[i]?.rows ?? block),
    coefficients: own.coefficients.map((block, i) => known[i]?.coefficients ?? block),
    evaluations: own.evaluations.map((block, i) => known[i]?.evaluations ?? block),
  };
  if (setups) trees.push(...setups.map(({ tree }) => tree));
  for (const { name, blocks } of layout.trees)
    if (name === 'data' || (name === 'preprocessed' && !setups))
      trees.push(await backend.commit(blocks.map((b) => fixed.evaluations[b.instance]!)));
  return { fixed, own };
}

/**
 * Phase 2: everything that a shard's proof has after the challenges. What the shard holds in the backend's memory is given back.
 * @param index of the shard among all
 * @param shards how many there are: one of several says what its fractions add up to
 * @param common the transcript up to the challenges; forked, so that no shard waits for another
 * @returns what the proof says of this shard, after the base roots and the interaction nonce
 */
export async function finishShard(
  shard: ShardRun,
  index: number,
  shards: number,
  { columns: base, tree: baseTree }: CommittedBase,
  common: Channel,
  challenges: Challenges,
): Promise<ProofWriter> {
  const { onStep, setups } = shard;
  const run: Run = { ...shard, out: new ProofWriter(), trees: [] };
  const done = stopwatch(onStep);

  // 4 shard, trees of the model and of the input, interaction tree, claimed sum
  const channel = common.fork();
  channel.absorb(TAG.SHARD, [index]);
  const held = await setups?.open();
  try {
    return await afterChallenges(run, shards > 1, held, { columns: base, tree: baseTree }, channel, challenges, done);
  } finally {
    setups?.close();
  }
}

/**
 * steps 4 to 13
 * @param claims whether the shard says what its fractions add up to
 */
async function afterChallenges(
  run: Run,
  claims: boolean,
  held: readonly Setup[] | undefined,
  { columns: base, tree: baseTree }: CommittedBase,
  channel: Channel,
  challenges: Challenges,
  done: (step: string) => void,
): Promise<ProofWriter> {
  const { backend, layout, profile } = run;
  const { fixed, own } = await commitFixed(run, held);
  const traces: Traces = { fixed, own, base, interaction: { traces: [], coefficients: [], evaluations: [] } };
  run.trees.push(baseTree);
  await commitInteraction(run, channel, challenges, traces, claims);
  done('interaction');

  // 5 composition
  const composition = await commitComposition(run, channel, challenges, traces);
  done('composition');

  // 6 out-of-domain point, 7 samples
  const batches = batchesOf(layout, drawPoint(channel));
  const samples = await sample(run, channel, traces, composition, batches);
  done('samples');

  // 8 DEEP work, coefficient, quotient
  await work(run, channel, TAG.DEEP_WORK, profile.work.deep, 'deep');
  const constants = deepConstants(batches, samples, channel.drawFelt());
  const evaluations = layout.blocks.map((b) => columnsOf(traces, composition, b, 'evaluations'));
  const quotient = await backend.deep(evaluations, constants, layout.logSize + profile.logBlowup);
  done('deep');

  // 9 FRI layers, 10 last layer in clear
  const layers = await foldLayers(run, channel, quotient);
  done('fri');

  // 11 query work, positions
  await work(run, channel, TAG.QUERY_WORK, profile.work.query, 'query');
  const positions = channel.drawPositions(profile.queries, layout.logSize + profile.logBlowup);
  done('query work');

  // 12 openings of the trees, 13 openings of the FRI layers
  await openAll(run, layers, positions);
  const ofSetups = new Set(held?.map(({ tree }) => tree));
  backend.free(...layers.flatMap((l) => [l.layer, l.tree]), ...run.trees.filter((tree) => !ofSetups.has(tree)));
  backend.free(...own.evaluations, ...base.evaluations, ...traces.interaction.evaluations, composition.evaluation);
  done('openings');
  return run.out;
}
