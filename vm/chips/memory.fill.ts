// Canonical traces of ram, rom and lut: how often each row was asked for. Source: AIR.md §5.4. Unused ram rows are 0; lut rows are
// padded with copies of row 0. Caveat: preprocessed columns depend on the program alone, so the model's root does too.
import type { Execution } from '../executor.ts';
import { LANES } from '../isa.ts';
import { type LoadedProgram, paddedLogSize } from '../loader.ts';
import { emptyTrace, type FilledTrace } from './columns.ts';
import { lut } from './lut.ts';
import { ram } from './ram.ts';
import { rom } from './rom.ts';

/** words of 16 lanes → 16 columns */
function transpose(words: Uint32Array, columns: readonly Uint32Array[]): void {
  for (const [t, column] of columns.entries()) for (let i = 0, at = t; at < words.length; i++, at += LANES) column[i] = words[at]!;
}

/** preprocessed columns of ram, rom and lut: what the model's root commits to */
export function preprocessedColumns({ program, table }: LoadedProgram): { ram: Uint32Array[]; rom: Uint32Array[]; lut: Uint32Array[] } {
  const index = (logSize: number): Uint32Array => Uint32Array.from({ length: 2 ** logSize }, (_, i) => i);
  const romLogSize = paddedLogSize(program.rom.length / LANES);
  const words = Array.from({ length: LANES }, () => new Uint32Array(2 ** romLogSize));
  transpose(program.rom, words);
  return { ram: [index(program.ramLogSize)], rom: [index(romLogSize), ...words], lut: [table.slot, table.u, table.in, table.out] };
}

export function fillRam(run: Execution, preprocessed: Uint32Array[]): FilledTrace {
  const trace = emptyTrace(ram, run.loaded.program.ramLogSize);
  transpose(run.ram, trace.lanes('w'));
  trace.column('mult').set(run.ramReads);
  trace.column('used').set(run.written);
  return { logSize: trace.logSize, preprocessed, columns: trace.columns };
}

export function fillRom(run: Execution, preprocessed: Uint32Array[]): FilledTrace {
  const trace = emptyTrace(rom, Math.log2(preprocessed[0]!.length));
  trace.column('mult').set(run.romReads);
  return { logSize: trace.logSize, preprocessed, columns: trace.columns };
}

export function fillLut(run: Execution, preprocessed: Uint32Array[]): FilledTrace {
  const trace = emptyTrace(lut, run.loaded.table.logSize);
  trace.column('mult').set(run.lookups);
  return { logSize: trace.logSize, preprocessed, columns: trace.columns };
}
