// How the page is built and served. `zkvm/…` are the entries that package.json exports, taken from their sources. Caveat: the built page is plain
// files that any server can give away; without the headers of headers.ts it works on one thread.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { HEADERS, META_POLICY } from './headers.ts';
import { FILE_LIST, type FileList } from './offline/file-list.ts';
import { SHIPPED, SHIPPED_FILES } from './shipped.ts';

const ROOT = path.join(import.meta.dirname, '..');
const SERVICE_WORKER = 'service-worker.js';
/** copied as they are */
const PUBLIC = fs.readdirSync(path.join(import.meta.dirname, 'public'));

/** `zkvm/prover` → vm/library/prover.ts, for every entry of the package */
const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, { default: string }> };
const entries = Object.entries(manifest.exports).map(([subpath, { default: built }]) => ({
  find: new RegExp(`^${path.posix.join('zkvm', subpath)}$`),
  replacement: path.join(ROOT, built.replace('./dist/', '').replace(/\.js$/, '.ts')),
}));

/** the policy stands in the page too, for servers that set no headers */
const policy = (): Plugin => ({
  name: 'zkvm-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: META_POLICY }, injectTo: 'head-prepend' },
  ],
});

/** models of the tree as files of the page */
const models = (): Plugin => ({
  name: 'zkvm-models',
  generateBundle() {
    for (const { folder } of Object.values(SHIPPED))
      for (const file of SHIPPED_FILES)
        this.emitFile({
          type: 'asset',
          fileName: `models/${folder}/${file}`,
          source: fs.readFileSync(path.join(ROOT, 'test/models', folder, file)),
        });
  },
});

/** lists the files for the service worker, whose text changes with any of them, so that browsers notice a new version */
const offline = (): Plugin => ({
  name: 'zkvm-offline',
  apply: 'build',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const worker = bundle[SERVICE_WORKER];
      if (worker?.type !== 'chunk') throw new Error('the service worker was not built');
      const hash = createHash('sha256');
      const files = Object.values(bundle).sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
      for (const file of files) hash.update(file.fileName).update(file.type === 'chunk' ? file.code : file.source);
      const list: FileList = {
        version: hash.digest('hex').slice(0, 16),
        files: [...files.map(({ fileName }) => fileName).filter((name) => name !== SERVICE_WORKER), ...PUBLIC].map((name) => `./${name}`),
      };
      worker.code += `\n// ${list.version}\n`;
      this.emitFile({ type: 'asset', fileName: path.posix.normalize(FILE_LIST), source: JSON.stringify(list) });
    },
  },
});

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: { alias: entries },
  plugins: [policy(), models(), offline()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        main: path.join(import.meta.dirname, 'index.html'),
        'service-worker': path.join(import.meta.dirname, 'offline/service-worker.ts'),
      },
      output: { entryFileNames: ({ name }) => (name === 'service-worker' ? SERVICE_WORKER : 'assets/[name]-[hash].js') },
    },
  },
  preview: { headers: HEADERS, port: 4173 },
  server: { headers: HEADERS },
});
