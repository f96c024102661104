// ai.onnx.ml: LinearRegressor, LinearClassifier, Scaler, Normalizer, Binarizer, ArrayFeatureExtractor, LabelEncoder of numbers.
// Source: onnx.ai/onnx/operators (domain ai.onnx.ml, versions 1-4). Caveat: text labels are refused; PROBIT is not supported.
import { listOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { dividedByNorm } from './normalization.ts';
import { type ExpandedNode, expanding, INT64, type NodeContext, ofTypes, pointwise } from './operator.ts';

/** Numbers of an attribute, or an empty list. */
export function numbers(context: NodeContext, name: string): number[] {
  const value = context.node.attributes.get(name);
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((x) => typeof x === 'number')) return value as number[];
  throw context.unsupported(`attribute "${name}" is no list of numbers`, 'numbers');
}

/** What ai.onnx.ml does to scores at the end. */
export function postTransformed(context: NodeContext, scores: string, out: string): ExpandedNode[] {
  const transform = context.text('post_transform', 'NONE');
  const operator = { NONE: 'Identity', LOGISTIC: 'Sigmoid', SOFTMAX: 'Softmax', SOFTMAX_ZERO: 'Softmax' }[transform];
  if (!operator || transform === 'SOFTMAX_ZERO') throw context.unsupported(`post_transform "${transform}"`, 'NONE, LOGISTIC, SOFTMAX');
  return [{ operator, inputs: [scores], outputs: [out] }];
}

/** Labels of classes: numbers, or places where the label output is not needed. */
export function labelsOf(context: NodeContext, wanted: boolean): number[] {
  const texts = ['classlabels_strings', 'cats_strings'].some((name) => {
    const value = context.node.attributes.get(name);
    return Array.isArray(value) && value.length > 0;
  });
  if (texts && wanted) throw context.unsupported('text labels', 'classlabels_int64s, or a model whose label output is removed');
  const value = numbers(context, context.node.attributes.has('classlabels_ints') ? 'classlabels_ints' : 'classlabels_int64s');
  return value;
}

/** `${out}` = labels[argmax of scores] */
export function labelled(scores: string, labels: readonly number[], count: number, out: string): ExpandedNode[] {
  const known = labels.length ? labels : listOf(count, (i) => i);
  const table: Tensor = { shape: [known.length], data: Float64Array.from(known), kind: 'integer' };
  return [
    { operator: 'ArgMax', inputs: [scores], outputs: [`${out} place`], attributes: { axis: 1, keepdims: 0 } },
    { operator: 'Gather', inputs: [table, `${out} place`], outputs: [out], attributes: { axis: 0 } },
  ];
}

/** X as [samples, features] of reals */
export function features(context: NodeContext): { nodes: ExpandedNode[]; name: string; samples: number; size: number } {
  const shape = context.shape(0);
  const size = shape.at(-1) ?? 1;
  const samples = elementsOf(shape) / size;
  const name = `${context.node.outputs.find((output) => output !== '')} features`;
  const nodes: ExpandedNode[] = [
    { operator: 'Cast', inputs: [context.node.inputs[0]!], outputs: [`${name} real`], attributes: { to: 1 } },
    { operator: 'Reshape', inputs: [`${name} real`, integers(samples, size)], outputs: [name] },
  ];
  return { nodes, name, samples, size };
}

/** X · coefficientsᵀ + intercepts, [samples, targets] */
function linear(context: NodeContext, targets: number, out: string): ExpandedNode[] {
  const { nodes, name, size } = features(context);
  const [coefficients, intercepts] = [numbers(context, 'coefficients'), numbers(context, 'intercepts')];
  if (coefficients.length !== targets * size)
    throw context.invalid(`${coefficients.length} coefficients for ${targets} targets and ${size} features`);
  const matrix = real(
    [size, targets],
    realsOf(size * targets, (i) => coefficients[(i % targets) * size + Math.floor(i / targets)]!),
  );
  const bias = real(
    [targets],
    realsOf(targets, (t) => intercepts[t] ?? 0),
  );
  return [
    ...nodes,
    { operator: 'MatMul', inputs: [name, matrix], outputs: [`${out} product`] },
    { operator: 'Add', inputs: [`${out} product`, bias], outputs: [out] },
  ];
}

export const LinearRegressor = expanding((context) => {
  const [out] = context.node.outputs as [string];
  return [...linear(context, context.integer('targets', 1), `${out} linear`), ...postTransformed(context, `${out} linear`, out)];
});

export const LinearClassifier = ofTypes(
  expanding((context) => {
    const [label, scores] = context.node.outputs;
    const out = scores || label!;
    const labels = labelsOf(context, label !== undefined && label !== '');
    const count = numbers(context, 'coefficients').length / (context.shape(0).at(-1) ?? 1);
    const nodes = linear(context, count, `${out} linear`);
    let raw = `${out} linear`;
    // a single score is that of the second of two classes
    if (count === 1) {
      raw = `${out} both`;
      nodes.push({ operator: 'Neg', inputs: [`${out} linear`], outputs: [`${out} first`] });
      nodes.push({ operator: 'Concat', inputs: [`${out} first`, `${out} linear`], outputs: [raw], attributes: { axis: 1 } });
    }
    const transform = context.text('post_transform', 'NONE');
    const binary = count === 1 && transform === 'NONE';
    if (label) nodes.push(...labelled(raw, labels, Math.max(2, count), label));
    if (scores)
      nodes.push(...(binary ? [{ operator: 'Identity', inputs: [raw], outputs: [scores] }] : postTransformed(context, raw, scores)));
    return nodes;
  }),
  () => [INT64],
);

export const Scaler = expanding((context) => {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const [offset, scale] = [numbers(context, 'offset'), numbers(context, 'scale')];
  const row = (list: readonly number[]): Tensor => ({
    shape: list.length === 1 ? [] : [list.length],
    data: Float64Array.from(list),
    kind: 'real',
  });
  return [
    { operator: 'Cast', inputs: [x], outputs: [`${out} real`], attributes: { to: 1 } },
    { operator: 'Sub', inputs: [`${out} real`, row(offset.length ? offset : [0])], outputs: [`${out} centred`] },
    { operator: 'Mul', inputs: [`${out} centred`, row(scale.length ? scale : [1])], outputs: [out] },
  ];
});

export const Normalizer = expanding((context) => {
  const norm = context.text('norm', 'MAX');
  const operator = { MAX: 'ReduceMax', L1: 'ReduceL1', L2: 'ReduceL2' }[norm] as 'ReduceMax' | 'ReduceL1' | 'ReduceL2' | undefined;
  if (!operator) throw context.invalid(`norm "${norm}"`);
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const cast: ExpandedNode = { operator: 'Cast', inputs: [x], outputs: [`${out} real`], attributes: { to: 1 } };
  return [cast, ...dividedByNorm(`${out} real`, out, operator, context.shape(0).length - 1)];
});

export const Binarizer = expanding((context) => {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  return [
    { operator: 'Sub', inputs: [x, real([], Float64Array.of(context.float('threshold', 0)))], outputs: [`${out} rest`] },
    { operator: 'Above', inputs: [`${out} rest`], outputs: [`${out} above`] },
    { operator: 'Cast', inputs: [`${out} above`], outputs: [out], attributes: { to: context.types[0] === 'integer' ? 7 : 1 } },
  ];
});

export const ArrayFeatureExtractor = expanding((context) => {
  const shape = context.shape(0);
  const [[x, y], [out]] = [context.node.inputs as [string, string], context.node.outputs as [string]];
  const count = elementsOf(context.shape(1));
  return [
    { operator: 'Reshape', inputs: [y, integers(count)], outputs: [`${out} places`] },
    {
      operator: 'Gather',
      inputs: [x, `${out} places`],
      outputs: [shape.length === 1 ? `${out} row` : out],
      attributes: { axis: shape.length - 1 },
    },
    ...(shape.length === 1 ? [{ operator: 'Reshape', inputs: [`${out} row`, integers(1, count)], outputs: [out] }] : []),
  ];
});

/** Numbers to numbers; expansions use nothing else. */
export const LabelEncoder = pointwise((context) => {
  const first = (names: readonly string[]): { name: string; list: number[] } => {
    const name = names.find((candidate) => context.node.attributes.has(candidate));
    if (!name) throw context.unsupported('keys or values that are text', 'int64s and floats');
    return { name, list: numbers(context, name) };
  };
  const [keys, values] = [first(['keys_int64s', 'keys_floats']), first(['values_int64s', 'values_floats'])];
  if (keys.list.length === 0 || keys.list.length !== values.list.length)
    throw context.invalid(`${keys.list.length} keys and ${values.list.length} values`);
  const whole = values.name === 'values_int64s';
  const otherwise = whole ? context.integer('default_int64', -1) : context.float('default_float', 0);
  /** stored reals are near a key, integers are it */
  const slack = (key: number): number => (keys.name === 'keys_int64s' ? 0.5 : 1e-3 * Math.max(1, Math.abs(key)));
  const place = (x: number): number => {
    const nearest = keys.list.reduce((best, key, i) => (Math.abs(x - key) < Math.abs(x - keys.list[best]!) ? i : best), 0);
    return Math.abs(x - keys.list[nearest]!) < slack(keys.list[nearest]!) ? nearest : -1;
  };
  return {
    name: `LabelEncoder of ${keys.list.length}`,
    apply: (x) => values.list[place(x)] ?? otherwise,
    jumps: true,
    result: whole ? 'integer' : 'real',
  };
});
