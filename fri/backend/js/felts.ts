// Vectors of QM31 as four coordinate columns, and the loops over them. Source: PCS.md §1 (coordinates).
// Caveat: outputs may alias inputs position by position, never with an offset.
import { add, mul, sub } from '../../core/m31.ts';
import type { QM31 } from '../../core/qm31.ts';
import * as Q from '../../core/qm31.ts';

/** coordinate columns 0…3 of a vector of QM31 */
export type Felts = readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

export const allocate = (length: number): Felts => [
  new Uint32Array(length),
  new Uint32Array(length),
  new Uint32Array(length),
  new Uint32Array(length),
];

export const at = (v: Felts, i: number): QM31 => [v[0][i]!, v[1][i]!, v[2][i]!, v[3][i]!];

export const put = (v: Felts, i: number, x: QM31): void => {
  v[0][i] = x[0];
  v[1][i] = x[1];
  v[2][i] = x[2];
  v[3][i] = x[3];
};

export const fill = (v: Felts, x: QM31): void => {
  for (let c = 0; c < 4; c++) v[c]!.fill(x[c]!);
};

/** out[i] = a[i]·b[i]; (x0 + x1 u)(y0 + y1 u) = x0 y0 + (2 + i) x1 y1 + (x0 y1 + x1 y0) u */
export function multiply(out: Felts, a: Felts, b: Felts, count: number): void {
  const [a0, a1, a2, a3] = a;
  const [b0, b1, b2, b3] = b;
  const [o0, o1, o2, o3] = out;
  for (let i = 0; i < count; i++) {
    const x0 = a0[i]!;
    const x1 = a1[i]!;
    const x2 = a2[i]!;
    const x3 = a3[i]!;
    const y0 = b0[i]!;
    const y1 = b1[i]!;
    const y2 = b2[i]!;
    const y3 = b3[i]!;
    const c = sub(mul(x2, y2), mul(x3, y3));
    const d = add(mul(x2, y3), mul(x3, y2));
    o0[i] = add(sub(mul(x0, y0), mul(x1, y1)), sub(add(c, c), d));
    o1[i] = add(add(mul(x0, y1), mul(x1, y0)), add(c, add(d, d)));
    o2[i] = add(sub(mul(x0, y2), mul(x1, y3)), sub(mul(x2, y0), mul(x3, y1)));
    o3[i] = add(add(mul(x0, y3), mul(x1, y2)), add(mul(x2, y1), mul(x3, y0)));
  }
}

/** out += x·column, one QM31 constant and an M31 column */
export function addScaled(out: Felts, x: QM31, column: Uint32Array, count: number): void {
  for (let c = 0; c < 4; c++) {
    const o = out[c]!;
    const k = x[c]!;
    if (k !== 0) for (let i = 0; i < count; i++) o[i] = add(o[i]!, mul(k, column[i]!));
  }
}

/** out = a */
export const copy = (out: Felts, a: Felts, count: number): void => {
  for (let c = 0; c < 4; c++) out[c]!.set(a[c]!.subarray(0, count));
};

/** out += a */
export function addRows(out: Felts, a: Felts, count: number): void {
  for (let c = 0; c < 4; c++) {
    const [o, x] = [out[c]!, a[c]!];
    for (let i = 0; i < count; i++) o[i] = add(o[i]!, x[i]!);
  }
}

/** out[i] = a[i] times an element of M31 for each row */
export function scaleRows(out: Felts, a: Felts, factors: Uint32Array, count: number): void {
  for (let c = 0; c < 4; c++) {
    const [o, x] = [out[c]!, a[c]!];
    for (let i = 0; i < count; i++) o[i] = mul(x[i]!, factors[i]!);
  }
}

/** inverts every entry in place with one inversion (Montgomery's trick); zero entries are an error of the caller */
function invert(v: Felts, count: number): void {
  const prefix: QM31[] = new Array(count);
  let product = Q.ONE;
  for (let i = 0; i < count; i++) {
    prefix[i] = product;
    product = Q.mul(product, at(v, i));
  }
  let rest = Q.inverse(product);
  for (let i = count - 1; i >= 0; i--) {
    const x = at(v, i);
    put(v, i, Q.mul(rest, prefix[i]!));
    rest = Q.mul(rest, x);
  }
}

/**
 * Inverts every entry of several vectors in place, as `invert` does, with products that run through the vectors and only then along the last of them: loops
 * over columns instead of an array an entry, half the time. Zero entries are an error of the caller.
 * @param prefixes as many vectors again, to be overwritten
 */
export function invertAll(vectors: readonly Felts[], prefixes: readonly Felts[], count: number): void {
  const product = allocate(count);
  product[0].fill(1);
  for (const [k, v] of vectors.entries()) {
    copy(prefixes[k]!, product, count);
    multiply(product, product, v, count);
  }
  invert(product, count);
  for (let k = vectors.length - 1; k >= 0; k--) {
    const [v, inverse] = [vectors[k]!, prefixes[k]!];
    multiply(inverse, inverse, product, count);
    multiply(product, product, v, count);
    copy(v, inverse, count);
  }
}
