// mac: a dispatch has one run of rows, and that run adds to its accumulator what the instruction means. Source: docs/SOUNDNESS.md, AIR.md §5.2.
// Caveat: what hold is on A rows with both Z and X is left out: code 4, which the loader refuses in ROM (docs/SOUNDNESS.md §4.1).
import type { Lemma, View } from './engine.ts';
import { lanes, tuple } from './tuples.ts';

const PHASES = ['A1', 'A2', 'B1', 'B2', 'S', 'H'] as const;
const phase = (at: (name: string) => number): 'A' | 'B' | 'S' | 'H' | '' => {
  const [name] = PHASES.filter((p) => at(p) === 1);
  return name ? (name[0] as 'A' | 'B' | 'S' | 'H') : '';
};
const now = (v: View): string => phase(v.now);
const before = (v: View): string => phase(v.before);
const two = (at: (name: string) => number): number => at('A2') + at('B2');
/** this row continues the run of the row before */
const on = (v: View): boolean => before(v) !== '' && v.before('last') === 0;
const first = (v: View): boolean => now(v) !== '' && !on(v);
const within = (v: View): boolean => on(v) && v.before('e') === 0;
const unitStart = (v: View): boolean => first(v) || (on(v) && v.before('e') === 1);
const ends = (v: View): boolean => v.now('e') + v.now('last') > 0;
/** no A row of both variants */
const oneVariant = (v: View): boolean => !(now(v) === 'A' && v.now('Z') * v.now('X') === 1);

const dot = (name: string, weight: (lane: number) => string): [string, number][] => lanes(name).map((x, t) => [`${weight(t)} ${x}`, 1]);

const AFTER: Record<string, string> = { A: 'ASB', S: 'SB', B: 'B', H: 'H' };

export const macLemmas: Lemma[] = [
  {
    name: 'kinds of rows',
    says: 'a row is padding or of one phase; the flags of ends, Z and ze stand only where they mean something; a row that begins a run is of A or H, a last one of B or H',
    method: 'cases',
    prove(chip) {
      chip.every(
        'one phase at most',
        (v) => PHASES.reduce((sum, p) => sum + v.now(p), 0) <= 1 && PHASES.every((p) => [0, 1].includes(v.now(p))),
      );
      chip.every('a run goes on until its last row', (v) => !on(v) || now(v) !== '');
      chip.every('a run begins with A or H', (v) => !first(v) || 'AH'.includes(now(v)));
      chip.every(
        'ends are 0 or 1, and one at a time',
        (v) => [0, 1].includes(v.now('e')) && [0, 1].includes(v.now('last')) && v.now('e') + v.now('last') <= 1,
      );
      chip.every('an end needs a row', (v) => now(v) !== '' || !ends(v));
      chip.every('the last row is of B or H', (v) => v.now('last') === 0 || 'BH'.includes(now(v) || '-'));
      chip.every('S is a unit of its own, one word ends its unit', (v) => !(now(v) === 'S' || v.now('A1') + v.now('B1') > 0) || ends(v));
      chip.every('an S row is no last row', (v) => now(v) !== 'S' || v.now('e') === 1);
      chip.every(
        'ze marks the end of an image row with Z',
        (v) => v.now('ze') === (now(v) === 'A' && v.now('e') === 1 && v.now('Z') === 1 ? 1 : 0),
      );
      chip.every('variants are bits', (v) => [0, 1].includes(v.now('Z')) && [0, 1].includes(v.now('X')));
    },
  },
  {
    name: 'order of phases',
    says: 'a run is A … A S … S B … B or H … H, changes its phase between units only, and keeps its variant',
    method: 'cases',
    prove(chip) {
      chip.every('the order of phases', (v) => !on(v) || AFTER[before(v)]!.includes(now(v)));
      chip.every('a unit is of one phase', (v) => !within(v) || before(v) === now(v));
      chip.every('the variant is carried', (v) => !on(v) || (v.now('Z') === v.before('Z') && v.now('X') === v.before('X')));
    },
  },
  {
    name: 'no ghost cycle',
    says: 'every cycle of rows holds a first row of a run or padding: along all others words, rows, pads or taps left fall',
    method: 'descent',
    prove: (chip) => chip.recurs('first row or padding', (v) => first(v) || now(v) === ''),
  },
  {
    name: 'counters',
    says: 'the words of a unit add up to nw (ob in B), image rows to h, S rows to pad, taps to taps: counters start from the dispatch, fall by what a row takes, and are 0 where they end',
    method: 'linear',
    prove(chip) {
      chip.vanishes('c + 1 - nw', (v) => unitStart(v) && (v.now('A1') === 1 || now(v) === 'H'));
      chip.vanishes('c + 2 - nw', (v) => unitStart(v) && v.now('A2') === 1);
      chip.vanishes('c + 1 - ob', (v) => unitStart(v) && v.now('B1') === 1);
      chip.vanishes('c + 2 - ob', (v) => unitStart(v) && v.now('B2') === 1);
      chip.vanishes('c - p.c + 1', (v) => within(v) && now(v) !== '' && two(v.now) === 0);
      chip.vanishes('c - p.c + 2', (v) => within(v) && two(v.now) === 1);
      chip.vanishes('c', ends);
      chip.vanishes('ch - p.ch', (v) => on(v) && 'AH'.includes(now(v)) && v.before('e') === 0);
      chip.vanishes('ch - p.ch + 1', (v) => on(v) && 'AH'.includes(now(v)) && v.before('e') === 1);
      chip.vanishes('p.ch', (v) => on(v) && before(v) === 'A' && now(v) !== 'A');
      chip.vanishes('ch', (v) => now(v) === 'H' && v.now('last') === 1);
      chip.vanishes('pd - p.pd', (v) => on(v) && now(v) !== 'S');
      chip.vanishes('pd - p.pd + 1', (v) => on(v) && now(v) === 'S');
      chip.vanishes('pd', (v) => now(v) === 'B');
      chip.vanishes('ct - p.ct', (v) => on(v) && !(before(v) === 'B' && v.before('e') === 1));
      chip.vanishes('ct - p.ct + 1', (v) => on(v) && before(v) === 'B' && v.before('e') === 1);
      chip.vanishes('ct', (v) => v.now('last') === 1);
    },
  },
  {
    name: 'constants and addresses',
    says: 'nw, ra, ob, bb and k are those of the first row; every address that is read follows from the row before',
    method: 'linear',
    prove(chip) {
      for (const name of ['nw', 'ra', 'ob', 'bb', 'k']) chip.vanishes(`${name} - p.${name}`, on);
      chip.vanishes('av - aw - 1', (v) => two(v.now) === 1);
      chip.vanishes('aw - p.aw - 1', (v) => within(v) && two(v.before) === 0);
      chip.vanishes('aw - p.aw - 2', (v) => within(v) && two(v.before) === 1);
      const nextRow = (v: View): boolean => on(v) && v.before('e') === 1 && 'AH'.includes(now(v));
      chip.vanishes('aw - p.aw - ra', (v) => nextRow(v) && v.before('A2') === 0);
      chip.vanishes('aw - p.aw - 1 - ra', (v) => nextRow(v) && v.before('A2') === 1);
      chip.vanishes('aw - bb', (v) => now(v) === 'B' && before(v) !== 'B');
      const nextTap = (v: View): boolean => on(v) && before(v) === 'B' && v.before('e') === 1;
      chip.vanishes('aw - p.aw - 1', (v) => nextTap(v) && v.before('B2') === 0);
      chip.vanishes('aw - p.aw - 2', (v) => nextTap(v) && v.before('B2') === 1);
      chip.vanishes('av - bb', (v) => first(v) && now(v) === 'H');
      chip.vanishes('av - p.av - 1', (v) => within(v) && now(v) === 'H');
      chip.vanishes('av - p.av - ob', (v) => on(v) && v.before('e') === 1 && now(v) === 'H');
    },
  },
  {
    name: 'hold',
    says: 'an A row makes hold the Horner step of its words (as polynomials in α² with X2, with a zero word after a row with Z), S divides by α, the end of a tap multiplies by α; after the last row and on padding it is 0',
    method: 'identity',
    prove(chip) {
      const { carry, add } = chip.register('hold');
      chip.equals('carry of hold', carry, (v) => {
        if (!oneVariant(v)) return undefined;
        const words = two(v.now) + 1 + v.now('ze');
        const kind = now(v);
        if (kind === 'A') return [[`alpha^${(v.now('X') ? 32 : 16) * words}`, 1]];
        if (kind === 'S') return [['alpha^-1', 1]];
        if (kind === 'B') return v.now('last') ? [] : [[v.now('e') ? 'alpha^1' : '', 1]];
        return [];
      });
      chip.equals('what hold adds', add, (v) => {
        if (!oneVariant(v)) return undefined;
        if (now(v) !== 'A') return [];
        const step = v.now('X') ? 2 : 1;
        const after = v.now('ze') ? 16 : 0;
        const w = dot('w', (t) => `alpha^${step * (15 - t) + after + (v.now('A2') ? 16 * step : 0)}`);
        return v.now('A2') ? [...w, ...dot('v', (t) => `alpha^${step * (15 - t) + after}`)] : w;
      });
    },
  },
  {
    name: 'acc',
    says: 'a B unit makes acc the Horner step in β^16 of its words from 0, highest block first; an H run the step in α^16 of the lane products from 0; elsewhere it is 0',
    method: 'identity',
    prove(chip) {
      const { carry, add } = chip.register('acc');
      chip.equals('carry of acc', carry, (v) => {
        if (now(v) === 'B') return within(v) ? [[v.now('B2') ? 'beta^32' : 'beta^16', 1]] : [];
        return now(v) === 'H' && on(v) ? [['alpha^16', 1]] : [];
      });
      chip.equals('what acc adds', add, (v) => {
        if (v.now('B1')) return dot('w', (t) => `beta^${t}`);
        if (v.now('B2')) return [...dot('w', (t) => `beta^${16 + t}`), ...dot('v', (t) => `beta^${t}`)];
        if (now(v) === 'H') return lanes('w').map((x, t): [string, number] => [`alpha^${15 - t} ${x} v${t}`, 1]);
        return [];
      });
    },
  },
  {
    name: 'fractions',
    says: 'a row reads its words at their addresses, once each; a first row supplies one dispatch that names all it starts from; a tap adds hold·acc, as hold was before the row, and a product its acc, to accumulator k',
    method: 'identity',
    prove(chip) {
      const [one, other, supplied, accumulated, ...more] = chip.fractions;
      if (!one || !other || !supplied || !accumulated || more.length) throw new Error('mac has four fractions');
      const bit = (holds: boolean, value = 1): [string, number][] => (holds ? [['', value]] : []);
      chip.equals('reads of the first word', one.numerator, (v) => bit('ABH'.includes(now(v) || '-')));
      chip.equals('the first word', one.denominator, (v) => ('ABH'.includes(now(v) || '-') ? tuple(1, ['aw', ...lanes('w')]) : undefined));
      chip.equals('reads of the second word', other.numerator, (v) => bit(two(v.now) === 1 || now(v) === 'H'));
      chip.equals('the second word', other.denominator, (v) =>
        two(v.now) || now(v) === 'H' ? tuple(1, ['av', ...lanes('v')]) : undefined,
      );
      chip.equals('dispatches', supplied.numerator, (v) => bit(first(v), -1));
      chip.equals('the dispatch', supplied.denominator, (v) => {
        if (!first(v)) return undefined;
        const code = now(v) === 'H' ? 5 : 1;
        return tuple(3, [
          code + v.now('Z') + 2 * v.now('X'),
          'aw',
          'bb',
          'k',
          'nw',
          { ch: 1, 1: 1 },
          'ra',
          'ob',
          { ct: 1, 1: 1 },
          'pd',
          0,
          0,
        ]);
      });
      chip.equals('what is accumulated', accumulated.numerator, (v) => {
        if (now(v) === 'B' && ends(v)) return [['p.hold acc', 1]];
        if (now(v) === 'H' && v.now('last'))
          return [
            ['acc', 1],
            ['p.hold acc', 1],
          ];
        return ends(v) ? [['p.hold acc', 1]] : [];
      });
      chip.equals('the accumulator', accumulated.denominator, () => [
        ['zeta^1', 1],
        ['k', -1],
      ]);
    },
  },
];
