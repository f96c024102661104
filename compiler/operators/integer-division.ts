// Division of integers and remainders (ONNX Div 7-14, Mod 10-13) by constants: a table for every divisor, cut towards zero or towards
// minus infinity. Two computed integers are divided as magnitudes, bit by bit, as on paper.
// Caveat: a remainder of real numbers jumps where the quotient is whole; near such a place it may come out on the other side.
import type { Tensor } from '../onnx/tensor.ts';
import { INT64, integerType } from '../onnx/tensor-proto.ts';
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

/** bits of a quotient at most: a table has no more values */
const MOST_BITS = 18;

/**
 * |a| / |b| cut to an integer, of two computed integers: long division, bit by bit, every step exact.
 * @returns nodes that compute `${out} quotient` (≥ 0)
 */
function magnitudes(out: string, a: string, b: string, bits: number): ExpandedNode[] {
  const n = (what: string): string => `${out} ${what}`;
  const like = [n('size a')];
  const nodes: ExpandedNode[] = [
    { operator: 'Abs', inputs: [a], outputs: [n('size a')] },
    { operator: 'Abs', inputs: [b], outputs: [n('size b')] },
  ];
  let [rest, quotient] = [n('size a'), ''];
  for (let bit = bits - 1; bit >= 0; bit--) {
    const m = (what: string): string => n(`${what} ${bit}`);
    const [left, sum] = [m('rest'), bit === 0 ? n('quotient') : m('quotient')];
    nodes.push(
      { operator: 'Mul', inputs: [n('size b'), whole(-(2 ** bit))], outputs: [m('multiple')] },
      { operator: 'Add', inputs: [m('multiple'), rest], outputs: [m('difference')] },
      { operator: 'NotBelow', inputs: [m('difference')], outputs: [m('fits')] },
      { operator: 'Mul', inputs: [m('fits'), whole(2 ** bit)], outputs: [quotient === '' ? sum : m('worth')], known: { like } },
    );
    if (quotient !== '') nodes.push({ operator: 'Add', inputs: [m('worth'), quotient], outputs: [sum], known: { like } });
    quotient = sum;
    if (bit === 0) break;
    nodes.push(
      { operator: 'Mul', inputs: [m('fits'), n('size b')], outputs: [m('part')] },
      { operator: 'Mul', inputs: [m('part'), whole(-(2 ** bit))], outputs: [m('taken')] },
      { operator: 'Add', inputs: [m('taken'), rest], outputs: [left], known: { like } },
    );
    rest = left;
  }
  return nodes;
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
    ...magnitudes(out, a, b, Math.min(MOST_BITS, integerType(context.elementTypes[0] ?? INT64)?.bits ?? MOST_BITS)),
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
    { operator: 'Mul', inputs: [n('quotient whole'), b], outputs: [n('multiple')], known: { like: [a] } },
    { operator: 'Sub', inputs: [a, n('multiple')], outputs: [fmod ? out : n('remainder')], known: { like: [a] } },
  ];
  if (fmod) return cut;
  // a remainder with the other sign than the divisor moves by one divisor
  return [
    ...cut,
    { operator: 'Sign', inputs: [n('remainder')], outputs: [n('sign')] },
    { operator: 'Sign', inputs: [b], outputs: [n('sign b')] },
    { operator: 'Mul', inputs: [n('sign'), n('sign b')], outputs: [n('signs')] },
    { operator: 'Less', inputs: [n('signs'), whole(0)], outputs: [n('differs')] },
    { operator: 'Mul', inputs: [n('differs'), b], outputs: [n('correction')] },
    { operator: 'Add', inputs: [n('remainder'), n('correction')], outputs: [out], known: { like: [b] } },
  ];
});
