// The search for bits on few samples: those on which the first try was worst. What it finds is measured on all samples; the worst of those join the
// few, and the search starts again, until what it finds is accurate enough everywhere. Source: DESIGN §6, after cutting-plane methods.
// Caveat: the bits may be others than those that a search on all samples would find, but they are held against the same target on all of them.

import { atHand, type Steps } from '../onnx/steps.ts';
import type { QuantisationOptions } from '../quantise/integer-graph.ts';
import { MEASURED_SAMPLES } from '../quantise/spread.ts';
import type { Trial } from './accuracy.ts';
import type { OutputAccuracy } from './report.ts';

/** samples that join the few at once */
const JOINING = 12;

/** What a search needs to know of its tries. */
export interface Tries {
  options: QuantisationOptions;
  /** largest error that is good enough */
  target: number;
  /** number of samples */
  count: number;
  /** quantises, and measures on these samples, or on all */
  attempt(options: QuantisationOptions, places?: readonly number[]): Steps<Trial>;
  /** measures on all samples what was measured on some */
  everywhere(trial: Trial): Steps<Trial>;
  /** how bad each sample was when all of them were measured last, at its place */
  errors(trial: Trial): Float64Array;
}

/**
 * What was measured on few samples, relative to the values and the rows of all of them: never larger than what all give.
 * @param all outputs as they were measured on all samples, with any integers
 */
export const amongAll = (outputs: readonly OutputAccuracy[], all: readonly OutputAccuracy[]): OutputAccuracy[] =>
  outputs.map((output, i): OutputAccuracy => {
    const { maxError, relativeError, labels } = all[i]!;
    return {
      ...output,
      relativeError: maxError > 0 ? (output.maxError * relativeError) / maxError : output.relativeError,
      sameArgmax: labels > 0 ? 1 - ((1 - output.sameArgmax) * output.labels) / labels : output.sameArgmax,
      labels,
    };
  });

/** The worst samples that are not among the few yet. */
function worst(errors: Float64Array, few: ReadonlySet<number>): number[] {
  const others = [...errors.keys()].filter((place) => !few.has(place));
  return others.sort((a, b) => errors[b]! - errors[a]! || a - b).slice(0, JOINING);
}

/**
 * @param search chooses among what `attempt` gives, the options as they are first
 * @returns what was chosen, measured on all samples
 */
export function* searchOnFew(
  tries: Tries,
  search: (attempt: (options: QuantisationOptions) => Steps<Trial>) => Steps<Trial>,
): Steps<Trial> {
  const { options, target, count, attempt, everywhere, errors } = tries;
  const first = yield* attempt(options);
  if (first.error <= target) return first;
  const few = new Set(Array.from({ length: Math.min(MEASURED_SAMPLES, count) }, (_, i) => i));
  let measured = first;
  for (;;) {
    for (const place of worst(errors(measured), few)) few.add(place);
    if (2 * few.size > count) return yield* search((finer) => (finer === options ? atHand(first) : attempt(finer)));
    const places = [...few].sort((a, b) => a - b);
    const found = yield* search((finer) => attempt(finer, places));
    measured = yield* everywhere(found);
    // what no bits make accurate on these samples, none make on all
    if (measured.error <= target || found.error > target) return measured.error < first.error ? measured : first;
  }
}
