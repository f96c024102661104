// Broadcasts at their price: what is repeated over channels or rows costs about what an addition of that size costs.
import { describe, expect, test } from 'vitest';
import { imageGeometry, rowsAsChannels } from '../../../compiler/layout/layout.ts';
import { repeatedElements, rowOf } from '../../../compiler/lower/fill.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { node, type TestNode } from '../onnx-writer.ts';

const random = randomNumbers(17);

/** rows of mac and store, and copies, of a checked model */
function costs(nodes: TestNode[], inputs: Record<string, number[]>) {
  const samples = [0, 1].map(() => Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, randomTensor(random, shape)])));
  const { report, error } = checkModel({ nodes, inputs, outputs: ['y'] }, samples);
  return { rows: report.rows.mac + report.rows.store, copies: report.copies, error };
}

describe('broadcasts of computed tensors', () => {
  const cases: [string, number[], number[]][] = [
    ['a channel', [1, 20, 6, 40], [1, 20, 1, 1]],
    ['a row', [1, 3, 10, 40], [1, 3, 10, 1]],
    ['a position of a sequence', [1, 24, 40], [1, 24, 1]],
    ['a feature', [1, 24, 40], [40]],
    ['an image', [1, 20, 6, 40], [1, 1, 6, 40]],
    ['everything', [1, 20, 40], [1, 1, 1]],
  ];
  for (const [name, shape, small] of cases)
    test(`one number for ${name}: products cost at most four sums, and are right`, () => {
      const sum = costs([node('Sigmoid', ['x'], ['s']), node('Add', ['x', 's'], ['y'])], { x: shape });
      const product = costs([node('Mul', ['x', 's'], ['y'])], { x: shape, s: small });
      expect(product.rows).toBeLessThan(4 * sum.rows);
      expect(product.error).toBeLessThan(0.01);
    });
  test('a channel that is not one element alone is no broadcast', () => {
    const geometry = imageGeometry(2, 2, 3);
    const index = Int32Array.from({ length: 12 }, (_, e) => Math.floor(e / 6));
    expect([...repeatedElements(index, geometry)!]).toEqual([0, 1]);
    for (let e = 0; e < 12; e++) {
      const other = Int32Array.from(index, (at, i) => (i === e ? at + 1 : at));
      expect(repeatedElements(other, geometry)).toBeUndefined();
      const hole = Int32Array.from(index, (at, i) => (i === e ? -1 : at));
      expect(repeatedElements(hole, geometry)).toBeUndefined();
    }
  });
  test('rows as channels have the same elements, in the same order', () => {
    const { channels, rows, channelIndex } = rowsAsChannels(imageGeometry(2, 3, 4));
    expect([channels, rows, [...channelIndex]]).toEqual([6, 1, [0, 4, 8, 12, 16, 20]]);
    expect([...rowOf(3).laneIndex]).toEqual([0, 1, 2]);
  });
});

describe('sums along the lanes', () => {
  for (const [shape, axes] of [
    [[1, 600], [1]],
    [[3, 40], [1]],
    [[1, 5, 40], [2]],
    [
      [2, 3, 20],
      [1, 2],
    ],
  ] as const)
    test(`a mean over [${axes}] of [${shape}] copies nothing and is right`, () => {
      const { copies, error } = costs([node('ReduceMean', ['x'], ['y'], { axes: [...axes], keepdims: 1 })], { x: [...shape] });
      expect(copies).toEqual([]);
      expect(error).toBeLessThan(0.01);
    });
  test('a mean over channels is a sum of whole channels, as before', () => {
    expect(costs([node('ReduceMean', ['x'], ['y'], { axes: [1], keepdims: 1 })], { x: [1, 5, 3, 4] }).copies).toEqual([]);
  });
});
