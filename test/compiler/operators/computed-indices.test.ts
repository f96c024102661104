// Indices that the model computes: float values against loops written out here, the executed program against the simulation, indices outside refused.
// Caveat: tables are small, as the operators ask for.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { INT64 } from '../../../compiler/onnx/tensor-proto.ts';
import { execute } from '../../../vm/executor/run.ts';
import { checkModel, integersOf, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(77);
const below = (n: number): number => Math.floor(((random() + 1) / 2) * n);
/** rows of indices, some of them counted from the end */
const places = (shape: number[], sizes: number[]) => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => {
    const size = sizes[i % sizes.length]!;
    return random() < -0.5 ? below(size) - size : below(size);
  }),
});

interface Case {
  model: TestModel;
  sample: () => RealTensors;
  expected: (sample: RealTensors) => number[];
}

const modelOf = (op: string, shapes: Record<string, number[]>, attributes: TestModel['nodes'][0]['attributes'] = {}): TestModel => ({
  nodes: [{ op, inputs: Object.keys(shapes), outputs: ['y'], attributes, name: `/${op}` }],
  inputs: shapes,
  inputTypes: { i: INT64 },
  outputs: ['y'],
  opset: 18,
});
const at = (place: number, size: number): number => (place < 0 ? place + size : place);

const scatteredAlong = (reduction: 'none' | 'add', axis: 0 | 1, count: number[]): Case => ({
  model: modelOf('ScatterElements', { x: [3, 4], i: count, u: count }, { axis, reduction }),
  sample: () => ({ x: randomTensor(random, [3, 4]), i: places(count, [[3, 4][axis]!]), u: randomTensor(random, count) }),
  expected: ({ x, i, u }) => {
    const out = Array.from(x!.data);
    for (let e = 0; e < u!.data.length; e++) {
      const [row, column] = [Math.floor(e / count[1]!), e % count[1]!];
      const to = axis === 0 ? at(i!.data[e]!, 3) * 4 + column : row * 4 + at(i!.data[e]!, 4);
      out[to] = u!.data[e]! + (reduction === 'add' ? out[to]! : 0);
    }
    return out;
  },
});
const scatteredAt = (reduction: 'none' | 'add', depth: 1 | 2): Case => {
  const [columns, width, updates] = depth === 1 ? [3, 3, [4, 3]] : [5, 1, [4]];
  return {
    model: modelOf('ScatterND', { x: [5, columns], i: [4, depth], u: updates }, { reduction }),
    sample: () => ({ x: randomTensor(random, [5, columns]), i: places([4, depth], [5]), u: randomTensor(random, updates) }),
    expected: ({ x, i, u }) => {
      const out = Array.from(x!.data);
      for (let row = 0; row < 4; row++)
        for (let w = 0; w < width; w++) {
          const to = depth === 1 ? at(i!.data[row]!, 5) * 3 + w : at(i!.data[2 * row]!, 5) * 5 + at(i!.data[2 * row + 1]!, 5);
          out[to] = u!.data[row * width + w]! + (reduction === 'add' ? out[to]! : 0);
        }
      return out;
    },
  };
};

const CASES: [string, Case][] = [
  [
    'GatherND of elements',
    {
      model: modelOf('GatherND', { x: [4, 4], i: [5, 2] }),
      sample: () => ({ x: randomTensor(random, [4, 4]), i: places([5, 2], [4]) }),
      expected: ({ x, i }) => Array.from({ length: 5 }, (_, r) => x!.data[at(i!.data[2 * r]!, 4) * 4 + at(i!.data[2 * r + 1]!, 4)]!),
    },
  ],
  [
    'GatherND of slices in batches',
    {
      model: modelOf('GatherND', { x: [2, 4, 3], i: [2, 2, 1] }, { batch_dims: 1 }),
      sample: () => ({ x: randomTensor(random, [2, 4, 3]), i: places([2, 2, 1], [4]) }),
      expected: ({ x, i }) =>
        Array.from({ length: 12 }, (_, e) => x!.data[(Math.floor(e / 6) * 4 + at(i!.data[Math.floor(e / 3)]!, 4)) * 3 + (e % 3)]!),
    },
  ],
  ['ScatterElements, the last update stays', scatteredAlong('none', 1, [3, 3])],
  ['ScatterElements along rows, fewer columns', scatteredAlong('none', 0, [2, 3])],
  ['ScatterElements of one update', scatteredAlong('none', 1, [3, 1])],
  ['ScatterElements, added', scatteredAlong('add', 1, [3, 3])],
  ['ScatterND of elements, the last update stays', scatteredAt('none', 2)],
  ['ScatterND of slices', scatteredAt('none', 1)],
  ['ScatterND of elements, added', scatteredAt('add', 2)],
];

describe('computed indices', () => {
  test.each(CASES)('%s', (_name, { model, sample, expected }) => {
    const graph = buildGraph(readOnnx(onnxModel(model)));
    const samples = Array.from({ length: 6 }, sample);
    for (const one of samples) {
      const got = [...evaluateGraph(graph, one).get('y')!.data];
      const want = expected(one);
      expect(got.length).toBe(want.length);
      for (const [e, y] of want.entries()) expect(got[e]).toBeCloseTo(y, 9);
      // and not what another sample gives
      expect(got).not.toEqual(expected(sample()));
    }
    expect(checkModel(model, samples).error).toBeLessThan(0.004);
  });

  test.each([
    ['GatherND', modelOf('GatherND', { x: [4, 3], i: [1, 2] }), [1, 3]],
    ['ScatterND', modelOf('ScatterND', { x: [4, 3], i: [1, 2], u: [1] }), [0, -4]],
    ['ScatterElements', modelOf('ScatterElements', { x: [3, 4], i: [1, 2], u: [1, 2] }, { axis: 1 }), [4, 0]],
  ])('%s with an index outside its axis cannot be run', (_name, model, outside) => {
    const sample = (list: number[]): RealTensors =>
      Object.fromEntries(
        Object.entries(model.inputs).map(([name, shape]) => [
          name,
          name === 'i' ? { shape: shape as number[], data: Float64Array.from(list) } : randomTensor(random, shape as number[]),
        ]),
      );
    // the indices that are outside on one axis are inside on the other one, so that the range of the input says nothing
    const calibration = [sample([3, 2]), sample([-3, -3]), sample([0, 0])];
    const { program } = compileModel(onnxModel(model), { calibration });
    for (const one of calibration) expect(() => execute(program, integersOf(program, one))).not.toThrow();
    const bad = sample(outside);
    const integers = { ...integersOf(program, bad), i: Int32Array.from(outside) };
    expect(() => execute(program, integers)).toThrow(/ZK04|range/);
  });

  test.each([
    ['a maximum', modelOf('ScatterElements', { x: [3, 4], i: [3, 2], u: [3, 2] }, { reduction: 'max' }), /reduction "max" at computed/],
    ['too many places', modelOf('GatherND', { x: [300, 300], i: [9, 2] }), /9 computed indices into 90000 places/],
    ['updates of another shape', modelOf('ScatterND', { x: [4, 3], i: [2, 1], u: [2, 2] }), /updates of shape \[2,2\]/],
    [
      'indices that may be fractions',
      { ...modelOf('ScatterElements', { x: [3, 4], i: [3, 2], u: [3, 2] }), inputTypes: {} },
      /"indices" \(input 1\) are no integers/,
    ],
    ['indices of another rank', modelOf('ScatterElements', { x: [3, 4], i: [2], u: [2] }), /indices of shape \[2\]/],
    ['more axes than there are', modelOf('GatherND', { x: [4, 3], i: [2, 3] }), /indices of shape \[2,3\]/],
    ['indices that reach into the next line', modelOf('ScatterElements', { x: [2, 3], i: [2, 4], u: [2, 4] }), /indices of shape \[2,4\]/],
    ['another batch than that of the data', modelOf('GatherND', { x: [4, 3], i: [2, 1] }, { batch_dims: 1 }), /1 axes of a batch/],
  ])('refused, computed or constant: %s', (name, model, message) => {
    expect(() => buildGraph(readOnnx(onnxModel(model)))).toThrow(message);
    if (/maximum|many/.test(name)) return;
    const { i, ...inputs } = model.inputs as Record<string, number[]>;
    const constant = { shape: i!, data: Array<number>(i!.reduce((a, b) => a * b)).fill(0), integer: model.inputTypes!.i === INT64 };
    expect(() => buildGraph(readOnnx(onnxModel({ ...model, inputs, initializers: { i: constant } })))).toThrow(message);
  });
});
