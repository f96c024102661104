// What mathematics says of a value beyond what the ranges of its sources say: an interval, values that it is one of, or that its range is what
// its accumulator can reach. Operators that expand write it down, calibration has no say in it. Source: interval arithmetic.
// Caveat: intervals know nothing of how values depend on each other, which is why these facts are written down at all.

export type Limits = readonly [low: number, high: number];

/** A fact about a value of the graph. */
export interface Known {
  /** every element lies in it */
  within?: Limits;
  /** every element is zero, or lies in the range of one of these values */
  like?: readonly string[];
  /** its range is what its accumulator reaches with the sources anywhere in theirs */
  reached?: true;
}

/** The same with names resolved to the stored tensors that hold the values. */
export interface KnownRange {
  within: readonly Limits[];
  like: readonly { roots: readonly string[]; constants: Limits }[];
  reached: boolean;
}

/** Facts about one value, all of which hold. */
export function resolved(facts: readonly Known[], locate: (name: string) => { root: string } | { limits: Limits } | undefined): KnownRange {
  const found: KnownRange = { within: facts.flatMap(({ within }) => (within ? [within] : [])), like: [], reached: false };
  const like: KnownRange['like'][0][] = [];
  for (const { like: names } of facts) {
    const places = names?.map(locate) ?? [];
    if (places.length === 0 || places.includes(undefined)) continue;
    let [low, high] = [0, 0];
    for (const place of places)
      if (place && 'limits' in place) [low, high] = [Math.min(low, place.limits[0]), Math.max(high, place.limits[1])];
    like.push({ roots: places.flatMap((place) => (place && 'root' in place ? [place.root] : [])), constants: [low, high] });
  }
  return { ...found, like, reached: facts.some(({ reached }) => reached) };
}
