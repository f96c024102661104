// A file that is read in parts, for what would not fit into memory or need not be there: blocks of a mebibyte, of which the last is kept.
// Source: pread(2). Caveat: it is opened anew for every block, so a file that changes in between is read as it is then.
import fs from 'node:fs';
import { MAX_FILE_BYTES, STANDARD_STREAM, tooLarge } from './files.ts';

const BLOCK_BYTES = 2 ** 20;

export interface FileParts {
  /** bytes of the file when it was first looked at */
  readonly size: number;
  /** up to `length` bytes from a place on, fewer at the end; good until the next call. @throws ZK0804 for more than fits, what the system says */
  read(at: number, length: number): Uint8Array;
}

/** bytes of a regular file that may be read */
function sizeOf(file: string): number | undefined {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    const stat = fs.statSync(file);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

/** The parts of a regular file; undefined for anything else, such as one that does not exist: who reads it whole says why. */
export function openParts(file: string): FileParts | undefined {
  const size = file === STANDARD_STREAM ? undefined : sizeOf(file);
  if (size === undefined) return undefined;
  let block = new Uint8Array(0);
  let start = 0;
  return {
    size,
    read(at, length) {
      if (length > MAX_FILE_BYTES) throw tooLarge(file, length, 'a line or a sample of the file');
      if (at < start || at + length > start + block.length) {
        const room = new Uint8Array(Math.max(length, BLOCK_BYTES));
        const handle = fs.openSync(file, 'r');
        try {
          let filled = 0;
          for (let got = -1; got !== 0 && filled < room.length; filled += got)
            got = fs.readSync(handle, room, filled, room.length - filled, at + filled);
          block = room.subarray(0, filled);
        } finally {
          fs.closeSync(handle);
        }
        start = at;
      }
      return block.subarray(at - start, Math.min(at - start + length, block.length));
    },
  };
}
