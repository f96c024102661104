// Proves a run: traces of all chips, statement, proof file; in one shard or in several, all at once or a shard at a time. Source: DESIGN §1, §5, §7.
// The steps of the protocol are in air/prove.ts.
// Caveat: the prover refuses what its own verifier would refuse: a security sum below the profile's floor, oversized instances.
import type { UnfilledInstance } from '../air/columns.ts';
import { beginProof, holdShard, proveShard, proveShards, type ShardsRequest } from '../air/prove.ts';
import { type CommittedBase, freeBase } from '../air/prove-shard.ts';
import type { Digest } from '../fri/core/digest.ts';
import { distinct } from '../fri/pcs/layout.ts';
import type { Profile } from '../fri/pcs/profile.ts';
import { requireSecurity, type SecurityReport } from '../fri/pcs/security.ts';
import type { ProofWriter } from '../fri/pcs/stream.ts';
import { cellsOfShards } from './chips/cells.ts';
import { CHIP_LIST, MACHINE } from './chips/machine.ts';
import { planInstances } from './chips/split.ts';
import type { Execution } from './executor/run.ts';
import { encodeProofFile, type ProofFile, partsOf } from './files/proof.ts';
import { tensorWords } from './program/packing.ts';
import { publicTermCount } from './statement/claim.ts';
import { requireContext } from './statement/context.ts';
import { inputLists, type Roots, rootsInOrder, statementInputs } from './statement/input.ts';
import { requireShards, securedShards } from './statement/instances.ts';
import { type PreparedModel, setupsOf } from './statement/model.ts';
import { statementTrees } from './statement/record.ts';
import { committedRoots } from './statement/roots.ts';

export interface ProveOptions {
  /** the caller's bytes in the statement; empty if left out */
  context?: Uint8Array;
  /** the run's instances, shard by shard (`planShards`); as one shard if left out */
  shards?: readonly (readonly UnfilledInstance[])[];
  onStep?: (step: string, ms: number) => void;
}

export interface ProvedRun {
  /** the proof file */
  bytes: Uint8Array;
  writer: ProofWriter;
  /** committed cells */
  cells: number;
  /** milliseconds by protocol step, trace fill first */
  timings: Record<string, number>;
  security: SecurityReport;
  modelId: Digest;
  /** of committed inputs */
  roots: Roots;
}

/** A run that is ready to be proved. */
export interface ProvableRun {
  request: ShardsRequest;
  security: SecurityReport;
  cells: number;
  /** of committed inputs */
  roots: Roots;
  /** the proof file but for the stream */
  head: Omit<ProofFile, 'words' | 'parts'>;
}

/** the model's trees that a shard has, ascending */
const pagesIn = (instances: readonly UnfilledInstance[]): number[] =>
  distinct(instances.flatMap(({ type, page }) => (CHIP_LIST[type]!.sizedBy === 'program' ? [page ?? 0] : [])));

/**
 * How secure a proof of these shards is, and under which profile; by default of the run as one shard. What the verifier would refuse is refused here,
 * before any work.
 * @throws as `requireSecurity`
 */
export function plannedRun(
  run: Execution,
  profile: Profile,
  shards: NonNullable<ProveOptions['shards']> = [planInstances(run, profile)],
): { shards: NonNullable<ProveOptions['shards']>; profile: Profile; security: SecurityReport; cells: number } {
  const secured = securedShards(profile, shards, publicTermCount(run.loaded.program));
  requireSecurity(secured.security, secured.profile);
  return { ...secured, shards, cells: cellsOfShards(shards) };
}

/**
 * Statement, shards and security of a run: what every piece of its proof starts from.
 * @throws usage ZK0311 for a context that is too long; rejected ZK0350, ZK0351 or the security error when this run cannot be proved under the model's profile
 */
export async function provableRun(model: PreparedModel, run: Execution, options: ProveOptions = {}): Promise<ProvableRun> {
  const { program } = run.loaded;
  const { trees, profile: own } = model.record;
  const context = Uint8Array.from(options.context ?? []); // a copy: proving takes a while
  requireContext(context);
  const { shards, profile, security, cells } = plannedRun(run, own, options.shards);
  const roots = await committedRoots(program, run.inputs, own, model.backend);
  const claimed = requireShards(shards, statementTrees(model.record), own);
  return {
    security,
    cells,
    roots,
    head: {
      profileId: profile.id,
      modelId: model.id,
      shards: claimed,
      inputs: statementInputs(program.inputs, run.inputs, roots),
      outputs: program.outputs.map((region) => run.outputs[region.name]!),
      context,
    },
    request: {
      machine: MACHINE,
      profile,
      backend: model.backend,
      statement: {
        modelId: model.id,
        preprocessedRoots: [...trees.map(({ root }) => root), ...rootsInOrder(program.inputs, roots)],
        inputs: inputLists(program.inputs, { tensors: run.inputs, roots }),
        outputs: tensorWords(program.outputs, run.outputs, 'output'),
        context,
      },
      shards: shards.map((instances) => ({ instances, setups: setupsOf(model, pagesIn(instances)) })),
      ...(options.onStep && { onStep: options.onStep }),
    },
  };
}

/** @throws as `provableRun` */
export async function proveExecution(model: PreparedModel, run: Execution, options: ProveOptions = {}): Promise<ProvedRun> {
  const timings: Record<string, number> = {};
  const onStep = (name: string, ms: number): void => {
    timings[name] = (timings[name] ?? 0) + ms;
    options.onStep?.(name, ms);
  };
  const { request, security, cells, roots, head } = await provableRun(model, run, { ...options, onStep });
  const { words, writer, lengths } = await proveShards(request);
  const bytes = encodeProofFile({ ...head, ...partsOf(words, lengths) });
  return { bytes, writer, cells, timings, security, modelId: model.id, roots };
}

/** What phase 1 of a shard left in the backend's memory, for its phase 2. */
export type HeldShard = CommittedBase;

/** Phase 1 of one shard, for a proof whose shards are proved apart. It stays in memory until `shardPart` or `freeShard` takes it. */
export const heldShard = ({ request }: ProvableRun, shard: number): Promise<HeldShard> => holdShard(request, shard);

export const freeShard = ({ request }: ProvableRun, held: HeldShard): void => freeBase(request, held);

/** `heldShard` with nothing left in memory. @returns the shard's base root */
export async function shardRoot(provable: ProvableRun, shard: number): Promise<Digest> {
  const held = await heldShard(provable, shard);
  freeShard(provable, held);
  return held.tree.root;
}

/** Between the phases: a proof file without a part, which says what all parts share. @param roots of all shards, in their order */
export async function proofBeginning({ request, head }: ProvableRun, roots: readonly Digest[]): Promise<ProofFile> {
  return { ...head, words: await beginProof(request, roots), parts: [] };
}

/**
 * Phase 2 of one shard: the same file with this shard's part.
 * @param held of this shard; it is given back, whatever comes of it
 * @throws bug when the run has another base root than the beginning says
 */
export async function shardPart({ request }: ProvableRun, beginning: ProofFile, shard: number, held?: HeldShard): Promise<ProofFile> {
  return { ...beginning, parts: [{ shard, words: await proveShard(request, shard, beginning.words, held) }] };
}
