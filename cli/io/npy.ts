// Reads a NumPy array file (.npy). Source: numpy.lib.format, versions 1.0 and 2.0.
// Caveat: numbers only (float16, float32, float64, int8 … int64, uint8 … uint64, bool); 64-bit integers beyond 2^53 are refused.
import { usage } from '../../fri/core/errors.ts';
import type { RealTensor } from '../../vm/library/tensors.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** is this a .npy file by its first bytes */
export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

type Reader = (view: DataView, offset: number, littleEndian: boolean) => number;

const wide = (value: bigint): number => (value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : Number.NaN);

/** IEEE 754 binary16: 5 bits of exponent, 10 of fraction */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** NumPy kind and size → bytes of an element and how one is read */
const ELEMENTS: Readonly<Record<string, { bytes: number; read: Reader }>> = {
  f2: { bytes: 2, read: (v, o, le) => half(v.getUint16(o, le)) },
  f4: { bytes: 4, read: (v, o, le) => v.getFloat32(o, le) },
  f8: { bytes: 8, read: (v, o, le) => v.getFloat64(o, le) },
  i1: { bytes: 1, read: (v, o) => v.getInt8(o) },
  i2: { bytes: 2, read: (v, o, le) => v.getInt16(o, le) },
  i4: { bytes: 4, read: (v, o, le) => v.getInt32(o, le) },
  i8: { bytes: 8, read: (v, o, le) => wide(v.getBigInt64(o, le)) },
  u1: { bytes: 1, read: (v, o) => v.getUint8(o) },
  u2: { bytes: 2, read: (v, o, le) => v.getUint16(o, le) },
  u4: { bytes: 4, read: (v, o, le) => v.getUint32(o, le) },
  u8: { bytes: 8, read: (v, o, le) => wide(v.getBigUint64(o, le)) },
  b1: { bytes: 1, read: (v, o) => (v.getUint8(o) > 1 ? Number.NaN : v.getUint8(o)) },
};

/** the three fields of the header, a Python dictionary literal */
function parseHeader(header: string): { descr: string; fortran: boolean; shape: number[] } | undefined {
  const descr = /'descr'\s*:\s*'([<>|=][a-zA-Z]\d+)'/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(header);
  if (!descr || !order || !shape) return undefined;
  const sizes = shape[1]!
    .split(',')
    .map((s) => s.trim().replace(/L$/, ''))
    .filter((s) => s !== '');
  return { descr: descr[1]!, fortran: order[1] === 'True', shape: sizes.map(Number) };
}

/** What a .npy file says of its numbers. */
interface NpyHeader {
  shape: number[];
  /** columns first */
  fortran: boolean;
  /** bytes before the first element, and of each */
  start: number;
  elementBytes: number;
  /** numbers of these bytes, which begin with element `first`. @throws ZK0813 for one that is none */
  numbers(bytes: Uint8Array, first: number): Float64Array;
}

/** bytes that hold every header */
export const NPY_HEADER_BYTES = 12 + 65536;

/**
 * Reads the header of a .npy file.
 * @param head its first bytes, NPY_HEADER_BYTES of them or all
 * @param size bytes of the file
 * @param file its name, for messages
 * @throws ZK0813 if it is damaged, ZK0814 for an element type that is not supported
 */
export function readNpyHeader(head: Uint8Array, size: number, file: string): NpyHeader {
  const damaged = (why: string): Error =>
    usage('ZK0813', { what: 'this is no sound .npy file', where: file, why, fix: 'write it again with numpy.save' });
  if (!isNpy(head)) throw damaged('it does not start with \\x93NUMPY');
  if (size < 12) throw damaged(`it ends after ${size} bytes`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const major = head[6]!;
  if (major !== 1 && major !== 2 && major !== 3) throw damaged(`format version ${major}.${head[7]}`);
  const headerStart = major === 1 ? 10 : 12;
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = headerStart + headerLength;
  if (start > size) throw damaged(`the header claims ${headerLength} bytes, ${size - headerStart} are left`);
  if (headerLength > 65536) throw damaged(`a header of ${headerLength} bytes`);
  const header = parseHeader(String.fromCharCode(...head.subarray(headerStart, start)));
  if (!header) throw damaged('its header does not give descr, fortran_order and shape of a plain number array');
  const { descr, fortran, shape } = header;
  const element = ELEMENTS[descr.slice(1)];
  if (!element)
    throw usage('ZK0814', {
      what: `element type "${descr}" is not supported`,
      where: file,
      why: `supported are ${Object.keys(ELEMENTS).join(', ')}`,
      fix: 'convert it with array.astype("float32")',
    });
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.length > 8 || !Number.isSafeInteger(count)) throw damaged(`shape (${shape.join(', ')})`);
  if (size - start !== count * element.bytes)
    throw damaged(`shape (${shape.join(', ')}) of ${descr} needs ${count * element.bytes} bytes, ${size - start} are there`);
  const littleEndian = descr[0] !== '>';
  const numbers = (bytes: Uint8Array, first: number): Float64Array => {
    const stored = new Float64Array(bytes.length / element.bytes);
    const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < stored.length; i++) {
      stored[i] = element.read(from, i * element.bytes, littleEndian);
      if (!Number.isNaN(stored[i])) continue;
      if (descr.endsWith('b1')) throw damaged(`element ${first + i} is neither false nor true`);
      if (/[iu]8/.test(descr)) throw damaged(`element ${first + i} is an integer beyond 2^53`);
    }
    return stored;
  };
  return { shape, fortran, start, elementBytes: element.bytes, numbers };
}

/**
 * Reads a .npy file.
 * @param file its name, for messages
 * @throws ZK0813 if it is damaged, ZK0814 for an element type that is not supported
 */
export function readNpy(bytes: Uint8Array, file: string): RealTensor {
  const { shape, fortran, start, numbers } = readNpyHeader(bytes.subarray(0, NPY_HEADER_BYTES), bytes.length, file);
  const stored = numbers(bytes.subarray(start), 0);
  return { shape, data: fortran ? rowMajor(stored, shape) : stored };
}

/** column-major (Fortran) order to row-major */
function rowMajor(stored: Float64Array, shape: readonly number[]): Float64Array {
  const data = new Float64Array(stored.length);
  const index = shape.map(() => 0);
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  for (let i = 0, at = 0; i < stored.length; i++) {
    data[at] = stored[i]!;
    for (let axis = 0; axis < shape.length; axis++) {
      at += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return data;
}
