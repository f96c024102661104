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
