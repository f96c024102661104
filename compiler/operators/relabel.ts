// Operators that move nothing: Flatten, Reshape, Squeeze, Unsqueeze, Identity, Dropout (inference) and Transpose.
// The elements stay where they lie; only the order in which later nodes count them changes. Caveat: a consumer that cannot read the
// permuted order pays for a relayout.
import { listOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, stridesOf, type Tensor, walk } from '../onnx/tensor.ts';
import type { NodeContext, Operator } from './operator.ts';

/** An operator whose result has the same elements in the same row-major order. */
const reshaped = (shape: (context: NodeContext) => Shape): Operator => ({
  shape: (context) => {
    const result = shape(context);
    if (elementsOf(result) !== elementsOf(context.shape(0)))
      throw context.invalid(`[${context.shape(0)}] has ${elementsOf(context.shape(0))} elements, [${result}] has ${elementsOf(result)}`);
    return [result];
  },
  reference: (context, [x]) => [{ ...x!, shape: shape(context) }],
  stage: (context, stages) => stages.relabel(context.node.outputs[0]!, context.node.inputs[0]!),
});

export const Identity = reshaped((context) => context.shape(0));

export const Dropout = reshaped((context) => {
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the mask output', 'one output');
  if (context.has(2) && context.constant(2, 'training_mode').data[0] !== 0) throw context.unsupported('training_mode', 'inference');
  return context.shape(0);
});

export const Flatten = reshaped((context) => {
  const shape = context.shape(0);
  const given = context.integer('axis', 1);
  const axis = given === shape.length ? given : context.axis(given, shape.length);
  return [elementsOf(shape.slice(0, axis)), elementsOf(shape.slice(axis))];
});

export const Reshape = reshaped((context) => {
  const from = context.shape(0);
  const wanted = [...context.constant(1, 'shape').data];
  const keepZero = context.integer('allowzero', 0) !== 0;
  const result = wanted.map((size, i) => {
    if (size === 0 && !keepZero) {
      if (i >= from.length) throw context.invalid(`shape [${wanted}] copies axis ${i}, the input has ${from.length} axes`);
      return from[i]!;
    }
    if (size === 0 && keepZero) throw context.unsupported(`shape [${wanted}] without elements`, 'at least one element');
    if (!Number.isInteger(size) || size < -1) throw context.invalid(`shape [${wanted}]`);
    return size;
  });
  const open = result.indexOf(-1);
  if (open >= 0) {
    const rest = -elementsOf(result);
    if (!(rest > 0) || elementsOf(from) % rest !== 0) throw context.invalid(`shape [${wanted}] does not fit an input of shape [${from}]`);
    result[open] = elementsOf(from) / rest;
  }
  return result;
});

/** axes: an attribute before operator set 13, an input from there on */
function axes(context: NodeContext): number[] | undefined {
  if (context.opset < 13) return context.integers('axes');
  return context.has(1) ? [...context.constant(1, 'axes').data] : undefined;
}

export const Squeeze = reshaped((context) => {
  const shape = context.shape(0);
  const given = axes(context);
  if (!given) return shape.filter((size) => size !== 1);
  const drop = new Set(given.map((axis) => context.axis(axis, shape.length)));
  for (const axis of drop) if (shape[axis] !== 1) throw context.invalid(`axis ${axis} of [${shape}] is not 1`);
  return shape.filter((_, axis) => !drop.has(axis));
});

export const Unsqueeze = reshaped((context) => {
  const shape = context.shape(0);
  const given = axes(context);
  if (!given) throw context.invalid('"axes" is missing');
  const rank = shape.length + given.length;
  const added = new Set(given.map((axis) => context.axis(axis, rank)));
  if (added.size !== given.length) throw context.invalid(`axes [${given}] name one axis twice`);
  let next = 0;
  return listOf(rank, (axis) => (added.has(axis) ? 1 : shape[next++]!));
});

function permutation(context: NodeContext): { shape: number[]; index: () => Int32Array } {
  const from = context.shape(0);
  const perm = context.integers('perm') ?? from.map((_, i) => from.length - 1 - i);
  if (perm.length !== from.length || from.some((_, i) => !perm.includes(i)))
    throw context.invalid(`perm [${perm}] for rank ${from.length}`);
  const shape = perm.map((axis) => from[axis]!);
  const steps = stridesOf(from);
  return {
    shape,
    index: () =>
      walk(
        shape,
        perm.map((axis) => steps[axis]!),
      ),
  };
}

export const Transpose: Operator = {
  shape: (context) => [permutation(context).shape],
  reference: (context, [x]) => {
    const { shape, index } = permutation(context);
    return [{ ...x!, shape, data: Float64Array.from(index(), (i) => x!.data[i]!) } satisfies Tensor];
  },
  stage: (context, stages) => {
    const { shape, index } = permutation(context);
    // sizes of 1 may move freely: the elements keep their order
    const kept = (sizes: Shape, order: readonly number[]): string => order.filter((axis) => sizes[axis] !== 1).join();
    const from = context.shape(0);
    const perm = context.integers('perm') ?? from.map((_, i) => from.length - 1 - i);
    const same =
      kept(from, perm) ===
      kept(
        from,
        from.map((_, i) => i),
      );
    stages.relabel(context.node.outputs[0]!, context.node.inputs[0]!, same || shape.length < 2 ? undefined : index());
  },
};
