// Rows to coefficients and coefficients to values, a task a column. Source: PCS.md §2, §3. Caveat: a domain of fewer than eight
// points is left to fri/core/fft.ts.
import { rowPosition } from '../../fri/core/circle.ts';
import { evaluate, interpolate } from '../../fri/core/fft.ts';
import type { Session, WasmBlock } from './session.ts';

/** the kernels work on eight values at least */
export const LEAST_LOG = 3;

/** puts each column's last value in front of it */
export function closeRows(session: Session, { address, stride, columns, logSize }: WasmBlock): void {
  const words = session.words();
  for (let c = 0; c < columns; c++) {
    const start = (address + c * stride) / 4;
    words[start - 1] = words[start + 2 ** logSize - 1]!;
  }
}

/** copies columns in, and their last values in front of them */
export function upload(session: Session, columns: readonly Uint32Array[], logSize: number): WasmBlock {
  const block = session.block(columns.length, logSize);
  columns.forEach((column, c) => {
    session.view(block, c).set(column);
  });
  closeRows(session, block);
  return block;
}

/** trace rows → coefficients, in a new block */
export function interpolateRows(session: Session, rows: WasmBlock): WasmBlock {
  const { columns, logSize } = rows;
  const out = session.block(columns, logSize);
  if (logSize < LEAST_LOG) {
    for (let c = 0; c < columns; c++) {
      const column = session.view(rows, c);
      const stored = new Uint32Array(column.length);
      for (let row = 0; row < column.length; row++) stored[rowPosition(logSize, row)] = column[row]!;
      session.view(out, c).set(interpolate(stored, logSize));
    }
    return out;
  }
  const { inverse } = session.tower(logSize);
  session.run('interpolateRows', { rows: 0, target: 0, n: logSize, tower: inverse }, (next, add) => {
    for (let c = 0; c < columns; c++) {
      next.rows = rows.address + c * rows.stride;
      next.target = out.address + c * out.stride;
      add();
    }
  });
  return out;
}

/** coefficients → values on the canonic coset of log size + logBlowup, in a new block */
export function extend(session: Session, coefficients: WasmBlock, logBlowup: number): WasmBlock {
  const { columns, logSize } = coefficients;
  const to = logSize + logBlowup;
  const out = session.block(columns, to);
  if (to < LEAST_LOG) {
    for (let c = 0; c < columns; c++) session.view(out, c).set(evaluate(session.view(coefficients, c).slice(), to));
    return out;
  }
  const { address: tower } = session.tower(to);
  if (logSize < LEAST_LOG) {
    const padded = session.block(columns, LEAST_LOG);
    for (let c = 0; c < columns; c++) {
      session.view(padded, c).fill(0);
      session.view(padded, c).set(session.view(coefficients, c));
    }
    evaluateParts(session, padded, out, tower);
    session.release(padded);
  } else evaluateParts(session, coefficients, out, tower);
  return out;
}

/** the layers of the missing coefficients only copy: each of the 2^b parts is a transform of the given ones under a root of its own */
function evaluateParts(session: Session, from: WasmBlock, to: WasmBlock, tower: number): void {
  const parts = 2 ** (to.logSize - from.logSize);
  const bytes = 4 * 2 ** from.logSize;
  session.run('evaluate', { data: 0, delta: 0, k: from.logSize, node: 0, tower }, (next, add) => {
    for (let c = 0; c < from.columns; c++)
      for (let part = 0; part < parts; part++) {
        const data = to.address + c * to.stride + part * bytes;
        next.data = data;
        next.delta = from.address + c * from.stride - data;
        next.node = parts + part;
        add();
      }
  });
}
