// Files of the command line: read whole, written whole or not at all (a temporary file beside the target, synced, then renamed).
// Source: rename(2), which replaces a name in one step. Caveat: pipes and devices cannot be replaced and are written directly.
import { constants } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { type ErrorDetail, usage, ZkvmError } from '../../fri/core/errors.ts';
import { ByteSink, ByteWriter } from '../../vm/files/bytes.ts';
import { tellOwner } from './owner.ts';
import { removeStale, temporaryBeside } from './stale.ts';
import { readStandardInput } from './standard-input.ts';

/** A file larger than this is refused before it is read. */
export const MAX_FILE_BYTES = 2 ** 30;

/** `-` as an argument means standard input or standard output. */
export const STANDARD_STREAM = '-';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'it, or a part of its path, is no folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many files are open',
};

const isOfSystem = (error: unknown): boolean => !(error instanceof ZkvmError) && typeof (error as { code?: unknown }).code === 'string';

/** why the system refuses, in words */
export const reasonOf = (error: unknown): string => REASONS[codeOf(error)] ?? codeOf(error);

const unreadable = (file: string, error: unknown): Error => {
  const detail: ErrorDetail = { what: 'cannot read the file', where: file, why: reasonOf(error), cause: error };
  if (codeOf(error) === 'ENOENT') return usage('ZK0801', { ...detail, what: 'the file does not exist', fix: 'check the path' });
  return usage('ZK0803', detail);
};

export const tooLarge = (where: string, bytes: number, of = 'the file'): Error =>
  usage('ZK0804', { what: `${of} is too large`, where, why: `${bytes} bytes, at most ${MAX_FILE_BYTES}` });

/**
 * The bytes of a file, or of standard input for `-`.
 * @throws ZK0801 missing, ZK0802 a folder, ZK0803 unreadable, ZK0804 too large
 */
export function readBytes(file: string): Uint8Array {
  if (file === STANDARD_STREAM)
    try {
      return readStandardInput(MAX_FILE_BYTES);
    } catch (error) {
      throw error instanceof ZkvmError ? error : unreadable('standard input', error);
    }
  if (file.includes('\0'))
    throw usage('ZK0801', { what: 'the file does not exist', where: JSON.stringify(file), why: 'the name has a zero byte' });
  let handle: number;
  try {
    handle = fs.openSync(file, 'r');
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    const stat = fs.fstatSync(handle);
    if (stat.isDirectory()) throw usage('ZK0802', { what: 'a file is needed, this is a folder', where: file });
    if (stat.size > MAX_FILE_BYTES) throw tooLarge(file, stat.size);
    const bytes = fs.readFileSync(handle);
    // a buffer of its own needs no copy; small ones lie in one that Node shares
    return bytes.buffer.byteLength === bytes.length ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
  } catch (error) {
    throw isOfSystem(error) ? unreadable(file, error) : error;
  } finally {
    fs.closeSync(handle);
  }
}

/** Text of a file in UTF-8. @throws as `readBytes`, and ZK0806 if it is not UTF-8 */
export function readText(file: string): string {
  return decodeText(readBytes(file), file);
}

/** @throws ZK0806 if the bytes are not UTF-8, ZK0804 if they are more than one text holds */
export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (codeOf(cause) === 'ERR_STRING_TOO_LONG')
      throw usage('ZK0804', {
        what: 'the text is too large',
        where: file,
        why: `${bytes.length} bytes in one piece, at most ${constants.MAX_STRING_LENGTH} characters`,
        fix: 'give the numbers as .npy',
        cause,
      });
    throw usage('ZK0806', { what: 'the file is not text in UTF-8', where: file, fix: 'pass a JSON or .npy file', cause });
  }
}

const unwritable = (file: string, error: unknown): Error =>
  usage('ZK0805', {
    what: 'cannot write the output',
    where: file,
    why: reasonOf(error),
    fix: 'choose another place with -o',
    cause: error,
  });

const statOf = (file: string): fs.Stats | undefined => {
  try {
    return fs.statSync(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritable(file, error);
  }
};

/**
 * Says before the work starts that the output could not be written after it.
 * @param inputs files that the output must not replace
 * @throws ZK0805
 */
export function requireWritable(file: string, inputs: readonly string[] = []): void {
  if (file === STANDARD_STREAM) return;
  if (file.length === 0 || file.includes('\0'))
    throw usage('ZK0805', { what: 'cannot write the output', where: JSON.stringify(file), why: 'this is no file name' });
  const target = statOf(file);
  if (target?.isDirectory()) throw unwritable(file, { code: 'EISDIR' });
  for (const input of inputs) {
    const source = input === STANDARD_STREAM ? undefined : statOf(input);
    if (target && source && target.isFile() && target.ino === source.ino && target.dev === source.dev)
      throw usage('ZK0805', { what: 'the output would replace an input', where: file, fix: 'choose another name with -o' });
  }
  try {
    const folder = path.dirname(file);
    if (!fs.statSync(folder).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    fs.accessSync(target && !target.isFile() ? file : folder, fs.constants.W_OK);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Removes what an interrupted write left. */
export function removeFiles(files: Iterable<string>): void {
  for (const file of files) fs.rmSync(file, { force: true });
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(handle, bytes, at, bytes.length - at);
}

/**
 * Writes a file so that a reader sees either the old content or all of the new one.
 * @throws ZK0805; nothing is left behind then
 */
export function writeBytes(file: string, bytes: Uint8Array): void {
  requireWritable(file);
  if (statOf(file)?.isFile() !== false) {
    replaceFile(file, (handle) => writeAll(handle, bytes));
    return;
  }
  try {
    fs.writeFileSync(file, bytes);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Bytes that go to a file as they come. */
class FileSink extends ByteSink {
  readonly #handle: number;
  readonly #fix: string;
  readonly #most: number;
  length = 0;

  constructor(handle: number, fix: string, most: number) {
    super();
    this.#handle = handle;
    this.#fix = fix;
    this.#most = most;
  }

  override bytes(values: Uint8Array): void {
    this.length += values.length;
    if (this.length > this.#most)
      throw usage('ZK0804', {
        what: 'the file would be too large',
        why: `more than ${this.#most} bytes, which nothing reads again`,
        fix: this.#fix,
      });
    writeAll(this.#handle, values);
  }
  override counted(write: (to: ByteSink) => void): void {
    const at = this.length;
    this.u32(0);
    const start = this.length;
    write(this);
    const count = new DataView(new ArrayBuffer(4));
    count.setUint32(0, this.length - start, true);
    fs.writeSync(this.#handle, new Uint8Array(count.buffer), 0, 4, at);
  }
}

/**
 * The same for content that is written as it is made, so that it is never in memory as a whole. What cannot be replaced (a pipe) gets it at once.
 * @param fix what to do where it becomes larger than what is read again
 * @returns its bytes
 * @throws ZK0804, ZK0805; nothing is left behind then
 */
export function writeStreamed(file: string, write: (to: ByteSink) => void, fix: string, most = MAX_FILE_BYTES): number {
  requireWritable(file);
  if (statOf(file)?.isFile() === false) {
    const whole = new ByteWriter();
    write(whole);
    const bytes = whole.finish();
    writeBytes(file, bytes);
    return bytes.length;
  }
  let length = 0;
  replaceFile(file, (handle) => {
    const sink = new FileSink(handle, fix, most);
    write(sink);
    ({ length } = sink);
  });
  return length;
}

/** @throws ZK0805, and what `fill` throws of its own */
function replaceFile(file: string, fill: (handle: number) => void): void {
  const target = resolveLink(file);
  const temporary = temporaryBeside(target);
  removeStale(target);
  try {
    tellOwner({ file: temporary, exists: true });
    const known = statOf(target);
    const handle = fs.openSync(temporary, 'wx', known ? 0o600 : 0o666);
    try {
      if (known) keepAccess(handle, known);
      fill(handle);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    // what the system says is about the file; anything else is about its content
    throw isOfSystem(error) ? unwritable(file, error) : error;
  } finally {
    tellOwner({ file: temporary, exists: false });
  }
}

/** Gives a new file the owner, as far as that is possible, and the mode of the one that it replaces: nobody else may read it then. */
function keepAccess(handle: number, { uid, gid, mode }: fs.Stats): void {
  const own = fs.fstatSync(handle);
  const give = (user: number, group: number): boolean => {
    try {
      fs.fchownSync(handle, user, group);
      return true;
    } catch {
      return false; // only root gives files away
    }
  };
  const sameGroup = (own.uid === uid && own.gid === gid) || give(uid, gid) || own.gid === gid || give(own.uid, gid);
  // what the old group may do is no right of another one, unless everybody has it
  const rights = sameGroup ? mode & 0o777 : (mode & 0o707) | (mode & ((mode & 7) << 3));
  fs.fchmodSync(handle, rights);
}

/** a symbolic link stays a link: its target is replaced */
function resolveLink(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

/**
 * Writes an artifact to a file, or to standard output for `-`.
 * @returns whether it went to standard output, where nothing else may be printed then
 * @throws ZK0805, ZK0821 when --json wants standard output too, or standard output is a terminal
 */
export function writeOutput(terminal: { artifact(bytes: Uint8Array): void }, file: string, bytes: Uint8Array, json: boolean): boolean {
  if (file !== STANDARD_STREAM) {
    writeBytes(file, bytes);
    return false;
  }
  if (json) throw usage('ZK0821', { what: '--json and -o - both want standard output', fix: 'write the artifact to a file' });
  terminal.artifact(bytes);
  return true;
}
