// `zkvm compile --report`: one page, nothing loaded, nothing of the model is markup; test/web/report.test.ts opens it in a browser.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportTemplate } from '../../../cli/report/page.ts';
import type { ModelPicture } from '../../../compiler/report/picture.ts';
import { pictureOfText } from '../../../web/report/read.ts';
import { randomNumbers, randomTensor } from '../../compiler/check.ts';
import { onnxModel } from '../../compiler/onnx-writer.ts';
import { temporaryFolder, zkvm } from '../capture.ts';
import { builtTemplates } from './template.ts';

const folder = temporaryFolder();
const { at, write } = folder;
beforeAll(builtTemplates);
afterAll(folder.remove);

const HOSTILE = '</text><script>alert(1)</script>"\' onload=x &amp;';
const random = randomNumbers(5);
const t = (...shape: number[]) => randomTensor(random, shape);

/** two dense layers with a residual sum; every name is markup */
const hostile = onnxModel({
  nodes: [
    { op: 'Gemm', inputs: [`x${HOSTILE}`, 'w'], outputs: ['a'], name: HOSTILE },
    { op: 'Relu', inputs: ['a'], outputs: ['r'], name: `<img src=x onerror=${HOSTILE}>` },
    { op: 'Gemm', inputs: ['r', 'v'], outputs: ['b'], name: '</title></svg>' },
    { op: 'Add', inputs: ['b', 'r'], outputs: [`y${HOSTILE}`], name: '<!--' },
  ],
  inputs: { [`x${HOSTILE}`]: [1, 6] },
  outputs: [`y${HOSTILE}`],
  initializers: { w: t(6, 9), v: t(9, 9) },
});

/** what is between two tags, all of them */
const inside = (page: string, tag: RegExp): string[] => Array.from(page.matchAll(tag), ([, text]) => text!);
const DATA = /<script type="application\/json" id="picture">(.*?)<\/script>/gs;
const pictureOf = (page: string): ModelPicture => pictureOfText(inside(page, DATA)[0]!)!;

const lenet = path.join(import.meta.dirname, '../../models/lenet');

describe('the report page', () => {
  let page: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at its fields
  let json: any;
  beforeAll(async () => {
    const written = await zkvm(
      ...['compile', `${lenet}/model.onnx`, '-o', at('m.zkb'), '--calibrate', `${lenet}/calib.json`, '--report', at('r.html'), '--json'],
    );
    expect(written.code).toBe(0);
    json = written.json;
    page = fs.readFileSync(at('r.html'), 'utf8');
  });

  test('has the picture of the model: every node with cells, error and values, and all cells of a proof', () => {
    const picture = pictureOf(page);
    expect(picture.cells).toBe(json.cost.cells);
    expect(picture.proofBytes).toBe(json.cost.proof.bytes);
    expect(picture.owned.reduce((sum, { cells }) => sum + cells, 0)).toBe(json.cost.cells);
    const nodes = picture.nodes.filter(({ kind }) => kind === 'node');
    expect(nodes.map(({ error, saturated, shape }) => ({ error, saturated, shape }))).toEqual(
      json.report.stages.map(({ error, saturated, shape }: ModelPicture['nodes'][number]) => ({ error, saturated, shape })),
    );
    for (const { values, error } of nodes) {
      expect(values!.float.length).toBe(values!.integer.length);
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(0.02);
    }
    expect(nodes[0]!.parts).toEqual([{ operator: 'Conv', index: 0, name: 'Conv_1' }]);
    expect(json.report.stages.map((s: { reads: number[] }) => s.reads[0])).toEqual([-1, 0, 1, 2, 3, 4, 5]);
  });

  test('lets its own script and style run, by their hashes, and nothing else', () => {
    const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [policy] = inside(page, /http-equiv="Content-Security-Policy" content="([^"]*)"/g);
    const [style, ...styles] = inside(page, /<style>(.*?)<\/style>/gs);
    const [script, ...scripts] = inside(page, /<script type="module">(.*?)<\/script>/gs);
    expect([styles, scripts]).toEqual([[], []]);
    expect(policy).toBe(
      `default-src 'none'; script-src ${hashOf(script!)}; style-src ${hashOf(style!)}; base-uri 'none'; form-action 'none'`,
    );
    // no attribute runs or loads anything
    const markup = page.replace(/<(script|style)[^>]*>.*?<\/\1>/gs, '<$1>');
    expect(markup).not.toMatch(/\son\w+=|src=|href=|url\(/i);
    expect(Buffer.byteLength(page)).toBeLessThan(200_000);
    // whose code is in it
    for (const name of ['preact', 'dagre', 'd3-hierarchy'])
      expect(inside(page, /<script type="text\/plain" id="licences">(.*?)<\/script>/gs)[0]).toContain(name);
  });

  test('nothing of a hostile model becomes markup', async () => {
    write('hostile.onnx', hostile);
    expect((await zkvm('compile', at('hostile.onnx'), '-o', at('h.zkb'), '--name', HOSTILE, '--report', at('h.html'))).code).toBe(0);
    const bad = fs.readFileSync(at('h.html'), 'utf8');
    const tags = (text: string): string[] => inside(text, /<(\/?[a-z!-]+)/gi);
    // the same page but for its title and its data, in which there is no tag
    const rest = (text: string): string => text.replace(/<title>.*?<\/title>/s, '').replace(DATA, '');
    expect(rest(bad)).toBe(rest(page));
    expect(tags(inside(bad, DATA)[0]!)).toEqual([]);
    expect(tags(inside(bad, /<title>(.*?)<\/title>/gs)[0]!)).toEqual([]);
    expect(inside(bad, /<title>(.*?)<\/title>/gs)[0]).toContain('&lt;script&gt;');
    const picture = pictureOf(bad);
    expect(picture.name).toBe(HOSTILE);
    expect(picture.nodes.map(({ name }) => name)).toContain(HOSTILE);
  });

  test('a report that cannot be written is refused before work starts', async () => {
    write('hostile.onnx', hostile);
    const refused = async (file: string) =>
      (await zkvm('compile', at('hostile.onnx'), '-o', at('x.zkb'), '--report', file, '--json')).json.error;
    expect(await refused('-')).toMatchObject({ code: 'ZK0805' });
    expect(await refused(at('x.zkb'))).toMatchObject({ code: 'ZK0805' });
    expect(await refused(at('nowhere/r.html'))).toMatchObject({ code: 'ZK0805' });
    expect(fs.existsSync(at('x.zkb'))).toBe(false);
  });

  test('a checkout that was not built says what to run', () => {
    expect(() => reportTemplate(['no/folder'])).toThrow(
      expect.objectContaining({ code: 'ZK0801', fix: expect.stringContaining('npm run build') }),
    );
  });
});
