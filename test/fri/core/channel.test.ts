// The transcript's sponge: the vectors, what moves its state, how elements and positions are drawn, and proof of work.
// Source: PCS.md §9. Caveat: statistics of drawn positions are of one seed.
import { blake2s } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Channel, feltFromBlock, TAG } from '../../../fri/core/channel.ts';
import { P } from '../../../fri/core/m31.ts';
import { grind, grindRange, isWork, toNonce } from '../../../fri/core/work.ts';
import { vectors, wordsToText } from '../vectors.ts';

const absorbed = (...list: [number, number[]][]): Channel => {
  const channel = new Channel();
  for (const [tag, words] of list) channel.absorb(tag, words);
  return channel;
};

test('the vectors hold', () => {
  const channel = new Channel();
  let bits = 0;
  let nonce: [number, number] = [0, 0];
  for (const step of vectors.channel) {
    if (step.absorb && step.absorb[0] === TAG.QUERY_WORK) channel.verifyWork(TAG.QUERY_WORK, bits, nonce, 'query');
    else if (step.absorb) channel.absorb(...step.absorb);
    if (step.digest) expect(wordsToText(channel.digest)).toBe(step.digest);
    if (step.drawFelt) expect(channel.drawFelt()).toEqual(step.drawFelt);
    if (step.smallestNonce) {
      bits = step.grindBits ?? 0;
      nonce = grind(channel.digest, bits);
      expect(nonce).toEqual(step.smallestNonce);
    }
    if (step.drawPositions) expect(channel.drawPositions(...step.drawPositions)).toEqual(step.positions);
  }
});

test('tags are distinct and in protocol order', () => {
  const tags = Object.values(TAG);
  expect(tags).toEqual(tags.map((_, i) => i + 1));
});

describe('absorbing', () => {
  test('another tag, word, order, length or division gives another state', () => {
    const states = [
      absorbed([1, [2, 3]]),
      absorbed([2, [2, 3]]),
      absorbed([1, [2, 4]]),
      absorbed([1, [3, 2]]),
      absorbed([1, [2, 3, 0]]),
      absorbed([1, [2]], [1, [3]]),
      absorbed([1, []]),
      new Channel(),
    ].map((channel) => wordsToText(channel.digest));
    expect(new Set(states).size).toBe(states.length);
  });

  test('words are taken as u32', () => {
    expect(absorbed([1, [0xffffffff]]).digest).not.toEqual(absorbed([1, [0x7fffffff]]).digest);
  });

  test('a fork goes its own way', () => {
    const channel = absorbed([1, [1]]);
    channel.drawFelt();
    const fork = channel.fork();
    const [a, b] = [channel.drawFelt(), fork.drawFelt()];
    expect(a).toEqual(b);
    fork.absorb(TAG.SHARD, [0]);
    expect(channel.drawFelt()).not.toEqual(fork.drawFelt());
    expect(channel.digest).not.toEqual(fork.digest);
  });

  test('the digest that is handed out is a copy', () => {
    const channel = absorbed([1, [1]]);
    channel.digest.fill(0);
    expect(channel.digest).toEqual(absorbed([1, [1]]).digest);
  });
});

describe('drawing', () => {
  test('elements are canonical and every draw is another one', () => {
    const channel = absorbed([1, [1]]);
    const drawn = Array.from({ length: 200 }, () => channel.drawFelt());
    for (const felt of drawn) for (const word of felt) expect(word >= 0 && word < P && Number.isInteger(word)).toBe(true);
    expect(new Set(drawn.map(String)).size).toBe(drawn.length);
  });

  test('a word from 2p on is not used, whichever of the four it is, and every word below it is taken modulo p', () => {
    const zeros = new Uint32Array(8);
    expect(feltFromBlock(zeros)).toEqual([0, 0, 0, 0]);
    for (let i = 0; i < 8; i++) {
      for (const word of [1, P - 1, P, P + 1, 2 * P - 1]) {
        const wanted = [0, 0, 0, 0].map((_, c) => (c === i ? word % P : 0));
        expect(feltFromBlock(zeros.with(i, word))).toEqual(wanted);
      }
      for (const word of [2 * P, 2 * P + 1]) {
        if (i < 4) expect(feltFromBlock(zeros.with(i, word))).toBeUndefined();
        else expect(feltFromBlock(zeros.with(i, word))).toEqual([0, 0, 0, 0]);
      }
      if (i < 4) expect(feltFromBlock(zeros.slice(0, i))).toBeUndefined(); // nor is one that is missing
    }
    expect(feltFromBlock(zeros.slice(0, 4))).toEqual([0, 0, 0, 0]);
  });

  /** PCS.md §9 with another library's hash: block number `counter` of a state is H_DRAW(state ‖ counter), personalisation word 4 */
  const blockOf = (state: Uint32Array, counter: number): Uint32Array => {
    const bytes = (words: readonly number[]): Uint8Array => {
      const view = new DataView(new ArrayBuffer(4 * words.length));
      for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
      return new Uint8Array(view.buffer);
    };
    const view = new DataView(blake2s(bytes([...state, counter]), { personalization: bytes([4, 0]) }).slice().buffer);
    return Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i, true));
  };

  test('elements are words 0 to 3 of the blocks 0, 1, 2, … of the state; absorbing starts again at 0', () => {
    const channel = absorbed([1, [9]]);
    for (const state of [channel.digest, absorbed([1, [9]], [2, [3]]).digest]) {
      for (let counter = 0; counter < 4; counter++) expect(channel.drawFelt()).toEqual(feltFromBlock(blockOf(state, counter)));
      channel.absorb(2, [3]);
    }
  });

  test('positions are the low bits of the words of the blocks, the first `count` of them', () => {
    for (const [count, bits] of [
      [1, 30],
      [8, 6],
      [9, 30],
      [19, 24],
      [80, 10],
    ] as const) {
      const channel = absorbed([1, [count]]);
      channel.drawFelt(); // block 0
      const words = Array.from({ length: 10 }, (_, i) => [...blockOf(channel.digest, 1 + i)]).flat();
      const wanted = new Set(words.slice(0, count).map((word) => word % 2 ** bits));
      expect(channel.drawPositions(count, bits)).toEqual([...wanted].sort((a, b) => a - b));
    }
  });

  test('every bit of a position is as often 0 as 1', () => {
    const drawn = Array.from({ length: 400 }, (_, i) => absorbed([1, [i]]).drawPositions(8, 30)).flat();
    for (let bit = 0; bit < 30; bit++) {
      const ones = drawn.filter((position) => Math.floor(position / 2 ** bit) % 2 === 1).length;
      expect(Math.abs(ones - drawn.length / 2)).toBeLessThan(5 * Math.sqrt(drawn.length / 4));
    }
  });

  test('positions are ascending, distinct, in range, and there are at most as many as asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 30 }), fc.nat(), (count, bits, seed) => {
        const positions = absorbed([1, [seed]]).drawPositions(count, bits);
        expect(positions.length).toBeGreaterThan(0);
        expect(positions.length).toBeLessThanOrEqual(Math.min(count, 2 ** bits));
        positions.forEach((position, i) => {
          expect(position < 2 ** bits && position > (i === 0 ? -1 : positions[i - 1]!)).toBe(true);
        });
      }),
    );
  });

  test('doubled positions are dropped, not replaced: more draws extend the same list', () => {
    const few = absorbed([1, [7]]).drawPositions(40, 4);
    const many = absorbed([1, [7]]).drawPositions(80, 4);
    expect(many).toEqual(expect.arrayContaining(few));
    expect(few.length).toBeLessThan(40);
  });
});

describe('proof of work', () => {
  const digest = absorbed([1, [5]]).digest;

  test('grind finds the smallest nonce, whole or in ranges', () => {
    for (const bits of [1, 4, 9]) {
      const [low, high] = grind(digest, bits);
      expect(high).toBe(0);
      expect(isWork(digest, bits, [low, high])).toBe(true);
      for (let n = 0; n < low; n++) expect(isWork(digest, bits, [n, 0])).toBe(false);
      expect(grindRange(digest, bits, 0, low)).toBeUndefined();
      expect(grindRange(digest, bits, Math.max(0, low - 5), low + 5)).toBe(low);
    }
  });

  test('a range across 2^32 counts on in the high word', () => {
    const from = 2 ** 32 - 3;
    const found = grindRange(digest, 6, from, from + 4000);
    expect(found).toBeDefined();
    for (let n = from; n <= (found ?? 0); n++) expect(isWork(digest, 6, toNonce(n))).toBe(n === found);
    expect(toNonce(2 ** 32 + 5)).toEqual([5, 1]);
  });

  test('another digest, number of bits or high word is no proof of work', () => {
    const nonce = grind(digest, 12);
    expect(isWork(digest, 12, nonce)).toBe(true);
    const changed = digest.slice();
    changed[3]! ^= 1;
    expect(isWork(changed, 12, nonce)).toBe(false);
    expect(isWork(digest, 13, nonce)).toBe(false);
    expect(isWork(digest, 12, [nonce[0], 1])).toBe(false);
    expect(isWork(digest, 12, [nonce[0] + 1, 0])).toBe(false);
  });

  test('no bits demand nonce 0', () => {
    expect(grind(digest, 0)).toEqual([0, 0]);
    expect(isWork(digest, 0, [0, 0])).toBe(true);
    expect(isWork(digest, 0, [1, 0])).toBe(false);
    expect(isWork(digest, 0, [0, 1])).toBe(false);
    expect(grindRange(digest, 0, 1, 9)).toBeUndefined();
  });

  test('the channel absorbs a good nonce and rejects a bad one by name', () => {
    const channel = absorbed([1, [5]]);
    const nonce = grind(channel.digest, 8);
    expect(() => channel.fork().verifyWork(TAG.DEEP_WORK, 8, [nonce[0] + 1, 0], 'deep')).toThrow(/ZK0107: proof of work; at deep/);
    const other = channel.fork();
    channel.verifyWork(TAG.DEEP_WORK, 8, nonce, 'deep');
    other.absorb(TAG.DEEP_WORK, nonce);
    expect(channel.digest).toEqual(other.digest);
  });

  test('33 bits, -1 bits and half a bit are a bug, 32 are not', () => {
    for (const bits of [33, -1, 0.5]) expect(() => isWork(digest, bits, [0, 0])).toThrow(`${bits} bits`);
    expect(isWork(digest, 32, [0, 0])).toBe(false);
  });
});
