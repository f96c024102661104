// Rows divided by their own size before they are normalised: what a normalisation gives does not depend on how large a row is, so rows whose sizes differ
// by any factor are kept as sign and logarithm, and only the difference of logarithms to the row's largest element becomes a number again, in [-1, 1].
// Source: x / √(mean x² + ε) = z / √(mean z² + ε / s²) with z = x / s. Caveat: an element below e^-8 of its row's largest counts as that share of it.
import { realsOf } from '../onnx/budget.ts';
import { real, type Shape, type Tensor } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { type ExpandedNode, pointwise } from './operator.ts';
import { reductionOf } from './reduce.ts';

/** A normalisation of a graph: value · factor / (sum + ε)^(1 / power), where the sum or mean is of powers of the value along axes. */
export interface RowScale {
  /** what is normalised, or of what the mean is subtracted first */
  value: string;
  centred: boolean;
  axes: readonly number[];
  reduction: 'ReduceMean' | 'ReduceSum';
  power: 1 | 2;
  factor: number;
  epsilon: number;
  /** elements of this size and less are near zero in every row */
  floor: number;
}

/** smallest share of the largest element of a row that is told from others, as a logarithm */
const LEAST = -8;

/** a logarithm with a sign, which is linear near zero */
export const SignedLog = pointwise((context) => {
  const floor = context.float('floor', 1);
  return { name: `asinh(x / ${floor})`, apply: (x) => Math.asinh(x / floor), relative: true };
});

/** the logarithm of |x|, of what SignedLog gives for x */
export const LogOfSize = pointwise((context) => {
  const floor = context.float('floor', 1);
  const least = Math.log(floor / 2);
  return { name: `log size (${floor})`, apply: (x) => Math.max(least, Math.log(floor * Math.sinh(Math.abs(x)))) };
});

const sizeOf = (logarithm: number, power: number, epsilon: number): number => Math.exp(power * logarithm) + epsilon;

/** the logarithm of (x^power + ε)^(1 / power), of the logarithm of x */
export const LogWith = pointwise((context) => {
  const [power, epsilon] = [context.float('power', 2), context.float('epsilon', 0)];
  return { name: `log with ${epsilon} (${power})`, apply: (x) => Math.log(sizeOf(x, power, epsilon)) / power };
});

/** ε / (x^power + ε), of the logarithm of x */
export const ShareOf = pointwise((context) => {
  const [power, epsilon] = [context.float('power', 2), context.float('epsilon', 0)];
  return { name: `share of ${epsilon} (${power})`, apply: (x) => epsilon / sizeOf(x, power, epsilon) };
});

/** Rows of elements that a matrix subtracts the means of: those along the last axes where they are all, else all elements, so that nothing has to be moved. */
function rowsOf(shape: Shape, axes: readonly number[]): { rows: number; length: number; reduced: number; row: (e: number) => number } {
  const { kept, reduced, order } = reductionOf(shape, axes, false);
  if (order.every((at, i) => at === i)) return { rows: kept, length: reduced, reduced, row: () => 0 };
  const row = new Int32Array(order.length);
  for (const [i, at] of order.entries()) row[at] = Math.floor(i / reduced);
  return { rows: 1, length: order.length, reduced, row: (e) => row[e]! };
}

/** SignedLog of x - mean x, in one sum of exact integers: a stored mean would have the steps of the largest row */
function centredLogs({ value, axes, floor }: RowScale, shape: Shape, out: string, logs: string): ExpandedNode[] {
  const { rows, length, reduced, row } = rowsOf(shape, axes);
  const n = (what: string): string => `${out} ${what}`;
  const weight = (from: number, to: number): number => (from === to ? 1 : 0) - (row(from) === row(to) ? 1 / reduced : 0);
  const matrix: Tensor = real(
    [length, length],
    realsOf(length * length, (i) => weight(Math.floor(i / length), i % length)),
  );
  return [
    { operator: 'Reshape', inputs: [value, integers(rows, length)], outputs: [n('rows')] },
    { operator: 'MatMul', inputs: [n('rows'), matrix], outputs: [n('centred')] },
    { operator: 'SignedLog', inputs: [n('centred')], outputs: [n('signed')], attributes: { floor } },
    { operator: 'Reshape', inputs: [n('signed'), integers(...shape)], outputs: [logs] },
  ];
}

/** The nodes that compute a normalisation with every row divided by its size first. @param shape of the value */
export function rowScaled(scale: RowScale, shape: Shape, out: string): ExpandedNode[] {
  const { value, axes, reduction, power, factor, epsilon, floor } = scale;
  const n = (what: string): string => `${out} by rows ${what}`;
  const attributes = { axes: [...axes], keepdims: 1 };
  const logs = n('logs');
  const count = reduction === 'ReduceMean' ? 1 : axes.reduce((product, axis) => product * shape[axis]!, 1);
  const nodes: ExpandedNode[] = scale.centred
    ? centredLogs(scale, shape, `${out} by rows`, logs)
    : [{ operator: 'SignedLog', inputs: [value], outputs: [logs], attributes: { floor } }];
  nodes.push(
    { operator: 'LogOfSize', inputs: [logs], outputs: [n('sizes')], attributes: { floor } },
    { operator: 'Sign', inputs: [logs], outputs: [n('signs')] },
    { operator: 'ReduceMax', inputs: [n('sizes')], outputs: [n('most')], attributes },
  );
  const own = { power, epsilon };
  if (epsilon > 0) nodes.push({ operator: 'LogWith', inputs: [n('most')], outputs: [n('size')], attributes: own });
  nodes.push(
    { operator: 'Sub', inputs: [n('sizes'), n(epsilon > 0 ? 'size' : 'most')], outputs: [n('shares')], known: { within: [LEAST, 0] } },
    { operator: 'Exp', inputs: [n('shares')], outputs: [n('parts')], known: { within: [0, 1] } },
    { operator: 'Mul', inputs: [n('signs'), n('parts')], outputs: [n('unit')], known: { within: [-1, 1] } },
    power === 2
      ? { operator: 'Mul', inputs: [n('unit'), n('unit')], outputs: [n('powers')], known: { within: [0, 1] } }
      : { operator: 'Identity', inputs: [n('parts')], outputs: [n('powers')] },
    { operator: reduction, inputs: [n('powers')], outputs: [n('total')], attributes, known: { within: [0, count] } },
  );
  if (epsilon > 0)
    nodes.push(
      { operator: 'ShareOf', inputs: [n('most')], outputs: [n('epsilon')], attributes: own, known: { within: [0, 1] } },
      { operator: 'Add', inputs: [n('total'), n('epsilon')], outputs: [n('sum')] },
    );
  nodes.push(
    { operator: 'PowBy', inputs: [n(epsilon > 0 ? 'sum' : 'total')], outputs: [n('root')], attributes: { exponent: -1 / power } },
    { operator: 'Mul', inputs: [n('root'), real([], Float64Array.of(factor))], outputs: [n('factor')] },
    { operator: 'Mul', inputs: [n('unit'), n('factor')], outputs: [out] },
  );
  return nodes;
}

/** Numbers in the matrix that subtracts means. */
export const centringWork = (shape: Shape, axes: readonly number[]): number => rowsOf(shape, axes).length ** 2;
