// Who writes the canonical trace of each chip. Beside the table of chips, not in it, so that a page that verifies does not download them.
// Source: AIR.md §5. Caveat: that a fill and its constraints fit is for the tests of the chip.
import type { Execution } from '../executor/run.ts';
import type { Region } from '../program/types.ts';
import { fillCpu } from './cpu.fill.ts';
import { fillMac } from './mac.fill.ts';
import { fillLut, fillRam, fillRom, fillWords } from './memory.fill.ts';
import type { Piece } from './piece.ts';
import { fillStore } from './store.fill.ts';
import type { InputChipName, ProgramChipName, RunChipName } from './table.ts';

/** @param columns base columns, zero, with a row for each of the piece's at least */
type RunFill = (run: Execution, columns: readonly Uint32Array[], piece: Piece) => void;
/** @param columns base columns, zero, 2^logSize rows of the chip from row `first` on */
type ProgramFill = (run: Execution, columns: readonly Uint32Array[], first: number) => void;

/** @param columns base columns, zero, as high as the input's tree */
type InputFill = (run: Execution, columns: readonly Uint32Array[], region: Region) => void;

export const RUN_FILLS: Readonly<Record<RunChipName, RunFill>> = { cpu: fillCpu, mac: fillMac, store: fillStore };
export const PROGRAM_FILLS: Readonly<Record<ProgramChipName, ProgramFill>> = { ram: fillRam, rom: fillRom, lut: fillLut };
export const INPUT_FILLS: Readonly<Record<InputChipName, InputFill>> = { words: fillWords };
