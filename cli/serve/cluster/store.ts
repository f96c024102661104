// Where machines that share no disk of their own put what is too large for the queue: models, inputs, pieces of proofs, each under the hash of its
// content. A folder that all of them see (folder-store.ts), or an object store (s3-store.ts). Source: DESIGN §7. Caveat: what comes out is held against its name, so a
// store can lose things and be slow, but not change them.
import { digestToHex } from '../../../fri/core/digest.ts';
import { usage, type ZkvmError } from '../../../fri/core/errors.ts';
import { contentHash } from '../../../vm/statement/record.ts';
import { reasonOf } from '../../io/files.ts';
import type { Log } from '../log.ts';

/** Names are made here: parts of letters, digits and `-` with a `/` between them. */
export interface Store {
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** @returns undefined where there is nothing under this name */
  get(name: string): Promise<Uint8Array | undefined>;
  has(name: string): Promise<boolean>;
  /** removes what is under this name, if there is something */
  remove(name: string): Promise<void>;
  /** removes everything whose name starts like this, which ends with `/` */
  removeAll(prefix: string): Promise<void>;
}

const PAUSE_MS = { least: 100, most: 5000 } as const;

export const hashOf = (bytes: Uint8Array): string => digestToHex(contentHash(bytes));

/** ids and hashes come from the queue, where others write: none of them leads to another place */
const isPlain = (id: unknown): boolean => typeof id === 'string' && /^[\dA-Za-z-]+$/.test(id);
function plain(id: string): string {
  if (isPlain(id)) return id;
  throw usage('ZK0907', {
    what: 'the queue has a job that no service asked for',
    where: JSON.stringify(id)?.slice(0, 80) ?? 'no id',
    why: 'ids and hashes are letters, digits and -',
    fix: 'see who else writes to this queue; give zkvm one of its own',
  });
}

/** @throws ZK0907 for what cannot be the id of a model */
export const modelName = (model: string): string => `models/${plain(model)}`;
/** what is made for one job: it goes when the job has ended. @throws ZK0907 for what cannot be the id of a job */
export const jobPrefix = (job: string): string => `jobs/${plain(job)}/`;

/** Keeps bytes under their hash. @returns the hash */
export async function putHashed(store: Store, prefix: string, bytes: Uint8Array): Promise<string> {
  const hash = hashOf(bytes);
  await store.put(`${prefix}${hash}`, bytes);
  return hash;
}

/** @returns undefined where there is nothing, or something else, under this hash */
export async function getHashed(store: Store, prefix: string, hash: string): Promise<Uint8Array | undefined> {
  const bytes = isPlain(hash) ? await store.get(`${prefix}${hash}`) : undefined;
  return bytes && hashOf(bytes) === hash ? bytes : undefined;
}

export const storeError = (where: string, error: unknown): ZkvmError =>
  usage('ZK0908', {
    what: 'the store cannot be used',
    where,
    why: reasonOf(error),
    fix: 'give a folder that every machine sees and may write to, or s3://bucket/prefix',
    cause: error,
  });

/**
 * The same store, asked again for a while where it does not answer.
 * @param patienceMs how long; then its error is thrown
 */
export function patient(store: Store, log: Log, patienceMs: number): Store {
  const tried = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const until = Date.now() + patienceMs;
    for (let pauseMs: number = PAUSE_MS.least; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most))
      try {
        return await work();
      } catch (error) {
        log.warn('the store does not answer', { what, why: (error as Error).message });
        if (Date.now() + pauseMs > until) throw storeError(what, error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
  };
  return {
    put: (name, bytes) => tried(`put ${name}`, () => store.put(name, bytes)),
    get: (name) => tried(`get ${name}`, () => store.get(name)),
    has: (name) => tried(`has ${name}`, () => store.has(name)),
    remove: (name) => tried(`remove ${name}`, () => store.remove(name)),
    removeAll: (prefix) => tried(`remove ${prefix}`, () => store.removeAll(prefix)),
  };
}
