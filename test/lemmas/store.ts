// store: a dispatch has one run of rows, one row a word, whose lanes are looked up and written where the instruction says; what the run takes
// from its accumulator is the polynomial of its coefficients. Source: docs/SOUNDNESS.md, AIR.md §5.3.
// Caveat: that the looked-up value is the only one for its coefficient is a property of the slot's table, which the loader checks.
import type { Lemma, View } from './engine.ts';
import { type Entry, lanes, tuple } from './tuples.ts';

const on = (v: View): boolean => v.before('en') === 1 && v.before('last') === 0;
const first = (v: View): boolean => v.now('en') === 1 && !on(v);
/** first row of a channel */
const channelStart = (v: View): boolean => first(v) || (on(v) && v.before('ce') === 1);
const word = (v: View): boolean => v.now('en') === 1 && v.now('ld') === 0;
/** first word of an image row */
const rowStart = (v: View): boolean => word(v) && (channelStart(v) || v.before('ld') === 1 || v.before('re') === 1);
const ends = (v: View): boolean => v.now('re') + v.now('ce') + v.now('last') === 1;
const FLAGS = ['en', 'ev', 'od', 'ld', 're', 'ce', 'last', 'hl', 'hs'] as const;
/** coefficient C_t = q_t·u_t + r_t with a weight */
const coefficients = (weight: (lane: number) => string): [string, number][] =>
  lanes('q').flatMap((q, t): [string, number][] => [
    [`${weight(t)} ${q} u${t}`, 1],
    [`${weight(t)} r${t}`, 1],
  ]);

export const storeLemmas: Lemma[] = [
  {
    name: 'kinds of rows',
    says: 'a row is padding, a LEAD row or a word; with LEAD each channel begins with one LEAD row, which ends nothing; with SPLIT words alternate even and odd; ends are one at a time',
    method: 'cases',
    prove(chip) {
      chip.every('flags are bits', (v) => FLAGS.every((name) => [0, 1].includes(v.now(name))));
      chip.every('a run goes on until its last row', (v) => !on(v) || v.now('en') === 1);
      chip.every('one end at a time', (v) => v.now('re') + v.now('ce') + v.now('last') <= 1);
      chip.every('an end is a word, and no even one', (v) => !ends(v) || (word(v) && v.now('ev') === 0));
      chip.every('LEAD rows', (v) => v.now('ld') === (channelStart(v) && v.now('hl') === 1 ? 1 : 0));
      chip.every('even and odd words', (v) => v.now('ev') + v.now('od') === (word(v) ? v.now('hs') : 0));
      chip.every('an odd word follows its even one', (v) => v.now('od') === v.before('ev'));
      chip.every('the variant is carried', (v) => !on(v) || (v.now('hl') === v.before('hl') && v.now('hs') === v.before('hs')));
    },
  },
  {
    name: 'no ghost cycle',
    says: 'every cycle of rows holds a first row of a run or padding: along all others words, rows or channels left fall',
    method: 'descent',
    prove: (chip) => chip.recurs('first row or padding', (v) => first(v) || v.now('en') === 0),
  },
  {
    name: 'counters',
    says: 'an image row has rw words, a channel h rows, the run O channels: counters start from the dispatch, fall, and are 0 where they end',
    method: 'linear',
    prove(chip) {
      chip.vanishes('cw + 1 - rw', rowStart);
      chip.vanishes('cw - p.cw + 1', (v) => word(v) && !rowStart(v));
      chip.vanishes('cw', ends);
      chip.vanishes('ch + 1 - h', channelStart);
      chip.vanishes('ch - p.ch', (v) => on(v) && !channelStart(v) && v.before('re') === 0);
      chip.vanishes('ch - p.ch + 1', (v) => on(v) && !channelStart(v) && v.before('re') === 1);
      chip.vanishes('ch', (v) => v.now('ce') + v.now('last') === 1);
      chip.vanishes('co - p.co', (v) => on(v) && v.before('ce') === 0);
      chip.vanishes('co - p.co + 1', (v) => on(v) && v.before('ce') === 1);
      chip.vanishes('co', (v) => v.now('last') === 1);
    },
  },
  {
    name: 'constants and addresses',
    says: 'the accumulator is named by the first written word; constants are those of the first row; the address moves as the instruction says: +1 in a row, +split from an even word to its odd one, jumps from the even word',
    method: 'linear',
    prove(chip) {
      for (const name of ['k', 'slot', 'rw', 'h', 'rj', 'cj', 'split', 'a0']) chip.vanishes(`${name} - p.${name}`, on);
      chip.vanishes('k - wa', first);
      const plain = (v: View): boolean => v.before('re') + v.before('ce') === 0;
      chip.vanishes('wa - p.wa', (v) => on(v) && v.before('ld') === 1);
      chip.vanishes('wa - p.wa - split', (v) => on(v) && v.before('ev') === 1);
      chip.vanishes('wa - p.wa - 1', (v) => on(v) && v.before('ld') + v.before('ev') + v.before('od') === 0 && plain(v));
      chip.vanishes('wa - p.wa - 1 + split', (v) => on(v) && v.before('od') === 1 && plain(v));
      chip.vanishes('wa - p.wa - rj', (v) => on(v) && v.before('re') === 1 && v.before('od') === 0);
      chip.vanishes('wa - p.wa - rj + split', (v) => on(v) && v.before('re') === 1 && v.before('od') === 1);
      chip.vanishes('wa - p.wa - cj', (v) => on(v) && v.before('ce') === 1 && v.before('od') === 0);
      chip.vanishes('wa - p.wa - cj + split', (v) => on(v) && v.before('ce') === 1 && v.before('od') === 1);
    },
  },
  {
    name: 'lanes',
    says: 'a mask lane is 0 or 1, and a masked lane writes 0',
    method: 'linear',
    prove(chip) {
      for (const t of lanes('').keys()) {
        chip.vanishes(`m${t} * m${t} - m${t}`, () => true);
        chip.vanishes(`y${t} - m${t} * y${t}`, () => true);
      }
    },
  },
  {
    name: 'acc and tot',
    says: 'acc is the Horner step over the words of a channel from 0 (even and odd lanes apart with SPLIT), a LEAD row one whole word of positions; tot the Horner step in β over channels',
    method: 'identity',
    prove(chip) {
      const acc = chip.register('acc');
      chip.equals('carry of acc', acc.carry, (v) => {
        if (v.now('en') === 0 || channelStart(v)) return [];
        return [[v.now('ev') ? 'alpha^32' : v.now('od') ? '' : 'alpha^16', 1]];
      });
      chip.equals('what acc adds', acc.add, (v) => {
        if (v.now('en') === 0) return [];
        if (v.now('ev')) return coefficients((t) => `alpha^${2 * (15 - t) + 1}`);
        return coefficients((t) => `alpha^${(v.now('od') ? 2 : 1) * (15 - t)}`);
      });
      const tot = chip.register('tot');
      const channelEnd = (v: View): boolean => v.now('ce') + v.now('last') === 1;
      chip.equals('carry of tot', tot.carry, (v) => (on(v) ? [[channelEnd(v) ? 'beta^1' : '', 1]] : []));
      chip.equals('what tot adds', tot.add, (v) => (channelEnd(v) ? [['acc', 1]] : []));
    },
  },
  {
    name: 'fractions',
    says: 'a word reads its mask, writes its lanes, looks up quotient and remainder of every lane that is not masked; a first row supplies one dispatch that names all it starts from; the last row takes tot from accumulator k',
    method: 'identity',
    prove(chip) {
      const fractions = chip.fractions;
      if (fractions.length !== 36) throw new Error('store has 36 fractions');
      const [mask, write] = fractions as [(typeof fractions)[0], (typeof fractions)[0]];
      const bit = (holds: boolean, value = 1): [string, number][] => (holds ? [['', value]] : []);
      const maskAddress: Entry = { a0: 1, rw: 1, 1: -1, cw: -1 };
      chip.equals('mask reads', mask.numerator, (v) => bit(word(v)));
      chip.equals('the mask', mask.denominator, (v) => (word(v) ? tuple(1, [maskAddress, ...lanes('m')]) : undefined));
      chip.equals('writes', write.numerator, (v) => bit(word(v)));
      chip.equals('the word', write.denominator, (v) => (word(v) ? tuple(2, ['wa', ...lanes('y')]) : undefined));
      for (let t = 0; t < 16; t++) {
        const [quotient, remainder] = [fractions[2 + 2 * t]!, fractions[3 + 2 * t]!];
        for (const f of [quotient, remainder]) chip.equals('lookups', f.numerator, () => [[`m${t}`, 1]]);
        chip.equals('the quotient', quotient.denominator, () => tuple(4, ['slot', `u${t}`, `q${t}`, `y${t}`]));
        chip.equals('the remainder', remainder.denominator, () => tuple(4, [0, `u${t}`, `r${t}`, 0]));
      }
      const [supplied, drained] = [fractions[34]!, fractions[35]!];
      chip.equals('dispatches', supplied.numerator, (v) => bit(first(v), -1));
      chip.equals('the dispatch', supplied.denominator, (v) =>
        first(v)
          ? tuple(3, [12 + v.now('hl') + 2 * v.now('hs'), 'a0', 'slot', 'wa', 'rw', 'h', { co: 1, 1: 1 }, 'rj', 'cj', 'split', 0, 0])
          : undefined,
      );
      chip.equals('what is drained', drained.numerator, (v) => (v.now('last') ? [['tot', -1]] : []));
      chip.equals('the accumulator', drained.denominator, () => [
        ['zeta^1', 1],
        ['k', -1],
      ]);
    },
  },
];
