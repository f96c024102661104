// A folder that keeps the finished pieces of proofs in shards. Source: vm/resume.ts. Caveat: what is kept of a proof that nobody finishes stays until
// somebody removes the folder.
import fs from 'node:fs';
import path from 'node:path';
import { usage } from '../../fri/core/errors.ts';
import type { PieceStore } from '../../vm/resume.ts';
import { reasonOf, writeBytes } from './files.ts';

/** @throws usage ZK0805 when the folder cannot be made */
export function pieceFolder(folder: string): PieceStore {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw usage('ZK0805', { what: 'the folder of --resume cannot be made', where: folder, why: reasonOf(cause), cause });
  }
  const fileOf = (name: string): string => path.join(folder, name);
  return {
    read(name) {
      try {
        return new Uint8Array(fs.readFileSync(fileOf(name)));
      } catch {
        return undefined; // not there, or not to be read: the piece is made again
      }
    },
    write: (name, bytes) => writeBytes(fileOf(name), bytes),
    remove: (name) => fs.rmSync(fileOf(name), { force: true }),
  };
}
