// A dense map with exchanged roles: weights are operand A, activations operand B, so that positions come out as channels and outputs in the
// lanes, as the second factor of a matrix product wants them. Source: AIR.md §6 (attention: "V in lanes over d").
// Caveat: it reads sixteen positions at a time, so the source must have its positions in the lanes of one row, in order.
import { LANES } from '../../vm/program/isa.ts';
import type { DenseTerm } from '../stages/terms.ts';
import type { Block, Target } from './blocks.ts';
import type { Emitter } from './emitter.ts';
import type { Geometry, Layout } from './layout.ts';

/** Where the results of a turned map come from. */
export interface Turned {
  source: Layout;
  /** for each channel of the result the lane of its position in the source's rows, and its first output */
  lane: Int32Array;
  output: Int32Array;
}

/**
 * @param source the dense term's source with the contracted index in its channels
 * @param wanted geometry of the result
 * @returns undefined where the result cannot be had this way
 */
export function turnedDense({ depth, outputStride, from, to, outputs }: DenseTerm, source: Layout, wanted: Geometry): Turned | undefined {
  if (source.rows !== 1 || source.halves || source.width !== from.length || source.channels !== depth || wanted.rows !== 1)
    return undefined;
  if (wanted.laneIndex.some((e, x) => e !== wanted.laneIndex[0]! + x * outputStride)) return undefined;
  const lanes = new Map([...source.laneIndex].map((e, x) => [e + source.channelIndex[0]! + source.rowIndex[0]!, x]));
  const lane = new Int32Array(wanted.channels).fill(-1);
  const output = new Int32Array(wanted.channels);
  const places = new Map<number, [lane: number, output: number]>();
  for (const [p, first] of to.entries()) {
    const x = lanes.get(from[p]!);
    if (x === undefined) return undefined;
    for (let o = 0; o < outputs; o++) places.set(first + o * outputStride, [x, o]);
  }
  for (const [c, channel] of wanted.channelIndex.entries()) {
    const place = places.get(channel + wanted.rowIndex[0]! + wanted.laneIndex[0]!);
    if (!place || place[1] + wanted.width > outputs) return undefined;
    [lane[c], output[c]] = place;
  }
  return { source, lane, output };
}

/** Channels whose positions lie in the lanes of one word, in order, and whose outputs are the same. */
export function turnedBlocks({ lane, output }: Turned): Block[] | undefined {
  const blocks: Block[] = [];
  for (let from = 0; from < lane.length; ) {
    if (lane[from]! % LANES !== 0) return undefined;
    let to = from + 1;
    while (to < lane.length && to - from < LANES && lane[to] === lane[from]! + to - from && output[to] === output[from]) to++;
    blocks.push({ from, to });
    from = to;
  }
  return blocks;
}

/** @param place finds or places the words of the weights of `width` outputs from the first one on: [depth][rowWords] */
export function emitTurned(
  emitter: Emitter,
  { depth }: DenseTerm,
  { source, lane, output }: Turned,
  place: (firstOutput: number, rowWords: number) => number,
  { block, c, rowWords }: Target,
): void {
  const steps = depth > 1 ? { n: depth, as: rowWords, bs: source.channelStep } : {};
  const word = lane[block.from]! / LANES;
  emitter.emit('MAC', { ...steps, a: place(output[block.from]!, rowWords), nw: rowWords, b: source.address + word, c, ob: 1 }, [], ['a']);
}

/** Words of operand A: for each contracted index the weights of `width` outputs. */
export function turnedWeights(
  { depth, outputs }: DenseTerm,
  weights: Float64Array,
  first: number,
  width: number,
  rowWords: number,
): Float64Array {
  const lanes = new Float64Array(depth * rowWords * LANES);
  for (let k = 0; k < depth; k++) for (let x = 0; x < width; x++) lanes[k * rowWords * LANES + x] = weights[k * outputs + first + x]!;
  return lanes;
}
