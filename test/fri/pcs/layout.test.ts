// Which column stands where and what is opened at which point, for one small shard by hand. Source: PCS.md §5 (D2, D3), §6 (D5), §8 (D8).
import { describe, expect, test } from 'vitest';
import { addPoints, pointFromParameter, pointOverQM31, stepIndex } from '../../../fri/core/circle.ts';
import { batchesOf, batchSampleCount, distinct, foldSteps, type InstanceShape, layoutOf, sampleCount } from '../../../fri/pcs/layout.ts';

const shape = (change: Partial<InstanceShape>): InstanceShape => ({
  logSize: 6,
  preprocessed: 0,
  page: 0,
  data: false,
  base: 0,
  interaction: 0,
  twoBase: [],
  twoInteraction: [],
  ...change,
});
/** a large instance between two small ones of equal height, and one whose fixed columns are committed data */
const shapes: InstanceShape[] = [
  shape({ logSize: 7, preprocessed: 2, base: 3, interaction: 1 }),
  shape({ logSize: 9, preprocessed: 1, base: 2, interaction: 2, twoBase: [1], twoInteraction: [0] }),
  shape({ logSize: 7, base: 4, interaction: 2, twoBase: [0, 3], twoInteraction: [0] }),
  shape({ logSize: 8, preprocessed: 3, data: true, base: 1, interaction: 1 }),
];
const layout = layoutOf(shapes);

describe('the layout', () => {
  test('has the trees in protocol order, each as high as its own largest column', () => {
    expect(layout.logSize).toBe(9);
    expect(layout.trees.map(({ name, logSize, columns }) => [name, logSize, columns])).toEqual([
      ['preprocessed', 9, 3],
      ['data', 8, 3],
      ['base', 9, 10],
      ['interaction', 9, 28],
      ['composition', 9, 8],
    ]);
    expect(layout.columns).toBe(52);
  });

  test('sorts the blocks of a tree by height, those of one height in the order of the instances', () => {
    expect(layout.blocks.map(({ tree, instance, first, columns }) => [tree, instance, first, columns])).toEqual([
      ['preprocessed', 0, 0, 2],
      ['preprocessed', 1, 2, 1],
      ['data', 3, 3, 3],
      ['base', 0, 6, 3],
      ['base', 2, 9, 4],
      ['base', 3, 13, 1],
      ['base', 1, 14, 2],
      ['interaction', 0, 16, 4],
      ['interaction', 2, 20, 8],
      ['interaction', 3, 28, 4],
      ['interaction', 1, 32, 8],
      ['interaction', 4, 40, 4], // the running sum
      ['composition', -1, 44, 8],
    ]);
  });

  test('lists what must be a lift once: columns read on the row before and the last LogUp column, which may be one of them', () => {
    const liftsOf = (twoInteraction: readonly number[]): readonly number[] =>
      layoutOf([shape({ logSize: 6, interaction: 2, twoInteraction }), shape({ logSize: 7, base: 1 })]).blocks[1]!.lifts;
    expect([[], [0], [1], [0, 1]].map(liftsOf)).toEqual([
      [4, 5, 6, 7],
      [0, 1, 2, 3, 4, 5, 6, 7],
      [4, 5, 6, 7],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ]);
    expect(layoutOf([shape({ logSize: 6, base: 2, twoBase: [1] }), shape({ logSize: 7 })]).blocks[0]!.lifts).toEqual([1]);
  });

  test('lists the columns that are read on the row before, all four coordinates of an interaction column', () => {
    const four = (first: number): number[] => [first, first + 1, first + 2, first + 3];
    expect(layout.twoPoint).toEqual([9, 12, 15, ...four(20), ...four(32), ...four(40)]);
    expect(sampleCount(layout)).toBe(52 + 15);
    // those of log size 7 once more, of 8 and 7 the last interaction columns too
    expect(batchSampleCount(layout)).toBe(52 + 15 + (2 + 4) + 3 * 4);
  });

  test('of a tree without columns has no such tree', () => {
    expect(layoutOf([shape({ base: 1 })]).trees.map(({ name }) => name)).toEqual(['base', 'interaction', 'composition']);
  });

  test('needs one column of 2^6 rows', () => {
    expect(layoutOf([shape({ logSize: 6, base: 1 }), shape({ logSize: 1, base: 1 })]).logSize).toBe(6);
    for (const logSize of [1, 5])
      expect(() => layoutOf([shape({ logSize, base: 1 })])).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0130' }));
    expect(() => layoutOf([])).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0130' }));
  });
});

describe('the batches', () => {
  const z = pointFromParameter([2, 3, 5, 7]);
  const [all, previous, ...periodic] = batchesOf(layout, z);

  test('open everything at z and the two-point columns at z - g(L)', () => {
    expect(all!.point).toEqual(z);
    expect(all!.samples).toEqual(Array.from({ length: 52 }, (_, i) => i));
    expect(all!.terms.map(({ block, columns }) => [block, columns.length])).toEqual(layout.blocks.map((b, i) => [i, b.columns]));
    expect(previous!.point).toEqual(addPoints(z, pointOverQM31(-stepIndex(9))));
    expect(previous!.samples).toEqual(Array.from({ length: 15 }, (_, i) => 52 + i));
    expect(previous!.terms.map(({ block }) => block)).toEqual([4, 6, 8, 10, 11]);
    expect(previous!.terms[0]!.columns).toEqual([0, 3]);
  });

  test('open what must be lifts at every smaller height at z + g(L-k), with the samples of z: two-point and last interaction columns', () => {
    expect(periodic.map(({ point }) => point)).toEqual([2, 1].map((n) => addPoints(z, pointOverQM31(stepIndex(n)))));
    expect(periodic.map(({ terms }) => terms.map(({ block }) => block))).toEqual([[4, 7, 8], [9]]);
    expect(periodic[0]!.samples).toEqual([9, 12, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]);
    expect(periodic[1]!.samples).toEqual([28, 29, 30, 31]);
    // two heights: ascending
    const three = layoutOf([8, 9, 7].map((logSize) => shape({ logSize, base: 1, twoBase: [0] })));
    const points = batchesOf(three, z).map(({ point }) => point);
    expect(points.slice(2)).toEqual([2, 1].map((n) => addPoints(z, pointOverQM31(stepIndex(n)))));
    // also where the larger height comes first, in the base tree
    const mixed = layoutOf([
      shape({ logSize: 8, base: 1, twoBase: [0] }),
      shape({ logSize: 7, interaction: 1 }),
      shape({ logSize: 9, base: 1 }),
    ]);
    expect(batchesOf(mixed, z).map(({ point }) => point)).toEqual([
      z,
      addPoints(z, pointOverQM31(-stepIndex(9))),
      ...[2, 1].map((n) => addPoints(z, pointOverQM31(stepIndex(n)))),
    ]);
  });
});

test.each([
  [6, [1]],
  [7, [2]],
  [8, [3]],
  [9, [3, 1]],
  [17, [3, 3, 3, 3]],
  [18, [3, 3, 3, 3, 1]],
])('folds from 2^%i rows: %j', (logSize, steps) => expect(foldSteps(logSize)).toEqual(steps));

test('distinct numbers ascend as numbers', () => {
  expect(distinct([10, 9, 100, 9, 2])).toEqual([2, 9, 10, 100]);
});
