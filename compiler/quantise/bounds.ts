// The proof that no input can break a stage: with every source element anywhere in its declared range, every coefficient of the
// accumulator stays inside (-2^30, 2^30), junk lanes included, and every valid one inside the slot that is built for it.
// Source: DESIGN §6, AIR.md §9.25. Caveat: interval arithmetic, so correlated inputs make the bound larger than needed.

import type { Integers } from '../onnx/numbers.ts';
import { broadcastTo, elementsOf, type Tensor } from '../onnx/tensor.ts';
import type { LinearStage } from '../stages/stage.ts';
import { kindOf } from '../stages/terms/index.ts';
import { type Reach as ElementReach, widen } from '../stages/terms/reach.ts';
import { REACH_LIMIT } from './request.ts';

/** What the accumulators of a stage can hold. */
export interface Reach {
  /** of valid results */
  low: number;
  high: number;
  /** largest absolute value of any coefficient */
  magnitude: number;
}

/**
 * @param weights integer weights of the stage's terms
 * @param sources ranges of the integers that the terms read
 * @returns the reach, or undefined if it is not inside the accumulator bound
 */
export function provedReach(
  stage: LinearStage,
  weights: readonly Integers[],
  constant: Tensor | undefined,
  sources: readonly { lo: number; hi: number; other?: { lo: number; hi: number } | undefined }[],
): Reach | undefined {
  const count = elementsOf(stage.shape);
  const reach: ElementReach = { low: new Float64Array(count), high: new Float64Array(count), magnitude: 0 };
  for (const [i, term] of stage.terms.entries())
    widen(reach, sources[i]!, sources[i]!.other, (bounds) => kindOf(term).bound(term, weights[i]!, bounds));
  const added = constant && broadcastTo(constant, stage.shape);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let { magnitude } = reach;
  if (constant) magnitude += constant.data.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  for (let e = 0; e < count; e++) {
    const c = added?.[e] ?? 0;
    low = Math.min(low, reach.low[e]! + c);
    high = Math.max(high, reach.high[e]! + c);
  }
  return magnitude < REACH_LIMIT ? { low, high, magnitude } : undefined;
}
