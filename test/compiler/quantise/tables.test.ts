// Intervals of a slot ascend without gaps, cover the whole reach and give the right value at each of their points; equal tables are shared.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseCoarse, intervalsOf, REACH_LIMIT, type SlotRequest, Tables } from '../../../compiler/quantise/tables.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
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
    }),
  );

describe('slots', () => {
  test('intervals ascend without gaps, cover the whole reach and give the value at each of their points', () => {
    fc.assert(
      fc.property(fc.array(requests, { minLength: 1, maxLength: 3 }), (list) => {
        const coarse = chooseCoarse(list);
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
    const request: SlotRequest = { name: 'wide', u: 16, from: 0, to: 1023, low: -(2 ** 22), high: 2 ** 22, value: () => 0 };
    expect(intervalsOf(request, chooseCoarse([request])).length).toBeLessThan(intervalsOf(request, []).length / 20);
  });

  test('equal exact tables are shared, different ones are not', () => {
    const tables = new Tables();
    expect(tables.identity(0, 9)).toBe(tables.identity(0, 9));
    expect(tables.identity(0, 9)).not.toBe(tables.identity(0, 8));
    expect(tables.positivePart(9)).not.toBe(tables.identity(0, 9));
    const { slots, rows } = tables.finish();
    expect(slots.map(({ id }) => id)).toEqual([1, 2, 3]);
    const divisors = new Set(slots.flatMap(({ intervals }) => [...intervals].filter((_, i) => i % 3 === 0)));
    const intervals = slots.reduce((sum, slot) => sum + slot.intervals.length / 3, 0);
    expect(rows).toBe(intervals + [...divisors].reduce((sum, u) => sum + u, 0));
  });

  test('a reach beyond the accumulator bound is a bug of the caller', () => {
    const tables = new Tables();
    expect(() => tables.request({ name: 'x', u: 1, from: 0, to: 1, low: 0, high: REACH_LIMIT + 1, value: (c) => c })).toThrow(ZkvmError);
  });
});
