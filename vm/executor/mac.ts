// Accumulators as dense polynomials in α per output channel, the operands of MAC and MUL, and the two plain kernels that add them up: the law
// that the WebAssembly products (product.ts) must agree with. Source: AIR.md §3 (weights of positions).
// Caveat: float64 sums are exact below 2^53; an accumulator whose bound passes that is refused, never rounded.
import { usage } from '../../fri/core/errors.ts';
import { ACCUMULATOR_BOUND, LANES, P, toSigned } from '../program/isa.ts';
import type { Memory } from './memory.ts';

/** where words are read: the memory of a run, or what is left of it */
export type Words = Pick<Memory, 'read' | 'cells'>;

/** coefficients of one accumulator or operand at most (512 MiB) */
const MAX_COEFFICIENTS = 2 ** 26;
/** a float64 holds every integer up to here exactly */
const EXACT = 2 ** 53;

/**
 * 32-bit sums in the kernels' memory: the coefficient of α^e β^o is word `o · width - 1 - e - start` from `address` on, so a channel's
 * positions ascend and the last one, e = 0, stands before column -start.
 */
export interface Sums {
  /** in bytes */
  address: number;
  bytes: number;
  channels: number;
  /** columns a channel */
  width: number;
  start: number;
  /** no sum is larger than this; below 2^31 */
  bound: number;
}

/**
 * Coefficient of α^e β^o is `values[o · span + e - low]`, if that lies inside, plus what `sums` holds; everything else is 0.
 */
export interface Accumulator {
  values: Float64Array;
  channels: number;
  /** lowest exponent of α in `values`, ≤ 0: a tap before the padding gives negative ones */
  low: number;
  /** exponents a channel in `values` */
  span: number;
  sums: Sums | undefined;
  /** all exponents and channels that were ever added to */
  extent: Extent;
  /** no coefficient is larger than this */
  bound: number;
}

export interface Extent {
  low: number;
  high: number;
  channels: number;
}

const NONE = new Float64Array(0);
export const emptyAccumulator = (): Accumulator => ({
  values: NONE,
  channels: 0,
  low: 0,
  span: 0,
  sums: undefined,
  extent: { low: 0, high: -1, channels: 0 },
  bound: 0,
});

const united = (x: Extent, y: Extent): Extent => ({
  low: Math.min(x.low, y.low),
  high: Math.max(x.high, y.high),
  channels: Math.max(x.channels, y.channels),
});
const sizeOf = ({ low, high, channels }: Extent): number => (high - low + 1) * channels;

/** true if the accumulator can take a product of this extent whose coefficients are at most `bound` */
export const admits = (accumulator: Accumulator, extent: Extent, bound: number): boolean =>
  sizeOf(united(accumulator.extent, extent)) <= MAX_COEFFICIENTS && accumulator.bound + bound < EXACT;

/** Notes that a product of this extent and bound is added. */
export function admit(accumulator: Accumulator, extent: Extent, bound: number): void {
  accumulator.bound += bound;
  if (accumulator.bound >= EXACT)
    throw usage('ZK0413', {
      what: 'an accumulator can leave the exact range',
      why: `its bound is ${accumulator.bound}, coefficients must stay below ${ACCUMULATOR_BOUND}`,
      fix: 'smaller weights or activations; the compiler proves this bound for every input',
    });
  const all = united(accumulator.extent, extent);
  if (sizeOf(all) > MAX_COEFFICIENTS)
    throw usage('ZK0417', {
      what: `an accumulator of ${all.channels} channels with ${all.high - all.low + 1} positions is too large`,
      why: `at most 2^26 coefficients`,
    });
  accumulator.extent = all;
}

/** Makes room in `values` for the whole extent; grows by half at least, so that many small steps stay cheap. */
export function reserve(accumulator: Accumulator): void {
  const { low: oldLow, span: oldSpan, channels: oldChannels, values: old } = accumulator;
  const { low, high, channels } = accumulator.extent;
  if (low >= oldLow && high < oldLow + oldSpan && channels <= oldChannels) return;
  const needed = Math.max(high, oldLow + oldSpan - 1) - Math.min(low, oldLow) + 1;
  const roomy = oldSpan && needed > oldSpan ? Math.max(needed, Math.ceil(oldSpan * 1.5)) : needed;
  const span = roomy * channels <= MAX_COEFFICIENTS ? roomy : needed;
  const newLow = Math.min(low, oldLow);
  const newChannels = Math.max(channels, oldChannels);
  const values = new Float64Array(span * newChannels);
  for (let o = 0; o < oldChannels; o++) values.set(old.subarray(o * oldSpan, (o + 1) * oldSpan), o * span + oldLow - newLow);
  Object.assign(accumulator, { values, channels: newChannels, low: newLow, span });
}

/** Operand A of a MAC by exponent of α (highest position has exponent 0), with the extent of its values that are not 0. */
export interface Positions {
  values: Float64Array;
  count: number;
  first: number;
  last: number;
  largest: number;
}

/** Operand B: `values[tap · channels + o]`; `reach` = Σ over taps of the largest absolute value. */
export interface Taps {
  values: Float64Array;
  taps: number;
  channels: number;
  reach: number;
}

export const emptyPositions = (): Positions => ({ values: new Float64Array(0), count: 0, first: 0, last: -1, largest: 0 });
export const emptyTaps = (): Taps => ({ values: new Float64Array(0), taps: 0, channels: 0, reach: 0 });

function requireSize(count: number): void {
  if (count > MAX_COEFFICIENTS) throw usage('ZK0417', { what: `an operand of ${count} lanes is too large`, why: 'at most 2^26' });
}

/**
 * Reads h rows of nw words into `to`, the last position at index 0.
 * @param jump from a row's last word to the next row's first, as a field element
 * @param gap zero words after each row
 */
export function gatherPositions(to: Positions, memory: Words, start: number, nw: number, h: number, jump: number, gap: number): void {
  const count = LANES * h * (nw + gap);
  requireSize(count);
  if (to.values.length < count) to.values = new Float64Array(count);
  else to.values.fill(0, 0, count);
  const { values } = to;
  let [first, last, largest] = [count, -1, 0];
  let address = start;
  let at = count - 1;
  for (let row = 0; row < h; row++, at -= LANES * gap) {
    for (let j = 0; j < nw; j++) {
      const from = memory.read(address);
      const { cells } = memory;
      for (let t = 0; t < LANES; t++, at--) {
        const cell = cells[from + t]!;
        if (cell === 0) continue;
        const value = toSigned(cell);
        values[at] = value;
        if (last < 0) last = at;
        first = at;
        if (value > largest) largest = value;
        else if (-value > largest) largest = -value;
      }
      address = j < nw - 1 ? address + 1 : (address + jump) % P;
    }
  }
  Object.assign(to, { count, first, last, largest });
}

/** Reads `taps` taps of `blocks` words, highest block of channels first. */
export function gatherTaps(to: Taps, memory: Words, start: number, blocks: number, taps: number): void {
  const channels = blocks * LANES;
  requireSize(taps * channels);
  if (to.values.length < taps * channels) to.values = new Float64Array(taps * channels);
  let address = start;
  let reach = 0;
  for (let t = 0; t < taps; t++) {
    let largest = 0;
    for (let block = blocks - 1; block >= 0; block--, address++) {
      const from = memory.read(address);
      const { cells } = memory;
      const at = t * channels + block * LANES;
      for (let lane = 0; lane < LANES; lane++) {
        const value = toSigned(cells[from + lane]!);
        to.values[at + lane] = value;
        if (value > largest) largest = value;
        else if (-value > largest) largest = -value;
      }
    }
    reach += largest;
  }
  Object.assign(to, { taps, channels, reach });
}

/**
 * Exponents that A·Σ_t α^(t-pad) B_t can reach, and those of the positions themselves, which are drained anyway.
 * @param count positions of A(α^step)
 * @param first lowest exponent of A(α^step) with a coefficient that is not 0
 * @param last highest one, -1 if there is none
 */
export const productExtent = (count: number, first: number, last: number, taps: number, pad: number, channels: number): Extent =>
  last < 0
    ? { low: 0, high: count - 1, channels }
    : { low: Math.min(0, first - pad), high: Math.max(count - 1, last + taps - 1 - pad), channels };

/**
 * acc += A(α^step) · α^-pad · Σ_t α^t B_t(β). The inner loop runs over neighbouring positions of one channel and one tap.
 * @param step 1, or 2 for X2
 */
export function addProduct(accumulator: Accumulator, a: Positions, b: Taps, pad: number, step: 1 | 2): void {
  const { first, last } = a;
  const extent = productExtent(a.count * step, first * step, last < 0 ? -1 : last * step, b.taps, pad, b.channels);
  admit(accumulator, extent, a.largest * b.reach);
  reserve(accumulator);
  const { values, span, low } = accumulator;
  const x = a.values;
  for (let t = 0; t < b.taps; t++) {
    for (let o = 0; o < b.channels; o++) {
      const weight = b.values[t * b.channels + o]!;
      if (weight === 0) continue;
      let at = o * span + t - pad - low + first * step;
      if (step === 1) for (let e = first; e <= last; e++) values[at++]! += weight * x[e]!;
      else for (let e = first; e <= last; e++, at += 2) values[at]! += weight * x[e]!;
    }
  }
}

/** acc += Σ A_p·B_p·α^…, lane by lane, on channel 0. */
export function addHadamard(accumulator: Accumulator, a: Positions, b: Positions): void {
  admit(accumulator, { low: 0, high: a.count - 1, channels: 1 }, a.largest * b.largest);
  reserve(accumulator);
  const { values, low } = accumulator;
  const last = Math.min(a.last, b.last);
  for (let e = Math.max(a.first, b.first); e <= last; e++) values[e - low]! += a.values[e]! * b.values[e]!;
}

/** First coefficient of `values` that is not 0 and lies outside exponents 0 … covered-1 of the first `channels` channels. */
export function firstUncovered(
  { values, channels: stored, span, low }: Accumulator,
  channels: number,
  covered: number,
): { channel: number; exponent: number; value: number } | undefined {
  const [zero, end] = [-low, Math.min(span, covered - low)];
  for (let channel = 0; channel < stored; channel++) {
    for (let i = 0; i < span; i++) {
      if (channel < channels && i >= zero && i < end) i = end; // these are drained
      if (i >= span) break;
      const value = values[channel * span + i]!;
      if (value !== 0) return { channel, exponent: i + low, value };
    }
  }
  return undefined;
}
