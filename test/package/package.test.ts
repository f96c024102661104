// What `npm run check:package` and `npm run build` decide, on small packages that are wrong in one way each; the changelog has this version.
// Caveat: the whole check packs, installs a TypeScript and runs publint and attw; continuous integration does that.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { pruned } from '../../bench/declarations.ts';
import { isEmpty, manifest, withoutComments } from '../../bench/dist.ts';
import { diskBytes, faultsOfFiles, isPlaceholder } from '../../bench/package.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** put in, so that these imports are none of this file */
const C = './c.js';

const TEXTS: Record<string, string> = {
  'dist/a.js': `import { b } from "./in/b.js";\nexport const later = () => import("${C}");\nimport "starknet";\n`,
  'dist/c.js': '',
  'dist/in/b.js': '',
  'dist/a.d.ts': `export type { B } from './in/b.ts';\nexport declare const c: typeof import('${C}');\n`,
  'dist/c.d.ts': '',
  'dist/in/b.d.ts': '',
};
const NAMES = Object.keys(TEXTS);
const ENTRIES = ['./dist/a.js', './dist/a.d.ts'];
const faults = (names: readonly string[], entries = ENTRIES): string[] => faultsOfFiles(names, entries, (file) => TEXTS[file] ?? '');

describe('the files of a package', () => {
  test('are right as they are', () => {
    expect(faults(NAMES)).toEqual([]);
  });

  test.each(['test/a.js', 'bench/x.js', 'dist/a.js.map', 'dist/a.test.js', 'dist/a.ts'])('%s has no place there', (name) => {
    expect(faults([...NAMES, name])).toEqual([`${name} is for nobody who installs it`]);
  });

  test('lack nothing that one of them imports, late imports and types included', () => {
    expect(faults(NAMES.filter((name) => name !== 'dist/c.js'))).toEqual(['dist/a.js imports ./c.js, which is not packed']);
    expect(faults(NAMES.filter((name) => name !== 'dist/in/b.d.ts'))).toEqual(['dist/a.d.ts imports ./in/b.ts, which is not packed']);
    expect(faults(NAMES, [...ENTRIES, './dist/d.js'])).toEqual(['package.json names ./dist/d.js, which is not packed']);
  });

  test('take whole blocks on disk, and folders take one too', () => {
    expect(diskBytes([{ path: 'a', size: 1 }])).toBe(2 * 4096);
    expect(
      diskBytes([
        { path: 'x/y/a', size: 4097 },
        { path: 'x/b', size: 0 },
      ]),
    ).toBe(5 * 4096);
  });
});

describe('declarations', () => {
  const at = (name: string): string => path.join('/p', name);
  const left = (texts: Record<string, string>, ...entries: string[]): Record<string, string> =>
    Object.fromEntries(
      [...pruned(entries.map(at), (file) => texts[path.relative('/p', file)]!)].map(([file, text]) => [path.relative('/p', file), text]),
    );

  test('are followed from the entries, and no further', () => {
    expect(Object.keys(left(TEXTS, 'dist/a.d.ts')).sort()).toEqual(['dist/a.d.ts', 'dist/c.d.ts', 'dist/in/b.d.ts']);
    expect(Object.keys(left(TEXTS, 'dist/c.d.ts'))).toEqual(['dist/c.d.ts']);
  });

  test('that nobody outside can name go, with what only they import; comments of what stays, stay', () => {
    const texts = {
      'a.d.ts':
        "import { type Used, type Unused } from './b.ts';\nexport { passed as renamed } from './d.ts';\nexport declare function f(used: Used): Hidden;\ntype Hidden = 1;\n",
      'b.d.ts':
        "// header\nimport type { Deep } from './c.ts';\nimport type { Other } from './e.ts';\n/** what it is */\nexport interface Used { deep: Deep }\nexport interface Unused { other: Other }\n",
      'c.d.ts': 'export type Deep = 5;\ndeclare const own: 1;\n',
      'd.d.ts': 'declare const passed: 2;\nexport { passed };\nexport declare const gone: 3;\n',
      'e.d.ts': 'export type Other = 4;\n',
    };
    const kept = left(texts, 'a.d.ts');
    expect(Object.keys(kept).sort()).toEqual(['a.d.ts', 'b.d.ts', 'c.d.ts', 'd.d.ts']);
    expect(kept['a.d.ts']).toContain('{ type Used }');
    expect(kept['a.d.ts']).toContain('type Hidden = 1;');
    expect(kept['b.d.ts']).toMatch(/what it is \*\/\nexport interface Used/);
    expect(kept['b.d.ts']).not.toContain('Unused');
    expect(kept['c.d.ts']).toBe('export type Deep = 5;\n');
    expect(kept['d.d.ts']).toBe('declare const passed: 2;\nexport { passed };\n');
  });

  test('of a namespace or of everything are kept whole', () => {
    const texts = {
      'a.d.ts': "export * from './b.ts';\n",
      'b.d.ts': "import * as c from './c.ts';\nexport type B = typeof c;\n",
      'c.d.ts': 'export declare const x: 1;\n',
    };
    expect(left(texts, 'a.d.ts')).toEqual(texts);
  });
});

test('comments go, and what only looks like one stays', () => {
  const text = '#!/usr/bin/env node\n// gone\n/** gone too */\nexport const url = "https://a.b/*c*/"; // gone\n';
  const without = withoutComments(text);
  expect(without).toContain('#!/usr/bin/env node');
  expect(without).toContain('https://a.b/*c*/');
  expect(without).not.toContain('gone');
});

test('a file of types has no code, and one with a little has some', () => {
  const code = (text: string): string => withoutComments(text);
  expect(['export {};\n', '// types\nexport {};\n'].map(code).map(isEmpty)).toEqual([true, true]);
  expect(['import "./a.js";\nexport {};', 'export { a } from "./a.js";', 'export const a = 1;'].map(code).some(isEmpty)).toBe(false);
});

test('an address of a reserved domain is none, and publishing asks for one', () => {
  expect(['https://a.example/', 'git+https://a.example/b.git', 'https://b.invalid'].map(isPlaceholder)).toEqual([true, true, true]);
  expect(['https://example.org/', 'https://a.examples/', 'git+https://host.org/a.example-b.git'].map(isPlaceholder)).toEqual([
    false,
    false,
    false,
  ]);
  expect(manifest().scripts.prepublishOnly).toContain('check:package -- --publish');
});

test('the changelog has a section of this version, and the package has the changelog', () => {
  const { version, files } = manifest();
  expect(fs.readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8')).toContain(`\n## [${version}]`);
  expect(files).toContain('CHANGELOG.md');
});
