// When one worker thread does not start, those that did are ended, and the error says what to do.
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { heapStart, SCRATCH, SCRATCH_BYTES } from '../../gpu/wasm/map.ts';
import { Memory } from '../../gpu/wasm/memory.ts';
import { Pool } from '../../gpu/wasm/pool.ts';

const { FAILING_WORKER } = vi.hoisted(() => ({ FAILING_WORKER: 2 }));
vi.mock('../../gpu/wasm/worker-source.ts', async (original) => {
  const { WORKER_SOURCE } = await original<typeof import('../../gpu/wasm/worker-source.ts')>();
  // a worker knows which one it is by its scratch area
  const scratch = SCRATCH + FAILING_WORKER * SCRATCH_BYTES;
  const failing = `(message) => { if (message.scratch === ${scratch}) process.exit(9); }`;
  return { WORKER_SOURCE: `require('node:worker_threads').parentPort.once('message', ${failing});${WORKER_SOURCE}` };
});
afterEach(() => vi.restoreAllMocks());

test('ZK0623, and no thread is left', async () => {
  const ended = vi.spyOn(Worker.prototype, 'terminate');
  const memory = new Memory(true, heapStart(4));
  await expect(Pool.start(memory.memory, 4)).rejects.toMatchObject({
    kind: 'backend',
    code: 'ZK0623',
    why: expect.stringContaining('ended with code 9'),
  });
  expect(ended).toHaveBeenCalledTimes(2);
  const pool = await Pool.start(memory.memory, FAILING_WORKER);
  expect(pool.threads).toBe(2);
  pool.close();
});
