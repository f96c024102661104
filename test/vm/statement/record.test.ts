// Every number of a model record counts: whatever is changed alone gives another model id. Source: DESIGN §5, AIR.md §9 item 8.
// Caveat: the record's words are checked here; that a proof does not verify under another id is in model.test.ts.

import { describe, expect, test } from 'vitest';
import { digestToHex } from '../../../fri/core/digest.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { RAM_BASE } from '../../../vm/program/isa.ts';
import type { Encoding, Metadata, Region } from '../../../vm/program/types.ts';
import { contentHash, exactnessOf, type ModelRecord, metadataHash, modelId, recordWords } from '../../../vm/statement/record.ts';
import { treeOf, withTree } from '../one-tree.ts';
import { smallRegion } from '../program/small.ts';

const region = (change: Partial<Region> = {}): Region => smallRegion({ address: RAM_BASE + 7, ...change });
const digest = (seed: number): Uint32Array => Uint32Array.from({ length: 8 }, (_, i) => seed + i);
const record: ModelRecord = {
  airHash: digest(10),
  profile: PROFILES.chain,
  trees: [
    {
      root: digest(20),
      logSize: 9,
      instances: [
        { type: 3, logSize: 7, base: RAM_BASE },
        { type: 4, logSize: 9, base: 0 },
      ],
    },
  ],
  inputs: [region(), region({ address: RAM_BASE + 100 })],
  outputs: [region({ address: RAM_BASE + 200 })],
  metadataHash: digest(30),
};
const id = (change: Partial<ModelRecord>): string => digestToHex(modelId({ ...record, ...change }));
const withWord = (list: Uint32Array, i: number): Uint32Array => list.with(i, list[i]! + 100);
const eight = [0, 1, 2, 3, 4, 5, 6, 7];

/** the region with each of its numbers changed alone */
const regions = (r: Region): Region[] => [
  ...(['address', 'channels', 'rows', 'width', 'channelStep', 'rowStep', 'lo', 'hi'] as const).map((name) => ({
    ...r,
    [name]: r[name] + 1,
  })),
  ...[0, 1, 2].map((i) => ({ ...r, shape: r.shape.with(i, r.shape[i]! + 1) })),
  ...[0, 1, 2].map((i) => ({ ...r, strides: r.strides.with(i, r.strides[i]! + 1) as [number, number, number] })),
  { ...r, shape: [...r.shape, 1] },
  { ...r, shape: r.shape.slice(1) },
];

describe('the model id', () => {
  test('changes with every single word of the record, and with the division of its lists', () => {
    const changes: Partial<ModelRecord>[] = [
      {},
      ...eight.map((i) => ({ airHash: withWord(record.airHash, i) })),
      ...eight.map((i) => withTree(record, { root: withWord(treeOf(record).root, i) })),
      ...eight.map((i) => ({ metadataHash: withWord(record.metadataHash, i) })),
      { profile: { ...record.profile, id: 7 } },
      { profile: { ...record.profile, logBlowup: 7 } },
      withTree(record, { logSize: 10 }),
      ...record.trees[0]!.instances.flatMap((_, n) =>
        (['type', 'logSize', 'base'] as const).map((name) =>
          withTree(record, { instances: treeOf(record).instances.map((i, k) => (k === n ? { ...i, [name]: i[name] + 1 } : i)) }),
        ),
      ),
      withTree(record, { instances: treeOf(record).instances.slice(1) }),
      withTree(record, { instances: [...treeOf(record).instances].reverse() }),
      // several trees, and the same instances in other trees
      { trees: [treeOf(record), treeOf(record)] },
      { trees: treeOf(record).instances.map((instance) => ({ ...treeOf(record), instances: [instance] })) },
      { trees: [{ ...treeOf(record), instances: [] }, treeOf(record)] },
      { trees: [treeOf(record), { ...treeOf(record), instances: [] }] },
      ...record.inputs.flatMap((r, n) => regions(r).map((changed) => ({ inputs: record.inputs.with(n, changed) }))),
      ...regions(record.outputs[0]!).map((changed) => ({ outputs: [changed] })),
      { inputs: [...record.inputs].reverse() },
      { inputs: record.inputs.slice(1), outputs: [record.inputs[0]!, ...record.outputs] },
      { inputs: record.inputs.slice(0, 1), outputs: [record.inputs[1]!, ...record.outputs] },
      { inputs: [...record.inputs, ...record.outputs], outputs: [] },
    ];
    const ids = changes.map(id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(id({})).toBe(ids[0]);
  });

  test('a tensor is called by its name in the metadata only, and a scale stands there too', () => {
    expect(id({ inputs: record.inputs.map((r) => ({ ...r, name: 'other', scale: 3 })) })).toBe(id({}));
  });

  test('the record starts with its version, the field and the first address of RAM, and every part has its length in front', () => {
    const words = recordWords(record);
    expect(words.slice(0, 4)).toEqual([1, 2 ** 31 - 1, 2 ** 28, 8]);
    expect(words.slice(12, 15)).toEqual([2, 2, 4]);
    expect(words[15]).toBe(9);
    expect(words.slice(25, 32)).toEqual([6, 3, 7, 2 ** 28, 4, 9, 0]);
    expect(words.slice(32, 50)).toEqual([2, 15, 2 ** 28 + 7, 3, 2, 3, 20, 2, 3, 20, 8, 2, 60, 20, 1, 2 ** 31 - 1 - 100, 100, 15]);
    expect(words[33 + 2 * 16]).toBe(1); // outputs
    expect(words.slice(-9)).toEqual([8, ...record.metadataHash]);
  });
});

const [scales, thresholds]: [Encoding, Encoding] = [
  { of: 'input', name: 'a', axis: 1, scales: [1, 2] },
  { of: 'input', name: 'a', axis: 1, thresholds: [[1], [2]] },
];
/** lists of rules that differ in one thing each */
const RULES: Encoding[][] = [
  [scales],
  [{ ...scales, of: 'output' }],
  [{ ...scales, name: 'b' }],
  [{ ...scales, axis: 0 }],
  [{ ...scales, scales: [2, 1] }],
  [{ ...scales, scales: [1, 2 + 2 * Number.EPSILON] }],
  [{ ...scales, scales: [1, 2, 3] }],
  [thresholds],
  [{ ...thresholds, thresholds: [[1, 2], []] }],
  [{ ...thresholds, thresholds: [[], [1, 2]] }],
  [{ ...thresholds, thresholds: [[1], [2 + 2 * Number.EPSILON]] }],
  [{ ...thresholds, thresholds: [[1, 2]] }],
  [scales, { ...scales, of: 'output' }],
  [{ ...scales, of: 'output' }, scales],
];

/** two slots of the intervals [0, 4) [4, 8) each */
const slots = (...exact: (number[] | undefined)[]) =>
  exactnessOf(exact.map((range) => ({ intervals: Int32Array.of(4, 0, 1, 4, 1, 2), ...(range && { exact: Int32Array.from(range) }) })));
const STRICT = slots([0, 8], [0, 8]);
/** lists of slots that differ in where one is exact */
const SATURATING = [slots([0, 4], [0, 8]), slots([4, 8], [0, 8]), slots([0, 8], [0, 4]), slots([], [0, 8]), slots(undefined, [0, 8])];

test('the hash of the metadata changes with name, labels, integers, rules, exact ranges, tensor names and scales, each on its own side', () => {
  const metadata: Metadata = { name: 'm', labels: ['cat', 'dog'] };
  const [a, b] = [region({ name: 'a' }), region({ name: 'b' })];
  const hashes = [
    metadataHash(metadata, [a], [b]),
    metadataHash({ ...metadata, name: 'n' }, [a], [b]),
    metadataHash({ ...metadata, labels: ['cat'] }, [a], [b]),
    metadataHash({ ...metadata, labels: ['dog', 'cat'] }, [a], [b]),
    metadataHash({ ...metadata, integers: ['a'] }, [a], [b]),
    metadataHash({ ...metadata, integers: ['a', 'b'] }, [a], [b]),
    metadataHash(metadata, [b], [a]),
    metadataHash(metadata, [a, b], []),
    metadataHash(metadata, [], [a, b]),
    metadataHash(metadata, [a], [b], STRICT),
    metadataHash({ ...metadata, labels: ['cat', 'dog', 'strict'] }, [a], [b]),
    metadataHash(metadata, [{ ...a, name: 'c' }], [b]),
    metadataHash(metadata, [a], [{ ...b, name: 'c' }]),
    metadataHash(metadata, [{ ...a, scale: 0.5 + Number.EPSILON }], [b]),
    metadataHash(metadata, [a], [{ ...b, scale: 0.5 + Number.EPSILON }]),
    ...RULES.map((encodings) => metadataHash({ ...metadata, encodings }, [a], [b])),
    metadataHash({ ...metadata, encodings: RULES[0]!, integers: ['a'] }, [a], [b]),
    metadataHash({ ...metadata, encodings: RULES[0]! }, [a], [b], STRICT),
    ...SATURATING.map((slots) => metadataHash(metadata, [a], [b], slots)),
    metadataHash({ ...metadata, encodings: RULES[0]! }, [a], [b], SATURATING[0]),
    metadataHash({ ...metadata, integers: ['encodings', 'input'] }, [a], [b]),
  ].map(digestToHex);
  expect(new Set(hashes).size).toBe(hashes.length);
  // no rules are no rules, and slots that nobody speaks of none either
  expect(digestToHex(metadataHash(metadata, [a], [b], slots(undefined, undefined)))).toBe(hashes[0]);
  expect(digestToHex(metadataHash({ ...metadata, encodings: [] }, [a], [b]))).toBe(hashes[0]);
  for (const hash of [modelId(record), metadataHash(metadata, [a], [b]), contentHash(Uint8Array.of(1))])
    expect(hash[7]).toBeLessThan(2 ** 24);
});
