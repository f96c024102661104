// Sums of products against the plain loops, to the last bit. Caveat: random sizes, small ones; speed is not tested here.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addProducts, addRows } from '../../../compiler/onnx/products.ts';

const numbers = (length: number) =>
  fc
    .array(fc.oneof(fc.constant(0), fc.double({ min: -1e3, max: 1e3, noNaN: true })), { minLength: length, maxLength: length })
    .map((list) => Float64Array.from(list));

/** sizes and the values that they need */
const cases = fc
  .record({ depth: fc.integer({ min: 1, max: 9 }), outputs: fc.integer({ min: 1, max: 11 }), first: fc.integer({ min: 0, max: 3 }) })
  .chain(({ depth, outputs, first }) =>
    fc.record({
      part: fc.constant({ first, depth, outputs }),
      weights: numbers(first + depth * outputs),
      windows: numbers(2 * depth),
      before: numbers(2 * outputs),
    }),
  );

describe('sums of products', () => {
  it('are those of the plain loops for one window and for two', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ part, weights, windows, before }, two) => {
        const { first, depth, outputs } = part;
        const expected = before.slice();
        for (let w = 0; w < (two ? 2 : 1); w++)
          for (let o = 0; o < outputs; o++)
            for (let k = 0; k < depth; k++) expected[w + 2 * o]! += weights[first + o * depth + k]! * windows[w * depth + k]!;
        const got = before.slice();
        addProducts(weights, part, windows, got, [0, two ? 1 : -1], 2);
        expect(got).toEqual(expected);
      }),
    );
  });

  it('change with every weight and every value of a window', () => {
    const part = { first: 0, depth: 3, outputs: 5 };
    const [weights, windows] = [Float64Array.from({ length: 15 }, (_, i) => i + 1), Float64Array.from({ length: 6 }, (_, i) => i + 1)];
    const sums = (w: Float64Array, x: Float64Array): Float64Array => {
      const out = new Float64Array(10);
      addProducts(w, part, x, out, [0, 1], 2);
      return out;
    };
    const right = sums(weights, windows);
    for (const i of weights.keys()) expect(sums(weights.with(i, 0), windows)).not.toEqual(right);
    for (const i of windows.keys()) expect(sums(weights, windows.with(i, 0))).not.toEqual(right);
  });
});

describe('rows of a matrix', () => {
  const add = (matrix: Float64Array, values: Float64Array, columns: number, skips: boolean): Float64Array => {
    const out = new Float64Array(2 * columns);
    const sizes = { from: 0, depth: values.length, columns };
    addRows(matrix, sizes, { data: values, at: 0, step: 1 }, { data: out, at: 1, step: 2 }, skips);
    return out;
  };

  it('are added as the plain loops add them, zeros skipped or not', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ part: { first, depth, outputs }, weights, windows }, skips) => {
        const [matrix, values] = [weights.subarray(first), windows.subarray(0, depth)];
        const expected = new Float64Array(2 * outputs);
        for (let k = 0; k < depth; k++) for (let o = 0; o < outputs; o++) expected[1 + 2 * o]! += values[k]! * matrix[k * outputs + o]!;
        expect(add(matrix, values, outputs, skips)).toEqual(expected);
      }),
    );
  });

  it('of what is not finite are not skipped where that is asked for', () => {
    const matrix = Float64Array.of(1, Number.POSITIVE_INFINITY);
    expect(add(matrix, Float64Array.of(0), 2, false)[3]).toBeNaN();
    expect(add(matrix, Float64Array.of(0), 2, true)[3]).toBe(0);
  });
});
