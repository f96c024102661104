// What convolutions and pools share: kernel, strides, pads and dilations of a window over a [N, C, H, W] or [N, C, W] tensor.
// Source: ONNX Conv and MaxPool (auto_pad, ceil_mode). Caveat: a 1-D window is a 2-D one of height 1; 3-D windows are refused.
import type { NodeContext } from './operator.ts';

/** A window that slides over images; a one-dimensional input counts as height 1. */
export interface Window {
  samples: number;
  channels: number;
  height: number;
  width: number;
  kernel: readonly [number, number];
  strides: readonly [number, number];
  dilations: readonly [number, number];
  /** top, left, bottom, right */
  pads: readonly [number, number, number, number];
  outHeight: number;
  outWidth: number;
  /** spatial axes of the model's tensor: 1 or 2 */
  rank: number;
}

const MAX_KERNEL = 1024;

/** How a window slides along one axis. */
export interface WindowAxis {
  size: number;
  kernel: number;
  stride: number;
  dilation: number;
  /** padding before and behind */
  before: number;
  after: number;
  out: number;
}

/** Reads attributes with a number for each spatial axis, or for both ends of each. @throws ZK0510 for another count */
export const spatialLists =
  (context: NodeContext, rank: number) =>
  (name: string, otherwise: number, length = rank): number[] => {
    const values = context.integers(name) ?? new Array<number>(length).fill(otherwise);
    if (values.length !== length) throw context.invalid(`"${name}" has ${values.length} values for ${rank} spatial axes`);
    return values;
  };

/** @param kernelShape sizes of the kernel, one a spatial axis. @throws ZkvmError for a window that is invalid or not supported */
export function windowAxes(context: NodeContext, kernelShape: readonly number[]): WindowAxis[] {
  const shape = context.rank(0, 3, 4, 5);
  const rank = shape.length - 2;
  const list = spatialLists(context, rank);
  const strides = list('strides', 1);
  const dilations = list('dilations', 1);
  if (kernelShape.length !== rank) throw context.invalid(`the kernel has ${kernelShape.length} axes, the input ${rank}`);
  if ([...kernelShape, ...strides, ...dilations].some((size) => size < 1 || size > MAX_KERNEL))
    throw context.invalid(`kernel [${kernelShape}], strides [${strides}], dilations [${dilations}]: each must be 1 … ${MAX_KERNEL}`);
  const ceil = context.integer('ceil_mode', 0) !== 0;
  const auto = context.text('auto_pad', 'NOTSET');
  const given = list('pads', 0, 2 * rank);
  return shape.slice(2).map((size, i) => {
    const extent = (kernelShape[i]! - 1) * dilations[i]! + 1;
    const stride = strides[i]!;
    let [before, after] = [given[i]!, given[i + rank]!];
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
      const small = Math.floor(total / 2);
      [before, after] = auto === 'SAME_UPPER' ? [small, total - small] : [total - small, small];
    } else if (auto === 'VALID') [before, after] = [0, 0];
    else if (auto !== 'NOTSET' && auto !== '') throw context.invalid(`auto_pad "${auto}"`);
    if (before < 0 || after < 0) throw context.unsupported(`pads [${given}]`, 'pads ≥ 0');
    if (before > MAX_KERNEL || after > MAX_KERNEL) throw context.unsupported(`pads [${given}]`, `pads ≤ ${MAX_KERNEL}`);
    const room = size + before + after - extent;
    if (room < 0) throw context.invalid(`a kernel that spans ${extent} does not fit into ${size} + ${before} + ${after}`);
    let out = (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
    if (ceil && (out - 1) * stride >= size + before) out--; // the last window must start inside the image or its left padding
    return { size, kernel: kernelShape[i]!, stride, dilation: dilations[i]!, before, after, out };
  });
}

/** The same for one or two spatial axes. @throws ZkvmError for a window that is invalid or not supported */
export function windowOf(context: NodeContext, kernelShape: readonly number[]): Window {
  const shape = context.rank(0, 3, 4);
  const rank = shape.length - 2;
  const sizes = windowAxes(context, kernelShape);
  const [strides, dilations] = [sizes.map(({ stride }) => stride), sizes.map(({ dilation }) => dilation)];
  const [y, x] = rank === 2 ? [sizes[0]!, sizes[1]!] : [{ size: 1, before: 0, after: 0, out: 1 }, sizes[0]!];
  const pair = (values: readonly number[]): [number, number] => (rank === 2 ? [values[0]!, values[1]!] : [1, values[0]!]);
  return {
    samples: shape[0]!,
    channels: shape[1]!,
    height: y.size,
    width: x.size,
    kernel: pair(kernelShape),
    strides: pair(strides),
    dilations: pair(dilations),
    pads: [y.before, x.before, y.after, x.after],
    outHeight: y.out,
    outWidth: x.out,
    rank,
  };
}

/** Shape of a result with this many channels. */
export const windowShape = ({ samples, outHeight, outWidth, rank }: Window, channels: number): number[] =>
  rank === 2 ? [samples, channels, outHeight, outWidth] : [samples, channels, outWidth];
