// The floating-point numbers of a type in their order, and the first of them for which something holds. Comparisons of a model are made in its own
// type, so a threshold is found by asking the model's own arithmetic, not by solving an equation. Source: the order of IEEE 754 bit patterns.
// Caveat: binary32 and binary64 only; what is asked for must hold from some number on, or up to some number.
import { DOUBLE, FLOAT } from '../onnx/tensor-proto.ts';

/** What a type of floating-point numbers needs to be searched: places of its finite numbers in their order, as bigints. */
interface FloatType {
  /** the number nearest to a double */
  round: (x: number) => number;
  at: (place: bigint) => number;
  last: bigint;
}

const view = new DataView(new ArrayBuffer(8));

const BINARY64: FloatType = {
  round: (x) => x,
  at: (place) => {
    view.setBigUint64(0, place < 0n ? -place : place);
    return place < 0n ? -view.getFloat64(0) : view.getFloat64(0);
  },
  last: 0x7fefffffffffffffn,
};

const BINARY32: FloatType = {
  round: Math.fround,
  at: (place) => {
    view.setUint32(0, Number(place < 0n ? -place : place));
    return place < 0n ? -view.getFloat32(0) : view.getFloat32(0);
  },
  last: 0x7f7fffffn,
};

/** ONNX element types that are compared exactly */
const TYPES: Readonly<Record<number, FloatType>> = { [FLOAT]: BINARY32, [DOUBLE]: BINARY64 };

/** Rounds to the type, or undefined for one that is not known here. */
export const rounding = (elementType: number): ((x: number) => number) | undefined => TYPES[elementType]?.round;

/** A condition on a real number: x ≥ from, or x < from. Infinite where it always or never holds. */
export interface Bound {
  from: number;
  /** it holds from there on, not below */
  above: boolean;
}

/** The smallest double that rounds to at least the number at a place. */
function smallestDouble(type: FloatType, place: bigint): number {
  const x = type.at(place);
  if (type === BINARY64) return x;
  const middle = (type.at(place - 1n) + x) / 2; // exact: both have 24 digits
  if (type.round(middle) >= x) return middle;
  // a tie goes to the even neighbour, which is the lower one here
  view.setFloat64(0, Math.abs(middle));
  const size = view.getBigUint64(0);
  return BINARY64.at((middle < 0 ? -size : size) + 1n);
}

/**
 * Where a condition on a number of the type changes, for real numbers that are rounded to the type first.
 * @param holds a condition that changes once at most along the finite numbers of the type
 */
export function boundOf(elementType: number, holds: (x: number) => boolean): Bound {
  const type = TYPES[elementType]!;
  let [low, high] = [-type.last, type.last];
  const [first, last] = [holds(type.at(low)), holds(type.at(high))];
  if (first === last) return { from: Number.NEGATIVE_INFINITY, above: first };
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (holds(type.at(middle)) === first) low = middle;
    else high = middle;
  }
  return { from: smallestDouble(type, high) || 0, above: last };
}
