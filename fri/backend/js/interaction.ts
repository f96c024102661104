// Interaction columns of one instance: registers (affine recurrences over the rows), then LogUp partial sums within a row; and the running
// sum of a shard. Source: AIR.md §5.0. Caveat: the running sum is canonical, 0 on the last row; so are proof bytes. A trace whose first row
// continues its last one is no fill's: a prover that gets one has a bug; only the row check and the tests of forged traces ask for it.

import { bug, rejected, type ZkvmError } from '../../core/errors.ts';
import { add, inverse, mul } from '../../core/m31.ts';
import type { QM31 } from '../../core/qm31.ts';
import * as Q from '../../core/qm31.ts';
import type { Circuit } from '../seam.ts';
import { BLOCK_ROWS, BlockInterpreter, type RowSource } from './block-interpreter.ts';
import { addRows, allocate, at, copy, type Felts, fill, invertAll, multiply, put, scaleRows } from './felts.ts';

/** copies rows start … of a cyclic column, one row back if asked */
export function copyRows(column: Uint32Array, back: boolean, out: Uint32Array, start: number, count: number): void {
  if (!back) out.set(column.subarray(start, start + count));
  else if (start > 0) out.set(column.subarray(start - 1, start - 1 + count));
  else {
    out[0] = column[column.length - 1]!;
    out.set(column.subarray(0, count - 1), 1);
  }
}

/** A fill begins with the first row of a run: what the register was on the last row is of no use to the first. */
export const continuesLastRow = (circuit: string): ZkvmError =>
  bug(`${circuit}: the first row of a register's column depends on its last one`);

/**
 * @param cells preprocessed columns, then base columns, in row order
 * @param anyTrace the trace is nobody's fill: its first row may continue a run that ends the column
 * @returns QM31 columns: registers, then sums
 * @throws rejected ZK0150 when a denominator is zero, with probability below 2^-58: the prover stops (PCS.md §6); bug when the first row
 *   continues the last one
 */
export function interactionColumns(
  circuit: Circuit,
  cells: readonly Uint32Array[],
  logSize: number,
  parameters: readonly QM31[],
  anyTrace = false,
): Felts[] {
  const rows = 2 ** logSize;
  const felts: Felts[] = Array.from({ length: circuit.registers.length + circuit.sums.length }, () => allocate(rows));
  const source: RowSource = {
    cell: (index, back, out, start, count) => copyRows(cells[index]!, back, out, start, count),
    felt: (index, back, out, start, count) => {
      for (let c = 0; c < 4; c++) copyRows(felts[index]![c]!, back, out[c]!, start, count);
    },
  };
  const value = (run: BlockInterpreter, id: number, i: number): QM31 => (run.isExt(id) ? at(run.ext(id), i) : Q.from(run.base(id)[i]!));

  circuit.registers.forEach(({ carry, add }, index) => {
    const run = new BlockInterpreter(circuit.graph, [carry, add], parameters, source);
    const column = felts[index]!;
    let firstCarry = Q.ZERO;
    const pass = (first: QM31): QM31 => {
      let state = first;
      for (let start = 0; start < rows; start += BLOCK_ROWS) {
        const count = Math.min(BLOCK_ROWS, rows - start);
        run.run(start, count);
        if (start === 0) firstCarry = value(run, carry, 0);
        for (let i = 0; i < count; i++) {
          state = Q.add(Q.mul(value(run, carry, i), state), value(run, add, i));
          put(column, start + i, state);
        }
      }
      return state;
    };
    const last = pass(Q.ZERO);
    if (Q.isZero(last) || Q.isZero(firstCarry)) return;
    if (!anyTrace) throw continuesLastRow(circuit.name);
    pass(last); // there is a reset before the last row, so its value is the same this time
  });

  const fractions = circuit.sums.flat();
  const run = new BlockInterpreter(
    circuit.graph,
    fractions.flatMap((f) => [f.numerator, f.denominator]),
    parameters,
    source,
  );
  const first = circuit.registers.length;
  const inverses = fractions.map(() => allocate(BLOCK_ROWS));
  const prefixes = fractions.map(() => allocate(BLOCK_ROWS));
  const [partial, term] = [allocate(BLOCK_ROWS), allocate(BLOCK_ROWS)];
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows - start);
    run.run(start, count);
    for (const [k, { denominator }] of fractions.entries()) {
      const [d0, d1, d2, d3] = inverses[k]!;
      if (run.isExt(denominator)) copy(inverses[k]!, run.ext(denominator), count);
      else {
        fill(inverses[k]!, Q.ZERO);
        d0.set(run.base(denominator));
      }
      for (let i = 0; i < count; i++)
        if ((d0[i]! | d1[i]! | d2[i]! | d3[i]!) === 0)
          throw rejected('ZK0150', 'a LogUp denominator is zero', `${circuit.name} row ${start + i}`);
    }
    invertAll(inverses, prefixes, count);
    fill(partial, Q.ZERO);
    let k = 0;
    for (const [j, pair] of circuit.sums.entries()) {
      for (const { numerator } of pair) {
        const inverted = inverses[k++]!;
        if (run.isExt(numerator)) multiply(term, run.ext(numerator), inverted, count);
        else scaleRows(term, inverted, run.base(numerator), count);
        addRows(partial, term, count);
      }
      for (let c = 0; c < 4; c++) felts[first + j]![c]!.set(partial[c]!.subarray(0, count), start);
    }
  }
  return felts;
}

/** Σ of all entries */
export const total = (v: Felts): QM31 => {
  let sum = Q.ZERO;
  for (let i = 0; i < v[0].length; i++) sum = Q.add(sum, at(v, i));
  return sum;
};

/** `steps` += 2^(k - L)·`last` in every copy of its 2^k rows, 2^L of them */
export function addSteps(steps: Felts, last: Felts): void {
  const rows = last[0].length;
  const factor = inverse(steps[0].length / rows);
  for (let c = 0; c < 4; c++) {
    const [to, from] = [steps[c]!, last[c]!.map((x) => mul(factor, x))];
    for (let start = 0; start < to.length; start += rows) for (let i = 0; i < rows; i++) to[start + i] = add(to[start + i]!, from[i]!);
  }
}

/** `Backend.runningSum`; @returns the sum of all steps */
export function runningSum(steps: Felts): QM31 {
  const sum = total(steps);
  const share = Q.scale(sum, inverse(steps[0].length));
  let state = Q.ZERO;
  for (let i = 0; i < steps[0].length; i++) {
    state = Q.sub(Q.add(state, at(steps, i)), share);
    put(steps, i, state);
  }
  return sum;
}
