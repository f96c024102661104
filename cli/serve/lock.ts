// Who owns a data folder: a file with the owner's process, made in one step and touched now and then. Source: open(2) with O_EXCL;
// process.ts, which tells a number that was given again from the old owner. Caveat: whether an owner on another machine
// (or in another container) still lives shows only by its touches, so a folder that moved is free after half a minute.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { usage } from '../../fri/core/errors.ts';
import { here, lives, startOf } from '../io/process.ts';

const TOUCH_MS = 5000;
/** an owner elsewhere that did not touch its lock for so long is gone */
const SILENT_MS = 30_000;

interface Owner {
  pid: number;
  /** of the process, in the system's own clock; empty where the system does not say */
  started: string;
  /** where its number means that process */
  place: string;
  /** for people */
  host: string;
  nonce: string;
}

function readOwner(file: string): Owner | undefined {
  try {
    const { pid, started, place, host, nonce } = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
    if (!Number.isInteger(pid)) return undefined;
    return { pid: pid as number, started: String(started), place: String(place), host: String(host), nonce: String(nonce) };
  } catch {
    return undefined;
  }
}

/** locks that this process holds: its own number in a file says nothing, a container's first process is 1 every time */
const held = new Set<string>();

function isGone(file: string, { pid, started, place, nonce }: Owner): boolean {
  if (place !== here()) return Date.now() - fs.statSync(file).mtimeMs > SILENT_MS;
  if (pid === process.pid) return !held.has(nonce);
  return !lives(pid) || (started !== '' && startOf(pid) !== started);
}

export interface Lock {
  release(): void;
}

/** @throws ZK0902 when another process owns the folder */
export function takeLock(file: string): Lock {
  const nonce = randomBytes(8).toString('hex');
  const own: Owner = { pid: process.pid, started: startOf(process.pid), place: here(), host: os.hostname(), nonce };
  for (let tries = 0; tries < 3; tries++) {
    try {
      fs.writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      held.add(nonce);
      const touch = setInterval(() => {
        const now = new Date();
        fs.utimes(file, now, now, () => {});
      }, TOUCH_MS);
      touch.unref();
      return {
        release() {
          clearInterval(touch);
          held.delete(nonce);
          if (readOwner(file)?.nonce === nonce) fs.rmSync(file, { force: true });
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readOwner(file);
    // what cannot be read was cut off when its owner died, or is being written right now: the next try tells
    if (owner && !isGone(file, owner)) throw inUse(file, owner);
    if (!owner && tries < 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    else removeStale(file, owner);
  }
  throw inUse(file, readOwner(file));
}

/** Takes the lock of an owner that is gone away, and not the one that somebody else made meanwhile. */
function removeStale(file: string, stale: Owner | undefined): void {
  const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return; // somebody else was faster
  }
  try {
    if (readOwner(aside)?.nonce !== stale?.nonce) fs.linkSync(aside, file);
  } catch {
    // a third one has it now
  }
  fs.rmSync(aside, { force: true });
}

function inUse(file: string, owner: Owner | undefined): Error {
  const elsewhere = owner !== undefined && owner.place !== here();
  return usage('ZK0902', {
    what: 'another process serves from this data folder',
    where: file,
    ...(owner && { why: `process ${owner.pid} on ${owner.host} owns it` }),
    fix: `stop that process, or take another folder with --data${elsewhere ? `; one that was killed lets go after ${SILENT_MS / 1000} seconds` : ''}`,
  });
}
