// Weights of linear and cubic Resize (ONNX 10-19): along each axis the result is a constant matrix times the input, [from][to].
// Source: the reference of onnx.ai/onnx/operators (interpolate_nd), Keys' cubic kernel. Caveat: nearest_mode does not belong here.
import { realsOf } from '../onnx/budget.ts';

/** Keys' cubic kernel with parameter a */
export const cubic = (x: number, a: number): number => {
  const t = Math.abs(x);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
};
/** weight of a neighbour by its distance */
export const linear = (x: number): number => Math.max(0, 1 - Math.abs(x));

export interface Interpolation {
  mode: 'linear' | 'cubic';
  cubicCoefficient: number;
  /** weights outside the input count as nothing, and the rest is scaled to sum 1; else the border is repeated */
  excludeOutside: boolean;
  /** the kernel widens where the result is smaller */
  antialias: boolean;
  /** value beyond the input for coordinates outside it, which only tf_crop_and_resize has */
  extrapolates: boolean;
}

/** One axis as a matrix. `outside` lists coordinates of the result that lie outside the input, if those are extrapolated. */
export function interpolationMatrix(
  { mode, cubicCoefficient, excludeOutside, antialias, extrapolates }: Interpolation,
  from: number,
  to: number,
  scale: number,
  place: (x: number) => number,
): { data: Float64Array; outside: number[] } {
  const data = realsOf(from * to);
  const outside: number[] = [];
  const stretch = antialias && scale < 1 ? scale : 1;
  const reach = (mode === 'linear' ? 1 : 2) / stretch;
  const kernel = (x: number): number => (mode === 'linear' ? linear(x) : cubic(x, cubicCoefficient));
  for (let x = 0; x < to; x++) {
    const at = place(x);
    if (extrapolates && (at < 0 || at > from - 1)) {
      outside.push(x);
      continue;
    }
    let sum = 0;
    const weights: [number, number][] = [];
    for (let i = Math.ceil(at - reach); i <= Math.floor(at + reach); i++) {
      const weight = kernel((i - at) * stretch);
      if (excludeOutside && (i < 0 || i >= from)) continue;
      weights.push([Math.min(Math.max(i, 0), from - 1), weight]);
      sum += weight;
    }
    for (const [i, weight] of weights) data[i * to + x]! += sum ? weight / sum : 0;
  }
  return { data, outside };
}
