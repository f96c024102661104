// Tests of the page in a headless Chromium, on what `npm run web` builds: what looks and flows first, two files at a time; then what measures, alone.
// Caveat: a busy machine makes the second part slow, and its limits are held in one of three tries.
import { defineConfig } from 'vitest/config';

/** files that hold times against limits */
const MEASURING = ['test/web/measures.test.ts', 'test/web/trace.test.ts', 'test/web/trace-page.test.ts'];

export default defineConfig({
  test: {
    globalSetup: 'test/web/build.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: { name: 'seen', include: ['test/web/**/*.test.ts'], exclude: MEASURING, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: 'measured', include: MEASURING, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
