// Add, Sub and Mul (ONNX 7-14) with NumPy broadcasting. A constant operand is folded into weights and bias where there are any.
// Caveat: two computed tensors must have as many elements as the result, and a product needs a constant factor.
import { broadcastIndex, broadcastShape, elementsOf, real, type Tensor } from '../tensor.ts';
import type { NodeContext, Operator } from './operator.ts';

function binary(apply: (a: number, b: number) => number, stage: Operator['stage']): Operator {
  return {
    shape: (context) => [broadcastShape(context.shape(0), context.shape(1), context.where)],
    reference: (context, [a, b]) => {
      const shape = broadcastShape(a!.shape, b!.shape, context.where);
      const [ia, ib] = [broadcastIndex(a!.shape, shape), broadcastIndex(b!.shape, shape)];
      const kind = a!.kind === 'integer' && b!.kind === 'integer' ? 'integer' : 'real';
      return [
        {
          ...real(
            shape,
            Float64Array.from(ia, (i, e) => apply(a!.data[i]!, b!.data[ib[e]!]!)),
          ),
          kind,
        },
      ];
    },
    stage,
  };
}

/** the computed operand, the constant one, and which of the two is constant */
function split(context: NodeContext): { value: string; constant: Tensor; constantFirst: boolean } | undefined {
  const { inputs } = context.node;
  for (const i of [1, 0]) {
    const constant = context.constants[i];
    if (!constant) continue;
    const shape = broadcastShape(context.shape(0), context.shape(1), context.where);
    if (elementsOf(context.shape(1 - i)) !== elementsOf(shape))
      throw context.unsupported('broadcasts a computed tensor', 'a computed tensor with as many elements as the result');
    return { value: inputs[1 - i]!, constant, constantFirst: i === 0 };
  }
  return undefined;
}

const negate = (tensor: Tensor): Tensor => ({ ...tensor, data: tensor.data.map((x) => -x) });
const MINUS_ONE = real([], Float64Array.of(-1));

function sum(sign: 1 | -1): Operator['stage'] {
  return (context, stages) => {
    const [out] = context.node.outputs as [string];
    const parts = split(context);
    if (!parts) {
      if (elementsOf(context.shape(0)) !== elementsOf(context.shape(1)))
        throw context.unsupported('broadcasts a computed tensor', 'two computed tensors of the same shape');
      stages.sum(out, context.node.inputs[0]!, context.node.inputs[1]!, sign);
    } else if (parts.constantFirst) stages.affine(out, parts.value, sign === 1 ? undefined : MINUS_ONE, parts.constant);
    else stages.affine(out, parts.value, undefined, sign === 1 ? parts.constant : negate(parts.constant));
  };
}

export const Add = binary((a, b) => a + b, sum(1));
export const Sub = binary((a, b) => a - b, sum(-1));
export const Mul = binary(
  (a, b) => a * b,
  (context, stages) => {
    const parts = split(context);
    if (!parts) throw context.unsupported('multiplies two computed tensors', 'a product with a constant');
    stages.affine(context.node.outputs[0]!, parts.value, parts.constant, undefined);
  },
);
