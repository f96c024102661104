// The matrix product of two computed tensors, as attention needs it. Source: AIR.md §6 (attention).
// Caveat: the second factor is read word by word, so a block has sixteen columns of one sample at most.

import { LANES } from '../../../vm/program/isa.ts';
import { blocksOfEach, operandA, type Target, wordsBeforeZ } from '../../layout/blocks.ts';
import type { Emitter } from '../../layout/emitter.ts';
import type { Geometry, Layout } from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import { addMatrix } from '../../onnx/matrix-products.ts';
import { NO_WISH, never, scaledUp, type TermKind } from './term.ts';

/** out[n][i][j] += weight · Σ_k a[n][i][k] · b[n][k][j], two computed tensors; one positive weight, as in a product. */
export interface ContractTerm {
  kind: 'contract';
  source: View;
  other: View;
  count: number;
  rows: number;
  depth: number;
  columns: number;
  weights: Float64Array;
}

export const contract: TermKind<ContractTerm> = {
  accumulate({ count, rows, depth, columns }, weights, input, output, other) {
    const left = weights[0] === 1 ? input : input.map((value) => weights[0]! * value);
    for (let n = 0; n < count; n++) {
      const at = (step: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => (n * rows + i) * step);
      const matrix = { from: n * depth * columns, depth, columns };
      addMatrix(other!, matrix, { data: left, at: at(depth), step: 1 }, { data: output, at: at(columns), step: 1 }, true);
    }
  },
  scaled: scaledUp,
  absorbed: scaledUp,
  elements: {
    are: 'sums',
    geometry: (term) => geometries(term).result,
    // columns that lie in one word of the second factor
    blocks: ({ count, columns }) => blocksOfEach(count, columns, LANES),
  },
  bound({ depth }, _, bounds) {
    const range = bounds.products(depth);
    for (let e = 0; e < bounds.count; e++) bounds.add(e, range);
  },
  fanIn: () => 1,
  moreBits: 0,
  rounding: 'each by itself',
  wish: () => NO_WISH,
  wants: (term, view) => (term.source === view ? geometries(term).source : geometries(term).other),
  lower(term, _weights, { rowWords }, tensors) {
    const wanted = geometries(term);
    const source = tensors.source(term.source, wanted.source, { rowWords: wordsBeforeZ(rowWords), below: 0, halves: false });
    const other = tensors.source(term.other, wanted.other, { rowWords: 0, below: 0, halves: false });
    return { emit: (target) => emitContract(tensors.emitter, term, source, other, target) };
  },
  turned: never,
  flat: never,
};

/** Where the tensors lie: the contracted index and then the columns in channels, rows (and the second factor's columns) in lanes. */
function geometries({ count, rows, depth, columns }: ContractTerm): { source: Geometry; other: Geometry; result: Geometry } {
  const line = (channels: number, per: number, sample: number, step: number, width: number, laneStep: number): Geometry => ({
    channels: count * channels,
    rows: 1,
    width,
    channelIndex: Int32Array.from({ length: count * per }, (_, c) => Math.floor(c / per) * sample + (c % per) * step),
    rowIndex: Int32Array.of(0),
    laneIndex: Int32Array.from({ length: width }, (_, x) => x * laneStep),
  });
  return {
    source: line(depth, depth, rows * depth, 1, rows, depth),
    other: line(depth, depth, depth * columns, columns, columns, 1),
    result: line(columns, columns, rows * columns, 1, rows, columns),
  };
}

/** Sixteen columns of one sample, the second factor's word of each contracted index as operand B. */
function emitContract(
  emitter: Emitter,
  { depth, columns }: ContractTerm,
  source: Layout,
  other: Layout,
  { block, c, rowWords }: Target,
): void {
  const n = Math.floor(block.from / columns);
  const word = (block.from - n * columns) / LANES;
  const { fields, flags } = operandA(source.address + n * depth * source.channelStep, source.rowWords, source.rowWords, 1, rowWords);
  const steps = depth > 1 ? { n: depth, as: source.channelStep, bs: other.channelStep } : {};
  emitter.emit('MAC', { ...steps, ...fields, b: other.address + n * depth * other.channelStep + word, c, ob: 1 }, flags);
}
