// Integers that stand for reals: QuantizeLinear, DequantizeLinear (ONNX 10-25), MatMulInteger, ConvInteger, QLinearMatMul, QLinearConv (10).
// Products of integers are exact; what requantises them is a table. A pair that quantises a real number and takes it back is one rounding, which the
// table before it does. Caveat: scales and zero points must be constants.
import { realsOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, type Tensor } from '../onnx/tensor.ts';
import { FLOAT, INT32, UINT8 } from '../onnx/tensor-proto.ts';
import { type ExpandedNode, expanding, type Grid, type NodeContext, ofTypes, pointwise } from './operator.ts';

/** least and most of the integer element types that a tensor may be quantised to */
const LIMITS: Readonly<Record<number, readonly [number, number]>> = {
  2: [0, 255],
  3: [-128, 127],
  4: [0, 65535],
  5: [-32768, 32767],
  21: [0, 15],
  22: [-8, 7],
};

/** halves to the even integer */
export const roundEven = (x: number): number => {
  const below = Math.floor(x);
  const rest = x - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
};

/** round(x · factor) + zero, limited; expansions use it */
export const Requantise = pointwise((context) => {
  const [factor, zero] = [context.float('factor', 1), context.integer('zero', 0)];
  const [low, high] = [context.integer('low', 0), context.integer('high', 0)];
  return {
    name: `Requantise(${factor}, ${zero})`,
    apply: (x) => Math.min(Math.max(roundEven(x * factor) + zero, low), high) || 0,
    jumps: true,
    grid: 1 / factor,
    result: 'integer',
  };
});

/** The nearest real number that an integer from low to high stands for; expansions use it. */
export const OnGrid = pointwise((context) => {
  const [scale, zero] = [context.float('scale', 1), context.integer('zero', 0)];
  const [low, high] = [context.integer('low', 0) - zero, context.integer('high', 0) - zero];
  return {
    name: `OnGrid(${scale}, ${low} … ${high})`,
    apply: (x) => scale * Math.min(Math.max(roundEven(x / scale), low), high) || 0,
    clip: [scale * low, scale * high],
    jumps: true,
    rounds: scale,
  };
});

/** they give numbers of the grid of what they read, which zero is on */
const KEEPS_GRID: ReadonlySet<string> = new Set([
  'Flatten',
  'Identity',
  'MaxPool',
  'Relu',
  'Reshape',
  'Slice',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

const sameGrid = (a: Grid, b: Grid): boolean => a.scale === b.scale && a.zero === b.zero && a.low === b.low && a.high === b.high;

/** The grid that a value lies on, through what keeps it. */
function gridOf({ aside: { pairs } }: NodeContext, value: string): Grid | undefined {
  let name = value;
  for (;;) {
    const grid = pairs.onGrid.get(name);
    if (grid) return grid;
    const node = pairs.made.get(name);
    if (node?.domain !== '' || !KEEPS_GRID.has(node.operator)) return undefined;
    name = node.inputs[0]!;
  }
}

/** What DequantizeLinear gives for what QuantizeLinear made with the same scale and zero point: the real number, on their grid. */
function paired(context: NodeContext, { scale, zero }: { scale: Tensor; zero: Tensor | undefined }): ExpandedNode[] | undefined {
  const { pairs } = context.aside;
  const [[integers], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const made = pairs.quantised.get(integers);
  if (!made || scale.shape.length > 0 || (zero && zero.shape.length > 0)) return undefined;
  if (made.scale !== scale.data[0] || made.zero !== (zero?.data[0] ?? 0)) return undefined;
  const before = gridOf(context, made.source);
  pairs.onGrid.set(out, made);
  const same = pairs.folded.get(integers) ?? (before && sameGrid(before, made) ? made.source : undefined);
  if (same !== undefined) return [{ operator: 'Identity', inputs: [same], outputs: [out] }];
  pairs.folded.set(integers, out);
  const { source, ...attributes } = made;
  return [{ operator: 'OnGrid', inputs: [source], outputs: [out], attributes: { ...attributes } }];
}

/** A scale or zero point as it broadcasts to the tensor: a number, one for each place on an axis, or one for each block of an axis. */
function spread(context: NodeContext, parameter: Tensor, shape: Shape, axis: number): Tensor {
  const count = elementsOf(parameter.shape);
  if (count === 1) return { ...parameter, shape: [] };
  if (parameter.shape.length === 1) {
    if (count !== shape[axis]) throw context.invalid(`${count} scales for an axis of ${shape[axis]}`);
    return { ...parameter, shape: shape.slice(axis).map((size, i) => (i === 0 ? size : 1)) };
  }
  const block = context.integer('block_size', 0);
  if (block < 1 || parameter.shape.length !== shape.length || parameter.shape[axis] !== Math.ceil(shape[axis]! / block))
    throw context.invalid(`scales of shape [${parameter.shape}] with blocks of ${block} for [${shape}]`);
  const inner = elementsOf(shape.slice(axis + 1));
  const [size, blocks] = [shape[axis]!, parameter.shape[axis]];
  const data = realsOf(elementsOf(shape), (e) => {
    const place = Math.floor(e / inner);
    const at = Math.floor(place / size) * blocks + Math.floor((place % size) / block);
    return parameter.data[at * inner + (e % inner)]!;
  });
  return { ...parameter, shape, data };
}

/** Scale and zero point of inputs i and i + 1. */
function parameters(
  context: NodeContext,
  i: number,
  shape: Shape,
  axis: number,
): { scale: Tensor; zero: Tensor | undefined; type: number } {
  const given = context.constant(i, 'scale');
  const zero = context.has(i + 1) ? context.constant(i + 1, 'zero point') : undefined;
  if (given.data.some((scale) => !(scale > 0))) throw context.invalid('a scale is not positive');
  return {
    scale: { ...spread(context, given, shape, axis), kind: 'real' },
    zero: zero?.data.some((z) => z !== 0) ? { ...spread(context, zero, shape, axis), kind: 'integer' } : undefined,
    type: zero?.elementType ?? context.integer('output_dtype', 0),
  };
}

const lastAxis = (context: NodeContext, shape: Shape): number =>
  shape.length === 0 ? 0 : context.axis(Math.min(context.integer('axis', 1), Math.max(shape.length - 1, 0)), shape.length);

const limitsOf = (context: NodeContext, type: number): readonly [number, number] => {
  const limits = LIMITS[type || UINT8];
  if (!limits) throw context.unsupported(`quantising to element type ${type}`, 'integers of 4, 8 and 16 bits');
  return limits;
};

const reciprocal = (tensor: Tensor): Tensor => ({ ...tensor, data: tensor.data.map((x) => 1 / x) });

/** round(x / scale) + zero of a real tensor */
function quantised(
  out: string,
  x: string,
  scale: Tensor,
  zero: Tensor | undefined,
  [low, high]: readonly [number, number],
): ExpandedNode[] {
  const single = (tensor: Tensor | undefined): boolean => !tensor || tensor.shape.length === 0;
  if (single(scale) && single(zero))
    return [
      {
        operator: 'Requantise',
        inputs: [x],
        outputs: [out],
        attributes: { factor: 1 / scale.data[0]!, zero: zero?.data[0] ?? 0, low, high },
      },
    ];
  const attributes = { factor: 1, zero: 0, low: zero ? low - high : low, high: zero ? high - low : high };
  const nodes: ExpandedNode[] = [
    { operator: 'Mul', inputs: [x, reciprocal(scale)], outputs: [`${out} scaled`] },
    { operator: 'Requantise', inputs: [`${out} scaled`], outputs: [zero ? `${out} rounded` : out], attributes },
  ];
  if (!zero) return nodes;
  return [
    ...nodes,
    { operator: 'Add', inputs: [`${out} rounded`, zero], outputs: [`${out} moved`] },
    { operator: 'Requantise', inputs: [`${out} moved`], outputs: [out], attributes: { factor: 1, zero: 0, low, high } },
  ];
}

export const QuantizeLinear = ofTypes(
  expanding((context) => {
    const shape = context.shape(0);
    const { scale, zero, type } = parameters(context, 1, shape, lastAxis(context, shape));
    const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
    const [low, high] = limitsOf(context, type);
    if (scale.shape.length === 0 && (!zero || zero.shape.length === 0) && context.types[0] === 'real')
      context.aside.pairs.quantised.set(out, { source: x, scale: scale.data[0]!, zero: zero?.data[0] ?? 0, low, high });
    return quantised(out, x, scale, zero, [low, high]);
  }),
  (context) => [context.elementTypes[2] ?? (context.integer('output_dtype', 0) || UINT8)],
);

export const DequantizeLinear = expanding((context) => {
  const shape = context.shape(0);
  if (context.types[0] !== 'integer') throw context.unsupported('a tensor of 8-bit floating point', 'integers');
  const { scale, zero } = parameters(context, 1, shape, lastAxis(context, shape));
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const pair = paired(context, { scale, zero });
  if (pair) return pair;
  const nodes: ExpandedNode[] = zero ? [{ operator: 'Sub', inputs: [x, zero], outputs: [`${out} centred`] }] : [];
  return [
    ...nodes,
    { operator: 'Cast', inputs: [zero ? `${out} centred` : x], outputs: [`${out} real`], attributes: { to: FLOAT } },
    { operator: 'Mul', inputs: [`${out} real`, scale], outputs: [out] },
  ];
});

/** Input i minus its zero point (input `at`), which broadcasts along `axis` if it has several values. */
export function centred(context: NodeContext, i: number, at: number, axis: number, name: string): { nodes: ExpandedNode[]; value: string } {
  const zero = context.has(at) ? context.constant(at, 'zero point') : undefined;
  const value = context.node.inputs[i]!;
  if (!zero?.data.some((z) => z !== 0)) return { nodes: [], value };
  const shift: Tensor = { ...spread(context, zero, context.shape(i), axis), kind: 'integer' };
  return { nodes: [{ operator: 'Sub', inputs: [value, shift], outputs: [name] }], value: name };
}

export const MatMulInteger = ofTypes(
  expanding((context) => {
    const [out] = context.node.outputs as [string];
    const a = centred(context, 0, 2, context.shape(0).length - 2, `${out} a`);
    const b = centred(context, 1, 3, context.shape(1).length - 1, `${out} b`);
    return [...a.nodes, ...b.nodes, { operator: 'MatMul', inputs: [a.value, b.value], outputs: [out] }];
  }),
  () => [INT32],
);

const windowAttributes = (context: NodeContext): ExpandedNode['attributes'] => Object.fromEntries(context.node.attributes);

export const ConvInteger = ofTypes(
  expanding((context) => {
    const [out] = context.node.outputs as [string];
    const x = centred(context, 0, 2, 1, `${out} x`);
    const w = centred(context, 1, 3, 0, `${out} w`);
    return [
      ...x.nodes,
      ...w.nodes,
      { operator: 'Conv', inputs: [x.value, w.value], outputs: [out], attributes: windowAttributes(context)! },
    ];
  }),
  () => [INT32],
);

/** Requantises an exact sum or product: scales of its factors, of which the last may have several, and scale and zero point of the result. */
export function requantised(
  context: NodeContext,
  product: string,
  out: string,
  channels: Shape,
  { factors: places, result, alpha = 1 }: { factors: readonly number[]; result: number; alpha?: number },
): ExpandedNode[] {
  const scales = places.map((i) => context.constant(i, 'scale'));
  const [b, y] = [scales.at(-1)!, context.constant(result, 'scale')];
  const zero = context.has(result + 1) ? context.constant(result + 1, 'zero point') : undefined;
  const [low, high] = limitsOf(context, zero?.elementType ?? context.elementTypes[0] ?? 0);
  if ([...scales.slice(0, -1), y].some(({ shape }) => elementsOf(shape) !== 1))
    throw context.unsupported('a scale for every row', 'one scale, or one for every column or channel');
  const rest = scales.slice(0, -1).reduce((product, { data }) => product * data[0]!, alpha);
  const factors = b.data.map((scale) => (rest * scale) / y.data[0]!);
  const attributes = { zero: zero?.data[0] ?? 0, low, high };
  if (factors.length === 1)
    return [{ operator: 'Requantise', inputs: [product], outputs: [out], attributes: { ...attributes, factor: factors[0]! } }];
  return [
    { operator: 'Cast', inputs: [product], outputs: [`${out} real`], attributes: { to: FLOAT } },
    { operator: 'Mul', inputs: [`${out} real`, { shape: channels, data: factors, kind: 'real' }], outputs: [`${out} scaled`] },
    { operator: 'Requantise', inputs: [`${out} scaled`], outputs: [out], attributes: { ...attributes, factor: 1 } },
  ];
}

/** inputs of QLinearMatMul and QLinearConv that have scales */
const LINEAR = { factors: [1, 4], result: 6 } as const;

export const QLinearMatMul = ofTypes(
  expanding((context) => {
    const [out] = context.node.outputs as [string];
    const a = centred(context, 0, 2, context.shape(0).length - 2, `${out} a`);
    const b = centred(context, 3, 5, context.shape(3).length - 1, `${out} b`);
    const product: ExpandedNode = { operator: 'MatMul', inputs: [a.value, b.value], outputs: [`${out} product`] };
    return [...a.nodes, ...b.nodes, product, ...requantised(context, `${out} product`, out, [elementsOf(context.shape(4))], LINEAR)];
  }),
  (context) => [context.elementTypes[7]],
);

export const QLinearConv = ofTypes(
  expanding((context) => {
    const [out] = context.node.outputs as [string];
    const x = centred(context, 0, 2, 1, `${out} x`);
    const w = centred(context, 3, 5, 0, `${out} w`);
    const bias = context.has(8) ? [context.node.inputs[8]!] : [];
    const attributes = windowAttributes(context)!;
    const channels = [
      elementsOf(context.shape(4)),
      ...context
        .shape(0)
        .slice(2)
        .map(() => 1),
    ];
    return [
      ...x.nodes,
      ...w.nodes,
      { operator: 'Conv', inputs: [x.value, w.value, ...bias], outputs: [`${out} product`], attributes },
      ...requantised(context, `${out} product`, out, channels, LINEAR),
    ];
  }),
  (context) => [context.elementTypes[7]],
);
