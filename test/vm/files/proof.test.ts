// The proof file's parser: what it encodes it decodes, and every other form of the same content is refused. Source: AIR.md §9 items 1-3.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZkvmError } from '../../../fri/core/errors.ts';
import {
  decodeProofFile,
  encodeProofFile,
  joinProofFiles,
  orderedParts,
  type ProofFile,
  type ProofPart,
  partsOf,
} from '../../../vm/files/proof.ts';
import { code, failure } from '../../failure.ts';
import { times } from '../../times.ts';

const file: ProofFile = {
  profileId: 2,
  modelId: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 0xffffff),
  shards: [
    [
      { type: 0, logSize: 6, base: 0, data: false },
      { type: 3, logSize: 9, base: 2 ** 28, data: true },
    ],
  ],
  inputs: [Int32Array.of(-1, 2 ** 30, -(2 ** 31)), new Int32Array(0)],
  outputs: [Int32Array.of(5)],
  context: Uint8Array.of(1, 2, 3, 4, 5),
  words: Uint32Array.of(2 ** 32 - 1, 7),
  parts: [],
};
const bytes = encodeProofFile(file);
const patched = (word: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(4 * word, value, true);
  return copy;
};
const refusal = (hostile: Uint8Array): string => {
  try {
    decodeProofFile(hostile);
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected' && ['ZK0330', 'ZK0331'].includes(error.code))
      return `${error.what}, ${error.where}`;
    throw error;
  }
  return 'accepted';
};

test('decodes what it encodes, from the middle of a larger buffer too', () => {
  expect(decodeProofFile(bytes)).toEqual(file);
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 3);
  expect(decodeProofFile(larger.subarray(3, 3 + bytes.length))).toEqual(file);
});

test('whatever decodes encodes back to the same bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
      const hostile = bytes.slice();
      for (const [at, value] of changes) hostile[at] = value;
      if (refusal(hostile) === 'accepted') expect(encodeProofFile(decodeProofFile(hostile))).toEqual(hostile);
    }),
    { numRuns: times(500), seed: 3 },
  );
});

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'proof file ends early, magic'],
  ['a byte too many', Uint8Array.of(...bytes, 0), 'proof file of 137 bytes, a multiple of 4 expected, end of file'],
  ['another magic', patched(0, 1), 'not a proof file, magic'],
  ['another version', patched(1, 4), 'proof file version 4, 3 expected, proof file, version'],
  ['the version that could be forged', patched(1, 1), 'the proof is of protocol version 1, which proves nothing, proof file, version'],
  ['a model id of 249 bits', patched(10, 2 ** 24), 'digest not below 2^248, model id'],
  ['more instances than words', patched(11, 2 ** 16), 'count 65536 does not fit, instances'],
  ['a data flag of 2', patched(15, 2), 'data flag 2, instance 0'],
  ['more inputs than words', patched(20, 2 ** 31), 'count 2147483648 does not fit, inputs'],
  ['a longer tensor than the file', patched(21, 2 ** 26), 'count 67108864 does not fit, inputs'],
  ['a context that is longer than the file', patched(29, 21), 'context of 21 bytes does not fit, context'],
  ['a context of 2^32 - 1 bytes', patched(29, 2 ** 32 - 1), 'context of 4294967295 bytes does not fit, context'],
  ['padding that is not zero', patched(31, 5 + 256), 'padding is not zero, context'],
  ['padding that is not zero in its last byte', patched(31, 5 + 2 ** 24), 'padding is not zero, context'],
  ['cut behind the instances', bytes.slice(0, 4 * 20), 'proof file ends early, inputs'],
  ['cut behind the first input', bytes.slice(0, 4 * 25), 'proof file ends early, inputs'],
  ['cut in the header', bytes.slice(0, 24), 'proof file ends early, model id'],
])('%s: refused', (_, hostile, what) => expect(refusal(hostile)).toBe(what));

test('starts with the letters ZKPF and the version, and has its words in this order', () => {
  expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('ZKPF');
  const view = new DataView(bytes.buffer);
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
  expect(words.slice(1, 12)).toEqual([3, 2, ...file.modelId, 2]);
  expect(words.slice(12, 20)).toEqual([0, 6, 0, 0, 3, 9, 2 ** 28, 1]);
  expect(words.slice(20, 26)).toEqual([2, 3, 2 ** 32 - 1, 2 ** 30, 2 ** 31, 0]);
  expect(words.slice(26)).toEqual([1, 1, 5, 5, 0x04030201, 5, 2 ** 32 - 1, 7]);
});

test('the largest file, the longest list, a context at the end of the file and no words at all are read', () => {
  expect(refusal(new Uint8Array(2 ** 28))).toBe('not a proof file, magic');
  expect(refusal(new Uint8Array(2 ** 28 + 4))).toBe('proof file of 268435460 bytes, at most 268435456, end of file');
  for (const change of [
    { words: new Uint32Array(0) },
    { words: new Uint32Array(0), context: new Uint8Array(0) },
    { inputs: [], outputs: [] },
  ])
    expect(decodeProofFile(encodeProofFile({ ...file, ...change }))).toEqual({ ...file, ...change });
  const longest = Array.from({ length: 2 ** 16 }, () => new Int32Array(0));
  expect(refusal(encodeProofFile({ ...file, outputs: longest }))).toBe('accepted');
});

test('lists of more than 2^16 entries and contexts of more than 2^20 bytes are refused even where the file holds them', () => {
  const many = encodeProofFile({ ...file, inputs: Array.from({ length: 2 ** 16 + 1 }, () => new Int32Array(0)) });
  expect(refusal(many)).toBe('count 65537 does not fit, inputs');
  expect(refusal(encodeProofFile({ ...file, context: new Uint8Array(2 ** 20 + 1) }))).toBe(
    'context of 1048577 bytes does not fit, context',
  );
  expect(refusal(encodeProofFile({ ...file, context: new Uint8Array(2 ** 20) }))).toBe('accepted');
});

/** the words of all parts behind the beginning */
const streamOf = (one: ProofFile): Uint32Array => Uint32Array.of(...one.words, ...orderedParts(one).flatMap((words) => [...words]));

describe('a proof of several shards', () => {
  const one = { type: 1, logSize: 6, base: 0, data: false };
  const several: ProofFile = {
    ...file,
    shards: [file.shards[0]!, [one], [one, one]],
    words: Uint32Array.from({ length: 3 * 8 + 2 }, (_, i) => i),
    parts: [3, 5, 0].map((length, shard) => ({ shard, words: Uint32Array.from({ length }, (_, i) => 100 * shard + i) })),
  };
  const [zero, first, second] = several.parts as [ProofPart, ProofPart, ProofPart];
  const stream = Uint32Array.of(...several.words, ...several.parts.flatMap(({ words }) => [...words]));
  const withParts = (...parts: ProofPart[]): ProofFile => ({ ...several, parts });
  const again = (one: ProofFile): ProofFile => decodeProofFile(encodeProofFile(one));

  test('is cut into parts, and put together from them in any order', () => {
    expect(partsOf(stream, [3, 5, 0])).toEqual({ words: several.words, parts: several.parts });
    fc.assert(
      fc.property(fc.shuffledSubarray(several.parts, { minLength: 3 }), (parts) => {
        const read = again(withParts(...parts));
        expect(read).toEqual(withParts(...parts));
        expect(streamOf(read)).toEqual(stream);
      }),
    );
    // of one shard it is the stream itself
    expect(partsOf(stream, [stream.length])).toEqual({ words: stream, parts: [] });
    expect(streamOf(again(file))).toEqual(file.words);
  });

  test('in several files it is joined, however they are divided', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(several.parts, { minLength: 3 }), fc.nat(3), fc.nat(3), (parts, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const files = [parts.slice(0, from), parts.slice(from, to), parts.slice(to)].map((list) => again(withParts(...list)));
        expect(streamOf(joinProofFiles(files))).toEqual(stream);
      }),
    );
  });

  test('with parts that are missing it has no stream, and says which', () => {
    const missing = (...parts: ProofPart[]): string => failure(() => streamOf(again(withParts(...parts))))!.message;
    expect(missing(first)).toMatch(/^ZK0332: 2 of 3 shards are missing: 0, 2/);
    expect(missing(second, zero)).toMatch(/^ZK0332: 1 of 3 shards are missing: 1/);
    expect(missing()).toMatch(/^ZK0332: 3 of 3 shards are missing: 0, 1, 2/);
  });

  test('a part twice, in one file or in two, and one of a shard that there is not', () => {
    expect(code(() => again(withParts(zero, first, first)))).toBe('ZK0332');
    expect(code(() => joinProofFiles([withParts(zero, first), withParts(first, second)]))).toBe('ZK0332');
    expect(code(() => joinProofFiles([withParts(zero, first), withParts(second)]))).toBe('accepted');
    expect(code(() => joinProofFiles([file, file]))).toBe('ZK0332');
    expect(code(() => joinProofFiles([file]))).toBe('accepted');
    expect(code(() => joinProofFiles([]))).toBe('ZK0330');
    expect(code(() => again(withParts(zero, { ...first, shard: 3 })))).toBe('ZK0330');
  });

  test.each<[string, Partial<ProofFile>]>([
    ['another base root', { words: several.words.map((word, i) => (i === 9 ? word + 1 : word)) }],
    ['another interaction nonce', { words: several.words.map((word, i) => (i === 25 ? word + 1 : word)) }],
    ['another input', { inputs: [Int32Array.of(-1, 2 ** 30, 0), new Int32Array(0)] }],
    ['another output', { outputs: [Int32Array.of(6)] }],
    ['another context', { context: Uint8Array.of(1, 2, 3, 4, 6) }],
    ['another model', { modelId: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
    ['another profile', { profileId: 1 }],
    ['another list of instances', { shards: [several.shards[0]!, [one], [one, { ...one, logSize: 7 }]] }],
    ['instances in another shard', { shards: [several.shards[0]!, [one, one], [one]] }],
  ])('a part of a proof with %s is not its part', (_, change) => {
    const other = { ...withParts(first, second), ...change };
    expect(code(() => joinProofFiles([withParts(zero), other]))).toBe('ZK0332');
    expect(code(() => joinProofFiles([withParts(zero), { ...other, ...several, parts: other.parts }]))).toBe('accepted');
  });

  test('a list of no shard, of one, of more than 1,024, and millions of empty parts are refused before they take memory', () => {
    const head = encodeProofFile(withParts());
    const shards = (count: number): Uint8Array => {
      const copy = head.slice();
      new DataView(copy.buffer).setUint32(4 * 11, 2 ** 31 + count, true);
      return copy;
    };
    expect(shards(3)).toEqual(head);
    for (const count of [0, 1]) expect(refusal(shards(count))).toBe(`a list of ${count} shards, shards`);
    for (const count of [1025, 2 ** 31 - 1]) expect(refusal(shards(count))).toBe(`count ${count} does not fit, shards`);
    const parts = new Uint8Array(2 ** 28 - ((2 ** 26 - head.length) % 8));
    parts.set(head);
    const started = performance.now();
    expect(code(() => decodeProofFile(parts))).toBe('ZK0332');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
