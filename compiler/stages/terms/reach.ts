// What an accumulator can hold, element by element, from the ranges of what its terms read. Source: DESIGN §6, AIR.md §9.25.
// Caveat: interval arithmetic, so correlated inputs make the bound larger than needed.
import { bug } from '../../../fri/core/errors.ts';
import type { Bounds, Interval } from './term.ts';

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
    sum: (count, weight): Interval => {
      let [a, b, size] = [0, 0, 0];
      for (let i = 0; i < count; i++) {
        const w = weight(i);
        a += low(w);
        b += high(w);
        size += Math.abs(w) * largest;
      }
      biggest = Math.max(biggest, size);
      return [a, b];
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
