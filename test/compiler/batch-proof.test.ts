// Sixteen images in the lanes of one proof: as many proven labels, for the cells of one image. Caveat: profile `test`, one model.
// Slow: two proofs.
import { expect, test } from 'vitest';
import { compileModel } from '../../compiler/index.ts';
import { toIntegers } from '../../compiler/quantise/simulate.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { execute } from '../../vm/executor/run.ts';
import { proveExecution } from '../../vm/prove.ts';
import { loadModel, prepareModel } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';
import { argmax, digits300, modelBytes, modelCalibration } from './models.ts';

const profile = PROFILES.test;
const backend = jsBackend();
const images = digits300() as unknown as { pixels_0_16: number[][]; divide_by: number; float_argmax: number[] };

/** proves the first `batch` images in one run */
async function provedBatch(batch: number): Promise<{ cells: number; labels: number[] }> {
  const calibration = modelCalibration('digits_mlp');
  const { program } = compileModel(modelBytes('digits_mlp'), batch === 1 ? { calibration } : { calibration, batch });
  const data = Float64Array.from(images.pixels_0_16.slice(0, batch).flat(), (x) => x / images.divide_by);
  const run = execute(program, { input: Int32Array.from(toIntegers({ data }, program.inputs[0]!)) });
  const proof = await proveExecution(await prepareModel(program, profile, backend), run);
  const { outputs } = verifyProof(await loadModel(program, profile, backend), proof.bytes, [profile]);
  const labels = Array.from({ length: batch }, (_, i) => argmax(outputs.output!.subarray(10 * i, 10 * i + 10)));
  return { cells: proof.cells, labels };
}

test('sixteen images in the lanes of one proof: sixteen proven labels for the cells of one', async () => {
  const one = await provedBatch(1);
  const sixteen = await provedBatch(16);
  expect(one.labels).toEqual(images.float_argmax.slice(0, 1));
  expect(sixteen.labels).toEqual(images.float_argmax.slice(0, 16));
  expect(sixteen.cells).toBeLessThanOrEqual(1.1 * one.cells);
});
