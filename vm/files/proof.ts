// `proof.bin`: the statement, the instances of each shard and the proof stream, little-endian words with explicit counts. A proof of several shards
// has a part for each, in any order; a file may hold some of them only, and files of one proof are put together (`joinProofFiles`).
// Source: DESIGN §5, §7, PCS.md §10. The parser bounds every count by what is left of the file before it allocates.
// Caveat: nothing in here is trusted; vm/verify.ts holds it against the model and the caller's profiles.
import { type Instance, PROTOCOL_VERSION } from '../../air/machine.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { DIGEST_WORDS, isDigest } from '../../fri/core/digest.ts';
import { rejected, ZkvmError } from '../../fri/core/errors.ts';
import type { StatementInput } from '../program/committed.ts';
import { magicWord } from './magic.ts';

export interface ProofFile {
  profileId: number;
  modelId: Digest;
  /** the instances of each shard */
  shards: Instance[][];
  /** signed integers, or the root of a committed input, one a region, in the record's order */
  inputs: StatementInput[];
  outputs: Int32Array[];
  context: Uint8Array;
  /** the proof stream; of several shards its beginning: base roots and interaction nonce */
  words: Uint32Array;
  /** what the stream says of each shard after that, if there are several */
  parts: ProofPart[];
}

export interface ProofPart {
  shard: number;
  words: Uint32Array;
}

const MAGIC = magicWord('proof');
const MAX_LIST = 2 ** 16;
/** a shard's stream is one or two MiB, and there are 2^8 of them at most (statement/instances.ts) */
const MAX_BYTES = 2 ** 28;
/** Added to the number of shards where there are several: no number of instances is as large. */
const SEVERAL = 2 ** 31;
/** Stands where a tensor has its length, before the words of a root: no tensor is as long. */
const ROOT = 2 ** 31;
/** largest number of shards that a file may say; which of them a proof may have says statement/instances.ts */
const MAX_LISTED_SHARDS = 2 ** 10;
const NONCE_WORDS = 2;

/** words of the stream before the first shard's part */
const commonWords = (shards: number): number => shards * DIGEST_WORDS + NONCE_WORDS;

/** Cuts the stream of a proof of several shards into its beginning and the parts, which have these lengths. */
export function partsOf(stream: Uint32Array, lengths: readonly number[]): Pick<ProofFile, 'words' | 'parts'> {
  if (lengths.length === 1) return { words: stream, parts: [] };
  let at = commonWords(lengths.length);
  const words = stream.slice(0, at);
  const parts = lengths.map((length, shard) => {
    at += length;
    return { shard, words: stream.slice(at - length, at) };
  });
  return { words, parts };
}

/**
 * What the stream has of each shard, in their order; nothing where there is one, whose words all stand in `words`.
 * @throws rejected ZK0332 where parts are missing
 */
export function orderedParts({ shards, parts }: Pick<ProofFile, 'shards' | 'parts'>): Uint32Array[] {
  if (shards.length === 1) return [];
  const found = shards.map((_, shard) => parts.find((part) => part.shard === shard)?.words);
  const missing = found.flatMap((words, shard) => (words ? [] : [shard]));
  if (missing.length)
    throw rejected(
      'ZK0332',
      `${missing.length} of ${shards.length} shards are missing: ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ', …' : ''}`,
      'proof file',
      'only all of them prove a run; name the other files too',
    );
  return found as Uint32Array[];
}

/** everything but the parts, which two files of one proof share */
function headOf(file: ProofFile): Uint8Array {
  const { shards } = file;
  const words: number[] = [MAGIC, PROTOCOL_VERSION, file.profileId, ...file.modelId];
  if (shards.length !== 1) words.push(SEVERAL + shards.length);
  for (const instances of shards) {
    words.push(instances.length);
    for (const { type, logSize, base, data } of instances) words.push(type, logSize, base, data ? 1 : 0);
  }
  for (const list of [file.inputs, file.outputs]) {
    words.push(list.length);
    for (const tensor of list) {
      if ('root' in tensor) {
        words.push(ROOT, ...tensor.root);
        continue;
      }
      words.push(tensor.length);
      for (const value of tensor) words.push(value >>> 0);
    }
  }
  words.push(file.context.length);
  const contextWords = Math.ceil(file.context.length / 4);
  const bytes = new Uint8Array(4 * (words.length + contextWords + file.words.length));
  put(bytes, words, 0);
  bytes.set(file.context, 4 * words.length);
  put(bytes, file.words, words.length + contextWords);
  return bytes;
}

function put(bytes: Uint8Array, list: ArrayLike<number>, at: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < list.length; i++) view.setUint32(4 * (at + i), list[i]!, true);
}

export function encodeProofFile(file: ProofFile): Uint8Array {
  const head = headOf(file);
  const bytes = new Uint8Array(head.length + 4 * file.parts.reduce((sum, { words }) => sum + 2 + words.length, 0));
  bytes.set(head);
  let at = head.length / 4;
  for (const { shard, words } of file.parts) {
    put(bytes, [shard, words.length], at);
    put(bytes, words, at + 2);
    at += 2 + words.length;
  }
  return bytes;
}

const bad = (what: string, where: string): ZkvmError => rejected('ZK0330', what, where, 'the file is not a proof, or is damaged');

/** @throws rejected ZK0332 for a shard that is there twice */
function requireOnce(parts: readonly ProofPart[]): void {
  const twice = parts.find(({ shard }, i) => parts.findIndex((part) => part.shard === shard) !== i);
  if (twice) throw rejected('ZK0332', `shard ${twice.shard} is there twice`, 'proof file');
}

/**
 * Files that hold shards of one proof as one file.
 * @throws rejected ZK0332 for shards of different proofs, or a shard that is there twice
 */
export function joinProofFiles(files: readonly ProofFile[]): ProofFile {
  const [first, ...others] = files;
  if (!first) throw bad('no proof file', 'files');
  const head = headOf(first);
  for (const [i, other] of others.entries()) {
    const own = headOf(other);
    if (own.length !== head.length || own.some((byte, at) => byte !== head[at]))
      throw rejected(
        'ZK0332',
        'the shards are of different proofs',
        `file ${i + 2}`,
        'its statement or its base roots are not those of file 1',
      );
  }
  if (others.length && first.shards.length === 1) throw rejected('ZK0332', 'shard 0 is there twice', 'file 2');
  const parts = files.flatMap((file) => file.parts);
  requireOnce(parts);
  return { ...first, parts };
}

function otherVersion(version: number): ZkvmError {
  const where = 'proof file, version';
  if (version === 1)
    return new ZkvmError('rejected', 'ZK0331', {
      what: 'the proof is of protocol version 1, which proves nothing',
      where,
      why: 'anybody could make one of any output; see SECURITY.md',
      fix: 'prove the run again',
    });
  return new ZkvmError('rejected', 'ZK0331', {
    what: `proof file version ${version}, ${PROTOCOL_VERSION} expected`,
    where,
    why: 'the file is damaged, or another release made it',
    fix: 'prove the run again',
  });
}

/** @throws rejected ZK0330 when the bytes are no proof file, ZK0331 when they are one of another protocol version, ZK0332 for a shard that is there twice */
export function decodeProofFile(bytes: Uint8Array): ProofFile {
  if (bytes.length > MAX_BYTES) throw bad(`proof file of ${bytes.length} bytes, at most ${MAX_BYTES}`, 'end of file');
  if (bytes.length % 4 !== 0) throw bad(`proof file of ${bytes.length} bytes, a multiple of 4 expected`, 'end of file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = bytes.length / 4;
  let at = 0;
  const next = (where: string): number => {
    if (at >= total) throw bad('proof file ends early', where);
    return view.getUint32(4 * at++, true);
  };
  const bounded = (n: number, where: string, each: number, limit = MAX_LIST): number => {
    if (n > limit || n * each > total - at) throw bad(`count ${n} does not fit`, where);
    return n;
  };
  const count = (where: string, each: number, limit = MAX_LIST): number => bounded(next(where), where, each, limit);
  const take = (length: number): Uint32Array => {
    const words = new Uint32Array(length);
    for (let i = 0; i < length; i++) words[i] = view.getUint32(4 * at++, true);
    return words;
  };
  const digest = (where: string): Digest => {
    const words = Uint32Array.from({ length: DIGEST_WORDS }, () => next(where));
    if (!isDigest(words)) throw bad('digest not below 2^248', where);
    return words;
  };
  if (next('magic') !== MAGIC) throw bad('not a proof file', 'magic');
  const version = next('version');
  if (version !== PROTOCOL_VERSION) throw otherVersion(version);
  const profileId = next('profile');
  const modelId = digest('model id');
  const instances = (length: number): Instance[] =>
    Array.from({ length }, (_, i) => {
      const [type, logSize, base, data] = [next('instances'), next('instances'), next('instances'), next('instances')];
      if (data > 1) throw bad(`data flag ${data}`, `instance ${i}`);
      return { type: type, logSize: logSize, base: base, data: data === 1 };
    });
  const first = next('instances');
  const several = first >= SEVERAL;
  const shardCount = several ? bounded(first - SEVERAL, 'shards', 1, MAX_LISTED_SHARDS) : 1;
  if (several && shardCount < 2) throw bad(`a list of ${shardCount} shards`, 'shards');
  const shards = several
    ? Array.from({ length: shardCount }, () => instances(count('instances', 4)))
    : [instances(bounded(first, 'instances', 4))];
  const tensor = (where: string, length: number): Int32Array => {
    const values = new Int32Array(bounded(length, where, 1, 2 ** 26));
    for (let i = 0; i < values.length; i++) values[i] = next(where);
    return values;
  };
  const inputs = Array.from({ length: count('inputs', 1) }, (): StatementInput => {
    const length = next('inputs');
    return length === ROOT ? { root: digest('inputs') } : tensor('inputs', length);
  });
  const outputs = Array.from({ length: count('outputs', 1) }, () => tensor('outputs', next('outputs')));
  const contextBytes = next('context');
  const contextWords = Math.ceil(contextBytes / 4);
  if (contextBytes > 2 ** 20 || contextWords > total - at) throw bad(`context of ${contextBytes} bytes does not fit`, 'context');
  const context = Uint8Array.from(bytes.subarray(4 * at, 4 * at + contextBytes)); // `slice` of a Buffer is a view
  for (let i = contextBytes; i < 4 * contextWords; i++) if (bytes[4 * at + i] !== 0) throw bad('padding is not zero', 'context');
  at += contextWords;
  const words = take(several ? bounded(commonWords(shardCount), 'base roots', 1) : total - at);
  const parts: ProofPart[] = [];
  while (at < total) {
    const shard = next('shards');
    if (shard >= shardCount) throw bad(`there is no shard ${shard}`, 'shards');
    const part = { shard, words: take(count(`shard ${shard}`, 1, total)) };
    requireOnce([...parts, part]); // one by one: a file could hold millions of empty parts
    parts.push(part);
  }
  return { profileId, modelId, shards, inputs, outputs, context, words, parts };
}
