// Which backend does the arithmetic: WASM with SIMD and threads, WebGPU when asked for, plain TypeScript as the fallback.
// Source: DESIGN §9. Caveat: all give the same proof bytes; `auto` does not try WebGPU, whose native driver may be missing or crash.
import os from 'node:os';
import type { Backend } from '../../fri/backend.ts';
import { usage, ZkvmError } from '../../fri/errors.ts';
import { jsBackend } from '../../fri/js/backend.ts';
import { breathe } from './terminal.ts';

export interface ChosenBackend {
  backend: Backend;
  /** why this one, and what it runs on */
  reason: string;
  /** gives threads, memory and device back */
  close(): Promise<void>;
}

/** The event loop turns before every operation, so that a signal is served. */
function interruptible(backend: Backend): Backend {
  const operations = Object.entries(Object.getOwnPropertyDescriptors(backend)).map(([name, { value }]): [string, unknown] => {
    if (typeof value !== 'function' || name === 'free') return [name, value];
    const operation = value as (...args: unknown[]) => Promise<unknown>;
    return [
      name,
      async (...args: unknown[]) => {
        await breathe();
        return operation.apply(backend, args);
      },
    ];
  });
  return Object.fromEntries(operations) as unknown as Backend;
}

async function wasm(why: string): Promise<ChosenBackend> {
  const { wasmBackend } = await import('../../gpu/wasm/backend.ts');
  const backend = await wasmBackend({ threads: os.availableParallelism() });
  const reason = `${why}, ${backend.threads} thread${backend.threads === 1 ? '' : 's'}`;
  return { backend: interruptible(backend), reason, close: async () => backend.close() };
}

async function webgpu(why: string): Promise<ChosenBackend> {
  const { webgpuBackend } = await import('../../gpu/webgpu/backend.ts');
  const backend = await webgpuBackend();
  return { backend: interruptible(backend), reason: `${why}, ${JSON.stringify(backend.adapter)}`, close: () => backend.destroy() };
}

const js = (why: string): ChosenBackend => ({ backend: interruptible(jsBackend()), reason: why, close: async () => {} });

/**
 * Starts a backend.
 * @throws ZK0823 for a name that is no backend, ZK06xx when the one that is asked for is not available (exit 6)
 */
export async function chooseBackend(name: string): Promise<ChosenBackend> {
  if (name === 'js') return js('asked for');
  if (name === 'wasm') return wasm('asked for');
  if (name === 'webgpu') return webgpu('asked for');
  if (name !== 'auto') throw usage('ZK0823', { what: `there is no backend "${name}"`, fix: 'use --backend auto, wasm, webgpu or js' });
  try {
    return await wasm('fastest that needs no graphics driver');
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'backend') return js(`no WASM: ${error.what}`);
    throw error;
  }
}

/** Runs something with a backend and gives the backend back, whatever happens. */
export async function withBackend<T>(name: string, work: (chosen: ChosenBackend) => Promise<T>): Promise<T> {
  const chosen = await chooseBackend(name);
  try {
    return await work(chosen);
  } finally {
    await chosen.close();
  }
}
