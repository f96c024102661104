// A proof as a job of the shared queue that goes step by step, on whichever machine has time: it plans, waits for the roots of all shards, begins, waits
// for their parts, names them. What a step finds wrong is made again, elsewhere, and whose it was is written down. Source: BullMQ, "Waiting for
// children". Caveat: each step may run twice, when its machine dies at the end of it, so whatever it does can be done twice.
import { ZkvmError } from '../../../fri/core/errors.ts';
import type { Log } from '../log.ts';
import type { Piece, PieceDone, PieceOf, ToldOfRun, Wrong } from '../pieces.ts';
import {
  ATTEMPTS,
  type Blamed,
  ELSEWHERE_MS,
  orderOf,
  type ProofDone,
  type ProofJob,
  type ProofState,
  type ShardDone,
  type ShardTask,
} from './broker.ts';
import { getHashed, jobPrefix, putHashed, type Store } from './store.ts';

/** wrong pieces of one proof before it is given up */
const MOST_WRONG = 12;

/** What a step needs of the machine that it runs on. */
export interface Hands {
  /** the machine's name, which stands beside what it makes */
  name: string;
  store: Store;
  log: Log;
  make(piece: Piece): Promise<PieceDone>;
  /** adds pieces; those that are there already stay as they are */
  add(pieces: readonly { name: string; data: ShardTask; opts: object }[]): Promise<unknown>;
  /** @returns whether the job must wait for pieces; it is let go then */
  waits(job: ProofJob): Promise<boolean>;
  /** ends this run of the step: the job comes back later */
  later(job: ProofJob): Promise<never>;
  /** ends this run of the step: the job comes back when its pieces are there */
  letGo(): never;
}

/** what a thread made is not what it was asked for */
export const unexpected = (done: PieceDone): ZkvmError =>
  new ZkvmError('bug', 'ZK0001', { what: `a piece came out as "${done.kind}"`, fix: 'please report this together with the log' });

const lookOf = (proof: string): string => `${proof}.look`;
const idOf = (proof: string, kind: 'root' | 'part', { round }: ProofState, shard: number): string => `${proof}.${kind}.${round}.${shard}`;

/** @param of with the input itself, not its hash */
export async function workProof(job: ProofJob, of: PieceOf, hands: Hands): Promise<ProofDone> {
  const { name, store, log } = hands;
  const proof = job.id!;
  const prefix = jobPrefix(proof);
  const { maxCells, strict } = job.data;
  let state = job.data.state;

  const keep = async (change: Partial<ProofState>): Promise<void> => {
    state = { ...state, ...change };
    await job.updateData({ ...job.data, state });
  };

  const blame = (wrong: Wrong, worker: string): Blamed => {
    log.error('a worker returned something wrong', {
      job: proof,
      worker,
      piece: wrong.piece,
      ...('shard' in wrong && { shard: wrong.shard }),
    });
    return { worker, wrong };
  };

  const makerOf = (wrong: Wrong): string =>
    wrong.piece === 'plan'
      ? state.planBy
      : wrong.piece === 'begin'
        ? state.beginBy
        : (wrong.piece === 'root' ? state.rootBy : state.partBy)[wrong.shard]!;

  /** what is wrong is made again, and all that rests on it */
  const undo = async (found: readonly Wrong[]): Promise<void> => {
    const blamed = [...state.blamed, ...found.map((wrong) => blame(wrong, makerOf(wrong)))];
    if (blamed.length > MOST_WRONG)
      throw new ZkvmError('backend', 'ZK0928', {
        what: `${blamed.length} pieces of this proof were wrong`,
        why: `made by ${[...new Set(blamed.map(({ worker }) => worker))].join(', ')}`,
        fix: 'look at these machines: another release, faulty memory, or a lie',
      });
    const round = state.round + 1;
    // who contradicts himself leaves the next step to somebody else
    const isOwn = found.some((wrong) => (wrong.piece === 'plan' || wrong.piece === 'begin') && makerOf(wrong) === name);
    state = { ...state, not: isOwn ? [name] : [], notUntil: isOwn ? Date.now() + ELSEWHERE_MS : 0 };
    if (found.some(({ piece }) => piece === 'plan')) return keep({ step: 'plan', round, blamed });
    const roots = [...state.roots];
    const parts = [...state.parts];
    const rootBy = [...state.rootBy];
    for (const wrong of found)
      if (wrong.piece === 'part') parts[wrong.shard] = null;
      else if (wrong.piece === 'root') [roots[wrong.shard], rootBy[wrong.shard]] = [wrong.root, name];
    if (found.every(({ piece }) => piece === 'part')) return keep({ round, blamed, parts });
    return keep({ step: 'roots', round, blamed, roots, rootBy, beginning: null, parts: parts.map(() => null) });
  };

  /** the pieces of this kind that are still missing, made by others; lets the job go until they are there */
  const pieces = async (kind: 'root' | 'part', have: readonly (string | null)[]): Promise<Map<number, ShardDone>> => {
    const missing = state.order.filter((shard) => have[shard] === null);
    if (missing.length === 0) return new Map();
    const child = (name: 'root' | 'part' | 'look', jobId: string, shard: number, not: string[]) => ({
      name,
      data: { proof, shard, not, notUntil: Date.now() + ELSEWHERE_MS },
      opts: {
        ...ATTEMPTS,
        jobId,
        priority: orderOf(name, job.data.priority ?? 'normal'),
        parent: { id: proof, queue: job.queueQualifiedName },
        failParentOnFailure: true,
      },
    });
    const tasks = missing.map((shard) => {
      const not = state.blamed.flatMap(({ worker, wrong }) => ('shard' in wrong && wrong.shard === shard ? [worker] : []));
      return child(kind, idOf(proof, kind, state, shard), shard, not);
    });
    const looks = kind === 'part' && state.unsteady === null ? [child('look', lookOf(proof), 0, [])] : [];
    // one task may be longer than any other
    await hands.add([...looks, ...tasks]);
    if (await hands.waits(job)) hands.letGo();
    const values = Object.entries(await job.getChildrenValues<ShardDone>());
    if (looks.length > 0) state = { ...state, unsteady: values.find(([key]) => key.endsWith(`:${lookOf(proof)}`))?.[1].unsteady ?? [] };
    const ids = missing.map((shard) => `:${idOf(proof, kind, state, shard)}`);
    const made = values.flatMap(([key, value]) => (value && ids.some((id) => key.endsWith(id)) ? [value] : []));
    return new Map(missing.map((shard) => [shard, made.find((one) => one.shard === shard) ?? { by: 'nobody', shard }]));
  };

  const plan = async (): Promise<ProofDone | undefined> => {
    const done = await hands.make({ ...of, kind: 'plan', maxCells, strict });
    if (done.kind === 'proof')
      return finished(await put(done.bytes), 1, { saturated: done.saturated ?? [], unsteady: done.unsteady ?? [] });
    if (done.kind !== 'planned') throw unexpected(done);
    const { cells, saturated, unsteady = null } = done;
    const shards = cells.length;
    const order = [...cells.keys()].sort((a, b) => cells[b]! - cells[a]!);
    const none = Array.from({ length: shards }, () => null);
    const nobody = none.map(() => '');
    await keep({
      step: 'roots',
      shards,
      order,
      saturated,
      unsteady,
      planBy: name,
      roots: none,
      rootBy: nobody,
      parts: none,
      partBy: nobody,
    });
    return undefined;
  };

  const begin = async (): Promise<void> => {
    const [roots, rootBy] = [[...state.roots], [...state.rootBy]];
    for (const [shard, { root, by }] of await pieces('root', roots)) [roots[shard], rootBy[shard]] = [root ?? '', by];
    state = { ...state, rootBy };
    const done = await hands.make({ ...of, kind: 'begin', maxCells, shards: state.shards, roots: roots as string[] });
    if (done.kind === 'wrong') {
      state = { ...state, roots };
      return undo(done.wrong);
    }
    if (done.kind !== 'beginning') throw unexpected(done);
    await keep({ step: 'parts', roots, rootBy, beginning: await putHashed(store, prefix, done.bytes), beginBy: name });
  };

  const join = async (): Promise<ProofDone | undefined> => {
    const [parts, partBy] = [[...state.parts], [...state.partBy]];
    const claims: number[] = [];
    for (const [shard, { part, by }] of await pieces('part', parts)) {
      [parts[shard], partBy[shard]] = [part ?? '', by];
      if (part === undefined) claims.push(shard);
    }
    state = { ...state, partBy };
    // the service looks at all of it, before it counts: whose fault something is shall be known only where it does not accept that
    if (claims.length === 0 && !state.doubted) {
      await keep({ parts });
      return finished({ parts: parts as string[] }, state.shards, state);
    }
    // nobody is the judge of his own root
    if (claims.some((shard) => state.rootBy[shard] === name) && state.notUntil === 0) {
      await keep({ not: [name], notUntil: Date.now() + ELSEWHERE_MS });
      return hands.later(job);
    }
    const beginning = await getHashed(store, prefix, state.beginning!);
    const bytes = await Promise.all(
      parts.map(async (hash, shard) =>
        claims.includes(shard) ? undefined : ((await getHashed(store, prefix, hash!)) ?? new Uint8Array()),
      ),
    );
    const done = await hands.make({
      ...of,
      kind: 'join',
      maxCells,
      shards: state.shards,
      roots: state.roots as string[],
      beginning: beginning ?? new Uint8Array(),
      parts: bytes,
    });
    if (done.kind === 'proof') return finished(await put(done.bytes), state.shards, state);
    if (done.kind !== 'wrong') throw unexpected(done);
    state = { ...state, parts };
    await undo(done.wrong);
    return undefined;
  };

  const put = async (bytes: Uint8Array) => ({ proof: await putHashed(store, prefix, bytes) });
  const finished = (
    made: Pick<ProofDone, 'proof' | 'parts'>,
    shards: number,
    { saturated, unsteady }: Pick<ProofState, keyof ToldOfRun>,
  ): ProofDone => ({
    by: name,
    ...made,
    shards,
    saturated,
    unsteady: unsteady ?? [],
    blamed: state.blamed,
  });

  for (;;) {
    if (state.step === 'roots') await begin();
    else {
      const done = await (state.step === 'plan' ? plan() : join());
      if (done) return done;
    }
    if (state.not.includes(name)) await hands.later(job);
  }
}
