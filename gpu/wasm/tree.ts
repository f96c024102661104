// Merkle trees in the WASM memory: leaves absorb 16 columns at a time for four rows in the lanes, states of lower columns are raised
// when the height grows, subtrees are hashed while their leaves are in the cache. Source: PCS.md §5 (D2-D4).
// Caveat: at least four leaves; the layers of four and fewer nodes stay on the JavaScript side.
import type { Opening } from '../../fri/backend.ts';
import { lift } from '../../fri/circle.ts';
import { type Digest, nodeDigest } from '../../fri/digest.ts';
import { bug } from '../../fri/errors.ts';
import { witnessPositions } from '../../fri/merkle.ts';
import { BLOCK_BYTES, CHUNK_GROUPS, GROUP_BYTES, STAGE_BYTES } from './kernels/blake2s.ts';
import { CONSTANT } from './map.ts';
import type { Column, Session } from './session.ts';

export interface StoredTree {
  readonly height: number;
  readonly root: Digest;
  /** addresses of the layers of four nodes and more, leaves first */
  readonly layers: readonly number[];
  /** the digests of the two layers above them, in full */
  readonly top: readonly (readonly Digest[])[];
}

/** columns of a compression */
const WIDTH = 16;
const NODES_OF_GROUP = 4;
/** a lift by which every position reads value 0 or 1 */
const PAD_LIFT = 28;

/** header and column list of the blocks of one height */
function stageWords(
  blocks: readonly { columns: readonly Column[]; bytes: number; last: boolean }[],
  height: number,
  header: number[],
): Uint32Array {
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

/** a tree over whole rows of columns in commit order (ascending height) */
export function buildTree(session: Session, columns: readonly Column[]): StoredTree {
  const height = columns.at(-1)?.logSize ?? 0;
  if (height < 2) throw bug(`a tree of height ${height}`);
  const layers: number[] = [];
  for (let log = height; log >= 2; log--) layers.push(session.memory.allocate(2 ** (log - 2) * GROUP_BYTES));
  const groupsOf = (log: number): number => 2 ** (log - 2);

  const blocks: { columns: readonly Column[]; bytes: number; last: boolean; height: number }[] = [];
  for (let from = 0; from < columns.length; from += WIDTH) {
    const part = columns.slice(from, from + WIDTH);
    const last = from + WIDTH >= columns.length;
    blocks.push({ columns: part, bytes: 4 * (last ? columns.length : from + WIDTH), last, height: part.at(-1)!.logSize });
  }
  session.withTables((table, room) => {
    const layerTable = table(layers);
    let below: { address: number; height: number } | undefined;
    for (const stage of [...new Set(blocks.map((b) => b.height))]) {
      const top = stage === height;
      const states = top ? layers[0]! : room(groupsOf(stage) * GROUP_BYTES);
      const own = blocks.filter((b) => b.height === stage);
      const header = [states, below?.address ?? 0, below ? stage - below.height : 0, own.length, top ? layerTable : 0];
      const address = table(stageWords(own, stage, header));
      const groups = groupsOf(stage);
      const size = pieceSize(session, groups);
      const tasks = [];
      for (let first = 0; first < groups; first += size) tasks.push(session.task('leaves', address, first, size));
      session.run(tasks);
      below = { address: states, height: stage };
    }
    // the leaves' pieces left one group for every CHUNK_GROUPS
    let level = Math.min(Math.log2(CHUNK_GROUPS), height - 2);
    while (level < height - 2) {
      const groups = groupsOf(height - level);
      const size = Math.min(CHUNK_GROUPS, groups);
      const tasks = [];
      for (let first = 0; first < groups; first += size) tasks.push(session.task('subtree', layerTable + 4 * level, first, size));
      session.run(tasks);
      level += Math.log2(size);
    }
  });
  const four = Array.from({ length: NODES_OF_GROUP }, (_, i) => digestAt(session, layers.at(-1)!, i));
  const two = [nodeDigest(four[0]!, four[1]!), nodeDigest(four[2]!, four[3]!)];
  const root = nodeDigest(two[0]!, two[1]!);
  return { height, layers, top: [two, [root]], root };
}

/** groups of a task: a multiple of CHUNK_GROUPS, a few tasks for every thread */
function pieceSize(session: Session, groups: number): number {
  let size = groups;
  while (size > CHUNK_GROUPS && groups / size < 16 * session.threads) size /= 2;
  return size;
}

function digestAt(session: Session, layer: number, node: number): Digest {
  const words = session.words();
  const start = (layer + Math.floor(node / NODES_OF_GROUP) * GROUP_BYTES) / 4 + (node % NODES_OF_GROUP);
  const digest = new Uint32Array(8);
  for (let i = 0; i < 8; i++) digest[i] = words[start + 4 * i]!;
  return digest;
}

export function releaseTree(session: Session, tree: StoredTree): void {
  for (const layer of tree.layers) session.memory.release(layer);
}

/** the sibling digests of the pruned multiproof */
export const treeWitnesses = (session: Session, tree: StoredTree, positions: readonly number[]): Digest[] =>
  witnessPositions(tree.height, positions).map(({ layer, index }) => {
    const address = tree.layers[layer];
    return address === undefined ? tree.top[layer - tree.layers.length]![index]! : digestAt(session, address, index);
  });

/** rows at these leaves, and witnesses */
export function openRows(session: Session, tree: StoredTree, columns: readonly Column[], positions: readonly number[]): Opening {
  const memory = session.words();
  const words = new Uint32Array(positions.length * columns.length);
  let at = 0;
  for (const position of positions)
    for (const { address, logSize } of columns) words[at++] = memory[address / 4 + lift(position, tree.height, logSize)]!;
  return { words, witnesses: treeWitnesses(session, tree, positions) };
}
