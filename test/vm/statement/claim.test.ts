// What a statement says: every part of it is in its hash, and every word that enters or leaves the machine is a public term. Source:
// DESIGN §5, AIR.md §4, §9 items 8-10.
import { describe, expect, test } from 'vitest';
import { type Digest, digestToHex } from '../../../fri/core/digest.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { execute } from '../../../vm/executor/run.ts';
import { DATA_BASE, P, RAM_BASE } from '../../../vm/program/isa.ts';
import type { Region } from '../../../vm/program/types.ts';
import { inputsHash, publicTermCount, publicTerms, type Statement, statementHash } from '../../../vm/statement/claim.ts';
import { type Roots, rootsInOrder, statementInputs } from '../../../vm/statement/input.ts';
import { EXAMPLES } from '../programs.ts';

const region = (change: Partial<Region>): Region => ({
  name: 'x',
  shape: [2, 2, 18],
  address: RAM_BASE + 100,
  channels: 2,
  rows: 2,
  width: 18,
  channelStep: 7,
  rowStep: 3,
  strides: [36, 18, 1],
  lo: -9,
  hi: 9,
  scale: 1,
  ...change,
});
const small = (name: string): Region => region({ name, shape: [3], channels: 1, rows: 1, width: 3, channelStep: 1, strides: [3, 3, 1] });
const program = { inputs: [small('a'), small('b')], outputs: [small('y')] };
const of = (...list: number[]): Int32Array => Int32Array.from(list);

describe('the hash of a statement', () => {
  const airHash = Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const statement: Statement = {
    modelId: Uint32Array.of(8, 7, 6, 5, 4, 3, 2, 1),
    inputs: { a: of(1, 2, 3), b: of(4, 5, 6) },
    outputs: { y: of(7, 8, 9) },
    context: Uint8Array.of(1, 2, 3, 4, 5),
  };
  const { fast } = PROFILES;
  const hash = (change: Partial<Statement>, air = airHash, profile = fast): string =>
    digestToHex(statementHash(air, profile, program, { ...statement, ...change }));

  test('changes with every part of it alone', () => {
    const hashes = [
      hash({}),
      ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) => [hash({ modelId: statement.modelId.with(i, 99) }), hash({}, airHash.with(i, 99))]),
      ...[0, 1, 2].flatMap((i) => [
        hash({ inputs: { ...statement.inputs, a: statement.inputs.a!.with(i, -1) } }),
        hash({ inputs: { ...statement.inputs, b: statement.inputs.b!.with(i, -1) } }),
        hash({ outputs: { y: statement.outputs.y!.with(i, -1) } }),
      ]),
      hash({ inputs: { a: of(4, 5, 6), b: of(1, 2, 3) } }),
      ...[0, 1, 2, 3, 4].map((i) => hash({ context: statement.context.with(i, 99) })),
      hash({ context: statement.context.slice(0, 4) }),
      hash({ context: new Uint8Array(0) }),
      hash({ context: Uint8Array.of(...statement.context, 0) }),
      ...(['id', 'logBlowup', 'queries'] as const).map((name) => hash({}, airHash, { ...fast, [name]: fast[name] + 1 })),
      ...(['query', 'interaction', 'deep', 'fold'] as const).map((name) =>
        hash({}, airHash, { ...fast, work: { ...fast.work, [name]: fast.work[name] + 1 } }),
      ),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hash({})).toBe(hashes[0]);
  });

  test('is below 2^248, and that of the inputs depends on all inputs and on nothing else', () => {
    const inputs = (change: Record<string, Int32Array>): string => digestToHex(inputsHash(program, { ...statement.inputs, ...change }));
    const hashes = [inputs({}), inputs({ a: of(1, 2, 4) }), inputs({ b: of(3, 5, 6) }), inputs({ a: of(4, 5, 6), b: of(1, 2, 3) })];
    expect(new Set(hashes).size).toBe(4);
    expect(statementHash(airHash, fast, program, statement)[7]).toBeLessThan(2 ** 24);
  });
});

describe('a committed input', () => {
  const committed = { ...program, inputs: [{ ...small('constructor'), address: DATA_BASE }, small('b')] };
  const inputs = { b: of(4, 5, 6) };
  const root = Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const wanted = { kind: 'usage', code: 'ZK0349', what: 'the committed input "constructor" has no root' };

  test('without its root is refused by name, in the hash and in the lists of a statement', () => {
    const statement: Statement = { modelId: root, inputs, outputs: { y: of(7, 8, 9) }, context: new Uint8Array(0) };
    const hash = (roots?: Roots): Digest => statementHash(root, PROFILES.fast, committed, { ...statement, ...(roots && { roots }) });
    expect(hash({ constructor: root })).toHaveLength(8);
    for (const roots of [undefined, {}, { b: root }]) {
      expect(() => hash(roots)).toThrow(expect.objectContaining(wanted));
      expect(() => inputsHash(committed, inputs, roots)).toThrow(expect.objectContaining(wanted));
      expect(() => statementInputs(committed.inputs, inputs, roots ?? {})).toThrow(expect.objectContaining(wanted));
      expect(() => rootsInOrder(committed.inputs, roots ?? {})).toThrow(expect.objectContaining(wanted));
    }
  });
});

describe('public terms', () => {
  test('are HLT once, every word of an input region written, gaps too, and every word of an output that holds elements read', () => {
    const tensor = Int32Array.from({ length: 72 }, (_, i) => (i % 9) - 4);
    const [input, output] = [region({ name: 'x' }), region({ name: 'y', address: RAM_BASE + 200 })];
    const terms = publicTerms({ inputs: [input], outputs: [output] }, { x: tensor }, { y: tensor });
    expect(terms[0]).toEqual({ count: -1, relation: 3, values: [terms[0]!.values[0], ...Array<number>(11).fill(0)] });
    const [written, read] = [2, 1].map((relation) => terms.slice(1).filter((term) => term.relation === relation));
    expect(terms.length).toBe(1 + written!.length + read!.length);
    expect(terms.slice(1).every(({ count, values }) => count === 1 && values.length === 17)).toBe(true);
    expect(written!.map(({ values }) => values[0]! - RAM_BASE)).toEqual(Array.from({ length: 14 }, (_, i) => 100 + i));
    expect(read!.map(({ values }) => values[0]! - RAM_BASE)).toEqual([200, 201, 203, 204, 207, 208, 210, 211]);
    const cells = (from: number, count: number): number[] =>
      Array.from({ length: 16 }, (_, t) => (t < count ? (tensor[from + t]! + P) % P : 0));
    for (const list of [written!, read!]) {
      const at = (offset: number): readonly number[] =>
        list.find(({ values }) => (values[0]! - RAM_BASE) % 100 === offset)!.values.slice(1);
      expect(at(0)).toEqual(cells(0, 16));
      expect(at(1)).toEqual(cells(16, 2));
      expect(at(3)).toEqual(cells(18, 16));
      expect(at(11)).toEqual(cells(70, 2));
    }
    expect(written![2]!.values.slice(1)).toEqual(Array(16).fill(0));
  });

  test('are as many as their count says, for every example and for regions with gaps', () => {
    for (const make of EXAMPLES) {
      const example = make();
      const { outputs } = execute(example.program, example.inputs);
      expect(publicTermCount(example.program)).toBe(publicTerms(example.program, example.inputs, outputs).length);
    }
    const gaps = { inputs: [region({})], outputs: [region({ name: 'y' })] };
    expect(publicTermCount(gaps)).toBe(1 + 14 + 8);
    expect(publicTermCount({ inputs: [], outputs: [] })).toBe(1);
  });
});
