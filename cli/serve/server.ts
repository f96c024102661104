// The server around the app: where it listens, and how long it waits for whom. Source: Node's http; RFC 9112, "Failures and Timeouts", for what to do with clients that
// say nothing. Caveat: it speaks plain HTTP; whoever serves beyond one machine puts a proxy with TLS in front.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hono } from 'hono';
import { usage } from '../../fri/core/errors.ts';
import type { Bindings } from './app.ts';
import type { Limits } from './limits.ts';
import { loadNodeServer } from './packages.ts';

const HEADERS_MS = 10_000;
/** longer than proxies keep a connection, which would use one that is closed at that moment */
const KEEP_ALIVE_MS = 65_000;
const CHECK_MS = 500;
const MOST_CONNECTIONS = 1024;
const MOST_HEADER_BYTES = 16_384;

export interface Listening {
  url: string;
  /** takes no more connections, waits for open requests for so long, then cuts them */
  close(ms: number): Promise<void>;
}

/** @throws ZK0905 when the address cannot be listened on */
export async function listen(app: Hono<{ Bindings: Bindings }>, host: string, limits: Limits): Promise<Listening> {
  const { createAdaptorServer } = await loadNodeServer();
  const requestMs = limits['client-seconds'] * 1000;
  const server = createAdaptorServer({
    fetch: app.fetch as (request: Request) => Response | Promise<Response>,
    serverOptions: {
      headersTimeout: Math.min(HEADERS_MS, requestMs),
      requestTimeout: requestMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
    },
  }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  // nothing read or written for so long: the longest silence of ours is an upload that compiles, after others that wait
  server.setTimeout(requestMs + 5 * limits['compile-seconds'] * 1000);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        usage('ZK0905', {
          what: 'the address cannot be listened on',
          where: `${host}:${limits.port}`,
          why: error.code === 'EADDRINUSE' ? 'another process has the port' : error.message,
          fix: 'take another one with --port or --host',
          cause: error,
        }),
      ),
    );
    server.listen(limits.port, host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: (ms) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), ms);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
