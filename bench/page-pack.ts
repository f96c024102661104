// The page as one file of the package: what `npm run web` builds, compressed as far as Brotli can. Source: cli/serve/page-files.ts, which reads it; web/vite.config.ts.
// Caveat: fonts and most weights do not become shorter and stay as they are.
import fs from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'vite';
import { HEADERS_FILE, type PackIndex } from '../cli/serve/page-files.ts';

const ROOT = path.join(import.meta.dirname, '..');
const PACK = path.join(ROOT, 'dist/cli/serve/page.pack');

const compressed = (bytes: Uint8Array): Uint8Array =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });

/** A pack of these files. */
export function packed(files: ReadonlyMap<string, Uint8Array>, headers: PackIndex['headers']): Uint8Array {
  const stored = Array.from(files, ([name, bytes]) => {
    const short = compressed(bytes);
    const isShorter = short.length < bytes.length;
    return { name, bytes: isShorter ? short : bytes, packed: isShorter };
  });
  const index: PackIndex = {
    headers,
    files: stored.map(({ name, bytes, packed: isPacked }) => ({ name, length: bytes.length, packed: isPacked })),
  };
  const text = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...stored.map(({ bytes }) => bytes)]);
}

/** Builds the page and writes its pack into the package. */
export async function writePagePack(): Promise<void> {
  const web = path.join(ROOT, 'web');
  const built = await build({ root: web, configFile: path.join(web, 'vite.config.ts'), logLevel: 'error', build: { write: false } });
  const { output } = [built].flat()[0] as Extract<typeof built, { output: unknown }>;
  const files = new Map<string, Uint8Array>();
  for (const file of output) files.set(file.fileName, Buffer.from(file.type === 'chunk' ? file.code : file.source));
  for (const name of fs.readdirSync(path.join(web, 'public'))) files.set(name, fs.readFileSync(path.join(web, 'public', name)));
  const headers = JSON.parse(Buffer.from(files.get(HEADERS_FILE)!).toString()) as PackIndex['headers'];
  files.delete(HEADERS_FILE);
  fs.writeFileSync(PACK, packed(files, headers));
}
