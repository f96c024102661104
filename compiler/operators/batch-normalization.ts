// BatchNormalization (ONNX 7-15): y = scale·(x - mean)/√(var + ε) + bias per channel, folded into the weights before it; with training_mode = 1
// (14-15) mean and var are those of the input. Caveat: after a shared value, or a nonlinearity, it is a stage of its own. onnxruntime 1.32 gives other
// results with training_mode where scale and running variance (or bias and running mean) are equal constants: its optimiser makes one of them, which the node
// then overwrites; without optimisation it gives these.
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { normalised } from './normalization.ts';
import type { ExpandedNode, NodeContext, Operator } from './operator.ts';

/** factor and shift, shaped [C, 1, …] so that they broadcast along axis 1 */
function coefficients(context: NodeContext): { factor: Tensor; shift: Tensor } {
  const shape = context.shape(0);
  const channels = shape.length > 1 ? shape[1]! : 1;
  const [scale, bias, mean, variance] = ['scale', 'B', 'mean', 'var'].map((name, i) => {
    const tensor = context.constant(i + 1, name);
    if (tensor.data.length !== channels) throw context.invalid(`"${name}" has ${tensor.data.length} values for ${channels} channels`);
    return tensor.data;
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = context.float('epsilon', 1e-5);
  if (variance.some((v) => !(v + epsilon > 0))) throw context.invalid('a variance plus epsilon is not positive');
  const factor = scale.map((s, c) => s / Math.sqrt(variance[c]! + epsilon));
  const broadcast = [channels, ...new Array<number>(Math.max(0, shape.length - 2)).fill(1)];
  return {
    factor: real(broadcast, factor),
    shift: real(
      broadcast,
      bias.map((b, c) => b - mean[c]! * factor[c]!),
    ),
  };
}

/** With mean and variance of the batch itself, and what they make of the running ones. */
function trained(context: NodeContext): ExpandedNode[] {
  const shape = context.shape(0);
  const channels = shape[1]!;
  const [x, scale, bias, ...running] = context.node.inputs as [string, string, string, string, string];
  const [y, ...after] = context.node.outputs as [string, ...string[]];
  const name = (what: string): string => `${y} ${what}`;
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const nodes = normalised(x, name('plain'), axes, context.float('epsilon', 1e-5));
  const spread = (input: string, what: string): string => {
    nodes.push({ operator: 'Reshape', inputs: [input, integers(channels, ...shape.slice(2).map(() => 1))], outputs: [name(what)] });
    return name(what);
  };
  nodes.push(
    { operator: 'Mul', inputs: [name('plain'), spread(scale, 'scale')], outputs: [name('scaled')] },
    { operator: 'Add', inputs: [name('scaled'), spread(bias, 'bias')], outputs: [y] },
  );
  const momentum = context.float('momentum', 0.9);
  const share = (value: string, factor: number, out: string): ExpandedNode => ({
    operator: 'Mul',
    inputs: [value, real([], Float64Array.of(factor))],
    outputs: [out],
  });
  for (const [i, out] of after.entries()) {
    if (out === '') continue;
    if (i > 1) throw context.unsupported(`output ${i + 1}`, 'the result, and running mean and variance');
    nodes.push(
      { operator: 'Reshape', inputs: [name(`plain ${i === 0 ? 'mean' : 'variance'}`), integers(channels)], outputs: [`${out} now`] },
      share(`${out} now`, 1 - momentum, `${out} new share`),
      share(running[i]!, momentum, `${out} old share`),
      { operator: 'Add', inputs: [`${out} new share`, `${out} old share`], outputs: [out] },
    );
  }
  return nodes;
}

export const BatchNormalization: Operator = {
  expand: (context) => {
    if (context.opset < 14 || context.integer('training_mode', 0) === 0) return undefined;
    if (context.shape(0).length < 2) throw context.invalid('the input has no channel axis');
    return trained(context);
  },
  shape: (context) => {
    if (context.shape(0).length < 2) throw context.invalid('the input has no channel axis');
    if (context.integer('spatial', 1) !== 1) throw context.unsupported('spatial = 0', 'spatial = 1');
    if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('more than one output', 'inference');
    coefficients(context);
    return [context.shape(0)];
  },
  reference: (context, [x]) => {
    const { factor, shift } = coefficients(context);
    const channels = factor.data.length;
    const area = elementsOf(x!.shape) / x!.shape[0]! / channels;
    return [
      real(
        x!.shape,
        x!.data.map((value, e) => {
          const c = Math.floor(e / area) % channels;
          return value * factor.data[c]! + shift.data[c]!;
        }),
      ),
    ];
  },
  stage: (context, stages) => {
    const { factor, shift } = coefficients(context);
    stages.affine(context.node.outputs[0]!, context.node.inputs[0]!, factor, shift);
  },
};
