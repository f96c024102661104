// Bad input on the command line: a typed error with code, place and fix, the documented exit code, no partial file, no stack trace.
// Slow: hundreds of command lines, each of which loads a model.

import fs from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/commands.ts';
import { times } from '../times.ts';
import { type Captured, smallModel, temporaryFolder, zkvm } from './capture.ts';
import { npyFile } from './io/npy-file.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { program, zkb, input } = smallModel();

beforeAll(async () => {
  write('m.zkb', zkb);
  write('x.json', input);
  await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'));
  expect(await zkvm('prove', at('t'), '-o', at('p'), '--profile', 'test')).toMatchObject({ code: 0 });
});
afterAll(folder.remove);

/** a typed error with this exit code, without a stack trace */
function expectError({ code, out, err, json }: Captured, exit: number, what: RegExp = /./): void {
  expect(err).toMatch(/^(error|REJECTED) ZK\d{4}: \S/m);
  expect(err).toMatch(what);
  expect(err).not.toMatch(/\n\s+at .*(:\d+:\d+|node:internal)/);
  expect(code, err).toBe(exit);
  if (out) expect(json).toMatchObject({ error: { code: expect.stringMatching(/^ZK\d{4}$/), exitCode: exit } });
}

describe('the command line', () => {
  test.each<[string[], RegExp]>([
    [['--quiet'], /a command is needed/],
    [['prov'], /unknown command "prov"; Did you mean prove\?/],
    [['--frobnicate'], /ZK0820/],
    [['run', 'm', '--input', 'x', '--frobnicate'], /Unknown argument: frobnicate[\s\S]*fix: see zkvm run --help/],
    [['run', 'm'], /Missing required argument: input/],
    [['run'], /Not enough/],
    [['run', 'm', 'n', '--input', 'x'], /Unknown argument: n/],
    [['prove', 't', '-o'], /Not enough arguments following: o/],
    [['prove', 't', '-o', 'p', '-o', 'q'], /given 2 times/],
    [['prove', 't', '-o', ''], /empty/],
    [['prove', 't', '-o', 'p', '--profile', 'best'], /best/],
    // taken by its new name, so that the missing file is what is wrong
    [['prove', 't', '-o', 'p', '--profile', 'local'], /--profile local is named fast now[\s\S]*the file does not exist/],
    [['verify', 'p', '--model', 'm', '--profile=local'], /--profile local is named fast now[\s\S]*the file does not exist/],
    [['prove', 'local', '-o', 'p', '--profile', 'best'], /best/],
    [['prove', 't', '-o', 'p', '--backend', 'abacus'], /abacus/],
    [['compile', 'm', '-o', 'p', '--batch', 'many'], /--batch needs a number/],
  ])('%j', async (args, what) => {
    expectError(await zkvm(...args), 2, what);
    expectError(await zkvm(...args, '--json'), 2);
  });

  test.each(Object.entries(COMMANDS))('%s --help explains every option', async (name, { options }) => {
    const { code, out } = await zkvm(name, '--help');
    expect(code).toBe(0);
    for (const option of Object.keys(options)) expect(out).toContain(`--${option}`);
  });

  test('--help names every command, --version the version', async () => {
    const { code, out } = await zkvm('--help');
    expect(code).toBe(0);
    for (const name of Object.keys(COMMANDS)) expect(out).toContain(`zkvm ${name}`);
    expect((await zkvm('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('files', () => {
  const commands: [string, string[]][] = [
    ['compile', ['-o', 'OUT']],
    ['run', ['--input', 'X', '-o', 'OUT']],
    ['check', []],
    ['prove', ['-o', 'OUT']],
    ['verify', ['--model', 'M']],
    ['inspect', []],
  ];
  const filled = (args: string[]): string[] => args.map((a) => ({ OUT: at('out'), X: at('x.json'), M: at('m.zkb') })[a] ?? a);

  test.each(commands)('%s: missing file, folder, empty file, text', async (name, args) => {
    const before = folder.list();
    expectError(await zkvm(name, at('nothing'), ...filled(args)), 2, /ZK0801/);
    expectError(await zkvm(name, at('.'), ...filled(args)), 2, /ZK0802/);
    write('empty', '');
    write('text', 'hello world, this is no artifact at all\n'.repeat(9));
    for (const file of ['empty', 'text']) {
      const result = await zkvm(name, at(file), ...filled(args), '--json');
      expect([2, 3, 5]).toContain(result.code);
      expectError(result, result.code);
    }
    expect(folder.list()).toEqual([...new Set([...before, 'empty', 'text'])].sort());
  });

  test('an output that cannot be written is refused before the work', async () => {
    for (const out of [at('no/such/folder/out'), at('.'), at('m.zkb/x')])
      for (const args of [
        ['run', at('m.zkb'), '--input', at('x.json'), '-o', out],
        ['prove', at('t'), '-o', out],
      ])
        expectError(await zkvm(...args), 2, /ZK0805/);
    expectError(await zkvm('prove', at('t'), '-o', at('t')), 2, /would replace an input/);
  });

  test('the wrong kind of artifact', async () => {
    expectError(await zkvm('run', at('t'), '--input', at('x.json')), 2, /ZK0826: ".*" is a trace, a compiled model is needed/);
    expectError(await zkvm('prove', at('p'), '-o', at('out')), 2, /ZK0826: ".*" is a proof, a trace or a compiled model is needed/);
    expectError(await zkvm('verify', at('t'), '--model', at('m.zkb')), 3, /^REJECTED ZK0826: ".*" is a trace, a proof is needed/);
    expectError(
      await zkvm('verify', at('p'), '--model', at('p')),
      2,
      /ZK0826: ".*" is a proof, a compiled model is needed[\s\S]*fix: give the \.zkb/,
    );
    expectError(await zkvm('check', at('m.zkb')), 2, /is a compiled model, a trace is needed[\s\S]*fix: run it first: zkvm run/);
    expectError(await zkvm('compile', at('x.json'), '-o', at('out')), 2, /is JSON, an ONNX model is needed/);
    const onnx = path.join(import.meta.dirname, '../models/digits_mlp/model.onnx');
    expectError(await zkvm('audit', onnx), 2, /is an ONNX model, a compiled model is needed[\s\S]*fix: compile it first/);
  });
});

describe('inputs', () => {
  const [region] = program.inputs;
  const { name, shape, hi } = region!;
  const count = shape.reduce((a, b) => a * b, 1);
  const withElement = (value: string): string => `{"${name}": {"shape": [${shape}], "data": [${[value, ...Array(count - 1).fill('0')]}]}}`;

  test.each<[string, string | Uint8Array, RegExp]>([
    ['not JSON', '{"a": [1, 2', /ZK0806/],
    ['NaN', withElement('NaN'), /ZK0806[\s\S]*NaN/],
    ['infinity by overflow', withElement('1e999'), /ZK0809/],
    ['a text', withElement('"1"'), /ZK0809/],
    ['above the range', withElement(String(hi)), /ZK0811[\s\S]*allowed/],
    ['another name', '{"nobody": [1]}', /ZK0812[\s\S]*nobody/],
    ['another shape', `{"${name}": [[1, 2, 3]]}`, /ZK0810[\s\S]*expected/],
    ['ragged', `{"${name}": [[1, 2], [3]]}`, /ZK0808/],
    ['a .npy of another shape', npyFile('<f4', [3], [1, 2, 3]), /ZK0810/],
    ['a damaged .npy', npyFile('<f4', [3], [1, 2, 3]).subarray(0, 90), /ZK0813/],
    ['a .npy with NaN', npyFile('<f4', [3], [1, Number.NaN, 3]), /ZK0809/],
    ['bytes', Uint8Array.of(0xff, 0xfe, 0xfd), /ZK0806/],
  ])('%s', async (_what, content, what) => {
    write('bad-input', content);
    expectError(await zkvm('run', at('m.zkb'), '--input', at('bad-input'), '-o', at('never')), 2, what);
    expect(fs.existsSync(at('never'))).toBe(false);
  });

  test('the twin: a .npy with the right elements runs', async () => {
    write('x.npy', npyFile('<f8', shape, JSON.parse(input)[name].data));
    const [npy, json] = [at('x.npy'), at('x.json')].map((file) => zkvm('run', at('m.zkb'), '--input', file, '--json'));
    expect((await npy!).json.outputs).toEqual((await json!).json.outputs);
    expect(await zkvm('run', at('m.zkb'), '--input', `${name}=${at('x.npy')}`)).toMatchObject({ code: 0 });
  });

  test('a context that is too long, or not hexadecimal', async () => {
    const contextOf = (bytes: number) => zkvm('run', at('m.zkb'), '--input', at('x.json'), '--context', 'ab'.repeat(bytes));
    expect((await contextOf(4096)).code).toBe(0);
    expectError(await contextOf(4097), 2, /ZK0311: a context of 4097 bytes, at most 4096/);
    for (const context of ['xyz', '0x123', 'c0ffee '])
      expectError(await zkvm('run', at('m.zkb'), '--input', at('x.json'), '--context', context), 2, /ZK0822/);
  });
});

describe('damaged artifacts never crash', () => {
  /** an edit of a file, small enough to print: what, where, value */
  const edits = fc.record({
    kind: fc.constantFrom('cut', 'flip', 'append', 'word'),
    at: fc.nat(),
    value: fc.integer({ min: 1, max: 255 }),
    word: fc.nat({ max: 0xffffffff }),
  });
  const damaged = (
    good: Uint8Array,
    { kind, at: place, value, word }: { kind: string; at: number; value: number; word: number },
  ): Uint8Array => {
    const bytes = good.slice();
    if (kind === 'cut') return bytes.subarray(0, place % good.length);
    if (kind === 'append') return Uint8Array.of(...bytes, ...Array<number>(1 + (place % 9)).fill(value));
    if (kind === 'flip') bytes[place % good.length]! ^= value;
    else new DataView(bytes.buffer).setUint32(4 * (place % Math.floor(good.length / 4)), word, true);
    return bytes;
  };

  test('a damaged proof is rejected with exit 3', async () => {
    const good = new Uint8Array(fs.readFileSync(at('p')));
    await fc.assert(
      fc.asyncProperty(edits, async (edit) => {
        const bytes = damaged(good, edit);
        fc.pre(Buffer.compare(bytes, good) !== 0);
        write('bad-proof', bytes);
        expectError(await zkvm('verify', at('bad-proof'), '--model', at('m.zkb'), '--profile', 'test'), 3);
      }),
      { numRuns: times(60) },
    );
  });

  test('a damaged model is a typed error or another model', async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (edit) => {
        const bytes = damaged(zkb, edit);
        fc.pre(Buffer.compare(bytes, zkb) !== 0);
        write('bad.zkb', bytes);
        const result = await zkvm('verify', at('p'), '--model', at('bad.zkb'), '--profile', 'test');
        expect([2, 3]).toContain(result.code);
        expectError(result, result.code);
      }),
      { numRuns: times(60) },
    );
  });

  test('a damaged trace is refused or fails the check', async () => {
    const good = new Uint8Array(fs.readFileSync(at('t')));
    await fc.assert(
      fc.asyncProperty(edits, async (edit) => {
        const bytes = damaged(good, edit);
        fc.pre(Buffer.compare(bytes, good) !== 0);
        write('bad-trace', bytes);
        const { code, err } = await zkvm('check', at('bad-trace'), '--json');
        expect([0, 2, 4], err).toContain(code);
        if (code === 0) {
          // what no constraint binds may change: context, names, and the free cells of AIR.md §11; prove wants those canonical (exit 4)
          expect([0, 4]).toContain((await zkvm('prove', at('bad-trace'), '-o', at('changed'), '--profile', 'test')).code);
        }
      }),
      { numRuns: times(40) },
    );
  });
});
