// Changes of bytes, drawn from a number: the same seed and number give the same input on every machine.
// Caveat: it knows little-endian words, protocol buffer varints and JSON tokens, and no format's own rules.

/** Numbers in [0, n), from one seed: SplitMix on 32 bits. */
export function numbers(seed: number): (n: number) => number {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) % n;
  };
}

const WORDS = [
  0,
  1,
  2,
  15,
  16,
  17,
  31,
  32,
  64,
  127,
  128,
  255,
  256,
  65535,
  65536,
  2 ** 20,
  2 ** 24,
  2 ** 26,
  2 ** 28,
  2 ** 31 - 2,
  2 ** 31 - 1,
];
const LARGE = [2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1];
const VARINTS = [
  0n,
  1n,
  2n,
  127n,
  128n,
  300n,
  2n ** 20n,
  2n ** 22n,
  2n ** 31n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const TOKENS = [
  ...['[', ']', '{', '}', ',', ':', '"', 'null', 'true', '-', '1e308', '1e999', '-1', '0', '1.5', '9007199254740993', '""', '[]', '{}'],
  ...[
    '"__proto__"',
    '"constructor"',
    '"shape"',
    '"data"',
    '"input_data"',
    '"outputs"',
    '\\u0000',
    '\ufeff',
    '[[[[[[[[[[',
    "'<f8'",
    '(1000000,)',
  ],
];

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
};

/** the bytes with those from `at` on, `gone` many, replaced */
function spliced(bytes: Uint8Array, at: number, gone: number, by: ArrayLike<number>): Uint8Array {
  const end = Math.min(bytes.length, at + gone);
  const result = new Uint8Array(at + by.length + bytes.length - end);
  result.set(bytes.subarray(0, at));
  result.set(by, at);
  result.set(bytes.subarray(end), at + by.length);
  return result;
}

/** where a varint at `at` ends */
function varintEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < bytes.length - 1 && end < at + 9 && bytes[end]! >= 128) end++;
  return end + 1;
}

/** One change. @param other another valid input of the reader, to take parts from */
function changed(bytes: Uint8Array, other: Uint8Array, random: (n: number) => number): Uint8Array {
  const place = (): number => random(Math.max(1, bytes.length));
  const kind = random(12);
  if (kind === 0) return bytes.slice(0, place());
  if (kind === 1) return spliced(bytes, place(), 0, other.subarray(random(other.length), random(other.length)));
  if (kind === 2) return spliced(bytes, place(), 1 + random(64), []);
  if (kind === 3) {
    const from = place(); // a part that stands twice
    return spliced(bytes, place(), 0, bytes.subarray(from, from + 1 + random(64)));
  }
  if (kind === 4) return spliced(bytes, place(), 1 + random(8), new TextEncoder().encode(TOKENS[random(TOKENS.length)]!));
  if (kind === 5 || kind === 6) {
    const at = place();
    return spliced(bytes, at, varintEnd(bytes, at) - at, varint(VARINTS[random(VARINTS.length)]!));
  }
  const result = bytes.slice();
  if (result.length === 0) return result;
  if (kind === 7 && result.length >= 4) {
    const words = [...WORDS, ...LARGE, random(2 ** 32)];
    const at = random(2) ? 4 * random(Math.floor(result.length / 4)) : random(result.length - 3);
    new DataView(result.buffer).setUint32(at, words[random(words.length)]!, true);
  } else if (kind === 8 && result.length >= 4) {
    const view = new DataView(result.buffer); // a count or length, a little off
    const at = 4 * random(Math.floor(result.length / 4));
    view.setUint32(at, view.getUint32(at, true) + random(9) - 4, true);
  } else if (kind === 9) result[place()] = random(256);
  else result[place()]! ^= 1 << random(8);
  return result;
}

/** A valid input with one to four changes; the first bytes, where formats keep their counts, are hit more often. */
export function mutated(seeds: readonly Uint8Array[], random: (n: number) => number): Uint8Array {
  let bytes = seeds[random(seeds.length)]!;
  const other = seeds[random(seeds.length)]!;
  for (let count = 1 + random(random(3) ? 1 : 4); count > 0; count--) {
    if (random(4)) {
      bytes = changed(bytes, other, random);
      continue;
    }
    const head = Math.min(bytes.length, 64 + random(192));
    bytes = spliced(bytes, 0, head, changed(bytes.subarray(0, head), other, random));
  }
  return bytes;
}
