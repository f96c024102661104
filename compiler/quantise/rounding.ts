// Rounding of weights that looks at the data: each weight's rounding error is compensated by the weights after it, along the directions in
// which the calibration inputs vary together. Source: Frantar et al., "GPTQ" (arXiv:2210.17323) §3, after Hassibi's optimal brain surgeon.
// Caveat: with few calibration inputs it would fit them too well, so a share of the mean power is added to the diagonal.
import { kindOf, type Term } from '../stages/terms/index.ts';
import type { InputGroup } from '../stages/terms/term.ts';
import { type FewRows, fewRows, LANES, type RoundedLanes, roundFew } from './few-rows.ts';

/** What was seen of the inputs of one group of outputs: many rows, or few. */
interface Group {
  inputs: InputGroup;
  seen: ManyRows | FewRows;
}

/** At least half as many rows as inputs: products of inputs say all. */
interface ManyRows {
  /** means of the inputs */
  average: Float64Array;
  /** H, the mean of the rows' outer products: its lower triangle */
  products: Float64Array;
  /** U transposed, where U is upper triangular and UᵀU = (H + λI)^-1 */
  columns: Float64Array;
  /** λ */
  damping: number;
}

/** What is needed to round one term's weights well. */
export interface Moments {
  groups: Group[];
  /** what it was used for last: terms that are alike follow each other */
  last?: { of: Float64Array; scale: number; unit: number; rounded: Rounded };
}

/** more inputs per output than this are rounded plainly: the factorisation costs depth³ */
const MAX_DEPTH = 1024;
const MAX_ROWS = 768;
/** share of the mean power on the diagonal */
const DAMPING = 0.05;

/** Moments that are known already, by term: they are real numbers, the same for every number of bits that is tried. */
export class KnownMoments {
  readonly #known = new Map<Term, Moments | undefined>();
  #bytes = 0;

  /**
   * @param samples the source's elements as the term reads them, one array a calibration sample, in real units
   * @returns undefined where plain rounding has to do
   */
  of(term: Term, samples: () => readonly Float64Array[] | undefined): Moments | undefined {
    if (this.#known.has(term)) return this.#known.get(term);
    const moments = momentsOf(term, samples);
    for (const { seen } of moments?.groups ?? [])
      for (const part of Object.values(seen)) if (part instanceof Float64Array) this.#bytes += part.byteLength;
    if (this.#bytes <= MAX_KNOWN_BYTES) this.#known.set(term, moments);
    return moments;
  }
}

/** all moments that are kept; those of further terms are computed for each try */
const MAX_KNOWN_BYTES = 2 ** 28;

function momentsOf(term: Term, samples: () => readonly Float64Array[] | undefined): Moments | undefined {
  const { rounding } = kindOf(term);
  if (rounding === 'each by itself') return undefined;
  const groups = rounding.groups(term);
  if (groups.some(({ depth }) => depth > MAX_DEPTH)) return undefined;
  const list = samples();
  return list && { groups: groups.map((inputs) => seen(inputs, list)) };
}

/** Every n-th row of inputs that the samples have, so that at most MAX_ROWS are taken. */
function seen(inputs: InputGroup, samples: readonly Float64Array[]): Group {
  const { depth, positions } = inputs;
  const count = samples.length * positions;
  const step = Math.ceil(count / MAX_ROWS);
  const rows = Math.ceil(count / step);
  const values = new Float64Array(rows * depth);
  for (let row = 0; row < rows; row++) {
    const at = row * step;
    inputs.read(samples[Math.floor(at / positions)]!, at % positions, values, row * depth);
  }
  return { inputs, seen: 2 * rows <= depth ? fewRows(values, rows, depth, DAMPING) : factorised(values, rows, depth) };
}

/** H, the Cholesky factor of the inverse of H + λI, and λ. */
function factorised(values: Float64Array, rows: number, depth: number): ManyRows {
  const h = new Float64Array(depth * depth);
  for (let row = 0; row < rows; row++) {
    const at = row * depth;
    for (let i = 0; i < depth; i++) {
      const value = values[at + i]! / rows;
      if (value === 0) continue;
      for (let j = 0; j <= i; j++) h[i * depth + j]! += value * values[at + j]!;
    }
  }
  const products = h.slice();
  let power = 0;
  for (let i = 0; i < depth; i++) power += h[i * depth + i]!;
  const damping = (DAMPING * power) / depth || 1;
  for (let i = 0; i < depth; i++) h[i * depth + i]! += damping;
  // With H reversed in both axes, H' = L·Lᵀ, the factor U of the inverse is the reversed inverse of L: U = J·L^-1·J is upper triangular.
  const reversed = new Float64Array(depth * depth);
  for (let i = 0; i < depth; i++) for (let j = 0; j <= i; j++) reversed[i * depth + j] = h[(depth - 1 - j) * depth + (depth - 1 - i)]!;
  cholesky(reversed, depth);
  const inverse = lowerInverse(reversed, depth);
  const columns = new Float64Array(depth * depth);
  for (let i = 0; i < depth; i++) for (let j = 0; j <= i; j++) columns[(depth - 1 - j) * depth + (depth - 1 - i)] = inverse[i * depth + j]!;
  const average = new Float64Array(depth);
  for (let row = 0, at = 0; row < rows; row++) for (let k = 0; k < depth; k++, at++) average[k]! += values[at]! / rows;
  return { average, products, columns, damping };
}

/** In place: the lower triangle of a positive definite matrix becomes its Cholesky factor. */
function cholesky(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0, x = i * n, y = j * n; k < j; k++, x++, y++) sum -= a[x]! * a[y]!;
      a[i * n + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / a[j * n + j]!;
    }
  }
}

/** Inverse of a lower triangular matrix, row by row. */
function lowerInverse(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = inverse.subarray(i * n, i * n + i + 1);
    for (let k = 0; k < i; k++) {
      const factor = l[i * n + k]!;
      if (factor === 0) continue;
      for (let j = 0, at = k * n; j <= k; j++, at++) row[j]! -= factor * inverse[at]!;
    }
    row[i] = 1;
    for (let j = 0; j <= i; j++) row[j]! /= l[i * n + i]!;
  }
  return inverse;
}

/** Rounded weights, and what the rounding does to the outputs on the calibration inputs. */
export interface Rounded {
  weights: Float64Array;
  /** mean over outputs of the squared error that remains when its mean is corrected, in squared accumulator units */
  variance: number;
  /** mean error of each output's sum, real minus integer, in accumulator units; undefined: not corrected */
  means: Float64Array | undefined;
}

/** What the errors of the first `k` inputs leave of weight `k` of each output, and their sums with row `k` of H. */
function compensate(
  columns: Float64Array,
  products: Float64Array,
  row: number,
  k: number,
  shares: Float64Array,
  errors: Float64Array,
  left: Float64Array,
  sums: Float64Array,
): void {
  let [a, b, c, d] = [left[0]!, left[1]!, left[2]!, left[3]!];
  let [p, q, r, s] = [0, 0, 0, 0];
  for (let j = 0, at = 0; j < k; j++, at += LANES) {
    const factor = columns[row + j]!;
    const product = products[row + j]!;
    a -= shares[at]! * factor;
    b -= shares[at + 1]! * factor;
    c -= shares[at + 2]! * factor;
    d -= shares[at + 3]! * factor;
    p += errors[at]! * product;
    q += errors[at + 1]! * product;
    r += errors[at + 2]! * product;
    s += errors[at + 3]! * product;
  }
  left[0] = a;
  left[1] = b;
  left[2] = c;
  left[3] = d;
  sums[0] = p;
  sums[1] = q;
  sums[2] = r;
  sums[3] = s;
}

/** Rounds the weights of up to LANES outputs, weight k of output i at `at(k, i)`. */
function roundMany(
  { average, products, columns }: ManyRows,
  depth: number,
  exact: Float64Array,
  weights: Float64Array,
  lanes: number,
  at: (k: number, i: number) => number,
): RoundedLanes {
  const shares = new Float64Array(LANES * depth);
  const errors = new Float64Array(LANES * depth);
  const [left, sums] = [new Float64Array(LANES), new Float64Array(LANES)];
  // of the sum of errors over the rows: eᵀ·average and eᵀ·H·e
  const [squares, mean, power] = [new Float64Array(LANES), new Float64Array(LANES), new Float64Array(LANES)];
  for (let k = 0, row = 0; k < depth; k++, row += depth) {
    for (let i = 0; i < lanes; i++) left[i] = exact[at(k, i)]!;
    compensate(columns, products, row, k, shares, errors, left, sums);
    for (let i = 0; i < lanes; i++) {
      const place = at(k, i);
      const rounded = Math.round(left[i]!);
      shares[LANES * k + i] = (left[i]! - rounded) / columns[row + k]!;
      weights[place] = rounded;
      const error = exact[place]! - rounded;
      errors[LANES * k + i] = error;
      squares[i]! += error ** 2;
      mean[i]! += error * average[k]!;
      power[i]! += error * (2 * sums[i]! + error * products[row + k]!);
    }
  }
  return { squares, mean, power };
}

/**
 * Rounds exact weights (in accumulator units per source integer) to integers.
 * @param scale real value of one source integer
 * @param every only every n-th few outputs of a group are rounded, for the variance alone
 */
export function roundWith({ groups }: Moments, exact: Float64Array, scale: number, every = 1): Rounded {
  const weights = new Float64Array(exact.length);
  const stride = LANES * every;
  const few = ({ inputs: { outputs } }: Group): number => Math.floor(outputs / stride) * LANES + Math.min(LANES, outputs % stride);
  const count = groups.reduce((sum, group) => sum + few(group), 0);
  const means = new Float64Array(count);
  let variance = 0;
  let place = 0;
  for (const { inputs, seen } of groups) {
    const { first, outputs, outputStep, inputStep, depth } = inputs;
    for (let lane = 0; lane < outputs; lane += stride) {
      const lanes = Math.min(LANES, outputs - lane);
      const at = (k: number, i: number): number => first + (lane + i) * outputStep + k * inputStep;
      const { squares, mean, power } =
        'shares' in seen ? roundFew(seen, exact, weights, lanes, at) : roundMany(seen, depth, exact, weights, lanes, at);
      for (let i = 0; i < lanes; i++, place++) {
        means[place] = mean[i]! / scale;
        variance += (Math.max(0, power[i]! - mean[i]! ** 2) + seen.damping * squares[i]!) / (scale * scale) / count;
      }
    }
  }
  return { weights, variance, means };
}
