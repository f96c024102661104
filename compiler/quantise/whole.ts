// Stages on integers: the accumulator counts ones (or equal steps of a real number that integers make), every value that it can reach has an
// interval of its own, and the result is exact. Ranges are proved, never calibrated: interval arithmetic over the sources' ranges, and what
// operators know of their results (stages/known.ts). Source: DESIGN §6. Caveat: integers that reach too far for a table are refused.
import { ZkvmError } from '../../fri/core/errors.ts';
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { Limits } from '../stages/known.ts';
import type { LinearStage } from '../stages/stage.ts';
import { provedReach, type Reach } from './bounds.ts';
import type { Range } from './calibrate.ts';
import { intersection } from './proved.ts';
import { applyAll } from './scan.ts';
import { clipOf, gridOf, type Quantity, type Target, targetOf } from './targets.ts';

/** numbers in the range of one tensor: up to three times as many table rows */
export const MAX_INTERVALS = 2 ** 18;
/** the same where the result is a real number, which may be approximate instead */
const MAX_REAL_INTERVALS = 2 ** 13;
/** how far a weight may be from a multiple of the unit */
const SLACK = 1e-9;

/** What a stage on integers becomes. */
export interface WholeStage {
  target: Target;
  reach: Reach;
  /** real value of one accumulator unit */
  unit: number;
  weights: Float64Array[];
  /** an integer constant for a real one */
  constantOf: (constant: Tensor | undefined) => Tensor | undefined;
  /** the result is integers, exactly */
  whole: boolean;
}

/** What is known of the integers that a stage on integers reads and makes. */
export interface WholeSources {
  sources: readonly (Quantity & { other?: Quantity | undefined; whole: boolean })[];
  /** what mathematics says of the accumulator and of the result, in real units */
  before: Limits;
  result: Limits;
}

const isWhole = (data: ArrayLike<number>): boolean => Array.prototype.every.call(data, Number.isInteger);

export const tooFar = (low: number, high: number): string =>
  `it may be anything from ${low} to ${high}, a table has at most ${MAX_INTERVALS} values`;

/** @returns an error for integers that cannot be exact */
export const inexact = ({ where }: Pick<LinearStage, 'where'>, why: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0532', {
    what: 'a tensor of integers cannot be kept exactly',
    where,
    why,
    fix: 'cast it to floating point where approximate values will do, or calibrate on smaller numbers',
  });

/** Real value of one unit: 1 for integers, else the smallest weight, if everything is a multiple of it. */
function unitOf({ terms, constant, whole }: LinearStage): number | undefined {
  const numbers = [...terms.map(({ weights }) => weights), ...(constant ? [constant.data] : [])];
  if (numbers.every(isWhole)) return 1;
  if (whole?.before) return undefined;
  let unit = Number.POSITIVE_INFINITY;
  for (const { weights } of terms) for (const w of weights) if (w !== 0) unit = Math.min(unit, Math.abs(w));
  if (unit === Number.POSITIVE_INFINITY) return undefined;
  const multiple = (x: number): boolean => Math.abs(x / unit - Math.round(x / unit)) <= SLACK * Math.max(1, Math.abs(x / unit));
  return numbers.every((list) => list.every(multiple)) ? unit : undefined;
}

/**
 * @param bits of a result that is real
 * @returns undefined for a stage on real numbers
 * @throws ZK0532 if the result has to be exact and cannot
 */
export function wholeStage(
  stage: LinearStage,
  ranges: ReadonlyMap<string, Range>,
  { sources, before, result }: WholeSources,
  bits: number,
): WholeStage | undefined {
  const exact = sources.every(({ whole }) => whole);
  if (!stage.whole?.before && (!exact || stage.terms.length === 0)) return undefined;
  // what rounds on purpose may round once more
  const must = stage.whole?.before && stage.whole.result && gridOf(stage.functions) === undefined;
  const failed = (why: string): undefined => {
    if (must) throw inexact(stage, why);
    return undefined;
  };
  if (!exact) return failed('it is computed from approximate values');
  const unit = unitOf(stage);
  if (unit === undefined) return failed('it is multiplied by, or added to, numbers that are no integers');
  const scaled = (data: Float64Array): Float64Array => (unit === 1 ? data : data.map((x) => Math.round(x / unit)));
  const constantOf = (constant: Tensor | undefined): Tensor | undefined => constant && { ...constant, data: scaled(constant.data) };
  const weights = stage.terms.map((term) => scaled(term.weights));
  const reach = provedReach(stage, weights, constantOf(stage.constant), sources);
  if (!reach) return failed('it may reach 2^30');
  const low = Math.max(reach.low, Math.ceil(before[0] / unit - SLACK));
  const high = Math.min(reach.high, Math.floor(before[1] / unit + SLACK));
  const domain = stage.functions[0]?.domain;
  if (domain && (low < domain.low || high > domain.high)) throw outside(stage, [low, high], domain);
  const target = wholeTarget(stage, unit, [low, high], result, bits);
  const real = !stage.whole?.result;
  const limit = real && !stage.functions[0]?.sign ? MAX_REAL_INTERVALS : MAX_INTERVALS;
  const kept = { reach, unit, weights, constantOf, whole: !real || (unit === 1 && stage.functions.length === 0) };
  if (target && target.to - target.from <= limit && Math.max(-target.result.lo, target.result.hi) < ACCUMULATOR_BOUND)
    return { ...kept, target };
  if (real && stage.whole?.before) return calibrated(stage, ranges, kept, bits);
  return failed(tooFar(low * unit, high * unit));
}

/** A real result of integers that reach far: intervals where calibration saw them. */
function calibrated(
  stage: LinearStage,
  ranges: ReadonlyMap<string, Range>,
  kept: Omit<WholeStage, 'target'>,
  bits: number,
): WholeStage | undefined {
  const { min, max } = ranges.get(stage.before)!;
  if (Math.max(max, -min, max - min) > MAX_INTERVALS) return undefined;
  return { ...kept, target: targetOf(stage, ranges.get(stage.before)!, ranges.get(stage.value)!, bits, 1, 1) };
}

/**
 * A comparison of computed numbers that share their scale sees their integers, and so is exact: equal integers are equal, others are not.
 * @returns undefined where a weight or the constant is no multiple of that scale, or only one number is compared
 */
export function comparison(stage: LinearStage, sources: WholeSources['sources'], bits: number): WholeStage | undefined {
  const { functions, terms, constant } = stage;
  const [first] = sources;
  if (!functions[0]?.sign || terms.length < 2 || !first || sources.some(({ scale, other }) => other || scale !== first.scale))
    return undefined;
  const unit = first.scale;
  const integers = (data: Float64Array, by: number): Float64Array => data.map((x) => x / by);
  const weights = terms.map((term) => term.weights);
  const near = constant && integers(constant.data, unit);
  if (!weights.every(isWhole) || (near && !near.every((x) => Math.abs(x - Math.round(x)) <= SLACK))) return undefined;
  const constantOf = (given: Tensor | undefined): Tensor | undefined =>
    given && { ...given, data: integers(given.data, unit).map(Math.round) };
  const reach = provedReach(stage, weights, constantOf(constant), sources);
  const target = reach && wholeTarget(stage, unit, [reach.low, reach.high], intersection([]), bits);
  return target && { reach, target, unit, weights, constantOf, whole: stage.whole?.result === true };
}

/** An interval for every value of the accumulator, but where the functions are constant. */
function wholeTarget(
  { functions, whole }: LinearStage,
  unit: number,
  [low, high]: Limits,
  known: Limits,
  bits: number,
): Target | undefined {
  let [from, to] = [low, high];
  const clips = functions.findIndex((f) => !f.clip);
  const clip = clipOf(clips < 0 ? functions : functions.slice(0, clips));
  const within = (x: number): number => Math.min(Math.max(x, low), high);
  if (functions[0]?.sign) [from, to] = [within(-1), within(1)];
  else if (clip && functions.length > 0) [from, to] = [within(Math.floor(clip[0] / unit)), within(Math.ceil(clip[1] / unit))];
  if (!(to - from <= MAX_INTERVALS)) return undefined;
  let [least, most] = [0, 0];
  for (let c = from; c <= to; c++) {
    const value = applyAll(functions, c * unit);
    if (!Number.isFinite(value) || (functions[0]?.ends && Math.abs(value) >= ACCUMULATOR_BOUND)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  [least, most] = [Math.max(least, Math.min(0, known[0])), Math.min(most, Math.max(0, known[1]))];
  const scale = functions.length === 0 ? unit : whole?.result ? 1 : (most - least || 1) / (2 ** bits - 1);
  const result = { scale, lo: Math.round(least / scale) || 0, hi: Math.round(most / scale) || 0 };
  return {
    step: unit,
    from,
    to,
    result,
    ideal: (x) => applyAll(functions, x * unit) / scale,
    y: (x) => {
      const value = applyAll(functions, Math.min(Math.max(x, from), to) * unit) || 0;
      return Math.min(Math.max(Math.round(value / scale), result.lo), result.hi) || 0;
    },
  };
}

const outside = ({ where }: LinearStage, [low, high]: Limits, domain: { low: number; high: number }): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0532', {
    what: 'an index may lie outside the table that it looks into',
    where,
    why: `it may be anything from ${low} to ${high}, allowed are ${domain.low} … ${domain.high}`,
    fix: 'limit it in the model (Clip), or calibrate on smaller numbers',
  });
