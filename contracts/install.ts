// `npm run devnet:install`: builds starknet-devnet and universal-sierra-compiler with cargo into the cache folder (cache.ts), once.
// Source: DESIGN §10. Optimisation level 1 and no LTO: 20 minutes on two cores instead of an hour. Caveat: needs cargo and 3 GB of disk
// while it builds; the build folder is deleted afterwards.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ZkvmError } from '../fri/errors.ts';
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
  CARGO_TARGET_DIR: cacheFolder('build'),
});

/** the versions that this script installed, one file a tool */
const stampOf = (tool: string): string => path.join(cacheFolder('tools'), `${tool}.version`);

const isInstalled = (tool: string, version: string): boolean =>
  fs.existsSync(path.join(cacheFolder('tools'), 'bin', tool)) &&
  fs.existsSync(stampOf(tool)) &&
  fs.readFileSync(stampOf(tool), 'utf8') === version;

/** Runs cargo install, one line of progress a quarter of a minute. */
function install(tool: string, version: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['install', tool, '--version', version, '--locked', '--force', '--root', cacheFolder('tools')];
    const cargo = spawn('cargo', args, { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
    const started = performance.now();
    let compiled = 0;
    let tail = '';
    cargo.stderr.on('data', (data: Uint8Array) => {
      const text = data.toString();
      compiled += text.match(/Compiling /g)?.length ?? 0;
      tail = (tail + text).slice(-4000);
    });
    const minutes = (): string => ((performance.now() - started) / 60_000).toFixed(1);
    const timer = setInterval(() => console.log(`${tool} ${version}: ${compiled} crates compiled, ${minutes()} minutes`), PROGRESS_MS);
    const fail = (why: string, cause?: unknown): void => {
      clearInterval(timer);
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
      if (code !== 0) return fail(tail.trim().split('\n').slice(-12).join('\n'));
      clearInterval(timer);
      fs.writeFileSync(stampOf(tool), version);
      console.log(`${tool} ${version}: installed after ${minutes()} minutes`);
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
  console.error([error.message, error.fix].join('\n'));
  process.exitCode = error.exitCode;
}
