// Functions of one number: executed = simulated, close to the float reference, and a chain of them is one table.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import type { RealTensors } from '../../../compiler/index.ts';
import { erf } from '../../../compiler/operators/functions.ts';
import { inWords } from '../../titles.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import type { TestModel } from '../onnx-writer.ts';

const unary = (op: string, attributes: TestModel['nodes'][0]['attributes'] = {}): TestModel => ({
  nodes: [{ op, inputs: ['x'], outputs: ['y'], attributes, name: `/${op}` }],
  inputs: { x: [2, 3, 17] },
  outputs: ['y'],
});

const samples = (scale: number, offset: number): RealTensors[] => {
  const random = randomNumbers(3);
  return Array.from({ length: 4 }, () => ({ x: randomTensor(random, [2, 3, 17], scale, offset) }));
};

test('erf agrees with known values', () => {
  for (const [x, y] of [
    [0, 0],
    [0.5, 0.5204998778130465],
    [-1, -0.8427007929497149],
    [2.4, 0.9993114861033549],
    [2.6, 0.9997639655834707],
    [4, 0.9999999845827421],
  ] as const)
    expect(erf(x)).toBeCloseTo(y, 12);
});

describe('functions of one number: executed = simulated, and close to the float reference', () => {
  /** operator, attributes, scale and offset of the inputs */
  const cases: [string, TestModel['nodes'][0]['attributes'], number, number][] = [
    ['Abs', {}, 2, 0],
    ['Neg', {}, 2, 1],
    ['Exp', {}, 3, 0],
    ['Log', {}, 1, 1.5],
    ['Sqrt', {}, 1, 1.2],
    ['Reciprocal', {}, 1, 1.5],
    ['Erf', {}, 3, 0],
    ['Sin', {}, 4, 0],
    ['Cos', {}, 4, 0],
    ['Tan', {}, 1, 0],
    ['Asin', {}, 0.7, 0],
    ['Acos', {}, 0.7, 0],
    ['Atan', {}, 4, 0],
    ['Sinh', {}, 2, 0],
    ['Cosh', {}, 2, 0],
    ['Asinh', {}, 4, 0],
    ['Acosh', {}, 1, 3],
    ['Atanh', {}, 0.7, 0],
    ['Softsign', {}, 4, 0],
    ['Softplus', {}, 4, 0],
    ['Mish', {}, 4, 0],
    ['HardSwish', {}, 5, 0],
    ['LeakyRelu', { alpha: { float: 0.2 } }, 2, 0],
    ['Elu', {}, 3, 0],
    ['Celu', { alpha: { float: 2 } }, 3, 0],
    ['ThresholdedRelu', {}, 0.5, 2],
    ['Selu', {}, 3, 0],
    ['HardSigmoid', {}, 4, 0],
    ['Gelu', {}, 4, 0],
    ['Gelu', { approximate: 'tanh' }, 4, 0],
  ];
  for (const [op, attributes, scale, offset] of cases)
    test(`${op} ${inWords(attributes ?? {})}`.trim(), () => {
      expect(checkModel(unary(op, attributes), samples(scale, offset)).error).toBeLessThan(0.006);
    });

  test('functions that jump are exact away from their jumps', () => {
    // multiples of a quarter but never of a half: nowhere near a jump
    const x = { shape: [2, 3, 17], data: Float64Array.from({ length: 102 }, (_, i) => ((i % 16) - 8) / 2 + 0.25) };
    for (const op of ['Sign', 'Floor', 'Ceil', 'Round']) expect(checkModel(unary(op), [{ x }]).error).toBeLessThan(0.001);
  });

  test('a chain of functions and scalar factors is one table', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Mul', inputs: ['x', 'c'], outputs: ['a'] },
        { op: 'Erf', inputs: ['a'], outputs: ['b'] },
        { op: 'Add', inputs: ['b', 'c'], outputs: ['d'] },
        { op: 'Exp', inputs: ['d'], outputs: ['y'] },
      ],
      inputs: { x: [2, 3, 17] },
      outputs: ['y'],
      initializers: { c: { shape: [], data: [0.7] } },
    };
    const { report, error } = checkModel(model, samples(2, 0));
    expect(error).toBeLessThan(0.006);
    expect(report.stages.length).toBe(1);
  });
});
