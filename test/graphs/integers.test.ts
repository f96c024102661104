import { expect, test } from 'vitest';
import { checkIntegers } from '../compiler/random-integers.ts';

test('600 random models of integers, booleans and ties', () => {
  expect(checkIntegers(600)).toBeGreaterThan(450);
});
