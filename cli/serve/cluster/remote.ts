// Other machines as the service's workers: a job becomes a proof in the shared queue, is watched there, and its proof is held against the record before
// it counts. Source: workers.ts, whose interface this is; README "On many machines". Caveat: accepted jobs stand in the data folder and Redis holds work
// in progress only: whatever it loses is asked for again, under the same id, so that a service that starts again finds what it had asked for.
import { ZkvmError } from '../../../fri/core/errors.ts';
import { readModelIn } from '../data-folder.ts';
import type { Log } from '../log.ts';
import type { PieceOf } from '../pieces.ts';
import type { Progress, Proved } from '../prover.ts';
import type { Taken } from '../queue.ts';
import { errorOf } from '../thread-errors.ts';
import type { Running, Workers } from '../workers.ts';
import {
  ATTEMPTS,
  type Blamed,
  type Broker,
  bodyOfText,
  ELSEWHERE_MS,
  NEW_STATE,
  orderOf,
  type ProofDone,
  type ProofJob,
  type ShardDone,
} from './broker.ts';
import { type EarlyChecks, earlyChecks } from './early-checks.ts';
import type { MakePiece } from './pool.ts';
import { getHashed, jobPrefix, modelName, putHashed, type Store } from './store.ts';

/** what the queue says of an end is heard at once; it is asked too, for some may be missed */
const POLL_MS = 1000;
/** tries to forget a job whose pieces may still run somewhere */
const FORGET = { tries: 40, pauseMs: 500 } as const;
/** wrong proofs of one job before it is given up */
const MOST_WRONG = 5;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface RemoteOptions {
  broker: Broker;
  store: Store;
  /** the data folder */
  root: string;
  /** proofs in the shared queue at a time */
  size: number;
  /** most cells of a shard */
  maxCells: number;
  /** checks proofs in a thread of this process */
  make: MakePiece;
  onIdle(): void;
  log: Log;
}

/** the hash of a part, in what a piece came out as */
function partIn(value: string | undefined): string | undefined {
  try {
    const { part } = JSON.parse(value ?? 'null') as ShardDone;
    return textOf(part) || undefined;
  } catch {
    return undefined;
  }
}

/** a shard's root and its part, and the steps of the proof itself, by what is done of each */
async function progressOf(job: ProofJob): Promise<Progress> {
  const { step, shards, roots, parts } = job.data.state;
  if (step === 'plan') return { phase: 'plan', fraction: 0 };
  const { unprocessed = 0 } = await job.getDependenciesCount({ unprocessed: true });
  const missing = (step === 'roots' ? roots : parts).filter((value) => value === null).length;
  const done = shards - Math.min(missing, unprocessed);
  return step === 'roots'
    ? { phase: `roots, ${done} of ${shards}`, fraction: 0.05 + (0.3 * done) / shards }
    : { phase: `parts, ${done} of ${shards}`, fraction: 0.35 + (0.6 * done) / shards };
}

const listOf = <T>(value: readonly T[] | undefined): T[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
/** what the worker that joined says, whatever it is: the proof is looked at, and the rest is its word */
function saidBy(job: ProofJob) {
  const { proof, parts, by, saturated, unsteady, blamed } = (job.returnvalue ?? {}) as Partial<ProofDone>;
  return {
    proof: textOf(proof),
    parts: listOf(parts).map(textOf),
    by: textOf(by),
    saturated: listOf(saturated),
    unsteady: listOf(unsteady),
    blamed: listOf<Partial<Blamed> | null>(blamed).map((one) => ({
      worker: textOf(one?.worker),
      piece: textOf(one?.wrong?.piece),
      ...(one?.wrong && 'shard' in one.wrong && { shard: one.wrong.shard }),
    })),
  };
}

export function remoteWorkers({ broker, store, root, size, maxCells, make, onIdle, log }: RemoteOptions): Workers {
  const { queue } = broker;
  let busy = 0;
  let closed = false;

  /** who wants to know what happens to a proof */
  const watchers = new Map<string, (part: string | undefined) => void>();
  const watching = broker.watch((id, value) => watchers.get(id.split('.')[0]!)?.(id.includes('.part.') ? partIn(value) : undefined));
  watching.catch((error: Error) => log.warn('the ends of pieces are not heard', { why: error.message }));

  const forgetting = new Map<string, Promise<void>>();
  const forgetNow = async (id: string): Promise<void> => {
    for (let tries = 1; !closed; tries++)
      try {
        const job = await queue.getJob(id);
        await job?.remove({ removeChildren: true });
        await Promise.all([broker.forget(id), store.removeAll(jobPrefix(id))]);
        return;
      } catch (error) {
        // a piece of it still runs somewhere
        if (tries >= FORGET.tries) return log.warn('something of a job stays in the queue', { job: id, why: (error as Error).message });
        await pause(FORGET.pauseMs);
      }
  };

  /** forgets what the queue and the store have of a job; one at a time, for a job that failed may be taken again at once */
  const forget = (id: string): Promise<void> => {
    const found = forgetting.get(id) ?? forgetNow(id).finally(() => forgetting.delete(id));
    forgetting.set(id, found);
    return found;
  };

  const ask = async (taken: Taken, state = NEW_STATE): Promise<void> => {
    const { id, model, profile, context, strict, priority = 'normal' } = taken;
    if (!(await store.has(modelName(model)))) await store.put(modelName(model), readModelIn(root, model));
    await forgetting.get(id); // or what is put here would go with what was there
    const input = await putHashed(store, jobPrefix(id), new TextEncoder().encode(taken.input));
    const data = { model, profile, context, strict, priority, input, maxCells, state };
    await queue.add('proof', data, { ...ATTEMPTS, jobId: id, priority: orderOf('proof', priority) });
  };

  /** why a proof failed, in the words of the piece that did */
  const reasonOf = async (job: ProofJob): Promise<ZkvmError> => {
    const own = bodyOfText(job.failedReason);
    if (own) return errorOf(own);
    const [, child] = /child \S*?:([^:\s]+) failed/.exec(job.failedReason) ?? [];
    const failed = child === undefined ? undefined : await queue.getJob(child);
    const body = failed && bodyOfText(failed.failedReason);
    if (body) return errorOf(body);
    return new ZkvmError('backend', 'ZK0924', {
      what: 'the machines that worked on this job are gone',
      why: failed?.failedReason ?? job.failedReason,
      fix: 'the job is tried again',
    });
  };

  /** looks at a proof, whole or in parts. @returns undefined where it is not in the store, or a part is not right by itself */
  const check = async (
    of: PieceOf,
    get: (hash: string) => Promise<Uint8Array | undefined>,
    early: EarlyChecks,
    said: ReturnType<typeof saidBy>,
  ) => {
    if (said.parts.length > 0) {
      const done = await early.whole(said.parts);
      return done?.kind === 'checked' && done.bytes ? { ...done, bytes: done.bytes } : undefined;
    }
    const bytes = await get(said.proof);
    const done = bytes && (await (await make({ ...of, kind: 'check', proof: bytes })).done);
    return bytes && done?.kind === 'checked' ? { ...done, bytes } : undefined;
  };

  /** @returns waits until something happened to a proof since it was asked last, or may have. @param seen told of parts as they are made */
  const happenings = (id: string, seen: (part: string) => void): (() => Promise<void>) => {
    let happened = false;
    let wake = (): void => {};
    watchers.set(id, (part) => {
      happened = true;
      if (part !== undefined) seen(part);
      wake();
    });
    return async () => {
      if (!happened)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, POLL_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      happened = false;
    };
  };

  /** asks, watches and checks until there is a proof. @param ended the reason to end, once there is one */
  const proved = async (taken: Taken, onProgress: (progress: Progress) => void, ended: () => ZkvmError | undefined): Promise<Proved> => {
    const started = performance.now();
    const { id, model, profile, context, input } = taken;
    const of = { model, profile, context, input };
    const get = (hash: string): Promise<Uint8Array | undefined> => getHashed(store, jobPrefix(id), hash);
    const early = earlyChecks(of, get, make);
    const something = happenings(id, (part) => void early.look(part).catch(() => {}));
    let state = NEW_STATE;
    let asked = false;
    let shown = '';
    /** whose work was not accepted: theirs, or that of somebody whose part they named */
    let doubted: string | undefined;
    let known = 0;
    for (let wrong = 0; ; ) {
      const reason = ended();
      if (reason) throw reason;
      // asked in this order: what a job came to stands in it before its state says so
      const is = await queue.getJobState(id);
      const job = (await queue.getJob(id)) as ProofJob | undefined;
      // one that failed before this process asked for it is tried again
      if (!job || (is === 'failed' && !asked)) {
        if (job) await forget(id);
        else if (asked) log.warn('the queue lost a job, which is asked for again', { job: id });
        await ask(taken, state);
        asked = true;
        continue;
      }
      asked = true;
      if (is === 'failed') throw await reasonOf(job);
      if (is !== 'completed') {
        const progress = await progressOf(job);
        if (progress.phase !== shown) onProgress(progress);
        shown = progress.phase;
        await something();
        continue;
      }
      const said = saidBy(job);
      const { by, saturated, unsteady, blamed } = said;
      for (const one of blamed.slice(known)) log.warn('a worker returned something wrong', { job: id, ...one });
      const checked = await check(of, get, early, said);
      if (checked) {
        if (doubted !== undefined && blamed.length === known)
          log.error('a worker returned something wrong', { job: id, worker: doubted, piece: 'proof' });
        const { bytes, cells, modelId, security, outputs } = checked;
        return {
          bytes: Uint8Array.from(bytes),
          result: {
            cells,
            modelId,
            security,
            proofBytes: bytes.length,
            saturated,
            unsteady,
            timings: { totalMs: performance.now() - started },
          },
          outputs,
        };
      }
      if (said.parts.length > 0 && doubted === undefined) {
        // one of them, or who named them: somebody makes out which
        log.warn('parts make no proof that is accepted: they are looked at one by one', { job: id });
        [doubted, known] = [by, blamed.length];
        state = { ...NEW_STATE, ...job.data.state, doubted: true };
        await job.remove({ removeChildren: true });
        await ask(taken, state);
        continue;
      }
      log.error('a worker returned something wrong', { job: id, worker: by, piece: 'proof' });
      [doubted, known] = [undefined, 0];
      wrong++;
      if (wrong >= MOST_WRONG)
        throw new ZkvmError('backend', 'ZK0928', {
          what: `${wrong} proofs of this job were wrong`,
          why: `the last one was made by ${by}`,
          fix: 'look at this machine: another release, faulty memory, or a lie',
        });
      await forget(id);
      state = { ...NEW_STATE, not: [...state.not, by], notUntil: Date.now() + ELSEWHERE_MS };
      asked = false;
    }
  };

  return {
    size,
    idle: () => (closed ? 0 : size - busy),
    busy: () => busy,
    prove(taken, onProgress): Running {
      busy++;
      let reason: ZkvmError | undefined;
      let end: (reason: ZkvmError) => void = () => {};
      // a queue that does not answer must not keep a service from its end
      const ended = new Promise<never>((_, reject) => {
        end = reject;
      });
      const work = proved(taken, onProgress, () => reason);
      const done = Promise.race([work, ended]).finally(() => {
        busy--;
        watchers.delete(taken.id);
        onIdle();
      });
      return {
        done,
        stop(why) {
          if (reason) return;
          reason = why;
          end(why);
          // a service that stops leaves its proofs to the machines and finds them when it starts again
          if (why.code !== 'ZK0920')
            void broker.cancel(taken.id).catch((error: Error) => log.warn('a job could not be cancelled', { why: error.message }));
        },
        settled() {
          // what is still being asked for would stay
          if (reason?.code !== 'ZK0920') void work.catch(() => {}).then(() => forget(taken.id));
        },
      };
    },
    async close() {
      closed = true;
      await broker.close();
    },
  };
}
