// How values of a node are counted: against counting one by one, and on a compiled model against what its report says.
// Slow: LeNet is compiled, and values are counted one by one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileModel } from '../../../compiler/index.ts';
import { BINS, countValues } from '../../../compiler/report/values.ts';
import { calibrationOf, onnxOf } from '../../library/kit.ts';

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

describe('counting', () => {
  test('puts the least into the first bin, the largest into the last, and names the sample that is furthest apart', () => {
    const values = countValues(
      [
        [Float64Array.of(-1, 0, 0.24), Float64Array.of(-4, 0, 1)],
        [Float64Array.of(1, 0.6, 1.4), Float64Array.of(4, 2, 4)],
      ],
      0.25,
    );
    expect(values).toMatchObject({ from: -1, to: 1.4, worst: { sample: 1, index: 2, float: 1.4, integer: 1 } });
    expect(values.float[0]).toBe(1);
    expect(values.float[BINS - 1]).toBe(1);
    expect(values.integer[BINS - 1]).toBe(0);
    expect([sum(values.float), sum(values.integer)]).toEqual([6, 6]);
  });

  test('one value alone is one bin', () => {
    const values = countValues([[Float64Array.of(3, 3), Float64Array.of(3, 3)]], 1);
    expect(values.float).toEqual([2, ...Array(BINS - 1).fill(0)]);
    expect(values).toMatchObject({ from: 3, to: 3, worst: { float: 3, integer: 3 } });
  });

  test('is what counting each value by itself gives', () => {
    const pair = fc.tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.integer({ min: -4000, max: 4000 }));
    fc.assert(
      fc.property(fc.array(fc.array(pair, { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 3 }), (samples) => {
        const scale = 0.25;
        const counted = countValues(
          samples.map((sample) => [Float64Array.from(sample, ([x]) => x), Float64Array.from(sample, ([, y]) => y)]),
          scale,
        );
        const all = samples.flat();
        const both = all.flatMap(([x, y]) => [x, y * scale]);
        expect([counted.from, counted.to]).toEqual([Math.min(...both) + 0, Math.max(...both) + 0]);
        const width = (counted.to - counted.from) / BINS || 1 / BINS;
        for (const [bins, values] of [
          [counted.float, all.map(([x]) => x)],
          [counted.integer, all.map(([, y]) => y * scale)],
        ] as const) {
          expect(sum(bins)).toBe(all.length);
          // no value is further from its bin than rounding
          const ordered = [...values].sort((a, b) => a - b);
          let at = 0;
          for (const [bin, count] of bins.entries())
            for (let i = 0; i < count; i++, at++) {
              expect(ordered[at]!).toBeGreaterThanOrEqual(counted.from + bin * width - 1e-9 * (1 + Math.abs(counted.from)));
              expect(ordered[at]!).toBeLessThanOrEqual(counted.from + (bin + 1) * width + 1e-9 * (1 + Math.abs(counted.to)));
            }
        }
        const { sample, index, float, integer } = counted.worst;
        expect(samples[sample]![index]).toEqual([float, integer / scale]);
        expect(Math.abs(float - integer)).toBe(Math.max(...all.map(([x, y]) => Math.abs(x - y * scale))));
      }),
    );
  });
});

describe('LeNet', () => {
  const calibration = calibrationOf('lenet').map((sample) => ({
    input: { shape: [1, 1, 28, 28], data: Float64Array.from((sample as { input: number[][][][] }).input.flat(9)) },
  }));

  test('has counts for its input and every stage, which are those of its report', () => {
    const { values, report } = compileModel(onnxOf('lenet'), { calibration, values: true });
    expect(values?.inputs).toHaveLength(1);
    expect(values?.stages).toHaveLength(report.stages.length);
    for (const [i, { float, integer, from, to, worst }] of values!.stages.entries()) {
      const { shape, scale, lo, hi, error } = report.stages[i]!;
      const elements = shape!.reduce((product, size) => product * size, 1);
      expect([sum(float), sum(integer)]).toEqual([values!.samples * elements, values!.samples * elements]);
      expect(worst.integer / scale).toBeCloseTo(Math.round(worst.integer / scale), 9);
      expect(from).toBeLessThanOrEqual(worst.float);
      expect(to).toBeGreaterThanOrEqual(worst.float);
      // the report's error is the same distance, relative to the largest value that fits
      const distance = Math.abs(worst.float - worst.integer);
      expect(distance).toBeGreaterThan(0);
      expect(error).toBeLessThanOrEqual((1.0001 * distance) / (scale * Math.max(-lo, hi) * 0.25));
      expect(error).toBeGreaterThan((0.1 * distance) / (scale * Math.max(-lo, hi)));
    }
  });

  test('has none where nobody asks', () => {
    expect(compileModel(onnxOf('digits_mlp'), { calibration: digits() }).values).toBeUndefined();
  });
});

function digits() {
  return calibrationOf('digits_mlp').map((sample) => ({
    input: { shape: [1, 64], data: Float64Array.from((sample as { input: number[] }).input.flat(9) as number[]) },
  }));
}
