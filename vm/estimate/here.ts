// Time and memory of a proof on this machine, by every backend that works in the process: `zkvm estimate`, the library's `estimate` and the benchmarks
// ask here, so that they say the same. Source: calibrate.ts, predict.ts. Caveat: a backend that does not start is judged by the speed of plain code.
import type { Backend } from '../../fri/backend/seam.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { BACKENDS, type BackendOptions } from '../../gpu/backends.ts';
import type { HostKind } from '../../gpu/kind/kind.ts';
import { availableThreads, canShareMemory } from '../../gpu/wasm/pool.ts';
import { planInstances } from '../chips/split.ts';
import type { Execution } from '../executor/run.ts';
import { publicTermCount } from '../statement/claim.ts';
import { securedShards } from '../statement/instances.ts';
import { calibrate } from './calibrate.ts';
import { sizesOf } from './cost.ts';
import { type PlanMemory, type ProofPlan, planProof } from './plan.ts';
import { machineSlowness, type Prediction, predictShards } from './predict.ts';

/** how long this machine is measured, for all numbers of threads of a backend together */
const CALIBRATION_MS = 500;

/** A prediction for this machine. */
export interface PredictionHere {
  /** of the plan, or of one shard where there is none */
  prediction: Prediction;
  /** undefined where the run does not fit into memory, in however many shards */
  plan: ProofPlan | undefined;
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

/** The run in as few shards as fit. @returns nothing where no number of them does */
function plannedFor(run: Execution, memory: PlanMemory): ProofPlan | undefined {
  try {
    return planProof(run, memory);
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'backend') return undefined;
    throw error;
  }
}

/**
 * Predictions for a backend with all threads and with one.
 * @param availableBytes that a process may have; more shards where it is less than the run takes as one
 * @param turn waited for before each measurement, for a signal to be seen
 * @param slowness from `machineSlowness`
 */
export async function predictHere(
  run: Execution,
  profile: Profile,
  availableBytes: number,
  turn: () => Promise<void>,
  slowness = machineSlowness(),
): Promise<PredictionHere[]> {
  const all = canShareMemory() ? availableThreads() : 1;
  const whole = [sizesOf(planInstances(run, profile))];
  const predictions: PredictionHere[] = [];
  for (const kind of BACKENDS) {
    if (kind.memory !== 'process') continue;
    const choices = kind.threaded && all > 1 ? [all, 1] : [1];
    for (const threads of choices) {
      await turn();
      const { factor, startMs } = await measured(kind, threads, slowness, CALIBRATION_MS / choices.length);
      const plan = plannedFor(run, { profile, kind, threads, availableBytes });
      const prediction = predictShards(plan?.shards.map(sizesOf) ?? whole, profile, kind, threads, factor);
      predictions.push({ prediction, plan, threaded: kind.threaded, factor, startMs });
    }
  }
  return predictions;
}

/** How secure the proof is that would be made here, and under which profile: of the first backend's shards, or of one where it fits nowhere. */
export const securedHere = (here: readonly PredictionHere[], run: Execution, profile: Profile): ReturnType<typeof securedShards> =>
  securedShards(profile, here.find(({ plan }) => plan)?.plan?.shards ?? [planInstances(run, profile)], publicTermCount(run.loaded.program));
