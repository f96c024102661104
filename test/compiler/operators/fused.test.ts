// com.microsoft: each operator says the same as the graph of ONNX operators that it stands for, and is executed as simulated.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import type { RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { BOOL, FLOAT, INT8, INT32, INT64, UINT8 } from '../../../compiler/onnx/tensor-proto.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { node, onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(23);
const t = (...shape: number[]): TestTensor => randomTensor(random, shape);
const number = (value: number): TestTensor => ({ shape: [], data: [value] });
const ints = (...data: number[]): TestTensor => ({ shape: [data.length], data, integer: true });
const uint8 = (value: number): TestTensor => ({ shape: [], data: [value], type: UINT8 });
const int8 = (shape: number[], scale: number): TestTensor => ({
  shape,
  data: Float64Array.from(randomTensor(random, shape).data, (x) => Math.round(x * scale)),
  type: INT8,
});
const ms = (op: string, inputs: string[], outputs: string[], attributes: TestNode['attributes'] = {}): TestNode =>
  node(op, inputs, outputs, attributes, 'com.microsoft');

interface Pair {
  fused: TestNode[];
  spelled: TestNode[];
  inputs: Record<string, number[]>;
  constants?: Record<string, TestTensor>;
  outputs?: string[];
}
const modelOf = ({ inputs, constants = {}, outputs = ['y'] }: Pair, nodes: TestNode[]): TestModel => ({
  nodes,
  inputs,
  outputs,
  initializers: constants,
});
const samplesOf = ({ inputs }: Pair, count = 3): RealTensors[] =>
  Array.from({ length: count }, () =>
    Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, randomTensor(random, shape)])),
  );
const evaluated = (model: TestModel, sample: RealTensors) => [...evaluateGraph(buildGraph(readOnnx(onnxModel(model))), sample)];

function expectSame(pair: Pair, samples = samplesOf(pair)): void {
  for (const sample of samples) {
    const [got, want] = [evaluated(modelOf(pair, pair.fused), sample), evaluated(modelOf(pair, pair.spelled), sample)];
    for (const [i, [name, tensor]] of got.entries()) {
      expect([name, [...tensor.shape]]).toEqual([want[i]![0], [...want[i]![1].shape]]);
      for (const [e, x] of tensor.data.entries()) expect(x).toBeCloseTo(want[i]![1].data[e]!, 6);
    }
  }
}

const ROW = { x: [2, 3, 8] };
const norm = { g: t(8), b: t(8), s: t(2, 3, 8), extra: t(8) };
const CASES: [string, Pair][] = [
  ['Gelu', { fused: [ms('Gelu', ['x'], ['y'])], spelled: [node('Gelu', ['x'], ['y'])], inputs: ROW }],
  ['FastGelu', { fused: [ms('FastGelu', ['x'], ['y'])], spelled: [node('Gelu', ['x'], ['y'], { approximate: 'tanh' })], inputs: ROW }],
  [
    'FastGelu with a bias',
    {
      fused: [ms('FastGelu', ['x', 'b'], ['y'])],
      spelled: [node('Add', ['x', 'b'], ['h']), node('Gelu', ['h'], ['y'], { approximate: 'tanh' })],
      inputs: ROW,
      constants: { b: t(8) },
    },
  ],
  [
    'BiasGelu',
    {
      fused: [ms('BiasGelu', ['x', 'b'], ['y'])],
      spelled: [node('Add', ['x', 'b'], ['h']), node('Gelu', ['h'], ['y'])],
      inputs: ROW,
      constants: { b: t(8) },
    },
  ],
  [
    'QuickGelu',
    {
      fused: [ms('QuickGelu', ['x'], ['y'], { alpha: { float: 1.5 } })],
      spelled: [node('Swish', ['x'], ['y'], { alpha: { float: 1.5 } })],
      inputs: ROW,
    },
  ],
  [
    'FusedMatMul',
    {
      fused: [ms('FusedMatMul', ['x', 'w'], ['y'], { transA: 1, transB: 1, alpha: { float: 0.5 } })],
      spelled: [
        node('Transpose', ['x'], ['xt'], { perm: [0, 2, 1] }),
        node('Transpose', ['w'], ['wt'], { perm: [0, 2, 1] }),
        node('MatMul', ['xt', 'wt'], ['p']),
        node('Mul', ['p', 'half'], ['y']),
      ],
      inputs: { x: [2, 8, 3] },
      constants: { w: t(2, 5, 8), half: number(0.5) },
    },
  ],
  [
    'FusedGemm',
    {
      fused: [ms('FusedGemm', ['x', 'w', 'c'], ['y'], { activation: 'LeakyRelu', activation_alpha: { float: 0.2 }, beta: { float: 0.5 } })],
      spelled: [node('Gemm', ['x', 'w', 'c'], ['h'], { beta: { float: 0.5 } }), node('LeakyRelu', ['h'], ['y'], { alpha: { float: 0.2 } })],
      inputs: { x: [2, 4] },
      constants: { w: t(4, 3), c: t(3) },
    },
  ],
  [
    'FusedConv with a sum',
    {
      fused: [
        ms('FusedConv', ['x', 'w', 'c', 'z'], ['y'], {
          activation: 'Clip',
          activation_params: { floats: [-0.25, 0.5] },
          pads: [1, 1, 1, 1],
        }),
      ],
      spelled: [
        node('Conv', ['x', 'w', 'c'], ['h'], { pads: [1, 1, 1, 1] }),
        node('Add', ['h', 'z'], ['s']),
        node('Clip', ['s', 'low', 'high'], ['y']),
      ],
      inputs: { x: [1, 2, 5, 5] },
      constants: { w: t(3, 2, 3, 3), c: t(3), z: t(1, 3, 5, 5), low: number(-0.25), high: number(0.5) },
    },
  ],
  [
    'SkipLayerNormalization with a bias and the sum',
    {
      fused: [ms('SkipLayerNormalization', ['x', 's', 'g', 'b', 'extra'], ['y', '', '', 'sum'], { epsilon: { float: 0.01 } })],
      spelled: [
        node('Add', ['x', 's'], ['two']),
        node('Add', ['two', 'extra'], ['sum']),
        node('LayerNormalization', ['sum', 'g', 'b'], ['y'], { epsilon: { float: 0.01 } }),
      ],
      inputs: ROW,
      constants: norm,
      outputs: ['y', 'sum'],
    },
  ],
  [
    'SkipSimplifiedLayerNormalization',
    {
      fused: [ms('SkipSimplifiedLayerNormalization', ['x', 's', 'g'], ['y'], { epsilon: { float: 0.01 } })],
      spelled: [node('Add', ['x', 's'], ['two']), node('RMSNormalization', ['two', 'g'], ['y'], { epsilon: { float: 0.01 } })],
      inputs: ROW,
      constants: norm,
    },
  ],
  [
    'SimplifiedLayerNormalization',
    {
      fused: [node('SimplifiedLayerNormalization', ['x', 'g'], ['y'], { epsilon: { float: 0.01 } })],
      spelled: [node('RMSNormalization', ['x', 'g'], ['y'], { epsilon: { float: 0.01 } })],
      inputs: ROW,
      constants: norm,
    },
  ],
  [
    'MultiHeadAttention, causal, with a bias',
    {
      fused: [ms('MultiHeadAttention', ['x', 'k', 'x', 'b'], ['y'], { num_heads: 2, unidirectional: 1 })],
      spelled: [
        node('Add', ['x', 'bq'], ['q']),
        node('Add', ['k', 'bk'], ['kk']),
        node('Add', ['x', 'bv'], ['v']),
        node('Attention', ['q', 'kk', 'v'], ['y'], { q_num_heads: 2, kv_num_heads: 2, is_causal: 1 }),
      ],
      inputs: { x: [2, 4, 8], k: [2, 4, 8] },
      constants: (() => {
        const b = t(24);
        const part = (i: number): TestTensor => ({ shape: [8], data: Float64Array.from(b.data).slice(8 * i, 8 * i + 8) });
        return { b, bq: part(0), bk: part(1), bv: part(2) };
      })(),
    },
  ],
  [
    'Attention of one matrix, with a mask of keys',
    {
      fused: [ms('Attention', ['x', 'w', 'b', 'm'], ['y'], { num_heads: 2 })],
      spelled: [
        node('MatMul', ['x', 'w'], ['p']),
        node('Add', ['p', 'b'], ['all']),
        node('Split', ['all', 'sizes'], ['q', 'k', 'v'], { axis: 2 }),
        node('Reshape', ['m', 'wide'], ['mm']),
        node('Cast', ['mm'], ['mask'], { to: BOOL }),
        node('Attention', ['q', 'k', 'v', 'mask'], ['y'], { q_num_heads: 2, kv_num_heads: 2 }),
      ],
      inputs: { x: [2, 4, 8] },
      constants: {
        w: t(8, 24),
        b: t(24),
        m: { shape: [2, 4], data: [1, 1, 1, 0, 1, 0, 0, 0], integer: true },
        sizes: ints(8, 8, 8),
        wide: ints(2, 1, 1, 4),
      },
    },
  ],
  [
    'RotaryEmbedding',
    {
      fused: [ms('RotaryEmbedding', ['x', 'places', 'c', 's'], ['y'])],
      spelled: [node('RotaryEmbedding', ['x', 'c', 's', 'places'], ['y'], { num_heads: 2 })],
      inputs: { x: [2, 3, 16] },
      constants: { places: { shape: [2, 3], data: [0, 1, 2, 4, 3, 2], integer: true }, c: t(6, 4), s: t(6, 4) },
    },
  ],
  [
    'EmbedLayerNormalization',
    {
      fused: [
        node('Identity', ['ids'], ['i']),
        ms('EmbedLayerNormalization', ['i', 'segments', 'words', 'places', 'kinds', 'g', 'b'], ['e'], { epsilon: { float: 0.01 } }),
        node('Add', ['e', 'x'], ['y']),
      ],
      spelled: [
        node('Gather', ['words', 'ids'], ['w']),
        node('Gather', ['places', 'order'], ['p']),
        node('Gather', ['kinds', 'segments'], ['k']),
        node('Sum', ['w', 'p', 'k'], ['s']),
        node('LayerNormalization', ['s', 'g', 'b'], ['e'], { epsilon: { float: 0.01 } }),
        node('Add', ['e', 'x'], ['y']),
      ],
      inputs: { x: [1, 3, 8] },
      constants: {
        ids: { shape: [1, 3], data: [4, 0, 2], integer: true },
        segments: { shape: [1, 3], data: [0, 1, 1], integer: true },
        order: { shape: [1, 3], data: [0, 1, 2], integer: true },
        words: t(5, 8),
        places: t(4, 8),
        kinds: t(2, 8),
        g: t(8),
        b: t(8),
      },
    },
  ],
];

describe('what the optimiser fuses', () => {
  test.each(CASES)('%s is what it stands for', (_name, pair) => {
    const samples = samplesOf(pair);
    expectSame(pair, samples);
    expect(checkModel(modelOf(pair, pair.fused), samples).error).toBeLessThan(0.02);
  });

  const refused: [string, TestNode, RegExp][] = [
    ['an activation that nobody knows', ms('FusedGemm', ['x', 'w'], ['y'], { activation: 'Sine' }), /FusedGemm: activation Sine/],
    ['a swapped batch', ms('FusedMatMul', ['x', 'w'], ['y'], { transBatchA: 1 }), /FusedMatMul: transBatchA = 1/],
    ['a cache of keys', ms('MultiHeadAttention', ['x3', 'x3', 'x3'], ['y', 'k'], { num_heads: 1 }), /earlier keys/],
    ['heads that do not divide', ms('MultiHeadAttention', ['x3', 'x3', 'x3'], ['y'], { num_heads: 3 }), /4 columns for 3 heads/],
    ['statistics', ms('SkipLayerNormalization', ['x', 'x', 'g'], ['y', 'mean']), /mean and deviation/],
  ];
  test.each(refused)('%s is refused by name', (_name, odd, message) => {
    const model: TestModel = {
      nodes: [node('Unsqueeze', ['x', 'zero'], ['x3']), odd],
      inputs: { x: [2, 4] },
      outputs: odd.outputs.filter((name) => name !== ''),
      initializers: { w: t(4, 3), g: t(4), zero: ints(0) },
    };
    expect(() => checkModel(model, [{ x: randomTensor(random, [2, 4]) }])).toThrow(message);
  });
});

const q = { s: number(0.03), z: uint8(120), ys: number(0.05), yz: uint8(100), ws: number(0.02), wz: { shape: [], data: [3], type: INT8 } };
/** x → uint8, then an operator of integers */
const quantise = node('QuantizeLinear', ['x', 's', 'z'], ['i']);
const real = node('DequantizeLinear', ['i', 's', 'z'], ['r']);
const back = node('QuantizeLinear', ['h', 'ys', 'yz'], ['y']);
const one = (op: string, spelled: TestNode, inputs: number[], attributes: TestNode['attributes'] = {}): [string, Pair] => [
  `QLinear${op}`,
  {
    fused: [quantise, ms(`QLinear${op}`, ['i', 's', 'z', 'ys', 'yz'], ['y'], attributes)],
    spelled: [quantise, real, { ...spelled, inputs: ['r', ...spelled.inputs], outputs: ['h'] }, back],
    inputs: { x: inputs },
    constants: q,
  },
];
const two = (op: string): [string, Pair] => [
  `QLinear${op}`,
  {
    fused: [quantise, ms(`QLinear${op}`, ['i', 's', 'z', 'w', 'ws', 'wz', 'ys', 'yz'], ['y'])],
    spelled: [quantise, real, node('DequantizeLinear', ['w', 'ws', 'wz'], ['v']), node(op, ['r', 'v'], ['h']), back],
    inputs: { x: [2, 5] },
    constants: { ...q, w: int8([5], 60) },
  },
];
const QUANTISED: [string, Pair][] = [
  two('Add'),
  two('Mul'),
  one('GlobalAveragePool', node('GlobalAveragePool', [], []), [1, 3, 4, 4]),
  one('AveragePool', node('AveragePool', [], [], { kernel_shape: [2, 2] }), [1, 2, 5, 5], { kernel_shape: [2, 2] }),
  one('AveragePool', node('AveragePool', [], [], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), [1, 2, 4, 4], {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
  }),
  one('Sigmoid', node('Sigmoid', [], []), [2, 5]),
  one('LeakyRelu', node('LeakyRelu', [], [], { alpha: { float: 0.2 } }), [2, 5], { alpha: { float: 0.2 } }),
  one('Softmax', node('Softmax', [], [], { axis: 1 }), [2, 5], { axis: 1, opset: 13 }),
  one('ReduceMean', node('ReduceMean', [], [], { axes: [1] }), [2, 5], { axes: [1] }),
  [
    'QLinearConcat',
    {
      fused: [quantise, ms('QLinearConcat', ['ys', 'yz', 'i', 's', 'z', 'w', 'ws', 'wz'], ['y'], { axis: 1 })],
      spelled: [quantise, real, node('DequantizeLinear', ['w', 'ws', 'wz'], ['v']), node('Concat', ['r', 'v'], ['h'], { axis: 1 }), back],
      inputs: { x: [2, 5] },
      constants: { ...q, w: int8([2, 3], 60) },
    },
  ],
  [
    'QGemm with a bias',
    {
      fused: [quantise, ms('QGemm', ['i', 's', 'z', 'w', 'ws', 'wz', 'c', 'ys', 'yz'], ['y'])],
      spelled: [quantise, real, node('DequantizeLinear', ['w', 'ws', 'wz'], ['v']), node('Gemm', ['r', 'v', 'creal'], ['h']), back],
      inputs: { x: [2, 5] },
      constants: {
        ...q,
        w: int8([5, 3], 60),
        c: { shape: [3], data: [100, -700, 30], type: INT32 },
        creal: { shape: [3], data: [0.06, -0.42, 0.018] },
      },
    },
  ],
];

describe('integers that stand for reals', () => {
  test.each(QUANTISED)('%s is what it stands for', (_name, pair) => {
    const samples = samplesOf(pair);
    expectSame(pair, samples);
    expect(checkModel(modelOf(pair, pair.fused), samples).error).toBeLessThan(0.02);
  });

  test('channels last are refused', () => {
    const [, pair] = one('GlobalAveragePool', node('GlobalAveragePool', [], []), [1, 3, 4, 4], { channels_last: 1 });
    expect(() => checkModel(modelOf(pair, pair.fused), samplesOf(pair))).toThrow(/channels_last = 1/);
  });
});

describe('what is quantised as it comes is computed with real numbers', () => {
  const w = int8([6, 3], 100);
  const weights: TestTensor = { shape: [6, 3], data: Float64Array.from(w.data, (x) => (x - 3) * 0.02) };
  const constants = { ...q, w, weights, c: t(3), ones: t(6) };
  const dynamic = node('DynamicQuantizeLinear', ['x'], ['i', 'is', 'iz']);
  const inputs = { x: [2, 6] };
  const spelled = [node('Gemm', ['x', 'weights', 'c'], ['y'])];

  test.each<[string, TestNode[]]>([
    [
      'as exporters write it',
      [
        dynamic,
        node('MatMulInteger', ['i', 'w', 'iz', 'wz'], ['a']),
        node('Cast', ['a'], ['f'], { to: FLOAT }),
        node('Mul', ['is', 'ws'], ['scale']),
        node('Mul', ['f', 'scale'], ['h']),
        node('Add', ['h', 'c'], ['y']),
      ],
    ],
    ['MatMulIntegerToFloat', [dynamic, ms('MatMulIntegerToFloat', ['i', 'w', 'is', 'ws', 'iz', 'wz', 'c'], ['y'])]],
    ['DynamicQuantizeMatMul', [ms('DynamicQuantizeMatMul', ['x', 'w', 'ws', 'wz', 'c'], ['y'])]],
    ['DequantizeLinear', [dynamic, node('DequantizeLinear', ['i', 'is', 'iz'], ['r']), node('Gemm', ['r', 'weights', 'c'], ['y'])]],
  ])('%s', (_name, fused) => {
    const pair: Pair = { fused, spelled, inputs, constants };
    expectSame(pair);
    const { notes, error } = checkModel(modelOf(pair, fused), samplesOf(pair));
    expect(notes).toEqual([expect.stringMatching(/with real numbers, as the model was before it was quantised/)]);
    expect(error).toBeLessThan(0.01);
  });

  test.each<[string, TestNode[], RegExp]>([
    ['the integers themselves', [dynamic, node('Identity', ['i'], ['y'])], /output "y" depends on the scale of DynamicQuantizeLinear/],
    ['the scale itself', [dynamic, node('Identity', ['is'], ['y'])], /output "y" depends on the scale/],
    [
      'a product that is not scaled back',
      [dynamic, node('MatMulInteger', ['i', 'w', 'iz', 'wz'], ['y'])],
      /output "y" depends on the scale/,
    ],
    [
      'a product without the zero point',
      [dynamic, node('MatMulInteger', ['i', 'w'], ['y'])],
      /MatMulInteger of what DynamicQuantizeLinear gives/,
    ],
    [
      'a sum with integers',
      [dynamic, node('Cast', ['i'], ['f'], { to: FLOAT }), node('Add', ['f', 'ones'], ['y'])],
      /Add of what DynamicQuantizeLinear gives/,
    ],
    ['other integers', [dynamic, node('Cast', ['i'], ['y'], { to: INT64 })], /Cast of what DynamicQuantizeLinear gives/],
  ])('%s would be wrong, and is refused', (_name, nodes, message) => {
    const pair: Pair = { fused: nodes, spelled, inputs, constants };
    expect(() => checkModel(modelOf(pair, nodes), samplesOf(pair))).toThrow(message);
  });

  test('DynamicQuantizeLSTM is the LSTM of its dequantised weights', () => {
    const [wx, r] = [int8([1, 4, 12], 60), int8([1, 3, 12], 60)];
    /** [1, from, 12] → [1, 12, from] */
    const turned = ({ data, shape }: TestTensor): TestTensor => ({
      shape: [1, 12, shape[1]!],
      data: Float64Array.from({ length: data.length }, (_, e) => 0.02 * (data[(e % shape[1]!) * 12 + Math.floor(e / shape[1]!)]! - 3)),
    });
    const pair: Pair = {
      fused: [ms('DynamicQuantizeLSTM', ['x', 'w', 'r', 'b', '', '', '', '', 'ws', 'wz', 'ws', 'wz'], ['y'], { hidden_size: 3 })],
      spelled: [node('LSTM', ['x', 'wt', 'rt', 'b'], ['y'], { hidden_size: 3 })],
      inputs: { x: [3, 1, 4] },
      constants: { ...q, w: wx, r, b: t(1, 24), wt: turned(wx), rt: turned(r) },
    };
    expectSame(pair);
    expect(checkModel(modelOf(pair, pair.fused), samplesOf(pair)).error).toBeLessThan(0.02);
  });
});
