// Threads of the service's own files: built files run as they are, sources through the loader that runs them in tests and from the repository.
// Source: Node's worker_threads. Caveat: a limit of the heap does not count arrays outside of it.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type ResourceLimits, Worker } from 'node:worker_threads';

const own = import.meta.url;
const isSource = own.endsWith('.ts');

/** @param name of a file beside this one, without its ending */
export function startThread(name: 'worker' | 'upload-worker', workerData: unknown, resourceLimits: ResourceLimits = {}): Worker {
  const options = { workerData, resourceLimits, execArgv: [] };
  const file = new URL(`./${name}.${isSource ? 'ts' : 'js'}`, own);
  if (!isSource) return new Worker(file, options);
  // import.meta.resolve would say it, but is not there under vitest; the module stands beside the one that require finds
  const loader = pathToFileURL(
    createRequire(own)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs'),
  ).href;
  return new Worker(`import('${loader}').then(({ register }) => { register(); return import('${file.href}'); });`, {
    ...options,
    eval: true,
  });
}
