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

/** A tensor of an archive whose bytes stand in the file as they are. */
export interface Member {
  name: string;
  start: number;
  size: number;
}

/** bytes of a look at what is checked */
const LOOK = 2 ** 20;

/**
 * Where the tensors of an archive stand, each held against its checksum.
 * @param read up to so many bytes from a place on, good until the next call
 * @returns undefined for an archive that is packed, or not as `readNpz` wants it: whoever reads it whole says why
 */
export function storedMembers(size: number, read: (at: number, length: number) => Uint8Array): Member[] | undefined {
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT);
  const tail = read(size - tailBytes, tailBytes).slice();
  const view = viewOf(tail);
  let end = tail.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) return undefined;
  const [count, from] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  const bytes = size - tailBytes + end - from;
  if (count === 0 || bytes < 0) return undefined;
  const directory = read(from, bytes).slice();
  const entries = viewOf(directory);
  const members: Member[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > directory.length || entries.getUint32(at, true) !== ENTRY) return undefined;
    const [method, sum, packed, length] = [
      entries.getUint16(at + 10, true),
      ...[16, 20, 24].map((o) => entries.getUint32(at + o, true)),
    ] as [number, number, number, number];
    const [nameLength, extra, comment] = [28, 30, 32].map((o) => entries.getUint16(at + o, true)) as [number, number, number];
    const local = entries.getUint32(at + 42, true);
    const name = new TextDecoder().decode(directory.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength)).replace(/\.npy$/, '');
    at += ENTRY_BYTES + nameLength + extra + comment;
    const head = viewOf(read(local, LOCAL_BYTES));
    if (method !== STORED || packed !== length || head.byteLength < LOCAL_BYTES || head.getUint32(0, true) !== LOCAL) return undefined;
    const start = local + LOCAL_BYTES + head.getUint16(26, true) + head.getUint16(28, true);
    if (start + length > size || members.some((one) => one.name === name)) return undefined;
    let found = 0;
    for (let done = 0; done < length; done += LOOK) found = crc32(read(start + done, Math.min(LOOK, length - done)), found);
    if (found !== sum) return undefined;
    members.push({ name, start, size: length });
  }
  return members;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/**
 * The tensors of an archive by name.
 * @param file its name, for messages
 * @throws ZK0813 if it is damaged, and what `readNpy` throws
 */
export function readNpz(bytes: Uint8Array, file: string): Map<string, RealTensor> {
  const damaged = (why: string): Error =>
    usage('ZK0813', { what: 'this is no sound .npz file', where: file, why, fix: 'write it again with numpy.savez' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_BYTES;
  while (end >= 0 && end >= bytes.length - END_BYTES - MAX_COMMENT && view.getUint32(end, true) !== END) end--;
  if (end < 0 || view.getUint32(end, true) !== END) throw damaged('it has no directory');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const tensors = new Map<string, RealTensor>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > end || view.getUint32(at, true) !== ENTRY) throw damaged(`entry ${i} of its directory`);
    const [method, sum, packed, size] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 16, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 24, true),
    ];
    const [nameLength, extra, comment, local] = [
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
      view.getUint32(at + 42, true),
    ];
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength));
    at += ENTRY_BYTES + nameLength + extra + comment;
    if (local + LOCAL_BYTES > bytes.length || view.getUint32(local, true) !== LOCAL) throw damaged(`the head of "${name}"`);
    const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + packed > bytes.length) throw damaged(`"${name}" ends behind the file`);
    total += size;
    if (total > MAX_FILE_BYTES) throw damaged(`its tensors take more than ${MAX_FILE_BYTES} bytes`);
    const content = contentOf(bytes.subarray(start, start + packed), method, size);
    if (content?.length !== size) throw damaged(`"${name}" is not stored or deflated as it says`);
    if (crc32(content) !== sum) throw damaged(`the checksum of "${name}"`);
    const key = name.replace(/\.npy$/, '');
    if (tensors.has(key)) throw damaged(`"${name}" stands twice`);
    tensors.set(key, readNpy(content, `${file}, ${name}`));
  }
  if (tensors.size === 0) throw damaged('it is empty');
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
