// Who takes which shard, in a real queue: one task each, once and for all, of one round of one proof. Source: cli/serve/cluster/broker.ts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Broker, openBroker } from '../../cli/serve/cluster/broker.ts';
import { logTo } from '../../cli/serve/log.ts';
import { type RunningRedis, startRedis } from './redis.ts';

let redis: RunningRedis;
let broker: Broker;
beforeAll(async () => {
  redis = await startRedis();
  broker = await openBroker(
    redis.url,
    logTo(() => {}),
  );
});
afterAll(async () => {
  await broker?.close();
  await redis?.remove();
});

const task = (id: string, round = 0, proof = 'p') => ({ id, round, proof });

test('a shard is one task’s, also when that one asks again; other rounds and other proofs have their own', async () => {
  expect(await broker.claimed(task('a'))).toBeUndefined();
  expect(await broker.claim(task('a'), 12)).toBe(true);
  expect(await broker.claim(task('a'), 12)).toBe(true);
  expect(await broker.claim(task('b'), 12)).toBe(false);
  expect(await broker.claimed(task('a'))).toBe(12);
  expect(await broker.claimed(task('b'))).toBeUndefined();
  expect(await broker.claim(task('b', 1), 12)).toBe(true);
  expect(await broker.claim(task('b', 0, 'q'), 12)).toBe(true);
  expect([await broker.claimed(task('b', 1)), await broker.claimed(task('b', 10))]).toEqual([12, undefined]);
});

test('a proof that is forgotten has nothing taken, and another one keeps what it has', async () => {
  await broker.forget('p');
  expect([await broker.claimed(task('a')), await broker.claimed(task('b', 1))]).toEqual([undefined, undefined]);
  expect(await broker.claim(task('b'), 12)).toBe(true);
  expect(await broker.claimed(task('b', 0, 'q'))).toBe(12);
  await broker.forget('never');
});
