// The container of `.zkb` and `.trace` files: magic, version, then named sections (id, byte length, payload) in ascending order, each
// exactly once, little-endian. Caveat: it checks bounds only; that a file is canonical is checked by encoding it again.
import { type CodeOf, usage, type ZkvmError } from '../../fri/core/errors.ts';

/** Appends little-endian values to a growing buffer. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param expectedBytes room at the start; a file that comes out as long is not copied again */
  constructor(expectedBytes = 1024) {
    this.#bytes = new Uint8Array(expectedBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

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
  /** what `write` writes, after its length */
  counted(write: (to: ByteWriter) => void): void {
    const at = this.#room(4);
    const start = this.#length;
    write(this);
    this.#view.setUint32(at, this.#length - start, true);
  }
  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }
}

/** Reads little-endian values; never beyond its end, never allocates for a count that the rest of the bytes cannot hold. */
export class ByteReader {
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

/** A file that cannot be read (exit 2). */
export const damaged = (code: CodeOf<'usage'>, what: string, where: string, why = '', cause?: unknown): ZkvmError =>
  usage(code, {
    what,
    where,
    ...(why ? { why } : {}),
    fix: 'the file is damaged or of another kind; make it again',
    ...(cause ? { cause } : {}),
  });

/** A kind of file: its name for messages, first word, version and sections. */
export interface ContainerKind<Section extends string> {
  name: string;
  magic: number;
  version: number;
  sections: readonly Section[];
}

/** Writes all sections of a file. @param expectedBytes its length, if that is known */
export function encodeContainer<Section extends string>(
  kind: ContainerKind<Section>,
  payload: Readonly<Record<Section, (to: ByteWriter) => void>>,
  expectedBytes?: number,
): Uint8Array {
  const file = new ByteWriter(expectedBytes);
  file.u32(kind.magic, kind.version);
  kind.sections.forEach((name, id) => {
    file.u32(id + 1);
    file.counted(payload[name]);
  });
  return file.finish();
}

/** The version that a file says it has, for a kind of file with several; 0 for one that is too short. */
export const versionOf = (bytes: Uint8Array): number =>
  bytes.length < 8 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);

/**
 * Cuts a file into readers of its sections.
 * @throws ZK0301 (magic), ZK0302 (version), ZK0303 (ends early), ZK0304 (unknown section), ZK0305 (section twice, missing or out of order)
 */
export function decodeContainer<Section extends string>(kind: ContainerKind<Section>, bytes: Uint8Array): Record<Section, ByteReader> {
  const file = new ByteReader(bytes, kind.name);
  if (file.left < 8 || file.u32() !== kind.magic) throw damaged('ZK0301', `this is no ${kind.name} file`, 'byte 0');
  const version = file.u32();
  if (version !== kind.version) throw damaged('ZK0302', `${kind.name} version ${version}, ${kind.version} expected`, 'byte 4');
  const found = {} as Record<Section, ByteReader>;
  let next = 0;
  while (file.left) {
    const id = file.u32();
    const length = file.u32();
    const name = kind.sections[id - 1];
    if (!name) throw damaged('ZK0304', `there is no section ${id}`, kind.name);
    if (id <= next) throw damaged('ZK0305', `section "${name}" stands twice`, kind.name);
    if (id > next + 1) throw damaged('ZK0305', `section "${kind.sections[next]}" is missing`, kind.name);
    if (length > file.left)
      throw damaged('ZK0303', 'the file ends early', `section "${name}"`, `${length} bytes expected, ${file.left} left`);
    found[name] = new ByteReader(file.take(length), `section "${name}"`);
    next++;
  }
  if (next < kind.sections.length) throw damaged('ZK0305', `section "${kind.sections[next]}" is missing`, kind.name);
  return found;
}

/** Refuses a file whose content, encoded again, gives other bytes. @throws ZK0308 */
export function requireCanonical(kind: string, bytes: Uint8Array, again: Uint8Array): void {
  let same = again.length === bytes.length;
  for (let i = 0; same && i < bytes.length; i++) same = again[i] === bytes[i];
  if (!same) throw damaged('ZK0308', 'the file is not canonical', kind, 'encoding its content again gives other bytes');
}

/** Refuses bytes after the end of a section. @throws ZK0304 */
export function requireEnds(sections: Readonly<Record<string, ByteReader>>): void {
  for (const section of Object.values(sections)) section.end();
}
