// How the page is built and served. `zkvm/…` are the entries that package.json exports, taken from their sources. Caveat: the built page is plain
// files that any server can give away; without the headers of headers.ts it works on one thread.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { CHAIN_FILE, chainSettings, DEVNET, nodeOrigin } from './chain-settings.ts';
import { entries } from './entries.ts';
import { fonts } from './fonts.ts';
import { headersFor, metaPolicy, pageFor } from './headers.ts';
import { FILE_LIST, type FileList } from './offline/file-list.ts';
import { SHIPPED, SHIPPED_FILES } from './shipped.ts';

const ROOT = path.join(import.meta.dirname, '..');
const SERVICE_WORKER = 'service-worker.js';
/** for `zkvm serve`, and for whoever sets up another server */
const HEADERS_FILE = 'headers.json';
/** copied as they are */
const PUBLIC = fs.readdirSync(path.join(import.meta.dirname, 'public'));

/** `chain.json` of the page: the file that is named, else none when it is built, and when it is served what it was built with, else a devnet */
const CHAIN_NAME = path.posix.normalize(CHAIN_FILE);
const readJson = (file: string): unknown => JSON.parse(fs.readFileSync(file, 'utf8'));
const named = process.env.ZKVM_WEB_CHAIN;
const CHAIN = named === undefined ? undefined : chainSettings(readJson(named));
const BUILT = path.join(import.meta.dirname, 'dist');
const builtFile = path.join(BUILT, CHAIN_NAME);
const builtWith = fs.existsSync(builtFile) ? chainSettings(readJson(builtFile)) : undefined;
const SERVED = CHAIN ?? builtWith ?? chainSettings(DEVNET);

const chain = (): Plugin => ({
  name: 'zkvm-chain',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: CHAIN_NAME, source: JSON.stringify(CHAIN ?? {}) });
  },
  configurePreviewServer({ middlewares }) {
    const built = (file: string): string => fs.readFileSync(path.join(BUILT, file), 'utf8');
    // another network is another version of the page, or browsers would go on with the files that they keep
    const mark = createHash('sha256').update(JSON.stringify(SERVED)).digest('hex').slice(0, 8);
    const list = (): FileList => {
      const { version, files } = JSON.parse(built(FILE_LIST)) as FileList;
      return { version: `${version}-${mark}`, files };
    };
    const answers: Readonly<Record<string, () => readonly [type: string, text: string]>> = {
      [`/${CHAIN_NAME}`]: () => ['application/json', JSON.stringify(SERVED)],
      '/': () => ['text/html; charset=utf-8', pageFor(built('index.html'), nodeOrigin(SERVED))],
      [`/${path.posix.normalize(FILE_LIST)}`]: () => ['application/json', JSON.stringify(list())],
      [`/${SERVICE_WORKER}`]: () => ['text/javascript', `${built(SERVICE_WORKER)}// ${mark}\n`],
    };
    middlewares.use((request, response, next) => {
      const address = (request.url ?? '').replace(/[?#].*$/s, '').replace(/^\/index\.html$/, '/');
      const answer = Object.hasOwn(answers, address) ? answers[address] : undefined;
      if (!answer) return next();
      const [type, text] = answer();
      response.writeHead(200, { ...headersFor(nodeOrigin(SERVED)), 'Content-Type': type, 'Cache-Control': 'no-cache' }).end(text);
    });
  },
});

/** what loads code from elsewhere stays out: see no-adapter.ts */
const METAMASK = '@starknet-io/get-starknet-virtual-wallet/metamask';

/** the policy stands in the page too, for servers that set no headers */
const policy = (): Plugin => ({
  name: 'zkvm-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: metaPolicy(nodeOrigin(CHAIN)) }, injectTo: 'head-prepend' },
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
      // no page asks for it, so it is in no list
      this.emitFile({ type: 'asset', fileName: HEADERS_FILE, source: JSON.stringify(headersFor(nodeOrigin(CHAIN))) });
    },
  },
});

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: { alias: [...entries(), { find: METAMASK, replacement: path.join(import.meta.dirname, 'views/chain/no-adapter.ts') }] },
  plugins: [policy(), models(), chain(), fonts(), offline()],
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
  preview: { headers: headersFor(nodeOrigin(SERVED)), port: 4173 },
  server: { headers: headersFor(nodeOrigin(SERVED)) },
});
