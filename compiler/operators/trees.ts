// Decision trees as two matrix products: one bit for every branch, then for every leaf the sum of the bits on its path, which is the path's length
// where the leaf is reached, then the leaves' weights. Source: Nakandala et al., "Hummingbird" (OSDI 2020), strategy "GEMM".
// Caveat: a feature that something else reads too is compared as a stored integer: closer to a threshold than one step it may take the other branch.
import { realsOf } from '../onnx/budget.ts';
import { real, type Tensor } from '../onnx/tensor.ts';
import { FLOAT } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import type { ExpandedNode } from './operator.ts';

/** A test of one feature: x ≤ value, x < value or x = value. */
export interface Branch {
  feature: number;
  value: number;
  test: 'at most' | 'below' | 'equal';
}

/** A leaf: the branches on its path with the outcome that leads to it, and what it adds to the targets. */
export interface Leaf {
  /** several branches of one step are a set of values, of which at most one fits */
  path: { branches: number[]; taken: boolean }[];
  weights: [target: number, weight: number][];
}

export interface Tree {
  branches: Branch[];
  leaves: Leaf[];
}

/** entries of one path matrix at most; trees are put together up to that size */
const MAX_PATHS = 2 ** 16;

const TESTS = { 'at most': 'NotBelow', below: 'Above', equal: 'Zero' } as const;

/**
 * Nodes that add up what the trees say.
 * @param rows features, [samples, size]
 * @param base one value a target
 */
export function forest(
  { name: x, samples }: { name: string; samples: number },
  trees: readonly Tree[],
  targets: number,
  factor: number,
  base: readonly number[],
  out: string,
): ExpandedNode[] {
  const nodes: ExpandedNode[] = [];
  const constant = realsOf(targets, (t) => base[t] ?? 0);
  const reached: string[] = [];
  const weights: Leaf['weights'][] = [];
  for (const [g, group] of grouped(trees).entries()) {
    const name = `${out} trees ${g}`;
    if (group.branches.length === 0) {
      for (const { weights: list } of group.leaves) for (const [target, weight] of list) constant[target]! += weight * factor;
      continue;
    }
    nodes.push(...indicators(x, group, name));
    reached.push(name);
    weights.push(...group.leaves.map((leaf) => leaf.weights));
  }
  const shift = real([targets], constant);
  if (reached.length === 0) return [{ operator: 'Expand', inputs: [shift, integers(samples, targets)], outputs: [out] }];
  const matrix = realsOf(weights.length * targets);
  for (const [leaf, list] of weights.entries()) for (const [target, weight] of list) matrix[leaf * targets + target]! += weight * factor;
  const all = reached.length > 1 ? `${out} leaves` : reached[0]!;
  if (reached.length > 1) nodes.push({ operator: 'Concat', inputs: reached, outputs: [all], attributes: { axis: 1 } });
  return [
    ...nodes,
    { operator: 'Cast', inputs: [all], outputs: [`${out} reached`], attributes: { to: FLOAT } },
    { operator: 'MatMul', inputs: [`${out} reached`, real([weights.length, targets], matrix)], outputs: [`${out} sum`] },
    { operator: 'Add', inputs: [`${out} sum`, shift], outputs: [out] },
  ];
}

/** Trees put together, as long as branches times leaves stay few. */
function grouped(trees: readonly Tree[]): Tree[] {
  const groups: Tree[] = [];
  for (const tree of trees) {
    const last = groups.at(-1);
    const fits =
      last &&
      last.branches.length > 0 === tree.branches.length > 0 &&
      (last.branches.length + tree.branches.length) * (last.leaves.length + tree.leaves.length) <= MAX_PATHS;
    const into = fits ? last : { branches: [], leaves: [] };
    if (!fits) groups.push(into);
    const first = into.branches.length;
    into.branches.push(...tree.branches);
    into.leaves.push(
      ...tree.leaves.map(({ path, weights }) => ({
        weights,
        path: path.map(({ branches, taken }) => ({ taken, branches: branches.map((b) => first + b) })),
      })),
    );
  }
  return groups;
}

/** `${name}`: [samples, leaves], 1 where a leaf is reached */
function indicators(x: string, { branches, leaves }: Tree, name: string): ExpandedNode[] {
  const nodes: ExpandedNode[] = [];
  const order: number[] = [];
  const bits: string[] = [];
  for (const test of ['at most', 'below', 'equal'] as const) {
    const list = branches.flatMap((branch, b) => (branch.test === test ? [b] : []));
    if (list.length === 0) continue;
    const part = `${name} ${test}`;
    const thresholds = real(
      [list.length],
      Float64Array.from(list, (b) => branches[b]!.value),
    );
    nodes.push({
      operator: 'Gather',
      inputs: [x, integers(...list.map((b) => branches[b]!.feature))],
      outputs: [`${part} features`],
      attributes: { axis: 1 },
    });
    nodes.push({ operator: 'Sub', inputs: [thresholds, `${part} features`], outputs: [`${part} rest`] });
    nodes.push({ operator: TESTS[test], inputs: [`${part} rest`], outputs: [part] });
    order.push(...list);
    bits.push(part);
  }
  const all = bits.length > 1 ? `${name} bits` : bits[0]!;
  if (bits.length > 1) nodes.push({ operator: 'Concat', inputs: bits, outputs: [all], attributes: { axis: 1 } });
  const row = new Map(order.map((b, i) => [b, i]));
  const paths: Tensor = {
    shape: [branches.length, leaves.length],
    data: realsOf(branches.length * leaves.length),
    kind: 'integer',
  };
  const lengths: Tensor = { shape: [leaves.length], data: realsOf(leaves.length), kind: 'integer' };
  for (const [leaf, { path }] of leaves.entries())
    for (const { branches: step, taken } of path) {
      for (const b of step) paths.data[row.get(b)! * leaves.length + leaf]! += taken ? 1 : -1;
      if (taken) lengths.data[leaf]!++;
    }
  return [
    ...nodes,
    { operator: 'MatMul', inputs: [all, paths], outputs: [`${name} steps`] },
    { operator: 'Sub', inputs: [`${name} steps`, lengths], outputs: [`${name} missing`] },
    { operator: 'Zero', inputs: [`${name} missing`], outputs: [name] },
  ];
}
