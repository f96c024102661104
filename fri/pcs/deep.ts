// DEEP constants and the quotient at one position, scalar form. Source: PCS.md §6 (D6, D7): the line λY + μ through (p.y, v) and its
// conjugate, and D(Q) = (Q.x - Re p.x) - m·(Q.y - Re p.y), zero exactly at p and conj p.
// Caveat: a point whose y has no u-part would put a zero of D on the base circle; it is rejected.
import { rejected } from '../core/errors.ts';
import { add, mul, P, sub } from '../core/m31.ts';
import type { QM31 } from '../core/qm31.ts';
import * as Q from '../core/qm31.ts';
import type { Batch } from './layout.ts';

/** Columns of one block that a DEEP batch opens: column numbers and the power of δ of each, four words a power */
export interface DeepTerm {
  /** index into the blocks handed to `deep` */
  block: number;
  columns: readonly number[];
  powers: Uint32Array;
}

/** One opening point: Σ (Σ δ^e f_e(Q) - A·Q.y - B) / ((Q.x - px) - m·(Q.y - py)) over all batches (PCS.md §6) */
export interface DeepBatch {
  terms: readonly DeepTerm[];
  A: QM31;
  B: QM31;
  m: QM31;
  px: QM31;
  py: QM31;
}

/** the CM31 part e of e + f·u, as QM31 */
const realPart = (x: QM31): QM31 => [x[0], x[1], 0, 0];
/** the CM31 part f of e + f·u, as QM31 */
const uPart = (x: QM31): QM31 => [x[2], x[3], 0, 0];

/** an element that is summed up, in place: an array for every sample was half a megabyte of garbage a proof */
type Sum = [number, number, number, number];

/** sum += x·(re + im·i) */
function addMultiple(sum: Sum, x: QM31, re: number, im: number): void {
  for (let c = 0; c < 4; c += 2) {
    const a = x[c]!;
    const b = x[c + 1]!;
    sum[c] = add(sum[c]!, sub(mul(a, re), mul(b, im)));
    sum[c + 1] = add(sum[c + 1]!, add(mul(a, im), mul(b, re)));
  }
}

/**
 * Constants of every batch; exponents of δ run through all batches in order.
 * @param samples four words each
 * @throws rejected ZK0140 when an opening point's y has no u-part
 */
export function deepConstants(batches: readonly Batch[], samples: Uint32Array, delta: QM31): DeepBatch[] {
  let power = Q.ONE;
  return batches.map(({ point: [px, py], terms, samples: indices }) => {
    if (Q.isZero(uPart(py))) throw rejected('ZK0140', 'an opening point lies on a line of the base circle');
    const inverse = Q.inverse(uPart(py));
    // λ = u-part of the sample / u-part of p.y and μ = rest - λ·rest of p.y are linear in the sample: summed first, divided once
    const slopes: Sum = [0, 0, 0, 0];
    const rests: Sum = [0, 0, 0, 0];
    let next = 0;
    const weighted = terms.map(({ block, columns }) => {
      const powers = new Uint32Array(4 * columns.length);
      for (let i = 0; i < columns.length; i++) {
        const at = 4 * indices[next++]!;
        addMultiple(rests, power, samples[at]!, samples[at + 1]!);
        addMultiple(slopes, power, samples[at + 2]!, samples[at + 3]!);
        Q.put(powers, i, power);
        power = Q.mul(power, delta);
      }
      return { block, columns, powers };
    });
    const A = Q.mul(slopes, inverse);
    const B = Q.sub(rests, Q.mul(A, realPart(py)));
    return { terms: weighted, A, B, m: Q.mul(uPart(px), inverse), px: realPart(px), py: realPart(py) };
  });
}

/** cells are summed up in halves below this */
const HALF = 2 ** 16;
/** products below 2^47 whose sum stays far below 2^53 */
const SUMMED = 32;

/**
 * sum += Σ power·cell over up to SUMMED columns from `start` on. Coordinate by coordinate and the cell in two halves, so nothing is reduced inside:
 * this is most of what verifying computes besides hashing.
 */
function addWeighted(
  sum: Sum,
  powers: Uint32Array,
  columns: readonly number[],
  block: number,
  start: number,
  value: (block: number, column: number) => number,
): void {
  let l0 = 0;
  let l1 = 0;
  let l2 = 0;
  let l3 = 0;
  let h0 = 0;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  const end = Math.min(start + SUMMED, columns.length);
  for (let i = start; i < end; i++) {
    const cell = value(block, columns[i]!);
    const low = cell & (HALF - 1);
    const high = cell >>> 16;
    l0 += powers[4 * i]! * low;
    l1 += powers[4 * i + 1]! * low;
    l2 += powers[4 * i + 2]! * low;
    l3 += powers[4 * i + 3]! * low;
    h0 += powers[4 * i]! * high;
    h1 += powers[4 * i + 1]! * high;
    h2 += powers[4 * i + 2]! * high;
    h3 += powers[4 * i + 3]! * high;
  }
  sum[0] = (sum[0] + (l0 % P) + (((h0 % P) * HALF) % P)) % P;
  sum[1] = (sum[1] + (l1 % P) + (((h1 % P) * HALF) % P)) % P;
  sum[2] = (sum[2] + (l2 % P) + (((h2 % P) * HALF) % P)) % P;
  sum[3] = (sum[3] + (l3 % P) + (((h3 % P) * HALF) % P)) % P;
}

/** the quotient at a point of the base circle; `value(block, column)` is the opened cell */
export function deepValue(
  batches: readonly DeepBatch[],
  [x, y]: readonly [number, number],
  value: (block: number, column: number) => number,
): QM31 {
  let total = Q.ZERO;
  for (const { terms, A, B, m, px, py } of batches) {
    const numerator = [...Q.sub(Q.neg(Q.scale(A, y)), B)] as Sum;
    for (const { block, columns, powers } of terms)
      for (let start = 0; start < columns.length; start += SUMMED) addWeighted(numerator, powers, columns, block, start, value);
    const denominator = Q.sub(Q.sub(Q.from(x), px), Q.mul(m, Q.sub(Q.from(y), py)));
    total = Q.add(total, Q.mul(numerator, Q.inverse(denominator)));
  }
  return total;
}
