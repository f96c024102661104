// Tests on whatever WebGPU adapter this machine has, software ones too; without one, the test of the documented refusal instead.
// Caveat: with ZKVM_NEEDS_WEBGPU=1, as in continuous integration on a machine that has an adapter, that refusal is a failure.
import { describe, expect, test } from 'vitest';
import { type WebgpuBackend, webgpuBackend } from '../../gpu/webgpu/backend.ts';
import { adapterName } from '../../gpu/webgpu/device.ts';

// Mesa's compiler skips its optimisation passes: half the time for kernels that run once
process.env.GALLIVM_PERF ??= 'nopt';

/** defines the tests of `onAdapter`, which destroys the backend when they are done */
export async function withAdapter(onAdapter: (gpu: WebgpuBackend) => void): Promise<void> {
  const opened = await webgpuBackend({ allowSoftware: true }).then(
    (backend) => ({ backend, error: undefined }),
    (error: unknown) => ({ backend: undefined, error }),
  );
  if (opened.backend) {
    const { backend } = opened;
    describe(`on ${adapterName(backend.adapter)}`, () => onAdapter(backend));
    return;
  }
  test('without an adapter opening fails with the documented error and exit code', () => {
    expect(process.env.ZKVM_NEEDS_WEBGPU, 'this machine has an adapter').not.toBe('1');
    expect(opened.error).toMatchObject({ kind: 'backend', code: 'ZK0601', exitCode: 6, fix: expect.stringContaining('driver') });
  });
}
