// Products of matrices against the simplest loops, to the last bit: few vectors, which plain loops do, and many, which the kernel does. Caveat: speed is not
// tested here, and that there is a kernel is: without one the test would compare the plain loops twice.
import { describe, expect, it } from 'vitest';
import { addMatrix, addWindows } from '../../../compiler/onnx/matrix-products.ts';
import { productKernel, ROW_ROOM } from '../../../compiler/onnx/product-kernel.ts';

/** numbers of many sizes, some of them zero */
const list = (length: number, zeros = 0): Float64Array =>
  Float64Array.from({ length }, (_, i) => (i % 10 < zeros ? 0 : Math.sin(i + 1) * 10 ** (i % 5)));

const placesOf = (count: number, step: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i * step);

it('there is a kernel', () => {
  expect(productKernel()).toBeDefined();
});

describe.each([5, 19])('a matrix for %d vectors', (count) => {
  const [depth, columns] = [11, 7];
  const apply = (matrix: Float64Array, values: Float64Array, skips: boolean): Float64Array => {
    const out = list(2 * columns * count);
    addMatrix(
      matrix,
      { from: 2, depth, columns },
      { data: values, at: placesOf(count, 1), step: count },
      { data: out, at: placesOf(count, 2 * columns), step: 2 },
      skips,
    );
    return out;
  };

  it.each([
    [0, true],
    [0, false],
    [3, true],
    [8, true],
    [8, false],
  ])('is the plain loop to the last bit, with %d of ten values zero, left out: %s', (zeros, skips) => {
    const [matrix, values] = [list(2 + depth * columns), list(depth * count, zeros)];
    const expected = list(2 * columns * count);
    for (let p = 0; p < count; p++)
      for (let k = 0; k < depth; k++)
        for (let o = 0; o < columns; o++) expected[2 * (p * columns + o)]! += values[k * count + p]! * matrix[2 + k * columns + o]!;
    expect(apply(matrix, values, skips)).toEqual(expected);
  });

  it('is another one where an element of the matrix or a value is another one', () => {
    const [matrix, values] = [list(2 + depth * columns), list(depth * count)];
    const right = apply(matrix, values, true);
    for (let i = 2; i < matrix.length; i++) expect(apply(matrix.with(i, 0), values, true)).not.toEqual(right);
    for (const i of values.keys()) expect(apply(matrix, values.with(i, 0), true)).not.toEqual(right);
  });

  it('meets what is not finite where zeros are not left out', () => {
    const matrix = list(2 + depth * columns).with(2, Number.POSITIVE_INFINITY);
    const values = list(depth * count).with(0, 0);
    expect(apply(matrix, values, false)[0]).toBeNaN();
  });
});

describe.each([
  ['plain loops', 11, 7, 5],
  ['the kernel', 11, 9, 21],
  ['the kernel, the sums of many terms', 700, 8, 9],
  ['the kernel, rows and columns in several parts', ROW_ROOM / 16, 18, 40],
])('windows by %s', (_, depth, outputs, count) => {
  const step = count + 1;
  const windowsOf = (values: Float64Array) => ({
    count,
    read(position: number, to: Float64Array, at: number): void {
      // what is zero is left out: the room is zero before
      for (let k = 0; k < depth; k++) if (values[position * depth + k] !== 0) to[at + k] = values[position * depth + k]!;
    },
    to: (position: number) => count - position,
  });
  const apply = (weights: Float64Array, values: Float64Array): Float64Array => {
    const out = list(outputs * step);
    addWindows({ data: weights, first: 3, depth, outputs }, windowsOf(values), out, step);
    return out;
  };
  const [weights, values] = [list(3 + depth * outputs), list(depth * count, 2)];
  const right = apply(weights, values);

  it('are the plain loop to the last bit', () => {
    const expected = list(outputs * step);
    for (let position = 0; position < count; position++)
      for (let o = 0; o < outputs; o++) {
        let sum = expected[count - position + o * step]!;
        for (let k = 0; k < depth; k++) sum += weights[3 + o * depth + k]! * values[position * depth + k]!;
        expected[count - position + o * step] = sum;
      }
    expect(right).toEqual(expected);
  });

  it('change with the last weight and with the last value', () => {
    expect(apply(weights.with(weights.length - 1, 0), values)).not.toEqual(right);
    expect(apply(weights, values.with(values.length - 1, 5))).not.toEqual(right);
  });
});
