// Predicts a proof's memory and time before it is made: what the backend takes for a layout, as it says itself (gpu/kind/), what execution and
// program take beside it, and how fast this machine hashes right now. Source: measurements. Caveat: a median of a warm process; proof of work
// is a lottery.
import { shapesOf } from '../../air/machine.ts';
import { compress, initialState, PURPOSE } from '../../fri/core/blake2s.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { type Layout, type LayoutBlock, layoutOf, type TreeName } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import type { HostEstimate, HostKind } from '../../gpu/kind/kind.ts';
import { instanceOf, MACHINE, TYPE } from '../chips/machine.ts';
import { CHIPS } from '../chips/table.ts';
import type { InstanceSize } from './cost.ts';

const WORD_BYTES = 4;

/** milliseconds that `HASHES` compressions took where the rates of the backends were measured */
const REFERENCE_MS = 10;
const HASHES = 40_000;

/** executions whose arrays wait for the collector, whichever backend proves: young garbage is collected every third proof or so */
const EXECUTIONS_KEPT = 4;
/** JavaScript copies of each column that the program fixes: the program's words, and the columns until they are collected */
const FIXED_COPIES = 2;

export interface Prediction extends Omit<HostEstimate, 'otherBytes'> {
  backend: string;
  threads: number;
  /** the model's own columns are committed */
  modelMs: number;
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

/** which columns a proof of these instances has */
export const layoutOfSizes = (instances: readonly InstanceSize[]): Layout =>
  layoutOf(
    shapesOf(
      MACHINE,
      instances.map(({ chip, logSize }) => instanceOf(TYPE[chip], logSize)),
    ),
  );

/** bytes of the arrays that an execution gives: cycles, stores, RAM, read counts */
const executionBytes = (instances: readonly InstanceSize[]): number =>
  WORD_BYTES * instances.reduce((words, { chip, logSize }) => words + CHIPS[chip].wordsKept * 2 ** logSize, 0);

/** Time and memory of a proof of these instances in one shard. */
export const predict = (instances: readonly InstanceSize[], ...rest: Rest): Prediction => predictShards([instances], ...rest);

type Rest = [profile: Profile, kind: HostKind, threads: number, slowness: number];

/**
 * Time and memory of a proof of these shards, one after the other: each but the last is committed to twice, and its model's columns too.
 * @param threads threads of a backend that takes a number of them
 * @param slowness from `calibrate` or `machineSlowness`; 1 is the machine that the rates were measured on
 */
export function predictShards(
  shards: readonly (readonly InstanceSize[])[],
  profile: Profile,
  kind: HostKind,
  threads: number,
  slowness: number,
): Prediction {
  const taken = kind.threaded ? threads : 1;
  const isSeveral = shards.length > 1;
  const each = shards.map((instances, shard) => {
    const layout = layoutOfSizes(instances);
    const of = (tree: TreeName): LayoutBlock[] => layout.blocks.filter((block) => block.tree === tree);
    const commitMs = (blocks: LayoutBlock[]): number =>
      blocks.reduce((sum, { columns, logSize }) => sum + kind.commitMs(columns, logSize, profile.logBlowup, taken), 0);
    const modelMs = commitMs(of('preprocessed'));
    const estimate = kind.estimate(layout, profile, taken);
    const againMs = isSeveral ? modelMs + (shard < shards.length - 1 ? commitMs(of('base')) : 0) : 0;
    return {
      ...estimate,
      proveMs: estimate.proveMs + againMs,
      modelMs,
      fixedCells: of('preprocessed').reduce((sum, { columns, logSize }) => sum + columns * 2 ** logSize, 0),
    };
  });
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
  const { firstMs, processBytes, otherBytes, limit } = each[0]!;
  const columnBytes = Math.max(...each.map((shard) => shard.columnBytes));
  const fixedCells = each.map((shard) => shard.fixedCells);
  // a run of several shards is one that nothing else is done beside: one execution, and the columns of one shard's pages
  const copiesBytes = isSeveral
    ? WORD_BYTES * (sum(fixedCells) + FIXED_COPIES * Math.max(...fixedCells)) + executionBytes(shards.flat())
    : FIXED_COPIES * WORD_BYTES * fixedCells[0]! + EXECUTIONS_KEPT * executionBytes(shards.flat());
  return {
    backend: kind.name,
    threads: taken,
    proveMs: slowness * sum(each.map((shard) => shard.proveMs)),
    firstMs: slowness * firstMs,
    modelMs: slowness * sum(each.map((shard) => shard.modelMs)),
    columnBytes,
    processBytes,
    peakBytes: processBytes + otherBytes + columnBytes + copiesBytes,
    ...(limit && { limit }),
  };
}

/** Whether a proof fits into the memory that this process may have in all. */
export const fitsMemory = ({ columnBytes, peakBytes, limit }: Prediction, availableBytes: number): boolean =>
  peakBytes <= availableBytes && (limit === undefined || columnBytes <= limit.bytes);

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/**
 * Refuses a proof that cannot fit before any work is done.
 * @param cells of the proof, for the message
 * @param availableBytes that this process may have in all
 * @throws backend ZK0620 with the estimate and about how many cells would fit
 */
export function requireMemory(prediction: Prediction, cells: number, availableBytes: number): void {
  const { columnBytes, peakBytes, processBytes, limit } = prediction;
  if (fitsMemory(prediction, availableBytes)) return;
  const refuse = (needed: number, room: number, why: string, fix: string): ZkvmError =>
    new ZkvmError('backend', 'ZK0620', {
      what: `the proof does not fit into memory: ${cells} cells`,
      why: `${why}; about ${Math.floor((cells * room) / needed / 1e5) / 10} million cells would fit`,
      fix,
    });
  const smaller = 'prove a smaller model or batch, take --profile proven or fast if it was chain';
  if (limit && columnBytes > limit.bytes)
    throw refuse(
      columnBytes,
      limit.bytes,
      `its columns take about ${megabytes(columnBytes)}, ${limit.holder} holds ${megabytes(limit.bytes)}`,
      `${smaller}, or --backend js, which has no such limit`,
    );
  throw refuse(
    peakBytes - processBytes,
    Math.max(0, availableBytes - processBytes),
    `about ${megabytes(peakBytes)} are needed, ${megabytes(availableBytes)} are available`,
    `${smaller}, or use a machine with more memory`,
  );
}
