// An accumulator as a polynomial at any step: what was added so far, from the nearest checkpoint on. Source: executor/mac.ts, the law of products;
// vm/README.md "Accumulators". Caveat: what a step of a far end costs is paid once: the work up to it, which leaves checkpoints behind.
import {
  type Accumulator,
  addHadamard,
  addProduct,
  emptyAccumulator,
  emptyPositions,
  emptyTaps,
  gatherPositions,
  gatherTaps,
  reserve,
  type Words,
} from '../executor/mac.ts';
import type { Execution } from '../executor/run.ts';
import { toField } from '../program/isa.ts';
import { cycleOf, instructionOf, wordsOf } from './cycle.ts';
import type { Polynomial } from './types.ts';

/** multiplications after which a checkpoint is kept: about a millisecond of them */
const CHECKPOINT_WORK = 2 ** 20;
/** bytes of all checkpoints; the oldest accumulator's go first */
const CHECKPOINT_BYTES = 2 ** 26;

interface Checkpoint {
  /** adding steps that it holds */
  added: number;
  accumulator: Accumulator;
}

const copyOf = (accumulator: Accumulator): Accumulator => ({
  ...accumulator,
  values: accumulator.values.slice(),
  extent: { ...accumulator.extent },
});

/** The accumulators of a run, with the checkpoints that were made on the way. */
export class Accumulators {
  readonly #run: Execution;
  readonly #words: Words;
  readonly #adders: ReadonlyMap<number, readonly number[]>;
  readonly #checkpoints = new Map<number, Checkpoint[]>();
  readonly #a = emptyPositions();
  readonly #b = emptyPositions();
  readonly #taps = emptyTaps();
  #bytes = 0;

  constructor(run: Execution, adders: ReadonlyMap<number, readonly number[]>) {
    this.#run = run;
    this.#words = wordsOf(run);
    this.#adders = adders;
  }

  /** adds what a step adds. @returns its multiplications */
  #add(accumulator: Accumulator, step: number): number {
    const memory = this.#words;
    const { ea, eb } = cycleOf(this.#run, step);
    const instruction = instructionOf(this.#run, step);
    if (instruction.opcode === 'MUL') {
      const { nw, h, ra, rb } = instruction.values;
      gatherPositions(this.#a, memory, ea, nw, h, toField(ra), 0);
      gatherPositions(this.#b, memory, eb, nw, h, toField(rb), 0);
      addHadamard(accumulator, this.#a, this.#b);
      return this.#a.count;
    }
    if (instruction.opcode !== 'MAC') return 0;
    const { values, flags } = instruction;
    gatherPositions(this.#a, memory, ea, values.nw, values.h, toField(values.ra), flags.includes('Z') ? 1 : 0);
    gatherTaps(this.#taps, memory, eb, values.ob, values.taps);
    addProduct(accumulator, this.#a, this.#taps, values.pad, flags.includes('X2') ? 2 : 1);
    return this.#a.count * this.#taps.taps * this.#taps.channels;
  }

  #keep(name: number, checkpoint: Checkpoint): void {
    const list = this.#checkpoints.get(name) ?? [];
    this.#checkpoints.set(name, list);
    list.push(checkpoint);
    list.sort((x, y) => x.added - y.added);
    this.#bytes += checkpoint.accumulator.values.byteLength;
    for (const [other, old] of this.#checkpoints) {
      if (this.#bytes <= CHECKPOINT_BYTES || other === name) continue;
      this.#checkpoints.delete(other);
      for (const { accumulator } of old) this.#bytes -= accumulator.values.byteLength;
    }
  }

  /** An accumulator after the given step, or before its first one: zero. @param name the address of its first word */
  after(name: number, step: number): Polynomial {
    const adders = this.#adders.get(name) ?? [];
    let count = 0;
    for (let high = adders.length; count < high; ) {
      const middle = (count + high) >> 1;
      if (adders[middle]! <= step) count = middle + 1;
      else high = middle;
    }
    const nearest = this.#checkpoints.get(name)?.findLast(({ added }) => added <= count);
    const accumulator = nearest ? copyOf(nearest.accumulator) : emptyAccumulator();
    let work = 0;
    for (let i = nearest?.added ?? 0; i < count; i++) {
      work += this.#add(accumulator, adders[i]!);
      if (work < CHECKPOINT_WORK) continue;
      work = 0;
      this.#keep(name, { added: i + 1, accumulator: copyOf(accumulator) });
    }
    reserve(accumulator);
    const { values, channels, low, span } = accumulator;
    return { name, channels, low, span, values: values.slice(0, channels * span), added: count, of: adders.length };
  }
}
