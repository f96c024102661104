// How far an output is from the float reference, in three figures: relative to its largest value, channel by channel relative to the spread of the
// channel, and how often the largest element is the reference's. Source: DESIGN §6. A channel of large values hides a wrong one of small
// values in the first figure, not in the second. Caveat: a channel with few samples has little spread, so there the second is large.
import type { Shape } from '../onnx/tensor.ts';
import type { OutputMeasure } from './report.ts';

/** an axis longer than this is one of positions, not of channels or classes */
const MOST_CHANNELS = 1024;
/** images: samples, channels, rows, columns */
const IMAGE_RANK = 4;

/**
 * The axis whose indices are quantities of their own: of images the second, else the last, or one before it if that is a long list.
 * @returns -1 for an output that has one quantity
 */
export function channelAxis(shape: Shape): number {
  if (shape.length >= IMAGE_RANK) return shape[1]! <= MOST_CHANNELS ? 1 : -1;
  for (let axis = shape.length - 1; axis >= 0; axis--) if (shape[axis]! > 1 && shape[axis]! <= MOST_CHANNELS) return axis;
  return -1;
}

/** index of the largest of `width` elements from `at` on, the first of equal ones */
function argmax(values: Float64Array, at: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if (values[at + i]! > values[at + best]!) best = i;
  return best;
}

/**
 * Measures an output.
 * @param pairs what the reference gives and what the integers give, one pair a sample
 */
export function measureOutput(shape: Shape, pairs: Iterable<readonly [expected: Float64Array, got: Float64Array]>): OutputMeasure {
  const axis = channelAxis(shape);
  const channels = axis < 0 ? 1 : shape[axis]!;
  /** elements from one index of the channel to the next */
  const inner = axis < 0 ? 1 : shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const low = new Float64Array(channels).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
  const errors = new Float64Array(channels);
  const width = shape.at(-1) ?? 1;
  let [maxError, worst, top, same, rows, samples] = [0, 0, 0, 0, 0, 0];
  for (const [expected, got] of pairs) {
    for (let e = 0; e < expected.length; e++) {
      const x = expected[e]!;
      const error = Math.abs(got[e]! - x);
      const c = channels === 1 ? 0 : Math.floor(e / inner) % channels;
      if (x < low[c]!) low[c] = x;
      if (x > high[c]!) high[c] = x;
      if (error > errors[c]!) errors[c] = error;
      if (error > maxError) [maxError, worst] = [error, samples];
      if (Math.abs(x) > top) top = Math.abs(x);
    }
    for (let at = 0; at < expected.length; at += width, rows++) if (argmax(got, at, width) === argmax(expected, at, width)) same++;
    samples++;
  }
  let [channel, channelError] = [0, 0];
  for (let c = 0; c < channels; c++) {
    const relative = errors[c]! / (high[c]! - low[c]! || top || 1);
    if (relative > channelError) [channel, channelError] = [c, relative];
  }
  return {
    maxError,
    sample: worst,
    relativeError: maxError / (top || 1),
    channelError,
    channel,
    sameArgmax: rows > 0 ? same / rows : 1,
    labels: shape.length <= 2 && width > 1 && width <= MOST_CHANNELS ? rows : 0,
  };
}
