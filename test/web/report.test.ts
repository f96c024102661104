// The file of `zkvm compile --report` in a browser, from the disk and without a network: it draws the model, asks nobody, complains of nothing, takes another
// report beside it, and has no violations of axe-core. Source: web/report, cli/report/page.ts.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch } from '../browser/chromium.ts';
import { temporaryFolder, zkvm } from '../cli/capture.ts';
import { builtTemplates } from '../cli/report/template.ts';
import { MODELS, violations } from './kit.ts';

const folder = temporaryFolder();
const { at } = folder;
let browser: Browser;
beforeAll(async () => {
  builtTemplates();
  const model = `${MODELS}/lenet`;
  const compile = (name: string, ...more: string[]) =>
    zkvm('compile', `${model}/model.onnx`, '-o', at('m.zkb'), '--calibrate', `${model}/calib.json`, '--report', at(name), ...more);
  expect((await compile('a.html')).code).toBe(0);
  expect((await compile('b.html', '--bits', '12', '--name', 'with <b>12</b> bits')).code).toBe(0);
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  folder.remove();
});

async function opened(file: string): Promise<{ page: Page; asked: string[]; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const [asked, complaints]: [string[], string[]] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(pathToFileURL(file).href);
  return { page, asked, complaints };
}

test('draws the model with its values, asks for nothing but itself, and complains of nothing', async () => {
  const { page, asked, complaints } = await opened(at('a.html'));
  await page.locator('.model-box').nth(1).click();
  expect(await page.title()).toBe('lenet: compile report');
  expect(await page.locator('.model-panel h3').textContent()).toBe('Conv #0');
  await page.locator('.model-histogram').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.locator('.model-picture .tabs').getByText('Cells', { exact: true }).click();
  await page.locator('.model-map .tile').first().waitFor();
  expect(await violations(page)).toEqual([]);
  expect(asked).toEqual([pathToFileURL(at('a.html')).href]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('takes another report beside it, and refuses what is none', async () => {
  const { page, asked, complaints } = await opened(at('a.html'));
  const drop = page.locator('input[type=file]');
  await drop.setInputFiles(at('b.html'));
  await page.locator('.model-compare').waitFor();
  expect(await page.locator('h1').textContent()).toBe('lenet and with <b>12</b> bits');
  expect(await page.locator('.model-table.pairs tbody tr').count()).toBe(9);
  expect(await violations(page)).toEqual([]);
  // what another file would run or load stays text
  fs.writeFileSync(
    at('c.html'),
    '<script>document.title = "run"</script><img src="http://127.0.0.1:9/x.png"><script id="picture">{"nodes": 5}</script>',
  );
  await drop.setInputFiles(at('c.html'));
  await page.locator('.error-note').waitFor();
  expect(await page.locator('.error-note').textContent()).toContain('There is no report in this file');
  expect(await page.title()).toBe('lenet: compile report');
  expect(asked).toHaveLength(1);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a script that somebody puts into the file does not run', async () => {
  const changed = fs.readFileSync(at('a.html'), 'utf8').replace('</body>', '<script>document.title = "run"</script></body>');
  fs.writeFileSync(at('d.html'), changed);
  const { page, complaints } = await opened(at('d.html'));
  await page.locator('.model-box').first().waitFor();
  expect(await page.title()).toBe('lenet: compile report');
  expect(complaints.join()).toMatch(/Content Security Policy/);
  await page.context().close();
});
