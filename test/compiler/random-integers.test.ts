// Random models of integers, booleans and ties are exact on inputs that calibration did not see; and a program that is not is found.
import { expect, test } from 'vitest';
import { compileModel } from '../../compiler/index.ts';
import { INT64 } from '../../compiler/onnx/tensor-proto.ts';
import { onnxModel } from './onnx-writer.ts';
import { checkExact, checkIntegers, fewSamples, randomIntegers } from './random-integers.ts';

test('sixty random models', () => {
  // `npm run test:graphs` checks more
  expect(checkIntegers(60)).toBeGreaterThan(45);
});

test('a table with one wrong entry is found', () => {
  const model = { ...randomIntegers(1), nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y0'] }], outputs: ['y0'], initializers: {} };
  const shape = [1, 4];
  const own = { ...model, inputs: { a: shape, b: shape }, inputTypes: { a: INT64, b: INT64 } };
  const { program } = compileModel(onnxModel(own), { calibration: fewSamples(own, 1) });
  expect(() => checkExact(onnxModel(own), program, 1)).not.toThrow();
  const slot = program.slots.at(-1)!;
  const broken = {
    ...program,
    slots: [...program.slots.slice(0, -1), { ...slot, intervals: slot.intervals.map((v, i) => (i % 3 === 2 && v === 1 ? 2 : v)) }],
  };
  expect(() => checkExact(onnxModel(own), broken, 1)).toThrow('y0 is');
});
