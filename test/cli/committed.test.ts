// A committed input from the command line and from a program: compiled, committed, proved, verified by its elements or its root, and shown.
// Slow: a model is compiled and proved several times.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitInput, createProver, inspect, Model, verify } from '../../index.ts';
import { temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const MODELS = path.join(import.meta.dirname, '../models/digits_mlp');
const onnx = path.join(MODELS, 'model.onnx');
const input = path.join(MODELS, 'input.json');
const calibrate = ['--calibrate', path.join(MODELS, 'calib.json')];
let name: string;
let root: string;
let values: number[][];

beforeAll(async () => {
  [name, values] = Object.entries(JSON.parse(fs.readFileSync(input, 'utf8')) as Record<string, number[][]>)[0]!;
  write('other.json', JSON.stringify({ [name]: values.map((row) => row.map((x) => (x > 0 ? x / 2 : 1))) }));
  for (const command of [
    ['compile', onnx, '-o', at('plain.zkb'), ...calibrate],
    ['compile', onnx, '-o', at('m.zkb'), ...calibrate, '--commit-input', name],
    ['record', at('m.zkb'), '-o', at('m.record')],
    ['prove', at('m.zkb'), '--input', input, '-o', at('p'), '--profile', 'test'],
  ])
    expect(await zkvm(...command)).toMatchObject({ code: 0 });
  const { json } = await zkvm('commit-input', at('m.zkb'), '--input', input, '--profile', 'test', '--json', '-o', at('c.json'));
  root = json.commitments[0].root;
});
afterAll(folder.remove);

const verified = (...args: string[]) => zkvm('verify', at('p'), '--profile', 'test', '--json', ...args);

describe('the command line', () => {
  test('prints one root for model and record, another for another input or blowup, and keeps it as JSON', async () => {
    expect(root).toMatch(/^[0-9a-f]{62}$/);
    expect(JSON.parse(fs.readFileSync(at('c.json'), 'utf8'))).toEqual({ profile: 'test', roots: { [name]: root } });
    const of = async (file: string, x: string, profile: string) =>
      (await zkvm('commit-input', at(file), '--input', x, '--profile', profile, '--json')).json.commitments[0].root;
    expect(await of('m.record', input, 'test')).toBe(root);
    expect(await of('m.zkb', at('other.json'), 'test')).not.toBe(root);
    expect(await of('m.zkb', input, 'chain')).not.toBe(root);
    const said = await zkvm('commit-input', at('m.zkb'), '--input', input);
    expect(said.err).toContain('not hidden');
    expect(await zkvm('commit-input', at('plain.zkb'), '--input', input, '--json')).toMatchObject({
      code: 2,
      json: { error: { code: 'ZK0349' } },
    });
  });

  test.each([
    ['m.zkb', '--model'],
    ['m.record', '--record'],
  ])('the next line of commit-input for %s is a command that accepts the proof, and no proof of another input', async (file, option) => {
    const next = async (x: string): Promise<string[]> => {
      const { err } = await zkvm('commit-input', at(file), '--input', x, '--profile', 'test');
      const [program, ...words] = err
        .trim()
        .split('\n')
        .at(-1)!
        .replace(/^next: /, '')
        .split(' ');
      expect(program).toBe('zkvm');
      return words.map((word) => (word === 'proof.bin' ? at('p') : word));
    };
    const words = await next(input);
    expect(words).toEqual(['verify', at('p'), option, at(file), '--root', `${name}=${root}`, '--profile', 'test']);
    expect(await zkvm(...words)).toMatchObject({ code: 0 });
    expect(await zkvm(...(await next(at('other.json'))))).toMatchObject({ code: 3 });
    for (const quiet of ['--json', '--quiet'])
      expect((await zkvm('commit-input', at(file), '--input', input, quiet)).err).not.toContain('next: ');
  });

  test('verify takes the input, or its root, and says what is committed', async () => {
    const { code, json } = await verified('--model', at('m.zkb'));
    expect([code, json.roots]).toEqual([0, { [name]: root }]);
    for (const against of [
      ['--model', at('m.zkb')],
      ['--record', at('m.record')],
    ])
      for (const expected of [
        ['--input', input],
        ['--root', root],
        ['--root', `${name}=${root}`],
      ])
        expect((await verified(...against, ...expected)).code).toBe(0);
    const refused = { code: 3, json: { error: { code: 'ZK0353' } } };
    expect(await verified('--model', at('m.zkb'), '--input', at('other.json'))).toMatchObject(refused);
    expect(
      await verified(
        '--model',
        at('m.zkb'),
        '--root',
        root.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      ),
    ).toMatchObject(refused);
    // both are expected where both are given, and they contradict each other
    const both = ['--input', at('other.json'), '--root', root];
    expect(await verified('--model', at('m.zkb'), ...both)).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
    expect((await verified('--model', at('m.zkb'), '--input', input, '--root', root)).code).toBe(0);
    expect(await verified('--model', at('m.zkb'), '--root', 'x')).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
    expect(await verified('--model', at('plain.zkb'), '--root', root)).toMatchObject({ code: 2, json: { error: { code: 'ZK0349' } } });
    expect((await zkvm('verify', at('p'), '--profile', 'test', '--model', at('m.zkb'))).out).toContain(`committed input ${root}`);
  });

  test('inspect shows it of model, record and proof; an input that is not there cannot be committed', async () => {
    for (const file of ['m.zkb', 'm.record'])
      expect((await zkvm('inspect', at(file))).out).toContain('committed: statements have its root');
    expect((await zkvm('inspect', at('plain.zkb'))).out).not.toContain('committed');
    expect((await zkvm('inspect', at('p'))).out).toContain(`committed, root ${root}`);
    const wrong = await zkvm('compile', onnx, '-o', at('wrong.zkb'), ...calibrate, '--commit-input', 'nobody', '--json');
    expect(wrong).toMatchObject({ code: 2, json: { error: { code: 'ZK0531' } } });
  });
});

test('a program has the same roots, and its verdict no elements', async () => {
  const model = Model.load(new Uint8Array(fs.readFileSync(at('m.zkb'))));
  expect(model.inputs[0]).toMatchObject({ name, committed: true });
  const options = { profile: 'test' as const };
  expect(await commitInput(model, { [name]: values }, options)).toEqual({ [name]: root });
  await using prover = await createProver({ device: 'js' });
  const { proof, roots } = await prover.prove(model, { [name]: values }, options);
  expect(roots).toEqual({ [name]: root });
  const verdict = await verify(proof, model, { roots, profiles: ['test'] });
  expect([verdict.inputs, verdict.roots]).toEqual([{}, roots]);
  expect(inspect(proof)).toMatchObject({ kind: 'proof', inputs: [root] });
  const other = { [name]: root.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) };
  await expect(verify(proof, model, { roots: other, profiles: ['test'] })).rejects.toMatchObject({ code: 'ZK0353' });
  const plain = Model.load(new Uint8Array(fs.readFileSync(at('plain.zkb'))));
  await expect(commitInput(plain, { [name]: values })).rejects.toMatchObject({ code: 'ZK0349' });
});
