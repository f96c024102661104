// Choices by computed numbers: OneHot (ONNX 9-11), Hardmax (1-13), TopK (1-24). An index becomes a row of zeros and a one; ranks are counted by
// comparing all pairs.
// Caveat: TopK compares every element with every other; equal stored integers are ranked by their place.
import { listOf, placesOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, stridesOf, type Tensor, walk } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { type ExpandedNode, expanding, INT64, type NodeContext, ofTypes } from './operator.ts';
import { select } from './select.ts';

/** comparisons that one node may need */
const MAX_CHOICES = 2 ** 18;
/** ones and zeros that one node may need: a quarter of the machine's RAM */
const MAX_ONES = 2 ** 22;

const whole = (shape: Shape, data: ArrayLike<number>): Tensor => ({ shape, data: Float64Array.from(data), kind: 'integer' });

/**
 * Nodes for `${out}` of shape [...shape, size]: 1 where the index is the place; indices from -size on count from the end.
 * @param strict any other index is refused; else it is nowhere
 */
export function oneHot(context: NodeContext, indices: string, shape: Shape, size: number, out: string, strict: boolean): ExpandedNode[] {
  const wide = [...shape, size];
  if (elementsOf(wide) > MAX_ONES)
    throw context.unsupported(`computed indices of shape [${shape}] into ${size} places`, `at most ${MAX_ONES} products`);
  const places = whole(
    [size],
    listOf(size, (v) => v),
  );
  return [
    select(`${out} index`, wide, [{ source: indices, index: walk(wide, [...stridesOf(shape), 0]) }]),
    { operator: 'Sub', inputs: [`${out} index`, places], outputs: [`${out} distance`] },
    { operator: 'Near', inputs: [`${out} distance`], outputs: [out], attributes: { size, strict: strict ? 1 : 0 } },
  ];
}

export const OneHot = ofTypes(
  expanding((context) => encoded(context)),
  (context) => [context.elementTypes[2]],
);

function encoded(context: NodeContext): ExpandedNode[] {
  const [depth] = context.constant(1, 'depth').data;
  const values = context.constant(2, 'values');
  if (!Number.isInteger(depth) || depth! < 1 || values.data.length !== 2) throw context.invalid('"depth" or "values"');
  const [off, on] = values.data as unknown as [number, number];
  const shape = context.shape(0);
  const axis = context.axis(context.integer('axis', -1), shape.length + 1);
  const [[indices], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const perm = [...shape.map((_, a) => a).slice(0, axis), shape.length, ...shape.map((_, a) => a).slice(axis)];
  const number = (value: number): Tensor => ({ ...values, shape: [], data: Float64Array.of(value) });
  const real = context.types[0] === 'real';
  return [
    ...(real ? [{ operator: 'Cast', inputs: [indices], outputs: [`${out} whole`], attributes: { to: 7 } }] : []),
    ...oneHot(context, real ? `${out} whole` : indices, shape, depth!, `${out} chosen`, false),
    { operator: 'Transpose', inputs: [`${out} chosen`], outputs: [`${out} moved`], attributes: { perm } },
    { operator: 'Mul', inputs: [`${out} moved`, number(on - off)], outputs: [`${out} scaled`] },
    { operator: 'Add', inputs: [`${out} scaled`, number(off)], outputs: [out] },
  ];
}

/** 1 at the first largest element along the axis; before operator set 13 all axes from `axis` on count as one */
export const Hardmax = expanding((context) => {
  const from = context.shape(0);
  const old = context.opset < 13;
  const axis = context.axis(context.integer('axis', old ? 1 : -1), from.length);
  const shape = old ? [elementsOf(from.slice(0, axis)), elementsOf(from.slice(axis))] : from;
  const along = old ? 1 : axis;
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const size = shape[along]!;
  const places = whole(
    [size, ...shape.slice(along + 1).map(() => 1)],
    listOf(size, (v) => v),
  );
  return [
    { operator: 'Reshape', inputs: [x, integers(...shape)], outputs: [`${out} input`] },
    { operator: 'ArgMax', inputs: [`${out} input`], outputs: [`${out} place`], attributes: { axis: along, keepdims: 1 } },
    { operator: 'Sub', inputs: [`${out} place`, places], outputs: [`${out} distance`] },
    { operator: 'Zero', inputs: [`${out} distance`], outputs: [`${out} chosen`] },
    { operator: 'Cast', inputs: [`${out} chosen`], outputs: [`${out} real`], attributes: { to: 1 } },
    { operator: 'Reshape', inputs: [`${out} real`, integers(...from)], outputs: [out] },
  ];
});

/** How many elements of its row come before each element: those that are larger (or smaller), and equal ones that stand before it. */
function ranks(
  n: (what: string) => string,
  x: string,
  [kept, size]: [number, number],
  element: (row: number, i: number) => number,
  largest: boolean,
): ExpandedNode[] {
  const wide = [kept, size, size];
  /** [kept, size, size]: element i or element j of the row */
  const pairs = (first: boolean): Int32Array =>
    placesOf(kept * size * size, (e) => element(Math.floor(e / (size * size)), first ? Math.floor(e / size) % size : e % size));
  const earlier = whole(
    [size, size],
    listOf(size * size, (e) => (e % size < Math.floor(e / size) ? 1 : 0)),
  );
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
  ];
}

/** The k largest (or smallest) of more than one: those whose ranks are 0 … k-1. */
function ranked(context: NodeContext, axis: number, k: number, largest: boolean): ExpandedNode[] {
  const shape = context.shape(0);
  const size = shape[axis]!;
  if (k < 1 || k > size) throw context.invalid(`k = ${k} on an axis of ${size}`);
  const kept = elementsOf(shape) / size;
  if (kept * size * size > MAX_CHOICES)
    throw context.unsupported(`k = ${k} on an axis of ${size}`, `k = 1, or at most ${MAX_CHOICES} comparisons`);
  const [x] = context.node.inputs as [string];
  const [values, places] = context.node.outputs;
  const out = values || places!;
  const n = (what: string): string => `${out} ${what}`;
  const steps = stridesOf(shape);
  const others = shape.map((_, a) => a).filter((a) => a !== axis);
  const rows = walk(
    others.map((a) => shape[a]!),
    others.map((a) => steps[a]!),
  );
  const element = (row: number, i: number): number => rows[row]! + i * steps[axis]!;
  const back = [...others.map((a) => shape[a]!), k];
  const perm = shape.map((_, a) => (a < axis ? a : a === axis ? shape.length - 1 : a - 1));
  const result = (name: string, factor: string, to: string, known: ExpandedNode['known']): ExpandedNode[] => [
    { operator: 'MatMul', inputs: [n('chosen'), factor], outputs: [n(`${name} product`)], ...(known ? { known } : {}) },
    { operator: 'Reshape', inputs: [n(`${name} product`), integers(...back)], outputs: [n(`${name} axes`)] },
    { operator: 'Transpose', inputs: [n(`${name} axes`)], outputs: [to], attributes: { perm } },
  ];
  const line = (length: number): Tensor =>
    whole(
      [length, 1],
      listOf(length, (i) => i),
    );
  const nodes = ranks(n, x, [kept, size], element, largest);
  const rankOf = placesOf(kept * k * size, (e) => Math.floor(e / (k * size)) * size + (e % size));
  nodes.push(
    select(n('ranks'), [kept, k, size], [{ source: n('rank'), index: rankOf }]),
    { operator: 'Sub', inputs: [n('ranks'), line(k)], outputs: [n('offset')] },
    { operator: 'Zero', inputs: [n('offset')], outputs: [n('chosen')] },
  );
  if (values) {
    const index = placesOf(kept * size, (e) => element(Math.floor(e / size), e % size));
    nodes.push(select(n('column'), [kept, size, 1], [{ source: x, index }]), ...result('values', n('column'), values, { like: [x] }));
  }
  if (places)
    nodes.push(
      { operator: 'Identity', inputs: [line(size)], outputs: [n('numbers')] },
      ...result('places', n('numbers'), places, { within: [0, size - 1] }),
    );
  return nodes;
}

export const TopK = ofTypes(
  expanding((context) => largestOf(context)),
  (context) => [context.elementTypes[0], INT64],
);

function largestOf(context: NodeContext): ExpandedNode[] {
  const k = context.has(1) ? context.constant(1, 'K').data[0]! : context.integer('k', 1);
  const axis = context.axis(context.integer('axis', -1), context.shape(0).length);
  const largest = context.integer('largest', 1) !== 0;
  if (k !== 1) return ranked(context, axis, k, largest);
  const [values, indices] = context.node.outputs;
  const nodes: ExpandedNode[] = [];
  const [x] = context.node.inputs as [string];
  if (values)
    nodes.push({
      operator: largest ? 'ReduceMax' : 'ReduceMin',
      inputs: [x],
      outputs: [values],
      attributes: { axes: [axis], keepdims: 1 },
    });
  if (indices) nodes.push({ operator: largest ? 'ArgMax' : 'ArgMin', inputs: [x], outputs: [indices], attributes: { axis, keepdims: 1 } });
  return nodes;
}
