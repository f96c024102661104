// A machine that makes pieces of proofs: takes jobs of the shared queue, gets what they need from the store, lets a thread work, and puts the result
// back. Source: DESIGN §7; BullMQ's worker, which renews a job's lock in this thread while another one computes. Caveat: a machine that says nothing
// for the length of a lock loses its piece to another one; what it returns afterwards is refused by the queue.
import fs from 'node:fs';
import path from 'node:path';
import type { Job } from 'bullmq';
import { usage, type ZkvmError } from '../../../fri/core/errors.ts';
import { keepFile, modelFileIn } from '../data-folder.ts';
import { logStack, serviceError } from '../folder-errors.ts';
import type { Log } from '../log.ts';
import { loadBullmq } from '../packages.ts';
import type { Piece, PieceDone, PieceOf } from '../pieces.ts';
import { cancelledError } from '../thread-errors.ts';
import type { Running } from '../workers.ts';
import {
  type Broker,
  isWorthAnotherTry,
  type ProofJob,
  type ProofState,
  type ProofTask,
  type ShardDone,
  type ShardJob,
  textOfError,
} from './broker.ts';
import { unexpected, workProof } from './proof-job.ts';
import { getHashed, jobPrefix, modelName, putHashed, type Store } from './store.ts';

/** a job that shall be done elsewhere comes back so soon */
const LATER_MS = 250;

export interface PieceWorkerOptions {
  broker: Broker;
  store: Store;
  /** folder of the models that were fetched, which the threads read */
  root: string;
  name: string;
  /** pieces at a time */
  concurrency: number;
  leaseMs: number;
  /** a thread makes it */
  make(piece: Piece): Promise<Running<PieceDone>>;
  log: Log;
}

export interface PieceWorker {
  /** takes no more jobs, waits so long for those that run, and gives the rest back */
  close(graceMs: number): Promise<void>;
}

/** the shards whose roots a worker made, of so many proofs: their columns may still be in memory */
const ROOTED_PROOFS = 16;

const lacking = (what: string): ZkvmError =>
  usage('ZK0908', { what: `the store has no ${what}`, fix: 'give every machine the same --store' });

export async function startPieceWorker({ broker, store, root, name, make, log, ...options }: PieceWorkerOptions): Promise<PieceWorker> {
  const { DelayedError, WaitingChildrenError, UnrecoverableError } = await loadBullmq();
  fs.mkdirSync(path.join(root, 'models'), { recursive: true, mode: 0o700 });
  const running = new Map<string, Set<Running<PieceDone>>>();
  const rooted = new Map<string, Set<number>>();
  /** models whose last proof was of several shards */
  const large = new Set<string>();
  const fetching = new Map<string, Promise<void>>();

  const fetchModel = async (model: string): Promise<void> => {
    const name = modelName(model);
    const file = modelFileIn(root, model);
    if (fs.existsSync(file)) return;
    const bytes = await getHashed(store, 'models/', model);
    if (!bytes) throw lacking(`model ${name}`);
    keepFile(file, bytes);
  };
  const haveModel = (model: string): Promise<void> => {
    const found = fetching.get(model) ?? fetchModel(model).finally(() => fetching.delete(model));
    fetching.set(model, found);
    return found;
  };

  const pieceOf = async (proof: string, { model, profile, context, input }: ProofTask): Promise<PieceOf> => {
    const [bytes] = await Promise.all([getHashed(store, jobPrefix(proof), input), haveModel(model)]);
    if (!bytes) throw lacking('input of this job');
    return { model, profile, context, input: new TextDecoder().decode(bytes) };
  };

  const making = async (proof: string, piece: Piece): Promise<PieceDone> => {
    const own = await make(piece);
    const said = { job: proof, piece: piece.kind, ...('shard' in piece && { shard: piece.shard }) };
    const started = performance.now();
    const before = process.cpuUsage();
    log.info('piece begun', said);
    const all = running.get(proof) ?? new Set();
    running.set(proof, all.add(own));
    try {
      // asked after it is among those that are told
      if (await broker.isCancelled(proof)) own.stop(cancelledError());
      const done = await own.done;
      const { user, system } = process.cpuUsage(before); // of all threads: of this piece where there is one at a time
      log.info('piece done', { ...said, ms: Math.round(performance.now() - started), cpuMs: Math.round((user + system) / 1000) });
      return done;
    } finally {
      all.delete(own);
      if (all.size === 0) running.delete(proof);
    }
  };

  const later = async (job: Job, token: string): Promise<never> => {
    await job.moveToDelayed(Date.now() + LATER_MS, token);
    throw new DelayedError();
  };

  const proofStep = async (job: ProofJob, token: string, own: Store) => {
    const { not, notUntil, step } = job.data.state;
    if (not.includes(name) && Date.now() < notUntil) return later(job, token);
    if (step === 'plan' && large.has(job.data.model)) await broker.announce(job.id!, name);
    return workProof(job, await pieceOf(job.id!, job.data), {
      name,
      store: own,
      log,
      async make(piece) {
        const done = await making(job.id!, piece);
        if (done.kind === 'planned') large.add(piece.model);
        return done;
      },
      add: (pieces) => broker.queue.addBulk([...pieces]),
      waits: (waiting) => waiting.moveToWaitingChildren(token),
      later: (waiting) => later(waiting, token),
      letGo() {
        throw new WaitingChildrenError();
      },
    });
  };

  /**
   * The shard that a task is to make the part of: one whose columns are here from its root, or else the largest that nobody took.
   * @returns undefined where somebody else should make what is left
   */
  const partOf = async ({ id, data }: ShardJob, { blamed, order, parts, round }: ProofState): Promise<number | undefined> => {
    const { proof, notUntil } = data;
    const barred =
      Date.now() < notUntil ? blamed.flatMap(({ worker, wrong }) => (worker === name && 'shard' in wrong ? [wrong.shard] : [])) : [];
    const task = { proof, round, id: id! };
    const open = order.filter((shard) => parts[shard] === null);
    const before = await broker.claimed(task);
    // one that is not open was taken when this proof was asked for before, with other shards
    if (before !== undefined && open.includes(before)) return barred.includes(before) ? undefined : before;
    const here = rooted.get(proof);
    for (const shard of [...open.filter((one) => here?.has(one)), ...open.filter((one) => !here?.has(one))])
      if (!barred.includes(shard) && (await broker.claim(task, shard))) return shard;
    return open.some((shard) => barred.includes(shard)) ? undefined : data.shard;
  };

  const shardPiece = async (job: ShardJob, token: string, own: Store): Promise<ShardDone> => {
    const { proof, not, notUntil } = job.data;
    if (job.name === 'root' && not.includes(name) && Date.now() < notUntil) return later(job, token);
    const whole = (await broker.queue.getJob(proof)) as ProofJob | undefined;
    if (!whole) throw cancelledError();
    const { maxCells, state } = whole.data;
    const { shards, roots, beginning } = state;
    const shard = job.name === 'part' ? await partOf(job, state) : job.data.shard;
    if (shard === undefined) return later(job, token);
    const run = { ...(await pieceOf(proof, whole.data)), maxCells };
    const of = { ...run, shards, shard };
    const said = { by: name, shard };
    let done: PieceDone;
    if (job.name === 'look') done = await making(proof, { ...run, kind: 'look' });
    else if (job.name === 'root') done = await making(proof, { ...of, kind: 'root' });
    else {
      const bytes = (await getHashed(store, jobPrefix(proof), beginning!)) ?? new Uint8Array();
      done = await making(proof, { ...of, kind: 'part', roots: roots as string[], beginning: bytes });
    }
    if (done.kind === 'root') {
      rooted.set(proof, (rooted.get(proof) ?? new Set()).add(shard));
      for (const old of [...rooted.keys()].slice(0, -ROOTED_PROOFS)) rooted.delete(old);
      return { ...said, root: done.root };
    }
    if (done.kind === 'part') return { ...said, part: await putHashed(own, jobPrefix(proof), done.bytes) };
    if (done.kind === 'looked') return { ...said, unsteady: done.unsteady };
    if (done.kind === 'wrong') return { ...said, wrong: done.wrong };
    throw unexpected(done);
  };

  /** somebody plans: who has nothing to do runs the model meanwhile, so that a shard of it is begun at once */
  const getReady = async (proof: string, by: string): Promise<void> => {
    if (by === name) return;
    const idle = options.concurrency - [...running.values()].reduce((sum, all) => sum + all.size, 0);
    const whole = idle > 0 ? ((await broker.queue.getJob(proof)) as ProofJob | undefined) : undefined;
    if (whole?.data.state.step !== 'plan') return;
    const piece: Piece = { ...(await pieceOf(proof, whole.data)), kind: 'ready', maxCells: whole.data.maxCells };
    await Promise.all(Array.from({ length: idle }, () => making(proof, piece)));
  };

  const isControl = (error: unknown): boolean => error instanceof DelayedError || error instanceof WaitingChildrenError;

  /**
   * A piece that was made twice may be put after its proof has ended and was forgotten: whoever puts last takes it away. And nothing else: a service
   * whose queue lost the proof may be asking for it again, and its input stands beside the piece.
   */
  const sweep = async (proof: string, put: ReadonlySet<string>): Promise<void> => {
    try {
      if (put.size > 0 && !(await broker.queue.getJob(proof))) await Promise.all([...put].map((one) => store.remove(one)));
    } catch (error) {
      log.warn('something of a job may stay in the store', { job: proof, why: (error as Error).message });
    }
  };

  const work = async (job: Job, token: string): Promise<unknown> => {
    const proof = job.name === 'proof' ? job.id! : (job as ShardJob).data.proof;
    const put = new Set<string>();
    const own: Store = {
      ...store,
      put(name, bytes) {
        put.add(name);
        return store.put(name, bytes);
      },
    };
    try {
      if (await broker.isCancelled(proof)) throw cancelledError();
      const done = await (job.name === 'proof' ? proofStep(job as ProofJob, token, own) : shardPiece(job as ShardJob, token, own));
      return done;
    } catch (error) {
      if (isControl(error)) throw error;
      const typed = serviceError(error);
      // given back, and no try of it is lost
      if (typed.code === 'ZK0920') return later(job, token);
      const again = isWorthAnotherTry(typed);
      log.warn('piece failed', { job: job.id, piece: job.name, code: typed.code, what: typed.what, why: typed.why, again });
      const stack = logStack(typed);
      if (stack) log.error('a piece failed', { stack });
      throw new (again ? Error : UnrecoverableError)(textOfError(typed));
    } finally {
      await sweep(proof, put);
    }
  };

  const worker = broker.worker(work, { name, ...options });
  worker.on('stalled', (id) => log.warn('a piece was lost: its worker says nothing any more', { job: id }));
  await broker.listen({
    cancel(proof) {
      for (const own of running.get(proof) ?? []) own.stop(cancelledError());
    },
    // whatever is wrong shows when a piece comes
    soon: (proof, by) => void getReady(proof, by).catch((error: Error) => log.info('not ready', { why: error.message })),
  });
  return {
    async close(graceMs) {
      const over = setTimeout(() => {
        const reason = usage('ZK0920', { what: 'this machine stops', fix: 'another one takes the piece' });
        for (const all of running.values()) for (const own of all) own.stop(reason);
      }, graceMs);
      await worker.close();
      clearTimeout(over);
    },
  };
}
