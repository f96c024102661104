// A proof stream is read back as it was written, as words and as calldata, and every word or felt that is not canonical is rejected.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { P } from '../../../fri/core/m31.ts';
import { CalldataReader, calldataFelts, ProofReader, type ProofSource, ProofWriter, toCalldata } from '../../../fri/pcs/stream.ts';
import { elements } from '../random.ts';

type Group = { felts: number[] } | { digest: Uint32Array } | { nonce: [number, number] };

const word = fc.oneof(fc.constantFrom(0, 0x7fffffff, 0xffffffff), fc.integer({ min: 0, max: 0xffffffff }));
const group: fc.Arbitrary<Group> = fc.oneof(
  fc.array(elements, { maxLength: 20 }).map((felts) => ({ felts })),
  fc
    .tuple(fc.array(word, { minLength: 7, maxLength: 7 }), fc.integer({ min: 0, max: 0xffffff }))
    .map(([words, last]) => ({ digest: Uint32Array.from([...words, last]) })),
  fc.tuple(word, word).map((nonce) => ({ nonce })),
);

function write(groups: readonly Group[]): ProofWriter {
  const writer = new ProofWriter();
  groups.forEach((g, i) => {
    if ('felts' in g) writer.felts(`group ${i}`, g.felts);
    else if ('digest' in g) writer.digest(`group ${i}`, g.digest);
    else writer.nonce(`group ${i}`, g.nonce);
  });
  return writer;
}

function readLike(groups: readonly Group[], source: ProofSource): Group[] {
  const got = groups.map((g, i): Group => {
    if ('felts' in g) return { felts: Array.from(source.felts(`group ${i}`, g.felts.length)) };
    if ('digest' in g) return { digest: source.digest(`group ${i}`) };
    const [low, high] = source.nonce(`group ${i}`);
    return { nonce: [low, high] };
  });
  source.end();
  return got;
}

/** the code of the rejection, or undefined when the whole stream is read; anything else than a rejection fails the test */
function rejection(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof ZkvmError) || error.kind !== 'rejected') throw error;
    return error.code;
  }
}

const sample: Group[] = [
  { felts: Array.from({ length: 11 }, (_, i) => 1000 + i) },
  { digest: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  { nonce: [9, 10] },
  { felts: [] },
  { felts: [P - 1] },
];

describe('a stream is read back as it was written', () => {
  test('as words and as calldata', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 8 }), (groups) => {
        const writer = write(groups);
        const felts = toCalldata(writer);
        expect(felts).toHaveLength(calldataFelts(writer.items));
        expect(felts.every((felt) => felt >= 0n && felt < 2n ** 248n)).toBe(true);
        expect(readLike(groups, new ProofReader(writer.words))).toEqual(groups);
        expect(readLike(groups, new CalldataReader(felts))).toEqual(groups);
      }),
    );
  });

  test('items say where each group is', () => {
    const { items, words } = write(sample);
    expect(items.map(({ kind, label, at, length }) => [kind, label, at, length])).toEqual([
      ['felts', 'group 0', 0, 11],
      ['digest', 'group 1', 11, 8],
      ['nonce', 'group 2', 19, 2],
      ['felts', 'group 3', 21, 0],
      ['felts', 'group 4', 21, 1],
    ]);
    expect(words).toHaveLength(22);
    expect(calldataFelts(items)).toBe(2 + 1 + 1 + 0 + 1);
  });

  test('digests of one group are digests one after the other; room that is reserved, or not, changes nothing', () => {
    const digests = Uint32Array.from({ length: 8 * 1500 }, (_, i) => i);
    const fill = (writer: ProofWriter): ProofWriter => {
      writer.felts('first', [1, 2, 3]);
      writer.digests('none', new Uint32Array(0));
      writer.digests('witness', digests);
      writer.nonce('last', [4, 5]);
      return writer;
    };
    const writer = fill(new ProofWriter());
    expect([...writer.words]).toEqual([1, 2, 3, ...digests, 4, 5]);
    expect(writer.items.map(({ label, length }) => [label, length])).toEqual([
      ['first', 3],
      ['witness', digests.length],
      ['last', 2],
    ]);
    const reader = new ProofReader(writer.words);
    reader.felts('first', 3);
    for (let i = 0; i < 1500; i++) expect(reader.digest('witness')).toEqual(digests.subarray(8 * i, 8 * i + 8));
    for (const words of [0, 1, 5000, 20_000]) {
      const roomy = new ProofWriter();
      roomy.felts('before', [9]);
      roomy.reserve(words);
      expect(fill(roomy).words).toEqual(Uint32Array.of(9, ...writer.words));
    }
  });

  test('the packing is Σ w_k 2^(31k), first lowest; a nonce low + 2^32 high', () => {
    const [first, second, digest, nonce, last] = toCalldata(write(sample));
    expect(first).toBe(Array.from({ length: 8 }, (_, i) => BigInt(1000 + i) << BigInt(31 * i)).reduce((a, b) => a + b));
    expect(second).toBe(1008n + (1009n << 31n) + (1010n << 62n));
    expect(digest! & 0xffffffffn).toBe(1n);
    expect(digest! >> 224n).toBe(8n);
    expect(nonce).toBe(9n + (10n << 32n));
    expect(last).toBe(BigInt(P - 1));
  });
});

describe('words that are not canonical are rejected', () => {
  const words = write(sample).words;
  const withWord = (at: number, value: number) => () => {
    const changed = words.slice();
    changed[at] = value;
    return readLike(sample, new ProofReader(changed));
  };

  test('p, p + x, the largest word, in the first and last place of a group', () => {
    expect(rejection(withWord(0, 1000))).toBeUndefined();
    for (const at of [0, 10, 21]) {
      expect(rejection(withWord(at, P))).toBe('ZK0101');
      expect(rejection(withWord(at, P + 5))).toBe('ZK0101');
      expect(rejection(withWord(at, 0xffffffff))).toBe('ZK0101');
    }
  });

  test('a digest of 249 bits', () => {
    expect(rejection(withWord(18, (1 << 24) - 1))).toBeUndefined();
    expect(rejection(withWord(18, 1 << 24))).toBe('ZK0102');
  });

  test('a short stream at every cut, and trailing words', () => {
    for (let cut = 0; cut < words.length; cut++) {
      expect(rejection(() => readLike(sample, new ProofReader(words.slice(0, cut))))).toBe('ZK0104');
    }
    expect(rejection(() => readLike(sample, new ProofReader(Uint32Array.from([...words, 0]))))).toBe('ZK0105');
  });

  test('the least and the largest felt of each kind are read, their neighbours are not', () => {
    const zeros = new CalldataReader([0n, 0n, 0n]);
    expect([zeros.digest('a'), zeros.nonce('b'), zeros.felts('c', 1)]).toEqual([new Uint32Array(8), [0, 0], Uint32Array.of(0)]);
    expect(new CalldataReader([2n ** 248n - 1n]).digest('a')[7]).toBe(2 ** 24 - 1);
    expect(new CalldataReader([2n ** 64n - 1n]).nonce('a')).toEqual([2 ** 32 - 1, 2 ** 32 - 1]);
    for (const felt of [2n ** 248n, -1n]) {
      expect(rejection(() => new CalldataReader([felt]).digest('a'))).toBe('ZK0102');
      expect(rejection(() => new CalldataReader([felt]).felts('a', 8))).toBe('ZK0101');
    }
    for (const felt of [2n ** 64n, -1n]) expect(rejection(() => new CalldataReader([felt]).nonce('a'))).toBe('ZK0103');
  });

  test('a count far beyond the stream is rejected before anything is allocated', () => {
    expect(rejection(() => new ProofReader(words).felts('rows', 2 ** 40))).toBe('ZK0104');
    expect(rejection(() => new CalldataReader([1n]).felts('rows', 2 ** 40))).toBe('ZK0104');
  });
});

describe('felts that are not canonical are rejected', () => {
  const felts = toCalldata(write(sample));
  const changed = (at: number, change: (felt: bigint) => bigint) => (): unknown =>
    readLike(sample, new CalldataReader(felts.map((felt, i) => (i === at ? change(felt) : felt))));

  test('a place of a felt that holds p', () => {
    expect(rejection(changed(0, (f) => f - 1000n + BigInt(P)))).toBe('ZK0101');
    expect(rejection(changed(0, (f) => f | (BigInt(P) << 217n)))).toBe('ZK0101');
  });

  test('unused places that are not 0', () => {
    expect(rejection(changed(1, (f) => f + (1n << 93n)))).toBe('ZK0106');
    expect(rejection(changed(1, (f) => f + (1n << 217n)))).toBe('ZK0106');
    expect(rejection(changed(4, (f) => f + (1n << 31n)))).toBe('ZK0106');
  });

  test('249 bits in a group or a digest, 65 bits in a nonce, negative felts', () => {
    expect(rejection(changed(0, (f) => f + (1n << 248n)))).toBe('ZK0101');
    expect(rejection(changed(2, (f) => f + (1n << 248n)))).toBe('ZK0102');
    expect(rejection(changed(3, (f) => f + (1n << 64n)))).toBe('ZK0103');
    for (const [at, code] of [
      [0, 'ZK0101'],
      [2, 'ZK0102'],
      [3, 'ZK0103'],
    ] as const) {
      expect(rejection(changed(at, (f) => -f))).toBe(code);
    }
  });

  test('a felt too few at every cut, and one too many', () => {
    for (let cut = 0; cut < felts.length; cut++) {
      expect(rejection(() => readLike(sample, new CalldataReader(felts.slice(0, cut))))).toBe('ZK0104');
    }
    expect(rejection(() => readLike(sample, new CalldataReader([...felts, 0n])))).toBe('ZK0105');
  });
});
