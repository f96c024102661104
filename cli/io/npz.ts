// Reads a NumPy archive (.npz): a ZIP file of .npy files, one a tensor. Source: numpy.savez, PKWARE's APPNOTE.TXT 6.3 (central directory, stored
// and deflated entries). Caveat: no ZIP64, no encryption, as numpy writes archives of less than 4 GB; checksums are compared, names are not
// interpreted as paths.
import { crc32, inflateRawSync } from 'node:zlib';
import { usage } from '../../fri/core/errors.ts';
import type { RealTensor } from '../../vm/library/tensors.ts';
import { MAX_FILE_BYTES } from './files.ts';
import { readNpy } from './npy.ts';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT = 65535;
const STORED = 0;
const DEFLATED = 8;

/** bytes of a look at what is checked */
const LOOK = 2 ** 20;

/** Up to so many bytes of a file from a place on, good until the next call. */
type Read = (at: number, length: number) => Uint8Array;

/** What the directory says of a tensor. */
interface Entry {
  name: string;
  method: number;
  /** checksum */
  sum: number;
  /** bytes in the file, and of the tensor */
  packed: number;
  size: number;
  /** place of its head in the file */
  local: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const keyOf = ({ name }: Entry): string => name.replace(/\.npy$/, '');

/** The directory of an archive of so many bytes, or why there is none. */
function directoryOf(size: number, read: Read): Entry[] | string {
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT);
  const tail = viewOf(read(size - tailBytes, tailBytes).slice());
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) return 'it has no directory';
  const [count, from] = [tail.getUint16(end + 10, true), tail.getUint32(end + 16, true)];
  if (count === 0) return 'it is empty';
  const bytes = size - tailBytes + end - from;
  const directory = read(from, Math.max(bytes, 0)).slice();
  const view = viewOf(directory);
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (at + ENTRY_BYTES > directory.length || view.getUint32(at, true) !== ENTRY) return `entry ${entries.length} of its directory`;
    const [nameLength, extra, comment] = [28, 30, 32].map((o) => view.getUint16(at + o, true)) as [number, number, number];
    entries.push({
      name: new TextDecoder().decode(directory.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength)),
      method: view.getUint16(at + 10, true),
      sum: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      local: view.getUint32(at + 42, true),
    });
    at += ENTRY_BYTES + nameLength + extra + comment;
  }
  return entries;
}

/** where the bytes of a tensor begin, or what is wrong with that */
function startOf({ name, local, packed }: Entry, size: number, read: Read): number | string {
  const head = viewOf(read(local, LOCAL_BYTES));
  if (head.byteLength < LOCAL_BYTES || head.getUint32(0, true) !== LOCAL) return `the head of "${name}"`;
  const start = local + LOCAL_BYTES + head.getUint16(26, true) + head.getUint16(28, true);
  return start + packed > size ? `"${name}" ends behind the file` : start;
}

/** A tensor of an archive whose bytes stand in the file as they are. */
export interface Member {
  name: string;
  start: number;
  size: number;
}

/**
 * Where the tensors of an archive stand, each held against its checksum.
 * @returns undefined for an archive that is packed, or not as `readNpz` wants it: whoever reads it whole says why
 */
export function storedMembers(size: number, read: Read): Member[] | undefined {
  const entries = directoryOf(size, read);
  if (typeof entries === 'string') return undefined;
  // entries that name the same bytes would be read as often
  if (entries.reduce((total, entry) => total + entry.size, 0) > size) return undefined;
  if (new Set(entries.map(keyOf)).size < entries.length) return undefined;
  const members: Member[] = [];
  for (const entry of entries) {
    if (entry.method !== STORED || entry.packed !== entry.size) return undefined;
    const start = startOf(entry, size, read);
    if (typeof start === 'string') return undefined;
    let found = 0;
    for (let done = 0; done < entry.size; done += LOOK) found = crc32(read(start + done, Math.min(LOOK, entry.size - done)), found);
    if (found !== entry.sum) return undefined;
    members.push({ name: keyOf(entry), start, size: entry.size });
  }
  return members;
}

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/**
 * The tensors of an archive by name.
 * @param file its name, for messages
 * @throws ZK0813 if it is damaged, and what `readNpy` throws
 */
export function readNpz(bytes: Uint8Array, file: string): Map<string, RealTensor> {
  const damaged = (why: string): Error =>
    usage('ZK0813', { what: 'this is no sound .npz file', where: file, why, fix: 'write it again with numpy.savez' });
  const read: Read = (at, length) => bytes.subarray(at, at + length);
  const entries = directoryOf(bytes.length, read);
  if (typeof entries === 'string') throw damaged(entries);
  const tensors = new Map<string, RealTensor>();
  let total = 0;
  for (const entry of entries) {
    const { name, method, sum, packed, size } = entry;
    const start = startOf(entry, bytes.length, read);
    if (typeof start === 'string') throw damaged(start);
    total += size;
    if (total > MAX_FILE_BYTES) throw damaged(`its tensors take more than ${MAX_FILE_BYTES} bytes`);
    const content = contentOf(bytes.subarray(start, start + packed), method, size);
    if (content?.length !== size) throw damaged(`"${name}" is not stored or deflated as it says`);
    if (crc32(content) !== sum) throw damaged(`the checksum of "${name}"`);
    const key = keyOf(entry);
    if (tensors.has(key)) throw damaged(`"${name}" stands twice`);
    tensors.set(key, readNpy(content, `${file}, ${name}`));
  }
  return tensors;
}

function contentOf(packed: Uint8Array, method: number, size: number): Uint8Array | undefined {
  if (method === STORED) return packed;
  if (method !== DEFLATED) return undefined;
  try {
    return new Uint8Array(inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) }));
  } catch {
    return undefined;
  }
}
