// The steps of a shard's proof after the challenges, one function each: interaction, composition, samples, FRI, openings. Called in order by
// prove-shard.ts. Source: PCS.md §5-§10. Caveat: a function a few steps, for the engine's sake too: V8 took 10 to 25 MB to optimise the whole
// protocol as one, dropped it, and began again every few dozen proofs.

import { type Challenges, parameterValues } from '../fri/backend/graph.ts';
import type { Backend, Block, Circuit, Layer, Tree } from '../fri/backend/seam.ts';
import { type Channel, TAG } from '../fri/core/channel.ts';
import { lift } from '../fri/core/circle.ts';
import { bug } from '../fri/core/errors.ts';
import { interpolateLine } from '../fri/core/fft.ts';
import * as Q from '../fri/core/qm31.ts';
import { type batchesOf, distinct, foldSteps, type Layout, type LayoutBlock, sampleCount, type TreeName } from '../fri/pcs/layout.ts';
import { LAST_LOG, type Profile } from '../fri/pcs/profile.ts';
import type { ProofWriter } from '../fri/pcs/stream.ts';
import type { ColumnsOfTree, InstanceWitness, Setup, UnfilledInstance } from './columns.ts';
import { constraintOffsets, type MachineDefinition } from './machine.ts';

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

/** what the phases of one shard have in common */
export interface Run extends ShardRun {
  out: ProofWriter;
  /** in commit order, like `layout.trees` */
  trees: Tree[];
}

/** the columns of all trees but the composition's */
export interface Traces {
  /** preprocessed and data columns: the setup's where it has them */
  fixed: ColumnsOfTree;
  /** those of `fixed` that this proof has brought */
  own: ColumnsOfTree;
  base: ColumnsOfTree;
  interaction: ColumnsOfTree;
}

export interface Composition {
  coefficients: Block;
  evaluation: Block;
}

export interface FoldedLayer {
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
export async function commitTree({ backend, layout }: ShardRun, name: TreeName, columns: ColumnsOfTree): Promise<Tree | undefined> {
  const blocks = layout.trees.find((tree) => tree.name === name)?.blocks;
  if (!blocks?.length) return undefined;
  return backend.commit(blocks.map((b) => columns.evaluations[b.instance]!));
}

/**
 * step 4: interaction columns of all instances and the running sum, their tree, and of several shards the claimed sum; the rows of the traces go
 * @param claims whether the shard says its sum: of the only one the verifier knows it
 */
export async function commitInteraction(
  run: Run,
  channel: Channel,
  challenges: Challenges,
  traces: Traces,
  claims: boolean,
): Promise<void> {
  const { backend, instances, circuits, layout, out } = run;
  const { fixed, own, base, interaction } = traces;
  const settling: (() => Promise<void>)[] = [];
  let steps: Block | undefined;
  const extended = async (rows: Block): Promise<void> => {
    const coefficients = await backend.interpolate(rows);
    backend.free(rows);
    interaction.coefficients.push(coefficients);
    interaction.evaluations.push(await backend.extend(coefficients, run.profile.logBlowup));
  };
  for (const [i, instance] of instances.entries()) {
    const circuit = circuits[i]!;
    const request = {
      circuit,
      logSize: instance.logSize,
      preprocessed: fixed.traces[i],
      base: base.traces[i]!,
      parameters: parameterValues(circuit.graph, challenges, instance),
    };
    const started = await backend.startInteraction?.(request);
    const rows = started?.rows ?? (await backend.interaction(request));
    if (started) settling.push(started.settled);
    steps = await backend.addSteps(rows, layout.logSize, steps);
    backend.free(own.traces[i], base.traces[i]);
    await extended(rows);
  }
  if (!steps) throw bug('no instances');
  const sum = await backend.runningSum(steps);
  await extended(steps);
  // fetched together with the root: every wait for a GPU costs
  const [tree, claimed] = await Promise.all([commitTree(run, 'interaction', interaction), sum(), ...settling.map((settled) => settled())]);
  if (!tree) throw bug('no interaction columns');
  run.trees.push(tree);
  out.digest('interaction root', tree.root);
  channel.absorb(TAG.INTERACTION, tree.root);
  if (!claims) return;
  out.felts('sum', claimed);
  channel.absorb(TAG.SUM, claimed);
}

/**
 * step 5: all constraints over their vanishing polynomials, in one combination. That of the running sum is not in it: what is left of a linear
 * equation of functions of the FFT space is one of them, and one that is 0 on all 2^L rows is 0.
 */
export async function commitComposition(
  run: Run,
  channel: Channel,
  challenges: Challenges,
  { fixed, base, interaction }: Traces,
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
      parameters: parameterValues(circuits[i]!.graph, challenges, instance),
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
export function columnsOf(traces: Traces, composition: Composition, block: LayoutBlock, kind: 'coefficients' | 'evaluations'): Block {
  if (block.tree === 'composition') return kind === 'coefficients' ? composition.coefficients : composition.evaluation;
  const source = block.tree === 'base' ? traces.base : block.tree === 'interaction' ? traces.interaction : traces.fixed;
  return source[kind][block.instance]!;
}

/** step 7: every column at z, two-point columns at z - g(L); all coefficients go */
export async function sample(
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
export async function foldLayers(run: Run, channel: Channel, first: Layer): Promise<FoldedLayer[]> {
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
export async function openAll(
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
