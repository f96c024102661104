// ram, rom, lut and words: what is supplied is fixed, how often is free; a word of RAM is supplied to readers only if one writer is asked for it.
// Source: docs/SOUNDNESS.md, AIR.md §5.4. Caveat: rows of rom and lut are the model's own; that they are those of its program is its root's.
import type { Lemma } from './engine.ts';
import { lanes, tuple } from './tuples.ts';

export const ramLemmas: Lemma[] = [
  {
    name: 'write once',
    says: 'used is 0 or 1, and a word that nobody wrote is supplied to no reader',
    method: 'linear',
    prove(chip) {
      chip.every('used is a bit', (v) => [0, 1].includes(v.now('used')));
      chip.vanishes('mult', (v) => v.now('used') === 0);
    },
  },
  {
    name: 'fractions',
    says: 'one address a row, the row’s own; the same word for readers and for the writer',
    method: 'identity',
    prove(chip) {
      const [reads, writes, ...more] = chip.fractions;
      if (!reads || !writes || more.length) throw new Error('ram has two fractions');
      const word = (relation: number): [string, number][] => [...tuple(relation, ['index', ...lanes('w')]), ['base^1 gamma^1', -1]];
      chip.equals('reads', reads.numerator, () => [['mult', -1]]);
      chip.equals('the word read', reads.denominator, () => word(1));
      chip.equals('writes', writes.numerator, () => [['used', -1]]);
      chip.equals('the word written', writes.denominator, () => word(2));
    },
  },
];

const supplier = (relation: number, columns: readonly string[]): Lemma => ({
  name: 'fractions',
  says: 'a row supplies what is committed in it, any number of times, and nothing else',
  method: 'identity',
  prove(chip) {
    const [supplied, ...more] = chip.fractions;
    if (!supplied || more.length) throw new Error('one fraction is expected');
    chip.equals('multiplicity', supplied.numerator, () => [['mult', -1]]);
    chip.equals('the row', supplied.denominator, () => tuple(relation, columns));
  },
});

export const romLemmas: Lemma[] = [supplier(1, ['addr', ...lanes('w')])];
export const lutLemmas: Lemma[] = [supplier(4, ['slot', 'u', 'in', 'out'])];

export const wordsLemmas: Lemma[] = [
  {
    name: 'one round',
    says: 'a row’s address is the next one, or the row is first behind base + rows - 1, and a first row has base: round the instance every address stands once, and the tree says where',
    method: 'identity',
    prove(chip) {
      // (addr - p.addr - 1)·(first - 1) and (addr - p.addr - 1)·(p.addr - base - rows + 1), as sums of products
      const jump = [
        ['addr', 1],
        ['p.addr', -1],
        ['', -1],
      ] as const;
      const times = (other: readonly (readonly [string, number])[]): [string, number][] =>
        jump.flatMap(([x, a]) => other.map(([y, b]): [string, number] => [`${x} ${y}`.trim(), a * b]));
      chip.equals('starts on first', chip.stated('starts on first'), () =>
        times([
          ['first', 1],
          ['', -1],
        ]),
      );
      chip.equals('after the last', chip.stated('after the last'), () =>
        times([
          ['p.addr', 1],
          ['base^1', -1],
          ['rows^1', -1],
          ['', 1],
        ]),
      );
      chip.equals('first row', chip.stated('first row'), () => [
        ['first addr', 1],
        ['base^1 first', -1],
      ]);
    },
  },
  supplier(1, ['addr', ...lanes('w')]),
];
