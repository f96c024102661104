// The composition: Σ c^i C_i / V of every instance on the canonic coset of twice its rows, as coefficients, lifted in coefficient
// space, added and split at V_L. Source: PCS.md §4. Caveat: the lift in coefficient space needs the factor 2^m for odd (y)
// coefficients, because y∘π^m = 2^m · y · x · π(x) ⋯ π^(m-1)(x).

import { previousPosition, vanishingOnDomain } from '../../core/circle.ts';
import { interpolate } from '../../core/fft.ts';
import { add, batchInverse, mul, neg, pow } from '../../core/m31.ts';
import type { QM31 } from '../../core/qm31.ts';
import type { Circuit } from '../seam.ts';
import { BLOCK_ROWS, BlockInterpreter, type RowSource } from './block-interpreter.ts';
import { allocate, type Felts } from './felts.ts';

/** values of one instance's columns on the canonic coset of log size logSize + 1, storage order */
export interface InstanceValues {
  circuit: Circuit;
  logSize: number;
  /** preprocessed columns, then base columns */
  cells: readonly Uint32Array[];
  /** four coordinates each */
  felts: readonly Felts[];
  parameters: readonly QM31[];
  powers: readonly QM31[];
}

/** adds Σ c^i C_i / V_k of one instance to `total`, storage order of log size k + 1 */
export function addQuotient({ circuit, logSize, cells, felts, parameters, powers }: InstanceValues, total: Felts): void {
  const size = 2 ** (logSize + 1);
  const previous = Uint32Array.from({ length: size }, (_, position) => previousPosition(logSize + 1, logSize, position));
  const copy = (column: Uint32Array, back: boolean, out: Uint32Array, start: number, count: number): void => {
    if (back) for (let i = 0; i < count; i++) out[i] = column[previous[start + i]!]!;
    else out.set(column.subarray(start, start + count));
  };
  const source: RowSource = {
    cell: (index, back, out, start, count) => copy(cells[index]!, back, out, start, count),
    felt: (index, back, out, start, count) => {
      for (let c = 0; c < 4; c++) copy(felts[index]![c]!, back, out[c]!, start, count);
    },
  };
  const run = new BlockInterpreter(circuit.graph, circuit.constraints, parameters, source);
  const vanishingInverse = batchInverse(vanishingOnDomain(logSize));
  const sum = allocate(BLOCK_ROWS);
  const [s0, s1, s2, s3] = sum;
  for (let start = 0; start < size; start += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, size - start);
    run.run(start, count);
    for (const column of sum) column.fill(0);
    circuit.constraints.forEach((id, index) => {
      const [p0, p1, p2, p3] = powers[index]!;
      if (!run.isExt(id)) {
        const v = run.base(id);
        for (let i = 0; i < count; i++) {
          const x = v[i]!;
          s0[i] = add(s0[i]!, mul(p0, x));
          s1[i] = add(s1[i]!, mul(p1, x));
          s2[i] = add(s2[i]!, mul(p2, x));
          s3[i] = add(s3[i]!, mul(p3, x));
        }
        return;
      }
      const v = run.ext(id);
      accumulateProduct(sum, v, powers[index]!, count);
    });
    for (let c = 0; c < 4; c++) {
      const from = sum[c]!;
      const to = total[c]!;
      for (let i = 0; i < count; i++) to[start + i] = add(to[start + i]!, mul(from[i]!, vanishingInverse[start + i]!));
    }
  }
}

/** sum += x·k for a vector x and one constant k: coordinate c of the product is linear in x */
function accumulateProduct(sum: Felts, x: Felts, [k0, k1, k2, k3]: QM31, count: number): void {
  const double = (v: number): number => add(v, v);
  // rows of the matrix of multiplication by k over the basis 1, i, u, iu (u² = 2 + i)
  const matrix = [
    [k0, neg(k1), add(double(k2), neg(k3)), neg(add(k2, double(k3)))],
    [k1, k0, add(k2, double(k3)), add(double(k2), neg(k3))],
    [k2, neg(k3), k0, neg(k1)],
    [k3, k2, k1, k0],
  ];
  for (let c = 0; c < 4; c++) {
    const out = sum[c]!;
    const [m0, m1, m2, m3] = matrix[c]! as [number, number, number, number];
    const [x0, x1, x2, x3] = x;
    for (let i = 0; i < count; i++)
      out[i] = add(out[i]!, add(add(mul(m0, x0[i]!), mul(m1, x1[i]!)), add(mul(m2, x2[i]!), mul(m3, x3[i]!))));
  }
}

/** Coefficients of the eight composition columns from the quotients by height. */
export function splitComposition(quotients: ReadonlyMap<number, Felts>, logSize: number): Uint32Array[] {
  const size = 2 ** logSize;
  const coefficients = Array.from({ length: 4 }, () => new Uint32Array(2 * size));
  for (const [k, values] of quotients) {
    const lift = logSize - k;
    const odd = pow(2, lift);
    for (let c = 0; c < 4; c++) {
      const small = interpolate(values[c]!, k + 1);
      const target = coefficients[c]!;
      for (let j = 0; j < small.length; j++) {
        const high = (j >>> 1) * 2 ** (lift + 1);
        const at = j & 1 ? high + 2 ** (lift + 1) - 1 : high;
        target[at] = add(target[at]!, j & 1 ? mul(odd, small[j]!) : small[j]!);
      }
    }
  }
  return [0, 1].flatMap((half) => coefficients.map((column) => column.slice(half * size, (half + 1) * size)));
}
