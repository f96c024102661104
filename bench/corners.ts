// The guarantee for models of a folder: inputs at the corners of the declared range execute, hold every constraint, prove and verify, and one
// step beyond is refused. Run: npm run bench:corners -- --onnx folder [--models lenet,transformer].
// Source: DESIGN §6. Caveat: profile `test`, whose proofs have the constraints but not the security of the others.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { check } from '../air/check.ts';
import { readCalibration } from '../cli/io/calibration.ts';
import { buildGraph } from '../compiler/graph/build.ts';
import { compileOnnx, stagesOf } from '../compiler/index.ts';
import { inputSpecs } from '../compiler/onnx/inputs.ts';
import { readOnnx } from '../compiler/onnx/model.ts';
import { ZkvmError } from '../fri/core/errors.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { selectBackend } from '../gpu/select.ts';
import { cornerInputs } from '../test/compiler/corners.ts';
import { fillTraces } from '../vm/chips/fill.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { execute } from '../vm/executor/run.ts';
import { proveExecution } from '../vm/prove.ts';
import { publicTerms } from '../vm/statement/claim.ts';
import { loadModel, prepareModel } from '../vm/statement/model.ts';
import { verifyProof } from '../vm/verify.ts';

const { values: options } = parseArgs({
  options: { onnx: { type: 'string', default: path.join(import.meta.dirname, '../test/models') }, models: { type: 'string' } },
});
const names =
  options.models?.split(',') ??
  fs
    .readdirSync(options.onnx)
    .filter(
      (name) => fs.existsSync(path.join(options.onnx, name, 'model.onnx')) && fs.existsSync(path.join(options.onnx, name, 'calib.json')),
    );

const { backend } = await selectBackend('wasm');
const profile = PROFILES.test;
let failed = 0;
for (const name of names) {
  const folder = path.join(options.onnx, name);
  const model = readOnnx(new Uint8Array(fs.readFileSync(path.join(folder, 'model.onnx'))));
  const { program } = compileOnnx(model, { calibration: readCalibration(path.join(folder, 'calib.json'), inputSpecs(model)), name });
  const prepared = await prepareModel(program, profile, backend);
  const verifier = await loadModel(program, profile, backend);
  const results: string[] = [];
  const corners = cornerInputs(program, stagesOf(buildGraph(model)));
  for (const [what, inputs] of corners) {
    try {
      const run = execute(program, inputs);
      const { failureCount, sumIsZero } = check(MACHINE, fillTraces(run), publicTerms(program, run.inputs, run.outputs));
      if (failureCount || !sumIsZero) throw new Error(`${failureCount} constraints do not hold, sum ${sumIsZero ? 'zero' : 'not zero'}`);
      const proof = await proveExecution(prepared, run);
      verifyProof(verifier, proof.bytes, [profile]); // throws if it is rejected
      results.push(`${what}: ok`);
    } catch (error) {
      failed++;
      results.push(`${what}: FAILED, ${(error as Error).message}`);
    }
  }
  const [region] = program.inputs;
  const outside = { ...corners[0]![1], [region!.name]: corners[0]![1][region!.name]!.map((x, i) => (i ? x : region!.hi + 1)) };
  try {
    execute(program, outside);
    failed++;
    results.push('one step beyond: NOT REFUSED');
  } catch (error) {
    if (!(error instanceof ZkvmError)) throw error;
    results.push(`one step beyond: refused with ${error.code}`);
  }
  console.log(`${name}\n  ${results.join('\n  ')}`);
}
(backend as { close?: () => void }).close?.();
if (failed) process.exitCode = 1;
