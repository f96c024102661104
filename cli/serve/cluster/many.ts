// What a process needs to work with others: the queue and the store that `--queue` and `--store` name, and the service's side of them. Source: README
// "On many machines". Caveat: options win over the environment, as those of limits.ts do.
import os from 'node:os';
import { usage } from '../../../fri/core/errors.ts';
import { type Limits, variableOf } from '../limits.ts';
import type { Log } from '../log.ts';
import type { ForWorkers } from '../service.ts';
import type { Workers } from '../workers.ts';
import { type Broker, openBroker } from './broker.ts';
import { openStore } from './open-store.ts';
import { startPool } from './pool.ts';
import { remoteWorkers } from './remote.ts';
import { patient, type Store } from './store.ts';

const MEGABYTE = 1e6;

export interface Many {
  broker: Broker;
  store: Store;
}

export interface Addresses {
  queue: string;
  store: string;
}

/** @returns undefined where no queue is named. @throws ZK0906 for a queue without a store, or a store without a queue */
export function addressesOf(
  options: { queue?: string | undefined; store?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): Addresses | undefined {
  const [queue, store] = (['queue', 'store'] as const).map((name) => options[name] ?? (environment[variableOf(name)] || undefined));
  if (queue !== undefined && store !== undefined) return { queue, store };
  if (queue === undefined && store === undefined) return undefined;
  throw usage('ZK0906', {
    what: queue === undefined ? 'there is a --store and no --queue' : 'there is a --queue and no --store',
    why: 'machines that share a queue share a store too',
    fix: 'give both: --queue redis://host:6379 --store s3://bucket/prefix, or a folder that all machines see',
  });
}

/** @throws ZK0901, ZK0907, ZK0908 */
export async function openMany({ queue, store }: Addresses, limits: Limits, log: Log): Promise<Many> {
  const broker = await openBroker(queue, log);
  try {
    return { broker, store: patient(await openStore(store), log, limits['store-seconds'] * 1000) };
  } catch (error) {
    await broker.close();
    throw error;
  }
}

/** The workers of a service whose proofs other machines make: threads of this process only check them. */
export const workersElsewhere =
  ({ broker, store }: Many) =>
  ({ root, backend, limits, onIdle, log }: ForWorkers): Workers => {
    const pool = startPool({
      root,
      backend,
      threads: 1,
      cacheBytes: limits.cache * MEGABYTE,
      workers: Math.min(limits.workers, os.availableParallelism()),
      jobMs: limits['job-seconds'] * 1000,
      log,
    });
    const size = limits.workers;
    const workers = remoteWorkers({ broker, store, root, size, maxCells: limits['max-cells'], make: pool.make, onIdle, log });
    return {
      ...workers,
      async close() {
        await Promise.all([workers.close(), pool.close()]);
      },
    };
  };
