// The service without its HTTP: jobs go from the queue to idle workers, whoever watches a job is told, and at the end running jobs are finished or put
// back. Source: README "As a service". Caveat: what a job is at is known to this process alone; the queue knows states only.
import { usage, type ZkvmError } from '../../fri/core/errors.ts';
import { integersOf } from '../../vm/library/integers.ts';
import { tensorsOfJson } from '../../vm/library/json.ts';
import { type DataFolder, keepProof, openDataFolder } from './data-folder.ts';
import { openDatabase } from './database.ts';
import { serviceError } from './folder-errors.ts';
import type { Limits } from './limits.ts';
import type { Log } from './log.ts';
import { type Gauge, type Metrics, startMetrics } from './metrics.ts';
import { type Models, modelsOf, removeModel } from './models.ts';
import type { Progress } from './prover.ts';
import { JOB_STATES, type Job, type NewJob, type Queue, type Taken } from './queue.ts';
import type { Upload } from './read-upload.ts';
import { sqliteQueue } from './sqlite-queue.ts';
import { errorBody } from './status.ts';
import { cancelledError } from './thread-errors.ts';
import { startUploads } from './upload.ts';
import { type Running, startWorkers, type Workers } from './workers.ts';

const MEGABYTE = 1e6;
/** tries of a write to the database, and the pause before the next one */
const WRITE_TRIES = 5;
const WRITE_PAUSE_MS = 1000;

/** A job with what this process knows of it. */
export interface Watched {
  job: Job;
  progress: Progress | undefined;
}

export interface Service {
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly models: Models;
  readonly queue: Queue;
  readonly folder: DataFolder;
  /** Reads or compiles a model and keeps it. */
  upload(upload: Upload): Promise<{ id: string; isNew: boolean }>;
  /** Holds inputs against their model and accepts the jobs, all or none. */
  submit(
    jobs: readonly (Omit<NewJob, 'input'> & { input: unknown })[],
    request?: { key: string; hash: string },
  ): Promise<{ jobs: Job[]; known: boolean }>;
  /** @throws ZK0912 */
  watch(id: string): Promise<Watched>;
  /** what a running job is at */
  progress(id: string): Progress | undefined;
  /** resolves when something of the job changes, or the signal says that nobody waits any more */
  changed(id: string, signal: AbortSignal): Promise<void>;
  cancel(id: string): Promise<Watched>;
  gauges(): Promise<Gauge[]>;
  /** takes requests and jobs; why not otherwise */
  ready(): { ready: boolean; why: string };
  /** Takes nothing any more, finishes or puts back what runs, closes everything. */
  stop(): Promise<void>;
}

const notFound = (id: string): ZkvmError =>
  usage('ZK0912', { what: 'there is no such job', where: JSON.stringify(id.slice(0, 80)), fix: 'see GET /v1/jobs' });

/** What the service gives to whoever proves for it. */
export interface ForWorkers {
  /** the data folder */
  root: string;
  backend: string;
  limits: Limits;
  /** somebody has time */
  onIdle(): void;
  log: Log;
}

const localWorkers = ({ root, backend, limits, onIdle, log }: ForWorkers): Workers =>
  startWorkers({
    root,
    backend,
    threads: limits.threads,
    cacheBytes: limits.cache * MEGABYTE,
    workers: limits.workers,
    jobMs: limits['job-seconds'] * 1000,
    onIdle,
    log,
  });

/**
 * @param elsewhere starts what proves on other machines (cluster/remote.ts); threads of this process do if it is left out
 * @throws ZK0901, ZK0902, ZK0903
 */
export async function startService(
  root: string,
  backend: string,
  limits: Limits,
  log: Log,
  elsewhere?: (service: ForWorkers) => Workers,
): Promise<Service> {
  const folder = openDataFolder(root);
  const database = await openDatabase(folder.database).catch((error: unknown) => {
    folder.release();
    throw error;
  });
  const queue = sqliteQueue(database, limits['max-queue'], Date.now, !elsewhere);
  const models = modelsOf(database, folder, limits['max-models']);
  const metrics = startMetrics();
  const running = new Map<string, { taken: Taken; work: Running; progress: Progress | undefined }>();
  const watchers = new Map<string, Set<() => void>>();
  let stopping = false;

  const tell = (id: string): void => {
    for (const watcher of watchers.get(id) ?? []) watcher();
  };

  /** a disk that is full for a moment must not lose what was proved */
  const persist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++)
      try {
        return await work();
      } catch (error) {
        log.error('the data folder cannot be written', { why: (error as Error).message, tries });
        if (tries >= WRITE_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, WRITE_PAUSE_MS));
      }
  };

  const ended = (taken: Taken, state: string, fields: Readonly<Record<string, unknown>>): void => {
    metrics.count('zkvm_jobs_ended_total', 'Jobs that ended, by how.', { state });
    log.info('job ended', { job: taken.id, model: taken.model, state, ...fields });
  };

  const failed = async (taken: Taken, error: ZkvmError): Promise<void> => {
    const body = errorBody(error);
    if (stopping && error.code === 'ZK0920') await queue.release(taken);
    else if (error.code === 'ZK0924') {
      const giveUp = {
        ...body,
        what: 'the threads that worked on this job ended again and again',
        fix: 'submit it where there is more memory',
      };
      await persist(() => queue.release(taken, giveUp));
    } else if (await persist(() => queue.fail(taken, body))) ended(taken, 'failed', { code: error.code, what: error.what });
  };

  const work = async (taken: Taken): Promise<void> => {
    metrics.observe('zkvm_job_wait_seconds', 'Seconds from the acceptance of a job to its start.', (Date.now() - taken.created) / 1000);
    const own: Running = workers.prove(taken, (progress) => {
      const entry = running.get(taken.id);
      if (entry) entry.progress = progress;
      tell(taken.id);
    });
    running.set(taken.id, { taken, work: own, progress: undefined });
    tell(taken.id);
    try {
      const { bytes, result, outputs } = await own.done;
      // the worker has its next job meanwhile
      const proof = await persist(() => keepProof(folder, bytes));
      if (await persist(() => queue.finish(taken, { ...result, proof }, outputs))) {
        const seconds = result.timings.totalMs! / 1000;
        metrics.observe('zkvm_job_seconds', 'Seconds from the start of a job to its proof.', seconds);
        ended(taken, 'done', { seconds, cells: result.cells, proofBytes: result.proofBytes });
      }
    } catch (error) {
      await failed(taken, serviceError(error));
    } finally {
      running.delete(taken.id);
      tell(taken.id);
      own.settled?.();
    }
  };

  let pumping = false;
  /** gives jobs to idle workers while there are both */
  const pump = async (): Promise<void> => {
    if (pumping || stopping) return;
    pumping = true;
    try {
      while (!stopping && workers.idle() > 0) {
        const taken = await queue.take();
        if (!taken) break;
        work(taken).catch((error: unknown) => log.error('a job could not be kept', { job: taken.id, why: (error as Error).message }));
      }
    } catch (error) {
      log.error('the queue cannot be read', { why: (error as Error).message });
    } finally {
      pumping = false;
    }
  };

  const workers = (elsewhere ?? localWorkers)({ root, backend, limits, onIdle: () => void pump(), log });
  const uploads = startUploads({
    root,
    folder,
    ms: limits['compile-seconds'] * 1000,
    heapMegabytes: limits['compile-memory'],
    log,
  });
  if (elsewhere) void pump(); // nobody says that he has started
  if (queue.recovered > 0) log.info('jobs of a process that ended are back in the queue', { jobs: queue.recovered });

  const refuseWhileStopping = (): void => {
    if (stopping) throw usage('ZK0920', { what: 'the service stops', fix: 'send the request again when it runs' });
  };
  const watch = async (id: string): Promise<Watched> => {
    const job = await queue.get(id);
    if (!job) throw notFound(id);
    return { job, progress: running.get(id)?.progress };
  };

  return {
    limits,
    metrics,
    models,
    queue,
    folder,
    async upload(upload) {
      refuseWhileStopping();
      const about = await uploads.read(upload);
      try {
        const isNew = models.add(about);
        if (isNew) log.info('model added', { model: about.id, name: about.name, bytes: about.bytes });
        return { id: about.id, isNew };
      } catch (error) {
        if (!models.has(about.id)) removeModel(folder, about.id);
        throw error;
      }
    },
    async submit(jobs, request) {
      refuseWhileStopping();
      const checked = jobs.map(({ input, model, ...more }, i) => {
        const { inputs, metadata } = models.get(model);
        integersOf(tensorsOfJson(input, jobs.length > 1 ? `inputs[${i}]` : 'input'), inputs, 'input', metadata);
        return { ...more, model, input: JSON.stringify(input) };
      });
      const accepted = await queue.submit(checked, request);
      if (!accepted.known) {
        for (const { id, model } of accepted.jobs) log.info('job accepted', { job: id, model });
        void pump();
      }
      return accepted;
    },
    watch,
    progress: (id) => running.get(id)?.progress,
    changed: (id, signal) =>
      new Promise((resolve) => {
        const own = watchers.get(id) ?? new Set();
        watchers.set(id, own);
        const done = (): void => {
          own.delete(done);
          if (own.size === 0) watchers.delete(id);
          signal.removeEventListener('abort', done);
          resolve();
        };
        own.add(done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      }),
    async cancel(id) {
      await watch(id);
      const reason = cancelledError();
      if (await queue.cancel(id, errorBody(reason))) {
        const own = running.get(id);
        own?.work.stop(reason);
        metrics.count('zkvm_jobs_ended_total', 'Jobs that ended, by how.', { state: 'cancelled' });
        log.info('job ended', { job: id, state: 'cancelled' });
        tell(id);
      }
      return watch(id);
    },
    async gauges() {
      const counts = await queue.counts();
      const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
      return [
        {
          name: 'zkvm_jobs',
          help: 'Jobs that are kept, by state.',
          values: JOB_STATES.map((state) => [{ state }, counts[state]] as const),
        },
        { name: 'zkvm_queue_length', help: 'Jobs that wait for a worker.', values: [[{}, counts.queued]] },
        {
          name: 'zkvm_workers',
          help: 'Workers, by what they do.',
          values: [
            [{ state: 'busy' }, workers.busy()],
            [{ state: 'idle' }, workers.idle()],
          ],
        },
        { name: 'zkvm_models', help: 'Models that are kept.', values: [[{}, models.count()]] },
        { name: 'process_resident_memory_bytes', help: 'Resident memory, workers included.', values: [[{}, rss]] },
        {
          name: 'zkvm_memory_bytes',
          help: 'Memory of the main thread, by kind.',
          values: [
            [{ kind: 'heap' }, heapUsed],
            [{ kind: 'arrays' }, arrayBuffers],
          ],
        },
        { name: 'process_start_time_seconds', help: 'When the process started.', values: [[{}, Date.now() / 1000 - process.uptime()]] },
      ];
    },
    ready() {
      if (stopping) return { ready: false, why: 'the service stops' };
      const awake = workers.idle() + workers.busy();
      return awake > 0 ? { ready: true, why: `${awake} of ${workers.size} workers` } : { ready: false, why: 'no worker is ready yet' };
    },
    async stop() {
      stopping = true;
      const over = Date.now() + limits['grace-seconds'] * 1000;
      while (running.size > 0 && Date.now() < over) await new Promise((resolve) => setTimeout(resolve, 20));
      const reason = usage('ZK0920', { what: 'the service stops', fix: 'the job goes on when it runs again' });
      for (const { work: own } of running.values()) own.stop(reason);
      while (running.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await uploads.close();
      await workers.close();
      database.close();
      folder.release();
    },
  };
}
