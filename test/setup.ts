// What every test file starts and ends with. Property tests draw from one fixed seed, so that two runs of the same commit test the same cases;
// ZKVM_SEED=<integer> takes another, ZKVM_SEED=random a new one each time (what to do while working on a parser). A failure prints its seed
// and its shrunk case either way. Files share a process, so what a file stubs ends with it, and what it leaves behind fails it; a file that takes
// long says so in its header. Caveat: of what children used only Linux tells, and only of those that ended.
import '../bench/prove-registers.ts';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, type RunnerTestFile, type RunnerTestSuite, vi } from 'vitest';
import { isSlow, testFiles, textOf } from './files.ts';
import { times } from './times.ts';
import { faultOfTitle } from './titles.ts';

const DEFAULT_SEED = 20261122;
const asked = process.env.ZKVM_SEED;
const FAST_CHECK_RUNS = 100;

fc.configureGlobal({
  numRuns: times(FAST_CHECK_RUNS),
  ...(asked === 'random' ? {} : { seed: asked === undefined ? DEFAULT_SEED : Number(asked) }),
});

/**
 * Processor time from which on a file must say that it is slow, and below which it must not: far apart, for machines differ and are busy (at a
 * load of 15 on two cores a file of 2 s took 6).
 */
const MOST_SECONDS_OF_A_FAST_FILE = 20;
const FEWEST_SECONDS_OF_A_SLOW_FILE = 0.15;
const TICKS_A_SECOND = 100;

/** seconds that children took which have ended */
function secondsOfChildren(): number {
  if (process.platform !== 'linux') return 0;
  const fields = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}

function secondsOfProcessor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + secondsOfChildren();
}

/** what else all files of a process share, by name */
const surroundings = (): Map<string, unknown> =>
  new Map<string, unknown>([
    ['the working folder', process.cwd()],
    ['the exit code', process.exitCode],
  ]);

/** Sets the environment back to what it was: a variable that a file leaves behind would be the next file's. */
function restoreEnvironment(before: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
}

const ROOT = path.join(import.meta.dirname, '..');
const inNpmTest = new Set(testFiles().map((each) => path.join(ROOT, each)));

const allRan = (suite: Readonly<RunnerTestSuite>): boolean =>
  suite.tasks.every((task) => (task.type === 'suite' ? allRan(task) : task.mode === 'run'));

let secondsBefore: number;
let surroundingsBefore: Map<string, unknown>;
let environmentBefore: NodeJS.ProcessEnv;
beforeAll(() => {
  secondsBefore = secondsOfProcessor();
  surroundingsBefore = surroundings();
  environmentBefore = { ...process.env };
});

let file: RunnerTestFile | undefined;
beforeEach(({ task }) => {
  file = task.file;
  const fault = faultOfTitle(task.name);
  if (fault) throw new Error(`the title "${task.name.slice(0, 200)}" ${fault}`);
});

afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  restoreEnvironment(environmentBefore);
  const after = surroundings();
  const changed = [...new Set([...surroundingsBefore.keys(), ...after.keys()])].filter(
    (name) => surroundingsBefore.get(name) !== after.get(name),
  );
  if (changed.length) throw new Error(`the file leaves behind a change of ${changed.join(', ')}`);
  const seconds = secondsOfProcessor() - secondsBefore;
  // nothing ran, or a suite of its own, which may take its time
  if (!file || !inNpmTest.has(path.resolve(file.filepath))) return;
  const slow = isSlow(textOf(file.filepath));
  const fuzzed = times(1) !== 1;
  if (!slow && !fuzzed && seconds > MOST_SECONDS_OF_A_FAST_FILE)
    throw new Error(
      `the file took ${seconds.toFixed(1)} s of processor time: say why in its header, in a line that starts with "// Slow: ", and \`npm run test:fast\` leaves it out`,
    );
  if (slow && seconds < FEWEST_SECONDS_OF_A_SLOW_FILE && allRan(file))
    throw new Error(
      `the file took only ${seconds.toFixed(2)} s: without the line "// Slow: " in its header \`npm run test:fast\` runs it too`,
    );
});
