// Keccak-256 as Ethereum and Starknet use it: rate 136 bytes, padding byte 1. Source: the Keccak reference, version 3.0, sections 1.2 and 2; the round
// constants are computed as there. Caveat: written for names of a few bytes; a 64-bit word is a bigint, which is slow.

const RATE_BYTES = 136;
const ROUNDS = 24;
const SIDE = 5;
const MASK = 2n ** 64n - 1n;

const rotated = (word: bigint, by: number): bigint => ((word << BigInt(by)) | (word >> BigInt(64 - by))) & MASK;

/** lane (x, y) stands at x + 5 y */
const at = (x: number, y: number): number => (x % SIDE) + SIDE * (y % SIDE);

/** the bits of a linear feedback shift register, bit 2^j - 1 of a constant each (iota) */
function roundConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n;
    for (let j = 0; j <= 6; j++) {
      if (register & 1) constant |= 1n << BigInt(2 ** j - 1);
      register <<= 1;
      if (register & 0x100) register ^= 0x171;
    }
    return constant;
  });
}

/** where each lane goes and how far it turns (rho and pi), along the path of (x, y) -> (y, 2x + 3y) */
function moves(): { from: number; to: number; by: number }[] {
  const path = [{ from: at(0, 0), to: at(0, 0), by: 0 }];
  let [x, y] = [1, 0];
  for (let t = 0; t < SIDE * SIDE - 1; t++) {
    const next: [number, number] = [y, (2 * x + 3 * y) % SIDE];
    path.push({ from: at(x, y), to: at(...next), by: (((t + 1) * (t + 2)) / 2) % 64 });
    [x, y] = next;
  }
  return path;
}

const CONSTANTS = roundConstants();
const MOVES = moves();

function permuted(start: readonly bigint[]): bigint[] {
  let state = [...start];
  for (const constant of CONSTANTS) {
    const parity = Array.from({ length: SIDE }, (_, x) => [0, 1, 2, 3, 4].reduce((sum, y) => sum ^ state[at(x, y)]!, 0n));
    state = state.map((lane, i) => lane ^ parity[(i + SIDE - 1) % SIDE]! ^ rotated(parity[(i + 1) % SIDE]!, 1));
    const moved = [...state];
    for (const { from, to, by } of MOVES) moved[to] = rotated(state[from]!, by);
    state = moved.map((lane, i) => {
      const y = Math.floor(i / SIDE);
      return lane ^ (~moved[at(i + 1, y)]! & MASK & moved[at(i + 2, y)]!);
    });
    state[0]! ^= constant;
  }
  return state;
}

/** The 32 bytes of the digest. */
export function keccak256(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(RATE_BYTES * (Math.floor(message.length / RATE_BYTES) + 1));
  padded.set(message);
  padded[message.length] = 1;
  padded[padded.length - 1]! |= 0x80;
  const view = new DataView(padded.buffer);
  let state = Array<bigint>(SIDE * SIDE).fill(0n);
  for (let block = 0; block < padded.length; block += RATE_BYTES)
    state = permuted(state.map((lane, i) => (8 * i < RATE_BYTES ? lane ^ view.getBigUint64(block + 8 * i, true) : lane)));
  const digest = new Uint8Array(32);
  for (let i = 0; i < 4; i++) new DataView(digest.buffer).setBigUint64(8 * i, state[i]!, true);
  return digest;
}
