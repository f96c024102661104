// Merkle trees in the WASM memory: leaves absorb 16 columns at a time for four rows in the lanes, states of lower columns are raised
// when the height grows, subtrees are hashed while their leaves are in the cache. Source: PCS.md §5 (D2-D4).
// Caveat: at least four leaves; the layers of fewer than four nodes stay on the JavaScript side. The lowest layers of a large
// tree are not kept: its columns must live until it is opened.
import type { Opening } from '../../fri/backend/seam.ts';
import { lift } from '../../fri/core/circle.ts';
import { DIGEST_WORDS, type Digest, nodeDigest, writeParents } from '../../fri/core/digest.ts';
import { bug } from '../../fri/core/errors.ts';
import { visitWitnesses } from '../../fri/core/merkle.ts';
import { BLOCK_BYTES, CHUNK_GROUPS, GROUP_BYTES, STAGE_BYTES } from './kernels/blake2s.ts';
import { CONSTANT } from './map.ts';
import type { Column, Session } from './session.ts';
import { DROPPED_LAYERS } from './sizes.ts';

export interface StoredTree {
  readonly height: number;
  readonly root: Digest;
  /** lowest layer that is kept: 0, or DROPPED_LAYERS when the leaves are hashed again for the openings */
  readonly first: number;
  /** addresses of the kept layers of four nodes and more, lowest first */
  readonly layers: readonly number[];
  /** the digests of the two layers above them, in full */
  readonly top: readonly (readonly Digest[])[];
}

/** columns of a compression */
const WIDTH = 16;
const NODES_OF_GROUP = 4;
const GROUP_LOG = 2;
/** a lift by which every position reads value 0 or 1 */
const PAD_LIFT = 28;
const CHUNK_LOG = GROUP_LOG + Math.log2(CHUNK_GROUPS);

interface BlockOfColumns {
  columns: readonly Column[];
  bytes: number;
  last: boolean;
  height: number;
}

function blocksOf(columns: readonly Column[]): BlockOfColumns[] {
  const blocks: BlockOfColumns[] = [];
  for (let from = 0; from < columns.length; from += WIDTH) {
    const part = columns.slice(from, from + WIDTH);
    const last = from + WIDTH >= columns.length;
    blocks.push({ columns: part, bytes: 4 * (last ? columns.length : from + WIDTH), last, height: part.at(-1)!.logSize });
  }
  return blocks;
}

/** header and column list of the blocks of one height, as kernels/blake2s.ts reads them */
function stageWords(blocks: readonly BlockOfColumns[], height: number, header: readonly number[]): Uint32Array {
  const words = new Uint32Array((STAGE_BYTES + blocks.length * BLOCK_BYTES) / 4);
  words.set(header);
  blocks.forEach(({ columns, bytes, last }, i) => {
    const at = (STAGE_BYTES + i * BLOCK_BYTES) / 4;
    words.set([bytes, last ? 1 : 0], at);
    for (let c = 0; c < WIDTH; c++) {
      const column = columns[c];
      words.set(column ? [column.address, height - column.logSize] : [CONSTANT.zero, PAD_LIFT], at + 2 + 2 * c);
    }
  });
  return words;
}

/**
 * A tree over whole rows of columns in commit order (ascending height).
 * @param keepLeaves keep the lowest layers too: for columns that are given back before the tree is opened
 */
export function buildTree(session: Session, columns: readonly Column[], keepLeaves = false): StoredTree {
  const height = columns.at(-1)?.logSize ?? 0;
  if (height < GROUP_LOG) throw bug(`a tree of height ${height}`);
  const first = keepLeaves || height < CHUNK_LOG ? 0 : DROPPED_LAYERS;
  const layers: number[] = [];
  for (let log = height - first; log >= GROUP_LOG; log--) layers.push(session.memory.allocate(2 ** (log - GROUP_LOG) * GROUP_BYTES));
  const groupsOf = (log: number): number => 2 ** (log - GROUP_LOG);

  const blocks = blocksOf(columns);
  session.withTables((table, room) => {
    const layerTable = table(layers);
    let below: { address: number; height: number } | undefined;
    for (const stage of [...new Set(blocks.map((b) => b.height))]) {
      const top = stage === height;
      const groups = groupsOf(stage);
      const states = !top ? room(groups * GROUP_BYTES) : first === 0 ? layers[0]! : 0;
      const own = blocks.filter((b) => b.height === stage);
      const header = [states, below?.address ?? 0, below ? stage - below.height : 0, own.length, top ? layerTable : 0];
      const address = table(stageWords(own, stage, header));
      const size = pieceSize(session, groups);
      session.run('leaves', { stage: address, first: 0, groups: size }, (next, add) => {
        for (let from = 0; from < groups; from += size) {
          next.first = from;
          add();
        }
      });
      below = { address: states, height: stage };
    }
    // the leaves' pieces left one group for every CHUNK_GROUPS
    for (let log = Math.max(GROUP_LOG, height - CHUNK_LOG + GROUP_LOG); log > GROUP_LOG; ) {
      const groups = groupsOf(log);
      const size = Math.min(CHUNK_GROUPS, groups);
      const at = layerTable + 4 * (height - first - log);
      session.run('subtree', { layers: at, group: 0, groups: size }, (next, add) => {
        for (let from = 0; from < groups; from += size) {
          next.group = from;
          add();
        }
      });
      log -= Math.log2(size);
    }
  });
  const four = Array.from({ length: NODES_OF_GROUP }, (_, i) => digestAt(session, layers.at(-1)!, i));
  const two = [nodeDigest(four[0]!, four[1]!), nodeDigest(four[2]!, four[3]!)];
  const root = nodeDigest(two[0]!, two[1]!);
  return { height, first, layers, top: [two, [root]], root };
}

/** groups of a task: a multiple of CHUNK_GROUPS, a few tasks for every thread */
function pieceSize(session: Session, groups: number): number {
  let size = groups;
  while (size > CHUNK_GROUPS && groups / size < 32 * session.threads) size /= 2;
  return size;
}

function digestAt(session: Session, layer: number, node: number): Digest {
  const digest = new Uint32Array(DIGEST_WORDS);
  copyDigest(digest, 0, session.words(), layer, node);
  return digest;
}

/** @param layer byte address of its first group in `words` */
function copyDigest(to: Uint32Array, at: number, words: Uint32Array, layer: number, node: number): void {
  const start = (layer + Math.floor(node / NODES_OF_GROUP) * GROUP_BYTES) / 4 + (node % NODES_OF_GROUP);
  for (let i = 0; i < DIGEST_WORDS; i++) to[at + i] = words[start + 4 * i]!;
}

export function releaseTree(session: Session, tree: StoredTree): void {
  for (const layer of tree.layers) session.memory.release(layer);
}

/** The sibling digests of the pruned multiproof. @param columns what the tree is over, if it did not keep its leaves */
export function treeWitnesses(
  session: Session,
  tree: StoredTree,
  positions: readonly number[],
  columns: readonly Column[] = [],
): Uint32Array {
  // layer and index of each in turn: an object for each of 2000 nodes is what V8 now and then takes for long-lived
  const nodes: number[] = [];
  visitWitnesses(tree.height, positions, (layer, index) => nodes.push(layer, index));
  const digests = new Uint32Array((DIGEST_WORDS * nodes.length) / 2);
  if (tree.first > 0) hashAgain(session, columns, tree.height, nodes, digests);
  for (let i = 0, to = 0; i < nodes.length; i += 2, to += DIGEST_WORDS) {
    const layer = nodes[i]! - tree.first;
    const index = nodes[i + 1]!;
    if (layer < 0) continue;
    const address = tree.layers[layer];
    if (address === undefined) digests.set(tree.top[layer - tree.layers.length]![index]!, to);
    else copyDigest(digests, to, session.words(), address, index);
  }
  return digests;
}

/** writes the digests of the dropped nodes among `nodes` (layer, index) to `digests`, out of leaves that are hashed a second time */
function hashAgain(session: Session, columns: readonly Column[], height: number, nodes: readonly number[], digests: Uint32Array): void {
  // a dropped node has at most the leaves of one group below it
  const groupOf = (layer: number, index: number): number => Math.floor(index / 2 ** (GROUP_LOG - layer));
  const places = new Map<number, number>();
  for (let i = 0; i < nodes.length; i += 2) {
    const group = groupOf(nodes[i]!, nodes[i + 1]!);
    if (nodes[i]! < DROPPED_LAYERS && !places.has(group)) places.set(group, places.size);
  }
  session.withTables((table, room) => {
    const blocks = blocksOf(columns);
    const stage = table(stageWords(blocks, height, [0, 0, 0, blocks.length, 0]));
    const out = room(GROUP_BYTES * places.size);
    session.run('leafGroup', { stage, group: 0, out }, (next, add) => {
      for (const [group, place] of places) {
        next.group = group;
        next.out = out + GROUP_BYTES * place;
        add();
      }
    });
    const words = session.words();
    const below = new Uint32Array(DIGEST_WORDS * NODES_OF_GROUP);
    for (let i = 0, to = 0; i < nodes.length; i += 2, to += DIGEST_WORDS) {
      const layer = nodes[i]!;
      const index = nodes[i + 1]!;
      if (layer >= DROPPED_LAYERS) continue;
      const leaves = 2 ** layer;
      const first = (index * leaves) % NODES_OF_GROUP;
      const group = out + GROUP_BYTES * places.get(groupOf(layer, index))!;
      for (let leaf = 0; leaf < leaves; leaf++) copyDigest(below, DIGEST_WORDS * leaf, words, group, first + leaf);
      for (let count = leaves / 2; count >= 1; count /= 2) writeParents(below, below, count);
      for (let w = 0; w < DIGEST_WORDS; w++) digests[to + w] = below[w]!;
    }
  });
}

/** rows at these leaves, and witnesses */
export function openRows(session: Session, tree: StoredTree, columns: readonly Column[], positions: readonly number[]): Opening {
  const memory = session.words();
  const words = new Uint32Array(positions.length * columns.length);
  let at = 0;
  for (const position of positions)
    for (const { address, logSize } of columns) words[at++] = memory[address / 4 + lift(position, tree.height, logSize)]!;
  return { words, witnesses: treeWitnesses(session, tree, positions, columns) };
}
