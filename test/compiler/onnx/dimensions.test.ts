// Open sizes: from the samples, which must agree, then from the caller, never 1 in silence.
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compileModel } from '../../../compiler/index.ts';
import type { ZkvmError } from '../../../fri/core/errors.ts';
import { refusal } from '../../failure.ts';
import { randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(5);
const t = (...shape: number[]) => randomTensor(random, shape);
const weights = t(4, 2);
const model = (...shape: (number | string)[]): TestModel => ({
  nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  inputs: { x: shape },
  outputs: ['y'],
  initializers: { w: weights },
});
const compile = (of: TestModel, options: Partial<CompileOptions> = {}) =>
  compileModel(onnxModel(of), { calibration: [{ x: t(1, 5, 4) }], ...options });
const failure = (of: TestModel, options: Partial<CompileOptions> = {}): ZkvmError => refusal(() => compile(of, options));

describe('open sizes', () => {
  test('are those of the samples, and said', () => {
    const { program, notes } = compile(model('batch', 'seq', 4));
    expect(program.outputs[0]!.shape).toEqual([1, 5, 2]);
    expect(notes).toEqual(['"batch" is 1, as in the calibration samples', '"seq" is 5, as in the calibration samples']);
    // less than 1 is as good as nothing; a sample may leave out a leading 1
    expect(compile(model(-1, 0, 4), { calibration: [{ x: t(3, 4) }] }).program.inputs[0]!.shape).toEqual([1, 3, 4]);
    expect(compile(model('batch', 'seq', 4), { calibration: [{ x: t(2, 3, 4) }] }).program.inputs[0]!.shape).toEqual([2, 3, 4]);
  });

  test('must be the same in all samples', () => {
    expect(failure(model(1, 'seq', 4), { calibration: [{ x: t(1, 5, 4) }, { x: t(1, 5, 4) }, { x: t(1, 6, 4) }] })).toMatchObject({
      code: 'ZK0516',
      exitCode: 2,
      what: '"seq" is 5 and 6 in the calibration samples',
      where: 'sample 2, input "x"',
    });
    // one name is one size, in all inputs
    const two: TestModel = {
      ...model(1, 'n', 4),
      nodes: [...model(1).nodes, { op: 'Add', inputs: ['y', 'z'], outputs: ['s'] }],
      inputs: { x: [1, 'n', 4], z: [1, 'n', 2] },
      outputs: ['s'],
    };
    expect(compile(two, { calibration: [{ x: t(1, 3, 4), z: t(1, 3, 2) }] }).program.outputs[0]!.shape).toEqual([1, 3, 2]);
    expect(failure(two, { calibration: [{ x: t(1, 3, 4), z: t(1, 1, 2) }] }).code).toBe('ZK0516');
  });

  test('are what the caller gives where samples do not say', () => {
    const flat = { calibration: [{ x: { shape: [12], data: t(12).data } }] };
    expect(compile(model(1, 'seq', 4), { ...flat, sizes: new Map([['seq', 3]]) }).program.inputs[0]!.shape).toEqual([1, 3, 4]);
    expect(compile(model(1, 0, 4), { ...flat, sizes: new Map([['x:1', 3]]) }).program.inputs[0]!.shape).toEqual([1, 3, 4]);
    expect(failure(model(1, 'seq', 4), flat)).toMatchObject({
      code: 'ZK0513',
      exitCode: 5,
      what: 'axis 1 ("seq") of an input is not known',
      where: 'model.onnx input "x"',
      fix: expect.stringContaining('--dim seq=128'),
    });
    expect(failure(model(1, 0, 4), flat).fix).toContain('--dim x:1=128');
    const first = compile(model('batch', 3, 4), flat);
    expect(first.notes).toEqual(['"batch" is taken as 1: it comes first, and no sample says otherwise']);
  });

  test('that are given must be there, be sizes, and be those of the samples', () => {
    for (const [name, size] of [
      ['sequence', 5],
      ['seq', 0],
      ['seq', 6],
      ['seq', 1.5],
    ] as const)
      expect(failure(model(1, 'seq', 4), { sizes: new Map([[name, size]]) }).code).toBe('ZK0516');
    expect(compile(model(1, 'seq', 4), { sizes: new Map([['seq', 5]]) }).program.inputs[0]!.shape).toEqual([1, 5, 4]);
    expect(failure(model(1, 5, 4), { sizes: new Map([['seq', 5]]) })).toMatchObject({ code: 'ZK0516', why: 'all sizes are fixed' });
  });

  test('may be absurd, and are refused by name', () => {
    expect(
      failure(model(1, 'seq', 4), { calibration: [{ x: { shape: [9], data: t(9).data } }], sizes: new Map([['seq', 2 ** 40]]) }),
    ).toMatchObject({
      code: 'ZK0515',
      where: 'model.onnx input "x"',
    });
  });
});
