// Sums of products of plain arrays, the inner loops of everything dense: weights in rows times two windows at once, and rows of a matrix, four at a
// time. Source: register blocking as in any BLAS. Caveat: every sum is added in the order of its terms, so results are those of the plain loops, to
// the last bit; that rules out faster orders.

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
