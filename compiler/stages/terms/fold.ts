// The sum over one axis, or over neighbouring ones: reductions. Source: AIR.md §6 (recipes).
// Caveat: one weight; where the axis does not lie in whole channels, the source is copied.

import { LANES } from '../../../vm/program/isa.ts';
import { blocksOf, operandA, outputBlocks, type Target, wordsBeforeZ, writeTap } from '../../layout/blocks.ts';
import type { Emitter } from '../../layout/emitter.ts';
import {
  arithmetic,
  denseGeometry,
  type Geometry,
  type Indices,
  imageGeometry,
  type Layout,
  renamed,
  rowsAsChannels,
  sameGeometry,
} from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import { NO_WISH, never, scaledUp, type Tensors, type TermKind } from './term.ts';
import { channelsHoldAreas, emitTotal } from './total.ts';

/** out[a][b] += weight · Σ_k in[a][k][b]; one weight. */
export interface FoldTerm {
  kind: 'fold';
  source: View;
  outer: number;
  depth: number;
  inner: number;
  weights: Float64Array;
}

/** Element of the result that element e of the source is added to. */
const folded = ({ depth, inner }: FoldTerm, e: number): number => Math.floor(e / (depth * inner)) * inner + (e % inner);

export const fold: TermKind<FoldTerm> = {
  accumulate(term, weights, input, output) {
    for (let e = 0; e < input.length; e++) output[folded(term, e)]! += weights[0]! * input[e]!;
  },
  scaled: scaledUp,
  absorbed: scaledUp,
  elements: {
    are: 'sums',
    geometry: (term, tensors) =>
      asItLies(term, tensors)?.result ?? (totals(term, tensors) ? imageGeometry(term.outer, 1, 1) : resultOf(term, anySource(term))!),
    blocks: (_, channels) => blocksOf(channels, LANES),
  },
  bound({ depth }, weights, bounds) {
    const range = bounds.sum(depth, weights[0]!);
    for (let e = 0; e < bounds.count; e++) bounds.add(e, range);
  },
  fanIn: ({ depth }) => depth,
  moreBits: 0,
  rounding: 'each by itself',
  wish: () => NO_WISH,
  wants: never,
  lower(term, weights, { geometry, rowWords }, tensors) {
    const pitch = { rowWords: wordsBeforeZ(rowWords), below: 0, halves: false };
    const there = asItLies(term, tensors)?.source;
    const along = there ? undefined : totals(term, tensors);
    if (along) return { emit: (target) => emitTotal(tensors.emitter, weights[0]!, along, target), lead: along.width > 1 };
    const source = there ?? tensors.source(term.source, anySource(term), pitch);
    return { emit: (target) => emitFold(tensors.emitter, term, weights[0]!, geometry, source, target) };
  },
  turned: never,
  flat: never,
};

/** The source as it lies, if whole channels are added to whole channels, with the geometry of the result. */
function asItLies(term: FoldTerm, tensors: Tensors): { source: Layout; result: Geometry } | undefined {
  const source = tensors.viewed(term.source);
  const result = source && !source.halves ? resultOf(term, source) : undefined;
  return source && result && { source, result };
}

/** The source as it lies, if each of its channels is one sum and it would have to be copied otherwise. */
function totals(term: FoldTerm, tensors: Tensors): Layout | undefined {
  const source = term.inner === 1 ? tensors.viewed(term.source) : undefined;
  if (!source || source.halves || sameGeometry(source, anySource(term))) return undefined;
  if (source.rows > 1 && source.channels !== term.outer && source.channels * source.rows === term.outer && source.below === 0) {
    const apart = rowsAsChannels(source);
    if (channelsHoldAreas(apart, term.depth)) return { ...source, ...apart, channelStep: source.rowWords };
  }
  return source.channels === term.outer && channelsHoldAreas(source, term.depth) ? source : undefined;
}

/** The geometry in which any fold can be computed. */
function anySource({ outer, depth, inner }: FoldTerm): Geometry {
  if (inner > 1) return imageGeometry(outer * depth, 1, inner);
  return denseGeometry(depth, 1, arithmetic(outer, depth));
}

/** Geometry of the result if the source's channels are added whole. */
function resultOf(term: FoldTerm, source: Geometry): Geometry | undefined {
  const names = renamed(source, (e) => folded(term, e));
  if (!names) return undefined;
  const channels = [...new Set(names.channelIndex)];
  if (source.channels !== channels.length * term.depth) return undefined;
  return { ...names, channels: channels.length, channelIndex: Int32Array.from(channels) };
}

/** Adds whole channels of the source to channels of the result. */
function emitFold(
  emitter: Emitter,
  term: FoldTerm,
  weight: number,
  geometry: Indices,
  source: Layout,
  { block, c, rows, rowWords }: Target,
): void {
  const ob = outputBlocks(block);
  const corner = source.rowIndex[0]! + source.laneIndex[0]!;
  const first = geometry.rowIndex[0]! + geometry.laneIndex[0]!;
  const place = new Map<number, number>();
  for (let o = block.from; o < block.to; o++) place.set(geometry.channelIndex[o]! + first, o - block.from);
  const to = Array.from(source.channelIndex, (channel) => place.get(folded(term, channel + corner)) ?? -1);
  for (let channel = 0; channel < source.channels; ) {
    let n = 0;
    while (channel + n < source.channels && to[channel + n]! >= 0) n++;
    if (n > 0) {
      const lanes = new Float64Array(n * ob * LANES);
      for (let i = 0; i < n; i++) writeTap(lanes, i * ob * LANES, block.to - block.from, (o) => (o === to[channel + i] ? weight : 0));
      const { fields, flags } = operandA(source.address + channel * source.channelStep, source.rowWords, source.rowWords, rows, rowWords);
      const steps = n > 1 ? { as: source.channelStep, bs: ob } : {};
      emitter.emit('MAC', { n, ...fields, ...steps, b: emitter.place(lanes), c, ob }, flags, ['b']);
    }
    channel += Math.max(1, n);
  }
}
