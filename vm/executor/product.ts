// Repeats of one MAC as one matrix product of 16-bit numbers in WebAssembly. What does not fit (an unwritten word, a bound beyond 2^31,
// operands larger than the staging area) is left to the plain path of mac.ts, which also raises every fault; so results,
// read counts and errors are the same with and without. Source: AIR.md §3. Caveat: sums live in the kernels' memory until `merge` or `release`.

import { LANES, P, toSigned } from '../program/isa.ts';
import { type Kernels, STAGING_BYTES, TILE } from './kernels.ts';
import { type Accumulator, admit, admits, type Extent, productExtent, reserve, type Sums } from './mac.ts';
import type { Memory } from './memory.ts';

/** A MAC without its addresses. `jump` is a field element; `gap` 1 for Z; `step` 2 for X2. */
export interface ProductShape {
  nw: number;
  h: number;
  jump: number;
  gap: 0 | 1;
  step: 1 | 2;
  blocks: number;
  taps: number;
  pad: number;
}

/** Operand addresses of the first repeat and their steps, all field elements. */
export interface ProductOperands {
  a: number;
  aStep: number;
  b: number;
  bStep: number;
}

const WORD_BYTES = 4;
/** byte address of a 32-bit word; here, since a closure in `#packWords` is garbage thousands of times a run */
const bytes = (index: number): number => index * WORD_BYTES;
const STAGING_WORDS = STAGING_BYTES / WORD_BYTES;
/** channels packed at once: their weights should stay in the second-level cache */
const PACKED_WORDS = 2 ** 17;
const LARGEST_NARROW = 2 ** 15 - 1;
const SUM_BOUND = 2 ** 31;
/** columns kept free on the right of a channel's sums, for the last tile */
const SLACK = TILE.along;
/** from this many positions on, neighbouring positions share a vector; below, neighbouring channels do */
const FEW_POSITIONS = 4;
/** measured: a pair of multiply-adds in a dense tile, a call for one weight, one more position of that call, all in nanoseconds */
const COST = { dense: 0.06, call: 30, position: 0.15 } as const;

/** the end of the staging area: what `pack` reports, and before it the words that it packs */
const STATISTICS = STAGING_WORDS - LANES;
/** from this many lanes on a copy is a call, below a loop */
const LONG_COPY = 128;

/** largest absolute values of the first and the second numbers packed last, and how many pairs were not 0 */
const seen = { low: 0, high: 0, pairs: 0 };

/** The products of one run. */
export class Products {
  /** channels to try at once; 1 after one that did not fit, then doubled again */
  #hint = Number.POSITIVE_INFINITY;
  /** first and last position that is not 0 in any packed channel; last is -1 if there is none */
  #first = 0;
  #last = -1;
  /** by channel: largest |a|, largest |b|, and the sum over taps of the largest |b| */
  #largestA: number[] = [];
  #largestB: number[] = [];
  #reach: number[] = [];
  /** packed weights that are not 0 */
  #weights = 0;

  constructor(
    private readonly kernels: Kernels,
    private readonly memory: Memory,
  ) {
    kernels.reset();
  }

  /**
   * Adds the first repeats of a MAC to an accumulator.
   * @returns how many were added and counted as read; 0 if the plain path must do the first one
   */
  add(accumulator: Accumulator, shape: ProductShape, operands: ProductOperands, repeats: number): number {
    const { taps, blocks } = shape;
    const pairWords = rowWords(shape) + taps * tapWords(blocks);
    // the packed pairs at the start, unpacked words of one pair at the end
    const unpacked = 2 * LANES * Math.max(shape.h * shape.nw, blocks * taps) + LANES;
    if (Math.max(pairWords, PACKED_WORDS) + unpacked > STAGING_WORDS) return 0;
    const limit = 2 * Math.max(1, Math.floor(PACKED_WORDS / pairWords));
    let count = this.#readable(shape, operands, Math.min(repeats, limit, this.#hint));
    if (count === 0) return 0;
    this.#pack(shape, operands, count);
    const fitting = this.#fitting(count);
    this.#hint = fitting === count ? 2 * this.#hint : 1;
    if (fitting === 0) return this.#addWide(accumulator, shape, operands);
    if (fitting < count) this.#pack(shape, operands, fitting);
    count = fitting;
    const sums = this.#accept(accumulator, shape, this.#boundOf(count));
    if (!sums) return 0;
    this.#countReads(shape, operands, count);
    if (this.#last >= 0) this.#addNarrow(sums, shape, (count + 1) >> 1);
    return count;
  }

  /** the memory of all sums, as 32-bit words; not to be kept while products are added */
  get words(): Int32Array {
    return this.kernels.words;
  }

  /** Moves the sums into `values`. */
  merge(accumulator: Accumulator): void {
    const { sums } = accumulator;
    if (!sums) return;
    reserve(accumulator);
    const { values, low, span } = accumulator;
    const { words } = this.kernels;
    for (let o = 0; o < sums.channels; o++) {
      const row = sums.address / WORD_BYTES + o * sums.width;
      const zero = o * span - 1 - sums.start - low;
      for (let column = 0; column < sums.width; column++) {
        const sum = words[row + column]!;
        if (sum !== 0) values[zero - column]! += sum; // columns outside the extent are 0
      }
    }
    this.release(accumulator);
  }

  /** Forgets the sums. */
  release(accumulator: Accumulator): void {
    if (accumulator.sums) this.kernels.free(accumulator.sums.address, accumulator.sums.bytes);
    accumulator.sums = undefined;
  }

  /** how many repeats from the first on read only words that were written */
  #readable(shape: ProductShape, { a, aStep, b, bStep }: ProductOperands, limit: number): number {
    const { jump, blocks, taps } = shape;
    const { runs, length } = runsOf(shape);
    const { memory } = this;
    for (let i = 0; i < limit; i++) {
      if (!memory.readable((b + i * bStep) % P, blocks * taps)) return i;
      let address = (a + i * aStep) % P;
      for (let y = 0; y < runs; y++) {
        if (!memory.readable(address, length)) return i;
        address = (address + length - 1 + jump) % P;
      }
    }
    return limit;
  }

  #countReads(shape: ProductShape, { a, aStep, b, bStep }: ProductOperands, count: number): void {
    const { jump, blocks, taps } = shape;
    const { runs, length } = runsOf(shape);
    const { memory } = this;
    for (let i = 0; i < count; i++) {
      memory.countReads((b + i * bStep) % P, blocks * taps);
      let address = (a + i * aStep) % P;
      for (let y = 0; y < runs; y++) {
        memory.countReads(address, length);
        address = (address + length - 1 + jump) % P;
      }
    }
  }

  /** packs both operands of `count` channels: rows of positions for all pairs, then rows of weights */
  #pack(shape: ProductShape, operands: ProductOperands, count: number): void {
    const pairs = (count + 1) >> 1;
    const length = rowWords(shape);
    this.kernels.words.fill(0, 0, pairs * length);
    this.#first = positionsOf(shape);
    this.#last = -1;
    this.#weights = 0;
    for (let p = 0; p < pairs; p++) {
      const single = 2 * p + 1 === count;
      this.#packPositions(shape, operands, p, single, p * length);
      this.#packTaps(shape, operands, p, single, pairs * length + p * shape.taps * tapWords(shape.blocks));
    }
  }

  /** copies lanes to where `pack` reads them */
  #copy(cells: Uint32Array, from: number, to: number, lanes: number): void {
    const target = this.kernels.cells;
    if (lanes >= LONG_COPY) target.set(cells.subarray(from, from + lanes), to);
    else for (let t = 0; t < lanes; t++) target[to + t] = cells[from + t]!;
  }

  /** packs `count` words that were copied to `low` and `high`; all places are indices of 32-bit words */
  #packWords(to: number, step: number, low: number, high: number, single: boolean, count: number, rows = 1, gap = 0): void {
    const { exports, words } = this.kernels;
    exports.pack(bytes(to), bytes(step), bytes(low), bytes(high), single ? 0 : -1, count, rows, bytes(gap), bytes(STATISTICS));
    let low0 = -1 - words[STATISTICS]!;
    let high0 = -1 - words[STATISTICS + 4]!;
    let zeros = words[STATISTICS + 8]!;
    for (let lane = 1; lane < 4; lane++) {
      low0 = Math.max(low0, -1 - words[STATISTICS + lane]!);
      high0 = Math.max(high0, -1 - words[STATISTICS + 4 + lane]!);
      zeros += words[STATISTICS + 8 + lane]!;
    }
    seen.low = low0;
    seen.high = high0;
    seen.pairs = LANES * count * rows + zeros;
  }

  /** one pair of channels, positions ascending after taps - 1 zeros */
  #packPositions(shape: ProductShape, { a, aStep }: ProductOperands, p: number, single: boolean, to: number): void {
    const { nw, h, jump, gap, step, taps } = shape;
    const { memory } = this;
    const { words } = this.kernels;
    const { runs, length } = runsOf(shape);
    const start = to + taps - 1;
    const low = STATISTICS - 2 * LANES * nw * h;
    const high = low + LANES * nw * h;
    let lowAddress = (a + 2 * p * aStep) % P;
    let highAddress = (lowAddress + aStep) % P;
    for (let y = 0, at = 0; y < runs; y++, at += LANES * length) {
      const lowAt = memory.peek(lowAddress);
      this.#copy(memory.cells, lowAt, low + at, LANES * length);
      lowAddress = (lowAddress + length - 1 + jump) % P;
      if (single) continue;
      const highAt = memory.peek(highAddress);
      this.#copy(memory.cells, highAt, high + at, LANES * length);
      highAddress = (highAddress + length - 1 + jump) % P;
    }
    if (step === 1) this.#packWords(start, LANES, low, high, single, nw, h, LANES * gap);
    else {
      this.#packWords(low, LANES, low, high, single, nw * h);
      // X2: position x of A stands at 2x + 1
      for (let x = 0; x < LANES * nw * h; x++) words[start + step * x + step - 1] = words[low + x]!;
    }
    this.#largestA[2 * p] = seen.low;
    this.#largestA[2 * p + 1] = seen.high;
    let first = 0;
    while (first < this.#first && words[start + first] === 0) first++;
    this.#first = first;
    let last = positionsOf(shape) - 1;
    while (last > this.#last && words[start + last] === 0) last--;
    this.#last = last;
  }

  /** one pair of channels, a row of output channels each tap */
  #packTaps({ blocks, taps }: ProductShape, { b, bStep }: ProductOperands, p: number, single: boolean, to: number): void {
    const { memory } = this;
    const lanes = LANES * blocks;
    const low = STATISTICS - 2 * lanes * taps;
    const high = low + lanes * taps;
    const address = (b + 2 * p * bStep) % P;
    const lowAt = memory.peek(address);
    this.#copy(memory.cells, lowAt, low, lanes * taps);
    if (!single) {
      const highAt = memory.peek((address + bStep) % P);
      this.#copy(memory.cells, highAt, high, lanes * taps);
    }
    let largestLow = 0;
    let largestHigh = 0;
    let reachLow = 0;
    let reachHigh = 0;
    for (let t = 0; t < taps; t++) {
      // the highest block of channels comes first in memory and last here
      this.#packWords(to + t * tapWords(blocks) + lanes - LANES, -LANES, low + t * lanes, high + t * lanes, single, blocks);
      largestLow = Math.max(largestLow, seen.low);
      largestHigh = Math.max(largestHigh, seen.high);
      reachLow += seen.low;
      reachHigh += seen.high;
      this.#weights += seen.pairs;
    }
    this.#largestB[2 * p] = largestLow;
    this.#largestB[2 * p + 1] = largestHigh;
    this.#reach[2 * p] = reachLow;
    this.#reach[2 * p + 1] = reachHigh;
  }

  #boundOf(count: number): number {
    let bound = 0;
    for (let i = 0; i < count; i++) bound += this.#largestA[i]! * this.#reach[i]!;
    return bound;
  }

  /** how many of the packed channels from the first on are narrow and stay below 2^31 together */
  #fitting(count: number): number {
    let bound = 0;
    for (let i = 0; i < count; i++) {
      bound += this.#largestA[i]! * this.#reach[i]!;
      if (this.#largestA[i]! > LARGEST_NARROW || this.#largestB[i]! > LARGEST_NARROW || bound >= SUM_BOUND) return i;
    }
    return count;
  }

  /** room for the product of what is packed, noted in the accumulator; undefined, and nothing noted, if there is none */
  #accept(accumulator: Accumulator, shape: ProductShape, bound: number): Sums | undefined {
    const positions = positionsOf(shape);
    const [first, last] = this.#last < 0 ? [0, -1] : [positions - 1 - this.#last, positions - 1 - this.#first];
    const extent = productExtent(positions, first, last, shape.taps, shape.pad, LANES * shape.blocks);
    if (!admits(accumulator, extent, bound)) return undefined;
    if (accumulator.sums && accumulator.sums.bound + bound >= SUM_BOUND) this.merge(accumulator);
    const sums = this.#reserve(accumulator, extent);
    if (!sums) return undefined;
    admit(accumulator, extent, bound);
    sums.bound += bound;
    return sums;
  }

  /** sums that cover the extent, with some columns to spare on both sides */
  #reserve(accumulator: Accumulator, { low, high, channels }: Extent): Sums | undefined {
    const { kernels } = this;
    const old = accumulator.sums;
    const covers = (sums: Sums): boolean => sums.start <= -1 - high && sums.start + sums.width >= SLACK - low && sums.channels >= channels;
    if (old && covers(old)) return old;
    const start = Math.min(-1 - high - (high >> 3) - LANES, old?.start ?? 0);
    const end = Math.max(SLACK + LANES - low, old ? old.start + old.width : 0);
    const width = Math.ceil((end - start) / LANES) * LANES;
    const rows = Math.max(channels, old?.channels ?? 0);
    const bytes = rows * width * WORD_BYTES;
    const address = kernels.allocate(bytes);
    if (address === undefined) return undefined;
    for (let o = 0; o < (old?.channels ?? 0); o++) {
      const from = old!.address / WORD_BYTES + o * old!.width;
      kernels.words.copyWithin(address / WORD_BYTES + o * width + old!.start - start, from, from + old!.width);
    }
    const sums: Sums = { address, bytes, channels: rows, width, start, bound: old?.bound ?? 0 };
    this.release(accumulator);
    accumulator.sums = sums;
    return sums;
  }

  #addNarrow(sums: Sums, shape: ProductShape, pairs: number): void {
    const { taps, pad, blocks } = shape;
    const { exports, words } = this.kernels;
    const channels = LANES * blocks;
    const count = this.#last - this.#first + 1;
    const row = rowWords(shape) * WORD_BYTES;
    const tap = tapWords(blocks) * WORD_BYTES;
    const weights = pairs * row;
    const channel = sums.width * WORD_BYTES;
    /** where position `first` lands through the last tap */
    const result = sums.address + (this.#first + pad - (taps - 1) - positionsOf(shape) - sums.start) * WORD_BYTES;
    const reached = count + taps - 1;
    const dense = COST.dense * pairs * taps * channels * reached;
    if (this.#weights * (COST.call + COST.position * count) < dense) {
      const vectors = Math.ceil(count / 4);
      for (let p = 0; p < pairs; p++)
        for (let t = 0; t < taps; t++)
          for (let o = 0, at = (weights + (p * taps + t) * tap) / WORD_BYTES; o < channels; o++, at++) {
            const numbers = p * row + (taps - 1 + this.#first) * WORD_BYTES;
            if (words[at] !== 0) exports.addPairs(result + o * channel + (taps - 1 - t) * WORD_BYTES, numbers, words[at]!, vectors);
          }
      return;
    }
    const positions = this.#first * WORD_BYTES;
    if (reached < FEW_POSITIONS)
      exports.multiplyDown(
        result,
        channel,
        weights,
        taps * tap,
        tap,
        positions,
        row,
        WORD_BYTES,
        pairs,
        taps,
        channels / TILE.down,
        reached,
      );
    else {
      const tiles = Math.ceil(reached / TILE.along);
      exports.multiply(result, channel, positions, row, WORD_BYTES, weights, taps * tap, tap, pairs, taps, tiles, channels / TILE.across);
    }
  }

  /** the first repeat with 32-bit operands, one weight after another; 0 if its bound is too large */
  #addWide(accumulator: Accumulator, shape: ProductShape, operands: ProductOperands): number {
    const { nw, h, jump, gap, step, blocks, taps, pad } = shape;
    const { memory } = this;
    const { exports, words } = this.kernels;
    const bound = this.#boundOf(1);
    if (bound >= SUM_BOUND) return 0;
    const positions = positionsOf(shape);
    words.fill(0, 0, rowWords(shape));
    this.#first = positions;
    this.#last = -1;
    let address = operands.a;
    let x = step - 1;
    for (let y = 0; y < h; y++, x += LANES * step * gap) {
      const from = memory.peek(address);
      for (let t = 0; t < LANES * nw; t++, x += step) {
        const cell = memory.cells[from + t]!;
        if (cell === 0) continue;
        words[x] = toSigned(cell);
        if (this.#last < 0) this.#first = x;
        this.#last = x;
      }
      address = (address + nw - 1 + jump) % P;
    }
    const sums = this.#accept(accumulator, shape, bound);
    if (!sums) return 0;
    this.#countReads(shape, operands, 1);
    if (this.#last < 0) return 1;
    const vectors = Math.ceil((this.#last - this.#first + 1) / 4);
    let from = memory.peek(operands.b);
    const { cells } = memory;
    for (let t = 0; t < taps; t++) {
      const column = this.#first + pad - t - positions - sums.start;
      for (let block = blocks - 1; block >= 0; block--)
        for (let lane = 0; lane < LANES; lane++, from++) {
          const weight = toSigned(cells[from]!);
          const result = sums.address + ((block * LANES + lane) * sums.width + column) * WORD_BYTES;
          if (weight !== 0) exports.addScaled(result, this.#first * WORD_BYTES, weight, vectors);
        }
    }
    return 1;
  }
}

/** neighbouring words: rows that follow each other in memory are read as one */
const runsOf = ({ nw, h, jump }: ProductShape): { runs: number; length: number } =>
  jump === 1 ? { runs: 1, length: nw * h } : { runs: h, length: nw };
const positionsOf = ({ h, nw, gap, step }: ProductShape): number => LANES * h * (nw + gap) * step;
/** zeros left and right of the positions, for taps that reach over the edge and for the last tile */
const rowWords = (shape: ProductShape): number => positionsOf(shape) + 2 * shape.taps + SLACK;
/** one block more than needed, so that rows of a power of two do not fall on each other in the cache */
const tapWords = (blocks: number): number => LANES * (blocks + 1);
