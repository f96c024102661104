// The package as npm publishes it, built beside the sources' own dist, which a running command line may be using. Caveat: comments stay in its
// JavaScript, which `npm run build` takes out.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');

/** Runs a program and gives what it prints. @throws with what it said on stderr */
export const run = (command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });

/** Packs the sources into a folder. @returns the tarball */
export function packInto(folder: string): string {
  const source = path.join(folder, 'source');
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, '-p', path.join(ROOT, 'tsconfig.build.json'), '--outDir', path.join(source, 'dist')], ROOT);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'SECURITY.md', 'docs', 'contracts/class/built'])
    fs.cpSync(path.join(ROOT, name), path.join(source, name), { recursive: true });
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], source)) as [
    { filename: string },
  ];
  return path.join(folder, filename);
}
