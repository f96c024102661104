// The templates of the pages in one file as they are now: built again where a source of the view is newer. Source: web/templates.ts. Caveat: into dist/, where the last
// ones lie afterwards; several processes may do it at a time.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../../..');
const TEMPLATES = ['page', 'trace'].map((name) => path.join(ROOT, `dist/cli/report/${name}.html.br`));
const WEB = path.join(ROOT, 'web');

const timeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export function builtTemplates(): void {
  const sources = fs
    .readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|css)$/.test(name) && !name.startsWith('dist'))
    .map((name) => timeOf(path.join(WEB, name)));
  if (Math.min(...TEMPLATES.map(timeOf)) > Math.max(...sources)) return;
  // a process of its own: vitest's NODE_ENV would make it a page for tests
  const { NODE_ENV: _, ...env } = process.env;
  const { status, stderr } = spawnSync('npm', ['run', 'web:templates'], { cwd: ROOT, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run web:templates ended with ${status}\n${stderr}`);
}
