// The forms of tensors that a program may hand over, and every way to get them wrong.
import { describe, expect, test } from 'vitest';
import { givenTensors, type ModelTensors } from '../../../vm/library/given.ts';
import { bindTensors } from '../../../vm/library/tensors.ts';
import { code } from '../../failure.ts';

const A = { name: 'a', shape: [1, 2, 3] };
const B = { name: 'b', shape: [1, 2], boolean: true };
const bind = (value: unknown, specs = [A]): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(
      bindTensors(
        givenTensors(
          value,
          specs.map(({ name }) => name),
          'the inputs',
        ),
        specs,
        'input',
      ),
    ).map(([name, data]) => [name, [...data]]),
  );
const numbers = [1, 2, 3, 4, 5, 6];
const nested = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
];

describe('one tensor', () => {
  test.each<[string, ModelTensors]>([
    ['a typed array', Float32Array.from(numbers)],
    ['one of bytes', Uint8Array.from(numbers)],
    ['one of 64-bit integers', BigInt64Array.from(numbers, BigInt)],
    ['a flat list', numbers],
    ['a nested array', nested],
    ['a nested array without the batch', nested[0]!],
    ['shape and data', { shape: [1, 2, 3], data: numbers }],
    ['shape and typed data', { shape: [2, 3], data: Float64Array.from(numbers) }],
    ['by name', { a: numbers }],
    ['by name, nested', { a: nested }],
    ['by name, with a shape', { a: { shape: [1, 2, 3], data: Int16Array.from(numbers) } }],
  ])('%s', (_form, value) => expect(bind(value)).toEqual({ a: numbers }));

  test('of inputs called shape and data is two', () => {
    const specs = [
      { name: 'shape', shape: [2] },
      { name: 'data', shape: [2] },
    ];
    expect(bind({ shape: [1, 2], data: [3, 4] }, specs)).toEqual({ shape: [1, 2], data: [3, 4] });
  });

  test('that was given is not written to, nor kept', () => {
    const own = Float64Array.from(numbers);
    const { ordered } = givenTensors(own, ['a'], 'the inputs');
    ordered![0]!.data[0] = 9;
    expect(own[0]).toBe(1);
  });
});

describe('several', () => {
  test('by name, booleans among them', () => {
    expect(bind({ a: nested, b: [true, false] }, [A, B])).toEqual({ a: numbers, b: [1, 0] });
    expect(code(() => bind({ a: nested, b: [true, false] }, [A, { name: 'b', shape: [1, 2] }]))).toBe('ZK0809');
  });
  test.each<[string, unknown, string]>([
    ['one without a name', nested, 'ZK0812'],
    ['a missing one', { a: nested }, 'ZK0812'],
    ['an unknown one', { a: nested, b: [1, 0], c: [1] }, 'ZK0812'],
  ])('%s is refused', (_what, value, expected) => expect(code(() => bind(value, [A, B]))).toBe(expected));
});

test.each<[string, unknown, string]>([
  ['too few numbers', new Float32Array(5), 'ZK0810'],
  ['too few in a list', numbers.slice(1), 'ZK0810'],
  [
    'the transposed array',
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    'ZK0810',
  ],
  ['a shape that does not fit its data', { shape: [1, 2, 3], data: numbers.slice(1) }, 'ZK0810'],
  ['a shape of another model', { shape: [6], data: numbers }, 'ZK0810'],
  ['a negative shape', { shape: [-2, -3], data: numbers }, 'ZK0810'],
  ['a shape that is none', { shape: 'wide', data: numbers }, 'ZK0810'],
  [
    'a ragged array',
    [
      [
        [1, 2, 3],
        [4, 5],
      ],
    ],
    'ZK0808',
  ],
  ['NaN in a typed array', Float32Array.of(1, 2, Number.NaN, 4, 5, 6), 'ZK0809'],
  ['Infinity in a list', [1, 2, Number.POSITIVE_INFINITY, 4, 5, 6], 'ZK0809'],
  ['an integer that no number holds', BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 2n ** 60n), 'ZK0809'],
  ['a text', 'image', 'ZK0807'],
  ['nothing', undefined, 'ZK0807'],
  ['null', null, 'ZK0807'],
  ['a DataView', new DataView(new ArrayBuffer(6)), 'ZK0812'],
  ['data that are no list', { shape: [1, 2, 3], data: 7 }, 'ZK0807'],
])('%s is refused', (_what, value, expected) => expect(code(() => bind(value))).toBe(expected));
