// Bits for an accuracy: as many for every tensor as the outputs need, then fewer again where they do not matter; and the refusal of what stays too
// far off. Source: DESIGN §6. Caveat: accuracy is measured on the calibration inputs; the search tries few assignments, so the bits are enough but
// not the fewest.

import { ZkvmError } from '../../fri/core/errors.ts';
import type { Steps } from '../onnx/steps.ts';
import type { IntegerGraph, QuantisationOptions } from '../quantise/integer-graph.ts';
import type { OutputAccuracy } from './report.ts';

const MOST_BITS = 15;
/** inputs are worth finer steps only where more bits than this are needed */
const FINE_INPUTS = 12;

/** bits that are tried last, for functions that are steep near zero */
const STEEP_ACTIVATIONS = [10, 13];
const STEEP_INPUTS = [18, 22, 25, 28];

/** What one assignment of bits gives. */
export interface Trial {
  integers: IntegerGraph;
  /** worst error of the outputs */
  error: number;
}

/** labels that the integers may lose: a larger share, of two rows at least, counts as an error of that share */
const MOST_LOST = 0.05;

/** rows with another label than the float model's */
const lostRows = ({ labels, sameArgmax }: OutputAccuracy): number => Math.round((1 - sameArgmax) * labels);

/** Share of labels lost, where it counts: one row alone may be a tie of the float model, and nothing decides those. */
function lostLabels(output: OutputAccuracy): number {
  const lost = lostRows(output);
  return lost > 1 && lost > MOST_LOST * output.labels ? lost / output.labels : 0;
}

/** Error of an output that a target is held against: of its largest value, or the share of labels lost; an integer output is exact or wrong. */
const errorOf = (output: OutputAccuracy, whole: ReadonlySet<string>): number =>
  whole.has(output.name) ? (output.maxError < 0.5 ? 0 : 1) : Math.max(output.relativeError, lostLabels(output));

/** @param whole names of integer values */
export const worstError = (outputs: readonly OutputAccuracy[], whole: ReadonlySet<string>): number =>
  outputs.reduce((most, output) => Math.max(most, errorOf(output, whole)), 0);

/** True for integers that cannot be made this fine: then coarser ones have to do. */
const isTooFine = (error: unknown): boolean => error instanceof ZkvmError && (error.code === 'ZK0530' || error.code === 'ZK0532');

/**
 * Chooses bits so that no output is further from the float model than `target`.
 * @param attempt quantises and measures
 * @param ownErrors what each stage adds by itself, by role or id as `bitsOf` has it
 * @param target largest error relative to the output's largest value
 * @param steepInputs whether functions read inputs directly, so that finer ones may help
 * @param may whether another try may be made that looks for accuracy, or for fewer bits
 * @returns the first assignment that is accurate enough, or the most accurate one
 */
export function* chooseBits(
  attempt: (options: QuantisationOptions) => Steps<Trial>,
  options: QuantisationOptions,
  ownErrors: (integers: IntegerGraph) => Steps<ReadonlyMap<string, number>>,
  target: number,
  steepInputs = false,
  may: { search(): boolean; refine(): boolean } = { search: () => true, refine: () => true },
): Steps<Trial> {
  let best = yield* attempt(options);
  if (best.error <= target) return best;
  const order = [...(yield* ownErrors(best.integers))].sort((a, b) => a[1] - b[1]).map(([id]) => id);
  function* tried(finer: QuantisationOptions): Steps<Trial | undefined> {
    if (!may.search()) return undefined;
    try {
      return yield* attempt(finer);
    } catch (error) {
      if (isTooFine(error)) return undefined;
      throw error;
    }
  }
  for (let bits = options.activationBits + 1; bits <= MOST_BITS; bits++) {
    const finer: QuantisationOptions = {
      ...options,
      activationBits: bits,
      outputBits: Math.max(options.outputBits, bits),
      inputBits: options.inputBits ?? (bits >= FINE_INPUTS ? bits : undefined),
    };
    const trial = yield* tried(finer);
    if (!trial) break;
    if (trial.error < best.error) best = trial;
    if (trial.error > target) continue;
    // the outputs' own rounding hardly counts, and each of their bits doubles a table
    const plain =
      finer.outputBits > options.outputBits && may.refine() ? yield* tried({ ...finer, outputBits: options.outputBits }) : undefined;
    const outputBits = plain && plain.error <= target ? options.outputBits : finer.outputBits;
    if (plain && plain.error <= target) best = plain;
    // as many as possible of the stages that add least go back to what they had
    let [fits, fails] = [0, order.length + 1];
    while (fails - fits > 1 && may.refine()) {
      const count = (fits + fails) >> 1;
      const coarse = new Map(order.slice(0, count).map((id) => [id, options.activationBits]));
      const mixed = yield* tried({ ...finer, outputBits, bitsOf: coarse });
      if (mixed && mixed.error <= target) [best, fits] = [mixed, count];
      else fails = count;
    }
    return best;
  }
  // functions that are steep where their argument is small need inputs that are fine there
  if (steepInputs && options.inputBits === undefined)
    for (const activationBits of STEEP_ACTIVATIONS)
      for (const steepInputBits of STEEP_INPUTS) {
        const bits = Math.max(options.activationBits, activationBits);
        const trial = yield* tried({ ...options, activationBits: bits, outputBits: Math.max(options.outputBits, bits), steepInputBits });
        if (trial && trial.error < best.error) best = trial;
        if (best.error <= target) return best;
      }
  return best;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** The next number of two digits that is no smaller. */
function atLeast(share: number): number {
  const digits = 10 ** (1 - Math.floor(Math.log10(share)));
  return Number((Math.ceil(share * digits) / digits).toPrecision(2));
}

/** Why an output is far from the float model, and what can be done about it. */
export interface Cause {
  where: string;
  why: string;
  fix: string;
}

/** What is held against what was asked for. */
export interface Demand {
  /** largest error that is good enough */
  target: number;
  /** largest error that is taken knowingly; undefined for none */
  acceptError: number | undefined;
  /** the number of bits was forced */
  forced: boolean;
  /** names of integer values, which must be exact */
  whole: ReadonlySet<string>;
}

function missText(output: OutputAccuracy, { target, whole }: Demand): string {
  const { name, maxError, relativeError, labels } = output;
  if (whole.has(name)) return `output "${name}" is off by ${Number(maxError.toPrecision(3))}, and integers must be exact`;
  if (relativeError > target)
    return `output "${name}" is off by ${percent(relativeError)} of its largest value, ${percent(target)} was asked for`;
  return `output "${name}" has another largest element than the float model in ${lostRows(output)} of ${labels} rows`;
}

/**
 * @param causeOf called with the worst output, where it is too far off
 * @throws ZK0533 if the integers are further from the float model than the target and than what is taken knowingly
 */
export function* requireAccuracy(
  outputs: readonly OutputAccuracy[],
  demand: Demand,
  causeOf: (output: OutputAccuracy) => Steps<Cause>,
): Steps<void> {
  const { target, acceptError = 0, forced, whole } = demand;
  const error = worstError(outputs, whole);
  if (error <= target || error <= acceptError) return;
  const worst = outputs.find((output) => errorOf(output, whole) === error)!;
  const { where, why, fix } = yield* causeOf(worst);
  throw new ZkvmError('unsupported', 'ZK0533', {
    what: missText(worst, demand),
    where,
    why,
    fix: `${forced ? 'leave the number of bits to the compiler, or ' : ''}${fix}, or take the error knowingly with --accept-error ${atLeast(error)} (acceptError in the library)`,
  });
}
