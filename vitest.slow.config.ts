// `npm run test:slow`: the files of which `npm test` takes a sample (they call `sampled`), in full: ten thousand damaged proofs, all arrangements
// of four rows, twelve changes of every column, twelve random models of every family, two hundred jobs of a service that is killed. Caveat: it takes some minutes on two cores.
import { defineConfig } from 'vitest/config';
import { callsSampled, testFiles, textOf } from './test/files.ts';
import { times } from './test/times.ts';

export default defineConfig({
  test: {
    include: testFiles().filter((file) => callsSampled(textOf(file))),
    env: { ZKVM_WHOLE: '1' },
    setupFiles: ['test/setup.ts'],
    testTimeout: times(600_000),
    hookTimeout: times(60_000),
    pool: 'forks',
    maxWorkers: 2,
  },
});
