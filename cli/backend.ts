// A backend for one command: chosen by name (gpu/select.ts), interruptible between operations, given back at the end.
// Source: DESIGN §9. Caveat: `auto` looks for a GPU only for a large proof, and in another process: a native driver may crash.
import { around } from '../fri/backend/around.ts';
import type { Backend } from '../fri/backend/seam.ts';
import { AUTO, type BACKEND_NAMES, BACKENDS, kindNamed } from '../gpu/backends.ts';
import type { BackendKind } from '../gpu/kind/kind.ts';
import type { WebgpuBackendOptions } from '../gpu/webgpu/backend.ts';
import { availabilityOf } from './gpu-search.ts';
import { tellOwner } from './io/owner.ts';
import { breathe } from './io/terminal.ts';

export interface ChosenBackend {
  kind: BackendKind;
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
  /** time every kernel on a GPU, and every thread */
  profile?: boolean;
  /** of the proof: `auto` looks for a GPU when there are many */
  cells?: number;
}

/** how to open a GPU, or what to say instead; undefined when none is wanted */
async function gpuFor(name: string, profile: boolean, cells: number): Promise<{ gpu?: WebgpuBackendOptions; noGpu?: string }> {
  const gpu = gpuOptions(profile);
  if (kindNamed(name)?.native) return { gpu };
  const wanted = BACKENDS.filter((kind) => name === AUTO && kind.native && cells >= kind.auto.fromCells);
  const reasons: string[] = [];
  for (const kind of wanted) {
    const { missing, refused } = await availabilityOf(kind);
    if (missing === undefined && (refused === undefined || gpu.allowSoftware)) return { gpu };
    reasons.push(`no ${kind.title}: ${missing ?? refused}`);
  }
  return reasons.length ? { noGpu: reasons.join('; ') } : {};
}

/**
 * Runs something with a backend and gives the backend back, whatever happens.
 * @throws ZK0610 for a name or a number of threads that is none, ZK06xx when the backend is not available (exit 6)
 */
export async function withBackend<T>(
  name: (typeof BACKEND_NAMES)[number],
  work: (chosen: ChosenBackend) => Promise<T>,
  { threads, profile = false, cells = 0 }: BackendOptions = {},
): Promise<T> {
  const { withSelected } = await import('../gpu/select.ts');
  const { gpu, noGpu } = await gpuFor(name, profile, cells);
  const options = { ...(threads === undefined ? {} : { threads }), ...(gpu ? { gpu } : {}), ...(profile && { profile }) };
  if (gpu) tellOwner({ native: true });
  try {
    return await withSelected(name, options, ({ kind, backend, why }) =>
      work({ kind, backend: interruptible(backend), why: noGpu === undefined ? why : `${why}; ${noGpu}` }),
    );
  } finally {
    if (gpu) tellOwner({ native: false });
  }
}
