// The rounding of rounding.ts where calibration has far fewer rows than a sum has inputs: then what earlier errors ask of a weight is known from their
// sum on those rows, and nothing of the size inputs × inputs is needed. Source: the same optimum, by (VᵀV + λI)^-1 Vᵀ = Vᵀ (VVᵀ + λI)^-1, and
// Sherman-Morrison for one input more. Caveat: equal to the other way in exact arithmetic; in floating point the last bits differ.

/** outputs that are rounded at once */
export const LANES = 4;

export interface FewRows {
  depth: number;
  rows: number;
  /** [depth][rows]: what each input is on the rows */
  inputs: Float64Array;
  /** [depth][rows]: what the errors' sums on the rows add to a weight before it is rounded */
  shares: Float64Array;
  damping: number;
}

/**
 * @param values [rows][depth]
 * @param share of the mean power that is added to the diagonal
 */
export function fewRows(values: Float64Array, rows: number, depth: number, share: number): FewRows {
  const inputs = new Float64Array(depth * rows);
  let power = 0;
  for (let row = 0, at = 0; row < rows; row++)
    for (let k = 0; k < depth; k++, at++) {
      inputs[k * rows + row] = values[at]!;
      power += values[at]! ** 2 / rows;
    }
  const damping = (share * power) / depth || 1;
  // the inverse of λI + Σ v·vᵀ / rows over the inputs from k on, for k from the last to the first
  const inverse = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) inverse[i * rows + i] = 1 / damping;
  const shares = new Float64Array(depth * rows);
  const product = new Float64Array(rows);
  for (let k = depth - 1; k >= 0; k--) {
    const [v, share] = [inputs.subarray(k * rows, (k + 1) * rows), shares.subarray(k * rows, (k + 1) * rows)];
    let size = rows;
    for (let i = 0, at = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < rows; j++, at++) sum += inverse[at]! * v[j]!;
      product[i] = sum;
      size += sum * v[i]!;
    }
    for (let i = 0; i < rows; i++) share[i] = product[i]! / size;
    for (let i = 0, at = 0; i < rows; i++) {
      const factor = share[i]!;
      for (let j = 0; j < rows; j++, at++) inverse[at]! -= factor * product[j]!;
    }
  }
  return { depth, rows, inputs, shares, damping };
}

/** Errors of up to LANES outputs on the calibration inputs. */
export interface RoundedLanes {
  /** of each output's sum: its mean, and the mean of its square */
  mean: Float64Array;
  power: Float64Array;
  /** of each output's weights: the sum of squares */
  squares: Float64Array;
}

/**
 * Rounds the weights of up to LANES outputs.
 * @param at place of weight k of output i
 */
export function roundFew(
  { depth, rows, inputs, shares }: FewRows,
  exact: Float64Array,
  weights: Float64Array,
  lanes: number,
  at: (k: number, i: number) => number,
): RoundedLanes {
  /** [rows][LANES]: sums of errors */
  const sums = new Float64Array(LANES * rows);
  const [errors, left] = [new Float64Array(LANES), new Float64Array(LANES)];
  const squares = new Float64Array(LANES);
  for (let k = 0; k < depth; k++) {
    added(inputs, (k - 1) * rows, k > 0 ? errors : undefined, shares, k * rows, rows, sums, left);
    for (let i = 0; i < lanes; i++) {
      const place = at(k, i);
      const rounded = Math.round(exact[place]! + left[i]!);
      weights[place] = rounded;
      errors[i] = exact[place]! - rounded;
      squares[i]! += errors[i]! ** 2;
    }
  }
  added(inputs, (depth - 1) * rows, errors, shares, 0, rows, sums, left);
  const [mean, power] = [new Float64Array(LANES), new Float64Array(LANES)];
  for (let row = 0, s = 0; row < rows; row++)
    for (let i = 0; i < LANES; i++, s++) {
      mean[i]! += sums[s]! / rows;
      power[i]! += sums[s]! ** 2 / rows;
    }
  return { mean, power, squares };
}

/** Adds one input's errors into the sums, and puts into `left` what those add to the next weights. */
function added(
  inputs: Float64Array,
  input: number,
  errors: Float64Array | undefined,
  shares: Float64Array,
  share: number,
  rows: number,
  sums: Float64Array,
  left: Float64Array,
): void {
  left.fill(0);
  if (!errors) return;
  const [e, f, g, h] = [errors[0]!, errors[1]!, errors[2]!, errors[3]!];
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let row = 0, at = 0; row < rows; row++, at += LANES) {
    const x = inputs[input + row]!;
    const y = shares[share + row]!;
    const p = sums[at]! + e * x;
    const q = sums[at + 1]! + f * x;
    const r = sums[at + 2]! + g * x;
    const s = sums[at + 3]! + h * x;
    sums[at] = p;
    sums[at + 1] = q;
    sums[at + 2] = r;
    sums[at + 3] = s;
    a += p * y;
    b += q * y;
    c += r * y;
    d += s * y;
  }
  left[0] = a;
  left[1] = b;
  left[2] = c;
  left[3] = d;
}
