// Forms that mean one operator cost what the operator costs, and compute the same; near misses cost more and are right too.
// Source: how exporters spell GELU, LayerNormalization, softmax and attention. Caveat: a form that nobody wrote down here is not recognised.
// Slow: every form is compiled and run in two spellings.
import { describe, expect, test } from 'vitest';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { toIntegers } from '../../../compiler/quantise/simulate.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { costOf } from '../../../vm/estimate/cost.ts';
import { execute } from '../../../vm/executor/run.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { node, onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(21);
const t = (shape: number[], scale = 1, offset = 0): TestTensor => randomTensor(random, shape, scale, offset);
const number = (value: number): TestTensor => ({ shape: [], data: [value] });
const list = (...values: number[]): TestTensor => ({ shape: [values.length], data: values, integer: true });

interface Form {
  nodes: TestNode[];
  constants?: Record<string, TestTensor>;
}

const WEIGHTS = t([8, 8], 0.6);
const SCALE = t([8], 0.3, 1);
const SHIFT = t([8], 0.3);
/** a dense layer, then the form from h to y */
const around = ({ nodes, constants = {} }: Form): TestModel => ({
  nodes: [node('MatMul', ['x', 'w'], 'h'), ...nodes],
  inputs: { x: [1, 5, 8] },
  outputs: ['y'],
  opset: 17,
  initializers: { w: WEIGHTS, ...constants },
});
const samples: RealTensors[] = Array.from({ length: 4 }, () => ({ x: t([1, 5, 8]) }));

/** cells, stages, and the outputs in real numbers on the samples */
function compiled(model: TestModel) {
  const { report } = checkModel(model, samples);
  // bits for the samples alone: others are chosen by errors between them, which forms share to a rounding only
  const { program } = compileModel(onnxModel(model), { calibration: samples, augment: false });
  const outputs = samples.map((sample) => {
    const input = Int32Array.from(toIntegers({ data: Float64Array.from(sample.x!.data) }, program.inputs[0]!));
    return Array.from(execute(program, { x: input }).outputs.y!, (y) => y * program.outputs[0]!.scale);
  });
  return { cells: costOf(program, PROFILES.test).cells, stages: report.stages.length, outputs, scale: program.outputs[0]!.scale };
}

type Compiled = ReturnType<typeof compiled>;
/** equal but for the rounding of the file's float32 numbers, which may move a result by one step */
function close(a: Compiled, b: Compiled): void {
  const step = 1.001 * Math.max(a.scale, b.scale);
  for (const [i, outputs] of a.outputs.entries())
    for (const [e, y] of outputs.entries()) expect(Math.abs(y - b.outputs[i]![e]!)).toBeLessThanOrEqual(step);
}

/** both forms cost the same */
function same(one: Form, other: Form): void {
  const [a, b] = [compiled(around(one)), compiled(around(other))];
  expect(a.cells).toBe(b.cells);
  expect(a.stages).toBe(b.stages);
  close(a, b);
}
/** the near miss costs more than the form that it resembles, and is right */
function dearer(miss: Form, than: Form): void {
  expect(compiled(around(miss)).cells + compiled(around(miss)).stages).toBeGreaterThan(
    compiled(around(than)).cells + compiled(around(than)).stages,
  );
}

const erfForm = (last: TestNode[], constants: Record<string, TestTensor> = {}): Form => ({
  nodes: [node('Div', ['h', 'root'], 'd'), node('Erf', ['d'], 'e'), node('Add', ['e', 'one'], 'a'), ...last],
  constants: { root: number(Math.SQRT2), one: number(1), half: number(0.5), ...constants },
});

describe('functions of one tensor', () => {
  const forms: [string, Form][] = [
    ['x · (1 + erf) · 0.5', erfForm([node('Mul', ['h', 'a'], 'm'), node('Mul', ['m', 'half'], 'y')])],
    ['0.5 · x · (1 + erf)', erfForm([node('Mul', ['h', 'half'], 'm'), node('Mul', ['m', 'a'], 'y')])],
    ['x · (0.5 · (1 + erf))', erfForm([node('Mul', ['a', 'half'], 'm'), node('Mul', ['h', 'm'], 'y')])],
  ];
  const operator = (approximate: string): TestModel => ({
    ...around({ nodes: [node('Gelu', ['h'], 'y', { approximate })] }),
    opset: 20,
  });
  for (const [name, form] of forms)
    test(`GELU as ${name} is one table, as the operator is`, () => {
      const [a, b] = [compiled(around(form)), compiled(operator('none'))];
      expect([a.cells, a.stages]).toEqual([b.cells, b.stages]);
      expect(a.stages).toBe(1);
      close(a, b);
    });

  const cube = (power: TestNode[]): Form => ({
    nodes: [
      ...power,
      node('Mul', ['c', 'k'], 'ck'),
      node('Add', ['h', 'ck'], 's'),
      node('Mul', ['s', 'r'], 'sr'),
      node('Tanh', ['sr'], 'th'),
      node('Add', ['th', 'one'], 'a'),
      node('Mul', ['h', 'half'], 'm'),
      node('Mul', ['m', 'a'], 'y'),
    ],
    constants: { three: number(3), k: number(0.044715), r: number(Math.sqrt(2 / Math.PI)), one: number(1), half: number(0.5) },
  });
  test.each<[string, TestNode[]]>([
    ['Pow', [node('Pow', ['h', 'three'], 'c')]],
    ['two products', [node('Mul', ['h', 'h'], 'q'), node('Mul', ['q', 'h'], 'c')]],
  ])('GELU with tanh and the cube as %s is one table, as the operator is', (_, power) => {
    const [a, b] = [compiled(around(cube(power))), compiled(operator('tanh'))];
    expect([a.cells, a.stages]).toEqual([b.cells, b.stages]);
    expect(a.stages).toBe(1);
    close(a, b);
  });

  test('x · sigmoid(x) and x + relu(x) are one table', () => {
    expect(compiled(around({ nodes: [node('Sigmoid', ['h'], 's'), node('Mul', ['h', 's'], 'y')] })).stages).toBe(1);
    expect(compiled(around({ nodes: [node('Relu', ['h'], 's'), node('Add', ['h', 's'], 'y')] })).stages).toBe(1);
  });

  test('a gate of another tensor stays a product', () => {
    const other: Form = {
      nodes: [node('MatMul', ['x', 'w2'], 'g'), node('Sigmoid', ['g'], 's'), node('Mul', ['h', 's'], 'y')],
      constants: { w2: t([8, 8], 0.6) },
    };
    expect(compiled(around(other)).stages).toBeGreaterThan(2);
  });

  test('a shifted copy of the same tensor stays a product, and so does a number for each element', () => {
    const turned: Form = {
      nodes: [
        node('Slice', ['h', 'from', 'to', 'axis'], 'p'),
        node('Slice', ['h', 'start', 'from', 'axis'], 'q'),
        node('Concat', ['p', 'q'], 'r', { axis: 2 }),
        node('Mul', ['h', 'r'], 'y'),
      ],
      constants: { from: list(3), to: list(8), start: list(0), axis: list(2) },
    };
    expect(compiled(around(turned)).stages).toBeGreaterThan(2);
    const each: Form = {
      nodes: [node('Mul', ['h', 'v'], 'm'), node('Tanh', ['m'], 'th'), node('Mul', ['h', 'th'], 'y')],
      constants: { v: t([8]) },
    };
    expect(compiled(around(each)).stages).toBeGreaterThan(2);
  });

  test('a value that is an output too is still computed', () => {
    const model = around(erfForm([node('Mul', ['h', 'a'], 'm'), node('Mul', ['m', 'half'], 'y')]));
    expect(checkModel({ ...model, outputs: ['y', 'e'] }, samples).error).toBeLessThan(0.006);
  });
});

describe('spelled-out operators cost what the operators cost', () => {
  const layer: Form = { nodes: [node('LayerNormalization', ['h', 'g', 'b'], 'y')], constants: { g: SCALE, b: SHIFT } };
  const spelled = (square: TestNode, epsilon: number, mean = 'mean'): Form => ({
    nodes: [
      node('ReduceMean', ['h'], 'mean', { axes: [2] }),
      node('Sub', ['h', mean], 'c'),
      square,
      node('ReduceMean', ['q'], 'v', { axes: [2] }),
      node('Add', ['v', 'eps'], 've'),
      node('Sqrt', ['ve'], 'sd'),
      node('Div', ['c', 'sd'], 'n'),
      node('Mul', ['n', 'g'], 'ng'),
      node('Add', ['ng', 'b'], 'y'),
    ],
    constants: { two: number(2), eps: number(epsilon), g: SCALE, b: SHIFT },
  });
  test('LayerNormalization with Pow', () => same(spelled(node('Pow', ['c', 'two'], 'q'), 1e-5), layer));
  test('LayerNormalization with a product', () => same(spelled(node('Mul', ['c', 'c'], 'q'), 1e-5), layer));
  test('a mean of something else is no LayerNormalization', () => {
    const miss = spelled(node('Mul', ['c', 'h'], 'q'), 1e-5);
    const { nodes } = miss;
    // the variance of a product of two tensors is kept positive by a square
    dearer(
      { ...miss, nodes: [...nodes.slice(0, 2), node('Mul', ['c', 'h'], 'p'), node('Mul', ['p', 'p'], 'q'), ...nodes.slice(3)] },
      layer,
    );
  });

  const softmax: Form = { nodes: [node('Softmax', ['h'], 'y', { axis: 2 })] };
  const exponents = (rest: string): Form => ({
    nodes: [
      node('ReduceMax', ['h'], 'm', { axes: [2] }),
      node('Sub', ['h', 'm'], 'd'),
      node('Exp', ['d'], 'e'),
      node('ReduceSum', ['e', 'axis'], 's', { keepdims: 1 }),
      node('Div', [rest, 's'], 'y'),
    ],
    constants: { axis: list(2) },
  });
  test('softmax', () => same(exponents('e'), softmax));
  test('another numerator is no softmax', () => dearer(exponents('h'), { nodes: [node('Relu', ['h'], 'y')] }));
});

describe('attention', () => {
  const projections = [node('MatMul', ['h', 'wq'], 'q'), node('MatMul', ['h', 'wk'], 'k'), node('MatMul', ['h', 'wv'], 'v')];
  const constants = { wq: t([8, 4], 0.5), wk: t([8, 4], 0.5), wv: t([8, 6], 0.5) };
  const end = [node('Softmax', ['z'], 'p', { axis: 2 }), node('MatMul', ['p', 'v'], 'y')];
  const turned = node('Transpose', ['k'], 'kt', { perm: [0, 2, 1] });
  const divided: Form = {
    nodes: [...projections, turned, node('MatMul', ['q', 'kt'], 's'), node('Div', ['s', 'root'], 'z'), ...end],
    constants: { ...constants, root: number(2) },
  };
  const before: Form = {
    nodes: [
      ...projections,
      node('Mul', ['q', 'quarter'], 'qs'),
      node('Mul', ['k', 'quarter'], 'ks'),
      node('Transpose', ['ks'], 'kt', { perm: [0, 2, 1] }),
      node('MatMul', ['qs', 'kt'], 'z'),
      ...end,
    ],
    constants: { ...constants, quarter: number(Math.SQRT1_2) },
  };
  test('scaled scores, or scaled queries and keys, cost the same and move nothing', () => {
    const [a, b] = [around(divided), around(before)].map((model) => checkModel(model, samples));
    expect(a!.report.stages.length).toBe(b!.report.stages.length);
    expect(a!.report.rows.store).toBe(b!.report.rows.store);
    expect(a!.report.copies.filter(({ kind }) => kind === 'relayout')).toEqual([]);
    expect(Math.max(a!.error, b!.error)).toBeLessThan(0.01);
  });
  test('a scale for each query is a stage of its own', () => {
    const scaled: Form = { ...divided, constants: { ...constants, root: t([1, 5, 1], 0.5, 2) } };
    expect(checkModel(around(scaled), samples).report.rows.store).toBeGreaterThanOrEqual(
      checkModel(around(divided), samples).report.rows.store,
    );
  });
});
