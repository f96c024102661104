// Every source file says in its first lines what it is; every test file belongs to one suite, and its titles are sentences.
// Caveat: whether a header is true is for its reader to find out; golden files and models have none.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { allTestFiles, callsSampled, headerOf, isSlow, mocksModules, testFiles, textOf } from './files.ts';
import { faultOfTitle, inWords } from './titles.ts';

const ROOT = path.join(import.meta.dirname, '..');
const FOLDERS = ['fri', 'air', 'gpu', 'vm', 'compiler', 'contracts', 'cli', 'bench', 'test', 'web'];
const GOLDEN = 'test/golden/';

/** a word or two are no header */
const SHORTEST = 20;
const sources = [
  ...fs.readdirSync(ROOT).filter((file) => file.endsWith('.ts')),
  ...FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`)
      .filter((file) => /\.(tsx?|cairo)$/.test(file) && !file.startsWith(GOLDEN) && !file.includes('/node_modules/')),
  ),
];
const hasHeader = (text: string): boolean => headerOf(text).trim().length >= SHORTEST;

describe('headers', () => {
  test('every source file starts with one', () => {
    expect(sources.length).toBeGreaterThan(400);
    expect(sources.filter((file) => !hasHeader(textOf(file)))).toEqual([]);
  });

  test('a file without one is found, a comment behind the imports is none', () => {
    expect(hasHeader("import fs from 'node:fs';\n// The command line: parses, loads, shows errors.\n")).toBe(false);
    expect(hasHeader('// todo\nexport {};\n')).toBe(false);
    expect(hasHeader('#!/usr/bin/env node\n// The command line: parses, loads, shows errors.\n')).toBe(true);
  });
});

describe('suites', () => {
  const configurations = fs.readdirSync(ROOT).filter((file) => /^vitest\..*config\.ts$/.test(file));

  test('a test file is run by `npm test` or by the suite of its folder', () => {
    const texts = configurations.map(textOf).join('\n');
    for (const file of allTestFiles().filter((each) => !testFiles().includes(each)))
      expect(texts, file).toContain(file.startsWith('test/gpu/') ? 'test/gpu/webgpu*' : `${file.split('/').slice(0, 2).join('/')}/**`);
  });

  test('some files are slow, few mock a module, six take a sample, and what says so is noticed', () => {
    const texts = testFiles().map(textOf);
    expect(texts.filter(isSlow).length).toBeGreaterThan(10);
    expect(texts.filter(isSlow).length).toBeLessThan(texts.length / 2);
    expect(texts.filter(mocksModules).length).toBeLessThan(5);
    expect(texts.filter(callsSampled)).toHaveLength(6);
    expect(isSlow('// Proofs of all models.\n// Slow: many proofs.\nimport fs;\n')).toBe(true);
    expect(isSlow('// Proofs of all models.\nimport fs;\n// Slow: many proofs.\n')).toBe(false);
    expect(isSlow('// Proofs of all models, slow: many.\n')).toBe(false);
  });
});

describe('titles', () => {
  test.each<[string, string]>([
    ['names a value that is not there', `columns: ${undefined}`],
    ['prints an object', `of ${{}}`],
    ['prints an object', JSON.stringify({ taps: 3 })],
    ['prints a function', String(() => 1)],
    ['holds a place that nothing was put into', 'profile %s'],
    ['has several lines', 'a\nb'],
    ['has 161 characters', 'x'.repeat(161)],
    ['is empty', ''],
  ])('one that %s is refused', (fault, title) => expect(faultOfTitle(title)).toBe(fault));

  test('objects are told in words', () => {
    const title = inWords({ kernel: [3, 3], ceil: true, alpha: { float: 0.5 } });
    expect(title).toBe('kernel 3,3; ceil; alpha float 0.5');
    expect(faultOfTitle(title)).toBeUndefined();
    expect(faultOfTitle('within 5 % of the largest, 100 % sure')).toBeUndefined();
  });
});
