// Real tensors: nested arrays flattened, then bound to the names and shapes of a model. Command line and library read tensors in their own forms and
// meet here. Source: the README's input forms. Caveat: a leading batch dimension of 1 may be missing or extra, nothing else is guessed; true and
// false are for booleans only.
import { usage } from '../../fri/core/errors.ts';

/** A tensor of real numbers, flattened row-major. */
export interface RealTensor {
  shape: number[];
  data: Float64Array;
  /** some elements were written as true or false, which are 1 and 0 here */
  booleans?: boolean;
}

/** What somebody gave: tensors by name, or in order where it gives no names. A flat tensor has no shape of its own. */
export interface TensorFile {
  /** where they come from, for messages */
  file: string;
  named: Map<string, GivenTensor> | undefined;
  ordered: GivenTensor[] | undefined;
}

export interface GivenTensor {
  /** undefined: a flat list that takes the model's shape */
  shape: number[] | undefined;
  data: Float64Array;
  /** some elements were written as true or false, which are 1 and 0 here */
  booleans?: boolean | undefined;
}

/** What the model says about one input or output. */
export interface TensorSpec {
  name: string;
  shape: readonly number[];
  /** its elements may be written as true and false */
  boolean?: boolean;
  /** how messages show the shape, where its sizes are not all fixed */
  shown?: readonly (number | string)[];
}

/** most dimensions of a tensor */
export const MAX_RANK = 8;

/**
 * Flattens a nested array.
 * @param name of the tensor, for messages
 * @throws ZK0808 ragged or too deep, ZK0809 an element that is no finite number
 */
export function flatten(value: unknown, name: string): RealTensor {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > MAX_RANK)
      throw usage('ZK0808', { what: `tensor "${name}" is nested more than ${MAX_RANK} deep`, fix: 'flatten it or remove brackets' });
    if (level.length === 0) throw usage('ZK0808', { what: `tensor "${name}" is empty`, where: `dimension ${shape.length} has no element` });
  }
  let booleans = false;
  const data: number[] = []; // not as large as the first elements announce: the others may be short
  const place: number[] = [];
  const where = (): string => `${name}${place.length ? `[${place.join(',')}]` : ''}`;
  const visit = (level: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof level === 'boolean') {
        booleans = true;
        data.push(Number(level));
        return;
      }
      if (typeof level !== 'number' || !Number.isFinite(level)) {
        if (Array.isArray(level)) throw ragged(where(), 'a number', `an array of ${level.length}`);
        throw usage('ZK0809', {
          what: `tensor "${name}" has an element that is no finite number`,
          where: `${where()} = ${describe(level)}`,
          fix: 'replace it with a finite number',
        });
      }
      data.push(level);
      return;
    }
    if (!Array.isArray(level)) throw ragged(where(), `an array of ${shape[depth]}`, describe(level));
    if (level.length !== shape[depth]) throw ragged(where(), `an array of ${shape[depth]}`, `an array of ${level.length}`);
    for (let i = 0; i < level.length; i++) {
      place.push(i);
      visit(level[i], depth + 1);
      place.pop();
    }
  };
  visit(value, 0);
  return { shape, data: Float64Array.from(data), ...(booleans ? { booleans } : {}) };
}

const ragged = (where: string, expected: string, got: string): Error =>
  usage('ZK0808', {
    what: 'the nested array is ragged',
    where,
    why: `expected ${expected}, got ${got}`,
    fix: 'make all rows equally long',
  });

/** a value in a message */
export const describe = (value: unknown): string => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(JSON.stringify(value)).slice(0, 40);
};

const show = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;

/** Same shape, or the same but for a leading batch dimension of 1. */
export function shapeFits(given: readonly number[], wanted: readonly number[]): boolean {
  const equal = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((size, i) => size === b[i]);
  return equal(given, wanted) || equal([1, ...given], wanted) || equal(given, [1, ...wanted]);
}

/**
 * Gives each tensor of the model what the file holds for it.
 * @param kind for messages
 * @returns flattened real numbers by name, in the model's order
 * @throws ZK0809 for booleans where numbers are needed, ZK0810 for a wrong shape, ZK0812 for a name that is missing or unknown
 */
export function bindTensors(given: TensorFile, specs: readonly TensorSpec[], kind: 'input' | 'output'): Record<string, Float64Array> {
  const { file, named, ordered } = given;
  const names = specs.map(({ name, shape, shown }) => `"${name}" ${show(shown ?? shape)}`).join(', ');
  if (ordered && ordered.length !== specs.length)
    throw usage('ZK0812', {
      what: `${ordered.length} tensors, the model has ${specs.length} ${kind}s`,
      where: file,
      why: `the model's ${kind}s: ${names}`,
    });
  for (const name of named?.keys() ?? [])
    if (!specs.some((spec) => spec.name === name))
      throw usage('ZK0812', {
        what: `the model has no ${kind} "${name}"`,
        where: file,
        why: `the model's ${kind}s: ${names}`,
        fix: `rename it`,
      });
  const bound: [string, Float64Array][] = specs.map(({ name, shape, shown, boolean }, i) => {
    const tensor = ordered ? ordered[i] : named?.get(name);
    if (!tensor) throw usage('ZK0812', { what: `${kind} "${name}" is missing`, where: file, why: `the model's ${kind}s: ${names}` });
    const count = shape.reduce((product, size) => product * size, 1);
    const fits = tensor.shape ? shapeFits(tensor.shape, shape) : tensor.data.length === count;
    if (!fits)
      throw usage('ZK0810', {
        what: `${kind} "${name}" has the wrong shape`,
        where: file,
        why: `expected ${show(shown ?? shape)}, got ${tensor.shape ? show(tensor.shape) : `a list of ${tensor.data.length}`}; only a leading 1 may be missing or extra`,
        fix: 'reshape the data',
      });
    if (tensor.booleans && !boolean)
      throw usage('ZK0809', {
        what: `${kind} "${name}" has true or false among its elements`,
        where: file,
        why: 'it is a tensor of numbers',
        fix: 'write numbers',
      });
    return [name, tensor.data];
  });
  return Object.fromEntries(bound);
}
