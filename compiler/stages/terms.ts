// Terms: the linear maps that add into one accumulator. Each knows its arithmetic (`accumulate`, used by the integer simulation) and
// what it can reach (`widen`, used by the bound proof); how it becomes instructions is lower/terms.ts.
// Caveat: weights are whatever the caller passes, real or integer, in the term's own order, so that both worlds share one definition.
import { bug } from '../../fri/core/errors.ts';
import { broadcastIndex, type Shape } from '../onnx/tensor.ts';

/** Elements of a stored tensor in the order a node counts them: element i is element `index[i]` of the root (i if there is no index). */
export interface View {
  root: string;
  index?: Int32Array;
}

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

/** out[e] += in[e] · factor, the factor broadcast from its own shape to the result's */
export interface ScaleTerm {
  kind: 'scale';
  source: View;
  factorShape: Shape;
  shape: Shape;
  weights: Float64Array;
}

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

/** out[c] += weight · Σ of `area` consecutive elements; one weight. */
export interface TotalTerm {
  kind: 'total';
  source: View;
  channels: number;
  area: number;
  weights: Float64Array;
}

/** out[e] += weight · in[index[e]], nothing where the index is negative; one weight. */
export interface SelectTerm {
  kind: 'select';
  source: View;
  index: Int32Array;
  weights: Float64Array;
}

/** out[a][b] += weight · Σ_k in[a][k][b]; one weight. */
export interface FoldTerm {
  kind: 'fold';
  source: View;
  outer: number;
  depth: number;
  inner: number;
  weights: Float64Array;
}

/** Element of a fold's result that element e of its source is added to. */
export const foldedElement = ({ depth, inner }: FoldTerm, e: number): number => Math.floor(e / (depth * inner)) * inner + (e % inner);

/** out[e] += weight · a[e] · b[e], two computed tensors; one positive weight, which decides the accumulator's unit (the integer one is 1). */
export interface ProductTerm {
  kind: 'product';
  source: View;
  other: View;
  weights: Float64Array;
}

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

export type Term = ConvolutionTerm | DenseTerm | ScaleTerm | AverageTerm | TotalTerm | SelectTerm | FoldTerm | ProductTerm | ContractTerm;

/** A term that multiplies computed tensors. */
export const isProduct = (term: Term): term is ProductTerm | ContractTerm => term.kind === 'product' || term.kind === 'contract';

/** Values of a view's elements. */
export const viewed = (view: View, root: Float64Array): Float64Array =>
  view.index ? Float64Array.from(view.index, (i) => root[i]!) : root;

/**
 * Adds the term applied to `input` (the source's elements as viewed) to `output`, with the given weights.
 * @param other elements of the second source as viewed, for a product
 */
export function accumulate(term: Term, weights: Float64Array, input: Float64Array, output: Float64Array, other = input): void {
  switch (term.kind) {
    case 'convolution':
      convolve(term, weights, input, output);
      return;
    case 'dense': {
      const { depth, depthStride, outputs, outputStride, from, to } = term;
      for (let p = 0; p < from.length; p++) {
        for (let k = 0; k < depth; k++) {
          const value = input[from[p]! + k * depthStride]!;
          if (value === 0) continue;
          const row = k * outputs;
          for (let o = 0, at = to[p]!; o < outputs; o++, at += outputStride) output[at]! += value * weights[row + o]!;
        }
      }
      return;
    }
    case 'scale': {
      const index = broadcastIndex(term.factorShape, term.shape);
      for (let e = 0; e < output.length; e++) output[e]! += input[e]! * weights[index[e]!]!;
      return;
    }
    case 'average': {
      const { channels, height, width, outHeight, outWidth } = term;
      for (let c = 0, at = 0; c < channels; c++) {
        for (let y = 0; y < outHeight; y++) {
          for (let x = 0; x < outWidth; x++, at++) {
            const corner = (c * height + 2 * y) * width + 2 * x;
            output[at]! += weights[0]! * (input[corner]! + input[corner + 1]! + input[corner + width]! + input[corner + width + 1]!);
          }
        }
      }
      return;
    }
    case 'total':
      for (let e = 0; e < term.channels * term.area; e++) output[Math.floor(e / term.area)]! += weights[0]! * input[e]!;
      return;
    case 'fold':
      for (let e = 0; e < input.length; e++) output[foldedElement(term, e)]! += weights[0]! * input[e]!;
      return;
    case 'product':
      for (let e = 0; e < output.length; e++) output[e]! += weights[0]! * input[e]! * other[e]!;
      return;
    case 'contract': {
      const { count, rows, depth, columns } = term;
      for (let n = 0; n < count; n++)
        for (let i = 0; i < rows; i++)
          for (let k = 0; k < depth; k++) {
            const value = weights[0]! * input[(n * rows + i) * depth + k]!;
            const [from, to] = [(n * depth + k) * columns, (n * rows + i) * columns];
            for (let j = 0; j < columns; j++) output[to + j]! += value * other[from + j]!;
          }
      return;
    }
    case 'select':
      for (const [e, at] of term.index.entries()) if (at >= 0) output[e]! += weights[0]! * input[at]!;
  }
}

function convolve(term: ConvolutionTerm, weights: Float64Array, input: Float64Array, output: Float64Array): void {
  const { samples, channels, height, width, outChannels, group, kernelHeight, kernelWidth, pads, outHeight, outWidth } = term;
  const perGroup = channels / group;
  for (let n = 0; n < samples; n++) {
    for (let o = 0; o < outChannels; o++) {
      const to = (n * outChannels + o) * outHeight * outWidth;
      const first = n * channels + Math.floor(o / (outChannels / group)) * perGroup;
      for (let c = 0; c < perGroup; c++) {
        const plane = (first + c) * height * width;
        for (let dy = 0; dy < kernelHeight; dy++) {
          const [top, bottom] = [Math.max(0, pads[0] - dy), Math.min(outHeight, height + pads[0] - dy)];
          for (let dx = 0; dx < kernelWidth; dx++) {
            const weight = weights[((o * perGroup + c) * kernelHeight + dy) * kernelWidth + dx]!;
            if (weight === 0) continue;
            const [left, right] = [Math.max(0, pads[1] - dx), Math.min(outWidth, width + pads[1] - dx)];
            for (let y = top; y < bottom; y++) {
              const row = plane + (y + dy - pads[0]) * width + dx - pads[1];
              for (let x = left; x < right; x++) output[to + y * outWidth + x]! += weight * input[row + x]!;
            }
          }
        }
      }
    }
  }
}

/** What an accumulator can hold, element by element: valid results lie in [low, high], every coefficient, junk included, in ±magnitude. */
export interface Reach {
  low: Float64Array;
  high: Float64Array;
  magnitude: number;
}

/**
 * Adds to a reach what the term contributes when every element of its source may be anything in [lo, hi].
 * Zero counts as possible too, for padding; `magnitude` sums the largest contribution of every weight of one output.
 */
export function widen(term: Term, weights: Float64Array, lo: number, hi: number, reach: Reach, other?: { lo: number; hi: number }): void {
  const [least, most] = [Math.min(0, lo), Math.max(0, hi)];
  const largest = Math.max(most, -least);
  const low = (w: number): number => (w > 0 ? w * least : w * most);
  const high = (w: number): number => (w > 0 ? w * most : w * least);
  /** interval and magnitude of one output with these weights */
  const sum = (count: number, weight: (i: number) => number): [number, number] => {
    let [a, b, size] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const w = weight(i);
      a += low(w);
      b += high(w);
      size += Math.abs(w) * largest;
    }
    biggest = Math.max(biggest, size);
    return [a, b];
  };
  let biggest = 0;
  const add = (at: number, [a, b]: [number, number]): void => {
    reach.low[at]! += a;
    reach.high[at]! += b;
  };
  switch (term.kind) {
    case 'convolution': {
      const per = (term.channels / term.group) * term.kernelHeight * term.kernelWidth;
      const area = term.outHeight * term.outWidth;
      for (let o = 0; o < term.outChannels; o++) {
        const range = sum(per, (i) => weights[o * per + i]!);
        for (let n = 0; n < term.samples; n++) for (let e = 0; e < area; e++) add((n * term.outChannels + o) * area + e, range);
      }
      break;
    }
    case 'dense':
      for (let o = 0; o < term.outputs; o++) {
        const range = sum(term.depth, (k) => weights[k * term.outputs + o]!);
        for (const p of term.to) add(p + o * term.outputStride, range);
      }
      break;
    case 'scale': {
      const index = broadcastIndex(term.factorShape, term.shape);
      for (let e = 0; e < reach.low.length; e++)
        add(
          e,
          sum(1, () => weights[index[e]!]!),
        );
      break;
    }
    case 'average': {
      const range = sum(4, () => weights[0]!);
      for (let e = 0; e < reach.low.length; e++) add(e, range);
      break;
    }
    case 'total': {
      const range = sum(term.area, () => weights[0]!);
      for (let e = 0; e < reach.low.length; e++) add(e, range);
      break;
    }
    case 'fold': {
      const range = sum(term.depth, () => weights[0]!);
      for (let e = 0; e < reach.low.length; e++) add(e, range);
      break;
    }
    case 'product':
    case 'contract': {
      if (!other) throw bug('a product without its second source');
      const [from, to] = [Math.min(0, other.lo), Math.max(0, other.hi)];
      const corners = [least * from, least * to, most * from, most * to];
      const count = term.kind === 'contract' ? term.depth : 1;
      const range: [number, number] = [count * Math.min(...corners), count * Math.max(...corners)];
      // coefficients of junk lanes are products of words whose junk is zero
      biggest = Math.max(-range[0], range[1]);
      for (let e = 0; e < reach.low.length; e++) add(e, range);
      break;
    }
    case 'select': {
      const range = sum(1, () => weights[0]!);
      for (const [e, at] of term.index.entries()) if (at >= 0) add(e, range);
    }
  }
  reach.magnitude += biggest;
}

/** Weights that one output sums, on average: the fan-in of the rounding error. */
export function fanIn(term: Term): number {
  switch (term.kind) {
    case 'convolution':
      return (term.channels / term.group) * term.kernelHeight * term.kernelWidth;
    case 'dense':
    case 'fold':
      return term.depth;
    case 'scale':
    case 'product':
    case 'contract':
    case 'select':
      return 1;
    case 'average':
      return 4;
    case 'total':
      return term.area;
  }
}
