// The hash against the vectors, against Node's Blake2s-256 and another implementation, and digests as bytes, felts and text.
import { createHash } from 'node:crypto';
import { blake2s } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToWords, compress, hash, hashBytes, initialState, PURPOSE } from '../../../fri/core/blake2s.ts';
import {
  digestEqual,
  digestFromFelt,
  digestFromHex,
  digestToFelt,
  digestToHex,
  isDigest,
  leafDigest,
  nodeDigest,
  parentLayer,
  truncate,
} from '../../../fri/core/digest.ts';
import { P } from '../../../fri/core/m31.ts';
import { vectors, wordsToText } from '../vectors.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const littleEndian = (words: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!, true);
  return bytes;
};
const u32 = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.integer({ min: 0, max: 0xffffffff }));

test('the vectors hold', () => {
  const v = vectors.hash;
  expect(wordsToText(hash(0, range(20)))).toBe(v.standardOfWords0to19);
  const leaf = leafDigest(range(20));
  const other = leafDigest([P - 1]);
  expect(wordsToText(leaf)).toBe(v.leafOfWords0to19);
  expect(wordsToText(other)).toBe(v.leafOfPMinus1);
  expect(wordsToText(nodeDigest(leaf, other))).toBe(v.nodeOfTheTwo);
  expect(wordsToText(leafDigest([]))).toBe(v.emptyLeaf);
});

describe('against other implementations', () => {
  test.each([0, 1, 15, 16, 17, 31, 32, 33, 48, 225])('purpose 0 is standard Blake2s-256 for %i words', (length) => {
    const words = Uint32Array.from(range(length), (i) => Math.imul(i + 1, 0x9e3779b1) >>> 0);
    const wanted = new Uint8Array(createHash('blake2s256').update(littleEndian(words)).digest());
    expect(littleEndian(hash(0, words))).toEqual(wanted);
  });

  test('a purpose is the first personalisation word', () => {
    fc.assert(
      fc.property(fc.array(u32, { maxLength: 70 }), fc.constantFrom(...Object.values(PURPOSE)), (words, purpose) => {
        const personalization = littleEndian([purpose, 0]);
        expect(littleEndian(hash(purpose, words))).toEqual(blake2s(littleEndian(words), { personalization }));
      }),
    );
  });

  test('bytes are hashed with their length in front', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const padded = new Uint8Array(4 + 4 * Math.ceil(bytes.length / 4));
        padded.set(littleEndian([bytes.length]));
        padded.set(bytes, 4);
        expect(littleEndian(hashBytes(0, bytes))).toEqual(blake2s(padded));
        expect(littleEndian(bytesToWords(bytes))).toEqual(padded);
      }),
    );
  });
});

test('purposes, lengths and padding are separated', () => {
  const words = range(16);
  const digests = [0, ...Object.values(PURPOSE)].map((purpose) => wordsToText(hash(purpose, words)));
  expect(new Set(digests).size).toBe(digests.length);
  expect(hash(1, [5])).not.toEqual(hash(1, [5, 0]));
  expect(hashBytes(1, Uint8Array.of(5))).not.toEqual(hashBytes(1, Uint8Array.of(5, 0)));
  expect(leafDigest(words)).not.toEqual(nodeDigest(Uint32Array.from(words.slice(0, 8)), Uint32Array.from(words.slice(8))));
});

test('compress reads at its offset, and neither the last flag nor the byte count is ignored', () => {
  const message = Uint32Array.from(range(40));
  const digest = (offset: number, bytes: number, last: boolean): Uint32Array => {
    const state = initialState(3);
    compress(state, message, offset, bytes, last);
    return state;
  };
  expect(digest(8, 64, true)).toEqual(hash(3, message.slice(8, 24)));
  expect(digest(9, 64, true)).not.toEqual(digest(8, 64, true));
  expect(digest(8, 64, false)).not.toEqual(digest(8, 64, true));
  expect(digest(8, 60, true)).not.toEqual(digest(8, 64, true));
});

test('a lane of any of the 16 message words and 8 state words reaches the digest', () => {
  const message = new Uint32Array(16);
  const base = initialState(1);
  compress(base, message, 0, 64, true);
  for (let i = 0; i < 16; i++) {
    const changed = message.slice();
    changed[i] = 1;
    const state = initialState(1);
    compress(state, changed, 0, 64, true);
    expect(state).not.toEqual(base);
  }
  for (let i = 0; i < 8; i++) {
    const state = initialState(1);
    state[i]! ^= 1;
    compress(state, message, 0, 64, true);
    expect(state).not.toEqual(base);
  }
});

describe('digests', () => {
  const digest = fc.array(u32, { minLength: 8, maxLength: 8 }).map((words) => truncate(Uint32Array.from(words)));

  test('felt and hexadecimal are the same number, there and back', () => {
    fc.assert(
      fc.property(digest, (d) => {
        expect(digestToFelt(d) < 2n ** 248n).toBe(true);
        expect(digestFromFelt(digestToFelt(d))).toEqual(d);
        expect(digestFromHex(digestToHex(d))).toEqual(d);
        expect(BigInt(`0x${digestToHex(d)}`)).toBe(digestToFelt(d));
      }),
    );
    expect(digestToHex(Uint32Array.of(1, 0, 0, 0, 0, 0, 0, 0))).toBe(`${'0'.repeat(61)}1`);
    expect(digestFromHex('0xff')).toEqual(Uint32Array.of(255, 0, 0, 0, 0, 0, 0, 0));
  });

  test('249 bits, or 7 words, are no digest', () => {
    expect(isDigest(truncate(new Uint32Array(8).fill(0xffffffff)))).toBe(true);
    expect(isDigest(Uint32Array.of(0, 0, 0, 0, 0, 0, 0, 1 << 24))).toBe(false);
    for (const length of [0, 7, 9]) expect(isDigest(new Uint32Array(length))).toBe(false);
  });

  test.each(['', '0x', 'xyz', `${'f'.repeat(63)}`, ' 12'])('%j is no digest', (text) => {
    expect(() => digestFromHex(text)).toThrow('ZK0120');
  });

  test('one bit off is unequal', () => {
    fc.assert(
      fc.property(digest, fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 31 }), (d, word, bit) => {
        const changed = d.slice();
        expect(digestEqual(d, changed)).toBe(true);
        changed[word]! ^= 1 << bit;
        expect(digestEqual(d, changed)).toBe(false);
      }),
    );
  });

  test('a layer of parents is the digest of each pair', () => {
    const leaves = range(8).map((i) => leafDigest([i]));
    const layer = new Uint32Array(64);
    leaves.forEach((leaf, i) => {
      layer.set(leaf, 8 * i);
    });
    const parents = parentLayer(layer);
    for (let i = 0; i < 4; i++) expect(parents.slice(8 * i, 8 * i + 8)).toEqual(nodeDigest(leaves[2 * i]!, leaves[2 * i + 1]!));
  });
});
