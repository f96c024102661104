// The group of the circle, its domains and their order, lifting, vanishing polynomials, and points over QM31. Source: PCS.md §2.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as circle from '../../../fri/core/circle.ts';
import { evaluate, evaluateAtPoint, interpolate } from '../../../fri/core/fft.ts';
import * as m31 from '../../../fri/core/m31.ts';
import * as qm31 from '../../../fri/core/qm31.ts';
import { feltElements, randomFelt, randomM31 } from '../random.ts';
import { vectors } from '../vectors.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const next = randomM31(7);
const randomPoint = () => circle.pointFromParameter(randomFelt(next));

describe('group and domains', () => {
  test('the vectors hold', () => {
    const v = vectors.circle;
    expect(circle.pointAt(1)).toEqual(v.generator);
    expect(circle.stepIndex(0)).toBe(0);
    expect(circle.pointAt(circle.stepIndex(3))).toEqual(v.g3);
    for (const { logSize, index, points } of v.domains) {
      const { x, y } = circle.domain(logSize);
      expect(range(2 ** logSize).map((j) => circle.indexAt(logSize, j))).toEqual(index);
      expect(range(2 ** logSize).map((j) => [x[j], y[j]])).toEqual(points);
    }
    expect(range(8).map((r) => circle.rowPosition(3, r))).toEqual(v.rowPosition.positions);
    expect(range(8).map((i) => circle.lineX(3, i))).toEqual(v.line.x);
    for (const { from, to, index } of v.lift) expect(range(2 ** from).map((j) => circle.lift(j, from, to))).toEqual(index);
  });

  test('the generator has order 2^31 and indices add', () => {
    expect(circle.pointAt(2 ** 31)).toEqual([1, 0]);
    expect(circle.pointAt(2 ** 30)).toEqual([m31.P - 1, 0]);
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }), (a, b) => {
        const sum = circle.addPoints(circle.pointOverQM31(a), circle.pointOverQM31(b));
        expect(sum).toEqual(circle.pointOverQM31(a + b));
        const [x, y] = circle.pointAt(a);
        expect(m31.add(m31.mul(x, x), m31.mul(y, y))).toBe(1);
      }),
    );
  });

  test.each([1, 2, 3, 4, 5, 8, 11])('every point of the domain of log size %i is where its index says', (logSize) => {
    const { x, y } = circle.domain(logSize);
    for (let j = 0; j < 2 ** logSize; j++) {
      const index = circle.indexAt(logSize, j);
      expect([x[j], y[j]]).toEqual(circle.pointAt(index));
      expect(circle.positionOf(logSize, index)).toBe(j);
      expect(circle.positionOf(logSize, index - 2 ** 31)).toBe(j);
    }
  });

  test('an index outside the coset has no position', () => {
    expect(() => circle.positionOf(4, 0)).toThrow(/not in the canonic coset/);
    expect(() => circle.positionOf(4, circle.indexAt(5, 3))).toThrow(/not in the canonic coset/);
    expect(() => circle.domain(0)).toThrow(/no canonic coset/);
    expect(() => circle.domain(31)).toThrow(/no canonic coset/);
  });

  test('a domain of log size 30 has indices and positions that fit', () => {
    for (const position of [0, 1, 2 ** 29 - 1, 2 ** 29, 2 ** 30 - 1]) {
      expect(circle.positionOf(30, circle.indexAt(30, position))).toBe(position);
    }
  });

  test.each([1, 2, 5, 7])('trace row r of log size %i is the point g(k+1) + r·g(k)', (logSize) => {
    for (let r = 0; r < 2 ** logSize; r++) {
      const index = circle.stepIndex(logSize + 1) + r * circle.stepIndex(logSize);
      expect(circle.rowPosition(logSize, r)).toBe(circle.positionOf(logSize, index));
    }
  });

  test.each([
    [5, 1],
    [4, 3],
    [3, 4],
    [1, 1],
    [6, 0],
  ])('the previous row of log size %i in an extension %i larger is one step -g back', (trace, extra) => {
    const extension = trace + extra;
    const table = circle.previousPositions(extension, trace);
    for (let j = 0; j < 2 ** extension; j++) {
      const wanted = circle.positionOf(extension, circle.indexAt(extension, j) - circle.stepIndex(trace));
      expect(circle.previousPosition(extension, trace, j)).toBe(wanted);
      expect(table[j]).toBe(wanted);
    }
  });

  test('bit reversal is its own inverse', () => {
    expect(circle.bitReverse(0b0011, 4)).toBe(0b1100);
    for (let i = 0; i < 64; i++) expect(circle.bitReverse(circle.bitReverse(i, 6), 6)).toBe(i);
  });
});

describe('lifting', () => {
  test.each([
    [8, 8],
    [8, 7],
    [8, 4],
    [6, 1],
  ])('a column of log size k inside L = %i (k = %i): lift = f∘π^(L-k), one shift for all heights, periodicity', (L, k) => {
    const coefficients = Uint32Array.from(range(2 ** k), next);
    const values = evaluate(coefficients, k);
    const lifted = interpolate(
      Uint32Array.from(range(2 ** L), (j) => values[circle.lift(j, L, k)]!),
      L,
    );
    const z = randomPoint();
    const at = (column: Uint32Array, point: circle.CirclePoint) => evaluateAtPoint(column, point);
    const shift = (point: circle.CirclePoint, index: number) => circle.addPoints(point, circle.pointOverQM31(index));
    expect(at(lifted, z)).toEqual(at(coefficients, circle.project(z, L - k)));
    expect(at(lifted, shift(z, -circle.stepIndex(L)))).toEqual(at(coefficients, shift(circle.project(z, L - k), -circle.stepIndex(k))));
    if (k < L) expect(at(lifted, shift(z, circle.stepIndex(L - k)))).toEqual(at(lifted, z));
    for (let r = 0; r < 2 ** L; r++) {
      expect(circle.lift(circle.rowPosition(L, r), L, k)).toBe(circle.rowPosition(k, r % 2 ** k));
    }
  });

  test('a column that is no lift is not periodic', () => {
    const [L, k] = [6, 4];
    const small = evaluate(Uint32Array.from(range(2 ** k), next), k);
    const values = Uint32Array.from(range(2 ** L), (j) => small[circle.lift(j, L, k)]!);
    values[5] = m31.add(values[5]!, 1);
    const column = interpolate(values, L);
    const z = randomPoint();
    const shifted = circle.addPoints(z, circle.pointOverQM31(circle.stepIndex(L - k)));
    expect(evaluateAtPoint(column, shifted)).not.toEqual(evaluateAtPoint(column, z));
  });

  test('the rule composes', () => {
    for (let j = 0; j < 2 ** 8; j++) expect(circle.lift(circle.lift(j, 8, 5), 5, 2)).toBe(circle.lift(j, 8, 2));
  });
});

describe('vanishing polynomials', () => {
  test('V_k∘π^(L-k) = V_L', () => {
    const z = randomPoint();
    for (const [L, k] of [
      [8, 8],
      [8, 3],
      [6, 1],
    ] as const) {
      expect(circle.vanishing(z, L)).toEqual(circle.vanishing(circle.project(z, L - k), k));
    }
  });

  test.each([1, 2, 3, 6])('V_k is zero on the rows and as tabulated on the coset twice as large (k = %i)', (k) => {
    const { x, y } = circle.domain(k);
    for (let j = 0; j < 2 ** k; j++) expect(circle.vanishing([qm31.from(x[j]!), qm31.from(y[j]!)], k)).toEqual(qm31.ZERO);
    const large = circle.domain(k + 1);
    const values = circle.vanishingOnDomain(k);
    expect(values).toHaveLength(2 ** (k + 1));
    for (let j = 0; j < values.length; j++) {
      expect(circle.vanishing([qm31.from(large.x[j]!), qm31.from(large.y[j]!)], k)).toEqual(qm31.from(values[j]!));
      expect(values[j]).not.toBe(0);
    }
  });

  test.each([
    [2, true],
    [3, true],
    [4, false],
  ] as const)('a product of %i columns divided by V fits twice the rows: %s', (degree, fits) => {
    const k = 4;
    const big = k + 3;
    const previous = circle.previousPositions(big, k);
    const columns = range(degree).map(() => Uint32Array.from(range(2 ** k), next));
    const product = (values: Uint32Array[], back: (j: number) => number) => (_: unknown, j: number) =>
      values.reduce((p, v, i) => m31.mul(p, v[i === 0 ? back(j) : j]!), 1);
    const onDomain = Uint32Array.from(
      range(2 ** big),
      product(
        columns.map((c) => evaluate(c, big)),
        (j) => previous[j]!,
      ),
    );
    const onRows = Uint32Array.from(
      range(2 ** k),
      product(
        columns.map((c) => evaluate(c, k)),
        (j) => circle.previousPosition(k, k, j),
      ),
    );
    const interpolant = evaluate(interpolate(onRows, k), big);
    const { x, y } = circle.domain(big);
    const quotient = onDomain.map((value, j) =>
      m31.mul(m31.sub(value, interpolant[j]!), m31.inverse(circle.vanishing([qm31.from(x[j]!), qm31.from(y[j]!)], k)[0])),
    );
    const top = interpolate(quotient, big).findLastIndex((c) => c !== 0);
    expect(top < 2 ** (k + 1)).toBe(fits);
  });
});

describe('points over QM31', () => {
  test('the vectors hold', () => {
    const { t, z, zMinusG7, zPlusT5of7, vanishing7, columnOfLogSize5LiftedTo7AtZ } = vectors.point;
    const point = circle.pointFromParameter(t);
    expect(point).toEqual(z);
    expect(circle.addPoints(point, circle.pointOverQM31(-circle.stepIndex(7)))).toEqual(zMinusG7);
    expect(circle.addPoints(point, circle.pointOverQM31(circle.stepIndex(2)))).toEqual(zPlusT5of7);
    expect(circle.vanishing(point, 7)).toEqual(vanishing7);
    const column = Uint32Array.from(vectors.fft[1]!.coefficients);
    expect(evaluateAtPoint(column, circle.project(point, 2))).toEqual(columnOfLogSize5LiftedTo7AtZ);
  });

  test('a parameter gives a point of the circle, and i is refused', () => {
    fc.assert(
      fc.property(feltElements, (t) => {
        fc.pre(!qm31.isZero(qm31.add(qm31.ONE, qm31.mul(t, t))));
        const [x, y] = circle.pointFromParameter(t);
        expect(qm31.add(qm31.mul(x, x), qm31.mul(y, y))).toEqual(qm31.ONE);
      }),
    );
    expect(() => circle.pointFromParameter([0, 1, 0, 0])).toThrow('ZK0110');
    expect(() => circle.pointFromParameter([0, m31.P - 1, 0, 0])).toThrow('ZK0110');
  });
});
