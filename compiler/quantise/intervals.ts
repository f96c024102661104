// Intervals of a table: fine ones where the calibrated values are, then some that widen with the distance from zero like floating-point numbers, then
// coarse saturating ones out to the proven bound, so that every input has an entry. Source: AIR.md §5.4, DESIGN §6. Every divisor u in use
// costs u rows of range table, shared by all slots; so the coarse divisors are chosen once for the whole program.
// Caveat: divisors are powers of two only.
import { type SlotRequest, tolerance } from './request.ts';

const MAX_COARSE_LOG = 17;
/** divisors that tables of single integers widen with: their range tables cost next to nothing */
const SMALL_DIVISORS = [2, 4, 8, 16, 32];

/**
 * Runs of equal intervals from `start` (a multiple of the first divisor) upward until `end` is covered: [divisor, count] pairs.
 * @param until end of the part in which a divisor is at most a share of the distance from zero
 */
function runs(start: number, end: number, divisors: readonly number[], until: number, share: number): [u: number, count: number][] {
  const result: [number, number][] = [];
  let at = start;
  for (const [i, u] of divisors.entries()) {
    if (at >= end) break;
    const next = divisors[i + 1];
    // towards zero intervals would have to become finer than they are: there they stay as they are
    const wide = next === undefined ? end : at < 0 ? until : Math.min(until, next / share);
    const aligned = next === undefined ? end : Math.ceil(Math.max(at, wide) / next) * next;
    const count = Math.ceil((Math.min(aligned, end) - at) / u);
    if (count > 0) result.push([u, count]);
    at += count * u;
  }
  return result;
}

/** intervals below and above the fine ones */
function coarseRuns({ u, from, to, low, high, gradual }: SlotRequest, coarse: readonly number[]) {
  const wider = gradual && u === 1 ? [...new Set([...SMALL_DIVISORS, ...coarse])].sort((a, b) => a - b) : coarse;
  const divisors = [u, ...wider.filter((v) => v > u)];
  const [first, last] = [from * u, (to + 1) * u];
  const { low: least, high: most, share } = gradual ?? { low: first, high: last, share: 1 };
  return { below: runs(-first, -low, divisors, -least, share), above: runs(last, high + 1, divisors, most, share) };
}

/** The widest intervals, at most `widest` each, between which stairs are constant over all fine accumulators: pairs u, q. */
function flight({ u, from, to }: SlotRequest, stairs: (c: number) => number, widest: number, most: number): number[] | undefined {
  const pairs: number[] = [];
  const end = (to + 1) * u;
  for (let at = from * u; at < end; ) {
    let size = widest;
    while (size > 1 && (at % size !== 0 || at + size > end || stairs(at) !== stairs(at + size - 1))) size /= 2;
    if (pairs.push(size, at / size) > 2 * most) return undefined;
    at += size;
  }
  return pairs;
}

/** intervals that stairs may have where the same in even steps would have fewer */
const MOST_STAIRS = 2 ** 15;

/** Pairs u, q, and every u in use: all choices of coarse divisors ask for those. */
interface Flight {
  pairs: readonly number[];
  divisors: ReadonlySet<number>;
}
const flights = new WeakMap<SlotRequest, Flight | null>();

/** Intervals of stairs with their range tables in the fewest rows; undefined for other requests, and where they are too many. */
function flightOf(request: SlotRequest): Flight | undefined {
  const { stairs, from, to } = request;
  if (!stairs) return undefined;
  const known = flights.get(request);
  if (known !== undefined) return known ?? undefined;
  const most = Math.max(MOST_STAIRS, to - from + 1);
  let best: number[] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let widest = 2 ** MAX_COARSE_LOG; widest >= 1; widest /= 2) {
    const pairs = flight(request, stairs, widest, most);
    // narrower ones are never fewer
    if (!pairs || pairs.length / 2 >= least) break;
    const rows = pairs.length / 2 + 2 * widest;
    if (rows < least) [least, best] = [rows, pairs];
  }
  const found = best && { pairs: best, divisors: new Set(best.filter((_, i) => i % 2 === 0)) };
  flights.set(request, found ?? null);
  return found;
}

/** Whether a table with stairs has room for them. */
export const hasRoom = (request: SlotRequest): boolean => flightOf(request) !== undefined;

function rowsFor(requests: readonly SlotRequest[], coarse: readonly number[]): number {
  const divisors = new Set<number>();
  let rows = 0;
  for (const request of requests) {
    const { below, above } = coarseRuns(request, coarse);
    const climbed = flightOf(request);
    if (climbed) {
      for (const u of climbed.divisors) divisors.add(u);
      rows += climbed.pairs.length / 2;
    } else {
      divisors.add(request.u);
      rows += request.to - request.from + 1;
    }
    for (const [u, count] of [...below, ...above]) {
      divisors.add(u);
      rows += count;
    }
  }
  for (const u of divisors) rows += u;
  return rows;
}

/** Coarse divisors that make the whole lookup table small: the best two, and more while they pay; and its rows. */
export function chooseCoarse(requests: readonly SlotRequest[]): { coarse: number[]; rows: number } {
  let best: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  const consider = (coarse: number[]): void => {
    const rows = rowsFor(requests, coarse);
    if (rows < least) [least, best] = [rows, coarse];
  };
  consider([]);
  for (let i = 1; i <= MAX_COARSE_LOG; i++) {
    consider([2 ** i]);
    for (let j = i + 1; j <= MAX_COARSE_LOG; j++) consider([2 ** i, 2 ** j]);
  }
  for (let before = Number.POSITIVE_INFINITY; least < before; ) {
    before = least;
    const chosen = best;
    for (let i = 1; i <= MAX_COARSE_LOG; i++) if (!chosen.includes(2 ** i)) consider([...chosen, 2 ** i].sort((a, b) => a - b));
  }
  return { coarse: best, rows: least };
}

/** points of a coarse interval that are looked at, its ends included: a function that turns between them has to turn often */
const PROBES = 9;

/** Whether interval [start, start + divisor), which gives y, is what the table stands for at the points that are looked at. */
function holdsAt({ truth }: SlotRequest, fine: boolean, start: number, divisor: number, y: number): boolean {
  const { ideal, near, steep } = truth;
  if (fine && steep === Number.POSITIVE_INFINITY && divisor === 1) return Math.abs(ideal(start) - y) <= near;
  const middle = start + (divisor - 1) / 2;
  if (fine && steep === Number.POSITIVE_INFINITY) return Number.isFinite(ideal(middle));
  if (fine) return Math.abs(ideal(middle - divisor / 2) - y) <= steep && Math.abs(ideal(middle + divisor / 2) - y) <= steep;
  for (let k = 0; k < PROBES; k++) {
    const exact = ideal(start + Math.round((k * (divisor - 1)) / (PROBES - 1)));
    if (!(Math.abs(exact - y) <= tolerance(truth, exact))) return false;
  }
  return true;
}

/** Where a table is what it stands for: pairs from, to of accumulators. @param intervals as `intervalsOf` gives them */
export function exactRanges(request: SlotRequest, intervals: Int32Array): Int32Array {
  const { u, from, to } = request;
  const ranges: number[] = [];
  for (let i = 0; i < intervals.length; i += 3) {
    const divisor = intervals[i]!;
    const q = intervals[i + 1]!;
    const start = divisor * q;
    if (!holdsAt(request, divisor === u && q >= from && q <= to, start, divisor, intervals[i + 2]!)) continue;
    if (ranges.length && ranges.at(-1) === start) ranges[ranges.length - 1] = start + divisor;
    else ranges.push(start, start + divisor);
  }
  return Int32Array.from(ranges);
}

/** What a table gives for an accumulator, beyond its fine intervals too; its intervals are made once. */
export function lookup(request: SlotRequest, coarse: readonly number[]): (c: number) => number {
  const known = made.get(request);
  const { starts, values } = known?.coarse === coarse ? known : remember(request, coarse);
  return (c) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= c) low = middle;
      else high = middle;
    }
    return values[low]!;
  };
}

interface MadeIntervals {
  coarse: readonly number[];
  starts: Float64Array;
  values: Float64Array;
}
const made = new WeakMap<SlotRequest, MadeIntervals>();

function remember(request: SlotRequest, coarse: readonly number[]): MadeIntervals {
  const triples = intervalsOf(request, coarse);
  const of = (value: (i: number) => number): Float64Array => Float64Array.from({ length: triples.length / 3 }, (_, i) => value(3 * i));
  const intervals = { coarse, starts: of((i) => triples[i]! * triples[i + 1]!), values: of((i) => triples[i + 2]!) };
  made.set(request, intervals);
  return intervals;
}

/** The intervals of a slot in ascending order, as triples u, q, y. */
export function intervalsOf(request: SlotRequest, coarse: readonly number[]): Int32Array {
  const { u, from, to, value } = request;
  const { below, above } = coarseRuns(request, coarse);
  const triples: number[] = [];
  const push = (divisor: number, q: number): void => {
    triples.push(divisor, q, value(divisor * q + (divisor - 1) / 2));
  };
  // runs below were counted on the mirrored axis: the farthest stand last
  let at = from * u - below.reduce((sum, [divisor, count]) => sum + divisor * count, 0);
  for (const [divisor, count] of [...below].reverse()) for (let i = 0; i < count; i++, at += divisor) push(divisor, at / divisor);
  const climbed = flightOf(request);
  if (climbed) for (let i = 0; i < climbed.pairs.length; i += 2) push(climbed.pairs[i]!, climbed.pairs[i + 1]!);
  else for (let q = from; q <= to; q++) push(u, q);
  at = (to + 1) * u;
  for (const [divisor, count] of above) for (let i = 0; i < count; i++, at += divisor) push(divisor, at / divisor);
  return Int32Array.from(triples);
}
