// The packages that only `zkvm serve` needs, loaded when it starts: hono routes, @hono/node-server listens, node-sqlite3-wasm keeps the jobs.
// Source: their documentation. better-sqlite3 was tried first: release 13 ends Node 20 and release 12 asks for a compiler where no built file
// fits, so SQLite comes as WebAssembly. Caveat: they are optional; who installed zkvm without them reads the command that adds them.
import { usage } from '../../fri/core/errors.ts';
import { installFix, isNotInstalled, type OptionalPackage } from '../../fri/core/packages.ts';

async function load<T>(name: OptionalPackage, importing: () => Promise<T>): Promise<T> {
  try {
    return await importing();
  } catch (cause) {
    if (!isNotInstalled(name, cause)) throw cause;
    throw usage('ZK0901', {
      what: `the package ${name} is not installed`,
      why: 'zkvm serve needs it, nothing else does',
      fix: installFix('hono', '@hono/node-server', 'node-sqlite3-wasm'),
      cause,
    });
  }
}

export const loadHono = () => load('hono', () => import('hono'));
export const loadNodeServer = () => load('@hono/node-server', () => import('@hono/node-server'));
/** CommonJS: its names are members of the default export */
export const loadSqlite = async () => (await load('node-sqlite3-wasm', () => import('node-sqlite3-wasm'))).default;
