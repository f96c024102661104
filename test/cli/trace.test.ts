// `zkvm trace`: the list, a step, searches, why, on a real trace and on changed ones; and what it refuses. Source: vm/debug, whose own tests hold its
// values. Caveat: texts are held where they carry a number; their wording is free.
import fs from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requirePageable, traceTemplate } from '../../cli/report/trace-page.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { decodeTrace, encodeTrace, type Trace } from '../../vm/files/trace.ts';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';
import { builtTemplates } from './report/template.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { program, zkb, input } = smallModel();
const output = program.outputs[0]!.name;

/** a copy of the trace with one thing changed */
const changed = (name: string, change: (trace: Trace) => Trace | undefined): string => {
  const trace = decodeTrace(fs.readFileSync(at('t')));
  return write(name, encodeTrace(change(trace) ?? trace));
};
const columnOf = (trace: Trace, chip: 'store' | 'cpu', name: string): Uint32Array =>
  trace.instances[TYPE[chip]]!.columns[MACHINE.components[TYPE[chip]]!.base.indexOf(name)]!;

beforeAll(async () => {
  builtTemplates();
  write('m.zkb', zkb);
  write('x.json', input);
  expect(await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'))).toMatchObject({ code: 0 });
});
afterAll(folder.remove);

describe('an honest trace', () => {
  test('is a table of its steps; repeats are one line', async () => {
    const { code, out } = await zkvm('trace', at('t'));
    expect(code).toBe(0);
    expect(out).toMatch(/^ *step +pc +node +instruction\n/);
    expect(out).toContain('HLT');
    const { json } = await zkvm('trace', at('t'), '--json');
    expect(json.steps).toHaveLength(json.of);
    expect(json.verdict).toMatchObject({ ok: true, failureCount: 0, changeCount: 0 });
    expect(out.split('\n').length).toBeLessThanOrEqual(json.of + 2);
  });

  test('shows a step in full', async () => {
    const { json: all } = await zkvm('trace', at('t'), '--json');
    const store = all.steps.find((one: { opcode: string }) => one.opcode === 'STORE').step;
    const { code, out } = await zkvm('trace', at('t'), '--step', String(store));
    expect(code).toBe(0);
    for (const part of ['reads a, mask', 'writes c, result', 'accumulator ram+', 'cpu rows', 'store rows', ' lookup ('])
      expect(out).toContain(part);
    const { json } = await zkvm('trace', at('t'), '--step', String(store), '--json');
    expect(json.step.operands.find((one: { does: string }) => one.does === 'writes').values.length).toBeGreaterThan(15);
    expect(json.step.rows.map((one: { chip: string }) => one.chip)).toEqual(['cpu', 'store']);
  });

  test('is searched by instruction, node and address', async () => {
    const { json } = await zkvm('trace', at('t'), '--opcode', 'STORE', '--json');
    expect(new Set(json.steps.map((one: { opcode: string }) => one.opcode))).toEqual(new Set(['STORE']));
    expect((await zkvm('trace', at('t'), '--node', 'no such node')).out).toBe('no step is like that\n');
    const { json: first } = await zkvm('trace', at('t'), '--address', 'rom+0', '--json');
    expect(first.steps.map((one: { step: number }) => one.step)).toContain(0);
  });

  test('says why an output is what it is, by flat index and by coordinates', async () => {
    const flat = await zkvm('trace', at('t'), '--why', `${output}[17]`, '--json');
    const places = await zkvm('trace', at('t'), '--why', `${output}[1,1]`, '--json');
    expect(flat).toMatchObject({ code: 0 });
    expect(flat.json.why).toEqual(places.json.why); // the shape is [10, 16]
    const [reason] = flat.json.why.reasons;
    expect(reason.products.reduce((sum: number, { product }: { product: number }) => sum + product, reason.rest)).toBe(
      reason.stored.coefficient,
    );
    const { out } = await zkvm('trace', at('t'), '--why', output);
    expect(out).toContain(`${output}[0,0] comes from`);
  });
});

describe('a changed trace', () => {
  test('a cell: exit 4, the sentence, the cell and the step', async () => {
    const file = changed('bad', (trace) => {
      columnOf(trace, 'store', 'wa')[1]! += 1;
      return undefined;
    });
    const { code, out, err } = await zkvm('trace', file);
    expect(code).toBe(4);
    expect(out).toMatch(/store row 1, step \d+: write address: .* is not 0; .*wa = \d+/);
    expect(out).toMatch(/store row 1, step \d+: wa is \d+, an honest run has \d+/);
    expect(out).toMatch(/write \(.*\) is asked and nobody supplies it/);
    expect(err).toContain('ZK0850');
    const { json } = await zkvm('trace', file, '--json');
    expect(json.verdict.changes).toMatchObject([{ chip: 'store', row: 1, column: 'wa' }]);
    const { step } = json.verdict.changes[0];
    expect((await zkvm('trace', file, '--step', String(step))).out).toContain('  changed: store row 1, wa is');
  });

  test('an output: exit 4 and its name', async () => {
    const file = changed('claim', (trace) => ({
      ...trace,
      outputs: { ...trace.outputs, [output]: trace.outputs[output]!.map((value, i) => (i === 3 ? value - 1 : value)) },
    }));
    const { code, out } = await zkvm('trace', file);
    expect(code).toBe(4);
    expect(out).toContain(`output "${output}" is not what the program computes`);
  });
});

describe('--open', () => {
  const unpacked = (page: string): Buffer => gunzipSync(Buffer.from(/id="trace">([^<]*)</.exec(page)![1]!, 'base64'));

  test('writes a page with the trace in it beside the trace, prints its path, and replaces nothing that nobody named', async () => {
    const file = write('run.bin', fs.readFileSync(at('t')));
    expect(await zkvm('trace', file, '--open')).toMatchObject({ code: 0, out: `${at('run.html')}\n` });
    const page = fs.readFileSync(at('run.html'), 'utf8');
    expect(unpacked(page).equals(fs.readFileSync(file))).toBe(true);
    expect(page).toContain('<title>small: trace</title>');
    expect(await zkvm('trace', file, '--open')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('ZK0805') });
    fs.writeFileSync(at('run.html'), 'old');
    const named = await zkvm('trace', file, '--open', '-o', at('run.html'), '--json');
    expect(named).toMatchObject({ code: 0, json: { page: at('run.html'), bytes: Buffer.byteLength(page), verdict: { ok: true } } });
    expect(fs.readFileSync(at('run.html'), 'utf8')).toBe(page);
    const piped = await zkvm('trace', file, '--open', '-o', '-');
    expect(piped).toMatchObject({ code: 0, out: page });
  });

  test('of a changed trace it is written too, and the exit code says what is in it', async () => {
    const file = changed('wrong.bin', (trace) => {
      columnOf(trace, 'store', 'wa')[1]! += 1;
      return undefined;
    });
    const { code, out, err } = await zkvm('trace', file, '--open');
    expect(code).toBe(4);
    expect(out).toBe(`${at('wrong.html')}\n`);
    expect(err).toMatch(/store row 1, step \d+: write address/);
    expect(err).toContain('ZK0850');
    expect(unpacked(fs.readFileSync(at('wrong.html'), 'utf8')).equals(fs.readFileSync(file))).toBe(true);
  });

  test('what is no place for it, no trace, or too large is refused, and nothing is left', async () => {
    const before = folder.list();
    const refused = async (...args: string[]) => (await zkvm('trace', ...args, '--open', '--json')).json.error;
    expect(await refused(at('t'), '-o', at('t'))).toMatchObject({ code: 'ZK0805' });
    expect(await refused(at('t'), '-o', at('nowhere/page.html'))).toMatchObject({ code: 'ZK0805' });
    expect(await refused(at('t'), '-o', '-')).toMatchObject({ code: 'ZK0821' });
    expect(await refused('-')).toMatchObject({ code: 'ZK0821', fix: expect.stringContaining('-o') });
    expect(await refused(at('m.zkb'))).toMatchObject({ code: 'ZK0826' });
    expect(() => requirePageable(64e6, 'trace.bin')).not.toThrow();
    expect(() => requirePageable(64e6 + 1, 'trace.bin')).toThrow(
      expect.objectContaining({ code: 'ZK0804', fix: expect.stringMatching(/--step.*zkvm serve/) }),
    );
    expect(() => traceTemplate(['nowhere'])).toThrow(
      expect.objectContaining({ code: 'ZK0801', fix: expect.stringContaining('npm run build') }),
    );
    expect(folder.list()).toEqual(before);
  });
});

describe('refused', () => {
  test.each([
    [['--step', '100000'], /there is no step 100000/],
    [['--step', '-1'], /there is no step -1/],
    [['--step', '1.5'], /there is no step 1\.5/],
    [['--step', '1', '--why', 'y'], /four questions/],
    [['--step', '1', '--node', 'x'], /four questions/],
    [['--step', '1', '--open'], /four questions/],
    [['-o', 'page.html'], /-o names the page of --open/],
    [['--opcode', 'NOP'], /"NOP" is no instruction/],
    [['--address', 'ram-1'], /"ram-1" is no address/],
    [['--why', 'nothing[0]'], /no output "nothing"/],
    [['--why', `${output}[160]`], /no element \[160\]/],
    [['--why', `${output}[10,0]`], /no element \[10,0\]/],
    [['--why', `${output}[1,1,1]`], /no element \[1,1,1\]/],
  ])('%j', async (options, why) => {
    expect(await zkvm('trace', at('t'), ...options)).toMatchObject({ code: 2, err: expect.stringMatching(why) });
  });

  test('a file that is no trace', async () => {
    expect(await zkvm('trace', at('m.zkb'))).toMatchObject({ code: 2, err: expect.stringContaining('run it first') });
  });
});
