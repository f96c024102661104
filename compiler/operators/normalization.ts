// LayerNormalization (ONNX 17), InstanceNormalization (6-22), GroupNormalization (18-21), RMSNormalization (23), MeanVarianceNormalization (9-13),
// LpNormalization (1-22) and LRN (1-13): centre, mean square, table of 1/√(v + ε), product.
// Caveat: a division by a norm near zero is as inexact as the table of its reciprocal.
import { realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import { along, integers } from './along.ts';
import { type ExpandedNode, expanding } from './operator.ts';

/** `${out}` = (x - mean) / √(variance + ε) over axes; the parts are `${out} mean`, `… centred`, `… variance`, `… inverse` */
export function normalised(x: string, out: string, axes: readonly number[], epsilon: number): ExpandedNode[] {
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
  const axis = context.axis(context.integer('axis', -1), from.length);
  const axes = from.map((_, i) => i).filter((i) => i >= axis);
  const [[x, scale, bias], [out]] = [context.node.inputs as [string, string, string | undefined], context.node.outputs as [string]];
  const nodes = normalised(x, `${out} plain`, axes, context.float('epsilon', 1e-5));
  const shifts = context.has(2);
  nodes.push({ operator: 'Mul', inputs: [`${out} plain`, scale], outputs: [shifts ? `${out} scaled` : out] });
  if (shifts) nodes.push({ operator: 'Add', inputs: [`${out} scaled`, bias!], outputs: [out] });
  for (const [name, what] of [
    [context.node.outputs[1], 'mean'],
    [context.node.outputs[2], 'inverse'],
  ])
    if (name) nodes.push({ operator: 'Identity', inputs: [`${out} plain ${what}`], outputs: [name] });
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

/** x / √(mean square + ε), times a scale */
export const RMSNormalization = expanding((context) => {
  const from = context.shape(0);
  const axis = context.axis(context.integer('axis', -1), from.length);
  const attributes = { axes: from.map((_, i) => i).slice(axis), keepdims: 1 };
  const [[x, scale], [out]] = [context.node.inputs as [string, string], context.node.outputs as [string]];
  const name = (what: string): string => `${out} ${what}`;
  return [
    { operator: 'Mul', inputs: [x, x], outputs: [name('squares')] },
    { operator: 'ReduceMean', inputs: [name('squares')], outputs: [name('power')], attributes },
    { operator: 'Add', inputs: [name('power'), real([], Float64Array.of(context.float('epsilon', 1e-5)))], outputs: [name('shifted')] },
    { operator: 'Sqrt', inputs: [name('shifted')], outputs: [name('root')] },
    { operator: 'Reciprocal', inputs: [name('root')], outputs: [name('inverse')] },
    { operator: 'Mul', inputs: [x, name('inverse')], outputs: [name('plain')] },
    { operator: 'Mul', inputs: [name('plain'), scale], outputs: [out] },
  ];
});

/** InstanceNormalization over groups of channels; before operator set 21 one scale a group, then one a channel */
export const GroupNormalization = expanding((context) => {
  const from = context.shape(0);
  const groups = context.integer('num_groups', 0);
  const channels = from[1]!;
  if (groups < 1 || channels % groups !== 0) throw context.invalid(`${groups} groups of ${channels} channels`);
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const perChannel = (i: number, name: string): Tensor => {
    const tensor = context.constant(i, name);
    if (tensor.data.length !== channels && tensor.data.length !== groups)
      throw context.invalid(`"${name}" has ${tensor.data.length} values`);
    const each = channels / tensor.data.length;
    const data = realsOf(channels, (c) => tensor.data[Math.floor(c / each)]!);
    return { shape: [channels, ...from.slice(2).map(() => 1)], data, kind: 'real' };
  };
  return [
    { operator: 'Reshape', inputs: [x, integers(from[0]! * groups, elementsOf(from) / from[0]! / groups)], outputs: [`${out} groups`] },
    ...normalised(`${out} groups`, `${out} rows`, [1], context.float('epsilon', 1e-5)),
    { operator: 'Reshape', inputs: [`${out} rows`, integers(...from)], outputs: [`${out} plain`] },
    { operator: 'Mul', inputs: [`${out} plain`, perChannel(1, 'scale')], outputs: [`${out} scaled`] },
    { operator: 'Add', inputs: [`${out} scaled`, perChannel(2, 'bias')], outputs: [out] },
  ];
});

/** x divided by a norm along an axis; 0 / 0 counts as 0 */
export function dividedByNorm(x: string, out: string, norm: 'ReduceL1' | 'ReduceL2' | 'ReduceMax', axis: number): ExpandedNode[] {
  return [
    { operator: norm, inputs: [x], outputs: [`${out} norm`], attributes: { axes: [axis], keepdims: 1 } },
    { operator: 'Inverse', inputs: [`${out} norm`], outputs: [`${out} inverse`] },
    { operator: 'Mul', inputs: [x, `${out} inverse`], outputs: [out], ...(norm === 'ReduceMax' ? {} : { known: { within: [-1, 1] } }) },
  ];
}

export const LpNormalization = expanding((context) => {
  const p = context.integer('p', 2);
  if (p !== 1 && p !== 2) throw context.unsupported(`p = ${p}`, 'p = 1 or 2');
  const axis = context.axis(context.integer('axis', -1), context.shape(0).length);
  return dividedByNorm(context.node.inputs[0]!, context.node.outputs[0]!, p === 1 ? 'ReduceL1' : 'ReduceL2', axis);
});

/** x / (bias + alpha/size · Σ squares of neighbouring channels)^beta */
export const LRN = expanding((context) => {
  const shape = context.shape(0);
  const size = context.integer('size', 1);
  const channels = shape[1]!;
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const factor = context.float('alpha', 1e-4) / size;
  const near = (from: number, to: number): boolean => from >= to - before && from <= to + after;
  const band = real(
    [channels, channels],
    realsOf(channels * channels, (i) => (near(Math.floor(i / channels), i % channels) ? factor : 0)),
  );
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const n = (what: string): string => `${out} ${what}`;
  return [
    { operator: 'Mul', inputs: [x, x], outputs: [n('squares')] },
    ...along(n('squares'), shape, 1, band, n('sums')),
    { operator: 'Add', inputs: [n('sums'), real([], Float64Array.of(context.float('bias', 1)))], outputs: [n('shifted')] },
    { operator: 'PowBy', inputs: [n('shifted')], outputs: [n('factor')], attributes: { exponent: -context.float('beta', 0.75) } },
    { operator: 'Mul', inputs: [x, n('factor')], outputs: [out] },
  ];
});
