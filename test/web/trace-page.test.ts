// `zkvm trace --open`: the page is opened from the disk, where nothing serves it: it asks for nothing, walks through the run, shows a changed cell, and no name in
// the trace is markup. Source: cli/report/trace-page.ts. Caveat: times are those of this machine, by the page's clock.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { decodeTrace, encodeTrace, traceOf } from '../../vm/files/trace.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { debugTrace } from '../../vm/library/debugger.ts';
import { launch } from '../browser/chromium.ts';
import { temporaryFolder, zkvm } from '../cli/capture.ts';
import { builtTemplates } from '../cli/report/template.ts';
import { mlp } from '../vm/programs.ts';
import { open, violations } from './kit.ts';
import { blockFile, traceFile } from './traces.ts';

const folder = temporaryFolder();
let browser: Browser;
beforeAll(async () => {
  builtTemplates();
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  folder.remove();
});

/** Writes the page of a trace and opens it. @param exitCode that the command must have */
async function paged(
  name: string,
  bytes: Uint8Array,
  exitCode = 0,
): Promise<{ page: Page; complaints: string[]; asked: string[]; html: string }> {
  const trace = folder.write(`${name}.bin`, bytes);
  const { code, out, err } = await zkvm('trace', trace, '--open');
  expect(code, err).toBe(exitCode);
  const file = folder.at(`${name}.html`);
  expect(out).toBe(`${file}\n`);
  const { page, complaints } = await open(browser, 'about:blank');
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await page.locator('.trace-step h2').waitFor();
  return { page, complaints, asked, html: fs.readFileSync(file, 'utf8') };
}
const heading = (page: Page): Promise<string | null> => page.locator('.trace-step h2').textContent();

test.each([
  ['LeNet', () => traceFile('lenet'), 1000],
  ['a block of a transformer', async () => blockFile(), 2000],
] as const)('%s opens in a moment from the disk, asks for nothing and is walked through', async (name, make, mostMs) => {
  const bytes = await make();
  const { page, complaints, asked, html } = await paged(name.replaceAll(' ', '-'), bytes);
  const ms = await page.evaluate(() => performance.now());
  await page.locator('.trace-good').waitFor({ timeout: 40_000 });
  expect(ms).toBeLessThan(mostMs);
  console.log(
    `${name}: a trace of ${bytes.length} bytes, a page of ${html.length}, its first step shown ${ms.toFixed(0)} ms after its address was given`,
  );
  const { steps } = debugTrace(bytes);
  expect(await heading(page)).toBe(`Step 0 of ${steps}`);
  await page.keyboard.press('j');
  await expect.poll(() => heading(page)).toBe(`Step 1 of ${steps}`);
  // itself, and its two workers out of its own text
  expect(asked.map((url) => new URL(url).protocol)).toEqual(['file:', 'blob:', 'blob:']);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a changed cell opens at its row, red, with the sentence of the constraint', async () => {
  const trace = decodeTrace(await traceFile('digits_mlp'));
  const column = trace.instances[TYPE.mac]!.columns[MACHINE.components[TYPE.mac]!.base.indexOf('aw')]!;
  column[20]! += 1;
  const bytes = encodeTrace(trace);
  const { failures } = debugTrace(bytes).judge();
  const { page, complaints } = await paged('changed', bytes, 4);
  await page.locator('.trace-bad').waitFor();
  const said = await page.locator('.trace-bad').textContent();
  expect(said).toContain(`mac, row ${failures[0]!.row}: ${failures[0]!.label}`);
  expect(said).toContain(`${failures[0]!.formula} should be 0`);
  await expect.poll(() => heading(page)).toContain(`Step ${failures[0]!.step} of`);
  await expect.poll(() => page.locator('.trace-changed').textContent()).toBe(String(column[20]));
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('names in a trace are text, whatever they say', async () => {
  const attack = '</script></title><img src=x onerror=alert(1)><script>alert(2)</script>';
  const { program, inputs } = mlp(1);
  const renamed = {
    ...program,
    metadata: { ...program.metadata, name: `${attack}\u001b[31m` },
    sourceMap: [{ from: 0, to: program.codeWords, node: attack }],
  };
  const { page, complaints, html } = await paged('hostile', encodeTrace(traceOf(encodeProgram(renamed), execute(renamed, inputs))));
  expect(await page.title()).toContain(attack);
  expect(await page.locator('.trace-step').textContent()).toContain(attack);
  expect(await page.locator('img').count()).toBe(0);
  expect(html.includes('<img') || html.includes('\u001b')).toBe(false);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a trace that lost bytes on its way says so', async () => {
  const file = folder.write('short.bin', await traceFile('digits_mlp'));
  expect(await zkvm('trace', file, '--open')).toMatchObject({ code: 0 });
  const html = fs.readFileSync(folder.at('short.html'), 'utf8');
  folder.write('short.html', html.replace(/(id="trace">.{4000})[^<]*/, '$1'));
  const { page } = await open(browser, pathToFileURL(folder.at('short.html')).href);
  await page.locator('.error-note').waitFor();
  await page.context().close();
});
