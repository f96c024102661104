// Masks: values far beyond all others (-inf, -3.4e38, -1e9, -1e4) that keep elements out of a softmax or a maximum. They become the smallest
// numbers that do the same, so that the numbers beside them keep their steps. The model is evaluated once as it is; what the large values flow
// into must be of a kind that only asks whether they are out of reach; then the outputs must be the same. Source: exp(-13) is 2e-6.
// Caveat: how far "out of reach" is comes from the samples, with half their spread to spare; rows with nothing left are looked at in nothing-left.ts.

import { usage, ZkvmError } from '../../fri/core/errors.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { eachOf, type Steps } from '../onnx/steps.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { Masks } from '../operators/operator.ts';
import { buildGraph } from './build.ts';
import type { Graph, GraphNode } from './node.ts';
import { type Meeting, nothingLeft } from './nothing-left.ts';
import { evaluateGraph, evaluating, type RealTensors } from './reference.ts';
import { isLarge, LARGE, leastLarge, MASKING_VALUES, type Survey, survey } from './survey.ts';

/** from here on float32 has nothing left of a score that is added */
const ABSORBING = 1e7;
/** distances between what counts and what does not, in the units of the scores: the first with which nothing changes is taken */
const DISTANCES = [13, 60, 250] as const;
/** changes of an output that count as none, relative to what it spans */
const SAME = 5e-4;
/** operators that hand large values on */
const CARRIES = new Set(
  'Add Sub Mul Div Neg Select Where Larger Smaller LargerOfTwo SmallerOfTwo Reshape Flatten Squeeze Unsqueeze Transpose Identity Cast Dropout Clip'.split(
    ' ',
  ),
);
/** operators whose results do not depend on how large a value out of reach is */
const STOPS = new Set(
  'Add Sub Mul Select Where Larger Smaller LargerOfTwo SmallerOfTwo Exceeds Clip Relu Exp Sigmoid Tanh MaxPool'.split(' '),
);
/** the same for values that nothing else is as large as: comparisons with them */
const COMPARISONS = new Set(['Above', 'NotBelow', 'Zero']);
/** of these, those for which out of reach is a distance, not just beyond */
const DISTANT = new Set(['Exp', 'Sigmoid', 'Tanh']);

/** whether a node reads a value as one among others, not as a bound, an index or a condition */
function takes({ context: { node } }: GraphNode, name: string): boolean {
  return node.inputs.some(
    (input, i) =>
      input === name &&
      !(node.operator === 'Clip' && i > 0) &&
      !(node.operator === 'Select' && i % 2 === 1) &&
      !(node.operator === 'Where' && i === 0),
  );
}

/** x - max x, the first step of a softmax */
function isSoftmaxStep({ makers }: Survey, { context: { node } }: GraphNode): boolean {
  if (node.operator !== 'Sub') return false;
  let maker = makers.get(node.inputs[1]!);
  while (maker && ['Reshape', 'Select', 'Identity', 'Unsqueeze', 'Squeeze'].includes(maker.context.node.operator))
    maker = makers.get(maker.context.node.inputs[0]!);
  return maker !== undefined && ['Larger', 'LargerOfTwo'].includes(maker.context.node.operator);
}

/** whether large values meet others in a node */
function meets(all: Survey, node: GraphNode): boolean {
  const { operator, inputs, outputs } = node.context.node;
  if (operator === 'Select' ? inputs.length <= 2 : !['Add', 'Sub', 'Where', 'LargerOfTwo', 'SmallerOfTwo'].includes(operator)) return false;
  const result = all.seen.get(outputs[0]!);
  // a mask that is made: nothing but zeros beside
  return !isSoftmaxStep(all, node) && result !== undefined && (result.low !== 0 || result.high !== 0);
}

interface Flow {
  sites: Set<GraphNode>;
  /** a distance counts, not only the order */
  distant: boolean;
}

/** whether a product of infinite values and others has zeros among those: that is not a number, for some inputs if not in the samples */
function mayBeUnknown({ seen: values, graph }: Survey, name: string, { context: { node } }: GraphNode): boolean {
  const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].some((value) => values.get(name)?.values.has(value));
  const other = node.inputs.find((input) => input !== name);
  return infinite && other !== undefined && (graph.constants.get(other)?.data.includes(0) ?? false);
}

/** Where the large elements of a value go, or undefined if their size counts somewhere. */
function flowOf(all: Survey, start: string): Flow | undefined {
  const flow: Flow = { sites: new Set(), distant: false };
  const names = new Set([start]);
  const outputs = new Set(all.graph.outputs.map(({ name }) => name));
  for (const name of names) {
    if (outputs.has(name)) return undefined;
    for (const reader of all.readers.get(name) ?? []) {
      if (!takes(reader, name)) continue;
      const { operator, outputs: results } = reader.context.node;
      if (operator === 'Mul' && mayBeUnknown(all, name, reader)) return undefined;
      const carried = isLarge(all.seen.get(results[0]!));
      const compared = COMPARISONS.has(operator) && leastLarge(all.seen.get(name)) >= ABSORBING;
      if (!compared && !(carried ? CARRIES : STOPS).has(operator)) return undefined;
      if (carried) names.add(results[0]!);
      else if (DISTANT.has(operator)) flow.distant = true;
      if (meets(all, reader)) flow.sites.add(reader);
    }
  }
  return flow;
}

/** Values that may be masks: constants, inputs, and results that are infinite although nothing before them is large. */
function candidates({ graph, seen: values, makers }: Survey): { constants: string[]; inputs: string[]; made: string[] } {
  const large = (name: string): boolean => isLarge(values.get(name));
  const infinite = (name: string): boolean => values.get(name)?.values.has(Number.NEGATIVE_INFINITY) ?? false;
  return {
    constants: [...graph.constants.keys()].filter(large),
    inputs: graph.inputs
      .map(({ name }) => name)
      .filter((name) => large(name) && Number.isNaN(values.get(name)!.above) && values.get(name)!.values.size <= MASKING_VALUES),
    made: [...makers].filter(([name, { context }]) => infinite(name) && !context.node.inputs.some(large)).map(([name]) => name),
  };
}

/** Softmaxes that are asked whether they are NaN, of values that a mask of -Infinity limits. */
function softmaxes({ graph, makers }: Survey, empty: ReadonlyMap<string, number>): [name: string, between: number][] {
  return graph.nodes.flatMap(({ context: { node } }): [string, number][] => {
    if (node.operator !== 'IsNaN') return [];
    const [result] = node.inputs as [string];
    let name = makers.get(`${result} rest`)?.context.node.inputs[0];
    while (name !== undefined && !empty.has(name)) {
      const maker = makers.get(name)?.context.node;
      name = maker && ['Reshape', 'Identity', 'Unsqueeze', 'Squeeze', 'Transpose'].includes(maker.operator) ? maker.inputs[0] : undefined;
    }
    return name === undefined ? [] : [[result, empty.get(name)!]];
  });
}

/** Limits under which the large values of the graph keep their meaning, with this distance between what counts and what does not. */
function limitsFor(all: Survey, distance: number): { masks: Masks; uncertain: GraphNode[] } | undefined {
  const found = candidates(all);
  const flows = new Map<string, Flow>();
  for (const name of [...found.constants, ...found.inputs, ...found.made]) {
    const flow = flowOf(all, name);
    if (flow?.sites.size) flows.set(name, flow);
  }
  /** values that are limited, and where between a mask and what counts */
  const empty = new Map<string, number>();
  const meetings = new Map<string, Meeting>();
  const masks: Masks = { bound: 0, constants: new Set(), inputs: new Set(), limits: new Map(), nothing: new Map(), present: new Map() };
  for (const site of new Set([...flows.values()].flatMap(({ sites }) => [...sites]))) {
    const { operator, inputs, outputs } = site.context.node;
    const [out] = outputs as [string];
    const result = all.seen.get(out)!;
    const beside = inputs.flatMap((name, i) => (operator === 'Select' && i % 2 === 1 ? [] : (all.seen.get(name) ?? [])));
    const low = Math.min(result.low, ...beside.map((value) => value.low));
    const high = Math.max(result.high, ...beside.map((value) => value.high));
    if (!(low <= high)) continue;
    // what has no large elements any more has taken them in: an extreme
    const after = isLarge(result) ? flowOf(all, out) : { sites: new Set(), distant: false };
    if (!after) continue;
    const spare = (high - low) / 4;
    const apart = after.distant ? distance : spare || 1;
    const limits: [number, number] = [low - spare - apart, high + spare + apart];
    const exact = operator === 'Where' || operator === 'Select' || leastLarge(result) >= ABSORBING;
    const reach = Math.max(Math.abs(low), Math.abs(high));
    // scores that keep counting among masked ones share the steps with all others: as near as can be
    const bound = exact ? 4 * reach + 2 * apart : 1.5 * (high - low) + apart;
    masks.bound = Math.max(masks.bound, bound);
    // nothing is added any more
    if (result.values.has(Number.NEGATIVE_INFINITY) && after.sites.size === 0) empty.set(out, limits[0] + apart / 2);
    const limited = exact && isLarge(result) && after.sites.size === 0;
    meetings.set(out, { reach, between: [limits[0] + apart / 2, limits[1] - apart / 2], limited });
    if (limited)
      masks.limits.set(out, [
        Number.isNaN(result.below) ? Number.NEGATIVE_INFINITY : limits[0],
        Number.isNaN(result.above) ? Number.POSITIVE_INFINITY : limits[1],
      ]);
  }
  const useful = (name: string): boolean => {
    return flows.has(name) && masks.bound < leastLarge(all.seen.get(name));
  };
  masks.constants = new Set(found.constants.filter(useful));
  masks.inputs = new Set(found.inputs.filter(useful));
  for (const [name, between] of softmaxes(all, empty)) masks.nothing.set(name, between);
  for (const name of found.made.filter(useful)) masks.limits.set(name, [-masks.bound, masks.bound]);
  if (masks.constants.size + masks.inputs.size + masks.limits.size === 0) return undefined;
  const { present, uncertain } = nothingLeft(all, meetings, (name) => masks.nothing.has(name));
  return { masks: { ...masks, present }, uncertain };
}

/** largest difference of outputs, relative to what each spans */
function difference(wanted: readonly Map<string, Tensor>[], got: readonly Map<string, Tensor>[]): number {
  let most = 0;
  for (const name of wanted[0]?.keys() ?? []) {
    let [low, high, apart] = [0, 0, 0];
    for (const [i, outputs] of wanted.entries()) {
      const other = got[i]!.get(name)!.data;
      for (const [e, x] of outputs.get(name)!.data.entries()) {
        [low, high] = [Math.min(low, x), Math.max(high, x)];
        const own = Math.abs(x - other[e]!);
        if (!(own <= apart)) apart = own;
      }
    }
    const share = apart / (high - low || 1);
    if (!(share <= most)) most = share;
  }
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most;
}

/** Whether anything that is read is large. */
function hasLarge(graph: Graph, samples: readonly RealTensors[]): boolean {
  const large = (data: ArrayLike<number>): boolean => {
    for (let i = 0; i < data.length; i++) if (Math.abs(data[i]!) >= LARGE) return true;
    return false;
  };
  const constants = [...graph.constants].some(([name, { kind, data }]) => kind === 'real' && graph.uses.has(name) && large(data));
  const inputs = graph.inputs.filter(({ name }) => !graph.whole.has(name));
  const operators = new Set(graph.nodes.map(({ context }) => context.node.operator));
  // a mask of ones and zeros may become one of zeros and -Infinity
  if (operators.has('Log') && operators.has('Exp')) return true;
  return constants || samples.some((sample) => inputs.some(({ name }) => large(sample[name]?.data ?? [])));
}

/** Whether rows with nothing left became something else in the samples, although no output did: then nothing reads them. */
function isIgnored({ context }: GraphNode, [wanted, limited]: readonly [Graph, Graph], samples: readonly RealTensors[]): boolean {
  const [rest] = context.node.outputs as [string];
  const powers = (graph: Graph, sample: RealTensors): Float64Array | undefined => {
    let found: Float64Array | undefined;
    evaluateGraph(graph, sample, (name, { data }) => {
      if (name === rest) found = data.map(Math.exp);
    });
    return found;
  };
  return samples.some((sample) => {
    const [a, b] = [powers(wanted, sample), powers(limited, sample)];
    return a !== undefined && b !== undefined && a.some((x, e) => !(Math.abs(x - b[e]!) <= SAME));
  });
}

/** What is not finite first, with its node. */
function notFinite(all: Survey): ZkvmError {
  for (const { context } of all.graph.nodes)
    for (const name of context.node.outputs)
      if (all.seen.get(name)?.unknown)
        return usage('ZK0522', {
          what: `value "${name}" is not finite`,
          where: context.where,
          why: 'a row of which everything is masked by -Infinity has no softmax',
          fix: 'calibrate on inputs for which the model is finite',
        });
  const [{ name }] = all.graph.outputs as [Graph['outputs'][0]];
  return usage('ZK0522', { what: `output "${name}" is not finite`, fix: 'calibrate on inputs for which the model is finite' });
}

const finite = (outputs: readonly Map<string, Tensor>[]): boolean =>
  outputs.every((output) => [...output.values()].every(({ data }) => data.every(Number.isFinite)));

/**
 * The model as a graph without values that are too large to be kept beside others.
 * @param file name of the file, for messages
 * @returns the graph, and the limits that a graph of another batch takes too
 * @throws ZkvmError as `buildGraph`; ZK0522 if the model is not finite, ZK0512 if large values are needed as they are
 */
export function* withoutLarge(
  model: OnnxModel,
  samples: readonly RealTensors[],
  file: string,
): Steps<{ graph: Graph; masks: Masks | undefined }> {
  const graph = buildGraph(model, 1, file);
  if (!hasLarge(graph, samples)) return { graph, masks: undefined };
  const { found, outputs } = yield* survey(buildGraph(model, 1, file, 'as it is'), samples);
  if (!finite(outputs)) {
    // weights that are no masks are refused by the layer that they belong to
    if (limitsFor(found, DISTANCES[0])) throw notFinite(found);
    return { graph, masks: undefined };
  }
  const evaluated = (other: Graph): Steps<Map<string, Tensor>[]> => eachOf(samples, (sample) => evaluating(other, sample));
  for (const distance of DISTANCES) {
    const limits = limitsFor(found, distance);
    if (!limits) break;
    const limited = buildGraph(model, 1, file, limits.masks);
    if (difference(outputs, yield* evaluated(limited)) > SAME) continue;
    const unknown = limits.uncertain.find((node) => !isIgnored(node, [found.graph, limited], samples));
    if (unknown) throw severalMasks(unknown);
    return { graph: limited, masks: limits.masks };
  }
  if (difference(outputs, yield* evaluated(graph)) > SAME) throw tooLarge(found);
  return { graph, masks: undefined };
}

function severalMasks({ context: { where } }: GraphNode): ZkvmError {
  return new ZkvmError('unsupported', 'ZK0512', {
    what: 'a row of which everything is masked depends on how large the masks are',
    where,
    why: 'supported: such rows where one mask of one size, -1e9 or less or -1e5 or more, hides all of their elements',
    fix: 'combine the masks into one before it is added, or calibrate on inputs without such rows: then they are refused when they come',
  });
}

function tooLarge(all: Survey): ZkvmError {
  const { constants, inputs, made } = candidates(all);
  const [name] = [...constants, ...inputs, ...made] as [string?];
  const reader = all.readers.get(name ?? '')?.[0];
  const value = [...(all.seen.get(name ?? '')?.values ?? [])][0];
  return new ZkvmError('unsupported', 'ZK0512', {
    what: `"${name}" has the value ${value}, which is needed as it is beside small numbers`,
    where: reader?.context.where ?? 'the model',
    why: 'supported: what only a softmax or a maximum looks at',
    fix: 'use smaller numbers',
  });
}
