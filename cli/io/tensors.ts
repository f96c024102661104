// Files of tensors: JSON in one of the forms of vm/library/json.ts, or .npy. Source: the README's input forms.
// Caveat: what they hold is bound to a model's names and shapes by vm/library/tensors.ts.
import { usage } from '../../fri/core/errors.ts';
import { isObject, tensorsOfJson, wrongForm } from '../../vm/library/json.ts';
import type { GivenTensor, RealTensor, TensorFile } from '../../vm/library/tensors.ts';
import { decodeText, readBytes } from './files.ts';
import { isNpy, readNpy } from './npy.ts';

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

/** Reads one file of tensors, JSON or .npy. @throws ZK080x, ZK081x */
export function readTensors(file: string): TensorFile {
  const bytes = readBytes(file);
  if (isNpy(bytes) || file.endsWith('.npy')) return { file, named: undefined, ordered: [checkFinite(readNpy(bytes, file), file)] };
  return tensorsOfJson(parseJson(decodeText(bytes, file), file), file);
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
  return { file: files.join(' '), named, ordered: undefined };
}

/** Reads calibration samples: one input object or an array of them, or .npy. @throws ZK080x, ZK081x */
export function readSamples(file: string): TensorFile[] {
  const bytes = readBytes(file);
  if (isNpy(bytes) || file.endsWith('.npy')) return [{ file, named: undefined, ordered: [checkFinite(readNpy(bytes, file), file)] }];
  const value = parseJson(decodeText(bytes, file), file);
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
