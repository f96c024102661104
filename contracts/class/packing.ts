// A class as a small file: what is not the program's statements as JSON, then a line's end, then the statements' numbers, seven bits a byte, all packed with
// brotli. Source: statements.ts, sierra.ts. Caveat: the bytes depend on the brotli of the Node that wrote them, what is inside does not: files are
// compared unpacked.
import { isDeepStrictEqual } from 'node:util';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { bug, ZkvmError } from '../../fri/core/errors.ts';
import { compress, decompress, type SierraClass } from './sierra.ts';
import { putTogether, type Statements, takeApart } from './statements.ts';

/** Sierra and compiler version in front of the list */
const VERSION_FELTS = 6;
const WINDOW_BITS = 24;
/** what a file may unpack to: the largest class that the network takes is half of it */
const MAX_UNPACKED = 8_000_000;
const NEW_LINE = 10;

interface Head extends Omit<SierraClass, 'sierra_program' | 'sierra_program_debug_info'> {
  version: string[];
  before: string[];
  after: string[];
  shapes: Statements['shapes'];
  statements: number;
}

const hex = (felt: bigint): string => `0x${felt.toString(16)}`;

/** signed numbers, small ones in a byte */
function toBytes(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const number of numbers) {
    let rest = number < 0 ? -2 * number - 1 : 2 * number;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

/** the inverse of `toBytes` */
function toNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [number, unit] = [0, 1];
  for (const byte of bytes) {
    number += (byte % 128) * unit;
    unit *= 128;
    if (byte > 127) continue;
    numbers.push(number % 2 ? -(number + 1) / 2 : number / 2);
    [number, unit] = [0, 1];
  }
  return numbers;
}

/** @throws bug for a class that would not come back as it is */
export function packClass({ sierra_program, sierra_program_debug_info: _names, ...rest }: SierraClass): Uint8Array {
  const felts = sierra_program.map(BigInt);
  const { before, after, shapes, order, numbers } = takeApart(decompress(felts.slice(VERSION_FELTS)));
  const head: Head = {
    ...rest,
    version: felts.slice(0, VERSION_FELTS).map(hex),
    before: before.map(hex),
    after: after.map(hex),
    shapes,
    statements: order.length,
  };
  const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), toBytes([...order, ...numbers])]);
  const { BROTLI_PARAM_QUALITY, BROTLI_MAX_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = {
    [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY,
    [BROTLI_PARAM_LGWIN]: WINDOW_BITS,
    [BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const packed = brotliCompressSync(bytes, { params });
  if (!isDeepStrictEqual(unpackClass(packed, 'class'), { ...rest, sierra_program }))
    throw bug('a packed class does not come back as it was');
  return packed;
}

/** The class of a packed file, felt for felt. @throws ZK0725 for a file that is damaged */
export function unpackClass(packed: Uint8Array, name: string): SierraClass {
  try {
    const bytes = brotliDecompressSync(packed, { maxOutputLength: MAX_UNPACKED });
    const start = bytes.indexOf(NEW_LINE) + 1;
    const { version, before, after, shapes, statements, ...rest } = JSON.parse(bytes.subarray(0, start).toString('utf8')) as Head;
    const all = toNumbers(bytes.subarray(start));
    const [order, numbers] = [all.slice(0, statements), all.slice(statements)];
    const values = putTogether({ before: before.map(BigInt), after: after.map(BigInt), shapes, order, numbers });
    return { sierra_program: [...version, ...compress(values).map(hex)], ...rest };
  } catch (cause) {
    throw new ZkvmError('bug', 'ZK0725', { what: 'a class file of this package cannot be read', where: name, why: String(cause), cause });
  }
}
