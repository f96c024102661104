// Merkle trees of 248-bit digests with pruned multiproofs: both sides of an opening.
// Source: PCS.md §5. Level by level from the leaves, left to right: a sibling in the set is combined, any other is the next witness, so the
// number of witnesses follows from the positions. Caveat: a dropped witness shows as a wrong root or a short proof, not by name.

import type { Digest } from './digest.ts';
import { DIGEST_WORDS, parentLayer, writeParent } from './digest.ts';
import { bug, rejected } from './errors.ts';

/** All layers of a tree, leaves first, the root (8 words) last. `leaves`: 8 words each, a power of two of them. */
export function buildTree(leaves: Uint32Array): Uint32Array[] {
  const count = leaves.length / DIGEST_WORDS;
  if (!Number.isInteger(Math.log2(count))) throw bug(`a tree of ${count} leaves`);
  const layers = [leaves];
  while (layers[layers.length - 1]!.length > DIGEST_WORDS) layers.push(parentLayer(layers[layers.length - 1]!));
  return layers;
}

/** The root of `buildTree`'s layers. */
export const rootOf = (layers: readonly Uint32Array[]): Digest => layers[layers.length - 1]!;

/** A node of a tree; layer 0 is the leaves. */
export interface NodePosition {
  layer: number;
  index: number;
}

/** Strictly increasing positions inside a tree of 2^height leaves, or nothing can be opened there. @throws rejected ZK0108 */
function requirePositions(height: number, positions: readonly number[]): void {
  const last = positions.length - 1;
  if (last < 0) throw rejected('ZK0108', 'an opening without positions', 'multiproof');
  for (let i = 1; i <= last; i++) {
    if (!(positions[i]! > positions[i - 1]!)) {
      throw rejected(
        'ZK0108',
        'positions of an opening are not strictly increasing',
        'multiproof',
        `${positions[i]} after ${positions[i - 1]}`,
      );
    }
  }
  if (!(positions[0]! >= 0 && positions[last]! < 2 ** height)) {
    throw rejected('ZK0108', 'a position of an opening is outside the tree', 'multiproof', `height ${height}, position ${positions[last]}`);
  }
}

/**
 * Visits the nodes whose digests the leaves at `positions` do not determine, in proof order.
 * @throws rejected ZK0108
 */
export function visitWitnesses(height: number, positions: readonly number[], visit: (layer: number, index: number) => void): void {
  requirePositions(height, positions);
  let at: readonly number[] = positions;
  for (let layer = 0; layer < height; layer++) {
    const parents: number[] = [];
    for (let i = 0; i < at.length; i++) {
      const position = at[i]!;
      if (position % 2 === 0 && at[i + 1] === position + 1) i++;
      else visit(layer, position ^ 1);
      parents.push(position >>> 1);
    }
    at = parents;
  }
}

/** The same nodes as a list. @throws rejected ZK0108 */
export function witnessPositions(height: number, positions: readonly number[]): NodePosition[] {
  const nodes: NodePosition[] = [];
  visitWitnesses(height, positions, (layer, index) => nodes.push({ layer, index }));
  return nodes;
}

/** The digests at `witnessPositions`, 8 words each. */
export function witnesses(layers: readonly Uint32Array[], positions: readonly number[]): Uint32Array {
  const nodes = witnessPositions(layers.length - 1, positions);
  const words = new Uint32Array(DIGEST_WORDS * nodes.length);
  for (const [i, { layer, index }] of nodes.entries())
    words.set(layers[layer]!.subarray(DIGEST_WORDS * index, DIGEST_WORDS * (index + 1)), DIGEST_WORDS * i);
  return words;
}

/**
 * The root that leaves at these positions and the witnesses from `take` determine.
 * @param height log2 of the number of leaves
 * @param positions strictly increasing
 * @param leaves the leaf digest at each position, 8 words each
 * @param take writes the next witness to word `at` of an array; it is called exactly `witnessPositions(height, positions).length` times
 * @throws rejected ZK0108 for positions that are empty, not strictly increasing or outside the tree
 */
export function rootFrom(
  height: number,
  positions: readonly number[],
  leaves: Uint32Array,
  take: (to: Uint32Array, at: number) => void,
): Digest {
  requirePositions(height, positions);
  if (leaves.length !== DIGEST_WORDS * positions.length)
    throw bug(`${leaves.length / DIGEST_WORDS} leaf digests at ${positions.length} positions`);
  // both shrink in place, layer by layer: an object for every digest was a third of the verifier's garbage
  const at = Uint32Array.from(positions);
  const known = leaves.slice();
  const pair = new Uint32Array(2 * DIGEST_WORDS);
  let count = at.length;
  for (let layer = 0; layer < height; layer++) {
    let parents = 0;
    for (let i = 0; i < count; i++, parents++) {
      const position = at[i]!;
      if (position % 2 === 0 && i + 1 < count && at[i + 1] === position + 1) {
        writeParent(known, DIGEST_WORDS * parents, known, DIGEST_WORDS * i);
        i++;
      } else {
        const own = position % 2 === 1 ? DIGEST_WORDS : 0;
        take(pair, DIGEST_WORDS - own);
        for (let c = 0; c < DIGEST_WORDS; c++) pair[own + c] = known[DIGEST_WORDS * i + c]!;
        writeParent(known, DIGEST_WORDS * parents, pair, 0);
      }
      at[parents] = position >>> 1;
    }
    count = parents;
  }
  return known.slice(0, DIGEST_WORDS);
}
