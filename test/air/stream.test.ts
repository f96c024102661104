// Attacks on the proof stream, in words and as calldata (PCS.md §10, §11 c): whatever is changed in it, the verifier answers with a
// rejection that names the group of words, and never with anything else.
// Slow: hundreds of damaged streams are verified.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { VerifyRequest } from '../../air/verify.ts';
import { leafDigest, nodeDigest } from '../../fri/core/digest.ts';
import { P } from '../../fri/core/m31.ts';
import { CalldataReader, calldataFelts, type StreamItem, toCalldata } from '../../fri/pcs/stream.ts';
import { times } from '../times.ts';
import { type Forged, forge, toyProfile, verdict } from './forger.ts';

const TREES = ['preprocessed', 'base', 'interaction', 'composition'] as const;

describe.each([1, 4])('log blowup %i', (logBlowup) => {
  // 14 bits: a nonce that is changed is no proof of work by chance
  const profile = toyProfile(logBlowup, 12, 14);
  let honest: Forged;
  let words: Uint32Array;
  let items: StreamItem[];
  let felts: bigint[];
  beforeAll(async () => {
    honest = await forge({ profile });
    words = honest.proof.words;
    items = honest.proof.writer.items;
    felts = toCalldata(honest.proof.writer);
  });

  const item = (label: string): StreamItem => items.find((i) => i.label === label)!;
  const feltAt = (label: string): number => calldataFelts(items.slice(0, items.indexOf(item(label))));
  const answer = (change: (list: number[]) => unknown, request: Partial<VerifyRequest> = {}): string => {
    const list = [...words];
    change(list);
    return verdict({ ...honest.request, ...request }, Uint32Array.from(list));
  };
  const calldataAnswer = (change: (list: bigint[]) => unknown): string => {
    const list = [...felts];
    change(list);
    return verdict(honest.request, new CalldataReader(list));
  };

  test('the honest proof is accepted as words and as calldata', () => {
    expect(answer(() => {})).toBe('accepted');
    expect(calldataAnswer(() => {})).toBe('accepted');
  });

  test('the last witness dropped, a witness or a word too many', () => {
    expect(answer((w) => w.splice(-8))).toMatch(/^the proof is too short, fri 1 witness$/);
    expect(answer((w) => w.push(...w.slice(-8)))).toBe('the proof has trailing words, end of proof');
    expect(answer((w) => w.push(0))).toBe('the proof has trailing words, end of proof');
    expect(calldataAnswer((f) => f.push(0n))).toBe('the proof has trailing words, end of proof');
    expect(calldataAnswer((f) => f.pop())).toMatch(/^the proof is too short/);
  });

  test.each(TREES)('%s tree: a witness dropped, doubled, two exchanged', (tree) => {
    const { at } = item(`${tree} witness`);
    const doubled = /root|not below|trailing/;
    expect(answer((w) => w.splice(at, 8))).toMatch(/root|not below|too short/);
    expect(answer((w) => w.splice(at, 0, ...w.slice(at, at + 8)))).toMatch(doubled);
    expect(answer((w) => w.splice(at, 16, ...w.slice(at + 8, at + 16), ...w.slice(at, at + 8)))).toMatch(`${tree} tree: root`);
  });

  test.each(TREES)('%s tree: an opened cell', (tree) => {
    expect(answer((w) => (w[item(`${tree} rows`).at]! ^= 1))).toMatch(`${tree} tree: root`);
  });

  test('an opened value of each FRI layer', () => {
    expect(answer((w) => (w[item('fri 0 values').at]! ^= 1))).toBe('fri 0: root');
    expect(answer((w) => (w[item('fri 1 values').at]! ^= 1))).toBe('fri 1: root');
  });

  test('an inner node of a tree is no leaf of the same words', () => {
    const words = Array.from({ length: 16 }, (_, i) => i);
    expect(leafDigest(words)).not.toEqual(nodeDigest(Uint32Array.from(words.slice(0, 8)), Uint32Array.from(words.slice(8))));
  });

  test('two groups of the stream exchanged', () => {
    const rows = items.filter((i) => i.kind === 'felts');
    for (let i = 1; i < rows.length; i++) {
      const [a, b] = [rows[i - 1]!, rows[i]!];
      const exchanged = answer((w) => {
        const between = w.slice(a.at + a.length, b.at);
        w.splice(a.at, b.at + b.length - a.at, ...w.slice(b.at, b.at + b.length), ...between, ...w.slice(a.at, a.at + a.length));
      });
      expect(exchanged).not.toBe('accepted');
    }
  });

  test('every element written as x + p where a word has room for it', () => {
    for (const { kind, label, at, length } of items) {
      if (kind !== 'felts') continue;
      const index = words.slice(at, at + length).findIndex((x) => x <= 2 ** 32 - 1 - P);
      expect(answer((w) => (w[at + index]! += P))).toBe(`a word of the proof is not below p, ${label}, word ${index}`);
    }
  });

  test('p for 0', () => {
    expect(answer((w) => (w[item('samples').at] = P))).toBe('a word of the proof is not below p, samples, word 0');
  });

  test('every digest with bit 248 set', () => {
    for (const { kind, label, at } of items)
      if (kind === 'digest') expect(answer((w) => (w[at + 7]! += 2 ** 24))).toBe(`a digest is not below 2^248, ${label}`);
  });

  test('every nonce one higher, and with another high word', () => {
    const nonces = items.filter((i) => i.kind === 'nonce');
    expect(nonces.map((i) => i.label)).toEqual(['interaction', 'deep', 'fold 0', 'fold 1', 'query']);
    for (const { label, at } of nonces) {
      expect(answer((w) => w[at]!++)).toBe(`proof of work, ${label}`);
      expect(answer((w) => w[at + 1]!++)).toBe(`proof of work, ${label}`);
    }
  });

  test('a nonce that is not 0 where no work is asked', async () => {
    const { request, proof } = await forge({
      profile: toyProfile(logBlowup, 3, 0),
      lies: () => ({ grind: async () => [1, 0] }),
    });
    expect(verdict(request, proof.words)).toBe('proof of work, interaction');
  });

  test('another context, input, output, model, profile, root or instance than the transcript was opened with', () => {
    const refused = /proof of work|composition at z|root/;
    const { statement, instances } = honest.request;
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    for (const changed of [
      { context: encode('chec') },
      { context: encode('check\0') },
      { inputs: [statement.inputs[0]!.slice(0, 1)], outputs: [statement.inputs[0]!.slice(1), ...statement.outputs] },
      { inputs: [], outputs: [...statement.inputs, ...statement.outputs] },
      { modelId: leafDigest([1]) },
      { preprocessedRoots: [leafDigest([1])] },
      { preprocessedRoots: [...statement.preprocessedRoots, leafDigest([1])] },
    ])
      expect(answer(() => {}, { statement: { ...statement, ...changed } })).toMatch(refused);
    for (const changed of [{ id: 8 }, { queries: 3 }, { queries: 13 }, { work: { ...profile.work, query: 5 } }])
      expect(answer(() => {}, { profile: { ...profile, ...changed } })).toMatch(refused);
    for (const change of [{ logSize: 6 }, { base: 1 }, { data: true }])
      expect(answer(() => {}, { instances: [{ ...instances[0]!, ...change }, ...instances.slice(1)] })).toMatch(refused);
    expect(answer(() => {}, { instances: [instances[1]!, instances[0]!, instances[2]!] })).toMatch(refused);
  });

  test('instances whose size or base no verifier can compute with', () => {
    const { instances } = honest.request;
    for (const change of [
      { logSize: 0 },
      { logSize: 31 },
      { logSize: 1.5 },
      { logSize: Number.NaN },
      { base: P },
      { base: -1 },
      { base: 1.5 },
      { type: 3 },
    ])
      expect(answer(() => {}, { instances: [{ ...instances[0]!, ...change }, ...instances.slice(1)] })).toMatch(
        /out of range|no field element|unknown/,
      );
    expect(answer(() => {}, { instances: [] })).toMatch(/log size/);
  });

  test('calldata that is not canonical', () => {
    const add = (label: string, what: bigint, shift = 0): string => calldataAnswer((f) => (f[feltAt(label) + shift]! += what));
    const loose = items.find(({ kind, length }) => kind === 'felts' && length % 8 !== 0)!;
    expect(add(loose.label, 1n << 217n, Math.floor(loose.length / 8))).toMatch(`unused places of a felt are not 0, ${loose.label}`);
    expect(add('samples', 1n << 248n)).toMatch('a felt of the proof is not below 2^248, samples');
    expect(add('deep', 1n << 64n)).toMatch('a nonce is not below 2^64, deep');
    expect(add('base root', 1n << 248n)).toMatch('a digest is not below 2^248, base root');
    for (const { label } of items) expect(calldataAnswer((f) => (f[feltAt(label)] = -1n))).not.toBe('accepted');
  });

  test('one flipped bit anywhere', () => {
    fc.assert(
      fc.property(fc.nat(words.length - 1), fc.nat(31), (at, bit) => {
        expect(answer((w) => (w[at] = (w[at]! ^ (1 << bit)) >>> 0))).not.toBe('accepted');
      }),
      { numRuns: times(300), seed: 5 },
    );
    fc.assert(
      fc.property(fc.nat(felts.length - 1), fc.nat(250), (at, bit) => {
        expect(calldataAnswer((f) => (f[at]! ^= 1n << BigInt(bit)))).not.toBe('accepted');
      }),
      { numRuns: times(100), seed: 6 },
    );
  });

  test('a truncated, extended or random stream', () => {
    fc.assert(
      fc.property(fc.nat(words.length - 1), (length) => {
        expect(verdict(honest.request, words.slice(0, length))).not.toBe('accepted');
      }),
      { numRuns: times(60), seed: 7 },
    );
    fc.assert(
      fc.property(fc.nat(words.length), fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 20 }), (at, more) => {
        expect(answer((w) => w.splice(at, 0, ...more))).not.toBe('accepted');
      }),
      { numRuns: times(60), seed: 8 },
    );
    fc.assert(
      fc.property(fc.uint32Array({ maxLength: 3000 }), (list) => {
        expect(verdict(honest.request, list)).not.toBe('accepted');
      }),
      { numRuns: times(60), seed: 9 },
    );
  });
});
