// `.zkb`: a program as a file. Magic, version, then sections (id, byte length, payload) in ascending order, little-endian, each
// exactly once. A file is canonical: what decodes also encodes back to the same bytes, so a content hash names one program.
// Caveat: the preprocessed roots inside are a convenience; the verifier recomputes the root of the profile that it accepts.
import { type Digest, isDigest } from '../fri/digest.ts';
import { usage, type ZkvmError } from '../fri/errors.ts';
import { LANES } from './isa.ts';
import { checkProgram } from './loader.ts';
import type { Metadata, Program, Region, Slot, SourceEntry } from './program.ts';

/** Root of the preprocessed tree under one profile. */
export interface PreprocessedRoot {
  profileId: number;
  root: Digest;
}

/** Everything in a `.zkb`. */
export interface ProgramFile {
  program: Program;
  /** ascending profile ids; may be empty */
  roots: PreprocessedRoot[];
}

/** "ZKVB" */
const MAGIC = 0x42564b5a;
export const ZKB_VERSION = 1;
const SECTIONS = ['rom', 'slots', 'ram', 'inputs', 'outputs', 'metadata', 'source map', 'roots'] as const;

/** Appends little-endian values to a growing buffer. */
class ByteWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  #room(more: number): number {
    const at = this.#length;
    this.#length += more;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
  u32(...values: number[]): void {
    for (const value of values) {
      const at = this.#room(4); // first: it may replace the view
      this.#view.setUint32(at, value >>> 0, true);
    }
  }
  f64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }
  words(values: Uint32Array | Int32Array): void {
    let at = this.#room(4 * values.length);
    for (const value of values) {
      this.#view.setUint32(at, value >>> 0, true);
      at += 4;
    }
  }
  bytes(values: Uint8Array): void {
    const at = this.#room(values.length);
    this.#bytes.set(values, at);
  }
  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.u32(encoded.length);
    this.bytes(encoded);
  }
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads little-endian values; never beyond its end, never allocates for a count that the rest of the bytes cannot hold. */
class ByteReader {
  readonly #view: DataView;
  #at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly place: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get left(): number {
    return this.bytes.length - this.#at;
  }
  #take(count: number): number {
    if (count > this.left)
      throw damaged('ZK0303', 'the file ends early', `${this.place}, byte ${this.#at}`, `${count} bytes expected, ${this.left} left`);
    const at = this.#at;
    this.#at += count;
    return at;
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }
  /** a count of items that take at least `bytes` each */
  count(bytes: number): number {
    const count = this.u32();
    if (count * bytes > this.left)
      throw damaged('ZK0306', `a count of ${count} does not fit`, `${this.place}, byte ${this.#at - 4}`, `${this.left} bytes are left`);
    return count;
  }
  words(count: number): Uint32Array {
    let at = this.#take(4 * count);
    const words = new Uint32Array(count);
    for (let i = 0; i < count; i++, at += 4) words[i] = this.#view.getUint32(at, true);
    return words;
  }
  take(count: number): Uint8Array {
    const at = this.#take(count);
    return this.bytes.subarray(at, at + count);
  }
  text(): string {
    const bytes = this.take(this.count(1));
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw damaged('ZK0307', 'a text is not UTF-8', this.place, '', cause);
    }
  }
  end(): void {
    if (this.left) throw damaged('ZK0304', `${this.left} bytes too many`, `${this.place}, byte ${this.#at}`);
  }
}

const damaged = (code: string, what: string, where: string, why = '', cause?: unknown): ZkvmError =>
  usage(code, {
    what,
    where,
    ...(why ? { why } : {}),
    fix: 'the file is damaged or of another kind; compile the model again',
    ...(cause ? { cause } : {}),
  });

/** Metadata as the bytes that are stored and hashed: JSON with the keys name, labels and no blanks. */
export const metadataBytes = ({ name, labels }: Metadata): Uint8Array => new TextEncoder().encode(JSON.stringify({ name, labels }));

function writeRegions(to: ByteWriter, regions: readonly Region[]): void {
  to.u32(regions.length);
  for (const region of regions) {
    to.text(region.name);
    to.u32(region.shape.length, ...region.shape);
    to.u32(
      region.address,
      region.channels,
      region.rows,
      region.width,
      region.channelStep,
      region.rowStep,
      ...region.strides,
      region.lo,
      region.hi,
    );
    to.f64(region.scale);
  }
}

function readRegions(from: ByteReader): Region[] {
  return Array.from({ length: from.count(64) }, () => ({
    name: from.text(),
    shape: [...from.words(from.count(4))],
    address: from.u32(),
    channels: from.u32(),
    rows: from.u32(),
    width: from.u32(),
    channelStep: from.u32(),
    rowStep: from.u32(),
    strides: [from.u32(), from.u32(), from.u32()],
    lo: from.i32(),
    hi: from.i32(),
    scale: from.f64(),
  }));
}

/**
 * A program as bytes.
 * @param roots preprocessed roots by profile, ascending ids, if they are known
 * @throws ZK034x if the program does not pass the loader, ZK0309 for roots out of order
 */
export function encodeProgram(program: Program, roots: readonly PreprocessedRoot[] = []): Uint8Array {
  checkProgram(program);
  roots.forEach(({ profileId, root }, i) => {
    if (!isDigest(root) || profileId < 1 || (i > 0 && profileId <= roots[i - 1]!.profileId))
      throw usage('ZK0309', { what: 'preprocessed roots stand in ascending order of profile ids, each a 248-bit digest' });
  });
  const payload: Record<(typeof SECTIONS)[number], (to: ByteWriter) => void> = {
    rom: (to) => {
      to.u32(program.codeWords, program.rom.length / LANES);
      to.words(program.rom);
    },
    slots: (to) => {
      to.u32(program.slots.length);
      for (const { id, name, intervals } of program.slots) {
        to.u32(id);
        to.text(name);
        to.u32(intervals.length / 3);
        to.words(intervals);
      }
    },
    ram: (to) => to.u32(program.ramLogSize),
    inputs: (to) => writeRegions(to, program.inputs),
    outputs: (to) => writeRegions(to, program.outputs),
    metadata: (to) => to.bytes(metadataBytes(program.metadata)),
    'source map': (to) => {
      to.u32(program.sourceMap.length);
      for (const { from, to: until, node } of program.sourceMap) {
        to.u32(from, until);
        to.text(node);
      }
    },
    roots: (to) => {
      to.u32(roots.length);
      for (const { profileId, root } of roots) {
        to.u32(profileId);
        to.words(root);
      }
    },
  };
  const file = new ByteWriter();
  file.u32(MAGIC, ZKB_VERSION);
  SECTIONS.forEach((name, id) => {
    const section = new ByteWriter();
    payload[name](section);
    const bytes = section.finish();
    file.u32(id + 1, bytes.length);
    file.bytes(bytes);
  });
  return file.finish();
}

/** cuts a file into its sections */
function sectionsOf(bytes: Uint8Array): ByteReader[] {
  const file = new ByteReader(bytes, '.zkb');
  if (file.left < 8 || file.u32() !== MAGIC) throw damaged('ZK0301', 'this is no .zkb file', 'byte 0');
  const version = file.u32();
  if (version !== ZKB_VERSION) throw damaged('ZK0302', `.zkb version ${version}, ${ZKB_VERSION} expected`, 'byte 4');
  const sections: ByteReader[] = [];
  while (file.left) {
    const id = file.u32();
    const length = file.u32();
    const name = SECTIONS[id - 1];
    if (!name) throw damaged('ZK0304', `there is no section ${id}`, '.zkb');
    if (id <= sections.length) throw damaged('ZK0305', `section "${name}" stands twice`, '.zkb');
    if (id > sections.length + 1) throw damaged('ZK0305', `section "${SECTIONS[sections.length]}" is missing`, '.zkb');
    if (length > file.left)
      throw damaged('ZK0303', 'the file ends early', `section "${name}"`, `${length} bytes expected, ${file.left} left`);
    sections.push(new ByteReader(file.take(length), `section "${name}"`));
  }
  if (sections.length < SECTIONS.length) throw damaged('ZK0305', `section "${SECTIONS[sections.length]}" is missing`, '.zkb');
  return sections;
}

function readMetadata(from: ByteReader): Metadata {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(from.take(from.left)));
  } catch (cause) {
    throw damaged('ZK0307', 'the metadata is no JSON', from.place, '', cause);
  }
  const { name, labels } = (value ?? {}) as Partial<Metadata>;
  if (typeof name !== 'string' || !Array.isArray(labels) || !labels.every((label) => typeof label === 'string'))
    throw damaged('ZK0307', 'the metadata has no name or labels', from.place);
  return { name, labels };
}

/**
 * Reads and checks a `.zkb`.
 * @throws ZK0301-ZK0308 for bytes that are no canonical file, ZK034x for a program that does not pass the loader
 */
export function decodeZkb(bytes: Uint8Array): ProgramFile {
  const sections = sectionsOf(bytes);
  const [rom, slotList, ram, inputList, outputList, metadataSection, sourceList, rootList] = sections as [
    ByteReader,
    ByteReader,
    ByteReader,
    ByteReader,
    ByteReader,
    ByteReader,
    ByteReader,
    ByteReader,
  ];
  const codeWords = rom.u32();
  const program: Program = {
    codeWords,
    rom: rom.words(rom.count(4 * LANES) * LANES),
    slots: Array.from({ length: slotList.count(12) }, (): Slot => {
      const id = slotList.u32();
      const name = slotList.text();
      return { id, name, intervals: new Int32Array(slotList.words(3 * slotList.count(12))) };
    }),
    ramLogSize: ram.u32(),
    inputs: readRegions(inputList),
    outputs: readRegions(outputList),
    metadata: readMetadata(metadataSection),
    sourceMap: Array.from({ length: sourceList.count(12) }, (): SourceEntry => {
      const [from, to] = [sourceList.u32(), sourceList.u32()];
      return { from, to, node: sourceList.text() };
    }),
  };
  const roots = Array.from({ length: rootList.count(36) }, () => ({ profileId: rootList.u32(), root: rootList.words(8) }));
  for (const section of sections) section.end();
  const again = encodeProgram(program, roots);
  if (again.length !== bytes.length || again.some((byte, i) => byte !== bytes[i]))
    throw damaged('ZK0308', 'the file is not canonical', '.zkb', 'encoding its content again gives other bytes');
  return { program, roots };
}

/** The program of a `.zkb`, checked. @throws as `decodeZkb` */
export const decodeProgram = (bytes: Uint8Array): Program => decodeZkb(bytes).program;
