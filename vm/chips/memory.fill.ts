// Canonical traces of ram, rom and lut: how often each row was asked for. Source: AIR.md §5.4. Unused ram rows are 0; lut rows are
// padded with copies of row 0. Caveat: preprocessed columns depend on the program alone, so the model's root does too.
import type { Execution } from '../executor/run.ts';
import { LANES } from '../program/isa.ts';
import { paddedLogSize } from '../program/loader.ts';
import type { Program } from '../program/types.ts';
import { namedColumns, wordsToColumns } from './columns.ts';
import { lut } from './lut.ts';
import { ram } from './ram.ts';
import { rom } from './rom.ts';

/** log of rom's rows: a word each, padded */
export const romLogSize = ({ rom }: Program): number => paddedLogSize(rom.length / LANES);

/** 0, 1, 2, … */
export function addressColumn(logSize: number): Uint32Array {
  const column = new Uint32Array(2 ** logSize);
  for (let i = 0; i < column.length; i++) column[i] = i;
  return column;
}

/** address and words of rom */
export function romColumns(program: Program): Uint32Array[] {
  const logSize = romLogSize(program);
  const words = Array.from({ length: LANES }, () => new Uint32Array(2 ** logSize));
  wordsToColumns(program.rom, 0, LANES, program.rom.length / LANES, words, 0);
  return [addressColumn(logSize), ...words];
}

export function fillRam(run: Execution, columns: readonly Uint32Array[]): void {
  const trace = namedColumns(ram, columns);
  wordsToColumns(run.ram, 0, LANES, run.ram.length / LANES, trace.lanes('w'), 0);
  trace.column('mult').set(run.ramReads);
  trace.column('used').set(run.written);
}

export function fillRom(run: Execution, columns: readonly Uint32Array[]): void {
  namedColumns(rom, columns).column('mult').set(run.romReads);
}

export function fillLut(run: Execution, columns: readonly Uint32Array[]): void {
  namedColumns(lut, columns).column('mult').set(run.lookups);
}
