// Outputs whose channels differ in size (boxes beside scores) get a scale for each channel: the graph gives output / scales, and whoever reads the integers
// multiplies again. The quotient moves in front of what only moves elements (Concat), so that the layers that make the channels take it into their
// weights. Source: DESIGN §6. Caveat: sizes are those of the samples; what no layer can take costs a stage, and the caller does not want that.
import type { Encoding } from '../../vm/program/types.ts';
import { realsOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, type Tensor } from '../onnx/tensor.ts';
import { read } from './fuse.ts';
import type { Graph, GraphNode } from './node.ts';
import { factorsOf, IMAGE_RANK, isMoved, MOVES, powerAbove, productNode, rewired, spread } from './rewire.ts';
import { usesOf } from './uses.ts';

/** times that the largest channel is larger than the smallest */
const UNEQUAL = 16;
/** more channels than this are positions */
const MOST_CHANNELS = 1024;

/** The axis of an output's channels: of images the second, else the last that is one of channels. */
function channelAxis(shape: Shape): number | undefined {
  if (shape.length >= IMAGE_RANK) return shape[1]! > 1 && shape[1]! <= MOST_CHANNELS ? 1 : undefined;
  const axis = shape.findLastIndex((size) => size > 1 && size <= MOST_CHANNELS);
  return axis < 0 ? undefined : axis;
}

/**
 * Scales for the channels of real outputs, powers of two; none for outputs whose channels are of one size.
 * @param results the reference's outputs, one map a sample
 */
export function channelScales({ outputs, whole }: Graph, results: readonly ReadonlyMap<string, Tensor>[]): Encoding[] {
  return outputs.flatMap(({ name, shape }): Encoding[] => {
    const axis = channelAxis(shape);
    if (axis === undefined || whole.has(name)) return [];
    const sizes = new Float64Array(shape[axis]!);
    const index = realsOf(shape[axis]!, (i) => i + 1);
    const places = spread({ shape: shape.map((size, i) => (i === axis ? size : 1)), data: index, kind: 'real' }, shape);
    for (const result of results)
      for (const [e, x] of result.get(name)!.data.entries()) sizes[places[e]! - 1] = Math.max(sizes[places[e]! - 1]!, Math.abs(x));
    const varied = sizes.filter((size) => size > 0);
    if (!(Math.max(...varied) > UNEQUAL * Math.min(...varied))) return [];
    const largest = powerAbove(Math.max(...varied));
    return [{ of: 'output', name, axis, scales: Array.from(sizes, (size) => (size > 0 ? powerAbove(size) : largest)) }];
  });
}

/** The graph whose outputs are divided by scales. */
export function withChannelScales(graph: Graph, encodings: readonly Encoding[]): Graph {
  const draft: Draft = { uses: graph.uses, shapes: new Map(graph.shapes), constants: new Map(graph.constants), nodes: [...graph.nodes] };
  const outputFactors = new Map<string, Float64Array>();
  const names = new Map<string, string>();
  for (const encoding of encodings) {
    const { of, name } = encoding;
    // an input or a constant is given as it is
    if (of !== 'output' || !('scales' in encoding) || !draft.nodes.some(({ context }) => context.node.outputs.includes(name))) continue;
    const shape = draft.shapes.get(name)!;
    const factors = spread(factorsOf(shape, encoding), shape);
    const own = `${name} in its units`;
    outputFactors.set(name, factors);
    names.set(name, own);
    draft.shapes.set(own, shape);
    // this output alone: those before it have what computes them under their own names by now
    const renamed = new Map([[name, own]]);
    draft.nodes = draft.nodes.map((node) => rewired(node, renamed, renamed));
    divide(
      draft,
      own,
      graph.uses.get(name) === 1,
      name,
      factors.map((factor) => 1 / factor),
    );
  }
  const { shapes, constants } = draft;
  const nodes = read(draft.nodes, graph.outputs);
  const of = (name: string): string => names.get(name) ?? name;
  const known = new Map(
    [...graph.known].map(([name, facts]) => [of(name), facts.map((fact) => (fact.like ? { ...fact, like: fact.like.map(of) } : fact))]),
  );
  return { ...graph, nodes, shapes, constants, known, outputFactors, uses: usesOf(nodes, graph.outputs, known) };
}

interface Draft {
  uses: Graph['uses'];
  shapes: Map<string, Shape>;
  constants: Map<string, Tensor>;
  nodes: GraphNode[];
}

/** Adds out = value · factors, in front of what only moves elements. @param only nobody else reads the value */
function divide(draft: Draft, value: string, only: boolean, out: string, factors: Float64Array): void {
  const { shapes, constants, uses } = draft;
  const made = draft.nodes.find(({ context }) => context.node.outputs.includes(value));
  const parts = made && only ? partsOf(draft, made, factors) : undefined;
  shapes.set(out, shapes.get(value)!);
  if (made && parts) {
    const names = new Map<string, string>();
    for (const [i, part] of parts.entries()) {
      names.set(part.name, `${out} part ${i}`);
      divide(draft, part.name, uses.get(part.name) === 1, `${out} part ${i}`, part.factors);
    }
    draft.nodes.push(rewired(made, names, new Map([[value, out]])));
    return;
  }
  const alike = factors.every((factor) => factor === factors[0]);
  const tensor: Tensor = alike
    ? { shape: [], data: factors.slice(0, 1), kind: 'real' }
    : { shape: shapes.get(value)!, data: factors, kind: 'real' };
  const name = `${out} scales`;
  constants.set(name, tensor);
  shapes.set(name, tensor.shape);
  draft.nodes.push(productNode(out, { name: value, shape: shapes.get(value)! }, { name, tensor }, made?.context.where ?? value));
}

/** The factors of what a node moves; undefined where it moves constants, or one element to places with different factors. */
function partsOf(
  { shapes, constants }: Draft,
  node: GraphNode,
  factors: Float64Array,
): { name: string; factors: Float64Array }[] | undefined {
  const { context, operator } = node;
  const { inputs } = context.node;
  if (!MOVES.has(context.node.operator)) return undefined;
  const sources = inputs.filter((_, i) => isMoved(node, i));
  if (sources.some((name) => constants.has(name)) || new Set(sources).size !== sources.length) return undefined;
  const parts = sources.map((name) => ({ name, factors: realsOf(elementsOf(shapes.get(name)!), () => Number.NaN) }));
  for (const part of parts) {
    const given = inputs.map((name, i): Tensor | undefined => {
      if (!isMoved(node, i)) return constants.get(name);
      const shape = shapes.get(name)!;
      return { shape, data: realsOf(elementsOf(shape), (e) => (name === part.name ? e + 1 : 0)), kind: 'real' };
    });
    const [places] = operator.reference(context, given);
    for (const [e, place] of places!.data.entries()) {
      if (place === 0) continue;
      const before = part.factors[place - 1]!;
      if (!Number.isNaN(before) && before !== factors[e]) return undefined;
      part.factors[place - 1] = factors[e]!;
    }
    const some = part.factors.find((factor) => !Number.isNaN(factor)) ?? 1;
    part.factors = part.factors.map((factor) => (Number.isNaN(factor) ? some : factor));
  }
  return parts;
}
