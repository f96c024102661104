// What STORE does in the executor: drains an accumulator, finds each lane's interval, writes the words, and records coefficients and
// table rows for the store chip. Source: AIR.md §3, §5.3. Caveat: a masked lane's coefficient is recorded but not looked up.
import type { Instruction } from './assembler.ts';
import { type Accumulator, firstUncovered, type Sums } from './executor-mac.ts';
import type { Products } from './executor-product.ts';
import { ACCUMULATOR_BOUND, ISA, LANES, P, toField } from './isa.ts';
import type { LookupTable } from './loader.ts';
import type { Fault, Memory } from './memory.ts';
import type { Slot } from './program.ts';

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

/** Neighbouring intervals of one divisor: what most values of a slot fall into, found by a division instead of a search. */
interface Stretch {
  start: number;
  end: number;
  divisor: number;
  /** log2 of a divisor that is a power of two, else -1 */
  shift: number;
  /** index of the first interval in the slot */
  first: number;
  /** lookup row of entry 0 of the divisor's range table */
  range: number;
}

/** A slot as stretches, ascending. */
interface SlotStretches {
  stretches: Stretch[];
  /** the one of the smallest divisor, tried first: values are meant to fall there */
  finest: Stretch;
  /** result of every interval */
  values: Uint32Array;
  /** lookup row of the first interval */
  first: number;
}

const NOWHERE: Stretch = { start: 0, end: 0, divisor: 1, shift: 0, first: 0, range: 0 };

function slotStretches({ id, intervals }: Slot, table: LookupTable): SlotStretches {
  const values = new Uint32Array(intervals.length / 3);
  const stretches: Stretch[] = [];
  let last = NOWHERE;
  for (let i = 0; i < values.length; i++) {
    const divisor = intervals[3 * i]!;
    const start = divisor * intervals[3 * i + 1]!;
    values[i] = toField(intervals[3 * i + 2]!);
    if (last.end !== start || last.divisor !== divisor || i === 0) {
      const power = (divisor & (divisor - 1)) === 0;
      last = { start, end: start, divisor, shift: power ? 31 - Math.clz32(divisor) : -1, first: i, range: table.rangeStart.get(divisor)! };
      stretches.push(last);
    }
    last.end = start + divisor;
  }
  const finer = (x: Stretch, y: Stretch): boolean => (x.divisor === y.divisor ? x.end - x.start > y.end - y.start : x.divisor < y.divisor);
  const finest = stretches.reduce((best, stretch) => (finer(stretch, best) ? stretch : best), stretches[0] ?? NOWHERE);
  return { stretches, finest, values, first: table.slotStart.get(id)! };
}

/** a program's slots; kept with its table, since a program runs often */
function stretchesOf(slots: readonly Slot[], table: LookupTable): ReadonlyMap<number, SlotStretches> {
  const known = byTable.get(table);
  if (known) return known;
  const made = new Map(slots.map((slot) => [slot.id, slotStretches(slot, table)]));
  byTable.set(table, made);
  return made;
}
const byTable = new WeakMap<LookupTable, ReadonlyMap<number, SlotStretches>>();

/** the stretch that holds a value, or one that does not if none does */
function stretchOf({ stretches }: SlotStretches, value: number): Stretch {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle]!.start <= value) low = middle + 1;
    else high = middle;
  }
  return stretches[low - 1] ?? NOWHERE;
}

/** Everything that stores leave behind, over a whole run. */
export class Stores {
  readonly coefficients: Growing<Int32Array>;
  readonly entries: Growing<Int32Array>;
  readonly lookups: Uint32Array;
  readonly #slots: ReadonlyMap<number, SlotStretches>;

  /** @param rows expected: exact for a program without jumps */
  constructor(
    slots: readonly Slot[],
    table: LookupTable,
    rows: number,
    private readonly memory: Memory,
    private readonly products: Products | undefined,
    private readonly fault: Fault,
  ) {
    this.coefficients = new Growing(rows * LANES, (n) => new Int32Array(n));
    this.entries = new Growing(rows * LANES, (n) => new Int32Array(n));
    this.#slots = stretchesOf(slots, table);
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
  #lookUp(slot: SlotStretches, mask: number, to: number, at: number): void {
    const { cells, ram } = this.memory;
    const { lookups } = this;
    const coefficients = this.coefficients.data;
    const entries = this.entries.data;
    const { finest, values, first } = slot;
    for (let t = 0; t < LANES; t++) {
      const m = cells[mask + t]!;
      if (m === 0) {
        entries[at + t] = -1;
        continue;
      }
      if (m !== 1) throw this.fault('ZK0418', `mask lane ${t} is ${m}, 0 or 1 expected`);
      const value = coefficients[at + t]!;
      let stretch = finest;
      if (value < stretch.start || value >= stretch.end) {
        stretch = stretchOf(slot, value);
        if (value < stretch.start || value >= stretch.end)
          throw this.fault('ZK0415', `C = ${value} (lane ${t}) lies in no interval of its slot`);
      }
      const { divisor, shift } = stretch;
      const above = value - stretch.start;
      const quotient = shift >= 0 ? above >>> shift : Math.floor(above / divisor);
      const entry = stretch.first + quotient;
      entries[at + t] = first + entry;
      lookups[first + entry]!++;
      lookups[stretch.range + above - quotient * divisor]!++;
      ram[to + t] = values[entry]!;
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
  run(instruction: Instruction, accumulator: Accumulator, mask: number, slotId: number, first: number): void {
    const { rw, h, O, rj, cj, split } = instruction.values as Record<'rw' | 'h' | 'O' | 'rj' | 'cj' | 'split', number>;
    const lead = instruction.flags.includes('LEAD');
    const halves = instruction.flags.includes('SPLIT');
    const { memory } = this;
    const slot = this.#slots.get(slotId);
    if (!slot) throw this.fault('ZK0415', `there is no slot ${slotId}`);
    if (O * h * rw > memory.ramWords) throw this.fault('ZK0411', `writes ${O * h * rw} words, RAM has ${memory.ramWords}`);
    const total = LANES * h * rw;
    const rows = ISA.STORE.cost!.rows(instruction.values, instruction.flags);
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
