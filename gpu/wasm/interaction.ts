// Interaction columns of one instance: register terms on all threads, one scan a register, fractions with batch inversion, running
// sum. Source: AIR.md §5.0; the same values as fri/js/interaction.ts. Caveat: instances of two rows go through that file.
import type { InstanceTraces } from '../../fri/backend.ts';
import { rejected } from '../../fri/errors.ts';
import { interactionColumns } from '../../fri/js/interaction.ts';
import { add, inverse } from '../../fri/m31.ts';
import type { QM31 } from '../../fri/qm31.ts';
import * as Q from '../../fri/qm31.ts';
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
      session.run(kernel, (task) =>
        session.split(groups, LEAST_GROUPS, (first, count) => task(frame, first, count, terms + first * TERM_BYTES)),
      );
      scanRegister(session, out, i, terms, groups);
    });
    const pieces: Piece[] = [];
    session.split(groups, LEAST_GROUPS, (first, count) => pieces.push({ first, count }));
    const totals = room(FELT_BYTES * pieces.length);
    session.run(compiled.fractions, (task) => {
      for (let i = 0; i < pieces.length; i++) task(frame, pieces[i]!.first, pieces[i]!.count, totals + FELT_BYTES * i);
    });
    if (session.words()[frame / 4 + FRAME.failed] !== 0) return undefined;
    return runningSum(session, out, pieces, totals, table);
  });
  if (sum) return { rows: out, sum };
  throw rejected('ZK0150', 'a LogUp denominator is zero', circuit.name);
}

/** register = carry·(register before) + add over all rows; a trace whose first row depends on its last one is solved for its start */
function scanRegister(session: Session, out: WasmBlock, index: number, terms: number, groups: number): void {
  const column = out.address + 4 * index * out.stride;
  const pass = (first: QM31): QM31 =>
    session.withTables((table) => {
      const state = table(first);
      session.run('scan', (task) => task(terms, groups, state, column, out.stride));
      const [a, b, c, d] = session.words().subarray(state / 4, state / 4 + 4);
      return [a!, b!, c!, d!];
    });
  let last = pass(Q.ZERO);
  if (!Q.isZero(last)) {
    const slope = productOfCarries(session.words(), terms, groups);
    const gap = Q.sub(Q.ONE, slope);
    if (!Q.isZero(slope) && !Q.isZero(gap)) last = pass(Q.mul(last, Q.inverse(gap)));
  }
  const words = session.words();
  for (let c = 0; c < 4; c++) words[(column + c * out.stride) / 4 - 1] = last[c]!;
}

function productOfCarries(words: Uint32Array, terms: number, groups: number): QM31 {
  let product = Q.ONE;
  for (let row = 0; row < 4 * groups; row++) {
    const at = terms / 4 + (row >> 2) * (TERM_BYTES / 4) + (row & 3);
    product = Q.mul(product, [words[at]!, words[at + 4]!, words[at + 8]!, words[at + 12]!]);
    if (Q.isZero(product)) break; // at the end of the first run, as a rule
  }
  return product;
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
  session.run('runningSum', (task) => {
    for (let i = 0; i < pieces.length; i++) task(column, out.stride, pieces[i]!.first, pieces[i]!.count, address + 4 * STATE_WORDS * i);
  });
  return sum;
}
