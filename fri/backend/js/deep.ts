// The DEEP quotient on the largest domain. Source: PCS.md §6 (D6). The numerator of a batch is summed at every height on its own
// and lifted while going up, so a small column costs its own cells only. Caveat: one CM31 inversion a row and batch.

import { domain, lift } from '../../core/circle.ts';
import type { CM31 } from '../../core/cm31.ts';
import * as C from '../../core/cm31.ts';
import { add, mul, sub } from '../../core/m31.ts';
import type { QM31 } from '../../core/qm31.ts';
import * as Q from '../../core/qm31.ts';
import type { DeepBatch } from '../../pcs/deep.ts';
import { addScaled, allocate, type Felts } from './felts.ts';
import type { Evaluation } from './tree.ts';

/** Σ δ^e f_e of one batch on the domain of log size n */
function numerator(blocks: readonly (readonly Evaluation[])[], batch: DeepBatch, logSize: number): Felts {
  const byHeight = new Map<number, { column: Evaluation; power: QM31 }[]>();
  for (const { block, columns, powers } of batch.terms)
    columns.forEach((index, i) => {
      const column = blocks[block]![index]!;
      const list = byHeight.get(column.logSize) ?? [];
      list.push({ column, power: Q.at(powers, i) });
      byHeight.set(column.logSize, list);
    });
  const heights = [...new Set([...byHeight.keys(), logSize])].sort((x, y) => x - y);
  let total: Felts | undefined;
  let from = 0;
  for (const height of heights) {
    const next = allocate(2 ** height);
    if (total)
      for (let row = 0; row < 2 ** height; row++) {
        const source = lift(row, height, from);
        for (let c = 0; c < 4; c++) next[c]![row] = total[c]![source]!;
      }
    for (const { column, power } of byHeight.get(height) ?? []) addScaled(next, power, column.values, 2 ** height);
    total = next;
    from = height;
  }
  return total!;
}

/** inverts CM31 values in place: re, im columns; one M31 inversion in all */
function invertComplex(re: Uint32Array, im: Uint32Array): void {
  const prefix: CM31[] = new Array(re.length);
  let product: CM31 = [1, 0];
  for (let i = 0; i < re.length; i++) {
    prefix[i] = product;
    product = C.mul(product, [re[i]!, im[i]!]);
  }
  let rest = C.inverse(product);
  for (let i = re.length - 1; i >= 0; i--) {
    const inverse = C.mul(rest, prefix[i]!);
    rest = C.mul(rest, [re[i]!, im[i]!]);
    re[i] = inverse[0];
    im[i] = inverse[1];
  }
}

/** F(Q) = Σ_batches (Σ_e δ^e f_e(Q) - A·Q.y - B) / D(Q), storage order of log size n */
export function deepQuotient(blocks: readonly (readonly Evaluation[])[], batches: readonly DeepBatch[], logSize: number): Felts {
  const size = 2 ** logSize;
  const { x, y } = domain(logSize);
  const out = allocate(size);
  for (const batch of batches) {
    const sum = numerator(blocks, batch, logSize);
    const re = new Uint32Array(size);
    const im = new Uint32Array(size);
    const { m, px, py, A, B } = batch;
    for (let i = 0; i < size; i++) {
      const dy0 = sub(y[i]!, py[0]);
      const dy1 = sub(0, py[1]);
      re[i] = sub(sub(x[i]!, px[0]), sub(mul(m[0], dy0), mul(m[1], dy1)));
      im[i] = sub(sub(0, px[1]), add(mul(m[0], dy1), mul(m[1], dy0)));
    }
    invertComplex(re, im);
    for (let i = 0; i < size; i++) {
      const row = y[i]!;
      const n0 = sub(sum[0][i]!, add(mul(A[0], row), B[0]));
      const n1 = sub(sum[1][i]!, add(mul(A[1], row), B[1]));
      const n2 = sub(sum[2][i]!, add(mul(A[2], row), B[2]));
      const n3 = sub(sum[3][i]!, add(mul(A[3], row), B[3]));
      const d0 = re[i]!;
      const d1 = im[i]!;
      out[0][i] = add(out[0][i]!, sub(mul(n0, d0), mul(n1, d1)));
      out[1][i] = add(out[1][i]!, add(mul(n0, d1), mul(n1, d0)));
      out[2][i] = add(out[2][i]!, sub(mul(n2, d0), mul(n3, d1)));
      out[3][i] = add(out[3][i]!, add(mul(n2, d1), mul(n3, d0)));
    }
  }
  return out;
}
