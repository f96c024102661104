// Intervals of a slot ascend without gaps, cover the whole reach and give the right value at each of their points; equal tables are shared.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maximumRequests } from '../../../compiler/quantise/integer-tables.ts';
import { chooseCoarse, exactRanges, intervalsOf } from '../../../compiler/quantise/intervals.ts';
import { exactly, REACH_LIMIT, type SlotRequest, type Truth } from '../../../compiler/quantise/request.ts';
import { Tables } from '../../../compiler/quantise/tables.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { inexactIntervals, tableKind } from '../../../vm/program/exact.ts';
import { ACCUMULATOR_BOUND } from '../../../vm/program/isa.ts';
import { times } from '../../times.ts';

const requests = fc
  .record({
    u: fc.integer({ min: 0, max: 13 }).map((log) => 2 ** log),
    from: fc.integer({ min: -500, max: 20 }),
    count: fc.integer({ min: 1, max: 600 }),
    below: fc.integer({ min: 0, max: 2 ** 24 }),
    above: fc.integer({ min: 0, max: 2 ** 24 }),
  })
  .map(
    ({ u, from, count, below, above }): SlotRequest => ({
      name: 'test',
      u,
      from,
      to: from + count - 1,
      low: Math.max(-REACH_LIMIT, from * u - below),
      high: Math.min(REACH_LIMIT, (from + count) * u + above),
      value: (c) => Math.min(Math.max(Math.floor(c / u), from), from + count - 1),
      truth: exactly((c) => Math.floor(c / u)),
    }),
  );

describe('slots', () => {
  test('intervals ascend without gaps, cover the whole reach and give the value at each of their points', () => {
    fc.assert(
      fc.property(fc.array(requests, { minLength: 1, maxLength: 3 }), (list) => {
        const { coarse } = chooseCoarse(list);
        for (const request of list) {
          const triples = intervalsOf(request, coarse);
          let end = triples[0]! * triples[1]!;
          expect([end <= request.low, end > -ACCUMULATOR_BOUND]).toEqual([true, true]);
          let wrong = 0;
          for (let i = 0; i < triples.length; i += 3) {
            const [u, q, y] = [triples[i]!, triples[i + 1]!, triples[i + 2]!];
            if (u * q !== end || y !== request.value(end) || y !== request.value(end + u - 1)) wrong++;
            end += u;
          }
          expect([wrong, end > request.high, end <= ACCUMULATOR_BOUND]).toEqual([0, true, true]);
        }
      }),
      { numRuns: times(40), seed: 1 },
    );
  });

  test('coarse divisors make the table smaller', () => {
    const request: SlotRequest = {
      name: 'wide',
      u: 16,
      from: 0,
      to: 1023,
      low: -(2 ** 22),
      high: 2 ** 22,
      value: () => 0,
      truth: exactly(() => 0),
    };
    expect(intervalsOf(request, chooseCoarse([request]).coarse).length).toBeLessThan(intervalsOf(request, []).length / 20);
  });

  test('equal exact tables are shared, different ones are not', () => {
    const tables = new Tables();
    const identity = (hi: number): number => tables.identity({ lo: 0, hi });
    expect(identity(9)).toBe(identity(9));
    expect(identity(9)).not.toBe(identity(8));
    expect(tables.request(maximumRequests({ lo: 0, hi: 9 }).larger)).not.toBe(identity(9));
    const { slots, rows } = tables.finish();
    expect(slots.map(({ id }) => id)).toEqual([1, 2, 3]);
    const divisors = new Set(slots.flatMap(({ intervals }) => [...intervals].filter((_, i) => i % 3 === 0)));
    const intervals = slots.reduce((sum, slot) => sum + slot.intervals.length / 3, 0);
    expect(rows).toBe(intervals + [...divisors].reduce((sum, u) => sum + u, 0));
  });

  test('a reach beyond the accumulator bound is a bug of the caller', () => {
    const tables = new Tables();
    expect(() =>
      tables.request({ name: 'x', u: 1, from: 0, to: 1, low: 0, high: REACH_LIMIT + 1, value: (c) => c, truth: exactly((c) => c) }),
    ).toThrow(ZkvmError);
  });
});

describe('where a table is what it stands for', () => {
  /** a function of c / 16 in steps of 1 / 100, calibrated to [from, to] */
  const table = (f: (x: number) => number, from: number, to: number, more: Partial<Truth> = {}): SlotRequest => {
    const limit = (x: number): number => Math.min(Math.max(x, from), to);
    return {
      name: 'test',
      u: 16,
      from,
      to,
      low: -(2 ** 16),
      high: 2 ** 16,
      value: (c) => Math.round(100 * f(limit((c - 7.5) / 16)) || 0),
      truth: { ideal: (c) => 100 * f((c - 7.5) / 16), near: 1, steep: 8, ...more },
    };
  };
  const rangesOf = (request: SlotRequest): number[] => [...exactRanges(request, intervalsOf(request, [256]))];
  const ends = (request: SlotRequest): [number, number] => {
    const triples = intervalsOf(request, [256]);
    return [triples[0]! * triples[1]!, triples.at(-3)! * (triples.at(-2)! + 1)];
  };

  test('the negative half of Relu is exact for ever, its top ends where it was calibrated', () => {
    const relu = table((x) => Math.max(0, x) / 50, 0, 40);
    expect(rangesOf(relu)).toEqual([ends(relu)[0], 41 * 16]);
  });
  test('a straight line ends on both sides, a constant on none', () => {
    expect(rangesOf(table((x) => x / 50, -40, 40))).toEqual([-40 * 16, 41 * 16]);
    const constant = table(() => 1, -4, 4);
    expect(rangesOf(constant)).toEqual(ends(constant));
  });
  test('a flat end is exact where the calibrated range reaches it, and not where it does not', () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x / 4));
    const reached = table(sigmoid, -30, 30);
    expect(rangesOf(reached)).toEqual(ends(reached));
    expect(rangesOf(table(sigmoid, -4, 4))).toEqual([-4 * 16, 5 * 16]);
    expect(rangesOf(table(sigmoid, -30, 4))).toEqual([ends(table(sigmoid, -30, 4))[0], 5 * 16]);
  });
  test('a pole in the middle, and the steep part beside it, are left out', () => {
    const ranges = rangesOf(table((x) => 10 / x, -60, 60));
    expect(ranges).toHaveLength(4);
    expect(ranges[1]!).toBeLessThan(0);
    expect(ranges[2]!).toBeGreaterThan(16);
    // whoever calls that fine gets the pole itself left out only
    const pole = rangesOf(
      table((x) => (x === 0 ? Number.POSITIVE_INFINITY : 10 / x), -60, 60, { steep: Number.POSITIVE_INFINITY, near: 20 }),
    );
    expect(pole.slice(1, 3)).toEqual([0, 16]);
  });
  test('what turns beyond its range is not exact there, though it comes back', () => {
    const wave = table((x) => Math.sin(x / 5), -60, 60, { steep: 20 });
    expect(rangesOf(wave)).toEqual([-60 * 16, 61 * 16]);
  });

  test('strict tables have those intervals and no others', () => {
    const requests = [table((x) => Math.max(0, x) / 50, 0, 40), table((x) => 10 / x, -60, 60), table((x) => x / 50, -40, 40)];
    const finish = (strict: boolean) => {
      const tables = new Tables();
      for (const request of requests) tables.request(request);
      return tables.finish(strict);
    };
    const [all, strict] = [finish(false), finish(true)];
    for (const [i, slot] of strict.slots.entries()) {
      expect(inexactIntervals(slot)).not.toContain(1);
      const marks = inexactIntervals(all.slots[i]!)!;
      expect(marks).toContain(1);
      expect([...slot.intervals]).toEqual([...all.slots[i]!.intervals].filter((_, k) => marks[Math.floor(k / 3)] === 0));
      expect(slot.exact).toEqual(all.slots[i]!.exact);
    }
    expect([tableKind(all), tableKind(strict)]).toEqual(['saturating', 'strict']);
    expect(strict.rows).toBeLessThan(all.rows);
  });
});
