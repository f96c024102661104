// Normalisations of a graph whose rows differ in size in the samples: value · f(sum of its squares or sizes along axes), however it is spelled out.
// Source: f is k / (v + ε)^(1/2) or k / (v + ε), which a few of its values show. Caveat: only where one step would lose rows is any of this wanted.
import { broadcastIndex, elementsOf, type Shape } from '../onnx/tensor.ts';
import { axesOf, reductionOf } from '../operators/reduce.ts';
import { centringWork, type RowScale } from '../operators/row-scaled.ts';
import type { Graph, GraphNode } from './node.ts';
import { evaluateGraph, type RealTensors } from './reference.ts';
import { MOVES } from './rewire.ts';

/** times that the largest row is larger than the smallest */
const UNEQUAL = 16;
/** share of the smallest row below which elements count as near zero */
const NEAR_ZERO = 2 ** -9;
/** the same of √ε: what is smaller is divided by √ε and stays small */
const OF_EPSILON = 2 ** -5;
/** elements of the matrix that subtracts means, at most */
const MOST_WORK = 2 ** 20;
/** how far a function may be from the formula that is taken for it */
const SLACK = 1e-6;
/** arguments at which a function is looked at */
const LOOKS = [1e-3, 0.03, 0.7, 2, 50, 1e4];

type OfOne = (x: number) => number;

const near = (a: number, b: number): boolean => Math.abs(a - b) <= SLACK * Math.max(Math.abs(a), Math.abs(b));

/** @returns 2 for squares, 1 for sizes */
function powerOf({ context, operator }: GraphNode): 1 | 2 | undefined {
  const [a, b] = context.node.inputs;
  if (context.node.operator === 'Mul' && a === b) return 2;
  const apply = operator.ofOne?.(context).apply;
  if (!apply) return undefined;
  const is = (f: OfOne): boolean => LOOKS.every((x) => near(apply(x), f(x)) && near(apply(-x), f(-x)));
  return is((x) => x * x) ? 2 : is(Math.abs) ? 1 : undefined;
}

/** f(v) = factor / (v + ε)^(1 / power), if it is that. */
function formulaOf(f: OfOne, power: 1 | 2): { factor: number; epsilon: number } | undefined {
  const inverse = (v: number): number => f(v) ** -power;
  const slope = (inverse(1e4) - inverse(1)) / (1e4 - 1);
  const factor = slope ** (-1 / power);
  const found = inverse(1) / slope - 1;
  const epsilon = found < 1e-12 ? 0 : found;
  if (!Number.isFinite(factor) || found < -SLACK) return undefined;
  return LOOKS.every((v) => near(f(v), factor / (v + epsilon) ** (1 / power))) ? { factor, epsilon } : undefined;
}

/** Everything about a graph that is asked again and again. */
interface Links {
  graph: Graph;
  makers: ReadonlyMap<string, GraphNode>;
  readers: ReadonlyMap<string, readonly GraphNode[]>;
}

function linksOf(graph: Graph): Links {
  const makers = new Map<string, GraphNode>();
  const readers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.context.node.outputs) makers.set(name, node);
    for (const name of new Set(node.context.node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  return { graph, makers, readers };
}

/** The function of one number by which a node makes its result of an input, or the places from which it moves it. */
function stepOf(
  { graph: { constants } }: Links,
  { context, operator }: GraphNode,
  name: string,
): OfOne | 'same' | Float64Array | undefined {
  const { inputs, operator: label } = context.node;
  if (label === 'Select') return inputs.length === 2 ? constants.get(inputs[1]!)?.data : undefined;
  if (MOVES.has(label)) return label === 'Transpose' ? undefined : 'same';
  const single = operator.ofOne?.(context);
  if (single) return inputs[0] === name && !single.jumps ? single.apply : undefined;
  const { ofTwo } = operator;
  if (!ofTwo || inputs.length !== 2) return undefined;
  const at = inputs.indexOf(name);
  const other = constants.get(inputs[1 - at]!);
  const number = other?.data[0];
  if (!other || number === undefined || other.data.some((x) => x !== number)) return undefined;
  return at === 0 ? (x) => ofTwo(x, number) : (x) => ofTwo(number, x);
}

/** Whether places are those of every element's own row. */
function isSpread(places: ArrayLike<number>, shape: Shape, axes: readonly number[]): boolean {
  const { order, reduced } = reductionOf(shape, axes, false);
  return places.length === order.length && order.every((at, i) => places[at] === Math.floor(i / reduced));
}

/** The products of a value with functions of its rows' sums. */
function productsOf(links: Links, value: string, sums: string, axes: readonly number[], power: 1 | 2) {
  const shape = links.graph.shapes.get(value)!;
  const found: { out: string; factor: number; epsilon: number }[] = [];
  const pending: { name: string; apply: OfOne; wide: boolean }[] = [{ name: sums, apply: (x) => x, wide: false }];
  for (const { name, apply, wide } of pending)
    for (const node of links.readers.get(name) ?? []) {
      const { operator, inputs, outputs } = node.context.node;
      const [out] = outputs as [string];
      if (operator === 'Mul' && wide && inputs.length === 2 && inputs.includes(value)) {
        const formula = formulaOf(apply, power);
        if (formula) found.push({ out, ...formula });
        continue;
      }
      const step = stepOf(links, node, name);
      if (step === 'same') pending.push({ name: out, apply, wide });
      else if (typeof step === 'function') pending.push({ name: out, apply: (x) => step(apply(x)), wide });
      else if (step && !wide && isSpread(step, shape, axes)) pending.push({ name: out, apply, wide: true });
    }
  return found;
}

/** What the mean along axes was subtracted from to make a value. */
function centredFrom({ graph, makers }: Links, value: string, axes: readonly number[]): string | undefined {
  const maker = makers.get(value)?.context.node;
  const [x, mean] = maker?.operator === 'Sub' ? (maker.inputs as [string, string]) : [];
  const from = mean === undefined ? undefined : makers.get(mean)?.context;
  if (x === undefined || from?.node.operator !== 'ReduceMean' || from.node.inputs[0] !== x) return undefined;
  const [shape, own] = [graph.shapes.get(x)!, axesOf(from)];
  // a mean without its axes broadcasts to other places
  const spread = broadcastIndex(graph.shapes.get(mean!)!, shape);
  if (own.length !== axes.length || own.some((axis, i) => axis !== axes[i]) || !isSpread(spread, shape, axes)) return undefined;
  return centringWork(shape, axes) <= MOST_WORK ? x : undefined;
}

type Found = Omit<RowScale, 'floor'> & { out: string; normalised: string };

function normalisations(graph: Graph): Found[] {
  const links = linksOf(graph);
  return graph.nodes.flatMap((node): Found[] => {
    const { operator, inputs, outputs } = node.context.node;
    if (operator !== 'ReduceMean' && operator !== 'ReduceSum') return [];
    const powers = links.makers.get(inputs[0]!);
    const power = powers && powerOf(powers);
    const value = powers?.context.node.inputs[0];
    if (!power || value === undefined || graph.constants.has(value)) return [];
    const axes = axesOf(node.context);
    const from = centredFrom(links, value, axes);
    return productsOf(links, value, outputs[0]!, axes, power).map(
      (product): Found => ({
        ...product,
        value: from ?? value,
        normalised: value,
        centred: from !== undefined,
        axes,
        reduction: operator,
        power,
      }),
    );
  });
}

/** Sizes of the rows of a value: their largest elements. */
function rowSizes(data: Float64Array, shape: Shape, axes: readonly number[]): Float64Array {
  const { order, kept, reduced } = reductionOf(shape, axes, false);
  const sizes = new Float64Array(kept);
  for (const [i, at] of order.entries()) {
    const row = Math.floor(i / reduced);
    sizes[row] = Math.max(sizes[row]!, Math.abs(data[at]!));
  }
  return sizes;
}

/** Normalisations of rows of different sizes, by the values that they give. */
export function mixedRows(graph: Graph, samples: readonly RealTensors[]): Map<string, RowScale> {
  const all = normalisations(graph);
  const ends = new Map(all.map(({ normalised }) => [normalised, { least: Number.POSITIVE_INFINITY, most: 0 }]));
  if (all.length)
    for (const [i, sample] of samples.entries())
      evaluateGraph(
        graph,
        sample,
        (name, { shape, data }) => {
          const end = ends.get(name);
          if (!end) return;
          for (const { normalised, axes } of all)
            if (normalised === name && elementsOf(shape) > 0)
              for (const size of rowSizes(data, shape, axes))
                if (size > 0) [end.least, end.most] = [Math.min(end.least, size), Math.max(end.most, size)];
        },
        `calibration sample ${i}`,
      );
  return new Map(
    all.flatMap(({ out, normalised, ...scale }): [string, RowScale][] => {
      const { least, most } = ends.get(normalised)!;
      const smallest = Math.max(least, scale.epsilon ** (1 / scale.power) * OF_EPSILON);
      if (!(most > UNEQUAL * smallest)) return [];
      return [[out, { ...scale, floor: smallest * NEAR_ZERO }]];
    }),
  );
}
