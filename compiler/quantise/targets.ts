// What a stage's table aims at: the step of its fine intervals, the range they cover, and the integers that come out; and the integers of
// the inputs. Source: DESIGN §6. Caveat: ranges are those of the calibration inputs with a margin.

import type { LinearStage, Pointwise } from '../stages/stage.ts';
import type { Range } from './calibrate.ts';
import { applyAll, scan } from './scan.ts';

/** Integers of a stored tensor: real value = scale · integer, always in [lo, hi]. */
export interface Quantity {
  scale: number;
  lo: number;
  hi: number;
}

/** calibrated ranges are widened by this factor */
const MARGIN = 1.15;
/** bits of an input whose values are exact with them */
const MOST_INPUT_BITS = 15;
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

/** Integers of a real input: its scale is a power of two, so that pixels k/16 or k/256 are exact. */
export function quantiseInput(range: Range, samples: readonly Float64Array[], bits: number | undefined): Quantity {
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

/** Step of the fine intervals, their range, and the integers that come out. */
export interface Target {
  /** real width of a fine interval */
  step: number;
  from: number;
  to: number;
  result: Quantity;
  y: (x: number) => number;
  /** what y stands for: the function itself in the result's integers, neither rounded nor limited */
  ideal: (x: number) => number;
}

const clamp = (x: number, lo: number, hi: number): number => Math.min(Math.max(x, lo), hi);

/** @param fixed the step, where the stage has no choice */
export function targetOf(stage: LinearStage, before: Range, after: Range, bits: number, stretch: number, fixed?: number): Target {
  const clip = clipOf(stage.functions);
  const levels = 2 ** bits - 1;
  if (clip && clip[0] <= 0 && clip[1] >= 0 && (fixed === 1 || !stage.whole?.result)) {
    // output integers are the fine intervals themselves
    const [low, high] = widened(after);
    const [lo, hi] = [Math.max(low, clip[0]), Math.min(high, clip[1])];
    const step = fixed ?? ((hi - lo || 1) * stretch) / levels;
    const result = { scale: step, lo: Math.round(lo / step) || 0, hi: Math.round(hi / step) || 0 };
    const y = (x: number): number => clamp(Math.round(x / step), result.lo, result.hi);
    return { step, from: result.lo, to: result.hi, result, y, ideal: (x) => clamp(x, clip[0], clip[1]) / step };
  }
  const [lo, hi] = stage.functions.some(({ jumps }) => jumps) ? symmetric(before) : around(before);
  // where the function is steep, finer intervals: a jump from one to the next must stay small among all results
  let step = fixed ?? gridStep(stage.functions, hi - lo) ?? ((hi - lo) * stretch) / 2 ** bits;
  for (let finer = 0; fixed === undefined && finer < MOST_FINER && steepest(stage.functions, lo, hi, step) > STEEP / levels; finer++)
    step /= 2;
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
  const { least, most } = scan(stage.functions, from, to, step);
  const scale = stage.whole?.result ? 1 : (most - least || 1) / levels;
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

/** intervals between two jumps; a quarter of them where there would be many, and never more than most */
const PER_JUMP = 16;
const MANY = 2 ** 16;
const MOST = 2 ** 19;

/** Distance of evenly spaced jumps of the accumulator's value, which clips before them do not move; undefined without such jumps. */
export const gridOf = (functions: readonly Pointwise[]): number | undefined => functions.find(({ clip }) => !clip)?.grid;

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

/** The largest difference of neighbouring results, relative to the range of all results. */
function steepest(functions: readonly Pointwise[], lo: number, hi: number, step: number): number {
  if (functions.some(({ jumps }) => jumps)) return 0;
  const { least, most, largest } = scan(functions, Math.floor(lo / step), Math.ceil(hi / step), step);
  return most > least ? largest / (most - least) : 0;
}
