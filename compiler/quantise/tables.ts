// Table slots: fine intervals where the calibrated values are, then some that widen with the distance from zero like floating-point numbers, then
// coarse saturating ones out to the proven bound, so that every input has an entry. Source: AIR.md §5.4, DESIGN §6. Every divisor u in use
// costs u rows of range table, shared by all slots; so the coarse divisors are chosen once for the whole program.
// Caveat: divisors are powers of two only.
import { bug } from '../../fri/core/errors.ts';
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import type { Slot } from '../../vm/program/types.ts';
import { nearestInUse, OCTAVE, type Quantity } from './targets.ts';

/** What a table stands for, in its own integers, so that it is known where it is that. */
export interface Truth {
  /** neither rounded nor limited; not finite at a pole */
  ideal: (c: number) => number;
  /** how far the value of a coarse interval may be from it anywhere in the interval */
  near: number;
  /** the same as a share of the value itself, where the table goes on beyond the calibrated values */
  share?: number;
  /** how far the value of a fine interval may be from it at the interval's ends */
  steep: number;
}

/** How far the value of a coarse interval may be from what it stands for. */
export const tolerance = ({ near, share = 0 }: Truth, ideal: number): number => Math.max(near, share * Math.abs(ideal));

/** of a table that computes with integers; @param octave how many integers an octave has beyond those that are all in use */
export const exactly = (ideal: Truth['ideal'], octave?: number): Truth => ({
  ideal,
  near: 0.5,
  steep: Number.POSITIVE_INFINITY,
  ...(octave && { share: 1 / octave }),
});

/** What a STORE needs: y = value(c) for the accumulator c, exactly at the centre of each interval. */
export interface SlotRequest {
  name: string;
  /** requests with the same one have the same table, but for how far it reaches; a table of its own if left out */
  key?: string;
  /** divisor of the fine intervals, a power of two */
  u: number;
  /** first and last fine interval: q from … to */
  from: number;
  to: number;
  /** every valid accumulator lies in [low, high] */
  low: number;
  high: number;
  value: (c: number) => number;
  truth: Truth;
  /** the table goes on from here to there: outside of the fine intervals none is wider than `share` of its distance from zero */
  gradual?: { low: number; high: number; share: number };
  /** no intervals where it is not what it stands for */
  ends?: boolean;
}

/** accumulators are proved to stay this far inside (-2^30, 2^30), so that the last coarse interval fits too */
export const REACH_LIMIT = ACCUMULATOR_BOUND - 2 ** 17;
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

function rowsFor(requests: readonly SlotRequest[], coarse: readonly number[]): number {
  const divisors = new Set<number>();
  let rows = 0;
  for (const request of requests) {
    const { below, above } = coarseRuns(request, coarse);
    divisors.add(request.u);
    rows += request.to - request.from + 1;
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

/** Integers, and those of them that are all in use: beyond, only every second, fourth, ... is. */
export type Integers = Pick<Quantity, 'lo' | 'hi' | 'fine'>;

/** The integers that are all in use in some of the sources; undefined where all are. */
export function allFine(sources: readonly Integers[]): Quantity['fine'] {
  if (sources.every(({ fine }) => !fine)) return undefined;
  const ends = sources.map(({ lo, hi, fine }) => fine ?? [lo, hi]);
  return [Math.min(0, ...ends.map(([lo]) => lo)), Math.max(0, ...ends.map(([, hi]) => hi))];
}

/** y = c for lo ≤ c ≤ hi: exactly for what a tensor with this quantity has. */
export function identityRequest({ lo, hi, fine }: Integers, slack = 0): SlotRequest {
  const [from, to] = fine ?? [lo, hi];
  const name = `identity ${lo} … ${hi}${fine ? `, fine ${from} … ${to}` : ''}`;
  return {
    name,
    key: name,
    u: 1,
    from,
    to,
    low: lo - slack,
    high: hi + slack,
    value: (c) => limited(nearestInUse(c, fine), lo, hi),
    truth: exactly((c) => c, fine && OCTAVE),
    ...(fine && { gradual: { low: lo, high: hi, share: 1 / OCTAVE } }),
  };
}

/** y = max(0, c) for |c| ≤ hi − lo. */
function positiveRequest({ lo, hi, fine }: Integers): SlotRequest {
  const reach = hi - lo;
  const exact = fine ? fine[1] - fine[0] : reach;
  const name = `positive part up to ${reach}${fine ? `, fine to ${exact}` : ''}`;
  return {
    name,
    key: name,
    u: 1,
    from: 0,
    to: exact,
    low: -reach - slackOf({ lo, hi, fine }),
    high: reach + slackOf({ lo, hi, fine }),
    value: (c) => limited(nearestInUse(Math.max(0, c), fine && [0, exact]), 0, reach),
    truth: exactly((c) => Math.max(0, c), fine && OCTAVE),
    ...(fine && { gradual: { low: 0, high: reach, share: 1 / OCTAVE } }),
  };
}

/** Tables of max(a, b) = a + positive(b − a), twice: the positive part, and what the sum is stored with. */
export function maximumRequests(result: Integers): { larger: SlotRequest; last: SlotRequest } {
  const larger = positiveRequest(result);
  return { larger, last: result.lo >= 0 && !result.fine ? larger : identityRequest(result, 2 * slackOf(result)) };
}

const limited = (x: number, lo: number, hi: number): number => Math.min(Math.max(x, lo), hi);

/** what a maximum of such integers may be off by: the positive part of a difference is that of the middle of an interval */
const slackOf = ({ lo, hi, fine }: Integers): number => (fine ? Math.ceil((hi - lo) / OCTAVE) : 0);

/** The tables that requests need: those with the same key share one that reaches as far as any of them. */
export class Shared {
  readonly requests: SlotRequest[] = [];
  readonly #places = new Map<string, number>();

  /** @returns the place of its table in the list */
  add(request: SlotRequest): number {
    const known = request.key === undefined ? undefined : this.#places.get(request.key);
    if (known === undefined) {
      if (request.key !== undefined) this.#places.set(request.key, this.requests.length);
      return this.requests.push(request) - 1;
    }
    const { low, high } = this.requests[known]!;
    if (request.low < low || request.high > high)
      this.requests[known] = { ...this.requests[known]!, low: Math.min(low, request.low), high: Math.max(high, request.high) };
    return known;
  }
}

/** Collects the slots of a program; equal requests share one. */
export class Tables {
  /** @param coarse divisors for all slots; chosen when all are known if left out */
  constructor(private readonly coarse?: readonly number[]) {}

  readonly #shared = new Shared();
  readonly #places = new Map<SlotRequest, number>();
  #exact: Int32Array[] = [];

  /** @returns the id of the slot */
  request(request: SlotRequest): number {
    if (request.low < -REACH_LIMIT || request.high > REACH_LIMIT)
      throw bug(`slot ${request.name} reaches [${request.low}, ${request.high}]`);
    const place = this.#shared.add(request);
    this.#places.set(request, place);
    return place + 1;
  }

  /** y = c for lo ≤ c ≤ hi */
  identity(integers: Integers): number {
    return this.request(identityRequest(integers));
  }

  /** Where the table of a request is what it stands for, once all are finished. */
  exactOf(request: SlotRequest): Int32Array | undefined {
    return this.#exact[this.#places.get(request) ?? -1];
  }

  /**
   * All slots, and the rows of the lookup table with its range tables, before padding.
   * @param strict leave out the intervals where a table is not what it stands for
   */
  finish(strict = false): { slots: Slot[]; rows: number } {
    const { requests } = this.#shared;
    const coarse = this.coarse ?? chooseCoarse(requests).coarse;
    this.#exact = [];
    const slots = requests.map((request, i): Slot => {
      const all = intervalsOf(request, coarse);
      const exact = exactRanges(request, all);
      this.#exact.push(exact);
      return { id: i + 1, name: request.name, intervals: strict || request.ends ? intervalsIn(all, exact) : all, exact };
    });
    const divisors = new Set<number>();
    let rows = 0;
    for (const { intervals } of slots) {
      rows += intervals.length / 3;
      for (let i = 0; i < intervals.length; i += 3) divisors.add(intervals[i]!);
    }
    for (const u of divisors) rows += u;
    return { slots, rows };
  }
}

/** points of a coarse interval that are looked at, its ends included: a function that turns between them has to turn often */
const PROBES = 9;

/** Where a table is what it stands for: pairs from, to of accumulators. @param intervals as `intervalsOf` gives them */
export function exactRanges({ u, from, to, truth }: SlotRequest, intervals: Int32Array): Int32Array {
  const { ideal, steep } = truth;
  const ranges: number[] = [];
  for (let i = 0; i < intervals.length; i += 3) {
    const [divisor, q, y] = [intervals[i]!, intervals[i + 1]!, intervals[i + 2]!];
    const start = divisor * q;
    const is = (c: number, most: number): boolean => Math.abs(ideal(c) - y) <= most;
    const middle = start + (divisor - 1) / 2;
    const holds =
      divisor === u && q >= from && q <= to
        ? steep === Number.POSITIVE_INFINITY
          ? Number.isFinite(ideal(middle))
          : is(middle - divisor / 2, steep) && is(middle + divisor / 2, steep)
        : Array.from({ length: PROBES }, (_, k) => start + Math.round((k * (divisor - 1)) / (PROBES - 1))).every((c) =>
            is(c, tolerance(truth, ideal(c))),
          );
    if (!holds) continue;
    if (ranges.length && ranges.at(-1) === start) ranges[ranges.length - 1] = start + divisor;
    else ranges.push(start, start + divisor);
  }
  return Int32Array.from(ranges);
}

/** The intervals that lie in these ranges. */
function intervalsIn(intervals: Int32Array, ranges: Int32Array): Int32Array {
  let range = 0;
  return intervals.filter((_, k) => {
    const i = k - (k % 3);
    const start = intervals[i]! * intervals[i + 1]!;
    while (range < ranges.length && ranges[range + 1]! <= start) range += 2;
    return range < ranges.length && ranges[range]! <= start;
  });
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
  for (let q = from; q <= to; q++) push(u, q);
  at = (to + 1) * u;
  for (const [divisor, count] of above) for (let i = 0; i < count; i++, at += divisor) push(divisor, at / divisor);
  return Int32Array.from(triples);
}
