// A rule of the loader that a compiled program breaks is a limit of a node, or a bug; never a damaged file.
import { describe, expect, test } from 'vitest';
import { compileModel } from '../../../compiler/index.ts';
import { asLimit } from '../../../compiler/lower/loadable.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import type { Program } from '../../../vm/program/types.ts';
import { randomNumbers, randomTensor } from '../check.ts';
import { onnxModel } from '../onnx-writer.ts';

const random = randomNumbers(3);
const { program } = compileModel(
  onnxModel({
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['h'], name: '/first' },
      { op: 'Sigmoid', inputs: ['h'], outputs: ['s'], name: '/second' },
      { op: 'MatMul', inputs: ['s', 'v'], outputs: ['y'], name: '/third' },
    ],
    inputs: { x: [1, 4] },
    outputs: ['y'],
    initializers: { w: randomTensor(random, [4, 5]), v: randomTensor(random, [5, 2]) },
  }),
  { calibration: [{ x: randomTensor(random, [1, 4]) }] },
);
const failure = (changed: Partial<Program>): ZkvmError => {
  try {
    checkProgram({ ...program, ...changed });
  } catch (error) {
    const limit = asLimit({ ...program, ...changed }, error);
    if (limit instanceof ZkvmError) return limit;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const first = program.slots[0]!;

describe('what a compiled program breaks', () => {
  test('nothing, as a rule', () => expect(() => checkProgram(program)).not.toThrow());

  test.each<[string, number[]]>([
    ['a value that is no field element', [1, 0, 2 ** 30]],
    ['an interval beyond 2^30', [2 ** 15, 2 ** 15, 0]],
  ])('%s is a limit of the node that has the table', (_name, triple) => {
    const error = failure({ slots: [{ ...first, intervals: Int32Array.from(triple) }, ...program.slots.slice(1)] });
    expect(error).toMatchObject({
      code: 'ZK0534',
      exitCode: 5,
      where: expect.stringMatching(/node #0 MatMul "\/first"/),
    });
    expect(`${error.message} ${error.fix}`).not.toMatch(/damaged|by hand/);
  });

  test('inputs and outputs that are too many words are a limit of the tensor', () => {
    const [input] = program.inputs;
    const wide = { ...input!, shape: [2 ** 27], width: 2 ** 27, rows: 1, channels: 1 };
    expect(failure({ inputs: [wide] })).toMatchObject({ code: 'ZK0534', where: 'input "x"' });
  });

  test('RAM that nobody has is a limit of the model, and the largest table is named', () => {
    expect(failure({ ramLogSize: 30 })).toMatchObject({ code: 'ZK0534', exitCode: 5, where: expect.stringMatching(/node #\d/) });
  });

  test('any other rule is a bug', () => {
    expect(failure({ sourceMap: [{ from: 5, to: 2, node: 'x' }] })).toMatchObject({ code: 'ZK0001', exitCode: 1 });
    // a table of no node
    const stray = { id: 77, name: 'stray', intervals: Int32Array.of(1, 0, 2 ** 30) };
    expect(failure({ slots: [...program.slots, stray] })).toMatchObject({ code: 'ZK0001' });
    const other = new Error('something else');
    expect(asLimit(program, other)).toBe(other);
  });
});
