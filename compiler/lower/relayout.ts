// The fallback that makes every layout reachable from every other: `repitch` copies rows (more words a row, zero rows below, halves),
// `relayout` moves single elements anywhere. Source: AIR.md §6 (SPLIT, Z, exchanged roles).
// Caveat: relayout costs two store rows and three mac rows an element; the report lists each one.
import { bug } from '../../fri/core/errors.ts';
import { LANES } from '../../vm/program/isa.ts';
import { accumulatorOf, addRows, allocate, blocksOf, drain } from '../layout/blocks.ts';
import type { Emitter } from '../layout/emitter.ts';
import { type Geometry, type Layout, type Pitch, positionOf, wordAndLane, wordsFor } from '../layout/layout.ts';

/** Copies a tensor with the same geometry into rows of another pitch. @param slot an identity for its integers */
export function repitch(emitter: Emitter, source: Layout, pitch: Pitch, slot: number): Layout {
  if (source.halves) throw bug('rows in halves cannot be copied');
  const wanted = Math.max(pitch.rowWords, wordsFor(source.width));
  if (pitch.halves && wanted > source.rowWords + 1)
    return repitch(emitter, repitch(emitter, source, { rowWords: wanted + 1, below: 0, halves: false }, slot), pitch, slot);
  const rowWords = pitch.halves && wanted % 2 === 1 ? wanted + 1 : wanted;
  if (pitch.halves && rowWords > source.rowWords + 1)
    return repitch(emitter, repitch(emitter, source, { rowWords, below: 0, halves: false }, slot), pitch, slot);
  const stored = Math.min(rowWords, source.rowWords + 1);
  const layout = allocate(emitter, source, { rowWords, below: pitch.below, halves: pitch.halves, stored });
  for (const block of blocksOf(source.channels, LANES)) {
    const target = { c: accumulatorOf(layout, block), rows: source.rows, rowWords: stored, block };
    addRows(emitter, target, { ...source, available: source.rowWords, stride: source.rowWords }, () => 1);
    drain(emitter, { layout, stored, lead: false, slot }, block);
  }
  return layout;
}

/** one word with a one in lane 0 */
const firstLane = (emitter: Emitter): number => emitter.place(Float64Array.from({ length: LANES }, (_, t) => (t === 0 ? 1 : 0)));

/** word i has a one in lane i */
const unitWords = (emitter: Emitter): number =>
  emitter.place(Float64Array.from({ length: LANES * LANES }, (_, i) => (i % (LANES + 1) === 0 ? 1 : 0)));

/** Place of an element among the words over which its tensor is spread. */
export function wordOrder(source: Layout): (element: number) => number {
  const { channels, rows, rowWords, channelStep } = source;
  const alone = source.width === 1 && !source.halves;
  const [perChannel, perRow] = alone ? [channelStep, rowWords] : [rows * rowWords * LANES, rowWords * LANES];
  const places = new Map<number, number>();
  for (let c = 0; c < channels; c++)
    for (let r = 0; r < rows; r++)
      for (let x = 0; x < source.width; x++) {
        const [word, lane] = wordAndLane(source, x);
        const element = source.channelIndex[c]! + source.rowIndex[r]! + source.laneIndex[x]!;
        places.set(element, c * perChannel + r * perRow + (alone ? 0 : word * LANES + lane));
      }
  return (element) => places.get(element) ?? Number.NaN;
}

/** Spreads every element of the tensor over lane 0 of a word of its own. @returns address of an element's word by channel, row and position */
function spread(emitter: Emitter, source: Layout, slot: number): (channel: number, row: number, x: number) => number {
  const { address, channels, rows, rowWords, below, channelStep } = source;
  const perChannel = rows * rowWords;
  // each element has a word of its own already
  if (source.width === 1 && !source.halves) return (channel, row) => address + channel * channelStep + row * rowWords;
  const base = emitter.reserve(channels * perChannel * LANES);
  const runs =
    below === 0 && channelStep === perChannel
      ? [{ from: address, words: channels * perChannel }]
      : Array.from({ length: channels }, (_, c) => ({ from: address + c * channelStep, words: perChannel }));
  let to = base + LANES - 1;
  for (const { from, words } of runs) {
    const steps = words > 1 ? { n: words, cs: LANES } : {};
    emitter.emit('MAC', { ...steps, a: firstLane(emitter), b: from, bs: words > 1 ? 1 : 0, c: to }, [], ['a']);
    emitter.emit('STORE', { ...steps, a: firstLane(emitter), b: slot, c: to, O: LANES, cj: -1 }, [], ['a']);
    to += words * LANES;
  }
  return (channel, row, x) => {
    const [word, lane] = wordAndLane(source, x);
    return base + (channel * perChannel + row * rowWords + word) * LANES + lane;
  };
}

/** The elements of a tensor, each in lane 0 of a word of its own. @returns address of the word of an element */
export function spreadElements(emitter: Emitter, source: Layout, slot: number): (element: number) => number {
  const place = spread(emitter, source, slot);
  const words = new Map<number, number>();
  for (const [c, channel] of source.channelIndex.entries())
    for (const [r, row] of source.rowIndex.entries())
      for (const [x, lane] of source.laneIndex.entries()) words.set(channel + row + lane, place(c, r, x));
  return (element) => {
    const word = words.get(element);
    if (word === undefined) throw bug('a relayout misses an element');
    return word;
  };
}

/**
 * Builds a tensor of elements that are spread over words.
 * @param wordOf address of the word that has an element of the new tensor in lane 0, or undefined for zero
 * @param slot an identity for its integers
 */
export function relayout(
  emitter: Emitter,
  wordOf: (element: number) => number | undefined,
  geometry: Geometry,
  pitch: Omit<Pitch, 'halves'>,
  slot: number,
): Layout {
  const stored = wordsFor(geometry.width);
  const rowWords = Math.max(stored, pitch.rowWords);
  const layout = allocate(emitter, geometry, { rowWords, below: pitch.below, halves: false, stored });
  const units = unitWords(emitter);
  for (let channel = 0; channel < geometry.channels; channel++) {
    for (let row = 0; row < geometry.rows; row++) {
      for (let j = 0; j < stored; j++) {
        const c = layout.address + channel * layout.channelStep + row * rowWords + j;
        const from: (number | undefined)[] = [];
        for (let t = 0; t < LANES && positionOf(layout, j, t) >= 0; t++)
          from.push(wordOf(geometry.channelIndex[channel]! + geometry.rowIndex[row]! + geometry.laneIndex[j * LANES + t]!));
        gather(emitter, from, units, c);
      }
    }
    const rows = geometry.rows > 1 ? { n: geometry.rows, cs: rowWords } : {};
    for (let j = 0; j < stored; j++) {
      const mask = Float64Array.from({ length: LANES }, (_, t) => (positionOf(layout, j, t) >= 0 ? 1 : 0));
      emitter.emit('STORE', { ...rows, a: emitter.place(mask), b: slot, c: layout.address + channel * layout.channelStep + j }, [], ['a']);
    }
  }
  return layout;
}

/** Adds lane 0 of word from[t] to lane t, one instruction for each run of equally spaced words. Roles are exchanged: the scalar is operand B. */
function gather(emitter: Emitter, from: readonly (number | undefined)[], units: number, c: number): void {
  if (from.every((word) => word === undefined)) {
    // an accumulator that is drained must have been added to
    emitter.emit('MAC', { a: units, b: emitter.place(new Float64Array(LANES)), c }, [], ['a', 'b']);
    return;
  }
  for (let t = 0; t < from.length; ) {
    const first = from[t];
    if (first === undefined) {
      t++;
      continue;
    }
    const step = (from[t + 1] ?? first) - first;
    let n = 1;
    while (t + n < from.length && from[t + n] === first + n * step) n++;
    emitter.emit('MAC', { n, a: units + t, b: first, c, ...(n > 1 ? { as: 1, bs: step } : {}) }, [], ['a']);
    t += n;
  }
}
