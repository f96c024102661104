// Rows of the chips that instructions cause. Source: emitter.ts, which counts them. Caveat: a type alone.

/** Rows of the chips that the program fills, before padding to powers of two. */
export interface RowCounts {
  cpu: number;
  mac: number;
  store: number;
}
