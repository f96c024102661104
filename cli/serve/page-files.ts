// The files of the page: those of the package lie in one pack, compressed (bench/page-pack.ts); a checkout has the folder that `npm run web` makes. Source: Brotli, RFC 7932.
// Caveat: all of them are held in memory, less than 2 MB; names are looked up in a table, so no address leads to another file.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { bug } from '../../fri/core/errors.ts';

/** the headers that the page wants, as `npm run web` writes them */
export const HEADERS_FILE = 'headers.json';
/** beside this file in the package, in the folder of what is built in a checkout; of the page itself there */
const PLACES = { packs: ['page.pack', '../../dist/cli/serve/page.pack'], folder: '../../web/dist' } as const;
/** a checkout compresses when it is asked: quickly */
const QUALITY = 5;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

type Bytes = Uint8Array<ArrayBuffer>;

export interface PageFile {
  type: string;
  etag: string;
  /** its name changes with its content */
  hashed: boolean;
  plain(): Bytes;
  /** undefined where it would be no shorter */
  brotli(): Bytes | undefined;
}

export interface PageFiles {
  headers: Readonly<Record<string, string>>;
  /** by name, such as `assets/main.js` */
  files: ReadonlyMap<string, PageFile>;
}

/** the index of a pack; the files' bytes follow in its order */
export interface PackIndex {
  headers: Readonly<Record<string, string>>;
  files: readonly { name: string; length: number; packed: boolean }[];
}

const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

const described = (name: string, stored: Uint8Array): Pick<PageFile, 'type' | 'etag' | 'hashed'> => ({
  type: TYPES[path.extname(name)] ?? 'application/octet-stream',
  etag: createHash('sha256').update(stored).digest('hex').slice(0, 32),
  hashed: name.startsWith('assets/'),
});

/** The files of a pack: the length of its index (four bytes, the least first), the index as JSON, the files. */
export function unpackPage(pack: Uint8Array): PageFiles {
  const indexBytes = new DataView(pack.buffer, pack.byteOffset, pack.byteLength).getUint32(0, true);
  const { headers, files } = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + indexBytes))) as PackIndex;
  let at = 4 + indexBytes;
  const named = files.map(({ name, length, packed }) => {
    const stored = pack.subarray(at, at + length);
    at += length;
    const file: PageFile = {
      ...described(name, stored),
      plain: () => own(packed ? brotliDecompressSync(stored) : stored),
      brotli: () => (packed ? own(stored) : undefined),
    };
    return [name, file] as const;
  });
  if (at !== pack.length) throw bug('the pack of the page is not as long as it says');
  return { headers, files: new Map(named) };
}

/** The files of a folder. */
export function pageOfFolder(folder: string): PageFiles {
  const names = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile() && name !== HEADERS_FILE);
  const files = names.map((name) => {
    const bytes = own(fs.readFileSync(path.join(folder, name)));
    const packed = once(() => own(brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } })));
    const file: PageFile = {
      ...described(name, bytes),
      plain: () => bytes,
      brotli: () => (packed().length < bytes.length ? packed() : undefined),
    };
    return [name.split(path.sep).join('/'), file] as const;
  });
  return { headers: JSON.parse(fs.readFileSync(path.join(folder, HEADERS_FILE), 'utf8')), files: new Map(files) };
}

/** The page of this package or checkout; undefined in a checkout that did not build it. */
export function findPage(): PageFiles | undefined {
  const at = (name: string): string => path.join(import.meta.dirname, name);
  const [beside, built] = PLACES.packs.map(at);
  if (fs.existsSync(beside!)) return unpackPage(fs.readFileSync(beside!));
  if (fs.existsSync(path.join(at(PLACES.folder), HEADERS_FILE))) return pageOfFolder(at(PLACES.folder));
  return fs.existsSync(built!) ? unpackPage(fs.readFileSync(built!)) : undefined;
}
