// Canonical traces of ram, rom and lut: how often each row was asked for. Source: AIR.md §5.4. Unused ram rows are 0; lut rows are
// padded with copies of row 0. Caveat: preprocessed columns depend on the program alone, so the model's root does too.
import type { Execution } from '../executor/run.ts';
import { LANES } from '../program/isa.ts';
import type { Program } from '../program/types.ts';
import { namedColumns, wordsToColumns } from './columns.ts';
import { lut } from './lut.ts';
import { ram } from './ram.ts';
import { rom } from './rom.ts';

/** first, first + 1, … */
export function addressColumn(first: number, logSize: number): Uint32Array {
  const column = new Uint32Array(2 ** logSize);
  for (let i = 0; i < column.length; i++) column[i] = first + i;
  return column;
}

/** addresses and words of rom from address `first` on */
export function romColumns({ rom }: Pick<Program, 'rom'>, first: number, logSize: number): Uint32Array[] {
  const words = Array.from({ length: LANES }, () => new Uint32Array(2 ** logSize));
  const rows = Math.min(2 ** logSize, rom.length / LANES - first);
  wordsToColumns(rom, first * LANES, LANES, rows, words, 0);
  return [addressColumn(first, logSize), ...words];
}

/** those of a page's rows that there are */
const page = <T extends Uint32Array | Uint8Array>(list: T, first: number, rows: number): T => list.subarray(first, first + rows) as T;

export function fillRam(run: Execution, columns: readonly Uint32Array[], first: number): void {
  const trace = namedColumns(ram, columns);
  const mult = trace.column('mult');
  wordsToColumns(run.ram, first * LANES, LANES, mult.length, trace.lanes('w'), 0);
  mult.set(page(run.ramReads, first, mult.length));
  trace.column('used').set(page(run.written, first, mult.length));
}

export function fillRom(run: Execution, columns: readonly Uint32Array[], first: number): void {
  const mult = namedColumns(rom, columns).column('mult');
  mult.set(page(run.romReads, first, mult.length));
}

export function fillLut(run: Execution, columns: readonly Uint32Array[], first: number): void {
  const mult = namedColumns(lut, columns).column('mult');
  mult.set(page(run.lookups, first, mult.length));
}
