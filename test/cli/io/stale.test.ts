// Temporary files of processes that are gone are swept by the next write of their target; those of living ones, of other targets and of other
// names stay.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeBytes } from '../../../cli/io/files.ts';
import { removeStale, temporaryBeside } from '../../../cli/io/stale.ts';

const HOUR_MS = 3600_000;

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-stale-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const target = (): string => path.join(folder, 'out');
/** what a process leaves of a target, so long ago */
function leave(file: string, pid: number, ageMs = 0, change = (name: string): string => name): string {
  const name = change(path.basename(temporaryBeside(file)).replace(`.${process.pid}-`, `.${pid}-`));
  fs.writeFileSync(path.join(folder, name), 'half');
  const then = new Date(Date.now() - ageMs);
  fs.utimesSync(path.join(folder, name), then, then);
  return name;
}
const elsewhere = (name: string): string => name.replace(/-[0-9a-f]{8}-/, '-00000000-');
const gone = (): number => spawnSync('true').pid;
const left = (): string[] => fs.readdirSync(folder).sort();

test('what a process that is gone left of the target goes with the next write, and the target is whole', () => {
  leave(target(), gone());
  writeBytes(target(), Uint8Array.of(1, 2));
  expect(left()).toEqual(['out']);
  expect([...fs.readFileSync(target())]).toEqual([1, 2]);
});

test('a process that lives keeps its file: the parent, and the first one, which belongs to somebody else', () => {
  const kept = [leave(target(), process.ppid, 2 * HOUR_MS), leave(target(), 1, 2 * HOUR_MS)];
  writeBytes(target(), Uint8Array.of(1));
  expect(left()).toEqual([...kept, 'out'].sort());
});

test('its own number: what is older than this process is from another one, what is younger is its own', () => {
  const own = leave(target(), process.pid);
  leave(target(), process.pid, 24 * HOUR_MS);
  removeStale(target());
  expect(left()).toEqual([own]);
});

test('of another machine or container: only what has not changed for an hour, whatever its number says here', () => {
  const fresh = leave(target(), gone(), HOUR_MS / 2, elsewhere);
  leave(target(), process.ppid, 2 * HOUR_MS, elsewhere);
  removeStale(target());
  expect(left()).toEqual([fresh]);
});

test('other targets, names that only resemble, folders and links stay', () => {
  const pid = gone();
  const kept = [
    leave(path.join(folder, 'out2'), pid),
    leave(path.join(folder, 'ou'), pid),
    ...[
      (name: string) => name.replace('.tmp', ''),
      (name: string) => name.slice(1),
      (name: string) => `${name}.tmp`,
      (name: string) => name.replace(`.${pid}-`, '.x-'),
    ].map((change) => leave(target(), pid, 0, change)),
  ];
  const name = (): string => path.basename(temporaryBeside(target())).replace(`.${process.pid}-`, `.${pid}-`);
  const [inner, link] = [name(), name()];
  fs.mkdirSync(path.join(folder, inner));
  fs.symlinkSync(kept[0]!, path.join(folder, link));
  removeStale(target());
  expect(left()).toEqual([...kept, inner, link].sort());
});
