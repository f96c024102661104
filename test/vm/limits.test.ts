// What a small hostile file can make a verifier do: sizes that a file announces without spelling them out are bounded, and hundreds of
// thousands of public words neither crash the verifier nor keep it busy. Source: AIR.md §9 items 1, 4-7.
// Slow: it goes to the limits of sizes.
import { describe, expect, test } from 'vitest';
import { publicSum } from '../../air/machine.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { encodeContainer } from '../../vm/files/container.ts';
import { decodeProofFile, encodeProofFile } from '../../vm/files/proof.ts';
import { decodeTrace } from '../../vm/files/trace.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { instruction } from '../../vm/program/assembler.ts';
import { RAM_BASE } from '../../vm/program/isa.ts';
import { checkProgram } from '../../vm/program/loader.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import type { Program, Region } from '../../vm/program/types.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { loadModel, type Model } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';

const region = (change: Partial<Region>): Region => ({
  name: 'x',
  shape: [1],
  address: RAM_BASE,
  channels: 1,
  rows: 1,
  width: 1,
  channelStep: 1,
  rowStep: 1,
  strides: [1, 1, 1],
  lo: 0,
  hi: 1,
  scale: 1,
  ...change,
});
/** words that a file spells out, so that it may announce as much as there can be */
const SPELLED = 2 ** 14;
const program = (change: Partial<Program>): Program => ({
  rom: Uint32Array.from({ length: 16 * SPELLED }, (_, i) => instruction('HLT')[i] ?? 0),
  codeWords: 1,
  slots: [],
  ramLogSize: 20,
  inputs: [],
  outputs: [],
  metadata: { name: 'hostile', labels: [] },
  sourceMap: [],
  ...change,
});
/** slots of one interval each, with these divisors */
const divisors = (...list: number[]): Partial<Program> => ({
  slots: list.map((u, i) => ({ id: i + 1, name: '', intervals: Int32Array.of(u, 0, 0) })),
});
const refusal = (code: string) => expect.objectContaining({ code });

describe('a file of a few hundred bytes', () => {
  const small = { rom: instruction('HLT') };

  test('may announce RAM of 2^16 words and range tables of 2^15 rows, and no more', () => {
    expect(encodeProgram(program({ ...small, ramLogSize: 16, ...divisors(2 ** 14, 2 ** 14 - 1) })).length).toBeLessThan(300);
    expect(() => checkProgram(program({ ...small, ramLogSize: 17 }))).toThrow(refusal('ZK0342'));
    expect(() => checkProgram(program({ ...small, ramLogSize: 1, ...divisors(2 ** 14, 2 ** 14 + 1) }))).toThrow(refusal('ZK0342'));
  });

  test('and 64 words and one row a byte that it spells out', () => {
    const rom = (words: number): Partial<Program> => ({ rom: program({}).rom.subarray(0, 16 * words) });
    expect(checkProgram(program({ ...rom(256), ramLogSize: 20 }))).toBeDefined();
    expect(() => checkProgram(program({ ...rom(255), ramLogSize: 20 }))).toThrow(refusal('ZK0342'));
    const bytes = 64 * 1024 + 24;
    expect(checkProgram(program({ ...rom(1024), ramLogSize: 1, ...divisors(2 ** 15, bytes - 2 ** 15) }))).toBeDefined();
    expect(() => checkProgram(program({ ...rom(1024), ramLogSize: 1, ...divisors(2 ** 15, bytes - 2 ** 15 + 1) }))).toThrow(
      refusal('ZK0342'),
    );
  });
});

describe('a file of any size', () => {
  test('cannot announce range tables of more than 2^20 rows', () => {
    expect(checkProgram(program(divisors(2 ** 19, 2 ** 19 - 1))).table.logSize).toBe(21); // ranges and two intervals
    const hostile = program(divisors(2 ** 19, 2 ** 19 + 1));
    expect(() => checkProgram(hostile)).toThrow(refusal('ZK0342'));
    expect(() => checkProgram(program(divisors(2 ** 23)))).toThrow(refusal('ZK0342'));
  });

  test('cannot announce more than 2^18 public words: an input has gaps, outputs may read the same words', () => {
    const input = region({ channelStep: 2 ** 17 });
    const output = (name: string, channels: number): Region => region({ name, shape: [channels], channels });
    expect(checkProgram(program({ inputs: [input], outputs: [output('y', 2 ** 17)] }))).toBeDefined();
    expect(() => checkProgram(program({ inputs: [input], outputs: [output('y', 2 ** 17), output('z', 1)] }))).toThrow(refusal('ZK0343'));
    expect(() => checkProgram(program({ outputs: [output('y', 2 ** 18), output('z', 2 ** 18)] }))).toThrow(refusal('ZK0343'));
  });

  test('cannot make a verifier commit to more than 2^22 leaves: the larger blowup of chain leaves room for less', async () => {
    const load = (change: Partial<Program>): Promise<Model> => loadModel(program(change), PROFILES.chain, jsBackend());
    await expect(load({ ramLogSize: 19 })).rejects.toThrow(refusal('ZK0346'));
    await expect(load({ ramLogSize: 1, ...divisors(2 ** 19) })).rejects.toThrow(refusal('ZK0346'));
    await expect(load({ ramLogSize: 8 })).resolves.toBeDefined();
  });
});

test('a trace of a few hundred bytes cannot ask for columns of 2^24 rows', () => {
  const zkb = encodeProgram(program({ ramLogSize: 1 }));
  const file = (rows: number, logSize: number): Uint8Array =>
    encodeContainer(
      { name: 'trace', magic: 0x54564b5a, version: 1, sections: ['zkb', 'inputs', 'outputs', 'context', 'instances'] },
      {
        zkb: (to) => to.bytes(zkb),
        inputs: (to) => to.u32(0),
        outputs: (to) => to.u32(0),
        context: () => {},
        instances: (to) => {
          to.u32(1, 2, logSize, 0, rows); // one store, every column "0 bytes a row"
          to.bytes(new Uint8Array(101));
        },
      },
    );
  expect(() => decodeTrace(file(2 ** 24, 24))).toThrow(refusal('ZK0306'));
  expect(() => decodeTrace(file(64, 6))).toThrow(refusal('ZK0308')); // small enough to be read, and then not canonical
});

test('a proof file of more than 2^28 bytes is rejected before it is read', () => {
  const bytes = new Uint8Array(2 ** 28 + 4);
  new DataView(bytes.buffer).setUint32(0, 0x46504b5a, true);
  expect(() => decodeProofFile(bytes)).toThrow(/ZK0330: proof file of 268435460 bytes/);
});

test('sixty thousand tensors are held against sixty thousand regions in one pass', () => {
  const regions = Array.from({ length: 60_000 }, (_, i) => region({ name: `tensor ${i}`, address: RAM_BASE + i }));
  const tensors = Object.fromEntries(regions.map(({ name }) => [name, Int32Array.of(1)]));
  const words = tensorWords(regions, tensors, 'input');
  expect(words.length).toBe(60_000);
  expect(() => tensorWords(regions.slice(1), tensors, 'input')).toThrow(refusal('ZK0324'));
}, 5_000);

const challenge = (a: number): QM31 => [a, a + 1, a + 2, a + 3];
const challenges = { z: challenge(5), gamma: challenge(105), zeta: challenge(205), alpha: challenge(305), beta: challenge(405) };

describe('public words', () => {
  test('their sum is that of their fractions, one after the other', () => {
    const terms = publicTerms(
      { inputs: [region({ channelStep: 5 })], outputs: [region({ name: 'y' })] },
      { x: Int32Array.of(1) },
      { y: Int32Array.of(1) },
    );
    const single = terms.map(({ count, relation, values }) => {
      const tuple = values.reduce((sum, v, j) => Q.add(sum, Q.scale(Q.pow(challenges.gamma, j + 1), v)), Q.from(relation));
      const fraction = Q.inverse(Q.sub(challenges.z, tuple));
      return count > 0 ? fraction : Q.neg(fraction);
    });
    expect(publicSum(terms, challenges)).toEqual(single.reduce(Q.add));
    expect(publicSum([], challenges)).toEqual(Q.ZERO);
    expect(publicSum(terms.slice(1), challenges)).not.toEqual(publicSum(terms, challenges));
  });

  test('a term whose denominator is zero is rejected', () => {
    const term = { count: 1, relation: 7, values: [] };
    expect(() => publicSum([term], { ...challenges, z: Q.from(7) })).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0202' }));
    expect(publicSum([term], { ...challenges, z: Q.from(8) })).toEqual(Q.ONE);
  });

  test('2^17 of them: a proof is rejected, in time and by a typed error', async () => {
    const model = await loadModel(program({ ramLogSize: 17, inputs: [region({ channelStep: 2 ** 17 })] }), PROFILES.test, jsBackend());
    const fixed = model.record.trees[0]!.instances.map((i) => ({ ...i, data: false }));
    const bytes = encodeProofFile({
      profileId: PROFILES.test.id,
      modelId: model.id,
      shards: [[{ type: 0, logSize: 6, base: 0, data: false }, ...fixed]],
      parts: [],
      inputs: [Int32Array.of(1)],
      outputs: [],
      context: new Uint8Array(0),
      words: new Uint32Array(4096),
    });
    expect(() => verifyProof(model, bytes, [PROFILES.test])).toThrow(
      expect.objectContaining({ kind: 'rejected', what: 'composition at z' }),
    );
  });
});
