// Every example program: all its constraints hold, it proves and verifies, and the proof of a changed output is rejected.
// Slow: three dozen proofs.
// Caveat: profile `test`, and the WASM backend alone; test/gpu/programs.test.ts holds the others against it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../../air/check.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { type WasmBackend, wasmBackend } from '../../gpu/wasm/backend.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { proveExecution } from '../../vm/prove.ts';
import { publicTermCount, publicTerms } from '../../vm/statement/claim.ts';
import { freeModel, loadModel, prepareModel } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';
import { EXAMPLES } from './programs.ts';

const { test: profile } = PROFILES;
let backend: WasmBackend;
beforeAll(async () => {
  backend = await wasmBackend({ threads: 1 });
});
afterAll(() => backend.close());

test.each(EXAMPLES.map((make) => make()))(
  '$name: every row and the sum hold; it proves and verifies; a changed output is rejected',
  async ({ name, program, inputs }) => {
    const options = { allowUndetermined: name.startsWith('loop') };
    const run = execute(program, inputs);
    const terms = publicTerms(program, run.inputs, run.outputs);
    expect(publicTermCount(program)).toBe(terms.length);
    const report = check(MACHINE, fillTraces(run), terms);
    expect(report.failures).toEqual([]);
    expect(report.sumIsZero).toBe(true);
    const prepared = await prepareModel(program, profile, backend, options);
    const { bytes } = await proveExecution(prepared, run);
    const model = await loadModel(program, profile, backend, options);
    const verdict = verifyProof(model, bytes, [profile]);
    expect(verdict.outputs).toEqual(run.outputs);

    const region = program.outputs[0]!;
    const wrong = {
      ...run,
      outputs: {
        ...run.outputs,
        [region.name]: run.outputs[region.name]!.map((x, i) => (i === 0 ? (x === region.lo ? x + 1 : x - 1) : x)),
      },
    };
    const forged = await proveExecution(prepared, wrong);
    expect(() => verifyProof(model, forged.bytes, [profile])).toThrow(ZkvmError);
    expect(() => verifyProof(model, forged.bytes, [profile])).toThrow('composition at z');
    freeModel(prepared);
  },
);

test('a proof of a profile that the caller does not accept is refused', async () => {
  const { program, inputs } = EXAMPLES[0]!();
  const { bytes } = await proveExecution(await prepareModel(program, profile, backend), execute(program, inputs));
  const model = await loadModel(program, profile, backend);
  expect(() => verifyProof(model, bytes, [PROFILES.fast, PROFILES.chain])).toThrow('profile (test) is not acceptable');
});
