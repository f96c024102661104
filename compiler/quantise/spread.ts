// Which samples stand for all where all would be too many: the first ones, whose values are measured node by node, and others at even distances.
// Caveat: what is rare among many samples may be missed; ranges are therefore those of all samples.

/** samples on which the error of each node is measured, at most */
export const MEASURED_SAMPLES = 4;

/** Places of at most `most` of `count` samples, in order: the first MEASURED_SAMPLES among them, the others spread evenly. */
export function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  const first = Math.min(MEASURED_SAMPLES, most);
  const step = (count - first) / (most - first);
  return Array.from({ length: most }, (_, i) => (i < first ? i : first + Math.floor((i - first) * step)));
}
