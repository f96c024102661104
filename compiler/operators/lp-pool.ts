// LpPool (ONNX 1-22) and GlobalLpPool (1-22): the p-norm of each window, the root of a sum of powers. Source: onnx.ai/onnx/operators.
// Caveat: sums of powers have a wide range; for large p the small elements of a window count as nothing, as in the norm itself.
import { realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { type ExpandedNode, expanding, type NodeContext } from './operator.ts';

function exponentOf(context: NodeContext): number {
  const p = context.integer('p', 2);
  if (p < 1) throw context.invalid(`p = ${p}`);
  return p;
}

const scalar = (x: number): Tensor => real([], Float64Array.of(x));

/** |x|^p, what sums it, and the root of the sum */
function norm(context: NodeContext, p: number, sum: (powers: string, to: string) => ExpandedNode[]): ExpandedNode[] {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const n = (what: string): string => `${out} ${what}`;
  if (p === 1) return [{ operator: 'Abs', inputs: [x], outputs: [n('powers')] }, ...sum(n('powers'), out)];
  const root: ExpandedNode =
    p === 2
      ? { operator: 'Sqrt', inputs: [n('sum')], outputs: [out] }
      : { operator: 'Pow', inputs: [n('sum'), scalar(1 / p)], outputs: [out] };
  return [
    { operator: 'Abs', inputs: [x], outputs: [n('sizes')] },
    { operator: 'Pow', inputs: [n('sizes'), scalar(p)], outputs: [n('powers')] },
    ...sum(n('powers'), n('sum')),
    root,
  ];
}

export const LpPool = expanding((context) => {
  const p = exponentOf(context);
  const kernel = context.integers('kernel_shape');
  const channels = context.shape(0)[1];
  if (!kernel || channels === undefined) throw context.invalid('attribute "kernel_shape" is missing, or the input has no channels');
  const ones = real([channels, 1, ...kernel], realsOf(channels * elementsOf(kernel)).fill(1));
  const { p: _p, ...window } = Object.fromEntries(context.node.attributes);
  return norm(context, p, (powers, to) => [
    { operator: 'Conv', inputs: [powers, ones], outputs: [to], attributes: { ...window, group: channels } },
  ]);
});

export const GlobalLpPool = expanding((context) => {
  const axes = context
    .shape(0)
    .map((_, axis) => axis)
    .slice(2);
  if (axes.length === 0) throw context.invalid('the input has no axes beside samples and channels');
  return norm(context, exponentOf(context), (powers, to) => [
    { operator: 'ReduceSum', inputs: [powers, integers(...axes)], outputs: [to], attributes: { keepdims: 1 } },
  ]);
});
