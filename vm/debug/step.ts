// One step in full, and the list of all: what a debugger shows. Source: the modules beside it. Caveat: values are those of the run that this machine
// made; rows and cells are the file's.
import { OPCODES, type Opcode } from '../program/isa.ts';
import { ISA_TEXTS } from '../program/isa-texts.ts';
import { cycleOf, eachAccess, instructionOf, programCounterOf, textOf } from './cycle.ts';
import { cellsOfRow } from './failures.ts';
import { lookupsOf } from './lookups.ts';
import type { Debugged } from './open.ts';
import { operandsOf } from './operands.ts';
import { changesOfStep, componentOfChip, rowsOfStep } from './rows.ts';
import type { Polynomial, Search, StepDetail, StepLine } from './types.ts';

export function lineOf(debugged: Debugged, step: number): StepLine {
  const { run, nodes } = debugged;
  const { pc, repeats, ea: a, eb: b, ec: c } = cycleOf(run, step);
  return { step, pc, repeatsLeft: repeats, opcode: instructionOf(run, step).opcode, text: textOf(run, step), node: nodes[pc], a, b, c };
}

function accumulatorOf(debugged: Debugged, step: number): Polynomial | undefined {
  const { opcode } = instructionOf(debugged.run, step);
  if (opcode !== 'MAC' && opcode !== 'MUL' && opcode !== 'STORE') return undefined;
  return debugged.accumulators.after(cycleOf(debugged.run, step).ec, step);
}

/** @param from, limit which rows of each chip are given with their cells and lookups */
export function detailOf(debugged: Debugged, step: number, from = 0, limit = 64): StepDetail {
  const rows = rowsOfStep(debugged, step, from, limit);
  const lookups = rows.flatMap(({ chip, instance, firstRow, rows: count }) =>
    Array.from({ length: count }, (_, i) =>
      lookupsOf(componentOfChip(chip), cellsOfRow(debugged, instance, firstRow + i)).map((lookup) => ({
        ...lookup,
        chip,
        row: firstRow + i,
      })),
    ).flat(),
  );
  const line = lineOf(debugged, step);
  const { rowStarts } = debugged;
  return {
    ...line,
    meaning: ISA_TEXTS[instructionOf(debugged.run, step).opcode].meaning,
    operands: operandsOf(debugged, step),
    accumulator: accumulatorOf(debugged, step),
    rows,
    rowCounts: Object.fromEntries(
      Object.entries(rowStarts).flatMap(([chip, starts]) => {
        const count = starts[step + 1]! - starts[step]!;
        return count > 0 ? [[chip, count]] : [];
      }),
    ),
    lookups,
    changes: changesOfStep(debugged, step),
  };
}

export const isOpcode = (text: string): text is Opcode => (OPCODES as readonly string[]).includes(text);

/** The steps that fit, ascending. */
export function search(debugged: Debugged, { node, opcode, address }: Search): number[] {
  const { run, nodes, steps } = debugged;
  const wanted = node?.toLowerCase();
  // what belongs to an instruction is decided once for all its repeats
  const fits = run.loaded.instructions.map(
    (instruction, pc) =>
      (wanted === undefined || nodes[pc]?.toLowerCase().includes(wanted) === true) &&
      (opcode === undefined || instruction.opcode === opcode),
  );
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const pc = programCounterOf(run, step);
    if (!fits[pc]) continue;
    if (address !== undefined && pc !== address && !touches(debugged, step, address)) continue;
    found.push(step);
  }
  return found;
}

function touches({ run }: Debugged, step: number, address: number): boolean {
  let found = false;
  const inside = (start: number, words: number): boolean => {
    found ||= address >= start && address < start + words;
    return !found;
  };
  const name = (accumulator: number): boolean => inside(accumulator, 1);
  eachAccess(instructionOf(run, step), cycleOf(run, step), { read: inside, write: inside, slot: () => true, add: name, drain: name });
  return found;
}
