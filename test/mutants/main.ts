// `npm run test:mutants [-- part of a file or mutant …] [--jobs 2] [--list] [--verbose] [--cairo]`: weakens the verifier in hundreds of small ways
// and expects a test to fail for each. Prints a table; exit 1 if a mutant survives that is not listed in survivors.ts, if a listed one is
// killed or gone, or if a mutant by hand no longer fits its file. Source: mutation testing.
// Caveat: what a surviving mutant means is for people to judge (survivors.ts says why each listed one is harmless), and one that gives no
// answer counts as killed: it loops for ever, or takes its process with it.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { allMutants } from './all.ts';
import type { Mutant } from './mutant.ts';
import { SURVIVORS } from './survivors.ts';
import type { Answer, Job } from './worker.ts';

/** a mutant that takes longer loops for ever, or as good as */
const LIMIT_SECONDS = 120;
const NO_END = `no end after ${LIMIT_SECONDS} s`;
const CRASH = 'the test process ended by itself';

interface Result {
  mutant: Mutant;
  /** the test that failed, undefined for a survivor */
  killer: string | undefined;
  seconds: number;
}

/** a process that runs one mutant after the other; it is ended and started again when a mutant does not end */
function worker(): { run(job: Job): Promise<Answer>; end(): void } {
  const start = (): ReturnType<typeof fork> =>
    fork(new URL('worker.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
  let child = start();
  let ready = new Promise<unknown>((resolve) => child.once('message', resolve));
  const end = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL'); // its test processes too
    } catch {
      // it is gone
    }
  };
  return {
    async run(job) {
      await ready;
      const answer = await new Promise<Answer>((resolve) => {
        const done = (result: Answer): void => {
          clearTimeout(timer);
          child.removeAllListeners();
          resolve(result);
        };
        const timer = setTimeout(() => done({ failed: NO_END }), 1000 * LIMIT_SECONDS);
        child.once('exit', () => done({ failed: CRASH }));
        child.once('message', done);
        child.send(job);
      });
      if (answer.failed === CRASH || answer.failed === NO_END) {
        end();
        child = start();
        ready = new Promise<unknown>((resolve) => child.once('message', resolve));
      }
      return answer;
    },
    end,
  };
}

/** @param each is called with every result as it comes */
async function runAll(mutants: readonly Mutant[], jobs: number, each: (result: Result) => void): Promise<Result[]> {
  const results: Result[] = [];
  const queue = mutants.values();
  const work = async (): Promise<void> => {
    const { run, end } = worker();
    try {
      for (const mutant of queue) {
        const start = Date.now();
        const { failed } = await run({ edits: mutant.edits, killers: mutant.killers });
        const result = { mutant, killer: failed, seconds: (Date.now() - start) / 1000 };
        results.push(result);
        each(result);
      }
    } finally {
      end();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

function table(results: readonly Result[], seconds: number): string {
  const rows = [...new Set(results.map((r) => r.mutant.file))].map((file) => {
    const own = results.filter((r) => r.mutant.file === file);
    const killed = own.filter((r) => r.killer !== undefined).length;
    const silent = own.filter((r) => r.killer === NO_END || r.killer === CRASH).length;
    return [file, own.length, killed, silent, own.length - killed, Math.round(own.reduce((sum, r) => sum + r.seconds, 0))];
  });
  const sum = (i: number): number => rows.reduce((total, row) => total + Number(row[i]), 0);
  rows.push(['all', sum(1), sum(2), sum(3), sum(4), sum(5)]);
  const line = (cells: readonly (string | number)[]): string =>
    cells.map((cell, i) => (i ? String(cell).padStart(11) : String(cell).padEnd(20))).join('');
  return [line(['file', 'mutants', 'killed', 'no answer', 'survived', 'seconds']), ...rows.map(line), `${Math.round(seconds)} s`].join(
    '\n',
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '2' },
    cairo: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const chosen = (text: string): boolean => positionals.length === 0 || positionals.some((part) => text.includes(part));

/** runs the chosen mutants and prints what became of them */
async function report(mutants: readonly Mutant[]): Promise<void> {
  const jobs = Number(values.jobs);
  const files = [...new Set(mutants.flatMap(({ killers }) => killers))];
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length || !mutants.length) throw new Error(missing.length ? `no test file ${missing.join(', ')}` : 'no mutants');
  const started = Date.now();
  // without a mutant every test passes, else the deaths below mean nothing
  const unchanged = files.map((file): Mutant => ({ file, what: '', name: 'unchanged', edits: [], killers: [file] }));
  for (const { killer } of await runAll(unchanged, jobs, () => {})) if (killer) throw new Error(`without any change: ${killer}`);

  const problems: string[] = [];
  const results = await runAll(mutants, jobs, ({ mutant: { file, what, name }, killer, seconds }) => {
    const why = SURVIVORS[file]?.[name];
    if (killer === undefined && why === undefined) problems.push(`${file}: ${what}: survives: ${name}`);
    if (killer !== undefined && why !== undefined) problems.push(`${file}: listed as a survivor, but killed by ${killer}: ${name}`);
    if (values.verbose) process.stdout.write(`${seconds.toFixed(1)} s ${file}: ${what}: ${name}: ${killer ?? 'SURVIVES'}\n`);
  });
  for (const [file, list] of Object.entries(SURVIVORS))
    for (const name of Object.keys(list).filter((own) => chosen(`${file}: ${own}`)))
      if (!mutants.some((m) => m.file === file && m.name === name))
        problems.push(`${file}: listed as a survivor, but there is no such mutant: ${name}`);
  process.stdout.write(`${table(results, (Date.now() - started) / 1000)}\n`);
  for (const problem of problems.sort()) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length ? 1 : 0;
}

const mutants = allMutants().filter(({ file, name }) => chosen(`${file}: ${name}`));
if (values.cairo) {
  const { testCairo } = await import('./cairo.ts');
  process.exitCode = (await testCairo(chosen)) ? 0 : 1;
} else if (values.list) process.stdout.write(mutants.map(({ file, what, name }) => `${file}: ${what}: ${name}\n`).join(''));
else await report(mutants);
