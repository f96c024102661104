// `npm run check:package`: what `npm pack` makes, looked at as those who install it do. The files in it and how much disk they and their
// dependencies take, publint, attw, and a strict program that imports every entry, without skipLibCheck, under the oldest TypeScript that is supported,
// this one and the next. `--publish` also asks for a real address. Source: package.json. Caveat: the other two come from the registry, once.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../contracts/devnet/cache.ts';
import { manifest } from './dist.ts';
import { builtImports } from './parts.ts';

const ROOT = path.join(import.meta.dirname, '..');
/** compilers that are not the repository's: what is installed, and its program */
const OTHER_TYPESCRIPTS = [
  { name: 'typescript', version: '5.6.3', program: 'bin/tsc' },
  { name: '@typescript/native-preview', version: '7.0.0-dev.20260707.2', program: 'bin/tsgo' },
] as const;
/** an install without optional packages */
const MOST_BYTES = 5e6;
/** a file takes whole blocks */
const BLOCK_BYTES = 4096;

interface Packed {
  path: string;
  size: number;
}

const blocks = (bytes: number): number => Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;

/** Disk that files and the folders they lie in take. */
export function diskBytes(files: readonly Packed[]): number {
  const folders = new Set<string>();
  for (const file of files) for (let at = path.posix.dirname(file.path); at !== '.'; at = path.posix.dirname(at)) folders.add(at);
  return files.reduce((sum, { size }) => sum + blocks(size), (folders.size + 1) * BLOCK_BYTES);
}

/** What is wrong with the files of a package: what nobody needs is in it, or what one of them needs is not. */
export function faultsOfFiles(files: readonly string[], entries: readonly string[], read: (file: string) => string): string[] {
  const there = new Set(files);
  const faults = files
    .filter((file) => /^(test|bench)\/|\.map$|\.test\.|(?<!\.d)\.ts$/.test(file))
    .map((file) => `${file} is for nobody who installs it`);
  for (const entry of entries) if (!there.has(path.posix.normalize(entry))) faults.push(`package.json names ${entry}, which is not packed`);
  for (const file of files) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    for (const name of builtImports(read(file))) {
      const target = path.posix.join(path.posix.dirname(file), name);
      const found = file.endsWith('.d.ts') ? target.replace(/\.(js|ts)$/, '.d.ts') : target;
      if (!there.has(found)) faults.push(`${file} imports ${name}, which is not packed`);
    }
  }
  return faults;
}

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; peer?: boolean }>;
}

/** what npm installs along, as files */
function dependencyFiles(): Packed[] {
  const lock = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const installed = Object.entries(lock.packages).filter(
    ([name, { dev, devOptional, optional, peer }]) => name !== '' && !dev && !devOptional && !optional && !peer,
  );
  return installed.flatMap(([folder]) =>
    fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).flatMap((name) => {
      const stat = fs.statSync(path.join(ROOT, folder, name));
      return stat.isFile() ? [{ path: `${folder}/${name}`, size: stat.size }] : [];
    }),
  );
}

function run(command: string, args: readonly string[], cwd = ROOT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}${error ?? ''}`);
  return stdout;
}

const tool = (name: string): string => path.join(ROOT, 'node_modules/.bin', name);

/** the program of a compiler, kept outside the checkout */
function otherTypescript({ name, version, program }: (typeof OTHER_TYPESCRIPTS)[number]): string {
  const folder = path.join(cacheFolder(), `${path.posix.basename(name)}-${version}`);
  const compiler = path.join(folder, 'node_modules', name, program);
  if (!fs.existsSync(compiler)) {
    fs.mkdirSync(folder, { recursive: true });
    run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', `${name}@${version}`], folder);
  }
  return compiler;
}

/** a program that somebody writes with every entry; optional packages are those of the repository */
function writeProject(folder: string, tarball: string): void {
  const own = path.join(folder, 'node_modules/zkvm');
  fs.mkdirSync(own, { recursive: true });
  run('tar', ['xzf', tarball, '-C', own, '--strip-components=1']);
  fs.symlinkSync(path.join(ROOT, 'node_modules/starknet'), path.join(folder, 'node_modules/starknet'));
  const names = Object.keys(manifest().exports).map((name) => path.posix.join('zkvm', name));
  const lines = names.map((name, i) => `import * as entry${i} from '${name}';\nexport const names${i}: string[] = Object.keys(entry${i});`);
  fs.writeFileSync(path.join(folder, 'main.ts'), `${lines.join('\n')}\n`);
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    types: [],
    noEmit: true,
  };
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
}

/** Errors of the program and of our declarations; those inside another package are its own. */
const ownErrors = (output: string): string[] =>
  output.split('\n').filter((line) => /error TS/.test(line) && (/^(main\.ts|node_modules\/zkvm\/)/.test(line) || !line.includes('(')));

function typeErrors(compiler: string, folder: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json', '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0 && !stdout.includes('error TS')) throw new Error(`${compiler} did not run: ${stderr}`);
  return status === 0 ? [] : ownErrors(stdout);
}

/** an address of a reserved domain is no address */
export const isPlaceholder = (address: string): boolean => /\.(example|invalid|test)([/:]|$)/.test(address);

function check(publish: boolean): string[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-package-'));
  try {
    run('npm', ['run', 'build']);
    const [packed] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder])) as [
      { filename: string; files: Packed[] },
    ];
    const tarball = path.join(folder, packed.filename);
    const { exports, bin } = manifest();
    const entries = [...Object.values(exports).flatMap(({ types, default: file }) => [types, file]), ...Object.values(bin)];
    const names = packed.files.map((file) => file.path);
    const faults = faultsOfFiles(names, entries, (file) => fs.readFileSync(path.join(ROOT, file), 'utf8'));
    const bytes = diskBytes(packed.files) + diskBytes(dependencyFiles());
    console.log(
      `${names.length} files; installed with its dependencies ${(bytes / 1e6).toFixed(2)} MB on disk, at most ${MOST_BYTES / 1e6}`,
    );
    if (bytes > MOST_BYTES) faults.push(`an install takes ${bytes} bytes, at most ${MOST_BYTES}`);
    console.log(run(tool('publint'), ['run', tarball, '--strict']).trim());
    console.log(run(tool('attw'), [tarball, '--profile', 'esm-only', '--format', 'ascii']).trim());
    const project = path.join(folder, 'project');
    writeProject(project, tarball);
    const compilers = {
      ...Object.fromEntries(OTHER_TYPESCRIPTS.map((other) => [other.version, otherTypescript(other)])),
      'of the repository': createRequire(import.meta.url).resolve('typescript/bin/tsc'),
    };
    for (const [version, compiler] of Object.entries(compilers)) {
      const errors = typeErrors(compiler, project);
      console.log(`TypeScript ${version}: ${errors.length} errors`);
      faults.push(...errors);
    }
    const { repository, homepage, bugs } = manifest();
    const placeholders = [repository.url, homepage, bugs.url].filter(isPlaceholder);
    if (publish) faults.push(...placeholders.map((address) => `package.json: ${address} is no address; say where the repository is`));
    return faults;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) {
  const faults = check(process.argv.includes('--publish'));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length ? 1 : 0;
}
