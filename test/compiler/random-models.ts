// Random small models from one seed: chains of layers with branches, on images, signals, tokens and samples. Whatever a layer draws must be
// valid ONNX; a layer that does not fit the value's shape is drawn again. Caveat: sizes are small, so that thousands can be checked.
import type { RealTensors } from '../../compiler/index.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { randomNumbers, randomTensor } from './check.ts';
import type { TestModel, TestNode, TestTensor } from './onnx-writer.ts';

/** elements of one value at most */
const MOST_ELEMENTS = 500;

/** inputs of one output at most: the compiler's rounding costs their third power */
const MOST_DEPTH = 300;

/** A model that grows at its end. */
class Draft {
  readonly nodes: TestNode[] = [];
  readonly initializers: Record<string, TestTensor> = {};
  /** all values computed so far */
  readonly shapes = new Map<string, number[]>();
  readonly input: number[];
  value = 'x';
  readonly #random: () => number;

  constructor(seed: number, input: (draft: Draft) => number[]) {
    this.#random = randomNumbers(seed);
    this.input = input(this);
    this.shapes.set('x', this.input);
  }

  get shape(): number[] {
    return this.shapes.get(this.value)!;
  }

  pick(least: number, most: number): number {
    return least + Math.floor(((this.#random() + 1) / 2) * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.#random() < 2 * share - 1;
  }

  one<T>(list: readonly T[]): T {
    return list[this.pick(0, list.length - 1)]!;
  }

  tensor(shape: number[], scale = 1, offset = 0): TestTensor {
    return randomTensor(this.#random, shape, scale, offset);
  }

  /** Adds a node that reads the last value, then `others`, then constants; its result is the last value from then on. */
  add(
    op: string,
    shape: number[],
    parts: { attributes?: TestNode['attributes']; others?: string[]; constants?: TestTensor[]; before?: string[] } = {},
  ): string {
    const out = `v${this.nodes.length}`;
    const constants = (parts.constants ?? []).map((tensor, i) => {
      this.initializers[`${out}c${i}`] = tensor;
      return `${out}c${i}`;
    });
    const inputs = [...(parts.before ?? []), this.value, ...(parts.others ?? []), ...constants];
    this.nodes.push({ op, inputs, outputs: [out], attributes: parts.attributes ?? {} });
    this.shapes.set(out, shape);
    this.value = out;
    return out;
  }
}

/** Adds a layer, or returns false if it does not fit. */
type Layer = (draft: Draft) => boolean;

const integers = (data: number[]): TestTensor => ({ shape: [data.length], data, integer: true });
const fits = (shape: readonly number[]): boolean => shape.every((size) => size >= 1) && elementsOf(shape) <= MOST_ELEMENTS;

/** one window along each spatial axis */
function window(draft: Draft, sizes: readonly number[], most: number, pooling: boolean) {
  const kernel = sizes.map((size, i) => draft.pick(1, Math.min(most + 2 * i, size + 1)));
  const strides = sizes.map(() => (draft.chance(0.35) ? draft.pick(2, 3) : 1));
  const dilations = sizes.map(() => (!pooling && draft.chance(0.15) ? 2 : 1));
  const extents = kernel.map((k, i) => (k - 1) * dilations[i]! + 1);
  const pad = (i: number): number => draft.pick(0, pooling ? Math.floor((kernel[i]! - 1) / 2) : 2);
  const pads = [...sizes.map((_, i) => pad(i)), ...sizes.map((_, i) => pad(i))];
  const ceil = pooling && draft.chance(0.2);
  const out = sizes.map((size, i) => {
    const room = size + pads[i]! + pads[i + sizes.length]! - extents[i]!;
    let count = (ceil ? Math.ceil : Math.floor)(room / strides[i]!) + 1;
    // a window that ceil_mode adds must start inside the image or the padding before it
    if (ceil && (count - 1) * strides[i]! >= size + pads[i]!) count--;
    return room < 0 ? 0 : count;
  });
  return { kernel, strides, dilations, pads, out, ceil };
}

const convolution: Layer = (draft) => {
  const [samples, channels, ...sizes] = draft.shape as [number, number, ...number[]];
  const { kernel, strides, dilations, pads, out } = window(draft, sizes, 4, false);
  const depthwise = draft.chance(0.25);
  const group = depthwise ? channels : channels % 2 === 0 && draft.chance(0.3) ? 2 : 1;
  const outputs = group * draft.pick(1, depthwise ? 2 : 6);
  const shape = [samples, outputs, ...out];
  if (!fits(shape)) return false;
  const weights = draft.tensor([outputs, channels / group, ...kernel]);
  const constants = draft.chance(0.6) ? [weights, draft.tensor([outputs])] : [weights];
  draft.add('Conv', shape, { constants, attributes: { group, pads, strides, dilations } });
  return true;
};

const transposed: Layer = (draft) => {
  const [samples, channels, ...sizes] = draft.shape as [number, number, ...number[]];
  const kernel = sizes.map(() => draft.pick(1, 3));
  const strides = sizes.map(() => draft.pick(1, 2));
  const outputs = draft.pick(1, 3);
  const shape = [samples, outputs, ...sizes.map((size, i) => (size - 1) * strides[i]! + kernel[i]!)];
  if (!fits(shape)) return false;
  draft.add('ConvTranspose', shape, { constants: [draft.tensor([channels, outputs, ...kernel])], attributes: { strides } });
  return true;
};

const pool: Layer = (draft) => {
  const [samples, channels, ...sizes] = draft.shape as [number, number, ...number[]];
  const halving = draft.chance(0.5);
  const op = draft.one(['MaxPool', 'AveragePool']);
  if (halving) {
    const shape = [samples, channels, ...sizes.map((size) => Math.floor(size / 2))];
    if (!fits(shape)) return false;
    draft.add(op, shape, { attributes: { kernel_shape: sizes.map(() => 2), strides: sizes.map(() => 2) } });
    return true;
  }
  const { kernel, strides, pads, out, ceil } = window(draft, sizes, 3, true);
  const shape = [samples, channels, ...out];
  // every window must see an element
  const empty = out.some((count, i) => (count - 1) * strides[i]! - pads[i]! >= sizes[i]!);
  if (!fits(shape) || empty || kernel.every((size) => size === 1)) return false;
  draft.add(op, shape, { attributes: { kernel_shape: kernel, strides, pads, ceil_mode: ceil ? 1 : 0 } });
  return true;
};

const normalisation: Layer = (draft) => {
  const channels = draft.shape[1]!;
  const variance = draft.tensor([channels], 1, 1.5);
  const constants = [draft.tensor([channels]), draft.tensor([channels]), draft.tensor([channels]), variance];
  draft.add('BatchNormalization', draft.shape, { constants });
  return true;
};

const ACTIVATIONS: readonly (readonly [op: string, attributes?: TestNode['attributes']])[] = [
  ['Relu'],
  ['Relu'],
  ['Sigmoid'],
  ['Tanh'],
  ['LeakyRelu', { alpha: { float: 0.1 } }],
  ['Elu'],
  ['HardSigmoid'],
  ['HardSwish'],
  ['Softplus'],
  ['Softsign'],
  ['Abs'],
  ['Erf'],
  ['Mish'],
];
const activation: Layer = (draft) => {
  const [op, attributes] = draft.one(ACTIVATIONS);
  draft.add(op, draft.shape, attributes ? { attributes } : {});
  return true;
};

/** a constant of the value's shape with some axes of size 1 and leading ones left out */
function spread(draft: Draft): number[] {
  const sizes = draft.shape.map((size) => (draft.chance(0.5) ? 1 : size));
  return sizes.slice(draft.pick(0, sizes.length - 1));
}
const shift: Layer = (draft) => {
  draft.add(draft.one(['Add', 'Sub']), draft.shape, { constants: [draft.tensor(spread(draft))] });
  return true;
};
const scale: Layer = (draft) => {
  if (draft.chance(0.3)) draft.add('Div', draft.shape, { constants: [draft.tensor(spread(draft), 0.5, 1.5)] });
  else draft.add('Mul', draft.shape, { constants: [draft.tensor(spread(draft))] });
  return true;
};

/** other values of the same shape */
const twins = (draft: Draft): string[] =>
  [...draft.shapes].filter(([name, shape]) => name !== draft.value && shape.join() === draft.shape.join()).map(([name]) => name);
const residual: Layer = (draft) => {
  const others = twins(draft);
  if (others.length === 0) return false;
  draft.add(draft.one(['Add', 'Add', 'Sub', 'Max', 'Min']), draft.shape, { others: [draft.one(others)] });
  return true;
};
const product: Layer = (draft) => {
  const others = twins(draft);
  if (others.length === 0) return false;
  draft.add('Mul', draft.shape, { others: [draft.one(others)] });
  return true;
};
const concatenation: Layer = (draft) => {
  const { shape } = draft;
  const axis = draft.pick(1, shape.length - 1);
  const others = [...draft.shapes].filter(
    ([, other]) => other.length === shape.length && other.every((size, i) => i === axis || size === shape[i]),
  );
  const [name, other] = draft.one(others);
  const result = shape.map((size, i) => (i === axis ? size + other[i]! : size));
  if (!fits(result)) return false;
  draft.add('Concat', result, { others: [name], attributes: { axis } });
  return true;
};

const slice: Layer = (draft) => {
  const { shape } = draft;
  const axis = draft.pick(1, shape.length - 1);
  const size = shape[axis]!;
  const start = draft.pick(0, size - 1);
  const end = draft.pick(start + 1, size);
  const step = draft.pick(1, 2);
  const result = shape.map((s, i) => (i === axis ? Math.ceil((end - start) / step) : s));
  draft.add('Slice', result, { constants: [start, end, axis, step].map((x) => integers([x])) });
  return true;
};
const padding: Layer = (draft) => {
  const { shape } = draft;
  const pads = [...shape, ...shape].map((_, i) => (i % shape.length < 2 ? 0 : draft.pick(0, 2)));
  const mode = draft.one(['constant', 'edge']);
  const result = shape.map((size, i) => size + pads[i]! + pads[i + shape.length]!);
  if (!fits(result)) return false;
  draft.add('Pad', result, { constants: [integers(pads)], attributes: { mode } });
  return true;
};
const upsampling: Layer = (draft) => {
  const scales = draft.shape.map((_, i) => (i < 2 ? 1 : draft.pick(1, 2)));
  const result = draft.shape.map((size, i) => size * scales[i]!);
  if (!fits(result)) return false;
  draft.initializers.nothing = { shape: [0], data: [] };
  draft.add('Resize', result, {
    others: ['nothing'],
    constants: [{ shape: [scales.length], data: scales }],
    attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  });
  return true;
};
const permutation: Layer = (draft) => {
  const axes = draft.shape.map((_, i) => i).slice(1);
  for (let i = axes.length - 1; i > 0; i--) {
    const j = draft.pick(0, i);
    [axes[i], axes[j]] = [axes[j]!, axes[i]!];
  }
  const perm = [0, ...axes];
  draft.add(
    'Transpose',
    perm.map((axis) => draft.shape[axis]!),
    { attributes: { perm } },
  );
  return true;
};
const reshaping: Layer = (draft) => {
  const { shape } = draft;
  if (shape.length < 3) return false;
  const rest = elementsOf(shape.slice(1));
  const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0);
  const first = draft.one(divisors);
  const inner = Array.from({ length: rest / first }, (_, i) => i + 1).filter((d) => (rest / first) % d === 0);
  const last = draft.one(inner);
  const result = shape.length === 3 ? [shape[0]!, first, rest / first] : [shape[0]!, first, rest / first / last, last];
  draft.add('Reshape', result, { constants: [integers(result)] });
  return true;
};

const dense: Layer = (draft) => {
  const { shape } = draft;
  const [depth, outputs] = [shape.at(-1)!, draft.pick(1, 20)];
  const result = [...shape.slice(0, -1), outputs];
  if (!fits(result)) return false;
  if (shape.length === 2 && draft.chance(0.6))
    draft.add('Gemm', result, { constants: [draft.tensor([outputs, depth]), draft.tensor([outputs])], attributes: { transB: 1 } });
  else draft.add('MatMul', result, { constants: [draft.tensor([depth, outputs])] });
  return true;
};
const layerNormalisation: Layer = (draft) => {
  const width = draft.shape.at(-1)!;
  // the fewer elements, the more likely that they nearly agree, and then ten bits cannot tell the deviation from zero
  if (width < 6) return false;
  // what attention averages is nearly the same for all tokens, and a normalisation would divide by its rounding
  draft.add('Add', draft.shape, { constants: [draft.tensor(draft.shape)] });
  draft.add('LayerNormalization', draft.shape, { constants: [draft.tensor([width], 0.5, 1), draft.tensor([width])] });
  return true;
};
const softmax: Layer = (draft) => {
  const axis = draft.pick(1, draft.shape.length - 1);
  draft.add('Softmax', draft.shape, { attributes: { axis } });
  return true;
};
/** softmax(q·kᵀ)·v with three maps of the same tokens */
const attention: Layer = (draft) => {
  const { shape, value } = draft;
  if (shape.length !== 3) return false;
  const [samples, tokens, width] = shape as [number, number, number];
  const [depth, out] = [draft.pick(2, 6), draft.pick(1, 8)];
  const map = (to: number): string => {
    draft.value = value;
    return draft.add('MatMul', [samples, tokens, to], { constants: [draft.tensor([width, to], 1 / Math.sqrt(width))] });
  };
  const [q, k, v] = [map(depth), map(depth), map(out)];
  draft.value = k;
  const turned = draft.add('Transpose', [samples, depth, tokens], { attributes: { perm: [0, 2, 1] } });
  draft.value = q;
  draft.add('MatMul', [samples, tokens, tokens], { others: [turned] });
  draft.add('Softmax', [samples, tokens, tokens], { attributes: { axis: 2 } });
  draft.add('MatMul', [samples, tokens, out], { others: [v] });
  return true;
};

const globalPool: Layer = (draft) => {
  const op = draft.one(['GlobalAveragePool', 'GlobalMaxPool']);
  draft.add(
    op,
    draft.shape.map((size, i) => (i < 2 ? size : 1)),
  );
  return true;
};
const reduction: Layer = (draft) => {
  const axis = draft.pick(1, draft.shape.length - 1);
  const keep = draft.shape.length < 3 || draft.chance(0.5);
  const shape = draft.shape.flatMap((size, i) => (i === axis ? (keep ? [1] : []) : [size]));
  draft.add(draft.one(['ReduceMean', 'ReduceMax', 'ReduceMin']), shape, { attributes: { axes: [axis], keepdims: keep ? 1 : 0 } });
  return true;
};
const flattened: Layer = (draft) => {
  const depth = elementsOf(draft.shape.slice(1));
  if (depth > MOST_DEPTH) return false;
  draft.add('Flatten', [draft.shape[0]!, depth]);
  const outputs = draft.pick(1, 20);
  draft.add('Gemm', [draft.shape[0]!, outputs], { constants: [draft.tensor([depth, outputs])] });
  return true;
};
const nothing: Layer = () => true;

interface Family {
  input: (draft: Draft) => number[];
  layers: readonly Layer[];
  ends: readonly Layer[];
}

/** Kinds of models, by the shape of what they read. */
export const FAMILIES = {
  images: {
    input: (d) => [1, d.pick(1, 5), d.pick(1, 9), d.pick(1, 36)],
    layers: [
      convolution,
      convolution,
      convolution,
      pool,
      pool,
      normalisation,
      activation,
      activation,
      shift,
      scale,
      residual,
      concatenation,
    ],
    ends: [nothing, globalPool, flattened, flattened, permutation],
  },
  signals: {
    input: (d) => [1, d.pick(1, 6), d.pick(2, 40)],
    layers: [
      convolution,
      convolution,
      pool,
      normalisation,
      activation,
      residual,
      product,
      concatenation,
      slice,
      padding,
      scale,
      transposed,
    ],
    ends: [nothing, globalPool, flattened, reduction],
  },
  tokens: {
    input: (d) => [1, d.pick(1, 20), d.pick(2, 12)],
    layers: [dense, dense, dense, attention, layerNormalisation, softmax, activation, shift, scale, residual, permutation, concatenation],
    ends: [nothing, reduction, dense, flattened],
  },
  moves: {
    input: (d) => [1, d.pick(1, 4), d.pick(1, 6), d.pick(1, 20)],
    layers: [
      convolution,
      activation,
      permutation,
      reshaping,
      slice,
      padding,
      upsampling,
      concatenation,
      residual,
      product,
      reduction,
      pool,
      shift,
    ],
    ends: [nothing, flattened, globalPool],
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof FAMILIES;

/** deeper values are not read on: rounding errors of random layers multiply */
const MOST_LAYERS = 6;

/** A random model of a family. */
export function randomModel(family: FamilyName, seed: number): TestModel {
  const { input, layers, ends } = FAMILIES[family] as Family;
  const draft = new Draft(seed, input);
  for (let left = draft.pick(1, MOST_LAYERS); left > 0; left--) {
    const fourAxes = draft.shape.length === 4 || family !== 'moves';
    for (let tries = 0; tries < 8; tries++) {
      const layer = draft.one(layers);
      if (!fourAxes && (layer === convolution || layer === pool || layer === upsampling || layer === padding)) continue;
      if (draft.shape.length < 3 && layer !== activation && layer !== shift) continue;
      if (layer(draft)) break;
    }
  }
  const end = draft.one(ends);
  if (draft.shape.length >= 3 && !(end === globalPool && draft.shape.length !== draft.input.length)) end(draft);
  if (draft.nodes.length === 0) activation(draft);
  const outputs = [draft.value];
  // an inner value as a second output must not be fused away
  if (draft.chance(0.15)) outputs.push(draft.one(draft.nodes).outputs[0]!);
  return { nodes: draft.nodes, inputs: { x: draft.input }, outputs: [...new Set(outputs)], initializers: draft.initializers };
}

/** Three inputs for a random model. */
export function samplesFor(model: TestModel, seed: number): RealTensors[] {
  const random = randomNumbers(seed + 1);
  return Array.from({ length: 3 }, () => ({ x: randomTensor(random, model.inputs.x as number[], 1, random()) }));
}

export const describeModel = ({ nodes, inputs }: TestModel): string => `${nodes.map(({ op }) => op).join(' ')} on [${inputs.x}]`;
