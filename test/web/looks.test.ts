// How every view looks, light and dark, on a desk and on a phone, against pictures that were looked at, and axe-core's rules on each of them. What is
// measured (milliseconds, memory) is taken out first, and pictures are kept small: desks at half their size, few colours. `ZKVM_GOLDEN=write npm run test:web` renews the pictures; look at them before they are committed. Source:
// axe-core, pixelmatch. Caveat: other versions of Chromium draw letters a little otherwise, hence the tolerance.
import fs from 'node:fs';
import path from 'node:path';
import pixelmatch from 'pixelmatch';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compile.ts';
import { VIEWS } from '../../web/routes.ts';
import { calibrationOf, modelOf, onnxOf } from '../library/kit.ts';
import { reduced, written } from './indexed-png.ts';
import { asFile, chooseProfile, drawSeven, open, proveNow, serve, takeSample, violations, withPage } from './kit.ts';
import { dropModel, transformerFile } from './models.ts';
import { playedChain } from './played-chain.ts';
import { changedLenet, dropTrace, traceFile } from './traces.ts';
import { injectWallet } from './wallet.ts';

/** with what was measured in it, for readers; no test looks at it */
const README_PICTURE = path.join(import.meta.dirname, '../../docs/pictures/prove.png');
const TRACE_PICTURE = path.join(import.meta.dirname, '../../docs/pictures/trace.png');
const writing = process.env.ZKVM_GOLDEN === 'write';
const LOOKS = path.join(import.meta.dirname, 'looks');
/** of all pixels, that may differ by more than a shade */
const TOLERANCE = 0.01;
const SHADE = 0.2;

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
const FACTORS = { desktop: 2, phone: 1 } as const;
const SCHEMES = ['light', 'dark'] as const;

/** brings a view into the state that is looked at */
const STAGED: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  prove: async (page) => {
    await takeSample(page, 3);
    await chooseProfile(page, 'fast');
    await proveNow(page);
    await page.locator('.figures .pending').first().waitFor({ state: 'detached' });
  },
  'verify-accepted': async (page) => {
    if ((await page.locator('.cert-accepted').count()) === 0) await STAGED.prove!(page);
    await page.locator('nav').getByText('Verify').click();
    await page.getByRole('button', { name: 'Verify the proof that was made here' }).click();
    await page.locator('.cert-accepted').waitFor();
  },
  'chain-proved': async (page) => {
    await page.getByRole('button', { name: 'Connect Test wallet' }).click();
    await page.getByText('in Test wallet').waitFor();
    await page.getByRole('button', { name: 'Register this model' }).click();
    await page.getByText('The registry knows this model.').waitFor();
    await takeSample(page, 3);
    await page.getByRole('button', { name: 'Prove for this account' }).click();
    await page.locator('.calldata').waitFor();
    await page.locator('.figures').waitFor();
    await page.locator('.figures .pending').first().waitFor({ state: 'detached' });
  },
  'chain-fact': async (page) => {
    await STAGED['chain-proved']!(page);
    await page.getByRole('button', { name: 'Verify in one transaction' }).click();
    await page.getByText('The statement is a fact').waitFor();
  },
  'trace-failing': async (page) => {
    await dropTrace(page, await changedLenet());
    await page.locator('.trace-bad').waitFor();
    await page.locator('.trace-changed').waitFor();
  },
  'model-graph': async (page) => {
    await dropModel(page, (await modelOf('lenet')).bytes());
    await page.locator('.model-choice').getByText('cells', { exact: true }).click();
    await page.locator('.model-box').nth(1).click();
    await page.locator('.model-panel .facts').waitFor();
  },
  'model-blocks': async (page) => {
    await dropModel(page, transformerFile());
    const search = page.getByRole('searchbox');
    await search.fill('softmax');
    await page.locator('.model-box.chosen').waitFor();
    await search.fill('');
  },
  'model-cells': async (page) => {
    await dropModel(page, (await modelOf('lenet')).bytes());
    await page.locator('.model-picture .tabs').getByText('Cells', { exact: true }).click();
    await page.locator('.model-map .tile').first().waitFor();
  },
  'model-compare': async (page) => {
    await dropModel(page, (await modelOf('lenet')).bytes());
    const more = await compile(onnxOf('lenet'), { calibration: calibrationOf('lenet'), bits: 12, name: 'lenet, 12 bits' });
    await page.locator('.model-drops input[type=file]').nth(1).setInputFiles(asFile('b.zkb', more.bytes()));
    await page.locator('.model-compare').waitFor();
  },
};
const STAGES = [
  ...VIEWS.map((view) => ({ stage: view as string, view })),
  { stage: 'verify-accepted', view: 'prove' as const },
  { stage: 'chain-proved', view: 'chain' as const },
  { stage: 'chain-fact', view: 'chain' as const },
  { stage: 'trace-failing', view: 'trace' as const },
  ...['model-graph', 'model-blocks', 'model-cells', 'model-compare'].map((stage) => ({ stage, view: 'model' as const })),
];

const own = withPage();

/** the view Chain of a page that has a network and a wallet, both played */
async function withChain(options: BrowserContextOptions): Promise<Page> {
  const { node, wallet } = await playedChain();
  const other = await serve(true, { name: 'Sepolia', rpc: node.url, explorer: 'https://explorer.example' });
  const { page } = await open(own.browser, `${other.address}#/chain`, options, (fresh) => injectWallet(fresh, wallet));
  page.context().once('close', () => void Promise.all([node.stop(), other.close()]));
  return page;
}

/** pages in which a proof was made, for the view that verifies it */
const proved = new Map<string, Page>();

async function staged(stage: string, view: string, size: keyof typeof SIZES, colorScheme: (typeof SCHEMES)[number]): Promise<Page> {
  const known = proved.get(`${colorScheme} ${size}`);
  const options = { viewport: SIZES[size], colorScheme };
  const page =
    stage === 'verify-accepted' && known
      ? known
      : stage.startsWith('chain-')
        ? await withChain(options)
        : (await open(own.browser, `${own.served.address}#/${view}`, options)).page;
  await page.locator('h1').waitFor();
  await STAGED[stage]?.(page);
  await page.evaluate(async () => {
    await document.fonts.ready;
    (document.activeElement as HTMLElement | null)?.blur();
    for (const element of document.querySelectorAll<HTMLElement>('[data-measured]')) element.textContent = '…';
    for (const element of document.querySelectorAll<HTMLElement>('.cert')) element.style.insetBlockStart = 'auto';
    for (const element of document.querySelectorAll<HTMLElement>('.cert')) element.style.position = 'relative';
    scrollTo(0, 0);
  });
  await page.mouse.move(0, 0);
  return page;
}

/** colours of a picture that is kept */
const COLOURS = 64;

/** share of the pixels that differ; all of them where the sizes do */
function difference(now: PNG, file: string): number {
  const before = PNG.sync.read(fs.readFileSync(file));
  if (now.width !== before.width || now.height !== before.height) return 1;
  return pixelmatch(now.data, before.data, undefined, now.width, now.height, { threshold: SHADE }) / (now.width * now.height);
}

describe.each(STAGES)('$stage', ({ stage, view }) => {
  test.each(SCHEMES.flatMap((scheme) => (['desktop', 'phone'] as const).map((size) => [scheme, size] as const)))(
    'in %s on a %s looks as it was seen, and has no violations of axe-core',
    async (scheme, size) => {
      const page = await staged(stage, view, size, scheme);
      expect(await violations(page)).toEqual([]);
      // nothing is wider than the screen
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      const file = path.join(LOOKS, `${stage}-${scheme}-${size}.png`);
      const shot = reduced(await page.screenshot({ fullPage: true, animations: 'disabled' }), FACTORS[size], COLOURS);
      await page.context().close();
      if (process.env.ZKVM_GOLDEN === 'write') fs.writeFileSync(file, written(shot));
      expect(difference(shot, file), `${file}; if it should look so: ZKVM_GOLDEN=write npm run test:web`).toBeLessThan(TOLERANCE);
    },
  );
});

test.runIf(writing)('the picture of the README is taken', async () => {
  const { page } = await open(own.browser, own.served.address, { viewport: { width: 1280, height: 1120 } });
  await drawSeven(page);
  await page.locator('.figures .pending').first().waitFor({ state: 'detached' });
  await proveNow(page);
  await page.evaluate(() => scrollTo(0, 0));
  fs.writeFileSync(README_PICTURE, written(reduced(await page.screenshot(), 1, 256)));
  await page.context().close();
});

test.runIf(writing)('the picture of the debugger is taken', async () => {
  const { page } = await open(own.browser, `${own.served.address}#/trace`, { viewport: { width: 1280, height: 1120 } });
  await dropTrace(page, await traceFile('lenet'));
  await page.locator('.trace-good').waitFor();
  // the first layer's planes of features
  await page.getByRole('searchbox').fill('STORE');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.locator('.trace-tensor canvas').nth(1).waitFor();
  await page.locator('.trace-timeline').scrollIntoViewIfNeeded();
  fs.writeFileSync(TRACE_PICTURE, written(reduced(await page.screenshot(), 1, 256)));
  await page.context().close();
});

test('another picture is noticed', async () => {
  const page = await staged('verify', 'verify', 'phone', 'light');
  await page.evaluate(() => {
    document.querySelector<HTMLElement>('h1')!.style.fontSize = '4rem';
    document.querySelector<HTMLElement>('.lead')!.style.display = 'none';
  });
  expect(difference(reduced(await page.screenshot(), 1, COLOURS), path.join(LOOKS, 'verify-light-phone.png'))).toBeGreaterThan(TOLERANCE);
  await page.evaluate(() => {
    document.querySelector<HTMLElement>('.drop-hint')!.style.color = '#bbb';
  });
  expect((await violations(page)).join()).toContain('color-contrast');
  await page.context().close();
});
