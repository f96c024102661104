// A component as it was recorded: plain data that every evaluator, the layout and the arguments about components read.
// Source: AIR.md §1, §5.0. Caveat: nodes are indices into the component's own graph.
import type { Graph } from '../fri/backend/graph.ts';

export interface Constraint {
  label: string;
  node: number;
  degree: number;
  /** stated by the chip, definition of a register, or definition of a LogUp column */
  kind: 'base' | 'register' | 'sum';
}

/** A QM31 column with register = carry · (register on the row before) + add; on rows where `reset` is 1 the carry is 0 */
export interface Register {
  name: string;
  carry: number;
  add: number;
  reset: number;
}

export interface Fraction {
  numerator: number;
  denominator: number;
}

export interface Component {
  name: string;
  /** M31 columns in declaration order; `cell` indices run over preprocessed, then base */
  preprocessed: string[];
  base: string[];
  /** QM31 interaction columns are the registers, then one column for every entry of `sums` */
  registers: Register[];
  /** one or two fractions a column, each column with those before it: the last one has all fractions of its row */
  sums: Fraction[][];
  graph: Graph;
  constraints: Constraint[];
  /** columns read on the row before: base columns (index into `base`) and QM31 interaction columns */
  twoPoint: { base: number[]; interaction: number[] };
}
