// Class names and calibration samples as the command line reads them.
import { afterAll, describe, expect, test } from 'vitest';
import { readCalibration } from '../../../cli/io/calibration.ts';
import { readLabels } from '../../../cli/io/labels.ts';
import { inputSpecs } from '../../../compiler/onnx/inputs.ts';
import { code } from '../../failure.ts';
import { temporaryFolder } from '../capture.ts';
import { npyFile } from './npy-file.ts';

const folder = temporaryFolder();
const { write } = folder;
afterAll(folder.remove);

describe('labels', () => {
  test('from the command line, from lines, from a JSON list', () => {
    expect(readLabels('cat, dog,bird')).toEqual(['cat', 'dog', 'bird']);
    expect(readLabels(write('lines', 'cat\r\nhot dog\nbird\n\n'))).toEqual(['cat', 'hot dog', 'bird']);
    expect(readLabels(write('list', '["cat", "a, b"]'))).toEqual(['cat', 'a, b']);
    expect(readLabels('cat')).toEqual(['cat']);
  });

  test('empty, doubled, or no texts', () => {
    for (const text of ['a,,b', 'a,b,a', '', write('numbers', '[1, 2]'), write('object', '{"a": 1}'), write('gap', 'a\n\nb')])
      expect(
        code(() => readLabels(text)),
        text,
      ).toBe('ZK0824');
    expect(code(() => readLabels(write('broken', '["a"')))).toBe('ZK0806');
  });
});

describe('calibration', () => {
  const specs = inputSpecs({
    inputs: [
      { name: 'x', shape: [undefined, 2], elementType: 1 },
      { name: 'w', shape: [2, 2], elementType: 1 },
    ],
    initializers: new Map([['w', { shape: [2, 2], data: new Float64Array(4), kind: 'real' }]]),
  });

  test('an open batch is 1 unless samples say otherwise, an initializer is no input', () => {
    expect(specs).toEqual([{ name: 'x', shape: [undefined, 2] }]);
    expect(readCalibration(write('batch', '{"x": [[1, 2], [3, 4]]}'), specs)[0]!.x!.shape).toEqual([2, 2]);
    expect(() => readCalibration(write('bad', '{"x": [[1, 2, 3]]}'), specs)).toThrow(/expected \[\?, 2\], got \[1, 3\]/);
  });

  test("EZKL's flat list of several samples, and a list that is no whole number of them", () => {
    const two = [{ name: 'x', shape: ['n', 2] }] as const;
    const list = readCalibration(write('flat', '{"input_data": [[1, 2, 3, 4, 5, 6]]}'), two);
    expect(list.map(({ x }) => [x!.shape, [...x!.data]])).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [5, 6],
      ],
    ]);
    expect(code(() => readCalibration(write('odd', '{"input_data": [[1, 2, 3, 4, 5]]}'), two))).toBe('ZK0810');
    // of two inputs both must hold as many samples
    const pair = [
      { name: 'x', shape: [1, 2] },
      { name: 'z', shape: [1, 1] },
    ];
    expect(readCalibration(write('pair', '{"input_data": [[1, 2, 3, 4], [5, 6]]}'), pair)).toHaveLength(2);
    expect(code(() => readCalibration(write('odd', '{"input_data": [[1, 2, 3, 4], [5]]}'), pair))).toBe('ZK0810');
    // a single open size that is not the first is what is left
    const open = [{ name: 'x', shape: [1, 'seq', 2] }] as const;
    expect(readCalibration(write('seq', '{"input_data": [[1, 2, 3, 4, 5, 6]]}'), open)[0]!.x!.shape).toEqual([1, 3, 2]);
  });

  test('one sample, a list of samples, .npy', () => {
    const sample = (a: number, b: number) => ({ x: { shape: [1, 2], data: Float64Array.of(a, b) } });
    expect(readCalibration(write('one', '{"x": [[1, 2]]}'), specs)).toEqual([sample(1, 2)]);
    expect(readCalibration(write('two', '[{"x": [[1, 2]]}, {"input_data": [[3, 4]]}]'), specs)).toEqual([sample(1, 2), sample(3, 4)]);
    expect(readCalibration(write('x.npy', npyFile('<f4', [2], [5, 6])), specs)).toEqual([sample(5, 6)]);
  });

  test('the error names the sample', () => {
    const file = write('bad', '[{"x": [[1, 2]]}, {"x": [[1, 2, 3]]}]');
    expect(() => readCalibration(file, specs)).toThrow(/sample 1/);
    expect(code(() => readCalibration(write('none', '[]'), specs))).toMatch(/^ZK080[78]$/);
  });
});
