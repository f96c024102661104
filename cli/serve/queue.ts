// The queue of jobs as the service sees it: jobs go in, a worker takes one, and exactly one worker's result is kept. The queue of one machine is
// sqlite-queue.ts; one for many machines has the same methods. Source: ours. Caveat: a job may be worked on twice (its process died), but it ends
// once: `finish`, `fail` and `release` count only from whoever took it last.
import type { ErrorBody } from './status.ts';

export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const hasEnded = (state: JobState): boolean => state !== 'queued' && state !== 'running';

/** which jobs go first; those of one kind in the order in which they came */
export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What somebody asks for. */
export interface NewJob {
  model: string;
  profile: string;
  /** hexadecimal */
  context: string;
  strict: boolean;
  /** normal if left out */
  priority?: Priority;
  /** the input as JSON, already held against the model */
  input: string;
}

/** What is known of a proof beside its bytes. */
export interface Result {
  /** SHA-256 of the proof file, its name in the data folder */
  proof: string;
  proofBytes: number;
  modelId: string;
  cells: number;
  security: unknown;
  saturated: unknown;
  unsteady: unknown;
  timings: Readonly<Record<string, number>>;
}

export interface Job extends Omit<NewJob, 'input'> {
  id: string;
  state: JobState;
  /** how often somebody took it */
  attempts: number;
  /** milliseconds since 1970 */
  created: number;
  started: number | undefined;
  ended: number | undefined;
  result: Result | undefined;
  error: ErrorBody | undefined;
}

/** A job that a worker took: `attempt` says that it is still this worker's. */
export interface Taken extends NewJob {
  id: string;
  attempt: number;
  created: number;
}

export interface Listing {
  state?: JobState | undefined;
  model?: string | undefined;
  /** id of a job: those accepted before it */
  before?: string | undefined;
  limit: number;
}

export interface Queue {
  /**
   * Accepts all of these or none; when it returns they are kept.
   * @param request a key of the caller's choice and a hash of what he asked: the same again gives the same jobs
   * @throws ZK0916 full, ZK0918 the key was used for something else, or a job of it was deleted
   */
  submit(jobs: readonly NewJob[], request?: { key: string; hash: string }): Promise<{ jobs: Job[]; known: boolean }>;
  /** of the jobs that wait and have the highest priority, the oldest is the caller's now */
  take(): Promise<Taken | undefined>;
  /** @param outputs JSON. @returns whether the job was still the caller's, and is done now */
  finish(taken: Taken, result: Result, outputs: string): Promise<boolean>;
  fail(taken: Taken, error: ErrorBody): Promise<boolean>;
  /** puts a job back to its place; `otherwise` says that who worked on it is gone, and a job that had that too often fails with it */
  release(taken: Taken, otherwise?: ErrorBody): Promise<boolean>;
  /** @returns whether it had not ended yet; who works on it is told by the caller */
  cancel(id: string, error: ErrorBody): Promise<boolean>;
  get(id: string): Promise<Job | undefined>;
  outputs(id: string): Promise<string | undefined>;
  /** the newest first */
  list(listing: Listing): Promise<Job[]>;
  counts(): Promise<Readonly<Record<JobState, number>>>;
  /** jobs of a model that have not ended */
  waiting(model: string): Promise<number>;
  /** forgets a job that has ended. @returns the hash of its proof if no other job has it too */
  remove(id: string): Promise<string | undefined>;
}
