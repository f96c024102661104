// A verifier of shards with one check left out at a time: what a forger of shards.test.ts has to break, or his attacks would be worth nothing.
// Source: air/verify.ts without it. Caveat: none of them was ever in a release; with nothing left out it must answer as air/verify.ts does.
import { publicSum, shapesOf } from '../../air/machine.ts';
import { absorbBaseRoots, drawChallenges, openTranscript } from '../../air/transcript.ts';
import type { VerifyShardsRequest } from '../../air/verify.ts';
import { verifyShard } from '../../air/verify-shard.ts';
import type { Challenges } from '../../fri/backend/graph.ts';
import { TAG } from '../../fri/core/channel.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { rejected } from '../../fri/core/errors.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { layoutOf } from '../../fri/pcs/layout.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';

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
    verifyShard(
      { machine, profile, statement, instances, layout, index, baseRoot: roots[shard]!, common, challenges, checks: {} },
      proof,
      (sums) => {
        for (const sum of gap.told ? [gap.told(challenges)[shard]!] : sums) total = Q.add(total, sum);
      },
    );
  }
  if (!Q.isZero(total)) throw rejected('ZK0210', 'sum is not zero');
  proof.end();
}
