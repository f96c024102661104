// The compile report as the bytes that a `.zkb` carries for people: MessagePack (msgpack.org), objects as maps, checked before and after
// decoding. Source: DESIGN §6. It is no part of the model id; the content hash of the file covers it.
// Caveat: whoever wrote the file wrote the report; it is a claim, and no verifier reads it.
import { Packr } from 'msgpackr/pack';
import { Unpackr } from 'msgpackr/unpack';
import { type CodeOf, usage, type ZkvmError } from '../../fri/core/errors.ts';
import type { CompileReport } from './summary.ts';

export interface StoredReport {
  /** calibration samples that the accuracy was measured on */
  samples: number;
  report: CompileReport;
}

/** plain maps instead of the package's records, which would compile code from a file's bytes */
const OPTIONS = { useRecords: false, moreTypes: true } as const;

/** deeper values are not decoded; a report has five levels */
const MAX_DEPTH = 8;

/** What a value must look like: a text, a finite number, a list of one shape, or an object with exactly these keys. */
type Shape = 'text' | 'number' | readonly [Shape] | { readonly [key: string]: Shape };

type ShapeOf<T> = T extends string
  ? 'text'
  : T extends number
    ? 'number'
    : T extends readonly (infer Item)[]
      ? readonly [ShapeOf<Item>]
      : { readonly [Key in keyof T]: ShapeOf<T[Key]> };

const ROWS = { cpu: 'number', mac: 'number', store: 'number' } as const;

const STORED_REPORT: ShapeOf<StoredReport> = {
  samples: 'number',
  report: {
    outputs: [{ name: 'text', maxError: 'number', relativeError: 'number', sameArgmax: 'number', scale: 'number', from: 'number' }],
    accuracy: { target: 'number' },
    stages: [
      {
        where: 'text',
        reads: ['number'],
        rows: ROWS,
        divisor: 'number',
        largestWeight: 'number',
        magnitude: 'number',
        saturated: 'number',
        error: 'number',
        ownError: 'number',
        scale: 'number',
        lo: 'number',
        hi: 'number',
      },
    ],
    slots: [{ name: 'text', intervals: 'number' }],
    rows: { cpu: 'number', mac: 'number', store: 'number', lut: 'number', rom: 'number', ram: 'number' },
    ramWords: 'number',
    copies: [{ kind: 'text', where: 'text', elements: 'number', rows: ROWS }],
  },
};

const damaged = (code: CodeOf<'usage'>, what: string, where: string, cause?: unknown): ZkvmError =>
  usage(code, {
    what,
    where,
    fix: 'the file is damaged, or another version made it; compile the model again',
    ...(cause ? { cause } : {}),
  });

/** The value with exactly the keys of the shape, in its order. @throws ZK0541 where it looks different */
function conform(value: unknown, shape: Shape, where: string): unknown {
  const bad = (expected: string): ZkvmError => damaged('ZK0541', `the compile report has no ${expected} here`, where);
  if (shape === 'text') {
    if (typeof value !== 'string') throw bad('text');
    return value;
  }
  if (shape === 'number') {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw bad('finite number');
    return value;
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) throw bad('list');
    return value.map((item, i) => conform(item, shape[0], `${where}[${i}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('object');
  const entries = Object.entries(shape as { readonly [key: string]: Shape });
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      conform(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined, inner, `${where}.${key}`),
    ]),
  );
}

/** bytes of the length or count that follows these first bytes, and whether it counts values of a list, of a map, or bytes of a text */
const LONG: Readonly<Record<number, { size: 1 | 2 | 4; of: 'bytes' | 'items' | 'pairs' }>> = {
  217: { size: 1, of: 'bytes' },
  218: { size: 2, of: 'bytes' },
  219: { size: 4, of: 'bytes' },
  220: { size: 2, of: 'items' },
  221: { size: 4, of: 'items' },
  222: { size: 2, of: 'pairs' },
  223: { size: 4, of: 'pairs' },
};
/** first byte → bytes of the number that follows: float 64, unsigned and signed integers up to 32 bits */
const NUMBERS: Readonly<Record<number, number>> = { 203: 8, 204: 1, 205: 2, 206: 4, 208: 1, 209: 2, 210: 4 };

/**
 * Walks the bytes without making values, so that a hostile file can neither ask for memory that it has no bytes for nor reach the
 * package's extension types. Numbers, texts, lists and maps are all that is let through.
 * @throws ZK0540
 */
function requirePlain(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const bad = (what: string): ZkvmError => damaged('ZK0540', `the compile report is no plain MessagePack: ${what}`, `byte ${at}`);
  const take = (count: number): number => {
    if (count > bytes.length - at) throw bad('it ends early');
    at += count;
    return at - count;
  };
  /** values still to come at every open level */
  const open = [1];
  while (open.length) {
    if (open.at(-1) === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1]!--;
    const first = bytes[take(1)]!;
    if (first < 0x80 || first >= 0xe0) continue; // a small integer
    let [count, of]: [number, 'bytes' | 'items' | 'pairs'] = [first & 15, first < 0x90 ? 'pairs' : 'items'];
    if (first >= 0xa0 && first < 0xc0) [count, of] = [first & 31, 'bytes'];
    else if (first >= 0xc0) {
      const number = NUMBERS[first];
      if (number !== undefined) {
        take(number);
        continue;
      }
      const long = LONG[first];
      if (!long) throw bad(`type 0x${first.toString(16)}`);
      const start = take(long.size);
      count = long.size === 1 ? view.getUint8(start) : long.size === 2 ? view.getUint16(start) : view.getUint32(start);
      of = long.of;
    }
    if (of === 'bytes') take(count);
    else {
      const values = of === 'pairs' ? 2 * count : count;
      if (values > bytes.length - at) throw bad(`${count} ${of} do not fit`);
      if (open.length === MAX_DEPTH) throw bad(`more than ${MAX_DEPTH} levels`);
      open.push(values);
    }
  }
  if (at < bytes.length) throw bad(`${bytes.length - at} bytes too many`);
}

/** A report as the bytes that a `.zkb` carries. */
export const encodeReport = (stored: StoredReport): Uint8Array =>
  new Uint8Array(new Packr(OPTIONS).pack(conform(stored, STORED_REPORT, 'report')));

/**
 * Reads a report that a `.zkb` carries.
 * @throws ZK0540 for bytes that are no plain MessagePack, ZK0541 for values that are no report, ZK0542 for bytes that are not canonical
 */
export function decodeReport(bytes: Uint8Array): StoredReport {
  requirePlain(bytes);
  let value: unknown;
  try {
    value = new Unpackr(OPTIONS).unpack(bytes.slice()); // a copy: the package hangs a view on what it reads
  } catch (cause) {
    throw damaged('ZK0540', 'the compile report is no plain MessagePack', 'section "report"', cause);
  }
  const stored = conform(value, STORED_REPORT, 'report') as StoredReport;
  const again = encodeReport(stored);
  if (again.length !== bytes.length || again.some((byte, i) => byte !== bytes[i]))
    throw damaged('ZK0542', 'the compile report is not canonical', 'section "report"');
  return stored;
}
