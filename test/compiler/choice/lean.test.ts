// Fewer bits where a program is mostly tables: a classifier's probabilities have half of the table, and what gives sums keeps its accuracy.
// Slow: models are compiled with many choices of bits.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { real } from '../../../compiler/onnx/tensor.ts';
import { execute } from '../../../vm/executor/run.ts';
import { saturation } from '../../../vm/executor/saturation.ts';
import type { Region } from '../../../vm/program/types.ts';
import { integersOf, randomNumbers, randomTensor } from '../check.ts';
import { node, onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(47);
const initializers = {
  w: randomTensor(random, [4, 8]),
  v: randomTensor(random, [8, 3]),
};
const sample = (): RealTensors => ({ x: randomTensor(random, [1, 4]) });
const [samples, fresh] = [Array.from({ length: 48 }, sample), Array.from({ length: 100 }, sample)];
const layers = [node('MatMul', ['x', 'w'], ['h']), node('Relu', ['h'], ['r']), node('MatMul', ['r', 'v'], ['s'])];
const probabilities: TestModel = {
  nodes: [...layers, node('Softmax', ['s'], ['y'], { axis: -1 })],
  inputs: { x: [1, 4] },
  outputs: ['y'],
  initializers,
};
const sums: TestModel = { ...probabilities, nodes: layers, outputs: ['s'] };
const padded = (rows: number): number => 2 ** Math.ceil(Math.log2(rows));

/** largest error of inputs that calibration never saw and on which nothing saturates */
function freshError(model: TestModel): { error: number; measured: number; rows: number } {
  const { program, report } = compileModel(onnxModel(model), { calibration: samples });
  const graph = buildGraph(readOnnx(onnxModel(model)));
  const [name] = model.outputs as [string];
  let [error, size, tried] = [0, 0, 0];
  for (const inputs of fresh) {
    const execution = execute(program, integersOf(program, inputs));
    if (saturation(execution).length) continue;
    tried++;
    for (const [e, y] of evaluateGraph(graph, inputs).get(name)!.data.entries()) {
      error = Math.max(error, Math.abs(execution.outputs[name]![e]! * program.outputs[0]!.scale - y));
      size = Math.max(size, Math.abs(y));
    }
  }
  expect(tried).toBeGreaterThan(fresh.length / 2);
  return { error: error / size, measured: report.outputs[0]!.relativeError, rows: report.rows.lut };
}

describe('a small model whose tables are most of it', () => {
  test('has fewer bits where they halve the table, and is within its target on inputs that calibration never saw', () => {
    const forced = compileModel(onnxModel(probabilities), { calibration: samples, activationBits: 10 }).report;
    const { error, rows } = freshError(probabilities);
    expect(padded(rows)).toBeLessThanOrEqual(padded(forced.rows.lut) / 2);
    expect(error).toBeLessThan(0.01);
    // it is the bits that were saved: the errors are larger
    expect(error).toBeGreaterThan(forced.outputs[0]!.relativeError);
  });

  test('keeps the accuracy of sums, of which some inputs have small ones only', () => {
    const { error, measured } = freshError(sums);
    expect(measured).toBeLessThan(0.004);
    expect(error).toBeLessThan(0.0075);
  });

  test.each([
    [
      'a product with a number',
      {
        nodes: [node('Mul', ['x', 'two'], ['y'])],
        inputs: { x: [1, 4] },
        outputs: ['y'],
        initializers: { two: real([1], Float64Array.of(2)) },
      },
    ],
    ['a layer', { nodes: [node('MatMul', ['x', 'w'], ['y'])], inputs: { x: [1, 4] }, outputs: ['y'], initializers }],
    ['sums', sums],
  ] as [string, TestModel][])('keeps headroom: %s', (_, model) => {
    for (const some of [samples, samples.slice(0, 5)]) {
      const { program } = compileModel(onnxModel(model), { calibration: some });
      const largest = Math.max(...some.flatMap(({ x }) => Array.from(x!.data, Math.abs)));
      const [{ lo, hi, scale }] = program.inputs as [Region];
      expect(Math.max(-lo, hi) * scale).toBeGreaterThan(1.9 * largest);
    }
  });
});
