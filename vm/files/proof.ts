// `proof.bin`: the statement, the instance list and the proof stream, little-endian words with explicit counts.
// Source: DESIGN §5, PCS.md §10. The parser bounds every count by what is left of the file before it allocates.
// Caveat: nothing in here is trusted; vm/verify.ts holds it against the model and the caller's profiles.
import { type Instance, PROTOCOL_VERSION } from '../../air/machine.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { isDigest } from '../../fri/core/digest.ts';
import { rejected, ZkvmError } from '../../fri/core/errors.ts';
import { magicWord } from './magic.ts';

export interface ProofFile {
  profileId: number;
  modelId: Digest;
  instances: Instance[];
  /** signed integers, one list a region, in the record's order */
  inputs: Int32Array[];
  outputs: Int32Array[];
  context: Uint8Array;
  /** the proof stream */
  words: Uint32Array;
}

const MAGIC = magicWord('proof');
const MAX_LIST = 2 ** 16;
/** 2^18 public words of 16 lanes are a quarter of it, and a proof stream is a few MiB */
const MAX_BYTES = 2 ** 26;

export function encodeProofFile(file: ProofFile): Uint8Array {
  const words: number[] = [MAGIC, PROTOCOL_VERSION, file.profileId, ...file.modelId, file.instances.length];
  for (const { type, logSize, base, data } of file.instances) words.push(type, logSize, base, data ? 1 : 0);
  for (const list of [file.inputs, file.outputs]) {
    words.push(list.length);
    for (const tensor of list) {
      words.push(tensor.length);
      for (const value of tensor) words.push(value >>> 0);
    }
  }
  words.push(file.context.length);
  const contextWords = Math.ceil(file.context.length / 4);
  const bytes = new Uint8Array(4 * (words.length + contextWords + file.words.length));
  const view = new DataView(bytes.buffer);
  const put = (list: ArrayLike<number>, at: number): void => {
    for (let i = 0; i < list.length; i++) view.setUint32(4 * (at + i), list[i]!, true);
  };
  put(words, 0);
  bytes.set(file.context, 4 * words.length);
  put(file.words, words.length + contextWords);
  return bytes;
}

function otherVersion(version: number): ZkvmError {
  const where = 'proof file, version';
  if (version === 1)
    return new ZkvmError('rejected', 'ZK0331', {
      what: 'the proof is of protocol version 1, which proves nothing',
      where,
      why: 'anybody could make such a proof of any output; see SECURITY.md',
      fix: 'prove the run again: zkvm run, then zkvm prove',
    });
  return new ZkvmError('rejected', 'ZK0331', {
    what: `proof file version ${version}, ${PROTOCOL_VERSION} expected`,
    where,
    why: 'the file is damaged, or another release made it',
  });
}

/** @throws rejected ZK0330 when the bytes are no proof file, ZK0331 when they are one of another protocol version */
export function decodeProofFile(bytes: Uint8Array): ProofFile {
  const bad = (what: string, where: string): Error => rejected('ZK0330', what, where, 'the file is not a proof, or is damaged');
  if (bytes.length > MAX_BYTES) throw bad(`proof file of ${bytes.length} bytes, at most ${MAX_BYTES}`, 'end of file');
  if (bytes.length % 4 !== 0) throw bad(`proof file of ${bytes.length} bytes, a multiple of 4 expected`, 'end of file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = bytes.length / 4;
  let at = 0;
  const next = (where: string): number => {
    if (at >= total) throw bad('proof file ends early', where);
    return view.getUint32(4 * at++, true);
  };
  const count = (where: string, each: number, limit = MAX_LIST): number => {
    const n = next(where);
    if (n > limit || n * each > total - at) throw bad(`count ${n} does not fit`, where);
    return n;
  };
  if (next('magic') !== MAGIC) throw bad('not a proof file', 'magic');
  const version = next('version');
  if (version !== PROTOCOL_VERSION) throw otherVersion(version);
  const profileId = next('profile');
  const modelId = Uint32Array.from({ length: 8 }, () => next('model id'));
  if (!isDigest(modelId)) throw bad('digest not below 2^248', 'model id');
  const instances: Instance[] = Array.from({ length: count('instances', 4) }, (_, i) => {
    const [type, logSize, base, data] = [next('instances'), next('instances'), next('instances'), next('instances')];
    if (data > 1) throw bad(`data flag ${data}`, `instance ${i}`);
    return { type: type, logSize: logSize, base: base, data: data === 1 };
  });
  const tensors = (where: string): Int32Array[] =>
    Array.from({ length: count(where, 1) }, () => {
      const length = count(where, 1, 2 ** 26);
      const tensor = new Int32Array(length);
      for (let i = 0; i < length; i++) tensor[i] = next(where);
      return tensor;
    });
  const inputs = tensors('inputs');
  const outputs = tensors('outputs');
  const contextBytes = next('context');
  const contextWords = Math.ceil(contextBytes / 4);
  if (contextBytes > 2 ** 20 || contextWords > total - at) throw bad(`context of ${contextBytes} bytes does not fit`, 'context');
  const context = Uint8Array.from(bytes.subarray(4 * at, 4 * at + contextBytes)); // `slice` of a Buffer is a view
  for (let i = contextBytes; i < 4 * contextWords; i++) if (bytes[4 * at + i] !== 0) throw bad('padding is not zero', 'context');
  at += contextWords;
  const words = new Uint32Array(total - at);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(4 * (at + i), true);
  return { profileId, modelId, instances, inputs, outputs, context, words };
}
