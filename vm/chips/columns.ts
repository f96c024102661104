// The base columns of a component found by name while a chip's trace is filled. Whoever proves gives the columns, all zero, so that
// they may lie in a backend's memory. Caveat: names are looked up once a fill, never once a row.
import type { Component } from '../../air/recorded.ts';
import { bug } from '../../fri/core/errors.ts';
import { LANES } from '../program/isa.ts';

export interface NamedColumns {
  /** the base column of this name */
  column(name: string): Uint32Array;
  /** the 16 columns name0 … name15 */
  lanes(name: string): Uint32Array[];
}

/** @param columns all base columns, in the component's order */
export function namedColumns(component: Component, columns: readonly Uint32Array[]): NamedColumns {
  const names = new Map(component.base.map((name, i) => [name, columns[i]!]));
  const column = (name: string): Uint32Array => {
    const found = names.get(name);
    if (!found) throw bug(`${component.name} has no column ${name}`);
    return found;
  };
  return { column, lanes: (name) => Array.from({ length: LANES }, (_, t) => column(`${name}${t}`)) };
}

/** rows copied before the next column's turn: their words stay in the first-level cache, and columns of a power of two rows do not meet there */
const BLOCK_ROWS = 64;

/**
 * Words become rows of 16 columns: lane t of word i goes to `columns[t][row + i]`.
 * @param from first lane of the first word in `cells`
 * @param stride lanes from one word to the next
 */
export function wordsToColumns(
  cells: Uint32Array,
  from: number,
  stride: number,
  count: number,
  columns: readonly Uint32Array[],
  row: number,
): void {
  for (let start = 0; start < count; start += BLOCK_ROWS) {
    const end = row + Math.min(start + BLOCK_ROWS, count);
    for (let t = 0; t < LANES; t++) {
      const column = columns[t]!;
      for (let to = row + start, at = from + start * stride + t; to < end; to++, at += stride) column[to] = cells[at]!;
    }
  }
}
