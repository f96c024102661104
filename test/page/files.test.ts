// What the page reads from files and links, and what it makes of pictures and drawings, without a browser. Caveat: canvases are Chromium's and tested there.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OnnxInput } from '../../compile.ts';
import { Failure } from '../../web/engine/failure.ts';
import { drawnSamples } from '../../web/files/draw-samples.ts';
import { pictureOf, resized } from '../../web/files/picture.ts';
import { fileName } from '../../web/files/save.ts';
import { sharedOf, sharePart } from '../../web/files/share.ts';
import { inputNumbers, numbersOf, samplesOf, wordsOf } from '../../web/files/tensors.ts';
import { routeOf } from '../../web/routes.ts';
import { bytes, count, digits, duration, percent, shortId } from '../../web/units.ts';

describe('links', () => {
  test('give back what was put in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (record, proof) => {
        const part = sharePart({ record, proof })!;
        expect(part).toMatch(/^[\w.-]+$/);
        expect(sharedOf(part)).toEqual({ record, proof });
      }),
    );
  });

  test('that are none are refused with the page’s own error, never another one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `1.${text}`),
        ),
        (part) => {
          try {
            sharedOf(part);
          } catch (error) {
            expect(error).toBeInstanceOf(Failure);
          }
        },
      ),
    );
    expect(() => sharedOf('2.AAAA')).toThrow('The link cannot be read');
    expect(() => sharedOf(sharePart({ record: new Uint8Array(9), proof: new Uint8Array(0) })!.slice(0, 12))).toThrow(
      'The link cannot be read',
    );
  });

  test('that would be cut are not made', () => {
    expect(sharePart({ record: new Uint8Array(10), proof: new Uint8Array(800_000) })).toBeUndefined();
  });

  test('an address leads to its view, any other one to the first', () => {
    expect(routeOf('#/verify/1.a/b')).toEqual({ view: 'verify', rest: '1.a/b' });
    expect(routeOf('#/model')).toEqual({ view: 'model', rest: '' });
    for (const hash of ['', '#', '#/', '#/__proto__', '#verify', '#/Verify']) expect(routeOf(hash)).toEqual({ view: 'prove', rest: '' });
  });
});

describe('samples', () => {
  const read = (name: string, text: string, names = ['x']) => samplesOf({ name, text }, names);

  test('of JSON, JSON lines and CSV', () => {
    expect(read('a.json', '[{"x": [1, 2]}, {"x": [3, 4]}]')).toEqual([{ x: [1, 2] }, { x: [3, 4] }]);
    expect(read('a.json', '{"x": [1, 2]}')).toEqual([{ x: [1, 2] }]);
    expect(read('a.json', '[[1, 2], [3, 4]]')).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(read('a.json', '{"input_data": [[1], [2]]}', ['a', 'b'])).toEqual([{ a: [1], b: [2] }]);
    expect(read('a.jsonl', '{"x": 1}\n\n{"x": 2}\n')).toEqual([{ x: 1 }, { x: 2 }]);
    expect(read('a.csv', 'width,height\n1,2\n3,4\n')).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test.each([
    ['JSON that ends early', 'a.json', '{"x": ', /no JSON/],
    ['a number', 'a.json', '3', /no tensors/],
    ['a number among samples', 'a.json', '[{"x": 1}, 2]', /no tensors/],
    ['a list too many', 'a.json', '{"input_data": [[1], [2]]}', /2 lists.*1 input/],
    ['a line that ends early', 'a.jsonl', '{"x": 1}\n{', /no JSON/],
    ['an empty cell', 'a.csv', '1,2\n3,', /no number/],
    ['a word in a cell', 'a.csv', '1,2\n3,x', /no number/],
  ])('with %s are refused', (_what, name, text, message) => {
    expect(() => read(name, text)).toThrow(message);
    expect(() => read(name, text)).toThrow(Failure);
  });

  test('labels are a list of words', () => {
    expect(wordsOf('["cat", "dog"]')).toEqual(['cat', 'dog']);
    for (const text of ['[1, 2]', '{"a": 1}', '[]', 'cat', '["a", 1]']) expect(wordsOf(text)).toBeUndefined();
  });

  test('numbers of an input, in every form', () => {
    expect(inputNumbers({ x: [[1], [2]] }, 'x')).toEqual([1, 2]);
    expect(inputNumbers([1, 2], 'x')).toEqual([1, 2]);
    expect(numbersOf({ shape: [2], data: Float32Array.of(1, 2) })).toEqual([1, 2]);
    expect(numbersOf([true])).toBeUndefined();
  });

  test('that are drawn are the same each time, and lie between the ends', () => {
    const inputs: OnnxInput[] = [
      { name: 'x', shape: ['batch', 3], kind: 'real' },
      { name: 'i', shape: [2], kind: 'integer' },
      { name: 'b', shape: [], kind: 'boolean' },
    ];
    const drawn = drawnSamples(inputs, { least: -1, most: 2 });
    expect(drawnSamples(inputs, { least: -1, most: 2 })).toEqual(drawn);
    for (const sample of drawn) {
      const tensors = sample as Record<string, { shape: number[]; data: number[] }>;
      expect(tensors.x!.shape).toEqual([1, 3]);
      expect(tensors.b!.data).toHaveLength(1);
      for (const x of [...tensors.x!.data, ...tensors.i!.data]) expect(x >= -1 && x <= 2).toBe(true);
      for (const x of tensors.i!.data) expect(Number.isInteger(x)).toBe(true);
      expect([0, 1]).toContain(tensors.b!.data[0]);
    }
    const all = drawn.flatMap((sample) => (sample as Record<string, { shape: number[]; data: number[] }>).i!.data);
    expect(new Set(all)).toEqual(new Set([-1, 0, 1, 2]));
  });
});

describe('pictures', () => {
  test.each([
    [[1, 64], { channels: 1, height: 8, width: 8 }],
    [[1, 1, 28, 28], { channels: 1, height: 28, width: 28 }],
    [[3, 32, 48], { channels: 3, height: 32, width: 48 }],
    [[1, 13], undefined],
    [[1, 4], undefined],
    [[1, 2, 28, 28], undefined],
    [[1], undefined],
    [[128, 2], undefined],
  ])('of shape %j', (shape, picture) => expect(pictureOf({ shape })).toEqual(picture));

  test('keep their brightness at another size', () => {
    const flat = resized(new Float32Array(64).fill(0.25), 8, 28);
    expect(flat.every((x) => Math.abs(x - 0.25) < 1e-6)).toBe(true);
    const same = Float32Array.from({ length: 64 }, (_, i) => i / 64);
    expect(resized(same, 8, 8)).toEqual(same);
  });
});

describe('numbers', () => {
  test('have three digits and a unit', () => {
    expect([0, 0.181234, 7, 12.34, 123.4, 1234.5, 0.00012345].map(digits)).toEqual(['0', '0.181', '7', '12.3', '123', '1,235', '0.000123']);
    expect([0.4, 12.3, 999.7, 1234, 125_000].map(duration)).toEqual([
      '0.4\u202fms',
      '12.3\u202fms',
      '1\u202fs',
      '1.23\u202fs',
      '2.08\u202fmin',
    ]);
    expect([12, 2048, 3_000_000].map(bytes)).toEqual(['12\u202fB', '2\u202fKiB', '2.86\u202fMiB']);
    expect([192, 191_744, 1_490_000].map(count)).toEqual(['192', '192\u202fthousand', '1.49\u202fmillion']);
    expect(percent(0.00181)).toBe('0.181\u202f%');
    expect(shortId('0123456789abcdef')).toBe('012345…cdef');
  });

  test('file names are such that any system takes them', () => {
    expect(fileName('../a b/ü', '.zkb')).toBe('.._a_b_.zkb');
    expect(fileName('', '.zkb')).toBe('model.zkb');
  });
});
