// The floors and rooms of the tree, and which file imports which. test/floors.test.ts holds the imports against the order; the picture in
// docs/ARCHITECTURE.md is drawn from them (architecture.ts). Caveat: import statements are read as text.
import fs from 'node:fs';
import path from 'node:path';

/** test of the order: the forged imports in it are text, not imports */
const FORGED = 'test/floors.test.ts';
const ROOT = path.join(import.meta.dirname, '..');
/** folders that builds write */
const BUILT = ['web/dist'];

/** path prefix → floor; the longest prefix counts */
export const FLOORS: readonly (readonly [string, number])[] = [
  ['fri/', 1],
  ['air/', 2],
  ['gpu/', 2],
  ['vm/', 3],
  ['compiler/', 4],
  ['contracts/', 4],
  ['cli/', 5],
  ['compile.ts', 5],
  ['index.ts', 6],
  ['web/', 7],
  ['examples/', 8],
  ['test/', 8],
  ['bench/', 8],
];

/**
 * The order of the folders inside a floor, from the ground up: a file imports its own folder and those before it; `.` is the folder itself,
 * `*` every folder without a place of its own, which sees none of the others.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  fri: ['core', 'pcs', 'backend', 'backend/js'],
  gpu: ['kind', 'emitter', 'wasm', 'js', '*', '.'],
  vm: ['program', 'executor', 'chips', 'files', 'statement', 'debug', 'estimate', '.', 'library'],
  compiler: ['onnx', 'layout', 'stages', 'operators', 'graph', 'quantise', 'lower', 'report', 'choice', '.'],
  contracts: ['devnet', 'class', 'client', '.'],
  cli: ['io', 'report', 'serve', '.'],
};

/** the top floors, which see everything and whose folders may see each other */
export const TOP_FLOOR = 8;

export type Sources = ReadonlyMap<string, string>;

export function readSources(): Sources {
  const sources = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!BUILT.includes(file)) visit(file);
      } else if (file !== FORGED && /\.tsx?$/.test(entry.name) && !/\.d\.ts$/.test(entry.name))
        sources.set(file, fs.readFileSync(path.join(ROOT, file), 'utf8'));
    }
  };
  for (const top of new Set(FLOORS.map(([prefix]) => prefix.split('/')[0]!))) {
    const found = fs.statSync(path.join(ROOT, top), { throwIfNoEntry: false });
    if (found?.isDirectory()) visit(top);
    else if (found) sources.set(top, fs.readFileSync(path.join(ROOT, top), 'utf8'));
  }
  return sources;
}

export const floorOf = (file: string): number =>
  FLOORS.filter(([prefix]) => file.startsWith(prefix)).sort((a, b) => b[0].length - a[0].length)[0]![1];

/** A file's top folder, its room and how high that lies there. @returns undefined where the top folder has no rooms */
export function roomOf(file: string): { top: string; room: string; order: number } | undefined {
  const top = file.split('/')[0]!;
  const rooms = ROOMS[top];
  if (!rooms) return;
  const folder = path.posix.dirname(file).slice(top.length + 1);
  const known = rooms.filter((room) => (room === '.' ? folder === '' : folder === room || folder.startsWith(`${room}/`)));
  const [deepest] = known.sort((a, b) => b.length - a.length);
  if (deepest !== undefined) return { top, room: deepest, order: rooms.indexOf(deepest) };
  return { top, room: folder.split('/')[0]!, order: rooms.indexOf('*') };
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export interface Import {
  from: string;
  /** path from the root for a relative import, else the package */
  to: string;
  relative: boolean;
  /** `import type`, erased: it cannot make a cycle at run time */
  typeOnly: boolean;
  /** a dynamic import, which runs later */
  lazy: boolean;
}

export function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    // what the page's build does with a file stands behind a `?`
    const target = (match[1] ?? match[2])!.replace(/\?.*$/, '');
    const relative = target.startsWith('.');
    return {
      from: file,
      to: relative ? path.posix.join(path.posix.dirname(file), target) : target,
      relative,
      typeOnly: /^\s*(import|export)\s+type\s/.test(match[0]),
      lazy: match[2] !== undefined,
    };
  });
}
