// DEEP constants and the quotient at one position, scalar form. Source: PCS.md §6 (D6, D7): the line λY + μ through (p.y, v) and its
// conjugate, and D(Q) = (Q.x - Re p.x) - m·(Q.y - Re p.y), zero exactly at p and conj p.
// Caveat: a point whose y has no u-part would put a zero of D on the base circle; it is rejected.
import { rejected } from '../core/errors.ts';
import { add, mul, sub } from '../core/m31.ts';
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

/** the quotient at a point of the base circle; `value(block, column)` is the opened cell */
export function deepValue(
  batches: readonly DeepBatch[],
  [x, y]: readonly [number, number],
  value: (block: number, column: number) => number,
): QM31 {
  let total = Q.ZERO;
  for (const { terms, A, B, m, px, py } of batches) {
    const numerator = [...Q.sub(Q.neg(Q.scale(A, y)), B)] as Sum;
    // coordinate by coordinate: this is most of what verifying computes, and elements would be garbage
    for (const { block, columns, powers } of terms)
      for (let i = 0; i < columns.length; i++) {
        const cell = value(block, columns[i]!);
        for (let c = 0; c < 4; c++) numerator[c] = add(numerator[c]!, mul(powers[4 * i + c]!, cell));
      }
    const denominator = Q.sub(Q.sub(Q.from(x), px), Q.mul(m, Q.sub(Q.from(y), py)));
    total = Q.add(total, Q.mul(numerator, Q.inverse(denominator)));
  }
  return total;
}
