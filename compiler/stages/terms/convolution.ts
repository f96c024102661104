// Convolutions with stride 1, of any number of groups. Source: AIR.md §6 (conv: one MAC a kernel row, taps in the lanes).
// Caveat: strides and dilations are spelled out before: phases of the image, zeros in the kernel.

import { LANES } from '../../../vm/program/isa.ts';
import { type Block, blocksOfEach, operandA, outputBlocks, type Target, wordsBeforeZ, writeTap } from '../../layout/blocks.ts';
import type { Emitter } from '../../layout/emitter.ts';
import { imageGeometry, type Layout, wordsFor } from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import { addWindows, type Windows } from '../../onnx/matrix-products.ts';
import { type InputGroup, never, type TermKind, uniform } from './term.ts';

/** Stride-1 convolution of [samples][channels][height][width]; a pad behind may be negative: rows or columns that no window reaches. */
export interface ConvolutionTerm {
  kind: 'convolution';
  source: View;
  samples: number;
  channels: number;
  height: number;
  width: number;
  outChannels: number;
  group: number;
  kernelHeight: number;
  kernelWidth: number;
  /** top, left, bottom, right */
  pads: readonly [number, number, number, number];
  outHeight: number;
  outWidth: number;
  /** [outChannels][channels / group][kernelHeight][kernelWidth] */
  weights: Float64Array;
}

const image = ({ samples, channels, height, width }: ConvolutionTerm) => imageGeometry(samples * channels, height, width);

/** weights that one output sums */
const depthOf = ({ channels, group, kernelHeight, kernelWidth }: ConvolutionTerm): number =>
  (channels / group) * kernelHeight * kernelWidth;

/** zero rows that the last kernel row reads */
const rowsBelow = ({ pads }: ConvolutionTerm): number => Math.max(0, pads[2]);

export const convolution: TermKind<ConvolutionTerm> = {
  accumulate(term, weights, input, output) {
    const { outChannels, group } = term;
    const area = term.outHeight * term.outWidth;
    const depth = depthOf(term);
    for (let g = 0; g < group; g++) {
      const { first, outputs, positions, read } = groupOf(term, g);
      const windows: Windows = {
        count: positions,
        read: (position, values, at) => read(input, position, values, at),
        to: (position) => (Math.floor(position / area) * outChannels + g * outputs) * area + (position % area),
      };
      addWindows({ data: weights, first, depth, outputs }, windows, output, area);
    }
  },
  scaled(term, factor) {
    const { samples, outChannels } = term;
    const area = term.outHeight * term.outWidth;
    for (let c = 0; c < samples * outChannels; c++) if (!uniform(factor, c * area, area)) return undefined;
    for (let o = 0; o < outChannels; o++) if (!uniform(factor, o * area, samples, outChannels * area)) return undefined;
    const per = term.weights.length / outChannels;
    return { ...term, weights: term.weights.map((w, i) => w * factor[Math.floor(i / per) * area]!) };
  },
  absorbed(term, factor) {
    const { samples, channels, outChannels, group, kernelHeight, kernelWidth } = term;
    const area = term.height * term.width;
    for (let c = 0; c < samples * channels; c++) if (!uniform(factor, c * area, area)) return undefined;
    for (let c = 0; c < channels; c++) if (!uniform(factor, c * area, samples, channels * area)) return undefined;
    const [kernel, inputs] = [kernelHeight * kernelWidth, channels / group];
    /** channel that a weight reads */
    const channelOf = (i: number): number =>
      Math.floor(i / (kernel * inputs) / (outChannels / group)) * inputs + (Math.floor(i / kernel) % inputs);
    return { ...term, weights: term.weights.map((w, i) => w * factor[channelOf(i) * area]!) };
  },
  elements: {
    are: 'sums',
    geometry: ({ samples, outChannels, outHeight, outWidth }) => imageGeometry(samples * outChannels, outHeight, outWidth),
    blocks,
  },
  bound(term, weights, bounds) {
    const per = depthOf(term);
    const area = term.outHeight * term.outWidth;
    const ranges = bounds.sums(weights, { outputs: term.outChannels, outputStep: per, inputStep: 1, depth: per });
    for (let o = 0; o < term.outChannels; o++) {
      const range = ranges(o);
      for (let n = 0; n < term.samples; n++) for (let e = 0; e < area; e++) bounds.add((n * term.outChannels + o) * area + e, range);
    }
  },
  fanIn: depthOf,
  moreBits: 0,
  rounding: {
    groups: (term) => Array.from({ length: term.group }, (_, g) => groupOf(term, g)),
    addMeans({ outHeight, outWidth, outChannels }, means, data) {
      const area = outHeight * outWidth;
      for (let e = 0; e < data.length; e++) data[e]! += means[Math.floor(e / area) % outChannels]!;
    },
  },
  wish: (term) => ({
    // windows of one row never reach into the next: lanes behind the image are the padding on both sides
    rowWords: wordsFor(Math.max(term.width + Math.max(term.pads[1], term.pads[3], 0), term.outWidth)),
    below: rowsBelow(term),
    halves: false,
  }),
  wants: image,
  lower(term, weights, { rowWords }, tensors) {
    const source = tensors.source(term.source, image(term), { rowWords: wordsBeforeZ(rowWords), below: rowsBelow(term), halves: false });
    return {
      emit: (target) => emitConvolution(tensors.emitter, term, weights, source, target),
      lead: term.kernelWidth - 1 > term.pads[1],
    };
  },
  turned: never,
  flat: never,
};

/** The windows of one group's channels. */
function groupOf(term: ConvolutionTerm, group: number): InputGroup {
  const { samples, channels, height, width, kernelHeight, kernelWidth, pads, outHeight, outWidth } = term;
  const [inputs, outputs, depth] = [channels / term.group, term.outChannels / term.group, depthOf(term)];
  const area = outHeight * outWidth;
  return {
    first: group * outputs * depth,
    outputs,
    outputStep: depth,
    inputStep: 1,
    depth,
    positions: samples * area,
    read(sample, position, values, at) {
      const [y, x] = [Math.floor((position % area) / outWidth) - pads[0], (position % outWidth) - pads[1]];
      const first = Math.floor(position / area) * channels + group * inputs;
      for (let c = 0, k = at; c < inputs; c++)
        for (let dy = 0; dy < kernelHeight; dy++)
          for (let dx = 0; dx < kernelWidth; dx++, k++)
            if (y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width)
              values[k] = sample[((first + c) * height + y + dy) * width + x + dx]!;
    },
  };
}

/** Channels that mix share an accumulator; of small groups as many as fill sixteen lanes. */
function blocks({ samples, outChannels, group }: ConvolutionTerm): Block[] {
  const perGroup = outChannels / group;
  const size = group === 1 ? outChannels : perGroup * Math.max(1, Math.floor(LANES / perGroup));
  return blocksOfEach(samples, outChannels, size);
}

/** One MAC per kernel row: rows above the image are left out, rows below it are zero rows of the channel. */
function emitConvolution(emitter: Emitter, term: ConvolutionTerm, weights: Float64Array, source: Layout, target: Target): void {
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
