// Operators of two computed tensors and reductions: executed = simulated, and close to the float reference.
// Slow: seventy models are compiled and run.
import { describe, expect, test } from 'vitest';
import type { RealTensors } from '../../../compiler/index.ts';
import { execute } from '../../../vm/executor/run.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import type { TestModel, TestTensor } from '../onnx-writer.ts';

const samplesOf = ({ inputs }: TestModel, offset = 0, scale = 1): RealTensors[] => {
  const random = randomNumbers(5);
  return Array.from({ length: 4 }, () =>
    Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, randomTensor(random, shape as number[], scale, offset)])),
  );
};
const random = randomNumbers(11);
const t = (...shape: number[]): TestTensor => randomTensor(random, shape);
const integers = (...data: number[]): TestTensor => ({ shape: [data.length], data, integer: true });

/** one node; inputs a, b, … are computed, constants follow */
const node = (
  op: string,
  inputs: number[][],
  attributes: TestModel['nodes'][0]['attributes'] = {},
  constants: TestTensor[] = [],
): TestModel => {
  const names = inputs.map((_, i) => 'abc'[i]!);
  return {
    nodes: [{ op, inputs: [...names, ...constants.map((_, i) => `k${i}`)], outputs: ['y'], attributes, name: `/${op}` }],
    inputs: Object.fromEntries(inputs.map((shape, i) => [names[i]!, shape])),
    outputs: ['y'],
    initializers: Object.fromEntries(constants.map((tensor, i) => [`k${i}`, tensor])),
  };
};

describe('operators of two computed tensors: executed = simulated, and close to the float reference', () => {
  const cases: [string, TestModel, number?][] = [
    [
      'Mul',
      node('Mul', [
        [2, 3, 18],
        [2, 3, 18],
      ]),
    ],
    [
      'Mul with broadcasting over channels',
      node('Mul', [
        [4, 3, 18],
        [3, 18],
      ]),
    ],
    [
      'Mul with broadcasting along rows',
      node('Mul', [
        [2, 3, 18],
        [2, 3, 1],
      ]),
    ],
    ['Mul of two vectors to a matrix', node('Mul', [[5, 1], [7]])],
    [
      'Div',
      node('Div', [
        [2, 20],
        [2, 20],
      ]),
      2,
    ],
    [
      'Add with broadcasting',
      node('Add', [
        [2, 3, 18],
        [3, 1],
      ]),
    ],
    ['Add of a larger constant', node('Add', [[3, 1]], {}, [t(2, 3, 4)])],
    [
      'Sub with broadcasting of both',
      node('Sub', [
        [3, 1],
        [1, 5],
      ]),
    ],
    ['Max of three', node('Max', [[3, 5], [5], [3, 5]])],
    [
      'Min',
      node('Min', [
        [3, 5],
        [3, 5],
      ]),
    ],
    [
      'Where with a computed condition',
      {
        ...node('Greater', [
          [3, 5],
          [3, 5],
        ]),
        nodes: [
          { op: 'Greater', inputs: ['a', 'b'], outputs: ['g'] },
          { op: 'Where', inputs: ['g', 'a', 'b'], outputs: ['y'] },
        ],
      },
    ],
    [
      'Where with a constant condition',
      {
        ...node(
          'Where',
          [
            [3, 5],
            [3, 5],
          ],
          {},
          [{ shape: [5], data: [1, 0, 0, 1, 1] }],
        ),
        nodes: [{ op: 'Where', inputs: ['k0', 'a', 'b'], outputs: ['y'] }],
      },
    ],
    ['Pow', node('Pow', [[3, 5]], {}, [{ shape: [], data: [3] }])],
    ['PRelu', node('PRelu', [[2, 3, 5]], {}, [t(3, 1)])],
    [
      'MatMul',
      node('MatMul', [
        [5, 7],
        [7, 18],
      ]),
    ],
    [
      'MatMul of batches',
      node('MatMul', [
        [2, 3, 5, 4],
        [2, 3, 4, 19],
      ]),
    ],
    [
      'MatMul of broadcast batches',
      node('MatMul', [
        [2, 3, 5, 4],
        [3, 4, 2],
      ]),
    ],
    ['MatMul of vectors', node('MatMul', [[9], [9]])],
    ['MatMul of a matrix and a vector', node('MatMul', [[20, 9], [9]])],
    ['MatMul with a constant batch', node('MatMul', [[2, 5, 4]], {}, [t(2, 4, 3)])],
    ['Gemm', node('Gemm', [[7, 5], [6, 7], [6]], { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } })],
  ];
  for (const [name, model, offset] of cases)
    test(name, () => {
      expect(checkModel(model, samplesOf(model, offset)).error).toBeLessThan(0.01);
    });

  test('comparisons and logic are exact away from ties', () => {
    const a = { shape: [16], data: Float64Array.from({ length: 16 }, (_, i) => (i % 4) / 2 - 1) };
    const b = { shape: [16], data: Float64Array.from({ length: 16 }, (_, i) => Math.floor(i / 4) / 2 - 1) };
    for (const op of ['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal'])
      expect(checkModel(node(op, [[16], [16]]), [{ a, b }]).error).toBeLessThan(0.001);
    const bits = (mask: number) => ({ shape: [16], data: Float64Array.from({ length: 16 }, (_, i) => (i & mask ? 1 : 0)) });
    for (const op of ['And', 'Or', 'Xor'])
      expect(checkModel(node(op, [[16], [16]]), [{ a: bits(1), b: bits(2) }]).error).toBeLessThan(0.001);
  });
});

describe('reductions', () => {
  const cases: [string, TestModel, number?][] = [
    ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].flatMap((op) =>
      [[1], [2], [0, 2], [1, 2], [0, 1, 2]].map((axes): [string, TestModel] => [
        `${op} over [${axes}]`,
        node(op, [[3, 4, 18]], op === 'ReduceSum' ? { keepdims: 0 } : { axes, keepdims: 0 }, op === 'ReduceSum' ? [integers(...axes)] : []),
      ]),
    ),
    ['Softmax over the last axis', node('Softmax', [[2, 3, 10]], { axis: -1 }), 0],
    ['Softmax over the middle axis', node('Softmax', [[2, 5, 18]], { axis: 1 }), 0],
    ['LogSoftmax', node('LogSoftmax', [[3, 10]], { axis: 1 }), 0],
    ['LayerNormalization', node('LayerNormalization', [[4, 24]], {}, [t(24), t(24)]), 0],
    ['InstanceNormalization', node('InstanceNormalization', [[2, 3, 4, 5]], {}, [t(3), t(3)]), 0],
    ['GlobalMaxPool', node('GlobalMaxPool', [[2, 3, 4, 5]])],
  ];
  for (const [name, model] of cases)
    test(name, () => {
      expect(checkModel(model, samplesOf(model, 0, 2)).error).toBeLessThan(0.012);
    });

  test('ArgMax and TopK(1)', () => {
    const a = { shape: [4, 7], data: Float64Array.from({ length: 28 }, (_, i) => ((i * 11) % 29) / 8) };
    expect(checkModel(node('ArgMax', [[4, 7]], { axis: 1 }), [{ a }]).error).toBeLessThan(0.005);
    expect(checkModel(node('ArgMin', [[4, 7]], { axis: 0, keepdims: 0 }), [{ a }]).error).toBeLessThan(0.005);
    const model = node('TopK', [[4, 7]], {}, [integers(1)]);
    expect(checkModel({ ...model, nodes: [{ ...model.nodes[0]!, outputs: ['y', 'i'] }], outputs: ['y', 'i'] }, [{ a }]).error).toBeLessThan(
      0.005,
    );
  });

  test('a constant list gathered at computed indices is a table', () => {
    const a = { shape: [2, 5], data: Float64Array.from({ length: 10 }, (_, i) => (i * 3) % 7) };
    const model: TestModel = {
      nodes: [{ op: 'Gather', inputs: ['k', 'a'], outputs: ['y'] }],
      inputs: { a: [2, 5] },
      outputs: ['y'],
      initializers: { k: { shape: [7], data: [3, -1, 4, 1, -5, 9, 2] } },
    };
    expect(checkModel(model, [{ a }]).error).toBeLessThan(0.001);
  });

  test('a comparison is right on the side that calibration never saw', () => {
    const model = node('Greater', [[4], [4]]);
    const seen = { a: { shape: [4], data: Float64Array.of(1, 0.5, 1, 0.5) }, b: { shape: [4], data: Float64Array.of(0, 0.25, 0, 0.25) } };
    const { program } = checkModel(model, [seen]);
    const [first, second] = program.inputs;
    const { outputs } = execute(program, {
      [first!.name]: Int32Array.of(0, first!.hi, 0, first!.hi),
      [second!.name]: Int32Array.of(second!.hi, 0, second!.hi, 0),
    });
    const one = Math.round(1 / program.outputs[0]!.scale);
    expect([...outputs.y!]).toEqual([0, one, 0, one]);
  });

  test('differences far below one integer of their sources are compiled too', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Sub', inputs: ['a', 'b'], outputs: ['d'] },
        { op: 'Exp', inputs: ['d'], outputs: ['y'] },
      ],
      inputs: { a: [3], b: [3] },
      outputs: ['y'],
    };
    const data = Float64Array.of(1, 0.5, -1);
    const b = { shape: [3], data: data.map((x) => x + 1e-9) };
    expect(checkModel(model, [{ a: { shape: [3], data }, b }]).error).toBeLessThan(0.001);
  });
});
