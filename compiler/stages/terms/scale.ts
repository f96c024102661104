// Elements times factors: residual sums, differences, BatchNormalization. Source: AIR.md §6 (recipes).
// Caveat: a factor that differs inside a channel needs a read-only word for every word of the tensor.
import { addRows, operandA, type Target, wordsBeforeZ } from '../../layout/blocks.ts';
import { constantWords, uniformChannels } from '../../layout/constants.ts';
import type { Emitter } from '../../layout/emitter.ts';
import type { Layout } from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import { broadcastIndex, broadcastTo, real, type Shape } from '../../onnx/tensor.ts';
import { NO_WISH, never, scaledAlike, type TermKind } from './term.ts';

/** out[e] += in[e] · factor, the factor broadcast from its own shape to the result's */
export interface ScaleTerm {
  kind: 'scale';
  source: View;
  factorShape: Shape;
  shape: Shape;
  weights: Float64Array;
}

export const scale: TermKind<ScaleTerm> = {
  accumulate({ factorShape, shape }, weights, input, output) {
    const index = broadcastIndex(factorShape, shape);
    for (let e = 0; e < output.length; e++) output[e]! += input[e]! * weights[index[e]!]!;
  },
  scaled(term, factor, shape) {
    const alike = scaledAlike(term, factor);
    if (alike) return alike;
    const own = broadcastTo(real(term.factorShape, term.weights), shape);
    return { ...term, factorShape: shape, weights: own.map((w, e) => w * factor[e]!) };
  },
  absorbed: (term, factor) => scale.scaled(term, factor, term.shape),
  elements: { are: 'scaled' },
  bound({ factorShape, shape }, weights, bounds) {
    const index = broadcastIndex(factorShape, shape);
    for (let e = 0; e < bounds.count; e++) {
      const range = bounds.sum(1, weights[index[e]!]!);
      bounds.add(e, range);
    }
  },
  fanIn: () => 1,
  moreBits: 0,
  rounding: 'each by itself',
  wish: () => NO_WISH,
  // elementwise: what the readers of the result like
  wants: (_term, _view, ofResult) => ofResult(),
  lower(term, weights, { geometry, rowWords }, tensors) {
    const { emitter } = tensors;
    const factors = Float64Array.from(broadcastIndex(term.factorShape, term.shape), (i) => weights[i]!);
    const single = !uniformChannels(geometry, factors);
    const pitch = { rowWords: single ? rowWords : wordsBeforeZ(rowWords), below: 0, halves: false };
    const source = tensors.source(term.source, geometry, pitch);
    return { emit: (target) => (single ? emitFactors : emitFactorsOfChannels)(emitter, factors, source, target), single };
  },
  turned: never,
  flat: never,
};

/** One factor per channel: a diagonal operand B. */
function emitFactorsOfChannels(emitter: Emitter, factors: Float64Array, source: Layout, target: Target): void {
  const { channelIndex, rowIndex, laneIndex, rowWords } = source;
  const corner = rowIndex[0]! + laneIndex[0]!;
  addRows(
    emitter,
    target,
    { ...source, available: rowWords, stride: rowWords },
    (i) => factors[channelIndex[target.block.from + i]! + corner]!,
  );
}

/** A factor per element: a Hadamard product with read-only words; the block has one channel. */
function emitFactors(emitter: Emitter, factors: Float64Array, source: Layout, { block, c, rows, rowWords }: Target): void {
  const b = emitter.place(constantWords(source, factors, block.from, rowWords));
  const { nw, h, ra, a } = operandA(
    source.address + block.from * source.channelStep,
    source.rowWords,
    source.rowWords,
    rows,
    rowWords,
  ).fields;
  emitter.emit('MUL', { a, b, c, nw, h, ra, rb: h > 1 ? 1 : 0 }, [], ['b']);
}
