// Whether the tables of a program are what they stand for. A compiled table is fine where the calibrated values are; beyond, it goes on with coarse
// intervals that saturate, or, compiled to be strict, it ends. Source: DESIGN §6. Caveat: which intervals are exact is what the compiler knew of the
// function, and a claim in a file from somebody else: from the intervals alone nobody can tell a Clip from a saturated Relu. The loader checks that
// the ranges consist of intervals, the model id covers them, and only compiling the ONNX file again says that they are true.
import type { Slot } from './types.ts';

/** strict: no value can pass a table where the file does not call it exact; unknown: a program that does not say, made by hand */
export type TableKind = 'strict' | 'saturating' | 'unknown';

/**
 * Marks the intervals of a slot that lie in none of its exact ranges.
 * @returns one number an interval, 1 where it is not exact; undefined where the slot does not say
 */
export function inexactIntervals({ intervals, exact }: Pick<Slot, 'intervals' | 'exact'>): Uint8Array | undefined {
  if (!exact) return undefined;
  let range = 0;
  return Uint8Array.from({ length: intervals.length / 3 }, (_, i) => {
    const start = intervals[3 * i]! * intervals[3 * i + 1]!;
    while (range < exact.length && exact[range + 1]! <= start) range += 2;
    return range < exact.length && exact[range]! <= start ? 0 : 1;
  });
}

/** The intervals of a slot that lie in one of its exact ranges. */
export function exactIntervals(slot: Pick<Slot, 'intervals' | 'exact'>): Int32Array {
  const marks = inexactIntervals(slot);
  return marks ? slot.intervals.filter((_, i) => marks[Math.floor(i / 3)] === 0) : slot.intervals;
}

/** What is wrong with the exact ranges of a slot; undefined if nothing. The intervals must ascend. */
export function brokenRange({ intervals, exact }: Slot): string | undefined {
  if (!exact) return undefined;
  if (exact.length % 2 !== 0) return 'an exact range has two ends';
  let i = 0;
  let end = Number.NEGATIVE_INFINITY;
  const startOf = (interval: number): number => intervals[3 * interval]! * intervals[3 * interval + 1]!;
  for (let r = 0; r < exact.length; r += 2) {
    const [from, to] = [exact[r]!, exact[r + 1]!];
    const text = `exact range [${from}, ${to})`;
    while (3 * i < intervals.length && startOf(i) < from) i++;
    if (from >= to || 3 * i >= intervals.length || startOf(i) !== from) return `${text} does not begin with an interval`;
    if (from === end) return `${text} continues the one before`;
    // intervals side by side up to the end of the range
    for (end = from; 3 * i < intervals.length && startOf(i) === end && end < to; i++) end += intervals[3 * i]!;
    if (end !== to) return `${text} does not end with an interval`;
  }
  return undefined;
}

/** A slot of which the program does not say where it is exact; none in what the compiler makes. */
export const silentSlot = <S extends Pick<Slot, 'exact'>>({ slots }: { slots: readonly S[] }): S | undefined =>
  slots.find(({ exact }) => !exact);

/** Whether a value can pass a table of the program where it is not exact. */
export function tableKind({ slots }: { slots: readonly Pick<Slot, 'intervals' | 'exact'>[] }): TableKind {
  if (slots.length === 0) return 'unknown';
  const marks = slots.map(inexactIntervals);
  if (marks.some((mark) => mark?.includes(1))) return 'saturating';
  return marks.every((mark) => mark !== undefined) ? 'strict' : 'unknown';
}
