// Where a condition on floating-point numbers changes: the number that is found and the double before it fall on its two sides.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundOf, rounding } from '../../../compiler/graph/float.ts';
import { DOUBLE, FLOAT } from '../../../compiler/onnx/tensor-proto.ts';

const view = new DataView(new ArrayBuffer(8));
/** the double before x, which is not the smallest */
function before(x: number): number {
  if (x === 0) return -Number.MIN_VALUE;
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (x > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
const numbers = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 0.1, -0.5, 1, 2 ** -149, -(2 ** -149), 2 ** -126),
);
/** conditions as chains make them */
const CONDITIONS: [string, (t: number) => (x: number) => boolean][] = [
  ['at least', (t) => (x) => x >= t],
  ['more', (t) => (x) => x > t],
  ['less', (t) => (x) => x < t],
  ['a scaled and shifted number is at most', (t) => (x) => Math.fround(Math.fround(x - 3) * 0.3) <= t],
  ['a turned number is at least', (t) => (x) => Math.fround(x * -2) >= t],
];

describe.each([
  ['float', FLOAT],
  ['double', DOUBLE],
] as const)('%s', (_, type) => {
  const round = rounding(type)!;

  test.each(CONDITIONS)('%s', (_name, of) => {
    fc.assert(
      fc.property(numbers, (t) => {
        const holds = of(Math.fround(t));
        const { from, above } = boundOf(type, holds);
        if (Number.isFinite(from)) {
          expect(holds(round(from))).toBe(above);
          expect(holds(round(before(from)))).toBe(!above);
          expect(Object.is(from, -0)).toBe(false);
        } else expect([holds(-1e38), holds(1e38)]).toEqual([above, above]);
      }),
    );
  });

  test('what always or never holds has no end', () => {
    expect(boundOf(type, () => true)).toEqual({ from: Number.NEGATIVE_INFINITY, above: true });
    expect(boundOf(type, () => false)).toEqual({ from: Number.NEGATIVE_INFINITY, above: false });
  });
});

test('a double counts as the float that it is nearest to, a tie as the even one', () => {
  // 1 is even, so half way below it is 1 already; 1 + 2^-23 is odd, so half way below that is still 1
  expect(boundOf(FLOAT, (x) => x >= 1).from).toBe(1 - 2 ** -25);
  expect(boundOf(FLOAT, (x) => x >= 1 + 2 ** -23).from).toBe(1 + 2 ** -24 + 2 ** -52);
  expect(boundOf(DOUBLE, (x) => x >= 1).from).toBe(1);
});

test('other types have no rounding', () => expect([rounding(10), rounding(7)]).toEqual([undefined, undefined]));
