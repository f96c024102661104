// ai.onnx.ml TreeEnsembleRegressor, TreeEnsembleClassifier (versions 1-3) and TreeEnsemble (5): their attributes as trees (trees.ts).
// Source: onnx.ai/onnx/operators; scores of two classes as onnxruntime writes them. Caveat: only sums and averages of trees; no missing values.
import type { Tensor } from '../onnx/tensor.ts';
import { INT64 } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { features, labelled, labelsOf, numbers, postTransformed } from './linear-models.ts';
import { type ExpandedNode, entryOf, expanding, type NodeContext, ofTypes } from './operator.ts';
import { type Branch, forest, type Leaf, type Tree } from './trees.ts';

/** A node of a tree before the paths are known. */
interface TreeNode {
  /** no tests: a leaf */
  tests: Branch[];
  /** the outcome of the tests that leads to `whenTrue` is turned round */
  negated: boolean;
  whenTrue: number;
  whenFalse: number;
  weights: Leaf['weights'];
}

/** mode → test and whether its outcome is turned round */
const MODES: Readonly<Record<string, readonly [Branch['test'], boolean]>> = {
  BRANCH_LEQ: ['at most', false],
  BRANCH_LT: ['below', false],
  BRANCH_GTE: ['below', true],
  BRANCH_GT: ['at most', true],
  BRANCH_EQ: ['equal', false],
  BRANCH_NEQ: ['equal', true],
};
const MAX_DEPTH = 64;

/** Walks a tree from its root. @throws if nodes are missing or form a loop */
function treeFrom(context: NodeContext, nodes: ReadonlyMap<number, TreeNode>, root: number): Tree {
  const tree: Tree = { branches: [], leaves: [] };
  const visit = (id: number, path: Leaf['path']): void => {
    const node = nodes.get(id);
    if (!node || path.length > MAX_DEPTH)
      throw context.invalid(`tree node ${id} is missing, or the tree has more than ${MAX_DEPTH} levels`);
    if (node.tests.length === 0) {
      tree.leaves.push({ path, weights: node.weights });
      return;
    }
    const first = tree.branches.length;
    tree.branches.push(...node.tests);
    const branches = node.tests.map((_, i) => first + i);
    visit(node.whenTrue, [...path, { branches, taken: !node.negated }]);
    visit(node.whenFalse, [...path, { branches, taken: node.negated }]);
  };
  visit(root, []);
  return tree;
}

/** Attributes that are the columns of one table. @throws ZK0510 where one is longer than another */
function columns(context: NodeContext, names: readonly string[], read = numbers): number[][] {
  const lists = names.map((name) => read(context, name));
  const odd = lists.findIndex(({ length }) => length !== lists[0]!.length);
  if (odd > 0) throw context.invalid(`"${names[odd]}" has ${lists[odd]!.length} elements, "${names[0]}" has ${lists[0]!.length}`);
  return lists;
}

/** @throws ZK0510 for a weight of a target that is none */
function requireTargets(context: NodeContext, ids: readonly number[], count: number): void {
  const odd = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < count));
  if (odd !== undefined) throw context.invalid(`a leaf has a weight for ${odd} of ${count} targets`);
}

/** What is added to every target. @throws ZK0510 unless it is one number each */
function baseOf(context: NodeContext, count: number): number[] {
  const base = numbers(context, 'base_values');
  if (base.length && base.length !== count) throw context.invalid(`${base.length} base_values for ${count} targets`);
  return base;
}

/** Trees of the attributes nodes_*; leaf weights stand under `prefix`. */
function classicTrees(context: NodeContext, prefix: 'target' | 'class'): Tree[] {
  if (['nodes_values_as_tensor', `${prefix}_weights_as_tensor`, 'base_values_as_tensor'].some((name) => context.node.attributes.has(name)))
    throw context.unsupported('attributes as tensors', 'lists of floats');
  const [trees, ids, tested, values, yes, no] = columns(
    context,
    ['treeids', 'nodeids', 'featureids', 'values', 'truenodeids', 'falsenodeids'].map((name) => `nodes_${name}`),
  );
  const modes = context.node.attributes.get('nodes_modes');
  if (!Array.isArray(modes) || modes.length !== ids!.length) throw context.invalid('"nodes_modes" does not fit the nodes');
  const all = new Map<number, Map<number, TreeNode>>();
  for (const [i, tree] of trees!.entries()) {
    const mode = String(modes[i]);
    const test = entryOf(MODES, mode);
    if (mode !== 'LEAF' && !test) throw context.unsupported(`mode "${mode}"`, Object.keys(MODES).join(', '));
    const branch: Branch[] = test ? [{ feature: tested![i]!, value: values![i]!, test: test[0] }] : [];
    const node: TreeNode = { tests: branch, negated: test?.[1] ?? false, whenTrue: yes![i]!, whenFalse: no![i]!, weights: [] };
    const nodes = all.get(tree) ?? new Map<number, TreeNode>();
    nodes.set(ids![i]!, node);
    all.set(tree, nodes);
  }
  const [leafTrees, leafIds, targets, weights] = columns(
    context,
    ['treeids', 'nodeids', 'ids', 'weights'].map((name) => `${prefix}_${name}`),
  );
  for (const [i, tree] of leafTrees!.entries()) {
    const leaf = all.get(tree)?.get(leafIds![i]!);
    if (!leaf) throw context.invalid(`a weight for leaf ${leafIds![i]} of tree ${tree}, which is missing`);
    leaf.weights.push([targets![i]!, weights![i]!]);
  }
  return [...all.values()].map((nodes) => {
    const inner = new Set([...nodes.values()].flatMap(({ tests, whenTrue, whenFalse }) => (tests.length ? [whenTrue, whenFalse] : [])));
    const root = [...nodes.keys()].find((id) => !inner.has(id));
    if (root === undefined) throw context.invalid('a tree has no root');
    return treeFrom(context, nodes, root);
  });
}

export const TreeEnsembleRegressor = expanding((context) => {
  const trees = classicTrees(context, 'target');
  const aggregate = context.text('aggregate_function', 'SUM');
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') throw context.unsupported(`aggregate_function "${aggregate}"`, 'SUM, AVERAGE');
  const [out] = context.node.outputs as [string];
  const { nodes, ...rows } = features(context);
  const factor = aggregate === 'SUM' ? 1 : 1 / trees.length;
  const targets = context.integer('n_targets', 1);
  requireTargets(context, numbers(context, 'target_ids'), targets);
  return [
    ...nodes,
    ...forest(rows, trees, targets, factor, baseOf(context, targets), `${out} total`),
    ...postTransformed(context, `${out} total`, out),
  ];
});

export const TreeEnsembleClassifier = ofTypes(
  expanding((context) => {
    const trees = classicTrees(context, 'class');
    const [label, scores] = context.node.outputs;
    const out = scores || label!;
    const labels = labelsOf(context, label);
    const ids = new Set(numbers(context, 'class_ids'));
    const count = labels.length || Math.max(...ids) + 1;
    requireTargets(context, [...ids], count);
    const { nodes, ...rows } = features(context);
    const raw = `${out} total`;
    if (count !== 2 || ids.size !== 1) {
      nodes.push(...forest(rows, trees, count, 1, baseOf(context, count), raw));
      if (label) nodes.push(...labelled(context, raw, labels, count, label));
      if (scores) nodes.push(...postTransformed(context, raw, scores));
      return nodes;
    }
    // one score for two classes: a probability if all weights are positive, else a margin
    const base = numbers(context, 'base_values');
    const weights = numbers(context, 'class_weights');
    const positive = weights.every((weight) => weight >= 0);
    const only = [...ids][0]!;
    const single = trees.map((tree) => ({
      ...tree,
      leaves: tree.leaves.map((leaf) => ({ ...leaf, weights: leaf.weights.map(([, weight]): [number, number] => [0, weight]) })),
    }));
    const one: Tensor = { shape: [], data: Float64Array.of(1), kind: 'real' };
    const half: Tensor = { shape: [], data: Float64Array.of(0.5), kind: 'real' };
    nodes.push(...forest(rows, single, 1, 1, base.length > 1 ? [base[only]!] : base, raw));
    nodes.push(
      positive
        ? { operator: 'Sub', inputs: [one, raw], outputs: [`${out} first`] }
        : { operator: 'Neg', inputs: [raw], outputs: [`${out} first`] },
    );
    if (label) {
      const known = labels.length ? labels : [0, 1];
      const table: Tensor = { shape: [2], data: Float64Array.from(known), kind: 'integer' };
      nodes.push({ operator: 'Sub', inputs: [raw, positive ? half : { ...half, data: Float64Array.of(0) }], outputs: [`${out} margin`] });
      nodes.push({ operator: 'Above', inputs: [`${out} margin`], outputs: [`${out} second`] });
      nodes.push({ operator: 'Reshape', inputs: [`${out} second`, integers(rows.samples)], outputs: [`${out} place`] });
      nodes.push({ operator: 'Gather', inputs: [table, `${out} place`], outputs: [label], attributes: { axis: 0 } });
    }
    if (scores) {
      nodes.push({ operator: 'Concat', inputs: [`${out} first`, raw], outputs: [`${out} both`], attributes: { axis: 1 } });
      const transform = context.text('post_transform', 'NONE');
      const kept = transform === 'NONE' || (positive && transform === 'LOGISTIC');
      nodes.push(...(kept ? [identity(`${out} both`, scores)] : postTransformed(context, `${out} both`, scores)));
    }
    return nodes;
  }),
  () => [INT64],
);

const identity = (from: string, to: string): ExpandedNode => ({ operator: 'Identity', inputs: [from], outputs: [to] });

/** Values of an attribute that is a list or a tensor. */
function numbersOrTensor(context: NodeContext, name: string): number[] {
  const value = context.node.attributes.get(name);
  return typeof value === 'object' && 'data' in value ? [...value.data] : numbers(context, name);
}

/** modes of version 5: numbers in the order of MODES' first six, then membership */
const NUMBERED = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'];
const MEMBER = 6;

export const TreeEnsemble = expanding((context) => {
  const roots = numbers(context, 'tree_roots');
  const [modes, splits, tested, yes, yesLeaf, no, noLeaf] = columns(
    context,
    ['modes', 'splits', 'featureids', 'truenodeids', 'trueleafs', 'falsenodeids', 'falseleafs'].map((name) => `nodes_${name}`),
    numbersOrTensor,
  );
  const [targets, weights] = columns(context, ['leaf_targetids', 'leaf_weights'], numbersOrTensor);
  const count = context.integer('n_targets', 1);
  requireTargets(context, targets!, count);
  const aggregate = context.integer('aggregate_function', 1);
  if (aggregate > 1) throw context.unsupported(`aggregate_function ${aggregate}`, 'SUM, AVERAGE');
  if (context.integer('post_transform', 0) !== 0) throw context.unsupported('a post_transform', 'NONE');
  // sets of values, one after the other, each closed by NaN
  const sets: number[][] = [[]];
  for (const value of numbersOrTensor(context, 'membership_values')) Number.isNaN(value) ? sets.push([]) : sets.at(-1)!.push(value);
  const nodes = new Map<number, TreeNode>();
  const leafId = (leaf: number): number => tested!.length + leaf;
  let set = 0;
  for (const [i, mode] of modes!.entries()) {
    const named = MODES[NUMBERED[mode] ?? ''];
    if (!named && mode !== MEMBER) throw context.invalid(`mode ${mode}`);
    const values = named ? [splits![i]!] : (sets[set++] ?? []);
    nodes.set(i, {
      tests: [...new Set(values)].map((value) => ({ feature: tested![i]!, value, test: named?.[0] ?? 'equal' })),
      negated: named?.[1] ?? false,
      whenTrue: yesLeaf![i] ? leafId(yes![i]!) : yes![i]!,
      whenFalse: noLeaf![i] ? leafId(no![i]!) : no![i]!,
      weights: [],
    });
  }
  for (const [leaf, target] of targets!.entries())
    nodes.set(leafId(leaf), { tests: [], negated: false, whenTrue: -1, whenFalse: -1, weights: [[target, weights![leaf]!]] });
  const trees = roots.map((root) => treeFrom(context, nodes, root));
  const [out] = context.node.outputs as [string];
  const { nodes: prepared, ...rows } = features(context);
  return [...prepared, ...forest(rows, trees, count, aggregate ? 1 : 1 / trees.length, [], out)];
});
