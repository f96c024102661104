// Looking into a model in the page: a file is dropped, drawn and chosen in by pointer, keys, search and table; blocks open and fold; a second compile stands
// beside it; names of a file are text. Source: `pictureOf`, whose numbers are what is shown. Caveat: how it looks is in looks.test.ts.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { gpt2Block } from '../../bench/networks-onnx.ts';
import { type ModelPicture, pictureOf } from '../../compile.ts';
import { compileOnnx } from '../../compiler/index.ts';
import { decodeReport, encodeReport } from '../../compiler/report/stored.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { Model } from '../../vm/library/model.ts';
import { brief, percent } from '../../web/units.ts';
import { calibrationOf, modelOf, onnxOf } from '../library/kit.ts';
import { asFile, modelFile, open, withPage } from './kit.ts';
import { dropModel, transformerFile } from './models.ts';

const own = withPage();

async function drawn(zkb: Uint8Array): Promise<{ page: Page; complaints: string[]; picture: ModelPicture }> {
  const visit = await open(own.browser, `${own.served.address}#/model`);
  await dropModel(visit.page, zkb);
  return { ...visit, picture: pictureOf(Model.load(zkb)) };
}

const trimmed = (texts: readonly string[]): string[] => texts.map((text) => text.trim());
const titles = async (page: Page): Promise<string[]> => trimmed(await page.locator('.model-box .title').allTextContents());
const heading = (page: Page): Promise<string | null> => page.locator('.model-panel h3').textContent();
const factOf = (page: Page, term: string): Promise<string | null> =>
  page
    .locator('.model-panel .facts > div')
    .filter({ has: page.getByText(term, { exact: true }) })
    .locator('dd')
    .textContent();
const tab = (page: Page, name: string): Promise<void> => page.locator('.model-picture .tabs').getByText(name, { exact: true }).click();
const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.querySelector('.title')?.textContent?.trim() ?? null);

describe('LeNet', () => {
  test('is dropped, drawn, and a node is chosen: what the panel says is what the library says', async () => {
    const { page, complaints, picture } = await drawn((await modelOf('lenet')).bytes());
    expect(await titles(page)).toEqual(['Input', 'Conv', 'AveragePool', 'Conv', 'AveragePool', 'Gemm', 'Gemm', 'Gemm', 'Output']);
    expect(await page.locator('.model-links path').count()).toBe(8);
    expect(await page.locator('.model-shapes text').first().textContent()).toBe('1 × 1 × 28 × 28');
    await page.locator('.model-box').nth(1).click();
    const node = picture.nodes[1]!;
    expect(await heading(page)).toBe('Conv #0');
    expect(await factOf(page, 'Shape')).toBe('1 × 6 × 28 × 28');
    expect(await factOf(page, 'Error')).toContain(percent(node.error!));
    expect(await factOf(page, 'Integers')).toBe(`${node.integers![0]} … ${node.integers![1]}, ${node.bits} bits`);
    expect(await factOf(page, 'Cells of its own')).toContain(percent(node.cells / picture.cells));
    // a file has no values, and says so
    expect(await page.locator('.model-panel').textContent()).toContain('measured where a model is compiled');
    expect(await page.locator('.model-histogram').count()).toBe(0);
    // along what it is read by
    await page.locator('.model-list').last().getByRole('button').click();
    expect(await heading(page)).toBe('AveragePool #2');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('compiled in this tab is drawn with its values and their worst sample', async () => {
    const { page, complaints } = await open(own.browser, own.served.address);
    await page
      .locator('.tile-drop input')
      .setInputFiles([asFile('lenet.onnx', modelFile('lenet', 'model.onnx')), asFile('calib.json', modelFile('lenet', 'calib.json'))]);
    await page.locator('.cert-says strong', { hasText: 'lenet' }).first().waitFor();
    await page.locator('nav').getByText('Model').click();
    await page.locator('.model-box').nth(3).click();
    await page.locator('.model-histogram').waitFor();
    expect(await page.locator('.model-histogram rect').count()).toBe(24);
    expect(await page.locator('.model-values').textContent()).toMatch(
      /Furthest apart: sample \d at \[0, \d+, \d+, \d+\]: \S+ in the float model, \S+ in integers, on the first 4 samples/,
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('is walked by keys alone', async () => {
    const { page } = await drawn((await modelOf('lenet')).bytes());
    // one stop for Tab, whatever the number of boxes
    expect(await page.locator('.model-box[tabindex="0"]').count()).toBe(1);
    await page.locator('.model-box[tabindex="0"]').focus();
    const placeOf = (): Promise<string | null> => page.locator('.model-graph > svg > g').getAttribute('transform');
    for (const [key, title] of [
      ['ArrowDown', 'Conv'],
      ['ArrowDown', 'AveragePool'],
      ['ArrowUp', 'Conv'],
      ['ArrowLeft', 'Conv'],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => focused(page)).toBe(title);
    }
    expect(await heading(page)).toBe('Conv #0');
    const before = await placeOf();
    await page.keyboard.press('+');
    await expect.poll(placeOf).not.toBe(before);
    await page.keyboard.press('0');
    await expect.poll(placeOf).toMatch(/scale\((0\.\d+|1\.0+)\)/);
    await page.context().close();
  });

  test('is moved by a drag, zoomed by wheel and buttons; a drag chooses nothing', async () => {
    const { page } = await drawn((await modelOf('lenet')).bytes());
    const transform = async (): Promise<number[]> =>
      (await page.locator('.model-graph > svg > g').getAttribute('transform'))!.match(/-?[\d.]+/g)!.map(Number);
    const [x, y, k] = await transform();
    const box = (await page.locator('.model-box').nth(2).boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 90, box.y + 60, { steps: 4 });
    await page.mouse.up();
    const [movedX, movedY] = await transform();
    expect([movedX! - x!, movedY! - y!]).toEqual([expect.closeTo(70, 0), expect.closeTo(40, 0)]);
    expect(await page.locator('.model-box.chosen').count()).toBe(0);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await expect.poll(async () => (await transform())[2]).toBeGreaterThan(k!);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(async () => (await transform())[2]).toBeLessThanOrEqual(1);
    await page.context().close();
  });

  test('is coloured by operator, cells, error and saturation, each with its figure in every box', async () => {
    const { page, picture } = await drawn((await modelOf('lenet')).bytes());
    const figures = (): Promise<string[]> => page.locator('.model-box .figure').allTextContents();
    const heats = (): Promise<string[]> =>
      page.locator('.model-box').evaluateAll((list) => list.map((one) => (one as HTMLElement).style.getPropertyValue('--heat')));
    expect(await figures()).toEqual(picture.nodes.map(({ cells }) => percent(cells / picture.cells)));
    const choose = (name: string): Promise<void> => page.locator('.model-choice').getByText(name, { exact: true }).click();
    await choose('error');
    expect(await figures()).toEqual(picture.nodes.map(({ error }) => (error === undefined ? 'not measured' : `error ${percent(error)}`)));
    const warm = (await heats()).map(Number.parseFloat);
    const errors = picture.nodes.map(({ error }) => error ?? 0);
    expect(warm[errors.indexOf(Math.max(...errors))]).toBe(Math.max(...warm));
    expect(await page.locator('.model-box.unmeasured').count()).toBe(1);
    await choose('saturation');
    expect((await figures())[1]).toBe(`${percent(0)} saturated`);
    await choose('cells');
    const cells = (await heats()).map(Number.parseFloat);
    expect(cells.indexOf(Math.max(...cells))).toBe(5);
    await page.context().close();
  });

  test('all cells stand in the table and in the treemap, and add up; a row chooses its node', async () => {
    const { page, picture } = await drawn((await modelOf('lenet')).bytes());
    await tab(page, 'Cells');
    const rows = page.locator('.model-table tbody tr');
    expect(await page.locator('.model-table tfoot td').first().textContent()).toBe(brief(picture.cells));
    const shares = await rows.locator('td:nth-child(3)').allTextContents();
    expect(shares.map(Number.parseFloat).reduce((a, b) => a + b, 0)).toBeCloseTo(100, 0);
    const names = await rows.locator('th').allTextContents();
    expect(names).toEqual(
      expect.arrayContaining(['padding to powers of two', 'the whole proof', 'shared by several nodes', 'Conv Conv_4']),
    );
    await rows.getByRole('button', { name: 'Conv Conv_4' }).click();
    expect(await heading(page)).toBe('Conv #3');
    const fields = await page.locator('.model-map .field').allTextContents();
    expect(fields.some((field) => field.startsWith('results'))).toBe(true);
    for (const [name, first] of [
      ['node, then chip', 'padding'],
      ['kind of column', 'trace'],
    ] as const) {
      await page.locator('.model-choice').getByText(name).click();
      await expect.poll(async () => (await page.locator('.model-map .field').allTextContents()).join()).toContain(first);
    }
    await page.context().close();
  });

  test('another compile stands beside it, node by node', async () => {
    const { page, picture } = await drawn((await modelOf('lenet')).bytes());
    const more = pictureOf(await moreBits());
    await page
      .locator('.model-drops input[type=file]')
      .nth(1)
      .setInputFiles(asFile('b.zkb', (await moreBits()).bytes()));
    await page.locator('.model-compare').waitFor();
    const rows = page.locator('.model-table.pairs tbody tr');
    expect(await rows.count()).toBe(picture.nodes.length);
    const conv = await rows.nth(1).locator('td').allTextContents();
    expect(conv.slice(0, 2)).toEqual([brief(picture.nodes[1]!.cells), brief(more.nodes[1]!.cells)]);
    expect(conv.slice(3, 5)).toEqual([percent(picture.nodes[1]!.error!), percent(more.nodes[1]!.error!)]);
    expect(conv[5]).toMatch(/^−/);
    const all = await page.locator('.model-table .sum td').allTextContents();
    expect(all.slice(0, 2)).toEqual([brief(picture.cells), brief(more.cells)]);
    await page.getByLabel('Only nodes that differ').check();
    expect(await rows.count()).toBeLessThanOrEqual(picture.nodes.length);
    // a file that is none says so, and the first one stays
    await page
      .locator('.model-drops input[type=file]')
      .nth(1)
      .setInputFiles(asFile('c.zkb', new Uint8Array(40)));
    await expect.poll(() => page.locator('.error-note').textContent()).toMatch(/ZK03/);
    expect(await page.locator('h2').first().textContent()).toBe('lenet');
    await page.context().close();
  });
});

let bits: Promise<Model> | undefined;
function moreBits(): Promise<Model> {
  bits ??= import('../../compile.ts').then(({ compile }) =>
    compile(onnxOf('lenet'), { calibration: calibrationOf('lenet'), bits: 12, name: 'lenet' }),
  );
  return bits;
}

describe('a transformer of twelve blocks', () => {
  test('is one block, twelve times; it opens step by step, and folds again', async () => {
    const { page, complaints } = await drawn(transformerFile());
    expect(await titles(page)).toEqual(['Input', '11 nodes × 12', 'Output']);
    await page.locator('.model-box').nth(1).dblclick();
    await expect.poll(async () => (await titles(page)).slice(0, 3)).toEqual(['Input', 'Block 1 of 12', 'Block 2 of 12']);
    await page.locator('.model-box').nth(2).click();
    await page.locator('.model-panel').getByRole('button', { name: 'Open', exact: true }).click();
    await expect.poll(() => titles(page)).toContain('Softmax');
    const count = await page.locator('.model-box').count();
    await page.locator('.model-panel').getByRole('button', { name: 'Fold Block 2 of 12' }).click();
    await expect.poll(() => page.locator('.model-box').count()).toBe(14);
    expect(count).toBe(13 + 11);
    await page.getByRole('button', { name: 'Fold all' }).click();
    await expect.poll(() => page.locator('.model-box').count()).toBe(3);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a search opens the block that the node is in, shows it, and goes on to the next one', async () => {
    const { page } = await drawn(transformerFile());
    await page.getByRole('searchbox').fill('softmax');
    await expect.poll(() => heading(page)).toMatch(/^Softmax/);
    expect(await page.locator('.model-search [role=status]').textContent()).toMatch(/^1 of \d+/);
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.locator('.model-search [role=status]').textContent()).toMatch(/^2 of \d+/);
    const chosen = page.locator('.model-box.chosen');
    const [box, frame] = [(await chosen.boundingBox())!, (await page.locator('.model-graph').boundingBox())!];
    expect(box.y >= frame.y && box.y + box.height <= frame.y + frame.height).toBe(true);
    await page.getByRole('searchbox').fill('nobody is called so');
    await expect.poll(() => page.locator('.model-search [role=status]').textContent()).toBe('none is like that');
    await page.context().close();
  });
});

test('names that are markup, too long or turned around stay text', async () => {
  const { program, report } = decodeZkb((await modelOf('lenet')).bytes());
  const hostile = '<img src=x onerror="document.title=1"><script>alert(1)</script>';
  program.metadata.name = hostile;
  const stored = decodeReport(report);
  stored.report.stages[0]!.where = `node #0 ${hostile.replaceAll(' ', '_')} "${hostile}\u202e${'x'.repeat(9000)}"`;
  const { page, complaints } = await drawn(encodeProgram(program, encodeReport(stored)));
  expect(await page.locator('h2').first().textContent()).toBe(hostile);
  await page.locator('.model-box').nth(1).click();
  expect((await page.locator('.model-panel').textContent())!.length).toBeLessThan(4000);
  expect(await page.locator('.model-panel').textContent()).toContain('<img');
  expect(await page.locator('main img, main script').count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a file without a report is drawn from its program, and says what is not known', async () => {
  const { program } = await modelOf('lenet');
  const { page } = await drawn(encodeProgram(program));
  expect(await titles(page)).toEqual(['Input', 'Conv', 'AveragePool', 'Conv', 'AveragePool', 'Gemm', 'Gemm', 'Gemm', 'Output']);
  await page.locator('.model-box').nth(1).click();
  expect(await page.locator('.model-panel').textContent()).toContain('carries no compile report');
  expect(await page.locator('.model-facts').textContent()).toContain('not in the file');
  await page.context().close();
});

test('the block that is measured has the boxes that the compiler makes of it', () => {
  const { model, calibration } = gpt2Block(16, 32, 4, 1);
  const { report } = compileOnnx(model, { calibration, activationBits: 10, acceptError: 1 });
  expect(pictureOf(Model.load(transformerFile())).nodes).toHaveLength(12 * report.stages.length + 2);
});
