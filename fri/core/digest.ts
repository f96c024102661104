// Digests of 248 bits: 8 words whose last one is below 2^24, so that a digest is one felt on chain.
// Source: PCS.md §5 (D4). Caveat: the transcript keeps all 256 bits of its state and never passes through here.

import { compress, hash, hashInto, initialState, PURPOSE } from './blake2s.ts';
import { usage } from './errors.ts';

/** 8 u32 words, word 0 first, the last one below 2^24. */
export type Digest = Uint32Array;

/** Words of a digest. */
export const DIGEST_WORDS = 8;

/** Bits of the last word that a digest keeps. */
const LAST_WORD_MASK = 0x00ffffff;

/** Drops the top byte of word 7, in place. */
export function truncate(words: Uint32Array): Digest {
  words[7]! &= LAST_WORD_MASK;
  return words;
}

/** Whether 8 words, the last of them this one, are a digest, that is below 2^248. */
export const endsDigest = (word: number): boolean => word <= LAST_WORD_MASK;

/** Whether words are a digest: 8 of them, below 2^248. */
export const isDigest = (words: ArrayLike<number>): boolean => words.length === DIGEST_WORDS && endsDigest(words[7]!);

export function digestEqual(a: Digest, b: Digest): boolean {
  for (let i = 0; i < DIGEST_WORDS; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** 62 hexadecimal digits of the felt Σ h_i·2^(32i), most significant first. */
export const digestToHex = (digest: Digest): string => digestToFelt(digest).toString(16).padStart(62, '0');

/**
 * The inverse of `digestToHex`; a leading 0x is allowed.
 * @throws usage ZK0120 for anything but 1 to 62 hexadecimal digits
 */
export function digestFromHex(text: string): Digest {
  const digits = String(text).replace(/^0x/, ''); // of a program without types anything may come
  if (!/^[0-9a-fA-F]{1,62}$/.test(digits)) {
    throw usage('ZK0120', { what: 'not a digest', where: JSON.stringify(digits.slice(0, 80)), why: 'expected 62 hexadecimal digits' });
  }
  return digestFromFelt(BigInt(`0x${digits}`));
}

/** Σ h_i·2^(32i) < 2^248. */
export function digestToFelt(digest: Digest): bigint {
  let felt = 0n;
  for (let i = DIGEST_WORDS - 1; i >= 0; i--) felt = (felt << 32n) | BigInt(digest[i]!);
  return felt;
}

/** The inverse of `digestToFelt`; `felt` must be in 0..2^248-1, which the caller checks. */
export function digestFromFelt(felt: bigint): Digest {
  const words = new Uint32Array(DIGEST_WORDS);
  for (let i = 0; i < DIGEST_WORDS; i++) words[i] = Number((felt >> BigInt(32 * i)) & 0xffffffffn);
  return words;
}

/** The digest of a row of a tree: one u32 word per column, in commit order. */
export const leafDigest = (words: ArrayLike<number>): Digest => truncate(hash(PURPOSE.LEAF, words));

const LEAF_STATE = initialState(PURPOSE.LEAF);

/** The digests of rows of `size` words that stand one after the other, 8 words each. */
export function leafDigests(rows: Uint32Array, size: number): Uint32Array {
  const digests = new Uint32Array((DIGEST_WORDS * rows.length) / size);
  const state = new Uint32Array(DIGEST_WORDS);
  for (let at = 0, start = 0; start < rows.length; at += DIGEST_WORDS, start += size) {
    state.set(LEAF_STATE);
    hashInto(state, rows, start, start + size);
    digests.set(truncate(state), at);
  }
  return digests;
}

const NODE_STATE = initialState(PURPOSE.NODE);
/** A node's message is 16 words in one final block. */
const NODE_BYTES = 64;
const PARENT = new Uint32Array(DIGEST_WORDS);

/** Writes the parent of the two digests from word `from` of `children` on to word `at` of `parents`, which may be the same array. One compression. */
export function writeParent(parents: Uint32Array, at: number, children: Uint32Array, from: number): void {
  PARENT.set(NODE_STATE);
  compress(PARENT, children, from, NODE_BYTES, true);
  parents.set(truncate(PARENT), at);
}

/** Writes the parents of the first 2·`count` digests of `children` to `parents`, which may be the same array. No allocation. */
export function writeParents(parents: Uint32Array, children: Uint32Array, count: number): void {
  for (let at = 0; at < DIGEST_WORDS * count; at += DIGEST_WORDS) writeParent(parents, at, children, 2 * at);
}

/** The digest of a pair of children. */
export function nodeDigest(left: Digest, right: Digest): Digest {
  const pair = new Uint32Array(2 * DIGEST_WORDS);
  pair.set(left);
  pair.set(right, DIGEST_WORDS);
  writeParent(pair, 0, pair, 0);
  return pair.slice(0, DIGEST_WORDS);
}

/** The parents of a layer of digests (8 words each, an even count), 8 words each. */
export function parentLayer(layer: Uint32Array): Uint32Array {
  const parents = new Uint32Array(layer.length / 2);
  writeParents(parents, layer, parents.length / DIGEST_WORDS);
  return parents;
}
