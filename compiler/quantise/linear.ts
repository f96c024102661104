// Stages on real numbers: the accumulator counts units of (step of the table) / u; u is the smallest divisor for which the rounding of the weights
// stays below about half a step. Source: DESIGN §6. Caveat: noise is estimated from mean squares; the accuracy report measures what really happens.
import { bug } from '../../fri/core/errors.ts';
import { atRest, largestOf } from '../onnx/numbers.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { LinearStage } from '../stages/stage.ts';
import { kindOf, type Term } from '../stages/terms/index.ts';
import type { IntegerLinear, QuantisationOptions, Source } from './integer-graph.ts';
import { type Ends, ended, outOfBounds } from './real-table.ts';
import { unknownSteps } from './scan.ts';
import { steepNearZero } from './steep.ts';
import { gridOf, type Plan, planOf, stairsOf } from './targets.ts';
import { probedVariance, type RoundedTerms, roundConstant, roundWeights, stretches } from './weights.ts';

/** divisors of fine intervals: few, because each in use costs as many rows of range table */
const FINE_DIVISORS = [1, 8, 32, 128, 512, 2048, 8192] as const;
/** standard deviation that rounded weights may cause, in fine intervals */
const NOISE = 0.5;
/** how much better than plain rounding the best rounding may be */
const HOPELESS = 30;
/** the same for an estimate from some of the weights */
const CLEARLY = 1.1;
/** weights of a stage that are worth an estimate */
const MANY_WEIGHTS = 2 ** 16;
/** a stage with so few weights is worth a search for a step that they are nearly multiples of */
const FEW_WEIGHTS = 64;
/** bits of a weight where tensors of very different steps are added */
const MIXED_BITS = 24;
/** times that a sum which is rounded to few multiples is finer than others */
const FINER_SUMS = 16;

/** The same where the sources differ in scale: a stage on real numbers. */
export function approximate(stage: LinearStage): LinearStage {
  if (!stage.exact) return stage;
  if (stage.exact.kind === 'exceeds') throw bug(`sources of ${stage.where} differ in scale`);
  if (stage.exact.kind === 'raise') return stage;
  const functions = [{ name: 'rise', apply: (x: number) => Math.max(0, x), clip: [0, Number.POSITIVE_INFINITY] as [number, number] }];
  return { ...stage, functions };
}

/** Comparisons with a constant see a source within half of its step of the constant as equal; integers are what they are. */
function tolerant(stage: LinearStage, [source]: readonly Source[]): LinearStage {
  const [first, ...rest] = stage.functions;
  if (!first?.sign || !source || source.whole || stage.terms.length !== 1) return stage;
  const nearZero = largestOf(stage.terms[0]!.weights) * source.scale * 0.5001;
  return { ...stage, functions: [{ ...first, apply: (x) => first.apply(Math.abs(x) <= nearZero ? 0 : x) }, ...rest] };
}

/** @param loopSteps of stages that are the same in every step of a loop, by role: the first of them chooses for all */
export function quantiseLinear(
  given: LinearStage,
  { before, after }: Ends,
  sources: readonly Source[],
  bits: number,
  { weightBits, noise: allowed = NOISE }: QuantisationOptions,
  loopSteps: Map<string, number> = new Map(),
): IntegerLinear {
  const shared = given.role === undefined ? undefined : loopSteps.get(given.role);
  const stage = tolerant(given, sources);
  const steep = steepNearZero(given, stage, { before, after }, sources, bits);
  if (steep) return steep;
  const few = stage.terms.reduce((sum, { weights }) => sum + weights.length, 0) <= FEW_WEIGHTS && sources.every(({ moments }) => !moments);
  const single = stage.terms.every((term) => kindOf(term).elements.are !== 'sums');
  const aims = new Map<string, Plan>();
  const steps = unknownSteps();
  /** the plan for a stretch and a step; many divisors ask for the same, and one may be half a million intervals */
  const aim = (stretch: number, fixed?: number): Plan => {
    const key = `${stretch} ${fixed}`;
    const plan = aims.get(key) ?? planOf(stage, before, after, bits, stretch, fixed, steps);
    aims.set(key, plan);
    return plan;
  };
  let mixedBits: number = MIXED_BITS;
  /** everything for one divisor, or undefined where the accumulator bound or the weight size forbids it */
  const attempt = (u: number): (IntegerLinear & { noise: number }) | undefined => {
    let best: { plan: Plan; rounded: RoundedTerms; stretch: number } | undefined;
    const asked = aim(1).step;
    // a range far below one integer of a source cannot be resolved: then the step follows the source, so that weights stay small
    const least = single ? stage.terms.reduce((most, { weights }, i) => Math.max(most, largestOf(weights) * sources[i]!.scale), 0) : 0;
    // one of few large integers (a mask of zeros and ones) is worth weights of more bits beside a tensor that needs the steps
    const mixed = single && stage.terms.length > 1 && asked < least / 2 ** (weightBits - 4);
    const mostBits = mixed ? Math.max(weightBits, mixedBits) : weightBits;
    const coarse = least / 2 ** (mostBits - 4);
    const fixed = shared ?? (asked < coarse ? coarse : undefined);
    const finest = fixed ?? asked;
    for (const stretch of few && shared === undefined ? stretches(stage.terms, sources, u / finest) : [1]) {
      const plan = aim(stretch, fixed);
      const rounded = roundWeights(stage.terms, sources, plan.step / u);
      // a coarser step must pay off clearly
      if (!best || rounded.variance * stretch ** 2 < 0.8 * best.rounded.variance * best.stretch ** 2) best = { plan, rounded, stretch };
    }
    const { plan, rounded } = best!;
    const { weights, variance } = rounded;
    if (weights.some((list) => largestOf(list) >= 2 ** (mostBits - 1))) return undefined;
    const target = plan.target();
    const unit = target.step / u;
    const offset = u > 1 ? u / 2 : 0;
    const constant = roundConstant(stage, rounded, unit, offset);
    // jumps lie on the grid of the step, where the middle of an interval lies beside it
    const own = (c: number): number => (c - offset) * unit;
    const argument = gridOf(stage.functions) === undefined ? own : (c: number) => Math.round(own(c) / target.step) * target.step;
    const { means } = rounded;
    const constantFor = (other: LinearStage): Tensor | undefined => roundConstant(other, { means }, unit, offset);
    const found = ended(
      given,
      stage,
      'requantise',
      { weights: weights.map(atRest), constant, constantFor, unit },
      { target, u, argument, own },
      sources,
    );
    return found && { ...found, noise: Math.sqrt(variance) / u };
  };
  // variance of plainly rounded weights; divisors for which even the best rounding cannot be good enough are not tried first
  const plainly = (term: Term, { power, scale }: Source): number => (kindOf(term).fanIn(term) * power) / (12 * scale ** 2);
  const plain = stage.terms.reduce((sum, term, i) => sum + plainly(term, sources[i]!), 0);
  // what rounds to few multiples jumps from one to the next where a sum lies between them; of stairs finer sums cost next to nothing
  const finer = stage.functions.at(-1)?.rounds === undefined ? allowed : Math.min(allowed, NOISE / FINER_SUMS);
  const most = stairsOf(stage.functions) ? 0 : finer;
  const beyond = (variance: number, times: number) =>
    FINE_DIVISORS.filter((u) => Math.sqrt(variance) / u > times * most && u < FINE_DIVISORS.at(-1)!);
  let hopeless = few ? [] : beyond(plain, HOPELESS);
  // of many weights some say which divisor will do: rounding all of them is most of the work
  if (stage.terms.reduce((sum, { weights }) => sum + weights.length, 0) >= MANY_WEIGHTS) {
    const probed = probedVariance(stage.terms, sources, aim(1).step / FINE_DIVISORS[hopeless.length]!, plainly);
    hopeless = FINE_DIVISORS.slice(0, Math.max(hopeless.length, beyond(probed, CLEARLY).length));
  }
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
  if (given.role !== undefined) loopSteps.set(given.role, found.unit * found.slot.u);
  return found;
}
