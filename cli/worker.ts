// `zkvm worker`: proves for a service on another machine, a piece at a time in each of its threads. Source: README "On many machines"; its work is in
// cli/serve/cluster/. Caveat: SIGTERM and SIGINT end it in order, exit 0: what runs is finished within the grace, or given back.
import os from 'node:os';
import path from 'node:path';
import { usage } from '../fri/core/errors.ts';
import type { Command } from './commands.ts';
import { tooManyThreads } from './cores.ts';
import { firstSignal } from './first-signal.ts';
import { addressesOf, openMany } from './serve/cluster/many.ts';
import { startPieceWorker } from './serve/cluster/piece-worker.ts';
import { startPool } from './serve/cluster/pool.ts';
import { limitsOf } from './serve/limits.ts';
import { logTo } from './serve/log.ts';

const MEGABYTE = 1e6;

export const run: Command<'worker'> = async ({ options }, terminal) => {
  const cores = os.availableParallelism();
  const addresses = addressesOf(options, process.env);
  if (!addresses)
    throw usage('ZK0906', {
      what: 'there is no --queue to work for',
      fix: 'give the address that `zkvm serve` has: --queue redis://host:6379 --store s3://bucket/prefix',
    });
  const limits = limitsOf(options, process.env, cores);
  const root = path.resolve(options.data ?? process.env.ZKVM_DATA ?? 'zkvm-worker');
  const name = options.name ?? process.env.ZKVM_NAME ?? `${os.hostname()}-${process.pid}`;
  const log = logTo((line) => terminal.err(line));
  const crowded = tooManyThreads(limits.threads, cores);
  if (crowded !== undefined) log.warn('too many threads', { why: crowded });
  const { signal, restore } = firstSignal();
  try {
    const { broker, store } = await openMany(addresses, limits, log);
    const { threads, cache, workers } = limits;
    const pool = startPool({
      root,
      backend: options.backend,
      threads,
      cacheBytes: cache * MEGABYTE,
      workers,
      jobMs: limits['job-seconds'] * 1000,
      log,
    });
    try {
      const leaseMs = limits['lease-seconds'] * 1000;
      const worker = await startPieceWorker({ broker, store, root, name, concurrency: workers, leaseMs, make: pool.make, log });
      log.info('working', { name, workers, threads });
      if (options.json) terminal.json({ name });
      else terminal.out(`zkvm works as ${name}`);
      log.info('stopping', { signal: await signal });
      await worker.close(limits['grace-seconds'] * 1000);
      log.info('stopped');
    } finally {
      await pool.close();
      await broker.close();
    }
    return 0;
  } finally {
    restore();
  }
};
