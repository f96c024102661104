// Operators that expand into others: Einsum, Scatter, GatherND, TopK, Hardmax, Resize by interpolation, blocks, norms. Each is computed here by a
// plain loop and compared with the reference; the program is executed and compared with the simulation.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(5);
const t = (...shape: number[]) => randomTensor(random, shape);
const ints = (shape: number[], data: number[]): TestTensor => ({ shape, data, integer: true });
type Attributes = TestModel['nodes'][0]['attributes'];

interface Case {
  op: string;
  inputs: Record<string, { shape: number[]; data: Float64Array }>;
  constants?: Record<string, TestTensor | undefined>;
  attributes?: Attributes;
  opset?: number;
  shape: number[];
  want: number[];
  /** of the program, relative */
  error?: number;
}

const modelOf = ({ op, inputs, constants = {}, attributes = {}, opset = 20 }: Case): TestModel => ({
  nodes: [
    {
      op,
      inputs: [...Object.keys(inputs), ...Object.entries(constants).map(([name, c]) => (c ? name : ''))],
      outputs: ['y'],
      attributes,
      name: '/op',
    },
  ],
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape])),
  initializers: Object.fromEntries(Object.entries(constants).flatMap(([name, c]) => (c ? [[name, c]] : []))),
  outputs: ['y'],
  opset,
});

const computes = (one: Case): void => {
  const model = modelOf(one);
  const samples: RealTensors[] = [one.inputs];
  const { shape, data } = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), one.inputs).get('y')!;
  expect([...shape]).toEqual(one.shape);
  expect(data.length).toBe(one.want.length);
  for (const [i, y] of one.want.entries()) expect(data[i], `element ${i}`).toBeCloseTo(y, 6);
  expect(checkModel(model, samples).error).toBeLessThan(one.error ?? 0.005);
};

const at = ({ shape, data }: { shape: number[]; data: Float64Array }, ...place: number[]): number =>
  data[place.reduce((sum, p, axis) => sum * shape[axis]! + p, 0)]!;
const grid = (...sizes: number[]): number[][] =>
  sizes.reduce<number[][]>((list, size) => list.flatMap((row) => Array.from({ length: size }, (_, i) => [...row, i])), [[]]);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0);

describe('Einsum', () => {
  const [a, b, c] = [t(2, 3), t(3, 4), t(2, 3, 3)];
  const cases: [string, Case][] = [
    [
      'ij,jk->ik',
      {
        op: 'Einsum',
        inputs: { a, b },
        shape: [2, 4],
        want: grid(2, 4).map(([i, k]) => sum(range(3).map((j) => at(a, i!, j) * at(b, j, k!)))),
      },
    ],
    ['ij->ji', { op: 'Einsum', inputs: { a }, shape: [3, 2], want: grid(3, 2).map(([j, i]) => at(a, i!, j!)) }],
    ['ij->', { op: 'Einsum', inputs: { a }, shape: [], want: [sum([...a.data])] }],
    ['...ii->...i', { op: 'Einsum', inputs: { c }, shape: [2, 3], want: grid(2, 3).map(([n, i]) => at(c, n!, i!, i!)) }],
    [
      'nij,jk,k->ni',
      {
        op: 'Einsum',
        inputs: { c, b },
        constants: { w: { shape: [4], data: [1, -2, 0.5, 3] } },
        shape: [2, 3],
        want: grid(2, 3).map(([n, i]) => sum(grid(3, 4).map(([j, k]) => at(c, n!, i!, j!) * at(b, j!, k!) * [1, -2, 0.5, 3][k!]!))),
      },
    ],
    ['ij,ij', { op: 'Einsum', inputs: { a, d: a }, shape: [], want: [sum(Array.from(a.data, (v) => v * v))] }],
  ];
  test.each(cases)('%s', (equation, one) => computes({ ...one, attributes: { equation } }));

  test('labels that do not fit are refused', () => {
    const refused = (equation: string) => () =>
      compileModel(onnxModel(modelOf({ op: 'Einsum', inputs: { a, b }, attributes: { equation }, shape: [], want: [] })), {
        calibration: [{ a, b }],
      });
    expect(refused('ij,jk->iq')).toThrow(/stands at no input/);
    expect(refused('ij,ik->jk')).toThrow(/label "i" has sizes/);
    expect(refused('ij->i')).toThrow(/for 2 inputs/);
  });
});

describe('constant indices', () => {
  const x = t(4, 3);
  const u = t(2, 3);
  test('ScatterElements: the last update wins, or updates add up', () => {
    const constants = { i: ints([2, 3], [1, 0, -1, 1, 2, 0]) };
    const placed = (combine: (old: number, update: number) => number): number[] => {
      const out = [...x.data];
      for (const [r, k] of grid(2, 3)) {
        const row = (constants.i.data[r! * 3 + k!]! + 4) % 4;
        out[row * 3 + k!] = combine(out[row * 3 + k!]!, at(u, r!, k!));
      }
      return out;
    };
    const model = (reduction: string): TestModel => ({
      nodes: [{ op: 'ScatterElements', inputs: ['x', 'i', 'u'], outputs: ['y'], attributes: { axis: 0, reduction } }],
      inputs: { x: [4, 3], u: [2, 3] },
      initializers: constants,
      outputs: ['y'],
      opset: 18,
    });
    for (const [reduction, combine] of [
      ['none', (_: number, b: number) => b],
      ['add', (a: number, b: number) => a + b],
      ['max', Math.max],
    ] as const) {
      const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model(reduction)))), { x, u }).get('y')!.data;
      for (const [e, y] of placed(combine).entries()) expect(got[e]).toBeCloseTo(y, 9);
      expect(checkModel(model(reduction), [{ x, u }]).error).toBeLessThan(0.005);
    }
  });

  test('ScatterND and GatherND', () => {
    const scatter: TestModel = {
      nodes: [{ op: 'ScatterND', inputs: ['x', 'i', 'u'], outputs: ['y'] }],
      inputs: { x: [4, 3], u: [2, 3] },
      initializers: { i: ints([2, 1], [3, -4]) },
      outputs: ['y'],
    };
    const got = evaluateGraph(buildGraph(readOnnx(onnxModel(scatter))), { x, u }).get('y')!.data;
    expect([...got]).toEqual([...u.data.slice(3), ...x.data.slice(3, 9), ...u.data.slice(0, 3)]);
    expect(checkModel(scatter, [{ x, u }]).error).toBeLessThan(0.003);
    computes({
      op: 'GatherND',
      inputs: { x },
      constants: { i: ints([2, 2], [0, 1, -1, 2]) },
      shape: [2],
      want: [at(x, 0, 1), at(x, 3, 2)],
    });
    const batched = { op: 'GatherND', inputs: { x }, constants: { i: ints([4, 1], [0, 2, 1, -1]) }, attributes: { batch_dims: 1 } };
    computes({ ...batched, shape: [4], want: [at(x, 0, 0), at(x, 1, 2), at(x, 2, 1), at(x, 3, 2)] });
  });

  test('computed indices that are no integers are refused by name', () => {
    const model = onnxModel(modelOf({ op: 'GatherND', inputs: { x, i: t(2, 1) }, shape: [], want: [] }));
    expect(() => compileModel(model, { calibration: [{ x, i: t(2, 1) }] })).toThrow(/"indices" \(input 1\) are no integers/);
  });
});

describe('choices', () => {
  const x = { shape: [2, 5], data: Float64Array.of(0.5, -1, 0.75, 0.25, -0.5, 1, 0.5, 0.5, -0.25, 0) };
  test('TopK: values and places, equal ones by their place', () => {
    const model: TestModel = {
      nodes: [{ op: 'TopK', inputs: ['x', 'k'], outputs: ['v', 'i'] }],
      inputs: { x: [2, 5] },
      initializers: { k: ints([1], [3]) },
      outputs: ['v', 'i'],
    };
    const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), { x });
    expect([...got.get('v')!.data]).toEqual([0.75, 0.5, 0.25, 1, 0.5, 0.5]);
    expect([...got.get('i')!.data]).toEqual([2, 0, 3, 0, 1, 2]);
    const { report } = checkModel(model, [{ x }]);
    expect(report.outputs[0]!.relativeError).toBeLessThan(0.003);
    expect(report.outputs[1]!.maxError).toBe(0);
    const smallest = {
      ...model,
      nodes: [{ ...model.nodes[0]!, attributes: { largest: 0, axis: 0 } }],
      initializers: { k: ints([1], [2]) },
    };
    expect([...evaluateGraph(buildGraph(readOnnx(onnxModel(smallest))), { x }).get('i')!.data]).toEqual([0, 0, 1, 1, 0, 1, 1, 0, 0, 1]);
    expect(() => compileModel(onnxModel({ ...model, initializers: { k: ints([1], [6]) } }), { calibration: [{ x }] })).toThrow(/k = 6/);
  });

  test('Hardmax', () => computes({ op: 'Hardmax', inputs: { x }, shape: [2, 5], want: [0, 0, 1, 0, 0, 1, 0, 0, 0, 0] }));
});

describe('interpolation', () => {
  const x = t(1, 1, 2, 4);
  const scales = (...data: number[]) => ({ roi: undefined, s: { shape: [4], data } });
  test('linear, half pixels: twice as wide', () => {
    const want = grid(2, 8).map(([row, column]) => {
      const place = Math.min(Math.max((column! + 0.5) / 2 - 0.5, 0), 3);
      const [left, share] = [Math.floor(place), place - Math.floor(place)];
      return at(x, 0, 0, row!, left) * (1 - share) + at(x, 0, 0, row!, Math.min(left + 1, 3)) * share;
    });
    computes({ op: 'Resize', inputs: { x }, constants: scales(1, 1, 1, 2), attributes: { mode: 'linear' }, shape: [1, 1, 2, 8], want });
  });

  test('cubic, corners aligned: the corners stay', () => {
    const one: Case = {
      op: 'Resize',
      inputs: { x },
      constants: scales(1, 1, 1, 2),
      attributes: { mode: 'cubic', coordinate_transformation_mode: 'align_corners' },
      shape: [],
      want: [],
    };
    const { data } = evaluateGraph(buildGraph(readOnnx(onnxModel(modelOf(one)))), { x }).get('y')!;
    for (const [row, column, from] of [
      [0, 0, 0],
      [0, 7, 3],
      [1, 0, 0],
      [1, 7, 3],
    ] as const)
      expect(data[row * 8 + column]).toBeCloseTo(at(x, 0, 0, row, from), 9);
    expect(checkModel(modelOf(one), [{ x }]).error).toBeLessThan(0.005);
  });

  test('a constant image stays constant, in every mode', () => {
    const flat = { shape: [1, 1, 3, 5], data: new Float64Array(15).fill(0.75) };
    for (const mode of ['linear', 'cubic'])
      for (const place of ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', 'half_pixel_symmetric'])
        for (const antialias of [0, 1]) {
          const attributes = { mode, antialias, coordinate_transformation_mode: place };
          const one: Case = { op: 'Resize', inputs: { x: flat }, constants: scales(1, 1, 1.5, 0.6), attributes, shape: [], want: [] };
          const { data } = evaluateGraph(buildGraph(readOnnx(onnxModel(modelOf(one)))), { x: flat }).get('y')!;
          for (const y of data) expect(y).toBeCloseTo(0.75, 9);
        }
  });
});

describe('blocks and rows', () => {
  const x = t(1, 4, 2, 2);
  test('SpaceToDepth undoes DepthToSpace', () => {
    for (const mode of ['DCR', 'CRD']) {
      const model: TestModel = {
        nodes: [
          { op: 'DepthToSpace', inputs: ['x'], outputs: ['s'], attributes: { blocksize: 2, mode } },
          { op: 'SpaceToDepth', inputs: ['s'], outputs: ['y'], attributes: { blocksize: 2, mode } },
        ],
        inputs: { x: [1, 4, 2, 2] },
        outputs: ['s', 'y'],
        opset: 20,
      };
      const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), { x });
      expect([...got.get('y')!.data]).toEqual([...x.data]);
      expect([...got.get('s')!.data]).toEqual(grid(4, 4).map(([r, c]) => at(x, 0, (r! % 2) * 2 + (c! % 2), r! >> 1, c! >> 1)));
      checkModel(model, [{ x }]);
    }
  });

  test('ReverseSequence and Compress', () => {
    const m = t(3, 4);
    const lens = ints([3], [1, 3, 4]);
    const back = (r: number, c: number): number => (c < [1, 3, 4][r]! ? at(m, r, [1, 3, 4][r]! - 1 - c) : at(m, r, c));
    const attributes = { time_axis: 1, batch_axis: 0 };
    computes({
      op: 'ReverseSequence',
      inputs: { m },
      constants: { lens },
      attributes,
      shape: [3, 4],
      want: grid(3, 4).map(([r, c]) => back(r!, c!)),
    });
    const kept = { op: 'Compress', inputs: { m }, constants: { c: ints([4], [1, 0, 0, 1]) }, attributes: { axis: 1 } };
    computes({ ...kept, shape: [3, 2], want: range(3).flatMap((r) => [at(m, r, 0), at(m, r, 3)]) });
    const computed = onnxModel(modelOf({ op: 'Compress', inputs: { m, c: t(4) }, attributes: { axis: 1 }, shape: [], want: [] }));
    expect(() => compileModel(computed, { calibration: [{ m, c: t(4) }] })).toThrow(/shape of the result depends on the computed input/);
  });
});

describe('norms', () => {
  const x = t(2, 4, 3);
  const rows =
    (axis: number[]): ((n: number[]) => number[][]) =>
    (place) =>
      grid(...x.shape).filter((p) => p.every((v, a) => axis.includes(a) || v === place[a]));
  const over = (axes: number[], place: number[]): number[] => rows(axes)(place).map((p) => at(x, ...p));
  const places = grid(2, 4, 3);

  test('RMSNormalization', () => {
    const scale = [1, -0.5, 2];
    const want = places.map((p) => (at(x, ...p) / Math.sqrt(sum(over([2], p).map((v) => v * v)) / 3 + 1e-5)) * scale[p[2]!]!);
    computes({
      op: 'RMSNormalization',
      inputs: { x },
      constants: { s: { shape: [3], data: scale } },
      opset: 23,
      shape: x.shape,
      want,
      error: 0.02,
    });
  });

  test('GroupNormalization', () => {
    const [scale, bias] = [
      [1, 2, -1, 0.5],
      [0, 1, 0.25, -1],
    ];
    const want = places.map((p) => {
      const group = grid(2, 3).map(([c, i]) => at(x, p[0]!, Math.floor(p[1]! / 2) * 2 + c!, i!));
      const mean = sum(group) / 6;
      const variance = sum(group.map((v) => (v - mean) ** 2)) / 6;
      return ((at(x, ...p) - mean) / Math.sqrt(variance + 1e-5)) * scale[p[1]!]! + bias[p[1]!]!;
    });
    const constants = { s: { shape: [4], data: scale }, b: { shape: [4], data: bias } };
    computes({
      op: 'GroupNormalization',
      inputs: { x },
      constants,
      attributes: { num_groups: 2 },
      opset: 21,
      shape: x.shape,
      want,
      error: 0.02,
    });
  });

  test('LpNormalization and LRN', () => {
    const l1 = places.map((p) => at(x, ...p) / sum(over([1], p).map(Math.abs)));
    computes({ op: 'LpNormalization', inputs: { x }, attributes: { p: 1, axis: 1 }, shape: x.shape, want: l1, error: 0.02 });
    const lrn = places.map((p) => {
      const near = range(4).filter((c) => Math.abs(c - p[1]!) <= 1);
      return at(x, ...p) / (1 + (0.5 / 3) * sum(near.map((c) => at(x, p[0]!, c, p[2]!) ** 2))) ** 0.75;
    });
    computes({ op: 'LRN', inputs: { x }, attributes: { size: 3, alpha: { float: 0.5 } }, shape: x.shape, want: lrn });
  });

  test('LayerNormalization gives mean and inverse deviation too', () => {
    const model: TestModel = {
      nodes: [{ op: 'LayerNormalization', inputs: ['x', 's'], outputs: ['y', 'mean', 'inverse'] }],
      inputs: { x: x.shape },
      initializers: { s: { shape: [3], data: [1, 1, 1] } },
      outputs: ['y', 'mean', 'inverse'],
    };
    const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), { x });
    expect(got.get('mean')!.shape).toEqual([2, 4, 1]);
    for (const [i, [n, c]] of grid(2, 4).entries()) expect(got.get('mean')!.data[i]).toBeCloseTo(sum(over([2], [n!, c!, 0])) / 3, 9);
    expect(checkModel(model, [{ x }]).report.outputs[1]!.relativeError).toBeLessThan(0.01);
  });
});

describe('powers of computed numbers', () => {
  test('a constant base, constant exponents, and both computed', () => {
    const p = { shape: [4], data: Float64Array.of(0, 1, 2.5, -1) };
    computes({ op: 'Pow', inputs: { p }, constants: { e: { shape: [4], data: [2, 3, 2, 3] } }, shape: [4], want: [0, 1, 6.25, -1] });
    const base = { shape: [4], data: Float64Array.of(1, 2, 0.5, 3) };
    computes({ op: 'Pow', inputs: { base, p }, shape: [4], want: [1, 2, 0.5 ** 2.5, 1 / 3], error: 0.01 });
  });
});
