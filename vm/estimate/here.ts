// Time and memory of a proof on this machine, by every backend that works in the process: `zkvm estimate`, the library's `estimate` and the benchmarks
// ask here, so that they say the same. Source: calibrate.ts, predict.ts. Caveat: a backend that does not start is judged by the speed of plain code.
import type { Backend } from '../../fri/backend/seam.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { BACKENDS, type BackendOptions } from '../../gpu/backends.ts';
import type { HostKind } from '../../gpu/kind/kind.ts';
import { availableThreads, canShareMemory } from '../../gpu/wasm/pool.ts';
import { calibrate } from './calibrate.ts';
import type { InstanceSize } from './cost.ts';
import { machineSlowness, type Prediction, predict } from './predict.ts';

/** how long this machine is measured, for all numbers of threads of a backend together */
const CALIBRATION_MS = 500;

/** A prediction for this machine. */
export interface PredictionHere {
  prediction: Prediction;
  threaded: boolean;
  /** how much slower the machine is than the one of the rates */
  factor: number;
  /** until the backend has started */
  startMs: number;
}

/**
 * How much slower this machine is than the one that the rates of a backend were measured on. The plain backend is as slow as its hashing, and takes
 * seconds to be measured better.
 */
export const factorOf = async (
  kind: HostKind,
  backend: Backend,
  threads: number,
  slowness = machineSlowness(),
  budgetMs = CALIBRATION_MS,
): Promise<number> => (kind.threaded ? calibrate(kind, backend, threads, budgetMs) : slowness);

async function measured(
  kind: HostKind<BackendOptions>,
  threads: number,
  slowness: number,
  budgetMs: number,
): Promise<{ factor: number; startMs: number }> {
  if (!kind.threaded) return { factor: slowness, startMs: 0 };
  const started = performance.now();
  try {
    const { backend, close } = await kind.start({ threads });
    const startMs = performance.now() - started;
    try {
      return { factor: await factorOf(kind, backend, threads, slowness, budgetMs), startMs };
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'backend') return { factor: slowness, startMs: 0 };
    throw error;
  }
}

/**
 * Predictions for a backend with all threads and with one.
 * @param turn waited for before each measurement, for a signal to be seen
 * @param slowness from `machineSlowness`
 */
export async function predictHere(
  instances: readonly InstanceSize[],
  profile: Profile,
  turn: () => Promise<void>,
  slowness = machineSlowness(),
): Promise<PredictionHere[]> {
  const all = canShareMemory() ? availableThreads() : 1;
  const predictions: PredictionHere[] = [];
  for (const kind of BACKENDS) {
    if (kind.memory !== 'process') continue;
    const choices = kind.threaded && all > 1 ? [all, 1] : [1];
    for (const threads of choices) {
      await turn();
      const { factor, startMs } = await measured(kind, threads, slowness, CALIBRATION_MS / choices.length);
      predictions.push({ prediction: predict(instances, profile, kind, threads, factor), threaded: kind.threaded, factor, startMs });
    }
  }
  return predictions;
}
