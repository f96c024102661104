// Plain loops over lists of numbers: millions of weights are looked at in them, where a call for each number takes ten times as long.
// Source: none needed. Caveat: they look at every element once more each time they are asked.

/** The largest absolute value, 0 for an empty list. */
export function largestOf(list: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < list.length; i++) most = Math.max(most, Math.abs(list[i]!));
  return most;
}

/** True if no number is infinite or NaN. */
export function allFinite(list: ArrayLike<number>): boolean {
  for (let i = 0; i < list.length; i++) if (!Number.isFinite(list[i]!)) return false;
  return true;
}
