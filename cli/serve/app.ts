// The HTTP side: the table of routes behind the guards, errors as bodies, a line of the log and a number for every request. Source: hono.
// Caveat: it knows no sockets; limits of slow clients are the server's (server.ts).
import type { Context, Hono } from 'hono';
import { usage, type ZkvmError } from '../../fri/core/errors.ts';
import { bodyReader } from './body.ts';
import { logStack, serviceError } from './folder-errors.ts';
import { keyGuard, rateGuard, requireOwnPage } from './guard.ts';
import type { Log } from './log.ts';
import { openApiDocument } from './openapi.ts';
import { loadHono } from './packages.ts';
import { fileAt, pageAnswer } from './page.ts';
import type { PageFiles } from './page-files.ts';
import type { Answer, Event, Route } from './route.ts';
import { ROUTES } from './routes.ts';
import type { Service } from './service.ts';
import { errorBody, statusOf } from './status.ts';

const MEGABYTE = 1e6;
/** bodies of the largest size that may be read at a time */
const BODIES = 4;
/** event streams at a time */
const MOST_STREAMS = 256;
/** a comment keeps a quiet stream open, and shows that the client is gone */
const KEEP_ALIVE_MS = 15_000;
/** what asks for these asks often */
const UNLOGGED: ReadonlySet<string> = new Set(['health', 'ready', 'metrics', 'page']);

/** what @hono/node-server gives beside a request; nothing in tests */
export interface Bindings {
  incoming?: { socket?: { remoteAddress?: string | undefined } };
}

type Call = Context<{ Bindings: Bindings }>;

export interface AppOptions {
  service: Service;
  log: Log;
  version: string;
  /** undefined: everybody on this machine may ask */
  key: string | undefined;
  /** without a key, other names and pages may ask too */
  insecure: boolean;
  /** what is shown at `/` */
  page?: PageFiles | undefined;
  /** aborted when the service stops: streams end */
  closing: AbortSignal;
}

const eventText = ({ event, data }: Event): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** A stream of events that waits for its reader: nothing is kept for a slow one. */
function eventStream(events: AsyncIterable<Event>, ended: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<Event>> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        next ??= iterator.next();
        let timer: NodeJS.Timeout | undefined;
        const quiet = new Promise<'quiet'>((resolve) => {
          timer = setTimeout(() => resolve('quiet'), KEEP_ALIVE_MS);
        });
        try {
          const result = await Promise.race([next, quiet]);
          if (result === 'quiet') return controller.enqueue(encoder.encode(': waiting\n\n'));
          next = undefined;
          if (!result.done) return controller.enqueue(encoder.encode(eventText(result.value)));
          ended();
          controller.close();
        } catch {
          // the job was deleted, or the service stops
          ended();
          controller.close();
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: ended,
    },
    { highWaterMark: 0 },
  );
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;
const STREAM_HEADERS = { ...HEADERS, 'content-type': 'text/event-stream' } as const;

function responseOf(answer: Exclude<Answer, { events: unknown }>): Response {
  if ('json' in answer)
    return new Response(JSON.stringify(answer.json), {
      status: answer.status,
      headers: { ...HEADERS, 'content-type': 'application/json', ...answer.headers },
    });
  if ('bytes' in answer)
    return new Response(answer.bytes, { status: answer.status, headers: { ...HEADERS, 'content-type': answer.type, ...answer.headers } });
  return new Response(null, { status: answer.status, headers: HEADERS });
}

function errorResponse(error: ZkvmError): Response {
  const status = statusOf(error);
  return responseOf({
    status,
    json: errorBody(error),
    headers: {
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...((status === 429 || status === 503) && { 'retry-after': '1' }),
      // the rest of a body that is too large is not read
      ...(status === 413 && { connection: 'close' }),
    },
  });
}

export async function makeApp({ service, log, version, key, insecure, page, closing }: AppOptions): Promise<Hono<{ Bindings: Bindings }>> {
  const { Hono } = await loadHono();
  const app = new Hono<{ Bindings: Bindings }>();
  const requireRate = rateGuard(service.limits.rate);
  const requireKey = key === undefined ? undefined : keyGuard(key);
  const largest = Math.max(service.limits['max-body'], service.limits['max-input']) * MEGABYTE;
  const readBody = bodyReader(BODIES * largest);
  let streams = 0;

  const guard = (c: Call, open: boolean): void => {
    requireRate(c.env?.incoming?.socket?.remoteAddress ?? '');
    if (open) return;
    if (requireKey) requireKey(c.req.header('authorization'));
    else if (!insecure) requireOwnPage(c.req.header('host'), c.req.header('origin'));
  };

  const streamOf = (events: AsyncIterable<Event>, over: AbortController): Response => {
    if (streams >= MOST_STREAMS)
      throw usage('ZK0925', {
        what: 'too many streams of events are open',
        why: `${MOST_STREAMS} at most`,
        fix: 'ask for the job now and then instead',
      });
    streams++;
    let open = true;
    const ended = (): void => {
      if (open) streams--;
      open = false;
      over.abort();
    };
    return new Response(eventStream(events, ended), { headers: STREAM_HEADERS });
  };

  const answerOf = async (c: Call, route: Route): Promise<Response> => {
    guard(c, route.open === true);
    const over = new AbortController();
    const limit = route.limit ?? 'max-input';
    const answer = await route.run({
      service,
      log,
      parameter: (name) => c.req.param(name) ?? '',
      query: (name) => c.req.query(name),
      header: (name) => c.req.header(name),
      body: () => readBody(c.req.raw, service.limits[limit] * MEGABYTE, limit),
      signal: AbortSignal.any([over.signal, closing, c.req.raw.signal]),
    });
    if (!('events' in answer)) return responseOf(answer);
    // the answer to HEAD has no body: a stream that nobody reads would never end
    if (c.req.method === 'HEAD') return new Response(null, { headers: STREAM_HEADERS });
    return streamOf(answer.events, over);
  };

  /** any work with its errors as answers, its line and its number */
  const handled = async (c: Call, name: string, work: () => Promise<Response>): Promise<Response> => {
    const started = performance.now();
    let response: Response;
    let code: string | undefined;
    try {
      response = await work();
    } catch (error) {
      const typed = serviceError(error);
      const stack = logStack(typed);
      if (stack) log.error('a request failed', { route: name, stack });
      code = typed.code;
      response = errorResponse(typed);
    }
    const ms = performance.now() - started;
    const { status } = response;
    service.metrics.count('zkvm_http_requests_total', 'Answers, by route and status.', { route: name, status: String(status) });
    service.metrics.observe('zkvm_http_request_seconds', 'Seconds from the head of a request to the head of its answer.', ms / 1000);
    if (!UNLOGGED.has(name))
      log.info('request', {
        method: c.req.method,
        route: name,
        path: c.req.path.slice(0, 200),
        status,
        ms: Math.round(ms * 10) / 10,
        ...(code && { code }),
      });
    return response;
  };

  for (const route of ROUTES)
    app.on(route.method.toUpperCase(), route.path.replace(/\{(\w+)\}/g, ':$1'), (c) => handled(c, route.name, () => answerOf(c, route)));
  const document = openApiDocument(version, key !== undefined, page !== undefined);
  app.get('/openapi.json', (c) =>
    handled(c, 'openapi', async () => {
      guard(c, true);
      return responseOf({ status: 200, json: document });
    }),
  );
  app.notFound((c) => {
    const isGet = c.req.method === 'GET' || c.req.method === 'HEAD';
    const file = page && isGet ? fileAt(page, c.req.path) : undefined;
    if (page && file)
      return handled(c, 'page', async () => {
        guard(c, true);
        return pageAnswer(page, file, c.req.method, (name) => c.req.header(name));
      });
    return handled(c, 'none', async () => {
      guard(c, page !== undefined && isGet && !c.req.path.startsWith('/v1/'));
      throw usage('ZK0911', {
        what: 'there is nothing at this address, or it does not take this method',
        where: `${c.req.method} ${c.req.path.slice(0, 200)}`,
        fix: 'see /openapi.json',
      });
    });
  });
  app.onError((error) => errorResponse(serviceError(error)));
  return app;
}
