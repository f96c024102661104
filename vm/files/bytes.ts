// Where the bytes of a file go: into a buffer, or beside bytes that they should be. Source: none needed. Caveat: numbers are little-endian in files and
// lists are moved as they lie, which machines that are not little-endian do number by number.

/** whether numbers lie in memory as they do in files */
export const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Takes little-endian values one after the other. */
export abstract class ByteSink {
  readonly #number = new Uint8Array(8);
  readonly #view = new DataView(this.#number.buffer);

  /** takes bytes as they are, and keeps none of them */
  abstract bytes(values: Uint8Array): void;
  /** what `write` writes, after its length */
  abstract counted(write: (to: ByteSink) => void): void;

  u32(...values: number[]): void {
    for (const value of values) {
      this.#view.setUint32(0, value >>> 0, true);
      this.bytes(this.#number.subarray(0, 4));
    }
  }
  f64(value: number): void {
    this.#view.setFloat64(0, value, true);
    this.bytes(this.#number);
  }
  words(values: Uint32Array | Int32Array): void {
    if (IS_LITTLE_ENDIAN) this.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    else for (const value of values) this.u32(value);
  }
  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.u32(encoded.length);
    this.bytes(encoded);
  }
}

/** Appends to a growing buffer. */
export class ByteWriter extends ByteSink {
  #bytes = new Uint8Array(1024);
  #length = 0;

  override bytes(values: Uint8Array): void {
    const at = this.#length;
    this.#length += values.length;
    if (this.#length > this.#bytes.length) {
      // the one long list of a model is most of it: doubling for it would hold half as much again
      const larger = new Uint8Array(Math.max(this.#length + (this.#length >> 3), Math.min(2 * this.#bytes.length, 2 ** 24)));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    this.#bytes.set(values, at);
  }
  override counted(write: (to: ByteSink) => void): void {
    const at = this.#length;
    this.u32(0);
    const start = this.#length;
    write(this);
    new DataView(this.#bytes.buffer).setUint32(at, this.#length - start, true);
  }
  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }
}

/** Compares with bytes that are there, without a copy of them. */
export class ByteComparer extends ByteSink {
  readonly #expected: Uint8Array;
  #at = 0;
  #differs = false;

  constructor(expected: Uint8Array) {
    super();
    this.#expected = expected;
  }

  /** whether all was the same, and there is no more of it */
  isSame(): boolean {
    return !this.#differs && this.#at === this.#expected.length;
  }

  override bytes(values: Uint8Array): void {
    this.#differs ||= !isEqual(values, this.#expected.subarray(this.#at, this.#at + values.length));
    this.#at += values.length;
  }
  override counted(write: (to: ByteSink) => void): void {
    const { buffer, byteOffset } = this.#expected;
    const at = this.#at;
    this.#at += 4;
    write(this);
    this.#differs ||= at + 4 > this.#expected.length || new DataView(buffer, byteOffset + at).getUint32(0, true) !== this.#at - at - 4;
  }
}

/** whether two lists of bytes are the same; of the same place in memory nothing is looked at */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  if (one.buffer === other.buffer && one.byteOffset === other.byteOffset) return true;
  let i = 0;
  if (one.byteOffset % 4 === 0 && other.byteOffset % 4 === 0) {
    const words = one.length >> 2;
    const [a, b] = [one, other].map(({ buffer, byteOffset }) => new Uint32Array(buffer, byteOffset, words)) as [Uint32Array, Uint32Array];
    while (i < words && a[i] === b[i]) i++;
    if (i < words) return false;
    i *= 4;
  }
  while (i < one.length && one[i] === other[i]) i++;
  return i === one.length;
}
