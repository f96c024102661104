// What a stage's table aims at: the step of its fine intervals, the range they cover, and the integers that come out; and the integers of
// the inputs. Source: DESIGN §6. Caveat: ranges are those of the calibration inputs with a margin.

import type { Limits } from '../stages/known.ts';
import type { LinearStage, Pointwise } from '../stages/stage.ts';
import type { Range } from './calibrate.ts';
import { applyAll, isSteep, type Steps, scan, steepest, unknownSteps } from './scan.ts';

/** Integers of a stored tensor: real value = scale · integer, always in [lo, hi]. */
export interface Quantity {
  scale: number;
  lo: number;
  hi: number;
  /** the integers that are all in use: beyond, an octave has OCTAVE of them, as floating-point numbers have; all are if left out */
  fine?: readonly [lo: number, hi: number] | undefined;
}

/** integers that are in use from one power of two to the next, beyond the fine ones; a power of two */
export const OCTAVE = 512;

/** The nearest integer in use. */
export function nearestInUse(x: number, fine: Quantity['fine']): number {
  const y = Math.round(x);
  if (!fine || (y >= fine[0] && y <= fine[1])) return y;
  const step = spacing(y);
  return Math.round(x / step) * step;
}

/** distance of the integers in use around one beyond the fine ones */
const spacing = (y: number): number => 2 ** Math.max(0, Math.floor(Math.log2(Math.abs(y) / OCTAVE)));

/** The last integer in use on the way from zero. */
const lastInUse = (y: number): number => Math.trunc(y / spacing(y)) * spacing(y) || 0;

/** calibrated ranges are widened by this factor */
const MARGIN = 1.15;
/** bits of an input whose values are exact with them */
const MOST_INPUT_BITS = 15;
/** bits of an input that only stairs read, where fewer do not hold it: what lies within half a step of a jump is on the wrong side of it */
const STAIRS_INPUT_BITS = 18;
/** the same of a committed input */
const COMMITTED_STAIRS_BITS = STAIRS_INPUT_BITS - 1;
/** integers that a committed input may have: each is a row of the table that its copy goes through */
export const MAX_COMMITTED_INTEGERS = 2 ** (COMMITTED_STAIRS_BITS + 1);
/** relative rounding error of an input that is good enough */
const INPUT_NOISE = 0.001;
/** The range that fine intervals cover: widened, and zero included. A range that is only zero becomes [0, 1]. */
function widened({ min, max, certain }: Omit<Range, 'power'>): [lo: number, hi: number] {
  const margin = certain ? 1 : MARGIN;
  const lo = Math.min(0, min * margin);
  const hi = Math.max(0, max * margin);
  return lo === hi ? [0, 1] : [lo, hi];
}

/** The range of a function's argument, widened, without zero unless it is near: a pole may be there. */
function around({ min, max, certain }: Omit<Range, 'power'>): [lo: number, hi: number] {
  const margin = certain ? 1 : MARGIN;
  const lo = min < 0 ? min * margin : min / margin;
  const hi = max > 0 ? max * margin : max / margin;
  return lo < hi ? [lo, hi] : [lo, lo + 1];
}

/** A range around zero: a comparison must be right on both sides, whichever of them the calibration inputs took. */
function symmetric(range: Omit<Range, 'power'>): [lo: number, hi: number] {
  const [lo, hi] = widened(range);
  const size = Math.max(-lo, hi);
  return [-size, size];
}

/**
 * Integers of a real input: its scale is a power of two, so that pixels k/16 or k/256 are exact.
 * @param climbed nothing but stairs reads it
 * @param committed it has no more integers than a table has room for
 */
export function quantiseInput(
  range: Range,
  samples: readonly Float64Array[],
  bits: number | undefined,
  climbed = false,
  committed = false,
): Quantity {
  const [lo, hi] = widened(range);
  const span = Math.max(range.max, 0) - Math.min(range.min, 0) || 1;
  const scaleOf = (count: number): number => 2 ** Math.ceil(Math.log2(span / 2 ** count) - 1e-9);
  /** rounding error relative to the values, root mean square */
  const noise = (scale: number): number => {
    let [errors, squares] = [0, 0];
    for (const sample of samples)
      for (const x of sample) {
        errors += (x - Math.round(x / scale) * scale) ** 2;
        squares += x * x;
      }
    return squares > 0 ? Math.sqrt(errors / squares) : 0;
  };
  let chosen = bits ?? 8;
  if (bits === undefined) while (chosen < 12 && noise(scaleOf(chosen)) > INPUT_NOISE) chosen++;
  // numbers that a few bits more hold exactly are worth them
  if (bits === undefined && noise(scaleOf(chosen)) > 0)
    for (let more = chosen + 1; more <= MOST_INPUT_BITS; more++) if (noise(scaleOf(more)) === 0) chosen = more;
  if (climbed && noise(scaleOf(chosen)) > 0) chosen = Math.max(chosen, committed ? COMMITTED_STAIRS_BITS : STAIRS_INPUT_BITS);
  const scale = scaleOf(chosen);
  return { scale, lo: Math.floor(lo / scale) || 0, hi: Math.ceil(hi / scale) || 0 };
}

/** Integers of an input whose features have scales: they make all of it that it may be. */
export function unitInput({ min }: Range, bits: number): Quantity {
  const most = 2 ** bits;
  return { scale: 1 / most, lo: min < 0 ? -most : 0, hi: most };
}

/** the interval that a chain of clips limits x to, or undefined if the chain does anything else */
export function clipOf(functions: readonly Pointwise[]): [number, number] | undefined {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { clip } of functions) {
    if (!clip) return undefined;
    [low, high] = [Math.min(Math.max(low, clip[0]), clip[1]), Math.min(Math.max(high, clip[0]), clip[1])];
  }
  return [low, high];
}

/** multiples that a stage may round to */
const MOST_MULTIPLES = 2 ** 12;

/** What the last function rounds to multiples of, where there are few of them. */
function roundsTo(functions: readonly Pointwise[], [low, high]: readonly [number, number]): number | undefined {
  const rounds = functions.at(-1)?.rounds;
  return rounds !== undefined && (high - low) / rounds <= MOST_MULTIPLES ? rounds : undefined;
}

/** Step of the fine intervals, their range, and the integers that come out. */
export interface Target {
  /** real width of a fine interval */
  step: number;
  from: number;
  to: number;
  result: Quantity;
  y: (x: number) => number;
  /** its integers are the fine intervals themselves, between these limits of the function */
  straight?: readonly [low: number, high: number];
  /** what y stands for: the function itself in the result's integers, neither rounded nor limited */
  ideal: (x: number) => number;
  /** the intervals to which the table goes on beyond the fine ones, if it does */
  span?: readonly [from: number, to: number];
}

const clamp = (x: number, lo: number, hi: number): number => Math.min(Math.max(x, lo), hi);

/** A step, and what it makes of a table: that takes a look at every interval. */
export interface Plan {
  step: number;
  target: () => Target;
}

/** @param fixed the step, where the stage has no choice */
export const targetOf = (stage: LinearStage, before: Range, after: Range, bits: number, stretch: number, fixed?: number): Target =>
  planOf(stage, before, after, bits, stretch, fixed).target();

/** @param known of the same stage, ranges and bits, from other stretches */
export function planOf(
  stage: LinearStage,
  before: Range,
  after: Range,
  bits: number,
  stretch: number,
  fixed?: number,
  known: Steps = unknownSteps(),
): Plan {
  const clip = clipOf(stage.functions);
  const levels = 2 ** bits - 1;
  if (clip && clip[0] <= 0 && clip[1] >= 0 && (fixed === 1 || !stage.whole?.result)) {
    // output integers are the fine intervals themselves
    // what rounds to multiples of a number has them as integers, all of them
    const rounds = fixed === undefined ? roundsTo(stage.functions, clip) : undefined;
    const [low, high] = rounds === undefined ? widened(after) : clip;
    const [lo, hi] = [Math.max(low, clip[0]), Math.min(high, clip[1])];
    const step = fixed ?? rounds ?? ((hi - lo || 1) * stretch) / levels;
    const result = { scale: step, lo: Math.round(lo / step) || 0, hi: Math.round(hi / step) || 0 };
    const y = (x: number): number => clamp(Math.round(x / step), result.lo, result.hi);
    const straight = [clip[0] / step, clip[1] / step] as const;
    const ideal = (x: number): number => clamp(x, clip[0], clip[1]) / step;
    return { step, target: () => ({ step, from: result.lo, to: result.hi, result, y, straight, ideal }) };
  }
  const [lo, hi] = stage.functions.some(({ jumps }) => jumps) ? symmetric(before) : around(before);
  // where the function is steep, finer intervals: a jump from one to the next must stay small among all results
  let step = fixed ?? gridStep(stage.functions, hi - lo) ?? ((hi - lo) * stretch) / 2 ** bits;
  for (let finer = 0; fixed === undefined && finer < MOST_FINER && isSteep(stage.functions, [lo, hi], step, STEEP / levels, known); finer++)
    step /= 2;
  return { step, target: () => steppedTarget(stage, after, [lo, hi], step, levels) };
}

function steppedTarget(stage: LinearStage, after: Range, [lo, hi]: Limits, step: number, levels: number): Target {
  let [from, to] = [Math.floor(lo / step), Math.ceil(hi / step)];
  // only the sign counts: the intervals around zero that are near enough to count as zero, and one more, say everything
  if (stage.functions[0]?.sign) {
    const end = (far: number): number => {
      let q = Math.sign(far);
      while (Math.abs(q) < Math.abs(far) && applyAll(stage.functions, q * step) !== applyAll(stage.functions, far * step)) q *= 2;
      return Math.abs(q) < Math.abs(far) ? 2 * q : far;
    };
    [from, to] = [end(from), end(to)];
  }
  let { least, most } = scan(stage.functions, from, to, step);
  if (!stage.whole?.result) [least, most] = seen([least, most], after);
  const rounds = stage.whole?.result ? 1 : roundsTo(stage.functions, [least, most]);
  const scale = rounds ?? (most - least || 1) / levels;
  const result = { scale, lo: Math.round(least / scale) || 0, hi: Math.round(most / scale) || 0 };
  return {
    step,
    from,
    to,
    result,
    y: (x) => clamp(Math.round((applyAll(stage.functions, clamp(x, from * step, to * step)) || 0) / scale), result.lo, result.hi),
    ideal: (x) => applyAll(stage.functions, x) / scale,
  };
}

/** times that a result may be larger than calibration saw: a step must not follow what a steep function does in the margin of its argument */
const MOST_BEYOND = 4;

/** The range of a result, not much wider than what calibration saw of it. */
function seen([least, most]: Limits, { min, max }: Range): [number, number] {
  const far = MOST_BEYOND * Math.max(-min, max);
  return far > 0 ? [Math.max(least, -far), Math.min(most, far)] : [least, most];
}

/** times that what is read relative to its size may be larger than calibration saw: in logarithms that is next to nothing */
export const BEYOND = 4;

/** whole intervals around zero of a table that widens with the distance from zero from there on */
const AROUND_ZERO = 256;

/**
 * A table for a function that is steep where its argument is small (a logarithm, a reciprocal, a root): an interval for every accumulator near
 * zero, and from there on some that widen with the distance, as floating-point numbers do.
 * @param unit of the accumulator
 * @returns undefined where evenly spaced intervals do
 */
export function floating(stage: LinearStage, before: Range, after: Range, bits: number, unit: number): Target | undefined {
  const { functions, whole } = stage;
  if (whole?.result || clipOf(functions) || functions.some(({ jumps, sign }) => jumps || sign)) return undefined;
  const beyond = functions[0]?.relative ? BEYOND : 1;
  const [lo, hi] = around({ ...before, min: before.min * beyond, max: before.max * beyond });
  const levels = 2 ** bits - 1;
  if (steepest(functions, lo, hi, (hi - lo) / 2 ** (bits + MOST_FINER)) <= STEEP / levels) return undefined;
  const [first, last] = [Math.floor(lo / unit), Math.ceil(hi / unit)];
  const [from, to] = [clamp(-AROUND_ZERO, first, last), clamp(AROUND_ZERO, first, last)];
  let [least, most] = [0, 0];
  const look = (q: number): void => {
    const value = applyAll(functions, q * unit);
    if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
  };
  for (let q = from; q <= to; q++) look(q);
  for (let size = AROUND_ZERO; size < Math.max(-first, last); size *= 1 + 1 / LOOKS)
    for (const q of [-size, size]) if (q >= first && q <= last) look(q);
  for (const q of [first, last]) look(q);
  [least, most] = seen([least, most], after);
  const scale = (most - least || 1) / levels;
  const result = { scale, lo: Math.round(least / scale) || 0, hi: Math.round(most / scale) || 0 };
  const y = (x: number): number => {
    const value = applyAll(functions, clamp(x, first * unit, last * unit)) / scale;
    return Number.isNaN(value) ? 0 : clamp(Math.round(value), result.lo, result.hi) || 0;
  };
  return { step: unit, from, to, span: [first, last], result, y, ideal: (x) => applyAll(functions, x) / scale };
}

/** points at which a function is looked at beyond its fine intervals, on either side */
const LOOKS = 512;

/**
 * The target with a table that goes on to `growth` times the calibrated range, as far as known limits allow; its fine intervals stay.
 * A table of jumps does not go on, and one of integers that were rounded neither: they are exact or nothing.
 * @param limits in which the argument and the result certainly lie
 */
export function goneOn(stage: LinearStage, target: Target, limits: { before: Limits; after: Limits }, growth: number): Target {
  const { functions, whole } = stage;
  const { from, to, step, result } = target;
  if (growth <= 1 || target.span || whole?.result || functions.some(({ jumps, sign }) => jumps || sign)) return target;
  const { after } = limits;
  const fine = [result.lo, result.hi] as const;
  // a side that calibration saw little of goes on as well: what is there may only not have been among the samples
  const least = (growth / 2) * Math.max(-result.lo, result.hi);
  const [lowest, highest] = [Math.min(growth * result.lo, -least), Math.max(growth * result.hi, least)];
  /** as far as that is known to be possible, and not farther than the multiple */
  const within = (x: number): number => lastInUse(clamp(clamp(x, after[0] / result.scale, after[1] / result.scale), lowest, highest));
  if (target.straight) {
    const [low, high] = target.straight;
    const lo = Math.min(result.lo, within(Math.max(low, lowest, Math.floor(limits.before[0] / step))));
    const hi = Math.max(result.hi, within(Math.min(high, highest, Math.ceil(limits.before[1] / step))));
    if (lo === result.lo && hi === result.hi) return target;
    const y = (x: number): number => clamp(nearestInUse(x / step, fine), lo, hi);
    return { ...target, result: { scale: step, lo, hi, fine }, y, span: [lo, hi] };
  }
  const lowestArgument = from < 0 ? growth * from : from > 0 ? Math.max(Math.ceil(from / growth), 2 * from - to, 1) : 0;
  const highestArgument = to > 0 ? growth * to : to < 0 ? Math.min(Math.floor(to / growth), 2 * to - from, -1) : 0;
  const first = Math.min(from, Math.max(lowestArgument, Math.ceil(limits.before[0] / step)));
  const last = Math.max(to, Math.min(highestArgument, Math.floor(limits.before[1] / step)));
  let [low, high] = [0, 0];
  for (let k = 1; k <= LOOKS; k++)
    for (const q of [from + ((first - from) * k) / LOOKS, to + ((last - to) * k) / LOOKS]) {
      const value = applyAll(functions, q * step) / result.scale;
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  const [lo, hi] = [Math.min(result.lo, within(low)), Math.max(result.hi, within(high))];
  const same = lo === result.lo && hi === result.hi;
  const y = (x: number): number =>
    clamp(nearestInUse((applyAll(functions, clamp(x, first * step, last * step)) || 0) / result.scale, same ? undefined : fine), lo, hi) ||
    0;
  return { ...target, result: same ? result : { scale: result.scale, lo, hi, fine }, y, span: [first, last] };
}

/** intervals between two jumps; a quarter of them where there would be many, and never more than most */
const PER_JUMP = 16;
const MANY = 2 ** 16;
const MOST = 2 ** 19;

/** Distance of evenly spaced jumps of the accumulator's value, which clips before them do not move; undefined without such jumps. */
export const gridOf = (functions: readonly Pointwise[]): number | undefined => functions.find(({ clip }) => !clip)?.grid;

/** The stairs that a chain of functions climbs, with the clips before them. */
export function stairsOf(functions: readonly Pointwise[]): Pointwise['stairs'] {
  const first = functions.findIndex(({ clip }) => !clip);
  const stairs = functions[first]?.stairs;
  const clips = functions.slice(0, first);
  return stairs && ((x) => stairs(applyAll(clips, x)));
}

/** A power of two that puts several intervals between the jumps of the first function, and every jump that is a binary fraction on the grid. */
function gridStep(functions: readonly Pointwise[], span: number): number | undefined {
  const grid = gridOf(functions);
  if (grid === undefined) return undefined;
  const finest = 2 ** Math.floor(Math.log2(grid / PER_JUMP));
  if (span / finest <= MANY) return finest;
  return Math.max(finest * 4, 2 ** Math.ceil(Math.log2(span / MOST)));
}

/** differences between neighbours may be this many output integers */
const STEEP = 8;
/** times that the step of a steep function may be halved */
const MOST_FINER = 4;
