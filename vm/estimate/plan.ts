// The shards that a run is proved in, so that each fits into memory: one if the whole run does. Source: DESIGN §7; predict.ts for what a shard takes.
// Caveat: predicted bytes, not measured ones; what cannot be cut (a model's only tree, the cpu) may be too large whatever the shards.
import type { UnfilledInstance } from '../../air/columns.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { securityRefusal } from '../../fri/pcs/security.ts';
import type { HostKind } from '../../gpu/kind/kind.ts';
import { cellCount, cellsOfShards } from '../chips/cells.ts';
import { shardPlanner } from '../chips/shards.ts';
import { planInstances } from '../chips/split.ts';
import type { Execution } from '../executor/run.ts';
import { publicTermCount } from '../statement/claim.ts';
import { MAX_SHARDS, securedShards } from '../statement/instances.ts';
import { sizesOf } from './cost.ts';
import { fitsMemory, type Prediction, predictShards, requireMemory } from './predict.ts';

/** tries before the run is refused: each makes shards by a quarter smaller */
const MAX_TRIES = 16;
const SMALLER = 0.75;

export interface ProofPlan {
  shards: UnfilledInstance[][];
  /** committed cells of all shards */
  cells: number;
  prediction: Prediction;
}

export interface PlanMemory {
  profile: Profile;
  kind: HostKind;
  threads: number;
  /** bytes that this process may have in all */
  availableBytes: number;
}

/**
 * One shard where the run fits, the fewest that fit where not.
 * @throws backend ZK0620 where no number of shards fits
 */
export function planProof(run: Execution, { profile, kind, threads, availableBytes }: PlanMemory): ProofPlan {
  const planned = (shards: UnfilledInstance[][]): ProofPlan => ({
    shards,
    cells: cellsOfShards(shards),
    prediction: predictShards(shards.map(sizesOf), profile, kind, threads, 1),
  });
  const terms = publicTermCount(run.loaded.program);
  /** a run that is too high for its security as one shard may be proved in several lower ones */
  const isSecure = ({ shards }: ProofPlan): boolean => {
    const secured = securedShards(profile, shards, terms);
    return !securityRefusal(secured.security, secured.profile);
  };
  const fits = ({ prediction }: ProofPlan): boolean => fitsMemory(prediction, availableBytes);
  const whole = planned([planInstances(run, profile)]);
  const plans = [whole];
  if (fits(whole) && isSecure(whole)) return whole;
  const { columnBytes, peakBytes, limit } = whole.prediction;
  const room = Math.min(limit?.bytes ?? Number.POSITIVE_INFINITY, availableBytes - (peakBytes - columnBytes));
  const first = whole.cells * Math.min(SMALLER, Math.max(room, 0.02 * columnBytes) / columnBytes);
  const shardsOf = shardPlanner(run, profile);
  let maxCells = first;
  for (let tries = 0; tries < MAX_TRIES && profile.repeatedChips && whole.cells <= MAX_SHARDS * maxCells; tries++, maxCells *= SMALLER) {
    const shards = shardsOf(maxCells);
    if (shards.length > MAX_SHARDS) break;
    const plan = planned(shards);
    if (fits(plan) && isSecure(plan)) return plan;
    plans.push(plan);
    // what is left is not cut: smaller shards are no help
    if (shards.length > 1 && Math.max(...shards.map(cellCount)) > maxCells / SMALLER) break;
  }
  const least = (of: readonly ProofPlan[]): ProofPlan => of.reduce((a, b) => (b.prediction.peakBytes < a.prediction.peakBytes ? b : a));
  const secure = plans.filter(isSecure);
  // nothing is secure, in whatever memory: the prover's to refuse
  if (secure.length === 0) return plans.find(fits) ?? least(plans);
  // larger shards are fewer: they may fit still, and say what memory would do
  for (let cells = first / SMALLER; least(secure) === whole && profile.repeatedChips && cells < whole.cells; cells /= SMALLER) {
    const plan = planned(shardsOf(cells));
    if (!isSecure(plan)) continue;
    if (fits(plan)) return plan;
    secure.push(plan);
  }
  const best = least(secure);
  if (best === whole) requireMemory(whole.prediction, whole.cells, availableBytes);
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const what = plans.some(fits)
    ? 'smaller shards would fit, and so many of them have less security than the profile needs'
    : 'the run itself, the cpu and what a small model fixes are not cut';
  throw new ZkvmError('backend', 'ZK0620', {
    what: `the proof does not fit into memory, in however many shards: ${best.cells} cells`,
    why: `about ${megabytes(best.prediction.peakBytes)} are needed for the largest of ${best.shards.length}, ${megabytes(availableBytes)} are available; ${what}`,
    fix: 'use a machine with more memory, or allow more of it; prove a smaller model or batch',
  });
}
