// Tensors in words and back for every layout, and elements out of range named when they go in or come out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LANES, P, RAM_BASE } from '../../../vm/program/isa.ts';
import { elementAddresses, elementCount, packRegion, tensorWords, unpackRegion } from '../../../vm/program/packing.ts';
import type { Region } from '../../../vm/program/types.ts';
import { smallRegion } from './small.ts';

const region = (change: Partial<Region> = {}): Region =>
  smallRegion({ name: 'pixels', shape: [1, 2, 3, 20], address: RAM_BASE + 10, ...change });
const anyRegion = fc
  .record({
    channels: fc.integer({ min: 1, max: 4 }),
    rows: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 1, max: 40 }),
    gap: fc.nat(2),
    below: fc.nat(3),
    order: fc.constantFrom([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]),
  })
  .map(({ channels, rows, width, gap, below, order }) => {
    const strides: [number, number, number] = [0, 0, 0];
    let radix = 1;
    for (const axis of order) {
      strides[axis] = radix;
      radix *= [channels, rows, width][axis]!;
    }
    const rowStep = Math.ceil(width / LANES) + gap;
    return region({ shape: [radix], channels, rows, width, rowStep, channelStep: rows * rowStep + below, strides });
  });

describe('packing', () => {
  test('puts element c·60 + y·20 + x into lane x mod 16 of its word, zeros elsewhere', () => {
    const tensor = Int32Array.from({ length: 120 }, (_, i) => (i % 2 ? -1 : 1) * (i % 90));
    const { addresses, words } = packRegion(region(), tensor, 'input');
    expect([...addresses]).toEqual(Array.from({ length: 16 }, (_, i) => RAM_BASE + 10 + i));
    const lane = (c: number, y: number, x: number): number => words[(c * 8 + y * 2 + (x >> 4)) * LANES + (x % 16)]!;
    expect(lane(1, 2, 17)).toBe(P - (117 - 90));
    expect(words.filter((cell) => cell !== 0).length).toBe(tensor.filter((value) => value !== 0).length);
    for (let x = 20; x < 32; x++) expect(lane(0, 0, x)).toBe(0);
  });

  test('unpacking gives the tensor back for every layout, and outputs have exactly the element words', () => {
    fc.assert(
      fc.property(anyRegion, fc.integer(), (r, seed) => {
        const tensor = Int32Array.from({ length: elementCount(r) }, (_, i) => ((Math.imul(seed + i, 2654435761) >>> 8) % 201) - 100);
        for (const kind of ['input', 'output'] as const) {
          const { addresses, words } = packRegion(r, tensor, kind);
          const offsets = new Map(Array.from(addresses, (address, i) => [address, i * LANES]));
          expect(offsets.size).toBe(addresses.length);
          expect(unpackRegion(r, words, (address) => offsets.get(address)!)).toEqual(tensor);
          if (kind === 'output') expect(addresses).toEqual(elementAddresses(r));
        }
      }),
    );
  });

  test('refuses what does not fit and names the element', () => {
    const zero = new Int32Array(120);
    const at = (value: number): number[] => Array.from(zero, (_, i) => (i === 119 ? value : 0));
    expect(() => packRegion(region(), at(101), 'input')).toThrow(/ZK0322.*pixels\[0,1,2,19\] is the integer 101, allowed \[-100, 100\]/);
    expect(() => packRegion(region(), at(-101), 'input')).toThrow(/ZK0322/);
    expect(() => packRegion(region(), at(P - 1), 'input')).toThrow(/ZK0322/); // -1 has one representation
    expect(() => packRegion(region(), at(0.5), 'input')).toThrow(/ZK0321/);
    expect(() => packRegion(region(), at(Number.NaN), 'input')).toThrow(/ZK0321/);
    expect(() => packRegion(region(), zero.slice(1), 'input')).toThrow(/ZK0320/);
    expect(() => packRegion(region(), undefined, 'input')).toThrow(/ZK0320/);
    expect(() => tensorWords([region()], { pixels: zero, other: zero }, 'input')).toThrow(/ZK0324/);
    expect(() => tensorWords([region()], {}, 'input')).toThrow(/ZK0320/);
    expect(() => tensorWords([region()], { pixels: zero.slice(1) }, 'input')).toThrow(/ZK0320/);
    expect(() => tensorWords([region()], { pixels: Int32Array.from(at(101)) }, 'input')).toThrow(/ZK0322/);
    expect(packRegion(region(), at(100), 'input').words.filter((cell) => cell).length).toBe(1);
  });

  test('refuses an output element out of range when it is read back', () => {
    const { addresses, words } = packRegion(region(), new Int32Array(120), 'output');
    const offset = (address: number): number => addresses.indexOf(address) * LANES;
    for (const value of [100, P - 100]) {
      words[3] = value;
      expect(unpackRegion(region(), words, offset)[3]).toBe(value === 100 ? 100 : -100);
    }
    for (const value of [101, P - 101, (P - 1) / 2, (P + 1) / 2]) {
      words[3] = value;
      expect(() => unpackRegion(region(), words, offset)).toThrow(/ZK0322.*pixels\[0,0,0,3\]/);
    }
  });

  test('refuses a junk lane of an output', () => {
    const { addresses, words } = packRegion(region(), new Int32Array(120), 'output');
    const offset = (address: number): number => addresses.indexOf(address) * LANES;
    words[LANES + 4] = 1; // x = 20 of the first row
    expect(() => unpackRegion(region(), words, offset)).toThrow(/ZK0323/);
    words[LANES + 4] = 0;
    expect([...unpackRegion(region(), words, offset)]).toEqual(Array(120).fill(0));
  });
});
