// A case for every simple operator, and graphs of several: executed = simulated, and close to the float reference.
// Caveat: small tensors; operators with many forms have files of their own beside this one.
// Slow: sixty models are compiled and run.
import { describe, expect, test } from 'vitest';
import type { RealTensors } from '../../../compiler/index.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import type { TestModel, TestTensor } from '../onnx-writer.ts';

const samplesOf = (model: TestModel, count = 4, seed = 1): RealTensors[] => {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries(Object.entries(model.inputs).map(([name, shape]) => [name, randomTensor(random, shape as number[])])),
  );
};
const one = (
  op: string,
  shape: number[],
  attributes: TestModel['nodes'][0]['attributes'] = {},
  constants: TestTensor[] = [],
): TestModel => ({
  nodes: [{ op, inputs: ['x', ...constants.map((_, i) => `c${i}`)], outputs: ['y'], attributes, name: `/${op}` }],
  inputs: { x: shape },
  outputs: ['y'],
  initializers: Object.fromEntries(constants.map((tensor, i) => [`c${i}`, tensor])),
});
const random = randomNumbers(7);
const t = (...shape: number[]): TestTensor => randomTensor(random, shape);

describe('single operators: executed = simulated, and close to the float reference', () => {
  const cases: [string, TestModel][] = [
    ['Gemm', one('Gemm', [1, 20], {}, [t(20, 18), t(18)])],
    ['Gemm transB alpha beta', one('Gemm', [1, 33], { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }, [t(5, 33), t(1, 5)])],
    ['Gemm on 20 rows', one('Gemm', [20, 7], {}, [t(7, 18), t(18)])],
    ['Gemm with a bias per row', one('Gemm', [20, 7], {}, [t(7, 18), t(20, 1)])],
    ['Gemm transA', one('Gemm', [7, 20], { transA: 1 }, [t(7, 18), t(18)])],
    [
      'Gemm with a constant first factor',
      { ...one('Gemm', [7, 20], {}, [t(5, 7)]), nodes: [{ op: 'Gemm', inputs: ['c0', 'x'], outputs: ['y'] }] },
    ],
    ['MatMul on tokens', one('MatMul', [1, 20, 6], {}, [t(6, 17)])],
    ['MatMul on a batch of tokens', one('MatMul', [2, 3, 6], {}, [t(6, 4)])],
    ['MatMul of a vector', one('MatMul', [12], {}, [t(12, 3)])],
    ['MatMul by a vector', one('MatMul', [3, 12], {}, [t(12)])],
    [
      'MatMul with a constant first factor',
      { ...one('MatMul', [2, 6, 20], {}, [t(5, 6)]), nodes: [{ op: 'MatMul', inputs: ['c0', 'x'], outputs: ['y'] }] },
    ],
    ['Add a constant', one('Add', [1, 3, 4, 18], {}, [t(3, 1, 1)])],
    ['Add a constant per element', one('Add', [1, 3, 4, 18], {}, [t(3, 4, 18)])],
    ['Sub from a constant', { ...one('Sub', [2, 9], {}, [t(9)]), nodes: [{ op: 'Sub', inputs: ['c0', 'x'], outputs: ['y'] }] }],
    ['Mul by a constant per channel', one('Mul', [1, 19, 2, 5], {}, [t(19, 1, 1)])],
    ['Mul by a constant per element', one('Mul', [1, 3, 4, 18], {}, [t(4, 18)])],
    ['BatchNormalization alone', one('BatchNormalization', [1, 3, 4, 5], {}, [t(3), t(3), t(3), { shape: [3], data: [0.5, 1, 2] }])],
    ['Relu', one('Relu', [1, 40])],
    [
      'Clip',
      one('Clip', [2, 3, 5, 7], {}, [
        { shape: [], data: [-0.25] },
        { shape: [], data: [0.5] },
      ]),
    ],
    [
      'Clip that excludes zero',
      one('Clip', [40], {}, [
        { shape: [], data: [0.25] },
        { shape: [], data: [0.5] },
      ]),
    ],
    ['Sigmoid', one('Sigmoid', [3, 5])],
    ['Tanh', one('Tanh', [1, 2, 3, 4, 5])],
    ['MaxPool', one('MaxPool', [1, 3, 6, 10], { kernel_shape: [2, 2], strides: [2, 2] })],
    ['MaxPool of odd sizes and 33 columns', one('MaxPool', [2, 2, 5, 33], { kernel_shape: [2, 2], strides: [2, 2] })],
    ['AveragePool', one('AveragePool', [1, 17, 4, 40], { kernel_shape: [2, 2], strides: [2, 2] })],
    ['AveragePool of odd sizes', one('AveragePool', [1, 2, 7, 3], { kernel_shape: [2, 2], strides: [2, 2] })],
    ['AveragePool with stride 1', one('AveragePool', [1, 3, 7, 19], { kernel_shape: [3, 2] })],
    ['AveragePool wider than a word reaches', one('AveragePool', [1, 2, 4, 40], { kernel_shape: [2, 18] })],
    ['AveragePool over everything', one('AveragePool', [1, 3, 4, 5], { kernel_shape: [4, 5] })],
    ['GlobalAveragePool', one('GlobalAveragePool', [1, 18, 5, 20])],
    ['Flatten', one('Flatten', [2, 3, 4, 5])],
    ['Transpose', one('Transpose', [2, 3, 5, 4], { perm: [0, 2, 3, 1] })],
    ['Identity', one('Identity', [3, 4])],
  ];
  for (const [name, model] of cases) {
    test(name, () => {
      expect(checkModel(model, samplesOf(model)).error).toBeLessThan(0.006);
    });
  }
});

describe('convolutions', () => {
  const conv = (shape: number[], weights: number[], attributes: Record<string, number | number[] | string> = {}, bias = true) =>
    one('Conv', shape, attributes, [t(...weights), ...(bias ? [t(weights[0]!)] : [])]);
  const cases: [string, TestModel][] = [
    ['3×3 with padding', conv([1, 2, 5, 20], [3, 2, 3, 3], { pads: [1, 1, 1, 1] })],
    ['full rows need Z', conv([1, 2, 5, 16], [3, 2, 3, 3], { pads: [1, 1, 1, 1] })],
    ['5×5 without padding', conv([1, 1, 9, 12], [2, 1, 5, 5])],
    ['even kernel and asymmetric pads', conv([1, 2, 6, 11], [2, 2, 2, 4], { pads: [0, 1, 3, 2] })],
    ['7×1 and 1×7', conv([1, 1, 8, 9], [1, 1, 7, 1], { pads: [3, 0, 3, 0] }, false)],
    ['1×1', conv([1, 20, 3, 5], [17, 20, 1, 1])],
    ['padding wider than the kernel', conv([1, 1, 2, 3], [2, 1, 2, 2], { pads: [3, 4, 2, 5] })],
    ['groups', conv([1, 6, 4, 5], [4, 3, 3, 3], { group: 2, pads: [1, 1, 1, 1] })],
    ['depthwise with 20 channels', conv([1, 20, 5, 18], [20, 1, 3, 3], { group: 20, pads: [1, 1, 1, 1] })],
    ['depthwise with multiplier', conv([1, 3, 5, 6], [6, 1, 2, 2], { group: 3 })],
    ['dilation', conv([1, 2, 9, 10], [2, 2, 3, 2], { dilations: [2, 3], pads: [1, 0, 0, 2] })],
    ['SAME_UPPER', conv([1, 1, 5, 6], [1, 1, 2, 4], { auto_pad: 'SAME_UPPER' })],
    ['SAME_LOWER', conv([1, 1, 5, 6], [1, 1, 2, 4], { auto_pad: 'SAME_LOWER' })],
    ['one-dimensional', conv([1, 3, 37], [5, 3, 4], { pads: [2, 1] })],
    ['two images', conv([2, 2, 4, 5], [3, 2, 3, 3], { pads: [1, 0, 0, 1] })],
    ['kernel as large as the image', conv([1, 2, 3, 28], [4, 2, 3, 28])],
    ['width 1', conv([1, 2, 7, 1], [2, 2, 3, 1], { pads: [1, 0, 1, 0] })],
    ['stride that has one place to go', conv([1, 2, 4, 5], [2, 2, 3, 4], { strides: [2, 3] })],
  ];
  for (const [name, model] of cases) {
    test(name, () => {
      expect(checkModel(model, samplesOf(model)).error).toBeLessThan(0.006);
    });
  }
});

describe('graphs', () => {
  test('Flatten after several channels is row-major: C, H, W all different', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Relu', inputs: ['a'], outputs: ['r'] },
        { op: 'Flatten', inputs: ['r'], outputs: ['f'] },
        { op: 'Gemm', inputs: ['f', 'v'], outputs: ['y'] },
      ],
      inputs: { x: [1, 2, 5, 7] },
      outputs: ['y'],
      initializers: { w: t(3, 2, 2, 2), v: t(3 * 4 * 6, 5) },
    };
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.006);
    expect(report.copies).toEqual([]);
  });

  test('a transposed Flatten reads the same words with permuted weights', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Transpose', inputs: ['a'], outputs: ['p'], attributes: { perm: [0, 2, 3, 1] } },
        { op: 'Reshape', inputs: ['p', 's'], outputs: ['f'] },
        { op: 'MatMul', inputs: ['f', 'v'], outputs: ['y'] },
      ],
      inputs: { x: [1, 2, 5, 7] },
      outputs: ['y'],
      initializers: { w: t(3, 2, 2, 2), s: { shape: [2], data: [1, -1], integer: true }, v: t(3 * 4 * 6, 5) },
    };
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.006);
    expect(report.copies).toEqual([]);
  });

  test('a matrix product over the channels of a transposed image needs no copy', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Transpose', inputs: ['a'], outputs: ['p'], attributes: { perm: [0, 2, 3, 1] } },
        { op: 'MatMul', inputs: ['p', 'v'], outputs: ['m'] },
        { op: 'Add', inputs: ['m', 'b'], outputs: ['s'] },
        { op: 'Relu', inputs: ['s'], outputs: ['y'] },
      ],
      inputs: { x: [1, 2, 5, 7] },
      outputs: ['y'],
      initializers: { w: t(3, 2, 2, 2), v: t(3, 5), b: t(5) },
    };
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.006);
    expect(report.copies).toEqual([]);
    expect(report.stages.length).toBe(2);
  });

  test('a residual sum, BatchNormalization and pools fuse into their stages', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Conv', inputs: ['x', 'w1'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
        { op: 'BatchNormalization', inputs: ['a', 'g', 'b', 'm', 'v'], outputs: ['n'] },
        { op: 'Relu', inputs: ['n'], outputs: ['r'] },
        { op: 'Conv', inputs: ['r', 'w2'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
        { op: 'Add', inputs: ['r', 'c'], outputs: ['s'] },
        { op: 'Relu', inputs: ['s'], outputs: ['t'] },
        { op: 'MaxPool', inputs: ['t'], outputs: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
        { op: 'AveragePool', inputs: ['p'], outputs: ['q'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
        { op: 'GlobalAveragePool', inputs: ['q'], outputs: ['y'] },
      ],
      inputs: { x: [1, 2, 8, 20] },
      outputs: ['y'],
      initializers: {
        w1: t(4, 2, 3, 3),
        w2: t(4, 4, 3, 3),
        g: t(4),
        b: t(4),
        m: t(4),
        v: { shape: [4], data: [1, 2, 0.5, 1.5] },
      },
    };
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.01);
    expect(report.stages.length).toBe(5);
  });

  test('values that several nodes and outputs read are kept', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Gemm', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Relu', inputs: ['a'], outputs: ['r'] },
        { op: 'Tanh', inputs: ['a'], outputs: ['h'] },
        { op: 'Sub', inputs: ['r', 'h'], outputs: ['d'] },
        { op: 'Add', inputs: ['d', 'd'], outputs: ['y'] },
      ],
      inputs: { x: [1, 9] },
      outputs: ['y', 'a', 'h'],
      initializers: { w: t(9, 20) },
    };
    expect(checkModel(model, samplesOf(model)).error).toBeLessThan(0.006);
  });

  test('layouts that do not fit are moved element by element', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Gemm', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Reshape', inputs: ['a', 's'], outputs: ['i'] },
        { op: 'Conv', inputs: ['i', 'k'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
        { op: 'Transpose', inputs: ['c'], outputs: ['p'], attributes: { perm: [0, 3, 1, 2] } },
        { op: 'MaxPool', inputs: ['p'], outputs: ['y'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      ],
      inputs: { x: [1, 5] },
      outputs: ['y'],
      initializers: { w: t(5, 2 * 3 * 4), s: { shape: [4], data: [1, 2, 3, 4], integer: true }, k: t(4, 2, 3, 3) },
    };
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.006);
    expect(report.copies.filter(({ kind }) => kind === 'relayout').length).toBe(2);
  });

  test('constants fold, dropout and identities vanish, inputs may come from a Constant node', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['w'], attributes: { value: { ...t(6, 4) } } },
        { op: 'Transpose', inputs: ['w'], outputs: ['wt'] },
        { op: 'Dropout', inputs: ['x'], outputs: ['d'] },
        { op: 'Unsqueeze', inputs: ['d', 'axes'], outputs: ['u'] },
        { op: 'MatMul', inputs: ['u', 'wt'], outputs: ['m'] },
        { op: 'Squeeze', inputs: ['m', 'axes'], outputs: ['q'] },
        { op: 'Identity', inputs: ['q'], outputs: ['y'] },
      ],
      inputs: { x: [3, 4] },
      outputs: ['y'],
      initializers: { axes: { shape: [1], data: [0], integer: true } },
    };
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.006);
    expect(report.stages.length).toBe(1);
  });

  test('a constant output and a sum with a constant branch run too', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Relu', inputs: ['k'], outputs: ['c'] },
        { op: 'Identity', inputs: ['c'], outputs: ['z'] },
        { op: 'Relu', inputs: ['x'], outputs: ['y'] },
      ],
      inputs: { x: [2, 3] },
      outputs: ['y', 'z'],
      initializers: { k: t(2, 20) },
    };
    expect(checkModel(model, samplesOf(model)).error).toBeLessThan(0.006);
  });
});
