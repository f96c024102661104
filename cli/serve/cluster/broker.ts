// The queue that machines share: BullMQ on Redis or Valkey. Names, what a job in it says, and the connection. Source: BullMQ's documentation, "Flows"
// and "Process step jobs". Caveat: jobs are small, whatever the model: what is large stands in the store under its hash.
import type { Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { usage, ZkvmError } from '../../../fri/core/errors.ts';
import type { Saturated } from '../../../vm/executor/saturation.ts';
import type { Unsteady } from '../../../vm/library/unsteady.ts';
import type { Log } from '../log.ts';
import { loadBullmq, loadRedis } from '../packages.ts';
import type { PieceOf, Wrong } from '../pieces.ts';
import { type ErrorBody, errorBody } from '../status.ts';
import { shownAddress } from './shown-address.ts';

export const QUEUE_NAME = 'pieces';
export const PREFIX = 'zkvm';
const CANCEL_CHANNEL = `${PREFIX}:cancel`;
const CANCELLED_SECONDS = 24 * 3600;
const CONNECT_MS = 10_000;
const CLOSE_MS = 1000;
const RETRY_MS = { step: 100, most: 2000 } as const;
/** a queue that is away says so once in a while */
const QUIET_MS = 5000;

/** Tries of a piece where a machine is at fault; a worker that died is counted apart. */
export const ATTEMPTS = { attempts: 5, backoff: { type: 'fixed', delay: 1000 } } as const;
/** how often workers may die over a piece before the job is given up */
export const MOST_STALLED = 3;
/** a piece is kept from who made it wrong for so long: where nobody else is there, that one makes it again */
export const ELSEWHERE_MS = 20_000;
/** the smallest number goes first: a proof that was begun is finished before another one is begun */
export const PRIORITY = { proof: 3, root: 2, part: 1 } as const;

/** What a proof is of; `input` is the hash of it in the store. */
export interface ProofTask extends PieceOf {
  strict: boolean;
  /** most cells of a shard */
  maxCells: number;
  state: ProofState;
}

/** Somebody's work that the next one did not accept. */
export interface Blamed {
  worker: string;
  wrong: Wrong;
}

/** How far a proof is. */
export interface ProofState {
  step: 'plan' | 'roots' | 'parts';
  /** grows when something is made again, and stands in the ids of pieces */
  round: number;
  shards: number;
  /** shards by their size, the largest first: it takes longest */
  order: number[];
  saturated: Saturated[];
  unsteady: Unsteady[];
  /** null where they are still to be made */
  roots: (string | null)[];
  /** hash in the store */
  beginning: string | null;
  parts: (string | null)[];
  /** who made what, by its place */
  planBy: string;
  rootBy: string[];
  beginBy: string;
  partBy: string[];
  blamed: Blamed[];
  /** who shall not take the proof's next step, until when */
  not: string[];
  notUntil: number;
}

export interface ShardTask {
  /** id of the proof */
  proof: string;
  shard: number;
  /** who shall not take it, until when */
  not: string[];
  notUntil: number;
}

export type ShardDone = { by: string; root?: string; part?: string; wrong?: Wrong[] };
export interface ProofDone {
  by: string;
  /** hash in the store */
  proof: string;
  shards: number;
  saturated: Saturated[];
  unsteady: Unsteady[];
  blamed: Blamed[];
}

export type ProofJob = Job<ProofTask, ProofDone, string>;
export type ShardJob = Job<ShardTask, ShardDone, string>;

export const NEW_STATE: ProofState = {
  step: 'plan',
  round: 0,
  shards: 0,
  order: [],
  saturated: [],
  unsteady: [],
  roots: [],
  beginning: null,
  parts: [],
  planBy: '',
  rootBy: [],
  beginBy: '',
  partBy: [],
  blamed: [],
  not: [],
  notUntil: 0,
};

export interface Broker {
  queue: Queue;
  /** starts a worker of the queue. @param name stands beside what it makes */
  worker(work: (job: Job, token: string) => Promise<unknown>, options: { name: string; concurrency: number; leaseMs: number }): Worker;
  /** says to all machines that nobody wants this proof any more */
  cancel(proof: string): Promise<void>;
  isCancelled(proof: string): Promise<boolean>;
  onCancel(heard: (proof: string) => void): Promise<void>;
  close(): Promise<void>;
}

const unusable = (address: string, why: string, cause?: unknown): ZkvmError =>
  usage('ZK0907', {
    what: 'the queue cannot be used',
    where: shownAddress(address),
    why,
    fix: 'start Redis or Valkey there, or give its address: --queue redis://host:6379',
    cause,
  });

/** @throws ZK0907 for an address that is none, and where nobody answers; ZK0901 without the packages */
export async function openBroker(address: string, log: Log): Promise<Broker> {
  const [bullmq, { Redis }] = [await loadBullmq(), await loadRedis()];
  if (!/^rediss?:\/\/[^/]/.test(address)) throw unusable(address, 'it does not start with redis:// or rediss://');
  let told = 0;
  const onError = (error: Error): void => {
    if (Date.now() - told < QUIET_MS) return;
    told = Date.now();
    log.warn('the queue does not answer', { why: error.message || error.name });
  };
  const connect = (): Redis =>
    new Redis(address, {
      maxRetriesPerRequest: null,
      lazyConnect: true,
      retryStrategy: (tries: number) => Math.min(RETRY_MS.step * tries, RETRY_MS.most),
    }).on('error', onError);
  const first = (): Redis => {
    try {
      return connect();
    } catch (error) {
      throw unusable(address, (error as Error).message, error); // it parses addresses here
    }
  };
  const redis = first();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  });
  try {
    await Promise.race([redis.ping(), late]);
  } catch (error) {
    redis.disconnect();
    throw unusable(address, (error as Error).message, error);
  } finally {
    clearTimeout(timer);
  }
  const connections: Redis[] = [redis];
  const queue = new bullmq.Queue(QUEUE_NAME, { connection: redis, prefix: PREFIX }).on('error', onError);
  const cancelKey = (proof: string): string => `${PREFIX}:cancelled:${proof}`;
  return {
    queue,
    worker: (work, { leaseMs, ...options }) =>
      new bullmq.Worker(QUEUE_NAME, (job, token) => work(job, token!), {
        connection: redis,
        prefix: PREFIX,
        lockDuration: leaseMs,
        stalledInterval: leaseMs,
        maxStalledCount: MOST_STALLED,
        ...options,
      }).on('error', onError),
    async cancel(proof) {
      await redis.set(cancelKey(proof), '1', 'EX', CANCELLED_SECONDS);
      await redis.publish(CANCEL_CHANNEL, proof);
    },
    isCancelled: async (proof) => (await redis.exists(cancelKey(proof))) === 1,
    async onCancel(heard) {
      const own = connect();
      connections.push(own);
      own.on('message', (_channel: string, proof: string) => heard(proof));
      await own.subscribe(CANCEL_CHANNEL);
    },
    async close() {
      await Promise.race([queue.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** An error in the words of the queue, which keeps texts; whoever reads it makes it one again. */
export const textOfError = (error: ZkvmError): string => JSON.stringify(errorBody(error));
export function bodyOfText(text: string): ErrorBody | undefined {
  try {
    const body = JSON.parse(text) as ErrorBody;
    return typeof body.code === 'string' && typeof body.what === 'string' ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Whether another try, perhaps elsewhere, may do better: the machine is at fault, and not the model or the input. */
export const isWorthAnotherTry = ({ kind, code }: ZkvmError): boolean =>
  kind === 'backend' || kind === 'bug' || ['ZK0908', 'ZK0921', 'ZK0927'].includes(code);

export const cancelledError = (): ZkvmError => new ZkvmError('interrupted', 'ZK0922', { what: 'the job was cancelled' });
