// A backend for one command: chosen by name (gpu/select.ts), interruptible between operations, given back at the end.
// Source: DESIGN §9. Caveat: WebGPU is taken only by name: a native driver may be missing or crash, and `auto` must not.
import type { Backend } from '../../fri/backend.ts';
import type { WebgpuBackendOptions } from '../../gpu/webgpu/backend.ts';
import { breathe } from './terminal.ts';

export interface ChosenBackend {
  backend: Backend;
  /** why this one, and what it runs on */
  why: string;
}

/** The event loop turns before every operation, so that a signal is served. Operations asked for together go on together. */
function interruptible(backend: Backend): Backend {
  let turn: Promise<void> | undefined;
  const nextTurn = (): Promise<void> => {
    turn ??= breathe().then(() => {
      turn = undefined;
    });
    return turn;
  };
  const operations = Object.entries(Object.getOwnPropertyDescriptors(backend)).map(([name, { value }]): [string, unknown] => {
    if (typeof value !== 'function' || name === 'free') return [name, value];
    const operation = value as (...args: unknown[]) => Promise<unknown>;
    return [
      name,
      async (...args: unknown[]) => {
        await nextTurn();
        return operation.apply(backend, args);
      },
    ];
  });
  return Object.fromEntries(operations) as unknown as Backend;
}

/** a software GPU is slower than wasm, and taken only for tests */
const gpuOptions = (profile: boolean): WebgpuBackendOptions => ({ profile, allowSoftware: process.env.ZKVM_SOFTWARE_GPU === '1' });

export interface BackendOptions {
  threads?: number | undefined;
  /** time every kernel on a GPU */
  profile?: boolean;
}

/**
 * Runs something with a backend and gives the backend back, whatever happens.
 * @throws ZK0610 for a name or a number of threads that is none, ZK06xx when the backend is not available (exit 6)
 */
export async function withBackend<T>(
  name: string,
  work: (chosen: ChosenBackend) => Promise<T>,
  { threads, profile = false }: BackendOptions = {},
): Promise<T> {
  const { withSelected } = await import('../../gpu/select.ts');
  const options = { ...(threads === undefined ? {} : { threads }), ...(name === 'webgpu' ? { gpu: gpuOptions(profile) } : {}) };
  return withSelected(name, options, ({ backend, why }) => work({ backend: interruptible(backend), why }));
}
