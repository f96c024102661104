// Broadcasting one element over a whole channel: where the elements of all channels lie side by side in the lanes of a row, a word of them is an
// operand with one weight for each of 16 channels, and a run of ones times it fills them all. Source: AIR.md §6 (exchanged roles, constants).
// Caveat: the elements are brought into such a row first, a relayout of one element a channel where they do not lie in one already.
import { LANES } from '../../vm/program/isa.ts';
import { accumulatorOf, allocate, blocksOf, drain } from '../layout/blocks.ts';
import type { Emitter } from '../layout/emitter.ts';
import { arithmetic, type Geometry, type Layout, wordsFor } from '../layout/layout.ts';

/** The element of the source that each channel of the result repeats, or undefined if some channel is not one element alone. */
export function repeatedElements(index: Int32Array, { channels, channelIndex, rowIndex, laneIndex }: Geometry): Int32Array | undefined {
  if (rowIndex.length * laneIndex.length < 2) return undefined;
  const [row, lane] = [rowIndex[0]!, laneIndex[0]!];
  const elements = new Int32Array(channels);
  for (let c = 0; c < channels; c++) {
    const element = index[channelIndex[c]! + row + lane]!;
    if (element < 0) return undefined;
    for (const r of rowIndex) for (const x of laneIndex) if (index[channelIndex[c]! + r + x] !== element) return undefined;
    elements[c] = element;
  }
  return elements;
}

/** A row of this many elements, in order. */
export const rowOf = (count: number): Geometry => ({
  channels: 1,
  rows: 1,
  width: count,
  channelIndex: Int32Array.of(0),
  rowIndex: Int32Array.of(0),
  laneIndex: arithmetic(count, 1),
});

/**
 * Builds a tensor of which every channel repeats one element.
 * @param elements a row with one element for each channel
 * @param slot an identity for its integers
 */
export function fill(
  emitter: Emitter,
  elements: Pick<Layout, 'address'>,
  geometry: Geometry,
  { rowWords, below }: { rowWords: number; below: number },
  slot: number,
): Layout {
  const stored = wordsFor(geometry.width);
  const layout = allocate(emitter, geometry, { rowWords: Math.max(rowWords, stored), below, halves: false, stored });
  for (const block of blocksOf(geometry.channels, LANES)) {
    const word = elements.address + block.from / LANES;
    emitter.emit('MAC', { ...emitter.onesRun(geometry.rows * stored), b: word, c: accumulatorOf(layout, block), ob: 1 }, [], ['a']);
    drain(emitter, { layout, stored, lead: false, slot }, block);
  }
  return layout;
}
