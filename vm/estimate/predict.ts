// Predicts a proof's memory and time before it is made. Memory: the columns, trees and layers that the prover keeps follow from the layout
// alone (gpu/wasm/estimate.ts counts them). Time: a few rates a backend, measured, scaled by how fast this machine hashes right now.
// Source: measurements, `RATES`. Caveat: proof of work is a lottery: the median is predicted, and one proof in four takes more than twice
// as many tries.
import { shapesOf } from '../../air/machine.ts';
import { compress, initialState, PURPOSE } from '../../fri/core/blake2s.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { foldSteps, type Layout, layoutOf } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { DROPPED_BYTES_PER_LEAF, proofBytes, setupBytes } from '../../gpu/wasm/estimate.ts';
import { type DevicePlan, devicePlan } from '../../gpu/webgpu/estimate.ts';
import { instanceOf, MACHINE, TYPE } from '../chips/machine.ts';
import { CHIPS } from '../chips/table.ts';
import type { InstanceSize } from './cost.ts';

/** Backends whose rates are known. */
export type RatedBackend = 'js' | 'wasm';

/** address space of one WASM memory */
export const WASM_LIMIT_BYTES = 2 ** 32;

const WORD_BYTES = 4;

interface Rates {
  /** what does not grow with the trace: small transforms, messages to threads */
  fixedMs: number;
  /** openings: a queried position */
  msPerQuery: number;
  /** filling, interaction, composition, samples: a committed cell */
  nsPerCell: number;
  /** transform and hash of a committed value: a cell times the blowup */
  nsPerValue: number;
  /** trees, DEEP quotient and FRI: a point of the domain */
  nsPerPoint: number;
  /** tries a millisecond of a proof of work */
  triesPerMs: number;
}

/** one thread at 2.5 GHz, Node 20, in a warm process; fitted to six models of 0.2 to 28 M cells, within 20 % */
const RATES: Readonly<Record<RatedBackend, Rates>> = {
  js: { fixedMs: 96, msPerQuery: 0.05, nsPerCell: 420, nsPerValue: 150, nsPerPoint: 1500, triesPerMs: 4700 },
  wasm: { fixedMs: 10, msPerQuery: 0.06, nsPerCell: 28, nsPerValue: 11, nsPerPoint: 60, triesPerMs: 25_000 },
};

/** milliseconds that more than one thread cost: the pieces of a phase are handed out, and its end is waited for */
const THREADS_MS = 4;
/** share of a wasm proof that is done by the calling thread alone: trace fill, messages, openings */
const SERIAL_SHARE = 0.13;

/** milliseconds that `HASHES` compressions took where `RATES` was measured */
const REFERENCE_MS = 10;
const HASHES = 40_000;

/** a Node process with the program loaded, before any column: the js backend compiles no WASM, and leaves garbage a cell instead */
const PROCESS_BYTES: Readonly<Record<RatedBackend, number>> = { js: 125e6, wasm: 164e6 };
/** a thread beyond the caller's */
const THREAD_BYTES = 8e6;
const GARBAGE_BYTES_PER_CELL: Readonly<Record<RatedBackend, number>> = { js: 15, wasm: 0 };
/** executions whose arrays wait for the collector, whichever backend proves: young garbage is collected every third proof or so */
const EXECUTIONS_KEPT = 4;
/** JavaScript copies of each column that the program fixes: the program's words, and the columns until they are collected */
const FIXED_COPIES = 2;

export interface Prediction {
  backend: RatedBackend;
  threads: number;
  proveMs: number;
  /** columns, trees and layers at their most, in the backend's memory */
  columnBytes: number;
  /** resident memory of the process at its most */
  peakBytes: number;
}

/** how much slower than the reference this machine is, by some milliseconds of hashing */
export function machineSlowness(): number {
  const message = new Uint32Array(16);
  const state = initialState(PURPOSE.LEAF).slice();
  const run = (): number => {
    const started = performance.now();
    for (let i = 0; i < HASHES; i++) compress(state, message, 0, 64, true);
    return performance.now() - started;
  };
  run(); // the first one compiles
  return Math.min(run(), run(), run()) / REFERENCE_MS;
}

/** median tries of all proofs of work of a proof: that of the largest one, and the others' mean */
function medianTries(profile: Profile, logSize: number): number {
  const { interaction, deep, fold, query } = profile.work;
  const tries = [interaction, deep, query, ...foldSteps(logSize).map(() => fold)].map((bits) => 2 ** bits - 1).sort((a, b) => b - a);
  return tries.reduce((sum, mean, i) => sum + (i === 0 ? Math.LN2 * mean : mean), 0);
}

/** which columns a proof of these instances has */
export const layoutOfSizes = (instances: readonly InstanceSize[]): Layout =>
  layoutOf(
    shapesOf(
      MACHINE,
      instances.map(({ chip, logSize }) => instanceOf(TYPE[chip], logSize)),
    ),
  );

/** bytes of columns, trees and layers at their most, the model's own included; the js backend keeps whole trees, wasm an eighth of them */
function columnBytesOf({ blocks, trees }: Layout, { logBlowup }: Profile, backend: RatedBackend): number {
  const fixed = blocks.filter(({ tree }) => tree === 'preprocessed');
  const wasm =
    setupBytes(fixed, logBlowup) +
    proofBytes(
      blocks.filter((b) => !fixed.includes(b)),
      logBlowup,
    );
  if (backend === 'wasm') return wasm;
  return wasm + trees.reduce((sum, { logSize }) => sum + DROPPED_BYTES_PER_LEAF * 2 ** (logSize + logBlowup), 0);
}

/** bytes of the arrays that an execution gives: cycles, stores, RAM, read counts */
const executionBytes = (instances: readonly InstanceSize[]): number =>
  WORD_BYTES * instances.reduce((words, { chip, logSize }) => words + CHIPS[chip].wordsKept * 2 ** logSize, 0);

/**
 * Time and memory of a proof of these instances.
 * @param threads threads of the wasm backend
 * @param slowness from `machineSlowness`; 1 is the machine that the rates were measured on
 */
export function predict(
  instances: readonly InstanceSize[],
  profile: Profile,
  backend: RatedBackend,
  threads: number,
  slowness: number,
): Prediction {
  const layout = layoutOfSizes(instances);
  const cells = layout.blocks.reduce((sum, { columns, logSize }) => sum + columns * 2 ** logSize, 0);
  const fixed = layout.blocks
    .filter(({ tree }) => tree === 'preprocessed')
    .reduce((sum, { columns, logSize }) => sum + columns * 2 ** logSize, 0);
  const { fixedMs, msPerQuery, nsPerCell, nsPerValue, nsPerPoint, triesPerMs } = RATES[backend];
  const blowup = 2 ** profile.logBlowup;
  const parallel = backend === 'wasm' ? SERIAL_SHARE + (1 - SERIAL_SHARE) / threads : 1;
  const columnsMs = (cells * (nsPerCell + nsPerValue * blowup) + nsPerPoint * blowup * 2 ** layout.logSize) / 1e6;
  const threadsMs = backend === 'wasm' && threads > 1 ? THREADS_MS : 0;
  const workMs = medianTries(profile, layout.logSize) / triesPerMs / (backend === 'wasm' ? threads : 1);
  const columnBytes = columnBytesOf(layout, profile, backend);
  return {
    backend,
    threads: backend === 'wasm' ? threads : 1,
    proveMs: slowness * (fixedMs + msPerQuery * profile.queries + threadsMs + columnsMs * parallel + workMs),
    columnBytes,
    peakBytes:
      PROCESS_BYTES[backend] +
      (backend === 'wasm' ? THREAD_BYTES * (threads - 1) : 0) +
      columnBytes +
      FIXED_COPIES * WORD_BYTES * fixed +
      EXECUTIONS_KEPT * executionBytes(instances) +
      GARBAGE_BYTES_PER_CELL[backend] * cells,
  };
}

/** device memory of a proof on a GPU, the model's columns included; its time depends on a GPU that this machine may not have */
export const predictDevice = (instances: readonly InstanceSize[], profile: Profile): DevicePlan =>
  devicePlan(layoutOfSizes(instances).blocks, profile.logBlowup);

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/**
 * Refuses a proof that cannot fit before any work is done.
 * @param cells of the proof, for the message
 * @param availableBytes that this process may have in all
 * @throws backend ZK0620 with the estimate and about how many cells would fit
 */
export function requireMemory({ backend, columnBytes, peakBytes }: Prediction, cells: number, availableBytes: number): void {
  const refuse = (needed: number, limit: number, why: string, fix: string): ZkvmError =>
    new ZkvmError('backend', 'ZK0620', {
      what: `the proof does not fit into memory: ${cells} cells`,
      why: `${why}; about ${Math.floor((cells * limit) / needed / 1e5) / 10} million cells would fit`,
      fix,
    });
  const smaller = 'prove a smaller model or batch, take --profile proven or fast if it was chain';
  if (backend === 'wasm' && columnBytes > WASM_LIMIT_BYTES)
    throw refuse(
      columnBytes,
      WASM_LIMIT_BYTES,
      `its columns take about ${megabytes(columnBytes)}, a WASM memory holds ${megabytes(WASM_LIMIT_BYTES)}`,
      `${smaller}, or --backend js, which has no such limit`,
    );
  const columnRoom = Math.max(0, availableBytes - PROCESS_BYTES[backend]);
  if (peakBytes > availableBytes)
    throw refuse(
      peakBytes - PROCESS_BYTES[backend],
      columnRoom,
      `about ${megabytes(peakBytes)} are needed, ${megabytes(availableBytes)} are available`,
      `${smaller}, or use a machine with more memory`,
    );
}
