// Integer and boolean tensors are exact: casts, division, remainders, bits, quantised integers. Expected values are computed here, plainly.
// Slow: models are compiled and run, one of them with every number of bits.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { BOOL, FLOAT, INT8, INT32, TEXT, UINT8 } from '../../../compiler/onnx/tensor-proto.ts';
import { ANY_ERROR, checkModel } from '../check.ts';
import { onnxModel, type TestModel, type TestTensor } from '../onnx-writer.ts';

const whole = (shape: number[], data: number[], type: number = INT32): TestTensor => ({ shape, data, integer: true, type });

interface Case {
  op: string;
  /** element types of the inputs, in order */
  types?: number[];
  inputs: Record<string, { shape: number[]; data: number[] }>;
  constants?: Record<string, TestTensor>;
  /** all inputs of the node in order; the graph's inputs first if left out */
  order?: string[];
  attributes?: TestModel['nodes'][0]['attributes'];
  opset?: number;
  want: number[];
}

const modelOf = ({ op, types = [], inputs, constants = {}, order, attributes = {}, opset = 21 }: Case): TestModel => ({
  nodes: [{ op, inputs: order ?? [...Object.keys(inputs), ...Object.keys(constants)], outputs: ['y'], attributes, name: '/op' }],
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape])),
  inputTypes: Object.fromEntries(Object.keys(inputs).map((name, i) => [name, types[i] ?? INT32])),
  initializers: constants,
  outputs: ['y'],
  opset,
});

const exactly = (one: Case): void => {
  const model = modelOf(one);
  const samples: RealTensors[] = [one.inputs];
  // the reference says what ONNX says, and the program says the same
  const { data } = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), one.inputs).get('y')!;
  expect(Array.from(data, (x) => x + 0)).toEqual(one.want);
  const { program, report } = checkModel(model, samples);
  expect(report.outputs[0]!.maxError).toBe(0);
  expect(program.outputs[0]!.scale).toBe(1);
};

const a = { shape: [6], data: [-7, -1, 0, 5, 9, 300] };
const b = { shape: [6], data: [2, 3, -4, 5, -2, 7] };

describe('integers are exact', () => {
  const cases: [string, Case][] = [
    ['Add', { op: 'Add', inputs: { a, b }, want: [-5, 2, -4, 10, 7, 307] }],
    ['Mul', { op: 'Mul', inputs: { a, b }, want: [-14, -3, 0, 25, -18, 2100] }],
    ['Abs', { op: 'Abs', inputs: { a }, want: [7, 1, 0, 5, 9, 300] }],
    ['Equal', { op: 'Equal', inputs: { a, b }, want: [0, 0, 0, 1, 0, 0] }],
    ['LessOrEqual', { op: 'LessOrEqual', inputs: { a, b }, want: [1, 1, 0, 1, 0, 0] }],
    ['Max', { op: 'Max', inputs: { a, b }, want: [2, 3, 0, 5, 9, 300] }],
    ['Div by computed integers cuts towards zero', { op: 'Div', inputs: { a, b }, want: [-3, 0, 0, 1, -4, 42] }],
    ['Div by a constant', { op: 'Div', inputs: { a }, constants: { c: whole([], [2]) }, want: [-3, 0, 0, 2, 4, 150] }],
    ['Div of a constant', { op: 'Div', inputs: { b }, constants: { c: whole([], [20]) }, order: ['c', 'b'], want: [10, 6, -5, 4, -10, 2] }],
    ['Mod takes the sign of the divisor', { op: 'Mod', inputs: { a, b }, want: [1, 2, 0, 0, -1, 6] }],
    ['fmod takes the sign of the number', { op: 'Mod', inputs: { a, b }, attributes: { fmod: 1 }, want: [-1, -1, 0, 0, 1, 6] }],
    [
      'Mod by constants, one for each element',
      { op: 'Mod', inputs: { a }, constants: { c: whole([6], [2, 3, -4, 5, -2, 7]) }, want: [1, 2, 0, 0, -1, 6] },
    ],
    ['Pow', { op: 'Pow', inputs: { b }, constants: { c: whole([6], [3, 2, 2, 1, 3, 0]) }, want: [8, 9, 16, 5, -8, 1] }],
    ['Cast to uint8 keeps the low bits', { op: 'Cast', inputs: { a }, attributes: { to: UINT8 }, want: [249, 255, 0, 5, 9, 44] }],
    ['Cast to bool', { op: 'Cast', inputs: { a }, attributes: { to: BOOL }, want: [1, 1, 0, 1, 1, 1] }],
    [
      'Cast of reals cuts towards zero',
      {
        op: 'Cast',
        types: [FLOAT],
        inputs: { a: { shape: [5], data: [-2.75, -0.5, 0.25, 3, 7.5] } },
        attributes: { to: INT32 },
        want: [-2, 0, 0, 3, 7],
      },
    ],
    ['BitwiseAnd', { op: 'BitwiseAnd', inputs: { a }, constants: { c: whole([], [6]) }, want: [0, 6, 0, 4, 0, 4] }],
    ['BitwiseOr', { op: 'BitwiseOr', inputs: { a }, constants: { c: whole([], [6]) }, want: [-1, -1, 6, 7, 15, 302] }],
    ['BitwiseXor', { op: 'BitwiseXor', inputs: { a }, constants: { c: whole([], [6]) }, want: [-1, -7, 6, 3, 15, 298] }],
    ['BitwiseNot', { op: 'BitwiseNot', inputs: { a }, want: [6, 0, -1, -6, -10, -301] }],
    [
      'BitShift of uint8 loses the high bits',
      {
        op: 'BitShift',
        types: [UINT8],
        inputs: { a: { shape: [4], data: [16, 4, 200, 1] } },
        constants: { c: whole([4], [1, 2, 3, 0], UINT8) },
        attributes: { direction: 'LEFT' },
        want: [32, 16, 64, 1],
      },
    ],
    ['CumSum', { op: 'CumSum', inputs: { a }, constants: { c: whole([], [0]) }, want: [-7, -8, -8, -3, 6, 306] }],
    [
      'CumSum, reversed and exclusive',
      {
        op: 'CumSum',
        inputs: { a },
        constants: { c: whole([], [0]) },
        attributes: { reverse: 1, exclusive: 1 },
        want: [313, 314, 314, 309, 300, 0],
      },
    ],
    ['CumProd', { op: 'CumProd', inputs: { b }, constants: { c: whole([], [0]) }, opset: 26, want: [2, 6, -24, -120, 240, 1680] }],
    [
      'ReduceProd',
      { op: 'ReduceProd', inputs: { b: { shape: [2, 2], data: [2, 3, -4, 5] } }, attributes: { keepdims: 0 }, opset: 17, want: [-120] },
    ],
    [
      'MatMulInteger',
      {
        op: 'MatMulInteger',
        types: [UINT8, INT8],
        inputs: { a: { shape: [2, 2], data: [1, 2, 3, 255] }, b: { shape: [2, 2], data: [-1, 2, 5, -8] } },
        constants: { za: whole([], [2], UINT8), zb: whole([], [1], INT8) },
        want: [2, -1, 1010, -2276],
      },
    ],
    [
      'QuantizeLinear rounds halves to even and saturates',
      {
        op: 'QuantizeLinear',
        types: [FLOAT],
        inputs: { a: { shape: [6], data: [0, 3, 5, -254, 1000, -1000] } },
        constants: { s: { shape: [], data: [2] }, z: whole([], [128], UINT8) },
        want: [128, 130, 130, 1, 255, 0],
      },
    ],
    [
      'QLinearMatMul',
      {
        op: 'QLinearMatMul',
        types: [UINT8],
        inputs: { a: { shape: [1, 2], data: [10, 200] } },
        constants: {
          as: { shape: [], data: [0.5] },
          az: whole([], [8], UINT8),
          b: whole([2, 2], [1, 2, 3, 4], INT8),
          bs: { shape: [], data: [0.25] },
          bz: whole([], [0], INT8),
          ys: { shape: [], data: [1] },
          yz: whole([], [3], UINT8),
        },
        // (2·1 + 192·3)/8 = 72.25, (2·2 + 192·4)/8 = 96.5
        want: [75, 99],
      },
    ],
    [
      'ConvInteger',
      {
        op: 'ConvInteger',
        types: [UINT8],
        inputs: { a: { shape: [1, 1, 2, 3], data: [2, 3, 4, 5, 6, 7] } },
        constants: { w: whole([1, 1, 2, 2], [1, 1, 1, 1], UINT8), z: whole([], [1], UINT8) },
        want: [12, 16],
      },
    ],
    [
      'OneHot',
      {
        op: 'OneHot',
        inputs: { a: { shape: [4], data: [0, 2, -1, 9] } },
        constants: { d: whole([], [3]), v: whole([2], [5, 7]) },
        want: [7, 5, 5, 5, 5, 7, 5, 5, 7, 5, 5, 5],
      },
    ],
  ];
  test.each(cases)('%s', (_name, one) => exactly(one));

  test('DequantizeLinear is real: (x - zero) · scale, for each channel', () => {
    const one: Case = {
      op: 'DequantizeLinear',
      types: [UINT8],
      inputs: { a: { shape: [1, 2, 2], data: [0, 128, 255, 7] } },
      constants: { s: { shape: [2], data: [0.5, 0.25] }, z: whole([2], [128, 7], UINT8) },
      attributes: { axis: 1 },
      want: [],
    };
    const { error } = checkModel(modelOf(one), [one.inputs]);
    expect(error).toBeLessThan(0.001);
    const { data } = evaluateGraph(buildGraph(readOnnx(onnxModel(modelOf(one)))), one.inputs).get('y')!;
    expect([...data]).toEqual([-64, 0, 62, 0]);
  });
});

describe('jumps of reals', () => {
  test('QuantizeLinear behind a Relu, in one table', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Relu', inputs: ['x'], outputs: ['r'] },
        { op: 'QuantizeLinear', inputs: ['r', 's', 'z'], outputs: ['y'] },
      ],
      inputs: { x: [6] },
      outputs: ['y'],
      initializers: { s: { shape: [], data: [0.5] }, z: whole([], [7], UINT8) },
    };
    // 3.25 / 0.5 = 6.5 and 2.75 / 0.5 = 5.5 go to the even neighbour
    const x = { shape: [6], data: [-4, 3.25, 2.75, 0.25, 100, 31] };
    const { report } = checkModel(model, [{ x }]);
    expect(report.stages.length).toBe(1);
    expect(report.outputs[0]!.maxError).toBe(0);
    expect([...evaluateGraph(buildGraph(readOnnx(onnxModel(model))), { x }).get('y')!.data]).toEqual([7, 13, 13, 7, 207, 69]);
  });
});

describe('integers that cannot be exact are refused by name', () => {
  const refused =
    (one: Omit<Case, 'want'>): (() => unknown) =>
    () =>
      compileModel(onnxModel(modelOf({ ...one, want: [] })), { calibration: [one.inputs] });
  const large = { shape: [2], data: [2 ** 25, -(2 ** 25)] };

  test.each<[string, Omit<Case, 'want'>, RegExp]>([
    ['BitwiseAnd', { op: 'BitwiseAnd', inputs: { a }, constants: { c: whole([], [6]) } }, /bits of float/],
    ['BitwiseNot', { op: 'BitwiseNot', inputs: { a } }, /bits of float/],
    ['BitShift', { op: 'BitShift', inputs: { a }, constants: { c: whole([], [1]) }, attributes: { direction: 'LEFT' } }, /bits of float/],
    ['EyeLike', { op: 'EyeLike', inputs: { a: { shape: [2, 3], data: a.data } }, attributes: { dtype: TEXT } }, /element type 8/],
    ['Cast', { op: 'Cast', inputs: { a }, attributes: { to: 99 } }, /element type 99/],
  ])('%s of a type that it does not have', (op, one, why) => {
    const typed = (type: number): Omit<Case, 'want'> => ({ ...one, types: [type] });
    expect(refused(typed(FLOAT))).toThrow(why);
    const fine = op === 'EyeLike' ? { dtype: INT32 } : op === 'Cast' ? { to: INT32 } : {};
    const twin = { ...typed(INT32), attributes: { ...one.attributes, ...fine } };
    expect(buildGraph(readOnnx(onnxModel(modelOf({ ...twin, want: [] })))).outputs).toMatchObject([{ name: 'y' }]);
  });

  test('a table that would be too long', () => {
    expect(refused({ op: 'Abs', inputs: { a: large } })).toThrow(/integers cannot be kept exactly.*\/op/);
  });
  test('values that are no integers where integers are asked for', () => {
    expect(refused({ op: 'Abs', inputs: { a: { shape: [2], data: [1.5, 2] } } })).toThrow(/"a" has integers, not 1.5/);
  });
  test('bits of two computed tensors', () => {
    expect(refused({ op: 'BitwiseAnd', inputs: { a, b } })).toThrow(/BitwiseAnd: two computed operands/);
  });
  test('division by zero', () => {
    expect(refused({ op: 'Mod', inputs: { a }, constants: { c: whole([], [0]) } })).toThrow(/divisor is zero/);
  });
  test('a computed scale', () => {
    const inputs = { a: { shape: [2], data: [1, 2] }, s: { shape: [], data: [1] } };
    expect(refused({ op: 'QuantizeLinear', types: [FLOAT, FLOAT], inputs })).toThrow(/"scale" \(input 1\) is computed/);
  });
  test('an accuracy that is missed', () => {
    const model = onnxModel(modelOf({ op: 'Reciprocal', types: [FLOAT], inputs: { a: { shape: [2], data: [1e-7, 64] } }, want: [] }));
    const calibration = [{ a: { shape: [2], data: [1e-7, 64] } }];
    expect(() => compileModel(model, { calibration })).toThrow(/ZK0533.*"y" is off by/);
    expect(() => compileModel(model, { calibration, accuracy: 0.02 })).toThrow(/ZK0533.*"y" is off by/);
    expect(compileModel(model, { calibration, acceptError: ANY_ERROR }).report.outputs[0]!.relativeError).toBeGreaterThan(0.01);
  });
});
