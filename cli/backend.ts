// A backend for one command: chosen by name (gpu/select.ts), interruptible between operations, given back at the end.
// Source: DESIGN §9. Caveat: `auto` looks for a GPU only for a large proof, and in another process: a native driver may crash.
import { around } from '../fri/backend/around.ts';
import type { Backend } from '../fri/backend/seam.ts';
import type { WebgpuBackendOptions } from '../gpu/webgpu/backend.ts';
import { GPU_CELLS, probeGpu } from './gpu-search.ts';
import { breathe } from './io/terminal.ts';

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
  return around(backend, { operation: async (run) => nextTurn().then(run) });
}

/** a software GPU is slower than wasm, and taken only for tests */
const gpuOptions = (profile: boolean): WebgpuBackendOptions => ({ profile, allowSoftware: process.env.ZKVM_SOFTWARE_GPU === '1' });

export interface BackendOptions {
  threads?: number | undefined;
  /** time every kernel on a GPU */
  profile?: boolean;
  /** of the proof: `auto` looks for a GPU when there are many */
  cells?: number;
}

/** how to open a GPU, or what to say instead; undefined when none is wanted */
async function gpuFor(name: string, profile: boolean, cells: number): Promise<{ gpu?: WebgpuBackendOptions; noGpu?: string }> {
  const gpu = gpuOptions(profile);
  if (name === 'webgpu') return { gpu };
  if (name !== 'auto' || cells < GPU_CELLS) return {};
  const found = await probeGpu();
  if ('missing' in found) return { noGpu: `no WebGPU: ${found.missing}` };
  if (!found.adapter.software || gpu.allowSoftware) return { gpu };
  return { noGpu: `no WebGPU: the only adapter is a software one (${found.adapter.description} is slower than wasm)` };
}

/**
 * Runs something with a backend and gives the backend back, whatever happens.
 * @throws ZK0610 for a name or a number of threads that is none, ZK06xx when the backend is not available (exit 6)
 */
export async function withBackend<T>(
  name: string,
  work: (chosen: ChosenBackend) => Promise<T>,
  { threads, profile = false, cells = 0 }: BackendOptions = {},
): Promise<T> {
  const { withSelected } = await import('../gpu/select.ts');
  const { gpu, noGpu } = await gpuFor(name, profile, cells);
  const options = { ...(threads === undefined ? {} : { threads }), ...(gpu ? { gpu } : {}) };
  return withSelected(name, options, ({ backend, why }) =>
    work({ backend: interruptible(backend), why: noGpu === undefined ? why : `${why}; ${noGpu}` }),
  );
}
