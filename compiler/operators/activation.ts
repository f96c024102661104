// Functions of one number: Relu (ONNX 6-14), Clip (6-13), Sigmoid and Tanh (6-13). They cost nothing when they follow a stage: the
// table that requantises the accumulator computes them. Caveat: one that follows nothing, or a shared value, needs a stage of its own.
import type { Pointwise } from '../stages/stage.ts';
import { nonNegative, pointwise } from './operator.ts';

const clip = (name: string, low: number, high: number): Pointwise => ({
  name,
  clip: [low, high],
  result: 'as input',
  apply: (x) => Math.min(Math.max(x, low), high),
});

export const Relu = nonNegative(pointwise(() => clip('Relu', 0, Number.POSITIVE_INFINITY)));

/** A mask that is an input, limited: it is zero or out of reach, so no element of its range between is worth a step; the graph uses it. */
export const Nearer = pointwise((context) => {
  const bound = context.float('bound', 0);
  return { name: `Nearer(${bound})`, apply: (x) => Math.min(Math.max(x, -bound), bound) };
});

/** Bounds are attributes before operator set 11 and inputs from there on. */
export const Clip = pointwise((context) => {
  const bound = (i: number, name: string, otherwise: number): number => {
    if (context.opset < 11) return context.float(name, otherwise);
    if (!context.has(i)) return otherwise;
    const tensor = context.constant(i, name);
    if (tensor.data.length !== 1) throw context.invalid(`"${name}" is not a scalar`);
    return tensor.data[0]!;
  };
  const [low, high] = [bound(1, 'min', Number.NEGATIVE_INFINITY), bound(2, 'max', Number.POSITIVE_INFINITY)];
  if (!(low <= high)) throw context.unsupported(`bounds ${low} … ${high}`, 'min ≤ max');
  return clip(`Clip(${low}, ${high})`, low, high);
});

export const Sigmoid = nonNegative(pointwise(() => ({ name: 'Sigmoid', apply: (x) => 1 / (1 + Math.exp(-x)) })));

export const Tanh = pointwise(() => ({ name: 'Tanh', apply: Math.tanh }));
