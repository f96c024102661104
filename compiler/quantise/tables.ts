// Table slots: fine intervals where the calibrated values are, coarse saturating ones out to the proven bound, so that every input has
// an entry. Source: AIR.md §5.4, DESIGN §6. Every divisor u in use costs u rows of range table, shared by all slots; so the coarse
// divisors are chosen once for the whole program. Caveat: divisors are powers of two only.
import { bug } from '../../fri/core/errors.ts';
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import type { Slot } from '../../vm/program/types.ts';

/** What a table stands for, in its own integers, so that it is known where it is that. */
export interface Truth {
  /** neither rounded nor limited; not finite at a pole */
  ideal: (c: number) => number;
  /** how far the value of a coarse interval may be from it anywhere in the interval */
  near: number;
  /** how far the value of a fine interval may be from it at the interval's ends */
  steep: number;
}

/** of a table that computes with integers */
export const exactly = (ideal: Truth['ideal']): Truth => ({ ideal, near: 0.5, steep: Number.POSITIVE_INFINITY });

/** What a STORE needs: y = value(c) for the accumulator c, exactly at the centre of each interval. */
export interface SlotRequest {
  name: string;
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
  /** no intervals where it is not what it stands for */
  ends?: boolean;
}

/** accumulators are proved to stay this far inside (-2^30, 2^30), so that the last coarse interval fits too */
export const REACH_LIMIT = ACCUMULATOR_BOUND - 2 ** 17;
const MAX_COARSE_LOG = 16;

/** Runs of equal intervals from `start` (a multiple of the first divisor) upward until `end` is covered: [divisor, count] pairs. */
function runs(start: number, end: number, divisors: readonly number[]): [u: number, count: number][] {
  const result: [number, number][] = [];
  let at = start;
  for (const [i, u] of divisors.entries()) {
    if (at >= end) break;
    const next = divisors[i + 1];
    const aligned = next === undefined ? end : Math.ceil(at / next) * next;
    const count = Math.ceil((Math.min(aligned, end) - at) / u);
    if (count > 0) result.push([u, count]);
    at += count * u;
  }
  return result;
}

/** intervals below and above the fine ones */
function coarseRuns({ u, from, to, low, high }: SlotRequest, coarse: readonly number[]) {
  const divisors = [u, ...coarse.filter((v) => v > u)];
  return { below: runs(-from * u, -low, divisors), above: runs((to + 1) * u, high + 1, divisors) };
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

/** At most two coarse divisors that make the whole lookup table smallest. */
export function chooseCoarse(requests: readonly SlotRequest[]): number[] {
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
  return best;
}

/** Collects the slots of a program; equal requests share one. */
export class Tables {
  readonly #requests: SlotRequest[] = [];
  readonly #shared = new Map<string, number>();
  readonly #exact = new Map<SlotRequest, Int32Array>();

  /** @returns the id of the slot */
  request(request: SlotRequest): number {
    if (request.low < -REACH_LIMIT || request.high > REACH_LIMIT)
      throw bug(`slot ${request.name} reaches [${request.low}, ${request.high}]`);
    this.#requests.push(request);
    return this.#requests.length;
  }

  /** Like `request`; equal names, which must mean equal tables, share one slot. */
  shared(request: SlotRequest): number {
    return this.#once(request.name, request);
  }

  /** y = c for lo ≤ c ≤ hi, exactly */
  identity(lo: number, hi: number): number {
    return this.#once(`identity ${lo} ${hi}`, {
      name: `identity ${lo} … ${hi}`,
      u: 1,
      from: lo,
      to: hi,
      low: lo,
      high: hi,
      value: (c) => c,
      truth: exactly((c) => c),
    });
  }

  /** y = max(0, c) for |c| ≤ reach, exactly */
  positivePart(reach: number): number {
    return this.#once(`positive ${reach}`, {
      name: `positive part up to ${reach}`,
      u: 1,
      from: 0,
      to: reach,
      low: -reach,
      high: reach,
      value: (c) => Math.max(0, c),
      truth: exactly((c) => Math.max(0, c)),
    });
  }

  /** Where the table of a request is what it stands for, once all are finished; undefined for a request that shares another's. */
  exactOf(request: SlotRequest): Int32Array | undefined {
    return this.#exact.get(request);
  }

  #once(key: string, request: SlotRequest): number {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const id = this.request(request);
    this.#shared.set(key, id);
    return id;
  }

  /**
   * All slots, and the rows of the lookup table with its range tables, before padding.
   * @param strict leave out the intervals where a table is not what it stands for
   */
  finish(strict = false): { slots: Slot[]; rows: number } {
    const coarse = chooseCoarse(this.#requests);
    const slots = this.#requests.map((request, i): Slot => {
      const all = intervalsOf(request, coarse);
      const exact = exactRanges(request, all);
      this.#exact.set(request, exact);
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
  const { ideal, near, steep } = truth;
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
        : Array.from({ length: PROBES }, (_, k) => start + Math.round((k * (divisor - 1)) / (PROBES - 1))).every((c) => is(c, near));
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
