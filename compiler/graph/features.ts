// Inputs whose features differ in size get a scale for each feature (each channel of images): where the one step that suits the largest feature would
// lose more of another than the target allows. In the graph the input becomes x / scales, and a product with the scales gives x again; products move
// behind what only moves elements, and the stages take them into their weights (stages/absorb.ts). Source: DESIGN §6.
// Caveat: sizes are those of the samples, with as much room beyond them as the precision leaves; fewer than four samples say nothing of features.

import { indexAlong } from '../../vm/program/encoding.ts';
import type { Encoding } from '../../vm/program/types.ts';
import { allFinite, largestOf } from '../onnx/numbers.ts';
import { eachOf, type Steps } from '../onnx/steps.ts';
import { elementsOf, real, type Shape, type Tensor } from '../onnx/tensor.ts';
import type { Graph, GraphNode } from './node.ts';
import { evaluating, type RealTensors } from './reference.ts';
import { factorsOf, IMAGE_RANK, isMoved, MOVES, powerAbove, productNode, rewired, spread } from './rewire.ts';
import { usesOf } from './uses.ts';

/** fewer samples do not tell the size of a feature */
const FEW_SAMPLES = 4;
/** from so many samples on, what a feature spans is known too */
const SPAN_SAMPLES = 8;
/** share of the target that the rounding of one feature may cost, relative to what it spans, before features get scales of their own */
const LOST = 0.25;
/** what it costs then */
const WANTED = 0.1;
/** bits that an input has without scales, at least; and with them */
const PLAIN_BITS = 10;
const [LEAST_BITS, MOST_BITS] = [13, 15] as const;
/** room beyond the samples, at least: up to so many times their size */
const ROOM = 2;
/** more features than this are positions */
const MOST_FEATURES = 4096;
/** What the samples say of one feature. */
interface Feature {
  low: number;
  high: number;
  /** largest rounding error with one step for all features */
  error: number;
}

const powerBelow = (x: number): number => 2 ** Math.floor(Math.log2(x));

/** The axis whose indices are features or channels; undefined where there is one, or very many. */
function featureAxis(shape: Shape): number | undefined {
  const axis = shape.length >= IMAGE_RANK ? 1 : shape.length - 1;
  return axis >= 0 && shape[axis]! > 1 && shape[axis]! <= MOST_FEATURES ? axis : undefined;
}

/** One input in all samples, which are looked at one by one: they may be more than memory holds. */
type InputData = Iterable<ArrayLike<number>> & { readonly length: number };

function featuresOf(shape: Shape, axis: number, samples: InputData): Feature[] {
  const index = indexAlong(shape, axis);
  const features = Array.from({ length: shape[axis]! }, (): Feature => ({ low: Infinity, high: -Infinity, error: 0 }));
  let most = 0;
  for (const data of samples) for (let e = 0; e < data.length; e++) most = Math.max(most, Math.abs(data[e]!));
  const step = powerAbove(most || 1) / 2 ** PLAIN_BITS;
  for (const data of samples)
    for (let e = 0; e < data.length; e++) {
      const [x, feature] = [data[e]!, features[index(e)]!];
      feature.low = Math.min(feature.low, x);
      feature.high = Math.max(feature.high, x);
      feature.error = Math.max(feature.error, Math.abs(x - Math.round(x / step) * step));
    }
  return features;
}

/**
 * A scale for each feature of an input, powers of two.
 * @returns undefined where one step does for all of them
 */
export function scalesOf(shape: Shape, samples: InputData, target: number): { axis: number; scales: number[]; bits: number } | undefined {
  const axis = featureAxis(shape);
  if (axis === undefined || samples.length < FEW_SAMPLES) return undefined;
  const features = featuresOf(shape, axis, samples);
  const sizeOf = ({ low, high }: Feature): number => Math.max(Math.abs(low), Math.abs(high));
  const spanOf = (feature: Feature): number => (samples.length < SPAN_SAMPLES ? sizeOf(feature) : feature.high - feature.low);
  // a feature that never changes says nothing by its span
  const varied = features.filter((feature) => spanOf(feature) > 0);
  if (!varied.some((feature) => feature.error > LOST * target * spanOf(feature))) return undefined;
  const largest = powerAbove(Math.max(...features.map(sizeOf)) * ROOM);
  const scaleOf = (feature: Feature, bits: number): number => {
    if (spanOf(feature) === 0) return largest;
    const precise = powerBelow(2 * WANTED * target * spanOf(feature) * 2 ** bits);
    return Math.min(largest, Math.max(precise, powerAbove(sizeOf(feature) * ROOM)));
  };
  const fine = (bits: number): boolean =>
    varied.every((feature) => scaleOf(feature, bits) / 2 ** (bits + 1) <= LOST * target * spanOf(feature));
  let bits: number = LEAST_BITS;
  while (bits < MOST_BITS && !fine(bits)) bits++;
  return { axis, bits, scales: features.map((feature) => scaleOf(feature, bits)) };
}

/** The graph that reads inputs divided by scales, and the scales. */
export interface Scaled {
  graph: Graph;
  encodings: Encoding[];
}

/** samples on which the outputs are tried */
const TRIED = 16;

/** Whether the rounding of one input with one step moves an output by a share of the target that counts. */
function* matters(graph: Graph, name: string, samples: readonly RealTensors[], target: number): Steps<boolean> {
  const most = samples.reduce((size, sample) => Math.max(size, largestOf(sample[name]!.data)), 0);
  const step = powerAbove(most || 1) / 2 ** PLAIN_BITS;
  const pairs = yield* eachOf(samples.slice(0, TRIED), function* (sample, i) {
    const evaluated = (inputs: RealTensors) => evaluating(graph, inputs, undefined, `calibration sample ${i}`);
    const { shape, data } = sample[name]!;
    const rounded = { ...sample, [name]: { shape, data: Float64Array.from(data, (x) => Math.round(x / step) * step) } };
    return [yield* evaluated(sample), yield* evaluated(rounded)] as const;
  });
  return graph.outputs.some((output) => {
    const values = pairs.map(([exact, rounded]) => [exact.get(output.name)!.data, rounded.get(output.name)!.data] as const);
    const size = values.reduce((largest, [exact]) => Math.max(largest, largestOf(exact)), 0);
    const error = values.reduce((largest, [exact, rounded]) => Math.max(largest, largestOf(exact.map((y, e) => y - rounded[e]!))), 0);
    return !(error <= LOST * target * (graph.whole.has(output.name) ? 0 : size));
  });
}

function usable(samples: InputData, elements: number): boolean {
  for (const data of samples) if (data.length !== elements || !allFinite(data)) return false;
  return true;
}

/** @param samples in real units; those that do not fit the graph are left to who checks them */
export function* scaled(graph: Graph, samples: readonly RealTensors[], target: number): Steps<Scaled> {
  const results = new Set(graph.outputs.map(({ name }) => name));
  const fitting = (): boolean =>
    samples.every((sample) =>
      graph.inputs.every(({ name, shape }) => Object.hasOwn(sample, name) && sample[name]!.data.length === elementsOf(shape)),
    );
  const found = yield* eachOf(graph.inputs, function* ({ name, shape, range }) {
    // a declared range is that of all features
    if (graph.whole.has(name) || results.has(name) || range) return undefined;
    const data: InputData = {
      length: samples.length,
      *[Symbol.iterator]() {
        for (const sample of samples) if (Object.hasOwn(sample, name)) yield sample[name]!.data;
      },
    };
    const scales = usable(data, elementsOf(shape)) ? scalesOf(shape, data, target) : undefined;
    return scales && fitting() && (yield* matters(graph, name, samples, target)) ? { of: 'input' as const, name, ...scales } : undefined;
  });
  const kept = found.filter((one) => one !== undefined);
  const encodings = kept.map(({ of, name, axis, scales }): Encoding => ({ of, name, axis, scales }));
  const bits = new Map(kept.map((one) => [one.name, one.bits]));
  return { graph: withScales(graph, encodings, bits), encodings };
}

/** The graph whose inputs with scales are divided by them. @param bits of those inputs */
export function withScales(graph: Graph, encodings: readonly Encoding[], bits: ReadonlyMap<string, number>): Graph {
  if (!encodings.some((encoding) => encoding.of === 'input' && 'scales' in encoding)) return graph;
  const [shapes, constants, scaledValues] = [new Map(graph.shapes), new Map(graph.constants), new Set<string>()];
  const made: GraphNode[] = [];
  /** value → the value that it is a product of, and the factors */
  const products = new Map<string, { from: string; factors: Tensor }>();
  const instead = new Map<string, string>();
  const multiplied = (out: string, from: string, factors: Tensor, where: string): GraphNode => {
    const constant = `${out} scales`;
    constants.set(constant, factors);
    shapes.set(constant, factors.shape);
    shapes.set(out, shapes.get(from)!);
    products.set(out, { from, factors });
    scaledValues.add(out);
    const source = { name: from, shape: shapes.get(from)! };
    return productNode(out, source, { name: constant, tensor: factors }, where);
  };
  for (const encoding of encodings) {
    if (encoding.of !== 'input' || !('scales' in encoding)) continue;
    const out = `${encoding.name} in its units`;
    instead.set(encoding.name, out);
    made.push(multiplied(out, encoding.name, factorsOf(shapes.get(encoding.name)!, encoding), `input "${encoding.name}"`));
  }
  for (const given of graph.nodes) {
    const node = rewired(given, instead);
    const moved = movedFactors(node, products, shapes, constants);
    if (!moved) {
      made.push(node);
      continue;
    }
    const [out] = node.context.node.outputs as [string];
    const before = `${out} in steps`;
    shapes.set(before, shapes.get(out)!);
    const names = new Map(
      node.context.node.inputs.flatMap((name) => (products.has(name) ? [[name, products.get(name)!.from] as const] : [])),
    );
    made.push(rewired(node, names, new Map([[out, before]])), multiplied(out, before, moved, node.context.where));
  }
  const inputs = graph.inputs.map((input) => ({ ...input, ...(bits.has(input.name) && { bits: bits.get(input.name)! }) }));
  return { ...graph, inputs, nodes: made, shapes, constants, scaled: scaledValues, uses: usesOf(made, graph.outputs, graph.known) };
}

/** The factors of what a node moves, if all that it moves are products; a product of nothing has factor 1. */
function movedFactors(
  node: GraphNode,
  products: ReadonlyMap<string, { factors: Tensor }>,
  shapes: ReadonlyMap<string, Shape>,
  constants: ReadonlyMap<string, Tensor>,
): Tensor | undefined {
  const { context, operator } = node;
  if (!MOVES.has(context.node.operator)) return undefined;
  const sources = context.node.inputs.filter((_, i) => isMoved(node, i));
  if (!sources.some((name) => products.has(name)) || sources.some((name) => constants.has(name))) return undefined;
  const given = context.node.inputs.map((name, i): Tensor | undefined => {
    if (!isMoved(node, i)) return constants.get(name);
    const factors = products.get(name)?.factors ?? real([], Float64Array.of(1));
    const shape = shapes.get(name)!;
    return { ...real(shape, spread(factors, shape)) };
  });
  const [result] = operator.reference(context, given);
  return (
    result &&
    real(
      result.shape,
      result.data.map((factor) => factor || 1),
    )
  );
}
