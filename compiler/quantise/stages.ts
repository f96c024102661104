// Real stages -> integer stages: scales, integer weights and constants, and the table that ends the stage. Source: DESIGN §6.
// A stage's accumulator counts units of (step of its table) / u; u is the smallest divisor for which the rounding of the weights stays
// below about half a step. Caveat: noise is estimated from mean squares; the accuracy report measures what really happens.
import { bug, ZkvmError } from '../../fri/core/errors.ts';
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import { viewed } from '../layout/view.ts';
import { broadcastTo, elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import type { KnownRange, Limits } from '../stages/known.ts';
import { inOwnOrder, type LinearStage, type MaximumStage, type StageGraph, selections, sourcesOf } from '../stages/stage.ts';
import { isProduct, kindOf, type Term } from '../stages/terms/index.ts';
import { provedReach, type Reach } from './bounds.ts';
import type { Calibration, Range } from './calibrate.ts';
import { certainLimits, type IndexLimits, indexLimits, intersection, knownRange, limitsOf, wholeInput } from './proved.ts';
import { KnownMoments, type Moments, type Rounded, roundWith } from './rounding.ts';
import { allFine, exactly, identityRequest, REACH_LIMIT, type SlotRequest, type Truth } from './tables.ts';
import {
  floating,
  goneOn,
  gridOf,
  nearestInUse,
  OCTAVE,
  type Quantity,
  quantiseInput,
  type Target,
  targetOf,
  unitInput,
} from './targets.ts';
import { comparison, inexact, MAX_INTERVALS, tooFar, wholeStage } from './whole.ts';

export interface QuantisationOptions {
  /** bits of stored activations, 8 … 15 */
  activationBits: number;
  /** bits of single stages by id, instead of `activationBits` */
  bitsOf?: ReadonlyMap<string, number> | undefined;
  /** bits of the model's outputs, 8 … 15 */
  outputBits: number;
  /** bits of the inputs, or undefined: as many as keep their rounding error below 0.1 %, 8 … 12 */
  inputBits?: number | undefined;
  /** the same for inputs that only functions of single elements read, which may be steep near zero */
  steepInputBits?: number | undefined;
  /** most bits of a weight, sign included, 4 … 24 */
  weightBits: number;
  /** standard deviation that rounded weights may cause, in fine intervals; 0.5 if left out */
  noise?: number | undefined;
}

export interface IntegerLinear {
  kind: 'linear';
  stage: LinearStage;
  /** integer weights of each term */
  weights: Float64Array[];
  /** integers that broadcast to the stage's shape; half a fine interval is included, so that the table rounds */
  constant: Tensor | undefined;
  /** the same for a stage that differs only in the number of samples */
  constantFor: (stage: LinearStage) => Tensor | undefined;
  /** real value of one accumulator unit */
  unit: number;
  reach: Reach;
  slot: SlotRequest;
  result: Quantity;
  /** the stage only moves integers: its elements are those of its sources */
  copies?: boolean;
  /** the result is integers, exactly: its scale is 1 and nothing was rounded */
  whole?: boolean;
  /** the same weights and steps for sources with other ranges, with a table that goes on; undefined where the accumulator bound forbids it */
  again?: Again;
}

/**
 * @param sources with their new ranges
 * @param limits in which the accumulator and the result certainly lie, in real units
 * @param growth times the calibrated range that the table goes on to
 * @param share how far a value beyond it may be off as a share of itself
 */
type Again = (
  sources: readonly Source[],
  limits: { before: Limits; after: Limits },
  growth: number,
  share: number,
) => IntegerLinear | undefined;

export interface IntegerMaximum {
  kind: 'maximum';
  stage: MaximumStage;
  result: Quantity;
}

export type IntegerStage = IntegerLinear | IntegerMaximum;

export interface IntegerGraph {
  graph: StageGraph;
  stages: IntegerStage[];
  /** of inputs by name and of stages by id */
  quantities: Map<string, Quantity>;
  /** divisors of coarse intervals, where tables go on beyond the calibrated ranges */
  coarse?: readonly number[];
  /** the same stages with tables that go on; or the stage that the accumulator bound forbids it */
  again: (growthOf: GrowthOf) => { stages: IntegerStage[]; quantities: Map<string, Quantity> } | { failed: LinearStage };
}

/** Of an input by name or of a stage by id: how far its range goes on, and how far values beyond may be off as a share of themselves. */
export type GrowthOf = (root: string) => { growth: number; share: number };

/** divisors of fine intervals: few, because each in use costs as many rows of range table */
const FINE_DIVISORS = [1, 8, 32, 128, 512, 2048, 8192] as const;
/** standard deviation that rounded weights may cause, in fine intervals */
const NOISE = 0.5;
/** how much better than plain rounding the best rounding may be */
const HOPELESS = 30;
/** a stage with so few weights is worth a search for a step that they are nearly multiples of */
const FEW_WEIGHTS = 64;

/** Power of values that are zero in all samples and need not be: as if anything in the range were as likely. */
const unseenPower = ({ scale, lo, hi }: Quantity): number => (scale * (hi - lo)) ** 2 / 12;

/** What quantisation knows of a term's source. */
interface Source extends Quantity {
  power: number;
  /** integers, exactly, and those of the second source too */
  whole: boolean;
  moments: Moments | undefined;
  /** second source of a product */
  other?: Quantity | undefined;
}

interface RoundedTerms {
  weights: Float64Array[];
  /** of the accumulator's error, in squared units */
  variance: number;
  /** mean errors of each term's outputs, if they are known */
  means: (Float64Array | undefined)[];
}

/** Integer weights for an accumulator unit. */
function roundWeights(terms: readonly Term[], sources: readonly Source[], unit: number): RoundedTerms {
  const rounded = terms.map((term, i): Rounded => {
    const { scale, power, moments } = sources[i]!;
    const exact = term.weights.map((w) => (w * scale) / unit);
    if (moments) return roundWith(moments, exact, scale);
    let squares = 0;
    const weights = exact.map((w) => {
      squares += (w - Math.round(w)) ** 2;
      return Math.round(w);
    });
    return { weights, variance: (squares / weights.length) * kindOf(term).fanIn(term) * (power / (scale * scale)), means: undefined };
  });
  return {
    weights: rounded.map(({ weights }) => weights),
    variance: rounded.reduce((sum, { variance }) => sum + variance, 0),
    means: rounded.map(({ means }) => means),
  };
}

/** The integer constant: the real one, the mean errors of rounded weights, and half a fine interval. */
function roundConstant(stage: LinearStage, { means }: RoundedTerms, unit: number, offset: number): Tensor | undefined {
  if (means.every((list) => list === undefined)) {
    if (!stage.constant) return offset ? real([], Float64Array.of(offset)) : undefined;
    return real(
      stage.constant.shape,
      stage.constant.data.map((c) => Math.round(c / unit) + offset),
    );
  }
  const data = stage.constant ? broadcastTo(stage.constant, stage.shape).map((c) => c / unit) : new Float64Array(elementsOf(stage.shape));
  for (const [i, term] of stage.terms.entries()) {
    const { rounding } = kindOf(term);
    if (means[i] && rounding !== 'each by itself') rounding.addMeans(term, means[i], data);
  }
  return real(
    stage.shape,
    data.map((c) => Math.round(c) + offset),
  );
}

/** Factors 1 … 2 by which the finest step may grow: a grid, and those that make some weight an integer. */
function stretches(terms: readonly Term[], sources: readonly Source[], unitsPerReal: number): number[] {
  const list = Array.from({ length: 32 }, (_, i) => 1 + i / 32);
  const exact = new Set(terms.flatMap(({ weights }, i) => Array.from(weights, (w) => Math.abs(w) * sources[i]!.scale * unitsPerReal)));
  for (const size of exact) for (const m of [Math.floor(size), Math.floor(size) - 1]) if (m > 0 && size <= 2 * m) list.push(size / m);
  return list.sort((a, b) => a - b);
}

/** the widest interval beyond the fine ones, as a share of its distance from zero */
const WIDEST = 1 / 256;

/** @param like what tables with these functions may share one for, if they may */
const named = (functions: string, like: unknown[] | undefined, where: string): Pick<SlotRequest, 'name' | 'key'> =>
  like ? { name: functions, key: JSON.stringify([functions, ...like.map(String)]) } : { name: `${functions} after ${where}` };

/** The table of a stage. @param otherwise its name where the stage has no functions */
const slotAfter = (
  { functions, where }: LinearStage,
  otherwise: string,
  u: number,
  { from, to, span, straight, result }: Target,
  { low, high }: Reach,
  value: SlotRequest['value'],
  truth: Truth,
): SlotRequest => ({
  ...named(
    functions.map(({ name }) => name).join(', ') || otherwise,
    straight && [u, ...straight, result.lo, result.hi, result.fine, span, truth.share],
    where,
  ),
  u,
  // beyond the accumulator's bound nothing needs an interval
  from: Math.max(from, -Math.floor(REACH_LIMIT / u)),
  to: Math.min(to, Math.floor(REACH_LIMIT / u) - 1),
  low,
  high,
  value,
  truth,
  ...(span && { gradual: { low: span[0] * u, high: (span[1] + 1) * u, share: WIDEST } }),
});

/** share of the result's range by which a fine interval may miss at its ends, where its function is steep; never less than these integers */
const STEEP = { share: 0.01, least: 8 } as const;
/** share of it by which a coarse interval may miss anywhere: half of the usual target, so that noise beside a narrow range is none */
const NEAR = { share: 0.005, least: 1 } as const;

/** What a stage's table stands for. @param real the real argument of an accumulator; @param range of the result where it was calibrated */
function truthOf(
  { functions, whole }: LinearStage,
  { ideal, span }: Target,
  range: Pick<Quantity, 'lo' | 'hi'>,
  real: (c: number) => number,
  share = 0,
): Truth {
  const exact = (c: number): number => ideal(real(c));
  if (whole?.result) return exactly(exact);
  const of = ({ share, least }: { share: number; least: number }): number => Math.max(least, share * (range.hi - range.lo));
  const steep = functions.some(({ jumps }) => jumps) ? Number.POSITIVE_INFINITY : of(STEEP);
  return { ideal: exact, near: of(NEAR), steep, ...(span && { share }) };
}

const none = (): undefined => undefined;

/** A stage in the integers of its sources: no rounding, no saturation. @returns undefined if they differ in scale */
function exact(
  stage: LinearStage,
  sources: readonly Source[],
  before: Limits,
  fine?: readonly [lo: number, hi: number],
): IntegerLinear | undefined {
  if (!stage.exact) return undefined;
  const { kind, ties, within } = stage.exact;
  if (kind === 'chosen') return chosen(stage, sources[0]!, before, fine !== undefined);
  const { scale } = sources[0]!;
  if (sources.some((source) => source.scale !== scale)) return undefined;
  const weights = stage.terms.map((term) => term.weights);
  const reach = provedReach(stage, weights, ties, sources);
  if (!reach) {
    if (fine) return undefined;
    throw inexact(stage, 'it may reach 2^30');
  }
  const { low, high } = reach;
  const whole = kind === 'exceeds' || sources.every((source) => source.whole);
  const base = { kind: 'linear' as const, stage, weights, unit: scale, reach, whole };
  const reached = { u: 1, low, high };
  if (kind === 'exceeds') {
    const value = (c: number): number => (c > 0 ? 1 : 0);
    const slot: SlotRequest = { name: 'above 0', key: 'above 0', ...reached, from: 0, to: 0, value, truth: exactly(value) };
    return { ...base, constant: ties, constantFor: (other) => other.exact?.ties, slot, result: { scale: 1, lo: 0, hi: 1 } };
  }
  const [least, most] = before;
  const lo = kind === 'rise' ? 0 : Math.max(low, Math.round(least / scale));
  const hi = Math.max(0, kind === 'rise' ? high : Math.min(high, Math.round(most / scale)));
  const [first, last] = within ? [Math.ceil(within[0] / scale), Math.floor(within[1] / scale)] : [low, high];
  const [from, to] = fine ?? [Math.max(lo, first), Math.min(hi, last)];
  if (to - from > MAX_INTERVALS) throw inexact(stage, tooFar(lo, hi));
  const gone = fine && (from > lo || to < hi);
  const name = `${within ? `what masks leave of a row, from ${first} to ${last} of` : kind} ${lo} … ${hi}${gone ? `, fine ${from} … ${to}` : ''}`;
  const ideal = (c: number): number => (kind === 'rise' ? Math.max(0, c) : c);
  const result = { scale, lo, hi, ...(gone && { fine: [from, to] as const }) };
  const slot: SlotRequest = {
    name,
    key: name,
    ...reached,
    from,
    to,
    value: (c) => Math.min(Math.max(nearestInUse(ideal(c), result.fine), lo), hi) || 0,
    truth: exactly(within ? (c) => (c < first || c > last ? Number.NaN : c) : ideal, gone ? OCTAVE : undefined),
    ...(within && { ends: true }),
    ...(gone && { gradual: { low: lo, high: hi, share: 1 / OCTAVE } }),
  };
  return { ...base, constant: undefined, constantFor: none, slot, result };
}

/** A choice by ones and zeros: the integers of what is chosen from, or 0. */
function chosen(stage: LinearStage, source: Source, [least, most]: Limits, again: boolean): IntegerLinear | undefined {
  const { other } = source;
  if (!other || source.scale !== 1 || source.lo < 0 || source.hi > 1) throw bug(`${stage.where} chooses by what is not 0 or 1`);
  const weights = [Float64Array.of(1)];
  const reach = provedReach(stage, weights, undefined, [source]);
  if (!reach && again) return undefined;
  if (!reach) throw inexact(stage, 'it may reach 2^30');
  const integers = {
    lo: Math.max(Math.min(0, other.lo), Math.min(0, Math.round(least / other.scale))),
    hi: Math.min(Math.max(0, other.hi), Math.max(0, Math.round(most / other.scale))),
    fine: other.fine,
  };
  const slot = identityRequest(integers);
  if (slot.to - slot.from > MAX_INTERVALS) throw inexact(stage, tooFar(integers.lo, integers.hi));
  const result = { scale: other.scale, ...integers };
  const whole = stage.whole?.result === true && other.scale === 1;
  return {
    kind: 'linear',
    stage,
    weights,
    constant: undefined,
    constantFor: none,
    unit: other.scale,
    reach,
    slot,
    result,
    whole,
  };
}

/** The same where the sources differ in scale: a stage on real numbers. */
function approximate(stage: LinearStage): LinearStage {
  if (!stage.exact) return stage;
  if (stage.exact.kind === 'exceeds') throw bug(`sources of ${stage.where} differ in scale`);
  if (stage.exact.kind === 'raise') return stage;
  const functions = [{ name: 'rise', apply: (x: number) => Math.max(0, x), clip: [0, Number.POSITIVE_INFINITY] as [number, number] }];
  return { ...stage, functions };
}

/** A stage that moves elements of sources with one scale keeps their integers. */
function copied(stage: LinearStage, sources: readonly Source[]): IntegerLinear | undefined {
  const [first] = sources;
  if (!first || stage.constant || stage.functions.length > 0 || selections(stage).length !== stage.terms.length) return undefined;
  if (stage.terms.some(({ weights }) => weights[0] !== 1) || sources.some(({ scale }) => scale !== first.scale)) return undefined;
  const places = new Int32Array(elementsOf(stage.shape));
  for (const { index } of selections(stage)) for (const [e, at] of index.entries()) if (at >= 0) places[e]!++;
  if (places.some((count) => count > 1)) return undefined;
  const [lo, hi] = [Math.min(0, ...sources.map((s) => s.lo)), Math.max(0, ...sources.map((s) => s.hi))];
  const weights = stage.terms.map(() => Float64Array.of(1));
  const reach = provedReach(stage, weights, undefined, sources);
  if (!reach) return undefined;
  const slot: SlotRequest = {
    name: `identity ${lo} … ${hi}`,
    u: 1,
    from: lo,
    to: hi,
    low: lo,
    high: hi,
    value: (c) => c,
    truth: exactly((c) => c),
  };
  const result = { scale: first.scale, lo, hi, fine: allFine(sources) };
  const whole = sources.every((source) => source.whole);
  return {
    kind: 'linear',
    stage,
    weights,
    constant: undefined,
    constantFor: none,
    unit: first.scale,
    reach,
    slot,
    result,
    copies: true,
    whole,
  };
}

/** Comparisons with a constant see a source within half of its step of the constant as equal; integers are what they are. */
function tolerant(stage: LinearStage, [source]: readonly Source[]): LinearStage {
  const [first, ...rest] = stage.functions;
  if (!first?.sign || !source || source.whole || stage.terms.length !== 1) return stage;
  const nearZero = stage.terms[0]!.weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0) * source.scale * 0.5001;
  return { ...stage, functions: [{ ...first, apply: (x) => first.apply(Math.abs(x) <= nearZero ? 0 : x) }, ...rest] };
}

/** Ranges of a stage on real numbers, before and after its functions. */
interface Ends {
  before: Range;
  after: Range;
}

const limited = (x: number, [low, high]: Limits): number => Math.min(Math.max(x, low), high);

/** A stage on real numbers with its table; undefined where the accumulator bound forbids it. @param given as the graph has it */
function ended(
  given: LinearStage,
  stage: LinearStage,
  name: string,
  parts: Pick<IntegerLinear, 'weights' | 'constant' | 'constantFor' | 'unit'>,
  { target, u, argument }: { target: Target; u: number; argument: (c: number) => number },
  sources: readonly Source[],
): IntegerLinear | undefined {
  // no rounding: equal divisors make equal tables
  const inSteps = (c: number): number => (u > 1 ? (c - u / 2) / u : c);
  const made = (now: readonly Source[], aimed: (reached: Limits) => Target, share: number): Omit<IntegerLinear, 'again'> | undefined => {
    const reach = provedReach(stage, parts.weights, parts.constant, now);
    if (!reach) return undefined;
    const aim = aimed([reach.low * parts.unit, reach.high * parts.unit]);
    const { straight, result } = aim;
    const truth = truthOf(stage, aim, target.result, straight ? (c) => inSteps(c) * target.step : argument, share);
    const value = straight
      ? (c: number): number => limited(nearestInUse(limited(inSteps(c), straight), result.fine), [result.lo, result.hi]) || 0
      : (c: number): number => aim.y(argument(c));
    const slot = slotAfter(stage, name, u, aim, reach, value, truth);
    return { kind: 'linear', stage: given, ...parts, reach, slot, result: aim.result };
  };
  const found = made(sources, () => target, 0);
  return (
    found && {
      ...found,
      again: (now, limits, growth, share) =>
        made(now, (reached) => goneOn(stage, target, { ...limits, before: intersection([limits.before, reached]) }, growth), share),
    }
  );
}

/** The factor by which a stage multiplies the single element that its function reads; undefined for other stages. */
function argumentFactor({ terms, functions }: LinearStage): number | undefined {
  const [term, ...more] = terms;
  if (!term || more.length || isProduct(term) || kindOf(term).elements.are === 'sums') return undefined;
  if (functions.every(({ clip }) => clip) || functions.some(({ jumps, sign }) => jumps || sign)) return undefined;
  const [factor] = term.weights;
  return factor !== undefined && factor > 0 && term.weights.every((w) => w === factor) ? factor : undefined;
}

/** True for an input that only such stages read. */
export const isArgument = ({ stages, outputs }: StageGraph, name: string): boolean =>
  !outputs.some(({ view }) => view.root === name) &&
  stages.every(
    (stage) => !sourcesOf(stage).some(({ root }) => root === name) || (stage.kind === 'linear' && argumentFactor(stage) !== undefined),
  );

/** A function of single elements that is steep near zero reads their own integers. @returns undefined for other stages */
function steepNearZero(
  given: LinearStage,
  stage: LinearStage,
  { before, after }: Ends,
  sources: readonly Source[],
  bits: number,
): IntegerLinear | undefined {
  const factor = argumentFactor(stage);
  if (factor === undefined) return undefined;
  const unit = factor * sources[0]!.scale;
  const target = floating(stage, before, after, bits, unit);
  if (!target) return undefined;
  const weights = [stage.terms[0]!.weights.map(() => 1)];
  const constantFor = (other: LinearStage): Tensor | undefined =>
    roundConstant(other, { weights, variance: 0, means: [undefined] }, unit, 0);
  const parts = { weights, constant: constantFor(stage), constantFor, unit };
  return ended(given, stage, 'requantise', parts, { target, u: 1, argument: (c) => c * unit }, sources);
}

function quantiseLinear(
  given: LinearStage,
  { before, after }: Ends,
  sources: readonly Source[],
  bits: number,
  { weightBits, noise: allowed = NOISE }: QuantisationOptions,
): IntegerLinear {
  const stage = tolerant(given, sources);
  const steep = steepNearZero(given, stage, { before, after }, sources, bits);
  if (steep) return steep;
  const few = stage.terms.reduce((sum, { weights }) => sum + weights.length, 0) <= FEW_WEIGHTS && sources.every(({ moments }) => !moments);
  const single = stage.terms.every((term) => kindOf(term).elements.are !== 'sums');
  const aims = new Map<string, Target>();
  /** the target for a stretch and a step; many divisors ask for the same, and one may be half a million intervals */
  const aim = (stretch: number, fixed?: number): Target => {
    const key = `${stretch} ${fixed}`;
    const target = aims.get(key) ?? targetOf(stage, before, after, bits, stretch, fixed);
    aims.set(key, target);
    return target;
  };
  let mixedBits: number = MIXED_BITS;
  /** everything for one divisor, or undefined where the accumulator bound or the weight size forbids it */
  const attempt = (u: number): (IntegerLinear & { noise: number }) | undefined => {
    let best: { target: Target; rounded: RoundedTerms; stretch: number } | undefined;
    const asked = aim(1).step;
    // a range far below one integer of a source cannot be resolved: then the step follows the source, so that weights stay small
    const least = single
      ? stage.terms.reduce((most, { weights }, i) => weights.reduce((size, w) => Math.max(size, Math.abs(w) * sources[i]!.scale), most), 0)
      : 0;
    // one of few large integers (a mask of zeros and ones) is worth weights of more bits beside a tensor that needs the steps
    const mixed = single && stage.terms.length > 1 && asked < least / 2 ** (weightBits - 4);
    const mostBits = mixed ? Math.max(weightBits, mixedBits) : weightBits;
    const coarse = least / 2 ** (mostBits - 4);
    const fixed = asked < coarse ? coarse : undefined;
    const finest = fixed ?? asked;
    for (const stretch of few ? stretches(stage.terms, sources, u / finest) : [1]) {
      const target = aim(stretch, fixed);
      const rounded = roundWeights(stage.terms, sources, target.step / u);
      // a coarser step must pay off clearly
      if (!best || rounded.variance * stretch ** 2 < 0.8 * best.rounded.variance * best.stretch ** 2) best = { target, rounded, stretch };
    }
    const { target, rounded } = best!;
    const { weights, variance } = rounded;
    if (weights.some((list) => list.some((w) => Math.abs(w) >= 2 ** (mostBits - 1)))) return undefined;
    const unit = target.step / u;
    const offset = u > 1 ? u / 2 : 0;
    const constant = roundConstant(stage, rounded, unit, offset);
    // jumps lie on the grid of the step, where the middle of an interval lies beside it
    const snapped = (x: number): number => (gridOf(stage.functions) === undefined ? x : Math.round(x / target.step) * target.step);
    const argument = (c: number): number => snapped((c - offset) * unit);
    const constantFor = (other: LinearStage): Tensor | undefined => roundConstant(other, rounded, unit, offset);
    const found = ended(given, stage, 'requantise', { weights, constant, constantFor, unit }, { target, u, argument }, sources);
    return found && { ...found, noise: Math.sqrt(variance) / u };
  };
  // variance of plainly rounded weights; divisors for which even the best rounding cannot be good enough are not tried first
  const plain = stage.terms.reduce(
    (sum, term, i) => sum + (kindOf(term).fanIn(term) * sources[i]!.power) / (12 * sources[i]!.scale ** 2),
    0,
  );
  // what rounds to few multiples jumps from one to the next where a sum lies between them
  const most = stage.functions.at(-1)?.rounds === undefined ? allowed : Math.min(allowed, NOISE / FINER_SUMS);
  const hopeless = few ? [] : FINE_DIVISORS.filter((u) => Math.sqrt(plain) / u > HOPELESS * most && u < FINE_DIVISORS.at(-1)!);
  let found: (IntegerLinear & { noise: number }) | undefined;
  for (const u of FINE_DIVISORS.slice(hopeless.length)) {
    const next = attempt(u);
    if (!next) break;
    found = next;
    if (found.noise <= most) break;
  }
  // where the accumulator bound forbids even the first of them, the largest divisor that fits has to do
  for (const u of hopeless.reverse()) found ??= attempt(u);
  if (!found) {
    // weights of more bits may not fit where those of fewer do
    mixedBits = weightBits;
    found = attempt(1);
  }
  if (!found) throw outOfBounds(stage);
  return found;
}

/** A stage on integers, exactly; a stage that only moves them keeps them in `copied`. */
function integers(
  stage: LinearStage,
  ranges: ReadonlyMap<string, Range>,
  sources: readonly Source[],
  quantities: ReadonlyMap<string, Quantity>,
  bits: number,
): IntegerLinear | undefined {
  const moved = copied(stage, sources);
  if (moved) return moved;
  const [before, result] = [limitsOf(stage.known?.before, quantities), limitsOf(stage.known?.result, quantities)];
  const found = wholeStage(stage, ranges, { sources, before, result }, bits) ?? comparison(stage, sources, bits);
  if (!found) return undefined;
  const { target, reach, unit, weights, whole, constantOf } = found;
  const truth = truthOf(stage, target, target.result, (c) => c);
  const ends = stage.functions[0]?.ends && { ends: true };
  const slot = { ...slotAfter(stage, 'integers', 1, target, reach, target.y, truth), ...ends };
  const constantFor = (other: LinearStage): Tensor | undefined => constantOf(other.constant);
  return { kind: 'linear', stage, weights, constant: constantFor(stage), constantFor, unit, reach, slot, result: target.result, whole };
}

/** bits of a weight where tensors of very different steps are added */
const MIXED_BITS = 24;
/** times that a sum which is rounded to few multiples is finer than others */
const FINER_SUMS = 16;
/** divisors for products, whose unit is given: closer together, because the finest intervals must not become too many */
const PRODUCT_DIVISORS = [1, 8, 32, 128, 256, 512, 1024, 2048, 8192, 32768];
/** a product's intervals may be this much wider than asked for */
const WIDER = 1.25;

/** A product's accumulator counts the product of its sources' scales; only the table is free. */
function quantiseProduct(stage: LinearStage, { before, after }: Ends, sources: readonly Source[], bits: number): IntegerLinear {
  const [term] = stage.terms;
  const [source] = sources;
  if (stage.terms.length !== 1 || !source?.other) throw bug('a product shares its accumulator');
  const unit = term!.weights[0]! * source.scale * source.other.scale;
  const asked = targetOf(stage, before, after, bits, 1).step;
  const u = PRODUCT_DIVISORS.findLast((divisor) => divisor * unit <= asked * WIDER) ?? 1;
  const target = targetOf(stage, before, after, bits, 1, u * unit);
  const offset = u > 1 ? u / 2 : 0;
  const weights = [Float64Array.of(1)];
  const constantFor = (other: LinearStage): Tensor | undefined =>
    roundConstant(other, { weights, variance: 0, means: [undefined] }, unit, offset);
  const constant = constantFor(stage);
  const argument = (c: number): number => (c - offset) * unit;
  const found = ended(stage, stage, 'product', { weights, constant, constantFor, unit }, { target, u, argument }, sources);
  if (!found) throw outOfBounds(stage);
  return found;
}

const outOfBounds = (stage: LinearStage): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0530', {
    what: 'the integers of a layer do not fit into an accumulator',
    where: stage.where,
    why: 'Σ|weight|·max|input| must stay below 2^30 for every input',
    fix: 'fewer activation bits, or smaller weights',
  });

/** Names of the values whose calibration samples `quantise` looks at. */
export function valuesToKeep(graph: StageGraph): Set<string> {
  const names = new Map<string, string>(graph.inputs.map(({ name }) => [name, name]));
  for (const { id, value } of graph.stages) names.set(id, value);
  const terms = graph.stages.flatMap((stage) => (stage.kind === 'linear' ? stage.terms : []));
  const read = terms.filter((term) => kindOf(term).rounding !== 'each by itself').map(({ source }) => names.get(source.root)!);
  return new Set([...graph.inputs.map(({ name }) => name), ...read]);
}

/**
 * Integers for every stage.
 * @param moments of the same graph and calibration, from earlier tries
 * @throws ZK0530 if a stage cannot stay inside the accumulator bound
 */
export function quantise(
  graph: StageGraph,
  { ranges, values }: Calibration,
  options: QuantisationOptions,
  moments = new KnownMoments(),
): IntegerGraph {
  const quantities = new Map<string, Quantity>();
  const names = new Map<string, string>();
  /** roots whose elements are integers, exactly */
  const wholes = new Set<string>();
  const indices = indexLimits(graph);
  for (const input of graph.inputs) {
    const { name, whole } = input;
    const range = ranges.get(name)!;
    if (whole) wholes.add(name);
    const inputBits = (isArgument(graph, name) && options.steepInputBits) || options.inputBits;
    const real = (): Quantity =>
      input.bits ? unitInput(range, Math.max(input.bits, inputBits ?? 0)) : quantiseInput(range, values.get(name) ?? [], inputBits);
    quantities.set(name, whole ? wholeInput(input, range, indices.get(name)) : real());
    names.set(name, name);
  }
  const outputs = new Set(graph.outputs.map(({ view }) => view.root));
  const byId = new Map(graph.stages.map((stage) => [stage.id, stage]));
  const own = (root: string, value: Float64Array): Float64Array => inOwnOrder(byId.get(root) ?? {}, value);
  const remakes: ((now: ReadonlyMap<string, Quantity>, growthOf: GrowthOf) => IntegerStage | undefined)[] = [];
  const stages = graph.stages.map((stage): IntegerStage => {
    let integer: IntegerStage;
    if (stage.kind === 'maximum') {
      integer = { kind: 'maximum', stage, result: quantities.get(stage.source.root)! };
      remakes.push((now) => ({ kind: 'maximum', stage, result: now.get(stage.source.root)! }));
    } else {
      const sources = stage.terms.map((term): Source => {
        const name = names.get(term.source.root)!;
        const other = isProduct(term) ? quantities.get(term.other.root)! : undefined;
        const samples = () => values.get(name)?.map((value) => viewed(term.source, own(term.source.root, value)));
        return {
          ...quantities.get(term.source.root)!,
          power: ranges.get(name)!.power || unseenPower(quantities.get(term.source.root)!),
          moments: moments.of(term, samples),
          other,
          whole: wholes.has(term.source.root) && (!isProduct(term) || wholes.has(term.other.root)),
        };
      });
      const more = Math.max(0, ...stage.terms.map((term) => kindOf(term).moreBits));
      const wanted = options.bitsOf?.get(stage.id) ?? options.activationBits;
      const bits = outputs.has(stage.id) ? options.outputBits : Math.min(15, wanted + more);
      const inIntegers = (from: readonly Source[], of: ReadonlyMap<string, Quantity>): IntegerLinear | undefined =>
        exact(stage, from, limitsOf(stage.known?.before, of)) ?? (stage.exact ? undefined : integers(stage, ranges, from, of, bits));
      const end = (name: string, facts: KnownRange | undefined): Range => knownRange(ranges.get(name)!, facts, stage, sources, quantities);
      const ends = (): Ends => ({ before: end(stage.before, stage.known?.before), after: end(stage.value, stage.known?.result) });
      const made =
        inIntegers(sources, quantities) ??
        (stage.terms.some(isProduct)
          ? quantiseProduct(stage, ends(), sources, Math.min(15, bits + 1))
          : (copied(stage, sources) ?? inTable(quantiseLinear(approximate(stage), ends(), sources, bits, options), indices)));
      integer = made;
      remakes.push((now, growthOf) => {
        const from = stage.terms.map((term, i): Source => {
          const other = isProduct(term) ? now.get(term.other.root)! : undefined;
          return { ...sources[i]!, ...now.get(term.source.root)!, other };
        });
        const { growth, share } = growthOf(stage.id);
        if (made.again) {
          const limits = (facts: KnownRange | undefined): Limits => certainLimits(facts, stage, from, now);
          const again = made.again(from, { before: limits(stage.known?.before), after: limits(stage.known?.result) }, growth, share);
          return again && inTable(again, indices);
        }
        const same = from.every(
          ({ lo, hi, other }, i) =>
            lo === sources[i]!.lo && hi === sources[i]!.hi && other?.lo === sources[i]!.other?.lo && other?.hi === sources[i]!.other?.hi,
        );
        if (same) return made;
        const { lo, hi } = made.result;
        return stage.exact ? exact(stage, from, limitsOf(stage.known?.before, now), [lo, hi]) : inIntegers(from, now);
      });
    }
    const { scale, lo, hi } = integer.result;
    // integers that an approximate value was rounded to are integers all the same
    const rounded = integer.kind === 'linear' && integer.stage.whole?.result === true && scale === 1;
    if (integer.kind === 'maximum' ? wholes.has(integer.stage.source.root) : integer.whole || rounded) wholes.add(stage.id);
    if (Math.max(-lo, hi) >= ACCUMULATOR_BOUND) throw inexact(stage, `it may be anything from ${lo} to ${hi}`);
    quantities.set(stage.id, integer.result);
    names.set(stage.id, stage.value);
    return integer;
  });
  const again: IntegerGraph['again'] = (growthOf) => {
    const now = new Map<string, Quantity>();
    for (const { name, whole } of graph.inputs) {
      const { scale, lo, hi } = quantities.get(name)!;
      const growth = whole ? 1 : growthOf(name).growth;
      now.set(name, { scale, lo: growth * lo || 0, hi: growth * hi });
    }
    const remade: IntegerStage[] = [];
    for (const [i, stage] of graph.stages.entries()) {
      const integer = remakes[i]!(now, growthOf);
      if (!integer) return { failed: stage as LinearStage };
      now.set(stage.id, integer.result);
      remade.push(integer);
    }
    return { stages: remade, quantities: now };
  };
  return { graph, stages, quantities, again };
}

/** Rounded reals that index a table stay inside it, where all of their samples do. */
function inTable(integer: IntegerLinear, indices: ReadonlyMap<string, IndexLimits>): IntegerLinear {
  const index = indices.get(integer.stage.id);
  if (!index || !integer.stage.whole?.result || integer.result.scale !== 1) return integer;
  const { scale, lo, hi } = integer.result;
  const result = { scale, lo: Math.max(lo, Math.min(0, index.low)), hi: Math.min(hi, Math.max(0, index.high)) };
  const { value } = integer.slot;
  return { ...integer, result, slot: { ...integer.slot, value: (c) => Math.min(Math.max(value(c), result.lo), result.hi) } };
}

/** The same integers for a graph that differs only in the number of samples. */
export function forBatch({ stages, quantities, coarse, again }: IntegerGraph, graph: StageGraph): IntegerGraph {
  const batched = graph.stages.map((stage, i): IntegerStage => {
    const integer = stages[i]!;
    if (integer.stage.id !== stage.id) throw bug('a batch changes the stages');
    if (integer.kind === 'maximum' || stage.kind === 'maximum') return { ...integer, stage } as IntegerStage;
    const weights = stage.terms.map((term, t) => {
      // a factor per element is as long as the result
      if (kindOf(term).elements.are !== 'scaled' || term.weights.length === integer.weights[t]!.length) return integer.weights[t]!;
      return term.weights.map((w) => Math.round((w * quantities.get(term.source.root)!.scale) / integer.unit));
    });
    // a constant for every element is as long as the result too
    return { ...integer, stage, weights, constant: integer.constantFor(stage) };
  });
  return { graph, stages: batched, quantities, again, ...(coarse && { coarse }) };
}

/** The integer constant of a stage, one per element, or undefined if it is zero everywhere. */
export function constantElements({ constant, stage }: IntegerLinear): Float64Array | undefined {
  return constant?.data.some((c) => c !== 0) ? broadcastTo(constant, stage.shape) : undefined;
}
