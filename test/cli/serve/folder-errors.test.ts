// A data folder that fails: its files removed, changed, or not to be written. Whoever asked hears that and no path, the log has the rest, and what is
// made or sent again is kept again. Slow: it starts worker threads and makes proofs.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../cli/serve/database.ts';
import { logStack, serviceError } from '../../../cli/serve/folder-errors.ts';
import { statusOf } from '../../../cli/serve/status.ts';
import { usage } from '../../../fri/core/errors.ts';
import { smallModel, temporaryFolder } from '../capture.ts';
import { type Asked, type RunningService, startRunning } from './running.ts';

const small = smallModel(['a', 'b']);
const other = smallModel(['x', 'y']);

let running: RunningService;
let model: string;
const submit = (profile = 'fast'): Promise<Asked> =>
  running.ask('POST', '/v1/jobs', JSON.stringify({ model, input: JSON.parse(small.input), profile }));
const proved = async (): Promise<{ id: string; file: string }> => {
  const { json } = await submit();
  const { id, result } = (await running.ended(json.jobs[0].id)) as { id: string; result: { proof: string } };
  return { id, file: path.join(running.folder, 'proofs', `${result.proof}.proof`) };
};
const modelFile = (id: string): string => path.join(running.folder, 'models', `${id}.zkb`);

beforeAll(async () => {
  running = await startRunning();
  model = (await running.ask('POST', '/v1/models', small.zkb)).json.id;
});
afterAll(() => running.stop());

/** the answer tells no place, the log does */
const isTold = (error: object, why: RegExp): void => {
  expect(error).toMatchObject({ code: 'ZK0927', where: null, why: expect.stringMatching(why) });
  expect(JSON.stringify(error)).not.toContain(running.folder);
  expect(running.log.filter(({ level }) => level === 'error').at(-1)?.stack).toContain(running.folder);
};

test.each<[string, (file: string) => void, RegExp]>([
  [
    'changed in one byte',
    (file) =>
      fs.writeFileSync(
        file,
        fs.readFileSync(file).map((byte, i) => (i === 5000 ? byte ^ 1 : byte)),
      ),
    /changed/,
  ],
  ['cut off', (file) => fs.truncateSync(file, 5000), /changed/],
  ['removed', (file) => fs.rmSync(file), /no such file/],
])('a proof that was %s is not given, and made again when it is asked for again', async (_what, damage, why) => {
  const { id, file } = await proved();
  const { status, bytes } = await running.ask('GET', `/v1/jobs/${id}/proof`);
  expect({ status, same: Buffer.from(bytes).equals(fs.readFileSync(file)) }).toEqual({ status: 200, same: true });
  damage(file);
  const refused = await running.ask('GET', `/v1/jobs/${id}/proof`);
  expect(refused.status).toBe(503);
  isTold(refused.json, why);
  expect((await running.ask('DELETE', `/v1/jobs/${id}`)).status).toBe(204);
  const again = await proved();
  expect(again.file).toBe(file);
  expect(Buffer.from((await running.ask('GET', `/v1/jobs/${again.id}/proof`)).bytes).equals(Buffer.from(bytes))).toBe(true);
});

test.each<[string, () => void, RegExp]>([
  ['replaced by another model', () => fs.writeFileSync(modelFile(model), other.zkb), /changed/],
  ['removed', () => fs.rmSync(modelFile(model)), /no such file/],
])('a model whose file was %s proves nothing, until it is sent again', async (_what, damage, why) => {
  damage();
  // of a profile that no worker has ready
  const { json } = await submit('proven');
  const job = await running.ended(json.jobs[0].id);
  expect(job).toMatchObject({ state: 'failed', result: null });
  isTold(job.error as object, why);
  expect((await running.ask('POST', '/v1/models', small.zkb)).status).toBe(200);
  const { json: next } = await submit('proven');
  const done = await running.ended(next.jobs[0].id);
  expect(done.state).toBe('done');
  const { modelIds } = (await running.ask('GET', `/v1/models/${model}`)).json;
  expect((done.result as { modelId: string }).modelId).toBe(modelIds.proven);
  // the second case finds no worker that has it ready either
  await running.stop();
  running = await startRunning();
  model = (await running.ask('POST', '/v1/models', small.zkb)).json.id;
});

test('a model that cannot be written is not kept, and the caller is not told to choose another place', async () => {
  const folder = path.join(running.folder, 'models');
  fs.renameSync(folder, `${folder}-aside`);
  fs.writeFileSync(folder, '');
  const refused = await running.ask('POST', '/v1/models', other.zkb);
  expect(refused.status).toBe(503);
  isTold(refused.json, /no folder/);
  fs.rmSync(folder);
  fs.renameSync(`${folder}-aside`, folder);
  expect((await running.ask('GET', '/v1/models')).json.models).toHaveLength(1);
  expect((await running.ask('POST', '/v1/models', other.zkb)).status).toBe(201);
});

test('a database that has no room is the same; a socket that ends is not, nor what a caller sent', async () => {
  const folder = temporaryFolder();
  const database = await openDatabase(folder.at('jobs.db'));
  database.exec(`PRAGMA max_page_count = ${database.get('PRAGMA page_count')?.page_count}`);
  let full: unknown;
  try {
    for (;;) database.run('INSERT INTO inputs (job, body) VALUES (?, ?)', [String(Math.random()), 'x'.repeat(10_000)]);
  } catch (error) {
    full = error;
  }
  database.close();
  folder.remove();
  const typed = serviceError(full);
  expect({ code: typed.code, status: statusOf(typed), why: typed.why }).toEqual({
    code: 'ZK0927',
    status: 503,
    why: expect.stringContaining('full'),
  });
  expect(logStack(typed)).toContain('full');
  const socket = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  expect(serviceError(socket).code).toBe('ZK0001');
  const own = usage('ZK0810', { what: 'a shape' });
  expect(serviceError(own)).toBe(own);
  expect(logStack(own)).toBeUndefined();
});
