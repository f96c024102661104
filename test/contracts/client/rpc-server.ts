// An HTTP server on loopback that a node is played on, or stands before one: it reads a question and answers what it is told, or cuts the line. Pages of
// other addresses may ask it, as they may a node. Caveat: one question a request, as starknet.js sends them.
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Question {
  id: number;
  method: string;
  params: Record<string, unknown>;
}

/** nothing is said; the line is cut; the beginning of an answer and no more */
export type NoAnswer = 'silence' | 'cut' | 'half';

export interface RpcServer {
  url: string;
  /** the methods that were asked for, in their order */
  asked: string[];
  stop(): Promise<void>;
}

/** what a browser wants to hear before it asks a server of another address, and with the answer */
const FOR_PAGES = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'access-control-allow-methods': 'POST' };

/** @param answer gives the text of an answer */
export async function rpcServer(answer: (question: Question, body: string) => Promise<string | { not: NoAnswer }>): Promise<RpcServer> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    if (request.method === 'OPTIONS') return void response.writeHead(204, FOR_PAGES).end();
    let body = '';
    request.on('data', (data: Uint8Array) => {
      body += data.toString();
    });
    request.on('end', async () => {
      const question = JSON.parse(body) as Question;
      asked.push(question.method);
      const said = await answer(question, body);
      const head = { 'content-type': 'application/json', ...FOR_PAGES };
      if (typeof said === 'string') response.writeHead(200, head).end(said);
      else if (said.not === 'half') response.writeHead(200, head).write('{"jsonrpc":');
      else if (said.not === 'cut') request.socket.destroy();
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
