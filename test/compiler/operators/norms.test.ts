// Norms of windows, distances of rows, features side by side, affine grids and places of what is not zero: float values against sums written out
// here, the executed program against the simulation. Caveat: one small case each.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import type { RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { FLOAT } from '../../../compiler/onnx/tensor-proto.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(91);
const one = (
  op: string,
  inputs: Record<string, number[]>,
  attributes: TestModel['nodes'][0]['attributes'] = {},
  more: Partial<TestModel> = {},
  domain = '',
): TestModel => ({
  nodes: [
    { op, inputs: [...Object.keys(inputs), ...Object.keys(more.initializers ?? {})], outputs: ['y'], attributes, domain, name: `/${op}` },
  ],
  inputs,
  outputs: ['y'],
  opset: 20,
  ...more,
});
const sampleOf = ({ inputs }: TestModel): RealTensors =>
  Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, randomTensor(random, shape as number[])]));
const grid = (rows: number, columns: number): [number, number][] =>
  Array.from({ length: rows * columns }, (_, e) => [Math.floor(e / columns), e % columns]);

const pooled =
  (p: number) =>
  ({ x }: RealTensors): number[] =>
    grid(2, 3).map(([row, column]) => {
      const window = grid(2, 2).map(([dy, dx]) => x!.data[(2 * row + dy) * 4 + column + dx]!);
      return window.reduce((sum, v) => sum + Math.abs(v) ** p, 0) ** (1 / p);
    });
const window = { kernel_shape: [2, 2], strides: [2, 1] };
const distances =
  (root: boolean) =>
  ({ a, b }: RealTensors): number[] =>
    grid(3, 2).map(([i, j]) => {
      const sum = [0, 1, 2, 3].reduce((total, k) => total + (a!.data[4 * i + k]! - b!.data[4 * j + k]!) ** 2, 0);
      return root ? Math.sqrt(sum) : sum;
    });
const rows = { a: [3, 4], b: [2, 4] };

const CASES: [string, TestModel, (sample: RealTensors) => number[], number][] = [
  ['LpPool of p = 1', one('LpPool', { x: [1, 1, 4, 4] }, { ...window, p: 1 }), pooled(1), 0.004],
  ['LpPool', one('LpPool', { x: [1, 1, 4, 4] }, window), pooled(2), 0.006],
  ['LpPool of p = 3', one('LpPool', { x: [1, 1, 4, 4] }, { ...window, p: 3 }), pooled(3), 0.008],
  [
    'GlobalLpPool',
    one('GlobalLpPool', { x: [1, 2, 2, 3] }),
    ({ x }) => [0, 1].map((c) => Math.hypot(...Array.from(x!.data).slice(6 * c, 6 * c + 6))),
    0.006,
  ],
  ['CDist', one('CDist', rows, { metric: 'euclidean' }, {}, 'com.microsoft'), distances(true), 0.008],
  ['CDist of squares', one('CDist', rows, {}, {}, 'com.microsoft'), distances(false), 0.006],
  [
    'FeatureVectorizer',
    one('FeatureVectorizer', { a: [2, 1], b: [2, 2] }, { inputdimensions: [1, 2] }, {}, 'ai.onnx.ml'),
    ({ a, b }) => [0, 1].flatMap((r) => [a!.data[r]!, b!.data[2 * r]!, b!.data[2 * r + 1]!]),
    0.002,
  ],
  ...[0, 1].map((aligned): [string, TestModel, (sample: RealTensors) => number[], number] => [
    `AffineGrid with ${aligned ? 'corners aligned' : 'half pixels'}`,
    one(
      'AffineGrid',
      { t: [1, 2, 3] },
      { align_corners: aligned },
      { initializers: { size: { shape: [4], data: [1, 1, 2, 3], integer: true } } },
    ),
    ({ t }) =>
      grid(2, 3).flatMap(([row, column]) => {
        const [x, y] = aligned ? [column - 1, 2 * row - 1] : [(2 * column + 1) / 3 - 1, row - 0.5];
        return [0, 1].map((axis) => t!.data[3 * axis]! * x + t!.data[3 * axis + 1]! * y + t!.data[3 * axis + 2]!);
      }),
    0.004,
  ]),
];

describe('composed of others', () => {
  test.each(CASES)('%s', (_name, model, expected, most) => {
    const graph = buildGraph(readOnnx(onnxModel(model)));
    const samples = Array.from({ length: 4 }, () => sampleOf(model));
    const got = [...evaluateGraph(graph, samples[0]!).get('y')!.data];
    const want = expected(samples[0]!);
    expect(got.length).toBe(want.length);
    for (const [e, y] of want.entries()) expect(got[e]).toBeCloseTo(y, 6);
    expect(got).not.toEqual([...evaluateGraph(graph, samples[1]!).get('y')!.data]);
    expect(checkModel(model, samples).error).toBeLessThan(most);
  });

  test('places of what is not zero are known where the tensor is', () => {
    const model: TestModel = {
      nodes: [
        { op: 'NonZero', inputs: ['k'], outputs: ['z'] },
        { op: 'Cast', inputs: ['z'], outputs: ['y'], attributes: { to: FLOAT } },
        { op: 'Relu', inputs: ['x'], outputs: ['r'] },
      ],
      inputs: { x: [1, 2] },
      outputs: ['r', 'y'],
      initializers: { k: { shape: [2, 3], data: [0, 1, 0, 1, 0, 1], integer: true } },
    };
    const y = buildGraph(readOnnx(onnxModel({ ...model, outputs: ['r', 'y'] }))).constants.get('y')!;
    expect([y.shape, [...y.data]]).toEqual([
      [2, 3],
      [0, 1, 1, 1, 0, 2],
    ]);
  });

  test.each([
    ['NonZero of an input', one('NonZero', { x: [2, 3] }), /NonZero: the shape of the result depends on the computed input/],
    ['LpPool of p = 0', one('LpPool', { x: [1, 1, 4, 4] }, { ...window, p: 0 }), /p = 0/],
    ['LpPool without a kernel', one('LpPool', { x: [1, 1, 4, 4] }), /kernel_shape/],
    ['CDist of rows of other lengths', one('CDist', { a: [3, 4], b: [2, 3] }, {}, {}, 'com.microsoft'), /rows of 4 and 3/],
    ['CDist by another metric', one('CDist', rows, { metric: 'toString' }, {}, 'com.microsoft'), /metric "toString"/],
    [
      'FeatureVectorizer of other sizes',
      one('FeatureVectorizer', { a: [2, 1] }, { inputdimensions: [2] }, {}, 'ai.onnx.ml'),
      /input 0 has 1 columns/,
    ],
  ])('refused: %s', (_name, model, message) => {
    expect(() => buildGraph(readOnnx(onnxModel(model)))).toThrow(message);
  });
});
