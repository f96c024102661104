// Models that are refused, each with its code, place and reason, and damaged files, which never end in anything but a typed error.
// Caveat: damage is random; `npm run fuzz` does it for hours.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../compiler/graph/build.ts';
import { type CompileOptions, compileModel } from '../../compiler/index.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { TEXT } from '../../compiler/onnx/tensor-proto.ts';
import { OPERATORS } from '../../compiler/operators/index.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { refusal } from '../failure.ts';
import { times } from '../times.ts';
import { modelBytes, modelCalibration } from './models.ts';
import { onnxModel, type TestModel } from './onnx-writer.ts';

const gemm: TestModel = {
  nodes: [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['y'], name: '/fc' }],
  inputs: { x: [1, 2] },
  outputs: ['y'],
  initializers: { w: { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] } },
};
const sample = { x: { shape: [1, 2], data: [0.5, -1] } };
const compile = (model: TestModel, options: Partial<CompileOptions> = {}) =>
  compileModel(onnxModel(model), { calibration: [sample], ...options });

describe('models that are refused', () => {
  test('the model that the others are variations of compiles', () => {
    expect(compile(gemm).program.outputs[0]!.shape).toEqual([1, 3]);
  });

  const node = (op: string, attributes = {}, inputs = ['x', 'w']): TestModel => ({
    ...gemm,
    nodes: [{ op, inputs, outputs: ['y'], name: '/bad', attributes }],
  });
  const image = (op: string, attributes = {}, constant = [1, 1, 2, 2]): TestModel => ({
    nodes: [{ op, inputs: ['x', ...(op === 'Conv' ? ['w'] : [])], outputs: ['y'], attributes }],
    inputs: { x: [1, 1, 4, 6] },
    outputs: ['y'],
    initializers: { w: { shape: constant, data: new Float64Array(constant.reduce((x, y) => x * y)).fill(1) } },
  });
  const cases: [string, TestModel, Partial<CompileOptions>, string, number, RegExp][] = [
    [
      'an unknown operator',
      node('Frobnicate'),
      {},
      'ZK0512',
      5,
      /^ZK0512: operator Frobnicate is not supported; at model.onnx node #0 Frobnicate "\/bad" model/,
    ],
    ['an unknown operator with the name of a method', node('toString'), {}, 'ZK0512', 5, /operator toString is not supported; at/],
    [
      'an operator that no program can have',
      node('NonMaxSuppression'),
      {},
      'ZK0512',
      5,
      /NonMaxSuppression is not supported.*the shape of its result/,
    ],
    [
      'an operator of another domain',
      { ...gemm, nodes: [{ ...gemm.nodes[0]!, domain: 'com.microsoft' }] },
      {},
      'ZK0512',
      5,
      /com\.microsoft\.Gemm/,
    ],
    ['an input that is not there', node('RMSNormalization', {}, ['x']), {}, 'ZK0510', 2, /an input is missing/],
    ['a matrix product of two computed tensors', node('MatMul', {}, ['x', 'x']), {}, 'ZK0510', 2, /inner sizes/],
    ['shapes that do not fit', { ...gemm, inputs: { x: [1, 5] } }, {}, 'ZK0510', 2, /inner sizes 5 and 2/],
    ['shapes that do not broadcast', node('Add'), {}, 'ZK0511', 2, /cannot be broadcast/],
    ['a stride of zero', image('Conv', { strides: [0, 2] }), {}, 'ZK0510', 2, /strides \[0,2\]/],
    ['a pool of padding', image('MaxPool', { kernel_shape: [2, 2], pads: [3, 0, 0, 0] }), {}, 'ZK0512', 5, /in the padding/],
    ['a pool without kernel', image('MaxPool'), {}, 'ZK0510', 2, /kernel_shape/],
    ['a kernel larger than the image', image('Conv', {}, [1, 1, 9, 2]), {}, 'ZK0510', 2, /does not fit/],
    ['too many channels', image('Conv', {}, [1, 2, 2, 2]), {}, 'ZK0510', 2, /1 channels/],
    ['an absurd padding', image('Conv', { pads: [9999, 0, 0, 0] }), {}, 'ZK0512', 5, /pads/],
    ['a value nobody computes', node('Relu', {}, ['z']), {}, 'ZK0506', 2, /"z"/],
    ['an output nobody computes', { ...gemm, outputs: ['q'] }, {}, 'ZK0506', 2, /"q"/],
    [
      'a name defined twice',
      { ...gemm, nodes: [...gemm.nodes, { op: 'Relu', inputs: ['x'], outputs: ['x'] }], outputs: ['x', 'y'] },
      {},
      'ZK0505',
      2,
      /twice/,
    ],
    [
      'an open axis',
      { ...gemm, inputs: { x: [1, 'n'] } },
      { calibration: [{ x: { shape: [2], data: [1, 2] } }].slice(1) },
      'ZK0513',
      5,
      /axis 1/,
    ],
    ['text inputs', { ...gemm, inputType: TEXT }, {}, 'ZK0513', 5, /type 8/],
    ['an operator set of the future', { ...gemm, opset: 99 }, {}, 'ZK0502', 5, /99/],
    ['an operator set of the past', { ...gemm, opset: 5 }, {}, 'ZK0502', 5, /6 … 28/],
    ['no calibration', gemm, { calibration: [] }, 'ZK0521', 2, /calibration/],
    ['a calibration of another shape', gemm, { calibration: [{ x: { shape: [3], data: [1, 2, 3] } }] }, 'ZK0520', 2, /3 elements/],
    ['a calibration with NaN', gemm, { calibration: [{ x: { shape: [1, 2], data: [1, Number.NaN] } }] }, 'ZK0520', 2, /NaN/],
    ['a calibration of another input', gemm, { calibration: [{ ...sample, q: sample.x }] }, 'ZK0520', 2, /no input "q"/],
    ['too many samples in the lanes', gemm, { batch: 17 }, 'ZK0531', 2, /batch = 17/],
    ['too few bits', gemm, { activationBits: 2 }, 'ZK0531', 2, /activationBits/],
    [
      'weights that are not finite',
      { ...gemm, initializers: { w: { shape: [2, 3], data: [1, 2, Number.POSITIVE_INFINITY, 4, 5, 6] } } },
      {},
      'ZK0504',
      2,
      /Infinity/,
    ],
    ['a number that is an empty list', node('Gemm', { alpha: { packedFloat: [] } }), {}, 'ZK0501', 2, /attribute/],
    ['a number that is a list of one', node('Gemm', { alpha: { packedFloat: [1] } }), {}, 'ZK0501', 2, /attribute/],
    ['a tensor with too little data', { ...gemm, initializers: { w: { shape: [2, 3], data: [1] } } }, {}, 'ZK0501', 2, /1 elements/],
  ];
  for (const [name, model, options, code, exit, text] of cases) {
    test(name, () => {
      const error = refusal(() => compile(model, options));
      expect([error.code, error.exitCode, `${error.message} ${error.where}`]).toEqual([code, exit, expect.stringMatching(text)]);
      expect(error.stack).toBeDefined();
    });
  }

  test('all unknown operators are named at once', () => {
    const model: TestModel = {
      ...gemm,
      nodes: [...gemm.nodes, { op: 'Foo', inputs: ['y'], outputs: ['z'] }, { op: 'Bar', inputs: ['z'], outputs: ['q'] }],
      outputs: ['q'],
    };
    expect(refusal(() => compile(model)).why).toMatch(
      /^2 nodes cannot be compiled, also: operator Bar is not supported \(model.onnx node #2 Bar\)/,
    );
  });

  test('attributes that are not supported are named with them; what only reads their results is not', () => {
    const model: TestModel = {
      ...gemm,
      nodes: [
        { op: 'NonZero', inputs: ['x'], outputs: ['n'], name: '/nonzero' },
        { op: 'Relu', inputs: ['n'], outputs: ['r'], name: '/after' },
        ...gemm.nodes,
        { op: 'LpNormalization', inputs: ['y'], outputs: ['l'], attributes: { p: 3 }, name: '/norm' },
        { op: 'Dropout', inputs: ['y'], outputs: ['d', 'mask'], name: '/dropout' },
      ],
      outputs: ['r', 'l', 'd', 'mask'],
    };
    const { message, exitCode } = refusal(() => compile(model));
    expect(exitCode).toBe(5);
    expect(message).toMatch(/NonZero: the shape of the result depends on the computed input; at model.onnx node #0 NonZero "\/nonzero"/);
    expect(message).toMatch(/LpNormalization: p = 3 \(model.onnx node #3 LpNormalization "\/norm"\)/);
    expect(message).toMatch(/Dropout: the mask output \(model.onnx node #4 Dropout "\/dropout"\)/);
    expect(message).toMatch(/supported: a constant tensor/);
    expect(message).not.toMatch(/\/after|\/fc/);
  });

  test('an error of the model itself comes before what is not supported behind it', () => {
    const model: TestModel = {
      ...gemm,
      nodes: [...gemm.nodes, { op: 'Relu', inputs: ['nowhere'], outputs: ['r'] }, { op: 'Foo', inputs: ['r'], outputs: ['q'] }],
      outputs: ['y', 'q'],
    };
    expect(refusal(() => compile(model)).code).toBe('ZK0506');
  });

  test('broadcasting along an axis, as before operator set 7, is refused', () => {
    const add = (attributes: Record<string, number>): TestModel => ({
      nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'], name: '/add', attributes }],
      inputs: { x: [1, 2] },
      outputs: ['y'],
      initializers: { w: { shape: [2], data: [1, 2] } },
      opset: 6,
    });
    expect(refusal(() => compile(add({ broadcast: 1, axis: 1 }))).message).toMatch(
      /Add: broadcasting along an axis; at model.onnx node #0 Add "\/add"/,
    );
    expect(compile(add({ broadcast: 1 })).program.outputs[0]!.shape).toEqual([1, 2]);
  });

  test('nodes that no output needs may be unknown', () => {
    const model: TestModel = { ...gemm, nodes: [...gemm.nodes, { op: 'Foo', inputs: ['y'], outputs: ['z'] }] };
    expect(compile(model).program.codeWords).toBeGreaterThan(1);
  });
});

test('an operator without some of its inputs, or with a text that every object has, ends in nothing but a typed error', () => {
  const texts = ['reduction', 'mode', 'padding_mode', 'norm', 'post_transform', 'activation', 'kernel_type', 'direction'];
  const hostile = Object.fromEntries(texts.map((name) => [name, 'constructor']));
  let [refused, missing] = [0, 0];
  for (const label of Object.keys(OPERATORS)) {
    const [op, domain] = [label.split('.').at(-1)!, label.split('.').slice(0, -1).join('.')];
    for (const attributes of [{}, hostile])
      for (let count = 0; count < 5; count++) {
        const inputs = Array.from({ length: count }, () => 'x');
        const model = readOnnx(onnxModel({ ...gemm, nodes: [{ op, domain, inputs, outputs: ['y'], attributes }] }));
        try {
          buildGraph(model);
        } catch (error) {
          expect(error, `${label} of ${count} inputs`).toBeInstanceOf(ZkvmError);
          expect((error as ZkvmError).exitCode, `${label} of ${count} inputs`).toBeGreaterThan(1);
          refused++;
          if (/input.* is missing/.test((error as ZkvmError).why ?? '')) missing++;
        }
      }
  }
  expect(refused).toBeGreaterThan(5 * Object.keys(OPERATORS).length);
  expect(missing).toBeGreaterThan(100);
});

describe('damaged files', () => {
  const bytes = onnxModel(gemm);

  test('every truncation is refused or compiles; nothing else is thrown', () => {
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        compileModel(bytes.subarray(0, length), { calibration: [sample] });
      } catch (error) {
        expect(error).toBeInstanceOf(ZkvmError);
        expect((error as ZkvmError).exitCode).toBeGreaterThan(1);
        refused++;
      }
    }
    expect(refused).toBe(bytes.length);
  });

  test('the place of the damage is named', () => {
    const error = refusal(() => readOnnx(modelBytes('digits_mlp').subarray(0, 5000)));
    expect(error.code).toBe('ZK0501');
    expect(error.where).toMatch(/^byte \d+/);
  });

  test('random damage never crashes', () => {
    const digits = modelBytes('digits_mlp');
    const calibration = modelCalibration('digits_mlp').slice(0, 1);
    const flip = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 });
    let refused = 0;
    const check = (original: Uint8Array, flips: [number, number][], limit: number, options: CompileOptions): void => {
      const damaged = original.slice();
      for (const [at, mask] of flips) damaged[at % limit]! ^= mask;
      try {
        compileModel(damaged, options);
      } catch (error) {
        if (!(error instanceof ZkvmError) || error.exitCode === 1) throw error;
        refused++;
      }
    };
    fc.assert(
      fc.property(flip, (flips) => check(bytes, flips, bytes.length, { calibration: [sample] })),
      { numRuns: times(2000), seed: 5 },
    );
    fc.assert(
      fc.property(flip, (flips) => check(digits, flips, 120, { calibration })),
      { numRuns: times(100), seed: 6 },
    );
    expect(refused).toBeGreaterThan(500);
  }, 60_000);

  test('random bytes are no model', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(refusal(() => readOnnx(noise)).code).toMatch(/^ZK050[1-5]$/);
      }),
      { numRuns: times(500), seed: 7 },
    );
  });
});
