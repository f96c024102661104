// Files of tensors: JSON in one of the forms of vm/library/json.ts, or .npy. Source: the README's input forms.
// Caveat: what they hold is bound to a model's names and shapes by vm/library/tensors.ts.
import { usage } from '../../fri/core/errors.ts';
import { isObject, tensorsOfJson, wrongForm } from '../../vm/library/json.ts';
import type { GivenTensor, RealTensor, TensorFile } from '../../vm/library/tensors.ts';
import { isCsv, readCsv } from './csv.ts';
import { decodeText, readBytes, STANDARD_STREAM } from './files.ts';
import { isNpy, readNpy } from './npy.ts';
import { isZip, readNpz } from './npz.ts';

/** @throws ZK0806 with the place where the text stops being JSON */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const literal = /(?:[[:,\s]|^)-?(NaN|Infinity)\b/.exec(text);
    const otherwise =
      file === STANDARD_STREAM ? 'give JSON, .npy or .npz whole; CSV needs a file with a name in .csv' : 'check that the file is complete';
    throw usage('ZK0806', {
      what: 'the file is not JSON',
      where: file,
      why: literal ? `${literal[1]} is no JSON number, and no model takes it` : (cause as Error).message.slice(0, 200),
      fix: literal ? 'replace it with a finite number' : otherwise,
      cause,
    });
  }
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
  if (isCsv(file)) {
    const { shape, data } = readCsv(decodeText(bytes, file), file);
    // one line is one input, whatever its shape
    return { file, named: undefined, ordered: [{ shape: shape[0] === 1 ? undefined : shape, data }], arrays: true };
  }
  return undefined;
}

/** `name=file.npy` names one of several inputs */
export const NAMED_FILE = /^([^=/\\]+)=(.+)$/;

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

/** whether a file is JSON lines, by its name */
export const isLines = (file: string): boolean => /\.(jsonl|ndjson)$/i.test(file);

/** The tensors of a line of JSON; undefined for an empty one. @throws ZK080x, ZK081x naming the line */
export function sampleOfLine(line: string, file: string, i: number): TensorFile | undefined {
  const where = `${file}, line ${i + 1}`;
  return line.trim() === '' ? undefined : tensorsOfJson(parseJson(line, where), where);
}

/** Reads calibration samples: one input object or an array of them, or .npy. @throws ZK080x, ZK081x */
export function readSamples(file: string): TensorFile[] {
  const bytes = readBytes(file);
  const arrays = arraysOf(bytes, file);
  if (arrays) return [arrays];
  const text = decodeText(bytes, file);
  if (isLines(file)) return text.split('\n').flatMap((line, i) => sampleOfLine(line, file, i) ?? []);
  const value = parseJson(text, file);
  if (!Array.isArray(value) || !value.every(isObject)) return [tensorsOfJson(value, file)];
  if (value.length === 0) throw wrongForm(file, 'the list of samples is empty');
  return value.map((sample, i) => tensorsOfJson(sample, `${file}, sample ${i}`));
}

/** @param first number of the first element in the file */
export function checkFinite<Numbers extends Pick<RealTensor, 'data'>>(tensor: Numbers, file: string, first = 0): Numbers {
  const bad = tensor.data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw usage('ZK0809', {
      what: 'the array has an element that is no finite number',
      where: `${file}, element ${first + bad} = ${tensor.data[bad]}`,
    });
  return tensor;
}
