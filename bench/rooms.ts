// Rooms of the published JavaScript that are entered by one file: what only that file leads to is joined to it, since a file takes whole blocks of a disk
// and most are smaller than one. Source: the imports of the built files. Caveat: a file that somebody else imports too stays as it is, so no module is
// there twice; paths that are computed are not seen, and the rooms named here are in none.
import fs from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';

/** door and room, below the folder of built files */
const ROOMS: readonly (readonly [door: string, room: string])[] = [['compiler/operators/index.js', 'compiler/operators']];

/** The relative imports of a built file, which has no blanks to go by as a source has (imports.ts). */
export const builtImports = (text: string): string[] =>
  Array.from(text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g), ([, name]) => name!);

/** Files that each built file imports. */
function importsBelow(folder: string): Map<string, Set<string>> {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  return new Map(
    files.map((name) => {
      const text = fs.readFileSync(path.join(folder, name), 'utf8');
      return [name, new Set(builtImports(text).map((to) => path.join(path.dirname(name), to)))];
    }),
  );
}

/** The files of a room that nothing but its door and each other leads to. @param imports of every file, by name */
export function joinable(imports: ReadonlyMap<string, ReadonlySet<string>>, door: string, room: string): Set<string> {
  const found = new Set([...imports.keys()].filter((name) => name !== door && path.dirname(name) === room));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [importer, list] of imports) if (importer !== door && !found.has(importer)) for (const name of list) found.delete(name);
  }
  return found;
}

/** Joins each room's files to its door, in place. */
export function joinRooms(folder: string): void {
  for (const [door, room] of ROOMS) {
    const imports = importsBelow(folder);
    const joined = joinable(imports, door, room);
    const outside = [...imports.keys()].filter((name) => name !== door && !joined.has(name));
    const file = path.join(folder, door);
    const { outputFiles } = buildSync({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      target: 'esnext',
      charset: 'utf8',
      minifyWhitespace: true,
      minifySyntax: true,
      packages: 'external',
      // as the door and the files beside it name them
      external: outside.map((name) => {
        const relative = path.relative(path.dirname(door), name);
        return relative.startsWith('.') ? relative : `./${relative}`;
      }),
    });
    fs.writeFileSync(file, outputFiles[0]!.contents);
    for (const name of joined) fs.rmSync(path.join(folder, name));
  }
}
