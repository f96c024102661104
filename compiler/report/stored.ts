// The compile report as the bytes that a `.zkb` carries for people: JSON with known keys in a known order and no blanks, so that one report
// has one form. Source: DESIGN §6. It is no part of the model id; the content hash of the file covers it.
// Caveat: whoever wrote the file wrote the report; it is a claim, and no verifier reads it.
import { type CodeOf, usage, type ZkvmError } from '../../fri/core/errors.ts';
import type { CompileReport } from './report.ts';

/**
 * A report, and what it was measured on.
 * @example
 * const stored: StoredReport | undefined = reportOf(model);
 * console.log(stored?.samples, stored?.report.accuracy);
 */
export interface StoredReport {
  /** calibration samples that the accuracy was measured on */
  samples: number;
  report: CompileReport;
}

/** What a value must look like: a text, a finite number, a list of one shape, or an object with exactly these keys; those with `?` may be missing. */
type Shape = 'text' | 'number' | readonly [Shape] | { readonly [key: string]: Shape };

/** keys as a shape has them */
type Marked<T, Key extends keyof T> = undefined extends T[Key] ? `${Key & string}?` : Key;

type ShapeOf<T> = T extends string
  ? 'text'
  : T extends number
    ? 'number'
    : T extends readonly (infer Item)[]
      ? readonly [ShapeOf<Item>]
      : { readonly [Key in keyof T as Marked<T, Key>]-?: ShapeOf<Exclude<T[Key], undefined>> };

const ROWS = { cpu: 'number', mac: 'number', store: 'number' } as const;

const STORED_REPORT: ShapeOf<StoredReport> = {
  samples: 'number',
  report: {
    outputs: [
      {
        name: 'text',
        maxError: 'number',
        sample: 'number',
        relativeError: 'number',
        channelError: 'number',
        channel: 'number',
        sameArgmax: 'number',
        labels: 'number',
        scale: 'number',
        from: 'number',
      },
    ],
    accuracy: { target: 'number', error: 'number' },
    stages: [
      {
        where: 'text',
        'shape?': ['number'],
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
    entries.flatMap(([marked, inner]) => {
      const key = marked.replace(/\?$/, '');
      const own = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      return own === undefined && key !== marked ? [] : [[key, conform(own, inner, `${where}.${key}`)]];
    }),
  );
}

/** A report as the bytes that a `.zkb` carries. */
export const encodeReport = (stored: StoredReport): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(conform(stored, STORED_REPORT, 'report')));

/**
 * Reads a report that a `.zkb` carries.
 * @throws ZK0540 for bytes that are no JSON, ZK0541 for values that are no report, ZK0542 for bytes that are not canonical
 */
export function decodeReport(bytes: Uint8Array): StoredReport {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw damaged('ZK0540', 'the compile report is no JSON', 'section "report"', cause);
  }
  const stored = conform(value, STORED_REPORT, 'report') as StoredReport;
  const again = encodeReport(stored);
  if (again.length !== bytes.length || again.some((byte, i) => byte !== bytes[i]))
    throw damaged('ZK0542', 'the compile report is not canonical', 'section "report"');
  return stored;
}
