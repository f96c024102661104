// `npm run devnet:install`: builds starknet-devnet and universal-sierra-compiler with cargo into the cache folder (cache.ts), once.
// Source: DESIGN §10. Optimisation level 1 and no LTO: 20 minutes on two cores instead of an hour. Cargo puts a program in its place when it is
// whole, and the build folder stays until all are installed, so an interrupted run goes on where it stopped.
// Caveat: needs cargo and 3 GB of disk while it builds.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ZkvmError } from '../../fri/core/errors.ts';
import { cacheFolder } from './cache.ts';

const TOOLS: readonly (readonly [string, string])[] = [
  ['universal-sierra-compiler', '2.8.0'],
  ['starknet-devnet', '0.8.2'],
];
const PROGRESS_MS = 15_000;

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_DEBUG: '0',
  // cargo's own progress bar, which says how many crates there are
  CARGO_TERM_COLOR: 'never',
  CARGO_TERM_PROGRESS_WHEN: 'always',
  CARGO_TERM_PROGRESS_WIDTH: '160',
  CARGO_TARGET_DIR: cacheFolder('build'),
});

/** the versions that this script installed, one file a tool */
const stampOf = (tool: string): string => path.join(cacheFolder('tools'), `${tool}.version`);

const isInstalled = (tool: string, version: string): boolean =>
  fs.existsSync(path.join(cacheFolder('tools'), 'bin', tool)) &&
  fs.existsSync(stampOf(tool)) &&
  fs.readFileSync(stampOf(tool), 'utf8') === version;

/** exit code of an interrupted command */
const INTERRUPTED = 130;

/** What cargo's progress bar said last: `Building [====>   ] 12/345: name, name`. */
function progressOf(text: string): string | undefined {
  const [, done, all, crates] = /^.*\[[=> ]*\] (\d+)\/(\d+)(?:: ([^\r\n]*))?/s.exec(text) ?? [];
  return done && `${done} of ${all} crates${crates ? `, at work on ${crates.trim().slice(0, 60)}` : ''}`;
}

/** Runs cargo install, one line of progress a quarter of a minute. */
function install(tool: string, version: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['install', tool, '--version', version, '--locked', '--force', '--root', cacheFolder('tools')];
    const cargo = spawn('cargo', args, { env: environment(), stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    const started = performance.now();
    const minutes = (): string => ((performance.now() - started) / 60_000).toFixed(1);
    let tail = '';
    let progress = 'waiting for cargo';
    cargo.stderr.on('data', (data: Uint8Array) => {
      tail = (tail + data.toString()).slice(-4000);
      progress = progressOf(tail) ?? progress;
    });
    const report = (text: string): void => console.log(`${tool} ${version}: ${text}`);
    report('building, about 5 minutes for the Sierra compiler and 15 for the devnet on two cores');
    const timer = setInterval(() => report(`${progress}, ${minutes()} minutes`), PROGRESS_MS);
    let interrupted = false;
    // a terminal and a wrapper may both pass the signal on: the second one must not end this process before cargo has ended
    const interrupt = (): void => {
      if (interrupted) return;
      interrupted = true;
      // cargo leads a group of its own, so that its compilers end with it
      process.kill(-cargo.pid!, 'SIGTERM');
    };
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
    const done = (): void => {
      clearInterval(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    };
    const fail = (why: string, cause?: unknown): void => {
      done();
      reject(
        new ZkvmError('chain', 'ZK0741', {
          what: `${tool} ${version} could not be built`,
          why,
          fix: 'install Rust with cargo, then run npm run devnet:install again',
          cause,
        }),
      );
    };
    cargo.on('error', (error) => fail(error.message, error));
    cargo.on('close', (code) => {
      if (interrupted) {
        console.error(`${tool} ${version}: interrupted; npm run devnet:install goes on from here`);
        process.exit(INTERRUPTED);
      }
      const lines = tail.split(/[\r\n]+/).filter((line) => line.trim() && !progressOf(line));
      if (code !== 0) return fail(lines.slice(-12).join('\n'));
      done();
      fs.writeFileSync(stampOf(tool), version);
      report(`installed after ${minutes()} minutes`);
      resolve();
    });
  });
}

try {
  for (const [tool, version] of TOOLS) {
    if (isInstalled(tool, version)) console.log(`${tool} ${version}: there already`);
    else await install(tool, version);
  }
  fs.rmSync(cacheFolder('build'), { recursive: true, force: true });
} catch (error) {
  if (!(error instanceof ZkvmError)) throw error;
  console.error([error.message, error.why, error.fix].filter(Boolean).join('\n'));
  process.exitCode = error.exitCode;
}
