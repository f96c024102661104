// 600 random models of integers, booleans and ties: compiled, run on inputs that calibration never saw, and exact. Source: ../compiler/random-integers.ts.
// Caveat: `npm test` draws sixty of them.
import { expect, test } from 'vitest';
import { checkIntegers } from '../compiler/random-integers.ts';

test('600 random models of integers, booleans and ties', () => {
  expect(checkIntegers(600)).toBeGreaterThan(450);
});
