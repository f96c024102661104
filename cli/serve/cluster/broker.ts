// The queue that machines share: BullMQ on Redis or Valkey. Names, what a job in it says, and the connection. Source: BullMQ's documentation, "Flows"
// and "Process step jobs". Caveat: jobs are small, whatever the model: what is large stands in the store under its hash.
import type { Job, Queue, QueueEvents, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { usage, type ZkvmError } from '../../../fri/core/errors.ts';
import type { Saturated } from '../../../vm/executor/saturation.ts';
import type { Unsteady } from '../../../vm/library/unsteady.ts';
import type { Log } from '../log.ts';
import { loadBullmq, loadRedis } from '../packages.ts';
import type { PieceOf, Wrong } from '../pieces.ts';
import { PRIORITIES, type Priority } from '../queue.ts';
import { type ErrorBody, errorBody } from '../status.ts';
import { shownAddress } from './shown-address.ts';

export const QUEUE_NAME = 'pieces';
export const PREFIX = 'zkvm';
const CHANNELS = { cancel: `${PREFIX}:cancel`, soon: `${PREFIX}:soon` } as const;
/** what is remembered of a proof beside its job */
const REMEMBERED_SECONDS = 24 * 3600;
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
/** the smallest number goes first: a proof that was begun is finished before another one of its priority is begun */
const ORDER = { proof: 3, root: 2, look: 1, part: 1 } as const;
export const orderOf = (piece: keyof typeof ORDER, priority: Priority): number =>
  ORDER[piece] + 10 * (PRIORITIES.length - 1 - PRIORITIES.indexOf(priority));

/** What a proof is of; `input` is the hash of it in the store. */
export interface ProofTask extends PieceOf {
  strict: boolean;
  /** left out by an older service */
  priority?: Priority;
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
  /** null where a piece of its own looks, beside the parts */
  unsteady: Unsteady[] | null;
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
  /** the service did not accept what was made: whoever joins looks at each part */
  doubted: boolean;
  /** who shall not take the proof's next step, until when */
  not: string[];
  notUntil: number;
}

export interface ShardTask {
  /** id of the proof */
  proof: string;
  /** of a part: as many tasks as there are shards to make; who takes one takes whichever he has ready (`claim`) */
  shard: number;
  /** who shall not take it, until when */
  not: string[];
  notUntil: number;
}

/** what comes of a task; of a look only the last one */
export type ShardDone = { by: string; shard: number; root?: string; part?: string; wrong?: Wrong[]; unsteady?: Unsteady[] };
export interface ProofDone {
  by: string;
  /** hash in the store; undefined where the service joins the parts itself */
  proof?: string;
  /** hashes in the store */
  parts?: string[];
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
  doubted: false,
  not: [],
  notUntil: 0,
};

/** A task of one round of a proof. */
export interface Claim {
  proof: string;
  round: number;
  id: string;
}

export interface Broker {
  queue: Queue;
  /** starts a worker of the queue. @param name stands beside what it makes */
  worker(work: (job: Job, token: string) => Promise<unknown>, options: { name: string; concurrency: number; leaseMs: number }): Worker;
  /** says to all machines that nobody wants this proof any more */
  cancel(proof: string): Promise<void>;
  isCancelled(proof: string): Promise<boolean>;
  /** says to all machines that pieces of this proof will come. @param by who plans it */
  announce(proof: string, by: string): Promise<void>;
  listen(heard: { cancel(proof: string): void; soon(proof: string, by: string): void }): Promise<void>;
  /** tells which jobs ended, and what a piece came out as; some may be missed */
  watch(ended: (id: string, value: string | undefined) => void): Promise<void>;
  /** Takes a shard for a task, once and for all: the task may be tried again elsewhere. @returns whether it is this task's */
  claim(task: Claim, shard: number): Promise<boolean>;
  /** the shard that a task took */
  claimed(task: Claim): Promise<number | undefined>;
  /** forgets who took what: a proof that is asked for again may have other shards */
  forget(proof: string): Promise<void>;
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
  let events: QueueEvents | undefined;
  const cancelKey = (proof: string): string => `${PREFIX}:cancelled:${proof}`;
  const claimKey = (proof: string): string => `${PREFIX}:claims:${proof}`;
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
      await redis.set(cancelKey(proof), '1', 'EX', REMEMBERED_SECONDS);
      await redis.publish(CHANNELS.cancel, proof);
    },
    isCancelled: async (proof) => (await redis.exists(cancelKey(proof))) === 1,
    async announce(proof, by) {
      await redis.publish(CHANNELS.soon, `${proof} ${by}`);
    },
    async listen(heard) {
      const own = connect();
      connections.push(own);
      own.on('message', (channel: string, said: string) => {
        const [proof = '', ...by] = said.split(' ');
        if (channel === CHANNELS.cancel) heard.cancel(proof);
        else heard.soon(proof, by.join(' '));
      });
      await own.subscribe(...Object.values(CHANNELS));
    },
    async watch(ended) {
      const own = new bullmq.QueueEvents(QUEUE_NAME, { connection: redis, prefix: PREFIX }).on('error', onError);
      events = own;
      own.on('completed', ({ jobId, returnvalue }) => ended(jobId, returnvalue));
      own.on('failed', ({ jobId }) => ended(jobId, undefined));
      await own.waitUntilReady();
    },
    async claim(task, shard) {
      const [key, place] = [claimKey(task.proof), `${task.round}.${shard}`];
      const isFirst = (await redis.hsetnx(key, place, task.id)) === 1;
      if (isFirst) await redis.expire(key, REMEMBERED_SECONDS);
      return isFirst || (await redis.hget(key, place)) === task.id;
    },
    async claimed({ proof, round, id }) {
      const start = `${round}.`;
      const found = Object.entries(await redis.hgetall(claimKey(proof))).find(([place, by]) => by === id && place.startsWith(start));
      return found && Number(found[0].slice(start.length));
    },
    async forget(proof) {
      await redis.del(claimKey(proof));
    },
    async close() {
      await Promise.race([Promise.all([queue.close(), events?.close()]), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
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
