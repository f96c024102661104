// Models that are compiled to take an input by its root: the program copies it first, and computes what it computed before. Source: compiler/lower/committed.ts.
// Slow: three networks are compiled twice, and proved.
import { describe, expect, test } from 'vitest';
import { compileModel } from '../../compiler/index.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { execute } from '../../vm/executor/run.ts';
import { decodeProgram, encodeProgram } from '../../vm/files/zkb.ts';
import { audit } from '../../vm/program/audit.ts';
import { isCommitted } from '../../vm/program/committed.ts';
import { DATA_BASE } from '../../vm/program/isa.ts';
import type { IntegerTensors, Program, Region } from '../../vm/program/types.ts';
import { proveExecution } from '../../vm/prove.ts';
import { prepareModel } from '../../vm/statement/model.ts';
import { committedRoots } from '../../vm/statement/roots.ts';
import { verifyProof } from '../../vm/verify.ts';
import { ANY_ERROR, checkRows, integersOf, randomNumbers, randomTensor } from './check.ts';
import { node, onnxModel } from './onnx-writer.ts';

const random = randomNumbers(7);
const weights = (...shape: number[]) => randomTensor(random, shape, 0.5);

const MODELS = {
  dense: onnxModel({
    inputs: { x: [1, 40], z: [1, 40] },
    outputs: ['y'],
    initializers: { w: weights(40, 5) },
    nodes: [node('Add', ['x', 'z'], 's'), node('MatMul', ['s', 'w'], 'y')],
  }),
  // rows below the image are zeros that the convolution reads
  convolution: onnxModel({
    inputs: { x: [1, 3, 9, 20] },
    outputs: ['y'],
    initializers: { w: weights(4, 3, 3, 3) },
    nodes: [node('Conv', ['x', 'w'], 'c', { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }), node('Relu', ['c'], 'y')],
  }),
  strided: onnxModel({
    inputs: { x: [1, 3, 16, 16] },
    outputs: ['y'],
    initializers: { w: weights(2, 3, 3, 3) },
    nodes: [node('Conv', ['x', 'w'], 'y', { pads: [1, 1, 1, 1], strides: [2, 2], kernel_shape: [3, 3] })],
  }),
};
const SHAPES: Record<keyof typeof MODELS, Record<string, number[]>> = {
  dense: { x: [1, 40], z: [1, 40] },
  convolution: { x: [1, 3, 9, 20] },
  strided: { x: [1, 3, 16, 16] },
};

describe.each(Object.keys(MODELS) as (keyof typeof MODELS)[])('%s', (name) => {
  const sample = () => Object.fromEntries(Object.entries(SHAPES[name]).map(([input, shape]) => [input, randomTensor(random, shape)]));
  const calibration = [sample(), sample(), sample()];
  const options = { calibration, augment: false, acceptError: ANY_ERROR };
  const plain = compileModel(MODELS[name], options).program;
  const { program } = compileModel(MODELS[name], { ...options, commitInputs: ['x'] });

  test('has the outputs that it has without, a copy at its start, and one answer', () => {
    expect(program.inputs.map(isCommitted)).toEqual(Object.keys(SHAPES[name]).map((input) => input === 'x'));
    expect(program.inputs[0]!.address).toBe(DATA_BASE);
    expect(audit(program)).toEqual({ determined: true });
    expect(decodeProgram(encodeProgram(program))).toEqual(program);
    for (const input of calibration) {
      const run = execute(program, integersOf(program, input));
      // the table of the copy counts where headroom is chosen, so steps may differ
      const reals = (of: Program, outputs: IntegerTensors): number[] => Array.from(outputs.y!, (y) => y * of.outputs[0]!.scale);
      const wanted = reals(plain, execute(plain, integersOf(plain, input)).outputs);
      const largest = Math.max(...wanted.map(Math.abs));
      for (const [i, y] of reals(program, run.outputs).entries()) expect(Math.abs(y - wanted[i]!)).toBeLessThan(0.01 * largest);
      checkRows(program, run);
    }
  });

  test('is proved and verified on the root', async () => {
    const profile = PROFILES.test;
    const backend = jsBackend();
    const inputs = integersOf(program, sample());
    const model = await prepareModel(program, profile, backend);
    const { bytes, roots } = await proveExecution(model, execute(program, inputs));
    expect(roots).toEqual(await committedRoots(program, inputs, profile, backend));
    const verdict = verifyProof(model, bytes, [profile], { roots });
    expect(Object.keys(verdict.inputs)).toEqual(Object.keys(SHAPES[name]).filter((input) => input !== 'x'));
    const other = await committedRoots(program, { ...inputs, x: inputs.x!.map((v) => (v > 0 ? v - 1 : v)) }, profile, backend);
    expect(() => verifyProof(model, bytes, [profile], { roots: other })).toThrow(expect.objectContaining({ code: 'ZK0353' }));
  });
});

test('what only stairs read has as many integers as a table has room for, and headroom only as far as it goes', () => {
  const onnx = onnxModel({ inputs: { x: [1, 8] }, outputs: ['y'], initializers: {}, nodes: [node('Floor', ['x'], 'y')] });
  for (const size of [1, 5, 6, 7.9]) {
    const calibration = Array.from({ length: 8 }, () => ({ x: randomTensor(random, [1, 8], size) }));
    const { program, report } = compileModel(onnx, { calibration, commitInputs: ['x'] });
    const [{ lo, hi }] = program.inputs as [Region];
    expect(hi - lo).toBeGreaterThanOrEqual(2 ** 16);
    expect(hi - lo).toBeLessThan(2 ** 18);
    expect(report.outputs[0]!.maxError).toBe(0);
    execute(program, integersOf(program, calibration[0]!));
  }
});

test('an input that the model does not have, or that is named twice, cannot be committed', () => {
  const calibration = [{ x: randomTensor(random, [1, 3, 16, 16]) }];
  for (const commitInputs of [['w'], ['x', 'x'], ['y']])
    expect(() => compileModel(MODELS.strided, { calibration, commitInputs })).toThrow(expect.objectContaining({ code: 'ZK0531' }));
});
