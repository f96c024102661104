// If, Loop, Scan and the model's own functions are written out: values by hand, executed = simulated, and every limit has a name.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors, stagesOf } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { BOOL, FLOAT } from '../../../compiler/onnx/tensor-proto.ts';
import type { ZkvmError } from '../../../fri/core/errors.ts';
import { refusal } from '../../failure.ts';
import { checkModel } from '../check.ts';
import { node, onnxModel, type TestFunction, type TestGraph, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const bool = (value: boolean): TestTensor => ({ shape: [], data: [Number(value)], type: BOOL });
const int = (value: number): TestTensor => ({ shape: [], data: [value], integer: true });
const x = (...data: number[]): RealTensors => ({ x: { shape: [1, data.length], data } });
const model = (nodes: TestNode[], initializers: TestModel['initializers'] = {}, outputs = ['y'], size = 4): TestModel => ({
  nodes,
  inputs: { x: [1, size] },
  outputs,
  initializers,
});
const valuesOf = (of: TestModel, sample: RealTensors, name = 'y'): { shape: number[]; data: number[] } => {
  const { shape, data } = evaluateGraph(buildGraph(readOnnx(onnxModel({ ...of, inputs: { x: [...sample.x!.shape] } }))), sample).get(name)!;
  return { shape: [...shape], data: [...data] };
};
const failure = (of: TestModel): ZkvmError => refusal(() => compileModel(onnxModel(of), { calibration: [x(1, -2, 3, -4)] }));
const relu: TestGraph = { nodes: [node('Relu', ['x'], ['o'])], outputs: ['o'] };
const negative: TestGraph = { nodes: [node('Neg', ['x'], ['o'])], outputs: ['o'] };
const choice = (then_branch: TestGraph, else_branch: TestGraph): TestNode =>
  node('If', ['c'], ['y'], { then_branch: { graph: then_branch }, else_branch: { graph: else_branch } });
const samples = [x(1, -2, 3, -4), x(-1, -2, 3, -4), x(2, 0.5, -1, 1), x(-3, 1, -1, 0.5)];

describe('If', () => {
  test('a known condition puts one branch in its place, the other is not looked at', () => {
    const other: TestGraph = { nodes: [node('Frobnicate', ['x'], ['o'])], outputs: ['o'] };
    expect(valuesOf(model([choice(relu, other)], { c: bool(true) }), x(1, -2, 3, -4)).data).toEqual([1, 0, 3, 0]);
    expect(valuesOf(model([choice(other, negative)], { c: bool(false) }), x(1, -2, 3, -4)).data).toEqual([-1, 2, -3, 4]);
    // the corrupted twin: the branch that is taken is looked at
    expect(failure(model([choice(other, negative)], { c: bool(true) }))).toMatchObject({
      code: 'ZK0512',
      what: 'operator Frobnicate is not supported',
      where: 'model.onnx node #0 If "/If", then_branch node #0 Frobnicate "/Frobnicate"',
    });
  });

  test('a condition on shapes is known, and branches may have other shapes', () => {
    const squeeze: TestGraph = { nodes: [node('Squeeze', ['x', 'zero'], ['o'])], outputs: ['o'] };
    const nodes = [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'zero'], ['d']),
      node('Equal', ['d', 'one'], ['c']),
      choice(squeeze, relu),
    ];
    const initializers = { zero: { shape: [1], data: [0], integer: true }, one: { shape: [1], data: [1], integer: true } };
    expect(valuesOf(model(nodes, initializers), x(1, -2)).shape).toEqual([2]);
  });

  test('a computed condition computes both branches and chooses', () => {
    const of = model([
      node('ReduceSum', ['x'], ['s'], { keepdims: 0 }),
      node('Constant', [], ['z'], { value: { shape: [], data: [0] } }),
      node('Greater', ['s', 'z'], ['c']),
      choice(relu, negative),
    ]);
    const { error } = checkModel(of, samples);
    expect(error).toBeLessThan(0.01);
    expect(valuesOf(of, x(2, 0.5, -1, 1)).data).toEqual([2, 0.5, 0, 1]);
    expect(valuesOf(of, x(-3, 1, -1, 0.5)).data).toEqual([3, -1, 1, -0.5]);
    const wide: TestGraph = { nodes: [node('Concat', ['x', 'x'], ['o'], { axis: 1 })], outputs: ['o'] };
    expect(failure({ ...of, nodes: [...of.nodes.slice(0, 3), choice(wide, negative)] })).toMatchObject({
      code: 'ZK0512',
      what: expect.stringContaining('a computed condition between shapes [1, 8] and [1, 4]'),
    });
  });

  test('names inside mean what is nearest, and only what is computed', () => {
    const inner: TestGraph = { nodes: [node('Relu', ['x'], ['h'])], outputs: ['h'] };
    const outer: TestGraph = { nodes: [choice(inner, negative), node('Add', ['y', 'h'], ['z'])], outputs: ['z'] };
    const nodes = [node('Neg', ['x'], ['h']), { ...choice(outer, negative), outputs: ['q'] }];
    expect(valuesOf(model(nodes, { c: bool(true) }, ['q']), x(1, -2), 'q').data).toEqual([0, 2]);
    const lost: TestGraph = { nodes: [node('Relu', ['nobody'], ['h'])], outputs: ['h'] };
    expect(failure(model([choice(lost, negative)], { c: bool(true) }))).toMatchObject({
      code: 'ZK0506',
      what: expect.stringContaining('"nobody"'),
    });
  });
});

/** v ← v + v, goes on as told */
const doubling = (condition: TestNode): TestGraph => ({
  nodes: [condition, node('Add', ['v', 'v'], ['w'])],
  inputs: ['i', 'c', 'v'],
  outputs: ['d', 'w'],
});
const loop = (trips: string, body: TestGraph, outputs = ['y']): TestNode =>
  node('Loop', [trips, 'c', 'x'], outputs, { body: { graph: body } });
const always = node('Identity', ['c'], ['d']);

describe('Loop', () => {
  test('a constant number of passes', () => {
    const of = model([loop('n', doubling(always))], { n: int(3), c: bool(true) });
    expect(valuesOf(of, x(1, -2)).data).toEqual([8, -16]);
    expect(checkModel(of, samples).error).toBeLessThan(0.01);
    expect(valuesOf(model([loop('n', doubling(always))], { n: int(0), c: bool(true) }), x(1, -2)).data).toEqual([1, -2]);
    expect(valuesOf(model([loop('n', doubling(always))], { n: int(3), c: bool(false) }), x(1, -2)).data).toEqual([1, -2]);
  });

  test('a condition that is known when compiling ends it: i < 2 lets three passes', () => {
    const until = node('Less', ['i', 'two'], ['d']);
    for (const trips of ['n', ''])
      expect(valuesOf(model([loop(trips, doubling(until))], { n: int(9), two: int(2), c: bool(true) }), x(1, -2)).data).toEqual([8, -16]);
  });

  test('a computed condition: later passes are not taken over', () => {
    const body: TestGraph = {
      nodes: [node('Add', ['v', 'v'], ['w']), node('ReduceMax', ['w'], ['m'], { keepdims: 0 }), node('Less', ['m', 'most'], ['d'])],
      inputs: ['i', 'c', 'v'],
      outputs: ['d', 'w'],
    };
    const of = model([loop('n', body)], { n: int(4), c: bool(true), most: { shape: [], data: [5] } });
    expect(valuesOf(of, x(1, -2)).data).toEqual([8, -16]);
    expect(valuesOf(of, x(3, 1)).data).toEqual([6, 2]);
    expect(valuesOf(of, x(0.1, 0)).data).toEqual([1.6, 0]);
    expect(checkModel(of, [x(1, -2, 0, 0), x(3, 1, 0, 0), x(0.1, 0, 0, 0)]).error).toBeLessThan(0.02);
    expect(failure({ ...of, nodes: [loop('', body)] })).toMatchObject({
      code: 'ZK0512',
      what: expect.stringContaining('a computed condition alone'),
    });
  });

  test('lists of results stand side by side; the pass is a number', () => {
    const body: TestGraph = {
      nodes: [always, node('Cast', ['i'], ['f'], { to: FLOAT }), node('Add', ['v', 'f'], ['w']), node('Neg', ['w'], ['o'])],
      inputs: ['i', 'c', 'v'],
      outputs: ['d', 'w', 'o'],
    };
    const of = model([loop('n', body, ['y', 'all'])], { n: int(3), c: bool(true) }, ['y', 'all'], 2);
    expect(valuesOf(of, x(1, -2)).data).toEqual([4, 1]);
    expect(valuesOf(of, x(1, -2), 'all')).toEqual({ shape: [3, 1, 2], data: [-1, 2, -2, 1, -4, -1] });
  });

  test('what cannot be written out is refused', () => {
    const computed = model([node('ReduceSum', ['x'], ['n'], { keepdims: 0 }), loop('n', doubling(always))], { c: bool(true) });
    expect(failure(computed)).toMatchObject({ code: 'ZK0512', what: 'Loop: a computed number of passes' });
    expect(failure(model([loop('n', { ...doubling(always), inputs: ['i', 'c'] })], { n: int(3), c: bool(true) })).code).toBe('ZK0510');
    const passes = (n: number) => model([loop('n', doubling(always))], { n: { shape: [], data: [n] }, c: bool(true) });
    expect(valuesOf(passes(2), x(1, -2)).data).toEqual([4, -8]);
    expect(failure(passes(2.5))).toMatchObject({ code: 'ZK0510', why: '2.5 passes' });
  });
});

test('Scan goes along an axis, forwards or backwards', () => {
  const body: TestGraph = {
    nodes: [node('Add', ['s', 'e'], ['t']), node('Identity', ['t'], ['o'])],
    inputs: ['s', 'e'],
    outputs: ['t', 'o'],
  };
  const scan = (attributes: TestNode['attributes'] = {}): TestModel => ({
    nodes: [node('Scan', ['z', 'x'], ['last', 'y'], { num_scan_inputs: 1, body: { graph: body }, ...attributes })],
    inputs: { x: [3, 2] },
    outputs: ['y', 'last'],
    initializers: { z: { shape: [2], data: [0, 0] } },
  });
  const sample = { x: { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] } };
  expect(valuesOf(scan(), sample)).toEqual({ shape: [3, 2], data: [1, 2, 4, 6, 9, 12] });
  expect(valuesOf(scan(), sample, 'last').data).toEqual([9, 12]);
  expect(valuesOf(scan({ scan_input_directions: [1] }), sample).data).toEqual([5, 6, 8, 10, 9, 12]);
  expect(valuesOf(scan({ scan_input_directions: [1], scan_output_directions: [1] }), sample).data).toEqual([9, 12, 8, 10, 5, 6]);
  expect(valuesOf(scan({ scan_output_axes: [1] }), sample)).toEqual({ shape: [2, 3], data: [1, 4, 9, 2, 6, 12] });
  expect(checkModel(scan(), [sample]).error).toBeLessThan(0.01);
  expect(failure(scan({ scan_output_directions: [7] }))).toMatchObject({ code: 'ZK0510', why: 'direction 7' });
  for (const count of [0, 3, { float: 1.5 }])
    expect(failure(scan({ num_scan_inputs: count }))).toMatchObject({ code: 'ZK0510', why: 'attribute "num_scan_inputs"' });
});

const square: TestFunction = { name: 'Square', domain: 'my', inputs: ['a'], outputs: ['b'], nodes: [node('Mul', ['a', 'a'], ['b'])] };
const call = (name: string, inputs: string[], outputs: string[], attributes: TestNode['attributes'] = {}): TestNode => ({
  ...node(name, inputs, outputs, attributes),
  domain: 'my',
});

describe("the model's own functions", () => {
  test('are put in place, twice and inside each other, with attributes and their defaults', () => {
    const leaky: TestFunction = {
      name: 'Leaky',
      domain: 'my',
      inputs: ['a'],
      outputs: ['b'],
      defaults: { slope: { float: 0.5 } },
      nodes: [
        call('Square', ['a'], ['s']),
        node('Sub', ['a', 's'], ['d']),
        node('LeakyRelu', ['d'], ['b'], { alpha: { parameter: 'slope' } }),
      ],
    };
    const of: TestModel = {
      ...model([
        call('Leaky', ['x'], ['h'], { slope: { float: 2 } }),
        call('Leaky', ['x'], ['g']),
        node('Concat', ['h', 'g'], ['y'], { axis: 1 }),
      ]),
      functions: [square, leaky],
    };
    // x - x² is -2 for 2 and 0.25 for 0.5
    expect(valuesOf(of, x(2, 0.5)).data).toEqual([-4, 0.25, -1, 0.25]);
    expect(checkModel(of, samples).error).toBeLessThan(0.01);
    expect(failure({ ...of, functions: [leaky] })).toMatchObject({ what: 'operator my.Square is not supported' });
  });

  test('see nothing but their inputs', () => {
    const thief: TestFunction = { ...square, nodes: [node('Mul', ['a', 'x'], ['b'])] };
    expect(failure({ ...model([call('Square', ['x'], ['y'])]), functions: [thief] })).toMatchObject({
      code: 'ZK0506',
      what: expect.stringContaining('"x"'),
    });
  });

  test('that call themselves, or have the name of an operator, are refused', () => {
    const endless: TestFunction = { ...square, nodes: [call('Square', ['a'], ['b'])] };
    expect(failure({ ...model([call('Square', ['x'], ['y'])]), functions: [endless] })).toMatchObject({ code: 'ZK0505', exitCode: 2 });
    const relu2: TestFunction = { ...square, name: 'Relu', domain: '' };
    expect(failure({ ...model([node('Relu', ['x'], ['y'])]), functions: [relu2] })).toMatchObject({
      code: 'ZK0512',
      what: 'the model has a function with the name of the operator Relu',
    });
  });
});

describe('nodes out of order', () => {
  const [first, second] = [node('Relu', ['x'], ['h']), node('Neg', ['h'], ['y'])];
  test('are put in order', () => {
    expect(valuesOf(model([second, first]), x(1, -2)).data.map((v) => v + 0)).toEqual([-1, 0]);
    const many = Array.from({ length: 500 }, (_, i) => node('Neg', [i === 0 ? 'x' : `h${i}`], [i === 499 ? 'y' : `h${i + 1}`])).reverse();
    expect(valuesOf(model(many), x(1, -2)).data).toEqual([1, -2]);
  });
  test('that need each other are refused', () => {
    const circle = [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Neg', ['b'], ['y'])];
    expect(failure(model(circle))).toMatchObject({ code: 'ZK0506', what: expect.stringMatching(/"[ab]" and "[ab]" need each other/) });
  });
});

describe('a small file that asks for very many nodes is refused by name, quickly', () => {
  const power = (depth: number): TestFunction[] =>
    Array.from({ length: depth }, (_, i) => ({
      ...square,
      name: `F${i}`,
      nodes: i === 0 ? [node('Neg', ['a'], ['b'])] : [call(`F${i - 1}`, ['a'], ['h']), call(`F${i - 1}`, ['h'], ['b'])],
    }));
  const still: TestGraph = { nodes: [], inputs: ['i', 'c', 'v'], outputs: ['c', 'v'] };
  const nested: TestGraph = {
    nodes: [node('Loop', ['n', 'c', 'v'], ['w'], { body: { graph: still } })],
    inputs: ['i0', 'c0', 'v'],
    outputs: ['c0', 'w'],
  };
  const cases: [string, TestModel, string][] = [
    ['2^40 passes of nothing', model([loop('n', still)], { n: int(2 ** 40), c: bool(true) }), 'Loop'],
    ['endless passes', model([loop('', doubling(always))], { c: bool(true) }), 'Loop'],
    ['2^50 passes of passes', model([loop('n', nested)], { n: int(2 ** 25), c: bool(true) }), 'Loop'],
    ['2^40 calls', { ...model([call('F40', ['x'], ['y'])]), functions: power(41) }, 'F40'],
  ];
  test.each(cases)('%s', (_name, of, where) => {
    const bytes = onnxModel(of);
    const before = process.cpuUsage();
    let error: unknown;
    try {
      stagesOf(buildGraph(readOnnx(bytes)));
    } catch (caught) {
      error = caught;
    }
    const { user, system } = process.cpuUsage(before);
    expect(error).toMatchObject({ code: 'ZK0515', kind: 'unsupported', where: expect.stringContaining(where) });
    expect((user + system) / 1000).toBeLessThan(6000);
  });
});
