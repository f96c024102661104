// A server on loopback that gives the project's own sources to a page (types erased on the way), and a headless Chromium that opens
// it. The page posts its findings back, so no driver is needed. Source: HTML standard, cross-origin isolation (COOP and COEP headers).
// Caveat: Chromium runs without its sandbox, as root in containers must; it sees this server only.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import type { BrowserAnswer } from './answer.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
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

/** The browser's path. @throws with what to install */
export function findChromium(): string {
  const named = process.env.CHROMIUM;
  if (named) return named;
  for (const name of NAMES) {
    const { status, stdout } = spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  throw new Error(
    `no Chromium found (looked for ${NAMES.join(', ')}): install it (Debian and Ubuntu: apt-get install -y chromium), or set CHROMIUM to the path of one`,
  );
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

/** ends a browser and its children */
const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve();
    child.once('exit', () => resolve());
    process.kill(-child.pid, 'SIGKILL');
  });

/** Opens a page in a browser of its own and waits for what it posts. @throws what went wrong in the page, or that it took too long */
export async function openPage(
  files: Served,
  { query, isolated, script: own = 'page.ts', flags = [], limitMs }: PageRequest,
): Promise<PageResult> {
  const chromium = findChromium();
  const proofs = new Map<string, Buffer>();
  let finish: (outcome: BrowserAnswer | Error) => void = () => {};
  const finished = new Promise<BrowserAnswer | Error>((resolve) => {
    finish = resolve;
  });
  const asked: string[] = [];
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://localhost').pathname;
    asked.push(url);
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
        finish(found.error === undefined ? found : new Error(found.error));
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
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-browser-'));
  const child = spawn(
    chromium,
    [
      ...['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run', '--disable-extensions', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-default-apps', `--user-data-dir=${profile}`],
      ...flags,
      `http://localhost:${port}/?${new URLSearchParams(query)}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-2000);
  });
  const told = (): string => `the last file it asked for: ${asked.at(-1) ?? 'none'}\n${complaints}`;
  child.once('error', (error) => finish(new Error(`${chromium} did not start: ${error.message}`)));
  child.once('exit', (code) => finish(new Error(`${chromium} ended with ${code} before the page answered; ${told()}`)));
  const timer = setTimeout(() => finish(new Error(`the page did not answer in ${limitMs} ms; ${told()}`)), limitMs);
  try {
    const outcome = await finished;
    if (outcome instanceof Error) throw outcome;
    return { ...outcome, proofs };
  } finally {
    clearTimeout(timer);
    await end(child);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
