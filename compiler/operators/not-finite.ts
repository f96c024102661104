// IsNaN (ONNX 9-20) and IsInf (10-20). What the machine computes is a finite number, always: both are false for it, when compiling.
// Source: onnx.ai/onnx/operators. Caveat: where the float model does compute NaN or infinity on a calibration sample, calibration refuses it.
import { realsOf } from '../onnx/budget.ts';
import { elementsOf, type Tensor } from '../onnx/tensor.ts';
import type { NodeContext, Operator } from './operator.ts';

const tested = (test: (context: NodeContext) => (x: number) => boolean): Operator => ({
  expand: (context) => {
    if (context.constants[0]) return undefined;
    const shape = context.shape(0);
    const never: Tensor = { shape, data: realsOf(elementsOf(shape)), kind: 'integer' };
    return [{ operator: 'Identity', inputs: [never], outputs: context.node.outputs }];
  },
  shape: (context) => [context.shape(0)],
  types: () => ['integer'],
  reference: (context, [x]) => {
    const holds = test(context);
    return [{ shape: x!.shape, data: x!.data.map((value) => Number(holds(value))), kind: 'integer' }];
  },
  stage: () => {},
});

export const IsNaN = tested(() => Number.isNaN);
export const IsInf = tested((context) => {
  const [positive, negative] = [context.integer('detect_positive', 1), context.integer('detect_negative', 1)];
  return (x) => (x === Number.POSITIVE_INFINITY && positive !== 0) || (x === Number.NEGATIVE_INFINITY && negative !== 0);
});
