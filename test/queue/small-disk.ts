// A disk that is full for real, while a test says so: a small tmpfs with a file that takes all of it, where this user may mount one; else a limit on the
// size of files of one process, which it meets as it would meet a quota. Source: mount(8), tmpfs(5), prlimit(1). Caveat: the limit is that of the
// process alone, so there only its own writes fail.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const SIZE = '8m';
const CHUNK = 2 ** 16;
/** smaller than a part, larger than the beginning */
const LIMIT_BYTES = 2 ** 16;

export interface SmallDisk {
  folder: string;
  /** what a write says then */
  says: string;
  /** @param pid of who writes to it */
  fill(pid: number): void;
  empty(pid: number): void;
  remove(): void;
}

const ran = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

export function smallDisk(): SmallDisk {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-disk-'));
  const filler = path.join(folder, 'filler');
  const removeFolder = (): void => fs.rmSync(folder, { recursive: true, force: true });
  if (ran('mount', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder))
    return {
      folder,
      says: 'ENOSPC',
      fill() {
        const file = fs.openSync(filler, 'w');
        try {
          for (const chunk = Buffer.alloc(CHUNK, 1); ; ) fs.writeSync(file, chunk);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        } finally {
          fs.closeSync(file);
        }
      },
      empty: () => fs.rmSync(filler),
      remove() {
        ran('umount', folder);
        removeFolder();
      },
    };
  const limit = (pid: number, bytes: string): void => {
    if (!ran('prlimit', `--pid=${pid}`, `--fsize=${bytes}:unlimited`))
      throw new Error('this test needs mount as root, or prlimit of util-linux');
  };
  return {
    folder,
    says: 'EFBIG',
    fill: (pid) => limit(pid, `${LIMIT_BYTES}`),
    empty: (pid) => limit(pid, 'unlimited'),
    remove: removeFolder,
  };
}
