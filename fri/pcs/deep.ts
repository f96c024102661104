// DEEP constants and the quotients at the verifier's positions. Source: PCS.md §6 (D6, D7): the line λY + μ through (p.y, v) and its
// conjugate, and D(Q) = (Q.x - Re p.x) - m·(Q.y - Re p.y), zero exactly at p and conj p.
// Caveat: a point whose y has no u-part would put a zero of D on the base circle; it is rejected.
import type { Points } from '../core/circle.ts';
import { rejected } from '../core/errors.ts';
import { add, batchInverse, mul, P, sub } from '../core/m31.ts';
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

/** sums += x·(re + im·i), of the elements at these words: in place, since an array for every sample was half a megabyte of garbage a proof */
function addMultiple(sums: Uint32Array, at: number, x: Uint32Array, from: number, re: number, im: number): void {
  for (let c = 0; c < 4; c += 2) {
    const a = x[from + c]!;
    const b = x[from + c + 1]!;
    sums[at + c] = add(sums[at + c]!, sub(mul(a, re), mul(b, im)));
    sums[at + c + 1] = add(sums[at + c + 1]!, add(mul(a, im), mul(b, re)));
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
    const slopes = new Uint32Array(4);
    const rests = new Uint32Array(4);
    let next = 0;
    const weighted = terms.map(({ block, columns }) => {
      const powers = new Uint32Array(4 * columns.length);
      for (let i = 0; i < columns.length; i++) {
        const at = 4 * indices[next++]!;
        Q.put(powers, i, power);
        addMultiple(rests, 0, powers, 4 * i, samples[at]!, samples[at + 1]!);
        addMultiple(slopes, 0, powers, 4 * i, samples[at + 2]!, samples[at + 3]!);
        power = Q.mul(power, delta);
      }
      return { block, columns, powers };
    });
    const A = Q.mul(Q.at(slopes, 0), inverse);
    const B = Q.sub(Q.at(rests, 0), Q.mul(A, realPart(py)));
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
 * @param first where the block's columns begin in `cells`
 */
function addWeighted(sum: Uint32Array, { columns, powers }: DeepTerm, start: number, cells: Uint32Array, first: number): void {
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
    const cell = cells[first + columns[i]!]!;
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
  sum[0] = (sum[0]! + l0 + (h0 % P) * HALF) % P;
  sum[1] = (sum[1]! + l1 + (h1 % P) * HALF) % P;
  sum[2] = (sum[2]! + l2 + (h2 % P) * HALF) % P;
  sum[3] = (sum[3]! + l3 + (h3 % P) * HALF) % P;
}

/**
 * 1/((x - Re p.x) - m·(y - Re p.y)) of every batch at every point, two words each: in CM31, because Re p.x, Re p.y and m are. One inversion, of all
 * norms together.
 */
function inverseDenominators(batches: readonly DeepBatch[], [xs, ys]: Points): Uint32Array {
  const count = batches.length * xs.length;
  const list = new Uint32Array(2 * count);
  const norms = new Uint32Array(count);
  let next = 0;
  for (const { m, px, py } of batches) {
    const rest = Q.sub(Q.mul(m, py), px);
    for (let i = 0; i < xs.length; i++, next++) {
      const re = add(sub(xs[i]!, mul(m[0], ys[i]!)), rest[0]);
      const im = sub(rest[1], mul(m[1], ys[i]!));
      norms[next] = add(mul(re, re), mul(im, im));
      list[2 * next] = re;
      list[2 * next + 1] = sub(0, im);
    }
  }
  const inverses = batchInverse(norms);
  for (let i = 0; i < list.length; i++) list[i] = mul(list[i]!, inverses[i >> 1]!);
  return list;
}

/**
 * The quotients at points of the base circle, four words each.
 * @param cells all opened cells of the first point, then all of the next
 * @param firsts where the columns of each block begin among those of a point
 */
export function deepValues(batches: readonly DeepBatch[], points: Points, cells: Uint32Array, firsts: readonly number[]): Uint32Array {
  const ys = points[1];
  const width = cells.length / ys.length;
  const inverses = inverseDenominators(batches, points);
  const values = new Uint32Array(4 * ys.length);
  const numerator = new Uint32Array(4);
  let next = 0;
  for (const { terms, A, B } of batches)
    for (let i = 0; i < ys.length; i++, next += 2) {
      for (let c = 0; c < 4; c++) numerator[c] = sub(sub(0, mul(A[c]!, ys[i]!)), B[c]!);
      for (const term of terms)
        for (let start = 0; start < term.columns.length; start += SUMMED)
          addWeighted(numerator, term, start, cells, i * width + firsts[term.block]!);
      addMultiple(values, 4 * i, numerator, 0, inverses[next]!, inverses[next + 1]!);
    }
  return values;
}
