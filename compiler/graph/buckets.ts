// Inputs that are only compared: trees, forests, boosted models, Binarizer, comparisons with numbers. The integer of such an element is how many of the
// thresholds that its feature meets it reaches, so every comparison has the outcome that the model's own arithmetic gives, on any input.
// A chain of monotone steps for each element (Cast, Scaler, sums and products with numbers, Clip, Concat, Reshape …) may stand before the comparison:
// the threshold is found by asking the chain, rounding as its type does. Caveat: one other reader of an input, and it is a number as others are.
import { indexAlong } from '../../vm/program/encoding.ts';
import type { Encoding } from '../../vm/program/types.ts';
import { realsOf } from '../onnx/budget.ts';
import { broadcastIndex, elementsOf, type Shape, type Tensor } from '../onnx/tensor.ts';
import { DOUBLE, FLOAT } from '../onnx/tensor-proto.ts';
import { INTERNAL_OPERATORS, OPERATORS } from '../operators/index.ts';
import { entryOf, NodeContext } from '../operators/operator.ts';
import { NOTHING } from '../operators/select.ts';
import { type Bound, boundOf, rounding } from './float.ts';
import { read } from './fuse.ts';
import type { Graph, GraphNode } from './node.ts';
import { IMAGE_RANK, isMoved, MOVES, OPSET } from './rewire.ts';
import { usesOf } from './uses.ts';

/** outcome of a test of a - c for element a of a chain and number c */
const TESTS: Readonly<Record<string, (a: number, c: number) => boolean>> = {
  Above: (a, c) => a > c,
  NotBelow: (a, c) => a >= c,
  Zero: (a, c) => a === c,
};
const OF_TWO: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};
/** thresholds of one feature at most; more are a number as others are */
const MOST = 2 ** 16;

/** A value every element of which is a monotone function of one element of an input. */
interface Chain {
  shape: Shape;
  /** input and element that each element comes from */
  input: string[];
  from: Int32Array;
  /** element e for the value x of its input's element */
  apply: (e: number, x: number) => number;
  elementType: number;
}

/** A comparison at the end of a chain: a difference with numbers, and what is asked of it. */
interface Comparison {
  chain: Chain;
  /** what computes the outcome */
  node: GraphNode;
  test: string;
  shape: Shape;
  /** element of the chain, and number, for each element of the difference */
  element: Int32Array;
  number: Float64Array;
  /** the difference is number minus element */
  turned: boolean;
}

/** Thresholds of an input: for each index of its axis an ascending list. */
interface Buckets {
  axis: number;
  lists: number[][];
}

/** The graph in which inputs that are only compared are integers, and what those integers stand for. */
export interface Bucketed {
  graph: Graph;
  encodings: Encoding[];
}

export function bucketed(graph: Graph): Bucketed {
  const { chains, comparisons } = follow(graph);
  const good = onlyCompared(graph, chains, comparisons);
  if (good.size === 0) return { graph, encodings: [] };
  const used = comparisons.filter(({ chain }) => good.has(chain.input[0]!));
  const bounds = used.map((one) => boundsOf(one, graph));
  const buckets = new Map([...good].map((name) => [name, bucketsOf(graph, name, used, bounds)]));
  const list = used.map((one, i) => written(graph, one, bounds[i]!, buckets));
  const usable = [...buckets.values()].every(({ lists }) => lists.every(({ length }) => length <= MOST));
  if (!usable || list.includes(undefined)) return { graph, encodings: [] };
  return {
    graph: rewritten(graph, buckets, list as Written[]),
    encodings: [...buckets].map(([name, { axis, lists }]): Encoding => ({ of: 'input', name, axis, thresholds: lists })),
  };
}

const sourcesOf = ({ input }: Chain): string[] => [...new Set(input)];

/** Chains by the value at their end, and the comparisons that read them. */
function follow(graph: Graph): { chains: Map<string, Chain>; comparisons: Comparison[] } {
  const chains = new Map<string, Chain>();
  for (const { name, shape, elementType } of graph.inputs) {
    const round = elementType === undefined || graph.whole.has(name) || shape.length === 0 ? undefined : rounding(elementType);
    if (!round) continue;
    const count = elementsOf(shape);
    const from = Int32Array.from({ length: count }, (_, e) => e);
    chains.set(name, { shape, input: Array<string>(count).fill(name), from, apply: (_, x) => round(x), elementType: elementType! });
  }
  const differences = new Map<string, Omit<Comparison, 'node' | 'test'>>();
  const comparisons: Comparison[] = [];
  for (const node of graph.nodes) {
    const { operator, inputs, outputs } = node.context.node;
    const difference = differences.get(inputs[0]!);
    if (difference && entryOf(TESTS, operator)) comparisons.push({ ...difference, node, test: operator });
    if (!inputs.some((name) => chains.has(name))) continue;
    const next = extended(graph, node, chains);
    if (next) chains.set(outputs[0]!, next);
    const end = operator === 'Sub' ? differenceOf(graph, node, chains) : undefined;
    if (end) differences.set(outputs[0]!, end);
  }
  return { chains, comparisons };
}

/** The constant beside a chain, where a node has one, and which of its inputs the chain is. */
function besideConstant(graph: Graph, { context }: GraphNode, chains: ReadonlyMap<string, Chain>) {
  const [a, b] = context.node.inputs as [string, string];
  const first = chains.has(a);
  const constant = graph.constants.get(first ? b : a);
  const chain = chains.get(first ? a : b);
  return constant?.data.every(Number.isFinite) && chain ? { chain, constant, first } : undefined;
}

function differenceOf(graph: Graph, node: GraphNode, chains: ReadonlyMap<string, Chain>) {
  const found = besideConstant(graph, node, chains);
  if (!found) return undefined;
  const { chain, constant, first } = found;
  const shape = graph.shapes.get(node.context.node.outputs[0]!)!;
  const places = broadcastIndex(constant.shape, shape);
  const number = realsOf(elementsOf(shape), (e) => constant.data[places[e]!]!);
  return { chain, shape, element: Int32Array.from(broadcastIndex(chain.shape, shape)), number, turned: !first };
}

/** The chain behind one more node, or undefined where that is no monotone step of single elements. */
function extended(graph: Graph, node: GraphNode, chains: ReadonlyMap<string, Chain>): Chain | undefined {
  const { context, operator: bound } = node;
  const { operator, inputs, outputs } = context.node;
  const shape = graph.shapes.get(outputs[0]!)!;
  if (MOVES.has(operator)) return moved(graph, node, chains, shape);
  const only = chains.get(inputs[0]!);
  if (operator === 'Cast' && only) {
    const to = context.integer('to', FLOAT);
    const round = to === FLOAT || to === DOUBLE ? rounding(to) : undefined;
    return round && { ...only, elementType: to, apply: (e, x) => round(only.apply(e, x)) };
  }
  const clip = bound.ofOne?.(context);
  if (clip?.clip && only) return { ...only, apply: (e, x) => clip.apply(only.apply(e, x)) };
  const apply = entryOf(OF_TWO, operator);
  const found = apply && besideConstant(graph, node, chains);
  if (!apply || !found) return undefined;
  const { chain, constant, first } = found;
  // a quotient by an element is not monotone, one by zero no number, and a product with zero forgets its element
  const scales = operator === 'Mul' || operator === 'Div';
  if ((operator === 'Div' && !first) || (scales && constant.data.some((c) => c === 0))) return undefined;
  const round = rounding(chain.elementType)!;
  const [own, places] = [broadcastIndex(chain.shape, shape), broadcastIndex(constant.shape, shape)];
  const other = (e: number): number => round(constant.data[places[e]!]!);
  return {
    shape,
    elementType: chain.elementType,
    input: Array.from(own, (at) => chain.input[at]!),
    from: Int32Array.from(own, (at) => chain.from[at]!),
    apply: (e, x) => {
      const value = chain.apply(own[e]!, x);
      return round(first ? apply(value, other(e)) : apply(other(e), value));
    },
  };
}

/** Elements that a node moves: it is asked with their places. */
function moved(graph: Graph, node: GraphNode, chains: ReadonlyMap<string, Chain>, shape: Shape): Chain | undefined {
  const { context, operator } = node;
  const sources: Chain[] = [];
  const starts: number[] = [];
  let end = 1;
  const given = context.node.inputs.map((name, i): Tensor | undefined => {
    if (!isMoved(node, i)) return graph.constants.get(name);
    const chain = chains.get(name);
    if (!chain) return undefined;
    const first = end;
    sources.push(chain);
    starts.push(first);
    end += elementsOf(chain.shape);
    return { shape: chain.shape, data: realsOf(elementsOf(chain.shape), (e) => first + e), kind: 'real' };
  });
  const moving = context.node.inputs.filter((_, i) => isMoved(node, i)).length;
  if (sources.length !== moving || sources.some(({ elementType }) => elementType !== sources[0]!.elementType)) return undefined;
  const [result] = operator.reference(context, given);
  if (!result?.data.every((place) => place > 0)) return undefined;
  const part = result.data.map((place) => starts.findLastIndex((start) => start <= place));
  const at = result.data.map((place, e) => place - starts[part[e]!]!);
  return {
    shape,
    elementType: sources[0]!.elementType,
    input: Array.from(at, (place, e) => sources[part[e]!]!.input[place]!),
    from: Int32Array.from(at, (place, e) => sources[part[e]!]!.from[place]!),
    apply: (e, x) => sources[part[e]!]!.apply(at[e]!, x),
  };
}

/** Inputs of which every reader is a chain that ends in comparisons only. */
function onlyCompared(graph: Graph, chains: ReadonlyMap<string, Chain>, comparisons: readonly Comparison[]): Set<string> {
  const readers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes)
    for (const name of new Set(node.context.node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node]);
  const results = new Set(graph.outputs.map(({ name }) => name));
  const tests = new Set(comparisons.map(({ node }) => node));
  const compared = new Map<string, boolean>();
  /** every road from the value ends in a comparison */
  const ends = (name: string): boolean => {
    const known = compared.get(name);
    if (known !== undefined) return known;
    const list = readers.get(name) ?? [];
    const answer =
      !results.has(name) &&
      list.length > 0 &&
      list.every((node) => {
        const [out] = node.context.node.outputs as [string];
        return tests.has(node) || (chains.has(out) && ends(out));
      });
    compared.set(name, answer);
    return answer;
  };
  const good = new Set(graph.inputs.flatMap(({ name }) => (chains.has(name) && ends(name) ? [name] : [])));
  // what shares a chain with another input is as that one is
  for (let before = -1; before !== good.size; ) {
    before = good.size;
    for (const chain of chains.values())
      if (!sourcesOf(chain).every((name) => good.has(name))) for (const name of sourcesOf(chain)) good.delete(name);
  }
  return good;
}

/** The bounds of each element of a comparison: one, or two where equality is asked for. */
function boundsOf({ chain, test, element, number, turned }: Comparison, graph: Graph): Bound[][] {
  const known = new Map<string, Bound[]>();
  const types = new Map(graph.inputs.map(({ name, elementType }) => [name, elementType!]));
  return Array.from(element, (at, e) => {
    const key = `${at} ${number[e]}`;
    const found = known.get(key);
    if (found) return found;
    const bound = (ask: (a: number, c: number) => boolean): Bound =>
      boundOf(types.get(chain.input[at]!)!, (x) => {
        const a = chain.apply(at, x);
        return turned ? ask(number[e]!, a) : ask(a, number[e]!);
      });
    const list = test === 'Zero' ? [bound(TESTS.NotBelow!), bound(TESTS.Above!)] : [bound(TESTS[test]!)];
    known.set(key, list);
    return list;
  });
}

function bucketsOf(graph: Graph, name: string, comparisons: readonly Comparison[], bounds: readonly Bound[][][]): Buckets {
  const shape = graph.shapes.get(name)!;
  const axis = shape.length >= IMAGE_RANK ? 1 : shape.length - 1;
  const index = indexAlong(shape, axis);
  const sets = Array.from({ length: shape[axis]! }, () => new Set<number>());
  for (const [i, { chain, element }] of comparisons.entries())
    for (const [e, list] of (bounds[i] ?? []).entries())
      if (chain.input[element[e]!] === name)
        for (const { from } of list) if (Number.isFinite(from)) sets[index(chain.from[element[e]!]!)]!.add(from);
  return { axis, lists: sets.map((set) => [...set].sort((a, b) => a - b)) };
}

/** The thresholds that each element of a comparison meets. */
function listsOf(graph: Graph, { chain, element }: Comparison, buckets: ReadonlyMap<string, Buckets>): (number[] | undefined)[] {
  const of = new Map(
    sourcesOf(chain).map((name) => {
      const { axis, lists } = buckets.get(name)!;
      const index = indexAlong(graph.shapes.get(name)!, axis);
      return [name, (e: number) => lists[index(e)]] as const;
    }),
  );
  return Array.from(element, (at) => of.get(chain.input[at]!)!(chain.from[at]!));
}

/** Bucket from which on a bound's side begins. */
function rankOf(list: readonly number[], { from }: Bound): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return from === Number.NEGATIVE_INFINITY ? 0 : low + 1;
}

/** A bucket b in words of a test: sign·b + shift, whose test has the outcome. */
interface Line {
  sign: 1 | -1;
  shift: number;
}

/** @returns undefined where the outcome is no test of one line */
function lineOf(test: string, list: readonly number[], bounds: readonly Bound[]): Line | undefined {
  if (test === 'Zero') {
    const [least, more] = bounds as [Bound, Bound];
    // the element equals the number where one condition holds and the other does not
    if (least.above === more.above && least.from === more.from) return { sign: -1, shift: -1 };
    const changes = [least, more].map((bound) => rankOf(list, bound)).sort((a, b) => a - b) as [number, number];
    return changes[1] === changes[0] + 1 && least.above === more.above ? { sign: -1, shift: changes[0] } : undefined;
  }
  const [bound] = bounds as [Bound];
  const rank = rankOf(list, bound);
  const strict = test === 'Above' ? 1 : 0;
  return bound.above ? { sign: 1, shift: strict - rank } : { sign: -1, shift: rank - 1 + strict };
}

/** A comparison in words of buckets. */
interface Written {
  one: Comparison;
  lines: Line[];
}

/** @returns undefined where an outcome cannot be written so */
function written(graph: Graph, one: Comparison, bounds: readonly Bound[][], buckets: ReadonlyMap<string, Buckets>): Written | undefined {
  const lists = listsOf(graph, one, buckets);
  const lines = bounds.map((list, e) => lineOf(one.test, lists[e]!, list));
  return lines.every((line) => line !== undefined) ? { one, lines: lines as Line[] } : undefined;
}

/** The nodes that compute a comparison from buckets, instead of the node that made its test. */
function comparisonNodes({ one, lines }: Written, know: (name: string, tensor: Tensor) => string, shapes: Map<string, Shape>): GraphNode[] {
  const { context } = one.node;
  const { chain, shape, element } = one;
  const [out] = context.node.outputs as [string];
  const node = (operator: string, inputs: readonly string[], name: string, tensors: readonly (Tensor | undefined)[]): GraphNode => {
    const made = { ...context.node, operator, domain: '', inputs: [...inputs], outputs: [name], attributes: new Map() };
    const known = inputs.map((input, i) => tensors[i]?.shape ?? shapes.get(input)!);
    shapes.set(name, shape);
    const types = inputs.map(() => 'integer' as const);
    return {
      context: new NodeContext(made, OPSET, context.where, known, tensors, types),
      operator: INTERNAL_OPERATORS[operator] ?? OPERATORS[operator]!,
    };
  };
  const numbers = (what: string, data: Float64Array): [string, Tensor] => {
    const tensor: Tensor = { shape, data, kind: 'integer' };
    return [know(`${out} ${what}`, tensor), tensor];
  };
  const sources = sourcesOf(chain);
  const places = sources.map((name, i) =>
    numbers(
      `buckets ${i}`,
      realsOf(element.length, (e) => (chain.input[element[e]!] === name ? chain.from[element[e]!]! : NOTHING)),
    ),
  );
  const [shift, shifts] = numbers(
    'shift',
    realsOf(lines.length, (e) => lines[e]!.shift),
  );
  const [bucket, signed, rest] = [`${out} bucket`, `${out} signed`, `${out} rest`];
  const read = node(
    'Select',
    sources.flatMap((name, i) => [name, places[i]![0]]),
    bucket,
    sources.flatMap((_, i) => [undefined, places[i]![1]]),
  );
  const test = node(one.test, [rest], out, [undefined]);
  if (lines.every(({ sign }) => sign < 0)) return [read, node('Sub', [shift, bucket], rest, [shifts, undefined]), test];
  const [factor, factors] = numbers(
    'sign',
    realsOf(lines.length, (e) => lines[e]!.sign),
  );
  return [read, node('Mul', [bucket, factor], signed, [undefined, factors]), node('Add', [signed, shift], rest, [undefined, shifts]), test];
}

/** The graph with comparisons of buckets, without the nodes that nobody reads any more. */
function rewritten(graph: Graph, buckets: ReadonlyMap<string, Buckets>, list: readonly Written[]): Graph {
  const [shapes, constants, whole] = [new Map(graph.shapes), new Map(graph.constants), new Set(graph.whole)];
  const know = (name: string, tensor: Tensor): string => {
    constants.set(name, tensor);
    shapes.set(name, tensor.shape);
    return name;
  };
  for (const name of buckets.keys()) whole.add(name);
  const instead = new Map(list.map((one) => [one.one.node, one]));
  const all = graph.nodes.flatMap((node) => {
    const one = instead.get(node);
    if (!one) return [node];
    const made = comparisonNodes(one, know, shapes);
    for (const { context } of made) for (const name of context.node.outputs) whole.add(name);
    return made;
  });
  const nodes = read(all, graph.outputs);
  const there = new Set([
    ...nodes.flatMap(({ context }) => context.node.outputs),
    ...graph.inputs.map(({ name }) => name),
    ...constants.keys(),
  ]);
  const known = new Map([...graph.known].filter(([name]) => there.has(name)));
  for (const [name, facts] of known)
    known.set(
      name,
      facts.filter(({ like }) => like?.every((other) => there.has(other)) ?? true),
    );
  const inputs = graph.inputs.map((input) => {
    const lists = buckets.get(input.name)?.lists;
    if (!lists) return input;
    // a declared range is one of numbers, and any number has a bucket
    const { range, ...others } = input;
    return { ...others, limits: [0, Math.max(...lists.map(({ length }) => length))] as const, complete: true };
  });
  return { ...graph, inputs, nodes, shapes, constants, whole, known, uses: usesOf(nodes, graph.outputs, known) };
}
