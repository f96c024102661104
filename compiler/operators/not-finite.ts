// IsNaN (ONNX 9-20) and IsInf (10-20). What the machine computes is a finite number, always: both are false for it, when compiling; but for a
// softmax of which a mask of -Infinity may leave nothing: that is asked of its largest score. Source: onnx.ai/onnx/operators.
// Caveat: where the float model does compute NaN or infinity on a calibration sample, calibration refuses it.
import { realsOf } from '../onnx/budget.ts';
import { elementsOf, type Tensor } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import type { ExpandedNode, NodeContext, Operator } from './operator.ts';

const tested = (test: (context: NodeContext) => (x: number) => boolean, emptied = false): Operator => ({
  expand: (context) => {
    const { masks } = context.aside;
    if (context.constants[0] || masks === 'as it is') return undefined;
    const shape = context.shape(0);
    const least = emptied ? masks?.nothing.get(context.node.inputs[0]!) : undefined;
    if (least !== undefined) return empty(context, least);
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

/** whether nothing of a row is left, for each of its elements */
function empty({ node, shapes }: NodeContext, least: number): ExpandedNode[] {
  const [[x], [out]] = [node.inputs as [string], node.outputs as [string]];
  const bound: Tensor = { shape: [], data: Float64Array.of(least), kind: 'real' };
  return [
    { operator: 'Less', inputs: [`${x} most`, bound], outputs: [`${out} rows`] },
    { operator: 'Expand', inputs: [`${out} rows`, integers(...shapes[0]!)], outputs: [out] },
  ];
}

export const IsNaN = tested(() => Number.isNaN, true);
export const IsInf = tested((context) => {
  const [positive, negative] = [context.integer('detect_positive', 1), context.integer('detect_negative', 1)];
  return (x) => (x === Number.POSITIVE_INFINITY && positive !== 0) || (x === Number.NEGATIVE_INFINITY && negative !== 0);
});
