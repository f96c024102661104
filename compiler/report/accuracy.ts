// Bits for an accuracy: as many for every tensor as the outputs need, then fewer again where they do not matter. Source: DESIGN §6.
// Caveat: accuracy is measured on the calibration inputs; the search tries few assignments, so the bits are enough but not the fewest.
import { ZkvmError } from '../../fri/core/errors.ts';
import type { IntegerGraph, QuantisationOptions } from '../quantise/stages.ts';
import type { CompileReport, OutputAccuracy } from './summary.ts';

const MOST_BITS = 15;
/** inputs are worth finer steps only where more bits than this are needed */
const FINE_INPUTS = 12;

/** What one assignment of bits gives. */
export interface Trial {
  integers: IntegerGraph;
  /** worst error of the outputs */
  error: number;
}

/** Largest error relative to the output's largest value; an integer output is exact or wrong. */
const errorOf = ({ name, relativeError, maxError }: OutputAccuracy, whole: ReadonlySet<string>): number =>
  whole.has(name) ? (maxError < 0.5 ? 0 : 1) : relativeError;

/** @param whole names of integer values */
export const worstError = (outputs: readonly OutputAccuracy[], whole: ReadonlySet<string>): number =>
  outputs.reduce((most, output) => Math.max(most, errorOf(output, whole)), 0);

/** True for integers that cannot be made this fine: then coarser ones have to do. */
const isTooFine = (error: unknown): boolean => error instanceof ZkvmError && (error.code === 'ZK0530' || error.code === 'ZK0532');

/**
 * Chooses bits so that no output is further from the float model than `target`.
 * @param attempt quantises and measures
 * @param ownErrors what each stage adds by itself, by stage id
 * @param target largest error relative to the output's largest value
 * @returns the first assignment that is accurate enough, or the most accurate one
 */
export function chooseBits(
  attempt: (options: QuantisationOptions) => Trial,
  options: QuantisationOptions,
  ownErrors: (integers: IntegerGraph) => ReadonlyMap<string, number>,
  target: number,
): Trial {
  let best = attempt(options);
  if (best.error <= target) return best;
  const order = [...ownErrors(best.integers)].sort((a, b) => a[1] - b[1]).map(([id]) => id);
  const tried = (finer: QuantisationOptions): Trial | undefined => {
    try {
      return attempt(finer);
    } catch (error) {
      if (isTooFine(error)) return undefined;
      throw error;
    }
  };
  for (let bits = options.activationBits + 1; bits <= MOST_BITS; bits++) {
    const finer: QuantisationOptions = {
      ...options,
      activationBits: bits,
      outputBits: Math.max(options.outputBits, bits),
      inputBits: options.inputBits ?? (bits >= FINE_INPUTS ? bits : undefined),
    };
    const trial = tried(finer);
    if (!trial) break;
    if (trial.error < best.error) best = trial;
    if (trial.error > target) continue;
    // as many as possible of the stages that add least go back to what they had
    let [fits, fails] = [0, order.length + 1];
    while (fails - fits > 1) {
      const count = (fits + fails) >> 1;
      const coarse = new Map(order.slice(0, count).map((id) => [id, options.activationBits]));
      const mixed = tried({ ...finer, bitsOf: coarse });
      if (mixed && mixed.error <= target) [best, fits] = [mixed, count];
      else fails = count;
    }
    return best;
  }
  return best;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/**
 * What the report says about the target: nothing if it is met.
 * @param whole names of integer values, which must be exact
 */
export function missedAccuracy(
  { outputs, accuracy, stages }: CompileReport,
  whole: ReadonlySet<string> = new Set(),
): { what: string; where: string; why: string } | undefined {
  const worst = outputs.find((output) => errorOf(output, whole) === worstError(outputs, whole));
  if (!worst || accuracy.target === 0 || errorOf(worst, whole) <= accuracy.target) return undefined;
  const most = stages.reduce((a, b) => (b.ownError > a.ownError ? b : a));
  return {
    what: whole.has(worst.name)
      ? `output "${worst.name}" is off by ${Number(worst.maxError.toPrecision(3))}, and integers must be exact`
      : `output "${worst.name}" is off by ${percent(worst.relativeError)} of its largest value, ${percent(accuracy.target)} was asked for`,
    where: most.where,
    why: `of all nodes this one adds most by itself, ${percent(most.ownError)} of the largest value that it deals with`,
  };
}

/** @throws ZK0533 if the program is not as accurate as was asked for */
export function requireAccuracy(report: CompileReport, whole: ReadonlySet<string>): void {
  const missed = missedAccuracy(report, whole);
  if (missed)
    throw new ZkvmError('unsupported', 'ZK0533', {
      ...missed,
      fix: 'ask for less accuracy, or calibrate on inputs of a narrower range',
    });
}
