// Tests against a local Starknet, which `npm run devnet:install` builds once. Caveat: one devnet serves all of them, so they run in turn.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/devnet/**/*.test.ts'],
    globalSetup: ['test/devnet/setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 1_200_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
