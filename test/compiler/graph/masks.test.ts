// Masks in the spellings of exported transformers: compiled from samples, executed on others, compared with a softmax worked out here.

import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { withoutLarge } from '../../../compiler/graph/masks.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { atOnce } from '../../../compiler/onnx/steps.ts';
import { BOOL, FLOAT, INT64 } from '../../../compiler/onnx/tensor-proto.ts';
import { toIntegers } from '../../../compiler/quantise/simulate.ts';
import { execute } from '../../../vm/executor/run.ts';
import { decoderOf, encodingOf } from '../../../vm/program/encoding.ts';
import { randomNumbers, randomTensor } from '../check.ts';
import { node, onnxModel, type TestModel, type TestTensor } from '../onnx-writer.ts';

const KEYS = 4;
const LEAST = -3.4028234663852886e38;
const random = randomNumbers(61);
const one = (value: number): TestTensor => ({ shape: [], data: [value] });
const list = (...data: number[]): TestTensor => ({ shape: [data.length], data, integer: true });
/** queries see keys up to their own place */
const CAUSAL = Array.from({ length: KEYS * KEYS }, (_, i) => i % KEYS <= Math.floor(i / KEYS));
const causal = (masked: number): TestTensor => ({ shape: [KEYS, KEYS], data: CAUSAL.map((seen) => (seen ? 0 : masked)) });

interface Spelling {
  model: Partial<TestModel> & Pick<TestModel, 'nodes'>;
  /** inputs beside the scores, from which keys count */
  mask?: (keys: number[]) => RealTensors;
  causal?: boolean;
}

const softmax = node('Softmax', ['a'], ['y'], { axis: -1 });
const spelled = [
  node('ReduceMax', ['a'], ['most'], { axes: [-1], keepdims: 1 }),
  node('Sub', ['a', 'most'], ['rest']),
  node('Exp', ['rest'], ['e']),
  node('ReduceSum', ['e', 'last'], ['sum'], { keepdims: 1 }),
  node('Div', ['e', 'sum'], ['y']),
];
const integers = (keys: number[]): RealTensors => ({ m: { shape: [1, KEYS], data: keys } });
const added = (masked: number): Spelling => ({
  model: { nodes: [node('Add', ['x', 'c'], ['a']), softmax], initializers: { c: causal(masked) } },
  causal: true,
});
/** (1 - m) · masked, from integers */
const oneMinus = (masked: number): Spelling => ({
  model: {
    nodes: [
      node('Unsqueeze', ['m', 'axes'], ['wide']),
      node('Cast', ['wide'], ['f'], { to: FLOAT }),
      node('Sub', ['one', 'f'], ['n']),
      node('Mul', ['n', 'k'], ['bias']),
      node('Add', ['x', 'bias'], ['a']),
      softmax,
    ],
    initializers: { axes: list(1), one: one(1), k: one(masked) },
  },
  mask: integers,
});
const chosen = (masked: number, swapped: boolean): Spelling => ({
  model: {
    nodes: [
      node('Cast', ['m'], ['b'], { to: BOOL }),
      ...(swapped ? [node('Not', ['b'], ['out']), node('Where', ['out', 'k', 'x'], ['a'])] : [node('Where', ['b', 'x', 'k'], ['a'])]),
      softmax,
    ],
    initializers: { k: one(masked) },
  },
  mask: integers,
});

const SPELLINGS: Record<string, Spelling> = {
  'Add of a constant of -Infinity': added(Number.NEGATIVE_INFINITY),
  'Add of a constant of -1e4': added(-1e4),
  'Add of the least float': added(LEAST),
  'softmax spelled out': {
    model: { nodes: [node('Add', ['x', 'c'], ['a']), ...spelled], initializers: { c: causal(Number.NEGATIVE_INFINITY), last: list(-1) } },
    causal: true,
  },
  '(1 - m) · -1e4': oneMinus(-1e4),
  '(1 - m) · least float': oneMinus(LEAST),
  'Where, -Infinity': chosen(Number.NEGATIVE_INFINITY, false),
  'Where, -1e9, swapped': chosen(-1e9, true),
  'a boolean made into zeros and -Infinity': {
    model: {
      nodes: [
        node('Cast', ['m'], ['b'], { to: BOOL }),
        node('Where', ['b', 'zero', 'k'], ['bias']),
        node('Add', ['x', 'bias'], ['a']),
        softmax,
      ],
      initializers: { zero: one(0), k: one(Number.NEGATIVE_INFINITY) },
    },
    mask: integers,
  },
  'a real input of zeros and the least float': {
    model: { nodes: [node('Add', ['x', 'm'], ['a']), softmax] },
    mask: (keys) => ({ m: { shape: [1, KEYS], data: keys.map((key) => (key ? 0 : LEAST)) } }),
  },
  'the logarithm of zeros and ones': {
    model: { nodes: [node('Log', ['m'], ['bias']), node('Add', ['x', 'bias'], ['a']), softmax] },
    mask: integers,
  },
  'Trilu of a constant': {
    model: {
      nodes: [
        node('ConstantOfShape', ['size'], ['full'], { value: { shape: [1], data: [LEAST] } }),
        node('Trilu', ['full', 'k'], ['bias'], { upper: 1 }),
        node('Add', ['x', 'bias'], ['a']),
        softmax,
      ],
      initializers: { size: list(KEYS, KEYS), k: { shape: [], data: [1], integer: true } },
    },
    causal: true,
  },
  'causal by Where, padding added': {
    model: {
      nodes: [
        node('Where', ['c', 'x', 'k'], ['w']),
        node('Sub', ['one', 'm'], ['n']),
        node('Mul', ['n', 'k'], ['bias']),
        node('Add', ['w', 'bias'], ['a']),
        softmax,
      ],
      initializers: { c: { shape: [KEYS, KEYS], data: CAUSAL.map(Number), type: BOOL }, k: one(-1e4), one: one(1) },
    },
    mask: integers,
    causal: true,
  },
  'scaled after the mask': {
    model: {
      nodes: [node('Mul', ['x', 'eight'], ['s']), node('Add', ['s', 'c'], ['b']), node('Mul', ['b', 'eighth'], ['a']), softmax],
      initializers: { c: causal(-1e9), eight: one(8), eighth: one(0.125) },
    },
    causal: true,
  },
};

/** what is known of the inputs of a spelling */
function modelOf({ model, mask }: Spelling): TestModel {
  const whole = mask && model.nodes.some(({ op, inputs }) => (op === 'Cast' || op === 'Unsqueeze') && inputs[0] === 'm');
  return {
    ...model,
    inputs: { x: [KEYS, KEYS], ...(mask ? { m: [1, KEYS] } : {}) },
    ...(whole ? { inputTypes: { m: INT64 } } : {}),
    outputs: ['y'],
    opset: 17,
  } as TestModel;
}

function sampleOf({ mask }: Spelling): { sample: RealTensors; keys: number[] } {
  const count = 1 + Math.floor(((random() + 1) / 2) * KEYS);
  const keys = Array.from({ length: KEYS }, (_, i) => Number(!mask || i < count));
  return { sample: { x: randomTensor(random, [KEYS, KEYS], 3), ...mask?.(keys) }, keys };
}

function expectedOf({ causal: hides }: Spelling, { sample, keys }: ReturnType<typeof sampleOf>): number[] {
  return Array.from({ length: KEYS }, (_, q) => {
    const powers = keys.map((key, k) => (key && !(hides && !CAUSAL[q * KEYS + k]) ? Math.exp(sample.x!.data[q * KEYS + k]!) : 0));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  }).flat();
}

const rangeOf = ({ x, ...rest }: RealTensors): RealTensors => ({
  x: { shape: [KEYS, KEYS], data: Array.from(x!.data, (v, i) => (i ? v : 3)) },
  ...rest,
});

describe('masks before a softmax', () => {
  for (const [name, spelling] of Object.entries(SPELLINGS))
    test(`${name}: within 1 % on inputs that calibration never saw, and rows sum to 1`, () => {
      const calibration = Array.from({ length: 12 }, () => sampleOf(spelling).sample);
      const { program } = compileModel(onnxModel(modelOf(spelling)), { calibration: [...calibration, rangeOf(calibration[0]!)] });
      for (let i = 0; i < 12; i++) {
        const fresh = sampleOf(spelling);
        const inputs = Object.fromEntries(
          program.inputs.map((region) => [
            region.name,
            Int32Array.from(toIntegers({ data: Float64Array.from(fresh.sample[region.name]!.data) }, region)),
          ]),
        );
        const [region] = program.outputs;
        const got = Array.from(execute(program, inputs).outputs.y!, (y) => y * region!.scale);
        const wanted = expectedOf(spelling, fresh);
        for (const [e, y] of wanted.entries()) expect(Math.abs(got[e]! - y)).toBeLessThan(0.012);
        for (let q = 0; q < KEYS; q++) {
          const sum = got.slice(q * KEYS, (q + 1) * KEYS).reduce((a, b) => a + b, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(0.02);
        }
      }
    });
});

const compiled = (model: Partial<TestModel>, samples: RealTensors[]) =>
  compileModel(onnxModel({ inputs: { x: [2, 4] }, outputs: ['y'], opset: 17, nodes: [], ...model } as TestModel), { calibration: samples });
const scores = (data: number[]): RealTensors => ({ x: { shape: [2, 4], data } });
const SCORES = scores([1, -2, 3, 0.5, -1, 2, -3, 0.25]);
const hidden = (data: number[]): TestTensor => ({ shape: [2, 4], data });

describe('what masks must not change', () => {
  const { NEGATIVE_INFINITY: less } = Number;
  test('a row of which everything is masked is uniform where float32 leaves nothing of the scores', () => {
    const { report } = compiled(
      { nodes: [node('Add', ['x', 'm'], ['a']), softmax], initializers: { m: hidden([0, -1e9, 0, 0, -1e9, -1e9, -1e9, -1e9]) } },
      [SCORES],
    );
    expect(report.outputs[0]!.relativeError).toBeLessThan(0.01);
  });
  test('and refused where it is not a number, with the node', () => {
    const nodes = [node('Add', ['x', 'm'], ['a']), softmax];
    expect(() => compiled({ nodes, initializers: { m: hidden([0, less, 0, 0, less, less, less, less]) } }, [SCORES])).toThrow(
      /node #1 Softmax/,
    );
    expect(() => compiled({ nodes, initializers: { m: hidden([0, less, 0, 0, less, less, less, 0]) } }, [SCORES])).not.toThrow();
  });
  test('a mask that something else reads as it is stays, or is refused', () => {
    const nodes = [
      node('Add', ['x', 'm'], ['a']),
      node('Softmax', ['a'], ['p'], { axis: -1 }),
      node('Mul', ['m', 'k'], ['q']),
      node('Add', ['p', 'q'], ['y']),
    ];
    const initializers = { m: hidden([0, -1e9, 0, 0, 0, 0, -1e9, 0]), k: one(-1e-9) };
    const bytes = onnxModel({ inputs: { x: [2, 4] }, outputs: ['y'], opset: 17, nodes, initializers } as TestModel);
    const { graph } = atOnce(withoutLarge(readOnnx(bytes), [SCORES], 'model.onnx'));
    expect(graph.constants.get('q')?.data[1]).toBeCloseTo(1, 6);
  });
  test('large values that are needed as they are keep their limits', () => {
    const bytes = onnxModel({
      inputs: { x: [2, 4] },
      outputs: ['y'],
      opset: 17,
      nodes: [node('Add', ['x', 'm'], ['y'])],
      initializers: { m: one(5000) },
    } as TestModel);
    expect(atOnce(withoutLarge(readOnnx(bytes), [SCORES], 'model.onnx')).masks).toBeUndefined();
    expect(buildGraph(readOnnx(bytes)).constants.get('m')!.data[0]).toBe(5000);
  });
  test('extremes of infinite constants, and clips at the ends of float32', () => {
    const infinite: TestTensor = { shape: [4], data: [less, 0.5, -1, less] };
    for (const [nodes, initializers] of [
      [[node('Max', ['x', 'm'], ['y'])], { m: infinite }],
      [[node('Clip', ['x', 'm', 'n'], ['y'])], { m: one(LEAST), n: one(-LEAST) }],
      [[node('Pad', ['x', 'p', 'm'], ['h']), node('ReduceMax', ['h'], ['y'], { axes: [1] })], { p: list(0, 1, 0, 1), m: one(less) }],
    ] as const)
      expect(compiled({ nodes: [...nodes], initializers }, [SCORES]).report.outputs[0]!.relativeError).toBeLessThan(0.01);
    expect(() => compiled({ nodes: [node('Add', ['x', 'm'], ['y'])], initializers: { m: infinite } }, [SCORES])).toThrow();
  });
  test('IsNaN of a softmax is true for a row of which nothing is left, which calibration never saw', () => {
    const model = {
      nodes: [
        node('Log', ['m'], ['bias']),
        node('Add', ['x', 'bias'], ['a']),
        node('Softmax', ['a'], ['p'], { axis: -1 }),
        node('IsNaN', ['p'], ['n']),
        node('Where', ['n', 'zero', 'p'], ['y']),
      ],
      inputs: { x: [2, 4], m: [2, 4] },
      initializers: { zero: one(0) },
    };
    const masks = [1, 1, 0, 1, 0, 1, 1, 1];
    const { program } = compiled(model, [{ ...SCORES, m: { shape: [2, 4], data: masks } }]);
    const run = (m: number[]): number[] => {
      const data: Record<string, ArrayLike<number>> = { x: SCORES.x!.data, m };
      const inputs = program.inputs.map((region): [string, Int32Array] => [
        region.name,
        Int32Array.from(toIntegers({ data: Float64Array.from(data[region.name]!) }, region)),
      ]);
      const decode = decoderOf(program.outputs[0]!, encodingOf(program.metadata, 'output', 'y'));
      return Array.from(execute(program, Object.fromEntries(inputs)).outputs.y!, decode);
    };
    for (const y of run([1, 1, 0, 1, 0, 0, 0, 0]).slice(4)) expect(Math.abs(y)).toBeLessThan(0.005);
    expect(
      run(masks)
        .slice(4)
        .reduce((a, b) => a + b, 0),
    ).toBeCloseTo(1, 1);
  });
});
