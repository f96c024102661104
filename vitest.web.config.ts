// Tests of the page in a headless Chromium, on what `npm run web` builds. Caveat: they measure too, so they run one after the other.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/web/**/*.test.ts'],
    globalSetup: 'test/web/build.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
    isolate: false,
  },
});
