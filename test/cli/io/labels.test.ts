// Class names and calibration samples as the command line reads them.
import { afterAll, describe, expect, test } from 'vitest';
import { inputSpecs, readCalibration } from '../../../cli/io/calibration.ts';
import { readLabels } from '../../../cli/io/labels.ts';
import { temporaryFolder } from '../capture.ts';
import { code } from '../failure.ts';
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

  test('an open batch is 1, an initializer is no input', () => expect(specs).toEqual([{ name: 'x', shape: [1, 2] }]));

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
