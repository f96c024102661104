// The secure field QM31 = CM31[u]/(u² - 2 - i), of size P^4 ≈ 2^124: (a + bi) + (c + di)·u is [a, b, c, d]. Challenges live here.
// Source: S-two whitepaper (2026) §3; PCS.md writes Re v = [a, b], Im v = [c, d] and conj v = Re v - Im v·u.
// Caveat: plain tuples, one allocation a result; bulk loops write the coordinates out.

import * as cm31 from './cm31.ts';
import { bug } from './errors.ts';
import * as m31 from './m31.ts';

// Bound once, as in fft.ts: module loaders that look imports up at each use make these several times slower.
const plus = m31.add;
const minus = m31.sub;
const times = m31.mul;

export type QM31 = readonly [number, number, number, number];

export const ZERO: QM31 = [0, 0, 0, 0];
export const ONE: QM31 = [1, 0, 0, 0];
/** 1, i, u, i·u: what coordinates count. */
export const UNITS: readonly QM31[] = [ONE, [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];

/** An element of M31 as one of QM31. */
export const from = (a: number): QM31 => [a, 0, 0, 0];

/** The CM31 coordinates of 1 and of u. */
const realPart = (x: QM31): cm31.CM31 => [x[0], x[1]];
const imaginaryPart = (x: QM31): cm31.CM31 => [x[2], x[3]];

export const add = (x: QM31, y: QM31): QM31 => [plus(x[0], y[0]), plus(x[1], y[1]), plus(x[2], y[2]), plus(x[3], y[3])];

export const sub = (x: QM31, y: QM31): QM31 => [minus(x[0], y[0]), minus(x[1], y[1]), minus(x[2], y[2]), minus(x[3], y[3])];

export const neg = (x: QM31): QM31 => [m31.neg(x[0]), m31.neg(x[1]), m31.neg(x[2]), m31.neg(x[3])];

/** (e + f·u)(g + h·u) = (eg + (2 + i)·fh) + (eh + fg)·u */
export function mul(x: QM31, y: QM31): QM31 {
  // by index: destructuring makes an iterator, and four results, in code that is not optimised yet (2 MB a proof)
  const x0 = x[0];
  const x1 = x[1];
  const x2 = x[2];
  const x3 = x[3];
  const y0 = y[0];
  const y1 = y[1];
  const y2 = y[2];
  const y3 = y[3];
  const eg0 = minus(times(x0, y0), times(x1, y1));
  const eg1 = plus(times(x0, y1), times(x1, y0));
  const fh0 = minus(times(x2, y2), times(x3, y3));
  const fh1 = plus(times(x2, y3), times(x3, y2));
  const eh0 = minus(times(x0, y2), times(x1, y3));
  const eh1 = plus(times(x0, y3), times(x1, y2));
  const fg0 = minus(times(x2, y0), times(x3, y1));
  const fg1 = plus(times(x2, y1), times(x3, y0));
  return [plus(eg0, minus(plus(fh0, fh0), fh1)), plus(eg1, plus(fh0, plus(fh1, fh1))), plus(eh0, fg0), plus(eh1, fg1)];
}

/** The 16 numbers of the matrix of multiplication by x over 1, i, u, iu, row by row: for many products by one factor. */
export const matrixOf = (x: QM31): number[] => {
  const columns = UNITS.map((unit) => mul(x, unit));
  return [0, 1, 2, 3].flatMap((c) => columns.map((column) => column[c]!));
};

/** `x` times an element of M31. */
export const scale = (x: QM31, factor: number): QM31 => [
  times(x[0], factor),
  times(x[1], factor),
  times(x[2], factor),
  times(x[3], factor),
];

/**
 * `1/x` = (e - f·u)/(e² - (2 + i)·f²).
 * @throws bug if x = 0
 */
export function inverse(x: QM31): QM31 {
  if (isZero(x)) throw bug('inverse of zero in QM31');
  const e = realPart(x);
  const f = imaginaryPart(x);
  const norm = cm31.inverse(cm31.sub(cm31.mul(e, e), cm31.timesTwoPlusI(cm31.mul(f, f))));
  const [a, b] = cm31.mul(e, norm);
  const [c, d] = cm31.mul(cm31.neg(f), norm);
  return [a, b, c, d];
}

/**
 * `x^exponent` for an integer exponent, negative ones included.
 * @throws bug if x = 0 and the exponent is negative
 */
export function pow(x: QM31, exponent: number): QM31 {
  if (exponent < 0) return pow(inverse(x), -exponent);
  let result = ONE;
  for (let e = exponent, square = x; e > 0; e = Math.floor(e / 2), square = mul(square, square)) {
    if (e % 2 === 1) result = mul(result, square);
  }
  return result;
}

export const equal = (x: QM31, y: QM31): boolean => x[0] === y[0] && x[1] === y[1] && x[2] === y[2] && x[3] === y[3];

export const isZero = (x: QM31): boolean => (x[0] | x[1] | x[2] | x[3]) === 0;

/** elements one after the other, four words each: how many of them travel and wait, since an array for each outlives young garbage */
export const toWords = (list: readonly QM31[]): Uint32Array => Uint32Array.from(list.flat());

/** element `index` of such words */
export const at = (words: Uint32Array, index: number): QM31 => [
  words[4 * index]!,
  words[4 * index + 1]!,
  words[4 * index + 2]!,
  words[4 * index + 3]!,
];

/** writes element `index` of such words */
export function put(words: Uint32Array, index: number, x: QM31): void {
  for (let c = 0; c < 4; c++) words[4 * index + c] = x[c]!;
}

export const fromWords = (words: Uint32Array): QM31[] => Array.from({ length: words.length / 4 }, (_, i) => at(words, i));

/** 1, x, x², … : `count` powers. */
export function powers(x: QM31, count: number): QM31[] {
  const list: QM31[] = [];
  for (let i = 0, power = ONE; i < count; i++, power = mul(power, x)) list.push(power);
  return list;
}
