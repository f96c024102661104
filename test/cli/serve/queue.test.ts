// The queue in its database: what was accepted stays, whatever happens to the process, and no job ends twice.
import fs from 'node:fs';
import path from 'node:path';
import type { Database } from 'node-sqlite3-wasm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../cli/serve/database.ts';
import type { NewJob, Priority, Result } from '../../../cli/serve/queue.ts';
import { sqliteQueue } from '../../../cli/serve/sqlite-queue.ts';
import { errorBody } from '../../../cli/serve/status.ts';
import { usage, ZkvmError } from '../../../fri/core/errors.ts';
import { temporaryFolder } from '../capture.ts';

const job = (input: string): NewJob => ({ model: 'm', profile: 'fast', context: '', strict: false, input });
const result: Result = { proof: 'p', proofBytes: 1, modelId: 'i', cells: 2, security: {}, saturated: [], unsteady: [], timings: {} };
const error = errorBody(usage('ZK0921', { what: 'too long' }));
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (thrown: unknown) => (thrown instanceof ZkvmError ? thrown.code : String(thrown)),
  );

let folder: ReturnType<typeof temporaryFolder>;
let database: Database;
beforeEach(async () => {
  folder = temporaryFolder();
  database = await openDatabase(folder.at('jobs.db'));
});
afterEach(() => {
  if (database.isOpen) database.close();
  folder.remove();
});

/** the files as a process that is killed now leaves them, opened by another one */
async function afterKill(): Promise<Database> {
  const other = folder.at(`killed${fs.readdirSync(folder.at('.')).length}`);
  fs.mkdirSync(other);
  for (const name of fs.readdirSync(folder.at('.')).filter((name) => name.startsWith('jobs.db')))
    fs.cpSync(folder.at(name), path.join(other, name), { recursive: true });
  expect(fs.existsSync(path.join(other, 'jobs.db.lock'))).toBe(true);
  return openDatabase(path.join(other, 'jobs.db'));
}

describe('a queue', () => {
  test('gives jobs in the order in which they came, each to one taker', async () => {
    const queue = sqliteQueue(database, 10);
    await queue.submit([job('1'), job('2')]);
    await queue.submit([job('3')]);
    const taken = [await queue.take(), await queue.take(), await queue.take(), await queue.take()];
    expect(taken.map((one) => one?.input)).toEqual(['1', '2', '3', undefined]);
  });

  test('gives jobs of a higher priority first, also after a restart and to who has put one back', async () => {
    const queue = sqliteQueue(database, 10);
    const of = (input: string, priority: Priority): NewJob => ({ ...job(input), priority });
    await queue.submit([of('1', 'low'), of('2', 'high'), job('3'), of('4', 'normal'), of('5', 'high')]);
    const first = (await queue.take())!;
    expect([first.input, first.priority, (await queue.get(first.id))!.priority]).toEqual(['2', 'high', 'high']);
    await queue.release(first);
    const again = sqliteQueue(await afterKill(), 10);
    const order: string[] = [];
    for (let one = await again.take(); one; one = await again.take()) order.push(`${one.input} ${one.priority}`);
    expect(order).toEqual(['2 high', '5 high', '3 normal', '4 normal', '1 low']);
  });

  test('takes all jobs of a request or none, and says when it is full', async () => {
    const queue = sqliteQueue(database, 2);
    expect(await codeOf(queue.submit([job('1'), job('2'), job('3')]))).toBe('ZK0916');
    expect((await queue.counts()).queued).toBe(0);
    await queue.submit([job('1'), job('2')]);
    expect(await codeOf(queue.submit([job('3')]))).toBe('ZK0916');
    const taken = (await queue.take())!;
    expect(await codeOf(queue.submit([job('3')]))).toBe('ZK0916');
    await queue.finish(taken, result, '{}');
    expect(await codeOf(queue.submit([job('3')]))).toBe('accepted');
  });

  test('a job ends once: who lost it changes nothing any more', async () => {
    const queue = sqliteQueue(database, 10);
    const { jobs } = await queue.submit([job('1')]);
    const first = (await queue.take())!;
    expect(await queue.release(first)).toBe(true);
    const second = (await queue.take())!;
    expect(second).toMatchObject({ id: first.id, attempt: 2, input: '1' });
    expect(await queue.finish(first, result, '{}')).toBe(false);
    expect(await queue.finish(second, result, '{"y":1}')).toBe(true);
    expect([await queue.finish(second, result, '{}'), await queue.fail(second, error), await queue.cancel(first.id, error)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await queue.get(jobs[0]!.id)).toMatchObject({ state: 'done', attempts: 2, result });
    expect(await queue.outputs(first.id)).toBe('{"y":1}');
  });

  test('a cancelled job is not taken, and what its worker makes is not kept', async () => {
    const queue = sqliteQueue(database, 10);
    const { jobs } = await queue.submit([job('1'), job('2')]);
    const taken = (await queue.take())!;
    for (const { id } of jobs) expect(await queue.cancel(id, error)).toBe(true);
    expect(await queue.take()).toBeUndefined();
    expect(await queue.finish(taken, result, '{}')).toBe(false);
    expect(await queue.get(taken.id)).toMatchObject({ state: 'cancelled', error, result: undefined });
  });

  test('the same request with the same key gives the same jobs for a day; another request with it is refused', async () => {
    let now = 1e12;
    const queue = sqliteQueue(database, 10, () => now);
    const request = { key: 'k', hash: 'h' };
    const first = await queue.submit([job('1')], request);
    const again = await queue.submit([job('1')], request);
    expect(again).toEqual({ jobs: first.jobs, known: true });
    expect(await codeOf(queue.submit([job('2')], { key: 'k', hash: 'other' }))).toBe('ZK0918');
    now += 25 * 3600 * 1000;
    expect((await queue.submit([job('1')], request)).known).toBe(false);
  });

  test('a key whose job was deleted gives no shorter list of jobs, and takes none', async () => {
    const queue = sqliteQueue(database, 10);
    const request = { key: 'k', hash: 'h' };
    const { jobs } = await queue.submit([job('1'), job('2')], request);
    for (const _ of jobs) await queue.finish((await queue.take())!, result, '{}');
    await queue.remove(jobs[0]!.id);
    expect(await codeOf(queue.submit([job('1'), job('2')], request))).toBe('ZK0918');
    expect((await queue.counts()).queued).toBe(0);
    expect((await queue.submit([job('1'), job('2')], { ...request, key: 'new' })).known).toBe(false);
  });

  test('lists pages, by state and model', async () => {
    const queue = sqliteQueue(database, 10);
    const { jobs } = await queue.submit([job('1'), job('2'), { ...job('3'), model: 'n' }]);
    const [a, b, c] = jobs.map(({ id }) => id) as [string, string, string];
    const ids = async (listing: object): Promise<string[]> => (await queue.list({ limit: 10, ...listing })).map(({ id }) => id);
    expect(await ids({})).toEqual([c, b, a]);
    expect(await ids({ limit: 2 })).toEqual([c, b]);
    expect(await ids({ before: b })).toEqual([a]);
    expect(await ids({ model: 'm' })).toEqual([b, a]);
    expect(await ids({ state: 'done' })).toEqual([]);
    expect(await ids({ before: 'nobody' })).toEqual([]);
  });

  test('a proof goes with the last job that has it', async () => {
    const queue = sqliteQueue(database, 10);
    const { jobs } = await queue.submit([job('1'), job('1')]);
    for (const _ of jobs) await queue.finish((await queue.take())!, result, '{}');
    expect(await queue.remove(jobs[0]!.id)).toBeUndefined();
    expect(await queue.remove(jobs[1]!.id)).toBe('p');
    expect(await queue.get(jobs[1]!.id)).toBeUndefined();
  });
});

describe('after a kill', () => {
  test('accepted jobs are there, running ones wait again in their places, ended ones stay ended', async () => {
    const queue = sqliteQueue(database, 10);
    await queue.submit([job('1'), job('2'), job('3')]);
    await queue.finish((await queue.take())!, result, '{}');
    await queue.take();
    const other = await afterKill();
    const recovered = sqliteQueue(other, 10);
    expect(recovered.recovered).toBe(1);
    expect(await recovered.counts()).toMatchObject({ done: 1, queued: 2, running: 0 });
    expect([(await recovered.take())?.input, (await recovered.take())?.input]).toEqual(['2', '3']);
    other.close();
  });

  test('what was not committed is not there, and the rest is whole', async () => {
    const queue = sqliteQueue(database, 1000);
    await queue.submit([job('1')]);
    database.exec('BEGIN IMMEDIATE');
    for (let i = 0; i < 300; i++) database.run('UPDATE jobs SET error = ?', ['x'.repeat(20_000)]);
    const other = await afterKill();
    database.exec('ROLLBACK');
    expect(other.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
    expect(await sqliteQueue(other, 10).take()).toMatchObject({ input: '1' });
    other.close();
  });

  test('a job whose process died three times is given up', async () => {
    await sqliteQueue(database, 10).submit([job('1'), job('2')]);
    for (let deaths = 1; deaths <= 3; deaths++) {
      await sqliteQueue(database, 10).take();
      const counts = await sqliteQueue(database, 10).counts();
      expect(counts).toMatchObject(deaths < 3 ? { queued: 2, failed: 0 } : { queued: 1, failed: 1 });
    }
    const [failed] = await sqliteQueue(database, 10).list({ state: 'failed', limit: 1 });
    expect(failed?.error).toMatchObject({ code: 'ZK0924', kind: 'backend' });
  });

  test('a job that was put back in order is not given up for that', async () => {
    const queue = sqliteQueue(database, 10);
    const { jobs } = await queue.submit([job('1')]);
    for (let stops = 0; stops < 5; stops++) expect(await queue.release((await queue.take())!)).toBe(true);
    for (let losses = 1; losses <= 3; losses++) {
      expect(await queue.release((await queue.take())!, error)).toBe(true);
      expect(await queue.get(jobs[0]!.id)).toMatchObject({ state: losses < 3 ? 'queued' : 'failed', attempts: 5 + losses });
    }
  });

  test('a database of the version before keeps its jobs and gets what it lacks', async () => {
    const { jobs } = await sqliteQueue(database, 10).submit([job('1')]);
    database.exec('DROP INDEX jobs_of_state; CREATE INDEX jobs_of_state ON jobs (state, seq); ALTER TABLE jobs DROP COLUMN priority');
    database.exec('ALTER TABLE jobs DROP COLUMN lost; PRAGMA user_version = 1');
    database.close();
    database = await openDatabase(folder.at('jobs.db'));
    const queue = sqliteQueue(database, 10);
    expect(await queue.release((await queue.take())!, error)).toBe(true);
    expect(await queue.get(jobs[0]!.id)).toMatchObject({ state: 'queued', attempts: 1, priority: 'normal' });
  });

  test('a database of a newer release is left alone', async () => {
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(await codeOf(openDatabase(folder.at('jobs.db')))).toBe('ZK0903');
    folder.write('other.db', 'no database at all, but long enough to be looked at as one: '.repeat(20));
    expect(await codeOf(openDatabase(folder.at('other.db')))).toBe('ZK0903');
  });
});
