// ai.onnx.ml: tree ensembles against a walk from root to leaf, linear models and feature operators against their formulas.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { checkModel, randomNumbers } from '../check.ts';
import { onnxModel, type TestAttribute, type TestModel, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(77);
const DOMAIN = 'ai.onnx.ml';
const FEATURES = 4;
const SAMPLES = 6;

/** thresholds and features on different grids, so that no comparison is close */
const x: TestTensor = {
  shape: [SAMPLES, FEATURES],
  data: Array.from({ length: SAMPLES * FEATURES }, () => Math.round(random() * 16) / 16),
};

interface Branch {
  feature: number;
  value: number;
  yes: Branch | number;
  no: Branch | number;
}

const grow = (depth: number): Branch | number =>
  depth === 0
    ? Math.round(random() * 64) / 32
    : {
        feature: Math.floor(((random() + 1) / 2) * FEATURES) % FEATURES,
        value: (2 * Math.round(random() * 8) + 1) / 32,
        yes: grow(depth - 1),
        no: grow(depth - (depth > 1 && random() > 0 ? 2 : 1)),
      };

/** mode → does x take the true branch */
const MODES: Record<string, (a: number, b: number) => boolean> = {
  BRANCH_LEQ: (a, b) => a <= b,
  BRANCH_LT: (a, b) => a < b,
  BRANCH_GTE: (a, b) => a >= b,
  BRANCH_GT: (a, b) => a > b,
};

/** attributes of trees whose leaf k adds to target `targetOf(tree)` */
function attributesOf(trees: (Branch | number)[], mode: string, prefix: string, targetOf: (tree: number) => number) {
  const nodes = {
    treeids: [] as number[],
    nodeids: [] as number[],
    featureids: [] as number[],
    truenodeids: [] as number[],
    falsenodeids: [] as number[],
  };
  const [values, modes, leaves]: [number[], string[], { tree: number; node: number; weight: number }[]] = [[], [], []];
  const add = (tree: number, node: Branch | number, next: { id: number }): number => {
    const id = next.id++;
    const at = nodes.nodeids.length;
    nodes.treeids.push(tree);
    nodes.nodeids.push(id);
    nodes.featureids.push(typeof node === 'number' ? 0 : node.feature);
    nodes.truenodeids.push(0);
    nodes.falsenodeids.push(0);
    values.push(typeof node === 'number' ? 0 : node.value);
    modes.push(typeof node === 'number' ? 'LEAF' : mode);
    if (typeof node === 'number') leaves.push({ tree, node: id, weight: node });
    else {
      nodes.truenodeids[at] = add(tree, node.yes, next);
      nodes.falsenodeids[at] = add(tree, node.no, next);
    }
    return id;
  };
  for (const [tree, root] of trees.entries()) add(tree, root, { id: 0 });
  return {
    ...Object.fromEntries(Object.entries(nodes).map(([name, list]) => [`nodes_${name}`, list])),
    nodes_values: { floats: values },
    nodes_modes: { texts: modes },
    [`${prefix}_treeids`]: leaves.map(({ tree }) => tree),
    [`${prefix}_nodeids`]: leaves.map(({ node }) => node),
    [`${prefix}_ids`]: leaves.map(({ tree }) => targetOf(tree)),
    [`${prefix}_weights`]: { floats: leaves.map(({ weight }) => weight) },
  } satisfies Record<string, TestAttribute>;
}

const walk = (node: Branch | number, mode: string, row: number[]): number =>
  typeof node === 'number' ? node : walk(MODES[mode]!(row[node.feature]!, node.value) ? node.yes : node.no, mode, row);
const rows = Array.from({ length: SAMPLES }, (_, n) => Array.from(x.data).slice(n * FEATURES, (n + 1) * FEATURES));

const model = (op: string, attributes: Record<string, TestAttribute>, outputs = ['y'], shape = x.shape): TestModel => ({
  nodes: [{ op, domain: DOMAIN, inputs: ['x'], outputs, attributes, name: '/ml' }],
  inputs: { x: shape },
  outputs: outputs.filter((name) => name !== ''),
});
const evaluated = (one: TestModel, inputs: RealTensors): Map<string, number[]> =>
  new Map(
    [...evaluateGraph(buildGraph(readOnnx(onnxModel(one))), inputs)].map(([name, { data }]) => [name, Array.from(data, (v) => v + 0)]),
  );
const close = (got: number[], want: number[]): void => {
  expect(got.length).toBe(want.length);
  for (const [i, y] of want.entries()) expect(got[i]).toBeCloseTo(y, 5);
};

describe('tree ensembles', () => {
  test.each(Object.keys(MODES))('a regressor of three trees, %s', (mode) => {
    const trees = [grow(3), grow(4), grow(2)];
    const one = model('TreeEnsembleRegressor', {
      ...attributesOf(trees, mode, 'target', (tree) => tree % 2),
      n_targets: 2,
      base_values: { floats: [0.5, -1] },
    });
    const want = rows.flatMap((row) => [0.5 + walk(trees[0]!, mode, row) + walk(trees[2]!, mode, row), -1 + walk(trees[1]!, mode, row)]);
    close(evaluated(one, { x }).get('y')!, want);
    expect(checkModel(one, [{ x }]).error).toBeLessThan(0.002);
  });

  test('an average, and a tree that is one leaf', () => {
    const trees = [grow(3), 1.5];
    const one = model('TreeEnsembleRegressor', {
      ...attributesOf(trees, 'BRANCH_LEQ', 'target', () => 0),
      n_targets: 1,
      aggregate_function: 'AVERAGE',
    });
    const want = rows.map((row) => (walk(trees[0]!, 'BRANCH_LEQ', row) + 1.5) / 2);
    close(evaluated(one, { x }).get('y')!, want);
    expect(checkModel(one, [{ x }]).error).toBeLessThan(0.002);
  });

  test('a classifier of three classes: labels and probabilities', () => {
    const trees = [grow(3), grow(3), grow(3)];
    const attributes = {
      ...attributesOf(trees, 'BRANCH_LEQ', 'class', (tree) => tree),
      classlabels_int64s: [7, 8, 9],
      post_transform: 'SOFTMAX',
    };
    const one = model('TreeEnsembleClassifier', attributes, ['label', 'p']);
    const scores = rows.map((row) => trees.map((tree) => walk(tree, 'BRANCH_LEQ', row)));
    const powers = scores.map((list) => list.map(Math.exp));
    const got = evaluated(one, { x });
    expect(got.get('label')).toEqual(scores.map((list) => 7 + list.indexOf(Math.max(...list))));
    close(
      got.get('p')!,
      powers.flatMap((list) => list.map((p) => p / list.reduce((a, b) => a + b))),
    );
    const { report } = checkModel(one, [{ x }]);
    expect(report.outputs[1]!.relativeError).toBeLessThan(0.01);
  });

  test('one score for two classes: a margin, and a probability', () => {
    const trees = [grow(3), grow(2)];
    const sums = rows.map((row) => walk(trees[0]!, 'BRANCH_LT', row) + walk(trees[1]!, 'BRANCH_LT', row));
    const attributes = { ...attributesOf(trees, 'BRANCH_LT', 'class', () => 1), classlabels_int64s: [0, 1], post_transform: 'LOGISTIC' };
    const margin = evaluated(model('TreeEnsembleClassifier', attributes, ['label', 'p']), { x });
    expect(margin.get('label')).toEqual(sums.map((s) => Number(s > 0)));
    close(
      margin.get('p')!,
      sums.flatMap((s) => [1 / (1 + Math.exp(s)), 1 / (1 + Math.exp(-s))]),
    );
    const positive = attributesOf([{ feature: 0, value: 1 / 32, yes: 0.25, no: 0.75 }], 'BRANCH_LEQ', 'class', () => 1);
    const share = evaluated(model('TreeEnsembleClassifier', { ...positive, classlabels_int64s: [0, 1] }, ['label', 'p']), { x });
    const p = rows.map(([first]) => (first! <= 1 / 32 ? 0.25 : 0.75));
    expect(share.get('label')).toEqual(p.map((value) => Number(value > 0.5)));
    close(
      share.get('p')!,
      p.flatMap((value) => [1 - value, value]),
    );
    checkModel(model('TreeEnsembleClassifier', attributes, ['label', 'p']), [{ x }]);
  });

  test('trees that are broken, and what is not built, are refused', () => {
    const compile = (attributes: Record<string, TestAttribute>) => () =>
      compileModel(onnxModel(model('TreeEnsembleRegressor', attributes)), { calibration: [{ x }] });
    const good = attributesOf([grow(2)], 'BRANCH_LEQ', 'target', () => 0);
    expect(compile(good)).not.toThrow();
    expect(compile({ ...good, nodes_truenodeids: (good.nodes_treeids as number[]).map(() => 99) })).toThrow(/tree node 99 is missing/);
    expect(compile({ ...good, nodes_modes: { texts: (good.nodes_treeids as number[]).map(() => 'BRANCH_MAYBE') } })).toThrow(
      /mode "BRANCH_MAYBE"/,
    );
    expect(compile({ ...good, aggregate_function: 'MAX' })).toThrow(/aggregate_function "MAX"/);
    expect(compile({ ...good, post_transform: 'PROBIT' })).toThrow(/post_transform "PROBIT"/);
  });
});

describe('linear models and features', () => {
  const coefficients = Array.from({ length: 3 * FEATURES }, () => Math.round(random() * 64) / 64);
  const intercepts = [0.5, -0.25, 0.125];
  const linear = (row: number[], t: number): number =>
    intercepts[t]! + row.reduce((sum, v, i) => sum + v * coefficients[t * FEATURES + i]!, 0);

  test('LinearRegressor', () => {
    const one = model('LinearRegressor', { coefficients: { floats: coefficients }, intercepts: { floats: intercepts }, targets: 3 });
    close(
      evaluated(one, { x }).get('y')!,
      rows.flatMap((row) => [0, 1, 2].map((t) => linear(row, t))),
    );
    expect(checkModel(one, [{ x }]).error).toBeLessThan(0.003);
  });

  test('LinearClassifier: labels and softmax', () => {
    const attributes = {
      coefficients: { floats: coefficients },
      intercepts: { floats: intercepts },
      classlabels_ints: [3, 1, 2],
      post_transform: 'SOFTMAX',
    };
    const one = model('LinearClassifier', attributes, ['label', 'p']);
    const scores = rows.map((row) => [0, 1, 2].map((t) => linear(row, t)));
    const got = evaluated(one, { x });
    expect(got.get('label')).toEqual(scores.map((list) => [3, 1, 2][list.indexOf(Math.max(...list))]));
    close(
      got.get('p')!,
      scores.flatMap((list) => list.map((s) => Math.exp(s) / list.reduce((sum, v) => sum + Math.exp(v), 0))),
    );
    checkModel(one, [{ x }]);
  });

  test('Scaler, Binarizer, Normalizer', () => {
    const offset = [0.5, -0.25, 0, 1];
    const scale = [2, 1, 4, 0.5];
    const scaler = model('Scaler', { offset: { floats: offset }, scale: { floats: scale } });
    close(
      evaluated(scaler, { x }).get('y')!,
      rows.flatMap((row) => row.map((v, i) => (v - offset[i]!) * scale[i]!)),
    );
    expect(checkModel(scaler, [{ x }]).error).toBeLessThan(0.003);
    const binarizer = model('Binarizer', { threshold: { float: 1 / 32 } });
    expect(evaluated(binarizer, { x }).get('y')).toEqual(Array.from(x.data, (v) => Number(v > 1 / 32)));
    expect(checkModel(binarizer, [{ x }]).report.outputs[0]!.maxError).toBeLessThan(0.001);
    for (const [norm, size] of [
      ['L1', (row: number[]) => row.reduce((sum, v) => sum + Math.abs(v), 0)],
      ['L2', (row: number[]) => Math.hypot(...row)],
      ['MAX', (row: number[]) => Math.max(...row)],
    ] as const) {
      const positive = { shape: x.shape, data: Array.from(x.data, (v) => Math.abs(v) + 0.25) };
      const one = model('Normalizer', { norm });
      const wide = rows.map((row) => row.map((v) => Math.abs(v) + 0.25));
      close(
        evaluated(one, { x: positive }).get('y')!,
        wide.flatMap((row) => row.map((v) => v / size(row))),
      );
      expect(checkModel(one, [{ x: positive }]).error).toBeLessThan(0.01);
    }
  });

  test('ArrayFeatureExtractor and LabelEncoder', () => {
    const one: TestModel = {
      nodes: [{ op: 'ArrayFeatureExtractor', domain: DOMAIN, inputs: ['x', 'i'], outputs: ['y'] }],
      inputs: { x: x.shape },
      outputs: ['y'],
      initializers: { i: { shape: [2], data: [3, 0], integer: true } },
    };
    expect(evaluated(one, { x }).get('y')).toEqual(rows.flatMap((row) => [row[3]! + 0, row[0]! + 0]));
    checkModel(one, [{ x }]);
    const codes = { shape: [4], data: [5, -2, 7, 6] };
    const encoder = {
      ...model(
        'LabelEncoder',
        { keys_int64s: [5, 6, -2], values_floats: { floats: [0.5, -1, 3] }, default_float: { float: 9 } },
        ['y'],
        [4],
      ),
      inputType: 7,
    };
    expect(evaluated(encoder, { x: codes }).get('y')).toEqual([0.5, 3, 9, -1]);
    expect(checkModel(encoder, [{ x: codes }]).error).toBeLessThan(0.001);
  });

  test('keys of LabelEncoder that lie close together are told apart', () => {
    const codes = { shape: [3], data: [5001, 5000, 4999] };
    const encoder = { ...model('LabelEncoder', { keys_int64s: [5000, 5001], values_int64s: [1, 2] }, ['y'], [3]), inputType: 7 };
    expect(evaluated(encoder, { x: codes }).get('y')).toEqual([2, 1, -1]);
    expect(checkModel(encoder, [{ x: codes }]).report.outputs[0]!.maxError).toBe(0);
  });

  test('text labels are refused where the label is an output', () => {
    const attributes = {
      coefficients: { floats: coefficients },
      intercepts: { floats: intercepts },
      classlabels_strings: { texts: ['a', 'b', 'c'] },
    };
    const compile = (outputs: string[]) => () =>
      compileModel(onnxModel(model('LinearClassifier', attributes, outputs)), { calibration: [{ x }] });
    expect(compile(['label', 'p'])).toThrow(/text labels/);
    expect(compile(['', 'p'])).not.toThrow();
  });
});
