// Runs the tests that should kill one mutant, again and again, in one process: vitest stays up, and a plugin changes the mutant's files
// as they are loaded, so nothing is copied or written. Source: vitest's `createVitest`. Caveat: a mutant that loops for ever blocks its
// test file for ever; main.ts ends this process then.
import { createVitest, type TestModule, type TestSpecification } from 'vitest/node';
import { applied, type Edit } from './mutant.ts';

export interface Job {
  edits: readonly Edit[];
  killers: readonly string[];
}

/** the first failed test, or undefined if all pass */
export interface Answer {
  failed: string | undefined;
}

let edits: readonly Edit[] = [];
const root = process.cwd();
/** files run in the order of the list, one after the other in one process, up to the first failure */
class AsGiven {
  sort = (files: TestSpecification[]): TestSpecification[] => files;
  shard = (files: TestSpecification[]): TestSpecification[] => files;
}
const vitest = await createVitest(
  'test',
  {
    watch: false,
    root,
    config: false,
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    bail: 1,
    reporters: [{}],
    maxWorkers: 1,
    fileParallelism: false,
    isolate: false,
    sequence: { sequencer: AsGiven },
  },
  {
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform(code, id) {
          const file = id.split('?')[0]!.slice(root.length + 1);
          return edits.some((edit) => edit.file === file) ? applied(file, code, edits) : undefined;
        },
      },
    ],
  },
);
await vitest.standalone();
const project = vitest.projects[0]!;

/** what failed in a test file: a test, or the file itself when it cannot be loaded */
function failure(module: TestModule): string | undefined {
  for (const test of module.children.allTests('failed')) return test.fullName;
  return module.state() === 'failed' ? 'cannot be loaded' : undefined;
}

async function run({ edits: next, killers }: Job): Promise<Answer> {
  const touched = [...edits, ...next].map(({ file }) => `${root}/${file}`);
  edits = next;
  for (const file of new Set(touched)) vitest.invalidateFile(file);
  vitest.state.filesMap.clear(); // else what failed with the last mutant fails again
  const specifications = killers.map((killer) => project.createSpecification(`${root}/${killer}`));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  for (const [i, { moduleId }] of specifications.entries()) {
    const own = testModules.find((module) => module.moduleId === moduleId);
    const failed = own && failure(own);
    if (failed !== undefined) return { failed: `${killers[i]}: ${failed}` };
    if (!own && !unhandledErrors.length) throw new Error(`${killers[i]}: no report`);
  }
  return { failed: unhandledErrors.length ? 'unhandled error' : undefined };
}

process.on('message', (job: Job) => {
  run(job).then(
    (answer) => process.send!(answer),
    (error: unknown) => {
      process.stderr.write(`${error}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL')); // main.ts is gone: so are its tests
process.send!('ready');
