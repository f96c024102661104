// TopK (ONNX 1-24): the rank of an element is how many come before it, counted by comparing all pairs. Of a long row first the k groups of
// neighbours with the largest heads, which hold the k largest elements, then those of their elements; groups are chosen in the same way.
// Source: tournament selection (Knuth, TAOCP 5.3.3). Caveat: stored integers are compared; of equal ones the first wins.
import { listOf, placesOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, stridesOf, type Tensor, walk } from '../onnx/tensor.ts';
import { INT64 } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { type ExpandedNode, expanding, type NodeContext, ofTypes } from './operator.ts';
import { NOTHING, select } from './select.ts';

/** comparisons that one node may need */
const MAX_COMPARISONS = 2 ** 18;
/** how many times fewer comparisons groups must need: they have to be moved */
const WORTH = 4;

const whole = (shape: Shape, data: ArrayLike<number>): Tensor => ({ shape, data: Float64Array.from(data), kind: 'integer' });
const line = (...shape: number[]): Tensor =>
  whole(
    shape,
    listOf(elementsOf(shape), (i) => i),
  );

/** Elements of one group of neighbours (1: no groups), and comparisons of a row. */
function planOf(size: number, k: number): { group: number; comparisons: number } {
  let best = { group: 1, comparisons: size * size };
  const limit = best.comparisons / WORTH;
  for (let group = 4; Math.ceil(size / group) > k; group *= 2) {
    const comparisons = planOf(Math.ceil(size / group), k).comparisons + k * k + (k * group) ** 2;
    if (comparisons < Math.min(limit, best.comparisons)) best = { group, comparisons };
  }
  return best;
}

/** Rows of equally many numbers, of which the k largest (or smallest) are wanted. */
interface Rows {
  kept: number;
  size: number;
  k: number;
  largest: boolean;
}

/** `${out} chosen` [kept, k, size]: 1 where the element has the rank. */
function byRank(x: string, { kept, size, k, largest }: Rows, out: string): ExpandedNode[] {
  const n = (what: string): string => `${out} ${what}`;
  const wide = [kept, size, size];
  /** element i or element j of the row */
  const pairs = (first: boolean): Int32Array =>
    placesOf(kept * size * size, (e) => Math.floor(e / (size * size)) * size + (first ? Math.floor(e / size) % size : e % size));
  const earlier = whole(
    [size, size],
    listOf(size * size, (e) => (e % size < Math.floor(e / size) ? 1 : 0)),
  );
  const rankOf = placesOf(kept * k * size, (e) => Math.floor(e / (k * size)) * size + (e % size));
  return [
    select(n('this'), wide, [{ source: x, index: pairs(true) }]),
    select(n('other'), wide, [{ source: x, index: pairs(false) }]),
    { operator: 'Exceeds', inputs: [...(largest ? [n('other'), n('this')] : [n('this'), n('other')]), earlier], outputs: [n('wins')] },
    {
      operator: 'ReduceSum',
      inputs: [n('wins')],
      outputs: [n('rank')],
      attributes: { axes: [2], keepdims: 0 },
      known: { within: [0, size - 1] },
    },
    select(n('ranks'), [kept, k, size], [{ source: n('rank'), index: rankOf }]),
    { operator: 'Sub', inputs: [n('ranks'), line(k, 1)], outputs: [n('offset')] },
    { operator: 'Zero', inputs: [n('offset')], outputs: [n('chosen')] },
  ];
}

/** What each row of `${out} chosen` chooses of another tensor [kept, size], as `to` [kept, k]. */
const choice = (x: string, { kept, size, k }: Rows, out: string, to: string, known?: ExpandedNode['known']): ExpandedNode[] => [
  { operator: 'Reshape', inputs: [x, integers(kept, size, 1)], outputs: [`${to} column`] },
  { operator: 'Chosen', inputs: [`${out} chosen`, `${to} column`], outputs: [`${to} chosen`], ...(known ? { known } : {}) },
  { operator: 'Reshape', inputs: [`${to} chosen`, integers(kept, k)], outputs: [to] },
];

/** The rows with as many copies of their last choice behind them as `length` asks for. */
function lengthened(x: string, { kept, size, largest }: Rows, length: number, out: string): ExpandedNode[] {
  const least = `${out} least`;
  const at = (inside: (row: number, i: number) => number): Int32Array =>
    placesOf(kept * length, (e) => inside(Math.floor(e / length), e % length));
  const parts = [
    { source: x, index: at((row, i) => (i < size ? row * size + i : NOTHING)) },
    { source: least, index: at((row, i) => (i < size ? NOTHING : row)) },
  ];
  return [
    { operator: largest ? 'ReduceMin' : 'ReduceMax', inputs: [x], outputs: [least], attributes: { axes: [1], keepdims: 1 } },
    select(out, [kept, length], parts),
  ];
}

/** `${out} values` and `${out} places`, [kept, k] each, of the k first of each row of x [kept, size]; values only where they are asked for. */
function firstOf(x: string, rows: Rows, values: boolean, out: string): ExpandedNode[] {
  const n = (what: string): string => `${out} ${what}`;
  const { kept, size, k, largest } = rows;
  const { group } = planOf(size, k);
  const found = (from: string, of: Rows, chosen: string): ExpandedNode[] => (values ? choice(from, of, chosen, n('values')) : []);
  if (group === 1)
    return [
      ...byRank(x, rows, out),
      ...found(x, rows, out),
      { operator: 'MatMul', inputs: [n('chosen'), line(size, 1)], outputs: [n('numbers')], known: { within: [0, size - 1] } },
      { operator: 'Reshape', inputs: [n('numbers'), integers(kept, k)], outputs: [n('places')] },
    ];
  const groups = Math.ceil(size / group);
  const padded = groups * group > size;
  const nodes = padded ? lengthened(x, rows, groups * group, n('full')) : [];
  const candidates = { ...rows, size: k * group };
  const sorted = { kept, size: k, k, largest: false };
  const places = [0, groups - 1] as const;
  return [
    ...nodes,
    { operator: 'Reshape', inputs: [padded ? n('full') : x, integers(kept, groups, group)], outputs: [n('groups')] },
    {
      operator: largest ? 'ReduceMax' : 'ReduceMin',
      inputs: [n('groups')],
      outputs: [n('heads')],
      attributes: { axes: [2], keepdims: 0 },
    },
    ...firstOf(n('heads'), { ...rows, size: groups }, false, n('best')),
    // in their own order again, so that of equal elements the first stays first
    ...byRank(n('best places'), sorted, n('order')),
    ...choice(n('best places'), sorted, n('order'), n('group')),
    { operator: 'Reshape', inputs: [n('group'), integers(kept, k, 1)], outputs: [n('group axis')] },
    {
      operator: 'Sub',
      inputs: [n('group axis'), line(1, groups)],
      outputs: [n('distance')],
      known: { within: [1 - groups, groups - 1] },
    },
    { operator: 'Zero', inputs: [n('distance')], outputs: [n('mine')] },
    { operator: 'Chosen', inputs: [n('mine'), n('groups')], outputs: [n('rest axes')] },
    { operator: 'Reshape', inputs: [n('rest axes'), integers(kept, k * group)], outputs: [n('rest')] },
    { operator: 'Mul', inputs: [n('group axis'), whole([], [group])], outputs: [n('starts')], known: { within: [0, places[1] * group] } },
    {
      operator: 'Add',
      inputs: [n('starts'), line(1, group)],
      outputs: [n('numbers axes')],
      known: { within: [0, groups * group - 1] },
    },
    { operator: 'Reshape', inputs: [n('numbers axes'), integers(kept, k * group)], outputs: [n('numbers')] },
    ...byRank(n('rest'), candidates, n('last')),
    ...found(n('rest'), candidates, n('last')),
    // what was added behind the row is never among the first
    ...choice(n('numbers'), candidates, n('last'), n('places'), { within: [0, size - 1] }),
  ];
}

export const TopK = ofTypes(
  expanding((context) => largestOf(context)),
  (context) => [context.elementTypes[0], INT64],
);

function largestOf(context: NodeContext): ExpandedNode[] {
  const k = context.has(1) ? context.constant(1, 'K').data[0]! : context.integer('k', 1);
  const shape = context.shape(0);
  const axis = context.axis(context.integer('axis', -1), shape.length);
  const largest = context.integer('largest', 1) !== 0;
  const [values, indices] = context.node.outputs;
  const [x] = context.node.inputs as [string];
  const size = shape[axis]!;
  if (!Number.isInteger(k) || k < 1 || k > size) throw context.invalid(`k = ${k} on an axis of ${size}`);
  if (k === 1) {
    const nodes: ExpandedNode[] = [];
    const attributes = { axes: [axis], axis, keepdims: 1 };
    if (values) nodes.push({ operator: largest ? 'ReduceMax' : 'ReduceMin', inputs: [x], outputs: [values], attributes });
    if (indices) nodes.push({ operator: largest ? 'ArgMax' : 'ArgMin', inputs: [x], outputs: [indices], attributes });
    return nodes;
  }
  const rows: Rows = { kept: elementsOf(shape) / size, size, k, largest };
  if (rows.kept * planOf(size, k).comparisons > MAX_COMPARISONS)
    throw context.unsupported(`k = ${k} on an axis of ${size} of [${shape}]`, `k = 1, or at most ${MAX_COMPARISONS} comparisons`);
  const out = values || indices!;
  const n = (what: string): string => `${out} ${what}`;
  const steps = stridesOf(shape);
  const others = shape.map((_, a) => a).filter((a) => a !== axis);
  const index = walk(
    [...others, axis].map((a) => shape[a]!),
    [...others, axis].map((a) => steps[a]!),
  );
  const back = [...others.map((a) => shape[a]!), k];
  const perm = shape.map((_, a) => (a < axis ? a : a === axis ? shape.length - 1 : a - 1));
  const result = (from: string, to: string): ExpandedNode[] => [
    { operator: 'Reshape', inputs: [from, integers(...back)], outputs: [`${from} axes`] },
    { operator: 'Transpose', inputs: [`${from} axes`], outputs: [to], attributes: { perm } },
  ];
  return [
    select(n('rows'), [rows.kept, size], [{ source: x, index }]),
    ...firstOf(n('rows'), rows, Boolean(values), n('top')),
    ...(values ? result(n('top values'), values) : []),
    ...(indices ? result(n('top places'), indices) : []),
  ];
}
