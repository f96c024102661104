// The running sum of random shards on the WebGPU adapter of this machine, against its definition (sums.ts).
// Caveat: one scan of several workgroups; a software adapter takes its time for each shard.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { WebgpuBackend } from '../../gpu/webgpu/backend.ts';
import { random } from '../air/toy.ts';
import { times } from '../times.ts';
import { withAdapter } from './adapter.ts';
import { computed, shards, wanted } from './sums.ts';
import { randomColumn } from './tiers.ts';

const SLOW = 600_000;

await withAdapter((gpu: WebgpuBackend) => {
  afterAll(() => gpu.destroy());

  test('random shards', { timeout: SLOW }, async () => {
    const property = fc.asyncProperty(shards(9), async (shard) => {
      expect(await computed(gpu, shard)).toEqual(await wanted(shard));
    });
    await fc.assert(property, { numRuns: times(25) });
  });

  test('a shard of 2^13 rows, with instances of 2, 4, 8 and as many rows', { timeout: SLOW }, async () => {
    const next = random(3);
    const heights = [13, 1, 2, 3, 13, 12, 1];
    const instances = heights.map((logSize) => ({ logSize, columns: Array.from({ length: 4 }, () => randomColumn(next, logSize)) }));
    const shard = { logSize: 13, instances };
    expect(await computed(gpu, shard)).toEqual(await wanted(shard));
  });
});
