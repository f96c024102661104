// Integer weights and constants of a stage for a unit of its accumulator. Source: DESIGN §6; rounding along the data is in rounding.ts.
// Caveat: the variance of plainly rounded weights is an estimate from mean squares.
import { broadcastTo, elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import type { LinearStage } from '../stages/stage.ts';
import { kindOf, type Term } from '../stages/terms/index.ts';
import type { Source } from './integer-graph.ts';
import { type Rounded, roundWith } from './rounding.ts';
import type { Quantity } from './targets.ts';

export interface RoundedTerms {
  weights: Float64Array[];
  /** of the accumulator's error, in squared units */
  variance: number;
  /** mean errors of each term's outputs, if they are known */
  means: (Float64Array | undefined)[];
}

/** Power of values that are zero in all samples and need not be: as if anything in the range were as likely. */
export const unseenPower = ({ scale, lo, hi }: Quantity): number => (scale * (hi - lo)) ** 2 / 12;

/** weights that are kept for the next term that is alike; of more than that all of them together would take too much */
const MOST_REMEMBERED = 2 ** 18;
/** outputs of a term that an estimate rounds, or more */
const PROBED = 32;

/** About the variance that `roundWeights` has, from some outputs of each term. @param plain what plainly rounded weights of a term have */
export function probedVariance(
  terms: readonly Term[],
  sources: readonly Source[],
  unit: number,
  plain: (term: Term, source: Source) => number,
): number {
  return terms.reduce((sum, term, i) => {
    const { scale, moments } = sources[i]!;
    if (!moments) return sum + plain(term, sources[i]!);
    const least = moments.groups.reduce((few, { inputs }) => Math.min(few, inputs.outputs), Number.POSITIVE_INFINITY);
    return sum + roundWith(moments, exactWeights(term, scale, unit), scale, Math.max(1, Math.floor(least / PROBED))).variance;
  }, 0);
}

function exactWeights({ weights }: Term, scale: number, unit: number): Float64Array {
  const exact = new Float64Array(weights.length);
  for (let e = 0; e < exact.length; e++) exact[e] = (weights[e]! * scale) / unit;
  return exact;
}

/** Integer weights for an accumulator unit. */
export function roundWeights(terms: readonly Term[], sources: readonly Source[], unit: number): RoundedTerms {
  const rounded = terms.map((term, i): Rounded => {
    const { scale, power, moments } = sources[i]!;
    const known = moments?.last;
    if (known && known.of === term.weights && known.scale === scale && known.unit === unit) return known.rounded;
    const exact = exactWeights(term, scale, unit);
    if (moments) {
      const rounded = roundWith(moments, exact, scale);
      if (term.weights.length <= MOST_REMEMBERED) moments.last = { of: term.weights, scale, unit, rounded };
      return rounded;
    }
    let squares = 0;
    const weights = exact;
    for (let e = 0; e < exact.length; e++) {
      const nearest = Math.round(exact[e]!);
      squares += (exact[e]! - nearest) ** 2;
      weights[e] = nearest;
    }
    return { weights, variance: (squares / weights.length) * kindOf(term).fanIn(term) * (power / (scale * scale)), means: undefined };
  });
  return {
    weights: rounded.map(({ weights }) => weights),
    variance: rounded.reduce((sum, { variance }) => sum + variance, 0),
    means: rounded.map(({ means }) => means),
  };
}

/** The integer constant: the real one, the mean errors of rounded weights, and half a fine interval. */
export function roundConstant(
  stage: LinearStage,
  { means }: Pick<RoundedTerms, 'means'>,
  unit: number,
  offset: number,
): Tensor | undefined {
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
export function stretches(terms: readonly Term[], sources: readonly Source[], unitsPerReal: number): number[] {
  const list = Array.from({ length: 32 }, (_, i) => 1 + i / 32);
  const exact = new Set(terms.flatMap(({ weights }, i) => Array.from(weights, (w) => Math.abs(w) * sources[i]!.scale * unitsPerReal)));
  for (const size of exact) for (const m of [Math.floor(size), Math.floor(size) - 1]) if (m > 0 && size <= 2 * m) list.push(size / m);
  return list.sort((a, b) => a - b);
}
