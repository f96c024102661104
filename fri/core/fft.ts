// The circle FFT between coefficients and values on a canonic coset in storage order, and evaluation outside the domain.
// Source: "Circle STARKs" (ePrint 2024/278) §4; twiddles and coefficient order are PCS.md §3: bit 0 of a coefficient's index stands for
// the factor y, bit 1 for x, bit i for π^(i-1)(x). Caveat: this is the reference, one thread and no SIMD; gpu/ has the fast ones.

import { type CirclePoint, doubleXOverQM31, quarterDomain } from './circle.ts';
import { bug } from './errors.ts';
import * as m31 from './m31.ts';
import type { QM31 } from './qm31.ts';
import * as qm31 from './qm31.ts';

// Bound once: some module loaders (test runners, bundlers) make each use of an import a property look-up: butterflies four times slower.
const add = m31.add;
const batchInverse = m31.batchInverse;
const mul = m31.mul;
const P = m31.P;
const sub = m31.sub;

/** One coordinate of a list of QM31 values each. */
export type Coordinates = readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

const memoise = (make: (logSize: number) => Uint32Array): ((logSize: number) => Uint32Array) => {
  const known = new Map<number, Uint32Array>();
  return (logSize) => {
    const made = known.get(logSize) ?? make(logSize);
    known.set(logSize, made);
    return made;
  };
};

/** x at the even positions of the line domain of log size `logSize` ≥ 1: layer i ≥ 1 of every circle FFT of log size logSize + i. */
const lineTwiddles = memoise((logSize) => quarterDomain(logSize + 1).x);
const inverseLineTwiddles = memoise((logSize) => batchInverse(lineTwiddles(logSize)));

/** Layer 0: y at the even positions of the canonic coset; positions 4t and 4t + 2 differ in the sign. */
const circleTwiddles = memoise((logSize) => {
  if (logSize === 1) return Uint32Array.of(P - 1);
  const { y } = quarterDomain(logSize);
  const twiddles = new Uint32Array(2 * y.length);
  for (let t = 0; t < y.length; t++) {
    twiddles[2 * t] = y[t]!;
    twiddles[2 * t + 1] = P - y[t]!;
  }
  return twiddles;
});
const inverseCircleTwiddles = memoise((logSize) => batchInverse(circleTwiddles(logSize)));

const layersOf = (circle: (logSize: number) => Uint32Array, line: (logSize: number) => Uint32Array) => {
  const known = new Map<number, readonly Uint32Array[]>();
  return (logSize: number): readonly Uint32Array[] => {
    if (!(logSize >= 1 && logSize <= 30)) throw bug(`no circle FFT of log size ${logSize}`);
    const made = known.get(logSize) ?? Array.from({ length: logSize }, (_, i) => (i === 0 ? circle(logSize) : line(logSize - i)));
    known.set(logSize, made);
    return made;
  };
};

/**
 * The twiddles of log size `logSize`: entry h of layer i is the factor of bit i at position h·2^(i+1), 2^(logSize-1-i) entries.
 * Memoised; layers i ≥ 1 are shared by all sizes.
 */
export const twiddles = layersOf(circleTwiddles, lineTwiddles);

/** The inverses of `twiddles`. */
export const inverseTwiddles = layersOf(inverseCircleTwiddles, inverseLineTwiddles);

/** Layers `from` - 1 down to 0 of an evaluation, in place. */
function evaluateLayers(values: Uint32Array, layers: readonly Uint32Array[], from: number): void {
  for (let i = from - 1; i >= 1; i--) {
    const layer = layers[i]!;
    const half = 1 << i;
    for (let block = 0, start = 0; start < values.length; block++, start += 2 * half) {
      const twiddle = layer[block]!;
      for (let a = start; a < start + half; a++) {
        const x = values[a]!;
        const y = mul(values[a + half]!, twiddle);
        values[a] = add(x, y);
        values[a + half] = sub(x, y);
      }
    }
  }
  if (from === 0) return;
  const layer = layers[0]!;
  for (let block = 0, a = 0; a < values.length; block++, a += 2) {
    const x = values[a]!;
    const y = mul(values[a + 1]!, layer[block]!);
    values[a] = add(x, y);
    values[a + 1] = sub(x, y);
  }
}

/** Coefficients to values on the canonic coset of log size `logSize`, in place; `values` has 2^logSize elements. */
export const evaluateInPlace = (values: Uint32Array, logSize: number): void => evaluateLayers(values, twiddles(logSize), logSize);

/**
 * The values on the canonic coset of log size `logSize` of a polynomial with 2^k ≤ 2^logSize coefficients, in storage order.
 * The layers of the missing (zero) coefficients only copy, so an extension starts from 2^(logSize-k) copies.
 */
export function evaluate(coefficients: Uint32Array, logSize: number): Uint32Array {
  const known = Math.log2(coefficients.length);
  if (!Number.isInteger(known) || known > logSize) throw bug(`${coefficients.length} coefficients on a domain of log size ${logSize}`);
  const values = new Uint32Array(2 ** logSize);
  for (let start = 0; start < values.length; start += coefficients.length) values.set(coefficients, start);
  evaluateLayers(values, twiddles(logSize), known);
  return values;
}

/** Values on the canonic coset of log size `logSize` to coefficients, in place. */
export function interpolateInPlace(values: Uint32Array, logSize: number): void {
  const layers = inverseTwiddles(logSize);
  const first = layers[0]!;
  for (let block = 0, a = 0; a < values.length; block++, a += 2) {
    const x = values[a]!;
    const y = values[a + 1]!;
    values[a] = add(x, y);
    values[a + 1] = mul(sub(x, y), first[block]!);
  }
  for (let i = 1; i < logSize; i++) {
    const layer = layers[i]!;
    const half = 1 << i;
    for (let block = 0, start = 0; start < values.length; block++, start += 2 * half) {
      const twiddle = layer[block]!;
      for (let a = start; a < start + half; a++) {
        const x = values[a]!;
        const y = values[a + half]!;
        values[a] = add(x, y);
        values[a + half] = mul(sub(x, y), twiddle);
      }
    }
  }
  divideByPowerOfTwo(values, logSize);
}

/** 2^-n times every value: modulo 2^31 - 1 that is a rotation of 31 bits. */
function divideByPowerOfTwo(values: Uint32Array, n: number): void {
  const shift = n % 31;
  if (shift !== 0) for (let j = 0; j < values.length; j++) values[j] = (values[j]! >>> shift) | ((values[j]! << (31 - shift)) & P);
}

/** The coefficients of the polynomial with these 2^logSize values on the canonic coset, in storage order. */
export function interpolate(values: Uint32Array, logSize: number): Uint32Array {
  if (values.length !== 2 ** logSize) throw bug(`${values.length} values on a domain of log size ${logSize}`);
  const coefficients = values.slice();
  interpolateInPlace(coefficients, logSize);
  return coefficients;
}

/** y, x, π(x), …: the factors of the first `count` bits at a point. */
function factorsAt([x, y]: CirclePoint, count: number): QM31[] {
  const factors: QM31[] = [];
  for (let i = 0, power = x; i < count; i++) {
    factors.push(i === 0 ? y : power);
    if (i > 0) power = doubleXOverQM31(power);
  }
  return factors;
}

/**
 * The values of the 2^logSize basis functions at a point: the tensor product of its factors. A column with these many coefficients has
 * there the value of the dot product.
 */
export const basisAtPoint = (logSize: number, point: CirclePoint): Coordinates => productsOf(factorsAt(point, logSize));

/** Those basis functions alone whose index is a multiple of 2^lowLog. */
export const highBasisAtPoint = (logSize: number, lowLog: number, point: CirclePoint): Coordinates =>
  productsOf(factorsAt(point, logSize).slice(lowLog));

/** The product of every subset of the factors; bit i of the index stands for factor i. */
function productsOf(factors: readonly QM31[]): Coordinates {
  const size = 2 ** factors.length;
  const products: Coordinates = [new Uint32Array(size), new Uint32Array(size), new Uint32Array(size), new Uint32Array(size)];
  const [p0, p1, p2, p3] = products;
  p0[0] = 1;
  let known = 1;
  for (const factor of factors) {
    // a product as an element would leave two arrays, a megabyte of garbage a proof
    const matrix = qm31.matrixOf(factor);
    for (let j = 0; j < known; j++)
      for (let c = 0; c < 4; c++) {
        const low = add(mul(matrix[4 * c]!, p0[j]!), mul(matrix[4 * c + 1]!, p1[j]!));
        const high = add(mul(matrix[4 * c + 2]!, p2[j]!), mul(matrix[4 * c + 3]!, p3[j]!));
        products[c]![known + j] = add(low, high);
      }
    known *= 2;
  }
  return products;
}

/** Folds a coefficient list with one factor per bit, lowest bit first. */
function foldFactors(coefficients: readonly QM31[], factors: readonly QM31[]): QM31 {
  let list = coefficients;
  for (const factor of factors) {
    const folded: QM31[] = [];
    for (let i = 0; i < list.length; i += 2) folded.push(qm31.add(list[i]!, qm31.mul(list[i + 1]!, factor)));
    list = folded;
  }
  const [value] = list;
  if (value === undefined) throw bug('a polynomial without coefficients');
  return value;
}

/** Bits of a coefficient's index that `evaluateAtPoint` covers by a dot product, at four multiplications a coefficient. */
const DOT_BITS = 8;

/** The value at a point over QM31 of the polynomial with these 2^k coefficients. */
export function evaluateAtPoint(coefficients: Uint32Array, point: CirclePoint): QM31 {
  const bits = Math.log2(coefficients.length);
  if (!Number.isInteger(bits)) throw bug(`${coefficients.length} coefficients`);
  const factors = factorsAt(point, bits);
  const dotBits = Math.min(bits, DOT_BITS);
  const [b0, b1, b2, b3] = basisAtPoint(dotBits, point);
  const chunks: QM31[] = [];
  for (let start = 0; start < coefficients.length; start += b0.length) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < b0.length; j++) {
      const c = coefficients[start + j]!;
      s0 = add(s0, mul(c, b0[j]!));
      s1 = add(s1, mul(c, b1[j]!));
      s2 = add(s2, mul(c, b2[j]!));
      s3 = add(s3, mul(c, b3[j]!));
    }
    chunks.push([s0, s1, s2, s3]);
  }
  return foldFactors(chunks, factors.slice(dotBits));
}

/**
 * The coefficients of the line polynomial (bit i of the index stands for π^i(x), lowest first) with these 2^logSize values on the line
 * domain, one coordinate a list.
 */
export function interpolateLine(values: readonly ArrayLike<number>[], logSize: number): QM31[] {
  const layers = Array.from({ length: logSize }, (_, i) => inverseLineTwiddles(logSize - i));
  const [c0, c1, c2, c3] = values.map((coordinate) => {
    if (coordinate.length !== 2 ** logSize) throw bug(`${coordinate.length} values on a line domain of log size ${logSize}`);
    const list = Uint32Array.from(coordinate);
    for (let i = 0; i < logSize; i++) {
      const half = 2 ** i;
      for (let j = 0; j < list.length; j++) {
        if (j & half) continue;
        const a = list[j]!;
        const b = list[j + half]!;
        list[j] = add(a, b);
        list[j + half] = mul(sub(a, b), layers[i]![j >>> (i + 1)]!);
      }
    }
    divideByPowerOfTwo(list, logSize);
    return list;
  });
  if (!c0 || !c1 || !c2 || !c3) throw bug(`${values.length} coordinates of a line polynomial`);
  return Array.from(c0, (a, j) => [a, c1[j]!, c2[j]!, c3[j]!]);
}

/** The value of a line polynomial with 2^k coefficients at x. */
export function evaluateLine(coefficients: readonly QM31[], x: number | QM31): QM31 {
  const factors: QM31[] = [];
  let power = typeof x === 'number' ? qm31.from(x) : x;
  for (let size = 1; size < coefficients.length; size *= 2, power = doubleXOverQM31(power)) factors.push(power);
  return foldFactors(coefficients, factors);
}
