// The sum of 2×2 windows with stride 2, as average pools need it. Source: AIR.md §6 (pooling: even and odd halves).
// Caveat: one weight for all windows; other windows are convolutions.

import { LANES } from '../../../vm/program/isa.ts';
import { addRows, blocksOf, wordsBeforeZ } from '../../layout/blocks.ts';
import { imageGeometry } from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import { never, scaledUp, type TermKind } from './term.ts';

/** Weighted sum of 2×2 windows with stride 2; one weight. */
export interface AverageTerm {
  kind: 'average';
  source: View;
  channels: number;
  height: number;
  width: number;
  outHeight: number;
  outWidth: number;
  weights: Float64Array;
}

const image = ({ channels, height, width }: AverageTerm) => imageGeometry(channels, height, width);

export const average: TermKind<AverageTerm> = {
  accumulate({ channels, height, width, outHeight, outWidth }, weights, input, output) {
    for (let c = 0, at = 0; c < channels; c++) {
      for (let y = 0; y < outHeight; y++) {
        for (let x = 0; x < outWidth; x++, at++) {
          const corner = (c * height + 2 * y) * width + 2 * x;
          output[at]! += weights[0]! * (input[corner]! + input[corner + 1]! + input[corner + width]! + input[corner + width + 1]!);
        }
      }
    }
  },
  scaled: scaledUp,
  absorbed: scaledUp,
  elements: {
    are: 'sums',
    geometry: ({ channels, outHeight, outWidth }) => imageGeometry(channels, outHeight, outWidth),
    blocks: (_, channels) => blocksOf(channels, LANES),
  },
  bound(_, weights, bounds) {
    const range = bounds.sum(4, weights[0]!);
    for (let e = 0; e < bounds.count; e++) bounds.add(e, range);
  },
  fanIn: () => 4,
  // a sum of four integers has two bits more than each; keeping one of them is worth its table rows
  moreBits: 1,
  rounding: 'each by itself',
  wish: () => ({ rowWords: 0, below: 0, halves: true }),
  wants: image,
  lower(term, weights, { rowWords }, tensors) {
    const source = tensors.source(term.source, image(term), { rowWords: 2 * wordsBeforeZ(rowWords), below: 0, halves: true });
    const half = source.rowWords / 2;
    return {
      // even and odd halves of even and odd rows
      emit(target) {
        for (const row of [0, 1])
          for (const odd of [0, 1]) {
            const address = source.address + row * source.rowWords + odd * half;
            const rows = { address, channelStep: source.channelStep, available: half, stride: 2 * source.rowWords };
            addRows(tensors.emitter, target, rows, () => weights[0]!);
          }
      },
    };
  },
  turned: never,
  flat: never,
};
