// Sums of products of plain arrays, in plain loops: weights in rows times two windows at once, and rows of a matrix, four at a time. Source: register
// blocking as in any BLAS; matrix-products.ts takes a kernel where there is one. Caveat: every sum is added in the order of its terms, so results
// are those of the simplest loops, to the last bit; that rules out faster orders.

/**
 * out[to + o·step] += Σ_k weights[first + o·depth + k] · windows[k] for every output o, and the same for the second window.
 * @param windows one or two lists of `depth` values, one behind the other
 * @param second place of the second window's first output, or -1 where there is one window only
 */
export function addProducts(
  weights: Float64Array,
  { first, depth, outputs }: { first: number; depth: number; outputs: number },
  windows: Float64Array,
  out: Float64Array,
  [to, second]: readonly [number, number],
  step: number,
): void {
  if (second < 0) {
    addWindow(weights, first, depth, outputs, windows, out, to, step);
    return;
  }
  let o = 0;
  for (; o + 4 <= outputs; o += 4) {
    const a = first + o * depth;
    const [b, c, d] = [a + depth, a + 2 * depth, a + 3 * depth];
    const [e, f] = [to + o * step, second + o * step];
    let [p, q, r, s] = [out[e]!, out[e + step]!, out[e + 2 * step]!, out[e + 3 * step]!];
    let [t, u, v, w] = [out[f]!, out[f + step]!, out[f + 2 * step]!, out[f + 3 * step]!];
    for (let k = 0; k < depth; k++) {
      const x = windows[k]!;
      const y = windows[depth + k]!;
      const wa = weights[a + k]!;
      const wb = weights[b + k]!;
      const wc = weights[c + k]!;
      const wd = weights[d + k]!;
      p += wa * x;
      t += wa * y;
      q += wb * x;
      u += wb * y;
      r += wc * x;
      v += wc * y;
      s += wd * x;
      w += wd * y;
    }
    out[e] = p;
    out[e + step] = q;
    out[e + 2 * step] = r;
    out[e + 3 * step] = s;
    out[f] = t;
    out[f + step] = u;
    out[f + 2 * step] = v;
    out[f + 3 * step] = w;
  }
  for (; o < outputs; o++) {
    let [p, t] = [out[to + o * step]!, out[second + o * step]!];
    for (let k = 0, at = first + o * depth; k < depth; k++, at++) {
      p += weights[at]! * windows[k]!;
      t += weights[at]! * windows[depth + k]!;
    }
    out[to + o * step] = p;
    out[second + o * step] = t;
  }
}

function addWindow(
  weights: Float64Array,
  first: number,
  depth: number,
  outputs: number,
  window: Float64Array,
  out: Float64Array,
  to: number,
  step: number,
): void {
  let o = 0;
  for (; o + 4 <= outputs; o += 4) {
    const a = first + o * depth;
    const [b, c, d] = [a + depth, a + 2 * depth, a + 3 * depth];
    const e = to + o * step;
    let [p, q, r, s] = [out[e]!, out[e + step]!, out[e + 2 * step]!, out[e + 3 * step]!];
    for (let k = 0; k < depth; k++) {
      const x = window[k]!;
      p += weights[a + k]! * x;
      q += weights[b + k]! * x;
      r += weights[c + k]! * x;
      s += weights[d + k]! * x;
    }
    out[e] = p;
    out[e + step] = q;
    out[e + 2 * step] = r;
    out[e + 3 * step] = s;
  }
  for (; o < outputs; o++) {
    let sum = out[to + o * step]!;
    for (let k = 0, at = first + o * depth; k < depth; k++, at++) sum += weights[at]! * window[k]!;
    out[to + o * step] = sum;
  }
}

/** A vector: the elements at, at + step, … of an array. */
export interface Vector {
  data: Float64Array;
  at: number;
  step: number;
}

/**
 * out[o] += Σ_k values[k] · matrix[from + k·columns + o] for every column o.
 * @param skips zeros among the values are left out: they add nothing to finite numbers
 */
export function addRows(
  matrix: Float64Array,
  { from, depth, columns }: { from: number; depth: number; columns: number },
  values: Vector,
  out: Vector,
  skips: boolean,
): void {
  const { data: sums, at: to, step } = out;
  const rows = new Int32Array(4);
  const factors = new Float64Array(4);
  let found = 0;
  for (let k = 0; k < depth; k++) {
    const value = values.data[values.at + k * values.step]!;
    if (value !== 0 || !skips) {
      rows[found] = from + k * columns;
      factors[found++] = value;
    }
    if (found < 4 && k < depth - 1) continue;
    if (found === 4) {
      const [a, b, c, d] = [rows[0]!, rows[1]!, rows[2]!, rows[3]!];
      const [p, q, r, s] = [factors[0]!, factors[1]!, factors[2]!, factors[3]!];
      for (let o = 0, e = to; o < columns; o++, e += step)
        sums[e] = sums[e]! + p * matrix[a + o]! + q * matrix[b + o]! + r * matrix[c + o]! + s * matrix[d + o]!;
    } else
      for (let i = 0; i < found; i++) {
        const [a, p] = [rows[i]!, factors[i]!];
        for (let o = 0, e = to; o < columns; o++, e += step) sums[e]! += p * matrix[a + o]!;
      }
    found = 0;
  }
}

/** columns that are done at once, so that sums of many rows stay in a cache */
const TILE = 512;
/** Vectors of one list: from each of `at` on, `step` apart. */
export interface Vectors {
  data: Float64Array;
  at: Int32Array;
  step: number;
}

/** The same for many vectors, without leaving out zeros, two at a time; the last one of an odd count is left. */
export function addPairs(
  matrix: Float64Array,
  { from, depth, columns }: { from: number; depth: number; columns: number },
  values: Vectors,
  out: Vectors,
): void {
  const paired = values.at.length & ~1;
  for (let first = 0; paired > 0 && first < columns; first += TILE) {
    const last = Math.min(columns, first + TILE);
    for (let k = 0; k < depth; k += 4)
      for (let p = 0; p < paired; p += 2)
        addPair(matrix, from + k * columns, columns, [first, last], Math.min(4, depth - k), values, k, out, p);
  }
}

/** Up to four rows of the matrix for two vectors. */
function addPair(
  matrix: Float64Array,
  row: number,
  columns: number,
  [first, last]: readonly [number, number],
  rows: number,
  { data, at, step }: Vectors,
  k: number,
  out: Vectors,
  p: number,
): void {
  const sums = out.data;
  const [x, y] = [at[p]! + k * step, at[p + 1]! + k * step];
  let [e, f] = [out.at[p]! + first * out.step, out.at[p + 1]! + first * out.step];
  if (rows < 4) {
    for (let i = 0; i < rows; i++) {
      const [v, w] = [data[x + i * step]!, data[y + i * step]!];
      for (let o = first, g = e, h = f; o < last; o++, g += out.step, h += out.step) {
        const m = matrix[row + i * columns + o]!;
        sums[g]! += v * m;
        sums[h]! += w * m;
      }
    }
    return;
  }
  const [p0, p1, p2, p3] = [data[x]!, data[x + step]!, data[x + 2 * step]!, data[x + 3 * step]!];
  const [q0, q1, q2, q3] = [data[y]!, data[y + step]!, data[y + 2 * step]!, data[y + 3 * step]!];
  const [a, b, c, d] = [row, row + columns, row + 2 * columns, row + 3 * columns];
  for (let o = first; o < last; o++, e += out.step, f += out.step) {
    const m0 = matrix[a + o]!;
    const m1 = matrix[b + o]!;
    const m2 = matrix[c + o]!;
    const m3 = matrix[d + o]!;
    sums[e] = sums[e]! + p0 * m0 + p1 * m1 + p2 * m2 + p3 * m3;
    sums[f] = sums[f]! + q0 * m0 + q1 * m1 + q2 * m2 + q3 * m3;
  }
}
