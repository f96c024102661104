// Builds the page once for all of its tests. Caveat: into the folder of `npm run web`, where the last build lies afterwards.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

export default function setup(): void {
  // a process of its own: vitest's NODE_ENV would make it a page for tests
  const { NODE_ENV: _, ...env } = process.env;
  const { status, stderr } = spawnSync('npm', ['run', 'web'], { cwd: path.join(import.meta.dirname, '../..'), env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run web ended with ${status}\n${stderr}`);
}
