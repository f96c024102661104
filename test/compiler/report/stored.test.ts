// The compile report as bytes: what goes in comes out, and nothing else does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeReport, encodeReport, type StoredReport } from '../../../compiler/report/stored.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { times } from '../../times.ts';

const stored: StoredReport = {
  samples: 64,
  report: {
    outputs: [
      {
        name: 'logits',
        maxError: 0.0125,
        sample: 3,
        relativeError: 1e-3,
        channelError: 0.02,
        channel: 4,
        sameArgmax: 1,
        labels: 64,
        scale: 2 ** -7,
        from: 39,
      },
    ],
    accuracy: { target: 0.01, error: 1e-3 },
    stages: Array.from({ length: 40 }, (_, i) => ({
      where: `node #${i} Conv "/größe/${i}"`,
      // older files have none
      ...(i % 2 === 0 && { shape: [1, 6, i, i] }),
      reads: [i - 1],
      rows: { cpu: i, mac: 2 * i, store: 3 * i },
      divisor: 256 + i,
      largestWeight: 32_767,
      magnitude: 2 ** 29 - i,
      saturated: i / 1000,
      error: i / 100,
      ownError: i / 200,
      scale: 1 / (3 + i),
      lo: -512,
      hi: 511,
    })),
    slots: [{ name: 'relu', intervals: 70_000 }],
    rows: { cpu: 10, mac: 2 ** 33, store: 30, lut: 40, rom: 50, ram: 60 },
    ramWords: 60,
    copies: [{ kind: 'relayout', where: 'Gemm', elements: 12, rows: { cpu: 1, mac: 2, store: 3 } }],
  },
};
const bytes = encodeReport(stored);
const spelled = (text: string): Uint8Array => new TextEncoder().encode(text);
const packed = (value: unknown): Uint8Array => spelled(JSON.stringify(value));
const text = new TextDecoder().decode(bytes);
const verdict = (hostile: Uint8Array): string => {
  try {
    decodeReport(hostile);
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'usage') return error.code;
    throw error;
  }
};
const changed = (change: (report: StoredReport) => void): Uint8Array => {
  const copy = structuredClone(stored);
  change(copy);
  return packed(copy);
};
const nested = (levels: number): Uint8Array => spelled(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('the stored report', () => {
  test('decodes to what was encoded, as plain objects', () => {
    expect(decodeReport(bytes)).toEqual(stored);
    expect(encodeReport(decodeReport(bytes))).toEqual(bytes);
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  test.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), 'ZK0540'],
    ['a byte too many', Uint8Array.from([...bytes, 0]), 'ZK0540'],
    ['its end missing', bytes.slice(0, -1), 'ZK0540'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xc3, 0x22), 'ZK0540'],
    ['a byte order mark', spelled(`\ufeff${text}`), 'ZK0540'],
    ['a number of JavaScript', spelled(text.replace('"samples":64', '"samples":NaN')), 'ZK0540'],
    ['a comment', spelled(`/**/${text}`), 'ZK0540'],
    ['a hundred thousand levels', nested(100_000), 'ZK0541'],
    ['true', packed(true), 'ZK0541'],
    ['nothing', packed(null), 'ZK0541'],
    ['a number', packed(5), 'ZK0541'],
    ['a list', packed([]), 'ZK0541'],
    ['a report without samples', packed({ report: stored.report }), 'ZK0541'],
    ['a text for a number', changed((r) => Object.assign(r, { samples: '64' })), 'ZK0541'],
    ['a number for a name', changed((r) => Object.assign(r.report.outputs[0]!, { name: 5 })), 'ZK0541'],
    ['an infinite error', spelled(text.replace('"maxError":0.0125', '"maxError":1e999')), 'ZK0541'],
    ['an error that is nothing', changed((r) => Object.assign(r.report.outputs[0]!, { maxError: Number.NaN })), 'ZK0541'],
    ['an object for a list', changed((r) => Object.assign(r.report, { stages: { length: 0 } })), 'ZK0541'],
    ['a list for an object', changed((r) => Object.assign(r.report, { rows: [] })), 'ZK0541'],
    ['a shape that is a text', changed((r) => Object.assign(r.report.stages[0]!, { shape: '1x6' })), 'ZK0541'],
    ['a shape that is nothing', changed((r) => Object.assign(r.report.stages[0]!, { shape: null })), 'ZK0541'],
    ['a shape behind its place', spelled(text.replace(/("shape":\[[^\]]*\]),("reads":\[[^\]]*\])/, '$2,$1')), 'ZK0542'],
    ['one key more', changed((r) => Object.assign(r.report, { more: 1 })), 'ZK0542'],
    ['keys in another order', packed({ report: stored.report, samples: stored.samples }), 'ZK0542'],
    ['a longer form of a number', spelled(text.replace('"samples":64', '"samples":64.0')), 'ZK0542'],
    ['minus zero', spelled(text.replace('"samples":64', '"samples":-0')), 'ZK0542'],
    ['a blank', spelled(text.replace('"samples":64', '"samples": 64')), 'ZK0542'],
    ['a letter spelled as an escape', spelled(text.replace('relu', '\\u0072elu')), 'ZK0542'],
    ['a key twice', spelled(text.replace('"samples":64', '"samples":63,"samples":64')), 'ZK0542'],
  ])('refuses %s', (_, hostile, code) => expect(verdict(hostile)).toBe(code));

  test('a key "__proto__" reaches no prototype', () => {
    expect(verdict(spelled('{"__proto__":{"samples":1}}'))).toBe('ZK0541');
    expect(({} as { samples?: unknown }).samples).toBeUndefined();
  });

  test('mutated bytes decode to another canonical report or fail with a typed error', () => {
    const mutation = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255), cut: fc.option(fc.nat(bytes.length), { freq: 9 }) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let hostile = bytes.slice();
        for (const { at, value, cut } of mutations) {
          if (at < hostile.length) hostile[at] = value;
          if (cut !== null) hostile = hostile.slice(0, cut);
        }
        const code = verdict(hostile);
        expect(code).toMatch(/^(accepted|ZK054[012])$/);
        if (code === 'accepted') expect(encodeReport(decodeReport(hostile))).toEqual(hostile);
      }),
      { numRuns: times(1000) },
    );
  });
});
