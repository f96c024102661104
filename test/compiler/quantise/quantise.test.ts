// The proved reach of an accumulator is what the extreme inputs reach, and weights rounded along the data err less than plainly rounded ones.
import { describe, expect, test } from 'vitest';
import { compileModel } from '../../../compiler/index.ts';
import { real } from '../../../compiler/onnx/tensor.ts';
import { provedReach } from '../../../compiler/quantise/bounds.ts';
import { KnownMoments, roundWith } from '../../../compiler/quantise/rounding.ts';
import type { LinearStage } from '../../../compiler/stages/stage.ts';
import type { DenseTerm } from '../../../compiler/stages/terms/dense.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { execute } from '../../../vm/executor/run.ts';
import { randomNumbers } from '../check.ts';
import { onnxModel } from '../onnx-writer.ts';

const dense = (depth: number, outputs: number, weights: Float64Array): DenseTerm => ({
  kind: 'dense',
  source: { root: 'x' },
  depth,
  depthStride: 1,
  outputs,
  outputStride: 1,
  from: Int32Array.of(0),
  to: Int32Array.of(0),
  weights,
});
const stageOf = (term: DenseTerm): LinearStage => ({
  kind: 'linear',
  id: '#0',
  shape: [1, term.outputs],
  value: 'y',
  before: 'y',
  where: 'test',
  terms: [term],
  constant: undefined,
  functions: [],
});

describe('bound proof', () => {
  const weights = Float64Array.of(3, -5, 7, 11);
  const term = dense(2, 2, weights);

  test('the reach is what the extreme inputs reach, exactly', () => {
    // outputs: 3·a + 7·b and -5·a + 11·b for a, b in [0, 10], plus 1 and -2
    const reach = provedReach(stageOf(term), [weights], real([2], Float64Array.of(1, -2)), [{ lo: 0, hi: 10 }]);
    expect(reach).toEqual({ low: -52, high: 108, magnitude: 162 });
  });

  test('negative inputs widen it', () => {
    expect(provedReach(stageOf(term), [weights], undefined, [{ lo: -10, hi: 10 }])).toEqual({ low: -160, high: 160, magnitude: 160 });
  });

  test('a reach outside the accumulator bound is refused', () => {
    expect(provedReach(stageOf(term), [weights.map((w) => w * 2 ** 23)], undefined, [{ lo: 0, hi: 10 }])).toBeUndefined();
  });

  test('a program whose slot is cut short fails on an input that reaches the cut', () => {
    const model = onnxModel({
      nodes: [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: { x: [1, 2] },
      outputs: ['y'],
      initializers: { w: { shape: [2, 2], data: [...weights] } },
    });
    const { program } = compileModel(model, {
      calibration: [{ x: { shape: [1, 2], data: [0.1, 0.2] } }, { x: { shape: [1, 2], data: [1, 0] } }],
    });
    const extreme = { x: Int32Array.of(program.inputs[0]!.hi, program.inputs[0]!.hi) };
    expect(() => execute(program, extreme)).not.toThrow();
    const cut = structuredClone(program);
    const { id, name, intervals } = cut.slots[0]!;
    // without its exact ranges, which would contradict the cut
    cut.slots[0] = { id, name, intervals: intervals.slice(0, Math.floor(intervals.length / 6) * 3) };
    expect(() => execute(cut, extreme)).toThrow(/lies in no interval/);
  });
});

describe('rounding along the data', () => {
  const random = randomNumbers(11);
  const depth = 40;
  const outputs = 6;
  // inputs that vary together: three hidden causes
  const causes = Array.from({ length: 3 }, () => Float64Array.from({ length: depth }, () => random() + 0.5));
  const samples = Array.from({ length: 60 }, () => {
    const strength = causes.map(() => 1 + random());
    return Float64Array.from({ length: depth }, (_, k) => causes.reduce((sum, cause, i) => sum + strength[i]! * cause[k]!, 0));
  });
  const exact = Float64Array.from({ length: depth * outputs }, () => 9 * random());
  const term = dense(depth, outputs, exact);

  const errorOf = (weights: Float64Array, means?: Float64Array): number => {
    let sum = 0;
    for (const sample of samples)
      for (let o = 0; o < outputs; o++) {
        let error = -(means?.[o] ?? 0);
        for (let k = 0; k < depth; k++) error += (exact[k * outputs + o]! - weights[k * outputs + o]!) * sample[k]!;
        sum += error * error;
      }
    return Math.sqrt(sum / samples.length / outputs);
  };

  test('the error is several times smaller than that of plain rounding', () => {
    const { weights, means, variance } = roundWith(new KnownMoments().of(term, () => samples)!, exact, 1);
    expect(weights.every(Number.isInteger)).toBe(true);
    expect(errorOf(weights, means)).toBeLessThan(errorOf(exact.map(Math.round)) / 4);
    // the reported variance is that error, and a share of the rounding errors' own power on top
    expect(Math.sqrt(variance)).toBeGreaterThan(errorOf(weights, means));
  });

  test('no weight moves far from its exact value', () => {
    const { weights } = roundWith(new KnownMoments().of(term, () => samples)!, exact, 1);
    expect(Math.max(...weights.map((w, i) => Math.abs(w - exact[i]!)))).toBeLessThan(4);
  });

  test('uncorrelated single inputs leave plain rounding', () => {
    const units = Array.from({ length: depth }, (_, k) => Float64Array.from({ length: depth }, (_, j) => (j === k ? 1 : 0)));
    expect(roundWith(new KnownMoments().of(term, () => units)!, exact, 1).weights).toEqual(exact.map(Math.round));
  });
});

test('weights of more than the allowed bits are refused with what to do', () => {
  const model = onnxModel({
    nodes: [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['y'] }],
    inputs: { x: [1, 2] },
    outputs: ['y'],
    initializers: { w: { shape: [2, 1], data: [1e6, -1e6] } },
  });
  // the two weights cancel on this calibration, so the output's step is tiny and the integers huge
  const calibration = [{ x: { shape: [1, 2], data: [1, 1 - 2 ** -20] } }];
  let error: unknown;
  try {
    compileModel(model, { calibration, weightBits: 4 });
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ZkvmError);
  expect((error as ZkvmError).code).toBe('ZK0530');
  expect((error as ZkvmError).exitCode).toBe(5);
});
