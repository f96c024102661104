// The thread of a worker: starts a prover, then takes jobs from the main thread one at a time and says how they go. Source: Node's worker_threads.
// Caveat: that a job shall stop comes through shared memory, for a thread that computes reads no messages.
import { parentPort, workerData } from 'node:worker_threads';
import { logStack, serviceError } from './folder-errors.ts';
import { type Progress, type Proved, type ProverOptions, startProver } from './prover.ts';
import type { NewJob } from './queue.ts';
import { type ErrorBody, errorBody } from './status.ts';

export interface WorkerData {
  options: ProverOptions;
  /** 1 while the job shall stop */
  stop: Int32Array;
}

export type FromWorker =
  | { kind: 'ready'; why: string }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'proved'; proved: Proved; warm: string[] }
  | { kind: 'failed'; error: ErrorBody; stack: string | undefined; warm: string[] };

const port = parentPort;
if (port) {
  const { options, stop } = workerData as WorkerData;
  const say = (message: FromWorker): void => port.postMessage(message);
  const prover = await startProver(options);
  port.on('message', (job: NewJob) => {
    prover
      .prove(
        job,
        (progress) => say({ kind: 'progress', progress }),
        () => Atomics.load(stop, 0) === 1,
      )
      .then((proved) =>
        port.postMessage({ kind: 'proved', proved, warm: prover.warm() } satisfies FromWorker, [proved.bytes.buffer as ArrayBuffer]),
      )
      .catch((error: unknown) => {
        const typed = serviceError(error);
        say({ kind: 'failed', error: errorBody(typed), stack: logStack(typed), warm: prover.warm() });
      });
  });
  say({ kind: 'ready', why: prover.why });
}
