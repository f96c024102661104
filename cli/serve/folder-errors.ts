// What the data folder does to a request that is not the request's fault: a full disk, a file that somebody removed or changed. The caller hears
// that and no path; the log has the system's own words. Source: errors of Node's fs and of SQLite. Caveat: told by their form, for they come from
// everywhere; errors of sockets have it too and are left out.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { typedError } from '../io/error-text.ts';
import { reasonOf } from '../io/files.ts';

const OF_SOCKETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE']);

const folderError = (why: string, cause: unknown): ZkvmError =>
  usage('ZK0927', {
    what: 'the data folder cannot be read or written',
    why,
    fix: 'try again later; the log of the service says which file it is, to whoever runs it',
    cause,
  });

/** A file is not what its name says. @param file for the log alone */
export const changedFile = (file: string): ZkvmError =>
  folderError('a file in it was changed', new Error(`the bytes of ${file} are not those that its name stands for`));

/** Every error as a typed one that says nothing of the folder's place. */
export function serviceError(error: unknown): ZkvmError {
  if (error instanceof Error) {
    const { code, syscall, name } = error as NodeJS.ErrnoException;
    if (syscall !== undefined && !OF_SOCKETS.has(code)) return folderError(reasonOf(error), error);
    if (name === 'SQLite3Error') return folderError(error.message, error);
    // files are kept as the command line writes its outputs, whose fix is to name another one
    if (error instanceof ZkvmError && error.code === 'ZK0805') return folderError(error.why ?? error.what, error);
  }
  return typedError(error);
}

/** What the log has to say of an error beside what its receiver is told: nothing for most. */
export function logStack(error: ZkvmError): string | undefined {
  if (error.code === 'ZK0927') return (error.cause as Error | undefined)?.stack; // one that came from a thread was logged there
  return error.kind === 'bug' ? error.stack : undefined;
}
