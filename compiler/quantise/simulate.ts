// The integer graph on tensors, without a machine: what the program must compute, element by element. The accuracy report uses it, and the
// tests compare it with the executed program. Caveat: it knows nothing of layouts, so it cannot see a mistake there - the tests can.

import { bug } from '../../fri/core/errors.ts';
import { viewed } from '../layout/view.ts';
import { atWork } from '../onnx/numbers.ts';
import { atOnce, isTime, type Steps } from '../onnx/steps.ts';
import { elementsOf, type Tensor } from '../onnx/tensor.ts';
import { isProduct, kindOf } from '../stages/terms/index.ts';
import { constantElements, type IntegerGraph, type IntegerLinear, type IntegerMaximum, type IntegerStage } from './integer-graph.ts';
import { maximumRequests } from './integer-tables.ts';
import { lookup } from './intervals.ts';
import { type SlotRequest, tolerance } from './request.ts';

export interface Simulation {
  /** integer outputs by name */
  outputs: Map<string, Int32Array>;
  /** stage id → share of results whose accumulator lay outside the fine intervals, where the table is not its function any more */
  saturated: Map<string, number>;
  /** integers of inputs by name and of stages by id */
  values: ReadonlyMap<string, Float64Array>;
}

/** The nearest integers of a real input, limited to the declared range. */
export const toIntegers = ({ data }: Pick<Tensor, 'data'>, { scale, lo, hi }: { scale: number; lo: number; hi: number }): Float64Array =>
  data.map((x) => Math.min(Math.max(Math.round(x / scale), lo), hi));

/** Called with the accumulators of a stage before its table. */
export type Watch = (integer: IntegerLinear, accumulator: Float64Array) => void;

/** Runs the integer graph on integer inputs by name. */
export const simulate = (...about: Parameters<typeof simulating>): Simulation => atOnce(simulating(...about));

/** `simulate` with a stop after each stage. */
export function* simulating(
  { graph, stages, coarse }: IntegerGraph,
  inputs: ReadonlyMap<string, Float64Array>,
  watch?: Watch,
): Steps<Simulation> {
  const values = new Map(inputs);
  const saturated = new Map<string, number>();
  for (const integer of stages) {
    const { id } = integer.stage;
    values.set(id, stageResult(integer, values, { coarse, saturated: (share) => saturated.set(id, share), watch }));
    if (isTime()) yield;
  }
  return {
    outputs: new Map(graph.outputs.map(({ name, view }) => [name, Int32Array.from(viewed(view, values.get(view.root)!))])),
    saturated,
    values,
  };
}

export interface StageOptions {
  /** divisors of coarse intervals, of tables that go on beyond the calibrated ranges */
  coarse?: readonly number[] | undefined;
  /** called with the share of results outside the fine intervals */
  saturated?: (share: number) => void;
  watch?: Watch | undefined;
}

/** What one stage stores, from the integers of its sources by root. */
export function stageResult(
  integer: IntegerStage,
  values: ReadonlyMap<string, Float64Array>,
  { coarse, saturated = () => {}, watch = () => {} }: StageOptions = {},
): Float64Array {
  const { stage } = integer;
  if (integer.kind === 'maximum') {
    const { planes, source } = integer.stage;
    const input = viewed(source, values.get(source.root)!);
    const out = new Float64Array(elementsOf(stage.shape));
    const { channels, height, width, outHeight, outWidth } = planes;
    const largest = coarse && integer.result.fine ? largestOf(integer, coarse) : Math.max;
    for (let c = 0, at = 0; c < channels; c++)
      for (let y = 0; y < outHeight; y++)
        for (let x = 0; x < outWidth; x++) {
          const corner = (c * height + 2 * y) * width + 2 * x;
          out[at++] = largest(input[corner]!, input[corner + 1]!, input[corner + width]!, input[corner + width + 1]!);
        }
    return out;
  }
  const accumulator = constantElements(integer)?.slice() ?? new Float64Array(elementsOf(stage.shape));
  for (const [i, term] of integer.stage.terms.entries()) {
    const input = viewed(term.source, values.get(term.source.root)!);
    const other = isProduct(term) ? viewed(term.other, values.get(term.other.root)!) : input;
    kindOf(term).accumulate(term, atWork(integer.weights[i]!), input, accumulator, other);
  }
  watch(integer, accumulator);
  return drained(integer, accumulator, coarse, saturated);
}

/** A maximum as the machine computes it, with tables that are coarse for large differences. */
function largestOf({ result }: IntegerMaximum, coarse: readonly number[]): (a: number, b: number, c: number, d: number) => number {
  const requests = maximumRequests(result);
  const [positive, last] = [lookup(requests.larger, coarse), lookup(requests.last, coarse)];
  return (a, b, c, d) => {
    const [left, right] = [a + positive(c - a), b + positive(d - b)];
    return last(left + positive(right - left));
  };
}

/** tables that were needed already: a stage has the same one for every sample */
const tabulated = new WeakMap<SlotRequest, Float64Array>();

/** The values of a table's fine intervals as far as they were needed, and NaN: few samples reach a small part of a large table. */
function fineValues(slot: SlotRequest): Float64Array {
  const known = tabulated.get(slot) ?? new Float64Array(slot.to - slot.from + 1).fill(Number.NaN);
  tabulated.set(slot, known);
  return known;
}

const NONE = new Float64Array(0);

/** What the table stores for each accumulator value. */
function drained(
  { slot, reach, stage, copies }: IntegerLinear,
  accumulator: Float64Array,
  coarse: readonly number[] | undefined,
  saturated: (share: number) => void,
): Float64Array {
  if (copies) {
    saturated(0);
    return accumulator;
  }
  // all intervals of a table, which few samples leave the fine ones of
  let beyond: ((c: number) => number) | undefined;
  const intervals = slot.to - slot.from + 1;
  const fine = slot.stairs ? NONE : fineValues(slot);
  let outside = 0;
  const out = accumulator.map((c) => {
    if (c < reach.low || c > reach.high) throw bug(`accumulator ${c} of ${stage.where} is outside its proved reach`);
    const q = Math.floor(c / slot.u) - slot.from;
    if (q >= 0 && q < intervals) {
      // stairs have intervals of their own, and one value in each
      if (slot.stairs) return slot.value(c);
      if (Number.isNaN(fine[q])) fine[q] = slot.value(slot.u * (q + slot.from) + (slot.u - 1) / 2);
      return fine[q]!;
    }
    beyond ??= coarse ? lookup(slot, coarse) : slot.value;
    const y = beyond(c);
    const ideal = slot.truth.ideal(c);
    if (!(Math.abs(ideal - y) <= tolerance(slot.truth, ideal))) outside++;
    return y;
  });
  saturated(outside / out.length);
  return out;
}
