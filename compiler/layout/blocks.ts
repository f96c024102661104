// Building blocks of lowering: how rows of words become operand A, weights become operand B, and an accumulator becomes stored words.
// Source: AIR.md §3 (positions and jumps), §6 (recipes). Caveat: nothing here checks bounds; quantise/bounds.ts did.
import { bug } from '../../fri/core/errors.ts';
import type { Values } from '../../vm/program/assembler.ts';
import { type FlagOf, LANES } from '../../vm/program/isa.ts';
import type { Emitter } from './emitter.ts';
import { channelWords, type Geometry, type Layout, positionOf } from './layout.ts';

/** Channels from … to-1 of a result that share one accumulator. */
export interface Block {
  from: number;
  to: number;
}

/** The accumulator that a stage's terms add into: `rows` rows of `rowWords` words for each channel of the block. */
export interface Target {
  /** its name: address of the first word that its STORE writes */
  c: number;
  rows: number;
  rowWords: number;
  block: Block;
}

export const outputBlocks = ({ from, to }: Block): number => Math.ceil((to - from) / LANES);

/** Channels 0 … count-1 in blocks of `size`. */
export function blocksOf(count: number, size: number): Block[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({ from: i * size, to: Math.min(count, (i + 1) * size) }));
}

/** The same for each sample, whose channels lie one after the other. */
export const blocksOfEach = (samples: number, count: number, size: number): Block[] =>
  Array.from({ length: samples }, (_, n) =>
    blocksOf(count, size).map(({ from, to }) => ({ from: from + n * count, to: to + n * count })),
  ).flat();

/** Words a row that memory must have for rows of `rowWords` words: Z supplies one more. */
export const wordsBeforeZ = (rowWords: number): number => Math.max(1, rowWords - 1);

/**
 * Operand A: `rows` rows from `start` on that lie `stride` words apart and have `available` words, read as rows of `rowWords` words.
 * One more word a row than there is comes from Z.
 */
export function operandA(
  start: number,
  available: number,
  stride: number,
  rows: number,
  rowWords: number,
): { fields: Pick<Values<'MAC'>, 'a' | 'nw' | 'h' | 'ra'>; flags: readonly FlagOf<'MAC'>[] } {
  if (rows === 1 && rowWords <= available) return { fields: { a: start, nw: rowWords, h: 1, ra: 0 }, flags: [] };
  if (rowWords === stride && available === stride) return { fields: { a: start, nw: rowWords * rows, h: 1, ra: 0 }, flags: [] };
  if (rowWords > available + 1) throw bug(`${available} words cannot be read as ${rowWords}`);
  const nw = Math.min(rowWords, available);
  return { fields: { a: start, nw, h: rows, ra: rows > 1 ? stride - (nw - 1) : 0 }, flags: rowWords > available ? ['Z'] : [] };
}

/** Writes one tap of operand B: outputs 0 … count-1, highest block first. @returns the place of the next tap */
export function writeTap(lanes: Float64Array, at: number, outputs: number, value: (o: number) => number): number {
  const ob = Math.ceil(outputs / LANES);
  for (let o = 0; o < outputs; o++) lanes[at + (ob - 1 - Math.floor(o / LANES)) * LANES + (o % LANES)] = value(o);
  return at + ob * LANES;
}

/** Operand B for a run over the block's channels: repetition i puts value(i) on output i. */
export function diagonal(emitter: Emitter, { from, to }: Block, value: (i: number) => number): number {
  const count = to - from;
  const ob = Math.ceil(count / LANES);
  const lanes = new Float64Array(count * ob * LANES);
  for (let i = 0; i < count; i++) writeTap(lanes, i * ob * LANES, count, (o) => (o === i ? value(i) : 0));
  return emitter.place(lanes);
}

/** Adds, for every channel of the block, rows of words times one weight: a residual, a difference, a pooling sum. */
export function addRows(
  emitter: Emitter,
  target: Target,
  source: { address: number; channelStep: number; available: number; stride: number },
  weight: (i: number) => number,
): void {
  const { block, c, rows, rowWords } = target;
  const { fields, flags } = operandA(source.address + block.from * source.channelStep, source.available, source.stride, rows, rowWords);
  const ob = outputBlocks(block);
  const n = block.to - block.from;
  const steps = n > 1 ? { as: source.channelStep, bs: ob } : {};
  emitter.emit('MAC', { n, ...fields, ...steps, b: diagonal(emitter, block, weight), c, ob }, flags, ['b']);
}

/** Adds a constant to every position of each channel, junk positions included. */
export function addChannelConstants(emitter: Emitter, target: Target, values: (channel: number) => number): void {
  const { block, c, rows, rowWords } = target;
  const lanes = new Float64Array(outputBlocks(block) * LANES);
  writeTap(lanes, 0, block.to - block.from, (o) => values(block.from + o));
  if (lanes.every((value) => value === 0)) return;
  emitter.emit('MAC', { ...emitter.onesRun(rows * rowWords), b: emitter.place(lanes), c, ob: outputBlocks(block) }, [], ['a', 'b']);
}

/** What a STORE writes: rows of `stored` words into a layout whose rows have at least as many. */
export interface Drain {
  layout: Layout;
  stored: number;
  lead: boolean;
  slot: number;
}

/** Address of the first word that the STORE of a block writes: its highest channel. */
export const accumulatorOf = ({ address, channelStep }: Layout, { to }: Block): number => address + (to - 1) * channelStep;

/** Mask words of a row in the order in which STORE writes them. */
function rowMask(emitter: Emitter, layout: Pick<Layout, 'halves' | 'width'>, stored: number): number {
  const lanes = new Float64Array(stored * LANES);
  const row = { ...layout, rowWords: stored };
  for (let j = 0; j < stored; j++) {
    const word = layout.halves ? (j >> 1) + (j & 1 ? stored / 2 : 0) : j;
    for (let t = 0; t < LANES; t++) if (positionOf(row, word, t) >= 0) lanes[j * LANES + t] = 1;
  }
  return emitter.place(lanes);
}

/** The STORE of one block. */
export function drain(emitter: Emitter, { layout, stored, lead, slot }: Drain, block: Block): void {
  const { rows, rowWords, channelStep, halves } = layout;
  // jumps start from a row's last word, with SPLIT from the last even one
  const last = (halves ? stored / 2 : stored) - 1;
  const O = block.to - block.from;
  const mask = rowMask(emitter, layout, stored);
  const fields = {
    a: mask,
    b: slot,
    c: accumulatorOf(layout, block),
    rw: stored,
    h: rows,
    O,
    rj: rows > 1 ? rowWords - last : 0,
    cj: O > 1 ? -channelStep - (rows - 1) * rowWords - last : 0,
    split: halves ? stored / 2 : 0,
  };
  emitter.emit('STORE', fields, [...(lead ? (['LEAD'] as const) : []), ...(halves ? (['SPLIT'] as const) : [])], ['a']);
}

/** Reserves RAM for a tensor; words that its STORE does not write are set to zero here. */
export function allocate(
  emitter: Emitter,
  geometry: Geometry,
  { rowWords, below, halves, stored = rowWords }: { rowWords: number; below: number; halves: boolean; stored?: number },
): Layout {
  const channelStep = channelWords(geometry.rows, below, rowWords);
  const layout: Layout = { ...geometry, address: emitter.reserve(geometry.channels * channelStep), rowWords, below, channelStep, halves };
  for (let channel = 0; channel < geometry.channels; channel++) {
    const start = layout.address + channel * channelStep;
    if (stored < rowWords) for (let r = 0; r < geometry.rows; r++) emitter.zeros(start + r * rowWords + stored, rowWords - stored);
    emitter.zeros(start + geometry.rows * rowWords, below * rowWords);
  }
  return layout;
}
