// Exact ranges of slots: what they mark, and every way in which they do not fit their intervals. Caveat: whether a range is true is the compiler's
// business (test/compiler/quantise/tables.test.ts).
import { describe, expect, test } from 'vitest';
import { brokenRange, inexactIntervals, tableKind } from '../../../vm/program/exact.ts';
import type { Slot } from '../../../vm/program/types.ts';

/** [-8, -4) [-4, -2) [-2, 0) [0, 1) and, apart from them, [4, 8) */
const slot = (...exact: number[]): Slot => ({
  id: 1,
  name: 'test',
  intervals: Int32Array.of(4, -2, 0, 2, -2, 1, 2, -1, 2, 1, 0, 3, 4, 1, 4),
  exact: Int32Array.from(exact),
});
const { exact: _, ...silent } = slot();

describe('exact ranges', () => {
  test.each<[number[], number[]]>([
    [[], [1, 1, 1, 1, 1]],
    [
      [-8, 1],
      [0, 0, 0, 0, 1],
    ],
    [
      [-8, 1, 4, 8],
      [0, 0, 0, 0, 0],
    ],
    [
      [-4, 0],
      [1, 0, 0, 1, 1],
    ],
    [
      [-8, -4, -2, 0, 4, 8],
      [0, 1, 0, 1, 0],
    ],
  ])('%j mark %j', (exact, marks) => {
    expect(brokenRange(slot(...exact))).toBeUndefined();
    expect([...inexactIntervals(slot(...exact))!]).toEqual(marks);
  });

  test.each<[string, number[]]>([
    ['half a range', [-8]],
    ['an empty range', [-4, -4]],
    ['a range from its end', [0, -4]],
    ['a start inside an interval', [-3, 0]],
    ['an end inside an interval', [-4, -1]],
    ['a range over a gap', [-4, 8]],
    ['a range that begins in a gap', [1, 4]],
    ['a range that begins behind all', [8, 12]],
    ['a range that ends behind all', [4, 12]],
    ['ranges side by side', [-8, -4, -4, 0]],
    ['ranges that overlap', [-8, 0, -4, 1]],
    ['descending ranges', [4, 8, -4, 0]],
  ])('%s does not fit', (_, exact) => expect(brokenRange(slot(...exact))).toMatch(/^(an )?exact range/));

  test('a program is strict where all its slots are exact everywhere, and unknown where nobody says', () => {
    const all = slot(-8, 1, 4, 8);
    expect(tableKind({ slots: [all, { ...all, id: 2 }] })).toBe('strict');
    expect(tableKind({ slots: [all, { ...slot(-8, 1), id: 2 }] })).toBe('saturating');
    expect(tableKind({ slots: [all, { ...silent, id: 2 }] })).toBe('unknown');
    expect(tableKind({ slots: [slot(-8, 1), { ...silent, id: 2 }] })).toBe('saturating');
    expect(tableKind({ slots: [] })).toBe('unknown');
    expect([brokenRange(silent), inexactIntervals(silent)]).toEqual([undefined, undefined]);
  });
});
