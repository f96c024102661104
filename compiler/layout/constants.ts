// Constant tensors as read-only words that lie like a tensor of the machine. Source: AIR.md §6 (recipes).
// Caveat: a constant that differs from element to element needs as many words as a tensor.
import { LANES } from '../../vm/program/isa.ts';
import { diagonal, outputBlocks, type Target } from './blocks.ts';
import type { Emitter } from './emitter.ts';
import type { Indices } from './layout.ts';

/** True if all elements of each channel have the same value. */
export function uniformChannels({ channelIndex, rowIndex, laneIndex }: Indices, values: Float64Array): boolean {
  for (const channel of channelIndex) {
    const value = values[channel + rowIndex[0]! + laneIndex[0]!];
    for (const row of rowIndex) for (const lane of laneIndex) if (values[channel + row + lane] !== value) return false;
  }
  return true;
}

/** Words of a constant tensor that lies like the layout, for one channel. */
export function constantWords(
  { channelIndex, rowIndex, laneIndex }: Indices,
  values: Float64Array,
  channel: number,
  rowWords: number,
): Float64Array {
  const lanes = new Float64Array(rowIndex.length * rowWords * LANES);
  for (const [r, row] of rowIndex.entries())
    for (const [x, lane] of laneIndex.entries()) lanes[r * rowWords * LANES + x] = values[channelIndex[channel]! + row + lane]!;
  return lanes;
}

/** Adds a constant per element: read-only words as operand A. */
export function emitConstant(emitter: Emitter, geometry: Indices, values: Float64Array, { block, c, rows, rowWords }: Target): void {
  const n = block.to - block.from;
  const words = rows * rowWords;
  const lanes = new Float64Array(n * words * LANES);
  for (let i = 0; i < n; i++) lanes.set(constantWords(geometry, values, block.from + i, rowWords), i * words * LANES);
  const ob = outputBlocks(block);
  const steps = n > 1 ? { n, as: words, bs: ob } : {};
  emitter.emit('MAC', { ...steps, a: emitter.place(lanes), nw: words, b: diagonal(emitter, block, () => 1), c, ob }, [], ['a', 'b']);
}
