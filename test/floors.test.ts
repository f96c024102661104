// Imports only go down the floors of the design, and down the rooms of a floor; there are no circular imports, not even of types, browser floors
// stay free of Node, and the verifier stays small.
// Caveat: it reads import statements as text; a computed import() path would escape it, so those are refused too.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ARCHITECTURE_PAGE, architecturePage } from '../bench/architecture.ts';
import { manifest } from '../bench/dist.ts';
import { floorOf, importsOf, readSources, roomOf, type Sources, TOP_FLOOR } from '../bench/imports.ts';

/** the compiler sees the format of a program, not the machine that proves it; and how WebAssembly is written and loaded */
const COMPILER_SEES =
  /^(compiler\/|vm\/program\/(isa|types|assembler|committed|encoding|exact|repeatable)\.ts$|gpu\/emitter\/(module|own)\.ts$|fri\/core\/errors\.ts$)/;
/** what runs in a browser too */
const BROWSER = /^(fri|air|gpu|vm|compiler)\//;
/** what the page may import of the library */
const ENTRIES = Object.keys(manifest().exports).map((subpath) => path.posix.join('zkvm', subpath));

/** every broken rule as one sentence */
function violations(sources: Sources): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  const types = new Map<string, string[]>();
  for (const [file, text] of sources) {
    if (roomOf(file)?.order === -1) found.push(`${file} lies in a folder that ROOMS does not list`);
    const imports = importsOf(file, text);
    if (!file.startsWith('test/') && /\bimport\(\s*(?!['"])/.test(text)) found.push(`${file}: computed import()`);
    for (const { to, relative, typeOnly, lazy } of imports) {
      if (!relative) {
        if (BROWSER.test(file) && to.startsWith('node:')) found.push(`${file} imports ${to}, but must run in a browser`);
        if (/^zkvm(\/|$)/.test(to) && !ENTRIES.includes(to)) found.push(`${file} imports ${to}, which package.json does not export`);
        continue;
      }
      if (file.startsWith('web/') && !to.startsWith('web/')) found.push(`${file} imports ${to}, but uses public exports only`);
      if (to.endsWith('.css')) continue;
      if (!sources.has(to)) found.push(`${file} imports ${to}, which does not exist`);
      else if (floorOf(to) === floorOf(file) && to.split('/')[0] !== file.split('/')[0] && floorOf(file) < TOP_FLOOR)
        found.push(`${file} imports ${to}, its neighbour on floor ${floorOf(file)}`);
      else if (floorOf(to) > floorOf(file)) found.push(`${file} (floor ${floorOf(file)}) imports ${to} (floor ${floorOf(to)})`);
      const [own, other] = [roomOf(file), roomOf(to)];
      if (own && other && own.top === other.top) {
        if (other.order > own.order) found.push(`${file} imports ${to}, a room above its own`);
        else if (other.order === own.order && other.room !== own.room) found.push(`${file} imports ${to}, a room beside its own`);
      }
      if (file.startsWith('compiler/') && !COMPILER_SEES.test(to)) found.push(`${file} imports ${to}, which the compiler must not see`);
      if (!typeOnly && !lazy) graph.set(file, [...(graph.get(file) ?? []), to]);
      if (!lazy) types.set(file, [...(types.get(file) ?? []), to]);
    }
    if (BROWSER.test(file) && /(?<![\w.])Buffer\b(?=[.(])/.test(text.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')))
      found.push(`${file} uses Buffer, but must run in a browser`);
  }
  found.push(...cycles(types));
  for (const reached of reachableFrom(graph, 'air/verify.ts'))
    if (/^(gpu|compiler|vm)\//.test(reached)) found.push(`air/verify.ts reaches ${reached}`);
  for (const start of ['vm/verify.ts', 'vm/statement/model.ts'])
    for (const reached of reachableFrom(graph, start))
      if (reached.startsWith('vm/executor/')) found.push(`${start} reaches ${reached}: who verifies loads no executor`);
  return found;
}

function reachableFrom(graph: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const next of graph.get(file) ?? []) visit(next);
  };
  visit(start);
  return seen;
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      found.push(`circular import: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

describe('floors', () => {
  const sources = readSources();

  test('the sources are found', () => {
    expect(sources.size).toBeGreaterThan(40);
    for (const file of ['fri/core/m31.ts', 'air/verify.ts', 'vm/program/isa.ts', 'cli/main.ts']) expect(sources.has(file), file).toBe(true);
  });

  test('every rule holds', () => {
    expect(violations(sources)).toEqual([]);
  });

  const corrupted: [string, string, string, RegExp][] = [
    ['an import that goes up', 'fri/core/m31.ts', "import { prove } from '../../air/prove.ts';", /floor 1.*floor 2/],
    ['a re-export that goes up', 'air/check.ts', "export { execute } from '../vm/executor/run.ts';", /floor 2.*floor 3/],
    ['a lazy import that goes up', 'vm/program/isa.ts', "const m = await import('../../cli/main.ts');", /floor 3.*floor 5/],
    ['a type import that goes up', 'fri/core/m31.ts', "import type { Program } from '../../vm/program/types.ts';", /floor 1.*floor 3/],
    ['a cycle', 'fri/core/errors.ts', "import { add } from './m31.ts';\nimport './merkle.ts';", /circular import/],
    ['a cycle of types alone', 'vm/chips/piece.ts', "import type { Pieces } from './split.ts';", /circular import/],
    ['a room above', 'fri/core/m31.ts', "import type { Layout } from '../pcs/layout.ts';", /a room above its own/],
    ['a file above its rooms', 'vm/program/isa.ts', "import { verifyProof } from '../verify.ts';", /a room above its own/],
    ['a room beside it', 'gpu/webgpu/spy.ts', "import '../mock/kind.ts';", /a room beside its own/],
    ['a room that is not listed', 'vm/attic/spy.ts', "import '../program/isa.ts';", /ROOMS does not list/],
    ['a neighbour', 'gpu/wasm/pool.ts', "import { prove } from '../../air/prove.ts';", /its neighbour on floor 2/],
    ['the compiler looking at the machine', 'compiler/graph/spy.ts', "import { execute } from '../../vm/executor/run.ts';", /must not see/],
    ['Node in the browser', 'fri/core/m31.ts', "import fs from 'node:fs';", /must run in a browser/],
    ['Buffer in the browser', 'vm/program/isa.ts', 'export const x = Buffer.from([1]);', /uses Buffer/],
    ['a verifier that knows a backend', 'air/verify.ts', "import { webgpu } from '../gpu/webgpu.ts';", /air\/verify\.ts/],
    [
      'a verifier that loads the executor with the chips',
      'vm/chips/table.ts',
      "import { execute } from '../executor/run.ts';",
      /vm\/verify\.ts reaches vm\/executor\/run\.ts/,
    ],
    ['a file that is not there', 'fri/core/m31.ts', "import { x } from './nowhere.ts';", /does not exist/],
    ['the page looking behind the exports', 'web/routes.ts', "import { verifyProof } from '../vm/verify.ts';", /uses public exports only/],
    ['an entry that is not exported', 'web/routes.ts', "import { verifyProof } from 'zkvm/verify';", /does not export/],
    ['the library knowing the page', 'index.ts', "import { TEXT } from './web/text.ts';", /floor 6.*floor 7/],
    ['a computed import', 'vm/program/isa.ts', 'await import(name);', /computed import/],
  ];
  test.each(corrupted)('%s is found', (_what, file, line, message) => {
    const forged = new Map(sources);
    forged.set(file, `${line}\n${sources.get(file) ?? ''}`);
    if (line.includes('merkle')) forged.set('fri/core/merkle.ts', `import './errors.ts';\n${sources.get('fri/core/merkle.ts')}`);
    expect(violations(forged).join('\n')).toMatch(message);
  });

  test(`${ARCHITECTURE_PAGE} is drawn from the imports; if not: npm run gen`, () => {
    expect(fs.readFileSync(path.join(import.meta.dirname, '..', ARCHITECTURE_PAGE), 'utf8')).toBe(architecturePage());
  });

  test('the picture shows a new arrow', () => {
    const forged = new Map(sources).set('air/spy.ts', "import '../gpu/select.ts';");
    expect(architecturePage(forged)).toContain('  air --> gpu');
    expect(architecturePage()).not.toContain('  air --> gpu');
  });
});
