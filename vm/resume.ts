// A proof in shards that can be stopped and gone on with: what is finished of it is kept somewhere, by names that belong to this proof alone.
// Source: DESIGN §7. Caveat: a part that was kept is verified before it counts, a root is not: a wrong one shows as a shard that has another root
// than it was committed with, and then everything is made anew.
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

export type ResumeOptions = ProveOptions & {
  /** told how many shards' parts are there before any work */
  onFound?: (parts: number) => void;
};

/** What is kept of one proof, by the names that are its own. */
class Pieces {
  /** whether something that was kept is part of this proof: only then may a fault be the store's */
  used = false;

  constructor(
    readonly store: PieceStore,
    readonly name: string,
    readonly shards: number,
  ) {}

  read(piece: string): Uint8Array | undefined {
    return this.store.read(`${this.name}.${piece}`);
  }

  write(piece: string, bytes: Uint8Array): void {
    this.store.write(`${this.name}.${piece}`, bytes);
  }

  /** all of them: the proof is made, or they were of no use */
  clear(): void {
    for (let shard = 0; shard < this.shards; shard++)
      for (const piece of [`part${shard}`, `root${shard}`]) this.store.remove(`${this.name}.${piece}`);
    this.store.remove(`${this.name}.beginning`);
  }
}

/** the beginning that is kept, or one from roots that are kept or made now */
async function begun(provable: ProvableRun, pieces: Pieces): Promise<ProofFile> {
  const { head } = provable;
  const found = kept(pieces.read('beginning'), (file) => void joinProofFiles([{ ...head, words: file.words, parts: [] }, file]));
  if (found) {
    pieces.used = true;
    return found;
  }
  const roots: Digest[] = [];
  for (const shard of head.shards.keys()) {
    const known = rootOf(pieces.read(`root${shard}`));
    pieces.used ||= known !== undefined;
    const root = known ?? (await shardRoot(provable, shard));
    pieces.write(`root${shard}`, rootBytes(root));
    roots.push(root);
  }
  const beginning = await proofBeginning(provable, roots);
  pieces.write('beginning', encodeProofFile(beginning));
  return beginning;
}

async function gone(
  model: PreparedModel,
  provable: ProvableRun,
  pieces: Pieces,
  onFound?: (parts: number) => void,
): Promise<[ProofFile, number]> {
  const { head } = provable;
  const beginning = await begun(provable, pieces);
  const parts = head.shards.map((_, shard) =>
    kept(pieces.read(`part${shard}`), (file) => {
      joinProofFiles([beginning, file]);
      verifyProofPart(model, file, [model.record.profile]);
      if (file.parts[0]?.shard !== shard) throw new ZkvmError('rejected', 'ZK0332', { what: 'a part of another shard' });
    }),
  );
  const found = parts.filter((part) => part).length;
  onFound?.(found);
  for (const [shard, part] of parts.entries()) {
    if (part) continue;
    const made = await shardPart(provable, beginning, shard);
    pieces.write(`part${shard}`, encodeProofFile(made));
    parts[shard] = made;
  }
  return [joinProofFiles([beginning, ...parts.map((part) => part!)]), found];
}

/**
 * `proveExecution` for several shards, with what is finished kept: who calls it again with the same run, shards and store goes on. A root or a
 * beginning that was damaged shows when a shard is made from it; then all is made anew.
 * @throws as `proveExecution`
 */
export async function proveResumably(
  model: PreparedModel,
  run: Execution,
  store: PieceStore,
  options: ResumeOptions = {},
): Promise<ResumedRun> {
  const timings: Record<string, number> = {};
  const onStep = (name: string, ms: number): void => {
    timings[name] = (timings[name] ?? 0) + ms;
    options.onStep?.(name, ms);
  };
  const provable = await provableRun(model, run, { ...options, onStep });
  const { head, security, cells, roots } = provable;
  const pieces = new Pieces(store, nameOf(provable), head.shards.length);
  const go = (): Promise<[ProofFile, number]> => gone(model, provable, pieces, options.onFound);
  const [file, found] = await go().catch((error: unknown) => {
    const isDamage = error instanceof ZkvmError && (error.kind === 'rejected' || error.kind === 'bug');
    if (!isDamage || !pieces.used) throw error;
    pieces.clear();
    pieces.used = false;
    return go();
  });
  pieces.clear();
  return { bytes: encodeProofFile(file), cells, timings, security, modelId: model.id, roots, found };
}
