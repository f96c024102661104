// Ranges that follow from mathematics: of a stage, from the ranges of the tensors that it reads and from what its operator knows of its result;
// of an input, from the tables that it indexes. Calibration has no part in them. Source: interval arithmetic, stages/known.ts.
// Caveat: a fact about real numbers widens a calibrated range four times at most, because a wide range has coarse steps.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import { broadcastTo, elementsOf, type Tensor } from '../onnx/tensor.ts';
import type { KnownRange, Limits } from '../stages/known.ts';
import type { LinearStage, StageGraph } from '../stages/stage.ts';
import { kindOf } from '../stages/terms/index.ts';
import { type Reach as ElementReach, widen } from '../stages/terms/reach.ts';
import type { Range } from './calibrate.ts';
import type { Quantity } from './targets.ts';

/** times that a calibrated range grows towards the range that is known */
const GROWTH = 4;

export const intersection = (list: readonly Limits[]): Limits =>
  list.reduce(([low, high], [a, b]) => [Math.max(low, a), Math.min(high, b)], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);

/**
 * The intervals in which facts say that all elements lie, in real units; `like` alone, without intervals that are only known for real numbers.
 * A fact about a tensor that has no integers of its own (it is computed later, or only as part of a sum) says nothing.
 */
function alike(known: KnownRange, quantities: ReadonlyMap<string, Quantity>): Limits[] {
  return known.like.flatMap(({ roots, constants: [low, high] }): Limits[] => {
    const ranges = roots.map((root) => quantities.get(root));
    if (ranges.includes(undefined)) return [];
    const ends = ranges.flatMap((range) => (range ? [range.scale * range.lo, range.scale * range.hi] : []));
    return [[Math.min(low, ...ends), Math.max(high, ...ends)]];
  });
}

/** All that is known of a value's range, for integers. */
export const limitsOf = (known: KnownRange | undefined, quantities: ReadonlyMap<string, Quantity>): Limits =>
  intersection(known ? [...known.within, ...alike(known, quantities)] : []);

/** What the accumulator of a stage reaches in real units, with its sources anywhere in their ranges. */
function reachedBy({ terms, constant, shape }: LinearStage, sources: readonly (Quantity & { other?: Quantity | undefined })[]): Limits {
  const count = elementsOf(shape);
  const reach: ElementReach = { low: new Float64Array(count), high: new Float64Array(count), magnitude: 0 };
  const realRange = ({ scale, lo, hi }: Quantity) => ({ lo: lo * scale, hi: hi * scale });
  for (const [i, term] of terms.entries()) {
    const { other } = sources[i]!;
    widen(reach, realRange(sources[i]!), other && realRange(other), (bounds) => kindOf(term).bound(term, term.weights, bounds));
  }
  const added = constant && broadcastTo(constant, shape);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let e = 0; e < count; e++) {
    low = Math.min(low, reach.low[e]! + (added?.[e] ?? 0));
    high = Math.max(high, reach.high[e]! + (added?.[e] ?? 0));
  }
  return [low, high];
}

/** The interval in which a real value lies whatever the sources are in their ranges. */
export function certainLimits(
  known: KnownRange | undefined,
  stage: LinearStage,
  sources: readonly (Quantity & { other?: Quantity | undefined })[],
  quantities: ReadonlyMap<string, Quantity>,
): Limits {
  if (!known) return intersection([]);
  return intersection([...known.within, ...alike(known, quantities), ...(known.reached ? [reachedBy(stage, sources)] : [])]);
}

/**
 * The range of a real value: what is known, where that is not much wider than what calibration saw.
 * @param reached computes what the accumulator reaches
 */
export function knownRange(
  range: Range,
  known: KnownRange | undefined,
  stage: LinearStage,
  sources: readonly (Quantity & { other?: Quantity | undefined })[],
  quantities: ReadonlyMap<string, Quantity>,
): Range {
  if (!known) return range;
  const sure = alike(known, quantities);
  if (known.reached) sure.push(reachedBy(stage, sources));
  const [low, high] = intersection([...sure, ...known.within]);
  const grown = (x: number): number => (sure.length ? Number.POSITIVE_INFINITY : GROWTH * Math.abs(x));
  const min = Math.min(range.min, Math.max(low, -Math.max(grown(range.min), 0)));
  const max = Math.max(range.max, Math.min(high, Math.max(grown(range.max), 0)));
  return { ...range, min, max, certain: true };
}

/** Integers that an index into tables may be: all, and the usual ones from `plain` on. */
export interface IndexLimits {
  low: number;
  plain: number;
  high: number;
  where: string;
}

/** Inputs and stages whose elements index tables, with the limits of those. */
export function indexLimits({ stages }: StageGraph): Map<string, IndexLimits> {
  const found = new Map<string, IndexLimits>();
  for (const stage of [...stages].reverse()) {
    if (stage.kind === 'maximum') continue;
    const [first] = stage.functions;
    const own = found.get(stage.id);
    const wanted = first ? first.domain && { ...first.domain, where: stage.where } : own;
    if (!wanted || !moves(stage)) continue;
    const [least, most] = extremes(stage.constant);
    for (const { source } of stage.terms) {
      const before = found.get(source.root) ?? {
        low: Number.NEGATIVE_INFINITY,
        plain: Number.NEGATIVE_INFINITY,
        high: Number.POSITIVE_INFINITY,
        where: wanted.where,
      };
      const next = { low: wanted.low - least, plain: wanted.plain - least, high: wanted.high - most };
      found.set(source.root, {
        low: Math.max(before.low, next.low),
        plain: Math.max(before.plain, next.plain),
        high: Math.min(before.high, next.high),
        where: next.high < before.high ? wanted.where : before.where,
      });
    }
  }
  return found;
}

/** True if every element of the accumulator is one element of one source, and the constant. */
function moves({ terms, constant }: LinearStage): boolean {
  const single = terms.length === 1 || (!constant && terms.every((term) => kindOf(term).elements.are === 'moved'));
  return (
    single &&
    terms.every((term) => {
      const { are } = kindOf(term).elements;
      return (are === 'moved' || are === 'scaled') && term.weights.every((w) => w === 1);
    })
  );
}

function extremes(constant: Tensor | undefined): Limits {
  if (!constant) return [0, 0];
  return [constant.data.reduce((least, x) => Math.min(least, x)), constant.data.reduce((most, x) => Math.max(most, x))];
}

/** elements of a type that has so few are all taken, whatever calibration saw */
const BYTE = 255;

/**
 * The range of an input of integers: that of the tables it indexes, else all of a type of 8 bits, else what calibration saw; inside its element type.
 * @throws ZK0520 for a calibrated index that is outside a table
 */
export function wholeInput(
  { name, limits, complete, range }: StageGraph['inputs'][0],
  { min, max }: Pick<Range, 'min' | 'max'>,
  index: IndexLimits | undefined,
): Quantity {
  const outside = (bad: number, where: string, [low, high]: Limits): Error =>
    usage('ZK0520', {
      what: `input "${name}" has the value ${bad}`,
      where,
      why: `it must lie in [${low}, ${high}]`,
      fix: `${range ? 'declare a range' : 'calibrate on inputs'} that the model takes`,
    });
  const own: Limits = limits ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [low, high] = intersection([own, ...(index ? [[index.low, index.high] as const] : [])]);
  for (const x of [min, max]) if (x < low || x > high) throw outside(x, index?.where ?? `input "${name}"`, [low, high]);
  if (limits && complete) return { scale: 1, lo: Math.min(0, limits[0]), hi: Math.max(0, limits[1]) };
  // booleans, and bytes: pixels that no sample had are as good as any other
  const few = limits !== undefined && limits[1] - limits[0] <= BYTE;
  if (few && !index && !range) return { scale: 1, lo: Math.min(0, limits[0]), hi: Math.max(0, limits[1]) };
  if (index && !range && Number.isFinite(index.low))
    return { scale: 1, lo: Math.min(0, min < index.plain ? low : Math.max(low, index.plain)), hi: Math.max(0, high) };
  if (Math.max(-min, max) >= ACCUMULATOR_BOUND)
    throw new ZkvmError('unsupported', 'ZK0532', {
      what: 'a tensor of integers cannot be kept exactly',
      where: `input "${name}"`,
      why: `${range ? 'its range has' : 'calibration has'} values from ${min} to ${max}, the machine's integers are less than 2^30`,
      fix: range ? 'declare a smaller range' : 'calibrate on smaller numbers',
    });
  return { scale: 1, lo: Math.min(0, min) || 0, hi: Math.max(0, max) || 0 };
}
