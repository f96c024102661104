// The whole path on the command line with a small model: run, check, prove, verify, inspect; and everything verify must refuse.
// Slow: proofs, among them one of profile `proven`.

import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { decodeTrace, encodeTrace } from '../../vm/files/trace.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { program, zkb, input } = smallModel();
const outputName = program.outputs[0]!.name;
const inputName = program.inputs[0]!.name;

beforeAll(async () => {
  write('m.zkb', zkb);
  write('x.json', input);
  for (const command of [
    ['run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'), '--context', '0xc0ffee'],
    ['prove', at('t'), '-o', at('p')],
    ['prove', at('t'), '-o', at('p-test'), '--profile', 'test'],
  ])
    expect(await zkvm(...command)).toMatchObject({ code: 0 });
});
afterAll(folder.remove);

describe('run', () => {
  test('prints outputs in real units by name, with shapes, as one JSON object', async () => {
    const { code, json } = await zkvm('run', at('m.zkb'), '--input', at('x.json'), '--json');
    expect(code).toBe(0);
    expect(json.outputs[outputName].shape).toEqual(program.outputs[0]!.shape);
    expect(json.outputs[outputName].data.slice(0, 1)).toEqual([34]); // integer 68 at scale 0.5
  });

  test('prints them for people and talks on stderr', async () => {
    const { out, err } = await zkvm('run', at('m.zkb'), '--input', at('x.json'));
    expect(out).toMatch(/^output "y0" \[10, 16\]\n {2}\[34, 0,/);
    expect(err).toMatch(/ran \d+ instructions/);
  });

  test('writes the trace to standard output with -o -', async () => {
    const { bytes } = await zkvm('run', at('m.zkb'), '--input', at('x.json'), '--context', 'c0ffee', '-o', '-');
    expect(Buffer.compare(bytes, fs.readFileSync(at('t')))).toBe(0);
    expect((await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', '-', '--json')).code).toBe(2);
  });
});

describe('check', () => {
  test('an honest trace passes', async () => {
    expect(await zkvm('check', at('t'), '--json')).toMatchObject({ code: 0, json: { ok: true, failureCount: 0, sumIsZero: true } });
  });

  test('a changed cell is shown with chip, row, label and cells, exit 4; prove refuses it', async () => {
    const trace = decodeTrace(fs.readFileSync(at('t')));
    trace.instances[TYPE.store]!.columns[MACHINE.components[TYPE.store]!.base.indexOf('wa')]![1]! += 1;
    write('bad', encodeTrace(trace));
    const people = await zkvm('check', at('bad'));
    expect(people.code).toBe(4);
    expect(people.out).toMatch(/^store \(instance 2\) row \d+: \S.*\n {4}.* = \d+/);
    expect(people.err).toMatch(/^error ZK0850: /);
    const { code, json } = await zkvm('check', at('bad'), '--json');
    expect(code).toBe(4);
    expect(json.failures.map(({ label }: { label: string }) => label)).toContain('write address');
    expect(await zkvm('prove', at('bad'), '-o', at('never'), '--json')).toMatchObject({ code: 4, json: { error: { code: 'ZK0851' } } });
    expect(fs.existsSync(at('never'))).toBe(false);
  });

  test('a cell of a row that nothing uses is in no constraint: check finds nothing, prove names the cell', async () => {
    const trace = decodeTrace(fs.readFileSync(at('t')));
    const columns = trace.instances[TYPE.cpu]!.columns;
    const row = columns[0]!.length - 1;
    columns[MACHINE.components[TYPE.cpu]!.base.indexOf('ap')]![row]! += 7;
    write('free', encodeTrace(trace));
    expect(await zkvm('check', at('free'), '--json')).toMatchObject({ code: 0, json: { ok: true } });
    expect(await zkvm('prove', at('free'), '-o', at('never'), '--json')).toMatchObject({
      code: 4,
      json: { error: { code: 'ZK0851', why: `cpu, row ${row}: ap = 7, running the program gives 0` } },
    });
  });

  test('an output that the run does not give is named', async () => {
    const trace = decodeTrace(fs.readFileSync(at('t')));
    trace.outputs[outputName]![0]! += 1;
    write('other', encodeTrace(trace));
    expect(await zkvm('prove', at('other'), '-o', at('never'), '--json')).toMatchObject({
      code: 4,
      json: { error: { code: 'ZK0851', why: `output "${outputName}", element 0 = 69, running the program gives 68` } },
    });
  });
});

describe('verify', () => {
  const verify = (...more: string[]) => zkvm('verify', at('p'), '--model', at('m.zkb'), ...more, '--json');

  test('says what was proved', async () => {
    const { code, json } = await verify();
    expect(code).toBe(0);
    expect(json).toMatchObject({ accepted: true, model: 'small', profile: 'proven', context: 'c0ffee' });
    expect(json.modelId).toMatch(/^[0-9a-f]{62}$/);
    expect(json.outputs[outputName].data[0]).toBe(34);
    expect(json.security.provenBits).toBeGreaterThanOrEqual(100);
    expect(json.security.provenRegime).toBe('unique');
    expect(json.security.conjecturedBits).toBeGreaterThan(json.security.provenBits);
    const { out } = await zkvm('verify', at('p'), '--model', at('m.zkb'));
    for (const text of [
      'accepted',
      json.modelId,
      json.inputsHash,
      json.statementHash,
      'proven',
      'bits proven (unique decoding)',
      'bits conjectured (random words)',
    ])
      expect(out).toContain(text);
  });

  test('accepts the inputs, outputs and context that it was made for', async () => {
    write('y.json', (await zkvm('run', at('m.zkb'), '--input', at('x.json'), '--json')).out);
    expect(await verify('--input', at('x.json'), '--output', at('y.json'), '--context', 'c0ffee')).toMatchObject({ code: 0 });
  });

  test.each<[string, () => Promise<string[]>]>([
    ['another input', async () => ['--input', write('x2.json', changed(input, inputName, 0, 0.5))]],
    ['an input out of range', async () => ['--input', write('x3.json', changed(input, inputName, 0, 1e12))]],
    ['another output', async () => ['--output', write('y2.json', changed(await outputs(), outputName, 0, 0.5))]],
    [
      'an output that differs by less than a step',
      async () => ['--output', write('y3.json', changed(await outputs(), outputName, 0, 0.1))],
    ],
    ['an output out of range', async () => ['--output', write('y4.json', changed(await outputs(), outputName, 0, 1e12))]],
    ['another context', async () => ['--context', 'c0ffef']],
    ['no context', async () => ['--context', '0x']],
    ['another profile', async () => ['--profile', 'chain']],
  ])('refuses %s', async (_what, more) => {
    expect(await verify(...(await more()))).toMatchObject({ code: 3, json: { accepted: false, error: { kind: 'rejected' } } });
  });

  test('takes a proof of profile fast and says so, unless told to insist on proven', async () => {
    expect(await zkvm('prove', at('t'), '-o', at('p-fast'), '--profile', 'fast')).toMatchObject({ code: 0 });
    const verifyFast = (...more: string[]) => zkvm('verify', at('p-fast'), '--model', at('m.zkb'), ...more);
    const { code, out } = await verifyFast();
    expect(code).toBe(0);
    expect(out).toMatch(/\nprofile {9}fast, 59\.\d bits proven \(Johnson radius\), 97\.\d bits conjectured \(random words\)\n/);
    expect(await verifyFast('--profile', 'proven', '--json')).toMatchObject({ code: 3, json: { error: { code: 'ZK0354' } } });
    expect(await verify('--profile', 'proven')).toMatchObject({ code: 0, json: { profile: 'proven' } });
    expect(await verify('--profile', 'fast')).toMatchObject({
      code: 3,
      json: { error: { code: 'ZK0354', what: expect.stringContaining('(proven)') } },
    });
  });

  test('refuses a test proof unless asked by name', async () => {
    expect(await zkvm('verify', at('p-test'), '--model', at('m.zkb'), '--json')).toMatchObject({
      code: 3,
      json: { error: { code: 'ZK0354' } },
    });
    expect(await zkvm('verify', at('p-test'), '--model', at('m.zkb'), '--profile', 'test')).toMatchObject({ code: 0 });
  });

  test.each<[string, (p: typeof program) => typeof program]>([
    ['a label', (p) => ({ ...p, metadata: { ...p.metadata, labels: ['x'] } })],
    ['the name', (p) => ({ ...p, metadata: { ...p.metadata, name: 'other' } })],
    ['the scale of an output', (p) => ({ ...p, outputs: p.outputs.map((r) => ({ ...r, scale: 0.25 })) })],
    ['the range of an input', (p) => ({ ...p, inputs: p.inputs.map((r) => ({ ...r, hi: r.hi - 1 })) })],
    ['a weight', (p) => ({ ...p, rom: p.rom.with(p.rom.length - 1, (p.rom.at(-1)! + 1) % 7) })],
  ])('refuses a model with %s changed', async (_what, change) => {
    write('other.zkb', encodeProgram(change(program)));
    expect(await zkvm('verify', at('p'), '--model', at('other.zkb'), '--json')).toMatchObject({
      code: 3,
      json: { error: { code: 'ZK0356' } },
    });
  });

  const outputs = async (): Promise<string> =>
    JSON.stringify((await zkvm('run', at('m.zkb'), '--input', at('x.json'), '--json')).json.outputs);
  const changed = (json: string, name: string, element: number, by: number): string => {
    const tensors = JSON.parse(json);
    tensors[name].data[element] += by;
    return JSON.stringify(tensors);
  };
});

describe('inspect', () => {
  test.each([
    ['m.zkb', 'zkb'],
    ['t', 'trace'],
    ['p', 'proof'],
  ])('%s is a %s', async (file, kind) => {
    expect(await zkvm('inspect', at(file), '--json')).toMatchObject({ code: 0, json: { kind } });
    expect((await zkvm('inspect', at(file))).out.split('\n').length).toBeGreaterThan(4);
  });

  test.each([
    ['{"x": [1]}', /is JSON, a compiled model or .* is needed/],
    ['', /is empty/],
  ])('%j is none of them and said to be what it is', async (text, why) => {
    fs.writeFileSync(at('strange'), text);
    expect(await zkvm('inspect', at('strange'))).toMatchObject({ code: 2, err: expect.stringMatching(why) });
  });

  test('the model id is the one that verify prints', async () => {
    const { json } = await zkvm('inspect', at('m.zkb'), '--json');
    expect(json.modelIds.proven).toBe((await zkvm('verify', at('p'), '--model', at('m.zkb'), '--json')).json.modelId);
    expect(json.modelIds.proven).toBe((await zkvm('inspect', at('p'), '--json')).json.modelId);
  });

  test('--code disassembles', async () => {
    expect((await zkvm('inspect', at('m.zkb'), '--code')).out).toMatch(/\n +0 {2}[A-Z]+.*\n[\s\S]*HLT/);
  });
});
