// Compiles a small model, executes the program and compares it with the integer simulation (exactly) and the float reference.
import { expect } from 'vitest';
import { check } from '../../air/check.ts';
import { buildGraph } from '../../compiler/graph/build.ts';
import { evaluateGraph } from '../../compiler/graph/reference.ts';
import { type CompileOptions, type CompileResult, compileModel, type RealTensors } from '../../compiler/index.ts';
import { withSizes } from '../../compiler/onnx/dimensions.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { simulate } from '../../compiler/quantise/simulate.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { type Execution, execute } from '../../vm/executor/run.ts';
import { audit } from '../../vm/program/audit.ts';
import { decoderOf, encoderOf, encodingOf, indexAlong } from '../../vm/program/encoding.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { onnxModel, type TestModel } from './onnx-writer.ts';

/** The largest integer of an element that a real number has: its last bucket, where it has buckets. */
function lastBucket({ metadata }: Program, name: string, shape: readonly number[]): (element: number) => number {
  const rule = encodingOf(metadata, 'input', name);
  if (!rule || !('thresholds' in rule)) return () => Number.POSITIVE_INFINITY;
  const index = indexAlong(shape, rule.axis);
  return (element) => rule.thresholds[index(element)]!.length;
}

/** Repeatable numbers in [-1, 1). */
export function randomNumbers(seed: number): () => number {
  let state = (seed >>> 0) + 0x9e3779b9;
  return () => {
    state = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    state = Math.imul(state ^ (state >>> 13), 0x119de1f3) + 0x7f4a7c15;
    return ((state ^ (state >>> 16)) >>> 0) / 2 ** 31 - 1;
  };
}

export const randomTensor = (random: () => number, shape: number[], scale = 1, offset = 0) => ({
  shape,
  data: Float64Array.from({ length: elementsOf(shape) }, () => Math.fround(offset + scale * random())),
});

/** Every constraint on every row, and the sum over all lookups. */
export function checkRows(program: Program, run: Execution): void {
  const report = check(MACHINE, fillTraces(run), publicTerms(program, run.inputs, run.outputs));
  expect({ failures: report.failures, sumIsZero: report.sumIsZero }).toEqual({ failures: [], sumIsZero: true });
}

/** The integers of a sample, limited to the declared range. */
export const integersOf = ({ inputs, metadata }: Program, sample: RealTensors): IntegerTensors =>
  Object.fromEntries(
    inputs.map((region) => {
      const encode = encoderOf(region, encodingOf(metadata, 'input', region.name));
      const limited = (x: number, e: number): number => Math.min(Math.max(encode(x, e), region.lo), region.hi);
      return [region.name, Int32Array.from(Array.from(sample[region.name]!.data), limited)];
    }),
  );

/** tests that are about something else measure misses on purpose */
export const ANY_ERROR = 1e9;

export interface Checked extends CompileResult {
  /** largest error of any output of any sample against the float reference, relative to the largest output */
  error: number;
}

/**
 * Compiles, audits, runs and simulates a model.
 * @param samples calibration inputs; they are executed too, and so are the extremes of the declared range
 * @param rows check every constraint on every row of one run too
 */
export function checkModel(
  model: TestModel,
  samples: RealTensors[],
  options: Omit<CompileOptions, 'calibration'> = {},
  rows = false,
): Checked {
  const bytes = onnxModel(model);
  const result = compileModel(bytes, { calibration: samples, activationBits: 10, acceptError: ANY_ERROR, ...options });
  const { program, integers, report } = result;
  expect(audit(program)).toEqual({ determined: true });
  const real = buildGraph(withSizes(readOnnx(bytes), samples, options.sizes).model);
  const run = (inputs: IntegerTensors): Execution => {
    const execution = execute(program, inputs);
    const simulated = simulate(integers, new Map(Object.entries(inputs).map(([name, data]) => [name, Float64Array.from(data)])));
    for (const [name, data] of simulated.outputs) expect([...execution.outputs[name]!]).toEqual([...data]);
    return execution;
  };
  let error = 0;
  for (const sample of samples) {
    const { outputs } = run(integersOf(program, sample));
    const expected = evaluateGraph(real, sample);
    for (const region of program.outputs) {
      const want = expected.get(region.name)!;
      expect(region.shape).toEqual([...want.shape]);
      const decode = decoderOf(region, encodingOf(program.metadata, 'output', region.name));
      const { maxError, relativeError } = report.outputs.find(({ name }) => name === region.name)!;
      for (const [e, y] of want.data.entries())
        expect(Math.abs(decode(outputs[region.name]![e]!, e) - y)).toBeLessThanOrEqual(maxError * (1 + 1e-12));
      error = Math.max(error, relativeError);
    }
  }
  // nothing inside the declared range may fail
  const random = randomNumbers(program.rom.length);
  let last: Execution | undefined;
  for (const pick of [() => -1, () => 1, () => Math.sign(random()), random]) {
    last = run(
      Object.fromEntries(
        program.inputs.map(({ name, shape, lo, hi }) => {
          const most = lastBucket(program, name, shape);
          return [
            name,
            Int32Array.from({ length: elementsOf(shape) }, (_, e) => Math.min(Math.round(lo + ((hi - lo) * (pick() + 1)) / 2), most(e))),
          ];
        }),
      ),
    );
  }
  if (rows) checkRows(program, last!);
  return { ...result, error };
}
