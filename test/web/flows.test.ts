// What people do in the page, from end to end in a headless Chromium: a model is chosen or dropped, an input drawn or given, proved, verified; isolated
// and not, without a GPU and with a software one. What the page saves, Node verifies, and the other way round. Caveat: without a Chromium these tests fail
// and say what to install; nothing is skipped.

import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ModelRecord, verify } from '../../vm/library/verifier.ts';
import { launch, SWIFTSHADER } from '../browser/chromium.ts';
import { node, onnxModel } from '../compiler/onnx-writer.ts';
import { modelOf } from '../library/kit.ts';
import { asFile, chooseProfile, downloaded, drawSeven, modelFile, open, proveNow, type Served, serve, takeSample } from './kit.ts';

let browser: Browser;
let served: Served;
let loose: Served;
beforeAll(async () => {
  [browser, served, loose] = await Promise.all([launch(), serve(), serve(false)]);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([served.close(), loose.close()]);
});

const prove = async (page: Page): Promise<void> => {
  await drawSeven(page);
  await proveNow(page);
};
const device = (page: Page): Promise<string | null> => page.locator('.device p').textContent();

describe('a digit is drawn and proved', () => {
  test.each([
    ['cross-origin isolated', true, /^WASM-SIMD on (2|3|4|\d\d?) threads.*no WebGPU/],
    ['not isolated', false, /one thread.*not cross-origin isolated.*no WebGPU/],
  ] as const)('in a page that is %s, and what it saves is accepted in Node', async (_how, isolated, why) => {
    const { page, complaints } = await open(browser, (isolated ? served : loose).address);
    await prove(page);
    await expect.poll(() => device(page)).toMatch(why);
    expect(await page.locator('.cert-answer').textContent()).toBe('7');
    expect(await page.locator('.took').textContent()).toMatch(/Proved in .* at .* cells\/s/);
    const [proof, record] = [await downloaded(page, 'Save the proof'), await downloaded(page, 'Save the record')];
    const verdict = await verify(proof, ModelRecord.decode(record), { profiles: ['proven'] });
    expect(verdict).toMatchObject({ model: 'digits', labels: ['7'], profile: 'proven', determined: true });
    // the same file compiled by Node is the same model
    expect(verdict.modelId).toBe(await (await modelOf('digits_mlp', 'digits')).id('proven'));
    const changed = proof.slice();
    changed[proof.length >> 1]! ^= 1;
    await expect(verify(changed, ModelRecord.decode(record))).rejects.toThrow(/ZK/);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('and drawn again: the sheet is a claim until the new one is proved', async () => {
    const { page } = await open(browser, served.address);
    await prove(page);
    await drawSeven(page, 0.05);
    await expect.poll(() => page.locator('.cert-draft').count()).toBe(1);
    await proveNow(page);
    expect(await page.locator('.cert-answer').textContent()).toBe('7');
    await page.context().close();
  });

  test('with the keyboard alone', async () => {
    const { page } = await open(browser, served.address);
    await page.locator('.pad-square canvas').focus();
    for (const [key, times] of [
      ['ArrowUp', 7],
      [' ', 1],
      ['ArrowDown', 14],
    ] as const)
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    await expect.poll(() => page.locator('.cert-answer').textContent()).toBe('1');
    await page.context().close();
  });
});

test('a proof that is stopped leaves the claim, and the next one is proved', async () => {
  const { page } = await open(browser, served.address);
  // plain JavaScript takes seconds for it
  await page.locator('.device select').selectOption('js');
  await drawSeven(page);
  await page.locator('.steps button.main').click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Prove this answer' }).waitFor();
  expect(await page.locator('.cert-draft').count()).toBe(1);
  await page.locator('.device select').selectOption('wasm');
  await proveNow(page);
  await page.context().close();
});

describe('a model of somebody else', () => {
  test('LeNet is dropped with its samples, one of them is proved, the commands are said', async () => {
    const { page } = await open(browser, served.address);
    const drop = page.locator('.tile-drop input');
    await drop.setInputFiles([
      asFile('lenet.onnx', modelFile('lenet', 'model.onnx')),
      asFile('calib.json', modelFile('lenet', 'calib.json')),
    ]);
    await expect.poll(() => page.locator('.cert-says').textContent()).toContain('lenet');
    await takeSample(page, 3);
    await chooseProfile(page, 'fast');
    await proveNow(page);
    const commands = await page.locator('.commands code').textContent();
    expect(commands?.split('\n')).toEqual([
      'npx zkvm compile lenet.onnx -o lenet.zkb --calibrate lenet.samples.json --name lenet',
      'npx zkvm prove lenet.zkb --input lenet.input.json --profile fast -o lenet.proof',
      'npx zkvm verify lenet.proof --record lenet.record',
    ]);
    await page.context().close();
  });

  test('of four numbers is dropped with a CSV of rows, and one row is changed in the table', async () => {
    const { page } = await open(browser, served.address);
    const weights = { shape: [4, 2], data: [1, 0, 0, 1, 1, 0, 0, 1] };
    const onnx = onnxModel({
      inputs: { row: [1, 4] },
      nodes: [node('MatMul', ['row', 'w'])],
      outputs: ['y'],
      initializers: { w: weights },
    });
    const rows = Array.from({ length: 20 }, (_, i) => [i % 5, (i * 3) % 7, i % 3, 4].join(','));
    await page
      .locator('.tile-drop input')
      .setInputFiles([asFile('sums.onnx', onnx), asFile('rows.csv', new TextEncoder().encode(`a,b,c,d\n${rows.join('\n')}\n`))]);
    await page.locator('.cert-says strong', { hasText: 'sums' }).first().waitFor();
    await page.locator('.tabs').getByText('Table').click();
    const cells = page.locator('.table input');
    await cells.nth(1).fill('5');
    await cells.nth(2).fill('no number');
    await expect.poll(() => page.locator('.steps button.main').isDisabled()).toBe(true);
    await cells.nth(2).fill('2');
    await proveNow(page);
    // 0 + 2 and 5 + 4, to three digits and within the compiler's error
    expect(await page.locator('.cert-answer').textContent()).toMatch(/^(2|2\.0\d|1\.99), (9|9\.0\d|8\.9\d)$/);
    await page.context().close();
  });

  test('takes an image file, scaled and swapped, and refuses what is none', async () => {
    const { page } = await open(browser, served.address);
    await page.locator('.tabs').getByText('Image').click();
    const drop = page.locator('.step .stack .drop input');
    await drop.setInputFiles(asFile('x.png', new TextEncoder().encode('no picture')));
    await expect.poll(() => page.locator('.stack .error-note').textContent()).toContain('no image');
    // a dark one on light paper: a bar from top to bottom, somewhat slanted
    const one = new PNG({ width: 32, height: 32 });
    for (let i = 0; i < 32 * 32; i++)
      one.data.set([...Array(3).fill(Math.abs((i % 32) - 17 + Math.floor(i / 32) / 16) < 4 ? 0 : 255), 255], 4 * i);
    await drop.setInputFiles(asFile('one.png', PNG.sync.write(one)));
    await expect.poll(() => page.locator('.cert-answer').textContent()).toBe('1');
    await page.getByLabel('Swap dark and light').uncheck();
    await expect.poll(() => page.locator('.cert-answer').textContent()).not.toBe('1');
    await page.context().close();
  });

  test('without samples the page asks for them, or draws some and says what they are worth', async () => {
    const { page } = await open(browser, served.address);
    await page.locator('.tile-drop input').setInputFiles(asFile('mine.onnx', modelFile('digits_mlp', 'model.onnx')));
    await page.getByText('mine needs samples').waitFor();
    expect(await page.locator('.wanted').textContent()).toMatch(/input: .*64, real numbers/);
    await page.locator('.wanting .drop input').setInputFiles(asFile('samples.json', new TextEncoder().encode('{"input": "no"')));
    await expect.poll(() => page.locator('.wanting .error-note').textContent()).toContain('The file is no JSON');
    await page.getByRole('button', { name: /Draw \d+ samples/ }).click();
    await expect.poll(() => page.locator('.compiled').textContent()).toContain('know nothing of your data');
    await page.context().close();
  });

  test.each([
    ['a file that is no model', 'a.onnx', new Uint8Array([1, 2, 3]), /ZK05/],
    ['a compiled model that was cut', 'a.zkb', new TextEncoder().encode('ZKVB and no more'), /ZK03/],
    ['samples without a model', 'a.json', new TextEncoder().encode('[]'), /no model among these files/],
  ])('%s is refused with the reason', async (_what, name, content, message) => {
    const { page } = await open(browser, served.address);
    await page.locator('.tile-drop input').setInputFiles(asFile(name, content));
    await expect.poll(() => page.locator('.failed .error-note').textContent()).toMatch(message);
    await page.context().close();
  });

  test('an input that does not fit is refused beside the answer', async () => {
    const { page } = await open(browser, served.address);
    await page.locator('.tabs').getByText('JSON').click();
    await page.locator('textarea').fill('{"input": [1, 2, 3]}');
    await page.getByRole('button', { name: 'Use this input' }).click();
    await expect.poll(() => page.locator('.cert .error-note').textContent()).toMatch(/wrong shape.*ZK0810/s);
    await page.context().close();
  });
});

describe('verifying', () => {
  let proof: Uint8Array;
  let record: Uint8Array;
  let link: string;
  beforeAll(async () => {
    const { page } = await open(browser, served.address);
    await chooseProfile(page, 'fast');
    await prove(page);
    [proof, record] = [await downloaded(page, 'Save the proof'), await downloaded(page, 'Save the record')];
    await page.getByRole('button', { name: 'Copy a link' }).click();
    link = await page.evaluate(() => navigator.clipboard.readText());
    await page.context().close();
  });
  const verifying = async (files: readonly [string, Uint8Array][], address = '#/verify'): Promise<Page> => {
    const { page } = await open(browser, address.startsWith('http') ? address : served.address + address);
    if (files.length > 0) await page.locator('.drop input').setInputFiles(files.map(([name, content]) => asFile(name, content)));
    await page.locator('.cert-accepted, .cert-refused, .verify-side .error-note').first().waitFor();
    return page;
  };

  test('two files in a page that has proved nothing, and no prover is loaded for it', async () => {
    served.asked();
    const page = await verifying([
      ['a', proof],
      ['b', record],
    ]);
    expect(await page.locator('.cert').textContent()).toMatch(/Proved and accepted.*digits.*answered 7.*97\.\d.bits under a conjecture/s);
    expect(await page.locator('.security tbody tr').count()).toBe(10);
    expect(served.asked().filter((url) => /maker|webgpu|backend/.test(url))).toEqual([]);
    const id = await (await modelOf('digits_mlp', 'digits')).id('fast');
    await page.locator('#expected').fill(id);
    expect(await page.locator('.expected p').textContent()).toBe('This is the model that you expect.');
    await page.locator('#expected').fill(id.replace(/.$/, (x) => (x === '0' ? '1' : '0')));
    expect(await page.locator('.expected p').textContent()).toMatch(/another model/);
    await page.context().close();
  });

  test('a link carries both, and its server sees neither', async () => {
    served.asked();
    const page = await verifying([], link);
    expect(await page.locator('.cert').textContent()).toMatch(/Proved and accepted.*digits/s);
    expect(served.asked().every((url) => url.length < 100)).toBe(true);
    await page.context().close();
  });

  test('a compiled model does instead of the record', async () => {
    const page = await verifying([
      ['a.proof', proof],
      ['a.zkb', (await modelOf('digits_mlp', 'digits')).bytes()],
    ]);
    expect(await page.locator('.cert').textContent()).toMatch(/Proved and accepted/);
    await page.context().close();
  });

  /** byte of a record that its ids cover; what follows them, the compiler's report, is a claim of the file, and nothing shows it here */
  const OF_A_TREE = 200;
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  test.each<[string, () => readonly [string, Uint8Array][], RegExp]>([
    [
      'a proof with one bit flipped',
      () => [
        ['a', flipped(proof, proof.length >> 1)],
        ['b', record],
      ],
      /Not accepted.*ZK0[123]\d\d/s,
    ],
    [
      'a proof with another answer in it',
      () => [
        ['a', flipped(proof, 400)],
        ['b', record],
      ],
      /Not accepted.*ZK0[123]\d\d/s,
    ],
    [
      'a proof that was cut',
      () => [
        ['a', proof.slice(0, -5)],
        ['b', record],
      ],
      /Not accepted.*ZK0[123]\d\d/s,
    ],
    [
      'a record with one bit flipped',
      () => [
        ['a', proof],
        ['b', flipped(record, OF_A_TREE)],
      ],
      /Not accepted.*ZK0[123]\d\d/s,
    ],
    ['a picture', () => [['a.png', Uint8Array.of(137, 80, 78, 71)]], /a\.png is no file of this project/],
  ])('%s is not accepted, and the page says why', async (_what, files, message) => {
    const page = await verifying(files());
    expect(await page.locator('main').textContent()).toMatch(message);
    expect(await page.locator('.cert-accepted').count()).toBe(0);
    await page.context().close();
  });

  test('a link that was cut, or whose proof was changed, says so', async () => {
    const cut = await verifying([], link.slice(0, link.indexOf('#') + 40));
    expect(await cut.locator('.error-note').textContent()).toMatch(/The link cannot be read/);
    await cut.context().close();
    const letter = link.at(-100)!;
    const changed = await verifying([], link.slice(0, -100) + (letter === 'A' ? 'B' : 'A') + link.slice(-99));
    expect(await changed.locator('.cert').textContent()).toMatch(/Not accepted.*ZK0[123]\d\d/s);
    await changed.context().close();
  });
});

describe('a software GPU', () => {
  test('is not taken on its own, and the page says why', async () => {
    const gpu = await launch(SWIFTSHADER);
    const { page } = await open(gpu, served.address);
    await expect.poll(() => device(page), { timeout: 20_000 }).toMatch(/^WASM-SIMD.*the only WebGPU adapter is a software one/);
    await prove(page);
    await gpu.close();
  });

  // nearly all of the time goes into compiling kernels
  test('is taken by who asks for it by name, and gives a proof like any other', { timeout: 180_000 }, async () => {
    const gpu = await launch(SWIFTSHADER);
    const { page } = await open(gpu, served.address);
    await takeSample(page, 3);
    await chooseProfile(page, 'fast');
    await page.locator('.device select').selectOption('webgpu');
    await expect.poll(() => device(page), { timeout: 20_000 }).toMatch(/swiftshader/i);
    await proveNow(page);
    const [proof, record] = [await downloaded(page, 'Save the proof'), await downloaded(page, 'Save the record')];
    expect(await verify(proof, ModelRecord.decode(record))).toMatchObject({ labels: ['4'], profile: 'fast' });
    await gpu.close();
  });
});

test('a page that is asked for what is not there shows its first view', async () => {
  const { page } = await open(browser, `${served.address}#/nowhere`);
  expect(await page.locator('h1').textContent()).toBe('Prove what a model answered');

  await page.context().close();
});
