// The field M31: integers modulo P = 2^31 - 1, as plain numbers.
// Source: "Circle STARKs" (ePrint 2024/278) §2; every function takes and returns canonical numbers 0..P-1.
// Caveat: nothing here checks that its inputs are canonical; `fri/pcs/stream.ts` does that for whatever comes from outside.

import { bug } from './errors.ts';

/** The modulus 2^31 - 1. */
export const P = 2147483647;

// Slightly below 1/P, so that the estimated quotient of `mul` is never too large.
const INVERSE_OF_P = (1 / P) * (1 - 2 ** -50);

/** `a + b`. Without a branch: the carry is random, and a branch costs three times as much as the mask. */
export const add = (a: number, b: number): number => {
  const t = (a + b - P) | 0;
  return (t + ((t >> 31) & P)) | 0;
};

/** `a - b`. */
export const sub = (a: number, b: number): number => {
  const t = (a - b) | 0;
  return (t + ((t >> 31) & P)) | 0;
};

/** `-a`. */
export const neg = (a: number): number => (a === 0 ? 0 : P - a);

/**
 * `a · b`, exact. The quotient q is estimated in floating point: a·b/P < 2^31 has an error below 2^-18, so q is the true quotient or
 * one less, and a·b - q·P in 0..2P-1 is computed modulo 2^32 (q·P = 2^31 q - q).
 * Measured on V8 11 (Node 20, one shared core), multiply-adds a second: this 208 M, five 16-bit partial products 179 M, exact high
 * half through doubles 151 M, two remainders of doubles (`%`) 33 M.
 */
export const mul = (a: number, b: number): number => {
  const q = (a * b * INVERSE_OF_P) | 0;
  const t = (((Math.imul(a, b) + q) | 0) - (((q << 31) + P) | 0)) | 0;
  return (t + ((t >> 31) & P)) | 0;
};

/** `base^exponent` for an integer `exponent` ≥ 0 below 2^53. */
export function pow(base: number, exponent: number): number {
  let result = 1;
  for (let e = exponent, square = base; e > 0; e = Math.floor(e / 2), square = mul(square, square)) {
    if (e % 2 === 1) result = mul(result, square);
  }
  return result;
}

const squareTimes = (a: number, times: number): number => {
  let result = a;
  for (let i = 0; i < times; i++) result = mul(result, result);
  return result;
};

/**
 * `1/a` = a^(P-2), by an addition chain of 37 multiplications; `ones(n)` below is a^(2^n - 1) and P - 2 = 4·(2^29 - 1) + 1.
 * @throws bug if a = 0
 */
export function inverse(a: number): number {
  if (a === 0) throw bug('inverse of zero in M31');
  const ones2 = mul(mul(a, a), a);
  const ones3 = mul(mul(ones2, ones2), a);
  const ones6 = mul(squareTimes(ones3, 3), ones3);
  const ones7 = mul(mul(ones6, ones6), a);
  const ones14 = mul(squareTimes(ones7, 7), ones7);
  const ones28 = mul(squareTimes(ones14, 14), ones14);
  const ones29 = mul(mul(ones28, ones28), a);
  return mul(squareTimes(ones29, 2), a);
}

/**
 * The inverses of all values with one inversion and three multiplications a value (Montgomery's trick).
 * @throws bug if one of them is 0
 */
export function batchInverse(values: Uint32Array): Uint32Array {
  const inverses = new Uint32Array(values.length);
  let product = 1;
  for (let i = 0; i < values.length; i++) {
    inverses[i] = product;
    product = mul(product, values[i]!);
  }
  let rest = inverse(product);
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = mul(rest, inverses[i]!);
    rest = mul(rest, values[i]!);
  }
  return inverses;
}
