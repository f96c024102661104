// The packages that only `zkvm serve` and `zkvm worker` need, loaded when they start: hono routes, @hono/node-server listens, node-sqlite3-wasm keeps the
// jobs; for many machines bullmq and ioredis talk to Redis, and @aws-sdk/client-s3 to an object store.
// Source: their documentation. better-sqlite3 was tried first: release 13 ends Node 20 and release 12 asks for a compiler where no built file
// fits, so SQLite comes as WebAssembly. Caveat: they are optional; who installed zkvm without them reads the command that adds them.
import { usage } from '../../fri/core/errors.ts';
import { installFix, isNotInstalled, type OptionalPackage } from '../../fri/core/packages.ts';

const SERVICE = { why: 'zkvm serve needs it, nothing else does', names: ['hono', '@hono/node-server', 'node-sqlite3-wasm'] } as const;
const QUEUE = { why: '--queue of zkvm serve and zkvm worker needs it, nothing else does', names: ['bullmq', 'ioredis'] } as const;
const S3 = { why: '--store s3://… needs it, nothing else does', names: ['@aws-sdk/client-s3'] } as const;

interface Purpose {
  why: string;
  /** what is installed together */
  names: readonly OptionalPackage[];
}

async function load<T>(name: OptionalPackage, { why, names }: Purpose, importing: () => Promise<T>): Promise<T> {
  try {
    return await importing();
  } catch (cause) {
    if (!isNotInstalled(name, cause)) throw cause;
    throw usage('ZK0901', { what: `the package ${name} is not installed`, why, fix: installFix(...names), cause });
  }
}

export const loadHono = () => load('hono', SERVICE, () => import('hono'));
export const loadNodeServer = () => load('@hono/node-server', SERVICE, () => import('@hono/node-server'));
/** CommonJS: its names are members of the default export */
export const loadSqlite = async () => (await load('node-sqlite3-wasm', SERVICE, () => import('node-sqlite3-wasm'))).default;
/** named, for the type of the module itself has parts without a name */
type Bullmq = Pick<
  typeof import('bullmq'),
  'Queue' | 'QueueEvents' | 'Worker' | 'DelayedError' | 'WaitingChildrenError' | 'UnrecoverableError'
>;
export const loadBullmq = (): Promise<Bullmq> => load('bullmq', QUEUE, () => import('bullmq'));
export const loadRedis = () => load('ioredis', QUEUE, () => import('ioredis'));
export const loadS3 = () => load('@aws-sdk/client-s3', S3, () => import('@aws-sdk/client-s3'));
