// Canonical traces of ram, rom, lut and words: how often each row was asked for. Source: AIR.md §5.4. Unused ram rows are 0; lut rows are
// padded with copies of row 0. Caveat: preprocessed columns depend on the program alone, so the model's root does too.
import type { Execution } from '../executor/run.ts';
import { committedLogSize } from '../program/committed.ts';
import { LANES } from '../program/isa.ts';
import type { Program, Region } from '../program/types.ts';
import { namedColumns, wordsToColumns } from './columns.ts';
import { lut } from './lut.ts';
import { ram } from './ram.ts';
import { rom } from './rom.ts';
import { words } from './words.ts';

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

/** what a committed input's tree holds: which row is the first, and its words, 16 lanes each */
export function wordColumns(region: Region, given: Uint32Array): Uint32Array[] {
  const lanes = Array.from({ length: LANES }, () => new Uint32Array(2 ** committedLogSize(region)));
  wordsToColumns(given, 0, LANES, given.length / LANES, lanes, 0);
  const first = new Uint32Array(lanes[0]!.length);
  first[0] = 1;
  return [first, ...lanes];
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

export function fillWords(run: Execution, columns: readonly Uint32Array[], region: Region): void {
  const trace = namedColumns(words, columns);
  const [address, mult] = [trace.column('addr'), trace.column('mult')];
  address.set(addressColumn(region.address, Math.log2(address.length)));
  mult.set(run.data.get(region.name)!.reads);
}
