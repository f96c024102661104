// A service's side of the shared queue without the queue: nothing is forgotten that is asked for again, nothing stays of what nobody wants any more, and
// a worker may say what it likes. The queue and the store are stand-ins in memory.
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Broker, orderOf } from '../../../../cli/serve/cluster/broker.ts';
import { earlyChecks } from '../../../../cli/serve/cluster/early-checks.ts';
import { remoteWorkers } from '../../../../cli/serve/cluster/remote.ts';
import { hashOf, type Store } from '../../../../cli/serve/cluster/store.ts';
import { modelFileIn } from '../../../../cli/serve/data-folder.ts';
import { logTo } from '../../../../cli/serve/log.ts';
import type { Piece, PieceDone } from '../../../../cli/serve/pieces.ts';
import { digestToHex } from '../../../../fri/core/digest.ts';
import { ZkvmError } from '../../../../fri/core/errors.ts';
import { contentHash } from '../../../../vm/statement/record.ts';
import { temporaryFolder } from '../../capture.ts';

const MODEL = Uint8Array.of(1);
const TAKEN = {
  id: 'a-job',
  model: digestToHex(contentHash(MODEL)),
  profile: 'fast',
  context: '',
  strict: false,
  input: '[1]',
  attempt: 1,
  created: 0,
};
const SLOW_MS = 30;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Standing {
  state: string;
  failedReason?: string;
  returnvalue?: unknown;
}
let folder: ReturnType<typeof temporaryFolder>;
let jobs: Map<string, Standing>;
let objects: Map<string, Uint8Array>;
/** proofs of which the queue knows who took what */
let claims: Set<string>;
let lines: Record<string, unknown>[];
/** what the check says of a proof */
let verdict: PieceDone;
let verdicts: (piece: Piece) => PieceDone;
/** what the proofs that were asked for had behind them */
let states: object[];
/** places in the order of the queue */
let orders: number[];
/** what becomes of the next proofs that are asked for */
let next: Standing[];
/** milliseconds of a removal in the store, and of a write */
let slow: { remove: number; put: number };

beforeEach(() => {
  folder = temporaryFolder();
  [jobs, objects, lines, next, slow] = [new Map(), new Map(), [], [], { remove: 0, put: 0 }];
  claims = new Set();
  verdict = { kind: 'wrong', wrong: [{ piece: 'plan' }] };
  verdicts = () => verdict;
  [states, orders] = [[], []];
  const file = modelFileIn(folder.at('.'), TAKEN.model);
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, MODEL);
});
afterEach(() => folder.remove());

function start() {
  const store: Store = {
    async put(name, bytes) {
      await pause(slow.put);
      objects.set(name, bytes);
    },
    get: async (name) => objects.get(name),
    has: async (name) => objects.has(name),
    async remove(name) {
      objects.delete(name);
    },
    async removeAll(prefix) {
      await pause(slow.remove);
      for (const name of objects.keys()) if (name.startsWith(prefix)) objects.delete(name);
    },
  };
  const queue = {
    async getJob(id: string) {
      const standing = jobs.get(id);
      return (
        standing && {
          ...standing,
          data: { state: { step: 'plan' } },
          remove: async () => void jobs.delete(id),
        }
      );
    },
    getJobState: async (id: string) => jobs.get(id)?.state ?? 'unknown',
    async add(_name: string, data: { state: object }, { jobId, priority }: { jobId: string; priority: number }) {
      states.push(data.state);
      orders.push(priority);
      if (!jobs.has(jobId)) jobs.set(jobId, next.shift() ?? { state: 'active' });
    },
  };
  return remoteWorkers({
    broker: {
      queue,
      async cancel() {},
      async watch() {},
      async close() {},
      async forget(id: string) {
        claims.delete(id);
      },
    } as unknown as Broker,
    store,
    root: folder.at('.'),
    size: 1,
    maxCells: 1,
    make: async (piece) => ({ done: Promise.resolve(verdicts(piece)), stop() {} }),
    onIdle() {},
    log: logTo((line) => lines.push(JSON.parse(line))),
  });
}
const inputs = (): string[] => [...objects.keys()].filter((name) => name.startsWith('jobs/'));
const codeOf = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => 'done',
    (error: ZkvmError) => error.code,
  );

test.each([0, SLOW_MS / 3])(
  'a job that is taken again after %i ms keeps its input, whatever is still forgotten of the first time',
  async (ms) => {
    const workers = start();
    next = [{ state: 'failed', failedReason: 'job stalled more than allowable limit' }];
    slow.remove = SLOW_MS;
    const first = workers.prove(TAKEN, () => {});
    expect(await codeOf(first.done)).toBe('ZK0924');
    first.settled!();
    if (ms) await pause(ms);
    const second = workers.prove(TAKEN, () => {});
    await pause(8 * SLOW_MS);
    expect([jobs.get(TAKEN.id)?.state, inputs().length]).toEqual(['active', 1]);
    // and with the job it goes
    second.stop(new ZkvmError('interrupted', 'ZK0922', { what: 'the job was cancelled' }));
    expect(await codeOf(second.done)).toBe('ZK0922');
    second.settled!();
    while (jobs.size > 0 || inputs().length > 0) await pause(5);
  },
);

test('a job that is cancelled while it is asked for leaves nothing', async () => {
  const workers = start();
  slow.put = SLOW_MS;
  const work = workers.prove(TAKEN, () => {});
  await pause(SLOW_MS / 3);
  work.stop(new ZkvmError('interrupted', 'ZK0922', { what: 'the job was cancelled' }));
  expect(await codeOf(work.done)).toBe('ZK0922');
  work.settled!();
  await pause(8 * SLOW_MS);
  expect([jobs.size, inputs()]).toEqual([0, []]);
});

test('a job of a high priority goes before those of lower ones, whatever of it is made, and what was begun before what was not', async () => {
  const pieces = ['part', 'root', 'look', 'proof'] as const;
  const all = (['high', 'normal', 'low'] as const).map((priority) => pieces.map((piece) => orderOf(piece, priority)));
  for (const [part, root, look, whole] of all) expect([part! < root!, part === look, root! < whole!]).toEqual([true, true, true]);
  for (let i = 1; i < all.length; i++) expect(Math.max(...all[i - 1]!)).toBeLessThan(Math.min(...all[i]!));
  expect(Math.min(...all.flat())).toBeGreaterThan(0); // a job without a priority would pass all of them
  const workers = start();
  for (const priority of ['low', 'high'] as const) {
    jobs.clear();
    const work = workers.prove({ ...TAKEN, priority }, () => {});
    while (jobs.size === 0) await pause(5);
    expect(orders.at(-1)).toBe(orderOf('proof', priority));
    work.stop(new ZkvmError('interrupted', 'ZK0922', { what: 'the job was cancelled' }));
    await codeOf(work.done);
  }
});

test('one that is left to the machines at the end of the service stays', async () => {
  const workers = start();
  claims.add(TAKEN.id);
  const work = workers.prove(TAKEN, () => {});
  while (jobs.size === 0) await pause(5);
  work.stop(new ZkvmError('usage', 'ZK0920', { what: 'the service stops' }));
  expect(await codeOf(work.done)).toBe('ZK0920');
  work.settled!();
  await pause(SLOW_MS);
  expect([jobs.size, inputs().length, claims.size]).toEqual([1, 1, 1]);
});

test('a proof that is asked for again, after one that was wrong or failed, knows nothing of who took what', async () => {
  for (const standing of [
    { state: 'completed', returnvalue: { by: 'x', proof: '' } },
    { state: 'failed', failedReason: 'x' },
  ]) {
    jobs.clear();
    claims = new Set([TAKEN.id, 'another']);
    if (standing.state === 'failed') jobs.set(TAKEN.id, standing);
    else next = [standing];
    const work = start().prove(TAKEN, () => {});
    while (jobs.get(TAKEN.id)?.state !== 'active') await pause(5);
    expect([...claims]).toEqual(['another']);
    work.stop(new ZkvmError('usage', 'ZK0920', { what: 'the service stops' }));
    await codeOf(work.done);
  }
});

test('whatever a worker says it did is a wrong proof and not an error of ours, and writes no line of the log', async () => {
  const workers = start();
  const said: unknown[] = [
    null,
    5,
    { proof: '../../models/x', by: { toString: 1 }, blamed: 3 },
    { proof: [1], blamed: [null, { worker: 'x', wrong: { piece: 'part', shard: 1, event: 'job ended', level: 'info', job: 'another' } }] },
    'text',
  ];
  next = said.map((returnvalue) => ({ state: 'completed', returnvalue }));
  expect(await codeOf(workers.prove(TAKEN, () => {}).done)).toBe('ZK0928');
  expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(['a worker returned something wrong']));
  expect(lines.every(({ job }) => job === TAKEN.id)).toBe(true);
  expect(lines.filter(({ piece, shard }) => piece === 'part' && shard === 1)).toHaveLength(1);
});

describe('a proof whose parts the service joins', () => {
  const PARTS = [Uint8Array.of(4), Uint8Array.of(5)];
  const said = { by: 'joiner', parts: PARTS.map(hashOf), shards: 2, blamed: [] };
  const good: PieceDone = { kind: 'checked', cells: 3, modelId: 'id', security: {}, outputs: '{}', bytes: Uint8Array.of(9) };
  const accepted: PieceDone = { kind: 'accepted', accepted: { proof: 'p', shard: 0, part: 'q', sum: [0, 0, 0, 0] } };
  const wrong: PieceDone = { kind: 'wrong', wrong: [{ piece: 'plan' }] };
  beforeEach(() => {
    for (const part of PARTS) objects.set(`jobs/${TAKEN.id}/${hashOf(part)}`, part);
  });

  test('is looked at part by part, and counts when their sums do', async () => {
    const asked: string[] = [];
    verdicts = (piece) => {
      asked.push(piece.kind);
      return piece.kind === 'check part' ? accepted : good;
    };
    next = [{ state: 'completed', returnvalue: said }];
    const { bytes } = await start().prove(TAKEN, () => {}).done;
    expect(bytes).toEqual(Uint8Array.of(9));
    expect(asked).toEqual(['check part', 'check part', 'check sum']);
    expect(lines).toEqual([]);
  });

  test('and does not otherwise: somebody looks at each, and whose it was is named, the one who named the parts if nobody else', async () => {
    const blamed = [{ worker: 'liar', wrong: { piece: 'part', shard: 1 } }];
    for (const [found, names] of [
      [blamed, ['liar']],
      [[], ['joiner']],
    ] as const) {
      [jobs, lines] = [new Map(), []];
      for (const part of PARTS) objects.set(`jobs/${TAKEN.id}/${hashOf(part)}`, part);
      objects.set(`jobs/${TAKEN.id}/${hashOf(Uint8Array.of(9))}`, Uint8Array.of(9));
      verdicts = (piece) => (piece.kind === 'check' ? good : piece.kind === 'check part' ? accepted : wrong);
      next = [
        { state: 'completed', returnvalue: said },
        { state: 'completed', returnvalue: { by: 'judge', proof: hashOf(Uint8Array.of(9)), blamed: found } },
      ];
      await start().prove(TAKEN, () => {}).done;
      expect(lines.map(({ event, worker }) => [event, worker])).toEqual([
        ['parts make no proof that is accepted: they are looked at one by one', undefined],
        ...names.map((name) => ['a worker returned something wrong', name]),
      ]);
      expect(states.at(-1)).toMatchObject({ doubted: true });
    }
  });

  test('a part that was not in the store is asked for again, and is not taken for a wrong one; one that was wrong stays wrong', async () => {
    const [lost, bad] = [PARTS[0]!, PARTS[1]!];
    let asked = 0;
    const early = earlyChecks(
      TAKEN,
      async (hash) => (hash === hashOf(bad) ? bad : asked++ === 0 ? undefined : lost),
      async () => ({ done: Promise.resolve(verdicts({} as Piece)), stop() {} }),
    );
    verdicts = () => accepted;
    expect(await early.look(hashOf(lost))).toBeUndefined();
    expect(await early.look(hashOf(lost))).toMatchObject({ bytes: lost });
    expect(await early.look(hashOf(lost))).toMatchObject({ bytes: lost });
    expect(asked).toBe(2);
    verdicts = () => wrong;
    expect(await early.look(hashOf(bad))).toBeUndefined();
    verdicts = () => accepted;
    expect(await early.look(hashOf(bad))).toBeUndefined();
  });

  test('a part that is not in the store is no proof either', async () => {
    objects.clear();
    verdicts = () => good;
    next = Array.from({ length: 10 }, () => ({ state: 'completed', returnvalue: said }));
    expect(await codeOf(start().prove(TAKEN, () => {}).done)).toBe('ZK0928');
  });
});

test('a proof that the check takes is the result, with what the service says of every proof and nothing else', async () => {
  const workers = start();
  const proof = Uint8Array.of(2);
  objects.set(`jobs/${TAKEN.id}/${hashOf(proof)}`, proof);
  verdict = { kind: 'checked', cells: 3, modelId: 'id', security: {}, outputs: '{}' };
  next = [
    { state: 'completed', returnvalue: { by: 'x', proof: hashOf(proof), saturated: 'none', unsteady: [{ output: 'y' }], shards: 9 } },
  ];
  const { bytes, result, outputs } = await workers.prove(TAKEN, () => {}).done;
  expect([bytes, outputs]).toEqual([proof, '{}']);
  expect(result).toEqual({
    cells: 3,
    modelId: 'id',
    security: {},
    proofBytes: 1,
    saturated: [],
    unsteady: [{ output: 'y' }],
    timings: { totalMs: expect.any(Number) },
  });
});
