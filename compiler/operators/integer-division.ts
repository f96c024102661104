// Division of integers and remainders (ONNX Div 7-14, Mod 10-13) by constants: a table for every divisor, cut towards zero or towards
// minus infinity. Two computed integers are divided as magnitudes, and the quotient is corrected with exact remainders.
// Caveat: a remainder of real numbers jumps where the quotient is whole; near such a place it may come out on the other side.
import type { Tensor } from '../onnx/tensor.ts';
import { grouped } from './grouped.ts';
import { type ExpandedNode, expanding, type NodeContext, pointwise } from './operator.ts';

const whole = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value), kind: 'integer' });

/** x - floor(x / by)·by, or with fmod = 1 the remainder with the sign of x */
export const ModBy = pointwise((context) => {
  const [by, fmod] = [context.float('by', 1), context.integer('fmod', 0)];
  return {
    name: `Mod(${by}, ${fmod})`,
    apply: (x) => (fmod ? x % by : x - Math.floor(x / by) * by),
    jumps: true,
    result: Number.isInteger(by) ? 'as input' : 'real',
  };
});

/** an integer divided by an integer, cut towards zero */
export const DivideBy = pointwise((context) => {
  const by = context.float('by', 1);
  return { name: `Div(${by})`, apply: (x) => Math.trunc(x / by) || 0, jumps: true, result: 'as input' };
});

const divisors = (context: NodeContext): void => {
  if (context.constants[1]!.data.includes(0)) throw context.unsupported('a constant divisor is zero', 'divisors that are not zero');
};

/**
 * |a| / |b| cut to an integer, of two computed integers: the real quotient may be one off, which the remainder shows.
 * @returns nodes that compute `${out} quotient` (≥ 0) and its `${out} size a`, `${out} size b`
 */
function magnitudes(out: string, a: string, b: string): ExpandedNode[] {
  const n = (what: string): string => `${out} ${what}`;
  return [
    { operator: 'Abs', inputs: [a], outputs: [n('size a')] },
    { operator: 'Abs', inputs: [b], outputs: [n('size b')] },
    { operator: 'Cast', inputs: [n('size a')], outputs: [n('real a')], attributes: { to: 1 } },
    { operator: 'Cast', inputs: [n('size b')], outputs: [n('real b')], attributes: { to: 1 } },
    { operator: 'Div', inputs: [n('real a'), n('real b')], outputs: [n('ratio')] },
    { operator: 'Cast', inputs: [n('ratio')], outputs: [n('guess')], attributes: { to: 7 } },
    { operator: 'Mul', inputs: [n('guess'), n('size b')], outputs: [n('part')] },
    { operator: 'Sub', inputs: [n('size a'), n('part')], outputs: [n('rest')] },
    { operator: 'NotBelow', inputs: [n('rest')], outputs: [n('fits')] },
    { operator: 'Sub', inputs: [n('rest'), n('size b')], outputs: [n('more')] },
    { operator: 'NotBelow', inputs: [n('more')], outputs: [n('above')] },
    { operator: 'Add', inputs: [n('guess'), n('fits')], outputs: [n('corrected')] },
    { operator: 'Add', inputs: [n('corrected'), n('above')], outputs: [n('shifted')] },
    { operator: 'Sub', inputs: [n('shifted'), whole(1)], outputs: [n('quotient')] },
  ];
}

/** An integer quotient, cut towards zero. */
export const DivideIntegers = expanding((context) => {
  const [a, b] = context.node.inputs as [string, string];
  const [out] = context.node.outputs as [string];
  if (context.constants[1]) {
    divisors(context);
    return grouped(context, 1, (by, input, to) => ({ operator: 'DivideBy', inputs: [input], outputs: [to], attributes: { by } }));
  }
  return [
    ...magnitudes(out, a, b),
    { operator: 'Sign', inputs: [a], outputs: [`${out} sign a`] },
    { operator: 'Sign', inputs: [b], outputs: [`${out} sign b`] },
    { operator: 'Mul', inputs: [`${out} sign a`, `${out} sign b`], outputs: [`${out} sign`] },
    { operator: 'Mul', inputs: [`${out} quotient`, `${out} sign`], outputs: [out] },
  ];
});

export const Mod = expanding((context) => {
  const [a, b] = context.node.inputs as [string, string];
  const [out] = context.node.outputs as [string];
  const fmod = context.integer('fmod', 0);
  if (context.constants[1]) {
    divisors(context);
    return grouped(context, 1, (by, input, to) => ({ operator: 'ModBy', inputs: [input], outputs: [to], attributes: { by, fmod } }));
  }
  if (!context.whole) throw context.unsupported('a computed divisor of real numbers', 'a constant divisor, or integers');
  const n = (what: string): string => `${out} ${what}`;
  const cut: ExpandedNode[] = [
    { operator: 'Div', inputs: [a, b], outputs: [n('quotient whole')] },
    { operator: 'Mul', inputs: [n('quotient whole'), b], outputs: [n('multiple')] },
    { operator: 'Sub', inputs: [a, n('multiple')], outputs: [fmod ? out : n('remainder')] },
  ];
  if (fmod) return cut;
  // a remainder with the other sign than the divisor moves by one divisor
  return [
    ...cut,
    { operator: 'Mul', inputs: [n('remainder'), b], outputs: [n('signs')] },
    { operator: 'Less', inputs: [n('signs'), whole(0)], outputs: [n('differs')] },
    { operator: 'Mul', inputs: [n('differs'), b], outputs: [n('correction')] },
    { operator: 'Add', inputs: [n('remainder'), n('correction')], outputs: [out] },
  ];
});
