// `zkvm prove --backend webgpu`: the proof file of wasm, kernel times in the picture, a software adapter only when asked for.
// Caveat: ZKVM_SOFTWARE_GPU=1 is for tests; a software GPU is slower than wasm.
import fs from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { withBackend } from '../../cli/backend.ts';
import type { WebgpuBackend } from '../../gpu/webgpu/backend.ts';
import { GPU_CELLS } from '../../gpu/webgpu/kind.ts';
import { smallModel, temporaryFolder, zkvm } from '../cli/capture.ts';
import { withAdapter } from './adapter.ts';

await withAdapter(onAdapter);

function onAdapter(gpu: WebgpuBackend): void {
  const SLOW = 600_000;
  const folder = temporaryFolder();
  const { at, write } = folder;
  const environment = { ...process.env };
  beforeAll(async () => {
    const { zkb, input } = smallModel();
    write('m.zkb', zkb);
    write('x.json', input);
    expect(await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'))).toMatchObject({ code: 0 });
  });
  afterEach(() => {
    process.env = { ...environment };
  });
  afterAll(async () => {
    folder.remove();
    await gpu.destroy();
  });

  const prove = (name: string, backend: string, ...more: string[]) =>
    zkvm('prove', at('t'), '-o', at(name), '--profile', 'test', '--backend', backend, '--json', ...more);

  test('makes the proof file that wasm makes', { timeout: SLOW }, async () => {
    process.env.ZKVM_SOFTWARE_GPU = '1';
    const proved = await prove('p1', 'webgpu');
    expect(proved).toMatchObject({
      code: 0,
      json: { backend: 'webgpu' },
      err: expect.stringMatching(/^backend webgpu: WebGPU on \S/m),
    });
    expect(await prove('p2', 'wasm')).toMatchObject({ code: 0, json: { backend: 'wasm' } });
    expect(fs.readFileSync(at('p1')).equals(fs.readFileSync(at('p2')))).toBe(true);
    expect(await zkvm('verify', at('p1'), '--model', at('m.zkb'), '--profile', 'test')).toMatchObject({ code: 0 });
  });

  test('--profile-out has a row for the GPU: every kernel inside the whole, where the adapter has timestamps', {
    timeout: SLOW,
  }, async () => {
    process.env.ZKVM_SOFTWARE_GPU = '1';
    expect(await prove('p3', 'webgpu', '--profile-out', at('time.json'))).toMatchObject({ code: 0 });
    const { traceEvents } = JSON.parse(fs.readFileSync(at('time.json'), 'utf8')) as {
      traceEvents: { name: string; ph: string; tid: number; ts: number; dur: number; args?: { name: string } }[];
    };
    const whole = traceEvents.find(({ name }) => name === 'zkvm prove')!;
    const kernels = traceEvents.filter(({ ph, tid }) => ph === 'X' && tid === 2);
    const rows = traceEvents.filter(({ name }) => name === 'thread_name').map(({ args }) => args!.name);
    if (!gpu.adapter.features.includes('timestamp-query')) expect({ kernels, rows }).toEqual({ kernels: [], rows: [] });
    else {
      expect(rows).toEqual(['protocol', 'GPU']);
      const names = new Set(kernels.map(({ name }) => name));
      for (const name of ['fft', 'leaves', 'constraints', 'samples']) expect(names).toContain(name);
      for (const { ts, dur } of kernels) expect(ts >= whole.ts && dur >= 0 && ts + dur <= whole.ts + whole.dur).toBe(true);
    }
  });

  test('auto takes a GPU for a large proof, a software one only when asked to, and says why not in a line', async () => {
    const chosen = (cells: number) => withBackend('auto', async ({ backend, why }) => `${backend.name}: ${why}`, { threads: 1, cells });
    process.env.ZKVM_SOFTWARE_GPU = '1';
    expect(await chosen(GPU_CELLS)).toMatch(/^webgpu: WebGPU on \S/);
    expect(await chosen(GPU_CELLS - 1)).toBe('wasm: WASM-SIMD on one thread');
    delete process.env.ZKVM_SOFTWARE_GPU;
    expect(await chosen(GPU_CELLS)).toMatch(
      gpu.adapter.software
        ? /^wasm: WASM-SIMD on one thread; no WebGPU: the only adapter is a software one \(.* is slower than wasm\)$/
        : /^webgpu/,
    );
    process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = '/dev/null';
    if (process.platform === 'linux')
      expect(await chosen(GPU_CELLS)).toMatch(/^wasm: WASM-SIMD on one thread; no WebGPU: the system offers no adapter \(no driver/);
  });

  test('a software adapter is refused with exit 6 and the fix unless it is asked for', async () => {
    delete process.env.ZKVM_SOFTWARE_GPU;
    const { code, json, err } = await prove('p4', 'webgpu');
    if (!gpu.adapter.software) expect(code).toBe(0);
    else {
      expect({ code, error: json.error }).toMatchObject({
        code: 6,
        error: { code: 'ZK0602', fix: expect.stringMatching(/install a GPU driver/) },
      });
      expect(err).not.toMatch(/prove: base/);
      expect(fs.existsSync(at('p4'))).toBe(false);
    }
  });
}
