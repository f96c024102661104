// Samples that are read when they are looked at are those of the same file read whole, and what is wrong in one is said at once.
// Source: cli/io/streamed-samples.ts.
import fs from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { readCalibration } from '../../../cli/io/calibration.ts';
import { openParts } from '../../../cli/io/file-parts.ts';
import { lazyList } from '../../../cli/io/lazy-list.ts';
import { storedMembers } from '../../../cli/io/npz.ts';
import type { OpenSpec } from '../../../vm/library/samples.ts';
import { refusal } from '../../failure.ts';
import { temporaryFolder } from '../capture.ts';
import { npyFile, npzFile } from './npy-file.ts';

const folder = temporaryFolder();
const { write } = folder;
afterAll(folder.remove);

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const x = (...shape: OpenSpec['shape']): OpenSpec => ({ name: 'x', shape });
const z = (...shape: OpenSpec['shape']): OpenSpec => ({ name: 'z', shape });
const plain = (files: string | string[], ...specs: OpenSpec[]) =>
  readCalibration(files, specs).map((sample) => Object.entries(sample).map(([name, { shape, data }]) => [name, shape, [...data]]));

describe('arrays', () => {
  // columns first are read whole
  const both = (descr: string, [rows, width]: readonly [number, number]): [string, string] => {
    const values = range(rows * width).map((i) => (7 * i) % 100);
    const columns = range(rows * width).map((i) => values[(i % rows) * width + Math.floor(i / rows)]!);
    const name = descr.replace(/\W/, '');
    return [
      write(`${name}.npy`, npyFile(descr, [rows, width], values)),
      write(`${name}-columns.npy`, npyFile(descr, [rows, width], columns, { fortran: true })),
    ];
  };

  test.each(['<f4', '>f8', '<i2', '|u1', '<i8'])('of %s are the same, streamed and whole', (descr) => {
    const [streamed, whole] = both(descr, [5, 6]);
    for (const spec of [x(1, 6), x('batch', 6), x(6), x(1, 2, 3), x(5, 6)]) expect(plain(streamed, spec)).toEqual(plain(whole, spec));
    expect(plain(streamed, x(1, 6))).toHaveLength(5);
  });

  test('of several inputs go together, if each has as many', () => {
    const [a, b] = [write('a.npy', npyFile('<f4', [3, 2], range(6))), write('b.npy', npyFile('<f4', [3, 1], range(3)))];
    const samples = plain([`x=${a}`, `z=${b}`], z(1, 1), x(1, 2));
    expect(samples).toHaveLength(3);
    expect(samples[2]).toEqual([
      ['z', [1, 1], [2]],
      ['x', [1, 2], [4, 5]],
    ]);
    const fewer = write('c.npy', npyFile('<f4', [2, 1], range(2)));
    expect(refusal(() => plain([`x=${a}`, `z=${fewer}`], z(1, 1), x(1, 2))).code).toBe('ZK0810');
    expect(refusal(() => plain([`x=${a}`, b], z(1, 1), x(1, 2))).code).toBe('ZK0821');
  });

  test('with an element that is no number are refused at once, and its place in the file is named', () => {
    const file = write('nan.npy', npyFile('<f4', [4, 3], [...range(10), Number.NaN, 11]));
    expect(refusal(() => readCalibration(file, [x(1, 3)]))).toMatchObject({ code: 'ZK0809', where: expect.stringContaining('element 10') });
    const bools = write(
      'bools.npy',
      npyFile(
        '|b1',
        [4, 3],
        [
          ...range(12)
            .map(() => 1)
            .slice(1),
          2,
        ],
      ),
    );
    expect(refusal(() => readCalibration(bools, [x(1, 3)]))).toMatchObject({ code: 'ZK0813', why: expect.stringContaining('element 11') });
  });
});

describe('archives', () => {
  const reader = (file: string) => (at: number, length: number) => openParts(file)!.read(at, length);
  const a = npyFile('<f4', [3, 2], range(6));
  const b = npyFile('<i2', [3, 1], range(3));
  const archive = (name: string, packed: boolean, change?: (bytes: Uint8Array) => void): string => {
    const bytes = npzFile({ 'z.npy': b, 'x.npy': a }, packed ? 8 : 0);
    change?.(bytes);
    return write(name, bytes);
  };

  test('that are stored are the same as packed ones, which are read whole', () => {
    const [stored, packed] = [archive('stored.npz', false), archive('packed.npz', true)];
    expect(storedMembers(fs.statSync(stored).size, reader(stored))!.map(({ name }) => name)).toEqual(['z', 'x']);
    expect(storedMembers(fs.statSync(packed).size, reader(packed))).toBeUndefined();
    expect(plain(stored, x(1, 2), z(1, 1))).toEqual(plain(packed, x(1, 2), z(1, 1)));
    expect(plain(stored, x(1, 2), z(1, 1))[2]).toEqual([
      ['x', [1, 2], [4, 5]],
      ['z', [1, 1], [2]],
    ]);
    const unnamed = write('unnamed.npz', npzFile({ 'arr_0.npy': a, 'arr_1.npy': b }, 0));
    expect(plain(unnamed, x(1, 2), z(1, 1))).toEqual(plain(packed, x(1, 2), z(1, 1)));
  });

  test('of which a byte was changed are refused, stored or packed', () => {
    const flipped = (bytes: Uint8Array): void => {
      bytes[170]! ^= 1;
    };
    for (const packed of [false, true])
      expect(refusal(() => plain(archive(`flipped-${packed}.npz`, packed, flipped), x(1, 2), z(1, 1))).code).toBe('ZK0813');
  });
});

/** a file of so many zeros that take no room on the disk, begun and ended with these bytes */
function hole(name: string, size: number, head = new Uint8Array(), tail = new Uint8Array()): string {
  const file = write(name, head);
  fs.truncateSync(file, size);
  const handle = fs.openSync(file, 'r+');
  fs.writeSync(handle, tail, 0, tail.length, size - tail.length);
  fs.closeSync(handle);
  return file;
}

describe('files that say what is not so', () => {
  const a = npyFile('<f4', [3, 2], range(6));
  const ZIP_END = 22;

  test('an archive whose directory would be the whole of a large file is too large, and nothing of it is taken into memory', () => {
    const end = npzFile({ 'x.npy': a }, 0).slice(-ZIP_END);
    new DataView(end.buffer).setUint32(16, 0, true);
    const file = hole('directory.npz', 5 * 2 ** 30, Uint8Array.of(0x50, 0x4b, 3, 4), end);
    expect(refusal(() => plain(file, x(1, 2))).code).toBe('ZK0804');
    fs.rmSync(file);
  });

  test('an archive of which several tensors are the same bytes is read whole, which is bounded; nothing is read again for each', () => {
    const sound = npzFile({ 'x.npy': a, 'z.npy': a }, 0);
    const view = new DataView(sound.buffer, sound.byteOffset);
    const directory = view.getUint32(sound.length - ZIP_END + 16, true);
    const lengthOf = (at: number): number =>
      46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    const second = directory + lengthOf(directory);
    const look = (bytes: Uint8Array) => storedMembers(bytes.length, (at, length) => bytes.subarray(at, at + length));
    expect(look(sound)).toHaveLength(2);
    // twelve entries of the bytes of the first
    const count = 12;
    const [body, entry, end] = [sound.slice(0, directory), sound.slice(directory, second), sound.slice(-ZIP_END)];
    const entries = range(count).map((i) => {
      const own = entry.slice();
      own[46] = 97 + i;
      return own;
    });
    new DataView(end.buffer).setUint16(10, count, true);
    const many = Uint8Array.from([body, ...entries, end].flatMap((part) => [...part]));
    let bytesRead = 0;
    const found = storedMembers(many.length, (at, length) => {
      bytesRead += length;
      return many.subarray(at, at + length);
    });
    expect(found).toBeUndefined();
    expect(bytesRead).toBeLessThan(2 * many.length);
  });

  test('a line without an end is too large: for memory, and for a text', () => {
    const file = hole('endless.jsonl', 2 ** 29);
    expect(refusal(() => plain(file, x(1, 2)))).toMatchObject({ code: 'ZK0804', why: expect.stringMatching(/characters/) });
    fs.truncateSync(file, 2 ** 31);
    const parts = openParts(file)!;
    expect(refusal(() => parts.read(0, 2 ** 30 + 1))).toMatchObject({ code: 'ZK0804', why: expect.stringMatching(/at most 1073741824/) });
    expect(parts.read(2 ** 31 - 5, 2 ** 20)).toHaveLength(5);
    fs.rmSync(file);
  });
});

describe('a CSV', () => {
  test('is the array of its lines, whatever ends and separates them, with and without names', () => {
    const rows = [
      [1, 2.5],
      [-3, 4e-3],
      [5, 6],
      [7, 8],
    ];
    const array = plain(write('rows.npy', npyFile('<f8', [4, 2], rows.flat())), x(1, 2));
    for (const [i, text] of [
      rows.map((row) => row.join(',')).join('\n'),
      `a;b\r\n${rows.map((row) => row.join(';')).join('\r\n')}\r\n`,
      `\uFEFF\n${rows.map((row) => row.join('\t')).join('\n\n')}\n`,
    ].entries())
      for (const spec of [x(1, 2), x('batch', 2), x(2), x(2, 1)])
        expect(plain(write(`rows${i}.csv`, text), spec)).toEqual(
          array.map(([one]) => [['x', spec.shape.map((size) => (size === 'batch' ? 1 : size)), one![2]]]),
        );
  });

  test('of one line is one input, and one whose lines are no samples is what it is whole', () => {
    expect(plain(write('one.csv', '1,2,3,4'), x(2, 2))).toEqual([[['x', [2, 2], [1, 2, 3, 4]]]]);
    expect(plain(write('image.csv', '1,2\n3,4'), x(1, 2, 2))).toEqual([[['x', [1, 2, 2], [1, 2, 3, 4]]]]);
  });

  test('with a line that is shorter, or a field that is no number, is refused at once, with its line', () => {
    expect(refusal(() => plain(write('short.csv', 'a,b\n1,2\n\n3\n'), x(1, 2)))).toMatchObject({
      code: 'ZK0808',
      where: expect.stringContaining('line 4'),
    });
    expect(refusal(() => plain(write('text.csv', '1,2\n3,four\n'), x(1, 2)))).toMatchObject({
      code: 'ZK0809',
      where: expect.stringContaining('line 2, field 2'),
    });
    expect(refusal(() => plain(write('names.csv', 'a,b\n'), x(1, 2))).code).toBe('ZK0807');
  });

  test('is read again when somebody looks, and not kept', () => {
    const text = (first: number): string =>
      range(2000)
        .map((i) => `${first + i},${i}`)
        .join('\n');
    const file = write('many.csv', text(1000));
    const samples = readCalibration(file, [x(1, 2)]);
    expect([samples.length, samples[7]!.x!.data[0]]).toEqual([2000, 1007]);
    // a list that was read whole has its elements
    expect(Object.keys(samples)).toEqual([]);
    expect(Object.keys(readCalibration(write('few.csv', '1,2'), [x(1, 2)]))).toEqual(['0']);
  });
});

describe('lines', () => {
  test('are the samples of the list, whatever ends them', () => {
    const samples = range(7).map((i) => ({ x: [[i, i + 0.5]] }));
    const list = plain(write('list.json', JSON.stringify(samples)), x(1, 2));
    const lines = samples.map((sample) => JSON.stringify(sample));
    for (const text of [lines.join('\n'), `${lines.join('\r\n')}\r\n`, `\n${lines.join('\n\n')}\n\n`, `\uFEFF${lines.join('\n')}`])
      expect(plain(write('lines.jsonl', text), x(1, 2))).toEqual(list);
    expect(plain(write('none.jsonl', '\n'), x(1, 2))).toEqual([]);
  });

  test('longer than a block, and with several samples in one', () => {
    const long = range(200_000);
    const file = write('long.ndjson', `${JSON.stringify({ x: [long] })}\n${JSON.stringify({ x: [[...long].reverse()] })}\n`);
    const samples = readCalibration(file, [x(1, 200_000)]);
    expect(samples.map((sample) => [sample.x!.data[0], sample.x!.data.at(-1)])).toEqual([
      [0, 199_999],
      [199_999, 0],
    ]);
    const flat = write('flat.jsonl', `${JSON.stringify({ input_data: [range(6)] })}\n${JSON.stringify({ input_data: [[8, 9]] })}`);
    expect(plain(flat, x(1, 2)).map((tensors) => tensors[0]![2])).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [8, 9],
    ]);
  });

  test.each([
    ['no JSON', '{"x": [[1, 2]]}\n{"x": [[1, 2', 'ZK0806', /line 2/],
    ['another size', '{"x": [[1, 2]]}\n\n{"x": [[1, 2, 3]]}', 'ZK0810', /line 3/],
    ['another name', '{"y": [[1, 2]]}', 'ZK0812', /line 1/],
  ])('of which one has %s are refused at once, with its number', (_what, text, code, place) => {
    const error = refusal(() => readCalibration(write('bad.jsonl', text), [x(1, 2)]));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(place);
  });
});

test('what is streamed is read again when it is looked at, what is read whole is not', () => {
  const [rows, width] = [512, 1024]; // several blocks
  const file = (name: string, by: number, fortran: boolean): string => {
    const values = range(rows * width).map((i) => i * by);
    return write(name, npyFile('<f8', [rows, width], values, { fortran }));
  };
  const last = (name: string, fortran: boolean): [before: number, after: number] => {
    const samples = readCalibration(file(name, 1, fortran), [x(1, width)]);
    const second = (): number => samples[0]!.x!.data[1]!;
    const before = second();
    expect(samples.at(-1)!.x!.data.at(-1)).toBe(rows * width - 1); // the block that is kept is another one now
    file(name, 3, fortran);
    return [before, second()];
  };
  expect(last('large.npy', false)).toEqual([1, 3]);
  expect(last('large-columns.npy', true)).toEqual([rows, rows]);
});

test('a list makes an element at every look, and has none beyond its end', () => {
  let made = 0;
  const list = lazyList(3, (i) => ({ i, number: ++made }));
  expect(made).toBe(0);
  expect(list.map(({ i }) => i)).toEqual([0, 1, 2]);
  expect(made).toBe(3);
  expect(list[1]).toEqual({ i: 1, number: 4 });
  expect(list[3]).toBeUndefined();
  expect([...list.keys()]).toEqual([0, 1, 2]);
  expect(list.slice(1).map(({ i }) => i)).toEqual([1, 2]);
  expect(made).toBe(6);
  expect(list.some(({ i }) => i === 2)).toBe(true);
});
