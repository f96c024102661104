// The transcript: a Blake2s chain that absorbs what both sides know and draws what the verifier would have chosen (Fiat-Shamir).
// Source: PCS.md §9. absorb: state = H_CHAIN(state ‖ tag ‖ word count ‖ words); draw: H_DRAW(state ‖ counter), nothing drawn is absorbed.
// Caveat: soundness needs everything that the prover chose to be absorbed before the draw that depends on it; TAG is that order.

import { hash, PURPOSE } from './blake2s.ts';
import { rejected } from './errors.ts';
import { P } from './m31.ts';
import type { QM31 } from './qm31.ts';
import { isWork, type Nonce } from './work.ts';

/** What is absorbed, in protocol order. */
export const TAG = {
  VERSION: 1,
  AIR: 2,
  PROFILE: 3,
  MODEL: 4,
  PREPROCESSED: 5,
  INPUTS: 6,
  OUTPUTS: 7,
  CONTEXT: 8,
  SHARDS: 9,
  BASE: 10,
  INTERACTION_WORK: 11,
  SHARD: 12,
  INTERACTION: 13,
  SUM: 14,
  COMPOSITION: 15,
  SAMPLES: 16,
  DEEP_WORK: 17,
  FRI: 18,
  FOLD_WORK: 19,
  LAST: 20,
  QUERY_WORK: 21,
} as const;

/** 2p: a word below it is uniform modulo p, a word from it on (2 of 2^32) is not used. */
const DRAW_LIMIT = 2 * P;

/**
 * The element that words 0 to 3 of a drawn block stand for; undefined where a word is from the limit on, which would make 0 and 1 likelier
 * (or missing).
 */
export function feltFromBlock([a = DRAW_LIMIT, b = DRAW_LIMIT, c = DRAW_LIMIT, d = DRAW_LIMIT]: Uint32Array): QM31 | undefined {
  return a < DRAW_LIMIT && b < DRAW_LIMIT && c < DRAW_LIMIT && d < DRAW_LIMIT ? [a % P, b % P, c % P, d % P] : undefined;
}

/** The state of a transcript. */
export class Channel {
  #digest: Uint32Array = new Uint32Array(8);
  #counter = 0;

  /** The 8 state words (a copy), the subject of a proof of work. */
  get digest(): Uint32Array {
    return this.#digest.slice();
  }

  /** An independent copy with the same state. */
  fork(): Channel {
    const copy = new Channel();
    copy.#digest = this.#digest.slice();
    copy.#counter = this.#counter;
    return copy;
  }

  /** Takes in `words` (u32) under a tag; the next draw depends on all of them. */
  absorb(tag: number, words: ArrayLike<number>): void {
    const message = new Uint32Array(10 + words.length);
    message.set(this.#digest);
    message[8] = tag;
    message[9] = words.length;
    message.set(words, 10);
    this.#digest = hash(PURPOSE.CHAIN, message);
    this.#counter = 0;
  }

  #block(): Uint32Array {
    const message = new Uint32Array(9);
    message.set(this.#digest);
    message[8] = this.#counter++;
    return hash(PURPOSE.DRAW, message);
  }

  /** One exactly uniform element of QM31. */
  drawFelt(): QM31 {
    for (;;) {
      const felt = feltFromBlock(this.#block());
      if (felt) return felt;
    }
  }

  /** `count` words of the drawn blocks as positions below 2^bits (bits ≤ 30), then sorted and made distinct: there may be fewer. */
  drawPositions(count: number, bits: number): number[] {
    const positions = new Set<number>();
    for (let drawn = 0; drawn < count; ) {
      const block = this.#block();
      for (let i = 0; i < block.length && drawn < count; i++, drawn++) positions.add(block[i]! & (2 ** bits - 1));
    }
    return [...positions].sort((a, b) => a - b);
  }

  /**
   * Checks a proof of work on the present state and absorbs it. `label` names it in the error.
   * @throws rejected ZK0107
   */
  verifyWork(tag: number, bits: number, nonce: Nonce, label: string): void {
    if (!isWork(this.#digest, bits, nonce)) throw rejected('ZK0107', 'proof of work', label, `the nonce does not give ${bits} zero bits`);
    this.absorb(tag, nonce);
  }
}
