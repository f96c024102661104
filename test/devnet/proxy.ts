// A node between a command and the devnet that goes wrong at one question: it hangs, dies after it has passed the question on, or lies. Everything else is
// the devnet's own answer. Caveat: it dies for good.
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it does instead of answering as the devnet does. */
export type Fault = 'hangs' | 'dies' | { says: unknown };

export interface Proxy {
  url: string;
  /** the questions that it heard, in their order */
  asked: string[];
  stop(): Promise<void>;
}

/** Starts one before a node that does this at these questions. */
export async function proxy(node: string, faults: Readonly<Record<string, Fault>>): Promise<Proxy> {
  const asked: string[] = [];
  let dead = false;
  const answer = async (body: string): Promise<string | undefined> => {
    const { id, method } = JSON.parse(body) as { id: number; method: string };
    asked.push(method);
    const fault = dead ? 'dies' : faults[method];
    if (fault === 'hangs') return new Promise<never>(() => {});
    if (typeof fault === 'object') return JSON.stringify({ jsonrpc: '2.0', id, result: fault.says });
    const passed = dead ? '' : await (await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text();
    dead ||= fault === 'dies';
    return dead ? undefined : passed;
  };
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (data: Uint8Array) => {
      body += data.toString();
    });
    request.on('end', async () => {
      const text = await answer(body);
      if (text === undefined) request.socket.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
