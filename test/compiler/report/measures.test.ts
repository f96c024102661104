// The figures of an output: worked out by hand. Caveat: what the compiler does with them is in accuracy.test.ts.
import { describe, expect, test } from 'vitest';
import { channelAxis, measureOutput } from '../../../compiler/report/measures.ts';

/** @param lists what the reference gives and what the integers give, in turn, sample by sample */
const measured = (shape: number[], ...lists: number[][]) => {
  const values = lists.map((list) => Float64Array.from(list));
  return measureOutput(
    shape,
    values.flatMap((expected, i) => (i % 2 === 0 ? [[expected, values[i + 1]!] as const] : [])),
  );
};

describe('figures of an output', () => {
  test('the largest error, the sample that has it, and the share of the largest value', () => {
    expect(measured([1, 2], [10, 1], [10, 1], [0, -20], [0, -19])).toMatchObject({ maxError: 1, sample: 1, relativeError: 0.05 });
    expect(measured([1, 2], [10, 1], [10, 1], [0, -20], [0, -20])).toMatchObject({ maxError: 0, sample: 0, relativeError: 0 });
    expect(measured([2], [0, 0], [0, 0.25])).toMatchObject({ maxError: 0.25, relativeError: 0.25 });
  });

  test('a channel is judged by its own spread, so a small one beside a large one is seen', () => {
    // boxes in channel 0, a score in channel 1 that is off by half of what it ever does
    const wrong = measured([2, 2], [640, 0.2, 0, 1], [640, 0.6, 0, 1]);
    expect(wrong.relativeError).toBeLessThan(0.001);
    expect(wrong).toMatchObject({ channel: 1 });
    expect(wrong.channelError).toBeCloseTo(0.5, 12);
    expect(measured([2, 2], [640, 0.2, 0, 1], [640, 0.2, 0, 1])).toMatchObject({ channelError: 0, channel: 0 });
  });

  test('the spread is that of all samples; a channel that never changes is judged by the largest value', () => {
    expect(measured([1, 2], [4, 8], [4, 9], [2, 8], [2, 8])).toMatchObject({ channel: 1, channelError: 1 / 8 });
    expect(measured([1, 2], [4, 8], [5, 8], [2, 8], [2, 8])).toMatchObject({ channel: 0, channelError: 1 / 2 });
  });

  test.each([
    [[1, 10], 1],
    [[8, 6], 1],
    [[1, 84, 8400], 1],
    [[1, 3, 32, 64], 1],
    [[5, 1], 0],
    [[2000], -1],
    [[1, 1], -1],
    [[], -1],
  ])('the channels of %j are axis %d', (shape, axis) => expect(channelAxis(shape)).toBe(axis));

  test('labels are the first of the largest elements, row by row', () => {
    expect(measured([2, 3], [1, 3, 3, 5, 5, 0], [1, 3, 3, 5, 5, 0])).toMatchObject({ sameArgmax: 1, labels: 2 });
    // a tie that the integers made, and one that they broke
    expect(measured([2, 3], [1, 2, 3, 5, 5, 0], [1, 3, 3, 5, 5, 0])).toMatchObject({ sameArgmax: 0.5, labels: 2 });
    expect(measured([2, 3], [1, 2, 3, 5, 5, 0], [1, 2, 3, 5, 6, 0])).toMatchObject({ sameArgmax: 0.5, labels: 2 });
  });

  test('images, single numbers and long lists have no labels', () => {
    for (const shape of [[1, 1, 2, 2], [4, 1], [1, 2000], []]) {
      const zeros = Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0);
      expect(measured(shape, zeros, zeros).labels).toBe(0);
    }
  });
});
