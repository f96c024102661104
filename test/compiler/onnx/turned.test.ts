// Transposed matrices of Gemm are turned while they are read, and the model stays the model. Caveat: one layer of 256 × 256.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { randomNumbers, randomTensor } from '../check.ts';
import { node, onnxModel, type TestNode } from '../onnx-writer.ts';

const SIZE = 256;
const random = randomNumbers(19);
const [w, x] = [randomTensor(random, [SIZE, SIZE], 0.1), randomTensor(random, [1, SIZE])];
const bytesOf = (nodes: TestNode[]): Uint8Array =>
  onnxModel({ nodes, inputs: { x: [1, SIZE] }, outputs: ['y'], initializers: { w: { shape: [SIZE, SIZE], data: w.data } } });
const transposed = node('Gemm', ['x', 'w'], ['y'], { transB: 1 });
const read = (nodes: TestNode[]) => readOnnx(bytesOf(nodes));

describe('a large matrix that the file keeps transposed', () => {
  test('is turned, and gives what it gave', () => {
    const model = read([transposed]);
    expect(model.nodes[0]!.attributes.get('transB')).toBe(0);
    expect(model.initializers.get('w')!.data[1]).toBe(w.data[SIZE]);
    const want = Array.from({ length: SIZE }, (_, o) => x.data.reduce((sum, value, k) => sum + value * w.data[o * SIZE + k]!, 0));
    const got = evaluateGraph(buildGraph(model), { x }).get('y')!.data;
    for (const [o, y] of want.entries()) expect(got[o]).toBeCloseTo(y, 9);
    // the matrix as it lies gives something else
    const other = evaluateGraph(buildGraph(read([node('Gemm', ['x', 'w'], ['y'], { transB: 0 })])), { x }).get('y')!.data;
    expect(Math.max(...got.map((y, o) => Math.abs(y - other[o]!)))).toBeGreaterThan(0.1);
  });

  test('is one list of numbers for what multiplies by it and what rounds it', () => {
    const model = read([transposed]);
    const { data } = model.initializers.get('w')!;
    const { integers } = compileModel(bytesOf([transposed]), { calibration: [{ x }] });
    const [stage] = integers.stages;
    expect(stage?.kind === 'linear' && [...stage.stage.terms[0]!.weights.slice(0, SIZE)]).toEqual([...data.slice(0, SIZE)]);
    const graph = buildGraph(model);
    expect(graph.constants.get('w')!.data).toBe(data);
  });

  test('stays as it is where another node reads it too, or where it is small', () => {
    const twice = read([node('Gemm', ['x', 'w'], ['h'], { transB: 1 }), node('MatMul', ['h', 'w'], ['y'])]);
    expect(twice.nodes[0]!.attributes.get('transB')).toBe(1);
    expect(twice.initializers.get('w')!.data[1]).toBe(w.data[1]);
    const small = readOnnx(
      onnxModel({
        nodes: [transposed],
        inputs: { x: [1, 2] },
        outputs: ['y'],
        initializers: { w: { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] } },
      }),
    );
    expect(small.nodes[0]!.attributes.get('transB')).toBe(1);
    expect([...small.initializers.get('w')!.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
