// The tables of a program: requests that mean the same share one. Source: AIR.md §5.4. Caveat: slots have numbers in the order of their requests.
import { bug } from '../../fri/core/errors.ts';
import { exactIntervals } from '../../vm/program/exact.ts';
import type { Slot } from '../../vm/program/types.ts';
import { type Integers, identityRequest } from './integer-tables.ts';
import { chooseCoarse, exactRanges, intervalsOf } from './intervals.ts';
import { REACH_LIMIT, type SlotRequest } from './request.ts';

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
      return { id: i + 1, name: request.name, intervals: strict || request.ends ? exactIntervals({ intervals: all, exact }) : all, exact };
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
