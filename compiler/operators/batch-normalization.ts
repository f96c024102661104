// BatchNormalization (ONNX 7-15) in inference: y = scale·(x - mean)/√(var + ε) + bias per channel, folded into the weights before it.
// Caveat: after a shared value, or a nonlinearity, it is a stage of its own.
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import type { NodeContext, Operator } from './operator.ts';

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

export const BatchNormalization: Operator = {
  shape: (context) => {
    if (context.shape(0).length < 2) throw context.invalid('the input has no channel axis');
    if (context.integer('training_mode', 0) !== 0) throw context.unsupported('training_mode = 1', 'inference');
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
