// The verifier. Steps have the same numbers and names as in prove.ts; read the two side by side. Source: PCS.md §9, §10, AIR.md §9.
// It takes every size, count and parameter from the caller's machine, profile, instances and statement, none from the proof.
// Caveat: it answers for the proof of these instances and this statement; which instances a model may claim is checked before
// (vm/statement/claim.ts).

import type { Challenges } from '../fri/backend/graph.ts';
import { type Channel, TAG } from '../fri/core/channel.ts';
import type { Digest } from '../fri/core/digest.ts';
import { type CodeOf, rejected, ZkvmError } from '../fri/core/errors.ts';
import type { QM31 } from '../fri/core/qm31.ts';
import * as Q from '../fri/core/qm31.ts';
import { type Layout, layoutOf } from '../fri/pcs/layout.ts';
import type { Profile } from '../fri/pcs/profile.ts';
import type { ProofSource } from '../fri/pcs/stream.ts';
import { type Instance, type MachineDefinition, type PublicTerm, publicSum, requireInstances, shapesOf } from './machine.ts';
import { absorbBaseRoots, drawChallenges, openTranscript, type StatementWords } from './transcript.ts';
import { type VerifyChecks, verifyShard } from './verify-shard.ts';

export type { VerifyChecks };

export interface VerifyShardsRequest {
  machine: MachineDefinition;
  profile: Profile;
  statement: StatementWords;
  /** the instances of each shard */
  shards: readonly (readonly Instance[])[];
  publicTerms: readonly PublicTerm[];
}

/** A proof of one shard. */
export interface VerifyRequest extends Omit<VerifyShardsRequest, 'shards'> {
  instances: readonly Instance[];
}

/**
 * Every preprocessed root belongs to exactly one shard: an address of a page that is there twice would have two values.
 * @throws rejected ZK0212
 */
function requirePages(layouts: readonly Layout[], count: number): void {
  const homes = new Map<number, number>();
  for (const [shard, { trees }] of layouts.entries())
    for (const { name, page } of trees) {
      if (name !== 'preprocessed' && name !== 'data') continue;
      if (homes.has(page)) throw rejected('ZK0212', `preprocessed root ${page} is used twice`, `shards ${homes.get(page)} and ${shard}`);
      homes.set(page, shard);
    }
  if (homes.size !== count || [...homes.keys()].some((root) => !(root >= 0 && root < count)))
    throw rejected('ZK0212', `the statement has ${count} preprocessed roots, the instances need ${homes.size}`);
}

/** Accepts a proof of one shard or throws, as `verifyShards`. */
export const verify = ({ instances, ...request }: VerifyRequest, proof: ProofSource, checks: VerifyChecks = {}): void =>
  verifyShards({ ...request, shards: [instances] }, proof, checks);

/** what was read and drawn before the first shard */
interface Opened {
  layouts: readonly Layout[];
  baseRoots: readonly Digest[];
  common: Channel;
  challenges: Challenges;
  /** Σ of the public terms */
  publicTotal: QM31;
}

/**
 * The transcript after all that the challenges depend on, which every shard forks: what a contract that verifies shards one by one goes on from.
 * @throws rejected
 */
export const commonTranscript = (request: VerifyShardsRequest, beginning: ProofSource): Channel => openProof(request, beginning).common;

function openProof({ machine, profile, statement, shards, publicTerms }: VerifyShardsRequest, proof: ProofSource): Opened {
  for (const instances of shards) requireInstances(machine, instances, profile.logBlowup);
  const layouts = shards.map((instances) => layoutOf(shapesOf(machine, instances)));
  if (layouts.length === 0) throw rejected('ZK0212', 'there is no shard');
  requirePages(layouts, statement.preprocessedRoots.length);

  // 1 statement
  const common = openTranscript(machine, profile, statement, shards);

  // 2 base trees of all shards
  const baseRoots = shards.map(() => proof.digest('base root'));
  absorbBaseRoots(common, baseRoots);

  // 3 interaction work, challenges
  common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, proof.nonce('interaction'), 'interaction');
  const challenges = drawChallenges(common);
  return { layouts, baseRoots, common, challenges, publicTotal: publicSum(publicTerms, challenges) };
}

/** the claimed sums of all shards and the public terms cancel; of one shard they do by construction, and its running sum says whether they should */
function requireZero(total: QM31): void {
  if (!Q.isZero(total))
    throw rejected('ZK0210', 'sum is not zero', 'claimed sums and public terms', 'the statement is not what the trace computed');
}

/** 4 to 13 of one shard; @returns what its fractions add up to: of the only one what the public terms leave, else what it says itself */
function verifyOne(
  { machine, profile, statement, shards }: VerifyShardsRequest,
  { layouts, baseRoots, common, challenges, publicTotal }: Opened,
  index: number,
  proof: ProofSource,
  checks: VerifyChecks,
): QM31 {
  const sum = shards.length === 1 ? Q.neg(publicTotal) : undefined;
  const own = { instances: shards[index]!, layout: layouts[index]!, baseRoot: baseRoots[index]! };
  const shard = { machine, profile, statement, index, common, challenges, checks, sum, ...own };
  try {
    return verifyShard(shard, proof);
  } catch (error) {
    if (shards.length > 1 && error instanceof ZkvmError && error.kind === 'rejected')
      throw rejected(error.code as CodeOf<'rejected'>, error.what, `shard ${index}${error.where ? `, ${error.where}` : ''}`, error.why);
    throw error;
  }
}

/**
 * Accepts or throws.
 * @param parts what the stream has of each shard, where it comes in pieces; then `proof` is what stands before them
 * @throws rejected with the label of the first check that fails, and the shard where there are several; nothing else
 */
export function verifyShards(
  request: VerifyShardsRequest,
  proof: ProofSource,
  checks: VerifyChecks = {},
  parts?: readonly ProofSource[],
): void {
  const { shards } = request;

  // 1 to 3
  const opened = openProof(request, proof);

  // 4 to 13, shard by shard
  let total = opened.publicTotal;
  for (const index of shards.keys()) {
    const part = parts?.[index] ?? proof;
    total = Q.add(total, verifyOne(request, opened, index, part, checks));
    if (part !== proof) part.end();
  }

  // 14 the sums of all shards and the public terms cancel, and nothing is left
  requireZero(total);
  proof.end();
}

/**
 * One shard of several, by itself: what a coordinator checks before it counts a worker's part. It says nothing of the statement; the sum of all
 * shards does (`verifySums`).
 * @param beginning base roots and interaction nonce
 * @returns the shard's claimed sum
 * @throws rejected
 */
export function verifyPart(request: VerifyShardsRequest, beginning: ProofSource, index: number, part: ProofSource): QM31 {
  const opened = openProof(request, beginning);
  beginning.end();
  const claimed = verifyOne(request, opened, index, part, {});
  part.end();
  return claimed;
}

/**
 * What is left of `verifyShards` when every shard was accepted by itself.
 * @param sums of each shard, as `verifyPart` gave them for this request and this beginning
 * @throws rejected ZK0210
 */
export function verifySums(request: VerifyShardsRequest, beginning: ProofSource, sums: readonly QM31[]): void {
  const opened = openProof(request, beginning);
  beginning.end();
  requireZero(sums.reduce(Q.add, opened.publicTotal));
}
