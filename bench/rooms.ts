// Rooms of the published JavaScript: a file takes whole blocks of a disk and most are smaller than one, so a file that one other leads to is joined to it, and so on
// up to a door: what somebody runs, imports by name or imports later, what asks where it lies, and what several doors lead to. Source: the imports of the built
// files; dominators, in a graph without cycles. Caveat: paths that are computed are not seen, so what they name is a door by its name (dist.ts).
import fs from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

/** The relative imports of a built file, which has no blanks to go by as a source has (imports.ts). */
export const builtImports = (text: string): string[] =>
  Array.from(text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g), ([, name]) => name!);

const laterImports = (text: string): string[] => Array.from(text.matchAll(/\bimport\s*\(\s*["'](\.[^"']+)["']/g), ([, name]) => name!);

interface Graph {
  /** files that each file imports, by name */
  imports: Map<string, Set<string>>;
  /** files that some file imports later, or that ask where they lie */
  apart: Set<string>;
}

function graphBelow(folder: string): Graph {
  const imports = new Map<string, Set<string>>();
  const apart = new Set<string>();
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.js'))) {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    const placed = (list: string[]): string[] => list.map((to) => path.join(path.dirname(name), to));
    imports.set(name, new Set(placed(builtImports(text))));
    for (const to of placed(laterImports(text))) apart.add(to);
    if (text.includes('import.meta')) apart.add(name);
  }
  return { imports, apart };
}

/**
 * The door of each file. A door is its own.
 * @param imports of every file, by name, without a cycle
 * @param doors files that stay for themselves; so do those that nobody imports
 */
export function doorsOf(imports: ReadonlyMap<string, ReadonlySet<string>>, doors: ReadonlySet<string>): Map<string, string> {
  const importers = new Map<string, string[]>([...imports.keys()].map((name) => [name, []]));
  for (const [name, list] of imports) for (const to of list) importers.get(to)?.push(name);
  const found = new Map<string, string>();
  const doorOf = (name: string): string => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const above = new Set(doors.has(name) ? [] : importers.get(name)!.map(doorOf));
    const door = above.size === 1 ? [...above][0]! : name;
    found.set(name, door);
    return door;
  };
  for (const name of imports.keys()) doorOf(name);
  return found;
}

/** files of the door's own room are joined, all others are imported from where they lie */
const within = (folder: string, door: string, doors: ReadonlyMap<string, string>): Plugin => ({
  name: 'room',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\./ }, ({ path: to, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      const name = path.relative(folder, path.join(resolveDir, to));
      if (doors.get(name) === door) return undefined;
      const relative = path.relative(path.dirname(door), name);
      return { path: relative.startsWith('.') ? relative : `./${relative}`, external: true };
    });
  },
});

/**
 * Joins files to their doors, in place.
 * @param named doors that no import shows
 */
export async function joinRooms(folder: string, named: readonly string[]): Promise<void> {
  const { imports, apart } = graphBelow(folder);
  const doors = doorsOf(imports, new Set([...named, ...apart]));
  const rooms = new Set([...doors].flatMap(([name, door]) => (name === door ? [] : [door])));
  const joined = await Promise.all(
    Array.from(rooms, async (door) => {
      const { outputFiles } = await build({
        entryPoints: [path.join(folder, door)],
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'neutral',
        target: 'esnext',
        charset: 'utf8',
        minifyWhitespace: true,
        minifySyntax: true,
        packages: 'external',
        plugins: [within(folder, door, doors)],
      });
      return [door, outputFiles[0]!.contents] as const;
    }),
  );
  for (const [door, contents] of joined) fs.writeFileSync(path.join(folder, door), contents);
  for (const [name, door] of doors) if (name !== door) fs.rmSync(path.join(folder, name));
}
