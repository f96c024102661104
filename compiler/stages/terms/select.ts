// Single elements of a tensor, added where they are wanted: data movement (Slice, Gather, Concat, Pad, strides …). Source: AIR.md §6
// (exchanged roles). Caveat: what is not whole rows or whole channels costs two store rows and three mac rows an element.
import { addRows, wordsBeforeZ } from '../../layout/blocks.ts';
import type { View } from '../../layout/view.ts';
import { NO_WISH, never, scaledAlike, type TermKind } from './term.ts';

/** out[e] += weight · in[index[e]], nothing where the index is negative; one weight. */
export interface SelectTerm {
  kind: 'select';
  source: View;
  index: Int32Array;
  weights: Float64Array;
}

export const select: TermKind<SelectTerm> = {
  accumulate({ index }, weights, input, output) {
    for (const [e, at] of index.entries()) if (at >= 0) output[e]! += weights[0]! * input[at]!;
  },
  scaled: scaledAlike,
  absorbed: (term, factor) =>
    scaledAlike(
      term,
      factor.filter((_, e) => term.index.includes(e)),
    ),
  elements: { are: 'moved', index: ({ index }) => index },
  bound({ index }, weights, bounds) {
    const range = bounds.sum(1, weights[0]!);
    for (const [e, at] of index.entries()) if (at >= 0) bounds.add(e, range);
  },
  fanIn: () => 1,
  moreBits: 0,
  rounding: 'each by itself',
  wish: () => NO_WISH,
  wants: never,
  lower(term, weights, { geometry, rowWords }, tensors) {
    const source = tensors.selected([term], geometry, { rowWords: wordsBeforeZ(rowWords), below: 0 });
    const rows = { ...source, available: source.rowWords, stride: source.rowWords };
    return { emit: (target) => addRows(tensors.emitter, target, rows, () => weights[0]!) };
  },
  turned: never,
  flat: never,
};
