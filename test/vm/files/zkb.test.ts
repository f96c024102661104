// `.zkb` files: what is encoded comes back, and whatever is not canonical, or does not fit, is refused by name.
// Slow: thousands of damaged programs are decoded.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { decodeProgram, decodeZkb, encodeProgram } from '../../../vm/files/zkb.ts';
import type { Program } from '../../../vm/program/types.ts';
import { contentHash } from '../../../vm/statement/record.ts';
import { code } from '../../failure.ts';
import { times } from '../../times.ts';
import { EXAMPLES, strided } from '../programs.ts';

const example = (): Program => {
  const { program } = strided();
  return {
    ...program,
    metadata: { name: 'wörld', labels: ['zero', '"one"'] },
    sourceMap: [{ from: 0, to: 3, node: 'node #0 Conv "/c"' }],
  };
};
const verdict = (bytes: Uint8Array): string => code(() => decodeProgram(bytes));
/** offset of a section's header */
function sectionAt(bytes: Uint8Array, id: number): number {
  const view = new DataView(bytes.buffer);
  let at = 8;
  while (view.getUint32(at, true) !== id) at += 8 + view.getUint32(at + 4, true);
  return at;
}

describe('.zkb', () => {
  test('decodes to the program that was encoded, sections and all', () => {
    const program = example();
    expect(decodeZkb(encodeProgram(program))).toEqual({ program, report: new Uint8Array(0) });
    for (const make of EXAMPLES) {
      const { program: other } = make();
      expect(decodeProgram(encodeProgram(other))).toEqual(other);
    }
  });

  test('keeps the rules of inputs and outputs, keys in the order of the format', () => {
    const program = example();
    const [input, output] = [program.inputs[0]!, program.outputs[0]!];
    const last = (shape: number[]): number => shape.length - 1;
    const scales = output.shape.slice(-1).flatMap((size) => Array.from({ length: size }, (_, i) => 2 ** -i));
    const shuffled = { scales, axis: last(output.shape), name: output.name, of: 'output' as const };
    const metadata = { ...program.metadata, encodings: [shuffled] };
    const bytes = encodeProgram({ ...program, metadata });
    const again = decodeProgram(bytes);
    expect(again.metadata.encodings).toEqual([shuffled]);
    expect(Object.keys(again.metadata.encodings![0]!)).toEqual(['of', 'name', 'axis', 'scales']);
    expect(encodeProgram(again)).toEqual(bytes);
    const bad = { ...shuffled, of: 'input' as const, name: `${input.name}?` };
    expect(() => encodeProgram({ ...program, metadata: { ...metadata, encodings: [bad] } })).toThrow(/^ZK0343/);
  });

  test('encodes what it decoded to the same bytes', () => {
    const bytes = encodeProgram(example());
    expect(encodeProgram(decodeZkb(bytes).program)).toEqual(bytes);
  });

  test('keeps where a slot is exact, and that nobody said it apart from that it is nowhere', () => {
    const whole = { ...example() };
    const [slot] = whole.slots;
    const [from, to] = [slot!.intervals[0]! * slot!.intervals[1]!, slot!.intervals.at(-3)! * (slot!.intervals.at(-2)! + 1)];
    const hashes = [undefined, Int32Array.of(), Int32Array.of(from, to)].map((exact) => {
      const program: Program = { ...whole, slots: [{ ...slot!, ...(exact && { exact }) }, ...whole.slots.slice(1)] };
      const bytes = encodeProgram(program);
      expect(decodeProgram(bytes)).toEqual(program);
      expect(decodeProgram(bytes).slots[0]!.exact).toEqual(exact);
      return contentHash(bytes).join();
    });
    expect(new Set(hashes).size).toBe(3);
    // a number that means the same as 1 is not the form that is written
    const last = whole.slots.at(-1)!;
    const known = encodeProgram({ ...whole, slots: [...whole.slots.slice(0, -1), { ...last, exact: Int32Array.of() }] });
    new DataView(known.buffer).setUint32(sectionAt(known, 3) - 8, 2, true);
    expect(verdict(known)).toBe('ZK0308');
    const bad = { ...whole, slots: [{ ...slot!, exact: Int32Array.of(from, to - 1) }, ...whole.slots.slice(1)] };
    expect(() => encodeProgram(bad)).toThrow(/^ZK0340: exact range .* does not end with an interval/);
  });

  test('carries a report that is no part of the program, and that the content hash covers', () => {
    const report = Uint8Array.of(1, 2, 3);
    const plain = encodeProgram(example());
    const carrying = encodeProgram(example(), report);
    expect(decodeZkb(carrying)).toEqual({ program: example(), report });
    expect(contentHash(carrying)).not.toEqual(contentHash(plain));
    expect(contentHash(carrying)).not.toEqual(contentHash(encodeProgram(example(), Uint8Array.of(1, 2, 4))));
    expect(() => encodeProgram(example(), new Uint8Array(2 ** 22 + 1))).toThrow(/^ZK0313/);
  });

  const bytes = encodeProgram(example(), Uint8Array.of(7, 7));
  const patched = (at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    new DataView(copy.buffer).setUint32(at, value, true);
    return copy;
  };
  const without = (id: number): Uint8Array => {
    const at = sectionAt(bytes, id);
    const end = at + 8 + new DataView(bytes.buffer).getUint32(at + 4, true);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(end)]);
  };
  const twice = (id: number): Uint8Array => {
    const at = sectionAt(bytes, id);
    const end = at + 8 + new DataView(bytes.buffer).getUint32(at + 4, true);
    return Uint8Array.from([...bytes.subarray(0, end), ...bytes.subarray(at)]);
  };

  test.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), 'ZK0301'],
    ['another magic', patched(0, 1), 'ZK0301'],
    ['an earlier version', patched(4, 3), 'ZK0302'],
    ['another version', patched(4, 1), 'ZK0302'],
    ['a section cut short', bytes.slice(0, 100), 'ZK0303'],
    ['a section header cut short', bytes.slice(0, 12), 'ZK0303'],
    ['an unknown section at the end', Uint8Array.from([...bytes, 10, 0, 0, 0, 0, 0, 0, 0]), 'ZK0304'],
    ['a stray byte at the end', Uint8Array.from([...bytes, 0]), 'ZK0303'],
    [
      'a section with a byte too many',
      (() => {
        const end = sectionAt(bytes, 8);
        const copy = Uint8Array.from([...bytes.subarray(0, end), 0, ...bytes.subarray(end)]);
        const at = sectionAt(bytes, 7) + 4;
        const view = new DataView(copy.buffer);
        view.setUint32(at, view.getUint32(at, true) + 1, true);
        return copy;
      })(),
      'ZK0304',
    ],
    ['a section twice', twice(3), 'ZK0305'],
    ['a section missing', without(3), 'ZK0305'],
    ['the last section missing', without(8), 'ZK0305'],
    ['a count of words that does not fit', patched(sectionAt(bytes, 1) + 12, 2 ** 31), 'ZK0306'],
    ['a count of slots that does not fit', patched(sectionAt(bytes, 2) + 8, 2 ** 32 - 1), 'ZK0306'],
    ['a word that is not canonical', patched(sectionAt(bytes, 1) + 16, 2 ** 31 - 1), 'ZK0341'],
    ['RAM of 2^31 words', patched(sectionAt(bytes, 3) + 8, 31), 'ZK0342'],
    [
      'blanks in the metadata',
      (() => {
        const text = new TextEncoder().encode('{"name": "x","labels":[]}');
        const at = sectionAt(bytes, 6);
        const end = sectionAt(bytes, 7);
        const header = new Uint8Array(8);
        new DataView(header.buffer).setUint32(0, 6, true);
        new DataView(header.buffer).setUint32(4, text.length, true);
        return Uint8Array.from([...bytes.subarray(0, at), ...header, ...text, ...bytes.subarray(end)]);
      })(),
      'ZK0308',
    ],
  ])('refuses %s', (_, hostile, code) => expect(verdict(hostile)).toBe(code));

  const withMetadata = (text: string): Uint8Array => {
    const payload = new TextEncoder().encode(text);
    const at = sectionAt(bytes, 6);
    const header = new Uint8Array(8);
    new DataView(header.buffer).setUint32(0, 6, true);
    new DataView(header.buffer).setUint32(4, payload.length, true);
    return Uint8Array.from([...bytes.subarray(0, at), ...header, ...payload, ...bytes.subarray(sectionAt(bytes, 7))]);
  };
  test.each<readonly [string, string, string]>([
    ['of no bytes', '', 'ZK0307'],
    ['that is null', 'null', 'ZK0307'],
    ['that is a list', '[]', 'ZK0307'],
    ['with a number as name', '{"name":5,"labels":[]}', 'ZK0307'],
    ['without labels', '{"name":"x"}', 'ZK0307'],
    ['with a text as labels', '{"name":"x","labels":"abc"}', 'ZK0307'],
    ['with a number as label', '{"name":"x","labels":[1]}', 'ZK0307'],
    ['with null as label', '{"name":"x","labels":["a",null]}', 'ZK0307'],
    ['with a hundred thousand brackets', `{"name":"x","labels":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'ZK0307'],
    ['with a text as integers', '{"name":"x","labels":[],"integers":"x"}', 'ZK0307'],
    ['with a number among the integers', '{"name":"x","labels":[],"integers":[1]}', 'ZK0307'],
    ['with no integers', '{"name":"x","labels":[],"integers":[]}', 'ZK0308'],
    ['with integers in another place', '{"name":"x","integers":["x0"],"labels":[]}', 'ZK0308'],
    ['with integers', '{"name":"x","labels":[],"integers":["x0"]}', 'accepted'],
    ['with integers of no input', '{"name":"x","labels":[],"integers":["x"]}', 'ZK0343'],
    ['with an input of integers twice', '{"name":"x","labels":[],"integers":["x0","x0"]}', 'ZK0343'],
    ...(
      [
        ['scales', '{"of":"input","name":"x","axis":0,"scales":[1]}', 'ZK0343'],
        ['no list', '{"of":"input","name":"x","axis":0}', 'ZK0307'],
        ['two lists', '{"of":"input","name":"x","axis":0,"scales":[1],"thresholds":[[1]]}', 'ZK0307'],
        ['a member too many', '{"of":"input","name":"x","axis":0,"scales":[1],"more":1}', 'ZK0307'],
        ['a text among the scales', '{"of":"input","name":"x","axis":0,"scales":["1"]}', 'ZK0307'],
        ['thresholds that are no lists', '{"of":"input","name":"x","axis":0,"thresholds":[1]}', 'ZK0307'],
        ['another kind', '{"of":"inputs","name":"x","axis":0,"scales":[1]}', 'ZK0307'],
        ['a text as axis', '{"of":"input","name":"x","axis":"0","scales":[1]}', 'ZK0307'],
        ['null', 'null', 'ZK0307'],
      ] as const
    ).map(([what, rule, code]) => [`with a rule that is ${what}`, `{"name":"x","labels":[],"encodings":[${rule}]}`, code] as const),
    ['with no rules', '{"name":"x","labels":[],"encodings":[]}', 'ZK0308'],
    ['with rules that are no list', '{"name":"x","labels":[],"encodings":{}}', 'ZK0307'],
    ['in another order', '{"labels":[],"name":"x"}', 'ZK0308'],
    ['with a member too many', '{"name":"x","labels":[],"more":1}', 'ZK0308'],
    ['with a member twice', '{"name":"x","name":"y","labels":[]}', 'ZK0308'],
    ['with an escape that is not needed', '{"name":"\\u0041","labels":[]}', 'ZK0308'],
    ['with half a surrogate pair', '{"name":"\\ud800","labels":["a"]}', 'accepted'],
    ['with a label twice', '{"name":"x","labels":["a","a"]}', 'accepted'],
  ])('metadata %s', (_what, text, code) => expect(verdict(withMetadata(text))).toBe(code));

  test('mutated files decode to another canonical program or fail with a typed error', () => {
    const mutation = fc.record({
      at: fc.nat(bytes.length - 1),
      value: fc.nat(255),
      cut: fc.option(fc.nat(bytes.length)),
      more: fc.uint8Array({ maxLength: 9 }),
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let hostile = bytes.slice();
        for (const { at, value, cut, more } of mutations) {
          if (at < hostile.length) hostile[at] = value;
          if (cut !== null) hostile = hostile.slice(0, cut);
          hostile = Uint8Array.from([...hostile, ...more]);
        }
        let code = '';
        try {
          const { program, report } = decodeZkb(hostile);
          expect(encodeProgram(program, report)).toEqual(hostile);
        } catch (error) {
          if (!(error instanceof ZkvmError)) throw error;
          code = error.code;
        }
        expect(code === '' || /^ZK03/.test(code)).toBe(true);
      }),
      { numRuns: times(400) },
    );
  });

  test('every byte of the counts and headers, set to 255, gives a typed error or a canonical program', () => {
    for (let at = 0; at < bytes.length; at += at < 400 ? 1 : 97) {
      const copy = bytes.slice();
      copy[at] = 255;
      expect(verdict(copy)).toMatch(/^(accepted|ZK03\d\d)$/);
    }
  });
});
