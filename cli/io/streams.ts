// Standard output and standard error of this process, written at once and in full. Source: write(2).
// Caveat: a reader that stops early (`| head`) is no error, what it does not read is dropped; every other failure of stdout is ZK0805, exit 2.
import fs from 'node:fs';
import { isatty } from 'node:tty';
import { usage } from '../../fri/core/errors.ts';

/** Where a command line's bytes go. */
export interface Streams {
  out(chunk: string | Uint8Array): void;
  err(text: string): void;
  /** stderr is a terminal: progress may rewrite its line */
  interactive: boolean;
  /** stdout is a terminal: artifacts do not belong there */
  outInteractive?: boolean;
  /** print stack traces (ZKVM_DEBUG) */
  debug: boolean;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EIO: 'the device failed',
  EBADF: 'it is closed',
};

/** @returns false when nobody reads any more. @throws the system's error */
function writeAll(handle: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; )
    try {
      at += fs.writeSync(handle, bytes, at, bytes.length - at);
    } catch (error) {
      if (codeOf(error) === 'EPIPE') return false;
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2); // a non-blocking pipe that is full
    }
  return true;
}

const bytesOf = (chunk: string | Uint8Array): Uint8Array => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);

/** The streams of this process. */
export function processStreams(): Streams {
  let isRead = true;
  return {
    out: (chunk) => {
      try {
        if (isRead) isRead = writeAll(1, bytesOf(chunk));
      } catch (cause) {
        throw usage('ZK0805', {
          what: 'cannot write the output',
          where: 'standard output',
          why: REASONS[codeOf(cause)] ?? codeOf(cause),
          fix: 'make room for it, or send it elsewhere',
          cause,
        });
      }
    },
    err: (text) => {
      try {
        writeAll(2, bytesOf(text));
      } catch {
        // there is nowhere left to say it; the exit code still does
      }
    },
    interactive: isatty(2),
    outInteractive: isatty(1),
    debug: Boolean(process.env.ZKVM_DEBUG),
  };
}
