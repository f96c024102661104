// `zkvm compile --report`: one page, nothing loaded, nothing of the model is markup.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { randomNumbers, randomTensor } from '../../compiler/check.ts';
import { onnxModel } from '../../compiler/onnx-writer.ts';
import { temporaryFolder, zkvm } from '../capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
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

/** all tags of a page with their attributes' names, closing tags as `/name` */
const tagsOf = (page: string): Set<string> =>
  new Set(Array.from(page.matchAll(/<(\/?[a-z!][a-z0-9]*)/gi), ([, tag]) => tag!.toLowerCase()));
const ALLOWED = ['!doctype', 'html', 'head', 'meta', 'title', 'style', 'body', 'h1', 'h2', 'p', 'div', 'svg', 'path', 'g', 'rect', 'text'];
const TABLES = ['table', 'thead', 'tbody', 'tr', 'th', 'td'];

describe('the report page', () => {
  test('shows every node with cells and error, the ranges, and the copies', async () => {
    const model = path.join(import.meta.dirname, '../../models/lenet');
    const { code, json } = await zkvm(
      ...['compile', `${model}/model.onnx`, '-o', at('m.zkb'), '--calibrate', `${model}/calib.json`, '--report', at('r.html'), '--json'],
    );
    expect(code).toBe(0);
    const page = fs.readFileSync(at('r.html'), 'utf8');
    expect(page.match(/<rect /g)!.length).toBe(json.report.stages.length + 2);
    expect(page.match(/<path /g)!.length).toBe(json.report.stages.reduce((sum: number, s: { reads: number[] }) => sum + s.reads.length, 1));
    expect(page).toContain('#0 Conv Conv_1');
    for (const stage of json.report.stages) {
      expect(page).toContain(`${(100 * stage.error).toFixed(2)} %`);
      expect(stage.error).toBeGreaterThan(0);
      expect(stage.error).toBeLessThan(0.02);
      expect(stage.ownError).toBeLessThan(0.02);
    }
    expect(json.report.stages.map((s: { reads: number[] }) => s.reads[0])).toEqual([-1, 0, 1, 2, 3, 4, 5]);
  });

  test('nothing of the model becomes markup, and nothing is loaded', async () => {
    write('hostile.onnx', hostile);
    expect((await zkvm('compile', at('hostile.onnx'), '-o', at('h.zkb'), '--name', HOSTILE, '--report', at('h.html'))).code).toBe(0);
    const page = fs.readFileSync(at('h.html'), 'utf8');
    for (const tag of tagsOf(page)) expect([...ALLOWED, ...TABLES]).toContain(tag.replace('/', ''));
    // outside the style and the names of namespaces there is no address
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=x onerror=[^&]*<|url\(/);
    for (const [tag] of page.matchAll(/<[a-z][^<>]*>/gi)) expect(tag).not.toMatch(/\son\w+=/i);
    expect(page).toContain('&lt;script&gt;');
  });

  test('a report that cannot be written is refused before work starts', async () => {
    const refused = async (file: string) =>
      (await zkvm('compile', at('hostile.onnx'), '-o', at('x.zkb'), '--report', file, '--json')).json.error;
    expect(await refused('-')).toMatchObject({ code: 'ZK0805' });
    expect(await refused(at('x.zkb'))).toMatchObject({ code: 'ZK0805' });
    expect(await refused(at('nowhere/r.html'))).toMatchObject({ code: 'ZK0805' });
    expect(fs.existsSync(at('x.zkb'))).toBe(false);
  });
});
