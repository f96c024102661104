// The search on few samples: what it returns is measured on all, and meets the target there if it can. Caveat: errors are made up.

import { describe, expect, it } from 'vitest';
import { atHand, atOnce, type Steps } from '../../../compiler/onnx/steps.ts';
import type { IntegerGraph, QuantisationOptions } from '../../../compiler/quantise/integer-graph.ts';
import { spread } from '../../../compiler/quantise/spread.ts';
import type { Trial } from '../../../compiler/report/accuracy.ts';
import type { OutputAccuracy } from '../../../compiler/report/report.ts';
import { amongAll, searchOnFew } from '../../../compiler/report/search.ts';

const options: QuantisationOptions = { activationBits: 10, outputBits: 11, weightBits: 16 };

/** A model whose sample i is off by factors[i] halved with every bit more; `stubborn` samples by less only at 14 bits. */
function tried(factors: readonly number[], stubborn: readonly number[], target: number) {
  const bitsOf = new Map<IntegerGraph, number>();
  const looks: (number | undefined)[] = [];
  const offAt = (bits: number): Float64Array =>
    Float64Array.from(factors, (factor, i) => (stubborn.includes(i) && bits > 10 && bits < 14 ? 1 : factor) / 2 ** (bits - 10));
  const attempted = ({ activationBits }: QuantisationOptions, places?: readonly number[]): Trial => {
    looks.push(places?.length);
    const integers = {} as IntegerGraph;
    bitsOf.set(integers, activationBits);
    const off = offAt(activationBits);
    return { integers, error: (places ?? [...off.keys()]).reduce((most, i) => Math.max(most, off[i]!), 0) };
  };
  const attempt = (...about: Parameters<typeof attempted>): Steps<Trial> => atHand(attempted(...about));
  const everywhere = ({ integers }: Trial): Steps<Trial> =>
    atHand({ ...attempted({ ...options, activationBits: bitsOf.get(integers)! }), integers });
  const errors = ({ integers }: Trial): Float64Array => offAt(bitsOf.get(integers)!);
  function* search(one: (finer: QuantisationOptions) => Steps<Trial>): Steps<Trial> {
    let best = yield* one(options);
    for (let activationBits = 11; best.error > target && activationBits <= 15; activationBits++) {
      const next = yield* one({ ...options, activationBits });
      if (next.error < best.error) best = next;
    }
    return best;
  }
  const found = atOnce(searchOnFew({ options, target, count: factors.length, attempt, everywhere, errors }, search));
  return { bits: bitsOf.get(found.integers)!, error: found.error, looks };
}

const even = Array.from({ length: 100 }, (_, i) => 0.001 + i * 1e-5);

describe('a search on few samples', () => {
  it('looks at all samples first and last, and at few between', () => {
    const { bits, error, looks } = tried([...even, 0.04], [], 0.01);
    expect(bits).toBe(12);
    expect(error).toBe(0.01);
    expect(looks[0]).toBeUndefined();
    expect(looks.at(-1)).toBeUndefined();
    expect(looks.slice(1, -1).every((count) => count === 16)).toBe(true);
  });

  it('stops after one look where that is accurate enough', () => {
    expect(tried(even, [], 0.01)).toMatchObject({ bits: 10, looks: [undefined] });
  });

  it('takes samples in that turn out to be worse, until all are accurate enough', () => {
    // sample 40 is among the best with ten bits and the worst with eleven to thirteen
    const { bits, error, looks } = tried([...even.with(40, 1e-6), 0.04], [40], 0.01);
    expect(bits).toBe(14);
    expect(error).toBeLessThanOrEqual(0.01);
    expect(looks.some((count) => count !== undefined && count > 16)).toBe(true);
  });

  it('says the error on all samples where no bits are enough', () => {
    const { error } = tried([...even, 4], [], 0.01);
    expect(error).toBe(4 / 2 ** 5);
  });
});

describe('what few samples say of all', () => {
  const output = { name: 'y', scale: 1, from: 0, sample: 0, channelError: 0, channel: 0 };
  const all: OutputAccuracy = { ...output, maxError: 2, relativeError: 0.02, sameArgmax: 0.99, labels: 100 };
  it('is relative to the largest value and the rows of all', () => {
    const some: OutputAccuracy = { ...output, maxError: 1, relativeError: 0.5, sameArgmax: 0.5, labels: 10 };
    expect(amongAll([some], [all])[0]).toMatchObject({ relativeError: 0.01, sameArgmax: 0.95, labels: 100 });
  });
});

describe('samples that stand for all', () => {
  it('are all of few, and of many the first ones and others at even distances', () => {
    expect(spread(3, 10)).toEqual([0, 1, 2]);
    expect(spread(100, 8)).toEqual([0, 1, 2, 3, 4, 28, 52, 76]);
  });
  it('are as many as asked for, all different and in order', () => {
    for (const count of [1025, 5000, 99_999]) {
      const places = spread(count, 1024);
      expect(new Set(places).size).toBe(1024);
      expect(places.every((place, i) => place < count && (i === 0 || place > places[i - 1]!))).toBe(true);
    }
  });
});
