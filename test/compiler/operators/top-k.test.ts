// TopK of long rows goes through groups of neighbours: values and places are those of a stable sort, whatever ties, lengths, axes and directions.
import { describe, expect, test } from 'vitest';
import { compileModel } from '../../../compiler/index.ts';
import { INT32 } from '../../../compiler/onnx/tensor-proto.ts';
import { execute } from '../../../vm/executor/run.ts';
import { randomNumbers } from '../check.ts';
import { onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(31);

const modelOf = (shape: number[], k: number, attributes: Record<string, number>): TestModel => ({
  nodes: [{ op: 'TopK', inputs: ['x', 'k'], outputs: ['v', 'i'], attributes }],
  inputs: { x: shape },
  inputTypes: { x: INT32 },
  initializers: { k: { shape: [1], data: [k], integer: true } },
  outputs: ['v', 'i'],
});

/** places of the first k of a row, equal ones in order */
const firstOf = (row: number[], k: number, largest: boolean): number[] =>
  row
    .map((_, i) => i)
    .sort((a, b) => (largest ? row[b]! - row[a]! : row[a]! - row[b]!) || a - b)
    .slice(0, k);

describe('TopK of long rows', () => {
  test.each<[string, number[], number, number, number]>([
    ['many ties', [1, 200], 5, 1, 1],
    ['the smallest, of a length that groups do not divide', [2, 101], 3, 1, 0],
    ['along the first axis', [130, 2], 4, 0, 1],
  ])('%s', (_name, shape, k, axis, largest) => {
    const [size, rows] = [shape[axis]!, shape[1 - axis]!];
    const draw = (most: number): Int32Array => Int32Array.from({ length: size * rows }, () => Math.floor(most * random()));
    const at = (row: number, i: number): number => (axis === 1 ? row * size + i : i * rows + row);
    const calibration = [{ x: { shape, data: Float64Array.from(draw(40)).fill(-40, 0, 1).fill(39, 1, 2) } }];
    const { program, report } = compileModel(onnxModel(modelOf(shape, k, { axis, largest })), { calibration });
    // comparing all pairs stores three words for each
    expect(report.rows.store).toBeLessThan(rows * size * size);
    for (const most of [39, 3, 1, 0.5]) {
      const x = draw(most);
      const { outputs } = execute(program, { x });
      for (let row = 0; row < rows; row++) {
        const list = Array.from({ length: size }, (_, i) => x[at(row, i)]!);
        const want = firstOf(list, k, largest === 1);
        const got = (name: string): number[] => want.map((_, j) => outputs[name]![axis === 1 ? row * k + j : j * rows + row]!);
        expect(got('i')).toEqual(want);
        expect(got('v')).toEqual(want.map((i) => list[i]));
      }
    }
  });

  test('rows that are too long are refused by name', () => {
    const shape = [64, 4096];
    const calibration = [{ x: { shape, data: new Float64Array(64 * 4096) } }];
    expect(() => compileModel(onnxModel(modelOf(shape, 32, { axis: 1 })), { calibration })).toThrow(/TopK: k = 32 on an axis of 4096/);
  });
});
