// The database of the service: opened by its only owner, as a write-ahead log that is synced at every commit. Source: sqlite.org/wal.html,
// "use of WAL without shared memory". Caveat: this build of SQLite locks with a folder `FILE.lock`, which stays after a kill and is removed here (the
// lock of the data folder says that nobody else is there), and it never rolls a journal back while that lock is its own: so a journal is not used.
import fs from 'node:fs';
import type { Database } from 'node-sqlite3-wasm';
import { usage } from '../../fri/core/errors.ts';
import { loadSqlite } from './packages.ts';

/** what each version adds to the one before; a folder of an older release gets what it lacks */
const STEPS = [
  `
CREATE TABLE models (id TEXT PRIMARY KEY, created INTEGER NOT NULL, about TEXT NOT NULL);
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, profile TEXT NOT NULL, context TEXT NOT NULL,
  strict INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, created INTEGER NOT NULL, started INTEGER, ended INTEGER,
  proof TEXT, result TEXT, error TEXT);
CREATE INDEX jobs_of_state ON jobs (state, seq);
CREATE INDEX jobs_of_model ON jobs (model, state);
CREATE INDEX jobs_of_proof ON jobs (proof);
CREATE TABLE inputs (job TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE outputs (job TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE requests (key TEXT PRIMARY KEY, hash TEXT NOT NULL, jobs TEXT NOT NULL, created INTEGER NOT NULL);
`,
  'ALTER TABLE jobs ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;',
  // 0 low, 1 normal, 2 high
  `ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
DROP INDEX jobs_of_state;
CREATE INDEX jobs_of_state ON jobs (state, priority DESC, seq);`,
] as const;
const VERSION = STEPS.length;

/** @throws ZK0901 without the package, ZK0903 for a file that is no database or of a newer release */
export async function openDatabase(file: string): Promise<Database> {
  const { Database } = await loadSqlite();
  fs.rmSync(`${file}.lock`, { recursive: true, force: true });
  const refuse = (why: string, cause?: unknown): Error =>
    usage('ZK0903', { what: 'the database of jobs cannot be used', where: file, why, fix: 'take another folder with --data', cause });
  let database: Database | undefined;
  try {
    database = new Database(file);
    database.get('PRAGMA locking_mode = EXCLUSIVE');
    database.get('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    const version = Number(database.get('PRAGMA user_version')?.user_version);
    if (version > VERSION) throw refuse(`it is of version ${version}, this release knows ${VERSION}`);
    if (version < VERSION) database.exec(`BEGIN; ${STEPS.slice(version).join('\n')} PRAGMA user_version = ${VERSION}; COMMIT;`);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof Error && error.name === 'ZkvmError' ? error : refuse((error as Error).message, error);
  }
}

/**
 * All of the work or none of it.
 * @param synced what a power cut may take away again, and a kill may not, need not wait for the disk
 */
export function transaction<T>(database: Database, work: () => T, synced = true): T {
  database.exec(`PRAGMA synchronous = ${synced ? 'FULL' : 'NORMAL'}; BEGIN IMMEDIATE`);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
