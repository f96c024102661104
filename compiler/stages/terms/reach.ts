// What an accumulator can hold, element by element, from the ranges of what its terms read. Source: DESIGN §6, AIR.md §9.25.
// Caveat: interval arithmetic, so correlated inputs make the bound larger than needed.
import { bug } from '../../../fri/core/errors.ts';
import type { Bounds, InputGroup, Interval } from './term.ts';

/** Valid results lie in [low, high], every coefficient, junk included, in ±magnitude. */
export interface Reach {
  low: Float64Array;
  high: Float64Array;
  magnitude: number;
}

interface Range {
  lo: number;
  hi: number;
}

/** For every output of a matrix the least and the largest sum, and the largest sum of absolute values; in the order in which the weights lie. */
function sumsOf(
  weights: Float64Array,
  { outputs, outputStep, inputStep, depth }: Pick<InputGroup, 'outputs' | 'outputStep' | 'inputStep' | 'depth'>,
  [least, most]: Interval,
): { down: Float64Array; up: Float64Array; sizes: Float64Array } {
  const [down, up, sizes] = [new Float64Array(outputs), new Float64Array(outputs), new Float64Array(outputs)];
  const largest = Math.max(most, -least);
  const add = (from: number, to: number, first: number, last: number): void => {
    for (let k = first; k < last; k++)
      for (let o = from, at = from * outputStep + k * inputStep; o < to; o++, at += outputStep) {
        const w = weights[at]!;
        down[o]! += w > 0 ? w * least : w * most;
        up[o]! += w > 0 ? w * most : w * least;
        sizes[o]! += Math.abs(w) * largest;
      }
  };
  if (outputStep <= inputStep) add(0, outputs, 0, depth);
  else for (let o = 0; o < outputs; o++) add(o, o + 1, 0, depth);
  return { down, up, sizes };
}

/**
 * Adds to a reach what one term contributes, which `bound` says.
 * The magnitude grows by the largest sum of all contributions to one output.
 * @param other range of the second source, for a product
 */
export function widen(reach: Reach, { lo, hi }: Range, other: Range | undefined, bound: (bounds: Bounds) => void): void {
  const [least, most] = [Math.min(0, lo), Math.max(0, hi)];
  const largest = Math.max(most, -least);
  const low = (w: number): number => (w > 0 ? w * least : w * most);
  const high = (w: number): number => (w > 0 ? w * most : w * least);
  let biggest = 0;
  bound({
    count: reach.low.length,
    sum: (count, w): Interval => {
      let [a, b, size] = [0, 0, 0];
      for (let i = 0; i < count; i++) {
        a += low(w);
        b += high(w);
        size += Math.abs(w) * largest;
      }
      biggest = Math.max(biggest, size);
      return [a, b];
    },
    sums: (weights, matrix) => {
      const { down, up, sizes } = sumsOf(weights, matrix, [least, most]);
      for (const size of sizes) biggest = Math.max(biggest, size);
      return (o) => [down[o]!, up[o]!];
    },
    products: (count): Interval => {
      if (!other) throw bug('a product without its second source');
      const [from, to] = [Math.min(0, other.lo), Math.max(0, other.hi)];
      const corners = [least * from, least * to, most * from, most * to];
      const range: Interval = [count * Math.min(...corners), count * Math.max(...corners)];
      // coefficients of junk lanes are products of words whose junk is zero
      biggest = Math.max(biggest, -range[0], range[1]);
      return range;
    },
    add: (at, [a, b]) => {
      reach.low[at]! += a;
      reach.high[at]! += b;
    },
  });
  reach.magnitude += biggest;
}
