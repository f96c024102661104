// A server on loopback that gives the project's own sources to a page, types erased on the way, and a browser that opens it; the page posts its findings back.
// Source: HTML standard, cross-origin isolation (COOP and COEP headers). Caveat: each page has a browser of its own, so that what one keeps helps no other.
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import ts from 'typescript';
import type { BrowserAnswer } from './answer.ts';
import { launch } from './chromium.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** folders whose sources a page may load */
const SERVED = /^\/(fri|air|gpu|vm|test\/browser|test\/conformance)\/[\w./-]+\.ts$/;

/** a file that a page may fetch, by its path */
export type Served = ReadonlyMap<string, string | Uint8Array>;

export interface PageRequest {
  /** `backend`, `threads`, `cases`, `worker`, `profile` */
  query: Readonly<Record<string, string>>;
  isolated: boolean;
  /** the page's module, page.ts if left out */
  script?: string;
  /** more options of the browser */
  flags?: readonly string[];
  limitMs: number;
}

export interface PageResult extends BrowserAnswer {
  /** proof bytes by case */
  proofs: Map<string, Buffer>;
}

/** a source file as the browser takes it */
function script(url: string): string | undefined {
  if (!SERVED.test(url) || url.includes('..')) return undefined;
  const file = path.join(ROOT, url);
  if (!fs.existsSync(file)) return undefined;
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions, fileName: file }).outputText;
}

const bodyOf = async (request: http.IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Opens a page in a browser of its own and waits for what it posts. @throws what went wrong in the page, or that it took too long */
export async function openPage(
  files: Served,
  { query, isolated, script: own = 'page.ts', flags = [], limitMs }: PageRequest,
): Promise<PageResult> {
  const proofs = new Map<string, Buffer>();
  let finish: (found: BrowserAnswer) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const finished = new Promise<BrowserAnswer>((resolve, reject) => {
    [finish, fail] = [resolve, reject];
  });
  // a page may fail while the browser still starts, and say more after it has answered
  finished.catch(() => {});
  let asked = 'none';
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://localhost').pathname;
    asked = url;
    response.setHeader('Cache-Control', 'no-store');
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    const answer = (status: number, type: string, body: string | Uint8Array): void => {
      response.writeHead(status, { 'Content-Type': type }).end(body);
    };
    if (request.method === 'POST') {
      const body = await bodyOf(request);
      if (url === '/result') {
        const found = JSON.parse(body.toString()) as BrowserAnswer & { error?: string };
        if (found.error === undefined) finish(found);
        else fail(new Error(found.error));
      } else proofs.set(url.replace('/proof/', ''), body);
      return answer(200, 'text/plain', '');
    }
    if (url === '/')
      return answer(200, 'text/html', `<!doctype html><title>zkvm</title><script type="module" src="/test/browser/${own}"></script>`);
    const file = files.get(url);
    if (file !== undefined) return answer(200, 'application/octet-stream', file);
    const text = script(url);
    return text === undefined ? answer(404, 'text/plain', 'not here') : answer(200, 'text/javascript', text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await launch(flags);
  const told = (what: string): Error => new Error(`${what}; the last file it asked for: ${asked}`);
  const timer = setTimeout(() => fail(told(`the page did not answer in ${limitMs} ms`)), limitMs);
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => fail(told(`the page threw ${error.message}`)));
    page.on('crash', () => fail(told('the page ended before it answered')));
    browser.on('disconnected', () => fail(told('the browser ended before the page answered')));
    await page.goto(`http://localhost:${port}/?${new URLSearchParams(query)}`);
    return { ...(await finished), proofs };
  } finally {
    clearTimeout(timer);
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
