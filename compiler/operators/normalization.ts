// LayerNormalization (ONNX 17), InstanceNormalization (6), MeanVarianceNormalization (9-13): centre, variance, table of 1/√(v + ε), product.
// Caveat: the outputs for the mean and the deviation (training) are refused.
import { real, type Tensor } from '../tensor.ts';
import { type ExpandedNode, expanding } from './operator.ts';

/** (x - mean) / √(variance + ε) over axes */
function normalised(x: string, out: string, axes: readonly number[], epsilon: number): ExpandedNode[] {
  const attributes = { axes: [...axes], keepdims: 1 };
  const name = (what: string): string => `${out} ${what}`;
  return [
    { operator: 'ReduceMean', inputs: [x], outputs: [name('mean')], attributes },
    { operator: 'Sub', inputs: [x, name('mean')], outputs: [name('centred')] },
    { operator: 'Mul', inputs: [name('centred'), name('centred')], outputs: [name('squares')] },
    { operator: 'ReduceMean', inputs: [name('squares')], outputs: [name('variance')], attributes },
    { operator: 'Add', inputs: [name('variance'), real([], Float64Array.of(epsilon))], outputs: [name('shifted')] },
    { operator: 'Sqrt', inputs: [name('shifted')], outputs: [name('deviation')] },
    { operator: 'Reciprocal', inputs: [name('deviation')], outputs: [name('inverse')] },
    { operator: 'Mul', inputs: [name('centred'), name('inverse')], outputs: [out] },
  ];
}

export const LayerNormalization = expanding((context) => {
  const from = context.shape(0);
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the outputs Mean and InvStdDev', 'one output');
  const axis = context.axis(context.integer('axis', -1), from.length);
  const axes = from.map((_, i) => i).filter((i) => i >= axis);
  const [[x, scale, bias], [out]] = [context.node.inputs as [string, string, string | undefined], context.node.outputs as [string]];
  const nodes = normalised(x, `${out} plain`, axes, context.float('epsilon', 1e-5));
  const shifts = context.has(2);
  nodes.push({ operator: 'Mul', inputs: [`${out} plain`, scale], outputs: [shifts ? `${out} scaled` : out] });
  if (shifts) nodes.push({ operator: 'Add', inputs: [`${out} scaled`, bias!], outputs: [out] });
  return nodes;
});

export const InstanceNormalization = expanding((context) => {
  const from = context.shape(0);
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const perChannel = (i: number, name: string): Tensor => ({
    ...context.constant(i, name),
    shape: [from[1]!, ...from.slice(2).map(() => 1)],
  });
  return [
    ...normalised(x, `${out} plain`, from.map((_, i) => i).slice(2), context.float('epsilon', 1e-5)),
    { operator: 'Mul', inputs: [`${out} plain`, perChannel(1, 'scale')], outputs: [`${out} scaled`] },
    { operator: 'Add', inputs: [`${out} scaled`, perChannel(2, 'B')], outputs: [out] },
  ];
});

export const MeanVarianceNormalization = expanding((context) => {
  const axes = (context.integers('axes') ?? [0, 2, 3]).map((axis) => context.axis(axis, context.shape(0).length));
  return normalised(context.node.inputs[0]!, context.node.outputs[0]!, axes, 1e-9);
});
