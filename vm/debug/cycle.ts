// One step of a run with its names: what the executor recorded of a cycle, its instruction, the words it saw, and which ones it touches, in any program,
// calls and returns too. Source: program/cycle.ts, program/accesses.ts; AIR.md §5.1 for the scalar instructions.
// Caveat: memory is that at the end of the run; it is write-once, so a word that a step read is still what it read.
import { bug } from '../../fri/core/errors.ts';
import type { Words } from '../executor/mac.ts';
import type { Execution } from '../executor/run.ts';
import { type AccessVisitor, visitOnce } from '../program/accesses.ts';
import { disassemble, type Instruction } from '../program/assembler.ts';
import { CYCLE_FIELDS, CYCLE_WORDS } from '../program/cycle.ts';
import { DATA_BASE, LANES, RAM_BASE, toSigned } from '../program/isa.ts';

/** One record of the run. */
export type Cycle = Record<(typeof CYCLE_FIELDS)[number], number>;

export function cycleOf({ cycles }: Pick<Execution, 'cycles'>, step: number): Cycle {
  const at = step * CYCLE_WORDS;
  return Object.fromEntries(CYCLE_FIELDS.map((field, i) => [field, cycles[at + i]!])) as Cycle;
}

export const programCounterOf = ({ cycles }: Pick<Execution, 'cycles'>, step: number): number => cycles[step * CYCLE_WORDS]!;

export const instructionOf = (run: Pick<Execution, 'cycles' | 'loaded'>, step: number): Instruction =>
  run.loaded.instructions[programCounterOf(run, step)]!;

/** the text form of a step's instruction, as it stands in ROM: with its repeats, and the operands of the first one */
export const textOf = (run: Pick<Execution, 'cycles' | 'loaded'>, step: number): string =>
  disassemble(run.loaded.program.rom, programCounterOf(run, step));

type Remains = Pick<Execution, 'loaded' | 'ram' | 'data'>;

/** the array that holds a word of ROM, RAM or a committed input, and its first address; undefined outside of them */
function cellsAt({ loaded, ram, data }: Remains, address: number): readonly [cells: Uint32Array, base: number] | undefined {
  if (address >= RAM_BASE) return [ram, RAM_BASE];
  if (address < DATA_BASE) return [loaded.program.rom, 0];
  for (const { base, words } of data.values()) if (address >= base && address < base + words.length / LANES) return [words, base];
  return undefined;
}

/** signed value of a lane of a word of ROM, RAM or a committed input; 0 outside of them */
export function laneAt(run: Remains, address: number, lane: number): number {
  const found = cellsAt(run, address);
  return found ? toSigned(found[0][(address - found[1]) * LANES + lane] ?? 0) : 0;
}

/** The words of a run for who gathers its operands again: nothing is copied, and no read is counted. */
export function wordsOf(run: Remains): Words {
  const words: Words = {
    cells: run.ram,
    read(address) {
      const found = cellsAt(run, address);
      if (!found) throw bug(`the run reads no word ${address}`);
      words.cells = found[0];
      return (address - found[1]) * LANES;
    },
  };
  return words;
}

/** Tells a visitor what one step touches. @returns false if the visitor stopped */
export function eachAccess(instruction: Instruction, { ea, eb, ec }: Pick<Cycle, 'ea' | 'eb' | 'ec'>, visitor: AccessVisitor): boolean {
  const immediate = instruction.flags.includes('im' as never);
  const readB = (): boolean => immediate || visitor.read(eb, 1, 1);
  switch (instruction.opcode) {
    case 'JMP':
      return readB();
    case 'JNZ':
    case 'RET':
      return visitor.read(ea, 1, 1) && readB();
    case 'AP':
      return visitor.read(ea, 1, 1);
    case 'CAL':
      return readB() && visitor.write(ea, 1) && visitor.write(ec, 1);
    default:
      return visitOnce(instruction, visitor, ea, eb, ec);
  }
}
