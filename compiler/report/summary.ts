// What to know about a program before it runs: accuracy on the calibration inputs, saturation, sizes. Source: DESIGN §6.
// Caveat: accuracy is measured with the integer simulation, which the executor equals exactly (test/compiler), against float64.

import type { Program } from '../../vm/program/types.ts';
import type { Graph } from '../graph/node.ts';
import { checkInputs, type RealTensors } from '../graph/reference.ts';
import type { Lowering } from '../lower/program.ts';
import { largestOf } from '../onnx/numbers.ts';
import { eachOf, isTime, type Steps } from '../onnx/steps.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { Calibration } from '../quantise/calibrate.ts';
import type { IntegerGraph } from '../quantise/integer-graph.ts';
import { simulating, stageResult, toIntegers } from '../quantise/simulate.ts';
import { inOwnOrder, type Stage, type StageGraph, sourcesOf } from '../stages/stage.ts';
import { kindOf } from '../stages/terms/index.ts';
import { measureOutput } from './measures.ts';
import type { Accuracy, CompileReport, OutputAccuracy, StageReport } from './report.ts';

interface Parts {
  integers: IntegerGraph;
  calibration: Calibration;
  samples: readonly RealTensors[];
  graph: Graph;
  program: Program;
  lowering: Lowering;
  lookupRows: number;
}

/** Names of the values that node errors are measured against. */
export const valuesToMeasure = ({ inputs, stages }: StageGraph): Set<string> =>
  new Set([...inputs.map(({ name }) => name), ...stages.map(({ value }) => value)]);

/** The largest value that a stage can store, or add elementwise to get there: a small difference of large values is judged by those. */
function largestStored(stage: Stage, quantities: IntegerGraph['quantities']): number {
  const size = (root: string): number => {
    const { scale, lo, hi, fine = [lo, hi] } = quantities.get(root)!;
    return scale * Math.max(-fine[0], fine[1]);
  };
  const terms = stage.kind === 'linear' ? stage.terms.filter((term) => kindOf(term).elements.are === 'scaled') : [];
  return Math.max(size(stage.id), ...terms.map(({ source, weights }) => largestOf(weights) * size(source.root))) || 1;
}

/** Largest errors of every stage by id, relative to the largest value that it deals with. */
function* nodeErrors(
  { graph, stages, quantities, coarse }: IntegerGraph,
  constants: ReadonlyMap<string, Tensor>,
  measured: readonly ReadonlyMap<string, Float64Array>[],
  runs: readonly ReadonlyMap<string, Float64Array>[],
): Steps<Map<string, { error: number; ownError: number }>> {
  const errors = new Map<string, { error: number; ownError: number }>();
  for (const [i, reference] of measured.entries()) {
    const ideal = new Map<string, Float64Array>();
    const round = (root: string, exact: Float64Array): unknown => ideal.set(root, toIntegers({ data: exact }, quantities.get(root)!));
    for (const { name } of graph.inputs) round(name, reference.get(name)!);
    for (const integer of stages) {
      const { stage } = integer;
      const { id, value } = stage;
      const exact = inOwnOrder(stage, reference.get(value) ?? constants.get(value)!.data);
      const { scale } = quantities.get(id)!;
      const top = largestStored(stage, quantities);
      const worst = (integers: Float64Array): number =>
        integers.reduce((most, y, e) => Math.max(most, Math.abs(y * scale - exact[e]!)), 0) / top;
      const known = errors.get(id) ?? { error: 0, ownError: 0 };
      errors.set(id, {
        error: Math.max(known.error, worst(runs[i]!.get(id)!)),
        ownError: Math.max(known.ownError, worst(stageResult(integer, ideal, { coarse }))),
      });
      round(id, exact);
      if (isTime()) yield;
    }
  }
  return errors;
}

/** What the integer graph does on the calibration samples. */
export interface Measured {
  outputs: OutputAccuracy[];
  /** stage id → share of results outside the calibrated range */
  saturated: Map<string, number>;
  /** integers of all values of the first samples */
  runs: ReadonlyMap<string, Float64Array>[];
  /** place of inputs (by name) and stages (by id) in `StageReport.reads` */
  places: ReadonlyMap<string, number>;
  /** how far each sample is off, at its place among those that were measured, relative to the outputs' largest values; labels that change count too */
  errors: Float64Array;
}

/**
 * Runs the integer graph on calibration samples.
 * @param on places of the samples that are run, the first ones of `calibration.measured` among them
 */
export function* measure({
  integers,
  calibration,
  samples,
  graph,
  on = [...samples.keys()],
}: Pick<Parts, 'integers' | 'calibration' | 'samples' | 'graph'> & { on?: readonly number[] | undefined }): Steps<Measured> {
  const saturated = new Map<string, number>();
  const runs: ReadonlyMap<string, Float64Array>[] = [];
  const results = yield* eachOf(on, function* (i) {
    const sample = samples[i]!;
    const inputs = new Map(
      [...checkInputs(graph, sample, `calibration sample ${i}`)].map(([name, tensor]) => [
        name,
        toIntegers(tensor, integers.quantities.get(name)!),
      ]),
    );
    const run = yield* simulating(integers, inputs);
    if (i < calibration.measured.length) runs.push(run.values);
    for (const [id, share] of run.saturated) saturated.set(id, (saturated.get(id) ?? 0) + share / on.length);
    return run.outputs;
  });
  const places = new Map([
    ...integers.graph.inputs.map(({ name }, i): [string, number] => [name, -1 - i]),
    ...integers.stages.map(({ stage }, i): [string, number] => [stage.id, i]),
  ]);
  const errors = new Float64Array(on.length);
  const outputs = integers.graph.outputs.map(({ name, shape, view }): OutputAccuracy => {
    const { scale } = integers.quantities.get(view.root)!;
    // an output with scales for its channels is judged in its own units
    const factors = graph.outputFactors?.get(name);
    const inUnits = (values: Float64Array): Float64Array => (factors ? values.map((y, e) => y * factors[e]!) : values);
    const pairs = results.map((run, k) => {
      const got = Float64Array.from(run.get(name)!, (y) => y * scale);
      return [inUnits(calibration.outputs[on[k]!]!.get(name)!.data), inUnits(got)] as const;
    });
    const { sample, ...measured } = measureOutput(shape, pairs);
    const top = measured.relativeError > 0 ? measured.maxError / measured.relativeError : 1;
    for (const [k, [expected, got]] of pairs.entries()) {
      const lost = measured.labels > 0 && measureOutput(shape, [[expected, got]]).sameArgmax < 1 ? 1 : 0;
      errors[k] = Math.max(errors[k]!, lost, largestOf(expected.map((x, e) => x - got[e]!)) / top);
    }
    return { name, ...measured, sample: on[sample]!, scale, from: places.get(view.root)! };
  });
  return { outputs, saturated, runs, places, errors };
}

/** What every stage adds by itself, by stage id. */
export function* ownErrors({
  integers,
  calibration,
  graph,
  runs,
}: Pick<Parts, 'integers' | 'calibration' | 'graph'> & Pick<Measured, 'runs'>): Steps<Map<string, number>> {
  const errors = yield* nodeErrors(integers, graph.constants, calibration.measured, runs);
  return new Map(integers.stages.map(({ stage }) => [stage.id, errors.get(stage.id)?.ownError ?? 0]));
}

/** Collects what was measured and the sizes. */
export function* makeReport(parts: Parts, { outputs, saturated, runs, places }: Measured, accuracy: Accuracy): Steps<CompileReport> {
  const { integers, calibration, graph, program, lowering, lookupRows } = parts;
  const errors = yield* nodeErrors(integers, graph.constants, calibration.measured, runs);
  const stages = integers.stages.map((integer): StageReport => {
    const { stage, result } = integer;
    return {
      where: stage.where,
      shape: [...stage.shape],
      reads: [...new Set(sourcesOf(stage).map(({ root }) => places.get(root)!))],
      rows: lowering.rows.get(stage.id)!,
      divisor: integer.kind === 'linear' ? integer.slot.u : 1,
      largestWeight: integer.kind === 'linear' ? integer.weights.reduce((most, list) => Math.max(most, largestOf(list)), 0) : 1,
      magnitude: integer.kind === 'linear' ? integer.reach.magnitude : result.hi - result.lo,
      saturated: saturated.get(stage.id) ?? 0,
      ...(errors.get(stage.id) ?? { error: -1, ownError: -1 }),
      scale: result.scale,
      lo: result.lo,
      hi: result.hi,
    };
  });
  return {
    outputs,
    accuracy,
    stages,
    slots: program.slots.map(({ name, intervals }) => ({ name, intervals: intervals.length / 3 })),
    rows: { ...lowering.emitter.rows, lut: lookupRows, rom: program.rom.length / 16, ram: lowering.emitter.ramWords },
    ramWords: lowering.emitter.ramWords,
    copies: lowering.copies,
  };
}
