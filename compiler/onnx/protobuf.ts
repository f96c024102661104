// Protocol buffer wire format, reading only. Source: protobuf.dev/programming-guides/encoding.
// Caveat: groups (wire types 3 and 4, deprecated) are refused, and 64-bit integers must be exact in a double.
import { usage, type ZkvmError } from '../../fri/core/errors.ts';

/** How a field is encoded: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
export type WireType = 0 | 1 | 2 | 5;

/** One field of a message: where its payload lies, or the value of a varint. */
export interface WireField {
  number: number;
  wire: WireType;
  /** varint as a signed 64-bit integer; 0 for other wire types */
  value: number;
  /** payload in the whole file; empty for a varint */
  start: number;
  end: number;
  /** byte offset of the field's tag in the whole file, for messages */
  offset: number;
}

const MAX_DEPTH = 32;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;
const TWO_32 = 4294967296;

/** A message: a range of the file's bytes. All offsets are absolute, so that every error can name its place. */
export class Message {
  constructor(
    readonly bytes: Uint8Array,
    readonly start: number,
    readonly end: number,
    /** path of field names from the file's root, for errors */
    readonly path: string,
    readonly depth = 0,
  ) {}

  /** @throws ZK0501 with the byte offset */
  fail(offset: number, why: string): ZkvmError {
    return usage('ZK0501', {
      what: 'the ONNX file is damaged or not an ONNX file',
      where: `byte ${offset}${this.path ? ` (${this.path})` : ''}`,
      why,
      fix: 'export the model again, or check it with onnx.checker.check_model',
    });
  }

  /** Reads a varint at the cursor as a signed 64-bit integer and moves the cursor. */
  #varint(cursor: { at: number }, end: number): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (cursor.at >= end) throw this.fail(cursor.at, 'a varint runs over the end of its message');
      const byte = this.bytes[cursor.at++]!;
      const bits = byte & 0x7f;
      if (i < 4) low += bits * 2 ** (7 * i);
      else if (i === 4) {
        low += (bits & 0xf) * 2 ** 28;
        high += bits >> 4;
      } else high += bits * 2 ** (7 * i - 32);
      if (byte >= 0x80) continue;
      if (i === 9 && byte > 1) throw this.fail(cursor.at - 1, 'a varint has more than 64 bits');
      return high >= 2 ** 31 ? (high - TWO_32) * TWO_32 + low : high * TWO_32 + low;
    }
    throw this.fail(cursor.at, 'a varint has more than ten bytes');
  }

  /** All fields in file order. @throws ZK0501 for a truncated or malformed message */
  *fields(): Generator<WireField> {
    const cursor = { at: this.start };
    while (cursor.at < this.end) {
      const offset = cursor.at;
      const tag = this.#varint(cursor, this.end);
      const wire = tag & 7;
      const number = Math.floor(tag / 8);
      if (number < 1 || number > MAX_FIELD_NUMBER) throw this.fail(offset, `field number ${number} is not valid`);
      if (wire === 0) {
        const value = this.#varint(cursor, this.end);
        yield { number, wire, value, start: cursor.at, end: cursor.at, offset };
        continue;
      }
      if (wire !== 1 && wire !== 2 && wire !== 5) throw this.fail(offset, `wire type ${wire} of field ${number} is not supported`);
      const length = wire === 1 ? 8 : wire === 5 ? 4 : this.#varint(cursor, this.end);
      if (length < 0 || length > this.end - cursor.at)
        throw this.fail(offset, `field ${number} needs ${length} bytes, ${this.end - cursor.at} are left`);
      yield { number, wire, value: 0, start: cursor.at, end: cursor.at + length, offset };
      cursor.at += length;
    }
  }

  /** The payload of a length-delimited field as a message of its own. */
  message(field: WireField, name: string): Message {
    this.#expect(field, 2, name);
    if (this.depth >= MAX_DEPTH) throw this.fail(field.offset, `messages are nested more than ${MAX_DEPTH} deep`);
    return new Message(this.bytes, field.start, field.end, this.path ? `${this.path}.${name}` : name, this.depth + 1);
  }

  /** UTF-8 text of a length-delimited field. */
  text(field: WireField, name: string): string {
    this.#expect(field, 2, name);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes.subarray(field.start, field.end));
    } catch {
      throw this.fail(field.offset, `"${name}" is not UTF-8 text`);
    }
  }

  /** Bytes of a length-delimited field, not copied. */
  raw(field: WireField, name: string): Uint8Array {
    this.#expect(field, 2, name);
    return this.bytes.subarray(field.start, field.end);
  }

  /** Value of a varint field that must be exact in a double. */
  integer(field: WireField, name: string): number {
    this.#expect(field, 0, name);
    return this.#exact(field.value, field.offset, name);
  }

  /** Integers of a repeated field: packed or one value a field. */
  integers(field: WireField, name: string): number[] {
    if (field.wire === 0) return [this.integer(field, name)];
    this.#expect(field, 2, name);
    const values: number[] = [];
    const cursor = { at: field.start };
    while (cursor.at < field.end) values.push(this.#exact(this.#varint(cursor, field.end), field.offset, name));
    return values;
  }

  /** The 32-bit float of a field that holds one, not packed. */
  float(field: WireField, name: string): number {
    this.#expect(field, 5, name);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + field.start, 4).getFloat32(0, true);
  }

  /** 32-bit floats of a field: a single one or packed. */
  floats(field: WireField, name: string): number[] {
    if (field.wire !== 5) this.#expect(field, 2, name);
    return this.#numbers(field, name, 4, (view, at) => view.getFloat32(at, true));
  }

  /** 64-bit floats of a field: a single one or packed. */
  doubles(field: WireField, name: string): number[] {
    if (field.wire !== 1) this.#expect(field, 2, name);
    return this.#numbers(field, name, 8, (view, at) => view.getFloat64(at, true));
  }

  #numbers(field: WireField, name: string, size: number, read: (view: DataView, at: number) => number): number[] {
    const length = field.end - field.start;
    if (length % size !== 0) throw this.fail(field.offset, `"${name}" has ${length} bytes, not a multiple of ${size}`);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + field.start, length);
    return Array.from({ length: length / size }, (_, i) => read(view, size * i));
  }

  #exact(value: number, offset: number, name: string): number {
    // ±2^63 is how exporters write "to the end"; it is a power of two and therefore exact as well
    if (!Number.isSafeInteger(value) && Math.abs(value) < 2 ** 62)
      throw this.fail(offset, `"${name}" = ${value} is larger than 2^53 and cannot be read exactly`);
    return value;
  }

  #expect(field: WireField, wire: WireType, name: string): void {
    if (field.wire !== wire)
      throw this.fail(field.offset, `"${name}" (field ${field.number}) has wire type ${field.wire}, expected ${wire}`);
  }
}
