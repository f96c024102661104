// Calibration samples that are read when they are looked at: a .npy or a .npz whose first axes count samples, a file of JSON lines, a CSV. Each is read
// once at the start, so that what is wrong in one is said before the work begins. Source: the README's input forms. Caveat: columns first (Fortran
// order), packed archives, CSV for several inputs, plain JSON and standard input are read whole, for which this gives way.

import { fittedSample, type OpenSpec } from '../../vm/library/samples.ts';
import type { RealTensor, TensorFile } from '../../vm/library/tensors.ts';
import { csvLines, isCsv } from './csv.ts';
import { type FileParts, openParts } from './file-parts.ts';
import { decodeText } from './files.ts';
import { lazyList } from './lazy-list.ts';
import { isNpy, NPY_HEADER_BYTES, readNpyHeader } from './npy.ts';
import { isZip, storedMembers } from './npz.ts';
import { samplesIn, splitSamples } from './split-samples.ts';
import { checkFinite, isLines, NAMED_FILE, sampleOfLine } from './tensors.ts';

type Sample = Record<string, RealTensor>;

const NEWLINE = 10;
/** bytes of a look at a file of lines */
const LOOK = 2 ** 16;
const PIECES = 2 ** 16;

/** where something is in a file */
class Places {
  #words = new Float64Array(PIECES);
  length = 0;

  add(...place: readonly [at: number, bytes: number, line: number, part: number]): void {
    if (this.length * 4 === this.#words.length) {
      const larger = new Float64Array(2 * this.#words.length);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set(place, 4 * this.length++);
  }

  of(i: number): [at: number, bytes: number, line: number, part: number] {
    const words = this.#words.subarray(4 * i, 4 * i + 4);
    return [words[0]!, words[1]!, words[2]!, words[3]!];
  }
}

/** Every line of a file, one after the other. */
function* linesOf(parts: FileParts): Generator<{ at: number; bytes: number }> {
  let from = 0;
  for (let at = 0; at < parts.size; ) {
    const bytes = parts.read(at, LOOK);
    if (bytes.length === 0) break;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, end + 1)) {
      yield { at: from, bytes: at + end - from };
      from = at + end + 1;
    }
    at += bytes.length;
  }
  if (from < parts.size) yield { at: from, bytes: parts.size - from };
}

function lineSamples(file: string, parts: FileParts, specs: readonly OpenSpec[]): readonly Sample[] {
  const samplesOf = (at: number, bytes: number, line: number): TensorFile[] => {
    const sample = sampleOfLine(decodeText(parts.read(at, bytes), file), file, line);
    return sample ? splitSamples(sample, specs) : [];
  };
  const places = new Places();
  let line = 0;
  // `linesOf` looks for the ends of lines, and reading one moves the block that is kept: two views of the file
  for (const { at, bytes } of linesOf(openParts(file) ?? parts)) {
    for (const [part, sample] of samplesOf(at, bytes, line).entries()) {
      fittedSample(sample, specs);
      places.add(at, bytes, line, part);
    }
    line++;
  }
  return lazyList(places.length, (i) => {
    const [at, bytes, ofLine, part] = places.of(i);
    return fittedSample(samplesOf(at, bytes, ofLine)[part]!, specs);
  });
}

/** One line of a CSV a time; undefined for a file of one line, which is one input whatever its shape, and where lines are no samples */
function csvSamples(file: string, parts: FileParts, spec: OpenSpec): readonly Sample[] | undefined {
  const places = new Places();
  const read = csvLines(file);
  let width = 0;
  let line = 0;
  for (const { at, bytes } of linesOf(openParts(file) ?? parts)) {
    const row = read(decodeText(parts.read(at, bytes), file), ++line);
    if (!row) continue;
    width = row.length;
    places.add(at, bytes, line, 0);
  }
  const count = places.length;
  const found = count > 1 ? samplesIn({ shape: [count, width], data: { length: count * width } }, spec) : undefined;
  if (found?.count !== count) return undefined;
  const sample = (i: number): Sample => {
    const [at, bytes, number] = places.of(i);
    const data = read(decodeText(parts.read(at, bytes), file), number)!;
    return fittedSample({ file: `${file}, sample ${i}`, named: undefined, ordered: [{ shape: found.each, data }] }, [spec]);
  };
  sample(0); // the lines are equally long: whether one fits, all do, and their numbers were looked at
  return lazyList(count, sample);
}

/** One sample of an array a time, as the model's input; undefined where the first axis counts none. */
function arraySamples(
  file: string,
  parts: FileParts,
  spec: OpenSpec,
): { count: number; tensor(i: number): RealTensor | { shape: undefined; data: Float64Array } } | undefined {
  const header = readNpyHeader(parts.read(0, NPY_HEADER_BYTES).slice(), parts.size, file);
  if (header.fortran) return undefined;
  const { shape, start, elementBytes, numbers } = header;
  const elements = shape.reduce((product, size) => product * size, 1);
  const found = samplesIn({ shape, data: { length: elements } }, spec);
  if (!found) return undefined;
  const { count, each } = found;
  const length = elements / count;
  return {
    count,
    tensor: (i) => {
      const data = numbers(parts.read(start + i * length * elementBytes, length * elementBytes), i * length);
      return { ...checkFinite({ data }, file, i * length), shape: each };
    },
  };
}

/** an array by itself, or in an archive */
interface ArrayFile {
  name: string | undefined;
  file: string;
  parts: FileParts | undefined;
}

/** the tensors of an archive as files of their own; undefined where it is none, or has to be read whole */
function membersOf(file: string, specs: readonly OpenSpec[]): ArrayFile[] | undefined {
  const parts = openParts(file);
  const members = parts && isZip(parts.read(0, 4)) ? storedMembers(parts.size, (at, length) => parts.read(at, length)) : undefined;
  // numpy names what it was given without a name arr_0, arr_1, …
  const plain = members?.every(({ name }, i) => name === `arr_${i}`);
  if (!members || members.length !== specs.length) return undefined;
  return members.map(({ name, start, size }, i) => {
    const own = openParts(file)!;
    return {
      name: plain ? specs[i]!.name : name,
      file: `${file}, ${name}.npy`,
      parts: { size, read: (at, length) => own.read(start + at, Math.min(length, size - at)) },
    };
  });
}

/** @param where the files, for messages */
function arraysSamples(files: readonly ArrayFile[], specs: readonly OpenSpec[], where: string): readonly Sample[] | undefined {
  const arrays = specs.map((spec) => {
    const its = files.find(({ name }) => name === undefined || name === spec.name);
    return its?.parts && isNpy(its.parts.read(0, 8)) ? arraySamples(its.file, its.parts, spec) : undefined;
  });
  const count = arrays[0]?.count;
  if (count === undefined || files.length !== specs.length || arrays.some((array) => array?.count !== count)) return undefined;
  const ordered = files[0]!.name === undefined;
  const sample = (i: number): Sample => {
    const tensors = arrays.map((array) => array!.tensor(i));
    const named = new Map(specs.map(({ name }, s) => [name, tensors[s]!]));
    return fittedSample(
      { file: `${where}, sample ${i}`, named: ordered ? undefined : named, ordered: ordered ? tensors : undefined },
      specs,
    );
  };
  for (let i = 0; i < count; i++) sample(i);
  return lazyList(count, sample);
}

/**
 * The samples of one file, or of files of the form name=file, read when they are looked at.
 * @returns undefined for files that have to be read whole
 * @throws ZK080x, ZK081x naming file and sample
 */
export function streamedSamples(list: readonly string[], specs: readonly OpenSpec[]): readonly Sample[] | undefined {
  const files = list.map((text) => {
    const [, name, file] = NAMED_FILE.exec(text) ?? [undefined, undefined, text];
    return { name, file: file! };
  });
  const [only] = files;
  if (files.length === 1 && only && only.name === undefined && isLines(only.file)) {
    const parts = openParts(only.file);
    return parts && lineSamples(only.file, parts, specs);
  }
  if (files.length === 1 && only && only.name === undefined && isCsv(only.file)) {
    const parts = openParts(only.file);
    return parts && specs.length === 1 ? csvSamples(only.file, parts, specs[0]!) : undefined;
  }
  if (files.length > 1 && files.some(({ name }) => name === undefined)) return undefined;
  const where = files.map(({ name, file }) => (name === undefined ? file : `${name}=${file}`)).join(' ');
  const members = files.length === 1 && only && only.name === undefined ? membersOf(only.file, specs) : undefined;
  return arraysSamples(members ?? files.map((one) => ({ ...one, parts: openParts(one.file) })), specs, where);
}
