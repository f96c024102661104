// What may go wrong with a GPU, each with its documented error and what `auto` makes of it in one line: no adapter, a software adapter, a
// device that is not given, a proof that does not fit, a device that is lost in the middle. Memory plans against what proofs take.
// Caveat: missing and refusing adapters are stand-ins; losses and memory need a real one, software included.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { shapesOf } from '../../air/machine.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { layoutOf } from '../../fri/pcs/layout.ts';
import { type SelectedBackend, withSelected } from '../../gpu/select.ts';
import { type WebgpuBackend, type WebgpuBackendOptions, webgpuBackend } from '../../gpu/webgpu/backend.ts';
import { devicePlan } from '../../gpu/webgpu/estimate.ts';
import { toyMachine, toyRun } from '../air/toy.ts';
import { EASY_PROFILE } from '../conformance/profile.ts';
import { proveWatched } from '../conformance/prove.ts';
import { mlp } from '../vm/programs.ts';
import { withAdapter } from './adapter.ts';
import { toyProof } from './toy-proof.ts';

const SLOW = 300_000;
const SIZES = [4, 6, 8] as const;
afterEach(() => vi.unstubAllGlobals());

/** an adapter that is not there; what the tests look at */
const adapter = (description: string, more: object = {}) => ({
  info: { vendor: 'none', architecture: '', device: '', description, isFallbackAdapter: false },
  limits: {
    maxBufferSize: 2 ** 30,
    maxStorageBufferBindingSize: 2 ** 30,
    maxStorageBuffersPerShaderStage: 8,
    maxComputeWorkgroupStorageSize: 16384,
  },
  features: new Set(),
  requestDevice: () => Promise.reject(new Error('no device today')),
  ...more,
});
const stub = (found: unknown): void => void vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => found } });

/** what `auto` says when it runs something small, and the bytes of a proof */
async function automatic(
  gpu: WebgpuBackendOptions,
  work = (backend: Backend): Promise<{ words: Uint32Array }> => toyProof(backend, SIZES, 1),
): Promise<{ reasons: string[]; names: string[]; words: Uint32Array }> {
  const reasons: string[] = [];
  const names: string[] = [];
  const { words } = await withSelected('auto', { threads: 1, gpu }, async ({ backend, why }: SelectedBackend) => {
    reasons.push(why);
    names.push(backend.name);
    return work(backend);
  });
  return { reasons, names, words };
}

describe('without a usable adapter', () => {
  test.each([
    ['no adapter', null, 'ZK0601', 'WASM-SIMD on one thread; no WebGPU: no WebGPU adapter (the system offers none)'],
    [
      'a software adapter',
      adapter('llvmpipe (LLVM 15)'),
      'ZK0602',
      'WASM-SIMD on one thread; no WebGPU: the only WebGPU adapter is a software one (llvmpipe (LLVM 15) is slower than wasm)',
    ],
    [
      'an adapter without a device',
      adapter('a card'),
      'ZK0603',
      'WASM-SIMD on one thread; no WebGPU: the WebGPU adapter gives no device (Error: no device today)',
    ],
  ])('%s: webgpu ends with exit code 6 and a fix, auto takes wasm and says why in a line', async (_name, found, code, line) => {
    stub(found);
    await expect(withSelected('webgpu', {}, async () => 'started')).rejects.toMatchObject({
      code,
      exitCode: 6,
      fix: expect.stringMatching(/install a GPU driver|another backend/),
    });
    const { reasons, names, words } = await automatic({});
    expect({ reasons, names }).toEqual({ reasons: [line], names: ['wasm'] });
    expect(words).toEqual((await toyProof(jsBackend(), SIZES, 1)).words);
  });

  test('under Node auto looks for none unless told that it is safe', async () => {
    stub(adapter('never asked'));
    const why = await withSelected('auto', { threads: 1 }, async (selected) => selected.why);
    expect(why).toBe('WASM-SIMD on one thread');
  });
});

test('an error of the work itself is no reason to start again', async () => {
  stub(null);
  let calls = 0;
  const work = async (): Promise<never> => {
    calls++;
    throw new Error('of the work');
  };
  await expect(withSelected('auto', { threads: 1, gpu: {} }, work)).rejects.toThrow('of the work');
  expect(calls).toBe(1);
});

await withAdapter(onAdapter);

function onAdapter(gpu: WebgpuBackend): void {
  afterAll(() => gpu.destroy());
  let law: Uint32Array;
  beforeAll(async () => {
    law = (await toyProof(jsBackend(), SIZES, 1)).words;
  });

  /** what a toy proof of these heights is planned to take, and takes */
  const planOf = (sizes: readonly [number, number, number]) => {
    const { instances } = toyRun([...sizes], 5, 3);
    const layout = layoutOf(shapesOf(toyMachine, instances));
    return devicePlan(layout.blocks, 1);
  };

  test.each([
    [1, 1],
    [1, 4],
    [16, 1],
  ])(
    'the memory plan of a dense network with %i samples at log blowup %i is what is used within a tenth',
    { timeout: SLOW },
    async (samples, logBlowup) => {
      const fresh = await webgpuBackend({ allowSoftware: true });
      const { program, inputs } = mlp(samples);
      let planned = 0;
      let before = 0;
      const measured: Backend = {
        ...fresh,
        async reserve(blocks, log) {
          planned = devicePlan(blocks, log).peakBytes;
          before = fresh.deviceBytes;
        },
      };
      const bytes = (await proveWatched(measured, program, inputs, { ...EASY_PROFILE, logBlowup })).bytes;
      expect(bytes.length).toBeGreaterThan(1000);
      expect(Math.abs(planned / (fresh.peakBytes - before) - 1)).toBeLessThan(0.1);
      await fresh.destroy();
    },
  );

  test('with just enough room in buffers and in all, columns in many groups, a proof has the same bytes', { timeout: SLOW }, async () => {
    const sizes = [11, 12, 9] as const;
    const { peakBytes, largestBufferBytes } = planOf(sizes);
    const tight = await webgpuBackend({ allowSoftware: true, largestBuffer: largestBufferBytes, memoryBytes: 1.1 * peakBytes });
    expect((await toyProof(tight, sizes, 1)).words).toEqual((await toyProof(jsBackend(), sizes, 1)).words);
    expect(tight.deviceBytes + tight.idleBytes).toBeLessThanOrEqual(1.1 * peakBytes);
    await tight.destroy();
  });

  test.each([
    ['one buffer', (p: ReturnType<typeof planOf>) => ({ largestBuffer: p.largestBufferBytes - 256 }), /one buffer of \d+ MB/],
    ['all buffers', (p: ReturnType<typeof planOf>) => ({ memoryBytes: 0.9 * p.peakBytes }), /about \d+ MB of device memory/],
  ])(
    'with too little room for %s it is refused before the first upload, and auto goes on with wasm',
    { timeout: SLOW },
    async (_name, limits, why) => {
      const sizes = [8, 9, 12] as const; // the first two have preprocessed columns
      const options = { allowSoftware: true, ...limits(planOf(sizes)) };
      const full = await webgpuBackend(options);
      const uploads: number[] = [];
      const counted: Backend = {
        ...full,
        upload(columns, logSize) {
          uploads.push(logSize);
          return full.upload(columns, logSize);
        },
      };
      await expect(toyProof(counted, sizes, 1)).rejects.toMatchObject({ code: 'ZK0606', exitCode: 6, why: expect.stringMatching(why) });
      expect(uploads).toEqual([8, 9]); // the model's
      await full.destroy();

      const { names, reasons, words } = await automatic(options, (backend) => toyProof(backend, sizes, 1));
      expect(names).toEqual(['webgpu', 'wasm']);
      expect(reasons[1]).toMatch(/^WASM-SIMD on one thread; no WebGPU: the proof does not fit the GPU \(.*MB/);
      expect(words).toEqual((await toyProof(jsBackend(), sizes, 1)).words);
    },
  );

  describe('with its device in our hands', () => {
    const devices: GPUDevice[] = [];
    /** the machine's own GPU, through which we see the devices that are made */
    const seeDevices = async (): Promise<void> => {
      const { create } = (await import('webgpu')) as unknown as { create(options: string[]): GPU };
      const real = create([]);
      vi.stubGlobal('navigator', {
        gpu: {
          async requestAdapter(options: GPURequestAdapterOptions) {
            const found = (await real.requestAdapter(options))!;
            const request = found.requestDevice.bind(found);
            found.requestDevice = async (descriptor) => {
              const device = await request(descriptor);
              devices.push(device);
              return device;
            };
            return found;
          },
        },
      });
    };

    /** a backend that loses its device at the `call`-th call of an operation */
    const losing = (backend: Backend, operation: keyof Backend, call: number): Backend => {
      let calls = 0;
      const method = backend[operation] as unknown as (...args: unknown[]) => unknown;
      const lose = (...args: unknown[]): unknown => {
        if (calls++ === call) devices.at(-1)!.destroy();
        return method(...args);
      };
      return { ...backend, [operation]: lose } as Backend;
    };

    test.each([
      ['upload', 1],
      ['commit', 0],
      ['startInteraction', 1],
      ['composition', 0],
      ['sample', 1],
      ['deep', 0],
      ['fold', 0],
      ['open', 0],
      ['grind', 0],
    ] as const)('a device lost in %s (call %i) is ZK0604, and auto starts again with wasm', { timeout: SLOW }, async (operation, call) => {
      await seeDevices();
      const { names, reasons, words } = await automatic({ allowSoftware: true }, (backend) =>
        toyProof(backend.name === 'webgpu' ? losing(backend, operation, call) : backend, SIZES, 1),
      );
      expect(names).toEqual(['webgpu', 'wasm']);
      expect(reasons[1]).toMatch(/^WASM-SIMD on one thread; no WebGPU: the WebGPU device (is lost|gave up) \(/);
      expect(words).toEqual(law);

      const named = withSelected('webgpu', { gpu: { allowSoftware: true } }, ({ backend }) =>
        toyProof(losing(backend, operation, call), SIZES, 1),
      );
      await expect(named).rejects.toMatchObject({ code: 'ZK0604', exitCode: 6 });
    });

    test('a device that has too little memory when it is tried is ZK0606', { timeout: SLOW }, async () => {
      await seeDevices();
      const backend = await webgpuBackend({ allowSoftware: true });
      const device = devices.at(-1)!;
      const block = { tree: 'base' as const, instance: 0, logSize: 20, columns: 64, first: 0, twoPoint: [], lifts: [] };
      await backend.reserve!([block], 1);
      vi.spyOn(device, 'popErrorScope').mockResolvedValue({ message: 'Out of memory' } as GPUError);
      await expect(backend.reserve!([block], 1)).rejects.toMatchObject({ code: 'ZK0606', why: expect.stringContaining('Out of memory') });
      await backend.destroy();
    });
  });

  test('timestamps, where the adapter has them: every dispatch has a place on the clock of the host', { timeout: SLOW }, async () => {
    const timed = await webgpuBackend({ allowSoftware: true, profile: true });
    const started = performance.now();
    expect((await toyProof(timed, SIZES, 1)).words).toEqual(law);
    const spans = await timed.takeSpans();
    const ended = performance.now();
    if (!timed.adapter.features.includes('timestamp-query')) expect(spans).toEqual([]);
    else {
      expect(new Set(spans.map(({ label }) => label))).toEqual(
        expect.objectContaining(new Set(['fft', 'inverse fft', 'leaves', 'nodes', 'constraints', 'fractions', 'samples', 'deep quotient'])),
      );
      for (const { startMs, ms } of spans) expect(ms >= 0 && startMs >= started - 50 && startMs + ms <= ended).toBe(true);
      expect(await timed.takeSpans()).toEqual([]);
    }
    await timed.destroy();
  });
}
