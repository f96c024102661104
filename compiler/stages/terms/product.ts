// The product of two computed tensors, element by element. Source: AIR.md §3 (MUL).
// Caveat: both tensors must lie alike, and every channel has an accumulator of its own.
import type { Target } from '../../layout/blocks.ts';
import type { Emitter } from '../../layout/emitter.ts';
import type { Layout } from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import { NO_WISH, never, scaledUp, type TermKind } from './term.ts';

/** out[e] += weight · a[e] · b[e], two computed tensors; one positive weight, which decides the accumulator's unit (the integer one is 1). */
export interface ProductTerm {
  kind: 'product';
  source: View;
  other: View;
  weights: Float64Array;
}

export const product: TermKind<ProductTerm> = {
  accumulate(_, weights, input, output, other) {
    for (let e = 0; e < output.length; e++) output[e]! += weights[0]! * input[e]! * other[e]!;
  },
  scaled: scaledUp,
  absorbed: scaledUp,
  elements: { are: 'multiplied' },
  bound(_term, _weights, bounds) {
    const range = bounds.products(1);
    for (let e = 0; e < bounds.count; e++) bounds.add(e, range);
  },
  fanIn: () => 1,
  moreBits: 0,
  rounding: 'each by itself',
  wish: () => NO_WISH,
  wants: (_term, _view, ofResult) => ofResult(),
  lower(term, _weights, { geometry, rowWords }, tensors) {
    const pitch = { rowWords, below: 0, halves: false };
    const source = tensors.source(term.source, geometry, pitch);
    const other = tensors.source(term.other, geometry, pitch);
    return { emit: (target) => emitHadamard(tensors.emitter, source, other, target), single: true };
  },
  turned: never,
  flat: never,
};

/** The block has one channel. */
function emitHadamard(emitter: Emitter, source: Layout, other: Layout, { block, c, rows, rowWords }: Target): void {
  const [a, b] = [source, other].map(({ address, channelStep }) => address + block.from * channelStep) as [number, number];
  const whole = source.rowWords === rowWords && other.rowWords === rowWords;
  if (whole) emitter.emit('MUL', { a, b, c, nw: rows * rowWords, h: 1, ra: 0, rb: 0 });
  else {
    const jump = (stride: number): number => (rows > 1 ? stride - (rowWords - 1) : 0);
    emitter.emit('MUL', { a, b, c, nw: rowWords, h: rows, ra: jump(source.rowWords), rb: jump(other.rowWords) });
  }
}
