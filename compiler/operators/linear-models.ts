// ai.onnx.ml: LinearRegressor, LinearClassifier, Scaler, Normalizer, Binarizer, ArrayFeatureExtractor, LabelEncoder, ZipMap, Imputer,
// OneHotEncoder. Source: onnx.ai/onnx/operators (domain ai.onnx.ml, versions 1-4). Caveat: a label that is a text is its place in the model's
// labels; PROBIT is not supported.
import { listOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import { FLOAT, INT64, TEXT } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { dividedByNorm } from './normalization.ts';
import { type ExpandedNode, entryOf, expanding, type NodeContext, ofTypes, pointwise } from './operator.ts';

/** Numbers of an attribute, or an empty list. */
export function numbers(context: NodeContext, name: string): number[] {
  const value = context.node.attributes.get(name);
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((x) => typeof x === 'number')) return value as number[];
  throw context.unsupported(`attribute "${name}" is no list of numbers`, 'numbers');
}

/** operators of post_transform */
const TRANSFORMS: Readonly<Record<string, string>> = { NONE: 'Identity', LOGISTIC: 'Sigmoid', SOFTMAX: 'Softmax' };

/** What ai.onnx.ml does to scores at the end. */
export function postTransformed(context: NodeContext, scores: string, out: string): ExpandedNode[] {
  const transform = context.text('post_transform', 'NONE');
  const operator = entryOf(TRANSFORMS, transform);
  if (!operator) throw context.unsupported(`post_transform "${transform}"`, Object.keys(TRANSFORMS).join(', '));
  return [{ operator, inputs: [scores], outputs: [out] }];
}

/** Texts of an attribute, or undefined where it has none. */
function textsOf(context: NodeContext, ...names: string[]): string[] | undefined {
  for (const name of names) {
    const value = context.node.attributes.get(name);
    if (Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string')) return value as string[];
  }
  return undefined;
}

/**
 * Labels of classes: numbers, none where the file has none, or the places of texts, which become the model's labels.
 * @param label name of the output that has them, if somebody wants it
 */
export function labelsOf(context: NodeContext, label: string | undefined): number[] {
  const texts = textsOf(context, 'classlabels_strings', 'cats_strings');
  if (!texts) return numbers(context, context.node.attributes.has('classlabels_ints') ? 'classlabels_ints' : 'classlabels_int64s');
  const { aside } = context;
  aside.classes = true;
  if (label) aside.textual.add(label);
  return texts.map((text) => aside.texts.code(text));
}

/** `${out}` = labels[argmax of scores]. @throws ZK0510 for labels that are not one for each score */
export function labelled(context: NodeContext, scores: string, labels: readonly number[], count: number, out: string): ExpandedNode[] {
  if (labels.length && labels.length !== count) throw context.invalid(`${labels.length} labels for ${count} scores`);
  const known = labels.length ? labels : listOf(count, (i) => i);
  const table: Tensor = { shape: [known.length], data: Float64Array.from(known), kind: 'integer' };
  return [
    { operator: 'ArgMax', inputs: [scores], outputs: [`${out} place`], attributes: { axis: 1, keepdims: 0 } },
    { operator: 'Gather', inputs: [table, `${out} place`], outputs: [out], attributes: { axis: 0 } },
  ];
}

/** `${out}` = the first input as reals; those of a wider type stay of that type */
const toReal = ({ node, types }: NodeContext, out: string): ExpandedNode =>
  types[0] === 'integer'
    ? { operator: 'Cast', inputs: [node.inputs[0]!], outputs: [out], attributes: { to: FLOAT } }
    : { operator: 'Identity', inputs: [node.inputs[0]!], outputs: [out] };

/** X as [samples, features] of reals */
export function features(context: NodeContext): { nodes: ExpandedNode[]; name: string; samples: number; size: number } {
  const shape = context.shape(0);
  const size = shape.at(-1) ?? 1;
  const samples = elementsOf(shape) / size;
  const name = `${context.node.outputs.find((output) => output !== '')} features`;
  const nodes: ExpandedNode[] = [
    toReal(context, `${name} real`),
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
  if (intercepts.length && intercepts.length !== targets) throw context.invalid(`${intercepts.length} intercepts for ${targets} targets`);
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
    const labels = labelsOf(context, label);
    const coefficients = numbers(context, 'coefficients').length;
    const count = coefficients / (context.shape(0).at(-1) ?? 1);
    if (!Number.isInteger(count) || count < 1)
      throw context.invalid(`${coefficients} coefficients for input 0 of shape [${context.shape(0)}]`);
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
    if (label) nodes.push(...labelled(context, raw, labels, Math.max(2, count), label));
    if (scores)
      nodes.push(...(binary ? [{ operator: 'Identity', inputs: [raw], outputs: [scores] }] : postTransformed(context, raw, scores)));
    return nodes;
  }),
  () => [INT64],
);

export const Scaler = expanding((context) => {
  const [out] = context.node.outputs as [string];
  const [offset, scale] = [numbers(context, 'offset'), numbers(context, 'scale')];
  const row = (list: readonly number[]): Tensor => ({
    shape: list.length === 1 ? [] : [list.length],
    data: Float64Array.from(list),
    kind: 'real',
  });
  return [
    toReal(context, `${out} real`),
    { operator: 'Sub', inputs: [`${out} real`, row(offset.length ? offset : [0])], outputs: [`${out} centred`] },
    { operator: 'Mul', inputs: [`${out} centred`, row(scale.length ? scale : [1])], outputs: [out] },
  ];
});

const NORMS: Readonly<Record<string, 'ReduceMax' | 'ReduceL1' | 'ReduceL2'>> = { MAX: 'ReduceMax', L1: 'ReduceL1', L2: 'ReduceL2' };

export const Normalizer = expanding((context) => {
  const norm = context.text('norm', 'MAX');
  const operator = entryOf(NORMS, norm);
  if (!operator) throw context.invalid(`norm "${norm}"`);
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const cast: ExpandedNode = { operator: 'Cast', inputs: [x], outputs: [`${out} real`], attributes: { to: FLOAT } };
  // the sum of what a softmax gives is 1 already, as skl2onnx writes every classifier
  if (norm === 'L1' && context.aside.distributions.has(x)) return [{ ...cast, outputs: [out] }];
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

/** A dictionary of probabilities for every sample becomes the matrix that it is made of. */
export const ZipMap = expanding((context) => {
  const [[scores], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const texts = textsOf(context, 'classlabels_strings');
  if (texts) labelsOf(context, undefined);
  context.aside.notes.add(`output "${out}" is a matrix with a column for each class, where the file makes dictionaries of it (ZipMap)`);
  return [{ operator: 'Identity', inputs: [scores], outputs: [out] }];
});

/** Keys or values of a LabelEncoder: numbers, or places of texts. */
function codes(context: NodeContext, what: 'keys' | 'values'): { type: 'int64s' | 'floats' | 'strings'; list: number[] } {
  const tensor = context.node.attributes.get(`${what}_tensor`);
  if (typeof tensor === 'object' && 'data' in tensor) {
    const type = tensor.elementType === TEXT ? 'strings' : tensor.kind === 'integer' ? 'int64s' : 'floats';
    return { type, list: [...tensor.data] };
  }
  const texts = textsOf(context, `${what}_strings`, ...(what === 'keys' ? [] : ['classes_strings']));
  if (texts) return { type: 'strings', list: texts.map((text) => context.aside.texts.code(text)) };
  for (const type of ['int64s', 'floats'] as const)
    if (context.node.attributes.has(`${what}_${type}`)) return { type, list: numbers(context, `${what}_${type}`) };
  throw context.invalid(`it has no ${what}`);
}

/** Numbers or texts to numbers or texts. */
export const LabelEncoder = pointwise((context) => {
  // version 1 had one list of texts, and went from either to the other
  const old = textsOf(context, 'classes_strings');
  const [keys, values] = old
    ? [{ type: 'int64s' as const, list: old.map((_, i) => i) }, codes(context, 'values')]
    : [codes(context, 'keys'), codes(context, 'values')];
  if (keys.list.length === 0 || keys.list.length !== values.list.length)
    throw context.invalid(`${keys.list.length} keys and ${values.list.length} values`);
  const texts = context.aside.textual.has(context.node.inputs[0]!);
  if (texts !== (keys.type === 'strings'))
    throw context.unsupported(texts ? 'texts as input' : 'keys that are texts', 'keys of the type of the input');
  if (values.type === 'strings') context.aside.textual.add(context.node.outputs[0]!);
  const whole = values.type !== 'floats';
  const otherwise =
    values.type === 'floats' ? context.float('default_float', 0) : values.type === 'int64s' ? context.integer('default_int64', -1) : -1;
  /** stored reals are near a key, integers are it */
  const slack = (key: number): number => (keys.type === 'floats' ? 1e-3 * Math.max(1, Math.abs(key)) : 0.5);
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

/** What is missing (no number) cannot be an input here; another value that stands for it is replaced, column by column. */
export const Imputer = expanding((context) => {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const whole = context.types[0] === 'integer';
  const given = whole ? (context.integers('imputed_value_int64s') ?? []) : numbers(context, 'imputed_value_floats');
  const columns = context.shape(0).at(-1) ?? 1;
  if (given.length !== 1 && given.length !== columns) throw context.invalid(`${given.length} values for ${columns} columns`);
  const missing = whole ? context.integer('replaced_value_int64', 0) : context.number('replaced_value_float', 0);
  if (Number.isNaN(missing)) {
    context.aside.notes.add('Imputer is left out: an input that is no number (NaN) is refused, fill it in before');
    return [{ operator: 'Identity', inputs: [x], outputs: [out] }];
  }
  const kind = whole ? 'integer' : 'real';
  const values: Tensor = { shape: given.length === 1 ? [] : [columns], data: Float64Array.from(given), kind };
  return [
    { operator: 'Equal', inputs: [x, { shape: [], data: Float64Array.of(missing), kind }], outputs: [`${out} missing`] },
    { operator: 'Where', inputs: [`${out} missing`, values, x], outputs: [out] },
  ];
});

/** A column for each category, 1 where the value is it; a value that is none has zeros. */
export const OneHotEncoder = expanding((context) => {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  if (textsOf(context, 'cats_strings')) throw context.unsupported('categories that are texts', 'integers');
  const places = context.integers('cats_int64s') ?? [];
  if (places.length === 0) throw context.invalid('it has no categories');
  const shape = context.shape(0);
  const list: Tensor = { shape: [places.length], data: Float64Array.from(places), kind: 'integer' };
  return [
    { operator: 'Cast', inputs: [x], outputs: [`${out} whole`], attributes: { to: INT64 } },
    { operator: 'Reshape', inputs: [`${out} whole`, integers(...shape, 1)], outputs: [`${out} column`] },
    { operator: 'Equal', inputs: [`${out} column`, list], outputs: [`${out} found`] },
    { operator: 'Cast', inputs: [`${out} found`], outputs: [out], attributes: { to: FLOAT } },
  ];
});

/** features side by side */
export const FeatureVectorizer = expanding((context) => {
  const [out] = context.node.outputs as [string];
  const inputs = context.node.inputs.filter((name) => name !== '');
  if (inputs.length === 0) throw context.invalid('it has no input');
  const sizes = context.integers('inputdimensions');
  const nodes: ExpandedNode[] = [];
  const parts = inputs.map((name, i) => {
    const shape = context.rank(i, 1, 2);
    const [rows, columns] = shape.length === 1 ? [1, shape[0]!] : (shape as [number, number]);
    if (sizes && sizes[i] !== columns) throw context.invalid(`input ${i} has ${columns} columns, "inputdimensions" says ${sizes[i]}`);
    nodes.push(
      { operator: 'Cast', inputs: [name], outputs: [`${out} real ${i}`], attributes: { to: FLOAT } },
      { operator: 'Reshape', inputs: [`${out} real ${i}`, integers(rows, columns)], outputs: [`${out} part ${i}`] },
    );
    return `${out} part ${i}`;
  });
  return [...nodes, { operator: 'Concat', inputs: parts, outputs: [out], attributes: { axis: 1 } }];
});
