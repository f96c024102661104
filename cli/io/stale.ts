// Names of temporary files beside their target, and what processes that were killed left under such names: the next write of the same target
// removes it. Source: process.ts says who lives.
// Caveat: a number that was given again keeps a leftover; what another machine or container left goes when it has not changed for an hour.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { here, lives } from './process.ts';

/** a process that cannot be seen from here changes its file all the time; this long without a change is an end */
const QUIET_MS = 3600_000;
/** file systems round times */
const ROUNDING_MS = 2000;

/** a name of 255 bytes must hold the rest too */
const LONGEST = 100;

const prefixOf = (target: string): string => `.${path.basename(target).slice(0, LONGEST)}.`;

/** A new name for what will replace the target: it says whose it is. */
export const temporaryBeside = (target: string): string =>
  path.join(path.dirname(target), `${prefixOf(target)}${process.pid}-${here()}-${randomBytes(4).toString('hex')}.tmp`);

/** @param pid and place, as the name has them */
function isStale(file: string, pid: number, place: string): boolean {
  const stat = fs.lstatSync(file);
  if (!stat.isFile()) return false;
  const quietMs = Date.now() - stat.mtimeMs;
  if (place !== here()) return quietMs > QUIET_MS;
  // a container's first process is 1 every time: what is older than this process is not its own
  if (pid === process.pid) return quietMs > process.uptime() * 1000 + ROUNDING_MS;
  return !lives(pid);
}

/** Removes what processes that are gone left of this target; what cannot be removed stays. */
export function removeStale(target: string): void {
  const folder = path.dirname(target);
  const prefix = prefixOf(target);
  try {
    for (const name of fs.readdirSync(folder)) {
      if (!name.startsWith(prefix)) continue;
      const [, pid, place] = /^([1-9]\d{0,9})-([0-9a-f]{8})-[0-9a-f]{8}\.tmp$/.exec(name.slice(prefix.length)) ?? [];
      const file = path.join(folder, name);
      if (pid !== undefined && place !== undefined && isStale(file, Number(pid), place)) fs.rmSync(file, { force: true });
    }
  } catch {
    // a folder that may be written and not listed, a file that another process swept: the write itself says what is wrong
  }
}
