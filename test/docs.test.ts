// The tables in the documentation are those that the code gives, its links lead to files, and the README says first that proofs hide nothing.
// Slow: the tables of the compiler are of models that it compiles.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DOCUMENTS, TABLES, withTables } from '../bench/tables.ts';
import { COMMANDS } from '../cli/commands.ts';
import { EXIT_CODES } from '../fri/core/errors.ts';
import { CHIP_NAMES } from '../vm/chips/table.ts';

const ROOT = path.join(import.meta.dirname, '..');
const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

describe('documentation', () => {
  test.each(DOCUMENTS)('%s holds the tables that the code gives; if not: npm run gen', (document) => {
    const text = read(document);
    expect(withTables(text)).toBe(text);
  });

  test('every table has its place in a document', () => {
    const placeless = (names: readonly string[]): string[] =>
      names.filter((name) => !DOCUMENTS.some((document) => read(document).includes(`<!-- generated: ${name} (`)));
    expect(placeless(Object.keys(TABLES))).toEqual([]);
    expect(placeless(['widths', 'labels_nobody'])).toEqual(['labels_nobody']);
  });

  const LINKED = [
    ...DOCUMENTS,
    'SECURITY.md',
    'CONTRIBUTING.md',
    'docs/README.md',
    'docs/ERRORS.md',
    'docs/ARCHITECTURE.md',
    'air/README.md',
    'fri/README.md',
    'gpu/README.md',
    'web/README.md',
    'docs/WEB.md',
    'contracts/README.md',
  ];
  /** links to nothing: relative ones to files that are not there, `#` ones to headings that are not */
  const brokenLinks = (document: string, text: string): string[] =>
    [...text.matchAll(/\]\(([^()\s]+)\)/g)].flatMap(([, link]) => {
      const [file, anchor] = link!.split('#') as [string, string?];
      if (/^https?:/.test(file)) return [];
      const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file);
      if (!fs.existsSync(path.join(ROOT, target))) return [link!];
      const headings = anchor === undefined ? [] : [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
      const anchors = headings.map((heading) =>
        heading
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
      return anchor === undefined || anchors.includes(anchor) ? [] : [link!];
    });

  test.each(LINKED)('the links of %s lead somewhere', (document) => {
    expect(brokenLinks(document, read(document))).toEqual([]);
  });

  test('a link to a file or a heading that is not there is noticed', () => {
    expect(brokenLinks('docs/README.md', '[a](AIR.md) [b](nowhere.md) [c](../README.md#security) [d](../README.md#insecurity)')).toEqual([
      'nowhere.md',
      '../README.md#insecurity',
    ]);
  });

  /** file names in a text that lead nowhere, from the root or from the document's own folder */
  const missingFiles = (document: string, text: string): string[] =>
    [...text.matchAll(/`([\w./-]+\.(?:ts|cairo|md))`/g)]
      .map(([, file]) => file!)
      .filter((file) => ![ROOT, path.join(ROOT, path.dirname(document))].some((folder) => fs.existsSync(path.join(folder, file))));

  test.each([...new Set([...LINKED, 'docs/DESIGN.md', 'docs/AIR.md', 'docs/PCS.md', 'docs/SOUNDNESS.md'])])(
    'the files that %s names exist, from the root or from its folder',
    (document) => {
      expect(missingFiles(document, read(document))).toEqual([]);
    },
  );

  test('a file that is not there is noticed', () => {
    expect(missingFiles('vm/README.md', '`verify.ts` `vm/verify.ts` `isa.ts` `vm/chips/nowhere.ts` `model.onnx`')).toEqual([
      'isa.ts',
      'vm/chips/nowhere.ts',
    ]);
  });

  /** chips that the pages leave out */
  const unnamedChips = (names: readonly string[]): string[] =>
    names.filter(
      (name) =>
        !new RegExp(`^\\| ${name} \\|`, 'm').test(read('vm/README.md')) ||
        !/`([a-z ]+)`\) are connected/.exec(read('README.md'))![1]!.split(' ').includes(name),
    );

  test('every chip has its row in vm/README.md and its name in README.md', () => {
    expect(unnamedChips(CHIP_NAMES)).toEqual([]);
    expect(unnamedChips(['cpu', 'gpu'])).toEqual(['gpu']);
  });

  test('a table that was edited by hand is noticed', () => {
    const text = read('README.md');
    const edited = text.replace(/(\| FRI queries \| )\d+/, '$1 1');
    expect(edited).not.toBe(text);
    expect(withTables(edited)).toBe(text);
  });

  test('the README names every command, every exit code, and first of all that proofs hide nothing', () => {
    const text = read('README.md');
    for (const name of Object.keys(COMMANDS)) expect(text).toContain(`zkvm ${name}`);
    for (const code of Object.values(EXIT_CODES)) expect(text).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
    expect(text.indexOf('Proofs hide nothing')).toBeGreaterThan(0);
    expect(text.indexOf('Proofs hide nothing')).toBeLessThan(400);
  });
});
