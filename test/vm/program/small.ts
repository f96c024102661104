// The smallest programs and a region of every kind of step, for tests of what loader, packing and record say about one change.
// Caveat: nothing here runs; the programs are one HLT and whatever a test puts beside it.
import { assemble } from '../../../vm/program/assembler.ts';
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import type { Program, Region, Slot } from '../../../vm/program/types.ts';
import { code } from '../../failure.ts';

export const slot = (id: number, ...intervals: number[]): Slot => ({ id, name: 'test', intervals: Int32Array.from(intervals) });

export interface SmallChange extends Partial<Program> {
  code?: string;
  romWords?: number;
  /** lane of the ROM → its value */
  cells?: Readonly<Record<number, number>>;
}

/** One HLT, one slot, RAM of 64 words, with changes. */
export function smallProgram({ code = 'HLT', romWords = 16, cells = {}, ...rest }: SmallChange = {}): Program {
  const words = assemble(code);
  const rom = new Uint32Array(romWords * LANES);
  rom.set(words);
  for (const [at, cell] of Object.entries(cells)) rom[Number(at)] = cell;
  return {
    rom,
    codeWords: words.length / LANES,
    slots: [slot(5, 1, 0, 0)],
    ramLogSize: 6,
    inputs: [],
    outputs: [],
    metadata: { name: 'test', labels: [] },
    sourceMap: [],
    ...rest,
  };
}

/** 2 channels of 3 rows of 20 positions, with gaps between rows and channels */
export const smallRegion = (change: Partial<Region> = {}): Region => ({
  name: 'x',
  shape: [2, 3, 20],
  address: RAM_BASE,
  channels: 2,
  rows: 3,
  width: 20,
  channelStep: 8,
  rowStep: 2,
  strides: [60, 20, 1],
  lo: -100,
  hi: 100,
  scale: 0.5,
  ...change,
});

/** the code that the loader refuses a program with, or `accepted` */
export const verdict = (program: Program): string => code(() => checkProgram(program));
