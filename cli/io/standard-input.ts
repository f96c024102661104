// All of standard input. A thread that waits in a read cannot be ended, so the command line reads it in the thread that serves signals and
// hands it over; who calls `main` in process reads it directly. Source: read(2). Caveat: it is read whole, and once.
import fs from 'node:fs';
import { usage } from '../../fri/core/errors.ts';

const CHUNK_BYTES = 65536;
/** nothing yet in a pipe that does not block */
const PAUSE_MS = 5;

let provided: Uint8Array | undefined;

/** From now on standard input is this; undefined is the real one. */
export function provideStandardInput(bytes: Uint8Array | undefined): void {
  provided = bytes;
}

const tooLarge = (most: number): Error =>
  usage('ZK0804', { what: 'the file is too large', where: 'standard input', why: `more than ${most} bytes` });

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Waits for all of it; signals are served meanwhile. @throws ZK0804 if it is more than `most` bytes */
export async function awaitStandardInput(most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    length += chunk.length;
    if (length > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return joined(chunks);
}

/** All of it, blocking. @throws ZK0804 if it is more than `most` bytes; the system's error */
export function readStandardInput(most: number): Uint8Array {
  if (provided) return provided;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    let read: number;
    try {
      read = fs.readSync(0, chunk, 0, chunk.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
        continue;
      }
      if (code === 'EOF') break;
      throw error;
    }
    if (read === 0) break;
    length += read;
    if (length > most) throw tooLarge(most);
    chunks.push(chunk.subarray(0, read));
  }
  return joined(chunks);
}
