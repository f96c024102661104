// The workers of the service, seen from the main thread: who is idle, who has which model ready, a job with its limit of time, and a new thread
// for one that ended. Source: ours. Caveat: a thread that does not stop when it is told to is ended, with all that it had ready.
import type { Worker } from 'node:worker_threads';
import { ZkvmError } from '../../fri/core/errors.ts';
import type { Log } from './log.ts';
import type { Piece, PieceDone } from './pieces.ts';
import { type Progress, type Proved, type ProverOptions, warmKey } from './prover.ts';
import type { Taken } from './queue.ts';
import { errorOf } from './thread-errors.ts';
import { startThread } from './threads.ts';
import type { FromWorker, Task, WorkerData } from './worker.ts';

/** a thread that was told to stop and does not say anything for so long is ended */
const PATIENCE_MS = 5000;
/** before a thread that ended is started again; twice as long each time, until one is ready */
const PAUSE_MS = { least: 500, most: 30_000 } as const;
const MOST_ROOTED = 64;

/** A job or a piece in a worker. */
export interface Running<Done = Proved> {
  /** @throws what the job deserves, `stop`'s reason, or ZK0924 when the thread ended */
  done: Promise<Done>;
  /** it ends soon, with this reason */
  stop(reason: ZkvmError): void;
  /** what came of it is kept: what others hold of it may go */
  settled?(): void;
}

/** Who proves for the service: threads of this process, or other machines (cluster/remote.ts). */
export interface Workers {
  readonly size: number;
  /** number of those that wait for a job */
  idle(): number;
  busy(): number;
  /** Gives the job to an idle worker, to one that has its model ready if there is one; asked for only while `idle()` is not 0. */
  prove(job: Taken, onProgress: (progress: Progress) => void): Running;
  close(): Promise<void>;
}

/** Threads that make pieces too. */
export interface Threads extends Workers {
  /** as `prove` */
  make(piece: Piece): Running<PieceDone>;
}

interface Slot {
  worker: Worker;
  stop: Int32Array;
  state: 'starting' | 'idle' | 'busy';
  warm: ReadonlySet<string>;
  /** shards whose roots it made last: their columns may be there */
  rooted: Set<string>;
  /** what to tell about the job that it has */
  job?: { settle(message: FromWorker): void; lost(why: string): void } | undefined;
}

const lost = (why: string): ZkvmError =>
  new ZkvmError('backend', 'ZK0924', { what: 'the thread that works on this job is gone', why, fix: 'the job is tried again' });

const shardOf = (task: Task): string | undefined =>
  task.kind === 'piece' && 'shard' in task.piece ? `${task.piece.shard} ${task.piece.context} ${task.piece.input}` : undefined;

export interface WorkersOptions extends ProverOptions {
  /** most milliseconds of a job */
  jobMs: number;
  /** a worker became idle */
  onIdle(): void;
  log: Log;
}

export function startWorkers({ jobMs, onIdle, log, ...options }: WorkersOptions): Threads {
  let closed = false;
  const slots: Slot[] = [];
  let pauseMs: number = PAUSE_MS.least;

  const start = (at: number): void => {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const worker = startThread('worker', { options, stop } satisfies WorkerData);
    const slot: Slot = { worker, stop, state: 'starting', warm: new Set(), rooted: new Set() };
    slots[at] = slot;
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        log.info('worker ready', { worker: at, backend: message.why });
        slot.state = 'idle';
        pauseMs = PAUSE_MS.least;
        onIdle();
        return;
      }
      if (message.kind !== 'progress') slot.warm = new Set(message.warm);
      slot.job?.settle(message);
    });
    let why = '';
    worker.on('error', (error) => {
      why = error.message;
    });
    worker.on('exit', (code) => {
      slot.job?.lost(why || `it ended with code ${code}`);
      if (closed || slots[at] !== slot) return;
      log.error('worker ended', { worker: at, why: why || `code ${code}` });
      slot.state = 'starting';
      setTimeout(() => closed || start(at), pauseMs).unref();
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most);
    });
  };
  for (let at = 0; at < options.workers; at++) start(at);

  const give = (task: Task, onProgress: (progress: Progress) => void): Running<Proved | PieceDone> => {
    const idle = slots.filter(({ state }) => state === 'idle');
    const key = warmKey(task.kind === 'job' ? task.job : task.piece);
    const shard = shardOf(task);
    const slot = idle.find(({ rooted }) => shard !== undefined && rooted.has(shard)) ?? idle.find(({ warm }) => warm.has(key)) ?? idle[0];
    if (!slot) throw new Error('no worker is idle');
    if (shard !== undefined && task.kind === 'piece' && task.piece.kind === 'root')
      slot.rooted = new Set([...slot.rooted, shard].slice(-MOST_ROOTED));
    slot.state = 'busy';
    let reason: ZkvmError | undefined;
    let patience: NodeJS.Timeout | undefined;
    const stop = (why: ZkvmError): void => {
      if (reason || slot.state !== 'busy') return;
      reason = why;
      Atomics.store(slot.stop, 0, 1);
      patience = setTimeout(() => void slot.worker.terminate(), PATIENCE_MS);
    };
    const limit = setTimeout(
      () =>
        stop(new ZkvmError('usage', 'ZK0921', { what: `the job took longer than ${jobMs / 1000} s`, fix: 'use a smaller model or batch' })),
      jobMs,
    );
    const done = new Promise<Proved | PieceDone>((resolve, reject) => {
      const over = (): void => {
        clearTimeout(limit);
        clearTimeout(patience);
        slot.job = undefined;
      };
      slot.job = {
        settle(message) {
          if (message.kind === 'progress') return onProgress(message.progress);
          over();
          Atomics.store(slot.stop, 0, 0);
          slot.state = 'idle';
          if (message.kind === 'done') resolve(message.done);
          else if (message.kind === 'failed') {
            if (message.stack) log.error('a job failed', { stack: message.stack });
            reject(reason && message.error.code === 'ZK0922' ? reason : errorOf(message.error));
          }
          onIdle();
        },
        lost(why) {
          over();
          reject(reason ?? lost(why));
        },
      };
    });
    slot.worker.postMessage(task);
    return { done, stop };
  };

  return {
    size: options.workers,
    idle: () => slots.filter(({ state }) => state === 'idle').length,
    busy: () => slots.filter(({ state }) => state === 'busy').length,
    prove: ({ model, profile, context, strict, input }, onProgress) =>
      give({ kind: 'job', job: { model, profile, context, strict, input } }, onProgress) as Running,
    make: (piece) => give({ kind: 'piece', piece }, () => {}) as Running<PieceDone>,
    async close() {
      closed = true;
      await Promise.all(slots.map(({ worker }) => worker.terminate()));
    },
  };
}
