// Interaction columns of one instance: register terms on all threads, one scan a register, fractions with batch inversion. Source: AIR.md §5.0;
// the same values as fri/backend/js/interaction.ts. Caveat: instances of two rows go through that file.

import { continuesLastRow, interactionColumns } from '../../fri/backend/js/interaction.ts';
import type { InstanceTraces } from '../../fri/backend/seam.ts';
import { rejected } from '../../fri/core/errors.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { TERM_BYTES } from './kernels/fractions.ts';
import { FRAME, FRAME_BYTES } from './kernels/roots.ts';
import type { Column, CompiledCircuit, Session, WasmBlock } from './session.ts';
import { upload } from './transform.ts';

/** log of the rows that a vector holds */
export const GROUP_LOG = 2;
/** groups of a task, at least */
export const LEAST_GROUPS = 16;

export function interaction(
  session: Session,
  traces: InstanceTraces,
  compiled: CompiledCircuit,
  preprocessed: WasmBlock | undefined,
  base: WasmBlock,
): WasmBlock {
  const { circuit, logSize, parameters } = traces;
  const blocks = preprocessed ? [preprocessed, base] : [base];
  if (logSize < GROUP_LOG) {
    const cells = blocks.flatMap((b) => Array.from({ length: b.columns }, (_, c) => session.view(b, c).slice()));
    return upload(session, interactionColumns(circuit, cells, logSize, parameters).flat(), logSize);
  }
  const registers = circuit.registers.length;
  const out = session.block(4 * (registers + circuit.sums.length), logSize);
  const groups = 2 ** (logSize - GROUP_LOG);
  const failed = session.withTables((table, room): boolean => {
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
    session.runKernel(compiled.fractions, { frame, group: 0, groups: 0 }, (next, add) =>
      session.split(groups, LEAST_GROUPS, (first, count) => {
        next.group = first;
        next.groups = count;
        add();
      }),
    );
    return session.words()[frame / 4 + FRAME.failed] !== 0;
  });
  if (failed) throw rejected('ZK0150', 'a LogUp denominator is zero', circuit.name);
  return out;
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
