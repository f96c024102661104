// Walking through a run in the page: a trace is dropped, stepped through by keys, buttons and search, an output followed back, and a changed cell shown red
// with its sentence; LeNet and a block of a transformer in the time that a step may take. Source: vm/debug, which holds the values. Caveat: times are those of
// this machine, in the worker by the page's clock.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { decodeTrace, encodeTrace } from '../../vm/files/trace.ts';
import { debugTrace } from '../../vm/library/debugger.ts';
import { ROWS } from '../../web/engine/debug-questions.ts';
import { asFile, open, violations, withPage } from './kit.ts';
import { blockFile, dropTrace, traceFile } from './traces.ts';

/** a step may take a frame; a machine that does other work too gets some of them */
const STEP_MS = 16;
const LATE = 4;

const own = withPage();

async function opened(bytes: Uint8Array): Promise<{ page: Page; complaints: string[] }> {
  const visit = await open(own.browser, `${own.served.address}#/trace`);
  await dropTrace(visit.page, bytes);
  return visit;
}

const heading = (page: Page): Promise<string | null> => page.locator('.trace-step h2').textContent();
const judged = (page: Page, selector: string): Promise<void> => page.locator(selector).waitFor({ timeout: 40_000 });

describe('digits', () => {
  test('are stepped through by keys, buttons and search; an output goes back to its steps', async () => {
    const bytes = await traceFile('digits_mlp');
    const run = debugTrace(bytes);
    const { page, complaints } = await opened(bytes);
    await judged(page, '.trace-good');
    expect(await heading(page)).toBe(`Step 0 of ${run.steps}`);
    for (const [key, step] of [
      ['j', 1],
      ['ArrowRight', 2],
      ['k', 1],
      ['ArrowLeft', 0],
      ['k', 0],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => heading(page)).toBe(`Step ${step} of ${run.steps}`);
    }
    await page.getByRole('button', { name: 'Last' }).click();
    await expect.poll(() => heading(page)).toBe(`Step ${run.steps - 1} of ${run.steps}`);
    await page.getByRole('searchbox').fill('store');
    await page.getByRole('button', { name: 'Find' }).click();
    const [first] = run.search({ opcode: 'STORE' });
    await expect.poll(() => heading(page)).toBe(`Step ${first} of ${run.steps}`);
    // what is shown is what the library says
    const detail = run.step(first!, ROWS);
    expect(await page.locator('.trace-instruction').textContent()).toBe(detail.text);
    expect(await page.locator('.trace-tensor').count()).toBe(detail.operands.length);
    const store = detail.rows.find(({ chip }) => chip === 'store')!;
    const row = page.locator('.trace-rows table').nth(1).locator('tr', { hasText: /^wa/ }).first();
    expect(await row.locator('td').allTextContents()).toEqual(Array.from(store.cells[store.columns.indexOf('wa')]!, String));
    await page.locator('.trace-tensor summary').last().click();
    const numbers = page.locator('.trace-tensor').last().locator('td');
    expect(Number(await numbers.nth(1).textContent())).toBe(detail.operands.at(-1)!.values[0]);
    await page.locator('.trace-why input').fill('7');
    await page.getByRole('button', { name: 'Go back from it' }).click();
    const why = run.why(run.outputs[0]!.name, 7);
    await expect
      .poll(() => page.locator('.trace-why p').first().textContent())
      .toBe(`It comes from ${why.steps.length} of ${run.steps} steps.`);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('with a changed cell open at its step, red, with the sentence and the cells in it', async () => {
    const trace = decodeTrace(await traceFile('digits_mlp'));
    const column = trace.instances[TYPE.mac]!.columns[MACHINE.components[TYPE.mac]!.base.indexOf('aw')]!;
    column[20]! += 1;
    const bytes = encodeTrace(trace);
    const { failures } = debugTrace(bytes).judge();
    const { page } = await opened(bytes);
    await judged(page, '.trace-bad');
    const said = await page.locator('.trace-bad').textContent();
    expect(said).toContain(`mac, row ${failures[0]!.row}: ${failures[0]!.label}`);
    expect(said).toContain(`${failures[0]!.formula} should be 0`);
    for (const name of Object.keys(failures[0]!.cells)) expect(said).toContain(`${name} = `);
    await expect.poll(() => heading(page)).toContain(`Step ${failures[0]!.step} of`);
    await expect.poll(() => page.locator('.trace-changed').textContent()).toBe(String(column[20]));
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  test('a file that is no trace says so', async () => {
    const { page } = await open(own.browser, `${own.served.address}#/trace`);
    await page.locator('input[type=file]').setInputFiles(asFile('trace.bin', new Uint8Array(100)));
    await page.locator('.error-note').waitFor();
    expect(await page.locator('.error-note').textContent()).toMatch(/ZK03/);
    await page.context().close();
  });
});

/** milliseconds from a jump on the timeline to the step that is shown, all over the run, ascending. Without the painting, which the page does not see */
const jumpTimes = (page: Page, steps: number): Promise<number[]> =>
  page.evaluate(async (all) => {
    const times: number[] = [];
    const title = document.querySelector('.trace-step h2')!;
    const slider = document.querySelector<HTMLInputElement>('.trace-timeline input')!;
    for (let i = 0; i < 40; i++) {
      const started = performance.now();
      await new Promise<void>((shown) => {
        const watch = new MutationObserver(() => {
          watch.disconnect();
          shown();
        });
        watch.observe(title, { characterData: true, childList: true, subtree: true });
        slider.value = String((i * 617 + 31) % all);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      });
      times.push(performance.now() - started);
    }
    return times.sort((x, y) => x - y);
  }, steps);

describe('opens within a second, and shows a step within a frame:', () => {
  test.each([
    ['LeNet', () => traceFile('lenet')],
    ['a block of a transformer', async () => blockFile()],
  ] as const)('%s', async (_name, make) => {
    const bytes = await make();
    const { page } = await opened(bytes);
    await judged(page, '.trace-good'); // the other worker has the machine until then
    const said = await page.locator('.trace-intro p').last().textContent();
    const [, number, unit] = /opened in ([\d.]+)\s?(m?s)\.$/.exec(said!)!;
    expect(Number(number) * (unit === 's' ? 1000 : 1)).toBeLessThan(1000);
    const { steps } = debugTrace(bytes);
    const times: number[] = [];
    for (let i = 1; i <= 60; i++) {
      const step = (i * 617) % steps;
      await page.locator('.trace-timeline input').fill(String(step));
      await expect.poll(() => heading(page)).toBe(`Step ${step} of ${steps}`);
      const shown = await page.locator('.trace-step header .soft').first().textContent();
      times.push(Number(/shown in ([\d.]+)\s?ms/.exec(shown!)![1]));
    }
    times.sort((a, b) => a - b);
    expect(times[30]).toBeLessThan(STEP_MS);
    expect(times.at(-1 - LATE), String(times)).toBeLessThan(STEP_MS);
    const jumps = await jumpTimes(page, steps);
    // with the page's own part, two frames: other work is on the machine
    expect(jumps[jumps.length >> 1]).toBeLessThan(2 * STEP_MS);
    console.log(
      `${_name}: ${said}, median step ${times[30]} ms, longest ${times.at(-1)} ms; from a jump to the step shown ${jumps[jumps.length >> 1]!.toFixed(1)} ms, longest ${jumps.at(-1)!.toFixed(1)} ms`,
    );
    await page.context().close();
  });
});
