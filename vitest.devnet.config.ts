// Tests against a local Starknet, which `npm run devnet:install` builds once. Caveat: a worker has one devnet for all its files, which run in turn.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/devnet/**/*.test.ts'],
    globalSetup: ['test/devnet/setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 1_200_000,
    pool: 'forks',
    // most of a test's time is devnet's, on one core, while the test waits
    maxWorkers: 2,
  },
});
