// The least and the greatest that the loader accepts, and their neighbours: a bound that is off by one is found here. Source: AIR.md §5.4, §9
// items 22-23. Caveat: what is refused for other reasons is in loader.test.ts; bounds that need gigabytes are not tried.
import { describe, expect, test } from 'vitest';
import { assemble } from '../../../vm/program/assembler.ts';
import { LANES, P, RAM_BASE } from '../../../vm/program/isa.ts';
import { checkProgram, paddedLogSize, requireCommitable } from '../../../vm/program/loader.ts';
import type { Program, Region } from '../../../vm/program/types.ts';
import { smallProgram as program, slot, smallRegion, verdict } from './small.ts';

const WORDS = 16;
test('rows are padded to a power of two, at least to a pair', () => {
  expect([0, 1, 2, 3, 4, 5, 8, 9].map(paddedLogSize)).toEqual([1, 1, 1, 2, 2, 3, 3, 4]);
});

describe('sizes', () => {
  test('a ROM of one word, all of it code', () => {
    expect(verdict(program({ rom: assemble('HLT') }))).toBe('accepted');
    expect(verdict(program({ rom: assemble('HLT'), codeWords: 2 }))).toBe('ZK0342');
  });

  test('a ROM of 2^24 words', () => {
    // a length is all that is looked at before the next check, and a real ROM of this size takes a gigabyte
    const sized = (words: number): Program => program({ rom: { length: words * LANES } as unknown as Uint32Array, codeWords: 0 });
    expect(() => checkProgram(sized(2 ** 24))).toThrow(/0 instruction words in a ROM of 16777216 words/);
    expect(() => checkProgram(sized(2 ** 24 + 1))).toThrow(/a ROM of 268435472 lanes/);
    expect(() => checkProgram(sized(1.5))).toThrow(/a ROM of 24 lanes/);
    expect(() => checkProgram(sized(0))).toThrow(/a ROM of 0 lanes/);
  });

  test('RAM of 2^1 to 2^21 words', () => {
    for (const ramLogSize of [1, 21]) expect(verdict(program({ ramLogSize, romWords: 2 ** 16 }))).toBe('accepted');
    for (const ramLogSize of [0, 22, 6.5]) expect(verdict(program({ ramLogSize, romWords: 2 ** 16 }))).toBe('ZK0342');
  });

  test('of RAM 2^16 words, or 64 for every byte that is spelled out', () => {
    for (const ramLogSize of [16, 17]) expect(verdict(program({ ramLogSize }))).toBe(ramLogSize === 16 ? 'accepted' : 'ZK0342');
    // 2^14 bytes: 255 words of ROM and 5 intervals are 4 short of them
    const spelled = (intervals: number): Program =>
      program({ ramLogSize: 20, romWords: 255, slots: [slot(5, ...Array.from({ length: intervals }, (_, q) => [1, q, 0]).flat())] });
    expect(verdict(spelled(5))).toBe('ZK0342');
    expect(verdict(spelled(6))).toBe('accepted');
  });

  test('of range tables 2^15 rows, or one for every byte that is spelled out', () => {
    const ranges = (rows: number, romWords: number): string =>
      verdict(program({ romWords, slots: [slot(1, rows - 1, 0, 0), slot(2, 1, 0, 0)] }));
    expect(ranges(2 ** 15, WORDS)).toBe('accepted');
    expect(ranges(2 ** 15 + 1, WORDS)).toBe('ZK0342');
    const bytes = 64 * 600 + 24;
    expect(ranges(bytes, 600)).toBe('accepted');
    expect(ranges(bytes + 1, 600)).toBe('ZK0342');
  });

  test('range tables of 2^20 rows', () => {
    const romWords = 2 ** 14;
    expect(verdict(program({ romWords, slots: [slot(1, 2 ** 20 - 1, 0, 0), slot(2, 1, 0, 0)] }))).toBe('accepted');
    expect(verdict(program({ romWords, slots: [slot(1, 2 ** 20, 0, 0), slot(2, 1, 0, 0)] }))).toBe('ZK0342');
  });

  test('2^22 leaves for what a file only announces', () => {
    const refusal = expect.objectContaining({ code: 'ZK0346' });
    const ram = checkProgram(program({ ramLogSize: 12 }));
    expect(() => requireCommitable(ram, 10)).not.toThrow();
    expect(() => requireCommitable(ram, 11)).toThrow(refusal);
    const ranges = checkProgram(program({ ramLogSize: 1, slots: [slot(1, 4, 0, 0), slot(2, 60, 0, 0)] }));
    expect(() => requireCommitable(ranges, 16)).not.toThrow();
    expect(() => requireCommitable(ranges, 17)).toThrow(refusal);
  });

  test('cells from 0 to p-1, in the last lane too', () => {
    const last = WORDS * LANES - 1;
    for (const at of [5 * LANES, last]) {
      expect(verdict(program({ cells: { [at]: P - 1 } }))).toBe('accepted');
      for (const cell of [P, P + 1]) expect(verdict(program({ cells: { [at]: cell } }))).toBe('ZK0341');
    }
  });
});

describe('slots', () => {
  const of = (...intervals: number[]): string => verdict(program({ slots: [slot(1, ...intervals)] }));
  const bound = 2 ** 30;

  test('ids from 1 to p-1, ascending', () => {
    expect(verdict(program({ slots: [slot(1, 1, 0, 0), slot(P - 1, 1, 0, 0)] }))).toBe('accepted');
  });

  test('range tables in ascending order of their divisors, whatever order they are used in', () => {
    const { table } = checkProgram(program({ slots: [slot(1, 3, 0, 0, 2, 5, 0)] }));
    expect([...table.rangeStart]).toEqual([
      [2, 0],
      [3, 2],
    ]);
  });

  test('intervals inside (-2^30, 2^30), neighbours allowed', () => {
    expect(of(1, -bound + 1, 0)).toBe('accepted');
    expect(of(1, -bound, 0)).toBe('ZK0340');
    expect(of(1, bound - 1, 0)).toBe('accepted');
    expect(of(1, bound - 1, 0, 1, bound, 0)).toBe('ZK0340');
    expect(of(2, bound / 2 - 1, 0)).toBe('accepted');
    expect(of(3, 0, 0, 3, 1, 0)).toBe('accepted');
    expect(of(3, 0, 0, 2, 1, 0)).toBe('ZK0340');
  });

  test('values from -(p-1)/2 to (p-1)/2, of the last interval too', () => {
    for (const y of [-(P - 1) / 2, (P - 1) / 2]) expect(of(1, 0, 0, 1, 1, y)).toBe('accepted');
    for (const y of [-(P + 1) / 2, (P + 1) / 2]) expect(of(1, 0, 0, 1, 1, y)).toBe('ZK0340');
  });
});

describe('code', () => {
  test('a pad from 0 to 2^24 - 1', () => {
    for (const pad of [0, 2 ** 24 - 1]) expect(verdict(program({ code: `MAC a=8 b=8 c=ram+1 pad=${pad}\nHLT` }))).toBe('accepted');
  });

  test('LEAD covers 16 positions, of the MACs of its accumulator since it was last stored', () => {
    const lead = (...lines: string[]): string => verdict(program({ code: [...lines, 'HLT'].join('\n') }));
    const [mac, store] = ['MAC a=8 b=8 c=ram+1', 'STORE.LEAD a=8 b=5 c=ram+1'];
    expect(lead(`${mac} taps=17`, store)).toBe('accepted');
    expect(lead(`${mac} taps=18`, store)).toBe('ZK0341');
    expect(lead(`${mac} taps=18 pad=1`, store)).toBe('accepted');
    expect(lead(`${mac} taps=18`, `${mac} taps=2`, store)).toBe('ZK0341');
    expect(lead(`${mac} taps=2`, `${mac} taps=18`, store)).toBe('ZK0341');
    expect(lead(`${mac} taps=18`, 'STORE a=8 b=5 c=ram+1', `${mac} taps=2`, store)).toBe('accepted');
    expect(lead('MAC a=8 b=8 c=ram+2 taps=18', store)).toBe('accepted');
    expect(lead(`${mac} cs=1 n=2 taps=18`, store)).toBe('accepted'); // which accumulators these are is the executor's business
    expect(lead(`${mac} taps=18`, `${store} cs=1 n=2`)).toBe('accepted');
    expect(lead(`${mac} taps=18`, 'STORE.LEAD.rC a=8 b=5 c=ram+1')).toBe('accepted');
    expect(lead('MAC.xC a=8 b=8 c=ram+1 taps=18', store)).toBe('accepted');
    expect(lead(`${mac} taps=18`, store, 'JMP b=0')).toBe('accepted'); // nor what a program with jumps does in which order
  });

  test('a slot that is there, unless it is counted up', () => {
    expect(verdict(program({ code: 'STORE a=8 b=6 c=ram+1\nHLT' }))).toBe('ZK0341');
    expect(verdict(program({ code: 'STORE a=8 b=6 bs=1 n=2 c=ram+1\nHLT' }))).toBe('accepted');
  });

  describe('masks in ROM', () => {
    const cells = (...lanes: number[]): Record<number, number> => Object.fromEntries(lanes.map((at) => [at, 2]));
    const store = (operands: string, two: Record<number, number>): string =>
      verdict(program({ code: `STORE ${operands} b=5 c=ram+1\nHLT`, cells: two }));

    test('are 0 or 1 in every lane of every word that is known to be read', () => {
      for (const lane of [0, LANES - 1]) expect(store('a=8', cells(8 * LANES + lane))).toBe('ZK0344');
      expect(store('a=8', cells(9 * LANES))).toBe('accepted');
      expect(store('a=8 rw=2', cells(9 * LANES))).toBe('ZK0344');
      expect(store('a=8 rw=2', cells(10 * LANES))).toBe('accepted');
      expect(store('a=8 as=3 n=3', cells(14 * LANES))).toBe('ZK0344');
      expect(store('a=8 as=3 n=2', cells(14 * LANES))).toBe('accepted');
      expect(store('a=8 n=3', cells(9 * LANES))).toBe('accepted');
      expect(store('a=15', cells(WORDS * LANES - 1))).toBe('ZK0344');
      expect(store('a=0', {})).toBe('ZK0344'); // word 0, the STORE itself, is no mask
    });

    test('are not asked for where the address is known later, or is in RAM', () => {
      for (const flag of ['rA', 'xA'])
        expect(verdict(program({ code: `STORE.${flag} a=8 b=5 c=ram+1\nHLT`, cells: cells(8 * LANES) }))).toBe('accepted');
      expect(store('a=ram+8', cells(8 * LANES))).toBe('accepted');
      expect(store('a=16', cells(8 * LANES))).toBe('accepted');
    });
  });

  test('a source map whose entries touch', () => {
    const entry = (from: number, to: number) => ({ from, to, node: 'a' });
    const code = 'SET c=ram+1\nSET c=ram+2\nHLT';
    expect(verdict(program({ code, sourceMap: [entry(0, 1), entry(1, 3)] }))).toBe('accepted');
    for (const map of [[entry(-1, 1)], [entry(0, 2), entry(1, 3)], [entry(1, 2), entry(0, 1)], [entry(0, 1), entry(1, 4)]])
      expect(verdict(program({ code, sourceMap: map }))).toBe('ZK0345');
  });
});

describe('regions', () => {
  const region = (change: Partial<Region>): Region => smallRegion({ channelStep: 6, lo: -5, hi: 5, ...change });
  const input = (...list: Partial<Region>[]): string => verdict(program({ inputs: list.map((r, i) => region({ name: `x${i}`, ...r })) }));
  const output = (change: Partial<Region>): string => verdict(program({ outputs: [region(change)] }));
  const word: Partial<Region> = { shape: [1], channels: 1, rows: 1, width: 1, channelStep: 1, rowStep: 1, strides: [1, 1, 1] };

  test('a shape of 16 axes', () => {
    expect(input({ shape: [2, 3, 20, ...Array<number>(13).fill(1)] })).toBe('accepted');
    expect(input({ shape: [2, 3, 20, ...Array<number>(14).fill(1)] })).toBe('ZK0343');
    expect(input({ shape: [0, 3, 20], width: 20 })).toBe('ZK0343');
  });

  test('the first and the last word of RAM', () => {
    for (const address of [RAM_BASE, RAM_BASE + 63]) {
      expect(input({ ...word, address })).toBe('accepted');
      expect(output({ ...word, address })).toBe('accepted');
    }
    for (const address of [RAM_BASE - 1, RAM_BASE + 64]) {
      expect(input({ ...word, address })).toBe('ZK0343');
      expect(output({ ...word, address })).toBe('ZK0343');
    }
    expect(input({ address: RAM_BASE + 64 - 12 })).toBe('accepted');
    expect(input({ address: RAM_BASE + 64 - 11 })).toBe('ZK0343');
    expect(output({ address: RAM_BASE + 64 - 12 })).toBe('accepted');
    expect(output({ address: RAM_BASE + 64 - 11 })).toBe('ZK0343');
  });

  test('steps that just keep rows and channels apart; of a single row or channel of an output any step', () => {
    expect(input({})).toBe('accepted');
    expect(input({ channelStep: 5 })).toBe('ZK0343');
    expect(output({ channelStep: 5 })).toBe('ZK0343');
    expect(output({ channelStep: 2, rowStep: 4 })).toBe('accepted');
    expect(output({ channelStep: 2, rowStep: 3 })).toBe('ZK0343');
    expect(output({ channelStep: 1, rowStep: 4 })).toBe('ZK0343');
    expect(output({ ...word, channelStep: 0, rowStep: 0 })).toBe('accepted');
    expect(input({ ...word, rowStep: 0 })).toBe('accepted');
    expect(output({ ...word, channelStep: -1 })).toBe('ZK0343');
    expect(output({ ...word, rowStep: -1 })).toBe('ZK0343');
    expect(output({ ...word, channelStep: 0.5 })).toBe('ZK0343');
    expect(output({ channels: 2, rows: 1, shape: [2, 20], strides: [20, 20, 1], channelStep: 2 })).toBe('accepted');
    expect(output({ channels: 2, rows: 1, shape: [2, 20], strides: [20, 20, 1], channelStep: 1 })).toBe('ZK0343');
  });

  test('strides of a single entry from 0 to 2^31 - 1', () => {
    const single = (stride: number): string => input({ rows: 1, shape: [2, 20], channelStep: 2, strides: [20, stride, 1] });
    for (const stride of [0, 2 ** 31 - 1]) expect(single(stride)).toBe('accepted');
    for (const stride of [-1, 2 ** 31, 0.5]) expect(single(stride)).toBe('ZK0343');
    expect(input({ strides: [20, 40, 1] })).toBe('accepted');
    const columns = (...strides: number[]): string =>
      input({ shape: [2, 3], width: 1, channelStep: 5, strides: strides as [number, number, number] });
    expect(columns(3, 1, 9)).toBe('accepted');
    for (const strides of [
      [3, 1],
      [3, 1, 9, 9],
    ])
      expect(columns(...strides)).toBe('ZK0343');
  });

  test('a range of one number, and the whole field', () => {
    expect(input({ lo: 3, hi: 3 })).toBe('accepted');
    expect(input({ lo: -(P - 1) / 2, hi: (P - 1) / 2 })).toBe('accepted');
    expect(input({ lo: -(P + 1) / 2 })).toBe('ZK0343');
    expect(input({ hi: (P + 1) / 2 })).toBe('ZK0343');
    expect(input({ scale: Number.MIN_VALUE })).toBe('accepted');
    expect(input({ scale: -1 })).toBe('ZK0343');
  });

  test('inputs that touch, in any order', () => {
    const at = (offset: number): Partial<Region> => ({ ...word, channelStep: 4, address: RAM_BASE + offset });
    expect(input(at(8), at(0), at(4))).toBe('accepted');
    expect(input(at(8), at(0), at(5))).toBe('ZK0343');
    expect(input(at(8), at(0), at(3))).toBe('ZK0343');
    expect(input(at(0), at(10), at(2))).toBe('ZK0343');
  });

  test('2^18 words of all inputs and outputs', () => {
    const large = (inputs: number, outputs: number): string =>
      verdict(
        program({
          ramLogSize: 20,
          romWords: 2 ** 9,
          inputs: [region({ ...word, channelStep: inputs })],
          outputs: [region({ ...word, name: 'y', shape: [outputs], channels: outputs })],
        }),
      );
    expect(large(2 ** 17, 2 ** 17)).toBe('accepted');
    expect(large(2 ** 17, 2 ** 17 + 1)).toBe('ZK0343');
    expect(large(2 ** 17 + 1, 2 ** 17)).toBe('ZK0343');
  });

  test('an input and an output may have one name', () => {
    expect(verdict(program({ inputs: [region({})], outputs: [region({})] }))).toBe('accepted');
    expect(verdict(program({ outputs: [region({}), region({ address: RAM_BASE + 20 })] }))).toBe('ZK0343');
  });
});
