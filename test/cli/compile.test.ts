// `zkvm compile` on real models: report, labels, batches, and every kind of file that is no model it can take.
// Slow: a damaged model is compiled sixty times.
import fs from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeReport, encodeReport } from '../../compiler/report/stored.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { onnxModel } from '../compiler/onnx-writer.ts';
import { times } from '../times.ts';
import { temporaryFolder, zkvm } from './capture.ts';
import { builtTemplates } from './report/template.ts';

const folder = temporaryFolder();
const { at, write } = folder;
beforeAll(builtTemplates);
afterAll(folder.remove);

const MODELS = path.join(import.meta.dirname, '..', 'models');
const file = (name: string): string => path.join(MODELS, name);
const onnx = new Uint8Array(fs.readFileSync(file('digits_mlp/model.onnx')));
const calibrate = ['--calibrate', file('digits_mlp/calib.json')];

/** the model with one text replaced by another of the same length */
function patched(from: string, to: string): Uint8Array {
  const text = Buffer.from(onnx).toString('latin1');
  expect(text).toContain(from);
  return new Uint8Array(Buffer.from(text.replaceAll(from, to), 'latin1'));
}

describe('a model', () => {
  test('compiles, with a report as one JSON object, the same bytes twice', async () => {
    const compile = (out: string) => zkvm('compile', file('digits_mlp/model.onnx'), '-o', at(out), ...calibrate, '--json');
    const { code, json } = await compile('a.zkb');
    expect(code).toBe(0);
    expect(json).toMatchObject({ name: 'digits_mlp', modelIds: { proven: expect.stringMatching(/^[0-9a-f]{62}$/) } });
    expect(json.report.outputs[0]).toMatchObject({ name: 'output', sameArgmax: 1 });
    expect(json.report.outputs[0].relativeError).toBeLessThan(0.01);
    const shown = await zkvm('inspect', at('a.zkb'), '--json');
    expect(shown.json.report.report).toEqual(json.report);
    expect(shown.json.contentHash).toBe(json.contentHash);
    expect((await zkvm('inspect', at('a.zkb'))).out).toMatch(
      /the file itself says, covered by no model id and proved by nothing:\n {2}output "output": largest error 0\.\d\d %/,
    );
    expect((await compile('b.zkb')).json.modelIds).toEqual(json.modelIds);
    expect(fs.readFileSync(at('a.zkb')).equals(fs.readFileSync(at('b.zkb')))).toBe(true);
  });

  test('an accuracy is met, or refused with exit 5; together with bits it is a usage error', async () => {
    const compile = (...more: string[]) =>
      zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('acc.zkb'), ...calibrate, ...more, '--json');
    const fine = await compile('--accuracy', '0.001');
    expect(fine.code).toBe(0);
    expect(fine.json.report.outputs[0].relativeError).toBeLessThanOrEqual(0.001);
    expect(fine.json.report.accuracy).toEqual({ target: 0.001, error: fine.json.report.outputs[0].relativeError });
    expect(await compile('--accuracy', '1e-9')).toMatchObject({ code: 5, json: { error: { code: 'ZK0533' } } });
    expect(await compile('--accuracy', '0.1', '--bits', '12')).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
    expect(await compile('--accuracy', '2')).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
    expect((await compile('--bits', '12')).json.report.accuracy).toMatchObject({ target: 0.01 });
    expect(await compile('--accept-error', '0')).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
  });

  test('a miss of the default is exit 5 with its cause; taken knowingly, the file, run and verify say so', async () => {
    // one step for incomes and ratios, and the ratio decides; so few samples say nothing of single features
    const people = Array.from({ length: 3 }, (_, i) => ({ x: [[1500 + 57 * i, (1 + i) / 7]] }));
    const w = { shape: [2, 1], data: [1e-8, 1] };
    const nodes = [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }];
    write('mixed.onnx', onnxModel({ nodes, inputs: { x: [1, 2] }, outputs: ['y'], initializers: { w } }));
    write('people.json', JSON.stringify(people));
    write('one.json', JSON.stringify(people[1]));
    const compile = (...more: string[]) => zkvm('compile', at('mixed.onnx'), '-o', at('mixed.zkb'), '-c', at('people.json'), ...more);
    const refused = await compile();
    expect(refused.code).toBe(5);
    expect(refused.err).toMatch(
      /^error ZK0533: output "y" is off by [\d.]+ %[\s\S]*at input "x"[\s\S]*steps of [\d.]+, because it reaches/,
    );
    expect(fs.existsSync(at('mixed.zkb'))).toBe(false);
    const taken = /--accept-error ([\d.]+)/.exec(refused.err)![1]!;
    expect((await compile('--accept-error', String(Number(taken) / 2))).code).toBe(5);
    const said = /LESS ACCURATE THAN USUAL: off by [\d.]+ % on 3 calibration samples, 1\.00 % was the target/;
    const accepted = await compile('--accept-error', taken);
    expect(accepted).toMatchObject({ code: 0, err: expect.stringMatching(said), out: expect.stringMatching(said) });
    expect((await zkvm('inspect', at('mixed.zkb'))).out).toMatch(said);

    const claim = new RegExp(`${said.source}.*covered by no model id and proved by nothing`);
    const ran = ['run', at('mixed.zkb'), '--input', at('one.json'), '-o', at('mixed.trace')];
    expect((await zkvm(...ran)).out).toMatch(claim);
    expect((await zkvm(...ran, '--json')).json.claimedAccuracy).toMatchObject({ target: 0.01, samples: 3, outputs: [{ name: 'y' }] });
    await zkvm('prove', at('mixed.trace'), '-o', at('mixed.proof'), '--profile', 'test');
    const verify = ['verify', at('mixed.proof'), '--model', at('mixed.zkb'), '--profile', 'test'];
    expect(await zkvm(...verify)).toMatchObject({ code: 0, out: expect.stringMatching(claim) });
    const { error } = (await zkvm(...verify, '--json')).json.claimedAccuracy;
    expect(error).toBeGreaterThan(0.01);
    expect(error).toBeLessThanOrEqual(Number(taken));

    // a model that meets the target says nothing of it, and a report that cannot be read changes no verdict
    const { program, report } = decodeZkb(new Uint8Array(fs.readFileSync(at('mixed.zkb'))));
    write('mixed.zkb', encodeProgram(program, report.slice(1)));
    expect(await zkvm(...verify)).toMatchObject({ code: 0, out: expect.stringMatching(/report in the model cannot be read/) });
    expect((await zkvm(...verify, '--json')).json.claimedAccuracy).toBeNull();
    await zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('fine.zkb'), ...calibrate);
    expect((await zkvm('run', at('fine.zkb'), '--input', file('digits_mlp/input.json'))).out).not.toMatch(/LESS ACCURATE/);
  });

  test('fewer than eight samples: compile, its report, its page and inspect say how many; eight say nothing', async () => {
    const samples = JSON.parse(fs.readFileSync(file('digits_mlp/calib.json'), 'utf8')) as unknown[];
    const compile = (count: number, ...more: string[]) => {
      write('some.json', JSON.stringify(samples.slice(0, count)));
      return zkvm(
        'compile',
        file('digits_mlp/model.onnx'),
        '-o',
        at('some.zkb'),
        '-c',
        at('some.json'),
        '--report',
        at('some.html'),
        ...more,
      );
    };
    const said = async (count: number, line: RegExp): Promise<boolean[]> => {
      const { err, out } = await compile(count);
      const { notes } = (await compile(count, '--json')).json;
      const shown = (await zkvm('inspect', at('some.zkb'))).out;
      return [err, out, notes.join(), fs.readFileSync(at('some.html'), 'utf8'), shown].map((text) => line.test(text));
    };
    const line = (count: string) => new RegExp(`only ${count}: so few do not measure how accurate other inputs are`);
    expect(await said(7, line('7 calibration samples'))).toEqual(Array(5).fill(true));
    expect(await said(1, line('1 calibration sample'))).toEqual(Array(5).fill(true));
    expect(await said(8, line('.*'))).toEqual(Array(5).fill(false));
  });

  test('a declared range is that of the input; one that does not fit is exit 2', async () => {
    const compile = (...more: string[]) => zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('range.zkb'), ...calibrate, ...more);
    const regionOf = async () => (await zkvm('inspect', at('range.zkb'), '--json')).json.inputs[0];
    expect((await compile()).out).toMatch(/input "input" \[1, 64\] real \[0, (?!2\])/);
    const plain = await regionOf();
    expect((await compile('--range', 'input=-0.5,2')).out).toMatch(/input "input" \[1, 64\] real \[-0\.5, 2\]/);
    expect(await regionOf()).not.toEqual(plain);
    const refused = async (...more: string[]) => {
      const { code, err } = await compile(...more);
      return { code, error: /error (ZK\d+): (.*)/.exec(err)!.slice(1, 3).join(' ') };
    };
    expect(await refused('--range', 'input=0,0.5')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/ZK0531 input "input" is declared to lie in \[0, 0\.5\], calibration sample \d+ has/),
    });
    expect(await refused('--range', 'x=0,1')).toMatchObject({ code: 2, error: expect.stringMatching(/ZK0531 the model has no input "x"/) });
    for (const text of ['input', 'input=0', 'input=0,1,2', 'input=a,b', '=0,1', 'input=,1'])
      expect(await refused('--range', text)).toMatchObject({ code: 2, error: `ZK0821 --range ${text}` });
    expect(await refused('--range', 'input=0,1', '--range', 'input=0,2')).toMatchObject({ code: 2, error: 'ZK0821 --range input=0,2' });
    expect(await refused('--range', 'input=0,Infinity')).toMatchObject({ code: 2, error: expect.stringMatching(/ZK0531/) });
  });

  test('without samples, a declared range is that of the numbers that are drawn', async () => {
    const compile = (...more: string[]) => zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('drawn.zkb'), ...more);
    expect(await compile('--range', 'input=3,5')).toMatchObject({ code: 0, out: expect.stringMatching(/real \[0, 5\]/) });
    expect(await compile('--range', 'input=5,3')).toMatchObject({ code: 2, err: expect.stringMatching(/ZK0531/) });
  });

  test('a channel that the target does not see is a warning', async () => {
    // boxes and a score in one output: the score is lost in the step of the boxes
    const samples = Array.from({ length: 9 }, (_, i) => ({ x: [[500 - 13 * i, ((4 * i) % 9) / 9]] }));
    const nodes = [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }];
    const warned = async (score: number) => {
      const w = { shape: [2, 2], data: [1, 0, 0, score] };
      write('boxes.onnx', onnxModel({ nodes, inputs: { x: [1, 2] }, outputs: ['y'], initializers: { w } }));
      write('boxes.json', JSON.stringify(samples));
      return (await zkvm('compile', at('boxes.onnx'), '-o', at('boxes.zkb'), '-c', at('boxes.json'))).err;
    };
    expect(await warned(1)).toMatch(/warning: channel 1 of output "y" is off by [\d.]+ % of its own spread/);
    expect(await warned(500)).not.toMatch(/warning/);
  });

  test('another report leaves the model id as it is and changes the content hash; a damaged one is refused by inspect alone', async () => {
    await zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('r.zkb'), ...calibrate);
    const { program, report } = decodeZkb(new Uint8Array(fs.readFileSync(at('r.zkb'))));
    const ids = async (name: string) => {
      const { code, json } = await zkvm('inspect', at(name), '--json');
      return { code, modelId: json.modelIds?.proven, content: json.contentHash, error: json.error?.code };
    };
    const before = await ids('r.zkb');
    const stored = decodeReport(report);
    for (const output of stored.report.outputs) output.relativeError = 0;
    write('forged.zkb', encodeProgram(program, encodeReport(stored)));
    const forged = await ids('forged.zkb');
    expect(forged.modelId).toBe(before.modelId);
    expect(forged.content).not.toBe(before.content);
    expect((await zkvm('inspect', at('forged.zkb'))).out).toMatch(
      /covered by no model id and proved by nothing:\n {2}output "output": largest error 0\.00 %/,
    );
    expect((await zkvm('inspect', at('forged.zkb'), '--json')).json.reportIs).toMatch(/covered by no model id/);
    write('none.zkb', encodeProgram(program));
    const none = await ids('none.zkb');
    expect([none.modelId, none.content === before.content]).toEqual([before.modelId, false]);
    write('bad.zkb', encodeProgram(program, report.slice(1)));
    expect(await ids('bad.zkb')).toMatchObject({ code: 2, error: 'ZK0540' });
    expect((await zkvm('run', at('bad.zkb'), '--input', file('digits_mlp/input.json'))).code).toBe(0);
  });

  test('labels are printed by run and are part of the model id', async () => {
    const compile = (labels: string) =>
      zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('l.zkb'), ...calibrate, '--labels', labels, '--json');
    const first = await compile('zero,one,two,three,four,five,six,seven,eight,nine');
    const { out } = await zkvm('run', at('l.zkb'), '--input', file('digits_mlp/input.json'));
    expect(out).toMatch(/largest at 7 {2}label "seven"/);
    const second = await compile('zero,one,two,three,four,five,six,SEVEN,eight,nine');
    expect(second.json.modelIds.proven).not.toBe(first.json.modelIds.proven);
  });

  test('without --calibrate it says so and compiles', async () => {
    const { code, err } = await zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('u.zkb'));
    expect(code).toBe(0);
    expect(err).toMatch(/no --calibrate/);
  });

  test('sixteen images in one run give the labels that one image each gives', async () => {
    const digits = JSON.parse(fs.readFileSync(file('digits300.json'), 'utf8'));
    const images: number[][] = digits.pixels_0_16.slice(0, 16).map((pixels: number[]) => pixels.map((x) => x / digits.divide_by));
    write('batch.json', JSON.stringify({ input: images }));
    expect(await zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('b16.zkb'), ...calibrate, '--batch', '16')).toMatchObject({
      code: 0,
    });
    const { code, json } = await zkvm('run', at('b16.zkb'), '--input', at('batch.json'), '--json');
    expect(code).toBe(0);
    expect(json.outputs.output.shape).toEqual([16, 10]);
    const labels = images.map((_, i) => {
      const row: number[] = json.outputs.output.data.slice(10 * i, 10 * (i + 1));
      return row.indexOf(Math.max(...row));
    });
    expect(labels).toEqual(digits.float_argmax.slice(0, 16));
    write('fifteen.json', JSON.stringify({ input: images.slice(1) }));
    expect(await zkvm('run', at('b16.zkb'), '--input', at('fifteen.json'))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/ZK0810/),
    });
  });

  test('inspect shows an ONNX file', async () => {
    expect(await zkvm('inspect', file('digits_mlp/model.onnx'), '--json')).toMatchObject({
      code: 0,
      json: { kind: 'onnx', operators: { Relu: expect.any(Number) } },
    });
  });
});

describe('what cannot be compiled', () => {
  test('an unknown operator: exit 5, naming operator, node and the command that lists what is supported; nothing is written', async () => {
    write('unknown.onnx', patched('Relu', 'Rulu'));
    const { code, err } = await zkvm('compile', at('unknown.onnx'), '-o', at('never.zkb'), ...calibrate);
    expect(code).toBe(5);
    expect(err).toMatch(/^error ZK05\d\d: .*Rulu/);
    expect(err).toMatch(/unknown\.onnx node #\d+/);
    expect(err).toMatch(/zkvm operators/);
    expect(err).not.toMatch(/Gemm/);
    expect(fs.existsSync(at('never.zkb'))).toBe(false);
  });

  test.each([
    ['--batch', '0'],
    ['--batch', '17'],
    ['--batch', '1.5'],
    ['--bits', '7'],
    ['--bits', '16'],
  ])('%s %s', async (option, value) => {
    expect(
      await zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('never.zkb'), ...calibrate, option, value, '--json'),
    ).toMatchObject({
      code: 2,
      json: { error: { code: 'ZK0821' } },
    });
  });

  test('calibration that does not fit: the sample is named', async () => {
    write('bad.json', JSON.stringify([{ input: [Array(64).fill(0.5)] }, { input: [Array(63).fill(0.5)] }]));
    const { code, err } = await zkvm('compile', file('digits_mlp/model.onnx'), '-o', at('never.zkb'), '--calibrate', at('bad.json'));
    expect(code).toBe(2);
    expect(err).toMatch(/ZK0810[\s\S]*sample 1/);
  });

  test('a damaged model file is a typed error or another model, never a crash', async () => {
    const edits = fc.record({
      kind: fc.constantFrom('cut', 'flip'),
      at: fc.nat({ max: onnx.length - 1 }),
      value: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(edits, async ({ kind, at: place, value }) => {
        const bytes = kind === 'cut' ? onnx.slice(0, place) : onnx.map((byte, i) => (i === place ? byte ^ value : byte));
        write('damaged.onnx', bytes);
        const { code, err } = await zkvm('compile', at('damaged.onnx'), '-o', at('damaged.zkb'), ...calibrate);
        expect([0, 2, 5], err).toContain(code);
        if (code) expect(err).toMatch(/error ZK\d{4}: /);
      }),
      { numRuns: times(60) },
    );
  });
});
