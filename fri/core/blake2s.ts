// Blake2s-256 over u32 words with a purpose word: the only hash of the proof system.
// Source: RFC 7693; PCS.md §5. The purpose is xored into h[6], the first personalisation word of the parameter block, so purpose 0 is the
// standard hash and no two purposes share a digest. Caveat: messages are words, not bytes, and below 2^32 bytes.

/** What a digest is for; one table for the whole project. */
export const PURPOSE = {
  LEAF: 1,
  NODE: 2,
  CHAIN: 3,
  DRAW: 4,
  WORK: 5,
  MODEL: 16,
  STATEMENT: 17,
  AIR: 18,
  METADATA: 19,
  CONTENT: 20,
  INPUTS: 21,
  SHARD: 22,
} as const;

const IV = Uint32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);

/** First word of the parameter block: digest of 32 bytes, no key, fanout 1, depth 1. */
const PARAMETERS = 0x01010020;

/** Order of the message words in each of the ten rounds, a hexadecimal digit a word. The kernels of gpu/ are written from it. */
export const ROUND_ORDERS: readonly string[] = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
];
const ROUNDS = ROUND_ORDERS.length;
const SIGMA = Uint8Array.from(ROUND_ORDERS.join(''), (digit) => Number.parseInt(digit, 16));

/** The message block of the running compression: a local copy of int32 words is read twice as fast as any caller's list. */
const BLOCK = new Int32Array(16);

/** The chaining value before the first block. */
export function initialState(purpose: number): Uint32Array {
  const state = IV.slice();
  state[0]! ^= PARAMETERS;
  state[6]! ^= purpose;
  return state;
}

/**
 * One compression, in place: the same function as Starknet's `blake2s_compress` (`last` false) and `blake2s_finalize`.
 * The ten rounds are a loop over mixing steps written out on 16 local variables; nothing is allocated. Measured on V8 11, one shared
 * core: 5 M compressions a second (8.7 M with all ten rounds written out, which is a thousand lines).
 * @param state 8 words, updated
 * @param message the block's 16 words, from `offset` on
 * @param bytes message bytes up to and including this block, padding not counted
 * @param last whether this is the last block
 */
export function compress(state: Uint32Array, message: Uint32Array, offset: number, bytes: number, last: boolean): void {
  for (let i = 0; i < 16; i++) BLOCK[i] = message[offset + i]!;
  let v0 = state[0]! | 0,
    v1 = state[1]! | 0,
    v2 = state[2]! | 0,
    v3 = state[3]! | 0;
  let v4 = state[4]! | 0,
    v5 = state[5]! | 0,
    v6 = state[6]! | 0,
    v7 = state[7]! | 0;
  let v8 = IV[0]! | 0,
    v9 = IV[1]! | 0,
    va = IV[2]! | 0,
    vb = IV[3]! | 0;
  let vc = IV[4]! ^ bytes,
    vd = IV[5]! | 0,
    ve = last ? ~IV[6]! : IV[6]! | 0,
    vf = IV[7]! | 0;
  for (let s = 0; s < 16 * ROUNDS; s += 16) {
    // columns
    v0 = (v0 + v4 + BLOCK[SIGMA[s]!]!) | 0;
    vc ^= v0;
    vc = (vc >>> 16) | (vc << 16);
    v8 = (v8 + vc) | 0;
    v4 ^= v8;
    v4 = (v4 >>> 12) | (v4 << 20);
    v0 = (v0 + v4 + BLOCK[SIGMA[s + 1]!]!) | 0;
    vc ^= v0;
    vc = (vc >>> 8) | (vc << 24);
    v8 = (v8 + vc) | 0;
    v4 ^= v8;
    v4 = (v4 >>> 7) | (v4 << 25);
    v1 = (v1 + v5 + BLOCK[SIGMA[s + 2]!]!) | 0;
    vd ^= v1;
    vd = (vd >>> 16) | (vd << 16);
    v9 = (v9 + vd) | 0;
    v5 ^= v9;
    v5 = (v5 >>> 12) | (v5 << 20);
    v1 = (v1 + v5 + BLOCK[SIGMA[s + 3]!]!) | 0;
    vd ^= v1;
    vd = (vd >>> 8) | (vd << 24);
    v9 = (v9 + vd) | 0;
    v5 ^= v9;
    v5 = (v5 >>> 7) | (v5 << 25);
    v2 = (v2 + v6 + BLOCK[SIGMA[s + 4]!]!) | 0;
    ve ^= v2;
    ve = (ve >>> 16) | (ve << 16);
    va = (va + ve) | 0;
    v6 ^= va;
    v6 = (v6 >>> 12) | (v6 << 20);
    v2 = (v2 + v6 + BLOCK[SIGMA[s + 5]!]!) | 0;
    ve ^= v2;
    ve = (ve >>> 8) | (ve << 24);
    va = (va + ve) | 0;
    v6 ^= va;
    v6 = (v6 >>> 7) | (v6 << 25);
    v3 = (v3 + v7 + BLOCK[SIGMA[s + 6]!]!) | 0;
    vf ^= v3;
    vf = (vf >>> 16) | (vf << 16);
    vb = (vb + vf) | 0;
    v7 ^= vb;
    v7 = (v7 >>> 12) | (v7 << 20);
    v3 = (v3 + v7 + BLOCK[SIGMA[s + 7]!]!) | 0;
    vf ^= v3;
    vf = (vf >>> 8) | (vf << 24);
    vb = (vb + vf) | 0;
    v7 ^= vb;
    v7 = (v7 >>> 7) | (v7 << 25);
    // diagonals
    v0 = (v0 + v5 + BLOCK[SIGMA[s + 8]!]!) | 0;
    vf ^= v0;
    vf = (vf >>> 16) | (vf << 16);
    va = (va + vf) | 0;
    v5 ^= va;
    v5 = (v5 >>> 12) | (v5 << 20);
    v0 = (v0 + v5 + BLOCK[SIGMA[s + 9]!]!) | 0;
    vf ^= v0;
    vf = (vf >>> 8) | (vf << 24);
    va = (va + vf) | 0;
    v5 ^= va;
    v5 = (v5 >>> 7) | (v5 << 25);
    v1 = (v1 + v6 + BLOCK[SIGMA[s + 10]!]!) | 0;
    vc ^= v1;
    vc = (vc >>> 16) | (vc << 16);
    vb = (vb + vc) | 0;
    v6 ^= vb;
    v6 = (v6 >>> 12) | (v6 << 20);
    v1 = (v1 + v6 + BLOCK[SIGMA[s + 11]!]!) | 0;
    vc ^= v1;
    vc = (vc >>> 8) | (vc << 24);
    vb = (vb + vc) | 0;
    v6 ^= vb;
    v6 = (v6 >>> 7) | (v6 << 25);
    v2 = (v2 + v7 + BLOCK[SIGMA[s + 12]!]!) | 0;
    vd ^= v2;
    vd = (vd >>> 16) | (vd << 16);
    v8 = (v8 + vd) | 0;
    v7 ^= v8;
    v7 = (v7 >>> 12) | (v7 << 20);
    v2 = (v2 + v7 + BLOCK[SIGMA[s + 13]!]!) | 0;
    vd ^= v2;
    vd = (vd >>> 8) | (vd << 24);
    v8 = (v8 + vd) | 0;
    v7 ^= v8;
    v7 = (v7 >>> 7) | (v7 << 25);
    v3 = (v3 + v4 + BLOCK[SIGMA[s + 14]!]!) | 0;
    ve ^= v3;
    ve = (ve >>> 16) | (ve << 16);
    v9 = (v9 + ve) | 0;
    v4 ^= v9;
    v4 = (v4 >>> 12) | (v4 << 20);
    v3 = (v3 + v4 + BLOCK[SIGMA[s + 15]!]!) | 0;
    ve ^= v3;
    ve = (ve >>> 8) | (ve << 24);
    v9 = (v9 + ve) | 0;
    v4 ^= v9;
    v4 = (v4 >>> 7) | (v4 << 25);
  }
  state[0]! ^= v0 ^ v8;
  state[1]! ^= v1 ^ v9;
  state[2]! ^= v2 ^ va;
  state[3]! ^= v3 ^ vb;
  state[4]! ^= v4 ^ vc;
  state[5]! ^= v5 ^ vd;
  state[6]! ^= v6 ^ ve;
  state[7]! ^= v7 ^ vf;
}

const LAST_BLOCK = new Uint32Array(16);

/** Hashes words start to end - 1 into `state`, which is an initial one and becomes the digest. No words are one block of zeros. */
export function hashInto(state: Uint32Array, words: Uint32Array, start: number, end: number): void {
  let at = start;
  for (; end - at > 16; at += 16) compress(state, words, at, 4 * (at + 16 - start), false);
  for (let i = 0; i < 16; i++) LAST_BLOCK[i] = at + i < end ? words[at + i]! : 0;
  compress(state, LAST_BLOCK, 0, 4 * (end - start), true);
}

/** The digest (8 words) of a list of u32 words. One kind of list inside: code that has met several is optimised anew for each. */
export function hash(purpose: number, words: ArrayLike<number>): Uint32Array {
  const state = initialState(purpose);
  hashInto(state, words instanceof Uint32Array ? words : Uint32Array.from(words), 0, words.length);
  return state;
}

/** Bytes as words: the byte length, then four bytes a word, little endian, the last word padded with zeros. Injective. */
export function bytesToWords(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(1 + Math.ceil(bytes.length / 4));
  words[0] = bytes.length;
  const whole = bytes.length >>> 2;
  for (let i = 0, at = 0; i < whole; i++, at += 4) {
    words[i + 1] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }
  for (let at = 4 * whole; at < bytes.length; at++) words[whole + 1]! |= bytes[at]! << (8 * (at % 4));
  return words;
}

/** The digest (8 words) of `bytesToWords(bytes)`. */
export const hashBytes = (purpose: number, bytes: Uint8Array): Uint32Array => hash(purpose, bytesToWords(bytes));
