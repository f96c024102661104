// The container of `.zkb` and `.trace` files: magic, version, then named sections (id, byte length, payload) in ascending order, each
// exactly once, little-endian. Caveat: it checks bounds only; that a file is canonical is checked by encoding it again.
import { type CodeOf, usage, type ZkvmError } from '../../fri/core/errors.ts';
import { ByteComparer, type ByteSink, ByteWriter, IS_LITTLE_ENDIAN } from './bytes.ts';

/** Reads little-endian values; never beyond its end, never allocates for a count that the rest of the bytes cannot hold. */
export class ByteReader {
  readonly #view: DataView;
  readonly #isOwned: boolean;
  #at = 0;

  /** @param isOwned nobody changes the bytes afterwards, so that what is read may be a part of them */
  constructor(
    readonly bytes: Uint8Array,
    readonly place: string,
    isOwned = false,
  ) {
    this.#isOwned = isOwned;
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
    const start = this.bytes.byteOffset + at;
    // a list that nobody else changes, and where a list may lie, need not be copied: half a gigabyte of a model of 124 million parameters
    if (IS_LITTLE_ENDIAN && this.#isOwned && start % 4 === 0) return new Uint32Array(this.bytes.buffer as ArrayBuffer, start, count);
    const words = new Uint32Array(count);
    if (IS_LITTLE_ENDIAN) new Uint8Array(words.buffer).set(this.bytes.subarray(at, at + 4 * count));
    else for (let i = 0; i < count; i++, at += 4) words[i] = this.#view.getUint32(at, true);
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

/** What a file has in its sections. */
export type Payload<Section extends string> = Readonly<Record<Section, (to: ByteSink) => void>>;

/** Writes all sections of a file. */
export function writeContainer<Section extends string>(kind: ContainerKind<Section>, payload: Payload<Section>, to: ByteSink): void {
  to.u32(kind.magic, kind.version);
  kind.sections.forEach((name, id) => {
    to.u32(id + 1);
    to.counted(payload[name]);
  });
}

/** The same as bytes. */
export function encodeContainer<Section extends string>(kind: ContainerKind<Section>, payload: Payload<Section>): Uint8Array {
  const file = new ByteWriter();
  writeContainer(kind, payload, file);
  return file.finish();
}

/** The version that a file says it has, for a kind of file with several; 0 for one that is too short. */
export const versionOf = (bytes: Uint8Array): number =>
  bytes.length < 8 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);

/**
 * Cuts a file into readers of its sections.
 * @param isOwned as for `ByteReader`
 * @throws ZK0301 (magic), ZK0302 (version), ZK0303 (ends early), ZK0304 (unknown section), ZK0305 (section twice, missing or out of order)
 */
export function decodeContainer<Section extends string>(
  kind: ContainerKind<Section>,
  bytes: Uint8Array,
  isOwned = false,
): Record<Section, ByteReader> {
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
    found[name] = new ByteReader(file.take(length), `section "${name}"`, isOwned);
    next++;
  }
  if (next < kind.sections.length) throw damaged('ZK0305', `section "${kind.sections[next]}" is missing`, kind.name);
  return found;
}

/** Refuses a file whose content, encoded again, gives other bytes. @throws ZK0308 */
export function requireCanonical<Section extends string>(kind: ContainerKind<Section>, bytes: Uint8Array, payload: Payload<Section>): void {
  const again = new ByteComparer(bytes);
  writeContainer(kind, payload, again);
  if (!again.isSame()) throw damaged('ZK0308', 'the file is not canonical', kind.name, 'encoding its content again gives other bytes');
}

/** Refuses bytes after the end of a section. @throws ZK0304 */
export function requireEnds(sections: Readonly<Record<string, ByteReader>>): void {
  for (const section of Object.values(sections)) section.end();
}
