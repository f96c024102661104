// What a page downloads: the entries that programs import, bundled and minified for a browser, and the most that each may take. Source: esbuild, gzip
// at its best. Caveat: optional packages stay outside, and backends that are loaded when they are wanted count as if they were wanted at once.
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { OPTIONAL_PACKAGES } from '../fri/core/packages.ts';

const ROOT = path.join(import.meta.dirname, '..');

interface BundleLimit {
  name: string;
  /** files that it imports */
  files: readonly string[];
  /** thousands of bytes, zipped */
  mostKilobytes: number;
}

export const BUNDLES: readonly BundleLimit[] = [
  { name: 'verifier', files: ['vm/library/verifier.ts'], mostKilobytes: 36 },
  { name: 'prover', files: ['vm/library/prover.ts'], mostKilobytes: 140 },
  { name: 'Starknet client', files: ['contracts/client/starknet.ts'], mostKilobytes: 60 },
];

/** Bytes of a bundle of everything that these files export, zipped. @param more text that is bundled too */
export async function bundledBytes(files: readonly string[], more = ''): Promise<number> {
  const contents = files.map((file) => `export * from './${file}';\n`).join('') + more;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    external: Object.keys(OPTIONAL_PACKAGES),
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}
