// The folder that outlives the process: models and proofs as files that are named by their content, jobs in a database beside them. One
// process owns it. Source: README "As a service". Caveat: a proof whose job was not marked done before the process died stays as a file without a job;
// the job's second run gives the same bytes and so the same file.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { digestToHex } from '../../fri/core/digest.ts';
import { usage } from '../../fri/core/errors.ts';
import { contentHash } from '../../vm/statement/record.ts';
import { writeBytes } from '../io/files.ts';
import { changedFile } from './folder-errors.ts';
import { type Lock, takeLock } from './lock.ts';

export interface DataFolder {
  /** of the database */
  database: string;
  modelFile(id: string): string;
  recordFile(id: string): string;
  proofFile(hash: string): string;
  /** a new folder for one upload; the caller removes it */
  uploadFolder(): string;
  /** gives the folder to others */
  release(): void;
}

const FOLDERS = ['models', 'proofs', 'uploads'] as const;
const LOCK_FILE = 'owner.lock';

/** The files of a model, for threads that do not own the folder. */
export const modelFileIn = (root: string, id: string): string => path.join(root, 'models', `${id}.zkb`);
export const recordFileIn = (root: string, id: string): string => path.join(root, 'models', `${id}.record`);

/** The bytes of a model. @throws ZK0927 when they are others than were kept */
export function readModelIn(root: string, id: string): Uint8Array {
  const file = modelFileIn(root, id);
  const bytes = new Uint8Array(fs.readFileSync(file));
  if (digestToHex(contentHash(bytes)) !== id) throw changedFile(file);
  return bytes;
}
const proofFileIn = (root: string, hash: string): string => path.join(root, 'proofs', `${hash}.proof`);

/** removes what a process that was killed had begun */
function sweep(root: string): void {
  for (const folder of ['.', 'models', 'proofs'])
    for (const name of fs.readdirSync(path.join(root, folder)))
      if (name.endsWith('.tmp')) fs.rmSync(path.join(root, folder, name), { force: true });
  for (const name of fs.readdirSync(path.join(root, 'uploads')))
    fs.rmSync(path.join(root, 'uploads', name), { recursive: true, force: true });
}

/** @throws ZK0902 when another process owns it, ZK0903 when it cannot be made or written */
export function openDataFolder(root: string): DataFolder {
  let lock: Lock;
  try {
    for (const folder of FOLDERS) fs.mkdirSync(path.join(root, folder), { recursive: true, mode: 0o700 });
    lock = takeLock(path.join(root, LOCK_FILE));
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'string' && 'syscall' in (error as object))
      throw usage('ZK0903', {
        what: 'the data folder cannot be used',
        where: root,
        why: (error as Error).message,
        fix: 'take another folder with --data',
        cause: error,
      });
    throw error;
  }
  sweep(root);
  return {
    database: path.join(root, 'jobs.db'),
    modelFile: (id) => modelFileIn(root, id),
    recordFile: (id) => recordFileIn(root, id),
    proofFile: (hash) => proofFileIn(root, hash),
    uploadFolder: () => fs.mkdtempSync(path.join(root, 'uploads', 'u')),
    release: lock.release,
  };
}

function syncFolder(folder: string): void {
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } catch {
    // some systems sync no folders
  } finally {
    fs.closeSync(handle);
  }
}

/** Writes a file whole, with its name, so that both are there after a power cut. */
export function keepFile(file: string, bytes: Uint8Array): void {
  writeBytes(file, bytes);
  syncFolder(path.dirname(file));
}

async function synced(
  file: string,
  flags: string,
  work: (handle: fs.promises.FileHandle) => Promise<void> = async () => {},
): Promise<void> {
  const handle = await fs.promises.open(file, flags, 0o600);
  try {
    await work(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const proofHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes of a proof that is kept. @throws ZK0927 when they are others than were made */
export async function readProof(folder: Pick<DataFolder, 'proofFile'>, hash: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = folder.proofFile(hash);
  const bytes = new Uint8Array(await fs.promises.readFile(file));
  if (proofHash(bytes) !== hash) throw changedFile(file);
  return bytes;
}

/**
 * Keeps a proof under its own hash, as `keepFile`, while the thread goes on with other things.
 * @returns the hash, SHA-256 in hexadecimal
 */
export async function keepProof(folder: Pick<DataFolder, 'proofFile'>, bytes: Uint8Array): Promise<string> {
  const hash = proofHash(bytes);
  const file = folder.proofFile(hash);
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await synced(temporary, 'wx', (handle) => handle.writeFile(bytes));
    await fs.promises.rename(temporary, file);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true });
    throw error;
  }
  await synced(path.dirname(file), 'r').catch(() => {}); // some systems sync no folders
  return hash;
}
