// A program that doubles a committed input, by hand: what the compiler writes for such an input, and one instruction that uses it. What a forger
// changes of it is said beside what he changes.
import { instruction } from '../../vm/program/assembler.ts';
import { copyIntervals, copyMask, copyOf } from '../../vm/program/committed.ts';
import { DATA_BASE, LANES, RAM_BASE } from '../../vm/program/isa.ts';
import { elementCount } from '../../vm/program/packing.ts';
import type { IntegerTensors, Program, Region } from '../../vm/program/types.ts';

/** two channels of three rows of 20 elements, with a word between the channels that holds none: 13 words in a tree of 16 */
export const committedRegion = (address = DATA_BASE, name = 'x'): Region => ({
  name,
  shape: [2, 3, 20],
  address,
  channels: 2,
  rows: 3,
  width: 20,
  channelStep: 7,
  rowStep: 2,
  strides: [60, 20, 1],
  lo: -8,
  hi: 7,
  scale: 1,
});

const CHANNEL_WORDS = 6;
const SLOT = { copy: 1, double: 2 } as const;

export interface Parts {
  /** of the copy */
  mask?: Uint32Array;
  intervals?: Int32Array;
  one?: readonly number[];
  /** whether what is doubled is read where it was committed, and not in the copy */
  direct?: boolean;
}

/** y = 2x for each committed input */
export function doubling(
  regions: readonly Region[] = [committedRegion()],
  parts: Parts = {},
): { program: Program; inputs: IntegerTensors } {
  const codeWords = 4 * regions.length + 1;
  const word = (lanes: readonly number[]): number[] => [...lanes, ...Array<number>(LANES).fill(0)].slice(0, LANES);
  const [one, two, mask] = [codeWords, codeWords + 1, codeWords + 2];
  const perRegion = 2 * (CHANNEL_WORDS + 1);
  const copies: Uint32Array[] = [];
  const rest: Uint32Array[] = [];
  const outputs: Region[] = [];
  for (const [i, region] of regions.entries()) {
    const ram = RAM_BASE + 2 * perRegion * i;
    const { mac, store } = copyOf(region, { ram, one, mask, slot: SLOT.copy });
    copies.push(instruction('MAC', mac), instruction('STORE', store));
    const c = ram + perRegion;
    const from = parts.direct ? region.address : ram;
    rest.push(
      instruction('MAC', { n: 2, a: from, as: region.channelStep, b: two, c, cs: CHANNEL_WORDS, nw: CHANNEL_WORDS }),
      instruction('STORE', { n: 2, a: mask, b: SLOT.double, c, cs: CHANNEL_WORDS, rw: 2, h: 3, rj: 1 }),
    );
    outputs.push({ ...region, name: `y${i}`, address: c, channelStep: CHANNEL_WORDS, lo: 2 * region.lo, hi: 2 * region.hi });
  }
  const [first] = regions;
  const wide = { ...first!, lo: -64, hi: 64 };
  const words = [...copies, ...rest, instruction('HLT'), word(parts.one ?? [1]), word([2]), parts.mask ?? copyMask(first!)];
  const program: Program = {
    rom: Uint32Array.from(words.flatMap((list) => [...list])),
    codeWords,
    slots: [
      { id: SLOT.copy, name: 'copy', intervals: parts.intervals ?? copyIntervals(first!) },
      { id: SLOT.double, name: 'double', intervals: copyIntervals(wide) },
    ],
    ramLogSize: 5 + regions.length,
    inputs: [...regions],
    outputs,
    metadata: { name: 'doubling', labels: [] },
    sourceMap: [],
  };
  const inputs = Object.fromEntries(
    regions.map((region, i) => [region.name, Int32Array.from({ length: elementCount(region) }, (_, e) => ((7 * e + 3 * i) % 16) - 8)]),
  );
  return { program, inputs };
}

/** a program that copies a committed input and nothing else */
export function copying(region: Region): Program {
  const [one, mask] = [3, 4];
  const { mac, store } = copyOf(region, { ram: RAM_BASE, one, mask, slot: SLOT.copy });
  const first = Array.from({ length: LANES }, (_, lane) => (lane === 0 ? 1 : 0));
  const words = [instruction('MAC', mac), instruction('STORE', store), instruction('HLT'), first, copyMask(region)];
  return {
    rom: Uint32Array.from(words.flatMap((list) => [...list])),
    codeWords: 3,
    slots: [{ id: SLOT.copy, name: 'copy', intervals: copyIntervals(region) }],
    ramLogSize: 6,
    inputs: [region],
    outputs: [],
    metadata: { name: 'copying', labels: [] },
    sourceMap: [],
  };
}
