// What STORE does in the executor: drains an accumulator, finds each lane's interval, writes the words, and records coefficients and
// table rows for the store chip. Source: AIR.md §3, §5.3. Caveat: a masked lane's coefficient is recorded but not looked up.
import type { Values } from '../program/assembler.ts';
import { ACCUMULATOR_BOUND, type FlagOf, ISA, LANES, P, toField } from '../program/isa.ts';
import type { LookupTable } from '../program/loader.ts';
import type { Slot } from '../program/types.ts';
import { type Accumulator, firstUncovered, type Sums } from './mac.ts';
import type { Fault, Memory } from './memory.ts';
import type { Products } from './product.ts';

/** An integer list that doubles when it is full. */
export class Growing<T extends Uint32Array | Int32Array> {
  length = 0;
  data: T;
  constructor(
    capacity: number,
    private readonly make: (length: number) => T,
  ) {
    this.data = make(Math.max(1, capacity));
  }
  /** room for `more` values; returns the place of the first */
  extend(more: number): number {
    const at = this.length;
    this.length += more;
    if (this.length > this.data.length) {
      const larger = this.make(Math.max(this.length, 2 * this.data.length));
      larger.set(this.data);
      this.data = larger;
    }
    return at;
  }
  finish(): T {
    return this.length === this.data.length ? this.data : (this.data.slice(0, this.length) as T);
  }
}

/** buckets of a slot's window at most (64 KiB) */
const MAX_BUCKETS = 2 ** 14;

/**
 * A slot by interval, ascending, and a window over its finest part: every bucket of the finest divisor lies in one interval, so most
 * values are looked up without a search. A slot with a divisor that is no power of two has an empty window.
 */
interface SlotIntervals {
  /** why a value may lie in no interval */
  why: string;
  starts: Int32Array;
  divisors: Int32Array;
  values: Uint32Array;
  /** lookup row of entry 0 of the divisor's range table */
  ranges: Int32Array;
  /** lookup row of the first interval */
  first: number;
  /** first value of the window, log2 of the bucket, interval of each bucket or -1 */
  base: number;
  shift: number;
  buckets: Int32Array;
}

function slotIntervals({ id, name, intervals, exact }: Slot, table: LookupTable): SlotIntervals {
  const size = intervals.length / 3;
  const starts = new Int32Array(size);
  const divisors = new Int32Array(size);
  const values = new Uint32Array(size);
  const ranges = new Int32Array(size);
  let finest = 0;
  let powers = true;
  for (let i = 0; i < size; i++) {
    const divisor = intervals[3 * i]!;
    divisors[i] = divisor;
    starts[i] = divisor * intervals[3 * i + 1]!;
    values[i] = toField(intervals[3 * i + 2]!);
    ranges[i] = table.rangeStart.get(divisor)!;
    if (divisor < divisors[finest]!) finest = i;
    powers &&= (divisor & (divisor - 1)) === 0;
  }
  const why = exact
    ? `"${name}" ends there: it takes no values that an integer is too large for, no row of which masks leave nothing, and in a model compiled with --strict none beyond the calibrated ones`
    : `slot "${name}" has intervals in [${starts[0]}, ${size ? starts[size - 1]! + divisors[size - 1]! : starts[0]}) only`;
  const slot = { why, starts, divisors, values, ranges, first: table.slotStart.get(id)!, base: 0, shift: 0, buckets: new Int32Array(0) };
  return powers && size ? withWindow(slot, finest) : slot;
}

/** opens the window around the run of finest intervals that begins at `finest` */
function withWindow(slot: SlotIntervals, finest: number): SlotIntervals {
  const { starts, divisors } = slot;
  const bucket = divisors[finest]!;
  let end = finest;
  while (end < starts.length && divisors[end] === bucket && end - finest < MAX_BUCKETS) end++;
  const slotEnd = starts.at(-1)! + divisors.at(-1)!;
  const beside = Math.floor((MAX_BUCKETS - (end - finest)) / 2);
  const base = Math.max(starts[0]!, starts[finest]! - beside * bucket);
  const buckets = new Int32Array(Math.min(MAX_BUCKETS, Math.floor((slotEnd - base) / bucket))).fill(-1);
  for (let i = Math.max(0, intervalOf(starts, base)); i < starts.length; i++) {
    const from = (starts[i]! - base) / bucket;
    if (from >= buckets.length) break;
    buckets.fill(i, Math.max(0, from), Math.min(buckets.length, from + divisors[i]! / bucket));
  }
  return { ...slot, base, shift: 31 - Math.clz32(bucket), buckets };
}

/** index of the last interval that starts at or before the value, -1 if none */
function intervalOf(starts: Int32Array, value: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** a program's slots; kept with its table, since a program runs often */
function intervalsOf(slots: readonly Slot[], table: LookupTable): ReadonlyMap<number, SlotIntervals> {
  const known = byTable.get(table);
  if (known) return known;
  const made = new Map(slots.map((slot) => [slot.id, slotIntervals(slot, table)]));
  byTable.set(table, made);
  return made;
}
const byTable = new WeakMap<LookupTable, ReadonlyMap<number, SlotIntervals>>();

/** Everything that stores leave behind, over a whole run. */
export class Stores {
  readonly coefficients: Growing<Int32Array>;
  readonly entries: Growing<Int32Array>;
  readonly lookups: Uint32Array;
  readonly #slots: ReadonlyMap<number, SlotIntervals>;

  /** @param rows expected: exact for a program without jumps */
  constructor(
    slots: readonly Slot[],
    table: LookupTable,
    rows: number,
    private readonly memory: Memory,
    private readonly products: Products | undefined,
    private readonly fault: Fault,
    /** values outside of a table take its nearest entry: nobody can prove such a run */
    private readonly nearest = false,
    /** numbers in [0, 1) by which values are moved, by less than the finest interval of their table; those of tables of single integers stay */
    private readonly shake?: (() => number) | undefined,
  ) {
    this.coefficients = new Growing(rows * LANES, (n) => new Int32Array(n));
    this.entries = new Growing(rows * LANES, (n) => new Int32Array(n));
    this.#slots = intervalsOf(slots, table);
    this.lookups = new Uint32Array(table.rows);
  }

  /** copies the 16 coefficients at positions position, position + step, … of a channel to `at` */
  #drain(accumulator: Accumulator, total: number, channel: number, position: number, step: number, at: number): void {
    const to = this.coefficients.data;
    const { sums } = accumulator;
    if (sums) {
      this.#copySums(sums, position - total, step, channel, at, LANES);
      if (sums.bound < ACCUMULATOR_BOUND) return;
      for (let t = 0; t < LANES; t++) this.#requireBound(to[at + t]!, channel, position + t * step);
      return;
    }
    const { values, span, low, channels } = accumulator;
    let index = total - 1 - position - low;
    const row = channel * span;
    for (let t = 0; t < LANES; t++, index -= step) {
      const value = channel < channels && index >= 0 && index < span ? values[row + index]! : 0;
      this.#requireBound(value, channel, position + t * step);
      to[at + t] = value;
    }
  }

  /** copies sums from `column` after the last position on, 0 where there are none */
  #copySums(sums: Sums, column: number, step: number, channel: number, at: number, count: number): void {
    const { start, width } = sums;
    const { words } = this.products!;
    const to = this.coefficients.data;
    const row = sums.address / 4 + channel * width;
    const first = column - start;
    if (channel < sums.channels && first >= 0 && first + (count - 1) * step < width) {
      if (step === 1 && count > LANES) to.set(words.subarray(row + first, row + first + count), at);
      else for (let t = 0, from = row + first; t < count; t++, from += step) to[at + t] = words[from]!;
      return;
    }
    for (let t = 0; t < count; t++) {
      const index = first + t * step;
      to[at + t] = channel < sums.channels && index >= 0 && index < width ? words[row + index]! : 0;
    }
  }

  #requireBound(value: number, channel: number, position: number): void {
    if (value >= ACCUMULATOR_BOUND || value <= -ACCUMULATOR_BOUND)
      throw this.fault('ZK0413', `coefficient ${value} of channel ${channel}, position ${position} is not inside (-2^30, 2^30)`);
  }

  /** looks up the coefficients at `at` where the mask is 1 and writes the results into the RAM word at `to` */
  #lookUp(slot: SlotIntervals, mask: number, to: number, at: number): void {
    const { cells, ram } = this.memory;
    const { lookups } = this;
    const coefficients = this.coefficients.data;
    const entries = this.entries.data;
    const { starts, divisors, values, ranges, first, base, shift, buckets } = slot;
    const shake = shift > 0 ? this.shake : undefined;
    for (let t = 0; t < LANES; t++) {
      const m = cells[mask + t]!;
      if (m === 0) {
        entries[at + t] = -1;
        continue;
      }
      if (m !== 1) throw this.fault('ZK0418', `mask lane ${t} is ${m}, 0 or 1 expected`);
      let value = coefficients[at + t]!;
      if (shake) value += Math.round((2 * shake() - 1) * 2 ** shift);
      const bucket = (value - base) >>> shift; // a value below the base is beyond every bucket
      let i = bucket < buckets.length ? buckets[bucket]! : -1;
      if (i < 0) {
        i = intervalOf(starts, value);
        if (i < 0 || value - starts[i]! >= divisors[i]!) {
          if (!this.nearest) throw this.fault('ZK0415', `C = ${value} (lane ${t}) lies in no interval of its table`, slot.why);
          i = Math.max(0, i);
          value = starts[i]!;
        }
      }
      entries[at + t] = first + i;
      lookups[first + i]!++;
      lookups[ranges[i]! + value - starts[i]!]!++;
      ram[to + t] = values[i]!;
    }
  }

  /** the first coefficient that the drain of channels 0 … O-1, exponents 0 … covered-1, leaves */
  #uncovered(accumulator: Accumulator, O: number, covered: number): ReturnType<typeof firstUncovered> {
    const { sums } = accumulator;
    if (!sums) return firstUncovered(accumulator, O, covered);
    const { words } = this.products!;
    /** columns of drained positions */
    const from = Math.max(0, -covered - sums.start);
    const to = Math.min(sums.width, Math.max(from, -sums.start));
    for (let channel = 0; channel < sums.channels; channel++) {
      const row = sums.address / 4 + channel * sums.width;
      const skip = channel < O;
      for (let column = 0; column < sums.width; column++) {
        if (skip && column === from) column = to;
        if (column < sums.width && words[row + column] !== 0) {
          this.products!.merge(accumulator); // the plain form names the first one
          return firstUncovered(accumulator, O, covered);
        }
      }
    }
    return undefined;
  }

  /** drains the accumulator into RAM words from `first` on */
  run(
    values: Values<'STORE'>,
    flags: readonly FlagOf<'STORE'>[],
    accumulator: Accumulator,
    mask: number,
    slotId: number,
    first: number,
  ): void {
    const { rw, h, O, rj, cj, split } = values;
    const lead = flags.includes('LEAD');
    const halves = flags.includes('SPLIT');
    const { memory } = this;
    const slot = this.#slots.get(slotId);
    if (!slot) throw this.fault('ZK0415', `there is no slot ${slotId}`);
    if (O * h * rw > memory.ramWords) throw this.fault('ZK0411', `writes ${O * h * rw} words, RAM has ${memory.ramWords}`);
    const total = LANES * h * rw;
    const rows = ISA.STORE.cost.rows(values, flags);
    if (accumulator.sums && accumulator.values.length) this.products!.merge(accumulator);
    let at = this.coefficients.extend(rows * LANES);
    this.entries.extend(rows * LANES);
    let address = first;
    const { sums } = accumulator;
    // a channel's coefficients lie side by side in both places; with a bound to check, faults come word by word
    const together = sums && !halves && sums.bound < ACCUMULATOR_BOUND ? sums : undefined;
    const positions = total + (lead ? LANES : 0);
    for (let channel = O - 1; channel >= 0; channel--) {
      if (together) this.#copySums(together, -positions, 1, channel, at, positions);
      if (lead) {
        if (!together) this.#drain(accumulator, total, channel, -LANES, 1, at);
        this.entries.data.fill(-1, at, at + LANES);
        at += LANES;
      }
      for (let y = 0; y < h; y++) {
        for (let j = 0; j < rw; j++, at += LANES) {
          const odd = halves ? j & 1 : 0;
          if (!together) this.#drain(accumulator, total, channel, (y * rw + j - odd) * LANES + odd, halves ? 2 : 1, at);
          const from = memory.read((mask + j) % P);
          this.#lookUp(slot, from, memory.write(address), at);
          // jumps start from the even word of a pair
          const even = odd ? address - split : address;
          const step = j < rw - 1 ? 1 : y < h - 1 ? rj : cj;
          address = (halves && !odd ? address + split : even + step) % P;
          if (address < 0) address += P;
        }
      }
    }
    const missed = this.#uncovered(accumulator, O, positions);
    if (missed)
      throw this.fault(
        'ZK0419',
        'the accumulator has a coefficient that this STORE does not drain',
        `${missed.value} at channel ${missed.channel}, position ${total - 1 - missed.exponent}; drained are channels 0 … ${O - 1}, positions ${lead ? -LANES : 0} … ${total - 1}`,
      );
    this.products?.release(accumulator);
  }
}
