// The prover's steps that belong to one shard: its base columns and their root (phase 1), and everything after the challenges (phase 2).
// Steps have the same numbers and names as in verify-shard.ts; read the two side by side. Source: PCS.md §9, §10, DESIGN §7.
// Caveat: a function a few steps, for the engine's sake too: V8 took 10 to 25 MB to optimise the whole protocol as one, dropped it, and began
// again every few dozen proofs.

import { type Challenges, parameterValues } from '../fri/backend/graph.ts';
import type { Backend, Block, Circuit, Layer, Tree } from '../fri/backend/seam.ts';
import { type Channel, TAG } from '../fri/core/channel.ts';
import { lift } from '../fri/core/circle.ts';
import { bug } from '../fri/core/errors.ts';
import { interpolateLine } from '../fri/core/fft.ts';
import { inverse } from '../fri/core/m31.ts';
import type { QM31 } from '../fri/core/qm31.ts';
import * as Q from '../fri/core/qm31.ts';
import { deepConstants } from '../fri/pcs/deep.ts';
import { batchesOf, distinct, foldSteps, type Layout, type LayoutBlock, layoutOf, sampleCount, type TreeName } from '../fri/pcs/layout.ts';
import { LAST_LOG, type Profile } from '../fri/pcs/profile.ts';
import { ProofWriter } from '../fri/pcs/stream.ts';
import {
  baseTraces,
  type ColumnsOfTree,
  extendColumns,
  type InstanceWitness,
  preprocessedOf,
  type Setup,
  type UnfilledInstance,
  uploadColumns,
} from './columns.ts';
import { circuitOf, componentOf, constraintOffsets, type MachineDefinition, shapesOf } from './machine.ts';
import { drawPoint } from './transcript.ts';

/** The model's committed columns that a shard needs, ascending by page: made or found when they are asked for, given back afterwards. */
export interface SetupSource {
  open(): Promise<readonly Setup[]>;
  close(): void;
}

/** What one shard proves. */
export interface ShardWitness {
  instances: readonly (InstanceWitness | UnfilledInstance)[];
  /** left out where the instances bring their preprocessed columns */
  setups?: SetupSource | undefined;
}

/** told when a step of the protocol is finished */
export type OnStep = (step: string, ms: number) => void;

/** what all steps of one shard share */
export interface ShardRun extends ShardWitness {
  machine: MachineDefinition;
  profile: Profile;
  backend: Backend;
  onStep: OnStep;
  layout: Layout;
  circuits: readonly Circuit[];
}

/** phase 1's result: base columns with their tree */
export interface CommittedBase {
  columns: ColumnsOfTree;
  tree: Tree;
}

/** what the phases of one shard have in common */
interface Run extends ShardRun {
  out: ProofWriter;
  /** in commit order, like `layout.trees` */
  trees: Tree[];
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

/** the columns of all trees but the composition's */
interface Traces {
  /** preprocessed and data columns: the setup's where it has them */
  fixed: ColumnsOfTree;
  /** those of `fixed` that this proof has brought */
  own: ColumnsOfTree;
  base: ColumnsOfTree;
  interaction: ColumnsOfTree;
}

interface Composition {
  coefficients: Block;
  evaluation: Block;
}

interface FoldedLayer {
  foldLog: number;
  layer: Layer;
  tree: Tree;
}

/** a proof of work, written and absorbed */
export async function work(
  { backend, out }: { backend: Backend; out: ProofWriter },
  channel: Channel,
  tag: number,
  bits: number,
  label: string,
): Promise<void> {
  const nonce = await backend.grind(channel.digest, bits);
  out.nonce(label, nonce);
  channel.absorb(tag, nonce);
}

/** commits to the columns that a tree of the layout has, if there is such a tree */
async function commitTree({ backend, layout }: ShardRun, name: TreeName, columns: ColumnsOfTree): Promise<Tree | undefined> {
  const blocks = layout.trees.find((tree) => tree.name === name)?.blocks;
  if (!blocks?.length) return undefined;
  return backend.commit(blocks.map((b) => columns.evaluations[b.instance]!));
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

/** gives back what phase 1 made: a shard that waits for its turn is filled again */
export const freeBase = ({ backend }: ShardRun, { columns, tree }: CommittedBase): void =>
  backend.free(tree, ...columns.traces, ...columns.coefficients, ...columns.evaluations);

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
    if ('fill' in instance && !known[i] && componentOf(machine, instance).preprocessed.length)
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

/** step 4: interaction columns of all instances, their tree and their claimed sums; the rows of the traces go */
async function commitInteraction(run: Run, channel: Channel, challenges: Challenges, traces: Traces): Promise<QM31[]> {
  const { backend, instances, circuits, out } = run;
  const { fixed, own, base, interaction } = traces;
  const claims: (() => Promise<QM31>)[] = [];
  for (const [i, instance] of instances.entries()) {
    const circuit = circuits[i]!;
    const request = {
      circuit,
      logSize: instance.logSize,
      preprocessed: fixed.traces[i],
      base: base.traces[i]!,
      parameters: parameterValues(circuit.graph, challenges, instance.base, Q.ZERO),
    };
    // a backend that does not fetch the sum later has it at once
    const started = await (backend.startInteraction?.(request) ?? backend.interaction(request));
    const { rows, sum } = started;
    claims.push(typeof sum === 'function' ? sum : async () => sum);
    const coefficients = await backend.interpolate(rows);
    backend.free(rows, own.traces[i], base.traces[i]);
    interaction.coefficients.push(coefficients);
    interaction.evaluations.push(await backend.extend(coefficients, run.profile.logBlowup));
  }
  // fetched together with the root: every wait for a GPU costs
  const [tree, ...sums] = await Promise.all([commitTree(run, 'interaction', interaction), ...claims.map((claim) => claim())]);
  if (!tree) throw bug('no interaction columns');
  run.trees.push(tree);
  out.digest('interaction root', tree.root);
  channel.absorb(TAG.INTERACTION, tree.root);
  out.felts('sums', sums.flat());
  channel.absorb(TAG.SUMS, sums.flat());
  return sums;
}

/** step 5: all constraints over their vanishing polynomials, in one combination */
async function commitComposition(
  run: Run,
  channel: Channel,
  challenges: Challenges,
  { fixed, base, interaction }: Traces,
  sums: readonly QM31[],
): Promise<Composition> {
  const { backend, machine, instances, circuits, out } = run;
  const offsets = constraintOffsets(machine, instances);
  const powers = Q.powers(channel.drawFelt(), offsets.at(-1)!);
  const coefficients = await backend.composition(
    instances.map((instance, i) => ({
      circuit: circuits[i]!,
      logSize: instance.logSize,
      preprocessed: fixed.coefficients[i],
      base: base.coefficients[i]!,
      interaction: interaction.coefficients[i]!,
      parameters: parameterValues(circuits[i]!.graph, challenges, instance.base, Q.scale(sums[i]!, inverse(2 ** instance.logSize))),
      powers: powers.slice(offsets[i], offsets[i + 1]),
    })),
    run.layout.logSize,
  );
  const evaluation = await backend.extend(coefficients, run.profile.logBlowup);
  const tree = await backend.commit([evaluation]);
  run.trees.push(tree);
  out.digest('composition root', tree.root);
  channel.absorb(TAG.COMPOSITION, tree.root);
  return { coefficients, evaluation };
}

/** the columns of a block, wherever they stand */
function columnsOf(traces: Traces, composition: Composition, block: LayoutBlock, kind: 'coefficients' | 'evaluations'): Block {
  if (block.tree === 'composition') return kind === 'coefficients' ? composition.coefficients : composition.evaluation;
  const source = block.tree === 'base' ? traces.base : block.tree === 'interaction' ? traces.interaction : traces.fixed;
  return source[kind][block.instance]!;
}

/** step 7: every column at z, two-point columns at z - g(L); all coefficients go */
async function sample(
  run: Run,
  channel: Channel,
  traces: Traces,
  composition: Composition,
  batches: ReturnType<typeof batchesOf>,
): Promise<Uint32Array> {
  const { backend, layout, out } = run;
  const coefficientsOf = (blocks: readonly LayoutBlock[]): Block[] => blocks.map((b) => columnsOf(traces, composition, b, 'coefficients'));
  const two = layout.blocks.filter((b) => b.twoPoint.length);
  const wanted = two.map((b) => b.twoPoint);
  const [atPoint, atPrevious] = await Promise.all([
    backend.sample(coefficientsOf(layout.blocks), layout.logSize, batches[0]!.point),
    backend.sample(coefficientsOf(two), layout.logSize, batches[1]!.point, wanted),
  ]);
  const samples = new Uint32Array(4 * sampleCount(layout));
  let at = 0;
  for (const words of atPoint) {
    samples.set(words, at);
    at += words.length;
  }
  for (const [i, { twoPoint }] of two.entries())
    for (const column of twoPoint) for (let c = 0; c < 4; c++) samples[at++] = atPrevious[i]![4 * column + c]!;
  out.felts('samples', samples);
  channel.absorb(TAG.SAMPLES, samples);
  const { own, base, interaction } = traces;
  backend.free(...own.coefficients, ...base.coefficients, ...interaction.coefficients, composition.coefficients);
  return samples;
}

/** steps 9 and 10: FRI layers, whose leaves are whole cosets, and the last one in clear */
async function foldLayers(run: Run, channel: Channel, first: Layer): Promise<FoldedLayer[]> {
  const { backend, profile, layout, out } = run;
  const layers: FoldedLayer[] = [];
  let layer = first;
  for (const [i, foldLog] of foldSteps(layout.logSize).entries()) {
    const tree = await backend.commitLayer(layer, foldLog);
    layers.push({ foldLog, layer, tree });
    out.digest(`fri ${i} root`, tree.root);
    channel.absorb(TAG.FRI, tree.root);
    await work(run, channel, TAG.FOLD_WORK, profile.work.fold, `fold ${i}`);
    layer = await backend.fold(layer, foldLog, i === 0, channel.drawFelt());
  }
  const lastValues = await backend.read(layer);
  backend.free(layer);
  const last = interpolateLine(lastValues, LAST_LOG + profile.logBlowup).slice(0, 2 ** LAST_LOG);
  out.felts('last layer', last.flat());
  channel.absorb(TAG.LAST, last.flat());
  return layers;
}

/** steps 12 and 13: all openings are asked for before the first is awaited, so that a GPU answers once; written in order */
async function openAll(
  { backend, trees, layout, profile, out }: Run,
  layers: readonly FoldedLayer[],
  positions: readonly number[],
): Promise<void> {
  const height = layout.logSize + profile.logBlowup;
  const rowOpenings = trees.map((tree) => backend.open(tree, distinct(positions.map((p) => lift(p, height, tree.height)))));
  let at = positions;
  const cosetOpenings = layers.map(({ foldLog, layer, tree }) => {
    const cosets = distinct(at.map((p) => Math.floor(p / 2 ** foldLog)));
    const opening = backend.openLayer(tree, layer, cosets, new Set(at));
    at = cosets;
    return opening;
  });
  const [ofTrees, ofLayers] = await Promise.all([Promise.all(rowOpenings), Promise.all(cosetOpenings)]);
  out.reserve([...ofTrees, ...ofLayers].reduce((sum, { words, witnesses }) => sum + words.length + witnesses.length, 0));
  for (const [i, { words, witnesses }] of ofTrees.entries()) {
    const { name } = layout.trees[i]!;
    out.felts(`${name} rows`, words);
    out.digests(`${name} witness`, witnesses);
  }
  // the values of the cosets that the verifier cannot compute
  for (const [i, { words, witnesses }] of ofLayers.entries()) {
    out.felts(`fri ${i} values`, words);
    out.digests(`fri ${i} witness`, witnesses);
  }
}

/**
 * Phase 2: everything that a shard's proof has after the challenges. What the shard holds in the backend's memory is given back.
 * @param index of the shard among all
 * @param common the transcript up to the challenges; forked, so that no shard waits for another
 * @returns what the proof says of this shard, after the base roots and the interaction nonce
 */
export async function finishShard(
  shard: ShardRun,
  index: number,
  { columns: base, tree: baseTree }: CommittedBase,
  common: Channel,
  challenges: Challenges,
): Promise<ProofWriter> {
  const { backend, layout, profile, onStep, setups } = shard;
  const run: Run = { ...shard, out: new ProofWriter(), trees: [] };
  const done = stopwatch(onStep);

  // 4 shard, trees of the model and of the input, interaction tree, claimed sums
  const channel = common.fork();
  channel.absorb(TAG.SHARD, [index]);
  const held = await setups?.open();
  const { fixed, own } = await commitFixed(run, held);
  const traces: Traces = { fixed, own, base, interaction: { traces: [], coefficients: [], evaluations: [] } };
  run.trees.push(baseTree);
  const sums = await commitInteraction(run, channel, challenges, traces);
  done('interaction');

  // 5 composition
  const composition = await commitComposition(run, channel, challenges, traces, sums);
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
  setups?.close();
  done('openings');
  return run.out;
}
