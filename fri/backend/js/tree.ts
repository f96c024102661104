// Merkle trees over whole rows of columns of different heights. Source: PCS.md §5 (D2, D3, D4). Columns come in ascending
// height, so a block of 16 is absorbed once per row of its own height and the hash state is copied when the height grows.
// Caveat: all layers are kept for the openings, 64 bytes a leaf.
import { compress, initialState, PURPOSE } from '../../core/blake2s.ts';
import { lift } from '../../core/circle.ts';
import { buildTree } from '../../core/merkle.ts';

/** an evaluation: storage order, 2^logSize values */
export interface Evaluation {
  values: Uint32Array;
  logSize: number;
}

/** leaf digests (8 words each) of rows over all columns, lifted to the largest height */
export function leafDigests(columns: readonly Evaluation[], height: number): Uint32Array {
  let logSize = columns[0]?.logSize ?? height;
  const start = initialState(PURPOSE.LEAF);
  let states = new Uint32Array(8 * 2 ** logSize);
  for (let row = 0; row < 2 ** logSize; row++) states.set(start, 8 * row);
  const raise = (to: number): void => {
    if (to === logSize) return;
    const raised = new Uint32Array(8 * 2 ** to);
    for (let row = 0; row < 2 ** to; row++) {
      const from = 8 * lift(row, to, logSize);
      for (let i = 0; i < 8; i++) raised[8 * row + i] = states[from + i]!;
    }
    states = raised;
    logSize = to;
  };
  const message = new Uint32Array(16);
  const state = new Uint32Array(8);
  const blocks = Math.max(1, Math.ceil(columns.length / 16));
  for (let block = 0; block < blocks; block++) {
    const group = columns.slice(16 * block, 16 * block + 16);
    const last = block === blocks - 1;
    raise(Math.max(logSize, ...group.map((c) => c.logSize)));
    const bytes = 4 * (last ? columns.length : 16 * (block + 1));
    message.fill(0);
    for (let row = 0; row < 2 ** logSize; row++) {
      for (let c = 0; c < group.length; c++) {
        const column = group[c]!;
        message[c] = column.values[column.logSize === logSize ? row : lift(row, logSize, column.logSize)]!;
      }
      for (let i = 0; i < 8; i++) state[i] = states[8 * row + i]!;
      compress(state, message, 0, bytes, last);
      for (let i = 0; i < 8; i++) states[8 * row + i] = state[i]!;
    }
  }
  raise(height);
  for (let row = 0; row < 2 ** height; row++) states[8 * row + 7]! &= 0x00ffffff;
  return states;
}

/** layers of the tree, leaves first, 8 words a digest */
export const rowTree = (columns: readonly Evaluation[], height: number): Uint32Array[] => buildTree(leafDigests(columns, height));
