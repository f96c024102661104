// The service through sockets: a wrong key, an endless body, clients that say nothing or read nothing, too many requests, a model that takes too long.
// Slow: it starts worker threads and waits for limits of time.
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Listening } from '../../../cli/serve/server.ts';
import { smallModel, zkvm } from '../capture.ts';
import { type RunningService, startRunning } from './running.ts';

const KEY = 'a key of sixteen!'.replaceAll(' ', '-');
const MEGABYTE = 1e6;

let running: RunningService;
let listening: Listening;
let port: number;
beforeAll(async () => {
  running = await startRunning({ 'client-seconds': 1, 'compile-seconds': 0.2, 'grace-seconds': 0, 'max-body': 4 }, { key: KEY });
  listening = await running.listen();
  port = Number(new URL(listening.url).port);
});
afterAll(async () => {
  await listening.close(0);
  await running.stop();
});

const get = (where: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${listening.url}${where}`, { headers });

test('without the key there is nothing but health and the document', async () => {
  for (const where of ['/healthz', '/readyz', '/openapi.json']) expect((await get(where)).status).not.toBe(401);
  for (const where of ['/v1/models', '/v1/jobs', '/metrics', '/v1/nothing'])
    for (const headers of [{}, { authorization: 'Bearer wrong' }] as Record<string, string>[]) {
      const response = await get(where, headers);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toMatchObject({ code: 'ZK0910' });
    }
  expect((await get('/v1/models', { authorization: `Bearer ${KEY}` })).status).toBe(200);
});

/** what the service answered last: a client that is still sending may see its connection end before it reads that */
const answered = (): unknown => running.log.filter(({ event }) => event === 'request').at(-1)?.status;

/** sends up to a gigabyte. @returns the status if it came through, and how much was sent before the end */
function flood(headers: Record<string, string>): Promise<{ status: number | undefined; sent: number }> {
  return new Promise((resolve) => {
    let sent = 0;
    const chunk = new Uint8Array(MEGABYTE);
    const request = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/models', headers }, (response) => {
      resolve({ status: response.statusCode, sent });
      request.destroy();
    });
    request.on('error', () => resolve({ status: undefined, sent }));
    const send = (): void => {
      while (sent < 1000 * MEGABYTE && !request.destroyed) {
        sent += chunk.length;
        if (!request.write(chunk)) return void request.once('drain', send);
      }
    };
    send();
  });
}

test.each([
  ['that says so', { 'content-length': String(1000 * MEGABYTE) }, 10],
  ['in chunks', { 'transfer-encoding': 'chunked' }, 30],
])('a body of a gigabyte %s is refused before it is there, and takes no memory', async (_how, headers, most) => {
  const before = process.memoryUsage.rss();
  const { status, sent } = await flood({ ...headers, authorization: `Bearer ${KEY}` });
  expect(answered()).toBe(413);
  expect([413, undefined]).toContain(status);
  expect(sent).toBeLessThan(most * MEGABYTE);
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * MEGABYTE);
});

test('who has no key cannot make it read a body at all', async () => {
  const { status, sent } = await flood({ 'transfer-encoding': 'chunked' });
  expect(answered()).toBe(401);
  expect([401, undefined]).toContain(status);
  expect(sent).toBeLessThan(10 * MEGABYTE);
});

/** what a raw connection gets until it is closed, and after how long that is */
function raw(text: string, drip = ''): Promise<{ got: string; ms: number }> {
  return new Promise((resolve) => {
    const started = performance.now();
    let got = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    const timer = drip && setInterval(() => socket.write(drip), 100);
    socket.on('data', (data) => {
      got += data.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (timer) clearInterval(timer);
      resolve({ got, ms: performance.now() - started });
    });
  });
}

test.each([
  ['a head that does not end', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n', 'X-A: b\r\n'],
  [
    'a body that does not come',
    `POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${KEY}\r\nContent-Length: 100\r\n\r\n{`,
    ' ',
  ],
])('a slow client, %s, is cut off', async (_what, text, drip) => {
  const { ms } = await raw(text, drip);
  expect(ms).toBeLessThan(8000);
  expect((await get('/healthz')).status).toBe(200);
});

test('something that is no HTTP, or a head without end, gets 400 or 431', async () => {
  expect((await raw('\x16\x03\x01 hello\r\n\r\n')).got).toMatch(/^HTTP\/1\.1 400 /);
  expect((await raw(`GET / HTTP/1.1\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`)).got).toMatch(/^HTTP\/1\.1 431 /);
});

test('a request of two lengths is one request, and is refused', async () => {
  const inner = 'GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  const head = `POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${KEY}\r\n`;
  for (const lengths of [
    'Content-Length: 4\r\nTransfer-Encoding: chunked',
    'Content-Length: 4\r\nContent-Length: 5',
    'Transfer-Encoding : chunked',
  ]) {
    const { got } = await raw(`${head}${lengths}\r\n\r\n0\r\n\r\n${inner}`);
    expect(got.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  }
});

test('a client that leaves in the middle of its body is no bug of ours', async () => {
  const head = `POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${KEY}\r\nContent-Length: 100\r\n\r\n{`;
  const before = running.log.length;
  await new Promise<void>((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(head, () => setTimeout(() => socket.destroy(), 100)));
    socket.on('close', () => resolve());
  });
  await vi.waitFor(() => expect(running.log.length).toBeGreaterThan(before));
  expect(running.log.slice(before).filter(({ level }) => level === 'error')).toEqual([]);
});

test('a model that takes longer than it may is given up, and the next one is read', async () => {
  const form = new FormData();
  const folder = path.join(import.meta.dirname, '../../models/lenet');
  form.set('model', new File([new Uint8Array(fs.readFileSync(path.join(folder, 'model.onnx')))], 'model.onnx'));
  const answer = await running.ask('POST', '/v1/models', form, { authorization: `Bearer ${KEY}` });
  expect(answer).toMatchObject({ status: 422, json: { code: 'ZK0923', what: expect.stringContaining('0.2 s') } });
  expect(fs.readdirSync(path.join(running.folder, 'uploads'))).toEqual([]);
});

test('too many requests from one address are told when to come back', async () => {
  const limited = await startRunning({ rate: 5 });
  const answers = await Promise.all(Array.from({ length: 15 }, () => limited.ask('GET', '/healthz')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(2);
  expect(refused.length).toBeLessThan(8);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  await limited.stop();
});

test('streams that nobody reads are bounded, and those without a reader do not count', async () => {
  const watched = await startRunning();
  const own = await watched.listen();
  const { json: model } = await watched.ask('POST', '/v1/models', smallModel().zkb);
  const { json } = await watched.ask('POST', '/v1/jobs', JSON.stringify({ model: model.id, input: JSON.parse(smallModel().input) }));
  const { id } = json.jobs[0];
  const where = `/v1/jobs/${id}/events`;
  const many = Array.from({ length: 300 });
  for (const _ of many) expect((await watched.app.request(where, { method: 'HEAD' })).status).toBe(200);
  await Promise.all(
    many.map(
      () =>
        new Promise<void>((resolve) => {
          const socket = net.connect(Number(new URL(own.url).port), '127.0.0.1', () => {
            socket.write(`GET ${where} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, () => socket.destroy());
          });
          socket.on('close', () => resolve());
          socket.on('error', () => {});
        }),
    ),
  );
  await vi.waitFor(async () => {
    const response = await watched.app.request(where);
    await response.body!.cancel();
    expect(response.status).toBe(200);
  });
  const open = await Promise.all(many.map(() => watched.app.request(where)));
  const statuses = open.map(({ status }) => status);
  expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 503).length]).toEqual([256, 44]);
  expect((await watched.ask('GET', '/healthz')).status).toBe(200);
  await Promise.all(open.map((response) => response.body?.cancel()));
  expect((await watched.app.request(where)).status).toBe(200);
  await own.close(0);
  await watched.stop();
});

test('a job that takes longer than it may fails, and its worker goes on', async () => {
  const hurried = await startRunning({ 'job-seconds': 0.05 });
  const { json: model } = await hurried.ask('POST', '/v1/models', smallModel().zkb);
  const { json } = await hurried.ask('POST', '/v1/jobs', JSON.stringify({ model: model.id, input: JSON.parse(smallModel().input) }));
  expect(await hurried.ended(json.jobs[0].id)).toMatchObject({ state: 'failed', error: { code: 'ZK0921' }, result: null });
  await hurried.stop();
});

test('nothing listens beyond this machine without a key, and no two processes serve one folder', async () => {
  const key = process.env.ZKVM_API_KEY;
  delete process.env.ZKVM_API_KEY;
  const serve = (...more: string[]) => zkvm('serve', '--data', running.folder, '--port', '0', '--json', ...more);
  expect(await serve('--host', '0.0.0.0')).toMatchObject({ code: 2, json: { error: { code: 'ZK0904' } } });
  expect(await serve()).toMatchObject({ code: 2, json: { error: { code: 'ZK0902' } } });
  for (const refused of ['short', 'fifteen-letters', 'sixteen letters!', 'schlüssel-mit-umlaut', 'a-key-with-\u007f-in-it']) {
    process.env.ZKVM_API_KEY = refused;
    expect(await serve()).toMatchObject({ code: 2, json: { error: { code: 'ZK0904' } } });
  }
  process.env.ZKVM_API_KEY = 'sixteen-letters!';
  expect(await serve()).toMatchObject({ code: 2, json: { error: { code: 'ZK0902' } } });
  if (key === undefined) delete process.env.ZKVM_API_KEY;
  else process.env.ZKVM_API_KEY = key;
  expect(await serve('--max-queue', '0')).toMatchObject({ code: 2, json: { error: { code: 'ZK0906' } } });
});

test('more threads a worker than cores are a line of the log, and no reason to refuse', async () => {
  const cores = vi.spyOn(os, 'availableParallelism').mockReturnValue(2);
  const serve = (threads: string) => zkvm('serve', '--data', running.folder, '--port', '0', '--threads', threads, '--json');
  // the folder is taken, so both end there
  expect((await serve('3')).err).toMatch(/"level":"warn","event":"too many threads","why":"3 threads, and this machine runs 2 at once/);
  const { err, json } = await serve('2');
  expect({ code: json.error.code, warned: err.includes('too many threads') }).toEqual({ code: 'ZK0902', warned: false });
  cores.mockRestore();
});
