// The profiles: named constants that fix every security parameter. A verifier is told which ones it accepts; it never reads one from a proof.
// Source: DESIGN §3. Caveat: `test` proves nothing (2.9 bits) and exists for unit tests; `verify` refuses it unless asked by name.

import { usage } from '../core/errors.ts';

/** Each FRI layer folds by 2^FOLD_LOG, the last one by the remainder. */
export const FOLD_LOG = 3;
/** The last layer has 2^LAST_LOG coefficients, sent in clear. */
export const LAST_LOG = 5;
/** Log size that the largest column of any proof must have: FRI folds at least once (PCS.md §1). */
export const MIN_LOG_SIZE = LAST_LOG + 1;

export interface Profile {
  readonly name: string;
  /** goes into the transcript */
  readonly id: number;
  /** log2 of the blowup: a column of 2^k rows is committed on 2^(k + logBlowup) points */
  readonly logBlowup: number;
  /** drawn query positions, before doubled ones are dropped */
  readonly queries: number;
  /** bits of proof of work before: query positions, interaction challenges, DEEP coefficient, each fold challenge */
  readonly work: { readonly query: number; readonly interaction: number; readonly deep: number; readonly fold: number };
  /** least acceptable security in bits, over the sum of all errors, and whether it is the proven or the conjectured sum */
  readonly floor: { readonly kind: 'proven' | 'conjectured'; readonly bits: number };
  /** the largest instance has at least 2^minLogSize rows; cpu is padded to them when all are smaller */
  readonly minLogSize: number;
  /**
   * A chip may stand several times in a proof of one shard (DESIGN §7); in one transaction the contract takes one of each, so `chain` has no more.
   * In several shards it may under every profile.
   */
  readonly repeatedChips: boolean;
}

/**
 * A named set of parameters of the protocol; there are no others.
 * @example const profiles: ProfileName[] = ['proven']; // 100 proven bits, and nothing less
 */
export type ProfileName = 'proven' | 'fast' | 'chain' | 'test';

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  // numbers of the search that `npm run bench:profiles` prints: the fewest queries that reach the floor at every log size from 8 to 21
  proven: {
    name: 'proven',
    id: 4,
    logBlowup: 1,
    queries: 196,
    work: { query: 20, interaction: 16, deep: 16, fold: 8 },
    floor: { kind: 'proven', bits: 100 },
    minLogSize: 8,
    repeatedChips: true,
  },
  fast: {
    name: 'fast',
    id: 1,
    logBlowup: 1,
    queries: 80,
    work: { query: 20, interaction: 16, deep: 12, fold: 8 },
    floor: { kind: 'conjectured', bits: 96 },
    minLogSize: MIN_LOG_SIZE,
    repeatedChips: true,
  },
  chain: {
    name: 'chain',
    id: 2,
    logBlowup: 4,
    queries: 19,
    work: { query: 24, interaction: 16, deep: 12, fold: 8 },
    floor: { kind: 'conjectured', bits: 96 },
    // the contract's first fold is a whole one: it takes its least height from here
    minLogSize: LAST_LOG + FOLD_LOG,
    repeatedChips: false,
  },
  test: {
    name: 'test',
    id: 3,
    logBlowup: 1,
    queries: 3,
    work: { query: 0, interaction: 0, deep: 0, fold: 0 },
    floor: { kind: 'conjectured', bits: 0 },
    minLogSize: MIN_LOG_SIZE,
    repeatedChips: true,
  },
};

/** What proofs are made under off chain when nobody names a profile. */
export const DEFAULT_PROFILE = PROFILES.proven;

/** The profile of that name. @throws usage ZK0121 for an unknown one */
export function profileNamed(name: string): Profile {
  if (Object.hasOwn(PROFILES, name)) return PROFILES[name as ProfileName];
  throw usage('ZK0121', {
    what: 'unknown profile',
    where: JSON.stringify(String(name).slice(0, 40)),
    fix: `use one of ${Object.keys(PROFILES).join(', ')}`,
  });
}

/** A profile as the transcript absorbs it: every number that a verdict depends on. */
export const profileWords = ({ id, logBlowup, queries, work }: Profile): number[] => [
  id,
  logBlowup,
  queries,
  work.query,
  work.interaction,
  work.deep,
  work.fold,
  FOLD_LOG,
  LAST_LOG,
];
