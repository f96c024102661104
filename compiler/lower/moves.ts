// Moving whole rows of words instead of single elements: every row of the result is a row of the source, shifted, or every second position of
// it, or zero. Strides, phases, pads, slices, repeated or reordered channels are such moves; each is a convolution with a single tap of one.
// Source: AIR.md §6 (conv, SPLIT and stride 2). Caveat: anything else needs `relayout`, which costs about thirty times as much an element.
import { LANES } from '../../vm/program/isa.ts';
import { accumulatorOf, allocate, blocksOf, drain, operandA, outputBlocks, type Target, writeTap } from '../layout/blocks.ts';
import type { Emitter } from '../layout/emitter.ts';
import { type Geometry, type Layout, wordsFor } from '../layout/layout.ts';

/** Where one channel of the result comes from. */
interface ChannelMove {
  channel: number;
  /** row r of the result is row firstRow + r·rowStep of the source, zero where there is none; a step of 0 repeats one row */
  firstRow: number;
  /** position x of the result is position firstLane + x·laneStep of the source, zero where there is none */
  firstLane: number;
}

/** How a tensor is made of rows of another one. */
export interface Move {
  rowStep: number;
  /** 1, or 2 for every second position, which is read from rows in halves */
  laneStep: 1 | 2;
  /** for each channel of the result, or undefined for zeros */
  channels: (ChannelMove | undefined)[];
}

/** farther shifts to the right cost more than they save: a row of the mac chip for each position */
const MOST_SHIFT = 64;
const NOTHING = -1;

/** channel, row and position of every element of a source */
interface Places {
  channel: Int32Array;
  row: Int32Array;
  lane: Int32Array;
}

function placesOf({ channelIndex, rowIndex, laneIndex }: Geometry): Places {
  const count = channelIndex.length * rowIndex.length * laneIndex.length;
  const places = { channel: new Int32Array(count), row: new Int32Array(count), lane: new Int32Array(count) };
  for (const [c, channel] of channelIndex.entries())
    for (const [r, row] of rowIndex.entries())
      for (const [x, lane] of laneIndex.entries()) {
        const e = channel + row + lane;
        places.channel[e] = c;
        places.row[e] = r;
        places.lane[e] = x;
      }
  return places;
}

/**
 * Recognises a selection as a move of rows.
 * @param source geometry in the element order that the index counts
 * @param index for every element of the result the element of the source, negative for zero
 * @param geometry of the result
 */
export function findMove(source: Geometry, index: Int32Array, geometry: Geometry): Move | undefined {
  const { channelIndex, rowIndex, laneIndex } = geometry;
  const places = placesOf(source);
  const at = (c: number, r: number, x: number): number => index[channelIndex[c]! + rowIndex[r]! + laneIndex[x]!]!;
  let rowStep = Number.NaN;
  let laneStep = 0;
  /** steps come from the first two rows and the first two positions that are there, anywhere */
  const steps = (): void => {
    for (let c = 0; c < geometry.channels && !(rowStep >= 0 && laneStep); c++)
      for (let r = 0; r < geometry.rows && !(rowStep >= 0 && laneStep); r++)
        for (let x = 0; x < geometry.width; x++) {
          const here = at(c, r, x);
          if (here < 0) continue;
          const right = x + 1 < geometry.width ? at(c, r, x + 1) : NOTHING;
          const below = r + 1 < geometry.rows ? at(c, r + 1, x) : NOTHING;
          if (!laneStep && right >= 0) laneStep = places.lane[right]! - places.lane[here]!;
          if (Number.isNaN(rowStep) && below >= 0) rowStep = places.row[below]! - places.row[here]!;
          if ((laneStep || geometry.width === 1) && (rowStep >= 0 || geometry.rows === 1)) return;
        }
  };
  steps();
  if (Number.isNaN(rowStep)) rowStep = 1;
  laneStep ||= 1;
  if (rowStep < 0 || (laneStep !== 1 && laneStep !== 2)) return undefined;
  const channels: (ChannelMove | undefined)[] = [];
  for (let c = 0; c < geometry.channels; c++) {
    let move: ChannelMove | undefined;
    for (let r = 0; r < geometry.rows && !move; r++)
      for (let x = 0; x < geometry.width && !move; x++) {
        const e = at(c, r, x);
        if (e >= 0)
          move = { channel: places.channel[e]!, firstRow: places.row[e]! - r * rowStep, firstLane: places.lane[e]! - x * laneStep };
      }
    if (move) {
      if (move.firstLane < -MOST_SHIFT) return undefined;
      const channel = source.channelIndex[move.channel]!;
      for (let r = 0; r < geometry.rows; r++) {
        const row = move.firstRow + r * rowStep;
        const inside = row >= 0 && row < source.rows;
        for (let x = 0; x < geometry.width; x++) {
          const lane = move.firstLane + x * laneStep;
          const expected = inside && lane >= 0 && lane < source.width ? channel + source.rowIndex[row]! + source.laneIndex[lane]! : NOTHING;
          const e = at(c, r, x);
          if (e < 0 ? expected !== NOTHING : e !== expected) return undefined;
        }
      }
    }
    channels.push(move);
  }
  return { rowStep, laneStep, channels };
}

/** Zero rows below each channel of the source that the move reads. */
export const rowsBelow = ({ rowStep, channels }: Move, source: Geometry, rows: number): number =>
  channels.reduce((most, move) => Math.max(most, move ? move.firstRow + (rows - 1) * rowStep - (source.rows - 1) : 0), 0);

/** The half of a row that is read, its positions, the whole words that are left out, and the shift that remains: below one word to the left. */
function lanesOf({ laneStep }: Move, firstLane: number, width: number): { odd: 0 | 1; width: number; skipped: number; shift: number } {
  const odd = laneStep === 1 || firstLane % 2 === 0 ? 0 : 1;
  const shift = (firstLane - odd) / laneStep;
  const skipped = Math.max(0, Math.floor(shift / LANES));
  return { odd, width: laneStep === 1 ? width : (width + 1 - odd) >> 1, skipped, shift: shift - skipped * LANES };
}

const present = (move: Move): ChannelMove[] => move.channels.filter((channel) => channel !== undefined);

/** Words a row of the result so that no position runs into another row. */
export const wordsToMove = (move: Move, source: Geometry, width: number): number =>
  present(move).reduce((words, { firstLane }) => {
    const lanes = lanesOf(move, firstLane, source.width);
    return Math.max(words, wordsFor(lanes.shift < 0 ? lanes.width - lanes.shift : width + lanes.shift));
  }, wordsFor(width));

/** Words that a row (or half a row) of the source must have, so that rows of the result can be read from it: Z supplies one more. */
export const wordsToRead = (move: Move, source: Geometry, stored: number): number =>
  present(move).reduce((words, { firstLane }) => Math.max(words, stored - 1 + lanesOf(move, firstLane, source.width).skipped), 1);

/** A tensor and the layout that its moves read. */
export interface MovePart {
  move: Move;
  source: Layout;
}

/**
 * Builds a tensor of rows of others.
 * @param stored words a row that are written
 * @param slot an identity for its integers
 */
export function moveRows(
  emitter: Emitter,
  parts: readonly MovePart[],
  geometry: Geometry,
  { rowWords, below, stored }: { rowWords: number; below: number; stored: number },
  slot: number,
): Layout {
  const layout = allocate(emitter, geometry, { rowWords: Math.max(rowWords, stored), below, halves: false, stored });
  const lead = parts.some(({ move, source }) => present(move).some(({ firstLane }) => lanesOf(move, firstLane, source.width).shift > 0));
  for (const block of blocksOf(geometry.channels, LANES)) {
    const target: Target = { c: accumulatorOf(layout, block), rows: geometry.rows, rowWords: stored, block };
    let added = false;
    for (const part of parts) added = addMoved(emitter, part, target) || added;
    // an accumulator that is drained must have been added to
    if (!added)
      emitter.emit(
        'MAC',
        { ...emitter.onesRun(target.rows * stored), b: emitter.place(new Float64Array(outputBlocks(block) * LANES)), c: target.c },
        [],
        ['a', 'b'],
      );
    drain(emitter, { layout, stored, lead, slot }, block);
  }
  return layout;
}

/** Adds a part's rows to the accumulator of a block. @returns whether there was anything to add */
function addMoved(emitter: Emitter, { move, source }: MovePart, { block, c, rows, rowWords }: Target): boolean {
  const count = block.to - block.from;
  const ob = outputBlocks(block);
  const open = new Set(Array.from({ length: count }, (_, i) => i).filter((i) => move.channels[block.from + i]));
  let added = false;
  while (open.size > 0) {
    // channels of the result that read alike, their source channels equally spaced
    const [first] = open as Set<number>;
    const { channel, firstRow, firstLane } = move.channels[block.from + first!]!;
    const run = [first!];
    let step = 0;
    for (const i of open) {
      if (i === first) continue;
      const other = move.channels[block.from + i]!;
      if (other.firstRow !== firstRow || other.firstLane !== firstLane) continue;
      const gap = other.channel - (run.length > 1 ? channel + (run.length - 1) * step : channel);
      if (run.length === 1) step = gap;
      else if (gap !== step) break;
      run.push(i);
    }
    for (const i of run) open.delete(i);
    const skip = move.rowStep === 0 ? 0 : Math.max(0, Math.ceil(-firstRow / move.rowStep));
    if (skip >= rows) continue;
    const { odd, skipped, shift } = lanesOf(move, firstLane, source.width);
    const words = source.rowWords / move.laneStep;
    const row = firstRow + skip * move.rowStep;
    const start = source.address + channel * source.channelStep + row * source.rowWords + odd * words + skipped;
    const { fields, flags } = operandA(start, words - skipped, move.rowStep * source.rowWords, rows - skip, rowWords);
    const taps = Math.max(0, shift) + 1;
    const lanes = new Float64Array(run.length * taps * ob * LANES);
    for (const [k, i] of run.entries()) writeTap(lanes, (k * taps + taps - 1) * ob * LANES, count, (o) => (o === i ? 1 : 0));
    const steps = run.length > 1 ? { as: step * source.channelStep, bs: taps * ob } : {};
    emitter.emit('MAC', { n: run.length, ...fields, ...steps, b: emitter.place(lanes), c, ob, taps, pad: Math.max(0, -shift) }, flags, [
      'b',
    ]);
    added = true;
  }
  return added;
}
