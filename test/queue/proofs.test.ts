// A proof in three shards that one worker makes, then two: accepted, the same bytes, and nothing is left behind.
// Slow: processes and proofs.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Machines, pause, startMachines } from './machines.ts';
import { type RunningRedis, startRedis } from './redis.ts';

let redis: RunningRedis;
let machines: Machines;
beforeAll(async () => {
  redis = await startRedis();
  machines = await startMachines(redis.url);
});
afterAll(async () => {
  await machines?.end();
  await redis?.remove();
});

const left = (): string[] => {
  const jobs = path.join(machines.store, 'jobs');
  return fs.existsSync(jobs) ? fs.readdirSync(jobs) : [];
};

test('one worker makes it alone, two share it', async () => {
  const service = await machines.serve();
  const first = await machines.worker('first');
  const id = await machines.submit('01');
  const alone = await machines.expectProved(id);
  const pieces = first.lines.filter(({ event }) => event === 'piece done').map(({ piece }) => piece);
  expect(pieces.filter((piece) => piece === 'root')).toHaveLength(3);
  expect(pieces.filter((piece) => piece === 'part')).toHaveLength(3);

  const second = await machines.worker('second');
  const shared = await machines.expectProved(await machines.submit('01'));
  expect(shared).toEqual(alone);
  expect(second.lines.filter(({ event }) => event === 'piece done').length).toBeGreaterThan(0);
  for (let tries = 0; left().length > 0 && tries < 100; tries++) await pause(50);
  expect(left()).toEqual([]);

  expect(await second.stop()).toBe(0);
  expect(await first.stop()).toBe(0);
  expect(await service.stop()).toBe(0);
});
