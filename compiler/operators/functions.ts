// Functions of one number beyond Relu, Clip, Sigmoid and Tanh: each is a table and costs nothing after a stage. Source: the formulas of
// onnx.ai/onnx/operators (opsets 6-22), erf after W. J. Cody's rational form as a series and a continued fraction.
// Caveat: outside the calibrated range a table saturates; near a pole (Log, Reciprocal) accuracy is what the report measured.
import { real } from '../onnx/tensor.ts';
import { BOOL } from '../onnx/tensor-proto.ts';
import type { Pointwise } from '../stages/stage.ts';
import { expanding, nonNegative, type Operator, ofTypes, pointwise, wrapping } from './operator.ts';
import { roundEven } from './quantised.ts';

/** erf(x) to double precision: Taylor series near 0, continued fraction of erfc beyond. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; n < 80 && Math.abs(term) > 1e-18; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}

const plain = (name: string, apply: (x: number) => number, jumps = false, result: Pointwise['result'] = 'real'): Operator =>
  pointwise(() => ({ name, apply, jumps, result }));
const withAlpha = (name: string, otherwise: number, apply: (x: number, alpha: number) => number): Operator =>
  pointwise((context) => {
    const alpha = context.float('alpha', otherwise);
    return { name: `${name}(${alpha})`, apply: (x) => apply(x, alpha) };
  });

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const Abs = wrapping(nonNegative(plain('Abs', Math.abs, false, 'as input')));
export const Neg = wrapping(plain('Neg', (x) => -x, false, 'as input'));
export const Exp = nonNegative(plain('Exp', Math.exp));
export const Log = plain('Log', Math.log);
export const Sqrt = plain('Sqrt', Math.sqrt);
export const Reciprocal = plain('Reciprocal', (x) => 1 / x);
/** 1 / x, and 0 for 0; expansions use it */
export const Inverse = plain('1/x', (x) => (x === 0 ? 0 : 1 / x));
export const Erf = plain('Erf', erf);
export const Sin = plain('Sin', Math.sin);
export const Cos = plain('Cos', Math.cos);
export const Tan = plain('Tan', Math.tan);
export const Asin = plain('Asin', Math.asin);
export const Acos = plain('Acos', Math.acos);
export const Atan = plain('Atan', Math.atan);
export const Sinh = plain('Sinh', Math.sinh);
export const Cosh = plain('Cosh', Math.cosh);
export const Asinh = plain('Asinh', Math.asinh);
export const Acosh = plain('Acosh', Math.acosh);
export const Atanh = plain('Atanh', Math.atanh);
export const Softsign = plain('Softsign', (x) => x / (1 + Math.abs(x)));
export const Softplus = nonNegative(plain('Softplus', softplus));
export const Mish = plain('Mish', (x) => x * Math.tanh(softplus(x)));
export const HardSwish = plain('HardSwish', (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1));
export const Sign = pointwise(() => ({ name: 'Sign', apply: Math.sign, jumps: true, sign: true, result: 'as input' }));
/** of a function that gives whole numbers: Floor(2) is 2, and of what is next to it 1 */
const toWhole = (name: string, apply: (x: number) => number): Operator =>
  pointwise(() => ({ name, apply, jumps: true, grid: 1, rounds: 1, stairs: apply }));
export const Floor = toWhole('Floor', Math.floor);
export const Ceil = toWhole('Ceil', Math.ceil);
export const Round = toWhole('Round', roundEven);
export const Not = ofTypes(
  plain('Not', (x) => (x === 0 ? 1 : 0), true, 'integer'),
  () => [BOOL],
);

export const LeakyRelu = withAlpha('LeakyRelu', 0.01, (x, alpha) => (x < 0 ? alpha * x : x));
export const Elu = withAlpha('Elu', 1, (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x));
export const Celu = withAlpha('Celu', 1, (x, alpha) => (x < 0 ? alpha * Math.expm1(x / alpha) : x));
/** x where it is above alpha: the comparison is exact, also of numbers that are alpha */
export const ThresholdedRelu = expanding((context) => {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  return [
    { operator: 'Greater', inputs: [x, real([], Float64Array.of(context.float('alpha', 1)))], outputs: [`${out} above`] },
    { operator: 'Where', inputs: [`${out} above`, x, real([], Float64Array.of(0))], outputs: [out] },
  ];
});

/** x · sigmoid(alpha · x) */
export const Swish = withAlpha('Swish', 1, (x, alpha) => x / (1 + Math.exp(-alpha * x)));

export const Selu = pointwise((context) => {
  const [alpha, gamma] = [context.float('alpha', 1.6732632423543772), context.float('gamma', 1.0507009873554805)];
  return { name: 'Selu', apply: (x) => gamma * (x < 0 ? alpha * Math.expm1(x) : x) };
});

export const HardSigmoid = nonNegative(
  pointwise((context) => {
    const [alpha, beta] = [context.float('alpha', 0.2), context.float('beta', 0.5)];
    return { name: 'HardSigmoid', apply: (x) => Math.min(Math.max(alpha * x + beta, 0), 1) };
  }),
);

export const Shrink = pointwise((context) => {
  const [bias, lambda] = [context.float('bias', 0), context.float('lambd', 0.5)];
  return { name: 'Shrink', apply: (x) => (x < -lambda ? x + bias : x > lambda ? x - bias : 0) };
});

export const Gelu = pointwise((context) => {
  const kind = context.text('approximate', 'none');
  if (kind !== 'none' && kind !== 'tanh') throw context.invalid(`approximate "${kind}"`);
  if (kind === 'none') return { name: 'Gelu', apply: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)) };
  return { name: 'Gelu(tanh)', apply: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) };
});
