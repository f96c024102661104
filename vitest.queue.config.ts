// Tests of many machines: a Redis, a store, a service and workers as processes of their own. Caveat: they share the cores of one machine, so they run
// one after the other; they need `redis-server` or `valkey-server`, and say so where it is missing.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/queue/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
