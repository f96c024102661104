// A chain of functions looked at over evenly spaced arguments: its range and its largest step from one to the next. Tables of one stage are planned
// again for each divisor and each number of bits that is tried, and a look may be half a million values: so what was seen is remembered.
// Caveat: what lies between two arguments is not seen.
import type { Pointwise } from '../stages/stage.ts';

export const applyAll = (functions: readonly Pointwise[], x: number): number => {
  let value = x;
  for (const { apply } of functions) value = apply(value);
  return value;
};

/** What finite values there are; zero is always among them. */
export interface Scan {
  least: number;
  most: number;
  /** the largest difference of two neighbours */
  largest: number;
}

const known = new WeakMap<readonly Pointwise[], Map<string, Scan>>();

/** Looks at the arguments from · step, (from + 1) · step, … to · step. */
export function scan(functions: readonly Pointwise[], from: number, to: number, step: number): Scan {
  const scans = known.get(functions) ?? new Map<string, Scan>();
  known.set(functions, scans);
  const key = `${from} ${to} ${step}`;
  const found = scans.get(key) ?? scanned(functions, from, to, step);
  scans.set(key, found);
  return found;
}

function scanned(functions: readonly Pointwise[], from: number, to: number, step: number): Scan {
  let [least, most, largest] = [0, 0, 0];
  let before = Number.NaN;
  for (let q = from; q <= to; q++) {
    const value = applyAll(functions, q * step);
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
    const difference = Math.abs(value - before);
    if (difference > largest) largest = difference;
    before = value;
  }
  return { least, most, largest };
}

/** The largest difference of neighbouring results, relative to the range of all results; none where the function jumps anyway. */
export function steepest(functions: readonly Pointwise[], lo: number, hi: number, step: number): number {
  if (functions.some(({ jumps }) => jumps)) return 0;
  const { least, most, largest } = scan(functions, Math.floor(lo / step), Math.ceil(hi / step), step);
  return most > least ? largest / (most - least) : 0;
}

/** The largest step that is known to be small enough, and the smallest that is too large: all below and above are too. */
export interface Steps {
  small: number;
  large: number;
}

export const unknownSteps = (): Steps => ({ small: 0, large: Number.POSITIVE_INFINITY });

/** steps that are this near each other are told apart by a look at themselves */
const NEAR = 1 + 2 ** -6;

/** Whether neighbours differ by more than a share of the range. @param known of the same functions, ends and share; what is seen is added */
export function isSteep(
  functions: readonly Pointwise[],
  [lo, hi]: readonly [number, number],
  step: number,
  share: number,
  known: Steps,
): boolean {
  for (;;) {
    if (step <= known.small) return false;
    if (step >= known.large) return true;
    const { small, large } = known;
    let seen = step;
    // a larger step is a shorter look
    if (small > 0 && large === Number.POSITIVE_INFINITY) seen = Math.max(step, 2 * small);
    else if (small > 0 && large > NEAR * small) seen = Math.sqrt(small * large);
    known[steepest(functions, lo, hi, seen) > share ? 'large' : 'small'] = seen;
  }
}
