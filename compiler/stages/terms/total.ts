// The sum of all elements of a channel, as global average pools need it. Source: AIR.md §6 (every lane a tap, the answer in lane 0).
// Caveat: one weight; its operand B is a diagonal for every channel, so it costs more code than a fold.

import { LANES } from '../../../vm/program/isa.ts';
import { blocksOf, outputBlocks, type Target, writeTap } from '../../layout/blocks.ts';
import type { Emitter } from '../../layout/emitter.ts';
import { type Geometry, imageGeometry, type Layout, lanesInUse } from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import { NO_WISH, never, scaledUp, type TermKind } from './term.ts';

/** out[c] += weight · Σ of `area` consecutive elements; one weight. */
export interface TotalTerm {
  kind: 'total';
  source: View;
  channels: number;
  area: number;
  weights: Float64Array;
}

export const total: TermKind<TotalTerm> = {
  accumulate({ channels, area }, weights, input, output) {
    for (let e = 0; e < channels * area; e++) output[Math.floor(e / area)]! += weights[0]! * input[e]!;
  },
  scaled: scaledUp,
  absorbed: scaledUp,
  elements: {
    are: 'sums',
    geometry: ({ channels }) => imageGeometry(channels, 1, 1),
    blocks: (_, channels) => blocksOf(channels, LANES),
  },
  bound({ area }, weights, bounds) {
    const range = bounds.sum(area, weights[0]!);
    for (let e = 0; e < bounds.count; e++) bounds.add(e, range);
  },
  fanIn: ({ area }) => area,
  moreBits: 0,
  rounding: 'each by itself',
  wish: () => NO_WISH,
  wants: ({ channels, area }) => imageGeometry(channels, 1, area),
  lower({ source: view, channels, area }, weights, _, tensors) {
    const own = tensors.viewed(view);
    const source =
      own && own.channels === channels && channelsHoldAreas(own, area)
        ? own
        : tensors.source(view, imageGeometry(channels, 1, area), { rowWords: 0, below: 0, halves: false });
    return { emit: (target) => emitTotal(tensors.emitter, weights[0]!, source, target), lead: source.width > 1 };
  },
  turned: never,
  flat: never,
};

/** True if channel c holds exactly the elements c·area … (c + 1)·area - 1. */
export const channelsHoldAreas = ({ channelIndex, rowIndex, laneIndex }: Geometry, area: number): boolean =>
  channelIndex.every((channel, c) => rowIndex.every((row) => laneIndex.every((lane) => Math.floor((channel + row + lane) / area) === c)));

/** Sum of all positions of a channel: every lane of every word is a tap, the answer is lane 0. */
export function emitTotal(emitter: Emitter, weight: number, source: Layout, { block, c }: Target): void {
  const { rows, rowWords, channelStep, address } = source;
  const ob = outputBlocks(block);
  for (let j = 0; j < rowWords; j++) {
    const taps = lanesInUse(source, j);
    if (taps === 0) continue;
    for (let channel = block.from; channel < block.to; channel++) {
      const lanes = new Float64Array(taps * ob * LANES);
      for (let t = 0, at = 0; t < taps; t++)
        at = writeTap(lanes, at, block.to - block.from, (o) => (block.from + o === channel ? weight : 0));
      emitter.emit(
        'MAC',
        { n: rows, a: address + channel * channelStep + j, as: rows > 1 ? rowWords : 0, b: emitter.place(lanes), c, ob, taps },
        [],
        ['b'],
      );
    }
  }
}
