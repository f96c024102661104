// The circle group x² + y² = 1 over M31, canonic cosets in bit-reversed storage, lifting, and points over QM31.
// Source: "Circle STARKs" (ePrint 2024/278) §3-4; the index rules are PCS.md §2. A point is named by its index e: the point e·G.
// Caveat: three orders meet here: trace rows, natural coset order and storage positions. Only positions index stored columns.

import { bug, rejected } from './errors.ts';
import * as m31 from './m31.ts';
import type { QM31 } from './qm31.ts';
import * as qm31 from './qm31.ts';

// Bound once, as in fft.ts.
const add = m31.add;
const mul = m31.mul;
const sub = m31.sub;
const P = m31.P;

/** A point of the circle over a field: [x, y]. */
type Point<F> = readonly [F, F];
export type CirclePoint = Point<QM31>;

/** The generator G has order 2^31, so indices are taken modulo 2^31 by this mask. */
const INDEX_MASK = 0x7fffffff;
const GENERATOR: Point<number> = [2, 1268011823];

/** Largest log size of a canonic coset. */
export const MAX_LOG_SIZE = 30;

const addPlainPoints = (p: Point<number>, q: Point<number>): [number, number] => [
  sub(mul(p[0], q[0]), mul(p[1], q[1])),
  add(mul(p[0], q[1]), mul(p[1], q[0])),
];

const DOUBLES: readonly Point<number>[] = (() => {
  const list: Point<number>[] = [GENERATOR];
  for (let i = 1; i < 31; i++) list.push(addPlainPoints(list[i - 1]!, list[i - 1]!));
  return list;
})();

/** g(logSize): the index of a generator of the subgroup of order 2^logSize, one trace row further. 0 for logSize 0. */
export const stepIndex = (logSize: number): number => (2 ** (31 - logSize)) & INDEX_MASK;

/** The point index·G; any integer index, negative ones too. */
export function pointAt(index: number): [number, number] {
  let point: [number, number] = [1, 0];
  for (let rest = index & INDEX_MASK, i = 0; rest !== 0; rest >>>= 1, i++) if (rest & 1) point = addPlainPoints(point, DOUBLES[i]!);
  return point;
}

/** Coordinates of several points, x and y. */
export type Points = readonly [Uint32Array, Uint32Array];

/** The points with these indices. */
export function pointsAt(indices: readonly number[]): Points {
  const points: Points = [new Uint32Array(indices.length), new Uint32Array(indices.length)];
  for (let i = 0; i < indices.length; i++) [points[0][i], points[1][i]] = pointAt(indices[i]!);
  return points;
}

/** `i` with its lowest `bits` bits in reverse order. */
export function bitReverse(i: number, bits: number): number {
  let reversed = 0;
  for (let k = 0, rest = i; k < bits; k++, rest >>>= 1) reversed = (reversed << 1) | (rest & 1);
  return reversed >>> 0;
}

/** Index of the point that is stored at `position` of the canonic coset of log size `logSize` (1..30). */
export function indexAt(logSize: number, position: number): number {
  const natural = bitReverse(position, logSize);
  const half = 2 ** (logSize - 1);
  const index = (2 ** (30 - logSize) + (natural % half) * 2 ** (32 - logSize)) & INDEX_MASK;
  return natural < half ? index : -index & INDEX_MASK;
}

/** Storage position of the point with this index, which must be in the canonic coset of log size `logSize`. @throws bug if it is not */
export function positionOf(logSize: number, index: number): number {
  const odd = (index & INDEX_MASK) / 2 ** (30 - logSize); // the coset is the odd multiples of index 2^(30 - logSize)
  const half = 2 ** (logSize - 1);
  if (odd % 2 !== 1) throw bug(`index ${index} is not in the canonic coset of log size ${logSize}`);
  return bitReverse(odd % 4 === 1 ? (odd - 1) / 4 : half + (4 * half - odd - 1) / 4, logSize);
}

/** Storage position of trace row `row`: the point g(logSize + 1) + row·g(logSize). */
export function rowPosition(logSize: number, row: number): number {
  const half = 2 ** (logSize - 1);
  return bitReverse(row % 2 === 0 ? row / 2 : half + (2 * half - 1 - row) / 2, logSize);
}

/**
 * The lifted index rule: position `position` of log size `fromLogSize` reads a column of log size `toLogSize` ≤ fromLogSize here.
 * It holds for traces, extensions and tree positions alike, and it composes.
 */
export const lift = (position: number, fromLogSize: number, toLogSize: number): number =>
  ((position >>> (fromLogSize - toLogSize + 1)) << 1) | (position & 1);

/**
 * Position of the previous trace row (the point - g(traceLogSize)) inside an extension of log size `extensionLogSize` ≥ traceLogSize;
 * backwards on the first half of the natural order, forwards on the second.
 */
export function previousPosition(extensionLogSize: number, traceLogSize: number, position: number): number {
  const natural = bitReverse(position, extensionLogSize);
  const half = 2 ** (extensionLogSize - 1);
  if (extensionLogSize === traceLogSize) return positionOf(extensionLogSize, indexAt(extensionLogSize, position) - stepIndex(traceLogSize));
  const step = 2 ** (extensionLogSize - traceLogSize - 1);
  const previous = natural < half ? (natural - step + half) % half : half + ((natural - half + step) % half);
  return bitReverse(previous, extensionLogSize);
}

const previousTables = new Map<string, Uint32Array>();

/** `previousPosition` of every position; memoised. */
export function previousPositions(extensionLogSize: number, traceLogSize: number): Uint32Array {
  const key = `${extensionLogSize},${traceLogSize}`;
  const known = previousTables.get(key);
  if (known) return known;
  const table = new Uint32Array(2 ** extensionLogSize);
  for (let position = 0; position < table.length; position++) table[position] = previousPosition(extensionLogSize, traceLogSize, position);
  previousTables.set(key, table);
  return table;
}

/** Coordinates of the points of a canonic coset in storage order. */
export interface Domain {
  readonly x: Uint32Array;
  readonly y: Uint32Array;
}

/**
 * The points at positions 0, 4, 8, … of the canonic coset of log size `logSize` ≥ 2: one point addition each, straight in storage order,
 * because bit l of position/4 stands for bit logSize-3-l of the natural order.
 */
export function quarterDomain(logSize: number): Domain {
  const bits = logSize - 2;
  const x = new Uint32Array(2 ** bits);
  const y = new Uint32Array(2 ** bits);
  [x[0], y[0]] = pointAt(2 ** (30 - logSize));
  for (let l = 0; l < bits; l++) {
    const [stepX, stepY] = pointAt(2 ** (32 - logSize + bits - 1 - l));
    const known = 2 ** l;
    for (let t = 0; t < known; t++) {
      const px = x[t]!;
      const py = y[t]!;
      x[known + t] = sub(mul(px, stepX), mul(py, stepY));
      y[known + t] = add(mul(px, stepY), mul(py, stepX));
    }
  }
  return { x, y };
}

const domains = new Map<number, Domain>();

/** All points of the canonic coset of log size `logSize` (1..30) in storage order; memoised. Positions 4i..4i+3 are (±x, ±y). */
export function domain(logSize: number): Domain {
  const known = domains.get(logSize);
  if (known) return known;
  if (!(logSize >= 1 && logSize <= MAX_LOG_SIZE)) throw bug(`no canonic coset of log size ${logSize}`);
  const x = new Uint32Array(2 ** logSize);
  const y = new Uint32Array(2 ** logSize);
  if (logSize === 1)
    y.set([P - 1, 1]); // the points (0, -1) and (0, 1)
  else {
    const quarter = quarterDomain(logSize);
    for (let t = 0, j = 0; t < quarter.x.length; t++, j += 4) {
      const px = quarter.x[t]!;
      const py = quarter.y[t]!;
      x[j] = x[j + 1] = px;
      x[j + 2] = x[j + 3] = P - px; // no coordinate is 0 from log size 2 on
      y[j] = y[j + 3] = py;
      y[j + 1] = y[j + 2] = P - py;
    }
  }
  const made = { x, y };
  domains.set(logSize, made);
  return made;
}

/** x at `position` of the line domain of log size `logSize`: positions 2i and 2i+1 of the next larger canonic coset share it. */
export const lineX = (logSize: number, position: number): number => pointAt(indexAt(logSize + 1, 2 * position))[0];

/** π on x-coordinates over M31: 2x² - 1. */
export function doubleX(x: number): number {
  const square = mul(x, x);
  return sub(add(square, square), 1);
}

/** π on x-coordinates over QM31: 2x² - 1. */
export function doubleXOverQM31(x: QM31): QM31 {
  const square = qm31.mul(x, x);
  return qm31.sub(qm31.add(square, square), qm31.ONE);
}

/**
 * V_k, the vanishing polynomial π^(k-1)(x) of the rows of log size `logSize` = k, at every position of the canonic coset of log size k+1.
 * π^(k-1) maps that coset to the one of log size 2, whose x is 2^15, 2^15, -2^15, -2^15; by the lift rule the first half of the
 * positions has 2^15, the second half -2^15, so dividing by V_k is a rotation of bits.
 */
export function vanishingOnDomain(logSize: number): Uint32Array {
  const values = new Uint32Array(2 ** (logSize + 1)).fill(2 ** 15);
  return values.fill(P - 2 ** 15, 2 ** logSize);
}

/** The group law over QM31. */
export const addPoints = (p: CirclePoint, q: CirclePoint): CirclePoint => [
  qm31.sub(qm31.mul(p[0], q[0]), qm31.mul(p[1], q[1])),
  qm31.add(qm31.mul(p[0], q[1]), qm31.mul(p[1], q[0])),
];

/** The point index·G as a point over QM31; index may be negative. */
export function pointOverQM31(index: number): CirclePoint {
  const [x, y] = pointAt(index);
  return [qm31.from(x), qm31.from(y)];
}

/** π^times of a point: where a column of log size L - times is read when the largest one is read at `point`. */
export function project(point: CirclePoint, times: number): CirclePoint {
  let projected = point;
  for (let i = 0; i < times; i++) projected = addPoints(projected, projected);
  return projected;
}

/** V_L at a point: π^(L-1)(x), zero exactly on the canonic coset of log size L = `logSize`. */
export function vanishing(point: CirclePoint, logSize: number): QM31 {
  let x = point[0];
  for (let i = 1; i < logSize; i++) x = doubleXOverQM31(x);
  return x;
}

/**
 * The point ((1 - t²)/(1 + t²), 2t/(1 + t²)).
 * @throws rejected ZK0110 when 1 + t² = 0: a verifier refuses such a challenge
 */
export function pointFromParameter(t: QM31): CirclePoint {
  const square = qm31.mul(t, t);
  const denominator = qm31.add(qm31.ONE, square);
  if (qm31.isZero(denominator)) throw rejected('ZK0110', 'the drawn point does not exist', 'out-of-domain point', '1 + t² = 0');
  const inverse = qm31.inverse(denominator);
  return [qm31.mul(qm31.sub(qm31.ONE, square), inverse), qm31.mul(qm31.add(t, t), inverse)];
}
