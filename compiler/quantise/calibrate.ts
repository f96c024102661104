// Ranges of all values over the calibration inputs, from the float64 reference. Caveat: the ranges describe those inputs only; what lies
// beyond (with the margin of targets.ts) saturates, it never fails.

import { usage } from '../../fri/core/errors.ts';
import type { Graph } from '../graph/node.ts';
import { evaluateGraph, type RealTensors } from '../graph/reference.ts';
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
export function calibrate(
  graph: Graph,
  samples: readonly RealTensors[],
  keep: ReadonlySet<string> = new Set(),
  measure: ReadonlySet<string> = new Set(),
  tried: readonly number[] = [...samples.keys()],
  progress: (share: number) => void = () => {},
): Calibration {
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
    if (graph.uses.has(name) && tensor.data.length && tensor.data.every(Number.isFinite)) note(name, tensor, `constant "${name}"`, 1);
  const values = new Map<string, Float64Array[]>();
  const measured: Map<string, Float64Array>[] = [];
  const keeping = new Set(spread(samples.length, KEPT_SAMPLES));
  const wanted = new Set(tried);
  let kept = 0;
  const outputs = samples.flatMap((sample, i) => {
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
    const results = evaluateGraph(graph, sample, visit, where);
    return wanted.has(i) ? [results] : [];
  });
  return { ranges, outputs, values, measured };
}
