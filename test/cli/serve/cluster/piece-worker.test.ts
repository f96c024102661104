// A worker of the shared queue without the queue: what it leaves in the store when a proof was forgotten meanwhile, and what it does with ids that
// somebody else wrote. The queue and the thread are stand-ins; the store is a folder.
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Broker, type Claim, NEW_STATE, type ProofState } from '../../../../cli/serve/cluster/broker.ts';
import { openStore } from '../../../../cli/serve/cluster/open-store.ts';
import { startPieceWorker } from '../../../../cli/serve/cluster/piece-worker.ts';
import { hashOf, jobPrefix, modelName, putHashed, type Store } from '../../../../cli/serve/cluster/store.ts';
import { logTo } from '../../../../cli/serve/log.ts';
import type { Piece, PieceDone } from '../../../../cli/serve/pieces.ts';
import type { ZkvmError } from '../../../../fri/core/errors.ts';
import { temporaryFolder } from '../../capture.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
/** names that the store was asked for */
let asked: string[];
beforeEach(async () => {
  folder = temporaryFolder();
  asked = [];
  const own = await openStore(folder.at('store'));
  store = {
    ...own,
    get(name) {
      asked.push(name);
      return own.get(name);
    },
  };
});
afterEach(() => folder.remove());

const PROOF = 'a-proof';
const MODEL = Uint8Array.of(1);
const INPUT = Uint8Array.of(2);
const BEGINNING = Uint8Array.of(3);
const PART = Uint8Array.of(4);
const lines: string[] = [];

/** a worker's answer to one piece. @param known whether the queue has the proof, each time it is asked */
async function answer(known: () => boolean, proof = PROOF, model = hashOf(MODEL)): Promise<unknown> {
  const state = { ...NEW_STATE, step: 'parts', shards: 1, order: [0], roots: ['00'], parts: [null], beginning: hashOf(BEGINNING) };
  const whole = { data: { model, profile: 'fast', context: '', input: hashOf(INPUT), maxCells: 1, state } };
  let work: (job: never, token: string) => Promise<unknown> = async () => {};
  const broker = {
    queue: { getJob: async () => (known() ? whole : undefined) },
    worker(given: typeof work) {
      work = given;
      return { on() {}, async close() {} };
    },
    isCancelled: async () => false,
    async listen() {},
    claimed: async () => undefined,
    claim: async () => true,
  };
  await startPieceWorker({
    broker: broker as unknown as Broker,
    store,
    root: folder.at('data'),
    name: 'late',
    concurrency: 1,
    leaseMs: 1000,
    make: async () => ({ done: Promise.resolve({ kind: 'part', bytes: PART } satisfies PieceDone), stop() {} }),
    log: logTo((line) => lines.push(line)),
  });
  return work({ id: 'a-piece', name: 'part', data: { proof, shard: 0, not: [], notUntil: 0 } } as never, 'token');
}

async function fill(): Promise<void> {
  await putHashed(store, 'models/', MODEL);
  await putHashed(store, jobPrefix(PROOF), INPUT);
  await putHashed(store, jobPrefix(PROOF), BEGINNING);
}
const has = (bytes: Uint8Array): Promise<boolean> => store.has(`${jobPrefix(PROOF)}${hashOf(bytes)}`);

test('a piece that is put after its proof was forgotten goes again, and takes nothing along that the proof is asked for again with', async () => {
  await fill();
  let times = 0;
  expect(await answer(() => ++times === 1)).toEqual({ by: 'late', shard: 0, part: hashOf(PART) });
  expect(times).toBe(2);
  expect([await has(PART), await has(INPUT)]).toEqual([false, true]);
  // one that the queue knows stays
  expect(await answer(() => true)).toEqual({ by: 'late', shard: 0, part: hashOf(PART) });
  expect([await has(PART), await has(INPUT)]).toEqual([true, true]);
});

test('a part is of a shard whose root was made here, or else of the largest that nobody took, and of none whose part was wrong here', async () => {
  await fill();
  const state: ProofState = {
    ...NEW_STATE,
    step: 'parts',
    shards: 4,
    order: [2, 0, 3, 1],
    roots: ['00', '01', '02', '03'],
    parts: [null, null, null, 'made'],
    beginning: hashOf(BEGINNING),
  };
  const whole = { data: { model: hashOf(MODEL), profile: 'fast', context: '', input: hashOf(INPUT), maxCells: 1, state } };
  const claims = new Map<number, string>();
  const taken = (): Promise<(job: object) => Promise<unknown>> =>
    new Promise((resolve) => {
      const broker = {
        queue: { getJob: async () => whole },
        worker(given: (job: object, token: string) => Promise<unknown>) {
          resolve((job) => given(job, 'token'));
          return { on() {}, async close() {} };
        },
        isCancelled: async () => false,
        async listen() {},
        claimed: async ({ id }: Claim) => [...claims].find(([, by]) => by === id)?.[0],
        async claim({ id }: Claim, shard: number) {
          if (!claims.has(shard)) claims.set(shard, id);
          return claims.get(shard) === id;
        },
      };
      const make = async (piece: Piece) => ({
        done: Promise.resolve<PieceDone>(piece.kind === 'root' ? { kind: 'root', root: '00' } : { kind: 'part', bytes: PART }),
        stop() {},
      });
      const log = logTo((line) => lines.push(line));
      const about = { root: folder.at('data'), name: 'here', concurrency: 1, leaseMs: 1000 };
      void startPieceWorker({ broker: broker as unknown as Broker, store, ...about, make, log });
    });
  const work = await taken();
  const task = (id: string, shard: number, name = 'part') =>
    work({ id, name, data: { proof: PROOF, shard, not: [], notUntil: Date.now() + 60_000 }, moveToDelayed: async () => {} }) as Promise<{
      shard: number;
    }>;
  await task('root', 1, 'root');
  // from a time when the proof had more shards
  claims.set(7, 'a');
  expect((await task('a', 0)).shard).toBe(1);
  claims.delete(7);
  expect((await task('b', 1)).shard).toBe(2);
  // tried again: the same one
  expect((await task('a', 0)).shard).toBe(1);
  state.blamed = [{ worker: 'here', wrong: { piece: 'part', shard: 0 } }];
  await expect(task('c', 2)).rejects.toThrow(/movedToDelayed/);
  state.blamed = [{ worker: 'there', wrong: { piece: 'part', shard: 0 } }];
  expect((await task('c', 2)).shard).toBe(0);
  expect([...claims]).toEqual([
    [1, 'a'],
    [2, 'b'],
    [0, 'c'],
  ]);
});

test('a proof that is cancelled stops the piece of it that is made here, and no piece of another one', async () => {
  await fill();
  const state = { ...NEW_STATE, step: 'parts', shards: 1, order: [0], roots: ['00'], parts: [null], beginning: hashOf(BEGINNING) };
  const whole = { data: { model: hashOf(MODEL), profile: 'fast', context: '', input: hashOf(INPUT), maxCells: 1, state } };
  let work: (job: never, token: string) => Promise<unknown> = async () => {};
  let cancel: (proof: string) => void = () => {};
  const broker = {
    queue: { getJob: async () => whole },
    worker(given: typeof work) {
      work = given;
      return { on() {}, async close() {} };
    },
    isCancelled: async () => false,
    async listen(heard: { cancel: typeof cancel }) {
      cancel = heard.cancel;
    },
    claimed: async () => undefined,
    claim: async () => true,
  };
  let begun = (): void => {};
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const stopped: string[] = [];
  await startPieceWorker({
    broker: broker as unknown as Broker,
    store,
    root: folder.at('data'),
    name: 'here',
    concurrency: 1,
    leaseMs: 1000,
    async make() {
      begun();
      let stop: (reason: ZkvmError) => void = () => {};
      const done = new Promise<PieceDone>((_, reject) => {
        stop = reject;
      });
      const say = (reason: ZkvmError): void => {
        stopped.push(reason.code);
        stop(reason);
      };
      return { done, stop: say };
    },
    log: logTo((line) => lines.push(line)),
  });
  const made = work({ id: 'a-piece', name: 'part', data: { proof: PROOF, shard: 0, not: [], notUntil: 0 } } as never, 'token');
  await isBegun;
  await new Promise((resolve) => setTimeout(resolve, 10));
  cancel('another-proof');
  expect(stopped).toEqual([]);
  cancel(PROOF);
  expect(stopped).toEqual(['ZK0922']);
  await expect(made).rejects.toThrow(/ZK0922/);
  cancel(PROOF); // it is not running any more
  expect(stopped).toEqual(['ZK0922']);
});

test('the last piece takes the folder of its job along', async () => {
  await store.put('jobs/a/x', PART);
  await store.put('jobs/a/y', PART);
  await store.remove('jobs/a/x');
  expect(fs.readdirSync(folder.at('store/jobs/a'))).toEqual(['y']);
  await store.remove('jobs/a/y');
  await store.remove('jobs/a/y');
  expect(fs.readdirSync(folder.at('store/jobs'))).toEqual([]);
});

test('an id that leads to another place leads nowhere', async () => {
  await fill();
  fs.mkdirSync(folder.at('other'));
  fs.writeFileSync(folder.at('other/file'), '');
  fs.writeFileSync(folder.at('other/m.zkb'), MODEL);
  for (const id of ['../../other', '..', 'a/b', '', '.', 'a\n', `../models/${hashOf(MODEL)}`]) {
    expect(() => jobPrefix(id), id).toThrow(/no service asked for/);
    expect(() => modelName(id), id).toThrow(/no service asked for/);
  }
  asked = [];
  await expect(answer(() => true, '../../other')).rejects.toThrow(/ZK0907/);
  await expect(answer(() => false, '../../other')).rejects.toThrow(/ZK0922/);
  // there is such a file, as seen from the folder of models
  expect(fs.existsSync(path.join(folder.at('data'), 'models', '../../other/m.zkb'))).toBe(true);
  await expect(answer(() => true, PROOF, '../../other/m')).rejects.toThrow(/ZK0907/);
  expect(asked.filter((name) => name.includes('..'))).toEqual([]);
  expect(fs.readdirSync(folder.at('other'))).toEqual(['file', 'm.zkb']);
});
