// Inputs that are only compared: every outcome is that of the model's own floating-point arithmetic, on inputs that no sample was like.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { bucketed } from '../../../compiler/graph/buckets.ts';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { FLOAT, FLOAT16, INT64 } from '../../../compiler/onnx/tensor-proto.ts';
import { execute } from '../../../vm/executor/run.ts';
import { checkModel, integersOf, randomNumbers } from '../check.ts';
import { node, onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const DOMAIN = 'ai.onnx.ml';
const random = randomNumbers(16);
const list = (...data: number[]): TestTensor => ({ shape: [data.length], data });
/** sizes of the features */
const SIZES = [1e5, 1, 0.01, 30];

/** A forest of stumps and pairs: [feature, threshold, value when x ≤ threshold, value otherwise]. */
type Stump = [feature: number, threshold: number, yes: number, no: number];
const stumps: Stump[] = Array.from({ length: 24 }, (_, i) => {
  const feature = i % SIZES.length;
  return [feature, Math.fround(SIZES[feature]! * random()), Math.round(8 * random()), Math.round(8 * random())];
});

/** one tree of one branch for each stump */
const forest = (mode: string): TestNode['attributes'] => ({
  nodes_treeids: stumps.flatMap((_, t) => [t, t, t]),
  nodes_nodeids: stumps.flatMap(() => [0, 1, 2]),
  nodes_featureids: stumps.flatMap(([feature]) => [feature, 0, 0]),
  nodes_truenodeids: stumps.flatMap(() => [1, 0, 0]),
  nodes_falsenodeids: stumps.flatMap(() => [2, 0, 0]),
  nodes_values: { floats: stumps.flatMap(([, threshold]) => [threshold, 0, 0]) },
  nodes_modes: { texts: stumps.flatMap(() => [mode, 'LEAF', 'LEAF']) },
  target_treeids: stumps.flatMap((_, t) => [t, t]),
  target_nodeids: stumps.flatMap(() => [1, 2]),
  target_ids: stumps.flatMap(() => [0, 0]),
  target_weights: { floats: stumps.flatMap(([, , yes, no]) => [yes, no]) },
  n_targets: 1,
});
const MODES: Record<string, (a: number, b: number) => boolean> = {
  BRANCH_LEQ: (a, b) => a <= b,
  BRANCH_LT: (a, b) => a < b,
  BRANCH_GTE: (a, b) => a >= b,
  BRANCH_GT: (a, b) => a > b,
  BRANCH_EQ: (a, b) => a === b,
  BRANCH_NEQ: (a, b) => a !== b,
};
const sumOf = (mode: string, row: readonly number[]): number =>
  stumps.reduce((sum, [feature, threshold, yes, no]) => sum + (MODES[mode]!(row[feature]!, threshold) ? yes : no), 0);

const row = (data: readonly number[]): RealTensors => ({ x: { shape: [1, data.length], data: Float64Array.from(data) } });
const anyRow = (): number[] => SIZES.map((size) => size * random());
const samples = Array.from({ length: 10 }, () => row(anyRow()));
/** beyond all samples, on the thresholds, beside them by the last bit of a float, and by less than that */
const fresh = [
  ...Array.from({ length: 40 }, () => anyRow().map((x) => 3 * x)),
  ...stumps.flatMap(([feature, threshold]) =>
    [0, 2 ** -23, -(2 ** -23), 2 ** -26, -(2 ** -26), 2 ** -24].map((part) => anyRow().with(feature, threshold * (1 + part))),
  ),
];

describe('a forest over features from 0.01 to 100,000', () => {
  const model = (mode: string, before: TestNode[] = [], initializers: Record<string, TestTensor> = {}): TestModel => ({
    nodes: [...before, node('TreeEnsembleRegressor', [before.at(-1)?.outputs[0] ?? 'x'], ['y'], forest(mode), DOMAIN)],
    inputs: { x: [1, SIZES.length] },
    outputs: ['y'],
    initializers,
  });
  const results = (one: TestModel, rows: readonly number[][]): number[] => {
    const { program } = compileModel(onnxModel(one), { calibration: samples });
    return rows.map((data) => execute(program, integersOf(program, row(data))).outputs.y![0]! * program.outputs[0]!.scale);
  };

  test.each(Object.keys(MODES))('%s: no branch is taken otherwise than in float32', (mode) => {
    const wanted = fresh.map((data) => sumOf(mode, data.map(Math.fround)));
    expect(results(model(mode), fresh)).toEqual(wanted);
    // numbers that are not rounded to float32 first take other branches
    expect(fresh.map((data) => sumOf(mode, data))).not.toEqual(wanted);
  });

  test('behind a Scaler that turns a feature round, a Cast and a Clip', () => {
    const offsets = [3e4, -0.5, 0.001, 0];
    const factors = [1e-4, -3, 0.3, 1 / 3];
    const before = [
      node('Cast', ['x'], ['c'], { to: FLOAT }),
      node('Scaler', ['c'], ['s'], { offset: { floats: offsets }, scale: { floats: factors } }, DOMAIN),
      node('Clip', ['s', 'least', 'most'], ['z']),
    ];
    const f = Math.fround;
    const scaled = (data: readonly number[]): number[] =>
      data.map((x, i) => Math.min(Math.max(f(f(f(x) - f(offsets[i]!)) * f(factors[i]!)), -4), 30));
    const initializers = { least: { shape: [], data: [-4] }, most: { shape: [], data: [30] } };
    const wide = [...fresh, ...Array.from({ length: 60 }, () => anyRow().map((x) => 100 * x))];
    expect(results(model('BRANCH_LEQ', before, initializers), wide)).toEqual(wide.map((data) => sumOf('BRANCH_LEQ', scaled(data))));
  });

  test('is executed as it is simulated, and proved', () => {
    const { program, error } = checkModel(model('BRANCH_LEQ'), samples, {}, true);
    expect(error).toBe(0);
    const [encoding] = program.metadata.encodings!;
    expect(encoding).toMatchObject({ of: 'input', name: 'x', axis: 1 });
    expect(program.metadata.integers).toBeUndefined();
    expect([program.inputs[0]!.lo, program.inputs[0]!.hi, program.inputs[0]!.scale]).toEqual([0, 6, 1]);
  });

  test('a batch has the same thresholds', () => {
    const [one, two] = [1, 2].map((batch) => compileModel(onnxModel(model('BRANCH_LEQ')), { calibration: samples, batch }).program);
    expect(two!.metadata.encodings).toEqual(one!.metadata.encodings);
    const [a, b] = [fresh[0]!, fresh[50]!];
    const x = { x: { shape: [2, 4], data: Float64Array.from([...a, ...b]) } };
    const { y } = execute(two!, integersOf(two!, x)).outputs;
    expect([...y!].map((integer) => integer * two!.outputs[0]!.scale)).toEqual(
      [a, b].map((data) => sumOf('BRANCH_LEQ', data.map(Math.fround))),
    );
  });
});

describe('comparisons with numbers', () => {
  const of = (
    nodes: TestNode[],
    initializers: Record<string, TestTensor>,
    inputs: Record<string, number[]> = { x: [1, 3] },
  ): TestModel => ({
    nodes,
    inputs,
    outputs: ['y'],
    initializers,
  });
  const encodingsOf = (model: TestModel) => bucketed(buildGraph(readOnnx(onnxModel(model)))).encodings;

  test('of several inputs side by side', () => {
    const model = of(
      [node('Concat', ['a', 'b'], ['x'], { axis: 1 }), node('Greater', ['x', 't'], ['g']), node('Cast', ['g'], ['y'], { to: FLOAT })],
      { t: list(1000, 0.5) },
      { a: [1, 1], b: [1, 1] },
    );
    const near = (a: number, b: number): RealTensors => ({ a: { shape: [1, 1], data: [a] }, b: { shape: [1, 1], data: [b] } });
    const { program } = checkModel(model, [near(3000, 0.1), near(10, 0.9), near(200, 0.3)]);
    expect(program.metadata.encodings!.map(({ name }) => name)).toEqual(['a', 'b']);
    const y = (a: number, b: number) => [...execute(program, integersOf(program, near(a, b))).outputs.y!];
    expect([y(1000, 0.5), y(1000.0001, 0.50001), y(-1e9, 1e9)]).toEqual([
      [0, 0],
      [1, 1],
      [0, 1],
    ]);
  });

  test('a bound for an element of its own, in another order', () => {
    const model = of(
      [
        node('Transpose', ['x'], ['z'], { perm: [1, 0] }),
        node('Sub', ['z', 't'], ['d']),
        node('LessOrEqual', ['d', 'zero'], ['g']),
        node('Cast', ['g'], ['y'], { to: FLOAT }),
      ],
      { t: { shape: [3, 1], data: [1, 100, 0.01] }, zero: { shape: [], data: [0] } },
    );
    const { program } = checkModel(
      model,
      Array.from({ length: 5 }, () => row([2 * random(), 300 * random(), 0.05 * random()])),
    );
    expect(program.metadata.encodings).toMatchObject([
      { axis: 1, thresholds: [[expect.any(Number)], [expect.any(Number)], [expect.any(Number)]] },
    ]);
    const y = (...data: number[]) => [...execute(program, integersOf(program, row(data))).outputs.y!];
    expect([y(1, 100, Math.fround(0.01)), y(1.000001, 100.00001, 0.0100001), y(-5, 1e6, 0)]).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [1, 0, 1],
    ]);
  });

  const sign = node('Cast', ['g'], ['y'], { to: FLOAT });
  test.each<[string, TestNode[]]>([
    ['is a sum too', [node('Greater', ['x', 't'], ['g']), node('Cast', ['g'], ['c'], { to: FLOAT }), node('Add', ['c', 'x'], ['y'])]],
    ['is compared with itself', [node('ReduceSum', ['x'], ['s']), node('Greater', ['x', 's'], ['g']), sign]],
    ['is squared first', [node('Mul', ['x', 'x'], ['s']), node('Greater', ['s', 't'], ['g']), sign]],
    ['is divided by', [node('Div', ['t', 'x'], ['s']), node('Greater', ['s', 't'], ['g']), sign]],
    ['is rounded to float16 first', [node('Cast', ['x'], ['s'], { to: FLOAT16 }), node('Greater', ['s', 't'], ['g']), sign]],
    ['becomes integers first', [node('Cast', ['x'], ['s'], { to: INT64 }), node('Greater', ['s', 'i'], ['g']), sign]],
  ])('an input that %s stays a number', (_, nodes) => {
    expect(encodingsOf(of(nodes, { t: list(1, 2, 3), i: { ...list(1, 2, 3), integer: true } }))).toEqual([]);
    expect(encodingsOf(of([node('Greater', ['x', 't'], ['g']), sign], { t: list(1, 2, 3) }))).toHaveLength(1);
  });

  test('integers stay what they are', () => {
    const model = of([node('Greater', ['x', 't'], ['g']), sign], { t: { ...list(1, 2, 3), integer: true } });
    expect(encodingsOf({ ...model, inputType: INT64 })).toEqual([]);
  });
});
