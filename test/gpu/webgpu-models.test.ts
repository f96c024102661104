// Compiled models and a control-flow program on the GPU: the proof files of the reference and of the WASM backend, byte for byte, in
// few round trips. Any adapter will do, software ones too; without one this file checks the documented refusal instead.
// Caveat: Mesa's software driver compiles the chips' kernels for a minute before the first proof.
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Job, loadJob } from '../../bench/models.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { wasmBackend } from '../../gpu/wasm/backend.ts';
import type { WebgpuBackend } from '../../gpu/webgpu/backend.ts';
import { execute } from '../../vm/executor/run.ts';
import { proveExecution } from '../../vm/prove.ts';
import { prepareModel } from '../../vm/statement/model.ts';
import { firstDifference } from '../conformance/phases.ts';
import { EASY_PROFILE } from '../conformance/profile.ts';
import { proveWatched } from '../conformance/prove.ts';
import { loop } from '../vm/programs.ts';
import { withAdapter } from './adapter.ts';

const SLOW = 1_200_000;

const model = (name: string): Job => loadJob(name, path.join(import.meta.dirname, '../models'));

type Case = Pick<Job, 'program' | 'inputs'>;

const proofOf = (backend: Backend, { program, inputs }: Case): ReturnType<typeof proveWatched> =>
  proveWatched(backend, program, inputs, EASY_PROFILE);

await withAdapter(onAdapter);

function onAdapter(gpu: WebgpuBackend): void {
  afterAll(() => gpu.destroy());

  test.each([
    ['loop with calls', loop],
    ['digits_mlp', () => model('digits_mlp')],
    ['lenet', () => model('lenet')],
  ] as const)('%s: the digests and bytes of js and wasm, other bytes for another input', { timeout: SLOW }, async (_name, make) => {
    const honest = make();
    const law = await proofOf(jsBackend(), honest);
    const wasm = await wasmBackend({ threads: 1 });
    try {
      const other = await proofOf(wasm, honest);
      expect(firstDifference(law.digests, other.digests)).toBeUndefined();
      expect(Buffer.compare(other.bytes, law.bytes)).toBe(0);
    } finally {
      wasm.close();
    }
    const got = await proofOf(gpu, honest);
    expect(firstDifference(law.digests, got.digests)).toBeUndefined();
    expect(Buffer.compare(got.bytes, law.bytes)).toBe(0);
    const [region] = honest.program.inputs;
    const changed = honest.inputs[region!.name]!.map((x, i) => (i === 0 ? (x === region!.hi ? x - 1 : x + 1) : x));
    const another = await proofOf(gpu, { program: honest.program, inputs: { ...honest.inputs, [region!.name]: changed } });
    expect(Buffer.compare(another.bytes, law.bytes)).not.toBe(0);
  });

  test('a second proof of a model takes at most 15 round trips and leaves no memory behind', { timeout: SLOW }, async () => {
    const { program, inputs } = model('digits_mlp');
    const prepared = await prepareModel(program, EASY_PROFILE, gpu);
    await proveExecution(prepared, execute(program, inputs));
    const { deviceBytes, roundTrips } = gpu;
    await proveExecution(prepared, execute(program, inputs));
    expect(gpu.deviceBytes).toBe(deviceBytes);
    expect(gpu.roundTrips - roundTrips).toBeLessThanOrEqual(15);
  });
}
