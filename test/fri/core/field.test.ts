// M31, CM31 and QM31 against big integers and the axioms of a field. Caveat: axioms are checked on drawn elements.
import { modInv, modPow } from 'bigint-crypto-utils';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as cm31 from '../../../fri/core/cm31.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import * as m31 from '../../../fri/core/m31.ts';
import * as qm31 from '../../../fri/core/qm31.ts';
import { times } from '../../times.ts';
import { elements, feltElements } from '../random.ts';
import { vectors } from '../vectors.ts';

const p = BigInt(m31.P);
const exact = (value: bigint): number => Number(((value % p) + p) % p);

describe('M31', () => {
  test('the vectors hold', () => {
    expect(m31.P).toBe(vectors.field.p);
    for (const { a, b, product, inverseOfA } of vectors.field.m31) {
      expect(m31.mul(a, b)).toBe(product);
      expect(m31.inverse(a)).toBe(inverseOfA);
    }
  });

  test('add, sub, neg and mul agree with big integers', () => {
    fc.assert(
      fc.property(elements, elements, (a, b) => {
        expect(m31.add(a, b)).toBe(exact(BigInt(a) + BigInt(b)));
        expect(m31.sub(a, b)).toBe(exact(BigInt(a) - BigInt(b)));
        expect(m31.neg(a)).toBe(exact(-BigInt(a)));
        expect(m31.mul(a, b)).toBe(exact(BigInt(a) * BigInt(b)));
      }),
      { numRuns: times(2000) },
    );
  });

  test('the estimated quotient of mul is right next to every multiple of p', () => {
    // a·b = q·p + r with r near 0 and near p: the products where a quotient off by one would show
    for (let a = 2; a < 2000; a++) {
      const inverse = m31.inverse(a);
      for (const r of [0, 1, 2, m31.P - 2, m31.P - 1]) expect(m31.mul(a, m31.mul(inverse, r))).toBe(r);
    }
  });

  test('pow agrees with big integers', () => {
    fc.assert(
      fc.property(elements, fc.integer({ min: 0, max: 200 }), (a, e) => {
        expect(m31.pow(a, e)).toBe(Number(modPow(a, e, p)));
      }),
    );
    fc.assert(
      fc.property(elements, fc.maxSafeNat(), (a, e) => {
        expect(m31.pow(a, e)).toBe(Number(modPow(a, e, p)));
      }),
    );
    expect(m31.pow(3, 2 ** 40)).toBe(m31.pow(m31.pow(3, 2 ** 20), 2 ** 20));
  });

  test('inverse agrees with the extended Euclidean algorithm', () => {
    fc.assert(
      fc.property(elements, (x) => {
        const a = x || 1;
        expect(m31.inverse(a)).toBe(Number(modInv(a, p)));
      }),
    );
  });

  test('inverse is inverse, alone and in batches', () => {
    fc.assert(
      fc.property(fc.array(elements, { maxLength: 20 }), (list) => {
        const values = Uint32Array.from(list, (x) => x || 7);
        expect(Array.from(m31.batchInverse(values))).toEqual(Array.from(values, m31.inverse));
        for (const x of values) expect(m31.mul(x, m31.inverse(x))).toBe(1);
      }),
    );
  });

  test('the inverse of zero is a bug, alone and in a batch', () => {
    expect(() => m31.inverse(0)).toThrow(ZkvmError);
    expect(() => m31.batchInverse(Uint32Array.of(3, 0, 5))).toThrow(/inverse of zero/);
  });
});

describe('CM31', () => {
  test('it is a field: inverse and distributivity', () => {
    fc.assert(
      fc.property(fc.tuple(elements, elements), fc.tuple(elements, elements), fc.tuple(elements, elements), (x, y, z) => {
        expect(cm31.mul(x, cm31.add(y, z))).toEqual(cm31.add(cm31.mul(x, y), cm31.mul(x, z)));
        expect(cm31.add(cm31.sub(x, y), y)).toEqual(x);
        if (!cm31.isZero(x)) expect(cm31.equal(cm31.mul(x, cm31.inverse(x)), cm31.ONE)).toBe(true);
      }),
    );
  });

  test('i² = -1 and 2 + i is no accident of the order of coordinates', () => {
    expect(cm31.mul([0, 1], [0, 1])).toEqual(cm31.neg(cm31.ONE));
    expect(cm31.timesTwoPlusI([0, 1])).toEqual(cm31.mul([2, 1], [0, 1]));
    expect(cm31.scale([3, 4], 5)).toEqual([15, 20]);
    expect(() => cm31.inverse(cm31.ZERO)).toThrow(/inverse of zero/);
  });
});

describe('QM31', () => {
  test('the vectors hold', () => {
    for (const { x, y, product, inverseOfX } of vectors.field.qm31) {
      expect(qm31.mul(x, y)).toEqual(product);
      expect(qm31.inverse(x)).toEqual(inverseOfX);
    }
  });

  test('it is a field', () => {
    fc.assert(
      fc.property(feltElements, feltElements, feltElements, (x, y, z) => {
        expect(qm31.mul(x, y)).toEqual(qm31.mul(y, x));
        expect(qm31.mul(x, qm31.mul(y, z))).toEqual(qm31.mul(qm31.mul(x, y), z));
        expect(qm31.mul(x, qm31.add(y, z))).toEqual(qm31.add(qm31.mul(x, y), qm31.mul(x, z)));
        expect(qm31.add(qm31.sub(x, y), y)).toEqual(x);
        expect(qm31.add(x, qm31.neg(x))).toEqual(qm31.ZERO);
        if (!qm31.isZero(x)) expect(qm31.equal(qm31.mul(x, qm31.inverse(x)), qm31.ONE)).toBe(true);
      }),
    );
  });

  test('scaling is multiplication by an element of M31', () => {
    fc.assert(
      fc.property(feltElements, elements, (x, a) => {
        expect(qm31.scale(x, a)).toEqual(qm31.mul(x, qm31.from(a)));
      }),
    );
  });

  test('the matrix of a factor multiplies by it, and elements stay what they are in words', () => {
    fc.assert(
      fc.property(feltElements, feltElements, (x, y) => {
        const matrix = qm31.matrixOf(x);
        const product = [0, 1, 2, 3].map((row) =>
          y.reduce((sum, value, column) => m31.add(sum, m31.mul(matrix[4 * row + column]!, value)), 0),
        );
        expect(product).toEqual(qm31.mul(x, y));
        const words = qm31.toWords([x, x]);
        qm31.put(words, 1, y);
        expect(qm31.fromWords(words)).toEqual([x, y]);
      }),
    );
  });

  test('powers, positive and negative', () => {
    fc.assert(
      fc.property(feltElements, (x) => {
        const list = qm31.powers(x, 6);
        expect(list).toHaveLength(6);
        expect(list).toEqual([0, 1, 2, 3, 4, 5].map((e) => qm31.pow(x, e)));
        if (!qm31.isZero(x)) expect(qm31.mul(qm31.pow(x, -5), list[5]!)).toEqual(qm31.ONE);
      }),
    );
  });

  test('one coordinate off is unequal, and zero has no inverse', () => {
    for (let i = 0; i < 4; i++) {
      const changed = [1, 2, 3, 4].map((a, j) => (i === j ? a + 1 : a)) as unknown as qm31.QM31;
      expect(qm31.equal([1, 2, 3, 4], changed)).toBe(false);
      expect(qm31.isZero([0, 0, 0, 0].map((_, j) => (i === j ? 1 : 0)) as unknown as qm31.QM31)).toBe(false);
    }
    expect(() => qm31.inverse(qm31.ZERO)).toThrow(/inverse of zero/);
    expect(() => qm31.pow(qm31.ZERO, -1)).toThrow(/inverse of zero/);
  });
});
