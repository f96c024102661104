// ai.onnx.ml: tree ensembles against a walk from root to leaf, linear models and feature operators against their formulas.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { FLOAT, INT64, TEXT, UINT8 } from '../../../compiler/onnx/tensor-proto.ts';
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
    expect(compile({ ...good, post_transform: 'constructor' })).toThrow(/post_transform "constructor"/);
    const { nodes_values: _, ...noValues } = good;
    expect(compile(noValues)).toThrow(/"nodes_values" has 0 elements, "nodes_treeids" has \d+/);
    expect(compile({ ...good, target_treeids: [] })).toThrow(/"target_nodeids" has \d+ elements, "target_treeids" has 0/);
    expect(compile({ ...good, target_ids: (good.target_ids as number[]).map(() => 1) })).toThrow(/a weight for 1 of 1 targets/);
    expect(compile({ ...good, base_values: { floats: [1] } })).not.toThrow();
    expect(compile({ ...good, base_values: { floats: [1, 2] } })).toThrow(/2 base_values for 1 targets/);
  });

  test('a tree of version 5: leaves of their own, lists that must fit each other', () => {
    const attributes: Record<string, TestAttribute> = {
      tree_roots: [0],
      nodes_featureids: [1],
      nodes_modes: { shape: [1], data: [0], integer: true, type: UINT8 },
      nodes_splits: { shape: [1], data: [1 / 32] },
      nodes_truenodeids: [0],
      nodes_trueleafs: [1],
      nodes_falsenodeids: [1],
      nodes_falseleafs: [1],
      leaf_targetids: [0, 0],
      leaf_weights: { shape: [2], data: [2, -3] },
    };
    const value = (changed: Record<string, TestAttribute>) =>
      evaluated(model('TreeEnsemble', { ...attributes, ...changed }), { x }).get('y')!;
    expect(value({})).toEqual(rows.map((row) => (row[1]! <= 1 / 32 ? 2 : -3)));
    expect(() => value({ nodes_splits: { shape: [0], data: [] } })).toThrow(/"nodes_splits" has 0 elements, "nodes_modes" has 1/);
    expect(() => value({ leaf_weights: { shape: [1], data: [2] } })).toThrow(/"leaf_weights" has 1 elements, "leaf_targetids" has 2/);
    expect(() => value({ leaf_targetids: [0, 1] })).toThrow(/a weight for 1 of 1 targets/);
    expect(() => value({ tree_roots: [7] })).toThrow(/tree node 7 is missing/);
  });

  test('trees that are all one leaf give a row for each sample', () => {
    const attributes = attributesOf([1.5, 0.25], 'BRANCH_LEQ', 'target', () => 0);
    close(evaluated(model('TreeEnsembleRegressor', attributes), { x }).get('y')!, Array<number>(SAMPLES).fill(1.75));
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
    const compile = (changed: Record<string, TestAttribute>) => () =>
      evaluated(model('LinearClassifier', { ...attributes, ...changed }, ['label', 'p']), { x });
    expect(compile({})).not.toThrow();
    expect(compile({ classlabels_ints: [3, 1] })).toThrow(/2 labels for 3 scores/);
    expect(compile({ intercepts: { floats: [0.5] } })).toThrow(/1 intercepts for 3 targets/);
    expect(compile({ coefficients: { floats: coefficients.slice(1) } })).toThrow(/11 coefficients for input 0 of shape/);
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
    expect(() => evaluated(model('Normalizer', { norm: 'constructor' }), { x })).toThrow(/norm "constructor"/);
  });

  test('a Normalizer of what a Softmax gives changes nothing and costs nothing, another one does', () => {
    const normalised = (norm: string, axis: number): TestModel => ({
      nodes: [
        { op: 'Softmax', inputs: ['x'], outputs: ['p'], attributes: { axis } },
        { op: 'Normalizer', domain: DOMAIN, inputs: ['p'], outputs: ['y'], attributes: { norm } },
      ],
      inputs: { x: x.shape },
      outputs: ['y'],
    });
    const tables = (norm: string, axis: number): number => checkModel(normalised(norm, axis), [{ x }]).report.slots.length;
    const alone = { nodes: normalised('L1', 1).nodes.slice(0, 1), inputs: { x: x.shape }, outputs: ['p'] };
    close(evaluated(normalised('L1', 1), { x }).get('y')!, evaluated(alone, { x }).get('p')!);
    expect(tables('L1', 1)).toBe(checkModel(alone, [{ x }]).report.slots.length);
    // other norms, and sums along another axis
    for (const [norm, axis] of [
      ['L2', 1],
      ['MAX', 1],
      ['L1', 0],
    ] as const)
      expect(tables(norm, axis), `${norm} ${axis}`).toBeGreaterThan(tables('L1', 1));
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
      inputType: INT64,
    };
    expect(evaluated(encoder, { x: codes }).get('y')).toEqual([0.5, 3, 9, -1]);
    expect(checkModel(encoder, [{ x: codes }]).error).toBeLessThan(0.001);
  });

  test('keys of LabelEncoder that lie close together are told apart', () => {
    const codes = { shape: [3], data: [5001, 5000, 4999] };
    const encoder = { ...model('LabelEncoder', { keys_int64s: [5000, 5001], values_int64s: [1, 2] }, ['y'], [3]), inputType: INT64 };
    expect(evaluated(encoder, { x: codes }).get('y')).toEqual([2, 1, -1]);
    expect(checkModel(encoder, [{ x: codes }]).report.outputs[0]!.maxError).toBe(0);
  });
});

describe('labels that are texts', () => {
  const scores = { coefficients: { floats: Array.from({ length: 3 * FEATURES }, () => random()) }, multi_class: 1 };
  const classes = { classlabels_strings: { texts: ['setosa', 'versicolor', 'virginica'] } };
  const sample = { x: { shape: x.shape, data: Float64Array.from(x.data) } };

  test("are places in the model's labels, whether the label output is wanted or not", () => {
    const both = model('LinearClassifier', { ...scores, ...classes }, ['label', 'scores']);
    const { program } = checkModel(both, [sample]);
    expect(program.metadata.labels).toEqual(['setosa', 'versicolor', 'virginica']);
    const got = evaluated(both, sample);
    const best = Array.from({ length: SAMPLES }, (_, n) => {
      const row = got.get('scores')!.slice(3 * n, 3 * n + 3);
      return row.indexOf(Math.max(...row));
    });
    expect(got.get('label')).toEqual(best);
    const alone = model('LinearClassifier', { ...scores, ...classes }, ['', 'scores']);
    expect(checkModel(alone, [sample]).program.metadata.labels).toEqual(program.metadata.labels);
    // who gives labels means them
    expect(compileModel(onnxModel(both), { calibration: [sample], labels: ['a', 'b', 'c'] }).program.metadata.labels).toEqual([
      'a',
      'b',
      'c',
    ]);
    const numbers = model('LinearClassifier', { ...scores, classlabels_ints: [4, 5, 6] }, ['label', 'scores']);
    expect(checkModel(numbers, [sample]).program.metadata.labels).toEqual([]);
  });

  /** as scikit-learn's exporter writes it: the label's place, its text, an output of texts */
  const chosen = (...after: TestModel['nodes']): TestModel => ({
    nodes: [
      { op: 'ArgMax', inputs: ['x'], outputs: ['place'], attributes: { axis: 1, keepdims: 0 } },
      { op: 'ArrayFeatureExtractor', domain: DOMAIN, inputs: ['classes', 'place'], outputs: ['row'] },
      ...after,
    ],
    inputs: { x: [1, 3] },
    outputs: ['label'],
    initializers: { classes: { shape: [3], data: [], texts: ['no', 'yes', 'perhaps'] }, flat: { shape: [1], data: [-1], integer: true } },
    outputTypes: { label: 8 },
  });
  const reshape = { op: 'Reshape', inputs: ['row', 'flat'], outputs: ['label'] };
  const three = [0, 1, 2].map((best) => ({ x: { shape: [1, 3], data: [0, 1, 2].map((i) => (i === best ? 1 : -0.5)) } }));

  test('may be moved, chosen and encoded', () => {
    const { program, error } = checkModel(chosen(reshape), three);
    expect([program.metadata.labels, error, program.outputs[0]!.shape]).toEqual([['no', 'yes', 'perhaps'], 0, [1]]);
    const cast = chosen(
      { op: 'Cast', inputs: ['row'], outputs: ['text'], attributes: { to: TEXT } },
      { ...reshape, inputs: ['text', 'flat'] },
    );
    expect(checkModel(cast, three).program.metadata.labels).toEqual(['no', 'yes', 'perhaps']);
    const encoded = chosen(
      {
        op: 'LabelEncoder',
        domain: DOMAIN,
        inputs: ['row'],
        outputs: ['code'],
        attributes: { keys_strings: { texts: ['yes', 'no', 'perhaps'] }, values_int64s: [7, 8, 9] },
      },
      { ...reshape, inputs: ['code', 'flat'] },
    );
    expect(three.map((one) => evaluated(encoded, one).get('label'))).toEqual([[8], [7], [9]]);
  });

  test('are no numbers: what would compute with them is refused by name', () => {
    for (const node of [
      { op: 'Cast', inputs: ['row'], outputs: ['number'], attributes: { to: FLOAT } },
      { op: 'Add', inputs: ['row', 'row'], outputs: ['number'] },
      { op: 'LabelEncoder', domain: DOMAIN, inputs: ['row'], outputs: ['number'], attributes: { keys_int64s: [0], values_int64s: [7] } },
    ])
      expect(() => checkModel(chosen(node, { ...reshape, inputs: ['number', 'flat'] }), three)).toThrow(
        /^ZK0512: (Cast of texts|Add of texts|LabelEncoder: texts as input)/,
      );
  });

  test('of a file that has too few of them are damage', () => {
    const few = {
      ...chosen(reshape),
      initializers: { classes: { shape: [4], data: [], texts: ['no', 'yes'] }, flat: { shape: [1], data: [-1], integer: true } },
    };
    expect(() => checkModel(few, three)).toThrow(/^ZK0501: .*"classes" of shape \[4\] has 2 texts/);
  });
});

test('ZipMap gives the matrix, and says so', () => {
  const one: TestModel = {
    nodes: [
      { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
      { op: 'ZipMap', domain: DOMAIN, inputs: ['p'], outputs: ['z'], attributes: { classlabels_strings: { texts: ['a', 'b'] } } },
    ],
    inputs: { x: [3, 2] },
    outputs: ['z'],
  };
  const { program, notes } = checkModel(one, [{ x: { shape: [3, 2], data: [1, 0, 0.5, 0.5, -1, 1] } }]);
  expect([program.outputs[0]!.shape, program.metadata.labels]).toEqual([
    [3, 2],
    ['a', 'b'],
  ]);
  expect(notes).toEqual([expect.stringMatching(/^output "z" is a matrix/)]);
});

test.each([1, 3])('a binary tree classifier labels each of %i samples', (samples) => {
  const trees = attributesOf([grow(2)], 'BRANCH_LEQ', 'class', () => 1);
  const one = model('TreeEnsembleClassifier', { ...trees, classlabels_int64s: [4, 9] }, ['label', 'scores'], [samples, FEATURES]);
  const { program } = checkModel(one, [{ x: { shape: [samples, FEATURES], data: Array.from(x.data).slice(0, samples * FEATURES) } }]);
  expect(program.outputs.map(({ shape }) => shape)).toEqual([[samples], [samples, 2]]);
});
