// Sizes that a file may say of a tensor: too many elements are a limit and no damage, a negative size is none that a tensor has.
import { expect, test } from 'vitest';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { code } from '../../failure.ts';
import { node, onnxModel } from '../onnx-writer.ts';

const read = (shape: number[], data: number[] = []) =>
  code(() =>
    readOnnx(
      onnxModel({
        nodes: [node('Add', ['x', 'w'], ['y'])],
        inputs: { x: [1, 2] },
        outputs: ['y'],
        initializers: { w: { shape, data: Float64Array.from(data) } },
      }),
    ),
  );

test('a tensor has 2^27 elements at most, and no size below zero', () => {
  expect(read([2 ** 14, 2 ** 13 + 1])).toBe('ZK0515');
  // so many are taken, were they there
  expect(read([2 ** 14, 2 ** 13])).toBe('ZK0501');
  expect(read([-1, 2])).toBe('ZK0501');
  expect(read([1, 2], [1, 2])).toBe('accepted');
});
