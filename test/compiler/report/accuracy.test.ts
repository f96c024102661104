// Bits are chosen for an accuracy that was asked for, or the compiler says what can be had. Caveat: measured on the calibration inputs, as the
// choice is.
import { describe, expect, test } from 'vitest';
import { type CompileReport, compileModel, type RealTensors } from '../../../compiler/index.ts';
import { toIntegers } from '../../../compiler/quantise/simulate.ts';
import { missedAccuracy } from '../../../compiler/report/accuracy.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { execute } from '../../../vm/executor/run.ts';
import { randomNumbers, randomTensor } from '../check.ts';
import { modelBytes, modelCalibration } from '../models.ts';
import { onnxModel, type TestNode } from '../onnx-writer.ts';

const random = randomNumbers(31);
const t = (shape: number[], scale = 1) => randomTensor(random, shape, scale);

/** dense layers with tanh between them */
const LAYERS = 4;
const nodes: TestNode[] = Array.from({ length: LAYERS }, (_, i) => [
  { op: 'MatMul', inputs: [i ? `h${i}` : 'x', `w${i}`], outputs: [`m${i}`], name: `dense${i}` },
  { op: 'Tanh', inputs: [`m${i}`], outputs: [i + 1 < LAYERS ? `h${i + 1}` : 'y'], name: `tanh${i}` },
]).flat();
const bytes = onnxModel({
  nodes,
  inputs: { x: [1, 16] },
  outputs: ['y'],
  initializers: Object.fromEntries(Array.from({ length: LAYERS }, (_, i) => [`w${i}`, t([16, 16], 0.6)])),
});
const calibration: RealTensors[] = Array.from({ length: 6 }, () => ({ x: t([1, 16]) }));
const errorOf = ({ outputs }: CompileReport): number => Math.max(...outputs.map(({ relativeError }) => relativeError));
const bitsOf = ({ stages }: CompileReport): number[] => stages.map(({ lo, hi }) => Math.ceil(Math.log2(hi - lo + 1)));
const refusal = (run: () => unknown): ZkvmError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ZkvmError) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('accuracy', () => {
  test('where ten bits are accurate enough, asking for it changes nothing', () => {
    const [calibrated, model] = [modelCalibration('digits_mlp'), modelBytes('digits_mlp')];
    const [forced, chosen] = [
      compileModel(model, { calibration: calibrated, activationBits: 10 }),
      compileModel(model, { calibration: calibrated }),
    ];
    expect(chosen.program).toEqual(forced.program);
    expect([forced.report.accuracy.target, chosen.report.accuracy.target]).toEqual([0, 0.01]);
  });

  test('bits are chosen tensor by tensor until the outputs are accurate enough, and the program runs with them', () => {
    const plain = compileModel(bytes, { calibration, activationBits: 10 }).report;
    const target = errorOf(plain) / 2;
    const { program, report } = compileModel(bytes, { calibration, accuracy: target });
    expect(errorOf(report)).toBeLessThanOrEqual(target);
    expect(Math.max(...bitsOf(report))).toBeGreaterThan(Math.max(...bitsOf(plain)));
    expect(Math.min(...bitsOf(report))).toBeLessThan(Math.max(...bitsOf(report)));
    const input = Int32Array.from(toIntegers({ data: Float64Array.from(calibration[0]!.x!.data) }, program.inputs[0]!));
    expect(execute(program, { x: input }).outputs.y!.length).toBe(16);
    // the same target with all bits forced to ten is missed
    expect(errorOf(plain)).toBeGreaterThan(target);
  });

  test('an accuracy that cannot be had is refused with what is had and the node that adds most', () => {
    const error = refusal(() => compileModel(bytes, { calibration, accuracy: 1e-7 }));
    expect(error).toMatchObject({ kind: 'unsupported', code: 'ZK0533' });
    expect(error.message).toMatch(/output "y" is off by [\d.e-]+ % of its largest value, 0\.00001 % was asked for/);
    expect(error.message).toMatch(/at model\.onnx node #\d MatMul "dense\d"/);
    expect(error.message).toMatch(/adds most by itself, [\d.e-]+ %/);
  });

  test('without an own wish the default is a goal: it is reported, not enforced', () => {
    const { report } = compileModel(bytes, { calibration });
    expect(missedAccuracy(report)).toBeUndefined();
    const far: CompileReport = { ...report, outputs: report.outputs.map((output) => ({ ...output, relativeError: 0.02 })) };
    expect(missedAccuracy(far)?.what).toBe('output "y" is off by 2 % of its largest value, 1 % was asked for');
    expect(missedAccuracy({ ...far, accuracy: { target: 0 } })).toBeUndefined();
  });

  test.each([0, 1, -0.1, Number.NaN])('an accuracy of %s is refused', (accuracy) => {
    expect(refusal(() => compileModel(bytes, { calibration, accuracy }))).toMatchObject({ kind: 'usage', code: 'ZK0531' });
  });
  test('bits and an accuracy together are refused', () => {
    expect(refusal(() => compileModel(bytes, { calibration, accuracy: 0.1, activationBits: 12 }))).toMatchObject({ code: 'ZK0531' });
  });
});
