import { describe, expect, test } from 'vitest';
import type { RealTensors } from '../../compiler/index.ts';
import { checkModel, randomNumbers, randomTensor } from './check.ts';
import type { TestModel, TestTensor } from './onnx-writer.ts';

const random = randomNumbers(11);
const t = (...shape: number[]): TestTensor => randomTensor(random, shape);
const ints = (...data: number[]): TestTensor => ({ shape: [data.length], data, integer: true });
const samplesOf = (model: TestModel, count = 3): RealTensors[] =>
  Array.from({ length: count }, () =>
    Object.fromEntries(Object.entries(model.inputs).map(([name, shape]) => [name, randomTensor(random, shape as number[])])),
  );
const one = (
  op: string,
  shape: number[],
  attributes: TestModel['nodes'][0]['attributes'] = {},
  constants: (TestTensor | undefined)[] = [],
  opset = 17,
): TestModel => ({
  nodes: [{ op, inputs: ['x', ...constants.map((c, i) => (c ? `c${i}` : ''))], outputs: ['y'], attributes, name: `/${op}` }],
  inputs: { x: shape },
  outputs: ['y'],
  initializers: Object.fromEntries(constants.flatMap((tensor, i) => (tensor ? [[`c${i}`, tensor]] : []))),
  opset,
});

describe('moves: executed = simulated, and nothing is lost but the rounding of the input', () => {
  const cases: [string, TestModel][] = [
    ['Slice', one('Slice', [2, 5, 20], {}, [ints(1, 17), ints(4, 2), ints(1, 2), ints(1, -3)])],
    ['Slice from the end', one('Slice', [2, 5], {}, [ints(-2), ints(2 ** 31 - 1), ints(-1)])],
    ['Slice (operator set 9)', one('Slice', [4, 6], { starts: [1], ends: [-1], axes: [1] }, [], 9)],
    ['Gather rows', one('Gather', [4, 5], {}, [{ shape: [2, 2], data: [3, 0, -1, 3], integer: true }])],
    ['Gather a scalar index', one('Gather', [3, 4, 2], { axis: 1 }, [{ shape: [], data: [2], integer: true }])],
    ['GatherElements', one('GatherElements', [3, 3], { axis: 1 }, [{ shape: [2, 2], data: [0, 2, -1, 1], integer: true }])],
    ['Pad', one('Pad', [1, 2, 3, 4], {}, [ints(0, 1, 2, 0, 0, 0, 1, 3)])],
    ['Pad by a value', one('Pad', [3, 4], {}, [ints(1, -1, 0, 2), { shape: [], data: [0.5] }])],
    ['Pad reflect', one('Pad', [3, 4], { mode: 'reflect' }, [ints(2, 1, 0, 3)])],
    ['Pad edge', one('Pad', [3, 4], { mode: 'edge' }, [ints(2, 1, 0, 5)])],
    ['Pad (operator set 10)', one('Pad', [3, 4], { pads: [0, 1, 1, 0] }, [], 10)],
    ['Expand', one('Expand', [3, 1], {}, [ints(2, 1, 4)])],
    ['Tile', one('Tile', [2, 3], {}, [ints(2, 3)])],
    ['Trilu', one('Trilu', [2, 4, 3], {}, [{ shape: [], data: [-1], integer: true }])],
    ['Trilu lower', one('Trilu', [3, 4], { upper: 0 })],
    ['Resize by scales', one('Resize', [1, 2, 3, 4], {}, [undefined, { shape: [4], data: [1, 1, 2, 1.5] }])],
    [
      'Resize to sizes',
      one('Resize', [1, 1, 4, 4], { coordinate_transformation_mode: 'align_corners', nearest_mode: 'ceil' }, [
        undefined,
        undefined,
        ints(1, 1, 7, 3),
      ]),
    ],
    ['Upsample', one('Upsample', [1, 1, 3, 3], {}, [{ shape: [4], data: [1, 1, 2, 2] }], 9)],
  ];
  test.each(cases)('%s', (_name, model) => {
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.002);
    expect(report.outputs[0]!.relativeError).toBeGreaterThan(0);
  });

  test('parts of a Split go different ways and come together again', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Split', inputs: ['x', 's'], outputs: ['a', 'b'], attributes: { axis: 1 } },
        { op: 'Relu', inputs: ['a'], outputs: ['r'] },
        { op: 'Concat', inputs: ['b', 'r', 'k', 'x'], outputs: ['c'], attributes: { axis: 1 } },
        { op: 'MatMul', inputs: ['c', 'w'], outputs: ['m'] },
        { op: 'Add', inputs: ['m', 'c'], outputs: ['y'] },
      ],
      inputs: { x: [3, 5] },
      outputs: ['y', 'c'],
      initializers: { s: ints(2, 3), k: t(3, 2), w: t(12, 12) },
    };
    expect(checkModel(model, samplesOf(model)).error).toBeLessThan(0.006);
  });

  test('shapes are computed when compiling', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Shape', inputs: ['x'], outputs: ['s'] },
        { op: 'Gather', inputs: ['s', 'zero'], outputs: ['n'] },
        { op: 'Concat', inputs: ['n', 'rest'], outputs: ['to'], attributes: { axis: 0 } },
        { op: 'Reshape', inputs: ['x', 'to'], outputs: ['r'] },
        { op: 'ConstantOfShape', inputs: ['to3'], outputs: ['k'], attributes: { value: { shape: [1], data: [2] } } },
        { op: 'Mul', inputs: ['r', 'k'], outputs: ['y'] },
      ],
      inputs: { x: [2, 3, 4] },
      outputs: ['y'],
      initializers: { zero: ints(0), rest: ints(-1), to3: ints(12) },
    };
    const { report, error } = checkModel(model, samplesOf(model));
    expect(error).toBeLessThan(0.002);
    expect(report.stages.length).toBe(1);
  });
});
