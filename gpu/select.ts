// Which backend does the arithmetic here: the fastest one that runs, and the reason in one sentence. Source: DESIGN §9
// (auto = webgpu → wasm threads → wasm → js). Caveat: all of them give the same proof bytes, so the choice is about time only; under
// Node `auto` leaves WebGPU out unless the caller has looked for it elsewhere: a broken native driver may end the process.

import { jsBackend } from '../fri/backend/js/backend.ts';
import type { Backend } from '../fri/backend/seam.ts';
import { usage, ZkvmError } from '../fri/core/errors.ts';
import { ModuleBuilder, v128 } from './emitter/module.ts';
import { wasmBackend } from './wasm/backend.ts';
import { availableThreads, canShareMemory } from './wasm/pool.ts';
import type { WebgpuBackendOptions } from './webgpu/backend.ts';

export const BACKEND_NAMES = ['auto', 'wasm', 'js', 'webgpu'] as const;

export interface SelectOptions {
  /** threads of the wasm backend; all of the machine's if left out */
  threads?: number;
  /** how to open a GPU. Under Node `auto` tries one only with this: the caller has seen that the driver does not crash */
  gpu?: WebgpuBackendOptions;
}

export interface SelectedBackend {
  backend: Backend;
  /** why this one, for people */
  why: string;
  /** gives threads, memory and device back */
  close(): Promise<void>;
}

/** more threads than this find no work: a phase has a few hundred tasks */
const MOST_THREADS = 32;

/** whether this engine runs 128-bit SIMD instructions */
export function hasSimd(): boolean {
  if (typeof WebAssembly !== 'object') return false;
  const m = new ModuleBuilder();
  m.function('zero', [], (f) => f.return(v128.const(0)), 'v128');
  return WebAssembly.validate(m.toBytes(false));
}

async function wasm(options: SelectOptions): Promise<SelectedBackend> {
  const wanted = Math.min(options.threads ?? availableThreads(), MOST_THREADS);
  const shared = canShareMemory();
  const backend = await wasmBackend({ threads: shared ? wanted : 1 });
  const why =
    wanted > 1 && !shared
      ? 'WASM-SIMD on one thread: memory cannot be shared here (page not cross-origin isolated)'
      : `WASM-SIMD on ${wanted > 1 ? `${wanted} threads` : 'one thread'}`;
  return { backend, why, close: async () => backend.close() };
}

const js = (why: string): SelectedBackend => ({ backend: jsBackend(), why, close: async () => {} });

/** a page or a web worker: its GPU access is safe to try, and its own; Node has none */
const inBrowser = (): boolean => (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node === undefined;

/** the WebGPU backend's code is loaded when it is wanted */
async function webgpu(why: string, options: SelectOptions): Promise<SelectedBackend> {
  const [{ webgpuBackend }, { adapterName }] = await Promise.all([import('./webgpu/backend.ts'), import('./webgpu/device.ts')]);
  const backend = await webgpuBackend(options.gpu);
  return { backend, why: `${why}, on ${adapterName(backend.adapter)}`, close: () => backend.destroy() };
}

const isBackendFailure = (error: unknown): error is ZkvmError => error instanceof ZkvmError && error.kind === 'backend';

/** the fastest one on the CPU; `noGpu` is the end of its reason */
async function onCpu(options: SelectOptions, noGpu: string): Promise<SelectedBackend> {
  if (!hasSimd()) return js(`plain TypeScript: this engine has no WASM SIMD${noGpu}`);
  try {
    const selected = await wasm(options);
    return { ...selected, why: `${selected.why}${noGpu}` };
  } catch (error) {
    if (!isBackendFailure(error)) throw error;
    return js(`plain TypeScript: ${error.what}${noGpu}`);
  }
}

const noWebgpu = ({ what, why }: ZkvmError): string => `; no WebGPU: ${what}${why === undefined ? '' : ` (${why})`}`;

/**
 * Starts the wanted backend, or with 'auto' the fastest that starts.
 * @throws usage ZK0610 for an unknown name or a number of threads that is none; kind 'backend' when the named one cannot run here
 */
export async function selectBackend(name: string, options: SelectOptions = {}): Promise<SelectedBackend> {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw usage('ZK0610', { what: `${threads} threads`, why: 'a whole number from 1 is needed' });
  if (name === 'js') return js('plain TypeScript, as asked');
  if (name === 'wasm') {
    if (hasSimd()) return wasm(options);
    throw new ZkvmError('backend', 'ZK0611', { what: 'this engine has no WASM SIMD', fix: 'use --backend js, or a newer engine' });
  }
  if (name === 'webgpu') return webgpu('WebGPU, as asked', options);
  if (name !== 'auto')
    throw usage('ZK0610', {
      what: `there is no backend ${JSON.stringify(name.slice(0, 40))}`,
      fix: `use one of ${BACKEND_NAMES.join(', ')}`,
    });
  // a browser's own GPU access is safe to try; a native driver under Node may end the process
  if (!inBrowser() && options.gpu === undefined) return onCpu(options, '');
  try {
    return await webgpu('WebGPU', options);
  } catch (error) {
    if (!isBackendFailure(error)) throw error;
    return onCpu(options, noWebgpu(error));
  }
}

/**
 * Runs something with the wanted backend and gives the backend back, whatever happens. When 'auto' took the GPU and the GPU gives up (the
 * proof does not fit, the device is lost), the work starts again on the CPU, with the reason in `why`.
 * @throws as `selectBackend`, and what `work` throws
 */
export async function withSelected<T>(name: string, options: SelectOptions, work: (selected: SelectedBackend) => Promise<T>): Promise<T> {
  const selected = await selectBackend(name, options);
  let failure: ZkvmError;
  try {
    return await work(selected);
  } catch (error) {
    if (name !== 'auto' || selected.backend.name !== 'webgpu' || !isBackendFailure(error)) throw error;
    failure = error;
  } finally {
    await selected.close();
  }
  const other = await onCpu(options, noWebgpu(failure));
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}
