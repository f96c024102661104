// cpu: one run of rows from the start of the program to HLT, each row following from the one before, the word at pc and what memory says.
// Source: docs/SOUNDNESS.md, AIR.md §5.1. Caveat: a cpu that never halts satisfies the constraints; the instance rule and the verifier's HLT
// term exclude it.
import { ISA, MODES } from '../../vm/program/isa.ts';
import { Counterexample, type Lemma, type View } from './engine.ts';
import { type Entry, tuple } from './tuples.ts';

const FLAGS = ['MUL', 'STO', 'SET', 'ADD', 'MLS', 'JMP', 'JNZ', 'CAL', 'RET', 'AP', 'HLT'] as const;
const opcode = (at: (name: string) => number): string => (at('en') === 0 ? '' : (FLAGS.find((flag) => at(flag) === 1) ?? 'MAC'));
const now = (v: View): string => opcode(v.now);
const before = (v: View): string => opcode(v.before);
/** the program goes on from the row before */
const goesOn = (v: View): boolean => before(v) !== '' && before(v) !== 'HLT';
const starts = (v: View): boolean => now(v) !== '' && !goesOn(v);
const firstRepeat = (v: View): boolean => starts(v) || (goesOn(v) && v.before('rl') === 1);
const repeats = (v: View): boolean => goesOn(v) && v.before('rl') === 0;
const isOne = (v: View, ...names: string[]): boolean => names.includes(now(v));
const numberOf = (v: View): number => {
  const name = now(v) === 'STO' ? 'STORE' : now(v);
  return ISA[name as keyof typeof ISA].code + v.now('v0') + 2 * v.now('v1');
};
const OPERANDS = ['a', 'b', 'c'] as const;
const FIELDS = ['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'];
const WORD = ['op', 'n', 'a', 'as', 'b', 'bs', 'c', 'cs', ...FIELDS];
const scalar = (address: string, value: string): Entry[] => [address, value, ...Array<number>(15).fill(0)];

export const cpuLemmas: Lemma[] = [
  {
    name: 'kinds of rows',
    says: 'a row is padding or one opcode; a program that has started goes on until HLT; flags of repeats and jumps stand where they mean something',
    method: 'cases',
    prove(chip) {
      chip.every('flags are bits', (v) => [...FLAGS, 'en', 'rl', 'tk', 'v0', 'v1'].every((name) => [0, 1].includes(v.now(name))));
      chip.every('one opcode', (v) => FLAGS.reduce((sum, flag) => sum + v.now(flag), 0) <= v.now('en'));
      chip.every('the program goes on until HLT', (v) => !goesOn(v) || now(v) !== '');
      chip.every('a last repeat, and a jump, need a row', (v) => now(v) !== '' || v.now('rl') + v.now('tk') === 0);
      chip.every('HLT runs once', (v) => now(v) !== 'HLT' || v.now('rl') === 1);
      chip.every('a jump is taken on a last repeat', (v) => v.now('tk') === 0 || v.now('rl') === 1);
      chip.every('who jumps', (v) => isOne(v, 'JNZ') || v.now('tk') === (isOne(v, 'JMP', 'CAL', 'RET') ? 1 : 0));
      chip.every('variants belong to MAC and STORE', (v) => isOne(v, 'MAC', 'STO') || v.now('v0') + v.now('v1') === 0);
    },
  },
  {
    name: 'decode',
    says: 'op is code, variants and modes of the row, modes are bits, and no two of them have the same op: the word at pc fixes all flags',
    method: 'enumeration',
    prove(chip) {
      for (const mode of MODES) chip.vanishes(`${mode} * ${mode} - ${mode}`, () => true);
      const bits = MODES.map((mode, i) => `${64 * 2 ** i} * ${mode}`).join(' - ');
      const codes = new Map<number, string>();
      for (const v of chip.views()) {
        if (now(v) === '') continue;
        const code = numberOf(v);
        const kind = `${now(v)} ${v.now('v0')}${v.now('v1')}`;
        if (code >= 64 || (codes.get(code) ?? kind) !== kind) throw new Counterexample(`op ${code} is ${kind} and ${codes.get(code)}`);
        codes.set(code, kind);
      }
      for (const [code, kind] of codes)
        chip.vanishes(`op - ${code} - ${bits}`, (v) => now(v) !== '' && `${now(v)} ${v.now('v0')}${v.now('v1')}` === kind);
    },
  },
  {
    name: 'repeats',
    says: 'an instruction runs n times: rc starts at n - 1, falls by one a repeat, and is 0 on the last one',
    method: 'linear',
    prove(chip) {
      chip.vanishes('rc - n + 1', firstRepeat);
      chip.vanishes('rc - p.rc + 1', repeats);
      chip.vanishes('rc', (v) => v.now('rl') === 1);
    },
  },
  {
    name: 'registers',
    says: 'pc, ap and fp start at 0, 2^28, 2^28 and follow from the row before as its opcode says',
    method: 'linear',
    prove(chip) {
      chip.vanishes('pc', starts);
      for (const name of ['ap', 'fp']) chip.vanishes(`${name} - ${2 ** 28}`, starts);
      chip.vanishes('pc - p.vb', (v) => goesOn(v) && v.before('tk') === 1);
      chip.vanishes('pc - p.pc - 1', (v) => goesOn(v) && v.before('tk') === 0 && v.before('rl') === 1);
      chip.vanishes('pc - p.pc', (v) => goesOn(v) && v.before('rl') === 0);
      chip.vanishes('ap - p.va', (v) => before(v) === 'AP');
      chip.vanishes('ap - p.ap - p.f0', (v) => before(v) === 'CAL');
      chip.vanishes('ap - p.ap', (v) => goesOn(v) && !['AP', 'CAL'].includes(before(v)));
      chip.vanishes('fp - p.ap - 2', (v) => before(v) === 'CAL');
      chip.vanishes('fp - p.va', (v) => before(v) === 'RET');
      chip.vanishes('fp - p.fp', (v) => goesOn(v) && !['CAL', 'RET'].includes(before(v)));
    },
  },
  {
    name: 'operands',
    says: 'operand addresses are those of the word, plus fp and ap by its modes, and step with every repeat; an immediate is its own value',
    method: 'linear',
    prove(chip) {
      for (const x of OPERANDS) {
        const mode = x.toUpperCase();
        chip.vanishes(`e${x} - ${x} - r${mode} * fp - x${mode} * ap`, firstRepeat);
        chip.vanishes(`e${x} - p.e${x} - ${x}s`, repeats);
      }
      chip.vanishes('im * vb - im * eb', () => true);
      chip.vanishes('im', (v) => isOne(v, 'RET'));
    },
  },
  {
    name: 'results',
    says: 'JNZ jumps exactly if va is not 0; SET, ADD, MLS and CAL write what they name; CAL saves fp',
    method: 'linear',
    prove(chip) {
      chip.vanishes('va * inv - 1', (v) => isOne(v, 'JNZ') && v.now('tk') === 1);
      chip.vanishes('va', (v) => isOne(v, 'JNZ') && v.now('tk') === 0);
      chip.vanishes('vc - f0', (v) => isOne(v, 'SET'));
      chip.vanishes('vc - va - vb', (v) => isOne(v, 'ADD'));
      chip.vanishes('vc - va * vb', (v) => isOne(v, 'MLS'));
      chip.vanishes('vc - pc - 1', (v) => isOne(v, 'CAL'));
      chip.vanishes('va - fp', (v) => isOne(v, 'CAL'));
    },
  },
  {
    name: 'fractions',
    says: 'a row reads the word at pc, reads or writes the scalars of its opcode with zero lanes beside them, and hands MAC, MUL, STORE and HLT on with its operands and fields',
    method: 'identity',
    prove(chip) {
      const [code, first, second, third, handed, ...more] = chip.fractions;
      if (!code || !first || !second || !third || !handed || more.length) throw new Error('cpu has five fractions');
      const bit = (holds: boolean): [string, number][] => (holds ? [['', 1]] : []);
      chip.equals('code reads', code.numerator, (v) => bit(now(v) !== ''));
      chip.equals('the word', code.denominator, (v) => (now(v) === '' ? undefined : tuple(1, ['pc', ...WORD])));
      chip.equals('operand a', first.numerator, (v) => bit(isOne(v, 'ADD', 'MLS', 'JNZ', 'RET', 'AP', 'CAL')));
      chip.equals('word of a', first.denominator, (v) =>
        isOne(v, 'ADD', 'MLS', 'JNZ', 'RET', 'AP', 'CAL') ? tuple(isOne(v, 'CAL') ? 2 : 1, scalar('ea', 'va')) : undefined,
      );
      chip.equals('operand b', second.numerator, (v) =>
        isOne(v, 'ADD', 'MLS', 'JMP', 'JNZ', 'CAL', 'RET')
          ? [
              ['', 1],
              ['im', -1],
            ]
          : [],
      );
      chip.equals('word of b', second.denominator, (v) =>
        isOne(v, 'ADD', 'MLS', 'JMP', 'JNZ', 'CAL', 'RET') ? tuple(1, scalar('eb', 'vb')) : undefined,
      );
      chip.equals('operand c', third.numerator, (v) => bit(isOne(v, 'SET', 'ADD', 'MLS', 'CAL')));
      chip.equals('word of c', third.denominator, (v) => (isOne(v, 'SET', 'ADD', 'MLS', 'CAL') ? tuple(2, scalar('ec', 'vc')) : undefined));
      chip.equals('dispatches', handed.numerator, (v) => bit(isOne(v, 'MAC', 'MUL', 'STO', 'HLT')));
      chip.equals('the dispatch', handed.denominator, (v) =>
        isOne(v, 'MAC', 'MUL', 'STO', 'HLT') ? tuple(3, [numberOf(v), 'ea', 'eb', 'ec', ...FIELDS]) : undefined,
      );
    },
  },
];
