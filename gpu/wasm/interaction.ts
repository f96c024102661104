// Interaction columns of one instance: register terms on all threads, one scan a register, fractions with batch inversion, running
// sum. Source: AIR.md §5.0; the same values as fri/backend/js/interaction.ts. Caveat: instances of two rows go through that file.

import { continuesLastRow, interactionColumns } from '../../fri/backend/js/interaction.ts';
import type { InstanceTraces } from '../../fri/backend/seam.ts';
import { rejected } from '../../fri/core/errors.ts';
import { add, inverse } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { TERM_BYTES } from './kernels/fractions.ts';
import { FRAME, FRAME_BYTES } from './kernels/roots.ts';
import type { Column, CompiledCircuit, Session, WasmBlock } from './session.ts';
import { upload } from './transform.ts';

const GROUP_LOG = 2;
const FELT_BYTES = 64;
/** the share of a row and the sum before its piece */
const STATE_WORDS = 8;
/** groups of four rows */
interface Piece {
  first: number;
  count: number;
}

/** groups of a task, at least */
const LEAST_GROUPS = 16;

export function interaction(
  session: Session,
  traces: InstanceTraces,
  compiled: CompiledCircuit,
  preprocessed: WasmBlock | undefined,
  base: WasmBlock,
): { rows: WasmBlock; sum: QM31 } {
  const { circuit, logSize, parameters } = traces;
  const blocks = preprocessed ? [preprocessed, base] : [base];
  if (logSize < GROUP_LOG) {
    const cells = blocks.flatMap((b) => Array.from({ length: b.columns }, (_, c) => session.view(b, c).slice()));
    const { felts, sum } = interactionColumns(circuit, cells, logSize, parameters);
    return { rows: upload(session, felts.flat(), logSize), sum };
  }
  const registers = circuit.registers.length;
  const out = session.block(4 * (registers + circuit.sums.length), logSize);
  const groups = 2 ** (logSize - GROUP_LOG);
  const sum = session.withTables((table, room): QM31 | undefined => {
    const cells = table(blocks.flatMap((b) => session.columnsOf(b)).map((c: Column) => c.address));
    const felts = session.columnsOf(out).map((c) => c.address);
    const words = new Uint32Array(FRAME_BYTES / 4);
    words[FRAME.cells] = cells;
    words[FRAME.felts] = table(felts);
    words[FRAME.fixed] = table(compiled.module.interactionTable(parameters));
    words[FRAME.sums] = table(felts.slice(4 * registers));
    const frame = table(words);
    const terms = registers ? room(groups * TERM_BYTES) : 0;
    compiled.registers.forEach((kernel, i) => {
      session.runKernel(kernel, { frame, group: 0, groups: 0, target: terms }, (next, add) =>
        session.split(groups, LEAST_GROUPS, (first, count) => {
          next.group = first;
          next.groups = count;
          next.target = terms + first * TERM_BYTES;
          add();
        }),
      );
      scanRegister(session, circuit.name, out, i, terms, groups);
    });
    const pieces: Piece[] = [];
    session.split(groups, LEAST_GROUPS, (first, count) => pieces.push({ first, count }));
    const totals = room(FELT_BYTES * pieces.length);
    session.runKernel(compiled.fractions, { frame, group: 0, groups: 0, totals }, (next, add) => {
      for (let i = 0; i < pieces.length; i++) {
        next.group = pieces[i]!.first;
        next.groups = pieces[i]!.count;
        next.totals = totals + FELT_BYTES * i;
        add();
      }
    });
    if (session.words()[frame / 4 + FRAME.failed] !== 0) return undefined;
    return runningSum(session, out, pieces, totals, table);
  });
  if (sum) return { rows: out, sum };
  throw rejected('ZK0150', 'a LogUp denominator is zero', circuit.name);
}

/**
 * register = carry·(register before) + add over all rows, from 0
 * @throws bug when the first row continues the last one: no fill does
 */
function scanRegister(session: Session, circuit: string, out: WasmBlock, index: number, terms: number, groups: number): void {
  const column = out.address + 4 * index * out.stride;
  const last = session.withTables((table): QM31 => {
    const state = table(Q.ZERO);
    session.run('scan', { terms, groups, state, out: column, outStride: out.stride });
    const [a, b, c, d] = session.words().subarray(state / 4, state / 4 + 4);
    return [a!, b!, c!, d!];
  });
  const words = session.words();
  const firstCarry = terms / 4;
  if (!Q.isZero(last) && [0, 4, 8, 12].some((at) => words[firstCarry + at] !== 0)) throw continuesLastRow(circuit);
  for (let c = 0; c < 4; c++) words[(column + c * out.stride) / 4 - 1] = last[c]!;
}

/** turns the last column into the running sum, 0 on the last row; gives the claimed sum */
function runningSum(
  session: Session,
  out: WasmBlock,
  pieces: readonly Piece[],
  totals: number,
  table: (words: ArrayLike<number>) => number,
): QM31 {
  const words = session.words();
  const sums = pieces.map((_, i): QM31 => {
    const at = (totals + FELT_BYTES * i) / 4;
    const coordinate = (c: number): number => add(add(words[at + c]!, words[at + c + 1]!), add(words[at + c + 2]!, words[at + c + 3]!));
    return [coordinate(0), coordinate(4), coordinate(8), coordinate(12)];
  });
  const sum = sums.reduce(Q.add, Q.ZERO);
  const share = Q.scale(sum, inverse(2 ** out.logSize));
  const column = out.address + (out.columns - 4) * out.stride;
  let before = Q.ZERO;
  const states = new Uint32Array(STATE_WORDS * pieces.length);
  for (const [i, { first }] of pieces.entries()) {
    Q.put(states, 2 * i, share);
    Q.put(states, 2 * i + 1, Q.sub(before, Q.scale(share, 4 * first)));
    before = Q.add(before, sums[i]!);
  }
  const address = table(states);
  session.run('runningSum', { column, stride: out.stride, group: 0, groups: 0, state: address }, (next, add) => {
    for (let i = 0; i < pieces.length; i++) {
      next.group = pieces[i]!.first;
      next.groups = pieces[i]!.count;
      next.state = address + 4 * STATE_WORDS * i;
      add();
    }
  });
  return sum;
}
