// Dense maps: fully connected layers, matrix products with constants. Their source is read in one of three ways: the contracted index in its
// channels; a single position wherever its elements lie; or with exchanged roles ("turned"), weights as operand A and activations as operand B,
// so that positions come out as channels and outputs in the lanes, as the second factor of a matrix product wants them.
// Source: AIR.md §6 (dense; attention: "V in lanes over d"). Caveat: the turned way reads sixteen positions at a time, so they must lie in the
// lanes of one row, in order.
import { bug } from '../../../fri/core/errors.ts';
import { LANES } from '../../../vm/program/isa.ts';
import { type Block, blocksOf, operandA, outputBlocks, type Target, wordsBeforeZ, writeTap } from '../../layout/blocks.ts';
import type { Emitter } from '../../layout/emitter.ts';
import {
  denseGeometry,
  type Geometry,
  imageGeometry,
  type Layout,
  lanesInUse,
  positionOf,
  renamed,
  sameGeometry,
  wordsFor,
} from '../../layout/layout.ts';
import { inverseOf, type View } from '../../layout/view.ts';
import { addMatrix } from '../../onnx/matrix-products.ts';
import { type InputGroup, type Lowered, NO_WISH, type Tensors, type TermKind } from './term.ts';

/** out[to[p] + o·outputStride] += Σ_k in[from[p] + k·depthStride] · weights[k][o] */
export interface DenseTerm {
  kind: 'dense';
  source: View;
  depth: number;
  depthStride: number;
  outputs: number;
  outputStride: number;
  from: Int32Array;
  to: Int32Array;
  /** [depth][outputs] */
  weights: Float64Array;
}

/** words of a row that one instruction multiplies by a number each */
const MAX_FLAT_WORDS = 256;
/** a fully connected layer reads this many times more inputs than it has outputs: then packed lanes cost less than a word an input */
const PACKED_RATIO = 2;

export const dense: TermKind<DenseTerm> = {
  accumulate({ depth, depthStride, outputs, outputStride, from, to }, weights, input, output) {
    const matrix = { from: 0, depth, columns: outputs };
    addMatrix(weights, matrix, { data: input, at: from, step: depthStride }, { data: output, at: to, step: outputStride }, true);
  },
  scaled(term, factor) {
    const { outputs, outputStride, to } = term;
    const scale = Float64Array.from({ length: outputs }, (_, o) => factor[to[0]! + o * outputStride]!);
    for (let o = 0; o < outputs; o++) for (const p of to) if (factor[p + o * outputStride] !== scale[o]) return undefined;
    return { ...term, weights: term.weights.map((w, i) => w * scale[i % outputs]!) };
  },
  absorbed(term, factor) {
    const { depth, depthStride, outputs, from } = term;
    const scale = Float64Array.from({ length: depth }, (_, k) => factor[from[0]! + k * depthStride]!);
    for (let k = 0; k < depth; k++) for (const p of from) if (factor[p + k * depthStride] !== scale[k]) return undefined;
    return { ...term, weights: term.weights.map((w, i) => w * scale[Math.floor(i / outputs)]!) };
  },
  elements: {
    are: 'sums',
    geometry: (term, tensors) => contracted(term, tensors)?.result ?? plainResult(term),
    blocks: (_, channels) => blocksOf(channels, channels),
  },
  bound({ depth, outputs, outputStride, to }, weights, bounds) {
    const ranges = bounds.sums(weights, { outputs, outputStep: 1, inputStep: outputs, depth });
    for (let o = 0; o < outputs; o++) {
      const range = ranges(o);
      for (let p = 0; p < to.length; p++) bounds.add(to[p]! + o * outputStride, range);
    }
  },
  fanIn: ({ depth }) => depth,
  moreBits: 0,
  rounding: {
    groups: (term) => [inputsOf(term)],
    addMeans({ to, outputStride }, means, data) {
      for (const [o, mean] of means.entries()) for (const p of to) data[p + o * outputStride]! += mean;
    },
  },
  wish: () => NO_WISH,
  wants({ depth, depthStride, outputs, from }) {
    if (from.length > 1 || depth < PACKED_RATIO * outputs) return denseGeometry(depth, depthStride, from);
    return { ...imageGeometry(1, 1, depth), laneIndex: Int32Array.from({ length: depth }, (_, k) => from[0]! + k * depthStride) };
  },
  lower(term, weights, { geometry, rowWords }, tensors) {
    const { emitter } = tensors;
    if (isScattered(term, geometry, tensors)) {
      const source = tensors.stored(term.source.root);
      const name = inverseOf(term.source);
      return { emit: (target) => emitFullyConnected(emitter, term, weights, source, name, target), lead: source.width > 1 };
    }
    const pitch = { rowWords: wordsBeforeZ(rowWords), below: 0, halves: false };
    const source = tensors.source(term.source, sourceGeometry(term, geometry), pitch);
    return { emit: (target) => emitDense(emitter, term, weights, source, target) };
  },
  turned(term, weights, wanted, tensors) {
    const plain = term.from.length > 1 ? contracted(term, tensors) : undefined;
    const turned = plain && !sameGeometry(plain.result, wanted) ? turnedFrom(term, plain.source, wanted) : undefined;
    const blocks = turned && turnedBlocks(turned);
    if (!turned || !blocks) return undefined;
    return { blocks, emit: turnedEmission(term, weights, turned, wanted.width, tensors.emitter) };
  },
  flat(term, weights, tensors) {
    const { source: view, depth, depthStride, outputs, outputStride, from, to } = term;
    if (from.length > 1 || to[0] !== 0 || outputStride !== 1 || wordsFor(outputs) > MAX_FLAT_WORDS) return undefined;
    const source = tensors.source(view, denseGeometry(depth, depthStride, from), { rowWords: 0, below: 0, halves: false });
    const turned = { source, lane: Int32Array.of(0), output: Int32Array.of(0) };
    return { emit: turnedEmission(term, weights, turned, outputs, tensors.emitter) };
  },
};

/** The inputs of one position. */
const inputsOf = ({ depth, depthStride, outputs, from }: DenseTerm): InputGroup => ({
  first: 0,
  outputs,
  outputStep: 1,
  inputStep: outputs,
  depth,
  positions: from.length,
  read(sample, position, values, at) {
    const start = from[position]!;
    for (let k = 0; k < depth; k++) values[at + k] = sample[start + k * depthStride]!;
  },
});

/** Geometry of the result where the source does not say another. */
const plainResult = ({ outputs, outputStride, to }: DenseTerm): Geometry => denseGeometry(outputs, outputStride, to);

/** Positions that have other names in a geometry of `channels` channels, `step` elements apart; undefined where they are not separable. */
function renamedPositions(geometry: Geometry, before: Int32Array, after: Int32Array, channels: number, step: number): Geometry | undefined {
  const names = new Map([...before].map((e, p) => [e, after[p]!]));
  const one = { ...geometry, channels: 1, channelIndex: geometry.channelIndex.slice(0, 1) };
  const positions = renamed(one, (e) => names.get(e) ?? Number.NaN);
  if (!positions) return undefined;
  const first = positions.channelIndex[0]!;
  return { ...positions, channels, channelIndex: Int32Array.from({ length: channels }, (_, i) => first + i * step) };
}

/** The source if its channels are the contracted index, with the geometry of the result. */
function contracted(term: DenseTerm, tensors: Tensors): { source: Layout; result: Geometry } | undefined {
  const { depth, depthStride, outputs, outputStride, from, to } = term;
  const source = tensors.viewed(term.source);
  if (!source || source.halves || source.channels !== depth || source.rows * source.width !== from.length) return undefined;
  const base = source.channelIndex[0]!;
  if (source.channelIndex.some((e, k) => e !== base + k * depthStride)) return undefined;
  const result = renamedPositions(source, from, to, outputs, outputStride);
  return result && { source, result };
}

/** The geometry that the source must have so that the result has the given one. */
function sourceGeometry({ depth, depthStride, from, to }: DenseTerm, result: Geometry): Geometry {
  const source = renamedPositions(result, to, from, depth, depthStride);
  if (!source) throw bug('the positions of a dense map have no separable source');
  return source;
}

/** True for a map with one position whose inputs are not the channels of its source: it is read as it lies. */
function isScattered(term: DenseTerm, geometry: Geometry, tensors: Tensors): boolean {
  if (term.from.length > 1) return false;
  const own = tensors.viewed(term.source);
  return !own || own.halves || !sameGeometry(own, sourceGeometry(term, geometry));
}

/** The contracted index runs over the source's channels, positions stay where they are. */
function emitDense(
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
function emitFullyConnected(
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
    const taps = lanesInUse(source, j);
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

/** Where the results of a turned map come from. */
interface Turned {
  source: Layout;
  /** for each channel of the result the lane of its position in the source's rows, and its first output */
  lane: Int32Array;
  output: Int32Array;
}

/**
 * @param source the source with the contracted index in its channels
 * @param wanted geometry of the result
 * @returns undefined where the result cannot be had this way
 */
function turnedFrom({ depth, outputStride, from, to, outputs }: DenseTerm, source: Layout, wanted: Geometry): Turned | undefined {
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
function turnedBlocks({ lane, output }: Turned): Block[] | undefined {
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

/** Adds a turned map; outputs that start alike share their weights' words. */
function turnedEmission(term: DenseTerm, weights: Float64Array, turned: Turned, width: number, emitter: Emitter): Lowered['emit'] {
  const placed = new Map<number, number>();
  const place = (first: number, rowWords: number): number => {
    const at = placed.get(first) ?? emitter.place(turnedWeights(term, weights, first, width, rowWords));
    placed.set(first, at);
    return at;
  };
  return (target) => emitTurned(emitter, term, turned, place, target);
}

/** @param place finds or places the words of the weights of `width` outputs from the first one on: [depth][rowWords] */
function emitTurned(
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
function turnedWeights({ depth, outputs }: DenseTerm, weights: Float64Array, first: number, width: number, rowWords: number): Float64Array {
  const lanes = new Float64Array(depth * rowWords * LANES);
  for (let k = 0; k < depth; k++) for (let x = 0; x < width; x++) lanes[k * rowWords * LANES + x] = weights[k * outputs + first + x]!;
  return lanes;
}
