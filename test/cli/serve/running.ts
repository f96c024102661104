// A service in the test's own process, with its threads, in a folder of its own; requests go to the app without a socket, or through one.
// Caveat: workers start in a second or more, so a file starts one service for all its tests.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Hono } from 'hono';
import { type Bindings, makeApp } from '../../../cli/serve/app.ts';
import { type Limits, limitsOf } from '../../../cli/serve/limits.ts';
import { logTo } from '../../../cli/serve/log.ts';
import type { PageFiles } from '../../../cli/serve/page-files.ts';
import { type Listening, listen } from '../../../cli/serve/server.ts';
import { type Service, startService } from '../../../cli/serve/service.ts';

export interface RunningService {
  service: Service;
  app: Hono<{ Bindings: Bindings }>;
  folder: string;
  /** lines of the log, parsed */
  log: Record<string, unknown>[];
  /** a request without a socket. @returns status, headers, and the body as JSON where it is some */
  ask(method: string, path: string, body?: string | Uint8Array | FormData, headers?: Record<string, string>): Promise<Asked>;
  /** the job once it has ended */
  ended(id: string): Promise<Record<string, unknown>>;
  listen(): Promise<Listening>;
  stop(): Promise<void>;
}

export interface Asked {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at its fields
  json: any;
}

export async function startRunning(
  options: Partial<Limits> = {},
  more: { key?: string; folder?: string; page?: PageFiles } = {},
): Promise<RunningService> {
  const folder = more.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-serve-'));
  const limits = limitsOf({ workers: 1, rate: 0, port: 0, ...options }, {}, 1);
  const log: Record<string, unknown>[] = [];
  const to = logTo((line) => log.push(JSON.parse(line)));
  const service = await startService(folder, 'auto', limits, to);
  const closing = new AbortController();
  const app = await makeApp({
    service,
    log: to,
    version: '0.0.0',
    key: more.key,
    insecure: false,
    page: more.page,
    closing: closing.signal,
  });
  const ask: RunningService['ask'] = async (method, where, body, headers = {}) => {
    const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const init = { method, headers: { ...type, ...headers }, ...(body !== undefined && { body: body as BodyInit }) };
    const response = await app.request(where, init);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined,
    };
  };
  return {
    service,
    app,
    folder,
    log,
    ask,
    async ended(id) {
      for (;;) {
        const { json } = await ask('GET', `/v1/jobs/${id}`);
        if (json.state !== 'queued' && json.state !== 'running') return json;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    listen: () => listen(app, '127.0.0.1', limits),
    async stop() {
      closing.abort();
      await service.stop();
      if (!more.folder) fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
