// The WebGPU backend as one of those that may be chosen. In a page its GPU access is safe to try; under Node a native driver may end the
// process, so `auto` tries it only with options of a caller who has looked elsewhere. Source: backend.ts, loaded when it is wanted.
// Caveat: no time is estimated: it depends on a GPU that this machine may not have.
import { ZkvmError } from '../../fri/core/errors.ts';
import { installCommand } from '../../fri/core/packages.ts';
import type { Availability, DeviceKind, StartedBackend } from '../kind/kind.ts';
import { adapterName, describeAdapter } from './device.ts';
import { devicePlan } from './estimate.ts';
import type { WebgpuBackendOptions } from './options.ts';

const NONE = 'the system offers no adapter (no driver for Vulkan, Metal or Direct3D 12)';

/**
 * From so many cells on `auto` looks for a GPU: wasm takes about two seconds for them, and looking and compiling kernels takes time too.
 * An estimate: no GPU was at hand to find where it pays.
 */
export const GPU_CELLS = 50e6;

export interface WebgpuKindOptions {
  /** how to open a GPU. Under Node `auto` tries one only with this: the caller has seen that the driver does not crash */
  gpu?: WebgpuBackendOptions;
}

/** a page or a web worker: its GPU access is safe to try, and its own; Node has none */
const inBrowser = (): boolean => (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node === undefined;

const missing = (why: string): Availability => ({ missing: why, lines: [['webgpu', `none: ${why}`]], facts: { missing: why } });

async function availability(): Promise<Availability> {
  try {
    const adapter = await describeAdapter();
    if (!adapter) return missing(NONE);
    const { vendor, architecture, software, limits, features } = adapter;
    const name = adapterName(adapter);
    const named = [name, [vendor, architecture].filter((text) => text !== '').join(' ')].filter((text) => text !== '');
    return {
      runsOn: `WebGPU on ${name}`,
      ...(software && { refused: `the only adapter is a software one (${name} is slower than wasm)` }),
      lines: [
        ['webgpu', `${named.join(', ')}${software ? ' (software, refused: slower than wasm)' : ''}`],
        ...Object.entries(limits).map(([limit, value]) => [`  ${limit}`, String(value)] as const),
        ['  features', features.join(', ')],
      ],
      facts: { adapter },
    };
  } catch (error) {
    if (!(error instanceof ZkvmError)) return missing(String(error));
    return missing(error.code === 'ZK0607' ? `${error.what}: ${installCommand('webgpu')}` : `${error.what}: ${error.why}`);
  }
}

export const WEBGPU = {
  name: 'webgpu',
  title: 'WebGPU',
  threaded: false,
  native: true,
  memory: 'device',
  auto: { fromCells: GPU_CELLS, yields: true, tries: ({ gpu }) => gpu !== undefined || inBrowser() },
  availability,
  estimate: ({ blocks }, { logBlowup }) => devicePlan(blocks, logBlowup),
  async start({ gpu }): Promise<StartedBackend> {
    const { webgpuBackend } = await import('./backend.ts');
    const backend = await webgpuBackend(gpu);
    return {
      backend,
      runsOn: `WebGPU on ${adapterName(backend.adapter)}`,
      usedBytes: () => backend.deviceBytes,
      close: () => backend.destroy(),
    };
  },
} as const satisfies DeviceKind<WebgpuKindOptions>;
