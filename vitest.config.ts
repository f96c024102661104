// The unit and property tests that `npm test` runs. Most files share a process, which loads and warms the code once for all of them; a file
// that mocks a module has one of its own, for others would keep the mock. Caveat: soundness, GPU, browser and devnet suites have their own
// configurations.
import { defineConfig } from 'vitest/config';
import { mocksModules, testFiles, textOf } from './test/files.ts';
import { times } from './test/times.ts';

const mocking = testFiles().filter((file) => mocksModules(textOf(file)));

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    testTimeout: times(60_000),
    hookTimeout: times(60_000),
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'shared', include: testFiles().filter((file) => !mocking.includes(file)), isolate: false } },
      { extends: true, test: { name: 'alone', include: mocking } },
    ],
  },
});
