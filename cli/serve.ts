// `zkvm serve`: an HTTP service that proves, with warm workers and jobs that outlive the process. Source: README "As a service"; the service is in
// cli/serve/. Caveat: SIGTERM and SIGINT end it in order, exit 0; a second one ends it at once, with 143 or 130, and what ran then runs again.

import os from 'node:os';
import path from 'node:path';
import { usage } from '../fri/core/errors.ts';
import type { Command } from './commands.ts';
import { tooManyThreads } from './cores.ts';
import { firstSignal } from './first-signal.ts';
import { makeApp } from './serve/app.ts';
import { addressesOf, openMany, workersElsewhere } from './serve/cluster/many.ts';
import { isLoopback } from './serve/guard.ts';
import { limitsOf } from './serve/limits.ts';
import { logTo } from './serve/log.ts';
import { loadNodeServer, loadSqlite } from './serve/packages.ts';
import { findPage } from './serve/page-files.ts';
import { listen } from './serve/server.ts';
import { startService } from './serve/service.ts';
import { VERSION } from './version.ts';

const LEAST_KEY = 16;
/** proofs at a time where other machines make them: as many as keep some of those busy while one waits for its last piece */
const PROOFS_ELSEWHERE = 16;
/** @throws ZK0904 for a key that is too short, or none where strangers can ask */
function keyFor(host: string, insecure: boolean): string | undefined {
  const key = process.env.ZKVM_API_KEY || undefined;
  // a header takes these alone: with any other key nobody could ask
  if (key !== undefined && !(key.length >= LEAST_KEY && /^[!-~]+$/.test(key)))
    throw usage('ZK0904', {
      what: `ZKVM_API_KEY has ${key.length} characters, or one that a header does not take`,
      why: `${LEAST_KEY} letters, digits or signs of ASCII without blanks are needed`,
      fix: 'take one from `openssl rand -hex 32`',
    });
  if (key === undefined && !insecure && !isLoopback(host))
    throw usage('ZK0904', {
      what: 'without a key the service answers this machine alone',
      where: `--host ${host}`,
      fix: 'set ZKVM_API_KEY (`openssl rand -hex 32` makes one), or say --insecure',
    });
  return key;
}

export const run: Command<'serve'> = async ({ options }, terminal) => {
  const cores = os.availableParallelism();
  const addresses = addressesOf(options, process.env);
  const limits = limitsOf(options, process.env, addresses ? PROOFS_ELSEWHERE : cores);
  const host = options.host ?? process.env.ZKVM_HOST ?? '127.0.0.1';
  const root = path.resolve(options.data ?? process.env.ZKVM_DATA ?? 'zkvm-data');
  const key = keyFor(host, options.insecure);
  // before the folder is made
  await Promise.all([loadNodeServer(), loadSqlite()]);
  const log = logTo((line) => terminal.err(line));
  const page = options['no-page'] ? undefined : findPage();
  if (!page && !options['no-page']) log.warn('no page', { why: 'it is not built', fix: 'npm run web, or say --no-page' });
  const crowded = tooManyThreads(limits.threads, cores);
  if (crowded !== undefined) log.warn('too many threads', { why: crowded });
  const { signal, restore } = firstSignal();
  const closing = new AbortController();
  try {
    const many = addresses && (await openMany(addresses, limits, log));
    const service = await startService(root, options.backend, limits, log, many && workersElsewhere(many)).catch(async (error: unknown) => {
      await many?.broker.close();
      throw error;
    });
    try {
      const app = await makeApp({ service, log, version: VERSION, key, insecure: options.insecure, page, closing: closing.signal });
      const { url, close } = await listen(app, host, limits);
      log.info('listening', {
        url,
        data: root,
        workers: limits.workers,
        key: key !== undefined,
        elsewhere: many !== undefined,
        page: page !== undefined,
      });
      if (options.json) terminal.json({ url, ...(page && { page: `${url}/` }) });
      // standard error is the log's, a JSON object a line
      else terminal.out([`zkvm serves at ${url}`, page ? `next: open ${url}/ in a browser` : `next: see ${url}/openapi.json`]);
      log.info('stopping', { signal: await signal });
      closing.abort();
      await Promise.all([close(limits['grace-seconds'] * 1000), service.stop()]);
      log.info('stopped');
    } catch (error) {
      await service.stop();
      throw error;
    }
    return 0;
  } finally {
    restore();
  }
};
