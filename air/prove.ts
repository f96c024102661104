// The prover. Steps have the same numbers and names as in verify.ts; read the two side by side. Source: PCS.md §9, §10.
// Caveat: one shard a proof for now; the formats are lists already (DESIGN §7).
import type { Backend, Block, InstanceTraces, Tree } from '../fri/backend.ts';
import { type Channel, TAG } from '../fri/channel.ts';
import { lift } from '../fri/circle.ts';
import { deepConstants } from '../fri/deep.ts';
import { bug } from '../fri/errors.ts';
import { interpolateLine } from '../fri/fft.ts';
import { parameterValues } from '../fri/graph.ts';
import { batchesOf, distinct, foldSteps, type Layout, type LayoutBlock, layoutOf, type TreeName } from '../fri/layout.ts';
import { inverse } from '../fri/m31.ts';
import { LAST_LOG, type Profile } from '../fri/profile.ts';
import type { QM31 } from '../fri/qm31.ts';
import * as Q from '../fri/qm31.ts';
import { ProofWriter } from '../fri/stream.ts';
import { circuitOf, componentOf, constraintOffsets, type Instance, type MachineDefinition, shapesOf } from './machine.ts';
import { absorbBaseRoots, drawChallenges, drawPoint, openTranscript, type StatementWords } from './transcript.ts';

/** an instance with its columns in row order, 2^logSize values each */
export interface InstanceWitness extends Instance {
  preprocessed: readonly Uint32Array[];
  columns: readonly Uint32Array[];
}

/** an instance whose base columns are written when the backend has room for them; its preprocessed columns are the setup's */
export interface UnfilledInstance extends Instance {
  /** @param columns the base columns, 2^logSize zeros each: the trace is written into them, in row order */
  fill(columns: readonly Uint32Array[]): void;
}

/** Columns of a model in a backend's memory, with their tree: made once, used by every proof of the model. */
export interface Setup {
  readonly logBlowup: number;
  readonly entries: readonly { type: number; logSize: number; rows: Block; coefficients: Block; evaluations: Block }[];
  readonly tree: Tree;
}

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

interface ColumnsOfTree {
  traces: (Block | undefined)[];
  coefficients: (Block | undefined)[];
  evaluations: (Block | undefined)[];
}

/** row-order columns of each instance, where it has some, in the backend's memory */
async function uploadColumns(
  backend: Backend,
  columns: readonly (readonly Uint32Array[])[],
  instances: readonly Instance[],
): Promise<(Block | undefined)[]> {
  const blocks: (Block | undefined)[] = [];
  for (const [i, list] of columns.entries()) blocks.push(list.length ? await backend.upload(list, instances[i]!.logSize) : undefined);
  return blocks;
}

/** interpolates and extends one tree's columns, an entry an instance */
async function extendColumns(backend: Backend, traces: readonly (Block | undefined)[], logBlowup: number): Promise<ColumnsOfTree> {
  const out: ColumnsOfTree = { traces: [...traces], coefficients: [], evaluations: [] };
  for (const rows of traces) {
    const coefficients = rows && (await backend.interpolate(rows));
    out.coefficients.push(coefficients);
    out.evaluations.push(coefficients && (await backend.extend(coefficients, logBlowup)));
  }
  return out;
}

/** the preprocessed columns that came with an instance */
const preprocessedOf = (instance: InstanceWitness | UnfilledInstance): readonly Uint32Array[] =>
  'preprocessed' in instance ? instance.preprocessed : [];

/** base columns of all instances: those that came, and those that are filled now, in the backend's memory where it offers some */
async function baseTraces({ machine, backend, instances }: ProveRequest): Promise<(Block | undefined)[]> {
  const unfilled = instances.filter((instance) => 'fill' in instance);
  const shapes = unfilled.map((instance) => ({ columns: componentOf(machine, instance).base.length, logSize: instance.logSize }));
  const empty =
    (await backend.columns?.(shapes)) ??
    shapes.map(({ columns, logSize }) => Array.from({ length: columns }, () => new Uint32Array(2 ** logSize)));
  unfilled.forEach((instance, i) => {
    instance.fill(empty[i]!);
  });
  // handed over before anything else is asked of the backend
  const filled = await uploadColumns(backend, empty, unfilled);
  const given = await uploadColumns(
    backend,
    instances.map((instance) => ('fill' in instance ? [] : instance.columns)),
    instances,
  );
  return instances.map((instance, i) => ('fill' in instance ? filled[unfilled.indexOf(instance)] : given[i]));
}

/** a backend's interaction columns; the sum of one that does not fetch it later is there at once */
async function startInteraction(backend: Backend, traces: InstanceTraces): Promise<{ rows: Block; sum: () => Promise<QM31> }> {
  if (backend.startInteraction) return backend.startInteraction(traces);
  const { rows, sum } = await backend.interaction(traces);
  return { rows, sum: async () => sum };
}

const inTree = (layout: Layout, name: TreeName): LayoutBlock[] => layout.trees.find((t) => t.name === name)?.blocks ?? [];

/** commits the preprocessed columns of these instances (a model's, or a committed input's): the root is what a model registers */
export async function setupColumns(backend: Backend, instances: readonly InstanceWitness[], logBlowup: number): Promise<Setup> {
  const order = instances.filter((i) => i.preprocessed.length).sort((a, b) => a.logSize - b.logSize);
  const rows = await uploadColumns(
    backend,
    order.map((i) => i.preprocessed),
    order,
  );
  const columns = await extendColumns(backend, rows, logBlowup);
  const entries = order.map(({ type, logSize }, i) => ({
    type,
    logSize,
    rows: columns.traces[i]!,
    coefficients: columns.coefficients[i]!,
    evaluations: columns.evaluations[i]!,
  }));
  return { logBlowup, entries, tree: await backend.commit(entries.map((e) => e.evaluations)) };
}

/** gives a setup's memory back */
export function freeSetup(backend: Backend, setup: Setup): void {
  backend.free(setup.tree, ...setup.entries.flatMap((e) => [e.rows, e.coefficients, e.evaluations]));
}

export async function prove(request: ProveRequest): Promise<Proof> {
  const { machine, profile, backend, statement, instances } = request;
  const { logBlowup } = profile;
  const out = new ProofWriter();
  const layout = layoutOf(shapesOf(machine, instances));
  const { logSize } = layout;
  const circuits = instances.map((i) => circuitOf(componentOf(machine, i)));
  let started = performance.now();
  const done = (step: string): void => {
    const now = performance.now();
    request.onStep?.(step, now - started);
    started = now;
  };
  const work = async (channel: Channel, tag: number, bits: number, label: string): Promise<void> => {
    const nonce = await backend.grind(channel.digest, bits);
    out.nonce(label, nonce);
    channel.absorb(tag, nonce);
  };

  // 1 statement
  const common = openTranscript(machine, profile, statement, [instances]);

  const held = (b: LayoutBlock): boolean => b.tree === 'preprocessed' && request.setup !== undefined;
  await backend.reserve?.(
    layout.blocks.filter((b) => !held(b)),
    logBlowup,
  );

  // the traces, where they were not filled before
  const baseRows = await baseTraces(request);
  done('trace');

  // 2 preprocessed, data and base trees; the first two are the model's and the input's, so only their openings are sent
  const known = instances.map((i) =>
    i.data ? undefined : request.setup?.entries.find((e) => e.type === i.type && e.logSize === i.logSize),
  );
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
  const trees: Tree[] = [];
  const commitTree = async (name: TreeName, columns: ColumnsOfTree): Promise<Tree | undefined> => {
    const blocks = inTree(layout, name);
    if (!blocks.length) return undefined;
    const tree = await backend.commit(blocks.map((b) => columns.evaluations[b.instance]!));
    trees.push(tree);
    return tree;
  };
  if (request.setup) trees.push(request.setup.tree);
  else await commitTree('preprocessed', fixed);
  await commitTree('data', fixed);
  const baseTree = await commitTree('base', base);
  if (!baseTree) throw bug('no base columns');
  out.digest('base root', baseTree.root);
  absorbBaseRoots(common, [baseTree.root]);
  done('base');

  // 3 interaction work, challenges
  await work(common, TAG.INTERACTION_WORK, profile.work.interaction, 'interaction');
  const challenges = drawChallenges(common);
  done('interaction work');

  // 4 shard, interaction tree, claimed sums
  const channel = common.fork();
  channel.absorb(TAG.SHARD, [0]);
  const claims: (() => Promise<QM31>)[] = [];
  const interaction: ColumnsOfTree = { traces: [], coefficients: [], evaluations: [] };
  for (const [i, instance] of instances.entries()) {
    const circuit = circuits[i]!;
    const traces: InstanceTraces = {
      circuit,
      logSize: instance.logSize,
      preprocessed: fixed.traces[i],
      base: base.traces[i]!,
      parameters: parameterValues(circuit.graph, challenges, instance.base, Q.ZERO),
    };
    const { rows, sum } = await startInteraction(backend, traces);
    claims.push(sum);
    const coefficients = await backend.interpolate(rows);
    backend.free(rows, own.traces[i], base.traces[i]);
    interaction.coefficients.push(coefficients);
    interaction.evaluations.push(await backend.extend(coefficients, logBlowup));
  }
  // fetched together with the root: every wait for a GPU costs
  const [interactionTree, ...sums] = await Promise.all([commitTree('interaction', interaction), ...claims.map((claim) => claim())]);
  if (!interactionTree) throw bug('no interaction columns');
  out.digest('interaction root', interactionTree.root);
  channel.absorb(TAG.INTERACTION, interactionTree.root);
  out.felts('sums', sums.flat());
  channel.absorb(TAG.SUMS, sums.flat());
  done('interaction');

  // 5 composition
  const offsets = constraintOffsets(machine, instances);
  const powers = Q.powers(channel.drawFelt(), offsets.at(-1)!);
  const composition = await backend.composition(
    instances.map((instance, i) => ({
      circuit: circuits[i]!,
      logSize: instance.logSize,
      preprocessed: fixed.coefficients[i],
      base: base.coefficients[i]!,
      interaction: interaction.coefficients[i]!,
      parameters: parameterValues(circuits[i]!.graph, challenges, instance.base, Q.scale(sums[i]!, inverse(2 ** instance.logSize))),
      powers: powers.slice(offsets[i], offsets[i + 1]),
    })),
    logSize,
  );
  const compositionEvaluation = await backend.extend(composition, logBlowup);
  const compositionTree = await backend.commit([compositionEvaluation]);
  trees.push(compositionTree);
  out.digest('composition root', compositionTree.root);
  channel.absorb(TAG.COMPOSITION, compositionTree.root);
  done('composition');

  // 6 out-of-domain point
  const point = drawPoint(channel);
  const batches = batchesOf(layout, point);

  // 7 samples: every column at z, two-point columns at z - g(L)
  const columnsOf = (b: LayoutBlock, kind: 'coefficients' | 'evaluations'): Block => {
    if (b.tree === 'composition') return kind === 'coefficients' ? composition : compositionEvaluation;
    const source = b.tree === 'base' ? base : b.tree === 'interaction' ? interaction : fixed;
    return source[kind][b.instance]!;
  };
  const coefficientsOf = (blocks: readonly LayoutBlock[]): Block[] => blocks.map((b) => columnsOf(b, 'coefficients'));
  const two = layout.blocks.filter((b) => b.twoPoint.length);
  const wanted = two.map((b) => b.twoPoint);
  const [atPoint, atPrevious] = await Promise.all([
    backend.sample(coefficientsOf(layout.blocks), logSize, point),
    backend.sample(coefficientsOf(two), logSize, batches[1]!.point, wanted),
  ]);
  const samples = [...atPoint.flat(), ...two.flatMap((b, i) => b.twoPoint.map((c) => atPrevious[i]![c]!))];
  out.felts('samples', samples.flat());
  channel.absorb(TAG.SAMPLES, samples.flat());
  backend.free(...own.coefficients, ...base.coefficients, ...interaction.coefficients, composition);
  done('samples');

  // 8 DEEP work, coefficient, quotient
  await work(channel, TAG.DEEP_WORK, profile.work.deep, 'deep');
  const constants = deepConstants(batches, samples, channel.drawFelt());
  let layer = await backend.deep(
    layout.blocks.map((b) => columnsOf(b, 'evaluations')),
    constants,
    logSize + logBlowup,
  );
  done('deep');

  // 9 FRI layers: whole cosets are leaves
  const layers: { foldLog: number; layer: typeof layer; tree: Tree }[] = [];
  for (const [i, foldLog] of foldSteps(logSize).entries()) {
    const tree = await backend.commitLayer(layer, foldLog);
    layers.push({ foldLog, layer, tree });
    out.digest(`fri ${i} root`, tree.root);
    channel.absorb(TAG.FRI, tree.root);
    await work(channel, TAG.FOLD_WORK, profile.work.fold, `fold ${i}`);
    layer = await backend.fold(layer, foldLog, i === 0, channel.drawFelt());
  }

  // 10 last layer in clear
  const lastValues = await backend.read(layer);
  const last = interpolateLine(lastValues, LAST_LOG + logBlowup).slice(0, 2 ** LAST_LOG);
  out.felts('last layer', last.flat());
  channel.absorb(TAG.LAST, last.flat());
  done('fri');

  // 11 query work, positions
  await work(channel, TAG.QUERY_WORK, profile.work.query, 'query');
  const positions = channel.drawPositions(profile.queries, logSize + logBlowup);
  done('query work');

  // 12 openings of the trees. All openings are asked for before the first is awaited, so that a GPU answers once; written in order
  const height = logSize + logBlowup;
  const rowOpenings = trees.map((tree) => backend.open(tree, distinct(positions.map((p) => lift(p, height, tree.height)))));
  let at = positions;
  const cosetOpenings = layers.map(({ foldLog, layer: values, tree }) => {
    const cosets = distinct(at.map((p) => Math.floor(p / 2 ** foldLog)));
    const opening = backend.openLayer(tree, values, cosets, new Set(at));
    at = cosets;
    return opening;
  });
  const [ofTrees, ofLayers] = await Promise.all([Promise.all(rowOpenings), Promise.all(cosetOpenings)]);
  for (const [i, { words, witnesses }] of ofTrees.entries()) {
    const { name } = layout.trees[i]!;
    out.felts(`${name} rows`, words);
    out.digests(`${name} witness`, witnesses);
  }

  // 13 openings of the FRI layers: the values of the cosets that the verifier cannot compute
  for (const [i, { words, witnesses }] of ofLayers.entries()) {
    out.felts(`fri ${i} values`, words);
    out.digests(`fri ${i} witness`, witnesses);
  }
  backend.free(layer, ...layers.flatMap((l) => [l.layer, l.tree]), ...trees.filter((tree) => tree !== request.setup?.tree));
  backend.free(...own.evaluations, ...base.evaluations, ...interaction.evaluations, compositionEvaluation);
  done('openings');
  return { words: out.toWords(), writer: out };
}
