// Pairs of QuantizeLinear and DequantizeLinear, as onnxruntime's static quantisation writes them: one rounding each, in the table before it, exactly on
// the model's grid; pairs on a grid that a value lies on already are nothing. Caveat: a sum that lies near the middle of two multiples may go
// to the other one, so that the network's error is that of a step.
// Slow: a network is compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { INT8 } from '../../../compiler/onnx/tensor-proto.ts';
import { DEFAULT_PROFILE } from '../../../fri/pcs/profile.ts';
import { costOf } from '../../../vm/estimate/cost.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(5);
const number = (x: number): TestTensor => ({ shape: [], data: [x] });
const zeroPoint = (x: number): TestTensor => ({ shape: [], data: [x], integer: true, type: INT8 });
type Node = TestModel['nodes'][0];

/** a value's pair; its result is `${name} back` */
const pair = (name: string, scale = `${name} scale`, zero = `${name} zero`): Node[] => [
  { op: 'QuantizeLinear', inputs: [name, scale, zero], outputs: [`${name} 8`], name: `/${name}/Q` },
  { op: 'DequantizeLinear', inputs: [`${name} 8`, scale, zero], outputs: [`${name} back`], name: `/${name}/DQ` },
];

/** the float twin is the same without pairs */
function network(quantised: boolean): TestModel {
  const weights = randomNumbers(6);
  const back = (name: string): string => (quantised ? `${name} back` : name);
  const pairs = (...args: Parameters<typeof pair>): Node[] => (quantised ? pair(...args) : []);
  return {
    nodes: [
      ...pairs('x'),
      { op: 'Conv', inputs: [back('x'), 'w'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Relu', inputs: ['c'], outputs: ['r'] },
      ...pairs('r'),
      { op: 'MaxPool', inputs: [back('r')], outputs: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      ...pairs('p', 'r scale', 'r zero'),
      { op: 'Flatten', inputs: [back('p')], outputs: ['f'] },
      ...pairs('f', 'r scale', 'r zero'),
      { op: 'Gemm', inputs: [back('f'), 'v'], outputs: ['y'] },
    ],
    inputs: { x: [1, 1, 8, 8] },
    outputs: ['y'],
    initializers: {
      w: randomTensor(weights, [4, 1, 3, 3], 0.4),
      v: randomTensor(weights, [64, 5], 0.3),
      ...(quantised && {
        'x scale': number(2 / 255),
        'x zero': zeroPoint(-1),
        'r scale': number(1.6 / 255),
        'r zero': zeroPoint(-128),
      }),
    },
  };
}

const inputs = (count: number): RealTensors[] => Array.from({ length: count }, () => ({ x: randomTensor(random, [1, 1, 8, 8]) }));

const rounded = (x: number, scale: number, zero: number): number => {
  const ratio = x / scale;
  const even = Math.abs(ratio % 1) === 0.5 ? 2 * Math.round(ratio / 2) : Math.round(ratio);
  return (Math.min(Math.max(even + zero, -128), 127) - zero) * scale;
};

const single = (scale: TestTensor, again: Partial<Record<'scale' | 'zero', TestTensor>> = {}): TestModel => ({
  nodes: [
    { op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['q'] },
    { op: 'DequantizeLinear', inputs: ['q', 't', 'u'], outputs: ['y'] },
  ],
  inputs: { x: [1, 6] },
  outputs: ['y'],
  initializers: { s: scale, z: zeroPoint(3), t: again.scale ?? scale, u: again.zero ?? zeroPoint(3) },
});

describe('pairs of QuantizeLinear and DequantizeLinear', () => {
  test('a pair rounds to the grid and stays inside it', () => {
    const model = single(number(0.125));
    const graph = buildGraph(readOnnx(onnxModel(model)));
    expect(graph.nodes.map(({ context }) => context.node.operator)).toEqual(['OnGrid']);
    const x = { shape: [1, 6], data: Float64Array.of(0.3, -0.1875, 0.3125, 100, -100, 0) };
    const y = [...evaluateGraph(graph, { x }).get('y')!.data];
    expect(y).toEqual([...x.data].map((value) => rounded(value, 0.125, 3)));
    expect(y).toEqual([0.25, -0.25, 0.25, 15.5, -16.375, 0]);
    const samples = Array.from({ length: 4 }, () => ({ x: randomTensor(random, [1, 6], 3) }));
    const { report } = checkModel(model, samples);
    expect(report.stages.at(-1)!.scale).toBe(0.125);
  });

  test.each([
    ['another scale', single(number(0.125), { scale: number(0.25) }), 2],
    ['another zero point', single(number(0.125), { zero: zeroPoint(0) }), 1],
  ])('%s is no pair, and means what it says', (_name, model, factor) => {
    const graph = buildGraph(readOnnx(onnxModel(model)));
    expect(graph.nodes.some(({ context }) => context.node.operator === 'OnGrid')).toBe(false);
    const x = { shape: [1, 6], data: Float64Array.of(0.3, -0.2, 0.7, 1, -1, 0) };
    const shift = factor === 1 ? 3 * 0.125 : 0;
    const y = [...evaluateGraph(graph, { x }).get('y')!.data];
    for (const [e, value] of x.data.entries()) expect(y[e]).toBeCloseTo(factor * rounded(value, 0.125, 3) + shift, 9);
  });

  test('on a grid already, a pair is nothing: behind a MaxPool, a Flatten', () => {
    const graph = buildGraph(readOnnx(onnxModel(network(true))));
    const operators = graph.nodes.map(({ context }) => context.node.operator);
    expect(operators.filter((name) => name === 'OnGrid')).toHaveLength(2);
    expect(operators).not.toContain('Requantise');
    const other = network(true);
    other.nodes = other.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => (node.name?.startsWith('/f/') && name === 'r scale' ? 'f scale' : name)),
    }));
    other.initializers!['f scale'] = number(1.7 / 255);
    const more = buildGraph(readOnnx(onnxModel(other))).nodes.map(({ context }) => context.node.operator);
    expect(more.filter((name) => name === 'OnGrid')).toHaveLength(3);
  });

  test('a network costs no more than its float twin and keeps the model rounding, on fresh inputs', () => {
    const [model, calibration] = [onnxModel(network(true)), inputs(12)];
    const { program } = compileModel(model, { calibration, accuracy: 0.02 });
    const twin = compileModel(onnxModel(network(false)), { calibration });
    const cells = (p: typeof program): number => costOf(p, DEFAULT_PROFILE).cells;
    expect(cells(program)).toBeLessThanOrEqual(cells(twin.program));
    expect(checkModel(network(true), inputs(6)).error).toBeLessThan(0.015);
    // the float twin is not that model
    const [x] = inputs(1) as [RealTensors];
    const answer = (bytes: Uint8Array): number[] => [...evaluateGraph(buildGraph(readOnnx(bytes)), x).get('y')!.data];
    expect(answer(model)).not.toEqual(answer(onnxModel(network(false))));
  });
});
