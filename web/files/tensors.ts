// Tensors of a file that was dropped: JSON as the command line takes it (an object by name, EZKL's input_data, a nested array, a list of any of
// them), JSON lines, and CSV with a sample a line. Source: README "Command line", inputs. Caveat: forms only; whether they fit is the library's to say.
import type { ModelTensors, NestedArray } from 'zkvm/prover';
import { refusal } from '../engine/failure.ts';
import { TEXT } from '../text.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every((x) => typeof x === 'number');

/** one sample, as the library takes it. @throws Failure for what is none */
function sampleOf(value: unknown, names: readonly string[], where: string): ModelTensors {
  if (isObject(value) && Array.isArray(value.input_data)) {
    const lists = value.input_data as NestedArray[];
    if (lists.length !== names.length) throw refusal(TEXT.files.inputData(lists.length, names.length), undefined, where);
    return Object.fromEntries(names.map((name, i) => [name, lists[i]!]));
  }
  if (isObject(value) || Array.isArray(value)) return value as ModelTensors;
  throw refusal(TEXT.files.noTensors, TEXT.files.forms, where);
}

/** rows of numbers; a first line of names is passed over */
export function rowsOfCsv(text: string, where: string): number[][] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows = lines.map((line) => line.split(/[,;\t]/).map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell))));
  const [first] = rows;
  const named = first?.some(Number.isNaN) === true && rows.length > 1;
  const wanted = named ? rows.slice(1) : rows;
  const bad = wanted.findIndex((row) => row.some((x) => !Number.isFinite(x)));
  if (bad >= 0) throw refusal(TEXT.files.noNumber, TEXT.files.forms, `${where}, ${TEXT.files.line(bad + (named ? 2 : 1))}`);
  return wanted;
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(TEXT.files.noJson, error instanceof Error ? error.message : undefined, where);
  }
}

/**
 * All samples of a file.
 * @param names the model's inputs
 * @throws Failure that names the place
 */
export function samplesOf(file: { name: string; text: string }, names: readonly string[]): ModelTensors[] {
  const { name, text } = file;
  if (/\.(csv|tsv)$/i.test(name)) return rowsOfCsv(text, name);
  if (/\.(jsonl|ndjson)$/i.test(name)) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line, i) =>
      sampleOf(jsonOf(line, `${name}, ${TEXT.files.line(i + 1)}`), names, `${name}, ${TEXT.files.line(i + 1)}`),
    );
  }
  const value = jsonOf(text, name);
  // a list is one of samples where its entries are objects; nested numbers are samples along the first axis
  if (Array.isArray(value) && !isNumbers(value)) return value.map((each, i) => sampleOf(each, names, `${name}, ${TEXT.files.entry(i)}`));
  return [sampleOf(value, names, name)];
}

/** a list of words, such as labels; undefined for anything else */
export function wordsOf(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** numbers of a tensor in one list, in order; undefined for what holds others */
export function numbersOf(tensor: unknown): number[] | undefined {
  if (ArrayBuffer.isView(tensor) && !(tensor instanceof DataView)) return Array.from(tensor as Float64Array, Number);
  if (isObject(tensor) && 'data' in tensor) return numbersOf(tensor.data);
  if (typeof tensor === 'number') return [tensor];
  if (!Array.isArray(tensor)) return undefined;
  const flat = tensor.flat(8) as unknown[];
  return flat.every((x) => typeof x === 'number') ? (flat as number[]) : undefined;
}

/** the numbers of one input of a sample */
export const inputNumbers = (sample: ModelTensors, name: string): number[] | undefined =>
  numbersOf(isObject(sample) && name in sample ? sample[name] : sample);
