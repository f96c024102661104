// Multiproofs: every honest opening gives the root, and nothing that was changed, dropped, doubled or exchanged does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, digestEqual, leafDigest } from '../../../fri/core/digest.ts';
import { buildTree, rootFrom, rootOf, witnesses, witnessPositions } from '../../../fri/core/merkle.ts';

const digestsOf = (words: Uint32Array): Digest[] => Array.from({ length: words.length / 8 }, (_, i) => words.slice(8 * i, 8 * i + 8));

const wordsOf = (digests: readonly Digest[]): Uint32Array => Uint32Array.from(digests.flatMap((digest) => [...digest]));

function treeOf(height: number, seed: number): { leaves: Digest[]; layers: Uint32Array[] } {
  const leaves = Array.from({ length: 2 ** height }, (_, i) => leafDigest([i, seed]));
  const flat = new Uint32Array(8 * leaves.length);
  leaves.forEach((leaf, i) => {
    flat.set(leaf, 8 * i);
  });
  return { leaves, layers: buildTree(flat) };
}

/** what a verifier does: every witness once, all of them used, the root compared */
function opens(height: number, positions: number[], digests: Digest[], list: Digest[], root: Digest): boolean {
  let used = 0;
  const got = rootFrom(height, positions, wordsOf(digests), (to, at) => {
    const witness = list[used++];
    if (witness === undefined) throw new Error('out of witnesses');
    to.set(witness, at);
  });
  return used === list.length && digestEqual(got, root);
}

const opening = fc.integer({ min: 0, max: 6 }).chain((height) =>
  fc.record({
    height: fc.constant(height),
    seed: fc.nat(1000),
    positions: fc
      .uniqueArray(fc.integer({ min: 0, max: 2 ** height - 1 }), { minLength: 1, maxLength: 9 })
      .map((list) => list.sort((a, b) => a - b)),
  }),
);

describe('multiproofs', () => {
  test('every honest opening gives the root', () => {
    fc.assert(
      fc.property(opening, ({ height, seed, positions }) => {
        const { leaves, layers } = treeOf(height, seed);
        const list = digestsOf(witnesses(layers, positions));
        expect(list).toHaveLength(witnessPositions(height, positions).length);
        expect(
          opens(
            height,
            positions,
            positions.map((p) => leaves[p]!),
            list,
            rootOf(layers),
          ),
        ).toBe(true);
      }),
    );
  });

  test('a changed leaf, witness or position does not', () => {
    fc.assert(
      fc.property(opening, fc.nat(), ({ height, seed, positions }, pick) => {
        const { leaves, layers } = treeOf(height, seed);
        const list = digestsOf(witnesses(layers, positions));
        const digests = positions.map((p) => leaves[p]!);
        const other = leafDigest([pick, seed, 99]);
        const changed = digests.map((d, i) => (i === pick % digests.length ? other : d));
        expect(opens(height, positions, changed, list, rootOf(layers))).toBe(false);
        if (list.length > 0) {
          const forged = list.map((d, i) => (i === pick % list.length ? other : d));
          expect(opens(height, positions, digests, forged, rootOf(layers))).toBe(false);
        }
        if (positions.length === 1 && height > 0) {
          expect(opens(height, [positions[0]! ^ 1], digests, list, rootOf(layers))).toBe(false);
        }
      }),
    );
  });

  test('a witness dropped, doubled or exchanged does not open', () => {
    const { leaves, layers } = treeOf(5, 1);
    const positions = [3, 8, 9, 21];
    const digests = positions.map((p) => leaves[p]!);
    const list = digestsOf(witnesses(layers, positions));
    const attempt = (witnessList: Digest[]) => () => opens(5, positions, digests, witnessList, rootOf(layers));
    expect(attempt(list)()).toBe(true);
    for (let i = 0; i < list.length; i++) {
      expect(attempt(list.filter((_, j) => j !== i))).toThrow('out of witnesses');
      expect(attempt([...list.slice(0, i + 1), ...list.slice(i)])()).toBe(false);
      if (i > 0) expect(attempt([...list.slice(0, i - 1), list[i]!, list[i - 1]!, ...list.slice(i + 1)])()).toBe(false);
    }
    expect(attempt([...list, list[0]!])()).toBe(false);
  });

  test('siblings in the set need no witness, and all leaves need none', () => {
    expect(witnessPositions(3, [4, 5])).toEqual([
      { layer: 1, index: 3 },
      { layer: 2, index: 0 },
    ]);
    expect(witnessPositions(3, [5])).toEqual([
      { layer: 0, index: 4 },
      { layer: 1, index: 3 },
      { layer: 2, index: 0 },
    ]);
    expect(witnessPositions(2, [0, 1, 2, 3])).toEqual([]);
  });

  test.each([
    ['doubled', [1, 1]],
    ['descending', [2, 1]],
    ['none', []],
    ['outside the tree', [0, 4]],
    ['negative', [-1, 2]],
    ['not a number', [Number.NaN]],
  ])('positions that are %s are rejected', (_, positions) => {
    const digests = wordsOf(positions.map(() => leafDigest([])));
    expect(() => rootFrom(2, positions, digests, () => undefined)).toThrow('ZK0108');
    expect(() => witnessPositions(2, positions)).toThrow('ZK0108');
  });

  test('a missing leaf digest or a tree of three leaves is a bug', () => {
    expect(() => rootFrom(2, [0, 1], leafDigest([]), () => undefined)).toThrow(/1 leaf digests at 2 positions/);
    expect(() => buildTree(new Uint32Array(24))).toThrow(/3 leaves/);
  });
});
