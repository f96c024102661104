// Real stages -> integer stages: scales, integer weights and constants, and the table that ends the stage. Source: DESIGN §6.
// A stage's accumulator counts units of (step of its table) / u; u is the smallest divisor for which the rounding of the weights stays
// below about half a step. Caveat: noise is estimated from mean squares; the accuracy report measures what really happens.
import { bug, ZkvmError } from '../../fri/core/errors.ts';
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import { viewed } from '../layout/view.ts';
import { broadcastTo, elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import type { KnownRange, Limits } from '../stages/known.ts';
import { inOwnOrder, type LinearStage, type MaximumStage, type StageGraph, selections } from '../stages/stage.ts';
import { isProduct, kindOf, type Term } from '../stages/terms/index.ts';
import { provedReach, type Reach } from './bounds.ts';
import type { Calibration, Range } from './calibrate.ts';
import { type IndexLimits, indexLimits, knownRange, limitsOf, wholeInput } from './proved.ts';
import { KnownMoments, type Moments, type Rounded, roundWith } from './rounding.ts';
import { exactly, type SlotRequest, type Truth } from './tables.ts';
import { gridOf, type Quantity, quantiseInput, type Target, targetOf, unitInput } from './targets.ts';
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
  /** most bits of a weight, sign included, 4 … 24 */
  weightBits: number;
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
  /** the name of its table says all about it: stages with that name share it */
  alike?: boolean;
  /** the result is integers, exactly: its scale is 1 and nothing was rounded */
  whole?: boolean;
}

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
}

/** divisors of fine intervals: few, because each in use costs as many rows of range table */
const FINE_DIVISORS = [1, 8, 32, 128, 512, 2048, 8192] as const;
/** standard deviation that rounded weights may cause, in fine intervals */
const NOISE = 0.5;
/** how much better than plain rounding the best rounding may be */
const HOPELESS = 30;
/** a stage with so few weights is worth a search for a step that they are nearly multiples of */
const FEW_WEIGHTS = 64;

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

/** The table of a stage. @param otherwise its name where the stage has no functions */
const slotAfter = (
  { functions, where }: LinearStage,
  otherwise: string,
  u: number,
  { from, to }: Target,
  { low, high }: Reach,
  value: SlotRequest['value'],
  truth: Truth,
): SlotRequest => ({
  name: `${functions.map(({ name }) => name).join(', ') || otherwise} after ${where}`,
  u,
  from,
  to,
  low,
  high,
  value,
  truth,
});

/** share of the result's range by which a fine interval may miss at its ends, where its function is steep; never less than these integers */
const STEEP = { share: 0.01, least: 8 } as const;
/** share of it by which a coarse interval may miss anywhere: half of the usual target, so that noise beside a narrow range is none */
const NEAR = { share: 0.005, least: 1 } as const;

/** What a stage's table stands for. @param real the real argument of an accumulator */
function truthOf({ functions, whole }: LinearStage, { ideal, result }: Target, real: (c: number) => number): Truth {
  const exact = (c: number): number => ideal(real(c));
  if (whole?.result) return exactly(exact);
  const of = ({ share, least }: { share: number; least: number }): number => Math.max(least, share * (result.hi - result.lo));
  return { ideal: exact, near: of(NEAR), steep: functions.some(({ jumps }) => jumps) ? Number.POSITIVE_INFINITY : of(STEEP) };
}

const none = (): undefined => undefined;

/** A stage in the integers of its sources: no rounding, no saturation. @returns undefined if they differ in scale */
function exact(stage: LinearStage, sources: readonly Source[], quantities: ReadonlyMap<string, Quantity>): IntegerLinear | undefined {
  if (!stage.exact) return undefined;
  const { kind, ties } = stage.exact;
  if (kind === 'chosen') return chosen(stage, sources[0]!, limitsOf(stage.known?.before, quantities));
  const { scale } = sources[0]!;
  if (sources.some((source) => source.scale !== scale)) return undefined;
  const weights = stage.terms.map((term) => term.weights);
  const reach = provedReach(stage, weights, ties, sources);
  if (!reach) throw inexact(stage, 'it may reach 2^30');
  const { low, high } = reach;
  const whole = kind === 'exceeds' || sources.every((source) => source.whole);
  const base = { kind: 'linear' as const, stage, weights, unit: scale, reach, whole, alike: true };
  const reached = { u: 1, low, high };
  if (kind === 'exceeds') {
    const value = (c: number): number => (c > 0 ? 1 : 0);
    const slot: SlotRequest = { name: `above 0 for ${low} … ${high}`, ...reached, from: 0, to: 0, value, truth: exactly(value) };
    return { ...base, constant: ties, constantFor: (other) => other.exact?.ties, slot, result: { scale: 1, lo: 0, hi: 1 } };
  }
  const [least, most] = limitsOf(stage.known?.before, quantities);
  const lo = kind === 'rise' ? 0 : Math.max(low, Math.round(least / scale));
  const hi = Math.max(0, kind === 'rise' ? high : Math.min(high, Math.round(most / scale)));
  if (hi - lo > MAX_INTERVALS) throw inexact(stage, tooFar(lo, hi));
  const name = `${kind} ${lo} … ${hi} for ${low} … ${high}`;
  const truth = exactly((c) => (kind === 'rise' ? Math.max(0, c) : c));
  const slot: SlotRequest = { name, ...reached, from: lo, to: hi, value: (c) => Math.min(Math.max(c, lo), hi), truth };
  return { ...base, constant: undefined, constantFor: none, slot, result: { scale, lo, hi } };
}

/** A choice by ones and zeros: the integers of what is chosen from, or 0. */
function chosen(stage: LinearStage, source: Source, [least, most]: Limits): IntegerLinear {
  const { other } = source;
  if (!other || source.scale !== 1 || source.lo < 0 || source.hi > 1) throw bug(`${stage.where} chooses by what is not 0 or 1`);
  const weights = [Float64Array.of(1)];
  const reach = provedReach(stage, weights, undefined, [source]);
  if (!reach) throw inexact(stage, 'it may reach 2^30');
  const lo = Math.max(Math.min(0, other.lo), Math.min(0, Math.round(least / other.scale)));
  const hi = Math.min(Math.max(0, other.hi), Math.max(0, Math.round(most / other.scale)));
  if (hi - lo > MAX_INTERVALS) throw inexact(stage, tooFar(lo, hi));
  const value = (c: number): number => c;
  const slot: SlotRequest = { name: `identity ${lo} … ${hi}`, u: 1, from: lo, to: hi, low: lo, high: hi, value, truth: exactly(value) };
  const result = { scale: other.scale, lo, hi };
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
    alike: true,
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
  const result = { scale: first.scale, lo, hi };
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

function quantiseLinear(
  given: LinearStage,
  { before, after }: Ends,
  sources: readonly Source[],
  bits: number,
  weightBits: number,
): IntegerLinear {
  const stage = tolerant(given, sources);
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
    const mostBits = mixed ? Math.max(weightBits, MIXED_BITS) : weightBits;
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
    const reach = provedReach(stage, weights, constant, sources);
    if (!reach) return undefined;
    // jumps lie on the grid of the step, where the middle of an interval lies beside it
    const snapped = (x: number): number => (gridOf(stage.functions) === undefined ? x : Math.round(x / target.step) * target.step);
    const argument = (c: number): number => snapped((c - offset) * unit);
    const slot = slotAfter(stage, 'requantise', u, target, reach, (c) => target.y(argument(c)), truthOf(stage, target, argument));
    const constantFor = (other: LinearStage): Tensor | undefined => roundConstant(other, rounded, unit, offset);
    const noise = Math.sqrt(variance) / u;
    return { kind: 'linear', stage: given, weights, constant, constantFor, unit, reach, slot, result: target.result, noise };
  };
  // variance of plainly rounded weights; divisors for which even the best rounding cannot be good enough are not tried first
  const plain = stage.terms.reduce(
    (sum, term, i) => sum + (kindOf(term).fanIn(term) * sources[i]!.power) / (12 * sources[i]!.scale ** 2),
    0,
  );
  // what rounds to few multiples jumps from one to the next where a sum lies between them
  const most = stage.functions.at(-1)?.rounds === undefined ? NOISE : NOISE / FINER_SUMS;
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
  const truth = truthOf(stage, target, (c) => c);
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
  const reach = provedReach(stage, weights, constant, sources);
  if (!reach) throw outOfBounds(stage);
  const argument = (c: number): number => (c - offset) * unit;
  const slot = slotAfter(stage, 'product', u, target, reach, (c) => target.y(argument(c)), truthOf(stage, target, argument));
  return { kind: 'linear', stage, weights, constant, constantFor, unit, reach, slot, result: target.result };
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
    const real = (): Quantity =>
      input.bits
        ? unitInput(range, Math.max(input.bits, options.inputBits ?? 0))
        : quantiseInput(range, values.get(name) ?? [], options.inputBits);
    quantities.set(name, whole ? wholeInput(input, range, indices.get(name)) : real());
    names.set(name, name);
  }
  const outputs = new Set(graph.outputs.map(({ view }) => view.root));
  const byId = new Map(graph.stages.map((stage) => [stage.id, stage]));
  const own = (root: string, value: Float64Array): Float64Array => inOwnOrder(byId.get(root) ?? {}, value);
  const stages = graph.stages.map((stage): IntegerStage => {
    let integer: IntegerStage;
    if (stage.kind === 'maximum') integer = { kind: 'maximum', stage, result: quantities.get(stage.source.root)! };
    else {
      const sources = stage.terms.map((term): Source => {
        const name = names.get(term.source.root)!;
        const other = isProduct(term) ? quantities.get(term.other.root)! : undefined;
        const samples = () => values.get(name)?.map((value) => viewed(term.source, own(term.source.root, value)));
        return {
          ...quantities.get(term.source.root)!,
          power: ranges.get(name)!.power,
          moments: moments.of(term, samples),
          other,
          whole: wholes.has(term.source.root) && (!isProduct(term) || wholes.has(term.other.root)),
        };
      });
      const more = Math.max(0, ...stage.terms.map((term) => kindOf(term).moreBits));
      const wanted = options.bitsOf?.get(stage.id) ?? options.activationBits;
      const bits = outputs.has(stage.id) ? options.outputBits : Math.min(15, wanted + more);
      const known = exact(stage, sources, quantities) ?? (stage.exact ? undefined : integers(stage, ranges, sources, quantities, bits));
      const end = (name: string, facts: KnownRange | undefined): Range => knownRange(ranges.get(name)!, facts, stage, sources, quantities);
      const ends = (): Ends => ({ before: end(stage.before, stage.known?.before), after: end(stage.value, stage.known?.result) });
      integer = known
        ? known
        : stage.terms.some(isProduct)
          ? quantiseProduct(stage, ends(), sources, Math.min(15, bits + 1))
          : (copied(stage, sources) ?? inTable(quantiseLinear(approximate(stage), ends(), sources, bits, options.weightBits), indices));
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
  return { graph, stages, quantities };
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
export function forBatch({ stages, quantities }: IntegerGraph, graph: StageGraph): IntegerGraph {
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
  return { graph, stages: batched, quantities };
}

/** The integer constant of a stage, one per element, or undefined if it is zero everywhere. */
export function constantElements({ constant, stage }: IntegerLinear): Float64Array | undefined {
  return constant?.data.some((c) => c !== 0) ? broadcastTo(constant, stage.shape) : undefined;
}
