// A verifier of shards with one check left out at a time: what a forger of shards.test.ts has to break, or his attacks would be worth nothing.
// Source: air/verify.ts without it. Caveat: none of them was ever in a release; with nothing left out it must answer as air/verify.ts does.
import { publicSum, shapesOf } from '../../air/machine.ts';
import { absorbBaseRoots, drawChallenges, openTranscript } from '../../air/transcript.ts';
import type { VerifyShardsRequest } from '../../air/verify.ts';
import { verifyShard } from '../../air/verify-shard.ts';
import type { Challenges } from '../../fri/backend/graph.ts';
import { TAG } from '../../fri/core/channel.ts';
import { type Digest, digestToHex } from '../../fri/core/digest.ts';
import { rejected } from '../../fri/core/errors.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { layoutOf } from '../../fri/pcs/layout.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';
import { encodeProofFile, orderedParts, type ProofFile } from '../../vm/files/proof.ts';
import { contentHash } from '../../vm/statement/record.ts';
import type { AcceptedPart } from '../../vm/verify.ts';

/** What is left out. */
export interface Gap {
  /** base roots that the challenges are drawn after; all of them if left out */
  bound?: (roots: readonly Digest[]) => readonly Digest[];
  /** the number that a shard's fork takes in */
  indexOf?: (shard: number) => number;
  /** sums that are added up instead of those in the shards' streams */
  told?: (challenges: Challenges) => readonly QM31[];
  /** the public terms count once for each shard */
  termsEachTime?: boolean;
}

export function looseVerify(
  { machine, profile, statement, shards, publicTerms }: VerifyShardsRequest,
  words: Uint32Array,
  gap: Gap = {},
): void {
  const proof = new ProofReader(words);
  const common = openTranscript(machine, profile, statement, shards);
  const roots = shards.map(() => proof.digest('base root'));
  absorbBaseRoots(common, gap.bound?.(roots) ?? roots);
  common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, proof.nonce('interaction'), 'interaction');
  const challenges = drawChallenges(common);
  const terms = publicSum(publicTerms, challenges);
  let total = gap.termsEachTime ? Q.scale(terms, shards.length) : terms;
  for (const [shard, instances] of shards.entries()) {
    const index = gap.indexOf?.(shard) ?? shard;
    const layout = layoutOf(shapesOf(machine, instances));
    const claimed = verifyShard(
      { machine, profile, statement, instances, layout, index, baseRoot: roots[shard]!, common, challenges, sum: undefined, checks: {} },
      proof,
    );
    total = Q.add(total, gap.told?.(challenges)[shard] ?? claimed);
  }
  if (!Q.isZero(total)) throw rejected('ZK0210', 'sum is not zero');
  proof.end();
}

/** What is left out when parts were accepted one by one. */
export interface SumGap {
  /** parts that are all right are a proof */
  unsummed?: boolean;
  /** what was accepted may be of another proof */
  anyProof?: boolean;
  /** what was accepted may be another part of this shard */
  anyPart?: boolean;
  /** a proof of one shard may come in no parts */
  single?: boolean;
}

const hashed = (bytes: Uint8Array): string => digestToHex(contentHash(bytes));

/** `verifyAccepted` of vm/verify.ts */
export function looseAccepted(request: VerifyShardsRequest, file: ProofFile, accepted: readonly AcceptedPart[], gap: SumGap): void {
  const { machine, profile, statement, shards, publicTerms } = request;
  if (shards.length === 1 && !gap.single) throw rejected('ZK0332', 'one shard');
  const own = hashed(encodeProofFile({ ...file, parts: [] }));
  const sums = orderedParts(file).map((words, shard) => {
    const part = hashed(new Uint8Array(words.slice().buffer));
    const one = accepted.find(
      (said) => said.shard === shard && (gap.anyProof || said.proof === own) && (gap.anyProof || gap.anyPart || said.part === part),
    );
    if (!one) throw rejected('ZK0332', 'not accepted');
    return one.sum;
  });
  const proof = new ProofReader(file.words);
  const common = openTranscript(machine, profile, statement, shards);
  absorbBaseRoots(
    common,
    shards.map(() => proof.digest('base root')),
  );
  common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, proof.nonce('interaction'), 'interaction');
  const total = sums.reduce(Q.add, publicSum(publicTerms, drawChallenges(common)));
  if (!gap.unsummed && !Q.isZero(total)) throw rejected('ZK0210', 'sum is not zero');
  proof.end();
}
