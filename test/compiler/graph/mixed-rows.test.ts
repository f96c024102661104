// Normalisations of rows whose sizes differ by thousands: found however they are spelled, and right for rows that calibration never saw.
// Slow: models are compiled several times over, until the bits suffice.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { mixedRows } from '../../../compiler/graph/mixed-rows.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { type CompileOptions, compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { simulate } from '../../../compiler/quantise/simulate.ts';
import { execute } from '../../../vm/executor/run.ts';
import { ANY_ERROR, checkRows, integersOf, randomNumbers } from '../check.ts';
import { node, onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(83);
const number = (x: number): TestTensor => ({ shape: [], data: [x] });
const list = (count: number, of: (i: number) => number): TestTensor => ({
  shape: [count],
  data: Array.from({ length: count }, (_, i) => of(i)),
});

/** @param row of an element; every row has a size of its own, from 0.01 to 100 */
function sampleOf(shape: number[], row: (e: number) => number): RealTensors {
  const sizes = new Map<number, number>();
  const size = (e: number): number => {
    const known = sizes.get(row(e)) ?? 10 ** (2 * random());
    sizes.set(row(e), known);
    return known;
  };
  const count = shape.reduce((product, n) => product * n, 1);
  return { x: { shape, data: Float64Array.from({ length: count }, (_, e) => Math.fround(size(e) * (random() + 0.3))) } };
}

interface Case {
  name: string;
  nodes: TestNode[];
  shape: number[];
  initializers?: Record<string, TestTensor>;
  opset?: number;
  row: (e: number) => number;
}
const byRows = (length: number) => (e: number) => Math.floor(e / length);
const mean = { axes: [-1], keepdims: 1 };
const CASES: Case[] = [
  {
    name: 'LayerNormalization',
    nodes: [node('LayerNormalization', ['x', 's', 'b'], ['y'], { axis: -1 })],
    shape: [2, 8],
    initializers: { s: list(8, (i) => 1 + i / 16), b: list(8, (i) => i / 20 - 0.1) },
    row: byRows(8),
  },
  {
    name: 'a spelled-out root mean square',
    nodes: [
      node('Pow', ['x', 'two'], ['q']),
      node('ReduceMean', ['q'], ['v'], mean),
      node('Add', ['v', 'e'], ['w']),
      node('Sqrt', ['w'], ['r']),
      node('Div', ['x', 'r'], ['y']),
    ],
    shape: [2, 8],
    initializers: { two: number(2), e: number(1e-6) },
    row: byRows(8),
  },
  {
    name: 'a norm of sizes',
    nodes: [node('LpNormalization', ['x'], ['y'], { axis: -1, p: 1 })],
    shape: [3, 6],
    row: byRows(6),
  },
  {
    name: 'statistics of a batch',
    nodes: [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y', 'rm', 'rv'], { training_mode: 1 })],
    shape: [2, 2, 3],
    initializers: { s: list(2, () => 1), b: list(2, () => 0), m: list(2, () => 0), v: list(2, () => 1) },
    row: (e) => Math.floor(e / 3) % 2,
  },
];

const modelOf = ({ nodes, shape, initializers = {}, opset = 17 }: Case): TestModel => ({
  nodes,
  inputs: { x: shape },
  outputs: ['y'],
  initializers,
  opset,
});

/** largest error of a row's elements on fresh inputs, relative to the largest of that row */
function freshError(
  model: TestModel,
  calibration: readonly RealTensors[],
  fresh: readonly RealTensors[],
  options: Omit<CompileOptions, 'calibration'> = {},
) {
  const { program, integers } = compileModel(onnxModel(model), { calibration, ...options });
  const graph = buildGraph(readOnnx(onnxModel(model)));
  let worst = 0;
  for (const [i, sample] of fresh.entries()) {
    const inputs = integersOf(program, sample);
    const execution = execute(program, inputs);
    const simulated = simulate(integers, new Map(Object.entries(inputs).map(([name, data]) => [name, Float64Array.from(data)])));
    expect([...execution.outputs.y!]).toEqual([...simulated.outputs.get('y')!]);
    if (i === 0) checkRows(program, execution);
    const want = evaluateGraph(graph, sample).get('y')!.data;
    const size = want.reduce((most, y) => Math.max(most, Math.abs(y)), 0);
    for (const [e, y] of want.entries()) worst = Math.max(worst, Math.abs(execution.outputs.y![e]! * program.outputs[0]!.scale - y) / size);
  }
  return worst;
}

describe('rows whose sizes differ by thousands', () => {
  const [layer, , , batch] = CASES as [Case, Case, Case, Case];
  const split = (one: Case) => {
    const samples = Array.from({ length: 16 }, () => sampleOf(one.shape, one.row));
    return [samples.slice(0, 10), samples.slice(10)] as const;
  };

  test('is right on inputs that calibration never saw, and its twin with one step for all rows is not', () => {
    const [calibration, fresh] = split(layer);
    expect(freshError(modelOf(layer), calibration, fresh)).toBeLessThan(0.015);
    const oneStep = { activationBits: 15, outputBits: 15, acceptError: ANY_ERROR };
    expect(freshError(modelOf(layer), calibration, fresh, oneStep)).toBeGreaterThan(0.05);
  });

  test('is right for statistics of a batch too, whose rows lie apart', () => {
    expect(freshError(modelOf(batch), ...split(batch))).toBeLessThan(0.015);
  });
});

describe('what is found', () => {
  const found = (one: Case, samples = [sampleOf(one.shape, one.row), sampleOf(one.shape, one.row)]) =>
    [...mixedRows(buildGraph(readOnnx(onnxModel(modelOf(one)))), samples).values()].map(({ floor: _, ...scale }) => scale);
  const [layer, spelled, sizes, batch] = CASES as [Case, Case, Case, Case];
  const loud = (shape: number[], row: Case['row']): RealTensors => {
    const given = sampleOf(shape, row).x!;
    return { x: { shape, data: Float64Array.from(given.data, (_, e) => (row(e) === 0 ? 100 : 0.01) * (1 + (e % 3))) } };
  };

  test('is the formula, whatever it is spelled with', () => {
    const of = (one: Case) => found(one, [loud(one.shape, one.row)]);
    const common = { axes: [1], reduction: 'ReduceMean', power: 2 };
    expect(of(layer)).toMatchObject([
      { value: 'x', centred: true, ...common, factor: expect.closeTo(1, 6), epsilon: expect.closeTo(1e-5, 9) },
    ]);
    expect(of(spelled)).toMatchObject([{ value: 'x', centred: false, ...common, epsilon: expect.closeTo(1e-6, 9) }]);
    expect(of(sizes)).toMatchObject([{ reduction: 'ReduceSum', power: 1, epsilon: 0 }]);
    expect(of(batch)).toMatchObject([{ centred: true, axes: [0, 2] }]);
  });

  test('is nothing where rows are of one size, or another function is taken of the sum, or of other rows', () => {
    const alike = { x: { shape: [2, 8], data: Float64Array.from({ length: 16 }, (_, e) => Math.sin(e)) } };
    expect(found(layer, [alike])).toEqual([]);
    const without = (change: (one: TestNode) => TestNode): Case => ({ ...spelled, nodes: spelled.nodes.map(change) });
    const logarithm = without((one) => (one.op === 'Sqrt' ? node('Log', ['w'], ['r']) : one));
    expect(found(logarithm, [loud([2, 8], byRows(8))])).toEqual([]);
    const cubes: Case = { ...spelled, initializers: { ...spelled.initializers!, two: number(3) } };
    expect(found(cubes, [loud([2, 8], byRows(8))])).toEqual([]);
    const columns: Case = {
      ...without((one) => (one.op === 'ReduceMean' ? node('ReduceMean', ['q'], ['v'], { axes: [0], keepdims: 0 }) : one)),
      shape: [8, 8],
      nodes: [
        node('Pow', ['x', 'two'], ['q']),
        node('ReduceMean', ['q'], ['u'], { axes: [0], keepdims: 0 }),
        node('Reshape', ['u', 'to'], ['v']),
        node('Add', ['v', 'e'], ['w']),
        node('Sqrt', ['w'], ['r']),
        node('Div', ['x', 'r'], ['y']),
      ],
      initializers: { ...spelled.initializers!, to: { shape: [2], data: [8, 1], integer: true } },
    };
    expect(found(columns, [loud([8, 8], byRows(8))])).toEqual([]);
  });
});
