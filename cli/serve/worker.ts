// The thread of a worker: starts a prover, then takes jobs from the main thread one at a time and says how they go. Source: Node's worker_threads.
// Caveat: that a job shall stop comes through shared memory, for a thread that computes reads no messages.
import { parentPort, workerData } from 'node:worker_threads';
import { logStack, serviceError } from './folder-errors.ts';
import type { Piece, PieceDone } from './pieces.ts';
import { type Progress, type Proved, type ProverOptions, startProver } from './prover.ts';
import type { NewJob } from './queue.ts';
import { type ErrorBody, errorBody } from './status.ts';

export interface WorkerData {
  options: ProverOptions;
  /** 1 while the job shall stop */
  stop: Int32Array;
}

/** a job of the service, or a piece of a proof that several machines make */
export type Task = { kind: 'job'; job: NewJob } | { kind: 'piece'; piece: Piece };

export type FromWorker =
  | { kind: 'ready'; why: string }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'done'; done: Proved | PieceDone; warm: string[] }
  | { kind: 'failed'; error: ErrorBody; stack: string | undefined; warm: string[] };

const port = parentPort;
if (port) {
  const { options, stop } = workerData as WorkerData;
  const say = (message: FromWorker): void => port.postMessage(message);
  const prover = await startProver(options);
  const stopped = (): boolean => Atomics.load(stop, 0) === 1;
  const work = (task: Task): Promise<Proved | PieceDone> =>
    task.kind === 'piece'
      ? prover.piece(task.piece, stopped)
      : prover.prove(task.job, (progress) => say({ kind: 'progress', progress }), stopped);
  port.on('message', (task: Task) => {
    work(task)
      .then((done) =>
        port.postMessage(
          { kind: 'done', done, warm: prover.warm() } satisfies FromWorker,
          'bytes' in done ? [done.bytes.buffer as ArrayBuffer] : [],
        ),
      )
      .catch((error: unknown) => {
        const typed = serviceError(error);
        say({ kind: 'failed', error: errorBody(typed), stack: logStack(typed), warm: prover.warm() });
      });
  });
  say({ kind: 'ready', why: prover.why });
}
