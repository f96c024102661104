// A copy of a tensor that a layout made necessary, as the report lists it. Source: sources.ts, which makes them. Caveat: a type alone.
import type { RowCounts } from '../layout/rows.ts';

/** One copy that a layout made necessary. */
export interface Copy {
  kind: 'repitch' | 'move' | 'relayout';
  /** the node that asked for it */
  where: string;
  elements: number;
  /** rows of the chips that it costs */
  rows: RowCounts;
}
