// Real stages -> integer stages: scales, integer weights and constants, and the table that ends the stage. Source: DESIGN §6.
// A stage's accumulator counts units of (step of its table) / u; u is the smallest divisor for which the rounding of the weights stays
// below about one step. Caveat: noise is estimated from mean squares; the accuracy report measures what really happens.
import { ZkvmError } from '../fri/errors.ts';
import { provedReach, type Reach } from './bounds.ts';
import type { Calibration, Range } from './calibrate.ts';
import type { LinearStage, MaximumStage, Pointwise, StageGraph } from './stages.ts';
import type { SlotRequest } from './tables.ts';
import { broadcastTo, real, type Tensor } from './tensor.ts';
import { fanIn, type Term } from './terms.ts';

/** Integers of a stored tensor: real value = scale · integer, always in [lo, hi]. */
export interface Quantity {
  scale: number;
  lo: number;
  hi: number;
}

export interface QuantisationOptions {
  /** bits of stored activations, 8 … 15 */
  activationBits: number;
  /** bits of the model's outputs, 8 … 15 */
  outputBits: number;
  /** bits of the inputs, or undefined: as many as keep their rounding error below 0.3 %, 8 … 12 */
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
  /** real value of one accumulator unit */
  unit: number;
  reach: Reach;
  slot: SlotRequest;
  result: Quantity;
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

/** calibrated ranges are widened by this factor */
const MARGIN = 1.15;
/** divisors of fine intervals: few, because each in use costs as many rows of range table */
const FINE_DIVISORS = [1, 4, 16, 64, 256, 1024, 4096, 16384] as const;
/** standard deviation that rounded weights may cause, in fine intervals */
const NOISE = 0.7;
/** relative rounding error of an input that is good enough */
const INPUT_NOISE = 0.003;
/** a stage with so few weights is worth a search for a step that they are nearly multiples of */
const FEW_WEIGHTS = 64;

/** The range that fine intervals cover: widened, and zero included. A range that is only zero becomes [0, 1]. */
function widened({ min, max }: Pick<Range, 'min' | 'max'>): [lo: number, hi: number] {
  const lo = Math.min(0, min * MARGIN);
  const hi = Math.max(0, max * MARGIN);
  return lo === hi ? [0, 1] : [lo, hi];
}

/** Input integers: a power of two as scale, so that pixels k/16 or k/256 are exact. */
function quantiseInput(range: Range, bits: number | undefined): Quantity {
  const [lo, hi] = widened(range);
  const span = Math.max(range.max, 0) - Math.min(range.min, 0) || 1;
  let chosen = bits ?? 8;
  const scaleOf = (count: number): number => 2 ** Math.ceil(Math.log2(span / 2 ** count) - 1e-9);
  const noise = (count: number): number => scaleOf(count) / Math.sqrt(12 * range.power || 1);
  if (bits === undefined) while (chosen < 12 && noise(chosen) > INPUT_NOISE) chosen++;
  const scale = scaleOf(chosen);
  return { scale, lo: Math.floor(lo / scale), hi: Math.ceil(hi / scale) };
}

const applyAll = (functions: readonly Pointwise[], x: number): number => functions.reduce((value, f) => f.apply(value), x);

/** the interval that a chain of clips limits x to, or undefined if the chain does anything else */
function clipOf(functions: readonly Pointwise[]): [number, number] | undefined {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { clip } of functions) {
    if (!clip) return undefined;
    [low, high] = [Math.min(Math.max(low, clip[0]), clip[1]), Math.min(Math.max(high, clip[0]), clip[1])];
  }
  return [low, high];
}

/** Step of the fine intervals, their range, and the integers that come out. */
interface Target {
  /** real width of a fine interval */
  step: number;
  from: number;
  to: number;
  result: Quantity;
  y: (x: number) => number;
}

const clamp = (x: number, lo: number, hi: number): number => Math.min(Math.max(x, lo), hi);

function targetOf(stage: LinearStage, before: Range, after: Range, bits: number, stretch: number): Target {
  const clip = clipOf(stage.functions);
  const levels = 2 ** bits - 1;
  if (clip && clip[0] <= 0 && clip[1] >= 0) {
    // output integers are the fine intervals themselves
    const [low, high] = widened(after);
    const [lo, hi] = [Math.max(low, clip[0]), Math.min(high, clip[1])];
    const step = ((hi - lo || 1) * stretch) / levels;
    const result = { scale: step, lo: Math.round(lo / step), hi: Math.round(hi / step) };
    return { step, from: result.lo, to: result.hi, result, y: (x) => clamp(Math.round(x / step), result.lo, result.hi) };
  }
  const [lo, hi] = widened(before);
  const step = ((hi - lo) * stretch) / 2 ** bits;
  const [from, to] = [Math.floor(lo / step), Math.ceil(hi / step)];
  let [least, most] = [0, 0];
  for (let q = from; q <= to; q++) {
    const value = applyAll(stage.functions, q * step);
    [least, most] = [Math.min(least, value), Math.max(most, value)];
  }
  const scale = (most - least || 1) / levels;
  const result = { scale, lo: Math.round(least / scale), hi: Math.round(most / scale) };
  return {
    step,
    from,
    to,
    result,
    y: (x) => clamp(Math.round(applyAll(stage.functions, clamp(x, from * step, to * step)) / scale), result.lo, result.hi),
  };
}

/** Integer weights for an accumulator unit, and the variance that their rounding causes, in units². */
function roundWeights(terms: readonly Term[], sources: readonly (Quantity & { power: number })[], unit: number) {
  let variance = 0;
  const weights = terms.map((term, i) => {
    const { scale, power } = sources[i]!;
    let squares = 0;
    const rounded = term.weights.map((w) => {
      const exact = (w * scale) / unit;
      const integer = Math.round(exact);
      squares += (exact - integer) ** 2;
      return integer;
    });
    variance += (squares / term.weights.length) * fanIn(term) * (power / (scale * scale));
    return rounded;
  });
  return { weights, variance };
}

function quantiseLinear(
  stage: LinearStage,
  ranges: ReadonlyMap<string, Range>,
  sources: readonly (Quantity & { power: number })[],
  bits: number,
  weightBits: number,
): IntegerLinear {
  const [before, after] = [ranges.get(stage.before)!, ranges.get(stage.value)!];
  const few = stage.terms.reduce((sum, { weights }) => sum + weights.length, 0) <= FEW_WEIGHTS;
  /** everything for one divisor, or undefined where the accumulator bound or the weight size forbids it */
  const attempt = (u: number): (IntegerLinear & { noise: number }) | undefined => {
    let best: { target: Target; weights: Float64Array[]; variance: number } | undefined;
    for (let i = 0; i < (few ? 64 : 1); i++) {
      const target = targetOf(stage, before, after, bits, 1 + i / 64);
      const rounded = roundWeights(stage.terms, sources, target.step / u);
      // a coarser step must pay off clearly
      if (!best || rounded.variance * (1 + i / 64) ** 2 < 0.8 * best.variance) best = { target, ...rounded };
    }
    const { target, weights, variance } = best!;
    if (weights.some((list) => list.some((w) => Math.abs(w) >= 2 ** (weightBits - 1)))) return undefined;
    const unit = target.step / u;
    const offset = u > 1 ? u / 2 : 0;
    const constant = stage.constant
      ? real(
          stage.constant.shape,
          stage.constant.data.map((c) => Math.round(c / unit) + offset),
        )
      : offset
        ? real([], Float64Array.of(offset))
        : undefined;
    const reach = provedReach(stage, weights, constant, sources);
    if (!reach) return undefined;
    const slot: SlotRequest = {
      name: `${stage.functions.map(({ name }) => name).join(', ') || 'requantise'} after ${stage.where}`,
      u,
      from: target.from,
      to: target.to,
      low: reach.low,
      high: reach.high,
      value: (c) => target.y((c - offset) * unit),
    };
    return { kind: 'linear', stage, weights, constant, unit, reach, slot, result: target.result, noise: Math.sqrt(variance) / u };
  };
  let found: (IntegerLinear & { noise: number }) | undefined;
  for (const u of FINE_DIVISORS) {
    const next = attempt(u);
    if (!next) break;
    found = next;
    if (found.noise <= NOISE) break;
  }
  if (!found)
    throw new ZkvmError('unsupported', 'ZK0530', {
      what: 'the integers of a layer do not fit into an accumulator',
      where: stage.where,
      why: 'Σ|weight|·max|input| must stay below 2^30 for every input',
      fix: 'fewer activation bits, or smaller weights',
    });
  return found;
}

/**
 * Integers for every stage.
 * @throws ZK0530 if a stage cannot stay inside the accumulator bound
 */
export function quantise(graph: StageGraph, { ranges }: Calibration, options: QuantisationOptions): IntegerGraph {
  const quantities = new Map<string, Quantity>();
  const powers = new Map<string, number>();
  for (const { name } of graph.inputs) {
    const range = ranges.get(name)!;
    quantities.set(name, quantiseInput(range, options.inputBits));
    powers.set(name, range.power);
  }
  const outputs = new Set(graph.outputs.map(({ view }) => view.root));
  const stages = graph.stages.map((stage): IntegerStage => {
    let integer: IntegerStage;
    if (stage.kind === 'maximum') integer = { kind: 'maximum', stage, result: quantities.get(stage.source.root)! };
    else {
      const sources = stage.terms.map(({ source }) => ({ ...quantities.get(source.root)!, power: powers.get(source.root)! }));
      integer = quantiseLinear(
        stage,
        ranges,
        sources,
        outputs.has(stage.id) ? options.outputBits : options.activationBits,
        options.weightBits,
      );
    }
    quantities.set(stage.id, integer.result);
    powers.set(stage.id, ranges.get(stage.value)!.power);
    return integer;
  });
  return { graph, stages, quantities };
}

/** The integer constant of a stage, one per element, or undefined if it is zero everywhere. */
export function constantElements({ constant, stage }: IntegerLinear): Float64Array | undefined {
  return constant?.data.some((c) => c !== 0) ? broadcastTo(constant, stage.shape) : undefined;
}
