// As much of S3 as the store asks for, in the test's own process: put, get, head, list, delete; and what goes wrong with one. Source: the S3 API
// reference. Caveat: signatures are not looked at, and a list is one page.
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RunningS3 {
  /** --store */
  address: string;
  env: NodeJS.ProcessEnv;
  objects: Map<string, Buffer>;
  /** `away`: no answer at all; `full`: takes nothing more */
  is: 'well' | 'away' | 'full';
  /** requests that got no answer, or were refused */
  refused: number;
  stop(): Promise<void>;
}

const KEYS = /<Key>([^<]*)<\/Key>/g;
const xml = (body: string): string => `<?xml version="1.0" encoding="UTF-8"?>${body}`;

export async function startS3(): Promise<RunningS3> {
  const objects = new Map<string, Buffer>();
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, 'http://s3');
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    const answer = (status: number, body: string | Buffer = ''): void => {
      response
        .writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
        .end(request.method === 'HEAD' ? undefined : body);
    };
    if (s3.is === 'away') {
      s3.refused++;
      request.socket.destroy();
      return;
    }
    if (request.method === 'PUT') {
      if (s3.is === 'full') {
        s3.refused++;
        return answer(507, xml('<Error><Code>InsufficientStorage</Code><Message>no space is left</Message></Error>'));
      }
      objects.set(key, Buffer.concat(chunks));
      return answer(200);
    }
    if (request.method === 'POST' && url.searchParams.has('delete')) {
      for (const [, name] of Buffer.concat(chunks).toString().matchAll(KEYS)) objects.delete(name!);
      return answer(200, xml('<DeleteResult/>'));
    }
    if (url.searchParams.has('list-type')) {
      const names = [...objects.keys()].filter((name) => name.startsWith(url.searchParams.get('prefix') ?? ''));
      return answer(
        200,
        xml(`<ListBucketResult>${names.map((name) => `<Contents><Key>${name}</Key></Contents>`).join('')}</ListBucketResult>`),
      );
    }
    const found = objects.get(key);
    return found ? answer(200, found) : answer(404, xml('<Error><Code>NoSuchKey</Code></Error>'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const s3: RunningS3 = {
    address: 's3://bucket/some/prefix',
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    objects,
    is: 'well',
    refused: 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return s3;
}
