// The store in a folder, what is held against its name, and patience with a store that does not answer; options that belong together.
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openBroker } from '../../../../cli/serve/cluster/broker.ts';
import { addressesOf } from '../../../../cli/serve/cluster/many.ts';
import { openStore } from '../../../../cli/serve/cluster/open-store.ts';
import { shownAddress } from '../../../../cli/serve/cluster/shown-address.ts';
import { getHashed, patient, putHashed, type Store } from '../../../../cli/serve/cluster/store.ts';
import { logTo } from '../../../../cli/serve/log.ts';
import type { ZkvmError } from '../../../../fri/core/errors.ts';
import { temporaryFolder } from '../../capture.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder.at('store'));
});
afterEach(() => folder.remove());

const BYTES = Uint8Array.of(1, 2, 3);
const log: string[] = [];
const quiet = logTo((line) => log.push(line));

test('what is put under its hash comes out again, and nothing else does', async () => {
  const hash = await putHashed(store, 'jobs/a/', BYTES);
  expect(await getHashed(store, 'jobs/a/', hash)).toEqual(BYTES);
  expect(await store.has(`jobs/a/${hash}`)).toBe(true);
  expect(await getHashed(store, 'jobs/b/', hash)).toBeUndefined();
  expect(await store.has(`jobs/b/${hash}`)).toBe(false);
  fs.writeFileSync(path.join(folder.at('store'), 'jobs/a', hash), Uint8Array.of(1, 2, 4));
  expect(await getHashed(store, 'jobs/a/', hash)).toBeUndefined();
  await putHashed(store, 'jobs/ab/', BYTES);
  await store.removeAll('jobs/a/');
  expect(await store.has(`jobs/a/${hash}`)).toBe(false);
  expect(await getHashed(store, 'jobs/ab/', hash)).toEqual(BYTES);
});

test('a write that fails leaves nothing, and goes through when there is room again', async () => {
  // a file where a folder should be: no name can be made in it
  fs.writeFileSync(path.join(folder.at('store'), 'jobs'), '');
  await expect(store.put('jobs/a/x', BYTES)).rejects.toThrow(/ENOTDIR|EEXIST/);
  log.length = 0;
  const waiting = patient(store, quiet, 20_000).put('jobs/a/x', BYTES);
  while (log.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  fs.rmSync(path.join(folder.at('store'), 'jobs'));
  await waiting;
  expect(await store.get('jobs/a/x')).toEqual(BYTES);
  expect(fs.readdirSync(path.join(folder.at('store'), 'jobs/a'))).toEqual(['x']);
});

test('patience ends', async () => {
  fs.writeFileSync(path.join(folder.at('store'), 'jobs'), '');
  await expect(patient(store, quiet, 0).put('jobs/a/x', BYTES)).rejects.toMatchObject({ code: 'ZK0908', where: 'put jobs/a/x' });
});

test('an address that is no place to write to is refused', async () => {
  fs.writeFileSync(folder.at('file'), '');
  await expect(openStore(folder.at('file'))).rejects.toMatchObject({ code: 'ZK0908' });
  await expect(openStore('s3://')).rejects.toMatchObject({ code: 'ZK0908' });
});

test('an address that is none is the fault of who gave it, and no password in one is shown', async () => {
  const secret = 'h0rse';
  const shown = async (queue: string): Promise<string> => {
    const { code, where } = await openBroker(queue, quiet).then(
      () => ({ code: 'opened', where: '' }),
      (error: ZkvmError) => error,
    );
    expect([queue, code]).toEqual([queue, 'ZK0907']);
    return where!;
  };
  for (const queue of [
    `redis://user:${secret}/x@127.0.0.1:1`,
    `redis://:${secret}@127.0.0.1:99999`,
    `redis://:%zz${secret}@127.0.0.1`,
    `redis//:x@${secret}@127.0.0.1`,
    `redis:/:x@${secret}`,
  ])
    expect(await shown(queue)).not.toContain(secret);
  expect(await shown('redis://127.0.0.1:99999')).toBe('…');
  for (const address of [
    `redis://:x@${secret}@queue:6379/1`,
    `redis://user:x/${secret}@queue`,
    `redis://user:1/${secret}@queue`,
    `redis://queue/1?password=${secret}`,
    `rediss://:x?${secret}@queue`,
    `s3://key:${secret}@bucket`,
  ])
    expect(shownAddress(address)).not.toContain(secret);
  expect(shownAddress(`redis://:${secret}@queue:6379/1`)).toBe('redis://…@queue:6379/1');
  expect(shownAddress('redis://queue:6379/1')).toBe('redis://queue:6379/1');
  const store = await openStore(`s3://key:${secret}@bucket`).catch(({ code, where }: ZkvmError) => ({ code, where }));
  expect(store).toEqual({ code: 'ZK0908', where: 's3://…@bucket' });
  // one that is good, of a store that does not answer
  const own = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_REGION: 'x',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_MAX_ATTEMPTS: '1',
  };
  for (const [name, value] of Object.entries(own)) vi.stubEnv(name, value);
  const silent = await openStore(`s3://bucket/prefix?key=${secret}`).catch((error: ZkvmError) => error);
  vi.unstubAllEnvs();
  expect(silent).toMatchObject({ code: 'ZK0908', where: 's3://bucket/prefix?…' });
  expect((silent as ZkvmError).message).not.toContain(secret);
});

test('a queue and a store come together, from options or the environment', () => {
  expect(addressesOf({}, {})).toBeUndefined();
  expect(addressesOf({ queue: 'redis://a' }, { ZKVM_STORE: 's3://b', ZKVM_QUEUE: 'redis://c' })).toEqual({
    queue: 'redis://a',
    store: 's3://b',
  });
  expect(() => addressesOf({ queue: 'redis://a' }, {})).toThrow(/no --store/);
  expect(() => addressesOf({}, { ZKVM_STORE: 's3://b' })).toThrow(/no --queue/);
});
