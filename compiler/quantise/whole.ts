// Stages on integer tensors (ONNX integers and booleans): the accumulator counts ones, every value has an interval of its own, and the result
// is exact inside the calibrated range. Source: DESIGN §6. Caveat: integers that reach too far for a table are refused, not approximated.
import { ZkvmError } from '../../fri/core/errors.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { LinearStage } from '../stages/stage.ts';
import { provedReach, type Reach } from './bounds.ts';
import type { Range } from './calibrate.ts';
import { gridOf, type Quantity, type Target, targetOf } from './targets.ts';

/** numbers in the range of one tensor: up to three times as many table rows */
const MAX_INTERVALS = 2 ** 17;

/** What a stage on integers becomes: weights and constant are its own. */
export interface WholeStage {
  target: Target;
  reach: Reach;
}

const isWhole = (tensor: Pick<Tensor, 'data'>): boolean => tensor.data.every(Number.isInteger);

/** @returns an error for integers that cannot be exact */
const inexact = ({ where }: LinearStage, why: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0532', {
    what: 'a tensor of integers cannot be kept exactly',
    where,
    why,
    fix: 'cast it to floating point where approximate values will do, or calibrate on smaller numbers',
  });

/**
 * @param sources integers of the terms' sources, two for a product
 * @param bits of a result that is real
 * @returns undefined for a stage on real numbers
 * @throws ZK0532 if the result has to be exact and cannot
 */
export function wholeStage(
  stage: LinearStage,
  ranges: ReadonlyMap<string, Range>,
  sources: readonly (Quantity & { other?: Quantity | undefined })[],
  bits: number,
): WholeStage | undefined {
  if (!stage.whole?.before) return undefined;
  const failed = (why: string): undefined => {
    // what rounds on purpose may round once more
    if (stage.whole?.result && gridOf(stage.functions) === undefined) throw inexact(stage, why);
    return undefined;
  };
  if (sources.some(({ scale, other }) => scale !== 1 || (other && other.scale !== 1)))
    return failed('it is computed from approximate values');
  if (!stage.terms.every(({ weights }) => isWhole({ data: weights })) || (stage.constant && !isWhole(stage.constant)))
    return failed('it is multiplied by, or added to, numbers that are no integers');
  const { min, max } = ranges.get(stage.before)!;
  if (Math.max(max, -min, max - min) > MAX_INTERVALS)
    return failed(`it reaches from ${min} to ${max}, a table has at most ${MAX_INTERVALS} values`);
  const target = targetOf(stage, ranges.get(stage.before)!, ranges.get(stage.value)!, bits, 1, 1);
  const weights = stage.terms.map((term) => term.weights);
  const reach = provedReach(stage, weights, stage.constant, sources);
  return reach ? { target, reach } : failed('it may reach 2^30');
}
