// `zkvm/prover` → vm/library/prover.ts, for every entry of the package, as Vite takes it. Source: package.json. Caveat: sources, so nothing has to be built
// before the page.
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');

export function entries(): { find: RegExp; replacement: string }[] {
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, { default: string }> };
  return Object.entries(manifest.exports).map(([subpath, { default: built }]) => ({
    find: new RegExp(`^${path.posix.join('zkvm', subpath)}$`),
    replacement: path.join(ROOT, built.replace('./dist/', '').replace(/\.js$/, '.ts')),
  }));
}
