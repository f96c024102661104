// What one instance of a chip holds of a run. Source: AIR.md §5. Caveat: a run never crosses instances, so a piece ends where a run ends.

/** Whole runs of one chip that become one instance: those of the cycles from `fromCycle` up to `toCycle`. */
export interface Piece {
  fromCycle: number;
  toCycle: number;
  /** rows of the chip before this piece */
  firstRow: number;
  rows: number;
}
