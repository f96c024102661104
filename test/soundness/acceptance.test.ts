// What a query is worth: a word that differs from its polynomial on a share ε of the positions is accepted with probability (1 - ε)^Q,
// no more (PCS.md §11 d). 200 toy proofs a line; the allowed deviation is four standard deviations.
import { expect, test } from 'vitest';
import type { Backend, Tree } from '../../fri/backend/seam.ts';
import { add, P } from '../../fri/core/m31.ts';
import { forgeryVerdict, type Lies, type LogSizes, layerWith, toyProfile, valuesOf } from '../air/forger.ts';
import { random } from '../air/toy.ts';

const PROOFS = 200;
/** largest log size 7: cosets of four in the only layer */
const LOG_SIZES: LogSizes = [4, 5, 7];
const next = random(99);

const some = (count: number, below: number): Set<number> => {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(next() % below);
  return chosen;
};

/** the committed first column of the base tree is wrong on a share of its positions; everything else follows the right one */
const wrongColumn =
  (share: number): Lies =>
  (backend) => {
    let trees = 0;
    return {
      async commit(evaluations) {
        if (trees++ !== BASE) return backend.commit(evaluations);
        const [first, ...rest] = evaluations;
        const [column, ...others] = valuesOf(first!);
        const wrong = some(share * column!.length, column!.length);
        const values = [column!.map((x, i) => (wrong.has(i) ? add(x, 1) : x)), ...others];
        return backend.commit([{ ...first!, values } as typeof first & object, ...rest]);
      },
    };
  };
/** the tree that is committed second: after the preprocessed one */
const BASE = 1;

/** layer 0 is random on a share of its cosets; the folds are right */
const wrongLayer =
  (share: number): Lies =>
  (backend: Backend) => {
    let shown: { tree: Tree; layer: ReturnType<typeof layerWith> } | undefined;
    return {
      async commitLayer(layer, foldLog) {
        if (shown) return backend.commitLayer(layer, foldLog);
        const cosets = 2 ** (layer.logSize - foldLog);
        const wrong = some(share * cosets, cosets);
        const values = valuesOf(layer).map((column) => column.map((x, i) => (wrong.has(i >> foldLog) ? next() % P : x)));
        const forged = layerWith(layer, values);
        shown = { tree: await backend.commitLayer(forged, foldLog), layer: forged };
        return shown.tree;
      },
      openLayer: (tree, layer, cosets, known) => backend.openLayer(tree, tree === shown?.tree ? shown.layer : layer, cosets, known),
    };
  };

test.each([
  ['a trace column', wrongColumn],
  ['layer 0', wrongLayer],
] as const)('%s that is wrong in places is accepted as seldom as the queries allow', async (_, wrong) => {
  for (const [share, queries] of [
    [0.125, 1],
    [0.125, 10],
    [0.25, 1],
    [0.25, 4],
    [0.25, 10],
  ] as const) {
    const expected = (1 - share) ** queries;
    let accepted = 0;
    for (let seed = 0; seed < PROOFS; seed++)
      if (
        (await forgeryVerdict({ lies: wrong(share), logSizes: LOG_SIZES, seed: 100 + seed, profile: toyProfile(1, queries, 0) })) ===
        'accepted'
      )
        accepted++;
    const allowed = 4 * Math.sqrt((expected * (1 - expected)) / PROOFS) + 0.01;
    expect(
      Math.abs(accepted / PROOFS - expected),
      `ε = ${share}, ${queries} queries: ${accepted / PROOFS}, expected ${expected}`,
    ).toBeLessThan(allowed);
  }
});
