// Arrays as inputs and as samples: a first axis that counts samples, archives, lines of numbers; and what is damaged or does not fit.
import { afterAll, describe, expect, test } from 'vitest';
import { readCalibration } from '../../../cli/io/calibration.ts';
import { readCsv } from '../../../cli/io/csv.ts';
import { readNpy } from '../../../cli/io/npy.ts';
import { readNpz } from '../../../cli/io/npz.ts';
import { readTensors } from '../../../cli/io/tensors.ts';
import type { OpenSpec } from '../../../vm/library/samples.ts';
import { code } from '../../failure.ts';
import { temporaryFolder } from '../capture.ts';
import { npyFile, npzFile } from './npy-file.ts';

const folder = temporaryFolder();
const { write } = folder;
afterAll(folder.remove);

const six = [1, 2, 3, 4, 5, 6];
const x = (...shape: OpenSpec['shape']): OpenSpec[] => [{ name: 'x', shape }];
/** shape and elements of the one input of every sample */
const samples = (files: string | string[], specs: readonly OpenSpec[]) =>
  readCalibration(files, specs).map((sample) => Object.values(sample).map(({ shape, data }) => [shape, [...data]]));

describe('a first axis that counts samples', () => {
  const array = write('six.npy', npyFile('<f4', [3, 2], six));
  test('of an input with a first axis of 1, open, or none', () => {
    const rows = [
      [
        [
          [1, 2],
          [1, 2],
        ],
      ],
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [
        [
          [1, 2],
          [5, 6],
        ],
      ],
    ];
    expect(samples(array, x(1, 2))).toEqual(rows);
    expect(samples(array, x('batch', 2))).toEqual(rows);
    expect(samples(array, x(2))).toEqual(rows.map(([one]) => [[[2], one![1]]]));
    // a row of numbers takes the model's shape
    expect(samples(array, x(1, 1, 2, 1))).toEqual(rows.map(([one]) => [[[1, 1, 2, 1], one![1]]]));
    expect(samples(write('one', npyFile('<f4', [3, 1, 2], six)), x(1, 2))).toEqual(rows);
  });

  test('an input that has all of these elements is one sample; what fits in no way is refused', () => {
    expect(samples(array, x(3, 2))).toEqual([[[[3, 2], six]]]);
    expect(code(() => samples(array, x(1, 4)))).toBe('ZK0810');
  });

  test('of several inputs each has as many', () => {
    const z = { name: 'z', shape: [1, 1] };
    const names = [`x=${array}`, `z=${write('z.npy', npyFile('|i1', [3, 1], [7, 8, 9]))}`];
    expect(samples(names, [...x(1, 2), z])[2]).toEqual([
      [
        [1, 2],
        [5, 6],
      ],
      [[1, 1], [9]],
    ]);
    expect(code(() => samples([names[0]!, `z=${write('z2.npy', npyFile('|i1', [2, 1], [7, 8]))}`], [...x(1, 2), z]))).toBe('ZK0810');
    expect(code(() => samples([names[0]!, array], [...x(1, 2), z]))).toBe('ZK0821');
  });
});

describe('.npz', () => {
  const members = { 'x.npy': npyFile('<f4', [3, 2], six), 'z.npy': npyFile('|b1', [3, 1], [1, 0, 1]) };
  test.each([0, 8] as const)('names its tensors (method %s)', (method) => {
    const specs = [...x(1, 2), { name: 'z', shape: [1, 1] }];
    expect(samples(write('all.npz', npzFile(members, method)), specs)[1]).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 1], [0]],
    ]);
  });

  test('without names they are in order', () => {
    const file = write('plain.npz', npzFile({ 'arr_0.npy': members['x.npy'] }));
    expect(readTensors(file).ordered?.[0]?.shape).toEqual([3, 2]);
    expect(samples(file, x(1, 2))).toHaveLength(3);
  });

  test('damaged anywhere: an error or the same tensors', () => {
    const good = npzFile(members);
    for (let at = 0; at < good.length; at++) {
      const found = code(() => readNpz(good.with(at, good[at]! ^ 0x5a), 'f'));
      expect(['ZK0813', 'ZK0814', 'accepted'], String(at)).toContain(found);
      expect(code(() => readNpz(good.slice(0, at), 'f'))).toBe('ZK0813');
    }
    // a changed element is noticed by the checksum
    const stored = npzFile(members, 0);
    const element = good.length < stored.length ? stored.indexOf(64, 150) : 0;
    expect(code(() => readNpz(stored.with(element, 65), 'f'))).toBe('ZK0813');
  });
});

describe('lines', () => {
  test('of numbers are a sample each, with or without names', () => {
    expect(samples(write('a.csv', 'u,v\n1,2\r\n3,4\n\n'), x(1, 2))).toHaveLength(2);
    expect(samples(write('b.csv', '1;2\n3;4\n5;6'), x(1, 2))[2]).toEqual([
      [
        [1, 2],
        [5, 6],
      ],
    ]);
    expect(readTensors(write('c.csv', '1\t2\t3')).ordered).toEqual([{ shape: undefined, data: Float64Array.of(1, 2, 3) }]);
  });

  test.each([
    ['1,2\n3', 'ZK0808'],
    ['1,2\n3,x', 'ZK0809'],
    ['1,2\n3,', 'ZK0809'],
    ['1,Infinity', 'ZK0809'],
    ['a,b', 'ZK0807'],
    ['', 'ZK0807'],
  ])('%j is refused', (text, expected) => {
    expect(code(() => readCsv(text, 'f'))).toBe(expected);
  });

  test('of JSON are an input each', () => {
    expect(samples(write('a.jsonl', '{"x": [[1, 2]]}\n\n{"input_data": [[3, 4]]}\n'), x(1, 2))).toHaveLength(2);
    expect(() => samples(write('b.jsonl', '{"x": [[1, 2]]}\n{"x": [[1, 2, 3]]}'), x(1, 2))).toThrow(/line 2/);
    expect(code(() => samples(write('c.jsonl', '{"x": [[1, 2]]}\n{'), x(1, 2)))).toBe('ZK0806');
  });
});

test('halves: normal, subnormal, zero of either sign; what is not finite is no input', () => {
  const halves = (...bits: number[]): Uint8Array => npyFile('<f2', [bits.length], bits);
  expect([...readNpy(halves(0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x8000, 0x0400), 'f').data]).toEqual([
    1,
    -2,
    1365 / 4096,
    2 ** -24,
    65504,
    -0,
    2 ** -14,
  ]);
  expect(code(() => readTensors(write('inf.npy', halves(0x7c00))))).toBe('ZK0809');
  expect(code(() => readTensors(write('nan.npy', halves(0x7e00))))).toBe('ZK0809');
});
