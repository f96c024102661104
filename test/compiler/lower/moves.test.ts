// Moves of elements become moves of rows: which patterns are found, and that networks which once moved single elements do so no more.
// Slow: networks are compiled and run.
import { describe, expect, test } from 'vitest';
import { imageGeometry } from '../../../compiler/layout/layout.ts';
import { findMove, rowsBelow, wordsToMove, wordsToRead } from '../../../compiler/lower/moves.ts';
import { elementsOf } from '../../../compiler/onnx/tensor.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import type { TestModel, TestNode, TestTensor } from '../onnx-writer.ts';

const SOURCE = imageGeometry(3, 6, 20);
/** index of a selection [channels][rows][columns] by a rule; undefined is zero */
const indexOf = (shape: [number, number, number], from: (c: number, y: number, x: number) => [number, number, number] | undefined) =>
  Int32Array.from({ length: elementsOf(shape) }, (_, e) => {
    const place = from(Math.floor(e / shape[1] / shape[2]), Math.floor(e / shape[2]) % shape[1], e % shape[2]);
    if (!place) return -1;
    const [c, y, x] = place;
    return y >= 0 && y < 6 && x >= 0 && x < 20 ? (c * 6 + y) * 20 + x : -1;
  });
const moveOf = (shape: [number, number, number], from: Parameters<typeof indexOf>[1]) =>
  findMove(SOURCE, indexOf(shape, from), imageGeometry(...shape));

describe('moves of rows', () => {
  test('a phase of a strided window: every second row and position, padding included', () => {
    const move = moveOf([3, 4, 11], (c, y, x) => [c, 2 * y - 1, 2 * x - 1])!;
    expect(move).toMatchObject({ rowStep: 2, laneStep: 2 });
    expect(move.channels).toEqual([0, 1, 2].map((channel) => ({ channel, firstRow: -1, firstLane: -1 })));
    expect(rowsBelow(move, SOURCE, 4)).toBe(0);
    expect(rowsBelow(move, SOURCE, 5)).toBe(2);
    // one position to the right in the odd half of ten positions
    expect([wordsToMove(move, SOURCE, 11), wordsToRead(move, SOURCE, 1)]).toEqual([1, 1]);
  });
  test('channels in any order, some of them zero', () => {
    const move = moveOf([4, 6, 20], (c, y, x) => (c === 2 ? undefined : [[2, 0, 0, 1][c]!, y, x]))!;
    expect(move.channels.map((channel) => channel?.channel)).toEqual([2, 0, undefined, 1]);
  });
  test('a slice beyond a word reads from a later word', () => {
    const move = moveOf([3, 6, 3], (c, y, x) => [c, y, x + 17])!;
    expect([wordsToMove(move, SOURCE, 3), wordsToRead(move, SOURCE, 1)]).toEqual([1, 1]);
    expect(wordsToMove(moveOf([3, 6, 16], (c, y, x) => [c, y, x + 3])!, SOURCE, 16)).toBe(2);
  });
  test.each<[string, [number, number, number], Parameters<typeof indexOf>[1]]>([
    ['a border that is repeated', [3, 6, 20], (c, y, x) => [c, y, Math.max(0, x - 1)]],
    ['a slice that leaves out what would come next', [3, 6, 20], (c, y, x) => (x < 4 ? [c, y, x] : undefined)],
    ['every third position', [3, 6, 6], (c, y, x) => [c, y, 3 * x]],
    ['rows from two channels', [1, 6, 20], (_, y, x) => [y % 2, y, x]],
    ['a transposed image', [3, 6, 6], (c, y, x) => [c, x, y]],
    ['rows in reverse', [3, 6, 20], (c, y, x) => [c, 5 - y, x]],
  ])('%s is no move', (_, shape, from) => {
    expect(moveOf(shape, from)).toBeUndefined();
  });
});

describe('what used to move single elements moves rows', () => {
  const random = randomNumbers(4);
  const t = (...shape: number[]): TestTensor => randomTensor(random, shape);
  const list = (...values: number[]): TestTensor => ({ shape: [values.length], data: values, integer: true });
  const model = (nodes: TestNode[], input: number[], initializers: Record<string, TestTensor>): TestModel => ({
    nodes,
    inputs: { x: input },
    outputs: ['y'],
    initializers,
  });
  const relu: TestNode = { op: 'Relu', inputs: ['x'], outputs: ['r'] };
  const pool = (from: string): TestNode => ({
    op: 'MaxPool',
    inputs: [from],
    outputs: ['y'],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  });
  const cases: [string, TestModel, string[]][] = [
    [
      'a convolution with stride 2',
      model([{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { strides: [2, 2], pads: [3, 3, 3, 3] } }], [1, 3, 20, 36], {
        w: t(4, 3, 7, 7),
      }),
      ['move', 'repitch'],
    ],
    ['a pool after a Relu', model([relu, pool('r')], [1, 3, 9, 33], {}), ['move', 'repitch']],
    ['a pool of anything', model([pool('x')], [1, 3, 9, 33], {}), ['relayout']],
    [
      'a slice of channels and columns',
      model([{ op: 'Slice', inputs: ['x', 'from', 'to', 'axes'], outputs: ['y'] }], [1, 4, 5, 40], {
        from: list(1, 18),
        to: list(3, 40),
        axes: list(1, 3),
      }),
      ['move'],
    ],
  ];
  test.each(cases)('%s', (_, network, kinds) => {
    const samples = Array.from({ length: 3 }, () => ({ x: randomTensor(random, network.inputs.x as number[]) }));
    const { report, error } = checkModel(network, samples, {}, true);
    expect(error).toBeLessThan(0.006);
    expect([...new Set(report.copies.map(({ kind }) => kind))].sort()).toEqual(kinds);
  });
});
