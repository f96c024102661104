// The parts that the published JavaScript comes in: a file takes whole blocks of a disk and most of ours are smaller than one, so what is always loaded together is one
// file. Source: esbuild, code splitting. Caveat: what runs by a name that is put together, or asks where it lies, must be named as an entry; all else may move.
import fs from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

/** where parts lie that no entry is */
const SHARED = 'parts';

/** The relative imports of a built file, which has no blanks to go by as a source has (imports.ts). */
export const builtImports = (text: string): string[] =>
  Array.from(text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g), ([, name]) => name!);

const scripts = (folder: string): string[] =>
  fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));

/** stands before the name of a file that is imported from where it lies, until it is known where from */
const PLACED = 'placed:';

/** Files that ask where they lie are in no part: the others import them. */
const importPlaced = (folder: string, placed: readonly string[]): Plugin => ({
  name: 'placed',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\./ }, ({ path: to, resolveDir }) => {
      const name = path.relative(folder, path.join(resolveDir, to));
      return placed.includes(name) ? { path: PLACED + name, external: true } : undefined;
    }),
});

const fromHere = (from: string, to: string): string => {
  const relative = path.relative(path.dirname(from), to);
  return relative.startsWith('.') ? relative : `./${relative}`;
};

/**
 * Joins the files of a folder, in place. Entries stay where they are; what several of them load is there once; what is imported later stays apart.
 * @param entries below the folder; files that ask where they lie are some too
 */
export async function joinParts(folder: string, entries: readonly string[]): Promise<void> {
  const before = scripts(folder);
  const placed = before.filter((name) => fs.readFileSync(path.join(folder, name), 'utf8').includes('import.meta'));
  const { outputFiles } = await build({
    entryPoints: [...new Set([...entries, ...placed])].map((name) => path.join(folder, name)),
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    charset: 'utf8',
    minifyWhitespace: true,
    minifySyntax: true,
    packages: 'external',
    outdir: folder,
    outbase: folder,
    chunkNames: `${SHARED}/[name]-[hash]`,
    plugins: [importPlaced(folder, placed)],
  });
  for (const name of before) fs.rmSync(path.join(folder, name));
  for (const { path: file, text } of outputFiles) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const name = path.relative(folder, file);
    fs.writeFileSync(
      file,
      text.replace(new RegExp(`(["'])${PLACED}([^"']+)\\1`, 'g'), (_, quote, to) => quote + fromHere(name, to) + quote),
    );
  }
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort((a, b) => b.length - a.length)) {
    const at = path.join(folder, name);
    if (fs.statSync(at).isDirectory() && fs.readdirSync(at).length === 0) fs.rmdirSync(at);
  }
}
