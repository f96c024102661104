// Integers beyond what calibration saw are exact or refused, equal elements are decided as ONNX says, and inputs are checked for their type.
// Each promise has a twin that breaks it.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { elementsOf } from '../../../compiler/onnx/tensor.ts';
import { BOOL, INT32, INT64, UINT8, UINT32 } from '../../../compiler/onnx/tensor-proto.ts';
import { indexLimits, knownRange, wholeInput } from '../../../compiler/quantise/proved.ts';
import type { LinearStage } from '../../../compiler/stages/stage.ts';
import { execute } from '../../../vm/executor/run.ts';
import type { Program } from '../../../vm/program/types.ts';
import { failure } from '../../failure.ts';
import { node, onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const int = (data: number[], shape = [data.length]): TestTensor => ({ shape, data, integer: true });

interface Case {
  node: TestNode;
  types?: Record<string, number>;
  constants?: Record<string, TestTensor>;
  /** rows of each input, one a calibration sample */
  seen: Record<string, number[]>[];
  fresh: Record<string, number[]>;
}

const modelOf = ({ node, types = {}, constants = {}, seen }: Case): TestModel => ({
  nodes: [node],
  inputs: Object.fromEntries(Object.entries(seen[0]!).map(([name, row]) => [name, [1, row.length]])),
  inputTypes: types,
  initializers: constants,
  outputs: node.outputs,
});

const tensors = (rows: Record<string, number[]>): RealTensors =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, { shape: [1, row.length], data: Float64Array.from(row) }]));

const compiled = (one: Case): Program => compileModel(onnxModel(modelOf(one)), { calibration: one.seen.map(tensors) }).program;

/** Outputs of the program, and those of the reference. */
function both(one: Case, program = compiled(one)): { got: number[][]; right: number[][] } {
  const inputs = Object.fromEntries(
    program.inputs.map(({ name, scale, lo, hi }) => [
      name,
      Int32Array.from(one.fresh[name]!, (x) => {
        const q = Math.round(x / scale);
        if (q < lo || q > hi) throw new Error(`${x} is not in the declared range [${lo * scale}, ${hi * scale}]`);
        return q;
      }),
    ]),
  );
  const { outputs } = execute(program, inputs);
  const want = evaluateGraph(buildGraph(readOnnx(onnxModel(modelOf(one)))), tensors(one.fresh));
  return {
    got: program.outputs.map(({ name, scale }) => Array.from(outputs[name]!, (q) => q * scale)),
    right: program.outputs.map(({ name }) => [...want.get(name)!.data]),
  };
}

const codeOf = (run: () => unknown): string => {
  const error = failure(run);
  return error ? `${error.code} ${error.where}` : 'accepted';
};

describe('exact on what calibration did not see', () => {
  const [ab, types] = [['a', 'b'], { a: INT64, b: INT64 }];
  const pairs = [{ a: [10, 1], b: [1, 10] }];
  const cases: [string, Case][] = [
    ['a product', { node: node('Mul', ab), types, seen: pairs, fresh: { a: [10, 7], b: [10, 9] } }],
    ['a difference', { node: node('Sub', ab), types, seen: pairs, fresh: { a: [0, 10], b: [10, 0] } }],
    ['a maximum', { node: node('Max', ab), types, seen: pairs, fresh: { a: [3, 4], b: [9, 2] } }],
    ['a quotient', { node: node('Div', ab), types, seen: pairs, fresh: { a: [10, 7], b: [1, 3] } }],
    ['a remainder', { node: node('Mod', ab), types, seen: pairs, fresh: { a: [10, 7], b: [4, 3] } }],
    [
      'a sum',
      {
        node: node('ReduceSum', ['a', 'k']),
        types: { a: INT64 },
        constants: { k: int([1]) },
        seen: [{ a: [1, 0, 0, 0] }],
        fresh: { a: [1, 1, 1, 1] },
      },
    ],
    [
      'a choice',
      {
        node: node('Where', ['c', 'a', 'b']),
        types: { ...types, c: BOOL },
        seen: [{ c: [0, 1], a: [9, 0], b: [0, 9] }],
        fresh: { c: [1, 0], a: [9, 9], b: [0, 9] },
      },
    ],
    [
      'rows of a table',
      {
        node: node('Gather', ['k', 'a']),
        types: { a: INT64 },
        constants: { k: { shape: [4, 2], data: [1, -1, 2, -2, 4, 0, 0, 8] } },
        seen: [{ a: [0, 1] }],
        fresh: { a: [3, 2] },
      },
    ],
  ];
  test.each(cases)('%s', (_, one) => {
    const { got, right } = both(one);
    expect(got).toEqual(right);
  });

  test('two tensors of one scale: any place in the declared range', () => {
    const one: Case = {
      node: node('Max', ['a', 'b']),
      seen: [
        { a: [1, 40], b: [40, 1] },
        { a: [20, 1], b: [40, 2] },
      ],
      fresh: { a: [7, 2], b: [39, 38] },
    };
    const { got, right } = both(one);
    for (const [e, y] of got[0]!.entries()) expect(Math.abs(y - right[0]![e]!)).toBeLessThan(0.1);
  });

  test('the twin: a table that ends where calibration did is found', () => {
    const one = cases[0]![1];
    const program = compiled(one);
    const slots = program.slots.map((slot) => ({ ...slot, intervals: slot.intervals.map((v, i) => (i % 3 === 2 ? Math.min(v, 12) : v)) }));
    const { got, right } = both(one, { ...program, slots });
    expect(got).not.toEqual(right);
  });

  test('a difference of unsigned numbers that would be near 2^32 cannot be run, all others are exact', () => {
    const one = (fresh: Case['fresh']): Case => ({
      node: node('Sub', ab),
      types: { a: UINT32, b: UINT32 },
      seen: [{ a: [10, 10], b: [1, 10] }],
      fresh,
    });
    const { got, right } = both(one({ a: [10, 7], b: [1, 7] }));
    expect(got).toEqual(right);
    expect(codeOf(() => both(one({ a: [1, 7], b: [10, 7] })))).toMatch(/^ZK0415 .*Sub/);
  });

  test('what no table holds is refused with the name of the node', () => {
    const big = [{ a: [70000, 3] }];
    expect(codeOf(() => compiled({ node: node('Mul', ['a', 'a']), types: { a: INT32 }, seen: big, fresh: {} }))).toBe(
      'ZK0532 model.onnx node #0 Mul "/Mul"',
    );
    expect(codeOf(() => compiled({ node: node('Identity', ['a']), types: { a: INT64 }, seen: [{ a: [2 ** 31, 1] }], fresh: {} }))).toBe(
      'ZK0532 input "a"',
    );
    expect(codeOf(() => compiled({ node: node('Mul', ['a', 'a']), types: { a: INT32 }, seen: [{ a: [300, 3] }], fresh: {} }))).toBe(
      'accepted',
    );
  });
});

describe('equal elements', () => {
  const row = [1, 3, 2, 3, 1, 3];
  const ties = (op: string, attributes: TestNode['attributes'], values = row): Case => ({
    node: node(op, ['x'], 'y', attributes),
    seen: [{ x: [0, 0, 0, 0, 0, 3] }],
    fresh: { x: values },
  });
  test.each([
    ['ArgMax', 'first', 1],
    ['ArgMax', 'last', 5],
    ['ArgMin', 'first', 0],
    ['ArgMin', 'last', 4],
  ] as const)('%s keeps the %s', (op, which, want) => {
    const one = ties(op, { axis: 1, keepdims: 0, ...(which === 'last' && { select_last_index: 1 }) });
    expect(both(one).got).toEqual([[want]]);
    expect(both(one).right).toEqual([[want]]);
  });
  test('Hardmax', () => expect(both(ties('Hardmax', { axis: 1 })).got).toEqual([[0, 1, 0, 0, 0, 0]]));
  test('TopK', () => {
    const one: Case = {
      node: node('TopK', ['x', 'k'], ['v', 'i'], { axis: 1 }),
      constants: { k: int([4]) },
      seen: [{ x: [0, 0, 0, 0, 0, 3] }],
      fresh: { x: row },
    };
    expect(both(one).got[1]).toEqual([1, 3, 5, 2]);
  });
  test('the twin: a comparison that lets equal ones win is found', () => {
    const one = ties('ArgMax', { axis: 1, keepdims: 0 });
    const program = compiled(one);
    const slots = program.slots.map((slot) =>
      slot.name.startsWith('above 0')
        ? { ...slot, intervals: slot.intervals.map((v, i, all) => (i % 3 === 2 && all[i - 1] === 0 && all[i - 2] === 1 ? 1 : v)) }
        : slot,
    );
    expect(both(one, { ...program, slots }).got).not.toEqual([[1]]);
  });
});

test('narrow integers keep their low bits, whoever computes them', () => {
  const one: Case = {
    node: node('Add', ['a', 'b']),
    types: { a: UINT8, b: UINT8 },
    seen: [{ a: [200, 1], b: [100, 2] }],
    fresh: { a: [200, 7], b: [100, 3] },
  };
  expect(both(one)).toEqual({ got: [[44, 10]], right: [[44, 10]] });
  const wide = { ...one, types: { a: INT64, b: INT64 } };
  expect(both(wide)).toEqual({ got: [[300, 10]], right: [[300, 10]] });
  // known when compiling
  const folded: TestModel = {
    nodes: [node('Mul', ['k', 'k'], 'kk'), node('Add', ['a', 'kk'])],
    inputs: { a: [1, 1] },
    inputTypes: { a: INT32 },
    initializers: { k: { shape: [1], data: [70000], integer: true, type: INT32! } },
    outputs: ['y'],
  };
  const { data } = evaluateGraph(buildGraph(readOnnx(onnxModel(folded))), { a: { shape: [1, 1], data: [1] } }).get('y')!;
  expect([...data]).toEqual([605032705]);
});

describe('ranges of inputs', () => {
  const input = (limits?: readonly [number, number]) => ({ name: 'x', shape: [1], whole: true, limits });
  const table = { low: -10, plain: 0, high: 9, where: 'node' };
  test('a boolean, a narrow type, an index, anything else', () => {
    expect(wholeInput(input([0, 1]), { min: 0, max: 0 }, undefined)).toEqual({ scale: 1, lo: 0, hi: 1 });
    expect(wholeInput(input([0, 255]), { min: 3, max: 9 }, undefined)).toEqual({ scale: 1, lo: 0, hi: 255 });
    expect(wholeInput(input([-128, 127]), { min: 3, max: 9 }, undefined)).toEqual({ scale: 1, lo: -128, hi: 127 });
    expect(wholeInput({ ...input([0, 255]), range: [0, 20] }, { min: 0, max: 20 }, undefined)).toEqual({ scale: 1, lo: 0, hi: 20 });
    expect(wholeInput(input(), { min: 1, max: 3 }, table)).toEqual({ scale: 1, lo: 0, hi: 9 });
    expect(wholeInput(input(), { min: -2, max: 3 }, table)).toEqual({ scale: 1, lo: -10, hi: 9 });
    expect(codeOf(() => wholeInput(input(), { min: 0, max: 10 }, table))).toBe('ZK0520 node');
    expect(codeOf(() => wholeInput(input([0, 1]), { min: 0, max: 2 }, undefined))).toBe('ZK0520 input "x"');
  });

  test('an index is traced through moves and shifts to the input; one that may miss the table is refused', () => {
    const lookUp = (shift: number): TestModel => ({
      nodes: [node('Add', ['i', 's'], 'j'), node('Gather', ['k', 'j'])],
      inputs: { i: [1, 2] },
      inputTypes: { i: INT64 },
      initializers: { s: int([shift], []), k: { shape: [6, 2], data: Array.from({ length: 12 }, (_, e) => e) } },
      outputs: ['y'],
    });
    const calibration = [{ i: { shape: [1, 2], data: [0, 1] } }];
    expect(compileModel(onnxModel(lookUp(2)), { calibration }).program.inputs[0]).toMatchObject({ lo: -2, hi: 3 });
    expect(codeOf(() => compileModel(onnxModel(lookUp(9)), { calibration }))).toMatch(/^ZK0520/);
    const computed: TestModel = { ...lookUp(2), nodes: [node('Mul', ['i', 'i'], 'j'), node('Gather', ['k', 'j'])] };
    expect(codeOf(() => compileModel(onnxModel(computed), { calibration: [{ i: { shape: [1, 2], data: [0, 3] } }] }))).toMatch(
      /^ZK0532 model.onnx node #1/,
    );
    expect(codeOf(() => compileModel(onnxModel(computed), { calibration }))).toBe('accepted');
  });

  test('a program lists the inputs that are integers', () => {
    const one: Case = { node: node('Mul', ['a', 'b']), types: { a: INT64 }, seen: [{ a: [1], b: [1] }], fresh: {} };
    expect(compiled({ ...one, types: { a: INT64, b: INT64 } }).metadata.integers).toEqual(['a', 'b']);
    expect(compiled({ ...one, types: {} }).metadata).toEqual({ name: 'test', labels: [] });
  });
});

test('facts widen the range of a real value four times at most, ranges of sources as far as they go', () => {
  const stage: LinearStage = {
    kind: 'linear',
    id: '#0',
    shape: [1],
    terms: [{ kind: 'scale', source: { root: 'x' }, factorShape: [], shape: [1], weights: Float64Array.of(2) }],
    constant: undefined,
    functions: [],
    before: 'y',
    value: 'y',
    where: 'node',
  };
  const source = { scale: 0.5, lo: -4, hi: 10 };
  const range = { min: 1, max: 2, power: 1 };
  const known = { within: [], like: [], reached: false };
  const asked = (facts: Partial<typeof known> & object) =>
    knownRange(range, { ...known, ...facts }, stage, [source], new Map([['x', source]]));
  expect(knownRange(range, undefined, stage, [source], new Map())).toBe(range);
  expect(asked({ within: [[0, 100]] as never })).toMatchObject({ min: 0, max: 8, certain: true });
  expect(asked({ within: [[1, 3]] as never })).toMatchObject({ min: 1, max: 3 });
  expect(asked({ reached: true })).toMatchObject({ min: -4, max: 10 });
  expect(asked({ like: [{ roots: ['x'], constants: [0, 7] }] as never })).toMatchObject({ min: -2, max: 7 });
  expect(indexLimits({ inputs: [], outputs: [], stages: [stage] }).size).toBe(0);
});

test('a softmax sums to one on inputs that calibration did not see', () => {
  const one: Case = {
    node: node('Softmax', ['x'], 'y', { axis: 1 }),
    seen: [{ x: [4, 0, 0, 0] }, { x: [0, 0, 4, 0] }],
    fresh: { x: [1, 1, 1, 1] },
  };
  const [got] = both(one).got;
  expect(Math.abs(got!.reduce((sum, p) => sum + p) - 1)).toBeLessThan(0.02);
  expect(elementsOf([got!.length])).toBe(4);
});
