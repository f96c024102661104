// The template of the report as it is now: built again where a source of the view is newer. Source: web/report/build.ts. Caveat: into dist/, where the last
// one lies afterwards; several processes may do it at a time.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../../..');
const TEMPLATE = path.join(ROOT, 'dist/cli/report/page.html.br');
const WEB = path.join(ROOT, 'web');

const timeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export function builtTemplate(): void {
  const sources = fs
    .readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|css)$/.test(name) && !name.startsWith('dist'))
    .map((name) => timeOf(path.join(WEB, name)));
  if (timeOf(TEMPLATE) > Math.max(...sources)) return;
  // a process of its own: vitest's NODE_ENV would make it a page for tests
  const { NODE_ENV: _, ...env } = process.env;
  const { status, stderr } = spawnSync('npm', ['run', 'web:report'], { cwd: ROOT, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run web:report ended with ${status}\n${stderr}`);
}
