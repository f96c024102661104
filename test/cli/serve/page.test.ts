// The page that `zkvm serve` shows: from a folder and from a pack, compressed or not as it is asked for, kept as long as its names allow, without a key where the
// service wants one, and no other file of the disk. Source: cli/serve/page.ts, bench/page-pack.ts. Caveat: its files are small ones of this test; test/web opens the real page.
// Slow: it starts a service.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packed } from '../../../bench/page-pack.ts';
import { accepts } from '../../../cli/serve/page.ts';
import { HEADERS_FILE, pageOfFolder, unpackPage } from '../../../cli/serve/page-files.ts';
import { headersFor } from '../../../web/headers.ts';
import { temporaryFolder } from '../capture.ts';
import { type RunningService, startRunning } from './running.ts';

const KEY = 'a key of sixteen'.replaceAll(' ', '-');
const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>page</title>',
  'assets/main-1a2b.js': 'console.log("the page");'.repeat(50),
  'assets/font-3c.woff2': '\u0001',
  'files.json': '{}',
};
const HEADERS = headersFor();
const SECRET = 'not for anybody';

const folder = temporaryFolder();
let running: RunningService;
let url: string;
beforeAll(async () => {
  fs.mkdirSync(folder.at('page/assets'), { recursive: true });
  for (const [name, text] of Object.entries({ ...FILES, [HEADERS_FILE]: JSON.stringify(HEADERS) })) folder.write(`page/${name}`, text);
  folder.write('secret.txt', SECRET);
  running = await startRunning({}, { key: KEY, page: pageOfFolder(folder.at('page')) });
  ({ url } = await running.listen());
});
afterAll(async () => {
  await running.stop();
  folder.remove();
});

const ask = (where: string, headers: Record<string, string> = {}, method = 'GET') => running.ask(method, where, undefined, headers);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** a request as it stands, with no client that tidies its path up */
const raw = (where: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = http.request({ hostname, port, path: where }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    });
    request.on('error', reject).end();
  });

describe('the page', () => {
  test("has its type and the page's own headers, and needs no key; the service does", async () => {
    const { status, headers, bytes } = await ask('/');
    expect([status, text(bytes), headers.get('content-type')]).toEqual([200, FILES['index.html'], 'text/html; charset=utf-8']);
    for (const [name, value] of Object.entries(HEADERS)) expect(headers.get(name)).toBe(value);
    expect((await ask('/v1/models')).status).toBe(401);
    expect((await ask('/v1/models', { authorization: `Bearer ${KEY}` })).status).toBe(200);
    expect((await ask('/v1/nothing')).status).toBe(401);
  });

  test('comes compressed where that is taken and shorter, and plain otherwise', async () => {
    const name = '/assets/main-1a2b.js';
    const plain = await ask(name);
    const brotli = await ask(name, { 'accept-encoding': 'gzip, br;q=0.9' });
    expect([plain.headers.get('content-encoding'), brotli.headers.get('content-encoding')]).toEqual([null, 'br']);
    expect(text(plain.bytes)).toBe(FILES[name.slice(1)]);
    expect(text(brotliDecompressSync(brotli.bytes))).toBe(FILES[name.slice(1)]);
    expect(brotli.bytes.length).toBeLessThan(plain.bytes.length / 4);
    for (const { headers, bytes } of [plain, brotli]) {
      expect(headers.get('vary')).toBe('accept-encoding');
      expect(headers.get('content-length')).toBe(String(bytes.length));
    }
    expect((await ask('/assets/font-3c.woff2', { 'accept-encoding': 'br' })).headers.get('content-encoding')).toBe(null);
  });

  test('is kept for ever where its name says what is in it, asked for again otherwise, and not sent twice', async () => {
    expect((await ask('/assets/main-1a2b.js')).headers.get('cache-control')).toContain('immutable');
    const { headers } = await ask('/files.json');
    expect(headers.get('cache-control')).toBe('no-cache');
    const again = await ask('/files.json', { 'if-none-match': `W/${headers.get('etag')}` });
    expect([again.status, again.bytes.length, again.headers.get('etag')]).toEqual([304, 0, headers.get('etag')]);
    expect((await ask('/files.json', { 'if-none-match': '"another"' })).status).toBe(200);
  });

  test('HEAD has the headers and no body; other methods and names are not there', async () => {
    const { status, headers, bytes } = await ask('/', {}, 'HEAD');
    expect([status, bytes.length, headers.get('content-length')]).toEqual([200, 0, String(FILES['index.html']!.length)]);
    expect((await ask('/favicon.ico')).status).toBe(404);
    expect((await ask('/', { authorization: `Bearer ${KEY}` }, 'POST')).status).toBe(404);
    expect((await ask(`/${HEADERS_FILE}`)).status).toBe(404);
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/assets',
  ])('%s leads nowhere', async (where) => {
    const { status, body } = await raw(where);
    expect(body).not.toContain(SECRET);
    // what is no address at all is 400
    expect([400, 404]).toContain(status);
  });

  test('stands in the OpenAPI document, and only where it is shown', async () => {
    expect((await ask('/openapi.json')).json.paths['/'].get.security).toEqual([]);
    const without = await startRunning();
    expect((await without.ask('GET', '/')).status).toBe(404);
    expect((await without.ask('GET', '/openapi.json')).json.paths['/']).toBeUndefined();
    await without.stop();
  });

  test('is the same out of a pack', () => {
    const bytes = new Map(Object.entries(FILES).map(([name, content]) => [name, new TextEncoder().encode(content)]));
    const pack = packed(bytes, HEADERS);
    const { headers, files } = unpackPage(pack);
    expect(headers).toEqual(HEADERS);
    expect([...files.keys()]).toEqual(Object.keys(FILES));
    for (const [name, content] of Object.entries(FILES)) expect(text(files.get(name)!.plain())).toBe(content);
    expect(files.get('assets/font-3c.woff2')!.brotli()).toBeUndefined();
    expect(text(brotliDecompressSync(files.get('assets/main-1a2b.js')!.brotli()!))).toBe(FILES['assets/main-1a2b.js']);
    expect(() => unpackPage(pack.subarray(0, -1))).toThrow();
  });
});

describe('the command', () => {
  /** its standard output, two lines long */
  const said = async (...options: string[]): Promise<string[]> => {
    const root = path.join(import.meta.dirname, '../../..');
    const program = ['--import', path.join(root, 'node_modules/tsx/dist/loader.mjs'), path.join(root, 'cli/main.ts')];
    const environment = { ...process.env };
    delete environment.ZKVM_API_KEY;
    const child = spawn(process.execPath, [...program, 'serve', '--data', folder.at('data'), '--port', '0', ...options], {
      env: environment,
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    let out = '';
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    await new Promise<void>((resolve) =>
      child.stdout.on('data', (chunk) => {
        out += chunk;
        if (out.split('\n').length > 2) resolve();
      }),
    );
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    // the log stays what programs read
    for (const line of err.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    return out.trim().split('\n');
  };

  test('says where the page is; without it where its addresses stand', async () => {
    const [where, next] = await said();
    const [, address] = /^zkvm serves at (http:\/\/127\.0\.0\.1:\d+)$/.exec(where!)!;
    expect(next).toBe(`next: open ${address}/ in a browser`);
    const [, bare] = await said('--no-page');
    expect(bare).toMatch(/^next: see http:\/\/127\.0\.0\.1:\d+\/openapi\.json$/);
  });
});

test.each([
  ['br', true],
  ['gzip, deflate, br', true],
  ['*', true],
  ['BR;q=0.1', true],
  ['br;q=0', false],
  ['*, br; q=0', false],
  ['gzip', false],
  ['brotli', false],
  ['', false],
])('Accept-Encoding %j takes Brotli: %s', (header, is) => {
  expect(accepts('br', header)).toBe(is);
});

test('without Accept-Encoding nothing is compressed', () => {
  expect(accepts('br', undefined)).toBe(false);
});
