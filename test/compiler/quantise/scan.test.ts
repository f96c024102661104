// What is remembered of functions is what a second look would see, and steps are told apart as looks at each of them would.
// Caveat: a few functions.
import { describe, expect, it } from 'vitest';
import { applyAll, isSteep, scan, steepest, unknownSteps } from '../../../compiler/quantise/scan.ts';

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

describe('isSteep', () => {
  const ends = [-8, 8] as const;
  const share = 0.1;
  const steps = Array.from({ length: 200 }, (_, i) => 2 ** -6 * 1.03 ** i);

  it('says of every step what a look at it says, in any order, with few looks', () => {
    for (const apply of [Math.exp, Math.tanh, (x: number) => x * x]) {
      const functions = [{ name: 'any', apply }];
      const wanted = new Map(steps.map((step) => [step, steepest(functions, ...ends, step) > share]));
      expect(new Set(wanted.values()).size).toBe(2);
      for (const order of [steps, [...steps].reverse(), steps.map((_, i) => steps[(i * 77) % steps.length]!)]) {
        let looks = 0;
        const counted = [{ name: 'counted', apply: (x: number) => apply(x) + 0 * looks++ }];
        const known = unknownSteps();
        for (const step of order) expect(isSteep(counted, ends, step, share, known)).toBe(wanted.get(step));
        const all = steps.reduce((sum, step) => sum + Math.ceil(8 / step) - Math.floor(-8 / step) + 1, 0);
        expect(looks).toBeLessThan(all / 3);
      }
    }
  });

  it('says the same of all other steps only where it is told of the same functions', () => {
    const known = unknownSteps();
    const [steep, flat] = [[{ name: 'steep', apply: Math.exp }], [{ name: 'flat', apply: (x: number) => x }]];
    expect(isSteep(steep, ends, 1, share, known)).toBe(true);
    expect(isSteep(flat, ends, 1, share, known)).toBe(true);
    expect(isSteep(flat, ends, 1, share, unknownSteps())).toBe(false);
  });
});
