// Features of different sizes: scales for each of them, where one step would lose what the model needs.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { scalesOf } from '../../../compiler/graph/features.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { execute } from '../../../vm/executor/run.ts';
import { saturation } from '../../../vm/executor/saturation.ts';
import type { Encoding } from '../../../vm/program/types.ts';
import { checkModel, integersOf, randomNumbers } from '../check.ts';
import { node, onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(61);
const SIZES = [1e5, 1, 0.01, 30];
const list = (...data: number[]): TestTensor => ({ shape: [data.length], data });
/** weights that give every feature its part */
const even = (columns: number): TestTensor => ({
  shape: [SIZES.length, columns],
  data: SIZES.flatMap((size) => Array.from({ length: columns }, () => random() / size)),
});
const sample = (scale = 1): RealTensors => ({
  x: { shape: [1, 4], data: Float64Array.from(SIZES, (size) => Math.fround(scale * size * random())) },
});
const samples = Array.from({ length: 64 }, () => sample());
const fresh = Array.from({ length: 60 }, () => sample());

/** largest error on fresh inputs that nothing in the model saturates on, relative to the largest output */
function freshError(model: TestModel, given: readonly RealTensors[] = fresh, calibration: RealTensors[] = samples): number {
  const { program } = compileModel(onnxModel(model), { calibration });
  const graph = buildGraph(readOnnx(onnxModel(model)));
  let [error, size, tried] = [0, 0, 0];
  for (const inputs of given) {
    const execution = execute(program, integersOf(program, inputs));
    if (saturation(execution).length > 0) continue; // another matter, which is said
    tried++;
    const { outputs } = execution;
    for (const [name, { data }] of evaluateGraph(graph, inputs)) {
      const { scale } = program.outputs.find((region) => region.name === name)!;
      for (const [e, y] of data.entries())
        [error, size] = [Math.max(error, Math.abs(outputs[name]![e]! * scale - y)), Math.max(size, Math.abs(y))];
    }
  }
  expect(tried).toBeGreaterThan(given.length / 2);
  return error / size;
}

const model = (nodes: TestNode[], initializers: Record<string, TestTensor>, outputs = ['y']): TestModel => ({
  nodes,
  inputs: { x: [1, 4] },
  outputs,
  initializers,
});
const w = even(3);
const b = list(0.1, -0.2, 0.3);
const scaler = node(
  'Scaler',
  ['x'],
  ['s'],
  { offset: { floats: [2e4, 0.1, 0.001, 5] }, scale: { floats: SIZES.map((x) => 2 / x) } },
  'ai.onnx.ml',
);

describe('income beside ratios', () => {
  test.each<[string, TestModel]>([
    ['Gemm', model([node('Gemm', ['x', 'w', 'b'], ['y'])], { w, b })],
    ['MatMul, Sigmoid', model([node('MatMul', ['x', 'w'], ['h']), node('Sigmoid', ['h'], ['y'])], { w })],
    ['Scaler, Gemm', model([scaler, node('Gemm', ['s', 'v', 'b'], ['y'])], { v: { ...w, data: Array.from(w.data, () => random()) }, b })],
    [
      'Sub, Div, MatMul',
      model([node('Sub', ['x', 'mean'], ['c']), node('Div', ['c', 'std'], ['s']), node('MatMul', ['s', 'v'], ['y'])], {
        mean: list(2e4, 0.1, 0.001, 5),
        std: list(...SIZES),
        v: { ...w, data: Array.from(w.data, () => random()) },
      }),
    ],
    [
      'read by two layers, one of which takes a part of it',
      model(
        [
          node('Gemm', ['x', 'w', 'b'], ['p']),
          node('Slice', ['x', 'one', 'three', 'one'], ['part']),
          node('MatMul', ['part', 'u'], ['q']),
          node('Add', ['p', 'q'], ['y']),
        ],
        {
          w,
          b,
          u: { shape: [2, 3], data: [1, -1, 0.5, 70, 40, -90] },
          one: { ...list(1), integer: true },
          three: { ...list(3), integer: true },
        },
      ),
    ],
  ])('%s: right on fresh inputs', (_, one) => {
    const { program } = checkModel(one, samples);
    expect(program.metadata.encodings).toMatchObject([{ of: 'input', name: 'x', axis: 1, scales: SIZES.map(() => expect.any(Number)) }]);
    expect(freshError(one)).toBeLessThan(0.01);
  });

  test('a reader that cannot take the scales gets the numbers', () => {
    const one = model([node('ReduceSum', ['x'], ['y'], { keepdims: 0 }), node('MatMul', ['x', 'w'], ['z'])], { w }, ['y', 'z']);
    expect(compileModel(onnxModel(one), { calibration: samples }).program.metadata.encodings).toHaveLength(1);
    expect(freshError(one)).toBeLessThan(0.01);
  });

  test('channels of images', () => {
    const kernel = { shape: [2, 3, 2, 2], data: Array.from({ length: 24 }, (_, i) => random() / [1e4, 1, 0.02][Math.floor(i / 4) % 3]!) };
    const image = (): RealTensors => ({
      x: { shape: [1, 3, 4, 5], data: Float64Array.from({ length: 60 }, (_, e) => [1e4, 1, 0.02][Math.floor(e / 20)]! * random()) },
    });
    const one: TestModel = {
      nodes: [node('Conv', ['x', 'k'], ['y'], { pads: [1, 0, 0, 1] })],
      inputs: { x: [1, 3, 4, 5] },
      outputs: ['y'],
      initializers: { k: kernel },
    };
    const calibration = Array.from({ length: 8 }, image);
    const { program } = compileModel(onnxModel(one), { calibration });
    expect(program.metadata.encodings).toMatchObject([{ axis: 1, scales: [expect.any(Number), expect.any(Number), expect.any(Number)] }]);
    expect(freshError(one, Array.from({ length: 10 }, image), calibration)).toBeLessThan(0.01);
  });

  test('samples side by side in the lanes have the same scales', () => {
    const one = model([node('Gemm', ['x', 'w', 'b'], ['y'])], { w, b });
    const { program } = compileModel(onnxModel(one), { calibration: samples, batch: 2 });
    const single = compileModel(onnxModel(one), { calibration: samples }).program;
    expect(program.metadata).toEqual(single.metadata);
    const [p, q] = [fresh[0]!.x!, fresh[1]!.x!];
    const both = { x: { shape: [2, 4], data: Float64Array.from([...Array.from(p.data), ...Array.from(q.data)]) } };
    const separate = [fresh[0]!, fresh[1]!].flatMap((inputs) => [...execute(single, integersOf(single, inputs)).outputs.y!]);
    expect([...execute(program, integersOf(program, both)).outputs.y!]).toEqual(separate);
  });
});

describe('scales', () => {
  const rows = (count: number, of: (i: number) => number[]): number[][] => Array.from({ length: count }, (_, i) => of(i));
  const wide = (i: number): number[] => SIZES.map((size, f) => size * Math.sin(i * (f + 1.3)));

  test('are powers of two, and leave twice the room that the samples take', () => {
    const { scales, axis, bits } = scalesOf([1, 4], rows(10, wide), 0.01)!;
    expect([axis, bits]).toEqual([1, 13]);
    for (const [f, scale] of scales.entries()) {
      expect(Number.isInteger(Math.log2(scale))).toBe(true);
      expect(scale).toBeGreaterThanOrEqual(1.9 * SIZES[f]!);
      expect(scale / 2 ** bits).toBeLessThan(SIZES[f]! * 0.005);
    }
  });

  test.each<[string, number[], number[][]]>([
    ['there are few samples', [1, 4], rows(3, wide)],
    ['features are alike', [1, 4], rows(10, (i) => wide(i).map((x, f) => x / SIZES[f]!))],
    ['one step has all of them exactly', [1, 2], rows(10, (i) => [4 * i, i / 16])],
    ['there is one feature', [4, 1], rows(10, wide)],
    ['a feature never changes', [1, 2], rows(10, (i) => [1000 * Math.sin(i), 0.0001])],
  ])('are not given where %s', (_, shape, data) => {
    expect(scalesOf(shape, data, 0.01)).toBeUndefined();
    expect(scalesOf([1, 4], rows(10, wide), 0.01)).toBeDefined();
  });

  test('are not given where the model does not need them', () => {
    const one = model([node('MatMul', ['x', 'w'], ['y'])], { w: { shape: [4, 1], data: [1, 1, 1, 1] } });
    expect(compileModel(onnxModel(one), { calibration: samples }).program.metadata.encodings).toBeUndefined();
  });

  test('an input beyond its feature is refused, one of another feature is not', () => {
    const one = model([node('Gemm', ['x', 'w', 'b'], ['y'])], { w, b });
    const { program } = compileModel(onnxModel(one), { calibration: samples });
    const { scales } = program.metadata.encodings![0] as Extract<Encoding, { scales: number[] }>;
    const { hi, scale } = program.inputs[0]!;
    // as many times its scale for every feature, however far the region goes on
    const beyond = hi * scale;
    expect([1, 2, 4, 8]).toContain(beyond);
    expect(beyond * scales[2]!).toBeLessThan(SIZES[3]!);
  });
});
