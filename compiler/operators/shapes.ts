// Operators on shapes, known when compiling: Shape (ONNX 1-21), Size, Range, ConstantOfShape, NonZero (9-13). They become constants.
// Caveat: a shape that depends on computed values is refused by name.
import { listOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, stridesOf, type Tensor } from '../onnx/tensor.ts';
import { INT64 } from '../onnx/tensor-proto.ts';
import { integersOf } from './movement.ts';
import { type ExpandedNode, expanding, type NodeContext, ofTypes } from './operator.ts';

const MAX_CONSTANT = 2 ** 24;

const constant = (context: NodeContext, tensor: Tensor): ExpandedNode[] => [
  { operator: 'Identity', inputs: [tensor], outputs: [context.node.outputs[0]!] },
];
const integers = (list: readonly number[]): Tensor => ({ shape: [list.length], data: Float64Array.from(list), kind: 'integer' });

export const Shape = ofTypes(
  expanding((context) => {
    const shape = context.shape(0);
    const bound = (x: number): number => Math.min(Math.max(x < 0 ? x + shape.length : x, 0), shape.length);
    return constant(context, integers(shape.slice(bound(context.integer('start', 0)), bound(context.integer('end', shape.length)))));
  }),
  () => [INT64],
);

export const Size = ofTypes(
  expanding((context) => constant(context, { ...integers([elementsOf(context.shape(0))]), shape: [] })),
  () => [INT64],
);

export const ConstantOfShape = expanding((context) => {
  const shape = integersOf(context, 0, 'input');
  const count = elementsOf(shape);
  if (shape.some((size) => size < 0) || !(count <= MAX_CONSTANT)) throw context.unsupported(`shape [${shape}]`, 'at most 2^24 elements');
  const given = context.node.attributes.get('value');
  const value: Tensor | undefined = typeof given === 'object' && 'data' in given ? given : undefined;
  return constant(context, { shape, data: realsOf(count).fill(value?.data[0] ?? 0), kind: value?.kind ?? 'real' });
});

export const Range = expanding((context) => {
  const tensors = ['start', 'limit', 'delta'].map((name, i) => context.constant(i, name));
  const [start, limit, delta] = tensors.map(({ data }) => data[0]!) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isFinite(count) || count > MAX_CONSTANT) throw context.invalid(`a range from ${start} to ${limit} in steps of ${delta}`);
  const data = realsOf(count, (i) => start + i * delta);
  return constant(context, { shape: [count], data, kind: tensors[0]!.kind });
});

/** places of the elements that are not zero, a row for each axis; computed values would decide how many there are */
export const NonZero = ofTypes(
  expanding((context) => {
    const x = context.constants[0];
    if (!x) {
      context.shape(0);
      throw context.unsupported('the shape of the result depends on the computed input', 'a constant tensor');
    }
    const shape = x.shape.length ? x.shape : [1];
    const steps = stridesOf(shape);
    const found = listOf(x.data.length, (e) => e).filter((e) => x.data[e] !== 0);
    const data = realsOf(shape.length * found.length, (i) => {
      const axis = Math.floor(i / found.length);
      return Math.floor(found[i % found.length]! / steps[axis]!) % shape[axis]!;
    });
    return constant(context, { shape: [shape.length, found.length], data, kind: 'integer' });
  }),
  () => [INT64],
);
