// Dense float64 tensors: shapes, strides and NumPy broadcasting, as ONNX defines them ("Broadcasting in ONNX").
// Caveat: integers and booleans are stored as doubles too, exact up to 2^53.

import { usage } from '../../fri/core/errors.ts';
import { listOf, placesOf, realsOf } from './budget.ts';

export type Shape = readonly number[];

/** Row-major values. `kind` tells integers (shapes, axes) from real numbers where an operator cares. */
export interface Tensor {
  shape: Shape;
  data: Float64Array;
  kind: 'real' | 'integer';
  /** ONNX element type, where the model says it and an operator may ask */
  elementType?: number;
}

/** more elements than this in one tensor are refused before anything is allocated; the largest layer of VGG-16 has 103 million weights */
export const MAX_ELEMENTS = 2 ** 27;

export const elementsOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const real = (shape: Shape, data: Float64Array): Tensor => ({ shape, data, kind: 'real' });

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`;

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, step = 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/**
 * Shape of an elementwise result.
 * @throws ZK0511 if a size is neither equal nor 1
 */
export function broadcastShape(a: Shape, b: Shape, where: string): number[] {
  const rank = Math.max(a.length, b.length);
  return listOf(rank, (i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw usage('ZK0511', {
        what: `shapes ${shapeText(a)} and ${shapeText(b)} cannot be broadcast`,
        where,
        fix: 'check the model with onnx.checker',
      });
    return x === 1 ? y : x;
  });
}

/** Element of a tensor of shape `from` for every element of the shape `to` that it is broadcast to. */
export function broadcastIndex(from: Shape, to: Shape): Int32Array {
  const strides = stridesOf(from);
  const steps = to.map((_, i) => {
    const axis = i - to.length + from.length;
    return axis < 0 || from[axis] === 1 ? 0 : strides[axis]!;
  });
  return walk(to, steps);
}

/** For every element of a row-major shape, in order, the sum of its coordinates times `steps`. */
export function walk(shape: Shape, steps: readonly number[]): Int32Array {
  const index = placesOf(elementsOf(shape));
  const place = new Array<number>(shape.length).fill(0);
  for (let e = 0, at = 0; e < index.length; e++) {
    index[e] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += steps[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      at -= steps[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return index;
}

/** The tensor's values spread over a shape that it broadcasts to. */
export function broadcastTo(tensor: Tensor, shape: Shape): Float64Array {
  if (sameShape(tensor.shape, shape)) return tensor.data;
  const index = broadcastIndex(tensor.shape, shape);
  return realsOf(index.length, (e) => tensor.data[index[e]!]!);
}
