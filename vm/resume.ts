// A proof in shards that can be stopped and gone on with: what is finished of it is kept somewhere, by names that belong to this proof alone.
// Source: DESIGN §7. Caveat: a part that was kept is verified before it counts, a root is not: a wrong one shows as a shard that has another root
// than it was committed with, and then everything that was kept of the proof is of no use.
import { bytesToWords, hash, PURPOSE } from '../fri/core/blake2s.ts';
import { type Digest, digestToHex, isDigest } from '../fri/core/digest.ts';
import { ZkvmError } from '../fri/core/errors.ts';
import type { Execution } from './executor/run.ts';
import { decodeProofFile, encodeProofFile, joinProofFiles, type ProofFile } from './files/proof.ts';
import { type ProvableRun, type ProvedRun, type ProveOptions, proofBeginning, provableRun, shardPart, shardRoot } from './prove.ts';
import type { PreparedModel } from './statement/model.ts';
import { verifyProofPart } from './verify.ts';

/** Where finished pieces are kept. Writing replaces what is there, whole or not at all. */
export interface PieceStore {
  read(name: string): Uint8Array | undefined;
  write(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
}

const NAME_DIGITS = 24;

/** what the names of a proof's pieces begin with: it follows from everything that is proved, and how it is cut */
function nameOf({ head }: ProvableRun): string {
  const bytes = encodeProofFile({ ...head, words: new Uint32Array(0), parts: [] });
  return digestToHex(hash(PURPOSE.CONTENT, bytesToWords(bytes))).slice(0, NAME_DIGITS);
}

const rootBytes = (root: Digest): Uint8Array => new Uint8Array(Uint32Array.from(root).buffer);

function rootOf(bytes: Uint8Array | undefined): Digest | undefined {
  if (bytes?.length !== 32) return undefined;
  const words = new Uint32Array(bytes.slice().buffer);
  return isDigest(words) ? words : undefined;
}

/** a kept file of this proof, if it is one that counts */
function kept(bytes: Uint8Array | undefined, check: (file: ProofFile) => void): ProofFile | undefined {
  if (!bytes) return undefined;
  try {
    const file = decodeProofFile(bytes);
    check(file);
    return file;
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return undefined; // damaged: made again
    throw error;
  }
}

export interface ResumedRun extends Omit<ProvedRun, 'writer'> {
  /** shards whose part was there already */
  found: number;
}

/**
 * `proveExecution` for several shards, with what is finished kept: who calls it again with the same run, shards and store goes on.
 * @param onFound told how many shards' parts are there before any work
 * @throws as `proveExecution`
 */
export async function proveResumably(
  model: PreparedModel,
  run: Execution,
  store: PieceStore,
  options: ProveOptions & { onFound?: (parts: number) => void } = {},
): Promise<ResumedRun> {
  const timings: Record<string, number> = {};
  const onStep = (name: string, ms: number): void => {
    timings[name] = (timings[name] ?? 0) + ms;
    options.onStep?.(name, ms);
  };
  const provable = provableRun(model, run, { ...options, onStep });
  const { head, security, cells } = provable;
  const name = nameOf(provable);
  const shards = head.shards.keys();
  const fresh = (): ProofFile | undefined =>
    kept(store.read(`${name}.beginning`), (file) => void joinProofFiles([{ ...head, words: file.words, parts: [] }, file]));
  const partName = (shard: number): string => `${name}.part${shard}`;
  const rootName = (shard: number): string => `${name}.root${shard}`;

  let beginning = fresh();
  const parts = head.shards.map(
    (_, shard) =>
      beginning &&
      kept(store.read(partName(shard)), (file) => {
        joinProofFiles([beginning!, file]);
        verifyProofPart(model, file, [model.record.profile]);
        if (file.parts[0]?.shard !== shard) throw new ZkvmError('rejected', 'ZK0332', { what: 'a part of another shard' });
      }),
  );
  const found = parts.filter((part) => part).length;
  options.onFound?.(found);
  if (!beginning) {
    const roots: Digest[] = [];
    for (const shard of shards) {
      const root = rootOf(store.read(rootName(shard))) ?? (await shardRoot(provable, shard));
      store.write(rootName(shard), rootBytes(root));
      roots.push(root);
    }
    beginning = await proofBeginning(provable, roots);
    store.write(`${name}.beginning`, encodeProofFile(beginning));
  }
  for (const [shard, part] of parts.entries()) {
    if (part) continue;
    const made = await shardPart(provable, beginning, shard);
    store.write(partName(shard), encodeProofFile(made));
    parts[shard] = made;
  }
  const bytes = encodeProofFile(joinProofFiles([beginning, ...parts.map((part) => part!)]));
  for (const shard of head.shards.keys()) for (const piece of [partName(shard), rootName(shard)]) store.remove(piece);
  store.remove(`${name}.beginning`);
  return { bytes, cells, timings, security, modelId: model.id, found };
}
