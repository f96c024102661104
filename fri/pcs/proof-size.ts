// How long a proof will be, from the layout and the profile alone: the stream's items are fixed, only the pruned multiproofs depend on
// the drawn positions. Source: PCS.md §10. Caveat: without the real positions the figure is that of one random draw (about ±1 %).
import { lift } from '../core/circle.ts';
import { witnessPositions } from '../core/merkle.ts';
import { distinct, foldSteps, type Layout, sampleCount } from './layout.ts';
import { LAST_LOG, type Profile } from './profile.ts';

/** M31 values in a felt of calldata */
const VALUES_PER_FELT = 8;
const DIGEST_BYTES = 32;
const NONCE_BYTES = 8;

export interface ProofSize {
  bytes: number;
  /** Starknet calldata of the proof stream, statement not included */
  calldataFelts: number;
}

/** one deterministic draw of query positions */
export function someRandomPositions(profile: Profile, domainLogSize: number): number[] {
  let state = 12345;
  const next = (): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    state = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return (state ^ (state >>> 16)) >>> 0;
  };
  return distinct(Array.from({ length: profile.queries }, () => next() % 2 ** domainLogSize));
}

/**
 * Of one shard, exact for the given positions.
 * @param shards of the whole proof
 */
export function proofSize(layout: Layout, profile: Profile, shards: number, positions: readonly number[]): ProofSize {
  const domainLogSize = layout.logSize + profile.logBlowup;
  const size: ProofSize = { bytes: 0, calldataFelts: 0 };
  const values = (count: number): void => {
    size.bytes += 4 * count;
    size.calldataFelts += Math.ceil(count / VALUES_PER_FELT);
  };
  const digests = (count: number): void => {
    size.bytes += DIGEST_BYTES * count;
    size.calldataFelts += count;
  };
  const steps = foldSteps(layout.logSize);
  const nonces = 3 + steps.length; // interaction, DEEP, query, one a fold
  size.bytes += NONCE_BYTES * nonces;
  size.calldataFelts += nonces;
  digests(3 + steps.length); // base, interaction, composition and FRI roots
  if (shards > 1) values(4); // the claimed sum of the shard
  values(4 * sampleCount(layout));
  values(4 * 2 ** LAST_LOG);
  for (const tree of layout.trees) {
    const height = tree.logSize + profile.logBlowup;
    const at = distinct(positions.map((p) => lift(p, domainLogSize, height)));
    values(at.length * tree.columns);
    digests(witnessPositions(height, at).length);
  }
  let known: readonly number[] = positions;
  let logSize = domainLogSize;
  for (const foldLog of steps) {
    const cosets = distinct(known.map((p) => Math.floor(p / 2 ** foldLog)));
    values(4 * (cosets.length * 2 ** foldLog - known.length));
    digests(witnessPositions(logSize - foldLog, cosets).length);
    known = cosets;
    logSize -= foldLog;
  }
  return size;
}
