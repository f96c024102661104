// Samples for a model whose sizes are not all fixed: the shape that a tensor has, as far as the model leaves it open. Source: the graph inputs of ONNX.
// Caveat: what is open in one sample is that sample's own; whether all agree is the compiler's to say.
import { bindTensors, type GivenTensor, type RealTensor, type TensorFile } from './tensors.ts';

/** What the model says about one input; sizes that it leaves open are names, or undefined. */
export interface OpenSpec {
  name: string;
  shape: readonly (number | string | undefined)[];
  /** its elements may be written as true and false */
  boolean?: boolean;
}

const isOpen = (size: number | string | undefined): boolean => typeof size !== 'number';

/** The shape with open sizes taken from a tensor that fits it otherwise, or as 1. */
export function fittedShape({ shape }: OpenSpec, given: GivenTensor | undefined): number[] {
  const sizes = given?.shape ?? [];
  const known = sizes.length + 1 === shape.length ? [1, ...sizes] : sizes.length === shape.length + 1 ? sizes.slice(1) : sizes;
  if (given && !given.shape) return flatShape(shape, given.data.length);
  return shape.map((size, axis) => (typeof size === 'number' ? size : (known[axis] ?? 1)));
}

/** A flat list says one open size, which is not the first: that is 1. */
export function flatShape(shape: OpenSpec['shape'], count: number): number[] {
  const rest = shape.reduce<number>((product, size) => product * (typeof size === 'number' ? size : 1), 1);
  const open = shape.flatMap((size, axis) => (isOpen(size) && axis > 0 ? [axis] : []));
  const size = count / rest;
  return shape.map((known, axis) =>
    typeof known === 'number' ? known : open.length === 1 && axis === open[0] && Number.isInteger(size) ? size : 1,
  );
}

/** The tensors of one sample with their shapes. @throws ZK0809 to ZK0812 */
export function fittedSample(sample: TensorFile, specs: readonly OpenSpec[]): Record<string, RealTensor> {
  const fitted = specs.map((spec, i) => {
    const given = sample.ordered ? sample.ordered[i] : sample.named?.get(spec.name);
    return { ...spec, shape: fittedShape(spec, given), shown: spec.shape.map((size) => size ?? '?') };
  });
  const bound = bindTensors(sample, fitted, 'input');
  return Object.fromEntries(fitted.map(({ name, shape }) => [name, { shape, data: bound[name]! }]));
}
