// What onnxruntime's quantiser writes beside ONNX's own operators (domain com.microsoft): QGemm, QLinearAdd, … , QLinearWhere, MatMulIntegerToFloat,
// DynamicQuantizeMatMul, DynamicQuantizeLSTM, MatMulNBits. Source: onnxruntime, "Contrib Operators". Products of integers are exact; the
// others are taken apart into DequantizeLinear, the operator of real numbers, and QuantizeLinear.
// Caveat: what is quantised as it comes is not quantised at all (dynamic-quantisation.ts): the result is the one that quantising approximates.
import { listOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Shape, type Tensor } from '../onnx/tensor.ts';
import { FLOAT } from '../onnx/tensor-proto.ts';
import { noteReal } from './dynamic-quantisation.ts';
import { type ExpandedNode, expanding, type NodeContext, type Operator, ofTypes } from './operator.ts';
import { centred, requantised } from './quantised.ts';

const firstOutput = (context: NodeContext): string => context.node.outputs[0]!;

/** Inputs at, at + 1, at + 2: integers, scale, zero point. */
function dequantised(context: NodeContext, at: number, out: string): ExpandedNode {
  context.shape(at);
  const inputs = context.node.inputs.slice(at, at + (context.has(at + 2) ? 3 : 2));
  return { operator: 'DequantizeLinear', inputs, outputs: [out] };
}

/** Scale at `at`, zero point behind it. @param integers an input of the result's type */
function quantisedTo(context: NodeContext, real: string, at: number, integers: number): ExpandedNode {
  const inputs = [real, ...context.node.inputs.slice(at, at + (context.has(at + 1) ? 2 : 1))];
  return {
    operator: 'QuantizeLinear',
    inputs,
    outputs: [firstOutput(context)],
    attributes: context.has(at + 1) ? {} : { output_dtype: context.elementTypes[integers] ?? 0 },
  };
}

/**
 * An operator of real numbers on integers that stand for them.
 * @param places of the integers among the inputs, each with scale and zero point behind it
 * @param result place of the result's scale
 */
const linear = (
  places: (context: NodeContext) => readonly number[],
  result: (context: NodeContext) => number,
  make: (context: NodeContext, reals: string[]) => Omit<ExpandedNode, 'outputs'>,
): Operator =>
  ofTypes(
    expanding((context) => {
      const out = firstOutput(context);
      const at = places(context);
      const reals = at.map((_, i) => `${out} real ${i}`);
      return [
        ...at.map((place, i) => dequantised(context, place, reals[i]!)),
        { ...make(context, reals), outputs: [`${out} result`] },
        quantisedTo(context, `${out} result`, result(context), at[0]!),
      ];
    }),
    (context) => [context.elementTypes[result(context) + 1] ?? context.elementTypes[places(context)[0]!]],
  );

const ofOne = (operator: string, attributes: (context: NodeContext) => NonNullable<ExpandedNode['attributes']>): Operator =>
  linear(
    () => [0],
    () => 3,
    (context, inputs) => ({ operator, inputs, attributes: attributes(context) }),
  );
const ofTwo = (operator: string): Operator =>
  linear(
    () => [0, 3],
    () => 6,
    (_, inputs) => ({ operator, inputs }),
  );

/** the node's own attributes, of a pool; channels come second */
const pooled = (context: NodeContext): NonNullable<ExpandedNode['attributes']> => {
  if (context.integer('channels_last', 0) !== 0) throw context.unsupported('channels_last = 1', 'channels_last = 0');
  return Object.fromEntries([...context.node.attributes].filter(([name]) => name !== 'channels_last'));
};

export const QLinearAdd = ofTwo('Add');
/** an exact product of integers */
export const QLinearMul = ofTypes(
  expanding((context) => {
    const out = firstOutput(context);
    const [a, b] = [centred(context, 0, 2, 0, `${out} a`), centred(context, 3, 5, 0, `${out} b`)];
    const product: ExpandedNode = { operator: 'Mul', inputs: [a.value, b.value], outputs: [`${out} product`] };
    return [...a.nodes, ...b.nodes, product, ...requantised(context, `${out} product`, out, [], { factors: [1, 4], result: 6 })];
  }),
  (context) => [context.elementTypes[7] ?? context.elementTypes[0]],
);

export const QLinearSigmoid = ofOne('Sigmoid', () => ({}));
export const QLinearLeakyRelu = ofOne('LeakyRelu', (context) => ({ alpha: context.float('alpha', 0.01) }));
/** an exact sum of integers over axes */
const averaged = (over: (context: NodeContext) => { axes: number[]; keepdims: number }): Operator =>
  ofTypes(
    expanding((context) => {
      const out = firstOutput(context);
      const attributes = over(context);
      const count = attributes.axes.reduce((product, axis) => product * context.shape(0)[axis]!, 1);
      const x = centred(context, 0, 2, 0, `${out} x`);
      return [
        ...x.nodes,
        { operator: 'ReduceSum', inputs: [x.value], outputs: [`${out} sum`], attributes },
        ...requantised(context, `${out} sum`, out, [], { factors: [1], result: 3, alpha: 1 / count }),
      ];
    }),
    (context) => [context.elementTypes[4] ?? context.elementTypes[0]],
  );
export const QLinearGlobalAveragePool = averaged((context) => {
  pooled(context);
  return { axes: listOf(context.shape(0).length, (axis) => axis).slice(2), keepdims: 1 };
});
export const QLinearReduceMean = averaged((context) => {
  const { length } = context.shape(0);
  const axes = context.integers('axes')?.map((axis) => context.axis(axis, length)) ?? listOf(length, (axis) => axis);
  return { axes: axes.sort((a, b) => a - b), keepdims: context.integer('keepdims', 1) };
});
const averagePooled = ofOne('AveragePool', pooled);
/** An exact sum over windows where all of them count the same number of elements. */
export const QLinearAveragePool: Operator = {
  ...averagePooled,
  expand: (context) => {
    const attributes = pooled(context);
    const [kernel, channels] = [context.integers('kernel_shape'), context.shape(0)[1]];
    const padded = context.text('auto_pad', 'NOTSET') !== 'NOTSET' || (context.integers('pads') ?? []).some((pad) => pad !== 0);
    const even = context.integer('ceil_mode', 0) === 0 && (!padded || context.integer('count_include_pad', 0) !== 0);
    if (!kernel || channels === undefined || !even) return averagePooled.expand!(context);
    const { ceil_mode: _ceil, count_include_pad: _count, ...rest } = attributes;
    const out = firstOutput(context);
    const x = centred(context, 0, 2, 0, `${out} x`);
    const count = elementsOf(kernel);
    const ones: Tensor = { shape: [channels, 1, ...kernel], data: realsOf(channels * count, () => 1), kind: 'integer' };
    return [
      ...x.nodes,
      { operator: 'Conv', inputs: [x.value, ones], outputs: [`${out} sum`], attributes: { ...rest, group: channels } },
      ...requantised(context, `${out} sum`, out, [], { factors: [1], result: 3, alpha: 1 / count }),
    ];
  },
};
export const QLinearSoftmax = ofOne('Softmax', (context) => {
  const rank = context.shape(0).length;
  const axis = context.axis(context.integer('axis', -1), rank);
  // operator sets before 13 take all axes from this one on as one
  if (axis !== rank - 1) throw context.unsupported(`axis ${axis} of ${rank}`, 'the last axis');
  return { axis: -1 };
});
/** each input requantised by itself, a table of its integers */
export const QLinearConcat = ofTypes(
  expanding((context) => {
    const out = firstOutput(context);
    const count = Math.floor((context.node.inputs.length - 2) / 3);
    if (count < 1) throw context.invalid('it has no input');
    const parts = listOf(count, (i) => `${out} part ${i}`);
    return [
      ...parts.flatMap((part, i) => [
        dequantised(context, 2 + 3 * i, `${part} real`),
        { ...quantisedTo(context, `${part} real`, 0, 2), outputs: [part] },
      ]),
      { operator: 'Concat', inputs: parts, outputs: [out], attributes: { axis: context.integer('axis', 0) } },
    ];
  }),
  (context) => [context.elementTypes[1] ?? context.elementTypes[2]],
);
export const QLinearWhere = linear(
  () => [1, 4],
  () => 7,
  (context, inputs) => ({ operator: 'Where', inputs: [context.node.inputs[0]!, ...inputs] }),
);

/** alpha · A' · B' + C of integers, as an integer or as a real number */
export const QGemm = ofTypes(
  expanding((context) => {
    const out = firstOutput(context);
    const [transA, transB] = [context.integer('transA', 0), context.integer('transB', 0)];
    const a = centred(context, 0, 2, transA ? 1 : 0, `${out} a`);
    const b = centred(context, 3, 5, transB ? 0 : 1, `${out} b`);
    const product = `${out} product`;
    const inputs = [a.value, b.value, ...(context.has(6) ? [context.node.inputs[6]!] : [])];
    const nodes: ExpandedNode[] = [
      ...a.nodes,
      ...b.nodes,
      { operator: 'Gemm', inputs, outputs: [product], attributes: { transA, transB } },
    ];
    const alpha = context.float('alpha', 1);
    const columns = [elementsOf(context.shape(4))];
    if (context.has(7)) return [...nodes, ...requantised(context, product, out, columns, { factors: [1, 4], result: 7, alpha })];
    return [...nodes, ...scaledBack(context, product, out, [1, 4], alpha)];
  }),
  (context) => [context.has(7) ? (context.elementTypes[8] ?? context.elementTypes[0]) : undefined],
);

/** integers times the scales of both factors */
function scaledBack(context: NodeContext, product: string, out: string, [a, b]: readonly [number, number], alpha: number): ExpandedNode[] {
  const [first, second] = [context.constant(a, 'scale'), context.constant(b, 'scale')];
  if (elementsOf(first.shape) !== 1) throw context.unsupported('a scale for every row', 'one scale, or one for every column');
  const shape: Shape = elementsOf(second.shape) === 1 ? [] : [elementsOf(second.shape)];
  const factors = real(
    shape,
    second.data.map((x) => alpha * x * first.data[0]!),
  );
  return [
    { operator: 'Cast', inputs: [product], outputs: [`${out} real`], attributes: { to: FLOAT } },
    { operator: 'Mul', inputs: [`${out} real`, factors], outputs: [out] },
  ];
}

/** Constant integers as the real numbers that they stand for; scale and zero point of a matrix are one number, or one for each column. */
function weightsOf(context: NodeContext, at: number, [scaleAt, zeroAt]: readonly [number, number]): Tensor {
  const weights = context.constant(at, 'weights');
  const scale = context.constant(scaleAt, 'scale').data;
  const zero = context.has(zeroAt) ? context.constant(zeroAt, 'zero point').data : Float64Array.of(0);
  const columns = weights.shape.at(-1)!;
  // recurrent layers have one for each direction, before the columns
  const matrices = weights.shape.length === 3 ? weights.shape[0]! : 1;
  const each = elementsOf(weights.shape) / matrices;
  const pick = (list: Float64Array, e: number): number => {
    const matrix = Math.floor(e / each);
    if (list.length === 1) return list[0]!;
    if (list.length === matrices && matrices > 1) return list[matrix]!;
    if (list.length === matrices * columns) return list[matrix * columns + (e % columns)]!;
    throw context.invalid(`${list.length} scales or zero points for weights of shape [${weights.shape}]`);
  };
  return real(
    weights.shape,
    realsOf(weights.data.length, (e) => (weights.data[e]! - pick(zero, e)) * pick(scale, e)),
  );
}

/** x · weights, times a scale, plus a bias */
function product(context: NodeContext, weights: Tensor, { scale, bias }: { scale?: number; bias: number }): ExpandedNode[] {
  const [out, shifts] = [firstOutput(context), context.has(bias)];
  const name = (step: number): string => (step === (scale === undefined ? 0 : 1) && !shifts ? out : `${out} step ${step}`);
  const nodes: ExpandedNode[] = [{ operator: 'MatMul', inputs: [context.node.inputs[0]!, weights], outputs: [name(0)] }];
  if (scale !== undefined) nodes.push({ operator: 'Mul', inputs: [name(0), context.node.inputs[scale]!], outputs: [name(1)] });
  if (shifts) nodes.push({ operator: 'Add', inputs: [name(scale === undefined ? 0 : 1), context.node.inputs[bias]!], outputs: [out] });
  return nodes;
}

export const DynamicQuantizeMatMul = expanding((context) => {
  noteReal(context, 'DynamicQuantizeMatMul');
  return product(context, weightsOf(context, 1, [2, 3]), { bias: 4 });
});

export const MatMulIntegerToFloat = expanding((context) => {
  if (context.types[0] === 'real') return product(context, weightsOf(context, 1, [3, 5]), { scale: 2, bias: 6 });
  const out = firstOutput(context);
  const a = centred(context, 0, 4, context.shape(0).length - 2, `${out} a`);
  const b = centred(context, 1, 5, context.shape(1).length - 1, `${out} b`);
  const to = context.has(6) ? `${out} scaled` : out;
  const nodes: ExpandedNode[] = [
    ...a.nodes,
    ...b.nodes,
    { operator: 'MatMul', inputs: [a.value, b.value], outputs: [`${out} product`] },
    ...scaledBack(context, `${out} product`, to, [2, 3], 1),
  ];
  if (context.has(6)) nodes.push({ operator: 'Add', inputs: [to, context.node.inputs[6]!], outputs: [out] });
  return nodes;
});

/** [directions, from, to] -> [directions, to, from] */
function turned({ shape, data }: Tensor): Tensor {
  const [count, rows, columns] = shape as unknown as [number, number, number];
  const area = rows * columns;
  return real(
    [count, columns, rows],
    realsOf(data.length, (e) => {
      const [n, at] = [Math.floor(e / area), e % area];
      return data[n * area + (at % rows) * columns + Math.floor(at / rows)]!;
    }),
  );
}

export const DynamicQuantizeLSTM = expanding((context) => {
  noteReal(context, 'DynamicQuantizeLSTM');
  context.rank(1, 3);
  context.rank(2, 3);
  const [w, r] = [turned(weightsOf(context, 1, [8, 9])), turned(weightsOf(context, 2, [10, 11]))];
  const rest = listOf(5, (i) => context.node.inputs[3 + i] ?? '');
  while (rest.at(-1) === '') rest.pop();
  const attributes = Object.fromEntries(context.node.attributes);
  return [{ operator: 'LSTM', inputs: [context.node.inputs[0]!, w, r, ...rest], outputs: context.node.outputs, attributes }];
});

/** x · B', whose rows are blocks of 2, 4 or 8 bits, packed from the lowest, each block with its own scale */
export const MatMulNBits = expanding((context) => {
  const [k, n, bits, block] = ['K', 'N', 'bits', 'block_size'].map((name) => context.integer(name, name === 'bits' ? 4 : 0)) as [
    number,
    number,
    number,
    number,
  ];
  if (k < 1 || n < 1 || block < 1 || ![2, 4, 8].includes(bits))
    throw context.invalid(`K = ${k}, N = ${n}, ${bits} bits, blocks of ${block}`);
  if (context.has(4)) throw context.unsupported('groups by index', 'blocks in order');
  const [packed, scales] = [context.constant(1, 'B'), context.constant(2, 'scales')];
  const zeros = context.has(3) ? context.constant(3, 'zero_points') : undefined;
  const [blocks, each] = [Math.ceil(k / block), 8 / bits];
  const [bytes, zeroBytes] = [Math.ceil(block / each), Math.ceil(blocks / each)];
  if (packed.data.length !== n * blocks * bytes || scales.data.length !== n * blocks)
    throw context.invalid(`${packed.data.length} bytes and ${scales.data.length} scales for ${n} rows of ${blocks} blocks`);
  const digit = (byte: number, i: number): number => (byte >> (bits * (i % each))) & (2 ** bits - 1);
  if (zeros && zeros.data.length !== (zeros.kind === 'real' ? n * blocks : n * zeroBytes))
    throw context.invalid(`${zeros.data.length} zero points for ${n} rows of ${blocks} blocks`);
  const zeroOf = (row: number, b: number): number =>
    zeros === undefined
      ? 2 ** (bits - 1)
      : zeros.kind === 'real'
        ? zeros.data[row * blocks + b]!
        : digit(zeros.data[row * zeroBytes + Math.floor(b / each)]!, b);
  const weights = realsOf(k * n, (e) => {
    const [i, row] = [Math.floor(e / n), e % n];
    const [b, inside] = [Math.floor(i / block), i % block];
    const value = digit(packed.data[(row * blocks + b) * bytes + Math.floor(inside / each)]!, inside);
    return (value - zeroOf(row, b)) * scales.data[row * blocks + b]!;
  });
  return product(context, real([k, n], weights), { bias: 5 });
});
