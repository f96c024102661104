// Which backend does the arithmetic here: the fastest one that runs, and the reason in one sentence. Source: DESIGN §9
// (auto = webgpu → wasm threads → wasm → js). Caveat: all of them give the same proof bytes, so the choice is about time only; under
// Node `auto` leaves WebGPU out, because a missing or broken native driver may end the process.
import type { Backend } from '../fri/backend.ts';
import { usage, ZkvmError } from '../fri/errors.ts';
import { jsBackend } from '../fri/js/backend.ts';
import { wasmBackend } from './wasm/backend.ts';
import { ModuleBuilder, v128 } from './wasm/emitter.ts';
import { availableThreads, canShareMemory } from './wasm/pool.ts';

export const BACKEND_NAMES = ['auto', 'wasm', 'js', 'webgpu'] as const;

export interface SelectOptions {
  /** threads of the wasm backend; all of the machine's if left out */
  threads?: number;
}

export interface SelectedBackend {
  backend: Backend;
  /** why this one, for people */
  why: string;
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
  if (wanted > 1 && !shared)
    return { backend, why: 'WASM-SIMD on one thread: memory cannot be shared here (page not cross-origin isolated)' };
  return { backend, why: wanted > 1 ? `WASM-SIMD on ${wanted} threads` : 'WASM-SIMD on one thread' };
}

/** a page's or a web worker's own GPU access; Node has none of its own */
const hasBrowserGpu = (): boolean => {
  const { navigator, process } = globalThis as { navigator?: { gpu?: unknown }; process?: { versions?: { node?: string } } };
  return process?.versions?.node === undefined && navigator?.gpu !== undefined;
};

/** the WebGPU backend's code is loaded when it is wanted */
async function webgpu(why: string): Promise<SelectedBackend> {
  const { webgpuBackend } = await import('./webgpu/backend.ts');
  const backend = await webgpuBackend();
  return { backend, why: `${why}, on ${backend.adapter.description || backend.adapter.device}` };
}

/**
 * Starts the wanted backend, or with 'auto' the fastest that starts.
 * @throws usage ZK0610 for an unknown name or a number of threads that is none; kind 'backend' when the named one cannot run here
 */
export async function selectBackend(name: string, options: SelectOptions = {}): Promise<SelectedBackend> {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw usage('ZK0610', { what: `${threads} threads`, why: 'a whole number from 1 is needed' });
  if (name === 'js') return { backend: jsBackend(), why: 'plain TypeScript, as asked' };
  if (name === 'wasm') {
    if (hasSimd()) return wasm(options);
    throw new ZkvmError('backend', 'ZK0611', { what: 'this engine has no WASM SIMD', fix: 'use --backend js, or a newer engine' });
  }
  if (name === 'webgpu') return webgpu('WebGPU, as asked');
  if (name !== 'auto')
    throw usage('ZK0610', {
      what: `there is no backend ${JSON.stringify(name.slice(0, 40))}`,
      fix: `use one of ${BACKEND_NAMES.join(', ')}`,
    });
  // a browser's own GPU access is safe to try; a native driver under Node is taken only when it is asked for
  let noGpu = '';
  if (hasBrowserGpu()) {
    try {
      return await webgpu('WebGPU');
    } catch (error) {
      if (!(error instanceof ZkvmError) || error.kind !== 'backend') throw error;
      noGpu = `; no WebGPU: ${error.what}`;
    }
  }
  if (!hasSimd()) return { backend: jsBackend(), why: `plain TypeScript: this engine has no WASM SIMD${noGpu}` };
  try {
    const { backend, why } = await wasm(options);
    return { backend, why: `${why}${noGpu}` };
  } catch (error) {
    if (!(error instanceof ZkvmError) || error.kind !== 'backend') throw error;
    return { backend: jsBackend(), why: `plain TypeScript: ${error.what}${noGpu}` };
  }
}
