// `npm run test:fast`: the test files without the line `// Slow: …` in their header, for the minutes between two edits. Caveat: it says little
// about proofs of real models; `npm test` does, and comes before a commit.
import { defineConfig } from 'vitest/config';
import { isSlow, mocksModules, testFiles, textOf } from './test/files.ts';
import { times } from './test/times.ts';

export default defineConfig({
  test: {
    include: testFiles().filter((file) => !isSlow(textOf(file)) && !mocksModules(textOf(file))),
    setupFiles: ['test/setup.ts'],
    testTimeout: times(60_000),
    hookTimeout: times(60_000),
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
  },
});
