// Read-only words are there once. Caveat: words that are part of others are not found.
import { describe, expect, test } from 'vitest';
import { Emitter } from '../../../compiler/layout/emitter.ts';

const words = (...values: number[]): Float64Array => Float64Array.from({ length: 32 }, (_, i) => values[i % values.length]!);

describe('read-only words', () => {
  test('that are equal share a place', () => {
    const emitter = new Emitter();
    const first = emitter.place(words(1, 2, 3));
    expect(emitter.place(words(4, 5))).toBe(first + 2);
    expect(emitter.place(words(1, 2, 3))).toBe(first);
    const { rom, codeWords } = emitter.finish();
    expect(rom.length).toBe(16 * (codeWords + 4));
  });

  test('that differ in a single lane, or in their number, do not', () => {
    const emitter = new Emitter();
    const first = emitter.place(words(1, 2, 3));
    for (const i of [0, 17, 31]) expect(emitter.place(words(1, 2, 3).with(i, 9))).not.toBe(first);
    expect(emitter.place(words(1, 2, 3).slice(0, 16))).not.toBe(first);
  });
});
