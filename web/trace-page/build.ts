// The template of a trace's page: a page in one file, into which `zkvm trace --open` puts a trace (cli/report/trace-page.ts). Its worker is a text inside the
// script and starts from a blob, for a file of a disk may start no other file. Source: web/one-file.ts. Caveat: `blob:` lets the script start workers from
// texts that it has; the policy lets none come from elsewhere.
import path from 'node:path';
import { template } from '../one-file.ts';

export const tracePage = (): Promise<string> =>
  template({
    folder: import.meta.dirname,
    inside: ['preact', '@preact/signals', '@preact/signals-core'],
    data: { type: 'text/plain', id: 'trace' },
    // the executor is WebAssembly
    scripts: " 'wasm-unsafe-eval'",
    policy: 'worker-src blob:',
    instead: [{ find: /^.*\/start-debug-worker\.ts$/, replacement: path.join(import.meta.dirname, 'start-worker.ts') }],
  });
