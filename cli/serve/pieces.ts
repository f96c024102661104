// The pieces of a proof that machines make apart, as a worker's thread makes them: each runs the model itself and plans the same shards, so a piece
// needs the input and says little. What others made is looked at before anything rests on it. Source: DESIGN §7; the pieces are in vm/prove.ts.
// Caveat: what saturated and what rounding decides is the word of who planned; everything else in a result is read off the proof or checked by it.
import type { Backend } from '../../fri/backend/seam.ts';
import { DIGEST_WORDS, type Digest, digestFromHex, digestToHex } from '../../fri/core/digest.ts';
import { bug, ZkvmError } from '../../fri/core/errors.ts';
import { profileNamed } from '../../fri/pcs/profile.ts';
import { cellCount, cellsOfShards } from '../../vm/chips/cells.ts';
import { planShards } from '../../vm/chips/shards.ts';
import type { Execution } from '../../vm/executor/run.ts';
import { requireExact, type Saturated, saturation } from '../../vm/executor/saturation.ts';
import { decodeProofFile, encodeProofFile, joinProofFiles, type ProofFile } from '../../vm/files/proof.ts';
import { integersOf, roundedInputs } from '../../vm/library/integers.ts';
import { tensorsOfJson } from '../../vm/library/json.ts';
import { predictions, realTensors } from '../../vm/library/outputs.ts';
import type { TensorFile } from '../../vm/library/tensors.ts';
import { requireSteady, type Unsteady, unsteady } from '../../vm/library/unsteady.ts';
import type { IntegerTensors } from '../../vm/program/types.ts';
import {
  type HeldShard,
  heldShard,
  type ProvableRun,
  proofBeginning,
  provableRun,
  proveExecution,
  shardPart,
  shardRoot,
} from '../../vm/prove.ts';
import type { PreparedModel, VerifiableModel } from '../../vm/statement/model.ts';
import { namedInputsOf } from '../../vm/statement/roots.ts';
import { type AcceptedPart, type Expectation, type Verdict, verifyAccepted, verifyProof, verifyProofPart } from '../../vm/verify.ts';
import { parseContext } from '../io/context.ts';
import { parseJson } from '../io/tensors.ts';

/** What every piece of a proof is about. */
export interface PieceOf {
  /** content hash of the `.zkb` */
  model: string;
  profile: string;
  /** hexadecimal */
  context: string;
  /** real numbers, as the JSON of the job: each piece rounds them itself */
  input: string;
}

/** A piece, and what it needs of others' work. */
export type Piece = PieceOf &
  (
    | { kind: 'plan'; maxCells: number; strict: boolean }
    /** the run and the shards, so that they are there when a piece comes */
    | { kind: 'ready'; maxCells: number }
    /** what the rounding of the input decides, beside the shards: it takes several more runs */
    | { kind: 'look'; maxCells: number }
    | { kind: 'root'; maxCells: number; shards: number; shard: number }
    | { kind: 'begin'; maxCells: number; shards: number; roots: readonly string[] }
    | { kind: 'part'; maxCells: number; shards: number; shard: number; roots: readonly string[]; beginning: Uint8Array }
    | {
        kind: 'join';
        maxCells: number;
        shards: number;
        roots: readonly string[];
        beginning: Uint8Array;
        /** undefined where a worker says that the root, or the beginning, is wrong */
        parts: readonly (Uint8Array | undefined)[];
      }
    /** of a whole proof, whoever made it */
    | { kind: 'check'; proof: Uint8Array }
    /** one part by itself, with its beginning */
    | { kind: 'check part'; part: Uint8Array }
    /** of parts that threads of this process took by themselves */
    | { kind: 'check sum'; parts: readonly Uint8Array[]; accepted: readonly AcceptedPart[] }
  );

/** Whose work is wrong. */
export type Wrong =
  | { piece: 'plan' }
  | { piece: 'begin' }
  | { piece: 'part'; shard: number }
  /** with the root that it should be */
  | { piece: 'root'; shard: number; root: string };

/** What only who ran the model can say. */
export interface ToldOfRun {
  saturated: Saturated[];
  unsteady: Unsteady[];
}

export type PieceDone =
  /** committed cells of each shard */
  | ({ kind: 'planned'; cells: number[] } & Pick<ToldOfRun, 'saturated'> & Partial<ToldOfRun>)
  | ({ kind: 'looked' } & Pick<ToldOfRun, 'unsteady'>)
  /** a run of one shard is proved at once */
  | ({ kind: 'proof'; bytes: Uint8Array } & Partial<ToldOfRun>)
  | { kind: 'root'; root: string }
  | { kind: 'beginning'; bytes: Uint8Array }
  | { kind: 'part'; bytes: Uint8Array }
  | { kind: 'ready' }
  | { kind: 'accepted'; accepted: AcceptedPart }
  /** the proof itself, where it came in parts */
  | { kind: 'checked'; cells: number; modelId: string; security: unknown; outputs: string; bytes?: Uint8Array }
  | { kind: 'wrong'; wrong: Wrong[] };

/** What a thread has for its pieces. */
export interface Bench {
  /** the compile report in the model's file, once the model is there */
  report(): Uint8Array | undefined;
  model(): Promise<PreparedModel>;
  /** for the roots of committed inputs, which a check makes of the job's own */
  backend(): Backend;
  /** the model as a verifier knows it, from its record where that has the profile */
  verifiable(): Promise<VerifiableModel>;
  execution(model: PreparedModel, inputs: IntegerTensors): Execution;
  /** made now, or for the last piece where that was of the same proof */
  provable(model: PreparedModel, make: () => Promise<ProvableRun>): Promise<ProvableRun>;
  /** @throws ZK0620 when these shards do not fit into memory, one at a time */
  requireRoom(shards: ProvableRun['request']['shards']): void;
  /** keeps what phase 1 made, for a piece that may come, or gives it back at once */
  keep(provable: ProvableRun, shard: number, held: HeldShard): void;
  /** what was kept of this shard: from now on the caller's */
  kept(shard: number): HeldShard | undefined;
}

const tensorsOf = ({ input }: PieceOf): TensorFile => tensorsOfJson(parseJson(input, 'input'), 'input');
const inputsOf = (piece: PieceOf, { inputs, metadata }: VerifiableModel['program']): IntegerTensors =>
  integersOf(tensorsOf(piece), inputs, 'input', metadata);

const ROOT = /^[0-9a-f]{62}$/;
/** @returns undefined for a text that is no root: whoever sent it is wrong */
const rootOf = (hex: string): Digest | undefined => (ROOT.test(hex) ? digestFromHex(hex) : undefined);

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** what the verifier does not accept, and nothing else, is somebody's fault */
async function isRejected(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return true;
    throw error;
  }
}

function decoded(bytes: Uint8Array): ProofFile | undefined {
  try {
    return decodeProofFile(bytes);
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return undefined;
    throw error;
  }
}

/** Whether this is the beginning that follows from the run and these roots; its nonce is looked at by who draws from it. */
function isOwnBeginning({ head }: ProvableRun, file: ProofFile, bytes: Uint8Array, roots: readonly string[]): boolean {
  const own = encodeProofFile({ ...head, words: file.words, parts: [] });
  const words = roots.flatMap((root) => [...rootOf(root)!]);
  return sameBytes(own, bytes) && words.every((word, i) => file.words[i] === word);
}

async function madePart(provable: ProvableRun, piece: Extract<Piece, { kind: 'part' }>, bench: Bench): Promise<PieceDone> {
  const { shard, roots, beginning } = piece;
  const file = decoded(beginning);
  if (!file || !isOwnBeginning(provable, file, beginning, roots)) return { kind: 'wrong', wrong: [{ piece: 'begin' }] };
  try {
    return { kind: 'part', bytes: encodeProofFile(await shardPart(provable, file, shard, bench.kept(shard))) };
  } catch (error) {
    if (!(error instanceof ZkvmError)) throw error;
    // the nonce
    if (error.kind === 'rejected') return { kind: 'wrong', wrong: [{ piece: 'begin' }] };
    if (error.kind !== 'bug') throw error;
    const root = digestToHex(await shardRoot(provable, shard));
    if (root === roots[shard]) throw error;
    return { kind: 'wrong', wrong: [{ piece: 'root', shard, root }] };
  }
}

async function joined(
  provable: ProvableRun,
  model: PreparedModel,
  inputs: IntegerTensors,
  piece: Extract<Piece, { kind: 'join' }>,
): Promise<PieceDone> {
  const { roots, beginning, parts } = piece;
  const profile = profileNamed(piece.profile);
  const file = decoded(beginning);
  if (!file || !isOwnBeginning(provable, file, beginning, roots)) return { kind: 'wrong', wrong: [{ piece: 'begin' }] };
  const files = parts.map((bytes) => bytes && decoded(bytes));
  const empty = encodeProofFile({ ...file, parts: [] });
  const wrong: Wrong[] = [];
  for (const [shard, part] of files.entries()) {
    if (part && part.parts.length === 1 && part.parts[0]!.shard === shard && sameBytes(encodeProofFile({ ...part, parts: [] }), empty))
      continue;
    files[shard] = undefined;
    if (parts[shard]) wrong.push({ piece: 'part', shard });
  }
  // somebody says that a root is wrong, or the beginning's nonce: one of two is, so it is made here too
  for (const [shard, part] of parts.entries()) {
    if (part) continue;
    const root = digestToHex(await shardRoot(provable, shard));
    if (root !== roots[shard]) wrong.push({ piece: 'root', shard, root });
    else if (!(await hasWork(provable, file))) return { kind: 'wrong', wrong: [{ piece: 'begin' }] };
    else wrong.push({ piece: 'part', shard });
  }
  if (wrong.length) return { kind: 'wrong', wrong };
  const { tensors, roots: committed } = await namedInputsOf(model.program, inputs, profile, model.backend);
  const expected = { inputs: tensors, roots: committed, context: parseContext(piece.context) };
  const bytes = encodeProofFile(joinProofFiles(files as ProofFile[]));
  // all of them at once is what counts; one by one says whose it is
  if (!(await isRejected(() => verifyProof(model, bytes, [profile], expected)))) return { kind: 'proof', bytes };
  if (!(await hasWork(provable, file))) return { kind: 'wrong', wrong: [{ piece: 'begin' }] };
  for (const [shard, part] of files.entries())
    if (await isRejected(() => verifyProofPart(model, part!, [profile]))) wrong.push({ piece: 'part', shard });
  if (wrong.length === 0) throw bug('parts that are right by themselves make a proof that is not');
  return { kind: 'wrong', wrong };
}

const rootsIn = ({ shards, words }: ProofFile): Digest[] => shards.map((_, i) => words.slice(DIGEST_WORDS * i, DIGEST_WORDS * (i + 1)));

/** whether the beginning's nonce is the one that its roots have: the smallest that does the work */
const hasWork = async (provable: ProvableRun, file: ProofFile): Promise<boolean> =>
  sameBytes(encodeProofFile(await proofBeginning(provable, rootsIn(file))), encodeProofFile({ ...file, parts: [] }));

type Check = Extract<Piece, { kind: 'check' | 'check part' | 'check sum' }>;
const isCheck = (piece: Piece): piece is Check => piece.kind.startsWith('check');

/** what the service is told of a proof that is accepted */
const told = ({ program }: VerifiableModel, { shards }: ProofFile, verdict: Verdict) => ({
  kind: 'checked' as const,
  cells: cellsOfShards(shards),
  modelId: digestToHex(verdict.modelId),
  security: verdict.security,
  outputs: JSON.stringify({
    outputs: realTensors(program, 'output', verdict.outputs),
    labels: predictions(program, verdict.outputs) ?? null,
  }),
});

async function checked(piece: Check, bench: Bench): Promise<PieceDone> {
  const model = await bench.verifiable();
  const profiles = [profileNamed(piece.profile)];
  const expected = async (): Promise<Expectation> => {
    const { tensors, roots } = await namedInputsOf(model.program, inputsOf(piece, model.program), profiles[0]!, bench.backend());
    return { inputs: tensors, roots, context: parseContext(piece.context) };
  };
  const check = async (): Promise<PieceDone> => {
    switch (piece.kind) {
      case 'check':
        return told(model, decodeProofFile(piece.proof), verifyProof(model, piece.proof, profiles, await expected()));
      case 'check part':
        return { kind: 'accepted', accepted: verifyProofPart(model, decodeProofFile(piece.part), profiles) };
      case 'check sum': {
        const joined = joinProofFiles(piece.parts.map(decodeProofFile));
        // in their order, whatever order they were named in: one run has one file
        const file = { ...joined, parts: [...joined.parts].sort((a, b) => a.shard - b.shard) };
        return {
          ...told(model, file, verifyAccepted(model, file, piece.accepted, profiles, await expected())),
          bytes: encodeProofFile(file),
        };
      }
    }
  };
  let outcome: PieceDone = { kind: 'wrong', wrong: [{ piece: 'plan' }] };
  await isRejected(async () => {
    outcome = await check();
  });
  return outcome;
}

/** @throws what the model or the input deserves, and what the machine lacks; what others made and is wrong is a result */
export async function makePiece(piece: Piece, bench: Bench): Promise<PieceDone> {
  if (isCheck(piece)) return checked(piece, bench);
  const model = await bench.model();
  const inputs = inputsOf(piece, model.program);
  const run = bench.execution(model, inputs);
  const context = parseContext(piece.context);
  const look = () => unsteady(run, roundedInputs(tensorsOf(piece), model.program), bench.report());
  const plan = () => planShards(run, model.record.profile, piece.maxCells);
  const provable = await bench.provable(model, () => provableRun(model, run, { context, shards: plan() }));
  const { shards } = provable.head;
  if ('shards' in piece && piece.shards !== shards.length) return { kind: 'wrong', wrong: [{ piece: 'plan' }] };
  switch (piece.kind) {
    case 'ready':
      return { kind: 'ready' };
    case 'look':
      return { kind: 'looked', unsteady: look() };
    case 'plan': {
      const saturated = saturation(run);
      if (piece.strict) requireExact(saturated);
      const moved = piece.strict || shards.length === 1 ? look() : undefined;
      if (piece.strict) requireSteady(moved!);
      bench.requireRoom(provable.request.shards);
      if (shards.length > 1) return { kind: 'planned', cells: shards.map(cellCount), saturated, ...(moved && { unsteady: moved }) };
      const { bytes } = await proveExecution(model, run, { context, shards: plan() });
      return { kind: 'proof', bytes, saturated, unsteady: moved! };
    }
    case 'root':
      bench.requireRoom([provable.request.shards[piece.shard]!]);
      return { kind: 'root', root: await keptRoot(provable, piece.shard, bench) };
    case 'begin': {
      const wrong = await badRoots(provable, piece.roots);
      if (wrong.length) return { kind: 'wrong', wrong };
      return {
        kind: 'beginning',
        bytes: encodeProofFile(
          await proofBeginning(
            provable,
            piece.roots.map((root) => rootOf(root)!),
          ),
        ),
      };
    }
    case 'part':
      bench.requireRoom([provable.request.shards[piece.shard]!]);
      return madePart(provable, piece, bench);
    case 'join':
      return joined(provable, model, inputs, piece);
  }
}

async function keptRoot(provable: ProvableRun, shard: number, bench: Bench): Promise<string> {
  const held = await heldShard(provable, shard);
  bench.keep(provable, shard, held);
  return digestToHex(held.tree.root);
}

/** roots that are none: those of workers that said something else, made here */
async function badRoots(provable: ProvableRun, roots: readonly string[]): Promise<Wrong[]> {
  const wrong: Wrong[] = [];
  for (const [shard, root] of roots.entries())
    if (!rootOf(root)) wrong.push({ piece: 'root', shard, root: digestToHex(await shardRoot(provable, shard)) });
  return wrong;
}
