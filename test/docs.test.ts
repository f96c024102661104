// The tables in the documentation are those that the code gives, and the README says first that proofs hide nothing.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DOCUMENTS, withTables } from '../bench/tables.ts';
import { EXIT_CODES } from '../fri/errors.ts';
import { COMMANDS } from '../vm/cli/commands.ts';

const read = (file: string): string => fs.readFileSync(path.join(import.meta.dirname, '..', file), 'utf8');

describe('documentation', () => {
  test.each(DOCUMENTS)('%s holds the tables that the code gives', (document) => {
    const text = read(document);
    expect(withTables(text)).toBe(text);
  });

  test('a table that was edited by hand is noticed', () => {
    const text = read('README.md');
    const edited = text.replace(/(\| FRI queries \| )\d+/, '$1 1');
    expect(edited).not.toBe(text);
    expect(withTables(edited)).toBe(text);
  });

  test('the README names every command, every exit code, and first of all that proofs hide nothing', () => {
    const text = read('README.md');
    for (const { name } of COMMANDS) expect(text).toContain(`zkvm ${name}`);
    for (const code of Object.values(EXIT_CODES)) expect(text).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
    expect(text.indexOf('Proofs hide nothing')).toBeGreaterThan(0);
    expect(text.indexOf('Proofs hide nothing')).toBeLessThan(400);
  });
});
