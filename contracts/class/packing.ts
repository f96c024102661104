// A class as a small file: the Sierra program's values by their place in a book of all that occur, two bytes each, behind what else a class holds,
// packed with brotli. Source: sierra.ts, whose lists of felts have the same book. Caveat: the bytes depend on the brotli of the Node that wrote
// them, what is inside does not: files are compared unpacked.
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { ZkvmError } from '../../fri/core/errors.ts';
import { compress, decompress, type SierraClass } from './sierra.ts';

/** Sierra and compiler version in front of the list */
const VERSION_FELTS = 6;
const VALUE_BYTES = 2;
const WINDOW_BITS = 24;
/** what a file may unpack to: the largest class that the network takes is half of it */
const MAX_UNPACKED = 8_000_000;
const NEW_LINE = 10;

interface Head extends Omit<SierraClass, 'sierra_program' | 'sierra_program_debug_info'> {
  version: string[];
  /** every value of the program, in order of first use */
  book: string[];
}

const hex = (felt: bigint): string => `0x${felt.toString(16)}`;

/** The bytes of a class before they are packed. @throws ZK0724 for a program of more values than two bytes can name */
function plainBytes({ sierra_program, sierra_program_debug_info: _names, ...rest }: SierraClass): Uint8Array {
  const felts = sierra_program.map(BigInt);
  const values = decompress(felts.slice(VERSION_FELTS));
  const places = new Map<bigint, number>();
  for (const value of values) if (!places.has(value)) places.set(value, places.size);
  if (places.size > 2 ** (8 * VALUE_BYTES))
    throw new ZkvmError('bug', 'ZK0724', { what: 'the class cannot be packed', why: `it has ${places.size} values` });
  const head: Head = { ...rest, version: felts.slice(0, VERSION_FELTS).map(hex), book: [...places.keys()].map(hex) };
  const text = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const bytes = new Uint8Array(text.length + VALUE_BYTES * values.length);
  bytes.set(text);
  const view = new DataView(bytes.buffer, text.length);
  for (const [i, value] of values.entries()) view.setUint16(VALUE_BYTES * i, places.get(value)!, true);
  return bytes;
}

export function packClass(contract: SierraClass): Uint8Array {
  const bytes = plainBytes(contract);
  const { BROTLI_PARAM_QUALITY, BROTLI_MAX_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = {
    [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY,
    [BROTLI_PARAM_LGWIN]: WINDOW_BITS,
    [BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return brotliCompressSync(bytes, { params });
}

/** The class of a packed file, felt for felt. @throws ZK0725 for a file that is damaged */
export function unpackClass(packed: Uint8Array, name: string): SierraClass {
  try {
    const bytes = brotliDecompressSync(packed, { maxOutputLength: MAX_UNPACKED });
    const start = bytes.indexOf(NEW_LINE) + 1;
    const { version, book, ...rest } = JSON.parse(bytes.subarray(0, start).toString('utf8')) as Head;
    const known = book.map(BigInt);
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
    const values = Array.from({ length: view.byteLength / VALUE_BYTES }, (_, i) => known[view.getUint16(VALUE_BYTES * i, true)]!);
    return { sierra_program: [...version, ...compress(values).map(hex)], ...rest };
  } catch (cause) {
    throw new ZkvmError('bug', 'ZK0725', { what: 'a class file of this package cannot be read', where: name, why: String(cause), cause });
  }
}
