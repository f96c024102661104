// What STORE does in the executor: drains an accumulator, finds each lane's interval, writes the words, and records coefficients and
// table rows for the store chip. Source: AIR.md §3, §5.3. Caveat: a masked lane's coefficient is recorded but not looked up.
import type { Instruction } from './assembler.ts';
import { type Accumulator, firstUncovered } from './executor-mac.ts';
import { ACCUMULATOR_BOUND, LANES, P, toField } from './isa.ts';
import type { LookupTable } from './loader.ts';
import type { Fault, Memory } from './memory.ts';
import type { Slot } from './program.ts';
import { storeRows } from './rows.ts';

/** An integer list that doubles when it is full. */
export class Growing<T extends Uint32Array | Int32Array> {
  length = 0;
  constructor(
    public data: T,
    private readonly make: (length: number) => T,
  ) {}
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
    return this.data.slice(0, this.length) as T;
  }
}

/** A slot as arrays, an entry an interval, ascending. */
interface SlotArrays {
  starts: Int32Array;
  divisors: Int32Array;
  /** lookup row of entry 0 of the divisor's range table */
  ranges: Int32Array;
  values: Uint32Array;
  /** lookup row of the first interval */
  first: number;
}

function slotArrays({ id, intervals }: Slot, table: LookupTable): SlotArrays {
  const size = intervals.length / 3;
  const slot: SlotArrays = {
    starts: new Int32Array(size),
    divisors: new Int32Array(size),
    ranges: new Int32Array(size),
    values: new Uint32Array(size),
    first: table.slotStart.get(id)!,
  };
  for (let i = 0; i < size; i++) {
    const divisor = intervals[3 * i]!;
    slot.divisors[i] = divisor;
    slot.ranges[i] = table.rangeStart.get(divisor)!;
    slot.starts[i] = divisor * intervals[3 * i + 1]!;
    slot.values[i] = toField(intervals[3 * i + 2]!);
  }
  return slot;
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

/** Everything that stores leave behind, over a whole run. */
export class Stores {
  readonly coefficients = new Growing(new Int32Array(4096), (n) => new Int32Array(n));
  readonly entries = new Growing(new Int32Array(4096), (n) => new Int32Array(n));
  readonly lookups: Uint32Array;
  readonly #slots: ReadonlyMap<number, SlotArrays>;

  constructor(
    slots: readonly Slot[],
    table: LookupTable,
    private readonly memory: Memory,
    private readonly fault: Fault,
  ) {
    this.#slots = new Map(slots.map((slot) => [slot.id, slotArrays(slot, table)]));
    this.lookups = new Uint32Array(table.rows);
  }

  /** copies the 16 coefficients at positions position, position + step, … of a channel to `at` */
  #drain(accumulator: Accumulator, total: number, channel: number, position: number, step: number, at: number): void {
    const { values, span, low, channels } = accumulator;
    const to = this.coefficients.data;
    let index = total - 1 - position - low;
    const row = channel * span;
    for (let t = 0; t < LANES; t++, index -= step) {
      const value = channel < channels && index >= 0 && index < span ? values[row + index]! : 0;
      if (value >= ACCUMULATOR_BOUND || value <= -ACCUMULATOR_BOUND)
        throw this.fault(
          'ZK0413',
          `coefficient ${value} of channel ${channel}, position ${position + t * step} is not inside (-2^30, 2^30)`,
        );
      to[at + t] = value;
    }
  }

  /** looks up the coefficients at `at` where the mask is 1 and writes the results into the RAM word at `to` */
  #lookUp(slot: SlotArrays, mask: number, to: number, at: number): void {
    const { memory, lookups } = this;
    const coefficients = this.coefficients.data;
    const entries = this.entries.data;
    for (let t = 0; t < LANES; t++) {
      const m = memory.cells[mask + t]!;
      if (m === 0) {
        entries[at + t] = -1;
        continue;
      }
      if (m !== 1) throw this.fault('ZK0418', `mask lane ${t} is ${m}, 0 or 1 expected`);
      const value = coefficients[at + t]!;
      const i = intervalOf(slot.starts, value);
      const r = i < 0 ? 0 : value - slot.starts[i]!;
      if (i < 0 || r >= slot.divisors[i]!) throw this.fault('ZK0415', `C = ${value} (lane ${t}) lies in no interval of its slot`);
      entries[at + t] = slot.first + i;
      lookups[slot.first + i]!++;
      lookups[slot.ranges[i]! + r]!++;
      memory.ram[to + t] = slot.values[i]!;
    }
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
    const rows = storeRows(instruction);
    let at = this.coefficients.extend(rows * LANES);
    this.entries.extend(rows * LANES);
    let address = first;
    for (let channel = O - 1; channel >= 0; channel--) {
      if (lead) {
        this.#drain(accumulator, total, channel, -LANES, 1, at);
        this.entries.data.fill(-1, at, at + LANES);
        at += LANES;
      }
      for (let y = 0; y < h; y++) {
        for (let j = 0; j < rw; j++, at += LANES) {
          const odd = halves ? j & 1 : 0;
          this.#drain(accumulator, total, channel, (y * rw + j - odd) * LANES + odd, halves ? 2 : 1, at);
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
    const missed = firstUncovered(accumulator, O, total + (lead ? LANES : 0));
    if (missed)
      throw this.fault(
        'ZK0419',
        'the accumulator has a coefficient that this STORE does not drain',
        `${missed.value} at channel ${missed.channel}, position ${total - 1 - missed.exponent}; drained are channels 0 … ${O - 1}, positions ${lead ? -LANES : 0} … ${total - 1}`,
      );
  }
}
