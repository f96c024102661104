// A record verifies what its model verifies, and nothing of another one: every byte of it moves an id, or makes it no record, or is told to be
// covered by none. Caveat: profile `test`, which shares its root with `proven` and `fast`.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import { digestToHex } from '../../../fri/core/digest.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { PROFILES, type Profile } from '../../../fri/pcs/profile.ts';
import { TYPE } from '../../../vm/chips/machine.ts';
import { execute } from '../../../vm/executor/run.ts';
import { P, RAM_BASE } from '../../../vm/program/isa.ts';
import type { Program } from '../../../vm/program/types.ts';
import { proveExecution } from '../../../vm/prove.ts';
import { makeRecord } from '../../../vm/statement/make-record.ts';
import { loadModel, prepareModel } from '../../../vm/statement/model.ts';
import { type FixedTree, recordWords } from '../../../vm/statement/record.ts';
import { decodeRecord, encodeRecord, profilesOf, type RecordFile, recordedModel } from '../../../vm/statement/record-file.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { code, failure } from '../../failure.ts';
import { EXAMPLES } from '../programs.ts';

const backend = jsBackend();
const profile = PROFILES.test;
const load = (one: Profile) => loadModel(program, one, backend);
const { program: plain, inputs } = EXAMPLES[0]!();
const [input, output] = [plain.inputs[0]!, plain.outputs[0]!];
/** with everything that a record may have */
const program: Program = {
  ...plain,
  metadata: {
    name: 'recorded',
    labels: ['cat', 'dog'],
    encodings: [
      {
        of: 'output',
        name: output.name,
        axis: output.shape.length - 1,
        scales: Array.from({ length: output.shape.at(-1)! }, (_, i) => 1 + i),
      },
    ],
  },
};
const REPORT = new TextEncoder().encode('a claim');
let file: RecordFile;
let bytes: Uint8Array;
let proof: Uint8Array;

beforeAll(async () => {
  file = await makeRecord(program, REPORT, load, [PROFILES.proven, PROFILES.chain]);
  bytes = encodeRecord(file);
  proof = (await proveExecution(await prepareModel(program, profile, backend), execute(program, inputs))).bytes;
});

describe('a record', () => {
  test('has the ids that its program has, under every profile', async () => {
    const read = decodeRecord(bytes);
    expect(profilesOf(read).map(({ name }) => name)).toEqual(['proven', 'fast', 'chain', 'test']);
    for (const each of profilesOf(read)) {
      const [recorded, loaded] = [recordedModel(read, each), await loadModel(program, each, backend)];
      expect(digestToHex(recorded.id)).toBe(digestToHex(loaded.id));
      expect(recorded.record).toEqual(loaded.record);
      expect(recorded.tables).toBe(loaded.tables);
    }
  });

  test('verifies the proofs of its program as the program does', async () => {
    const [recorded, loaded] = [recordedModel(decodeRecord(bytes), profile), await loadModel(program, profile, backend)];
    expect(verifyProof(recorded, proof, [profile])).toEqual(verifyProof(loaded, proof, [profile]));
    expect(() => verifyProof(recorded, proof, [profile], { outputs: { [output.name]: new Int32Array(1) } })).toThrow();
    const damaged = proof.slice();
    damaged[damaged.length - 5]! ^= 1;
    expect(() => verifyProof(recorded, damaged, [profile])).toThrow(ZkvmError);
  });

  test('writes what it reads', () => {
    expect(encodeRecord(decodeRecord(bytes))).toEqual(bytes);
    expect(decodeRecord(bytes).report).toEqual(REPORT);
  });

  test('under a profile that it has no root for, or of another machine, it is refused', async () => {
    const one = decodeRecord(encodeRecord(await makeRecord(program, REPORT, load, [PROFILES.fast])));
    expect(profilesOf(one).map(({ name }) => name)).toEqual(['proven', 'fast', 'test']);
    expect(code(() => recordedModel(one, PROFILES.chain))).toBe('ZK0359');
    expect(code(() => recordedModel(one, PROFILES.fast))).toBe('accepted');
    const airHash = file.airHash.slice();
    airHash[0]! ^= 1;
    expect(code(() => recordedModel({ ...file, airHash }, profile))).toBe('ZK0358');
    await expect(makeRecord(program, REPORT, load, [])).rejects.toMatchObject({ code: 'ZK0314' });
  });
});

/** a program whose tables are exact where `rangeOf` says, of the ends of a slot */
function claiming(rangeOf: (slot: number, ends: [number, number]) => readonly number[] | undefined): Program {
  const slots = program.slots.map((slot, i) => {
    const { intervals } = slot;
    const [first, last] = [intervals[0]! * intervals[1]!, intervals.length - 3];
    // one run of intervals side by side, so that all of it can be one range
    const end = intervals[last]! * (intervals[last + 1]! + 1);
    const exact = rangeOf(i, [first, end]);
    return { ...slot, ...(exact && { exact: Int32Array.from(exact) }) };
  });
  return { ...program, slots };
}

describe('what a record says of the tables', () => {
  const cases: [string, Program][] = [
    ['strict', claiming((_, ends) => ends)],
    ['saturating', claiming(() => [])],
    ['unknown', claiming((slot, ends) => (slot === 0 ? undefined : ends))],
    ['unknown', program],
  ];
  test.each(cases)('%s', async (kind, made) => {
    const loaded = await loadModel(made, profile, backend);
    const record = await makeRecord(made, REPORT, (each) => loadModel(made, each, backend), [profile]);
    const read = decodeRecord(encodeRecord(record));
    expect(read).toEqual(record);
    expect([loaded.tables, recordedModel(read, profile).tables]).toEqual([kind, kind]);
    expect(digestToHex(recordedModel(read, profile).id)).toBe(digestToHex(loaded.id));
  });

  test('a program without a table says nothing', () => {
    expect(recordedModel({ ...file, exactness: [] }, profile).tables).toBe('unknown');
    expect(recordedModel({ ...file, exactness: [[0, 4], null] }, profile).tables).toBe('unknown');
    expect(
      recordedModel(
        {
          ...file,
          exactness: [
            [0, 4],
            [0, 4],
          ],
        },
        profile,
      ).tables,
    ).toBe('saturating');
  });
});

describe('a record that somebody changed', () => {
  test('in any byte but the report is no record, or one of another model', () => {
    const own = digestToHex(recordedModel(file, profile).id);
    const ownChain = digestToHex(recordedModel(file, PROFILES.chain).id);
    let others = 0;
    for (let at = 0; at < bytes.length - REPORT.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      const error = failure(() => {
        const read = decodeRecord(changed);
        const ids = [profile, PROFILES.chain].map((each) => digestToHex(recordedModel(read, each).id));
        // RAM's size bounds the regions and is in no id: the root covers it, with the chip's size
        if (read.ramLogSize !== file.ramLogSize) return;
        expect(ids, `byte ${at}`).not.toEqual([own, ownChain]);
        others++;
      });
      if (error) expect(error.code, `byte ${at}`).toMatch(/^ZK03/);
    }
    expect(others).toBeGreaterThan(100);
  });

  test('cut short or lengthened it is refused', () => {
    for (let length = 0; length < bytes.length - REPORT.length; length++)
      expect(code(() => decodeRecord(bytes.slice(0, length)))).toMatch(/^ZK030/);
    expect(code(() => decodeRecord(Uint8Array.from([...bytes, 0])))).toMatch(/^ZK030/);
  });

  test('at random ends in its own errors only', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }), (changes) => {
        const changed = bytes.slice();
        for (const [at, value] of changes) changed[at] = value;
        expect(
          code(() => {
            for (const each of profilesOf(decodeRecord(changed))) verifyProof(recordedModel(decodeRecord(changed), each), proof, [profile]);
          }),
        ).toMatch(/^(accepted|ZK0)/);
      }),
      { numRuns: 300 },
    );
  });

  /** the record with each of its trees changed */
  const tree = (record: RecordFile, change: (one: FixedTree) => FixedTree): RecordFile => ({
    ...record,
    roots: record.roots.map((root) => ({ ...root, trees: root.trees.map(change) })),
  });

  const based =
    (change: (base: number) => number) =>
    (one: FixedTree): FixedTree => ({ ...one, instances: one.instances.map((chip) => ({ ...chip, base: change(chip.base) })) });

  test.each<[string, (record: RecordFile) => RecordFile]>([
    ['no root', (record) => ({ ...record, roots: [] })],
    ['a root twice', (record) => ({ ...record, roots: [record.roots[0]!, record.roots[0]!] })],
    ['a blowup that no profile has', (record) => ({ ...record, roots: [{ ...record.roots[0]!, logBlowup: 9 }] })],
    ['a chip less', (record) => tree(record, (one) => ({ ...one, instances: one.instances.slice(1) }))],
    [
      'the last chip less',
      (record) => tree(record, (one) => ({ ...one, instances: one.instances.filter(({ type }) => type !== TYPE.lut) })),
    ],
    ['inputs over each other', (record) => ({ ...record, inputs: [input, { ...input, name: 'second' }] })],
    ['an output outside RAM', (record) => ({ ...record, outputs: [{ ...output, address: 3 }] })],
    ['a rule for a tensor that is not there', (record) => ({ ...record, outputs: [{ ...output, name: 'else' }] })],
    ['a chip out of turn', (record) => tree(record, (one) => ({ ...one, instances: [one.instances.at(-1)!, ...one.instances] }))],
    [
      'another chip',
      (record) =>
        tree(record, (one) => ({ ...one, instances: one.instances.map((chip, i) => (i ? chip : { ...chip, type: chip.type + 1 })) })),
    ],
    [
      'a chip without rows',
      (record) => tree(record, (one) => ({ ...one, instances: one.instances.map((chip) => ({ ...chip, logSize: 0 })) })),
    ],
    [
      'a chip of too many rows',
      (record) => tree(record, (one) => ({ ...one, instances: one.instances.map((chip) => ({ ...chip, logSize: 25 })) })),
    ],
    [
      'RAM elsewhere',
      (record) =>
        tree(
          record,
          based((base) => base && base + 1),
        ),
    ],
    [
      'RAM over ROM',
      (record) =>
        tree(
          record,
          based(() => 0),
        ),
    ],
    [
      'a table with a base',
      (record) =>
        tree(
          record,
          based((base) => base || 1),
        ),
    ],
    ['no columns', (record) => tree(record, (one) => ({ ...one, logSize: 0 }))],
    ['columns of too many rows', (record) => tree(record, (one) => ({ ...one, logSize: 25 }))],
    ['no RAM', (record) => ({ ...record, ramLogSize: 0 })],
    ['too much RAM', (record) => ({ ...record, ramLogSize: 25 })],
    ['a root that is no digest', (record) => tree(record, (one) => ({ ...one, root: one.root.map(() => 2 ** 24) }))],
    ['a report that is too long', (record) => ({ ...record, report: new Uint8Array(2 ** 22 + 1) })],
  ])('%s is refused', (_, change) => {
    expect(code(() => decodeRecord(encodeRecord(change(file))))).toMatch(/^ZK03(06|43)/);
  });

  test('has a report of 4 MiB at most, columns of 2^24 rows at most', () => {
    const heights = (record: RecordFile): number[] =>
      decodeRecord(encodeRecord(record)).roots.flatMap(({ trees }) => trees.map(({ logSize }) => logSize));
    const most = { ...file, report: new Uint8Array(2 ** 22) };
    expect(decodeRecord(encodeRecord(most)).report.length).toBe(2 ** 22);
    expect(heights(tree(most, (one) => ({ ...one, logSize: 24 })))).toEqual(file.roots.map(() => 24));
    expect(heights(tree(file, (one) => ({ ...one, logSize: 1 })))).toEqual(file.roots.map(() => 1));
  });

  /** the file with bytes after the content of a section, by its number */
  function lengthened(section: number, more: readonly number[]): Uint8Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 8;
    while (view.getUint32(at, true) !== section) at += 8 + view.getUint32(at + 4, true);
    const end = at + 8 + view.getUint32(at + 4, true);
    const longer = Uint8Array.from([...bytes.slice(0, end), ...more, ...bytes.slice(end)]);
    new DataView(longer.buffer).setUint32(at + 4, end - at - 8 + more.length, true);
    return longer;
  }

  test('written in another way is refused', () => {
    // blanks after the JSON of the metadata, which reads as before
    expect(code(() => decodeRecord(lengthened(5, [0x20])))).toBe('ZK0308');
    for (const section of [1, 2, 3, 4, 6]) expect(code(() => decodeRecord(lengthened(section, [0, 0, 0, 0])))).toBe('ZK0304');
    expect(code(() => decodeRecord(lengthened(5, [])))).toBe('accepted');
  });
});

describe('a record of several trees', () => {
  const RAM = TYPE.ram;
  /** the record with a tree for each page, its RAM in two of them */
  const paged = (record: RecordFile): RecordFile => ({
    ...record,
    roots: record.roots.map((root) => ({
      ...root,
      trees: root.trees.flatMap(({ root: digest, instances }) =>
        instances
          .flatMap((one) =>
            one.type === RAM
              ? [0, 1].map((half) => ({ ...one, logSize: one.logSize - 1, base: one.base + half * 2 ** (one.logSize - 1) }))
              : [one],
          )
          .map((one, i) => ({ root: digest.map((word, at) => (at === 0 ? word ^ i : word)), logSize: one.logSize, instances: [one] })),
      ),
    })),
  });
  const idOf = (record: RecordFile): string => digestToHex(recordedModel(record, profile).id);
  const version = (encoded: Uint8Array): number => new DataView(encoded.buffer, encoded.byteOffset).getUint32(4, true);

  test('is read as it was written, in version 2; one tree stays in version 1, and has another id', () => {
    const several = paged(file);
    const encoded = encodeRecord(several);
    expect([version(bytes), version(encoded)]).toEqual([1, 2]);
    expect(decodeRecord(encoded)).toEqual(several);
    expect(idOf(decodeRecord(encoded))).not.toBe(idOf(file));
    // several under one blowup are enough
    const mixed = { ...file, roots: [several.roots[0]!, file.roots[1]!] };
    expect(version(encodeRecord(mixed))).toBe(2);
    expect(decodeRecord(encodeRecord(mixed))).toEqual(mixed);
    expect(idOf(mixed)).toBe(idOf(several));
  });

  test('one tree in the words of version 2 is no record: a model has one file', () => {
    const encoded = encodeRecord(file);
    new DataView(encoded.buffer).setUint32(4, 2, true);
    expect(code(() => decodeRecord(encoded))).toMatch(/^ZK030/);
  });

  test('changed in any byte but the report it is no record, or one of another model', () => {
    const several = paged(file);
    const encoded = encodeRecord(several);
    const own = [profile, PROFILES.chain].map((each) => digestToHex(recordedModel(several, each).id));
    let others = 0;
    for (let at = 0; at < encoded.length - REPORT.length; at++) {
      const changed = encoded.slice();
      changed[at]! ^= 1 << (at % 8);
      const error = failure(() => {
        const read = decodeRecord(changed);
        const ids = [profile, PROFILES.chain].map((each) => digestToHex(recordedModel(read, each).id));
        if (read.ramLogSize !== several.ramLogSize) return;
        expect(ids, `byte ${at}`).not.toEqual(own);
        others++;
      });
      if (error) expect(error.code, `byte ${at}`).toMatch(/^ZK03/);
    }
    expect(others).toBeGreaterThan(100);
  });

  test('the words of the id tell trees and their instances apart', () => {
    const { trees } = recordedModel(paged(file), profile).record;
    const model = recordedModel(paged(file), profile).record;
    const variants = [
      trees,
      [...trees].reverse(),
      trees.slice(1),
      [...trees, trees[0]!],
      [{ ...trees[0]!, instances: [...trees[0]!.instances, ...trees[1]!.instances] }, ...trees.slice(2)],
      [trees[0]!],
      [{ ...trees[0]!, instances: trees.flatMap(({ instances }) => instances) }],
      [],
    ];
    const words = variants.map((list) => recordWords({ ...model, trees: list }).join());
    expect(new Set(words).size).toBe(variants.length);
    // no list is the beginning of another: each part says how long it is
    for (const [i, one] of words.entries())
      for (const [j, other] of words.entries()) if (i !== j) expect(`${other},`.startsWith(`${one},`)).toBe(false);
  });

  const tree0 = (record: RecordFile, change: (trees: readonly FixedTree[]) => readonly FixedTree[]): RecordFile => ({
    ...record,
    roots: record.roots.map((root) => ({ ...root, trees: change(root.trees) })),
  });
  const moved = (at: number, base: (base: number) => number) => (trees: readonly FixedTree[]) =>
    trees.map((one, i) => (i === at ? { ...one, instances: one.instances.map((chip) => ({ ...chip, base: base(chip.base) })) } : one));
  test.each<[string, (trees: readonly FixedTree[]) => readonly FixedTree[]]>([
    ['no tree', () => []],
    ['a tree without instances', (trees) => [...trees, { ...trees[0]!, instances: [] }]],
    ['RAM pages at one address', moved(1, () => RAM_BASE)],
    ['RAM pages that overlap by a row', moved(1, (base) => base - 1)],
    ['a gap between RAM pages', moved(1, (base) => base + 1)],
    ['a RAM page that goes over p', moved(1, () => P - 1)],
    ['a RAM page over ROM', moved(0, () => 0)],
    ['a ROM page with a base', moved(2, () => 1)],
    ['RAM pages exchanged', (trees) => [trees[1]!, trees[0]!, ...trees.slice(2)]],
    ['the chips out of order', (trees) => [...trees].reverse()],
    ['a chip less', (trees) => trees.filter(({ instances }) => instances[0]!.type !== TYPE.lut)],
    ['a page of mac', (trees) => [{ ...trees[0]!, instances: [{ type: TYPE.mac, logSize: 4, base: 0 }] }, ...trees]],
  ])('%s: refused', (_, change) => expect(code(() => decodeRecord(encodeRecord(tree0(paged(file), change))))).toMatch(/^ZK030/));
});
