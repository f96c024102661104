// Compiled models and a control-flow program on the GPU: the proof files of the reference and of the WASM backend, byte for byte, in
// few round trips. Any adapter will do, software ones too; without one this file checks the documented refusal instead.
// Caveat: Mesa's software driver compiles the chips' kernels for a minute before the first proof.
import { afterAll, describe, expect, test } from 'vitest';
import { compileModel } from '../../compiler/index.ts';
import { toIntegers } from '../../compiler/simulate.ts';
import type { Backend } from '../../fri/backend.ts';
import { jsBackend } from '../../fri/js/backend.ts';
import { PROFILES } from '../../fri/profile.ts';
import { wasmBackend } from '../../gpu/wasm/backend.ts';
import { type WebgpuBackend, webgpuBackend } from '../../gpu/webgpu/backend.ts';
import { execute } from '../../vm/executor.ts';
import { prepareModel } from '../../vm/model.ts';
import type { IntegerTensors, Program } from '../../vm/program.ts';
import { proveExecution } from '../../vm/prove.ts';
import { modelBytes, modelCalibration, modelInput } from '../compiler/models.ts';
import { loop } from '../vm/programs.ts';

// Mesa's compiler skips its optimisation passes: half the time for kernels that run once
process.env.GALLIVM_PERF ??= 'nopt';

const SLOW = 1_200_000;
const PROFILE = { ...PROFILES.test, queries: 8, work: { query: 6, interaction: 5, deep: 4, fold: 3 } };

interface Case {
  program: Program;
  inputs: IntegerTensors;
}

function model(name: string): Case {
  const { program } = compileModel(modelBytes(name), { calibration: modelCalibration(name) });
  const tensors = modelInput(name);
  const integers = program.inputs.map((region) => {
    const data = Float64Array.from(tensors[region.name]!.data);
    return [region.name, Int32Array.from(toIntegers({ data }, region))] as const;
  });
  return { program, inputs: Object.fromEntries(integers) };
}

async function proofFile(backend: Backend, { program, inputs }: Case): Promise<Buffer> {
  const prepared = await prepareModel(program, PROFILE, backend);
  return Buffer.from((await proveExecution(prepared, execute(program, inputs))).bytes);
}

const opened = await webgpuBackend({ allowSoftware: true }).then(
  (backend) => ({ backend, error: undefined }),
  (error: unknown) => ({ backend: undefined, error }),
);

if (!opened.backend) {
  test('without an adapter the backend is refused with the documented code', () => {
    expect(opened.error).toMatchObject({ kind: 'backend', code: 'ZK0601', exitCode: 6 });
  });
} else {
  describe(`proof files on ${opened.backend.adapter.description || opened.backend.adapter.device}`, () => onAdapter(opened.backend));
}

function onAdapter(gpu: WebgpuBackend): void {
  afterAll(() => gpu.destroy());

  test.each([
    ['loop with calls', loop],
    ['digits_mlp', () => model('digits_mlp')],
    ['lenet', () => model('lenet')],
  ] as const)('%s: the bytes of js and wasm, other bytes for another input', { timeout: SLOW }, async (_name, make) => {
    const honest = make();
    const law = await proofFile(jsBackend(), honest);
    const wasm = await wasmBackend({ threads: 1 });
    try {
      expect((await proofFile(wasm, honest)).equals(law)).toBe(true);
    } finally {
      wasm.close();
    }
    expect((await proofFile(gpu, honest)).equals(law)).toBe(true);
    const [region] = honest.program.inputs;
    const changed = honest.inputs[region!.name]!.map((x, i) => (i === 0 ? (x === region!.hi ? x - 1 : x + 1) : x));
    const other = { program: honest.program, inputs: { ...honest.inputs, [region!.name]: changed } };
    expect((await proofFile(gpu, other)).equals(law)).toBe(false);
  });

  test('a second proof of a model takes at most 15 round trips and leaves no memory behind', { timeout: SLOW }, async () => {
    const { program, inputs } = model('digits_mlp');
    const prepared = await prepareModel(program, PROFILE, gpu);
    await proveExecution(prepared, execute(program, inputs));
    const { deviceBytes, roundTrips } = gpu;
    await proveExecution(prepared, execute(program, inputs));
    expect(gpu.deviceBytes).toBe(deviceBytes);
    expect(gpu.roundTrips - roundTrips).toBeLessThanOrEqual(15);
  });
}
