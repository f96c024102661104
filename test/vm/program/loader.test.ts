// What the loader accepts, and for each of its rules a program that only this rule refuses. Caveat: the bounds themselves are in
// bounds.test.ts.
import { describe, expect, test } from 'vitest';
import { LANES, P, RAM_BASE } from '../../../vm/program/isa.ts';
import { lutRows } from '../../../vm/program/loader.ts';
import type { Program, Region, Slot } from '../../../vm/program/types.ts';
import { EXAMPLES, wordRegion } from '../programs.ts';
import { type SmallChange, slot, smallProgram, smallRegion, verdict } from './small.ts';

/** one HLT, a mask as word 8 of the ROM, and one that is none as word 9 */
const CELLS = { ...Object.fromEntries(Array.from({ length: LANES }, (_, lane) => [8 * LANES + lane, 1])), [9 * LANES + 3]: 2 };
const program = ({ patch, ...change }: SmallChange & { patch?: [number, number] } = {}): Program =>
  smallProgram({ ...change, cells: { ...CELLS, ...(patch && { [patch[0]]: patch[1] }) } });

describe('accepted', () => {
  test('all example programs and the base of the variations below', () => {
    for (const make of EXAMPLES) expect(verdict(make().program)).toBe('accepted');
    expect(verdict(program())).toBe('accepted');
    expect(verdict(program({ code: 'STORE a=8 b=5 c=ram+1\nHLT' }))).toBe('accepted');
    expect(verdict(program({ inputs: [wordRegion('x', RAM_BASE, 4)], outputs: [wordRegion('y', RAM_BASE + 4, 60)] }))).toBe('accepted');
  });
});

describe('code', () => {
  test.each<[string, Program]>([
    ['an unknown opcode', program({ patch: [0, 63] })],
    ['an unused field that is not 0', program({ patch: [5, 1] })],
    ['HLT repeated', program({ patch: [1, 2] })],
    ['a count of 0', program({ code: 'SET c=ram+1\nHLT', patch: [1, 0] })],
    ['nw of 0', program({ code: 'MAC a=8 b=8 c=ram+1\nHLT', patch: [8, 0] })],
    ['MUL with f4 other than 1', program({ code: 'MUL a=8 b=8 c=ram+1\nHLT', patch: [12, 0] })],
    ['MUL with f5', program({ code: 'MUL a=8 b=8 c=ram+1\nHLT', patch: [13, 1] })],
    ['Z with X2', program({ code: 'MAC a=8 b=8 c=ram+1\nHLT', patch: [0, 4] })],
    ['rB on STORE', program({ code: 'STORE a=8 b=5 c=ram+1\nHLT', patch: [0, 12 + 128] })],
    ['xB on STORE', program({ code: 'STORE a=8 b=5 c=ram+1\nHLT', patch: [0, 12 + 1024] })],
    ['SPLIT with an odd row', program({ code: 'STORE.SPLIT a=8 b=5 c=ram+1 rw=3\nHLT' })],
    ['split without SPLIT', program({ code: 'STORE a=8 b=5 c=ram+1 split=1\nHLT' })],
    ['a slot that is not there', program({ code: 'STORE a=8 b=6 c=ram+1\nHLT' })],
    ['LEAD that cannot cover its taps', program({ code: 'MAC a=8 b=8 c=ram+1 taps=18\nSTORE.LEAD a=8 b=5 c=ram+1\nHLT' })],
    ['a negative pad', program({ code: 'MAC a=8 b=8 c=ram+1 pad=-1\nHLT' })],
    ['a pad of 2^24', program({ code: 'MAC a=8 b=8 c=ram+1 pad=16777216\nHLT' })],
    ['no HLT', program({ code: 'SET c=ram+1' })],
    ['a lane that is not canonical', program({ patch: [40, P] })],
  ])('%s is refused', (_, p) => expect(verdict(p)).toBe('ZK0341'));
  test('a mask lane of 2 is refused', () => expect(verdict(program({ code: 'STORE a=9 b=5 c=ram+1\nHLT' }))).toBe('ZK0344'));
  test('a source map out of order or outside the code is refused', () => {
    expect(verdict(program({ sourceMap: [{ from: 0, to: 1, node: 'a' }] }))).toBe('accepted');
    expect(verdict(program({ sourceMap: [{ from: 0, to: 2, node: 'a' }] }))).toBe('ZK0345');
    expect(verdict(program({ sourceMap: [{ from: 1, to: 1, node: 'a' }] }))).toBe('ZK0345');
    expect(verdict(program({ sourceMap: [{ from: 0, to: 0.5, node: 'a' }] }))).toBe('ZK0345');
    expect(verdict(program({ sourceMap: [{ from: 0.5, to: 1, node: 'a' }] }))).toBe('ZK0345');
    const twice = [
      { from: 0, to: 1, node: 'a' },
      { from: 0, to: 1, node: 'b' },
    ];
    expect(verdict(program({ sourceMap: twice }))).toBe('ZK0345');
  });
});

describe('sizes', () => {
  test.each<[string, Partial<Program>]>([
    ['RAM of 2^0 words', { ramLogSize: 0 }],
    ['RAM of 2^23 words', { ramLogSize: 23 }],
    ['no code', { codeWords: 0 }],
    ['more code than ROM', { codeWords: 17 }],
    ['half a word', { rom: new Uint32Array(8) }],
    ['a word and a half', { rom: new Uint32Array(24), codeWords: 1 }],
    ['no word', { rom: new Uint32Array(0), codeWords: 1 }],
    ['a table of 2^25 rows', { slots: [slot(1, 2 ** 25, 0, 0)] }],
  ])('%s is refused', (_, change) => expect(verdict(program(change))).toBe('ZK0342'));
});

describe('slots', () => {
  test.each<[string, Slot[]]>([
    ['id 0', [slot(0, 1, 0, 0)]],
    ['id p', [slot(P, 1, 0, 0)]],
    ['id 1.5', [slot(1.5, 1, 0, 0)]],
    ['a negative id', [slot(-1, 1, 0, 0)]],
    ['two slots of one id', [slot(1, 1, 0, 0), slot(1, 1, 1, 0)]],
    ['descending ids', [slot(2, 1, 0, 0), slot(1, 1, 0, 0)]],
    ['no interval', [slot(1)]],
    ['half an interval', [slot(1, 1, 0)]],
    ['divisor 0', [slot(1, 0, 0, 0)]],
    ['overlapping intervals', [slot(1, 4, 0, 0, 1, 3, 0)]],
    ['the same interval twice', [slot(1, 4, 0, 0, 4, 0, 1)]],
    ['an interval from -2^30', [slot(1, 2 ** 15, -(2 ** 15), 0)]],
    ['an interval past 2^30', [slot(1, 2 ** 15 + 1, 2 ** 15, 0)]],
    ['a value beyond the field', [slot(1, 1, 0, 2 ** 30)]],
    ['a value below the field', [slot(1, 1, 0, -(2 ** 30))]],
  ])('%s is refused', (_, slots) => expect(verdict(program({ slots }))).toBe('ZK0340'));

  test('lookup rows: range tables for every divisor, ascending, then slots; padding repeats row 0', () => {
    const p = program({ slots: [slot(3, 2, -1, -7, 3, 0, 9), slot(4, 2, 5, 1)] });
    const { slot: id, u, in: input, out, rows, logSize, rangeStart, slotStart } = lutRows(p);
    expect([rows, logSize]).toEqual([8, 3]);
    expect(Array.from(id, (_, i) => [id[i], u[i], input[i], out[i]])).toEqual([
      [0, 2, 0, 0],
      [0, 2, 1, 0],
      [0, 3, 0, 0],
      [0, 3, 1, 0],
      [0, 3, 2, 0],
      [3, 2, P - 1, P - 7],
      [3, 3, 0, 9],
      [4, 2, 5, 1],
    ]);
    expect([...rangeStart]).toEqual([
      [2, 0],
      [3, 2],
    ]);
    expect([...slotStart]).toEqual([
      [3, 5],
      [4, 7],
    ]);
    const padded = lutRows(program({ slots: [slot(3, 2, 0, 1), slot(4, 2, 0, 1), slot(9, 2, 1, 0)] }));
    expect([padded.rows, [...padded.u], [...padded.slot]]).toEqual([5, Array(8).fill(2), [0, 0, 3, 4, 9, 0, 0, 0]]);
    expect(lutRows(program({ slots: [] })).rows).toBe(1);
  });
});

describe('regions', () => {
  const region = (change: Partial<Region>): Region => smallRegion({ lo: -5, hi: 5, ...change });
  test('a region with gaps, transposed strides or interleaved output channels is accepted', () => {
    expect(verdict(program({ inputs: [region({})], outputs: [region({ address: RAM_BASE + 16 })] }))).toBe('accepted');
    expect(verdict(program({ inputs: [region({ strides: [1, 2, 6] })] }))).toBe('accepted');
    expect(verdict(program({ outputs: [region({ channelStep: 2, rowStep: 4 })] }))).toBe('accepted');
    expect(verdict(program({ inputs: [region({})], outputs: [region({})] }))).toBe('accepted'); // an output may be an input
  });
  test.each<[string, Partial<Region>]>([
    ['no name', { name: '' }],
    ['a shape with 0', { shape: [0] }],
    ['a shape of 17 axes', { shape: [2, 3, 20, ...Array<number>(14).fill(1)] }],
    ['a shape with a fraction', { shape: [2.5, 3, 16], width: 20 }],
    ['a negative shape', { shape: [-2, -3, 20] }],
    ['channels and rows that are negative', { channels: -2, rows: -3 }],
    ['rows on one word', { shape: [2, 3], width: 1, rows: 6, channels: 1, strides: [6, 1, 1], rowStep: 0 }],
    ['2^27 elements', { shape: [2 ** 27], channels: 1, rows: 1, width: 2 ** 27 }],
    ['an address that is a fraction', { address: RAM_BASE + 0.5 }],
    ['channels on one word', { channelStep: 0, rows: 1, shape: [2, 20], strides: [20, 20, 1] }],
    ['a channel step that is a fraction', { channelStep: 8.5 }],
    ['a row step that is a fraction', { rowStep: 2.5 }],
    ['a negative step of the only row', { rows: 1, shape: [2, 20], strides: [20, 20, 1], rowStep: -1 }],
    ['a step of the only row that is a fraction', { rows: 1, shape: [2, 20], strides: [20, 20, 1], rowStep: 0.5 }],
    ['a shape of another size', { shape: [2, 3, 21] }],
    ['an address in ROM', { address: 4 }],
    ['an address beyond RAM', { address: RAM_BASE + 64 }],
    ['an end beyond RAM', { address: RAM_BASE + 49 }],
    ['rows that overlap', { rowStep: 1 }],
    ['channels that overlap', { channelStep: 5 }],
    ['strides that cover an element twice', { strides: [60, 20, 20] }],
    ['strides with a hole', { strides: [61, 20, 1] }],
    ['a negative stride', { strides: [60, 20, -1] }],
    ['lo above hi', { lo: 6 }],
    ['hi beyond the field', { hi: 2 ** 30 }],
    ['a scale of 0', { scale: 0 }],
    ['a scale that is no number', { scale: Number.NaN }],
    ['an infinite scale', { scale: Number.POSITIVE_INFINITY }],
    ['lo below the field', { lo: -(2 ** 30) }],
    ['lo that is a fraction', { lo: -0.5 }],
    ['hi that is a fraction', { hi: 0.5 }],
    ['interleaved channels, whose gaps the verifier would write twice', { channelStep: 2, rowStep: 4 }],
    ['two strides', { strides: [60, 20] as unknown as [number, number, number] }],
    ['a stride of 2^31 on a size of 1', { rows: 1, shape: [2, 20], strides: [20, 2 ** 31, 1] }],
    ['a stride of a half on a size of 1', { rows: 1, shape: [2, 20], strides: [20, 0.5, 1] }],
  ])('%s is refused', (_, change) => expect(verdict(program({ inputs: [region(change)] }))).toBe('ZK0343'));
  test('two inputs that overlap, or of one name, are refused', () => {
    expect(verdict(program({ inputs: [region({}), region({ name: 'y', address: RAM_BASE + 15 })] }))).toBe('ZK0343');
    expect(verdict(program({ inputs: [region({}), region({ address: RAM_BASE + 16 })] }))).toBe('ZK0343');
    expect(verdict(program({ inputs: [region({}), region({ name: 'y', address: RAM_BASE + 16 })] }))).toBe('accepted');
  });
  test('output words that overlap are refused', () => {
    expect(verdict(program({ outputs: [region({ channelStep: 1, rowStep: 4 })] }))).toBe('ZK0343');
  });
  test('an output that ends outside RAM is refused, one that ends with it is not', () => {
    const last = { address: RAM_BASE + 64 - 14, channelStep: 8 };
    expect(verdict(program({ outputs: [region(last)] }))).toBe('accepted');
    expect(verdict(program({ outputs: [region({ ...last, address: last.address + 1 })] }))).toBe('ZK0343');
    expect(verdict(program({ outputs: [region({ channels: 1, shape: [3, 20], strides: [0, 20, 1], rowStep: 64 })] }))).toBe('ZK0343');
  });
});
