// The lists of `npm run test:mutants` fit the sources of today, and the generator finds what it says. Caveat: whether a test notices a mutant
// is not asked here; that takes minutes.
// Slow: every mutant is applied to its file.
import { describe, expect, test } from 'vitest';
import { joinedSource } from '../../contracts/class/compile.ts';
import { allMutants } from './all.ts';
import { CAIRO_MUTANTS, weakened } from './cairo-table.ts';
import { weaken } from './generate.ts';
import { applied } from './mutant.ts';
import { SURVIVORS } from './survivors.ts';

const forms = (source: string, hashed = false): string[] =>
  weaken('x.ts', source, { hashed, except: ['skipped'] }).map(({ edit }) => applied('x.ts', source, [edit]));

describe('the generator', () => {
  test('leaves out each condition of a check, and moves its bounds', () => {
    expect(forms("if (a < 1 || !(b && c >= 2)) throw new Error('no');")).toEqual([
      "if (false || !(b && c >= 2)) throw new Error('no');",
      "if (a < 1 || !(true && c >= 2)) throw new Error('no');",
      "if (a < 1 || !(b && true)) throw new Error('no');",
      "if (a <= 1 || !(b && c >= 2)) throw new Error('no');",
      "if (a < 1 || !(b && c > 2)) throw new Error('no');",
    ]);
  });

  test('leaves out calls that check or absorb, rounds of loops, ones and masks', () => {
    expect(forms('requireAll(x);')).toEqual(['{}']);
    expect(forms('channel.absorb(1, x);')).toEqual(['{}']);
    expect(forms('for (let i = 0; i < n; i++) f(i);')).toEqual(['for (let i = 0; i < n - 1; i++) f(i);']);
    expect(forms('for (let i = 0; i < n; i += 3, j++) f(i);')).toEqual(['for (let i = 0; i < n - 3; i += 3, j++) f(i);']);
    expect(forms('for (const x of list) f(x);')).toEqual(['for (const x of []) f(x);']);
    expect(forms('f(x + 1, y & 7);')).toEqual(['f(x, y & 7);', 'f(x + 1, y);']);
    expect(forms('const MAX = 2 ** 8;')).toEqual(['const MAX = 2 ** 8 + 1;', 'const MAX = 2 ** 8 - 1;']);
  });

  test('leaves out each word of a message', () => {
    expect(forms('f([a, b, c]);', true)).toEqual(['f([b, c]);', 'f([a, c]);', 'f([a, b]);']);
    expect(forms('f([a, b, c]);')).toEqual([]);
  });

  test('leaves alone what errors say, types, and what is not asked for', () => {
    expect(forms('throw bad(limit - 1, x + 1);')).toEqual([]);
    expect(forms('interface A { a: (b: number) => b is 1 }')).toEqual([]);
    expect(forms('function skipped() { requireAll(x); }')).toEqual([]);
  });
});

test('every mutant fits its file, has a name of its own and changes something', () => {
  const mutants = allMutants(); // throws where a text by hand does not stand exactly once
  expect(mutants.length).toBeGreaterThan(600);
  const names = mutants.map(({ file, name }) => `${file} ${name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(mutants.flatMap(({ killers }) => killers)).not.toContain('test/vm/pinned.test.ts');
});

test('every listed survivor is a mutant', () => {
  const mutants = allMutants();
  const listed = Object.entries(SURVIVORS).flatMap(([file, list]) => Object.keys(list).map((name) => ({ file, name })));
  expect(listed.filter(({ file, name }) => !mutants.some((m) => m.file === file && m.name === name))).toEqual([]);
});

test('every mutant of the contract fits its file', () => {
  const source = joinedSource('registry');
  const texts = CAIRO_MUTANTS.map((mutant) => weakened(source, mutant));
  expect(new Set([source, ...texts]).size).toBe(1 + CAIRO_MUTANTS.length);
});
