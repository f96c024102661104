// What is remembered of functions is what a second look would see. Caveat: a few functions.
import { describe, expect, it } from 'vitest';
import { applyAll, scan } from '../../../compiler/quantise/scan.ts';

const square = { name: 'square', apply: (x: number) => x * x };
const shifted = { name: 'shifted', apply: (x: number) => x - 3 };

describe('scan', () => {
  it('finds the range and the largest step, through a chain of functions', () => {
    expect(applyAll([square, shifted], 2)).toBe(1);
    expect(scan([square, shifted], -2, 4, 0.5)).toEqual({ least: -3, most: 1, largest: 1.75 });
  });

  it('passes over what is not finite', () => {
    expect(scan([{ name: 'reciprocal', apply: (x) => 1 / x }], -1, 2, 1)).toEqual({ least: -1, most: 1, largest: 2 });
  });

  it('looks once at the same arguments, and again at others', () => {
    let looks = 0;
    const counted = [{ name: 'counted', apply: (x: number) => x + 0 * looks++ }];
    const first = scan(counted, 0, 9, 1);
    expect(scan(counted, 0, 9, 1)).toEqual(first);
    expect(looks).toBe(10);
    for (const [from, to, step] of [
      [0, 10, 1],
      [0, 8, 1],
      [0, 9, 0.5],
    ] as const)
      expect(scan(counted, from, to, step)).not.toEqual(first);
    expect(looks).toBe(40);
  });
});
