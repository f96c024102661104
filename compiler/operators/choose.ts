// Choices by computed numbers: OneHot (ONNX 9-11), Hardmax (1-13). An index becomes a row of zeros and a one.
// Caveat: TopK compares every element with every other; equal stored integers are ranked by their place.
import { listOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, stridesOf, type Tensor, walk } from '../onnx/tensor.ts';
import { FLOAT, INT64 } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { type ExpandedNode, expanding, type NodeContext, ofTypes } from './operator.ts';
import { select } from './select.ts';

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
    ...(real ? [{ operator: 'Cast', inputs: [indices], outputs: [`${out} whole`], attributes: { to: INT64 } }] : []),
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
    { operator: 'Cast', inputs: [`${out} chosen`], outputs: [`${out} real`], attributes: { to: FLOAT } },
    { operator: 'Reshape', inputs: [`${out} real`, integers(...from)], outputs: [out] },
  ];
});
