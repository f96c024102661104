// The tamper list of AIR.md §10, tests 1-13, 25 and 26: forged traces of the whole machine, every multiplicity rebuilt to suit the
// forger, and the label or check that refuses each. Test 5 shows a hole of the AIR that only the instance rule closes.
// Slow: whole runs are checked after every forgery.
import { describe, expect, test } from 'vitest';
import { ZkvmError } from '../../../fri/core/errors.ts';
import * as M from '../../../fri/core/m31.ts';
import { read, write } from '../../../vm/chips/relations.ts';
import { execute } from '../../../vm/executor/run.ts';
import { instruction } from '../../../vm/program/assembler.ts';
import { ISA, LANES, P, RAM_BASE, WORD_FIELDS } from '../../../vm/program/isa.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import { loop, mlp, wordProgram } from '../programs.ts';
import { type Chip, componentNamed, type ForgedRun, forged, honestRun, objections, type Row, rowObjections, rows } from './forging.ts';

const R = RAM_BASE;
const one = [1, ...Array<number>(LANES - 1).fill(0)];
const zero = Array<number>(LANES).fill(0);
/** slot 9 is the identity on 0, 1, 2 */
const tiny = (rom: ArrayLike<number>[], more: { inputs?: [number, number[]][]; outputs?: number[] } = {}, codeWords = rom.length) =>
  wordProgram({
    name: 'tiny',
    rom,
    codeWords,
    slots: {
      9: [
        [1, 0, 0],
        [1, 1, 1],
        [1, 2, 2],
      ],
    },
    ramLogSize: 2,
    ...more,
  });
const word = (row: Row, prefix: string, values: number[]): void => {
  values.forEach((value, t) => {
    row[`${prefix}${t}`] = value;
  });
};
const wordAt = (run: ForgedRun, address: number): Row => rows(run, 'ram')[address - R]!;
const dense = honestRun(mlp(5));
const looping = honestRun(loop());
const halt = honestRun(tiny([instruction('HLT')]));
const codeOf = (error: () => unknown): string => {
  try {
    error();
  } catch (thrown) {
    if (thrown instanceof ZkvmError) return thrown.code;
    throw thrown;
  }
  return 'accepted';
};

test('the honest runs pass, and pass again when all multiplicities are rebuilt', () => {
  for (const run of [dense, looping, halt]) {
    expect(objections(run)).toEqual([]);
    const rebuilt = forged(run, (r) => {
      for (const chip of ['ram', 'rom', 'lut'] as const) for (const row of rows(r, chip)) row.mult = 0;
    });
    expect(objections(rebuilt)).toEqual([]);
    expect(rebuilt).toEqual(run);
  }
});

describe('1 nothing runs', () => {
  const idle = (used: (isInput: boolean) => number) =>
    forged(dense, (run) => {
      for (const chip of ['cpu', 'mac', 'store'] as const) rows(run, chip).length = 0;
      const inputs = new Set(run.publicTerms.filter((t) => t.relation === write.id).map((t) => t.values[0]));
      const outputs = new Set(run.publicTerms.filter((t) => t.relation === read.id).map((t) => t.values[0]));
      rows(run, 'ram').forEach((row, i) => {
        row.used = inputs.has(R + i) || outputs.has(R + i) ? used(inputs.has(R + i)) : 0;
      });
    });
  test('the output words stand in ram: sum', () => expect(objections(idle(() => 1))).toEqual(['sum']));
  test('the output words are unwritten', () => expect(objections(idle(Number))).toEqual(['ram: read needs write', 'sum']));
  test('the output is an input word: the HALT term alone refuses', () => {
    const run = forged(honestRun(tiny([instruction('HLT')], { inputs: [[R, [5, ...zero.slice(1)]]], outputs: [R] })), (r) => {
      rows(r, 'cpu').length = 0;
    });
    expect(objections(run)).toEqual(['sum']);
    const [haltTerm, ...others] = run.publicTerms;
    expect(haltTerm!.values[0]).toBe(ISA.HLT.code);
    expect(objections({ ...run, publicTerms: others })).toEqual([]);
  });
});

test.each([1, 10, 40])('2 the program stops after %i rows: bool start', (count) => {
  const run = forged(dense, (r) => {
    rows(r, 'cpu').length = count;
  });
  expect(objections(run)).toContain('cpu: bool start');
});

test('3 two runs in one cpu: sum', () => {
  const run = forged(halt, (r) => {
    rows(r, 'cpu').push({ ...rows(r, 'cpu')[0]! });
  });
  expect(objections(run)).toEqual(['sum']);
});

test.each([
  ['pc', 1],
  ['ap', R + 1],
  ['fp', R - 1],
] as const)('4 the program starts with %s = %i', (register, value) => {
  const two = honestRun(tiny([instruction('HLT'), instruction('HLT')]));
  const run = forged(two, (r) => {
    rows(r, 'cpu')[0]![register] = value;
  });
  expect(objections(run)).toEqual([`cpu: start ${register}`]);
});

test('5 a second cpu in an endless loop satisfies the AIR and the sum; only the instance rule refuses it', () => {
  const jump = instruction('JMP', { b: 1 }, 'im');
  const run = forged(honestRun(tiny([instruction('HLT'), jump])), (r) => {
    const word = Object.fromEntries(WORD_FIELDS.map((field, i) => [field, jump[i]!]));
    const row: Row = { ...word, pc: 1, ap: 5, fp: 6, rl: 1, en: 1, JMP: 1, tk: 1, im: 1, eb: 1, vb: 1 };
    r.instances.push({ chip: 'cpu', rows: Array.from({ length: 16 }, () => ({ ...row })) });
  });
  expect(objections(run)).toEqual(['instance rule']);
});

test.each<[string, Chip, Row, string]>([
  ['A rows, a unit each', 'mac', { A2: 1, e: 1, nw: 2, av: 1 }, 'mac: rows step'],
  ['A rows inside one unit', 'mac', { A2: 1, av: 1, nw: 2 }, 'mac: unit step'],
  ['S rows', 'mac', { S: 1, e: 1 }, 'mac: pad step'],
  ['B rows', 'mac', { B1: 1, e: 1, ob: 1 }, 'mac: taps step'],
  ['H rows', 'mac', { H: 1, e: 1, nw: 1 }, 'mac: rows step'],
  ['store rows', 'store', { en: 1, re: 1, rw: 1, h: 1 }, 'store: row step'],
  ['store channels', 'store', { en: 1, ce: 1, rw: 1, h: 1 }, 'store: channel step'],
])('6 a full cycle of %s without a start: its counter', (_, chip, row, label) => {
  const run = forged(halt, (r) => {
    rows(r, chip).push(...Array.from({ length: 16 }, () => ({ ...row })));
  });
  expect(objections(run)).toContain(label);
});

test('7 a false table entry cancelled by m = -1 on a padding row: bool m', () => {
  const run = forged(dense, (r) => {
    const stores = rows(r, 'store');
    const row = stores[3]!;
    row.y0! += 1;
    stores.push({ slot: row.slot!, m0: -1, q0: row.q0!, u0: row.u0!, y0: row.y0! });
    wordAt(r, row.wa!).w0 = row.y0!;
  });
  expect(objections(run)).toContain('store: bool m0');
});

describe('8 flags that are 2, -1 or 1/2: bool', () => {
  test.each<Chip>(['cpu', 'mac', 'store', 'ram'])('%s', (chip) => {
    const component = componentNamed(chip);
    const list = rows(dense, chip);
    const flags = component.base.filter((name) => component.constraints.some((c) => c.label === `bool ${name}`));
    expect(flags.length).toBeGreaterThan(0);
    for (const flag of flags)
      for (const value of [2, -1, M.inverse(2)])
        for (const row of [0, 2, list.length - 1]) {
          const changed = list.map((r, i) => (i === row ? { ...r, [flag]: value } : r));
          expect(rowObjections(chip, changed)).toContain(`bool ${flag}`);
        }
  });
});

/** two MAC, STORE pairs to R and R + 1; words 6 (one), `second` and 8 (mask) follow the code */
const twoStores = (second: number) =>
  tiny(
    [
      instruction('MAC', { a: 6, b: 7, c: R }),
      instruction('STORE', { a: 8, b: 9, c: R }),
      instruction('MAC', { a: 6, b: second, c: R + 1 }),
      instruction('STORE', { a: 8, b: 9, c: R + 1 }),
      instruction('HLT'),
      zero,
      one,
      one,
      one,
      zero,
    ],
    { outputs: [R] },
    5,
  );
/** the second pair moved onto the first, in the program too */
const bothToOneAddress = (run: ForgedRun): void => {
  for (const row of rows(run, 'rom')) if (row.w6 === R + 1) row.w6 = R;
  for (const row of rows(run, 'cpu')) if (row.ec === R + 1) row.c = row.ec = R;
  for (const row of rows(run, 'mac')) if (row.k === R + 1) row.k = R;
  for (const row of rows(run, 'store')) if (row.k === R + 1) row.k = row.wa = R;
  const second = wordAt(run, R + 1);
  second.used = 0;
  word(second, 'w', zero);
};

test.each([
  ['equal', 7],
  ['unequal', 9],
])('9, 11 one accumulator drained twice into one address, %s words: sum', (_, second) => {
  expect(objections(honestRun(twoStores(second)))).toEqual([]);
  expect(objections(forged(honestRun(twoStores(second)), bothToOneAddress))).toEqual(['sum']);
});

test('9 one accumulator drained twice, one unit moved from the second drain to the first: sum', () => {
  const run = forged(honestRun(twoStores(7)), (r) => {
    bothToOneAddress(r);
    const [first, second] = rows(r, 'store') as [Row, Row];
    first.q0 = first.y0 = 2;
    second.q0 = second.y0 = 0;
    wordAt(r, R).w0 = 2;
  });
  expect(objections(run)).toEqual(['sum']);
});

describe('10 a word that nobody wrote is read', () => {
  const gap = tiny([instruction('ADD', { a: R + 1, b: 0, c: R }, 'im'), instruction('HLT')], {
    inputs: [[R + 1, [5, ...zero.slice(1)]]],
    outputs: [R],
  });
  /** the honest run without the public term that wrote it */
  const unwritten = (used: number) =>
    forged(honestRun(gap), (r) => {
      r.publicTerms = r.publicTerms.filter((t) => t.relation !== write.id);
      wordAt(r, R + 1).used = used;
    });
  test('not marked as written: read needs write', () => expect(objections(unwritten(0))).toEqual(['ram: read needs write']));
  test('marked as written: sum', () => expect(objections(unwritten(1))).toEqual(['sum']));
  test('with its input it passes', () => expect(objections(honestRun(gap))).toEqual([]));
  test('the executor refuses it', () => {
    const { program } = tiny([instruction('ADD', { a: R + 1, b: 0, c: R }, 'im'), instruction('HLT')], { outputs: [R] });
    expect(codeOf(() => execute(program, {}))).toMatch(/^ZK041/);
  });
});

test('12 a slot of divisor 2^15 over [-2^30, 2^30) is refused by the loader; one step smaller on both sides every C has one quotient', () => {
  const slot = (...quotients: number[]) =>
    checkProgram(
      wordProgram({ name: 'wide', rom: [instruction('HLT')], codeWords: 1, slots: { 9: quotients.map((q) => [2 ** 15, q, 0]) } }).program,
    );
  expect(codeOf(() => slot(-(2 ** 15), 2 ** 15 - 1))).toBe('ZK0340');
  expect(codeOf(() => slot(-(2 ** 15) + 1, 2 ** 15 - 1))).toBe('accepted');
  const C = 2 ** 30 - 1;
  const fits = [-(2 ** 15) + 1, 2 ** 15 - 1].filter((q) => M.sub(C, M.mul((q + P) % P, 2 ** 15)) < 2 ** 15);
  expect(fits).toEqual([2 ** 15 - 1]);
});

describe('13 another quotient and remainder of the same C: sum', () => {
  const C = (row: Row): number => row.q0! * row.u0! + row.r0!;
  test.each<[string, (row: Row) => void]>([
    ['q + 1, r - u', (row) => Object.assign(row, { q0: row.q0! + 1, r0: row.r0! - row.u0! })],
    ['r = -1', (row) => Object.assign(row, { q0: M.mul((C(row) + 1) % P, M.inverse(row.u0!)), r0: -1 })],
    ['r = u', (row) => Object.assign(row, { q0: M.mul((C(row) - row.u0! + P) % P, M.inverse(row.u0!)), r0: row.u0! })],
  ])('%s', (_, change) => {
    const index = rows(dense, 'store').findIndex((row) => row.m0 === 1 && row.u0! > 1 && row.q0! < P / 2 && C(row) < P / 2);
    expect(index).toBeGreaterThan(-1);
    expect(objections(forged(dense, (run) => change(rows(run, 'store')[index]!)))).toEqual(['sum']);
  });
});

describe('24 junk lanes cannot move a valid lane: sum', () => {
  const isJunk = (row: Row): boolean => row.m9 === 0;
  const stores = rows(dense, 'store');
  test('+1 on a junk lane, -1 on a valid one of the same row', () => {
    const index = stores.findIndex((row) => isJunk(row) && row.m0 === 1 && row.r0! > 0);
    const run = forged(dense, (r) => {
      rows(r, 'store')[index]!.q9! += 1;
      rows(r, 'store')[index]!.r0! -= 1;
    });
    expect(objections(run)).toEqual(['sum']);
  });
  test('+1 and -1 on the junk lanes of two channels', () => {
    expect([stores[2]!, stores[3]!].every(isJunk)).toBe(true);
    const run = forged(dense, (r) => {
      rows(r, 'store')[2]!.q9! += 1;
      rows(r, 'store')[3]!.q9! -= 1;
    });
    expect(objections(run)).toEqual(['sum']);
  });
});

describe('25 cpu', () => {
  const jump = (list: Row[], taken: number): Row => list.find((r) => r.JNZ === 1 && r.tk === taken)!;
  const changes: [string, string, (list: Row[]) => void][] = [
    ['JNZ not taken on a nonzero value', 'cpu: not taken is zero', (list) => Object.assign(jump(list, 1), { tk: 0, inv: 0 })],
    ['JNZ taken on zero', 'cpu: taken is nonzero', (list) => Object.assign(jump(list, 0), { tk: 1 })],
    [
      'an fp bit dropped',
      'cpu: decode',
      (list) => {
        const row = list.find((r) => r.rA === 1)!;
        Object.assign(row, { rA: 0, ea: row.a });
      },
    ],
    [
      'a repeat skipped',
      'cpu: repeat start',
      (list) =>
        list.splice(
          list.findIndex((r) => r.n! > 1),
          1,
        ),
    ],
    [
      'the last repeat dropped',
      'cpu: pc',
      (list) =>
        list.splice(
          list.findIndex((r) => r.n! > 1 && r.rl === 1),
          1,
        ),
    ],
    ['a jump on a repeat', 'cpu: take is last', (list) => Object.assign(list.find((r) => r.n! > 1 && r.rl === 0)!, { tk: 1 })],
    [
      'RET returns elsewhere',
      'sum',
      (list) => {
        const i = list.findIndex((r) => r.RET === 1);
        list[i]!.vb! += 1;
        list[i + 1]!.pc! += 1;
      },
    ],
    [
      'RET keeps fp',
      'cpu: fp',
      (list) => {
        const i = list.findIndex((r) => r.RET === 1);
        list[i + 1]!.fp = list[i]!.fp!;
      },
    ],
  ];
  test.each(changes)('%s: %s', (_, label, change) => {
    expect(objections(forged(looping, (run) => change(rows(run, 'cpu'))))).toContain(label);
  });
});

describe('26 receivers', () => {
  const runsOf = (list: Row[]): Row[][] => {
    const runs: Row[][] = [];
    list.forEach((row, i) => {
      if (i === 0 || list[i - 1]!.last === 1) runs.push([]);
      runs.at(-1)!.push(row);
    });
    return runs;
  };
  const arranged = (chip: Chip, order: (runs: Row[][]) => Row[][]) =>
    objections(
      forged(dense, (run) => {
        const list = rows(run, chip);
        list.splice(0, list.length, ...order(runsOf(list)).flat());
      }),
    );
  test.each<Chip>(['mac', 'store'])('%s: a run dropped: sum', (chip) => expect(arranged(chip, (runs) => runs.slice(1))).toEqual(['sum']));
  test.each<Chip>(['mac', 'store'])('%s: a run twice: sum', (chip) =>
    expect(arranged(chip, (runs) => [...runs, runs[0]!.map((row) => ({ ...row }))])).toEqual(['sum']),
  );
  test.each<Chip>(['mac', 'store'])('%s: runs in another order pass', (chip) =>
    expect(arranged(chip, (runs) => runs.reverse())).toEqual([]),
  );
});
