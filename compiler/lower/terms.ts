// Each kind of term as instructions that add into the accumulator of a block. Source: AIR.md §6 (recipes).
// Caveat: sources must already lie as the term needs them; lower.ts sees to that.
import { bug } from '../../fri/core/errors.ts';
import { LANES } from '../../vm/program/isa.ts';
import { broadcastIndex } from '../onnx/tensor.ts';
import type { ContractTerm, ConvolutionTerm, DenseTerm, ScaleTerm } from '../stages/terms.ts';
import { type FoldTerm, foldedElement } from '../stages/terms.ts';
import { addRows, diagonal, operandA, outputBlocks, type Target, writeTap } from './blocks.ts';
import type { Emitter } from './emitter.ts';
import { type Layout, positionOf } from './layout.ts';

/** One MAC per kernel row: rows above the image are left out, rows below it are zero rows of the channel. */
export function emitConvolution(emitter: Emitter, term: ConvolutionTerm, weights: Float64Array, source: Layout, target: Target): void {
  const { channels, height, outChannels, group, kernelHeight, kernelWidth, pads, outHeight } = term;
  const { block, c, rowWords } = target;
  const [inputs, outputs] = [channels / group, outChannels / group];
  const sample = Math.floor(block.from / outChannels);
  const first = block.from - sample * outChannels;
  const [groupFrom, groupTo] = [Math.floor(first / outputs), Math.ceil((block.to - sample * outChannels) / outputs)];
  const [inFrom, inTo] = [groupFrom * inputs, groupTo * inputs];
  const ob = outputBlocks(block);
  for (let dy = 0; dy < kernelHeight; dy++) {
    const skip = Math.max(0, pads[0] - dy);
    const from = Math.max(0, dy - pads[0]);
    if (skip >= outHeight || from >= height) continue;
    const lanes = new Float64Array((inTo - inFrom) * kernelWidth * ob * LANES);
    let at = 0;
    for (let input = inFrom; input < inTo; input++) {
      for (let dx = 0; dx < kernelWidth; dx++) {
        at = writeTap(lanes, at, block.to - block.from, (i) => {
          const o = first + i;
          if (Math.floor(o / outputs) !== Math.floor(input / inputs)) return 0;
          return weights[((o * inputs + (input % inputs)) * kernelHeight + dy) * kernelWidth + dx]!;
        });
      }
    }
    if (lanes.every((value) => value === 0)) continue;
    const start = source.address + (sample * channels + inFrom) * source.channelStep + from * source.rowWords;
    const { fields, flags } = operandA(start, source.rowWords, source.rowWords, outHeight - skip, rowWords);
    const n = inTo - inFrom;
    const steps = n > 1 ? { as: source.channelStep, bs: kernelWidth * ob } : {};
    emitter.emit('MAC', { n, ...fields, ...steps, b: emitter.place(lanes), c, ob, taps: kernelWidth, pad: pads[1] }, flags, ['b']);
  }
}

/** The contracted index runs over the source's channels, positions stay where they are. */
export function emitDense(
  emitter: Emitter,
  { depth, outputs }: DenseTerm,
  weights: Float64Array,
  source: Layout,
  { block, c, rows, rowWords }: Target,
): void {
  const ob = outputBlocks(block);
  const lanes = new Float64Array(depth * ob * LANES);
  for (let k = 0, at = 0; k < depth; k++) at = writeTap(lanes, at, block.to - block.from, (o) => weights[k * outputs + block.from + o]!);
  const { fields, flags } = operandA(source.address, source.rowWords, source.rowWords, rows, rowWords);
  const steps = depth > 1 ? { n: depth, as: source.channelStep, bs: ob } : {};
  emitter.emit('MAC', { ...steps, ...fields, b: emitter.place(lanes), c, ob }, flags, ['b']);
}

/**
 * One position, its elements anywhere: each source word is a one-dimensional image, each of its lanes a tap, the answer is lane 0.
 * @param element the element as the term counts them, for an element of the source
 */
export function emitFullyConnected(
  emitter: Emitter,
  term: DenseTerm,
  weights: Float64Array,
  source: Layout,
  element: (root: number) => number,
  { block, c }: Target,
): void {
  const { depthStride, outputs, from } = term;
  const { channels, rows, rowWords, below, channelStep, address, channelIndex, rowIndex, laneIndex } = source;
  const ob = outputBlocks(block);
  for (let j = 0; j < rowWords; j++) {
    let taps = 0;
    while (taps < LANES && positionOf(source, j, taps) >= 0) taps++;
    if (taps === 0) continue;
    const runs =
      (below === 0 && channelStep === rows * rowWords) || channels === 1
        ? [{ first: 0, count: channels }]
        : Array.from({ length: channels }, (_, first) => ({ first, count: 1 }));
    for (const { first, count } of runs) {
      const n = count * rows;
      const lanes = new Float64Array(n * taps * ob * LANES);
      let at = 0;
      for (let channel = first; channel < first + count; channel++)
        for (let row = 0; row < rows; row++)
          for (let t = 0; t < taps; t++) {
            const root = channelIndex[channel]! + rowIndex[row]! + laneIndex[positionOf(source, j, t)]!;
            const k = (element(root) - from[0]!) / depthStride;
            if (!Number.isInteger(k)) throw bug('an element is no input of a fully connected layer');
            at = writeTap(lanes, at, block.to - block.from, (o) => weights[k * outputs + block.from + o]!);
          }
      const steps = n > 1 ? { n, as: rowWords, bs: taps * ob } : {};
      emitter.emit('MAC', { ...steps, a: address + first * channelStep + j, b: emitter.place(lanes), c, ob, taps }, [], ['b']);
    }
  }
}

/** Factor of each element in the stage's order, for a scale term. */
export function scaleFactors({ factorShape, shape }: ScaleTerm, weights: Float64Array): Float64Array {
  return Float64Array.from(broadcastIndex(factorShape, shape), (i) => weights[i]!);
}

/** True if all elements of each channel have the same value. */
export function uniformChannels(
  { channelIndex, rowIndex, laneIndex }: Pick<Layout, 'channelIndex' | 'rowIndex' | 'laneIndex'>,
  values: Float64Array,
): boolean {
  for (const channel of channelIndex) {
    const value = values[channel + rowIndex[0]! + laneIndex[0]!];
    for (const row of rowIndex) for (const lane of laneIndex) if (values[channel + row + lane] !== value) return false;
  }
  return true;
}

/** One factor per channel: a diagonal operand B. */
export function emitScale(emitter: Emitter, factors: Float64Array, source: Layout, target: Target): void {
  const { channelIndex, rowIndex, laneIndex, rowWords } = source;
  const corner = rowIndex[0]! + laneIndex[0]!;
  addRows(
    emitter,
    target,
    { ...source, available: rowWords, stride: rowWords },
    (i) => factors[channelIndex[target.block.from + i]! + corner]!,
  );
}

/** Words of a constant tensor that lies like the layout, for one channel. */
export function constantWords(
  { channelIndex, rowIndex, laneIndex }: Pick<Layout, 'channelIndex' | 'rowIndex' | 'laneIndex'>,
  values: Float64Array,
  channel: number,
  rowWords: number,
): Float64Array {
  const lanes = new Float64Array(rowIndex.length * rowWords * LANES);
  for (const [r, row] of rowIndex.entries())
    for (const [x, lane] of laneIndex.entries()) lanes[r * rowWords * LANES + x] = values[channelIndex[channel]! + row + lane]!;
  return lanes;
}

/** A factor per element: a Hadamard product with read-only words; the block has one channel. */
export function emitProduct(emitter: Emitter, factors: Float64Array, source: Layout, { block, c, rows, rowWords }: Target): void {
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

/** Adds whole channels of the source to channels of the result. */
export function emitFold(
  emitter: Emitter,
  term: FoldTerm,
  weight: number,
  geometry: Pick<Layout, 'channelIndex' | 'rowIndex' | 'laneIndex'>,
  source: Layout,
  { block, c, rows, rowWords }: Target,
): void {
  const ob = outputBlocks(block);
  const corner = source.rowIndex[0]! + source.laneIndex[0]!;
  const first = geometry.rowIndex[0]! + geometry.laneIndex[0]!;
  const place = new Map<number, number>();
  for (let o = block.from; o < block.to; o++) place.set(geometry.channelIndex[o]! + first, o - block.from);
  const to = Array.from(source.channelIndex, (channel) => place.get(foldedElement(term, channel + corner)) ?? -1);
  for (let channel = 0; channel < source.channels; ) {
    let n = 0;
    while (channel + n < source.channels && to[channel + n]! >= 0) n++;
    if (n > 0) {
      const lanes = new Float64Array(n * ob * LANES);
      for (let i = 0; i < n; i++) writeTap(lanes, i * ob * LANES, block.to - block.from, (o) => (o === to[channel + i] ? weight : 0));
      const { fields, flags } = operandA(source.address + channel * source.channelStep, source.rowWords, source.rowWords, rows, rowWords);
      const steps = n > 1 ? { as: source.channelStep, bs: ob } : {};
      emitter.emit('MAC', { n, ...fields, ...steps, b: emitter.constant(lanes), c, ob }, flags, ['b']);
    }
    channel += Math.max(1, n);
  }
}

/** Elementwise product of two tensors that lie alike; the block has one channel. */
export function emitHadamard(emitter: Emitter, source: Layout, other: Layout, { block, c, rows, rowWords }: Target): void {
  const [a, b] = [source, other].map(({ address, channelStep }) => address + block.from * channelStep) as [number, number];
  const whole = source.rowWords === rowWords && other.rowWords === rowWords;
  if (whole) emitter.emit('MUL', { a, b, c, nw: rows * rowWords, h: 1, ra: 0, rb: 0 });
  else {
    const jump = (stride: number): number => (rows > 1 ? stride - (rowWords - 1) : 0);
    emitter.emit('MUL', { a, b, c, nw: rowWords, h: rows, ra: jump(source.rowWords), rb: jump(other.rowWords) });
  }
}

/** Matrix product of two computed tensors: sixteen columns of one sample, the second factor's word of each contracted index as operand B. */
export function emitContract(
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

/** A constant per element: read-only words as operand A. */
export function emitConstant(
  emitter: Emitter,
  geometry: Pick<Layout, 'channelIndex' | 'rowIndex' | 'laneIndex'>,
  values: Float64Array,
  { block, c, rows, rowWords }: Target,
): void {
  const n = block.to - block.from;
  const words = rows * rowWords;
  const lanes = new Float64Array(n * words * LANES);
  for (let i = 0; i < n; i++) lanes.set(constantWords(geometry, values, block.from + i, rowWords), i * words * LANES);
  const ob = outputBlocks(block);
  const steps = n > 1 ? { n, as: words, bs: ob } : {};
  emitter.emit('MAC', { ...steps, a: emitter.place(lanes), nw: words, b: diagonal(emitter, block, () => 1), c, ob }, [], ['a', 'b']);
}

/** Sum of 2×2 windows: even and odd halves of even and odd rows. */
export function emitAverage(emitter: Emitter, weight: number, source: Layout, target: Target): void {
  const half = source.rowWords / 2;
  for (const row of [0, 1])
    for (const odd of [0, 1]) {
      const address = source.address + row * source.rowWords + odd * half;
      addRows(emitter, target, { address, channelStep: source.channelStep, available: half, stride: 2 * source.rowWords }, () => weight);
    }
}

/** Sum of all positions of a channel: every lane of every word is a tap, the answer is lane 0. */
export function emitTotal(emitter: Emitter, weight: number, source: Layout, { block, c }: Target): void {
  const { rows, rowWords, channelStep, address } = source;
  const ob = outputBlocks(block);
  for (let j = 0; j < rowWords; j++) {
    let taps = 0;
    while (taps < LANES && positionOf(source, j, taps) >= 0) taps++;
    if (taps === 0) continue;
    for (let channel = block.from; channel < block.to; channel++) {
      const lanes = new Float64Array(taps * ob * LANES);
      for (let t = 0, at = 0; t < taps; t++)
        at = writeTap(lanes, at, block.to - block.from, (o) => (block.from + o === channel ? weight : 0));
      emitter.emit(
        'MAC',
        { n: rows, a: address + channel * channelStep + j, as: rows > 1 ? rowWords : 0, b: emitter.constant(lanes), c, ob, taps },
        [],
        ['b'],
      );
    }
  }
}
