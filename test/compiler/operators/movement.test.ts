// Operators that move elements mean what ONNX says, lose nothing but the rounding of the input, and take computed indices.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { INT32, INT64 } from '../../../compiler/onnx/tensor-proto.ts';
import { execute } from '../../../vm/executor/run.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel, type TestTensor } from '../onnx-writer.ts';

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

describe('moves mean what ONNX says', () => {
  const value = (model: TestModel, inputs: RealTensors) => {
    const { shape, data } = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), inputs).get('y')!;
    return { shape: [...shape], data: [...data] };
  };
  const x = (...shape: number[]): RealTensors => ({
    x: { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i + 1) },
  });
  const cases: [string, TestModel, RealTensors, number[], number[]][] = [
    ['Slice', one('Slice', [2, 5], {}, [ints(4), ints(0), ints(1), ints(-2)]), x(2, 5), [2, 2], [5, 3, 10, 8]],
    ['Gather', one('Gather', [3, 2], {}, [ints(-1, 0)]), x(3, 2), [2, 2], [5, 6, 1, 2]],
    [
      'GatherElements',
      one('GatherElements', [2, 2], { axis: 1 }, [{ shape: [2, 2], data: [0, 0, 1, 0], integer: true }]),
      x(2, 2),
      [2, 2],
      [1, 1, 4, 3],
    ],
    ['Pad', one('Pad', [2, 2], {}, [ints(0, 1, 1, 0), { shape: [], data: [7] }]), x(2, 2), [3, 3], [7, 1, 2, 7, 3, 4, 7, 7, 7]],
    ['Pad reflect', one('Pad', [1, 3], { mode: 'reflect' }, [ints(0, 2, 0, 1)]), x(1, 3), [1, 6], [3, 2, 1, 2, 3, 2]],
    ['Tile', one('Tile', [1, 2], {}, [ints(2, 2)]), x(1, 2), [2, 4], [1, 2, 1, 2, 1, 2, 1, 2]],
    ['Expand', one('Expand', [2, 1], {}, [ints(2, 2)]), x(2, 1), [2, 2], [1, 1, 2, 2]],
    ['Trilu', one('Trilu', [2, 3], {}, [{ shape: [], data: [1], integer: true }]), x(2, 3), [2, 3], [0, 2, 3, 0, 0, 6]],
    [
      'Upsample',
      one('Upsample', [1, 1, 1, 2], {}, [{ shape: [4], data: [1, 1, 2, 2] }], 9),
      x(1, 1, 1, 2),
      [1, 1, 2, 4],
      [1, 1, 2, 2, 1, 1, 2, 2],
    ],
  ];
  test.each(cases)('%s', (_name, model, inputs, shape, data) => {
    expect(value(model, inputs)).toEqual({ shape, data });
  });
});

describe('computed indices', () => {
  const indexed = (op: string, inputs: string[], index: number[], constants: Record<string, TestTensor>, attributes = {}): TestModel => ({
    nodes: [{ op, inputs, outputs: ['y'], attributes }],
    inputs: { ...(inputs.includes('x') ? { x: [3, 4] } : {}), i: index },
    outputs: ['y'],
    initializers: constants,
  });

  test('a list of constants is a table', () => {
    const model = indexed('Gather', ['c', 'i'], [6], { c: { shape: [4], data: [2, -1, 4, 0.5] } });
    const { report, program } = checkModel(model, [{ i: { shape: [6], data: [0, 1, 2, 3, -1, -4] } }]);
    expect(report.outputs[0]!.relativeError).toBeLessThan(0.001);
    expect(program.outputs[0]!.shape).toEqual([6]);
  });

  test('elements of a computed tensor', () => {
    const model = indexed('GatherElements', ['x', 'i'], [3, 2], {}, { axis: 1 });
    const samples = Array.from({ length: 3 }, () => ({ x: t(3, 4), i: { shape: [3, 2], data: [0, 3, 2, -1, 1, -4] } }));
    expect(checkModel(model, samples).error).toBeLessThan(0.003);
    const graph = buildGraph(readOnnx(onnxModel(model)));
    const { data } = samples[0]!.x;
    expect([...evaluateGraph(graph, samples[0]!).get('y')!.data]).toEqual([data[0], data[3], data[6], data[7], data[9], data[8]]);
  });

  test('rows of a table, of constants and computed', () => {
    const table = indexed('Gather', ['c', 'i'], [2, 3], { c: { shape: [4, 2], data: [2, -1, 4, 0.5, 3, 1, -2, 0] } });
    const { program, error } = checkModel(table, [{ i: { shape: [2, 3], data: [0, 1, 2, 3, -1, -4] } }]);
    expect(error).toBeLessThan(0.002);
    expect(program.outputs[0]!.shape).toEqual([2, 3, 2]);
    const computed = indexed('Gather', ['x', 'i'], [2], {}, { axis: 1 });
    const samples = Array.from({ length: 3 }, () => ({ x: t(3, 4), i: { shape: [2], data: [3, -4] } }));
    expect(checkModel(computed, samples).error).toBeLessThan(0.005);
    const { data } = samples[0]!.x;
    const { shape, data: got } = evaluateGraph(buildGraph(readOnnx(onnxModel(computed))), samples[0]!).get('y')!;
    expect([...shape]).toEqual([3, 2]);
    expect([...got]).toEqual([data[3], data[0], data[7], data[4], data[11], data[8]]);
  });

  test.each<[string, number[], boolean]>([
    ['integers', [700, 2], false],
    ['integers, indices from the end too', [400], true],
    ['one row less than a power of two', [1023, 5], false],
  ])('a large table of %s: every index is exact, also those that calibration never saw', (_name, shape, ends) => {
    const [size] = shape as [number];
    const width = shape[1] ?? 1;
    // neighbours differ, and so do rows a block apart
    const entry = (row: number, i: number): number => ((7 * row + Math.floor(row / 16) + 3 * i) % 251) - 100;
    const data = Array.from({ length: size * width }, (_, e) => entry(Math.floor(e / width), e % width));
    const model = { ...indexed('Gather', ['c', 'i'], [16], { c: { shape, data, type: INT32 } }), inputTypes: { i: INT64 } };
    const first = Array.from({ length: 16 }, (_, i) => (i < 8 ? i : ends ? -i : size - i));
    const { program } = compileModel(onnxModel(model), { calibration: [{ i: { shape: [16], data: Float64Array.from(first) } }] });
    const low = ends ? -size : 0;
    expect([program.inputs[0]!.lo, program.inputs[0]!.hi]).toEqual([low, size - 1]);
    for (let from = low; from < size; from += 16) {
      const i = Int32Array.from({ length: 16 }, (_, k) => Math.min(from + k, size - 1));
      const { outputs } = execute(program, { i });
      const want = [...i].flatMap((at) => Array.from({ length: width }, (_, k) => entry(at < 0 ? at + size : at, k)));
      expect([...outputs.y!]).toEqual(want);
    }
    expect(() => execute(program, { i: new Int32Array(16).fill(size) })).toThrow(/range|interval/);
  });

  test('a large table of real numbers costs about what a product with a block of it does', () => {
    const model = indexed('Gather', ['c', 'i'], [4], { c: t(4096, 4) });
    const samples = Array.from({ length: 2 }, () => ({ i: randomTensor(() => Math.floor(2048 * (random() + 1)), [4]) }));
    const { report, error } = checkModel({ ...model, inputTypes: { i: INT64 } }, samples);
    expect(error).toBeLessThan(0.003);
    expect(report.rows.store).toBeLessThan(4096 / 2);
  });

  test('a computed table that is too large is refused by name', () => {
    const model = indexed('Gather', ['x', 'i'], [128], {});
    const inputs = { ...model.inputs, x: [2 ** 16] };
    const sample = { i: { shape: [128], data: new Float64Array(128) }, x: { shape: [2 ** 16], data: new Float64Array(2 ** 16) } };
    expect(() => checkModel({ ...model, inputs }, [sample])).toThrow(/Gather: computed indices .*\[128\]/);
  });
});
