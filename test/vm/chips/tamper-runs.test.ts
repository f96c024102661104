// The tamper list of AIR.md §10, tests 22 and 23: rows of mac and store that follow another dispatch than the one they name, in the
// first row or in all, and rows left out, doubled or in the wrong order. Every one breaks a stated constraint of the chip.
// Slow: whole runs are checked after every forgery.
import { describe, expect, test } from 'vitest';
import { FLAGS } from '../../../vm/chips/cpu.ts';
import { LANES, toField, toSigned } from '../../../vm/program/isa.ts';
import { inWords } from '../../titles.ts';
import { conv, EXAMPLES, mlp, squareSum, strided, upsample } from '../programs.ts';
import { columnsOf, componentNamed, forged, honestRun, objections, type Row, rowObjections, rows } from './forging.ts';
import { type MacDispatch, type MulDispatch, macRows, mulRows, type StoreDispatch, storeRows } from './runs.ts';

const LOG_SIZE = 6;
const MAC: MacDispatch = { a: 300, b: 500, k: 7, nw: 3, h: 2, ra: 5, ob: 3, taps: 2, pad: 1, Z: 0, X: 0 };
const MUL: MulDispatch = { a: 300, b: 500, k: 7, nw: 2, h: 2, ra: 5, rb: 9 };
const STORE: StoreDispatch = { a0: 40, slot: 5, k: 900, rw: 2, h: 2, O: 2, rj: 4, cj: -9, split: 20, hl: 1, hs: 1 };

/** cells of the dispatch tuple: what the forger must keep as dispatched */
const NAMED = {
  mac: ['aw', 'bb', 'k', 'nw', 'ch', 'ra', 'ob', 'ct', 'pd', 'Z', 'X'],
  store: ['wa', 'a0', 'k', 'slot', 'rw', 'h', 'rj', 'cj', 'split', 'hl', 'hs', 'co'],
} as const;

type Nine = [number, number, number, number, number, number, number, number, number];

const same = (a: Row[], b: Row[]): boolean => {
  const names = [...new Set([...a, ...b].flatMap(Object.keys))];
  return a.length === b.length && a.every((row, i) => names.every((name) => toField(row[name] ?? 0) === toField(b[i]![name] ?? 0)));
};

/** another run whose first row (or all rows) names the honest dispatch: its broken labels, undefined if it became the honest run */
function disguised(chip: 'mac' | 'store', honest: Row[], other: Row[], everywhere: boolean): string[] | undefined {
  const list = other.map((row) => ({ ...row }));
  list.forEach((row, i) => {
    if (i > 0 && !everywhere) return;
    const reference = honest[Math.min(i, honest.length - 1)]!;
    for (const name of NAMED[chip]) row[name] = reference[name] ?? 0;
  });
  return same(list, honest) ? undefined : rowObjections(chip, list, LOG_SIZE);
}

test('the honest runs of these dispatches break nothing', () => {
  expect(rowObjections('mac', macRows(MAC), LOG_SIZE)).toEqual([]);
  expect(rowObjections('mac', mulRows(MUL), LOG_SIZE)).toEqual([]);
  expect(rowObjections('store', storeRows(STORE), LOG_SIZE)).toEqual([]);
});

test('the rows that programs fill are these runs, one after the other', () => {
  for (const make of EXAMPLES) {
    const { program, inputs } = make();
    const filled = honestRun({ program, inputs });
    const expected: { mac: Row[]; store: Row[] } = { mac: [], store: [] };
    for (const row of rows(filled, 'cpu')) {
      const cell = (name: string): number => toSigned(row[name] ?? 0);
      const [a, b, k, f0, f1, f2, f3, f4, f5] = ['ea', 'eb', 'ec', 'f0', 'f1', 'f2', 'f3', 'f4', 'f5'].map(cell) as Nine;
      if (FLAGS.every((flag) => row[flag] === 0))
        expected.mac.push(...macRows({ a, b, k, nw: f0, h: f1, ra: f2, ob: f3, taps: f4, pad: f5, Z: cell('v0'), X: cell('v1') }));
      if (row.MUL) expected.mac.push(...mulRows({ a, b, k, nw: f0, h: f1, ra: f2, rb: f3 }));
      if (row.STO)
        expected.store.push(
          ...storeRows({ a0: a, slot: b, k, rw: f0, h: f1, O: f2, rj: f3, cj: f4, split: f5, hl: cell('v0'), hs: cell('v1') }),
        );
    }
    for (const chip of ['mac', 'store'] as const) {
      const control = columnsOf(componentNamed(chip)).filter((name) => !/^[qruymwv]\d+$/.test(name));
      const cells = (row: Row): number[] => control.map((name) => toField(row[name] ?? 0));
      expect(rows(filled, chip).map(cells)).toEqual(expected[chip].map(cells));
    }
  }
});

describe('22 mac rows unlike the dispatch', () => {
  const changes: Partial<MacDispatch>[] = [
    { taps: 3 },
    { taps: 1 },
    { pad: 0 },
    { pad: 2 },
    { nw: 2 },
    { nw: 4 },
    { h: 1 },
    { h: 3 },
    { ob: 2 },
    { ob: 4 },
    { b: 501 },
    { ra: 6 },
    { k: 8 },
    { Z: 1 },
    { X: 1 },
  ];
  test.each(changes.map((change) => [inWords(change), change] as const))('%s', (_what, change) => {
    for (const everywhere of [false, true]) {
      const broken = disguised('mac', macRows(MAC), macRows({ ...MAC, ...change }), everywhere);
      if (broken) expect(broken).not.toEqual([]);
    }
    // what is dispatched is not the honest dispatch: at least the disguise of the first row must have been one
    expect(
      disguised('mac', macRows(MAC), macRows({ ...MAC, ...change }), false) ??
        disguised('mac', macRows(MAC), macRows({ ...MAC, ...change }), true),
    ).toBeDefined();
  });
  const multiplied: Partial<MulDispatch>[] = [
    { nw: 1 },
    { nw: 3 },
    { h: 1 },
    { h: 3 },
    { ra: 9, rb: 5 },
    { ra: 6 },
    { rb: 8 },
    { b: 501 },
    { k: 8 },
  ];
  test.each(multiplied.map((change) => [inWords(change), change] as const))('MUL %s', (_what, change) => {
    const broken = disguised('mac', mulRows(MUL), mulRows({ ...MUL, ...change }), false);
    expect(broken).toBeDefined();
    expect(broken).not.toEqual([]);
  });
  const orders: [string, string, (list: Row[]) => void][] = [
    ['A after B', 'first is A or H', (list) => list.push(list.shift()!)],
    ['A after S', 'phase order', (list) => list.splice(list.findIndex((r) => r.S === 1) + 1, 0, { ...list[0]! })],
    ['a second last', 'taps end', (list) => Object.assign(list[list.findIndex((r) => r.B2 === 1)]!, { last: 1 })],
    ['last and e together', 'one end', (list) => Object.assign(list.at(-1)!, { e: 1 })],
    ['an A row skipped', 'unit step', (list) => list.splice(1, 1)],
    ['a B row doubled', 'unit step', (list) => list.splice(list.length - 1, 0, { ...list.at(-2)! })],
    ['two words under a flag of one', 'one word ends the unit', (list) => Object.assign(list[0]!, { A2: 0, A1: 1 })],
    ['a second word that is no neighbour', 'second word', (list) => Object.assign(list[0]!, { av: 305 })],
  ];
  test.each(orders)('%s: %s', (_, label, change) => {
    const list = macRows(MAC);
    change(list);
    expect(rowObjections('mac', list, LOG_SIZE)).toContain(label);
  });
  test('the zero word of Z dropped, or inside a row: zero word', () => {
    const list = macRows({ ...MAC, Z: 1 });
    expect(rowObjections('mac', list, LOG_SIZE)).toEqual([]);
    for (const change of [
      { row: 1, ze: 0 },
      { row: 0, ze: 1 },
    ]) {
      const changed = list.map((row, i) => (i === change.row ? { ...row, ze: change.ze } : row));
      expect(rowObjections('mac', changed, LOG_SIZE)).toEqual(['zero word']);
    }
  });
});

describe('23 store rows unlike the dispatch', () => {
  const changes: Partial<StoreDispatch>[] = [
    { rw: 4 },
    { h: 1 },
    { h: 3 },
    { O: 1 },
    { O: 3 },
    { rj: 5 },
    { cj: 9 },
    { split: 21 },
    { hl: 0 },
    { hs: 0 },
    { k: 901 },
    { a0: 41 },
    { slot: 6 },
  ];
  test.each(changes.map((change) => [inWords(change), change] as const))('%s', (_what, change) => {
    const broken = [false, true].map((everywhere) => disguised('store', storeRows(STORE), storeRows({ ...STORE, ...change }), everywhere));
    expect(broken.some((labels) => labels !== undefined)).toBe(true);
    for (const labels of broken) if (labels) expect(labels).not.toEqual([]);
  });
  const orders: [string, string, (list: Row[]) => void][] = [
    ['LEAD skipped', 'lead', (list) => list.shift()],
    ['a second LEAD', 'lead', (list) => list.unshift({ ...list[0]! })],
    ['even without odd', 'odd follows even', (list) => list.splice(2, 1)],
    ['an odd word without its even one', 'odd follows even', (list) => list.splice(1, 1)],
    ['another write address', 'write address', (list) => (list[3]!.wa! += 1)],
    ['a row skipped', 'row step', (list) => list.splice(1, 2)],
    ['a channel doubled', 'bool first', (list) => list.push(...list.map((row) => ({ ...row })).slice(0, 5))],
    ['another accumulator', 'accumulator id', (list) => list.splice(0, list.length, ...list.map((row) => ({ ...row, k: 901 })))],
  ];
  test.each(orders)('%s: %s', (_, label, change) => {
    const list = storeRows(STORE);
    change(list);
    expect(rowObjections('store', list, LOG_SIZE)).toContain(label);
  });
});

describe('22, 23 in a whole run: sum', () => {
  const [dense, picture, squares, halves, doubled] = [mlp(5), conv(), squareSum(), strided(), upsample(11)].map(honestRun);
  const swapped = (names: string[], a: Row, b: Row): void => {
    for (const name of names) [a[name], b[name]] = [b[name]!, a[name]!];
  };
  test('the honest runs pass', () => {
    for (const run of [dense, picture, squares, halves, doubled]) expect(objections(run!)).toEqual([]);
  });
  test('another divisor on one lane', () => {
    const run = forged(dense!, (r) => Object.assign(rows(r, 'store')[5]!, { u0: 1024, q0: 0, r0: 0 }));
    expect(objections(run)).toEqual(['sum']);
  });
  test('two outputs of one word exchanged', () => {
    const run = forged(dense!, (r) => swapped(['y0', 'q0', 'u0', 'r0'], rows(r, 'store')[0]!, rows(r, 'store')[2]!));
    expect(objections(run)).toEqual(['sum']);
  });
  test('X2 left out of a run that was dispatched with it', () => {
    const run = forged(doubled!, (r) => {
      for (const row of rows(r, 'mac')) row.X = 0;
    });
    expect(objections(run)).toEqual(['sum']);
  });
  test('a word read from another address, its own content', () => {
    const run = forged(picture!, (r) => {
      const [first, second] = rows(r, 'mac').filter((row) => row.A2 === 1) as [Row, Row];
      for (let t = 0; t < LANES; t++) [first[`w${t}`], second[`w${t}`]] = [second[`w${t}`]!, first[`w${t}`]!];
    });
    expect(objections(run)).toEqual(['sum']);
  });
});
