// The circle FFT against direct evaluation in its basis: evaluation, interpolation, extension, lines, and evaluation at a point.
import { describe, expect, test } from 'vitest';
import * as circle from '../../../fri/core/circle.ts';
import * as fft from '../../../fri/core/fft.ts';
import * as m31 from '../../../fri/core/m31.ts';
import type { QM31 } from '../../../fri/core/qm31.ts';
import * as qm31 from '../../../fri/core/qm31.ts';
import { randomFelt, randomM31 } from '../random.ts';
import { vectors } from '../vectors.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const next = randomM31(11);
const coefficientsOf = (logSize: number): Uint32Array => Uint32Array.from(range(2 ** logSize), next);

/** the definition: Σ c_k Π of the factors of the set bits of k, factors y, x, π(x), π²(x), … */
function direct(coefficients: ArrayLike<number>, x: number, y: number): number {
  const bits = Math.log2(coefficients.length);
  const factors = [y];
  for (let i = 1, power = x; i < bits; i++, power = circle.doubleX(power)) factors.push(power);
  let sum = 0;
  for (let k = 0; k < coefficients.length; k++) {
    sum = m31.add(
      sum,
      factors.reduce((product, f, i) => ((k >> i) & 1 ? m31.mul(product, f) : product), coefficients[k]!),
    );
  }
  return sum;
}

test('the vectors hold', () => {
  for (const { logSize, values, coefficients, extendedTo, extension, twiddles } of vectors.fft) {
    expect(Array.from(fft.interpolate(Uint32Array.from(values), logSize))).toEqual(coefficients);
    expect(Array.from(fft.evaluate(Uint32Array.from(coefficients), extendedTo))).toEqual(extension);
    expect(fft.twiddles(logSize).map((layer) => Array.from(layer))).toEqual(twiddles);
  }
});

describe.each([1, 2, 3, 5, 8])('log size %i', (n) => {
  const coefficients = coefficientsOf(n);
  const values = fft.evaluate(coefficients, n);

  test('the FFT is direct evaluation at every point', () => {
    const { x, y } = circle.domain(n);
    expect(Array.from(values)).toEqual(range(2 ** n).map((j) => direct(coefficients, x[j]!, y[j]!)));
  });

  test('interpolation is its inverse, also in place', () => {
    expect(fft.interpolate(values, n)).toEqual(coefficients);
    const list = coefficients.slice();
    fft.evaluateInPlace(list, n);
    expect(list).toEqual(values);
    fft.interpolateInPlace(list, n);
    expect(list).toEqual(coefficients);
  });

  test('one changed value changes the coefficients', () => {
    const changed = values.slice();
    changed[0] = m31.add(changed[0]!, 1);
    expect(fft.interpolate(changed, n)).not.toEqual(coefficients);
  });

  test('an extension is the evaluation of coefficients padded with zeros', () => {
    const padded = new Uint32Array(2 ** (n + 3));
    padded.set(coefficients);
    expect(fft.evaluate(coefficients, n + 3)).toEqual(fft.evaluate(padded, n + 3));
  });

  test('twiddles are the line domains, and the inverses are inverse', () => {
    const layers = fft.twiddles(n);
    const inverses = fft.inverseTwiddles(n);
    layers.forEach((layer, i) => {
      expect(layer).toHaveLength(2 ** (n - 1 - i));
      layer.forEach((twiddle, h) => {
        if (i > 0) expect(twiddle).toBe(circle.lineX(n - i, 2 * h));
        else expect(twiddle).toBe(circle.domain(n).y[2 * h]);
        expect(m31.mul(twiddle, inverses[i]![h]!)).toBe(1);
      });
    });
    if (n < 3) return;
    for (let q = 0; q < 2 ** (n - 3); q++) {
      const x = layers[1]![2 * q]!;
      const y = layers[1]![2 * q + 1]!;
      expect(Array.from(layers[0]!.subarray(4 * q, 4 * q + 4))).toEqual([y, m31.neg(y), m31.neg(x), x]);
    }
  });

  test('evaluation at a point agrees with the domain and with the basis', () => {
    const { x, y } = circle.domain(n + 2);
    const extension = fft.evaluate(coefficients, n + 2);
    for (const j of [0, 1, 2 ** n + 1, 2 ** (n + 2) - 1]) {
      expect(fft.evaluateAtPoint(coefficients, [qm31.from(x[j]!), qm31.from(y[j]!)])).toEqual(qm31.from(extension[j]!));
    }
    const z = circle.pointFromParameter(randomFelt(next));
    const basis = fft.basisAtPoint(n, z);
    let sum = qm31.ZERO;
    for (let k = 0; k < 2 ** n; k++) {
      sum = qm31.add(sum, qm31.scale([basis[0][k]!, basis[1][k]!, basis[2][k]!, basis[3][k]!], coefficients[k]!));
    }
    expect(fft.evaluateAtPoint(coefficients, z)).toEqual(sum);
    for (const lowLog of [0, 1, n, n + 2])
      expect(fft.highBasisAtPoint(n, lowLog, z)).toEqual(basis.map((list) => list.filter((_, k) => k % 2 ** lowLog === 0)));
  });

  test('a line polynomial is interpolated from its values', () => {
    const line: QM31[] = range(2 ** n).map(() => randomFelt(next));
    const valuesAt = range(2 ** n).map((i) => fft.evaluateLine(line, circle.lineX(n, i)));
    const coordinates = range(4).map((c) => valuesAt.map((v) => v[c]!));
    expect(fft.interpolateLine(coordinates, n)).toEqual(line);
    coordinates[2]![1] = m31.add(coordinates[2]![1]!, 1);
    expect(fft.interpolateLine(coordinates, n)).not.toEqual(line);
  });
});

test('a larger transform is its own inverse, and the point evaluation in blocks agrees with folding in basis order', () => {
  const n = 12;
  const coefficients = coefficientsOf(n);
  expect(fft.interpolate(fft.evaluate(coefficients, n), n)).toEqual(coefficients);
  const z = circle.pointFromParameter(randomFelt(next));
  const low = fft.evaluateAtPoint(coefficients.slice(0, 2 ** (n - 1)), z);
  const high = fft.evaluateAtPoint(coefficients.slice(2 ** (n - 1)), z);
  const top = circle.vanishing(z, n - 1); // the factor of bit n-1 is π^(n-2)(x)
  expect(fft.evaluateAtPoint(coefficients, z)).toEqual(qm31.add(low, qm31.mul(top, high)));
});

test('a line polynomial over QM31 points: bit i stands for π^i(x)', () => {
  const line: QM31[] = range(8).map(() => randomFelt(next));
  const x = randomFelt(next);
  const x2 = circle.doubleXOverQM31(x);
  const x4 = circle.doubleXOverQM31(x2);
  const wanted = line.reduce((sum, c, k) => {
    const factors = [x, x2, x4].filter((_, i) => (k >> i) & 1);
    return qm31.add(sum, factors.reduce(qm31.mul, c));
  }, qm31.ZERO);
  expect(fft.evaluateLine(line, x)).toEqual(wanted);
});

test('lists of a wrong length are bugs, not results', () => {
  expect(() => fft.evaluate(new Uint32Array(3), 4)).toThrow(/3 coefficients/);
  expect(() => fft.evaluate(new Uint32Array(32), 4)).toThrow(/32 coefficients/);
  expect(() => fft.interpolate(new Uint32Array(8), 4)).toThrow(/8 values/);
  expect(() => fft.evaluateAtPoint(new Uint32Array(3), [qm31.ONE, qm31.ZERO])).toThrow(/3 coefficients/);
  expect(() => fft.interpolateLine([[1], [1], [1], [1]], 2)).toThrow(/1 values/);
  expect(() => fft.interpolateLine([[1], [1], [1]], 0)).toThrow(/3 coordinates/);
  expect(fft.interpolateLine([[1], [2], [3], [4]], 0)).toEqual([[1, 2, 3, 4]]);
  expect(() => fft.evaluateLine([], 1)).toThrow(/without coefficients/);
  expect(() => fft.twiddles(31)).toThrow(/no circle FFT/);
});
