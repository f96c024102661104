// One process owns a data folder; the lock of one that is gone is taken over, whatever became of its number.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { here } from '../../../cli/io/process.ts';
import { takeLock } from '../../../cli/serve/lock.ts';
import { failure } from '../../failure.ts';
import { temporaryFolder } from '../capture.ts';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = folder.at('owner.lock');
});
afterEach(() => folder.remove());

const write = (owner: object): void =>
  fs.writeFileSync(file, JSON.stringify({ started: '', place: here(), host: os.hostname(), nonce: 'x', ...owner }));

test('a folder has one owner, until he gives it back', () => {
  const lock = takeLock(file);
  expect(failure(() => takeLock(file))).toMatchObject({ code: 'ZK0902', where: file });
  lock.release();
  takeLock(file).release();
  expect(folder.list()).toEqual([]);
});

test('a process that lives keeps its folder', () => {
  write({ pid: process.ppid });
  expect(failure(() => takeLock(file))).toMatchObject({ code: 'ZK0902', why: expect.stringContaining(String(process.ppid)) });
});

test.each<[string, () => object]>([
  ['a process that ended', () => ({ pid: spawnSync('true').pid })],
  ['another process that has its number now', () => ({ pid: process.ppid, started: '1' })],
  ['a container whose only process had our number', () => ({ pid: process.pid })],
])('the lock of %s is taken over', (_what, owner) => {
  if (process.platform !== 'linux') return expect(process.platform).not.toBe('linux');
  write(owner());
  takeLock(file).release();
  expect(folder.list()).toEqual([]);
});

test.each<[string, () => object]>([
  ['on another machine', () => ({ pid: 1, host: 'elsewhere.invalid' })],
  // one volume, one name for both, and a first process each
  ['in another container with our name and number', () => ({ pid: process.pid })],
  ['in another container with our name, whose number means nobody here', () => ({ pid: spawnSync('true').pid })],
])('an owner %s keeps the folder while it touches the lock', (_what, owner) => {
  write({ place: '00000000', ...owner() });
  expect(failure(() => takeLock(file))).toMatchObject({ code: 'ZK0902', fix: expect.stringContaining('after 30 seconds') });
  const longAgo = new Date(Date.now() - 60_000);
  fs.utimesSync(file, longAgo, longAgo);
  takeLock(file).release();
});

test('a lock that was cut off when it was written is taken over', () => {
  fs.writeFileSync(file, '{"pid":');
  takeLock(file).release();
});
