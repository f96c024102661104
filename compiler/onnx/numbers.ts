// Plain loops over lists of numbers: millions of weights are looked at in them, where a call for each number takes ten times as long.
// Source: none needed. Caveat: they look at every element once more each time they are asked.

/** The largest absolute value, 0 for an empty list. */
export function largestOf(list: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < list.length; i++) most = Math.max(most, Math.abs(list[i]!));
  return most;
}

/** Integers below 2^31 at rest: long lists take half of what they take as doubles. */
export type Integers = Float64Array | Int32Array;

/** lists from here on are worth it */
const LONG = 2 ** 12;

/** @param list of integers below 2^31 */
export const atRest = (list: Integers): Integers => (list.length < LONG || list instanceof Int32Array ? list : new Int32Array(list));

/** The numbers of a list that may be at rest, for loops that are made for doubles. */
export const atWork = (list: Integers): Float64Array => (list instanceof Float64Array ? list : new Float64Array(list));

/** True if no number is infinite or NaN. */
export function allFinite(list: ArrayLike<number>): boolean {
  for (let i = 0; i < list.length; i++) if (!Number.isFinite(list[i]!)) return false;
  return true;
}
