// What onnxruntime's optimiser makes of several nodes (domain com.microsoft): Gelu, FastGelu, BiasGelu, QuickGelu, FusedMatMul, FusedGemm,
// FusedConv, SkipLayerNormalization, SkipSimplifiedLayerNormalization, EmbedLayerNormalization; and SimplifiedLayerNormalization, which it writes
// into the default domain. Source: onnxruntime, "Contrib Operators". Caveat: each is taken apart again, so it costs what its parts cost.

import { listOf, realsOf } from '../onnx/budget.ts';
import { real, type Tensor } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { type ExpandedNode, entryOf, expanding, type NodeContext } from './operator.ts';

const number = (value: number): Tensor => real([], Float64Array.of(value));
const firstOutput = (context: NodeContext): string => context.node.outputs[0]!;

/** f(x), or f(x + bias) where input 1 is there */
const biased = (operator: string, attributes: (context: NodeContext) => ExpandedNode['attributes']) =>
  expanding((context) => {
    const [[x, bias], out] = [context.node.inputs as [string, string?], firstOutput(context)];
    context.shape(0);
    const nodes: ExpandedNode[] = context.has(1) ? [{ operator: 'Add', inputs: [x, bias!], outputs: [`${out} sum`] }] : [];
    return [...nodes, { operator, inputs: [nodes.length ? `${out} sum` : x], outputs: [out], attributes: attributes(context)! }];
  });

export const BiasGelu = biased('Gelu', () => ({}));
export const FastGelu = biased('Gelu', () => ({ approximate: 'tanh' }));
export const QuickGelu = biased('Swish', (context) => ({ alpha: context.float('alpha', 1.702) }));

/** alpha · A' · B', with the last two axes exchanged where wanted */
export const FusedMatMul = expanding((context) => {
  for (const name of ['transBatchA', 'transBatchB'])
    if (context.integer(name, 0) !== 0) throw context.unsupported(`${name} = 1`, `${name} = 0`);
  const out = firstOutput(context);
  const nodes: ExpandedNode[] = [];
  const factors = ['transA', 'transB'].map((name, i) => {
    const [input, rank] = [context.node.inputs[i]!, context.shape(i).length];
    if (context.integer(name, 0) === 0 || rank < 2) return input;
    const perm = [...listOf(rank - 2, (axis) => axis), rank - 1, rank - 2];
    nodes.push({ operator: 'Transpose', inputs: [input], outputs: [`${out} factor ${i}`], attributes: { perm } });
    return `${out} factor ${i}`;
  });
  const alpha = context.float('alpha', 1);
  if (alpha === 1) return [...nodes, { operator: 'MatMul', inputs: factors, outputs: [out] }];
  return [
    ...nodes,
    { operator: 'MatMul', inputs: factors, outputs: [`${out} product`] },
    { operator: 'Mul', inputs: [`${out} product`, number(alpha)], outputs: [out] },
  ];
});

/** activations that a product or convolution may have taken in, and their parameters in order */
const ACTIVATIONS: Readonly<Record<string, readonly string[]>> = {
  Clip: ['min', 'max'],
  Elu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
  LeakyRelu: ['alpha'],
  Relu: [],
  Sigmoid: [],
  Softplus: [],
  Softsign: [],
  Tanh: [],
  ThresholdedRelu: ['alpha'],
};

/** The activation of a fused node. @param given its parameters in order, as far as they are given */
function activated(context: NodeContext, x: string, given: readonly (number | undefined)[]): ExpandedNode {
  const name = context.text('activation', '');
  const out = firstOutput(context);
  if (name === '') return { operator: 'Identity', inputs: [x], outputs: [out] };
  const parameters = entryOf(ACTIVATIONS, name);
  if (!parameters) throw context.unsupported(`activation ${name}`, Object.keys(ACTIVATIONS).join(', '));
  const pairs = parameters.flatMap((key, i): [string, number][] => (given[i] === undefined ? [] : [[key, given[i]!]]));
  if (name !== 'Clip') return { operator: name, inputs: [x], outputs: [out], attributes: Object.fromEntries(pairs) };
  const [min, max] = [given[0] ?? Number.NEGATIVE_INFINITY, given[1] ?? Number.POSITIVE_INFINITY];
  return { operator: 'Clip', inputs: [x, number(min), number(max)], outputs: [out], attributes: { min, max } };
}

export const FusedGemm = expanding((context) => {
  const product = `${firstOutput(context)} before`;
  const attributes = {
    alpha: context.float('alpha', 1),
    beta: context.float('beta', 1),
    transA: context.integer('transA', 0),
    transB: context.integer('transB', 0),
  };
  const given = ['alpha', 'beta'].map((name) => {
    const value = context.float(`activation_${name}`, Number.POSITIVE_INFINITY);
    return Number.isFinite(value) ? value : undefined;
  });
  return [{ operator: 'Gemm', inputs: context.node.inputs, outputs: [product], attributes }, activated(context, product, given)];
});

/** Conv, a tensor added to it, an activation */
export const FusedConv = expanding((context) => {
  const out = firstOutput(context);
  const [x, w, b = '', z] = context.node.inputs as [string, string, string?, string?];
  const own = ['activation', 'activation_params'];
  const attributes = Object.fromEntries([...context.node.attributes].filter(([name]) => !own.includes(name)));
  const nodes: ExpandedNode[] = [
    { operator: 'Conv', inputs: context.has(2) ? [x, w, b] : [x, w], outputs: [`${out} product`], attributes },
  ];
  if (context.has(3)) nodes.push({ operator: 'Add', inputs: [`${out} product`, z!], outputs: [`${out} sum`] });
  return [...nodes, activated(context, context.has(3) ? `${out} sum` : `${out} product`, context.floats('activation_params') ?? [])];
});

/** inputs, one by one, added; what is missing is left out */
function added(inputs: readonly (string | Tensor)[], out: string): ExpandedNode[] {
  const [first, ...rest] = inputs as [string | Tensor, ...(string | Tensor)[]];
  if (rest.length === 0) return [{ operator: 'Identity', inputs: [first], outputs: [out] }];
  return rest.map((input, i) => ({
    operator: 'Add',
    inputs: [i === 0 ? first : `${out} part ${i}`, input],
    outputs: [i === rest.length - 1 ? out : `${out} part ${i + 1}`],
  }));
}

/** Statistics of a normalization that nobody needs when a model only runs. */
function withoutStatistics(context: NodeContext): void {
  if (context.node.outputs[1] || context.node.outputs[2])
    throw context.unsupported('mean and deviation as outputs', 'the normalized tensor, and the sum before');
}

/** x + skip + bias, normalized over the last axis */
const skipped = (bias: number, norm: (context: NodeContext, sum: string) => ExpandedNode) =>
  expanding((context) => {
    withoutStatistics(context);
    const [out, , , given] = context.node.outputs as [string, string?, string?, string?];
    const sum = given || `${out} sum`;
    const inputs = [0, 1, bias].filter((i) => i < 2 || context.has(i)).map((i) => context.node.inputs[i]!);
    return [...added(inputs, sum), norm(context, sum)];
  });

export const SkipLayerNormalization = skipped(4, (context, sum) => ({
  operator: 'LayerNormalization',
  inputs: [sum, context.node.inputs[2]!, ...(context.has(3) ? [context.node.inputs[3]!] : [])],
  outputs: [firstOutput(context)],
  attributes: { axis: -1, epsilon: context.float('epsilon', 1e-12) },
}));

export const SkipSimplifiedLayerNormalization = skipped(3, (context, sum) => ({
  operator: 'RMSNormalization',
  inputs: [sum, context.node.inputs[2]!],
  outputs: [firstOutput(context)],
  attributes: { axis: -1, epsilon: context.float('epsilon', 1e-12) },
}));

export const SimplifiedLayerNormalization = expanding((context) => {
  if (context.node.outputs[1]) throw context.unsupported('the deviation as an output', 'the normalized tensor');
  const attributes = { axis: context.integer('axis', -1), epsilon: context.float('epsilon', 1e-5) };
  return [{ operator: 'RMSNormalization', inputs: context.node.inputs, outputs: [firstOutput(context)], attributes }];
});

/** Rows of words, of places and of kinds of segments, added and normalized: how BERT begins. */
export const EmbedLayerNormalization = expanding((context) => {
  const [ids, segments, words, places, kinds, scale, shift, mask, given] = context.node.inputs as string[];
  const [out, count, total] = context.node.outputs as [string, string?, string?];
  const [batch, length] = context.rank(0, 2) as unknown as [number, number];
  const row: Tensor = { shape: [1, length], data: realsOf(length, (i) => i), kind: 'integer' };
  const n = (what: string): string => `${out} ${what}`;
  const looked = (table: string, rows: string | Tensor, name: string): ExpandedNode => ({
    operator: 'Gather',
    inputs: [table, rows],
    outputs: [name],
    attributes: { axis: 0 },
  });
  const sum = total || n('sum');
  const nodes = [looked(words!, ids!, n('words')), looked(places!, context.has(8) ? given! : row, n('places'))];
  if (context.has(1)) nodes.push(looked(kinds!, segments!, n('kinds')));
  nodes.push(...added([n('words'), n('places'), ...(context.has(1) ? [n('kinds')] : [])], sum), {
    operator: 'LayerNormalization',
    inputs: [sum, scale!, shift!],
    outputs: [out],
    attributes: { axis: -1, epsilon: context.float('epsilon', 1e-12) },
  });
  const none: Tensor = { shape: [batch], data: realsOf(batch), kind: 'integer' };
  if (count)
    nodes.push(
      context.has(7)
        ? { operator: 'ReduceSum', inputs: [mask!], outputs: [count], attributes: { axes: [1], keepdims: 0 } }
        : { operator: 'Identity', inputs: [none], outputs: [count] },
    );
  return nodes;
});

const METRICS: Readonly<Record<string, string>> = { euclidean: 'ReduceL2', sqeuclidean: 'ReduceSumSquare' };

/** distances of all rows of two matrices */
export const CDist = expanding((context) => {
  const [a, b] = [context.rank(0, 2), context.rank(1, 2)] as [[number, number], [number, number]];
  if (a[1] !== b[1]) throw context.invalid(`rows of ${a[1]} and ${b[1]} elements`);
  const metric = context.text('metric', 'sqeuclidean');
  const operator = entryOf(METRICS, metric);
  if (!operator) throw context.unsupported(`metric "${metric}"`, Object.keys(METRICS).join(', '));
  const [[x, y], [out]] = [context.node.inputs as [string, string], context.node.outputs as [string]];
  return [
    { operator: 'Reshape', inputs: [x, integers(a[0], 1, a[1])], outputs: [`${out} rows`] },
    { operator: 'Reshape', inputs: [y, integers(1, ...b)], outputs: [`${out} columns`] },
    { operator: 'Sub', inputs: [`${out} rows`, `${out} columns`], outputs: [`${out} differences`] },
    { operator, inputs: [`${out} differences`, integers(2)], outputs: [out], attributes: { keepdims: 0 } },
  ];
});
