// The prover. Steps have the same numbers and names as in verify.ts; read the two side by side. Source: PCS.md §9, §10.
// Caveat: one shard a proof for now; the formats are lists already (DESIGN §7). A function a few steps, also for the engine's sake:
// V8 took 10 to 25 MB to optimise the whole protocol as one, dropped it, and began again every few dozen proofs.

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
import { owned } from './owned.ts';
import { absorbBaseRoots, drawChallenges, drawPoint, openTranscript, type StatementWords } from './transcript.ts';

export interface ProveRequest {
  machine: MachineDefinition;
  profile: Profile;
  backend: Backend;
  statement: StatementWords;
  instances: readonly (InstanceWitness | UnfilledInstance)[];
  /** the model's committed columns, if they are in the backend's memory already */
  setup?: Setup;
  /** called when a step of the protocol is finished */
  onStep?: (step: string, ms: number) => void;
}

export interface Proof {
  words: Uint32Array;
  writer: ProofWriter;
}

/** what all steps of one proof share */
interface Run extends ProveRequest {
  layout: Layout;
  circuits: readonly Circuit[];
  out: ProofWriter;
  /** in commit order, like `layout.trees` */
  trees: Tree[];
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
async function work({ backend, out }: Run, channel: Channel, tag: number, bits: number, label: string): Promise<void> {
  const nonce = await backend.grind(channel.digest, bits);
  out.nonce(label, nonce);
  channel.absorb(tag, nonce);
}

/** commits to the columns that a tree of the layout has, if there is such a tree */
async function commitTree({ backend, layout, trees }: Run, name: TreeName, columns: ColumnsOfTree): Promise<Tree | undefined> {
  const blocks = layout.trees.find((tree) => tree.name === name)?.blocks;
  if (!blocks?.length) return undefined;
  const tree = await backend.commit(blocks.map((b) => columns.evaluations[b.instance]!));
  trees.push(tree);
  return tree;
}

/** step 1: room for the proof, and the traces that were not filled before */
async function fillTraces({ backend, machine, instances, layout, setup, profile }: Run): Promise<(Block | undefined)[]> {
  const held = (b: LayoutBlock): boolean => b.tree === 'preprocessed' && setup !== undefined;
  await backend.reserve?.(
    layout.blocks.filter((b) => !held(b)),
    profile.logBlowup,
  );
  return baseTraces(backend, machine, instances);
}

/** step 2: preprocessed, data and base trees; the first two are the model's and the input's, so only their openings are sent */
async function commitTraces(run: Run, common: Channel, baseRows: readonly (Block | undefined)[]): Promise<Traces> {
  const { backend, machine, instances, setup, out, trees } = run;
  const { logBlowup } = run.profile;
  const known = instances.map((i) => (i.data ? undefined : setup?.entries.find((e) => e.type === i.type && e.logSize === i.logSize)));
  for (const [i, instance] of instances.entries())
    if ('fill' in instance && !known[i] && componentOf(machine, instance).preprocessed.length)
      throw bug(`instance ${i} brings no preprocessed columns, and the setup has none for it`);
  const rows = await uploadColumns(
    backend,
    instances.map((i, at) => (known[at] ? [] : preprocessedOf(i))),
    instances,
  );
  const own = await extendColumns(backend, rows, logBlowup);
  const fixed: ColumnsOfTree = {
    traces: own.traces.map((block, i) => known[i]?.rows ?? block),
    coefficients: own.coefficients.map((block, i) => known[i]?.coefficients ?? block),
    evaluations: own.evaluations.map((block, i) => known[i]?.evaluations ?? block),
  };
  const base = await extendColumns(backend, baseRows, logBlowup);
  if (setup) trees.push(setup.tree);
  else await commitTree(run, 'preprocessed', fixed);
  await commitTree(run, 'data', fixed);
  const baseTree = await commitTree(run, 'base', base);
  if (!baseTree) throw bug('no base columns');
  out.digest('base root', baseTree.root);
  absorbBaseRoots(common, [baseTree.root]);
  return { fixed, own, base, interaction: { traces: [], coefficients: [], evaluations: [] } };
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

/** whatever ends it, a proof leaves nothing in its backend's memory */
export async function prove(request: ProveRequest): Promise<Proof> {
  const { backend, abandon } = owned(request.backend);
  try {
    return await proveStepByStep({ ...request, backend });
  } catch (error) {
    await abandon().catch(() => undefined); // the first error says more
    throw error;
  }
}

async function proveStepByStep(request: ProveRequest): Promise<Proof> {
  const { machine, profile, backend, statement, instances, setup } = request;
  if (setup && setup.logBlowup !== profile.logBlowup)
    throw bug(`a setup of log blowup ${setup.logBlowup} in a proof of profile ${profile.name}`);
  const out = new ProofWriter();
  const layout = layoutOf(shapesOf(machine, instances));
  const run: Run = { ...request, layout, circuits: instances.map((i) => circuitOf(componentOf(machine, i))), out, trees: [] };
  let started = performance.now();
  const done = (step: string): void => {
    const now = performance.now();
    request.onStep?.(step, now - started);
    started = now;
  };

  // 1 statement
  const common = openTranscript(machine, profile, statement, [instances]);
  const baseRows = await fillTraces(run);
  done('trace');

  // 2 preprocessed, data and base trees
  const traces = await commitTraces(run, common, baseRows);
  done('base');

  // 3 interaction work, challenges
  await work(run, common, TAG.INTERACTION_WORK, profile.work.interaction, 'interaction');
  const challenges = drawChallenges(common);
  done('interaction work');

  // 4 shard, interaction tree, claimed sums
  const channel = common.fork();
  channel.absorb(TAG.SHARD, [0]);
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
  backend.free(...layers.flatMap((l) => [l.layer, l.tree]), ...run.trees.filter((tree) => tree !== setup?.tree));
  backend.free(...traces.own.evaluations, ...traces.base.evaluations, ...traces.interaction.evaluations, composition.evaluation);
  done('openings');
  return { words: out.words, writer: out };
}
