// Several samples in one run compute what each alone computes, and dense layers cost the same for sixteen as for one.
import { describe, expect, test } from 'vitest';
import { compileModel } from '../../compiler/index.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { execute } from '../../vm/executor/run.ts';
import { checkModel, randomNumbers, randomTensor } from './check.ts';
import { onnxModel, type TestModel } from './onnx-writer.ts';

const random = randomNumbers(21);
const t = (...shape: number[]) => randomTensor(random, shape);

/** Runs five samples one by one and at once. */
function compare(model: TestModel, batch: number): { single: number; together: number } {
  const bytes = onnxModel(model);
  const shape = (model.inputs.x as number[]).map((size) => (typeof size === 'number' ? size : 1));
  const calibration = Array.from({ length: 6 }, () => ({ x: randomTensor(random, shape) }));
  const one = compileModel(bytes, { calibration });
  const all = compileModel(bytes, { calibration, batch });
  const size = elementsOf(shape);
  const { lo, hi } = one.program.inputs[0]!;
  const samples = Array.from({ length: batch }, () =>
    Int32Array.from({ length: size }, () => Math.round(lo + ((hi - lo) * (random() + 1)) / 2)),
  );
  const apart = samples.flatMap((x) => [...execute(one.program, { x }).outputs.y!]);
  const x = Int32Array.from({ length: batch * size }, (_, i) => samples[Math.floor(i / size)]![i % size]!);
  const together = execute(all.program, { x }).outputs.y!;
  expect(all.program.inputs[0]!.shape).toEqual([batch, ...shape.slice(1)]);
  expect([...together]).toEqual(apart);
  expect(new Set(apart).size).toBeGreaterThan(batch);
  return { single: one.report.rows.store, together: all.report.rows.store };
}

describe('several samples in one run compute what each alone computes', () => {
  // the constants of these stages have a number for every element, and the samples are not an axis of their own there
  const values = (...data: number[]) => ({ shape: [data.length], data });
  const folded: [string, TestModel][] = [
    [
      'interpolation, one matrix an axis',
      {
        nodes: [{ op: 'Resize', inputs: ['x', '', 's'], outputs: ['y'], attributes: { mode: 'linear' } }],
        inputs: { x: ['N', 2, 3, 3] },
        outputs: ['y'],
        initializers: { s: values(1, 1, 2, 2) },
      },
    ],
    [
      'groups of channels',
      {
        nodes: [{ op: 'GroupNormalization', inputs: ['x', 'f', 'b'], outputs: ['y'], attributes: { num_groups: 2 } }],
        inputs: { x: ['N', 4, 3] },
        outputs: ['y'],
        initializers: { f: values(1, 2, -1, 0.5), b: values(0.5, 0, 1, -1) },
        opset: 21,
      },
    ],
    [
      'the largest elements',
      {
        nodes: [{ op: 'TopK', inputs: ['x', 'k'], outputs: ['y'] }],
        inputs: { x: ['N', 6] },
        outputs: ['y'],
        initializers: { k: { shape: [1], data: [2], integer: true } },
      },
    ],
  ];
  test.each(folded)('%s', (_name, model) => {
    compare(model, 3);
  });

  const dense: TestModel = {
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['a'] },
      { op: 'Sigmoid', inputs: ['a'], outputs: ['s'] },
      { op: 'Mul', inputs: ['s', 'f'], outputs: ['m'] },
      { op: 'MatMul', inputs: ['m', 'v'], outputs: ['y'] },
    ],
    inputs: { x: ['batch', 30] },
    outputs: ['y'],
    initializers: { w: t(30, 20), b: t(20), f: t(20), v: t(20, 7) },
  };

  test('dense layers: sixteen samples cost what one costs', () => {
    const { single, together } = compare(dense, 16);
    expect(together).toBeLessThanOrEqual(single);
    compare(dense, 5);
  });

  test('images, one after the other', () => {
    compare(
      {
        nodes: [
          { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
          { op: 'Mul', inputs: ['c', 'f'], outputs: ['m'] },
          { op: 'Relu', inputs: ['m'], outputs: ['r'] },
          { op: 'MaxPool', inputs: ['r'], outputs: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
          { op: 'Flatten', inputs: ['p'], outputs: ['f1'] },
          { op: 'Gemm', inputs: ['f1', 'v'], outputs: ['y'] },
        ],
        inputs: { x: [1, 2, 6, 4] },
        outputs: ['y'],
        initializers: { w: t(3, 2, 3, 3), f: t(3, 6, 4), v: t(18, 4) },
      },
      3,
    );
  });

  test('a model with a batch of its own keeps it', () => {
    const model = onnxModel({ ...dense, inputs: { x: [4, 30] } });
    const calibration = [{ x: randomTensor(random, [4, 30]) }];
    expect(compileModel(model, { calibration }).program.outputs[0]!.shape).toEqual([4, 7]);
    expect(() => compileModel(model, { calibration, batch: 2 })).toThrow(ZkvmError);
  });

  test('a model that picks one of its samples is other steps for several, and is refused', () => {
    const first: TestModel = {
      nodes: [
        { op: 'Relu', inputs: ['x'], outputs: ['r'] },
        { op: 'Gather', inputs: ['r', 'first'], outputs: ['y'], attributes: { axis: 0 }, name: '/first' },
        { op: 'MatMul', inputs: ['y', 'w'], outputs: ['z'] },
      ],
      inputs: { x: [1, 4] },
      outputs: ['z'],
      initializers: { first: { shape: [1], data: [0], integer: true }, w: { shape: [4, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] } },
    };
    const calibration = [{ x: randomTensor(random, [1, 4]) }];
    expect(compileModel(onnxModel(first), { calibration }).program.outputs[0]!.shape).toEqual([1, 2]);
    expect(() => compileModel(onnxModel(first), { calibration, batch: 2 })).toThrow(/^ZK0517: .*at model\.onnx node #/);
  });
});

describe('older operator sets', () => {
  test('Clip, Squeeze and Unsqueeze keep their parameters in attributes before 11 and 13', () => {
    const model: TestModel = {
      nodes: [
        { op: 'Unsqueeze', inputs: ['x'], outputs: ['u'], attributes: { axes: [0, -1] } },
        { op: 'Clip', inputs: ['u'], outputs: ['c'], attributes: { min: { float: -0.5 }, max: { float: 0.25 } } },
        { op: 'Squeeze', inputs: ['c'], outputs: ['y'], attributes: { axes: [0] } },
      ],
      inputs: { x: [3, 5] },
      outputs: ['y'],
      opset: 10,
    };
    const { program, report } = checkModel(model, [{ x: randomTensor(random, [3, 5]) }]);
    expect(program.outputs[0]!.shape).toEqual([3, 5, 1]);
    expect(report.stages.length).toBe(1);
    // the same attributes mean nothing from operator set 13 on
    const later = checkModel({ ...model, opset: 13, nodes: [{ ...model.nodes[1]!, inputs: ['x'], outputs: ['y'] }] }, [
      { x: randomTensor(random, [3, 5]) },
    ]);
    expect(later.program.outputs[0]!.lo * later.program.outputs[0]!.scale).toBeLessThan(-0.6);
  });
});
