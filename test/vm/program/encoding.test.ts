// Rules by which real numbers become integers and come back, and what the loader refuses of them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkEncodings, decoderOf, encoderOf, encodingOf, stepOf } from '../../../vm/program/encoding.ts';
import type { Encoding, Region } from '../../../vm/program/types.ts';

const region = (changes: Partial<Region> = {}): Region => ({
  name: 'x',
  shape: [2, 3],
  address: 0,
  channels: 1,
  rows: 2,
  width: 3,
  channelStep: 2,
  rowStep: 1,
  strides: [6, 3, 1],
  lo: 0,
  hi: 4,
  scale: 1,
  ...changes,
});
const buckets: Encoding = { of: 'input', name: 'x', axis: 1, thresholds: [[0.5], [-1, 0, 1, 2], []] };
const scales: Encoding = { of: 'input', name: 'x', axis: 1, scales: [1, 1024, 0.25] };

describe('buckets', () => {
  test('an integer is how many thresholds of its feature the number reaches', () => {
    const encode = encoderOf(region(), buckets);
    expect([0.5, 0.4999999999999999].map((x) => encode(x, 0))).toEqual([1, 0]);
    expect([-2, -1, -0.5, 0, 1.5, 99].map((x) => encode(x, 4))).toEqual([0, 1, 1, 2, 3, 4]);
    expect([encode(1e9, 2), encode(-1e9, 5)]).toEqual([0, 0]);
  });

  test('a bucket comes back as a number that lies in it', () => {
    const list = fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), { maxLength: 6 });
    fc.assert(
      fc.property(list, (numbers) => {
        const thresholds = [[...numbers].map((x) => x + 0).sort((a, b) => a - b)];
        const rule: Encoding = { of: 'input', name: 'x', axis: 0, thresholds };
        const [encode, decode] = [encoderOf({ shape: [1], scale: 1 }, rule), decoderOf({ shape: [1], scale: 1 }, rule)];
        const all = Array.from({ length: new Set(thresholds[0]).size + 1 }, (_, bucket) => bucket);
        expect(all.map((bucket) => encode(decode(bucket, 0), 0))).toEqual(all);
      }),
    );
  });
});

test('no number is in no bucket, and the one for the first bucket is finite', () => {
  expect(encoderOf(region(), buckets)(Number.NaN, 0)).toBeNaN();
  const far: Encoding = { of: 'input', name: 'x', axis: 0, thresholds: [[-1.5e308]] };
  const alone = { shape: [1], scale: 1 };
  const back = decoderOf(alone, far)(0, 0);
  expect([Number.isFinite(back), encoderOf(alone, far)(back, 0)]).toEqual([true, 0]);
});

test('scales stand beside the scale of the region, one for each index of the axis', () => {
  const halves = region({ scale: 0.5 });
  const [encode, decode, step] = [encoderOf(halves, scales), decoderOf(halves, scales), stepOf(halves, scales)];
  expect([0, 1, 2, 3, 4, 5].map(step)).toEqual([0.5, 512, 0.125, 0.5, 512, 0.125]);
  expect([0, 1, 2].map((e) => encode(1000, e))).toEqual([2000, 2, 8000]);
  expect([3, 4, 5].map((e) => decode(3, e))).toEqual([1.5, 1536, 0.375]);
  expect(encoderOf(halves, undefined)(1000, 1)).toBe(2000);
});

test('a rule is found by kind and name', () => {
  const other: Encoding = { of: 'output', name: 'x', axis: 0, scales: [1] };
  expect(encodingOf({ encodings: [other, buckets] }, 'input', 'x')).toBe(buckets);
  expect(encodingOf({ encodings: [other, buckets] }, 'output', 'x')).toBe(other);
  expect(encodingOf({ encodings: [other] }, 'input', 'x')).toBeUndefined();
  expect(encodingOf({}, 'input', 'x')).toBeUndefined();
});

const check = (encodings: Encoding[], changes: Partial<Region> = {}): void =>
  checkEncodings({ encodings }, { input: [region(changes)], output: [region({ name: 'y', ...changes })] });

test('rules that fit are taken', () => {
  check([buckets]);
  check([scales, { of: 'output', name: 'y', axis: 0, scales: [1, 3] }], { scale: 0.5, lo: -9 });
});

test.each<[string, Encoding[], Partial<Region>?]>([
  ['a name that no region has', [{ ...buckets, name: 'y' }]],
  ['a rule there twice', [buckets, scales]],
  ['an axis beyond the shape', [{ ...buckets, axis: 2 }]],
  ['an axis that is no integer', [{ ...buckets, axis: 0.5 }]],
  ['a list too few', [{ ...buckets, thresholds: [[0.5], []] }]],
  ['thresholds that fall', [{ ...buckets, thresholds: [[1, 0], [], []] }]],
  ['a threshold twice', [{ ...buckets, thresholds: [[1, 1], [], []] }]],
  ['an infinite threshold', [{ ...buckets, thresholds: [[Number.POSITIVE_INFINITY], [], []] }]],
  ['a threshold that is no number', [{ ...buckets, thresholds: [[Number.NaN], [], []] }]],
  ['a zero with a sign, which is written without', [{ ...buckets, thresholds: [[-0], [], []] }]],
  ['more thresholds than integers', [buckets], { hi: 3 }],
  ['buckets below zero', [buckets], { lo: -1 }],
  ['buckets with a scale', [buckets], { scale: 0.5 }],
  ['thresholds of an output', [{ ...buckets, of: 'output', name: 'y' }]],
  ['a threshold with no finite number below it', [{ ...buckets, thresholds: [[-Number.MAX_VALUE], [], []] }]],
  ['more numbers than a model has', [{ ...buckets, thresholds: [Array.from({ length: 2 ** 20 }, (_, i) => i), [], []] }], { hi: 2 ** 20 }],
  ['scales and thresholds', [{ ...buckets, ...scales }]],
  ['a scale that makes the largest integer infinite', [{ ...scales, scales: [1, 1e307, 1] }], { hi: 1000 }],
  ['a region whose largest integer is infinite', [], { scale: 1e307, hi: 1000 }],
  ['a scale of zero', [{ ...scales, scales: [1, 0, 1] }]],
  ['a negative scale', [{ ...scales, scales: [1, -1, 1] }]],
  ['a scale that the region makes infinite', [{ ...scales, scales: [1, 1e308, 1] }], { scale: 1e9 }],
  ['a scale that the region makes zero', [{ ...scales, scales: [1, 1e-308, 1] }], { scale: 1e-300 }],
])('%s is refused', (_, encodings, changes) => {
  expect(() => check(encodings, changes)).toThrow(/^ZK0343/);
});

describe('inputs of integers', () => {
  const whole = (integers: string[], changes: Partial<Region> = {}, encodings: Encoding[] = []): void =>
    checkEncodings({ encodings, integers }, { input: [region(changes)], output: [region({ name: 'y', ...changes })] });

  test('have one integer for each whole number', () => {
    whole(['x']);
    whole([], { scale: 2 });
  });

  test.each<[string, string[], Partial<Region>?, Encoding[]?]>([
    ['an output', ['y']],
    ['an input there twice', ['x', 'x']],
    ['a step of two, on which 3 becomes 4', ['x'], { scale: 2 }],
    ['a step of a half', ['x'], { scale: 0.5 }],
    ['a rule of its own', ['x'], {}, [scales]],
    ['buckets', ['x'], {}, [buckets]],
  ])('%s is refused', (_, integers, changes, encodings) => {
    expect(() => whole(integers, changes, encodings)).toThrow(/^ZK0343/);
  });
});
