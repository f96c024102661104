// Larger, an operator of the compiler itself: the greater of two tensors that share their integers, max(a, b) = a + max(0, b - a), exactly.
// Source: AIR.md §6 (pooling). Caveat: both must be moved copies of one tensor; others differ in scale.
import { real } from '../onnx/tensor.ts';
import { expanding, type NodeContext, type Operator } from './operator.ts';

export const Larger = expanding((context) => {
  const [a, b] = context.node.inputs as [string, string];
  const [out] = context.node.outputs as [string];
  return [
    { operator: 'Rise', inputs: [a, b], outputs: [`${out} rise`] },
    { operator: 'Raise', inputs: [a, b, `${out} rise`], outputs: [out] },
  ];
});

const shape = (context: NodeContext): (readonly number[])[] => [context.shape(0)];

/** max(0, b - a) */
export const Rise: Operator = {
  shape,
  reference: (_, [a, b]) => [
    real(
      a!.shape,
      a!.data.map((x, e) => Math.max(0, b!.data[e]! - x)),
    ),
  ],
  stage: (context, stages) => {
    const [a, b] = context.node.inputs as [string, string];
    const parts = [
      { name: b, sign: 1 as const },
      { name: a, sign: -1 as const },
    ];
    stages.exact(context.node.outputs[0]!, parts, 'rise', []);
  },
};

/** a + rise, which is a or b */
export const Raise: Operator = {
  shape,
  reference: (_, [a, , rise]) => [
    real(
      a!.shape,
      a!.data.map((x, e) => x + rise!.data[e]!),
    ),
  ],
  stage: (context, stages) => {
    const [a, b, rise] = context.node.inputs as [string, string, string];
    const parts = [
      { name: a, sign: 1 as const },
      { name: rise, sign: 1 as const },
    ];
    stages.exact(context.node.outputs[0]!, parts, 'raise', [a, b]);
  },
};
