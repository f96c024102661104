// Which process a number means, and whether it lives: for files that say whose they are (stale.ts, cli/serve/lock.ts). Source: kill(2), which with
// signal 0 says whether a process lives; pid_namespaces(7), among whose processes a number means one; proc(5) for when it started.
// Caveat: Linux alone tells namespaces and starts; elsewhere the machine's name and the number have to do.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';

function namespaceName(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // not Linux: the machine's name alone
  }
}

let known: string | undefined;
/** where the numbers of processes mean the same: two containers may have one name, and a first process each */
export function here(): string {
  known ??= createHash('sha256').update(`${os.hostname()} ${namespaceName()}`).digest('hex').slice(0, 8);
  return known;
}

/** Whether a process of this place lives; one that belongs to somebody else does. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Clock ticks after boot at which a process started, which tells it from a later one with its number; empty where the system does not say. */
export function startOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
