// Inputs that the statement names by the root of a tree of their words. A region below RAM is one: its words stand from its address on in an
// instance of the words chip, 2^committedLogSize rows of it. The verifier never sees the elements, so the program checks them: it begins with a
// copy to RAM, through a table that has the region's integers and nothing else, under a mask of the lanes that hold elements. A program without
// that copy would take words that are no tensor of the region, and is refused; so is one that reads such words again, whose other lanes are free.
// Source: AIR.md §2 (DATA), §9.6, §9.23. Caveat: a committed input is not hidden: proofs show cells of its words.
import type { Digest } from '../../fri/core/digest.ts';
import type { Instruction } from './assembler.ts';
import { invalid } from './invalid.ts';
import { DATA_BASE, LANES, RAM_BASE } from './isa.ts';
import { inputWords, rowWords } from './packing.ts';
import type { Program, Region, Slot } from './types.ts';

/** An input that the statement has no elements of. */
export interface CommittedInput {
  root: Digest;
}

/** What a statement has of an input: signed integers, or a root. */
export type StatementInput = Int32Array | CommittedInput;

export const isCommitted = ({ address }: Region): boolean => address < RAM_BASE;

/** log2 of the rows of a committed input's tree: its words, filled up with zeros; at least one pair of rows */
export const committedLogSize = (region: Region): number => Math.max(1, 32 - Math.clz32(inputWords(region) - 1));

/** addresses that a committed input takes, padding included */
export const committedSpan = (region: Region): number => 2 ** committedLogSize(region);

/**
 * Ranges ascend from DATA_BASE on and end before RAM, so no two meet. RAM has room for a copy of each with its gaps, so what a file announces of them
 * is bounded by what it may announce of RAM: 600 bytes could ask for trees of 2^21 rows otherwise.
 * @throws ZK0343
 */
export function checkCommittedRanges(inputs: readonly Region[], ramWords: number): void {
  let end = DATA_BASE;
  let copies = 0;
  for (const region of inputs.filter(isCommitted)) {
    const where = `input "${region.name}"`;
    if (!(Number.isInteger(region.address) && region.address >= end))
      throw invalid('ZK0343', `address ${region.address} is not in RAM, and no committed input can start there`, where, `${end} is free`);
    if (region.channelStep < region.rows * copiedRowWords(region))
      throw invalid(
        'ZK0343',
        `rows of ${copiedRowWords(region)} words do not fit into channelStep ${region.channelStep}`,
        where,
        'they are copied whole',
      );
    copies += inputWords(region);
    if (copies > ramWords)
      throw invalid('ZK0343', `committed inputs of ${copies} words`, where, `${ramWords} words of RAM are too few for copies`);
    end = region.address + committedSpan(region);
    if (end > RAM_BASE) throw invalid('ZK0343', `a committed input of ${inputWords(region)} words reaches into RAM`, where);
  }
}

/** words of a row of the copy: all of the region's rows lie without a gap in it */
export const copiedRowWords = (region: Region): number => (region.rows === 1 ? rowWords(region) : region.rowStep);

/** Operands of the copy: the sum that reads a channel, and the table and mask through which it is written. */
export function copyOf(region: Region, to: { ram: number; one: number; mask: number; slot: number }) {
  const { address, channels, channelStep, rows } = region;
  const rw = copiedRowWords(region);
  const [as, cs] = [channelStep, channelStep];
  return {
    mac: { n: channels, a: address, as, b: to.one, bs: 0, c: to.ram, cs, nw: rows * rw, h: 1, ra: 0, ob: 1, taps: 1, pad: 0 },
    store: { n: channels, a: to.mask, as: 0, b: to.slot, bs: 0, c: to.ram, cs, rw, h: rows, O: 1, rj: 1, cj: 0, split: 0 },
  };
}

/** the table of the copy: each integer of the region stands for itself */
export function copyIntervals({ lo, hi }: Region): Int32Array {
  const intervals = new Int32Array(3 * (hi - lo + 1));
  for (let i = 0, q = lo; q <= hi; q++, i += 3) intervals.set([1, q, q], i);
  return intervals;
}

/** lanes of a row of the copy that hold elements */
export function copyMask(region: Region): Uint32Array {
  const mask = new Uint32Array(copiedRowWords(region) * LANES);
  mask.fill(1, 0, region.width);
  return mask;
}

const sameWords = (rom: Uint32Array, address: number, words: Uint32Array): boolean =>
  words.every((word, i) => rom[address * LANES + i] === word);

const isCopyTable = ({ intervals }: Slot, region: Region): boolean => {
  if (intervals.length !== 3 * (region.hi - region.lo + 1)) return false; // before a list as long as a hostile range is made
  const wanted = copyIntervals(region);
  return intervals.every((x, i) => x === wanted[i]);
};

const sameOperands = (given: Readonly<Record<string, number>>, wanted: Readonly<Record<string, number>>): boolean =>
  Object.entries(wanted).every(([name, value]) => given[name] === value);

/**
 * The program starts with the copy of each committed input, in their order.
 * @returns how many instructions that are: only they read committed words (audit.ts)
 * @throws ZK0348 for the first input that is not copied so
 */
export function checkCopies({ inputs, rom, slots }: Program, instructions: readonly Instruction[]): number {
  let pc = 0;
  for (const region of inputs.filter(isCommitted)) {
    const [mac, store] = [instructions[pc], instructions[pc + 1]];
    const wrong = (what: string): Error =>
      invalid(
        'ZK0348',
        `the program does not check the committed input: ${what}`,
        `input "${region.name}", pc ${pc}`,
        'its elements could be anything, and the verifier never sees them',
      );
    if (mac?.opcode !== 'MAC' || mac.flags.length || store?.opcode !== 'STORE' || store.flags.length)
      throw wrong('no MAC and STORE that copy it');
    const to = { ram: store.values.c, one: mac.values.b, mask: store.values.a, slot: store.values.b };
    const wanted = copyOf(region, to);
    if (!sameOperands(mac.values, wanted.mac) || !sameOperands(store.values, wanted.store)) throw wrong('the copy takes other words');
    if (
      !sameWords(
        rom,
        to.one,
        Uint32Array.from({ length: LANES }, (_, lane) => (lane === 0 ? 1 : 0)),
      )
    )
      throw wrong('it is not multiplied by one');
    if (!sameWords(rom, to.mask, copyMask(region))) throw wrong('the mask is not that of its lanes');
    if (!slots.some((slot) => slot.id === to.slot && isCopyTable(slot, region))) throw wrong('the table is not that of its range');
    pc += 2;
  }
  return pc;
}

/** number of instructions at the start that read committed words */
export const copyLength = (inputs: readonly Region[]): number => 2 * inputs.filter(isCommitted).length;
