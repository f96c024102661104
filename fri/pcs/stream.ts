// The proof as a stream of u32 words in protocol order, and the same stream packed into felts for the chain.
// Source: PCS.md §10. There are no lengths in it: every count follows from AIR, profile, sizes and positions, so the readers are told how
// much to take and refuse every word that is not canonical. Caveat: a label names the group that failed, not the cause.

import { DIGEST_WORDS, type Digest, digestFromFelt, digestToFelt, endsDigest } from '../core/digest.ts';
import { rejected } from '../core/errors.ts';
import { P } from '../core/m31.ts';
import type { Nonce } from '../core/work.ts';

/** M31 elements in a felt. */
const PACK = 8;
const PACK_BITS = 31n;
const PACKED_FELT_BITS = 248n;
const NONCE_BITS = 64n;

/** One group of a proof: where its words are, and what they are. */
export interface StreamItem {
  /** elements, one or several digests, a nonce */
  kind: 'felts' | 'digest' | 'nonce';
  label: string;
  /** index of the first word */
  at: number;
  /** words */
  length: number;
}

/** Felts of calldata that the items of a proof take: 8 elements a felt in every group, a digest or a nonce one felt. */
export const calldataFelts = (items: readonly StreamItem[]): number =>
  items.reduce(
    (felts, { kind, length }) => felts + (kind === 'felts' ? Math.ceil(length / PACK) : kind === 'digest' ? length / DIGEST_WORDS : 1),
    0,
  );

/** The prover's side. */
export class ProofWriter {
  readonly items: StreamItem[] = [];
  #room = new Uint32Array(2 ** 12);
  #length = 0;

  /** all words so far; good until the next group */
  get words(): Uint32Array {
    return this.#room.subarray(0, this.#length);
  }

  /** makes room for `words` more, which otherwise grows by doubling: three times the garbage of a proof */
  reserve(words: number): void {
    if (this.#length + words <= this.#room.length) return;
    const larger = new Uint32Array(this.#length + words);
    larger.set(this.words);
    this.#room = larger;
  }

  #append(kind: StreamItem['kind'], label: string, words: ArrayLike<number>): void {
    this.items.push({ kind, label, at: this.#length, length: words.length });
    if (this.#length + words.length > this.#room.length) this.reserve(Math.max(words.length, this.#room.length));
    this.#room.set(words, this.#length);
    this.#length += words.length;
  }

  /** A group of M31 elements (four a QM31 element). */
  felts(label: string, words: ArrayLike<number>): void {
    this.#append('felts', label, words);
  }

  digest(label: string, digest: Digest): void {
    this.#append('digest', label, digest);
  }

  /** Several digests, 8 words each, as one group: a multiproof has hundreds, and an object for each would outlive young garbage. */
  digests(label: string, words: Uint32Array): void {
    if (words.length) this.#append('digest', label, words);
  }

  nonce(label: string, nonce: Nonce): void {
    this.#append('nonce', label, nonce);
  }

  /** Everything that another writer has, behind what is here. */
  join(part: ProofWriter): void {
    this.reserve(part.words.length);
    for (const { kind, label, at, length } of part.items) this.#append(kind, label, part.words.subarray(at, at + length));
  }
}

/** What both forms of a proof offer the verifier. Every method throws `rejected` and nothing else. */
export interface ProofSource {
  /** @throws rejected ZK0101 (word ≥ p), ZK0104 (too short), ZK0106 (unused places of a felt not 0) */
  felts(label: string, count: number): Uint32Array;
  /** @throws rejected ZK0102 (2^248 or more), ZK0104 */
  digest(label: string): Digest;
  /** the same, written to word `at` of an array: there are thousands in a proof */
  digestInto(label: string, to: Uint32Array, at: number): void;
  /** @throws rejected ZK0103 (2^64 or more), ZK0104 */
  nonce(label: string): Nonce;
  /** @throws rejected ZK0105 if something is left */
  end(): void;
}

const tooShort = (label: string, left: number, wanted: number): Error =>
  rejected('ZK0104', 'the proof is too short', label, `${left} left, ${wanted} wanted`);

const trailing = (left: number): Error => rejected('ZK0105', 'the proof has trailing words', 'end of proof', `${left} left`);

function requireCanonical(label: string, words: Uint32Array): Uint32Array {
  for (let i = 0; i < words.length; i++) {
    if (words[i]! >= P) throw rejected('ZK0101', 'a word of the proof is not below p', `${label}, word ${i}`, `${words[i]}`);
  }
  return words;
}

/** Reads the words of a `ProofWriter`. */
export class ProofReader implements ProofSource {
  readonly #words: Uint32Array;
  #at = 0;

  constructor(words: Uint32Array) {
    this.#words = words;
  }

  /** @returns index of the first of `count` words, which are passed */
  #take(label: string, count: number): number {
    const left = this.#words.length - this.#at;
    if (count > left) throw tooShort(label, left, count);
    this.#at += count;
    return this.#at - count;
  }

  felts(label: string, count: number): Uint32Array {
    const from = this.#take(label, count);
    return requireCanonical(label, this.#words.slice(from, from + count));
  }

  digest(label: string): Digest {
    const digest = new Uint32Array(DIGEST_WORDS);
    this.digestInto(label, digest, 0);
    return digest;
  }

  digestInto(label: string, to: Uint32Array, at: number): void {
    const from = this.#take(label, DIGEST_WORDS);
    for (let i = 0; i < DIGEST_WORDS; i++) to[at + i] = this.#words[from + i]!;
    if (!endsDigest(to[at + DIGEST_WORDS - 1]!)) throw rejected('ZK0102', 'a digest is not below 2^248', label);
  }

  nonce(label: string): Nonce {
    const from = this.#take(label, 2);
    return [this.#words[from]!, this.#words[from + 1]!];
  }

  end(): void {
    if (this.#at !== this.#words.length) throw trailing(this.#words.length - this.#at);
  }
}

/** Reads the felts of `toCalldata()`. */
export class CalldataReader implements ProofSource {
  readonly #felts: readonly bigint[];
  #at = 0;

  constructor(felts: readonly bigint[]) {
    this.#felts = felts;
  }

  #take(label: string, count: number): readonly bigint[] {
    const left = this.#felts.length - this.#at;
    if (count > left) throw tooShort(label, left, count);
    this.#at += count;
    return this.#felts.slice(this.#at - count, this.#at);
  }

  #takeOne(label: string): bigint {
    const felt = this.#felts[this.#at];
    if (felt === undefined) throw tooShort(label, 0, 1);
    this.#at++;
    return felt;
  }

  felts(label: string, count: number): Uint32Array {
    const packed = this.#take(label, Math.ceil(count / PACK));
    const words = new Uint32Array(count);
    for (const [i, felt] of packed.entries()) {
      if (felt < 0n || felt >> PACKED_FELT_BITS) throw rejected('ZK0101', 'a felt of the proof is not below 2^248', `${label}, felt ${i}`);
      let rest = felt;
      for (let j = PACK * i; j < Math.min(count, PACK * (i + 1)); j++) {
        words[j] = Number(rest & 0x7fffffffn);
        rest >>= PACK_BITS;
      }
      if (rest !== 0n) throw rejected('ZK0106', 'unused places of a felt are not 0', `${label}, felt ${i}`);
    }
    return requireCanonical(label, words);
  }

  digest(label: string): Digest {
    const felt = this.#takeOne(label);
    if (felt < 0n || felt >> PACKED_FELT_BITS) throw rejected('ZK0102', 'a digest is not below 2^248', label);
    return digestFromFelt(felt);
  }

  digestInto(label: string, to: Uint32Array, at: number): void {
    to.set(this.digest(label), at);
  }

  nonce(label: string): Nonce {
    const felt = this.#takeOne(label);
    if (felt < 0n || felt >> NONCE_BITS) throw rejected('ZK0103', 'a nonce is not below 2^64', label);
    return [Number(felt & 0xffffffffn), Number(felt >> 32n)];
  }

  end(): void {
    if (this.#at !== this.#felts.length) throw trailing(this.#felts.length - this.#at);
  }
}

/** The proof as felts: elements packed 8 a felt in every group (Σ w_k·2^(31k)), a digest Σ h_i·2^(32i), a nonce low + 2^32·high. */
export function toCalldata({ words, items }: Pick<ProofWriter, 'words' | 'items'>): bigint[] {
  const felts: bigint[] = [];
  for (const { kind, at, length } of items) {
    if (kind === 'digest') {
      for (let start = at; start < at + length; start += DIGEST_WORDS)
        felts.push(digestToFelt(words.subarray(start, start + DIGEST_WORDS)));
    } else if (kind === 'nonce') felts.push(BigInt(words[at]!) | (BigInt(words[at + 1]!) << 32n));
    else {
      for (let start = at; start < at + length; start += PACK) {
        let felt = 0n;
        for (let j = Math.min(start + PACK, at + length) - 1; j >= start; j--) felt = (felt << PACK_BITS) | BigInt(words[j]!);
        felts.push(felt);
      }
    }
  }
  return felts;
}
