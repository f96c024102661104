// Constant (ONNX 1-21) as a tensor, a number or a list of numbers. Caveat: sparse and string constants are refused.
import { real, type Tensor } from '../onnx/tensor.ts';
import type { NodeContext, Operator } from './operator.ts';

function value(context: NodeContext): Tensor {
  const { attributes } = context.node;
  const tensor = attributes.get('value');
  if (typeof tensor === 'object' && 'data' in tensor) return tensor;
  for (const [name, kind] of [
    ['value_float', 'real'],
    ['value_int', 'integer'],
  ] as const)
    if (attributes.has(name)) return { shape: [], data: Float64Array.of(context.float(name, 0)), kind };
  for (const [name, kind] of [
    ['value_floats', 'real'],
    ['value_ints', 'integer'],
  ] as const) {
    const list = attributes.get(name);
    if (Array.isArray(list)) return { ...real([list.length], Float64Array.from(list as number[])), kind };
  }
  throw context.unsupported(
    `attribute ${[...attributes.keys()].join(', ') || '(none)'}`,
    'value, value_float, value_floats, value_int, value_ints',
  );
}

export const Constant: Operator = {
  shape: (context) => {
    return [value(context).shape];
  },
  reference: (context) => [value(context)],
  stage: () => {},
};
