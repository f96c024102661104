// placeholder
export interface ByHand {
  what: string;
  edits: readonly [file: string, find: string, replace: string][];
  killers?: readonly string[];
}
export const BY_HAND: readonly ByHand[] = [];
