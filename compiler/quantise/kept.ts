// Stages in the integers of their sources: sums and comparisons of one scale, choices, moves, and stages on integers of ONNX types. Nothing is rounded
// and nothing saturates. Source: DESIGN §6. Caveat: sums that reach too far for a table are refused (ZK0532).
import { bug } from '../../fri/core/errors.ts';
import { elementsOf, type Tensor } from '../onnx/tensor.ts';
import type { Limits } from '../stages/known.ts';
import { type Left, type LinearStage, selections } from '../stages/stage.ts';
import { provedReach, type Reach } from './bounds.ts';
import type { Range } from './calibrate.ts';
import type { IntegerLinear, Source } from './integer-graph.ts';
import { allFine, identityRequest } from './integer-tables.ts';
import { limitsOf } from './proved.ts';
import { exactly, type SlotRequest } from './request.ts';
import { slotAfter, truthOf } from './slots.ts';
import { nearestInUse, OCTAVE, type Quantity } from './targets.ts';
import { comparison, inexact, MAX_INTERVALS, tooFar, wholeStage } from './whole.ts';

const none = (): undefined => undefined;

/** A stage in the integers of its sources: no rounding, no saturation. @returns undefined if they differ in scale */
export function exact(
  stage: LinearStage,
  sources: readonly Source[],
  before: Limits,
  fine?: readonly [lo: number, hi: number],
): IntegerLinear | undefined {
  if (!stage.exact) return undefined;
  const { kind, ties, left } = stage.exact;
  if (kind === 'chosen') return chosen(stage, sources[0]!, before, fine !== undefined);
  const { scale } = sources[0]!;
  if (sources.some((source) => source.scale !== scale)) return undefined;
  const weights = stage.terms.map((term) => term.weights);
  const reach = provedReach(stage, weights, ties, sources);
  if (!reach) {
    if (fine) return undefined;
    throw inexact(stage, 'it may reach 2^30');
  }
  const { low, high } = reach;
  const whole = kind === 'exceeds' || sources.every((source) => source.whole);
  const base = { kind: 'linear' as const, stage, weights, unit: scale, reach, whole };
  const reached = { u: 1, low, high };
  if (kind === 'exceeds') {
    const value = (c: number): number => (c > 0 ? 1 : 0);
    const slot: SlotRequest = { name: 'above 0', key: 'above 0', ...reached, from: 0, to: 0, value, truth: exactly(value) };
    return { ...base, constant: ties, constantFor: (other) => other.exact?.ties, slot, result: { scale: 1, lo: 0, hi: 1 } };
  }
  if (left) return { ...base, constant: undefined, constantFor: none, slot: presence(left, scale, reach), result: { scale, lo: 0, hi: 0 } };
  const [least, most] = before;
  const lo = kind === 'rise' ? 0 : Math.max(low, Math.round(least / scale));
  const hi = Math.max(0, kind === 'rise' ? high : Math.min(high, Math.round(most / scale)));
  const [from, to] = fine ?? [lo, hi];
  if (to - from > MAX_INTERVALS) throw inexact(stage, tooFar(lo, hi));
  const gone = from > lo || to < hi;
  const name = `${kind} ${lo} … ${hi}${gone ? `, fine ${from} … ${to}` : ''}`;
  const ideal = (c: number): number => (kind === 'rise' ? Math.max(0, c) : c);
  const result = { scale, lo, hi, ...(gone && { fine: [from, to] as const }) };
  const slot: SlotRequest = {
    name,
    key: name,
    ...reached,
    from,
    to,
    value: (c) => Math.min(Math.max(nearestInUse(ideal(c), result.fine), lo), hi) || 0,
    truth: exactly(ideal, gone ? OCTAVE : undefined),
    ...(gone && { gradual: { low: lo, high: hi, share: 1 / OCTAVE } }),
  };
  return { ...base, constant: undefined, constantFor: none, slot, result };
}

/** Zeros where masks leave something of a row, and nothing elsewhere: in few intervals, which lie inside of the limits. */
function presence({ within, by }: Left, scale: number, { low, high }: Reach): SlotRequest {
  const [first, last] = [Math.max(low, Math.ceil(within[0] / scale)), Math.min(high, Math.floor(within[1] / scale))];
  const u = 2 ** Math.max(0, Math.floor(Math.log2(Math.sqrt(Math.max(1, last - first)))));
  // what cannot be reached may lie in an interval
  const from = first === low ? Math.floor(first / u) : Math.ceil(first / u);
  const to = last === high ? Math.floor(last / u) : Math.floor((last + 1) / u) - 1;
  const name = `what masks by ${by} leave of a row, ${first} … ${last} of ${low} … ${high}`;
  const ideal = (c: number): number => (c < from * u || c >= (to + 1) * u ? Number.NaN : 0);
  return { name, key: name, u, from, to, low, high, value: () => 0, truth: exactly(ideal), ends: true };
}

/** A stage whose accumulator is its result. */
const identical = (stage: LinearStage, weights: Float64Array[], reach: Reach, result: Quantity): IntegerLinear => ({
  kind: 'linear',
  stage,
  weights,
  constant: undefined,
  constantFor: none,
  unit: result.scale,
  reach,
  slot: identityRequest(result),
  result,
});

/** A choice by ones and zeros: the integers of what is chosen from, or 0. */
function chosen(stage: LinearStage, source: Source, [least, most]: Limits, again: boolean): IntegerLinear | undefined {
  const { other } = source;
  if (!other || source.scale !== 1 || source.lo < 0 || source.hi > 1) throw bug(`${stage.where} chooses by what is not 0 or 1`);
  const weights = [Float64Array.of(1)];
  const reach = provedReach(stage, weights, undefined, [source]);
  if (!reach && again) return undefined;
  if (!reach) throw inexact(stage, 'it may reach 2^30');
  const integers = {
    lo: Math.max(Math.min(0, other.lo), Math.min(0, Math.round(least / other.scale))),
    hi: Math.min(Math.max(0, other.hi), Math.max(0, Math.round(most / other.scale))),
    fine: other.fine,
  };
  const [from, to] = integers.fine ?? [integers.lo, integers.hi];
  if (to - from > MAX_INTERVALS) throw inexact(stage, tooFar(integers.lo, integers.hi));
  const whole = stage.whole?.result === true && other.scale === 1;
  return { ...identical(stage, weights, reach, { scale: other.scale, ...integers }), whole };
}

/** A stage that moves elements of sources with one scale keeps their integers. */
export function copied(stage: LinearStage, sources: readonly Source[]): IntegerLinear | undefined {
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
  const result = { scale: first.scale, lo, hi, fine: allFine(sources) };
  const whole = sources.every((source) => source.whole);
  return { ...identical(stage, weights, reach, result), copies: true, whole };
}

/** A stage on integers, exactly; a stage that only moves them keeps them in `copied`. */
export function integers(
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
  const truth = truthOf(stage, target, target.result, (c) => c);
  const ends = stage.functions[0]?.ends && { ends: true };
  const slot = { ...slotAfter(stage, 'integers', 1, target, reach, target.y, truth), ...ends };
  const constantFor = (other: LinearStage): Tensor | undefined => constantOf(other.constant);
  return { kind: 'linear', stage, weights, constant: constantFor(stage), constantFor, unit, reach, slot, result: target.result, whole };
}
