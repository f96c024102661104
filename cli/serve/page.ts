// The page at `/`: static files with the page's own headers. Source: RFC 9110 (Accept-Encoding, If-None-Match), RFC 8246 (immutable). Caveat: the page proves in
// the browser by itself and asks the service for nothing but its files; so it needs no key.
import type { PageFile, PageFiles } from './page-files.ts';

/** a year: a file of another content has another name */
const FOREVER = 'public, max-age=31536000, immutable';
const INDEX = 'index.html';

/** Whether a client takes this encoding. */
export function accepts(encoding: string, header: string | undefined): boolean {
  const wishes = new Map(
    (header ?? '').split(',').map((wish) => {
      const [name = '', ...parameters] = wish.split(';').map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='));
      return [name, quality === undefined ? 1 : Number(quality.slice(2))] as const;
    }),
  );
  return (wishes.get(encoding) ?? wishes.get('*') ?? 0) > 0;
}

const isKnown = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);

/** The file at an address; undefined where there is none. */
export const fileAt = ({ files }: PageFiles, address: string): PageFile | undefined =>
  files.get(address === '/' ? INDEX : address.replace(/^\//, ''));

/** @param header of the request, by its name in small letters */
export function pageAnswer({ headers }: PageFiles, file: PageFile, method: string, header: (name: string) => string | undefined): Response {
  const packed = accepts('br', header('accept-encoding')) ? file.brotli() : undefined;
  const etag = `"${file.etag}${packed ? '-br' : ''}"`;
  const always = {
    ...headers,
    etag,
    vary: 'accept-encoding',
    'cache-control': file.hashed ? FOREVER : 'no-cache',
  };
  if (isKnown(header('if-none-match'), etag)) return new Response(null, { status: 304, headers: always });
  const body = packed ?? file.plain();
  return new Response(method === 'HEAD' ? null : body, {
    headers: {
      ...always,
      'content-type': file.type,
      'content-length': String(body.length),
      ...(packed && { 'content-encoding': 'br' }),
    },
  });
}
