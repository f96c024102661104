// The complex extension CM31 = M31[i]/(i² + 1): a + b·i is [a, b]. The lower storey of QM31.
// Source: "Circle STARKs" (ePrint 2024/278) §2. Caveat: plain tuples, one allocation a result; bulk loops write the coordinates out.

import { bug } from './errors.ts';
import * as m31 from './m31.ts';

export type CM31 = readonly [number, number];

export const ZERO: CM31 = [0, 0];
export const ONE: CM31 = [1, 0];

export const add = (x: CM31, y: CM31): CM31 => [m31.add(x[0], y[0]), m31.add(x[1], y[1])];

export const sub = (x: CM31, y: CM31): CM31 => [m31.sub(x[0], y[0]), m31.sub(x[1], y[1])];

export const neg = (x: CM31): CM31 => [m31.neg(x[0]), m31.neg(x[1])];

/** (a + b·i)(c + d·i) = (ac - bd) + (ad + bc)·i */
export const mul = (x: CM31, y: CM31): CM31 => [
  m31.sub(m31.mul(x[0], y[0]), m31.mul(x[1], y[1])),
  m31.add(m31.mul(x[0], y[1]), m31.mul(x[1], y[0])),
];

/** `x` times an element of M31. */
export const scale = (x: CM31, factor: number): CM31 => [m31.mul(x[0], factor), m31.mul(x[1], factor)];

/** The product with 2 + i = u², the constant that defines QM31. */
export const timesTwoPlusI = (x: CM31): CM31 => [m31.sub(m31.add(x[0], x[0]), x[1]), m31.add(x[0], m31.add(x[1], x[1]))];

/**
 * `1/x` = (a - b·i)/(a² + b²); the norm is 0 for x = 0 only, because -1 is no square modulo P.
 * @throws bug if x = 0
 */
export function inverse(x: CM31): CM31 {
  if (isZero(x)) throw bug('inverse of zero in CM31');
  const norm = m31.inverse(m31.add(m31.mul(x[0], x[0]), m31.mul(x[1], x[1])));
  return [m31.mul(x[0], norm), m31.mul(m31.neg(x[1]), norm)];
}

export const equal = (x: CM31, y: CM31): boolean => x[0] === y[0] && x[1] === y[1];

export const isZero = (x: CM31): boolean => (x[0] | x[1]) === 0;
