// A server on loopback with the built page, a Chromium driven by Playwright, and what a person does in the page. Source: test/browser/chromium.ts finds
// the browser. Caveat: Chromium runs without its sandbox, as root in containers must; it sees this server only.
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { CHAIN_FILE, type ChainSettings, nodeOrigin } from '../../web/chain-settings.ts';
import { headersFor, pageFor } from '../../web/headers.ts';
import { launch } from '../browser/chromium.ts';

export const BUILT = path.join(import.meta.dirname, '../../web/dist');
export const MODELS = path.join(import.meta.dirname, '../models');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const ISOLATION = ['Cross-Origin-Opener-Policy', 'Cross-Origin-Embedder-Policy'];

export interface Served {
  address: string;
  /** what the page asked for since the last look */
  asked(): string[];
  close(): Promise<void>;
}

export type Chain = Pick<ChainSettings, 'name' | 'rpc'> & Partial<ChainSettings>;

/**
 * The built page with the headers of web/headers.ts.
 * @param isolated without it the two headers of cross-origin isolation are left out
 * @param chain its network, as who serves the page says it
 */
export async function serve(isolated = true, chain?: Chain): Promise<Served> {
  const node = nodeOrigin(chain);
  const headers = Object.fromEntries(Object.entries(headersFor(node)).filter(([name]) => isolated || !ISOLATION.includes(name)));
  let asked: string[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost').pathname;
    asked.push(url);
    const file = path.join(BUILT, path.normalize(url === '/' ? 'index.html' : url));
    const ofChain = url === path.posix.join('/', CHAIN_FILE) ? JSON.stringify(chain ?? {}) : undefined;
    const ofPage = url === '/' ? pageFor(fs.readFileSync(file, 'utf8'), node) : undefined;
    if (!file.startsWith(BUILT) || !fs.existsSync(file)) return response.writeHead(404).end();
    return response
      .writeHead(200, { ...headers, 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-cache' })
      .end(ofChain ?? ofPage ?? fs.readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}/`,
    asked: () => {
      const all = asked;
      asked = [];
      return all;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A browser and the page for the tests of one file, from their first one on. */
export function withPage(): { readonly browser: Browser; readonly served: Served } {
  let own: [Browser, Served] | undefined;
  beforeAll(async () => {
    own = await Promise.all([launch(), serve()]);
  });
  afterAll(async () => {
    await own?.[0].close();
    await own?.[1].close();
  });
  return {
    get browser() {
      return own![0];
    },
    get served() {
      return own![1];
    },
  };
}

export interface Opened {
  page: Page;
  /** what the page complained of: errors that nobody caught, what the policy refused */
  complaints: string[];
}

/** A view in a context of its own. @param before what is done to the page before it is there */
export async function open(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
  before?: (page: Page) => Promise<void>,
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    serviceWorkers: 'block',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const told = message.type() === 'error' || message.type() === 'warning';
    if (told && !message.text().startsWith('Service Worker registration blocked by Playwright')) complaints.push(message.text());
  });
  await before?.(page);
  await page.goto(address);
  return { page, complaints };
}

/** What axe-core finds, a line each. */
export async function violations(page: Page): Promise<string[]> {
  // by way of the protocol: the page's policy lets no other script in
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: own } = globalThis as unknown as { axe: typeof axe };
    const found = (await own.run()).violations;
    return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${String(target)} ${failureSummary ?? ''}`));
  });
}

/** a drawn seven, in parts of the square */
const SEVEN = [
  [0.3, 0.2],
  [0.7, 0.2],
  [0.62, 0.4],
  [0.5, 0.6],
  [0.42, 0.82],
] as const;

/** Draws a digit with the mouse. */
export async function drawSeven(page: Page, shift = 0): Promise<void> {
  const square = page.locator('.pad-square canvas');
  await square.waitFor();
  const clear = page.locator('.pad-clear');
  if (await clear.count()) await clear.click();
  await square.scrollIntoViewIfNeeded();
  const box = (await square.boundingBox())!;
  const [first, ...rest] = SEVEN.map(([x, y]) => [box.x + (x + shift) * box.width, box.y + y * box.height] as const);
  await page.mouse.move(...first!);
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...point, { steps: 4 });
  await page.mouse.up();
}

/** Takes one of the samples of the model. */
export async function takeSample(page: Page, i = 0): Promise<void> {
  await page.getByText('Samples', { exact: true }).click();
  await page.locator('.samples button').nth(i).click();
}

export const chooseProfile = (page: Page, name: string): Promise<void> => page.locator('.profiles label', { hasText: name }).click();

/** Presses the button and waits for the verdict. @returns milliseconds by the page's clock, from click to sheet */
export async function proveNow(page: Page): Promise<number> {
  const button = page.locator('.steps button.main');
  await button.waitFor();
  await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('.steps button.main')?.disabled);
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const started = performance.now();
        const watch = new MutationObserver(() => {
          const failed = document.querySelector('.steps .error-note');
          if (failed) reject(new Error(failed.textContent ?? ''));
          if (!document.querySelector('.cert-accepted')) return;
          watch.disconnect();
          resolve(performance.now() - started);
        });
        document.querySelector<HTMLButtonElement>('.steps button.main')!.click();
        // a proof that was there before goes when the next one begins
        requestAnimationFrame(() => watch.observe(document.body, { subtree: true, childList: true, attributes: true }));
      }),
  );
}

/** Files of a download button. */
export async function downloaded(page: Page, label: string): Promise<Uint8Array> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: label }).click()]);
  return new Uint8Array(fs.readFileSync((await download.path())!));
}

/** a file for a field of the page */
export const asFile = (name: string, content: Uint8Array): { name: string; mimeType: string; buffer: Buffer } => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
});

export const modelFile = (folder: string, file: string): Uint8Array => new Uint8Array(fs.readFileSync(path.join(MODELS, folder, file)));
