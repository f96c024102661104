// Ranges of all values over the calibration inputs, from the float64 reference. Caveat: the ranges describe those inputs only; what lies
// beyond (with the margin of targets.ts) saturates, it never fails.

import { usage } from '../../fri/core/errors.ts';
import type { Graph } from '../graph/node.ts';
import { evaluating, type RealTensors } from '../graph/reference.ts';
import { allFinite } from '../onnx/numbers.ts';
import type { Steps } from '../onnx/steps.ts';
import { elementsOf, type Tensor } from '../onnx/tensor.ts';
import { MEASURED_SAMPLES, spread } from './spread.ts';

export interface Range {
  min: number;
  max: number;
  /** mean of the squares */
  power: number;
  /** nothing lies outside: no margin is needed */
  certain?: boolean;
}

/** Ranges by value name, and the reference outputs of the samples that are tried. */
export interface Calibration {
  ranges: Map<string, Range>;
  outputs: Map<string, Tensor>[];
  /** values of some samples by name, for those that were asked for */
  values: Map<string, Float64Array[]>;
  /** all measured values of the first samples, one map a sample */
  measured: Map<string, Float64Array>[];
}

/** samples whose values are kept, at most: rounding takes as many rows of all of them */
const KEPT_SAMPLES = 1024;
/** elements of kept values at most: 256 MiB */
const MAX_KEPT = 2 ** 25;

/**
 * Runs the reference on every sample.
 * @param keep names of values to keep for as many samples as memory allows
 * @param measure names of values to keep whole for the first samples
 * @param tried places of the samples whose outputs are kept; all of them if left out
 * @param progress called before each sample with the share that is done
 * @throws ZK0520 for samples that do not fit the graph, ZK0521 if there are none, ZK0522 for a value that is not finite
 */
export function* calibrate(
  graph: Graph,
  samples: readonly RealTensors[],
  keep: ReadonlySet<string> = new Set(),
  measure: ReadonlySet<string> = new Set(),
  tried: readonly number[] = [...samples.keys()],
  progress: (share: number) => void = () => {},
): Steps<Calibration> {
  if (samples.length === 0)
    throw usage('ZK0521', {
      what: 'there are no calibration inputs',
      fix: 'give at least one typical input; ten or more make better ranges',
    });
  const ranges = new Map<string, Range>();
  const note = (name: string, { data }: Tensor, where: string, share: number): void => {
    let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (const value of data) {
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value * value;
    }
    if (!Number.isFinite(sum))
      throw usage('ZK0522', { what: `value "${name}" is not finite`, where, fix: 'calibrate on inputs for which the model is finite' });
    const power = (sum / data.length) * share;
    const known = ranges.get(name);
    ranges.set(
      name,
      known ? { min: Math.min(known.min, min), max: Math.max(known.max, max), power: known.power + power } : { min, max, power },
    );
  };
  for (const [name, tensor] of graph.constants)
    if (graph.uses.has(name) && tensor.data.length && allFinite(tensor.data)) note(name, tensor, `constant "${name}"`, 1);
  const values = new Map<string, Float64Array[]>();
  const measured: Map<string, Float64Array>[] = [];
  const keeping = new Set(spread(samples.length, KEPT_SAMPLES));
  const wanted = new Set(tried);
  let kept = 0;
  const outputs: Map<string, Tensor>[] = [];
  for (const [i, sample] of samples.entries()) {
    progress(i / samples.length);
    const where = `calibration sample ${i}`;
    const own = new Map<string, Float64Array>();
    const elements = [...measure].reduce((sum, name) => sum + elementsOf(graph.shapes.get(name)!), 0);
    if (i < MEASURED_SAMPLES && (i + 1) * elements <= MAX_KEPT) measured.push(own);
    const visit = (name: string, tensor: Tensor): void => {
      note(name, tensor, where, 1 / samples.length);
      if (measured[i] && measure.has(name)) own.set(name, tensor.data);
      if (!keep.has(name) || !keeping.has(i) || kept + tensor.data.length > MAX_KEPT) return;
      kept += tensor.data.length;
      const list = values.get(name);
      if (list) list.push(tensor.data);
      else values.set(name, [tensor.data]);
    };
    const results = yield* evaluating(graph, sample, visit, where);
    if (wanted.has(i)) outputs.push(results);
  }
  shareRanges(ranges, graph.roles ?? new Map());
  return { ranges, outputs, values, measured };
}

/**
 * The calibration with declared ranges, and with ranges of other values that hold for these samples too.
 * @param further samples of which ranges are taken and nothing else; those that the model is not finite on are left out
 */
export function* declaredCalibration(
  graph: Graph,
  { ranges: seen, ...others }: Calibration,
  further: readonly RealTensors[],
): Steps<Calibration> {
  const ranges = new Map(seen);
  for (const sample of further) {
    const found: { name: string; min: number; max: number }[] = [];
    let finite = true;
    yield* evaluating(graph, sample, (name, { data }) => {
      let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const value of data) {
        finite &&= Number.isFinite(value);
        [min, max] = [Math.min(min, value), Math.max(max, value)];
      }
      found.push({ name, min, max });
    });
    if (finite)
      for (const { name, min, max } of found) {
        const range = ranges.get(name)!;
        ranges.set(name, { ...range, min: Math.min(range.min, min), max: Math.max(range.max, max) });
      }
  }
  shareRanges(ranges, graph.roles ?? new Map());
  for (const { name, range } of graph.inputs)
    if (range) ranges.set(name, { ...ranges.get(name)!, min: range[0], max: range[1], certain: true });
  return { ...others, ranges };
}

/** Values that are the same in every step of a loop have one range. */
function shareRanges(ranges: Map<string, Range>, roles: ReadonlyMap<string, string>): void {
  const members = new Map<string, string[]>();
  for (const [name, role] of roles) if (ranges.has(name)) members.set(role, [...(members.get(role) ?? []), name]);
  for (const names of members.values()) {
    const list = names.map((name) => ranges.get(name)!);
    const shared: Range = {
      min: Math.min(...list.map(({ min }) => min)),
      max: Math.max(...list.map(({ max }) => max)),
      power: list.reduce((sum, { power }) => sum + power, 0) / list.length,
    };
    for (const name of names) ranges.set(name, shared);
  }
}
