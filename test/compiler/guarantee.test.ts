// What the compiler promises of every model: any input in the declared range runs, keeps every constraint, proves and verifies.
// Slow: twenty proofs of five models. Caveat: four inputs a model, at the corners of the range; they drive accumulators farthest.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGraph } from '../../compiler/graph/build.ts';
import { compileModel, type RealTensors, stagesOf } from '../../compiler/index.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { selectBackend } from '../../gpu/select.ts';
import { execute } from '../../vm/executor/run.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { proveExecution } from '../../vm/prove.ts';
import { freeModel, prepareModel } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';
import { checkRows, randomNumbers, randomTensor } from './check.ts';
import { cornerInputs } from './corners.ts';
import { modelBytes, trainedModel } from './models.ts';
import { node, onnxModel } from './onnx-writer.ts';

const profile = PROFILES.test;
let backend: Backend;
beforeAll(async () => {
  ({ backend } = await selectBackend('wasm', { threads: 1 }));
});
afterAll(() => (backend as { close?: () => void }).close?.());

/** a block of a transformer: attention, residual sums, normalisation, two dense layers with GELU */
function block(): { bytes: Uint8Array; program: Program } {
  const random = randomNumbers(11);
  const t = (...shape: number[]) => randomTensor(random, shape, 1 / Math.sqrt(shape[0]!));
  const bytes = onnxModel({
    nodes: [
      node('LayerNormalization', ['x', 'g', 'b'], 'n'),
      node('MatMul', ['n', 'wq'], 'q'),
      node('MatMul', ['n', 'wk'], 'k'),
      node('MatMul', ['n', 'wv'], 'v'),
      node('Transpose', ['k'], 'kt', { perm: [0, 2, 1] }),
      node('MatMul', ['q', 'kt'], 's'),
      node('Softmax', ['s'], 'p', { axis: 2 }),
      node('MatMul', ['p', 'v'], 'a'),
      node('Add', ['a', 'x'], 'r'),
      node('MatMul', ['r', 'w1'], 'h'),
      node('Gelu', ['h'], 'e'),
      node('MatMul', ['e', 'w2'], 'f'),
      node('Add', ['f', 'r'], 'y'),
    ],
    inputs: { x: [1, 6, 8] },
    outputs: ['y'],
    opset: 20,
    initializers: { g: randomTensor(random, [8], 0.1, 1), b: t(8), wq: t(8, 8), wk: t(8, 8), wv: t(8, 8), w1: t(8, 20), w2: t(20, 8) },
  });
  const calibration: RealTensors[] = Array.from({ length: 4 }, () => ({ x: randomTensor(random, [1, 6, 8]) }));
  return { bytes, program: compileModel(bytes, { calibration }).program };
}

describe('any input in the declared range executes, holds every constraint, proves and verifies', () => {
  for (const name of ['digits_mlp', 'mlp784', 'lenet', 'lenet_max', 'a block of a transformer']) {
    test(name, async () => {
      const { bytes, program } = name.startsWith('a ') ? block() : { bytes: modelBytes(name), program: trainedModel(name).program };
      const prepared = await prepareModel(program, profile, backend);
      const corners = cornerInputs(program, stagesOf(buildGraph(readOnnx(bytes))));
      for (const [i, [what, inputs]] of corners.entries()) {
        const run = execute(program, inputs);
        // a proof that verifies says that the rows hold too; spelling them out for one corner tells them apart
        if (i === 2) checkRows(program, run);
        const proof = await proveExecution(prepared, run);
        expect(verifyProof(prepared, proof.bytes, [profile]).outputs, what).toEqual(run.outputs);
      }

      freeModel(prepared);

      // one step out of the range is refused, at either end
      for (const [end, step] of [
        ['lo', -1],
        ['hi', 1],
      ] as const) {
        const [region] = program.inputs;
        const outside: IntegerTensors = { ...corners[0]![1], [region!.name]: corners[0]![1][region!.name]!.slice() };
        outside[region!.name]![3] = region![end] + step;
        const refused = ((): unknown => {
          try {
            return execute(program, outside).outputs;
          } catch (error) {
            return error;
          }
        })();
        expect(refused).toBeInstanceOf(ZkvmError);
        expect(refused).toMatchObject({ kind: 'usage', code: 'ZK0322' });
      }
    });
  }
});
