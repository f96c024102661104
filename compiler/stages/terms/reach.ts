// What an accumulator can hold, element by element, from the ranges of what its terms read. Source: DESIGN §6, AIR.md §9.25.
// Caveat: interval arithmetic, so correlated inputs make the bound larger than needed.
import { bug } from '../../../fri/core/errors.ts';
import type { Integers } from '../../onnx/numbers.ts';
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

/** For every output of a matrix the sum of its positive weights and that of its negative ones; in the order in which the weights lie. */
function sumsOf(
  weights: Integers,
  { outputs, outputStep, inputStep, depth }: Pick<InputGroup, 'outputs' | 'outputStep' | 'inputStep' | 'depth'>,
): { positive: Float64Array; negative: Float64Array } {
  const [positive, negative] = [new Float64Array(outputs), new Float64Array(outputs)];
  if (outputStep <= inputStep)
    for (let k = 0; k < depth; k++)
      for (let o = 0, at = k * inputStep; o < outputs; o++, at += outputStep) {
        const w = weights[at]!;
        if (w > 0) positive[o]! += w;
        else negative[o]! += w;
      }
  else
    for (let o = 0; o < outputs; o++) {
      let [up, down] = [0, 0];
      for (let k = 0, at = o * outputStep; k < depth; k++, at += inputStep) {
        const w = weights[at]!;
        if (w > 0) up += w;
        else down += w;
      }
      positive[o] = up;
      negative[o] = down;
    }
  return { positive, negative };
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
      const { positive, negative } = sumsOf(weights, matrix);
      for (let o = 0; o < matrix.outputs; o++) biggest = Math.max(biggest, (positive[o]! - negative[o]!) * largest);
      return (o) => [low(positive[o]!) + low(negative[o]!), high(positive[o]!) + high(negative[o]!)];
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
