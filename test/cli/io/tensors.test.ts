// The input forms of the command line, and every way to get them wrong.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../cli/io/tensors.ts';
import { tensorsOfJson } from '../../../vm/library/json.ts';
import { bindTensors, flatten, shapeFits } from '../../../vm/library/tensors.ts';
import { code, failure } from '../../failure.ts';

const SPECS = [
  { name: 'a', shape: [1, 2, 3] },
  { name: 'b', shape: [1, 4] },
];
const A = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
];
const B = [[7, 8, 9, 10]];

const bind = (value: unknown, specs = SPECS): Record<string, number[]> =>
  Object.fromEntries(Object.entries(bindTensors(tensorsOfJson(value, 'x.json'), specs, 'input')).map(([name, data]) => [name, [...data]]));

describe('forms of an input', () => {
  const expected = { a: [1, 2, 3, 4, 5, 6], b: [7, 8, 9, 10] };
  test('by name', () => expect(bind({ a: A, b: B })).toEqual(expected));
  test('without or with one more leading 1', () => expect(bind({ a: A[0], b: [B] })).toEqual(expected));
  test("EZKL's flat lists", () => expect(bind({ input_data: [A.flat(2), B.flat()] })).toEqual(expected));
  test("EZKL's nested lists", () => expect(bind({ input_data: [A, B] })).toEqual(expected));
  test('shape and data', () =>
    expect(bind({ a: { shape: [1, 2, 3], data: A.flat(2) }, b: { shape: [4], data: B.flat() } })).toEqual(expected));
  test('what run --json prints', () => expect(bind({ outputs: { a: { shape: [1, 2, 3], data: A.flat(2) }, b: B } })).toEqual(expected));
  test('a bare array for the only input', () => expect(bind(A, [SPECS[0]!])).toEqual({ a: expected.a }));
  test('true and false for booleans, in every form', () => {
    const bits = [{ name: 'c', shape: [1, 3], boolean: true }];
    const row = [true, false, true];
    for (const form of [{ c: [row] }, { c: [[true, 0, 1]] }, { c: { shape: [1, 3], data: row } }, { input_data: [row] }, [row]])
      expect(bind(form, bits)).toEqual({ c: [1, 0, 1] });
    const numbers = [{ name: 'c', shape: [1, 3] }];
    for (const form of [{ c: [row] }, { c: { shape: [1, 3], data: row } }, { input_data: [row] }, [row]])
      expect(code(() => bind(form, numbers))).toBe('ZK0809');
  });
});

describe('what is refused', () => {
  test.each<[string, unknown, string]>([
    ['a missing input', { a: A }, 'ZK0812'],
    ['an unknown input', { a: A, b: B, c: [1] }, 'ZK0812'],
    ['too few flat lists', { input_data: [A] }, 'ZK0812'],
    ['a bare array for two inputs', A, 'ZK0812'],
    [
      'a transposed input',
      {
        a: [
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        ],
        b: B,
      },
      'ZK0810',
    ],
    ['a flat list by name for a shape that is not flat', { a: A.flat(2), b: B }, 'ZK0810'],
    ['a flat list that is too long', { input_data: [A.flat(2), [7, 8, 9, 10, 11]] }, 'ZK0810'],
    ['two batches for one', { a: [...A, ...A], b: B }, 'ZK0810'],
    ['a shape that does not fit its data', { a: { shape: [1, 2, 2], data: A.flat(2) }, b: B }, 'ZK0810'],
    ['a negative shape', { a: { shape: [-1, -6], data: A.flat(2) }, b: B }, 'ZK0810'],
    [
      'a ragged array',
      {
        a: [
          [
            [1, 2, 3],
            [4, 5],
          ],
        ],
        b: B,
      },
      'ZK0808',
    ],
    ['a number among arrays', { a: [[[1, 2, 3], 4]], b: B }, 'ZK0808'],
    [
      'an array among numbers',
      {
        a: [
          [
            [1, 2, [3]],
            [4, 5, 6],
          ],
        ],
        b: B,
      },
      'ZK0808',
    ],
    ['an empty array', { a: [], b: B }, 'ZK0808'],
    ['too many brackets', { a: [[[[[[[[[1]]]]]]]]], b: B }, 'ZK0808'],
    [
      'a text',
      {
        a: [
          [
            ['1', 2, 3],
            [4, 5, 6],
          ],
        ],
        b: B,
      },
      'ZK0809',
    ],
    [
      'null',
      {
        a: [
          [
            [null, 2, 3],
            [4, 5, 6],
          ],
        ],
        b: B,
      },
      'ZK0809',
    ],
    [
      'infinity',
      {
        a: [
          [
            [Number.POSITIVE_INFINITY, 2, 3],
            [4, 5, 6],
          ],
        ],
        b: B,
      },
      'ZK0809',
    ],
    ['an object', { a: {}, b: B }, 'ZK0807'],
    ['a text instead of a tensor', { a: 'x', b: B }, 'ZK0807'],
    ['a number instead of a file', 5, 'ZK0807'],
    ['null instead of a file', null, 'ZK0807'],
  ])('%s', (_what, value, expected) => {
    expect(code(() => bind(value))).toBe(expected);
  });

  test('the message names the element', () => {
    expect(
      failure(() =>
        flatten(
          [
            [
              [1, 2],
              [3, Number.NaN],
            ],
          ],
          'x',
        ),
      )?.where,
    ).toBe('x[0,1,1] = NaN');
    expect(failure(() => flatten([[[1, 2], [3]]], 'x'))?.where).toBe('x[0,1]');
  });

  test('NaN in JSON text is named', () => {
    expect(failure(() => parseJson('{"a": [1, NaN]}', 'x.json'))?.why).toMatch(/NaN is no JSON number/);
    expect(failure(() => parseJson('{"a": [1, -Infinity]}', 'x.json'))?.why).toMatch(/Infinity is no JSON number/);
    expect(code(() => parseJson('{"a": [1, 2', 'x.json'))).toBe('ZK0806');
    expect(code(() => parseJson('', 'x.json'))).toBe('ZK0806');
    expect(() => parseJson('1,2', '-')).toThrow(expect.objectContaining({ fix: expect.stringContaining('CSV needs a file') }));
    expect(() => parseJson('1,2', 'x.json')).toThrow(expect.objectContaining({ fix: 'check that the file is complete' }));
  });

  test('brackets a million deep do not overflow the stack', () => {
    const deep = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
    expect(code(() => tensorsOfJson(parseJson(deep, 'x.json'), 'x.json'))).toBe('ZK0808');
  });
});

test('any JSON value is bound or refused with a typed error', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(code(() => bind(value))).toMatch(/^(ZK08\d\d|accepted)$/);
    }),
  );
});

test('only a leading 1 may differ', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shape, (s) => {
      expect(shapeFits(s, s)).toBe(true);
      expect(shapeFits([1, ...s], s)).toBe(true);
      expect(shapeFits(s, [1, ...s])).toBe(true);
      expect(shapeFits([2, ...s], s)).toBe(false);
      expect(shapeFits([...s, 2], s)).toBe(false);
      expect(shapeFits([1, 1, 1, 2, ...s], s)).toBe(false);
    }),
  );
});
