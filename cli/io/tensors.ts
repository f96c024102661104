// Tensors as people write them: {"name": nested array}, {"name": {"shape", "data"}}, EZKL's {"input_data": [[…]]}, a bare nested array,
// or .npy; then bound to the names, shapes and ranges of a model. Source: the README's input forms.
// Caveat: a leading batch dimension of 1 may be missing or extra, nothing else is guessed; true and false are for booleans only.
import { usage } from '../../fri/core/errors.ts';
import { readCsv } from './csv.ts';
import { decodeText, readBytes } from './files.ts';
import { isNpy, type RealTensor, readNpy } from './npy.ts';
import { isZip, readNpz } from './npz.ts';

export type { RealTensor };

/** What a file held: tensors by name, or in order where it gives no names. A flat tensor has no shape of its own. */
export interface TensorFile {
  file: string;
  named: Map<string, GivenTensor> | undefined;
  ordered: GivenTensor[] | undefined;
  /** arrays, not a written input: a first axis that the model does not have may count samples */
  arrays?: boolean;
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

const MAX_RANK = 8;

const wrongForm = (file: string, why: string): Error =>
  usage('ZK0807', {
    what: 'the file does not hold tensors',
    where: file,
    why,
    fix: 'write {"input name": nested array}, {"input_data": [[…]]} or a .npy file',
  });

/** @throws ZK0806 with the place where the text stops being JSON */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const literal = /(?:[[:,\s]|^)-?(NaN|Infinity)\b/.exec(text);
    throw usage('ZK0806', {
      what: 'the file is not JSON',
      where: file,
      why: literal ? `${literal[1]} is no JSON number, and no model takes it` : (cause as Error).message.slice(0, 200),
      fix: literal ? 'replace it with a finite number' : 'check that the file is complete',
      cause,
    });
  }
}

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

const describe = (value: unknown): string => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(JSON.stringify(value)).slice(0, 40);
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** one tensor: a nested array, a number, or {"shape": […], "data": […]} as `run --json` prints it */
function givenTensor(value: unknown, name: string, file: string): GivenTensor {
  if (!isObject(value)) {
    if (!Array.isArray(value) && typeof value !== 'number')
      throw wrongForm(file, `"${name}" is ${describe(value)}, not an array of numbers`);
    return flatten(value, name);
  }
  const { shape, data } = value;
  if (!Array.isArray(shape) || !Array.isArray(data)) throw wrongForm(file, `"${name}" is an object without "shape" and "data"`);
  const flat = flatten(data, name);
  if (
    shape.length > MAX_RANK ||
    shape.some((size) => !Number.isSafeInteger(size) || size < 1) ||
    shape.reduce((a, b) => a * b, 1) !== flat.data.length
  )
    throw usage('ZK0810', {
      what: `tensor "${name}" has ${flat.data.length} elements, its shape is ${describe(JSON.stringify(shape))}`,
      where: file,
    });
  return { ...flat, shape: shape as number[] };
}

/** tensors of one parsed JSON value. @throws ZK0807 … ZK0810 */
export function tensorsOfJson(value: unknown, file: string): TensorFile {
  if (Array.isArray(value)) return { file, named: undefined, ordered: [flatten(value, 'input')] };
  if (!isObject(value)) throw wrongForm(file, `it holds ${describe(value)}`);
  if (Array.isArray(value.input_data))
    return {
      file,
      named: undefined,
      ordered: value.input_data.map((list, i) => {
        const flat = flatten(list, `input_data[${i}]`);
        return { ...flat, shape: flat.shape.length > 1 ? flat.shape : undefined };
      }),
    };
  const tensors = isObject(value.outputs) ? value.outputs : value; // the object that `run --json` prints
  return {
    file,
    named: new Map(Object.entries(tensors).map(([name, tensor]) => [name, givenTensor(tensor, name, file)])),
    ordered: undefined,
  };
}

/** Reads one file of tensors, JSON or .npy. @throws ZK080x, ZK081x */
export function readTensors(file: string): TensorFile {
  const bytes = readBytes(file);
  const arrays = arraysOf(bytes, file);
  if (arrays) return arrays;
  return tensorsOfJson(parseJson(decodeText(bytes, file), file), file);
}

/** .npy, .npz and CSV; undefined for another file */
function arraysOf(bytes: Uint8Array, file: string): TensorFile | undefined {
  if (isNpy(bytes) || file.endsWith('.npy'))
    return { file, named: undefined, ordered: [checkFinite(readNpy(bytes, file), file)], arrays: true };
  if (isZip(bytes) || file.endsWith('.npz')) {
    const named = readNpz(bytes, file);
    for (const [name, tensor] of named) checkFinite(tensor, `${file}, ${name}`);
    // numpy names what it was given without a name arr_0, arr_1, …
    const ordered = [...named.keys()].every((name, i) => name === `arr_${i}`) ? [...named.values()] : undefined;
    return { file, named: ordered ? undefined : named, ordered, arrays: true };
  }
  if (/\.(csv|tsv)$/i.test(file)) {
    const { shape, data } = readCsv(decodeText(bytes, file), file);
    // one line is one input, whatever its shape
    return { file, named: undefined, ordered: [{ shape: shape[0] === 1 ? undefined : shape, data }], arrays: true };
  }
  return undefined;
}

/** `name=file.npy` names one of several inputs */
const NAMED_FILE = /^([^=/\\]+)=(.+)$/;

/**
 * Reads the files of --input: one that holds everything, or several of the form name=file.
 * @throws ZK080x, ZK081x, ZK0821 when both forms are mixed
 */
export function readInputs(files: readonly string[]): TensorFile {
  const parts = files.map((file) => NAMED_FILE.exec(file));
  if (files.length === 1 && !parts[0]) return readTensors(files[0]!);
  const named = new Map<string, GivenTensor>();
  for (const [i, part] of parts.entries()) {
    const only = part && readTensors(part[2]!).ordered;
    if (!part || only?.length !== 1 || named.has(part[1]!))
      throw usage('ZK0821', { what: 'several inputs need the form name=file, each file with one tensor', where: `--input ${files[i]}` });
    named.set(part[1]!, only[0]!);
  }
  return { file: files.join(' '), named, ordered: undefined, arrays: true };
}

/** Reads calibration samples: one input object or an array of them, or .npy. @throws ZK080x, ZK081x */
export function readSamples(file: string): TensorFile[] {
  const bytes = readBytes(file);
  const arrays = arraysOf(bytes, file);
  if (arrays) return [arrays];
  const text = decodeText(bytes, file);
  if (/\.(jsonl|ndjson)$/i.test(file))
    return text.split(/\r?\n/).flatMap((line, i) => {
      const where = `${file}, line ${i + 1}`;
      return line.trim() === '' ? [] : [tensorsOfJson(parseJson(line, where), where)];
    });
  const value = parseJson(text, file);
  if (!Array.isArray(value) || !value.every(isObject)) return [tensorsOfJson(value, file)];
  if (value.length === 0) throw wrongForm(file, 'the list of samples is empty');
  return value.map((sample, i) => tensorsOfJson(sample, `${file}, sample ${i}`));
}

function checkFinite(tensor: RealTensor, file: string): RealTensor {
  const bad = tensor.data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw usage('ZK0809', {
      what: 'the array has an element that is no finite number',
      where: `${file}, element ${bad} = ${tensor.data[bad]}`,
    });
  return tensor;
}

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
