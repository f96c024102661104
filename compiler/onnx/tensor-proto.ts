// ONNX TensorProto -> values: element types, raw and typed data, data in a file beside the model. Source: onnx/onnx.proto3.
// Caveat: sparse tensors, complex numbers and 8-bit floats are refused; texts become places in a list; 64-bit integers beyond 2^53 in raw data are
// rounded.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import type { Message, WireField } from './protobuf.ts';
import { elementsOf, MAX_ELEMENTS, type Tensor } from './tensor.ts';
import type { Texts } from './texts.ts';

interface ElementType {
  name: string;
  /** of one element; half a byte for two elements a byte, the first in the low bits */
  bytes: number;
  kind: Tensor['kind'];
  read: (view: DataView, at: number) => number;
}

/** IEEE half to double */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function bfloat(view: DataView, at: number): number {
  const wide = new DataView(new ArrayBuffer(4));
  wide.setUint16(2, view.getUint16(at, true), true);
  return wide.getFloat32(0, true);
}

const nibble = (view: DataView, at: number): number => (view.getUint8(Math.floor(at)) >> (at % 1 ? 4 : 0)) & 15;

/** TensorProto.DataType → how an element lies in raw_data */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: 'float', bytes: 4, kind: 'real', read: (view, at) => view.getFloat32(at, true) },
  2: { name: 'uint8', bytes: 1, kind: 'integer', read: (view, at) => view.getUint8(at) },
  3: { name: 'int8', bytes: 1, kind: 'integer', read: (view, at) => view.getInt8(at) },
  4: { name: 'uint16', bytes: 2, kind: 'integer', read: (view, at) => view.getUint16(at, true) },
  5: { name: 'int16', bytes: 2, kind: 'integer', read: (view, at) => view.getInt16(at, true) },
  6: { name: 'int32', bytes: 4, kind: 'integer', read: (view, at) => view.getInt32(at, true) },
  7: { name: 'int64', bytes: 8, kind: 'integer', read: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { name: 'bool', bytes: 1, kind: 'integer', read: (view, at) => view.getUint8(at) },
  10: { name: 'float16', bytes: 2, kind: 'real', read: (view, at) => half(view.getUint16(at, true)) },
  11: { name: 'double', bytes: 8, kind: 'real', read: (view, at) => view.getFloat64(at, true) },
  12: { name: 'uint32', bytes: 4, kind: 'integer', read: (view, at) => view.getUint32(at, true) },
  13: { name: 'uint64', bytes: 8, kind: 'integer', read: (view, at) => Number(view.getBigUint64(at, true)) },
  16: { name: 'bfloat16', bytes: 2, kind: 'real', read: bfloat },
  21: { name: 'uint4', bytes: 0.5, kind: 'integer', read: nibble },
  22: { name: 'int4', bytes: 0.5, kind: 'integer', read: (view, at) => ((nibble(view, at) + 8) & 15) - 8 },
};

/** element types that are asked for by name; texts lie in a field of their own */
export const [FLOAT, UINT8, INT8, INT32, INT64, TEXT, BOOL, FLOAT16, DOUBLE, UINT32] = [1, 2, 3, 6, 7, 8, 9, 10, 11, 12] as const;

/** whether elements of this type are real numbers or integers (booleans included); undefined for a type that cannot be read */
export const kindOf = (type: number): Tensor['kind'] | undefined => ELEMENT_TYPES[type]?.kind;

/** bits of an integer type, and whether it has negative numbers; undefined for reals and booleans */
export function integerType(type: number): { bits: number; signed: boolean } | undefined {
  const element = ELEMENT_TYPES[type];
  if (element?.kind !== 'integer' || type === BOOL) return undefined;
  return { bits: element.bytes * 8, signed: !element.name.startsWith('u') };
}

/** least and most that an integer type of at most 16 bits, or a boolean, holds; wider ones hold more than the machine does */
export function integerLimits(type: number): readonly [number, number] | undefined {
  const whole = integerType(type);
  if (!whole) return type === BOOL ? [0, 1] : undefined;
  const { bits, signed } = whole;
  if (bits > 16) return signed ? undefined : [0, Number.MAX_SAFE_INTEGER];
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** for messages */
export const typeName = (type: number): string => ELEMENT_TYPES[type]?.name ?? `type ${type}`;

/** Bytes of a file beside the model, named by the model. @throws ZkvmError if it cannot be read */
export type ExternalData = (location: string) => Uint8Array;

/** typed repeated fields of TensorProto: field number → element types stored there */
const TYPED_FIELDS: Readonly<Record<number, readonly number[]>> = {
  4: [1],
  5: [2, 3, 4, 5, 6, 9, 10, 16, 21, 22],
  7: [7],
  10: [11],
  11: [12, 13],
};

const MAX_RANK = 16;

/** place of a message, for errors */
export const at = (message: Message, offset: number): string => `byte ${offset}${message.path ? ` (${message.path})` : ''}`;

/** Appends without a spread call, whose arguments must fit on the stack */
export function extend(list: number[], values: readonly number[]): void {
  for (const value of values) list.push(value);
}

/** A TensorProto's fields as they stand in the file. */
interface StoredTensor {
  name: string;
  type: number;
  shape: number[];
  raw: Uint8Array | undefined;
  /** numbers of one of the typed fields */
  typed: number[] | undefined;
  typedField: number;
  texts: string[];
  /** the data lies in another file, which these entries name */
  elsewhere: boolean;
  outside: Map<string, string>;
}

function storedTensor(message: Message): StoredTensor {
  const stored: StoredTensor = {
    name: '',
    type: 0,
    shape: [],
    raw: undefined,
    typed: undefined,
    typedField: 0,
    texts: [],
    elsewhere: false,
    outside: new Map(),
  };
  const append = (field: WireField, values: number[]): void => {
    if (stored.typed && stored.typedField !== field.number) throw message.fail(field.offset, 'a tensor has data of two types');
    stored.typedField = field.number;
    if (stored.typed) extend(stored.typed, values);
    else stored.typed = values;
  };
  for (const field of message.fields()) {
    if (field.number === 1) extend(stored.shape, message.integers(field, 'dims'));
    else if (field.number === 2) stored.type = message.integer(field, 'data_type');
    else if (field.number === 3)
      throw new ZkvmError('unsupported', 'ZK0503', { what: 'a tensor is stored in segments', where: at(message, field.offset) });
    else if (field.number === 13) {
      const entry = message.message(field, 'external_data');
      let [key, value] = ['', ''];
      for (const part of entry.fields())
        if (part.number === 1) key = entry.text(part, 'key');
        else if (part.number === 2) value = entry.text(part, 'value');
      stored.outside.set(key, value);
    } else if (field.number === 14) stored.elsewhere = message.integer(field, 'data_location') === 1;
    else if (field.number === 4) append(field, message.floats(field, 'float_data'));
    else if (field.number === 5) append(field, message.integers(field, 'int32_data'));
    else if (field.number === 6) stored.texts.push(message.text(field, 'string_data'));
    else if (field.number === 7) append(field, message.integers(field, 'int64_data'));
    else if (field.number === 8) stored.name = message.text(field, 'name');
    else if (field.number === 9) stored.raw = message.raw(field, 'raw_data');
    else if (field.number === 10) append(field, message.doubles(field, 'double_data'));
    else if (field.number === 11) append(field, message.integers(field, 'uint64_data'));
  }
  return stored;
}

/**
 * Reads a TensorProto.
 * @param external reads the files that keep the data of large models
 * @param texts takes in texts; without it, they are refused
 * @throws ZK0501 (damaged), ZK0503 (element type, or data elsewhere and no `external`)
 */
export function readTensor(message: Message, external?: ExternalData, texts?: Texts): { name: string; tensor: Tensor } {
  const stored = storedTensor(message);
  const { name, type, shape, typed, typedField, elsewhere, outside, raw: given } = stored;
  if (type === TEXT && texts) return { name, tensor: textTensor(message, stored, texts) };
  let raw = given;
  const element = ELEMENT_TYPES[type];
  if (!element)
    throw new ZkvmError('unsupported', 'ZK0503', {
      what: `tensor "${name}" has element type ${type}`,
      where: at(message, message.start),
      why: `supported are ${Object.values(ELEMENT_TYPES)
        .map((known) => known.name)
        .join(', ')}`,
    });
  const count = elementsOf(shape);
  if (shape.length > MAX_RANK || shape.some((size) => size < 0))
    throw message.fail(message.start, `tensor "${name}" has shape [${shape.join(', ')}]; at most ${MAX_RANK} sizes, none negative`);
  if (!(count <= MAX_ELEMENTS))
    throw new ZkvmError('unsupported', 'ZK0515', {
      what: `tensor "${name}" has ${count} elements`,
      where: at(message, message.start),
      why: `shape [${shape.join(', ')}]; at most 2^${Math.log2(MAX_ELEMENTS)} are taken`,
      fix: 'make the model smaller, or cut it into several',
    });
  if (typed && !TYPED_FIELDS[typedField]!.includes(type))
    throw message.fail(message.start, `tensor "${name}" of type ${element.name} keeps its data in field ${typedField}`);
  if (raw && typed?.length) throw message.fail(message.start, `tensor "${name}" has raw and typed data`);
  if (elsewhere) raw = externalBytes(message, name, outside, Math.ceil(count * element.bytes), external);
  // int32_data of 4-bit integers holds bytes of two elements
  if (typed && element.bytes < 1) raw = Uint8Array.from(typed, (byte) => byte & 255);
  const got = raw ? Math.min(count, raw.length / element.bytes) : (typed?.length ?? 0);
  if (got !== count || (raw && raw.length !== Math.ceil(count * element.bytes)))
    throw message.fail(
      message.start,
      `tensor "${name}" of shape [${shape.join(', ')}] has data for ${raw ? raw.length / element.bytes : got} elements`,
    );
  const data = new Float64Array(count);
  if (raw) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let i = 0; i < count; i++) data[i] = element.read(view, i * element.bytes);
  } else if (typed) {
    const bits =
      type === FLOAT16 ? half : type === 16 ? (value: number) => bfloat(new DataView(Uint16Array.of(value).buffer), 0) : undefined;
    for (let i = 0; i < count; i++) data[i] = bits ? bits(typed[i]!) : typed[i]!;
  }
  return { name, tensor: { shape, data, kind: element.kind, elementType: type } };
}

/** Texts as their places in the list. */
function textTensor(message: Message, { name, shape, texts: given }: StoredTensor, texts: Texts): Tensor {
  if (shape.length > MAX_RANK || elementsOf(shape) !== given.length)
    throw message.fail(message.start, `tensor "${name}" of shape [${shape.join(', ')}] has ${given.length} texts`);
  return { shape, data: Float64Array.from(given, (text) => texts.code(text)), kind: 'integer', elementType: TEXT };
}

/** The tensor's part of a file beside the model. */
function externalBytes(
  message: Message,
  name: string,
  entries: ReadonlyMap<string, string>,
  length: number,
  external: ExternalData | undefined,
): Uint8Array {
  const location = entries.get('location') ?? '';
  if (!external)
    throw new ZkvmError('unsupported', 'ZK0503', {
      what: `tensor "${name}" keeps its data in another file, "${location}"`,
      where: at(message, message.start),
      fix: 'compile from the folder with both files, or save the model as one file: onnx.save(model, path, save_as_external_data=False)',
    });
  const file = external(location);
  const [offset, size] = [Number(entries.get('offset') ?? 0), Number(entries.get('length') ?? length)];
  if (!Number.isSafeInteger(offset) || offset < 0 || size !== length || offset + length > file.length)
    throw usage('ZK0505', {
      what: `tensor "${name}" needs ${length} bytes of "${location}"`,
      where: at(message, message.start),
      why: `the model asks for ${size} bytes at ${offset}, the file has ${file.length}`,
      fix: 'put the data file that was saved with the model beside it',
    });
  return file.subarray(offset, offset + length);
}
