// Reductions over axes (ONNX 1-20): ReduceSum, Mean, Max, Min, L1, L2, SumSquare, LogSum, LogSumExp, ArgMax, ArgMin, GlobalMaxPool;
// and Softmax, LogSoftmax. Sums are folds of channels, extremes are trees of maxima. Caveat: a tree compares stored integers, so
// values closer than one step may swap places.
import { placesOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Shape, stridesOf, type Tensor, walk } from '../onnx/tensor.ts';
import { INT64 } from '../onnx/tensor-proto.ts';
import { type ExpandedNode, expanding, type NodeContext, nonNegative, type Operator, ofTypes, wrapping } from './operator.ts';
import { select } from './select.ts';

const integers = (list: readonly number[]): Tensor => ({ shape: [list.length], data: Float64Array.from(list), kind: 'integer' });

/** A tensor's elements as [kept][reduced]. */
interface Reduction {
  kept: number;
  reduced: number;
  /** element of the input for [kept][reduced] */
  order: Int32Array;
  shape: Shape;
}

/** axes: an input from operator set `inputSince` on, an attribute before */
export function axesOf(context: NodeContext): number[] {
  const { length } = context.shape(0);
  const given = context.has(1) ? [...context.constant(1, 'axes').data] : context.integers('axes');
  if (given?.length) return [...new Set(given.map((axis) => context.axis(axis, length)))].sort((a, b) => a - b);
  return context.integer('noop_with_empty_axes', 0) ? [] : context.shape(0).map((_, axis) => axis);
}

export function reductionOf(from: Shape, axes: readonly number[], keep: boolean): Reduction {
  const steps = stridesOf(from);
  const others = from.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const list = [...others, ...axes];
  return {
    kept: others.reduce((product, axis) => product * from[axis]!, 1),
    reduced: axes.reduce((product, axis) => product * from[axis]!, 1),
    order: walk(
      list.map((axis) => from[axis]!),
      list.map((axis) => steps[axis]!),
    ),
    shape: keep ? from.map((size, axis) => (axes.includes(axis) ? 1 : size)) : others.map((axis) => from[axis]!),
  };
}

const reduction = (context: NodeContext): Reduction => reductionOf(context.shape(0), axesOf(context), context.integer('keepdims', 1) !== 0);

/** Sum or mean over axes: the one reduction that is a stage. */
const summed = (mean: boolean): Operator => ({
  shape: (context) => [reduction(context).shape],
  reference: (context, [x]) => {
    const { reduced, order, shape } = reduction(context);
    const out = realsOf(elementsOf(shape));
    for (const [i, at] of order.entries()) out[Math.floor(i / reduced)]! += x!.data[at]! / (mean ? reduced : 1);
    return [{ ...real(shape, out), kind: x!.kind }];
  },
  stage: (context, stages) => {
    const from = context.shape(0);
    const axes = axesOf(context);
    const { kept, reduced, order } = reduction(context);
    const view = stages.view(context.node.inputs[0]!);
    const weights = Float64Array.of(mean ? 1 / reduced : 1);
    const [out] = context.node.outputs as [string];
    const sizes = (list: Shape): number => list.reduce((product, size) => product * size, 1);
    // neighbouring axes are reduced where they stand
    const next = axes.every((axis, i) => axis === axes[0]! + i);
    if (next && axes.length) {
      const [outer, inner] = [sizes(from.slice(0, axes[0])), sizes(from.slice(axes.at(-1)! + 1))];
      stages.linear(out, [{ kind: 'fold', source: view, outer, depth: reduced, inner, weights }]);
      return;
    }
    const index = view.index ? order.map((i) => view.index![i]!) : order;
    stages.linear(out, [{ kind: 'fold', source: { root: view.root, index }, outer: kept, depth: reduced, inner: 1, weights }]);
  },
});

export const ReduceSum = wrapping(summed(false));
export const ReduceMean = summed(true);

/** A reduction between functions: `before` every element, `after` the sum. */
const composed = (before: string | undefined, after: string | undefined, square = false): Operator =>
  expanding((context) => {
    const [out] = context.node.outputs as [string];
    const nodes: ExpandedNode[] = [];
    let value = context.node.inputs[0]!;
    const then = (operator: string, more: readonly (string | Tensor)[], what: string): void => {
      nodes.push({ operator, inputs: [value, ...more], outputs: [`${out} ${what}`] });
      value = `${out} ${what}`;
    };
    if (square) then('Mul', [value], 'square');
    else if (before) then(before, [], 'before');
    const attributes = { axes: axesOf(context), keepdims: context.integer('keepdims', 1) };
    nodes.push({ operator: 'ReduceSum', inputs: [value], outputs: [after ? `${out} sum` : out], attributes });
    if (after) nodes.push({ operator: after, inputs: [`${out} sum`], outputs: [out] });
    return nodes;
  });

export const ReduceL1 = wrapping(composed('Abs', undefined));
export const ReduceL2 = composed(undefined, 'Sqrt', true);
export const ReduceSumSquare = wrapping(composed(undefined, undefined, true));
export const ReduceLogSum = composed(undefined, 'Log');

export const ReduceLogSumExp = expanding((context) => {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const axes = axesOf(context);
  const attributes = { axes, keepdims: 1 };
  return [
    { operator: 'ReduceMax', inputs: [x], outputs: [`${out} most`], attributes },
    { operator: 'Sub', inputs: [x, `${out} most`], outputs: [`${out} rest`] },
    { operator: 'Exp', inputs: [`${out} rest`], outputs: [`${out} powers`] },
    { operator: 'ReduceSum', inputs: [`${out} powers`], outputs: [`${out} sum`], attributes },
    { operator: 'Log', inputs: [`${out} sum`], outputs: [`${out} log`] },
    { operator: 'Add', inputs: [`${out} log`, `${out} most`], outputs: [`${out} kept`] },
    { operator: 'Reshape', inputs: [`${out} kept`, integers(reduction(context).shape)], outputs: [out] },
  ];
});

/**
 * Levels of a tree over the reduced elements; the last of an odd number is compared with itself.
 * @param neighbours pairs are neighbours, so that all elements of one subtree come before all of the next; else whole halves are compared
 */
function tree(
  { kept, reduced, order }: Reduction,
  name: string,
  source: string,
  level: (a: string, b: string, from: number, halves: [number, number], out: string) => ExpandedNode[],
  neighbours = false,
): { nodes: ExpandedNode[]; last: string } {
  const nodes: ExpandedNode[] = [];
  let [value, length, map] = [source, reduced, order];
  for (let depth = 0; length > 1; depth++) {
    const half = Math.ceil(length / 2);
    const [step, apart] = neighbours ? [2, 1] : [1, half];
    const pick = (place: (k: number) => number): Int32Array =>
      placesOf(kept * half, (i) => map[(i % kept) * length + place(Math.floor(i / kept))]!);
    const [a, b, out] = [`${name} level ${depth} a`, `${name} level ${depth} b`, `${name} level ${depth}`];
    // [half][kept], so that later levels pick whole channels
    nodes.push(select(a, [half, kept], [{ source: value, index: pick((k) => step * k) }]));
    nodes.push(select(b, [half, kept], [{ source: value, index: pick((k) => Math.min(step * k + apart, length - 1)) }]));
    nodes.push(...level(a, b, length, [half, kept], out));
    [value, length] = [out, half];
    map = placesOf(kept * half, (i) => (i % half) * kept + Math.floor(i / half));
  }
  return { nodes, last: value };
}

/** Refuses what has no value. */
export function atLeastOne(context: NodeContext): void {
  if (elementsOf(context.shape(0)) === 0)
    throw context.unsupported(`a reduction of no elements, shape [${context.shape(0)}]`, 'at least one element');
}

const extreme = (operator: 'Larger' | 'Smaller'): Operator =>
  expanding((context) => {
    atLeastOne(context);
    const found = reduction(context);
    const [out] = context.node.outputs as [string];
    const { nodes, last } = tree(found, out, context.node.inputs[0]!, (a, b, _from, _halves, to) => [
      { operator, inputs: [a, b], outputs: [to] },
    ]);
    return [...nodes, { operator: 'Reshape', inputs: [last, integers(found.shape)], outputs: [out] }];
  });

// both operands are moved copies of one tensor, whose integers can be compared exactly
export const ReduceMax = extreme('Larger');
export const ReduceMin = extreme('Smaller');

export const GlobalMaxPool = expanding((context) => {
  const axes = context.shape(0).map((_, axis) => axis);
  return [
    { operator: 'ReduceMax', inputs: context.node.inputs, outputs: context.node.outputs, attributes: { axes: axes.slice(2), keepdims: 1 } },
  ];
});

/** Index of the extreme: a tournament of values that carry their indices; of equal ones the first, or the last where `select_last_index` says so. */
const place = (largest: boolean): Operator => ofTypes(placed(largest), () => [INT64]);

const placed = (largest: boolean): Operator =>
  expanding((context) => {
    const from = context.shape(0);
    const axis = context.axis(context.integer('axis', 0), from.length);
    const lastWins = context.integer('select_last_index', 0) !== 0;
    const found = reductionOf(from, [axis], context.integer('keepdims', 1) !== 0);
    const [out] = context.node.outputs as [string];
    const { kept, reduced } = found;
    let indices: string | Tensor = {
      shape: [reduced, kept],
      data: realsOf(reduced * kept, (i) => Math.floor(i / kept)),
      kind: 'integer',
    };
    const whether = (ties: boolean): Tensor => ({ shape: [], data: Float64Array.of(Number(ties)), kind: 'integer' });
    const [ties, never] = [whether(lastWins), whether(false)];
    const { masks } = context.aside;
    // in a tree of neighbours the second of two always stands behind the first
    const known = { within: [0, reduced - 1] as const };
    const { nodes } = tree(
      found,
      out,
      context.node.inputs[0]!,
      (a, b, length, [half], to) => {
        const before: string | Tensor = indices;
        const halves = [0, 1].map(
          (side): ExpandedNode =>
            select(
              `${to} index ${side}`,
              [half, kept],
              [
                {
                  source: before,
                  index: Int32Array.from(
                    { length: half * kept },
                    (_, i) => Math.min(2 * Math.floor(i / kept) + side, length - 1) * kept + (i % kept),
                  ),
                },
              ],
            ),
        );
        indices = `${to} index`;
        // the last value is asked by nobody, but for whether masks leave anything: then which of the two it exceeds has not won
        const asked = half === 1 && (masks === 'as it is' || masks?.present.has(to));
        const [first, second] = asked && lastWins ? [1, 0] : [0, 1];
        const ahead = first ? { within: [1 - reduced, 0] as const } : known;
        const pair = asked ? [to, first ? b : a] : largest ? [b, a] : [a, b];
        return [
          ...(half > 1 || asked ? [{ operator: largest ? 'Larger' : 'Smaller', inputs: [a, b], outputs: [to] }] : []),
          ...halves,
          { operator: 'Exceeds', inputs: [...(asked && !largest ? pair.reverse() : pair), asked ? never : ties], outputs: [`${to} won`] },
          { operator: 'Sub', inputs: [`${to} index ${second}`, `${to} index ${first}`], outputs: [`${to} ahead`], known: ahead },
          { operator: 'Mul', inputs: [`${to} won`, `${to} ahead`], outputs: [`${to} moved`], known: ahead },
          { operator: 'Add', inputs: [`${to} moved`, `${to} index ${first}`], outputs: [`${to} index`], known },
        ];
      },
      true,
    );
    return [...nodes, { operator: 'Reshape', inputs: [indices, integers(found.shape)], outputs: [out] }];
  });

export const ArgMax = place(true);
export const ArgMin = place(false);

/** exp(-12) is 6e-6 */
export const NOTHING_LEFT = 12;

/** exp(x - max), its sum, and either the quotient or the difference of logarithms */
const softmax = (logarithm: boolean): Operator =>
  expanding((context) => {
    const from = context.shape(0);
    const old = context.opset < 13;
    const axis = context.axis(context.integer('axis', old ? 1 : -1), from.length);
    // before operator set 13 all axes from `axis` on count as one
    const axes = from.map((_, i) => i).filter((i) => (old ? i >= axis : i === axis));
    const attributes = { axes, keepdims: 1 };
    const count = axes.reduce((product, axis) => product * from[axis]!, 1);
    const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
    const [most, rest, powers, total] = ['most', 'rest', 'powers', 'sum'].map((what) => `${out} ${what}`) as [
      string,
      string,
      string,
      string,
    ];
    const nodes: ExpandedNode[] = [
      { operator: 'ReduceMax', inputs: [x], outputs: [most], attributes },
      // powers of less are as good as zero
      { operator: 'Sub', inputs: [x, most], outputs: [rest], known: { within: [-NOTHING_LEFT, 0] } },
      { operator: 'Exp', inputs: [rest], outputs: [powers], known: { within: [0, 1] } },
      // the largest element's power is 1
      { operator: 'ReduceSum', inputs: [powers], outputs: [total], attributes, known: { within: [1, count] } },
    ];
    if (!logarithm && axes.length === 1 && axis === from.length - 1) context.aside.distributions.add(out);
    if (!logarithm) return [...nodes, { operator: 'Div', inputs: [powers, total], outputs: [out], known: { within: [0, 1] } }];
    return [
      ...nodes,
      { operator: 'Log', inputs: [total], outputs: [`${total} log`] },
      { operator: 'Sub', inputs: [rest, `${total} log`], outputs: [out] },
    ];
  });

export const Softmax = nonNegative(softmax(false));
export const LogSoftmax = softmax(true);
