// `npm run build`: what is published of the sources. Compiles them, takes comments and blanks out of the JavaScript (declarations keep them, editors
// show those), joins files that are always loaded together (parts.ts), and drops the JavaScript of types and the declarations that no entry of package.json
// needs (declarations.ts); and the pages in one file (web/templates.ts), and the page that `serve` shows (page-pack.ts). Source: tsconfig.build.json, package.json. Caveat: a file that only a computed path names would be dropped, and there is none.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { transformSync } from 'esbuild';
import { writeTemplates } from '../web/templates.ts';
import { pruned } from './declarations.ts';
import { writePagePack } from './page-pack.ts';
import { joinParts } from './parts.ts';

const ROOT = path.join(import.meta.dirname, '..');

interface Manifest {
  version: string;
  files: string[];
  scripts: Record<string, string>;
  bin: Record<string, string>;
  exports: Record<string, { types: string; default: string }>;
  homepage: string;
  bugs: { url: string };
  repository: { url: string };
}

/** what runs by a name that is put together: threads and processes of the command line, and the demo */
const STARTED = ['cli/command-thread.js', 'cli/gpu-probe.js', 'cli/demo.js', 'cli/serve/worker.js', 'cli/serve/upload-worker.js'];

export const manifest = (): Manifest => JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** JavaScript without comments and blanks, in the shortest form that says the same; names stay, for stack traces. Blanks are a tenth of an install, which has to stay below 5 MB. */
export const withoutComments = (text: string): string =>
  transformSync(text, { loader: 'js', target: 'esnext', charset: 'utf8', minifyWhitespace: true, minifySyntax: true }).code;

/**
 * A declaration without what errors say, and without its indentation: the registry's texts are 50 kB in it, and a program that catches an error reads
 * codes and kinds.
 */
export const withoutTexts = (declaration: string): string =>
  declaration.replace(/^\s*readonly (?:title|help): (?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*');\n/gm, '').replace(/^(?: {4})+(?=[^ *])/gm, '');

/** Code of a file of types: nothing imports it, but it would take a block of the disk. */
export const isEmpty = (code: string): boolean => /^\s*export\s*\{\s*\};?\s*$/.test(code);

async function build(): Promise<number> {
  const dist = path.join(ROOT, 'dist');
  fs.rmSync(dist, { recursive: true, force: true });
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) return status ?? 1;
  const { exports, bin } = manifest();
  const read = (file: string): string => fs.readFileSync(file, 'utf8');
  const entries = Object.values(exports).map(({ types }) => path.join(ROOT, types));
  const needed = pruned(entries, read);
  for (const name of fs.readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(dist, name);
    if (name.endsWith('.d.ts')) {
      const text = needed.get(file);
      if (text === undefined) fs.rmSync(file);
      else fs.writeFileSync(file, withoutTexts(text));
    }
    if (!name.endsWith('.js')) continue;
    const code = withoutComments(read(file));
    if (isEmpty(code)) fs.rmSync(file);
    else fs.writeFileSync(file, code);
  }
  const named = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)];
  await joinParts(dist, [...named.map((file) => path.relative('dist', file)), ...STARTED]);
  for (const file of Object.values(bin)) fs.chmodSync(path.join(ROOT, file), 0o755);
  await writeTemplates();
  await writePagePack();
  return 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) process.exitCode = await build();
