// Real numbers to a model's integers: ranges, and types where the model has integers.
import { expect, test } from 'vitest';
import { integersOf, toIntegers } from '../../../vm/library/integers.ts';
import { tensorsOfJson } from '../../../vm/library/json.ts';
import type { Region } from '../../../vm/program/types.ts';
import { code } from '../../failure.ts';

const region = (lo: number, hi: number): Region => ({
  name: 'x',
  shape: [1, 3],
  address: 0,
  channels: 1,
  rows: 1,
  width: 3,
  channelStep: 1,
  rowStep: 1,
  strides: [3, 3, 1],
  lo,
  hi,
  scale: 1,
});
const given = (row: unknown[]) => tensorsOfJson({ x: [row] }, 'x.json');
const ofInput = (row: unknown[], to: Region, whole: string[] = []) => integersOf(given(row), [to], 'input', { integers: whole });

test('an integer tensor takes no fractions, a real one rounds them', () => {
  const real = Float64Array.of(1, 1.5, 2.25);
  expect([...toIntegers(region(0, 9), real, 'input')]).toEqual([1, 2, 2]);
  expect(code(() => toIntegers(region(0, 9), real, 'input', { integers: ['x'] }))).toBe('ZK0811');
  expect([...toIntegers(region(0, 9), Float64Array.of(1, 0, 9), 'input', { integers: ['x'] })]).toEqual([1, 0, 9]);
  expect(code(() => ofInput([1, 1.5, 2], region(0, 9), ['x']))).toBe('ZK0811');
  expect([...ofInput([1, 1.5, 2], region(0, 9)).x!]).toEqual([1, 2, 2]);
});

test('a boolean is 0 or 1, true or false', () => {
  expect([...ofInput([true, false, 1], region(0, 1), ['x']).x!]).toEqual([1, 0, 1]);
  expect(code(() => ofInput([2, 0, 1], region(0, 1), ['x']))).toBe('ZK0811');
  expect(code(() => ofInput([true, false, 1], region(0, 2), ['x']))).toBe('ZK0809');
});
