// Bits are chosen for an accuracy that was asked for, or the compiler says what can be had. Caveat: measured on the calibration inputs, as the
// choice is.

import { describe, expect, test } from 'vitest';
import { type CompileReport, compileModel, type RealTensors } from '../../../compiler/index.ts';
import { atHand, atOnce } from '../../../compiler/onnx/steps.ts';
import { toIntegers } from '../../../compiler/quantise/simulate.ts';
import { requireAccuracy, worstError } from '../../../compiler/report/accuracy.ts';
import type { OutputAccuracy } from '../../../compiler/report/report.ts';
import type { ZkvmError } from '../../../fri/core/errors.ts';
import { execute } from '../../../vm/executor/run.ts';
import { refusal } from '../../failure.ts';
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
const sum = (bits: readonly number[]): number => bits.reduce((total, n) => total + n, 0);

describe('accuracy', () => {
  test('where ten bits are accurate enough, asking for it changes nothing', () => {
    const [calibrated, model] = [modelCalibration('digits_mlp'), modelBytes('digits_mlp')];
    const [forced, chosen] = [
      compileModel(model, { calibration: calibrated, activationBits: 10 }),
      compileModel(model, { calibration: calibrated }),
    ];
    expect(chosen.program).toEqual(forced.program);
    expect([forced.report.accuracy.target, chosen.report.accuracy.target]).toEqual([0.01, 0.01]);
  });

  test('bits are chosen tensor by tensor until the outputs are accurate enough, and the program runs with them', () => {
    const plain = compileModel(bytes, { calibration, activationBits: 10, acceptError: 1 }).report;
    const target = 0.8 * errorOf(plain);
    const { program, report } = compileModel(bytes, { calibration, accuracy: target });
    expect(errorOf(report)).toBeLessThanOrEqual(target);
    // of plain ones the output has headroom: all together they have fewer
    expect(sum(bitsOf(report))).toBeGreaterThan(sum(bitsOf(plain)));
    expect(Math.min(...bitsOf(report))).toBeLessThan(Math.max(...bitsOf(report)));
    const input = Int32Array.from(toIntegers({ data: Float64Array.from(calibration[0]!.x!.data) }, program.inputs[0]!));
    expect(execute(program, { x: input }).outputs.y!.length).toBe(16);
    // the same target with all bits forced to ten is missed
    expect(errorOf(plain)).toBeGreaterThan(target);
  });

  test('an accuracy that cannot be had is refused with what is had and the rounding that makes it, and taken where that is said', () => {
    const error = refusal(() => compileModel(bytes, { calibration, accuracy: 1e-7 }));
    expect(error).toMatchObject({ kind: 'unsupported', code: 'ZK0533' });
    expect(error.message).toMatch(/output "y" is off by [\d.e-]+ % of its largest value, 0\.00001 % was asked for/);
    expect(error.message).toMatch(/at (input "x"|model\.onnx node #\d (MatMul|Tanh) )/);
    const acceptError = Number(/--accept-error ([\d.e-]+)/.exec(error.fix!)![1]);
    const { report } = compileModel(bytes, { calibration, accuracy: 1e-7, acceptError });
    expect(report.accuracy.error).toBe(errorOf(report));
    expect(report.accuracy.error).toBeGreaterThan(report.accuracy.target);
    expect(report.accuracy.error).toBeLessThanOrEqual(acceptError);
    // a little less is not enough
    expect(refusal(() => compileModel(bytes, { calibration, accuracy: 1e-7, acceptError: report.accuracy.error * 0.99 })).code).toBe(
      'ZK0533',
    );
  });

  test('bits that are too few are refused too, with that as the first thing to change', () => {
    const few = { calibration, activationBits: 8, outputBits: 8 };
    const { report } = compileModel(bytes, { ...few, acceptError: 1 });
    expect(report.accuracy.error).toBeGreaterThan(0.01);
    const error = refusal(() => compileModel(bytes, few));
    expect(error).toMatchObject({
      kind: 'unsupported',
      code: 'ZK0533',
      fix: expect.stringMatching(/^leave the number of bits to the compiler/),
    });
  });

  describe('what counts as an error of an output', () => {
    const fine: OutputAccuracy = {
      name: 'y',
      maxError: 0.4,
      sample: 0,
      relativeError: 0.002,
      channelError: 0.5,
      channel: 3,
      sameArgmax: 1,
      labels: 100,
      scale: 1,
      from: 0,
    };
    const real = new Set<string>();
    const demand = { target: 0.01, acceptError: undefined, forced: false, whole: real };
    const cause = { where: 'here', why: 'because', fix: 'calibrate better' };
    const verdict = (output: OutputAccuracy, more: Partial<typeof demand> = {}): string => {
      try {
        atOnce(requireAccuracy([output], { ...demand, ...more }, () => atHand(cause)));
        return 'accepted';
      } catch (error) {
        return (error as ZkvmError).what;
      }
    };
    test.each<[string, Partial<OutputAccuracy>, ReadonlySet<string>, number, string]>([
      ['one in the target', {}, real, 0.002, 'accepted'],
      ['one beyond it', { relativeError: 0.02 }, real, 0.02, 'output "y" is off by 2 % of its largest value, 1 % was asked for'],
      ['a twentieth of the labels', { sameArgmax: 0.95 }, real, 0.002, 'accepted'],
      ['more labels', { sameArgmax: 0.94 }, real, 0.06, 'output "y" has another largest element than the float model in 6 of 100 rows'],
      ['the label of one row', { sameArgmax: 0.5, labels: 2 }, real, 0.002, 'accepted'],
      ['labels of what has none', { sameArgmax: 0, labels: 0 }, real, 0.002, 'accepted'],
      ['integers that round to the right ones', {}, new Set(['y']), 0, 'accepted'],
      ['integers that do not', { maxError: 0.6 }, new Set(['y']), 1, 'output "y" is off by 0.6, and integers must be exact'],
    ])('%s', (_, change, whole, error, said) => {
      const output = { ...fine, ...change };
      expect(worstError([output], whole)).toBe(error);
      expect(verdict(output, { whole: whole as Set<string> })).toBe(said);
      expect(verdict(output, { whole: whole as Set<string>, acceptError: error || 1 } as object)).toBe('accepted');
    });
  });

  test.each([0, 1, -0.1, Number.NaN])('an accuracy of %s is refused', (accuracy) => {
    expect(refusal(() => compileModel(bytes, { calibration, accuracy }))).toMatchObject({ kind: 'usage', code: 'ZK0531' });
  });
  test.each([0, -0.1, Number.NaN, Number.POSITIVE_INFINITY])('taking an error of %s is refused', (acceptError) => {
    expect(refusal(() => compileModel(bytes, { calibration, acceptError }))).toMatchObject({ kind: 'usage', code: 'ZK0531' });
  });
  test('bits and an accuracy together are refused', () => {
    expect(refusal(() => compileModel(bytes, { calibration, accuracy: 0.1, activationBits: 12 }))).toMatchObject({ code: 'ZK0531' });
  });
});
