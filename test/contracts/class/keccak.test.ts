// Keccak-256 against an independent implementation, at the lengths where padding changes and at random ones.
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keccak256 } from '../../../contracts/class/keccak.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('the digest of nothing is the one that everybody knows', () => {
  expect(hex(keccak256(new Uint8Array(0)))).toBe('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
});

test('digests are those of another implementation, and one bit more or less changes them', () => {
  const lengths = fc.oneof(fc.constantFrom(1, 7, 8, 135, 136, 137, 271, 272), fc.integer({ min: 0, max: 300 }));
  const messages = lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
  fc.assert(
    fc.property(messages, (message) => {
      const digest = hex(keccak256(message));
      expect(digest).toBe(hex(keccak_256(message)));
      if (message.length) expect(hex(keccak256(message.map((byte, i) => (i ? byte : byte ^ 1))))).not.toBe(digest);
    }),
  );
});
