// What goes wrong when many machines make a proof, one thing at a time: nothing is lost, there is one proof, and it is right. The store is an object
// store, so that all of it goes over its interface too. Slow: processes and proofs.
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Line, lenet, type Machine, type Machines, pause, startMachines } from './machines.ts';
import { type RunningRedis, startRedis } from './redis.ts';
import { type RunningS3, startS3 } from './s3.ts';
import { smallDisk } from './small-disk.ts';

let redis: RunningRedis;
let s3: RunningS3;
let machines: Machines;
let service: Machine;
/** the same run and context always: whatever happens, these are the bytes */
let proof: Uint8Array | undefined;

beforeAll(async () => {
  redis = await startRedis();
  s3 = await startS3();
  machines = await startMachines(redis.url, { store: s3.address, env: s3.env });
  service = await machines.serve();
});
afterAll(async () => {
  await machines?.end();
  await s3?.stop();
  await redis?.remove();
});

const submit = (): Promise<string> => machines.submit('01');

/** right, the same as ever, and the store has no more than the model */
async function expectOnce(id: string): Promise<void> {
  const bytes = await machines.expectProved(id);
  proof ??= bytes;
  expect(bytes).toEqual(proof);
  const ended = service.lines.filter(({ event, job, state }) => event === 'job ended' && job === id && state === 'done');
  expect(ended).toHaveLength(1);
  const left = (): string[] => [...s3.objects.keys()].filter((key) => key.includes('/jobs/'));
  for (let tries = 0; left().length > 0 && tries < 400; tries++) await pause(50);
  expect(left()).toEqual([]);
}

const begun = (worker: Machine, id: string, piece: string) =>
  worker.said((line) => line.event === 'piece begun' && line.job === id && line.piece === piece);

describe('a worker is killed', () => {
  let worker: Machine;
  let number = 0;
  const next = (): Promise<Machine> => machines.worker(`worker-${number++}`);
  beforeAll(async () => {
    worker = await next();
  });
  afterAll(async () => {
    expect(await worker.stop()).toBe(0);
  });

  test.each(['plan', 'root', 'begin', 'part', 'look'])('while it makes a %s: another one goes on', async (piece) => {
    const id = await submit();
    await begun(worker, id, piece);
    await worker.kill();
    worker = await next();
    await expectOnce(id);
    expect(worker.lines.some((line) => line.event === 'piece done' && line.job === id)).toBe(true);
  });

  test('for a moment, so that two have its piece: the one that comes late is not heard', async () => {
    const id = await submit();
    await begun(worker, id, 'part');
    worker.child.kill('SIGSTOP');
    const other = await next();
    await service.said(({ event, job }) => event === 'job ended' && job === id);
    worker.child.kill('SIGCONT');
    await worker.said(({ event, job, piece }) => event === 'piece done' && job === id && piece === 'part');
    expect(await worker.stop()).toBe(0); // what it puts is put, and nothing of it stays
    worker = other;
    await expectOnce(id);
  });
});

describe('with a worker that is well', () => {
  let worker: Machine;
  beforeAll(async () => {
    worker = await machines.worker('well');
  });
  afterAll(async () => {
    expect(await worker.stop()).toBe(0);
  });

  test('the queue loses its power and comes back', async () => {
    const id = await submit();
    await begun(worker, id, 'part');
    await redis.kill();
    await pause(3000);
    await redis.start();
    await expectOnce(id);
  });

  test.each([
    ['away', 30_000],
    ['full', 3000],
  ] as const)('the store is %s for %i ms', async (how, ms) => {
    const id = await submit();
    await begun(worker, id, 'part');
    s3.is = how;
    s3.refused = 0;
    await pause(ms);
    while (s3.refused < 3) await pause(20);
    expect((await machines.job(id)).state).toBe('running');
    s3.is = 'well';
    await expectOnce(id);
  });

  test('the service is killed and starts again: it finds what it had asked for', async () => {
    const id = await submit();
    await begun(worker, id, 'root');
    await service.kill();
    await worker.said(({ event, job, piece }) => event === 'piece done' && job === id && piece === 'look');
    service = await machines.serve();
    await expectOnce(id);
    expect(worker.lines.filter(({ event, job, piece }) => event === 'piece done' && job === id && piece === 'plan')).toHaveLength(1);
  });

  test('a job that is cancelled stops where it is made, and the next one is made', async () => {
    const [id, next] = [await submit(), await submit()];
    await begun(worker, id, 'part');
    await machines.cancel(id);
    expect((await machines.job(id)).state).toBe('cancelled');
    const isStopped = ({ event, code, job }: Line): boolean =>
      event === 'piece failed' && code === 'ZK0922' && String(job).startsWith(`${id}.`);
    await worker.said(isStopped);
    await expectOnce(next);
    const stopped = worker.lines.findIndex(isStopped);
    expect(worker.lines.slice(stopped).some(({ event, job }) => event === 'piece begun' && job === id)).toBe(false);
  });
});

test('the disk of the store is full, of the operating system’s own word: what was half written is gone, and it goes on when there is room', async () => {
  const disk = smallDisk();
  const own = await startMachines(redis.url, { store: disk.folder });
  try {
    await own.serve();
    const worker = await own.worker('writer');
    const id = await own.submit('01');
    await worker.said(({ event, piece }) => event === 'piece begun' && piece === 'part');
    disk.fill(worker.child.pid!);
    const failed = await worker.said(({ event, why }) => event === 'the store does not answer' && `${why}`.includes(disk.says));
    expect(failed.what).toMatch(/^put jobs/);
    expect((await own.job(id)).state).toBe('running');
    disk.empty(worker.child.pid!);
    const bytes = await own.expectProved(id);
    if (proof) expect(bytes).toEqual(proof);
    const left = (): string[] => fs.readdirSync(disk.folder, { recursive: true }).map(String);
    for (let tries = 0; left().some((name) => name.startsWith('jobs/')) && tries < 400; tries++) await pause(50);
    expect(left().filter((name) => name.startsWith('jobs/') || name.endsWith('.tmp'))).toEqual([]);
    expect(await worker.stop()).toBe(0);
  } finally {
    await own.end();
    disk.remove();
  }
});

describe('a worker returns something wrong', () => {
  test.each(['planned', 'root', 'beginning', 'part', 'parts', 'proof'])(
    'a changed %s: it is made elsewhere, and the worker is named',
    async (kind) => {
      const other = await startMachinesLike(kind);
      try {
        const liar = await other.worker('liar', 'test/queue/liar.ts');
        const id = await other.submit('01');
        await liar.said(({ event }) => event === 'lied');
        const honest = await other.worker('honest');
        const bytes = await other.expectProved(id);
        if (proof && kind !== 'proof') expect(bytes).toEqual(proof);
        const named = other.service.lines.filter(({ event, worker }) => event === 'a worker returned something wrong' && worker === 'liar');
        expect(named.length).toBeGreaterThan(0);
        expect(
          other.service.lines.filter(({ event, worker }) => event === 'a worker returned something wrong' && worker !== 'liar'),
        ).toEqual([]);
        await honest.kill();
        await liar.kill();
      } finally {
        await other.end();
      }
    },
  );
});

/** machines whose workers lie about one kind of piece, if they are the liar */
async function startMachinesLike(kind: string): Promise<Machines & { service: Machine }> {
  // a proof is made by one worker where it is of one shard
  const model = kind === 'proof' ? { ...lenet(), maxCells: 1e9, shards: 1 } : lenet();
  const own = await startMachines(redis.url, { store: s3.address, env: { ...s3.env, ZKVM_LIE: kind }, model });
  return { ...own, service: await own.serve() };
}
