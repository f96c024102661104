// The registry of error codes: every code is thrown somewhere and explained in docs/ERRORS.md, and the contract's reasons are codes of it.
// That no other code is thrown, and none as a kind that the registry does not say, is what the types say; here are the two that they cannot.
// Caveat: sources are read as text; a code counts as thrown where it stands in quotes outside the registry.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS_PAGE, errorsPage } from '../bench/errors-page.ts';
import { errorLines, errorObject } from '../cli/io/error-text.ts';
import { ERRORS, isCodeOf } from '../fri/core/codes/registry.ts';
import { bug, retold, usage } from '../fri/core/errors.ts';

const ROOT = path.join(import.meta.dirname, '..');
const REGISTRY = 'fri/core/codes/';

/** every source file of the product that may throw, by its path */
const sources = (extension: RegExp): [string, string][] =>
  ['fri', 'air', 'gpu', 'vm', 'compiler', 'contracts', 'cli'].flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`)
      .filter((file) => extension.test(file) && !file.startsWith(REGISTRY))
      .map((file): [string, string] => [file, fs.readFileSync(path.join(ROOT, file), 'utf8')]),
  );

const TYPESCRIPT = sources(/\.ts$/);
const CAIRO = sources(/\.cairo$/).filter(([file]) => !file.includes('/tests/'));
const quoted = (texts: readonly [string, string][]): Set<string> =>
  new Set(texts.flatMap(([, text]) => [...text.matchAll(/['"`](ZK\d{4})(?:['"`]| )/g)].map(([, code]) => code!)));

const thrown = new Set([...quoted(TYPESCRIPT), ...quoted(CAIRO)]);

test('every code is thrown somewhere', () => {
  expect(Object.keys(ERRORS).filter((code) => !thrown.has(code))).toEqual([]);
});

test('a code that nobody throws would be noticed', () => {
  expect(thrown.size).toBeGreaterThan(150);
  expect(thrown.has('ZK0999')).toBe(false);
});

test('every reason of a contract is a code that the chain may report', () => {
  const codes = [...quoted(CAIRO)];
  expect(codes.length).toBeGreaterThan(30);
  expect(codes.filter((code) => !isCodeOf('chain', code))).toEqual([]);
  expect(isCodeOf('chain', 'ZK0401')).toBe(false);
  expect(isCodeOf('chain', 'toString')).toBe(false);
});

test(`${ERRORS_PAGE} is what the registry says; if not: npm run gen`, () => {
  expect(fs.readFileSync(path.join(ROOT, ERRORS_PAGE), 'utf8')).toBe(errorsPage());
});

test('every text of the registry is a sentence', () => {
  for (const [code, { title, help }] of Object.entries(ERRORS)) {
    expect(title, code).toMatch(/^[A-Z].*[^.]$/);
    expect(help, code).toMatch(/[.)\]`]$/);
  }
});

test('an error leads to its section, for people and as an object', () => {
  const error = usage('ZK0121', { what: 'unknown profile' });
  const [file, anchor] = error.docs.split('#') as [string, string];
  expect(fs.readFileSync(path.join(ROOT, file), 'utf8')).toMatch(new RegExp(`^### ${anchor}$`, 'im'));
  expect(errorLines(error, false)).toContain(`  see ${error.docs}`);
  expect(errorObject(error).error).toMatchObject({ docs: error.docs });
});

test('an error told again keeps its code and place; its fix only for the same reader', () => {
  const error = usage('ZK0322', { what: 'out of range', where: 'x[0]', why: 'too large', fix: 'scale it' });
  expect(retold('rejected', error)).toMatchObject({
    kind: 'rejected',
    code: 'ZK0322',
    exitCode: 3,
    where: 'x[0]',
    why: 'too large',
    fix: undefined,
  });
  expect(retold('usage', error, { where: 'y[1]' })).toMatchObject({ kind: 'usage', where: 'y[1]', fix: 'scale it' });
  expect(retold('bug', bug('no')).exitCode).toBe(1);
});
