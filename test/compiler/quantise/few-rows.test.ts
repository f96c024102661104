// Rounding with few rows gives the weights that rounding with the whole matrix gives. Caveat: random values, where no weight is near a tie.
import { describe, expect, it } from 'vitest';
import { fewRows, roundFew } from '../../../compiler/quantise/few-rows.ts';
import { KnownMoments, roundWith } from '../../../compiler/quantise/rounding.ts';
import type { DenseTerm } from '../../../compiler/stages/terms/dense.ts';
import { randomNumbers } from '../check.ts';

const [DEPTH, OUTPUTS, SHARE] = [24, 6, 0.05];
const random = randomNumbers(7);
const weights = Float64Array.from({ length: DEPTH * OUTPUTS }, () => 20 * random());
const samplesOf = (rows: number): Float64Array[] =>
  Array.from({ length: rows }, () => Float64Array.from({ length: DEPTH }, () => 3 * random() + 1));
const term: DenseTerm = {
  kind: 'dense',
  source: { root: 'x' } as DenseTerm['source'],
  depth: DEPTH,
  depthStride: 1,
  outputs: OUTPUTS,
  outputStride: 1,
  from: Int32Array.of(0),
  to: Int32Array.of(0),
  weights,
};

/** The same by few rows whatever their number. */
function byFew(samples: readonly Float64Array[]) {
  const values = Float64Array.from(samples.flatMap((sample) => [...sample]));
  const seen = fewRows(values, samples.length, DEPTH, SHARE);
  const rounded = new Float64Array(weights.length);
  const means: number[] = [];
  let variance = 0;
  for (let first = 0; first < OUTPUTS; first += 4) {
    const lanes = Math.min(4, OUTPUTS - first);
    const { mean, power, squares } = roundFew(seen, weights, rounded, lanes, (k, i) => k * OUTPUTS + first + i);
    for (let i = 0; i < lanes; i++) {
      means.push(mean[i]!);
      variance += (power[i]! - mean[i]! ** 2 + seen.damping * squares[i]!) / OUTPUTS;
    }
  }
  return { rounded, means, variance };
}

describe('rounding with few rows', () => {
  it('is rounding with many, where both can be done', () => {
    // more than half as many rows as inputs: rounding.ts takes the whole matrix
    const samples = samplesOf(13);
    const many = roundWith(new KnownMoments().of(term, () => samples)!, weights, 1);
    const few = byFew(samples);
    expect(few.rounded).toEqual(many.weights);
    expect(few.rounded).not.toEqual(weights.map(Math.round));
    for (const [o, mean] of few.means.entries()) expect(mean).toBeCloseTo(many.means![o]!, 9);
    expect(few.variance).toBeCloseTo(many.variance, 9);
  });

  it('is what is taken where rows are few, and says the errors that it makes', () => {
    const samples = samplesOf(5);
    const { weights: rounded, means, variance } = roundWith(new KnownMoments().of(term, () => samples)!, weights, 1);
    expect(rounded).toEqual(byFew(samples).rounded);
    const off = (sample: Float64Array, o: number, list: Float64Array): number =>
      sample.reduce((sum, x, k) => sum + x * (weights[k * OUTPUTS + o]! - list[k * OUTPUTS + o]!), 0);
    const squares = (list: Float64Array): number =>
      samples.reduce((sum, sample) => sum + means!.reduce((inner, _, o) => inner + off(sample, o, list) ** 2, 0), 0);
    for (const [o, mean] of means!.entries())
      expect(samples.reduce((sum, sample) => sum + off(sample, o, rounded), 0) / samples.length).toBeCloseTo(mean, 9);
    expect(squares(rounded)).toBeLessThan(squares(weights.map(Math.round)) / 4);
    expect(variance).toBeGreaterThan(0);
  });

  it('differs where a value that was seen differs', () => {
    const samples = samplesOf(5);
    const changed = samples.map((sample, i) => (i === 2 ? sample.with(3, -9) : sample));
    expect(byFew(changed).rounded).not.toEqual(byFew(samples).rounded);
  });
});
