// Strict models: tables end where they are not exact, so that what saturates in a model compiled without it cannot run. On random models of each family:
// whatever input, the strict twin refuses exactly the runs in which the other one counts a saturated value, and gives the same outputs for all others.
// Caveat: inputs are the samples, the corners of the declared range and random ones in it.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CompileOptions, compileModel, type RealTensors } from '../../compiler/index.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { toIntegers } from '../../compiler/quantise/simulate.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { execute } from '../../vm/executor/run.ts';
import { requireExact, saturatedText, saturation } from '../../vm/executor/saturation.ts';
import { tableKind } from '../../vm/program/exact.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { failure } from '../failure.ts';
import { times } from '../times.ts';
import { ANY_ERROR, checkRows, randomNumbers } from './check.ts';
import { onnxModel } from './onnx-writer.ts';
import { FAMILIES, type FamilyName, randomModel, samplesFor } from './random-models.ts';

const integersFor = ({ inputs }: Program, sample: RealTensors): IntegerTensors =>
  Object.fromEntries(
    inputs.map((region) => [region.name, Int32Array.from(toIntegers({ data: Float64Array.from(sample[region.name]!.data) }, region))]),
  );

/** the outputs, or undefined where a value lies in no interval */
function outputsOf(program: Program, inputs: IntegerTensors): IntegerTensors | undefined {
  try {
    return execute(program, inputs).outputs;
  } catch (error) {
    if (error instanceof ZkvmError && error.code === 'ZK0415') return undefined;
    throw error;
  }
}

const seen = { ran: 0, refused: 0 };

describe('a strict twin', () => {
  const count = times(4);
  for (const family of Object.keys(FAMILIES) as FamilyName[])
    test(`${count} random models of the family "${family}"`, () =>
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
          const model = randomModel(family, seed);
          const samples = samplesFor(model, seed);
          const compile = (more: Partial<CompileOptions>): Program =>
            compileModel(onnxModel(model), { calibration: samples, activationBits: 10, acceptError: ANY_ERROR, ...more }).program;
          const program = compile({});
          let strict: Program;
          try {
            strict = compile({ strict: true });
          } catch (error) {
            // noise takes a sample itself out of a narrow range: then the other one counts it too
            expect(error).toMatchObject({
              code: 'ZK0533',
              what: expect.stringMatching(/^a strict model could not run calibration sample/),
            });
            const found = samples.map((sample) => saturation(execute(program, integersFor(program, sample))).length);
            expect(Math.max(...found)).toBeGreaterThan(0);
            return;
          }
          expect(tableKind(strict)).toBe('strict');
          expect(strict.inputs).toEqual(program.inputs);
          const random = randomNumbers(seed);
          const corner = (pick: () => number): IntegerTensors =>
            Object.fromEntries(
              program.inputs.map(({ name, shape, lo, hi }) => [
                name,
                Int32Array.from({ length: elementsOf(shape) }, () => Math.round(lo + ((hi - lo) * (pick() + 1)) / 2)),
              ]),
            );
          for (const inputs of [
            ...samples.map((s) => integersFor(program, s)),
            ...[() => -1, () => 1, () => Math.sign(random()), random].map(corner),
          ]) {
            const run = execute(program, inputs);
            const got = outputsOf(strict, inputs);
            expect(got).toEqual(saturation(run).length ? undefined : run.outputs);
            seen[got ? 'ran' : 'refused']++;
          }
          for (const sample of samples) expect(outputsOf(strict, integersFor(strict, sample))).toBeDefined();
        }),
        { numRuns: count, endOnFailure: true },
      ));
  test('both happened', () => {
    expect(seen.ran).toBeGreaterThan(20);
    expect(seen.refused).toBeGreaterThan(20);
  });
});

describe('a sum that calibration saw small', () => {
  const bytes = onnxModel({
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w'], outputs: ['a'], name: '/sum' },
      { op: 'Relu', inputs: ['a'], outputs: ['y'], name: '/relu' },
    ],
    inputs: { x: [1, 2] },
    outputs: ['y'],
    initializers: { w: { shape: [2, 1], data: [1, 1] } },
  });
  // the two inputs are never large together
  const calibration = [
    [1, 0],
    [0, 1],
    [-1, 0.5],
    [0.5, -1],
  ].map((data) => ({ x: { shape: [1, 2], data } }));
  let program: Program;
  beforeAll(() => {
    // ranges of these samples and of no others
    ({ program } = compileModel(bytes, { calibration, augment: false }));
  });
  const run = (...data: number[]) => execute(program, integersFor(program, { x: { shape: [1, 2], data } }));

  test('is counted by node with how far it is, and what lies in the range or on the flat side is not', () => {
    const [one, ...more] = saturation(run(8, 8));
    expect(more).toEqual([]);
    expect(one).toMatchObject({ node: expect.stringMatching(/"\/sum"/), count: 1, share: 1 });
    // eight times the calibrated range is right, and not more
    expect(one!.reach).toBeCloseTo(16 / (8 * 1.15), 1);
    expect(saturatedText(one!)).toMatch(/^1 values \(100 %\) of .* saturates or is coarse, up to 1\.7\d* times as far as it is exact$/);
    for (const [a, b] of [
      [0.5, 0.5],
      [-1, -1],
      [1, 0.1],
      [1, 1],
      [5, 4],
    ])
      expect(saturation(run(a!, b!))).toEqual([]);
  });

  test('is a constraint that does not hold for who asks, and the rows of the run hold all the same', () => {
    expect(failure(() => requireExact(saturation(run(8, 8))))).toMatchObject({ kind: 'constraint', code: 'ZK0423', exitCode: 4 });
    expect(() => requireExact(saturation(run(0.5, 0.5)))).not.toThrow();
    checkRows(program, run(8, 8));
  });

  test('cannot run in the strict model, with the table and the node in the error', () => {
    const strict = compileModel(bytes, { calibration, strict: true }).program;
    const inputs = (...data: number[]) => integersFor(strict, { x: { shape: [1, 2], data } });
    const error = failure(() => execute(strict, inputs(8, 8)));
    expect(error).toMatchObject({ kind: 'usage', code: 'ZK0415', where: expect.stringMatching(/"\/sum"/) });
    expect(error!.why).toMatch(/^"Relu" ends there: .* in a model compiled with --strict none beyond/);
    checkRows(strict, execute(strict, inputs(0.5, 0.5)));
    // the count of rows goes on, for estimates
    expect(execute(strict, inputs(8, 8), { nearest: true }).storeRows).toBe(run(8, 8).storeRows);
  });

  test('without exact ranges nothing is counted', () => {
    const silent: Program = { ...program, slots: program.slots.map(({ id, name, intervals }) => ({ id, name, intervals })) };
    expect(saturation(execute(silent, integersFor(silent, { x: { shape: [1, 2], data: [8, 8] } })))).toEqual([]);
  });
});
