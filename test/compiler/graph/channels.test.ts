// Outputs whose channels differ in size: a scale for each channel, where one step would lose the smaller ones.
// Slow: models are compiled and run.
import { expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { execute } from '../../../vm/executor/run.ts';
import { decoderOf, encodingOf } from '../../../vm/program/encoding.ts';
import { checkModel, integersOf, randomNumbers, randomTensor } from '../check.ts';
import { node, onnxModel, type TestModel, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(8);
const t = (shape: number[], scale = 1): TestTensor => randomTensor(random, shape, scale);
const samples: RealTensors[] = Array.from({ length: 12 }, () => ({ x: t([4, 8]) }));

/** largest error of each column of the only output on the samples, relative to the column's largest value */
function columnErrors(model: TestModel): { errors: number[]; scales: number } {
  const { program } = compileModel(onnxModel(model), { calibration: samples });
  const graph = buildGraph(readOnnx(onnxModel(model)));
  const [region] = program.outputs;
  const encoding = encodingOf(program.metadata, 'output', region!.name);
  const decode = decoderOf(region!, encoding);
  const columns = region!.shape.at(-1)!;
  const [errors, sizes] = [new Float64Array(columns), new Float64Array(columns)];
  for (const sample of samples) {
    const got = execute(program, integersOf(program, sample)).outputs[region!.name]!;
    for (const [e, y] of evaluateGraph(graph, sample).get(region!.name)!.data.entries()) {
      errors[e % columns] = Math.max(errors[e % columns]!, Math.abs(decode(got[e]!, e) - y));
      sizes[e % columns] = Math.max(sizes[e % columns]!, Math.abs(y));
    }
  }
  return { errors: [...errors].map((error, c) => error / sizes[c]!), scales: encoding ? 1 : 0 };
}

const boxes: TestTensor = t([8, 4], 200);
const scores: TestTensor = t([8, 2]);
const heads: TestModel = {
  nodes: [
    node('MatMul', ['x', 'wb'], ['b']),
    node('MatMul', ['x', 'ws'], ['s0']),
    node('Sigmoid', ['s0'], ['s']),
    node('Concat', ['b', 's'], ['y'], { axis: 1 }),
  ],
  inputs: { x: [4, 8] },
  outputs: ['y'],
  initializers: { wb: boxes, ws: scores },
};

test('boxes beside scores: every column is right, executed as simulated', () => {
  const { program } = checkModel(heads, samples, {}, true);
  expect(program.metadata.encodings).toMatchObject([{ of: 'output', name: 'y', axis: 1 }]);
  const { errors } = columnErrors(heads);
  expect(Math.max(...errors)).toBeLessThan(0.01);
});

test('one layer that makes columns of different sizes, read by another one too', () => {
  const w: TestTensor = { shape: [8, 3], data: Array.from({ length: 24 }, (_, i) => random() * [1000, 1, 0.02][i % 3]!) };
  const one: TestModel = { nodes: [node('MatMul', ['x', 'w'], ['y'])], inputs: { x: [4, 8] }, outputs: ['y'], initializers: { w } };
  const { errors, scales } = columnErrors(one);
  expect([scales, Math.max(...errors) < 0.01]).toEqual([1, true]);
  const both: TestModel = { ...one, nodes: [...one.nodes, node('ReduceSum', ['y'], ['z'])], outputs: ['y', 'z'] };
  checkModel(both, samples);
});

const unequal = (rows: number): TestTensor => ({
  shape: [rows, 3],
  data: Array.from({ length: 3 * rows }, (_, i) => random() * [1000, 1, 0.02][i % 3]!),
});

// the second of them was renamed a second time: "nothing computes" it
test.each<[string, string[]]>([
  ['side by side', ['y', 'z']],
  ['the other way round', ['z', 'y']],
])('two outputs that both need scales, %s', (_, outputs) => {
  const apart: TestModel = {
    nodes: [node('MatMul', ['x', 'wy'], ['y']), node('MatMul', ['x', 'wz'], ['z'])],
    inputs: { x: [4, 8] },
    outputs,
    initializers: { wy: unequal(8), wz: unequal(8) },
  };
  expect(checkModel(apart, samples).program.metadata.encodings?.map(({ name }) => name)).toEqual(outputs);
});

test.each<[string, string[]]>([
  ['reads the first', ['y', 'z']],
  ['is read by the first', ['z', 'y']],
])('two outputs that both need scales, where the second %s', (_, outputs) => {
  const chain: TestModel = {
    nodes: [node('MatMul', ['x', 'wy'], ['y']), node('Relu', ['y'], ['r']), node('Transpose', ['r'], ['z'], { perm: [0, 1] })],
    inputs: { x: [4, 8] },
    outputs,
    initializers: { wy: unequal(8) },
  };
  checkModel(chain, samples);
});

test('the report is in the units of the output', () => {
  const { report } = compileModel(onnxModel(heads), { calibration: samples });
  const [output] = report.outputs;
  expect(output!.maxError).toBeGreaterThan(0.01);
  expect(output!.channelError).toBeLessThan(0.01);
});

test.each<[string, TestModel]>([
  ['columns are of one size', { ...heads, initializers: { wb: t([8, 4]), ws: scores } }],
  [
    // small columns that a table makes for all columns together
    'no layer takes them',
    {
      nodes: [node('MatMul', ['x', 'w'], ['h']), node('Softmax', ['h'], ['y'])],
      inputs: { x: [4, 8] },
      outputs: ['y'],
      initializers: { w: t([8, 6], 3) },
    },
  ],
])('an output has one step where %s', (_, model) => {
  expect(compileModel(onnxModel(model), { calibration: samples }).program.metadata.encodings).toBeUndefined();
});
