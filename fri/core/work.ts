// Proof of work on a transcript state: H_WORK(state ‖ bits ‖ low ‖ high) ends in `bits` zero bits; one compression a try.
// Source: PCS.md §9 (D11). The prover takes the smallest nonce, so that proof bytes are canonical however the search is divided.
// Caveat: a nonce is two words, because one number would lose bits above 2^53 and become malleable.

import { compress, hash, initialState, PURPOSE } from './blake2s.ts';
import { bug } from './errors.ts';

/** [low word, high word]. */
export type Nonce = readonly [number, number];

const WORDS = 32;

/** A count in 0..32: only the low bits of one word are tested. */
const lowBits = (bits: number): number => {
  if (!(Number.isInteger(bits) && bits >= 0 && bits <= WORDS)) throw bug(`${bits} bits of work`);
  return bits === WORDS ? 0xffffffff : 2 ** bits - 1;
};

/** Whether `nonce` is a proof of work on `digest` (the 8 words of a channel). No bits demand nonce 0. */
export function isWork(digest: ArrayLike<number>, bits: number, nonce: Nonce): boolean {
  const mask = lowBits(bits);
  if (bits === 0) return nonce[0] === 0 && nonce[1] === 0;
  return (hash(PURPOSE.WORK, [...Array.from(digest), bits, nonce[0], nonce[1]])[0]! & mask) === 0;
}

/**
 * The smallest nonce in from..to-1 that is a proof of work, as one number below 2^53, or undefined. For a search divided among workers:
 * the answer is the smallest of theirs, once every lower range is known to have none.
 */
export function grindRange(digest: ArrayLike<number>, bits: number, from: number, to: number): number | undefined {
  const mask = lowBits(bits);
  if (bits === 0) return from === 0 && to > 0 ? 0 : undefined;
  const start = initialState(PURPOSE.WORK);
  const state = new Uint32Array(8);
  const message = new Uint32Array(16);
  for (let i = 0; i < 8; i++) message[i] = digest[i]!;
  message[8] = bits;
  for (let nonce = from; nonce < to; ) {
    const high = Math.floor(nonce / 2 ** 32);
    const end = Math.min(to, (high + 1) * 2 ** 32) - high * 2 ** 32;
    message[10] = high;
    for (let low = nonce - high * 2 ** 32; low < end; low++) {
      message[9] = low;
      state.set(start);
      compress(state, message, 0, 44, true);
      if ((state[0]! & mask) === 0) return high * 2 ** 32 + low;
    }
    nonce = high * 2 ** 32 + end;
  }
  return undefined;
}

/** A number below 2^53 as a nonce. */
export const toNonce = (nonce: number): [number, number] => [nonce % 2 ** 32, Math.floor(nonce / 2 ** 32)];

const NO_NONCE = 'no nonce below 2^53 is a proof of work';

/** The smallest proof of work on `digest`: 2^bits tries on average. */
export function grind(digest: ArrayLike<number>, bits: number): [number, number] {
  const found = grindRange(digest, bits, 0, Number.MAX_SAFE_INTEGER);
  if (found === undefined) throw bug(NO_NONCE);
  return toNonce(found);
}

/** tries between two looks at whoever may end the search: some ten milliseconds */
const SLICE = 2 ** 15;

/** `grind`, which waits for `between` between two slices of the search and ends with what that throws */
export async function grindInSlices(digest: ArrayLike<number>, bits: number, between: () => Promise<void>): Promise<[number, number]> {
  for (let from = 0; from + SLICE <= Number.MAX_SAFE_INTEGER; from += SLICE) {
    const found = grindRange(digest, bits, from, from + SLICE);
    if (found !== undefined) return toNonce(found);
    await between();
  }
  throw bug(NO_NONCE);
}
