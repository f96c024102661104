// SVMRegressor and SVMClassifier (ai.onnx.ml 1), as scikit-learn's SVR, OneClassSVM, SVC and NuSVC are exported: kernels with every support vector,
// their weighted sums, one for each pair of classes, votes, and Platt's probabilities of two classes.
// Source: onnx.ai/onnx/operators/onnx_aionnxml_SVMClassifier, LIBSVM (Chang, Lin 2011). Caveat: probabilities of three classes and more are found
// by iteration there, and are refused.
import { listOf, realsOf } from '../onnx/budget.ts';
import { real, type Tensor } from '../onnx/tensor.ts';
import { FLOAT } from '../onnx/tensor-proto.ts';
import { labelled, labelsOf, features as rowsOf } from './linear-models.ts';
import { type ExpandedNode, expanding, type NodeContext } from './operator.ts';

const number = (value: number): Tensor => real([], Float64Array.of(value));
const list = (context: NodeContext, name: string): number[] => context.floats(name) ?? [];

/** `${out} kernel` [rows, vectors] */
function kernels(
  context: NodeContext,
  { name, size: features }: { name: string; size: number },
  out: string,
): { nodes: ExpandedNode[]; count: number } {
  const vectors = list(context, 'support_vectors');
  const count = vectors.length / features;
  if (!Number.isInteger(count) || count < 1) throw context.invalid(`${vectors.length} numbers as vectors of ${features}`);
  const [gamma = 0, coef0 = 0, degree = 3] = list(context, 'kernel_params');
  const kind = context.text('kernel_type', 'LINEAR');
  const n = (what: string): string => `${out} ${what}`;
  const matrix = (factor: number): Tensor =>
    real(
      [features, count],
      realsOf(features * count, (e) => factor * vectors[(e % count) * features + Math.floor(e / count)]!),
    );
  if (kind === 'RBF') {
    // -gamma · |x - v|², all of it in one sum; around the middle of the vectors nothing large cancels
    const middle = listOf(features, (k) => listOf(count, (v) => vectors[v * features + k]!).reduce((a, b) => a + b, 0) / count);
    const apart = (e: number): number => vectors[(e % count) * features + Math.floor(e / count)]! - middle[Math.floor(e / count)]!;
    const squares = listOf(count, (v) => listOf(features, (k) => apart(k * count + v) ** 2).reduce((a, b) => a + b, 0));
    const inputs = [
      n('centred'),
      real(
        [features, count],
        realsOf(features * count, (e) => 2 * gamma * apart(e)),
      ),
      n('squares'),
      real(
        [features, count],
        realsOf(features * count, () => -gamma),
      ),
      real(
        [count],
        realsOf(count, (v) => -gamma * squares[v]!),
      ),
    ];
    return {
      count,
      nodes: [
        {
          operator: 'Sub',
          inputs: [
            name,
            real(
              [features],
              realsOf(features, (k) => middle[k]!),
            ),
          ],
          outputs: [n('centred')],
        },
        { operator: 'Mul', inputs: [n('centred'), n('centred')], outputs: [n('squares')] },
        { operator: 'Affine', inputs, outputs: [n('exponents')] },
        { operator: 'Exp', inputs: [n('exponents')], outputs: [n('kernel')], known: { within: [0, 1] } },
      ],
    };
  }
  if (kind === 'LINEAR') return { count, nodes: [{ operator: 'MatMul', inputs: [name, matrix(1)], outputs: [n('kernel')] }] };
  const inner: ExpandedNode[] = [
    { operator: 'MatMul', inputs: [name, matrix(gamma)], outputs: [n('products')] },
    { operator: 'Add', inputs: [n('products'), number(coef0)], outputs: [n('shifted')] },
  ];
  if (kind === 'POLY')
    return { count, nodes: [...inner, { operator: 'Pow', inputs: [n('shifted'), number(degree)], outputs: [n('kernel')] }] };
  if (kind === 'SIGMOID') return { count, nodes: [...inner, { operator: 'Tanh', inputs: [n('shifted')], outputs: [n('kernel')] }] };
  throw context.unsupported(`kernel ${kind}`, 'LINEAR, POLY, RBF, SIGMOID');
}

const withoutTransform = (context: NodeContext): void => {
  const kind = context.text('post_transform', 'NONE');
  if (kind !== 'NONE') throw context.unsupported(`post_transform ${kind}`, 'NONE');
};

export const SVMRegressor = expanding((context) => {
  withoutTransform(context);
  const out = context.node.outputs[0]!;
  const n = (what: string): string => `${out} ${what}`;
  const { nodes, name, size } = rowsOf(context);
  const [coefficients, [rho = 0]] = [list(context, 'coefficients'), list(context, 'rho')];
  const supports = context.integer('n_supports', 0) > 0;
  const kernel = supports ? kernels(context, { name, size }, out) : { count: size, nodes: [] };
  if (coefficients.length !== kernel.count) throw context.invalid(`${coefficients.length} coefficients for ${kernel.count}`);
  const column = real(
    [kernel.count, 1],
    realsOf(kernel.count, (i) => coefficients[i]!),
  );
  const one = context.integer('one_class', 0) !== 0;
  nodes.push(
    ...kernel.nodes,
    { operator: 'MatMul', inputs: [supports ? n('kernel') : name, column], outputs: [n('sum')] },
    { operator: 'Add', inputs: [n('sum'), number(rho)], outputs: [one ? n('score') : out] },
  );
  if (one)
    nodes.push(
      { operator: 'Above', inputs: [n('score')], outputs: [n('inside')] },
      { operator: 'Cast', inputs: [n('inside')], outputs: [n('inside real')], attributes: { to: FLOAT } },
      { operator: 'Mul', inputs: [n('inside real'), number(2)], outputs: [n('twice')] },
      { operator: 'Sub', inputs: [n('twice'), number(1)], outputs: [out] },
    );
  return nodes;
});

/** pairs of classes in LIBSVM's order */
const pairsOf = (classes: number): [number, number][] =>
  listOf(classes, (i) => i).flatMap((i) => listOf(classes - i - 1, (k): [number, number] => [i, i + 1 + k]));

/** `${out} pairs` [rows, pairs]: above 0 for the first class of the pair */
function pairScores(context: NodeContext, rows: { name: string; size: number }, out: string): { nodes: ExpandedNode[]; classes: number } {
  const each = context.integers('vectors_per_class');
  if (!each || each.length < 2)
    throw context.unsupported('a classifier without support vectors', 'vectors_per_class of two classes and more');
  const classes = each.length;
  const { nodes, count } = kernels(context, rows, out);
  const [coefficients, rho] = [list(context, 'coefficients'), list(context, 'rho')];
  const pairs = pairsOf(classes);
  if (each.reduce((a, b) => a + b, 0) !== count || coefficients.length !== (classes - 1) * count || rho.length < pairs.length)
    throw context.invalid(`${coefficients.length} coefficients and ${rho.length} offsets for ${count} vectors of ${classes} classes`);
  const starts = each.map((_, c) => each.slice(0, c).reduce((a, b) => a + b, 0));
  const weights = realsOf(count * pairs.length);
  for (const [p, [i, j]] of pairs.entries())
    for (const [own, other, row] of [
      [i, j, j - 1],
      [j, i, i],
    ] as const)
      if (own !== other)
        for (let v = starts[own]!; v < starts[own]! + each[own]!; v++) weights[v * pairs.length + p] = coefficients[row * count + v]!;
  const offsets = real(
    [pairs.length],
    realsOf(pairs.length, (p) => rho[p]!),
  );
  nodes.push(
    { operator: 'MatMul', inputs: [`${out} kernel`, real([count, pairs.length], weights)], outputs: [`${out} sums`] },
    { operator: 'Add', inputs: [`${out} sums`, offsets], outputs: [`${out} pairs`] },
  );
  return { nodes, classes };
}

export const SVMClassifier = expanding((context) => {
  withoutTransform(context);
  const [label, scores] = context.node.outputs as [string?, string?];
  const out = scores || label!;
  const labels = labelsOf(context, label);
  const n = (what: string): string => `${out} ${what}`;
  const { nodes, ...rows } = rowsOf(context);
  const found = pairScores(context, rows, out);
  const { classes } = found;
  const pairs = pairsOf(classes);
  const [a, b] = [list(context, 'prob_a'), list(context, 'prob_b')];
  nodes.push(...found.nodes);
  if (scores && a.length && classes > 2)
    throw context.unsupported('probabilities of more than two classes', 'scores, or probabilities of two classes');
  /** [rows, 2] of one number a row, times two factors, plus two numbers */
  const both = (x: string, factors: readonly [number, number], shifts: readonly [number, number], to: string): ExpandedNode[] => [
    { operator: 'MatMul', inputs: [x, real([1, 2], Float64Array.from(factors))], outputs: [`${to} factors`] },
    { operator: 'Add', inputs: [`${to} factors`, real([2], Float64Array.from(shifts))], outputs: [to] },
  ];
  if (scores && a.length) {
    nodes.push(
      { operator: 'Mul', inputs: [n('pairs'), number(-a[0]!)], outputs: [n('scaled')] },
      { operator: 'Sub', inputs: [n('scaled'), number(b[0]!)], outputs: [n('logit')] },
      { operator: 'Sigmoid', inputs: [n('logit')], outputs: [n('first')] },
      ...both(n('first'), [1, -1], [0, 1], scores),
    );
  } else if (scores) {
    if (classes === 2) nodes.push(...both(n('pairs'), [-1, 1], [0, 0], scores));
    else nodes.push({ operator: 'Identity', inputs: [n('pairs')], outputs: [scores] });
  }
  if (!label) return nodes;
  // each pair gives its vote, and of classes with equally many the first wins
  const votes = realsOf(pairs.length * classes);
  const bias = realsOf(classes);
  for (const [p, [i, j]] of pairs.entries()) {
    votes[p * classes + i] = 1;
    votes[p * classes + j] = -1;
    bias[j]! += 1;
  }
  nodes.push(
    { operator: 'Above', inputs: [n('pairs')], outputs: [n('wins')] },
    { operator: 'MatMul', inputs: [n('wins'), { shape: [pairs.length, classes], data: votes, kind: 'integer' }], outputs: [n('counted')] },
    {
      operator: 'Add',
      inputs: [n('counted'), { shape: [classes], data: bias, kind: 'integer' }],
      outputs: [n('votes')],
      known: { within: [0, classes - 1] },
    },
    ...labelled(context, n('votes'), labels, classes, label),
  );
  return nodes;
});
