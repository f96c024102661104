// Numbers that are the same every time, against the generator written out in big integers. Caveat: they are not tested for looking random.
import { expect, test } from 'vitest';
import { repeatableNumbers } from '../../../vm/program/repeatable.ts';

/** @param factor of Numerical Recipes, or another one */
function expected(count: number, factor: bigint): number[] {
  const numbers: number[] = [];
  for (let state = 1n; numbers.length < count; numbers.push(Number(state) / 2 ** 32)) state = (state * factor + 1013904223n) % 2n ** 32n;
  return numbers;
}

test('every generator gives the same numbers in [0, 1)', () => {
  const [one, other] = [repeatableNumbers(), repeatableNumbers()];
  const numbers = Array.from({ length: 1000 }, one);
  expect(numbers).toEqual(expected(1000, 1664525n));
  expect(Array.from({ length: 1000 }, other)).toEqual(numbers);
  expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true);
  expect(new Set(numbers).size).toBe(1000);
  // another factor gives others
  expect(expected(2, 1664523n)).not.toEqual(numbers.slice(0, 2));
});
