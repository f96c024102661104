// The tensors that a program hands to the library: typed arrays, nested arrays, numbers, {shape, data}; one by name for each input, or a bare one
// for a model that has only one. Source: the README, "As a library". Caveat: an array without nesting has no shape of its own and takes the
// model's, so only its length is checked; values are copied, never detached or written to.
import { usage } from '../../fri/core/errors.ts';
import { describe, flatten, type GivenTensor, MAX_RANK, type TensorFile } from './tensors.ts';

/**
 * Numbers in a typed array, of any kind; those of 64 bits must be whole numbers below 2^53.
 * @example const image: NumericArray = new Uint8Array(784);
 */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * Rows of rows of numbers; booleans for inputs of booleans.
 * @example const image: NestedArray = [[0, 0.5], [1, 0]];
 */
export type NestedArray = readonly (number | boolean | NestedArray)[];

/**
 * A tensor with its shape; the data lie row by row.
 * @example const image: Tensor = { shape: [1, 2, 2], data: Float32Array.of(0, 0.5, 1, 0) };
 */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: NumericArray | readonly (number | boolean)[];
}

/**
 * One tensor, in any form.
 * @example const forms: TensorLike[] = [[[0, 0.5], [1, 0]], Float32Array.of(0, 0.5, 1, 0), { shape: [2, 2], data: [0, 0.5, 1, 0] }];
 */
export type TensorLike = Tensor | NumericArray | NestedArray | number | boolean;

/**
 * The tensors of a model: each under its name, or one alone where the model has only one.
 * @example
 * const one: ModelTensors = new Float32Array(784);
 * const several: ModelTensors = { image: [[0, 0.5], [1, 0]], scale: { shape: [1], data: [2] } };
 */
export type ModelTensors = TensorLike | { readonly [name: string]: TensorLike };

/** what a value must be, for messages */
const FORMS = 'give a typed array, a nested array of numbers, or { shape, data }';

const isView = (value: unknown): value is NumericArray => ArrayBuffer.isView(value) && !(value instanceof DataView);

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** an object that says its shape itself */
const isShaped = (value: unknown): value is { shape: unknown; data: unknown } =>
  isPlain(value) && !isView(value) && Object.hasOwn(value, 'shape') && Object.hasOwn(value, 'data') && Object.keys(value).length === 2;

/** a value in a message */
const shown = (value: unknown): string => (isView(value) ? `a ${value.constructor.name}` : describe(value ?? null));

/** numbers of a typed array. @throws ZK0809 for one that is not finite, or an integer that a number cannot hold */
function numbersOf(view: NumericArray, name: string): Float64Array {
  const data = view instanceof BigInt64Array || view instanceof BigUint64Array ? Float64Array.from(view, Number) : Float64Array.from(view);
  const big = view instanceof BigInt64Array || view instanceof BigUint64Array;
  const bad = data.findIndex((x) => !Number.isFinite(x) || (big && !Number.isSafeInteger(x)));
  if (bad >= 0)
    throw usage('ZK0809', {
      what: `tensor "${name}" has an element that is no ${big ? 'whole number below 2^53' : 'finite number'}`,
      where: `element ${bad} = ${view[bad]}`,
      fix: 'replace it',
    });
  return data;
}

/** a list without nesting takes the model's shape */
function flatOrNested(value: unknown, name: string): GivenTensor {
  if (isView(value)) return { shape: undefined, data: numbersOf(value, name) };
  const { shape, data, booleans } = flatten(value, name);
  return { shape: shape.length === 1 ? undefined : shape, data, booleans };
}

/**
 * One tensor of a caller.
 * @param name for messages
 * @throws ZK0807 for a value of another form, ZK0808 to ZK0810 for one without a shape, with elements that are none, or of two sizes
 */
export function givenTensor(value: unknown, name: string): GivenTensor {
  if (!isShaped(value)) {
    if (!isView(value) && !Array.isArray(value) && typeof value !== 'number' && typeof value !== 'boolean')
      throw usage('ZK0807', { what: `"${name}" is no tensor`, where: shown(value), fix: FORMS });
    return flatOrNested(value, name);
  }
  const { shape, data } = value;
  const sizes: unknown[] = Array.isArray(shape) ? shape : [];
  if (!Array.isArray(shape) || sizes.length > MAX_RANK || sizes.some((size) => !Number.isSafeInteger(size) || (size as number) < 1))
    throw usage('ZK0810', { what: `tensor "${name}" has a shape that is none`, where: describe(JSON.stringify(shape)) });
  if (!isView(data) && !Array.isArray(data))
    throw usage('ZK0807', { what: `the data of "${name}" are no list`, where: shown(data), fix: FORMS });
  const flat = flatOrNested(data, name);
  const count = (sizes as number[]).reduce((product, size) => product * size, 1);
  if (flat.data.length !== count)
    throw usage('ZK0810', { what: `tensor "${name}" has ${flat.data.length} elements, its shape [${sizes.join(', ')}] has ${count}` });
  return { ...flat, shape: sizes as number[] };
}

/**
 * All tensors of a caller, for `bindTensors`.
 * @param names those of the model, which decide whether {shape, data} is one tensor or two of them
 * @param where they come from, for messages
 */
export function givenTensors(value: unknown, names: readonly string[], where: string): TensorFile {
  const byName = isPlain(value) && !isView(value) && (!isShaped(value) || (names.includes('shape') && names.includes('data')));
  if (!byName) return { file: where, named: undefined, ordered: [givenTensor(value, names[0] ?? where)] };
  return {
    file: where,
    named: new Map(Object.entries(value as Record<string, unknown>).map(([name, tensor]) => [name, givenTensor(tensor, name)])),
    ordered: undefined,
  };
}
