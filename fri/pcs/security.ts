// Soundness in bits: every error of the protocol by name, for the actual sizes, and their sum, conjectured and proven side by side.
// Sources: AIR.md §7 for the terms. Conjectured query rate: -log2(ρ + ρ·log2(e/ρ)/log2|F|), the "random words" rate of Diamond and Gruen,
// ePrint 2025/2010 §1.5 (0.972 and 3.938 bits a query at ρ = 1/2 and 1/16). Proven: the better of two regimes for the whole proof.
// `unique`, decoding up to half the distance: PCS.md §14 has every formula and its theorem (ePrint 2020/654, Theorems 4.1 and 6.1).
// `johnson`, list decoding up to the Johnson radius: correlated agreement of ePrint 2025/2055 Theorem 4.2, list size in front of the other
// terms as in ePrint 2022/1216 §5. Caveat: all of it is a paper argument. The Johnson regime carries Reed-Solomon codes over to circle
// codes (one is the other in the rational parameter of the circle, ePrint 2024/278 §3.3), and no column covers an error in the code or in
// the hash's design.

import { ZkvmError } from '../core/errors.ts';
import { P } from '../core/m31.ts';
import { FOLD_LOG, LAST_LOG, type Profile } from './profile.ts';

/** log2 of the number of elements of QM31. */
const FIELD_BITS = 4 * Math.log2(P);

/** Collisions of 248-bit digests: 2^124 hash evaluations. */
const HASH_BITS = 124;

const REGIME_TEXT: Readonly<Record<ProvenRegime, string>> = { unique: 'unique decoding', johnson: 'Johnson radius' };

/** Largest multiplicity of the Johnson argument that is tried; from there on the radius grows by less than a thousandth. */
const MAX_MULTIPLICITY = 1000;

/** The sizes of one proof, from which every term follows. */
export interface SecuritySizes {
  profile: Profile;
  /** L: log2 of the rows of the largest column of the largest shard */
  logSize: number;
  /** that of the smallest shard, whose columns are opened at the worst rate; L if left out */
  leastLogSize?: number;
  /** n: all fractions of the global sum over all shards, public terms included */
  fractions: number;
  /** coordinates of the widest tuple that the fractions compress, the relation's number included */
  tupleWidth: number;
  /** K: names of accumulators */
  accumulators: number;
  /** d: total degree in the evaluation challenges (α, β) of the accumulated polynomials */
  degree: number;
  /** M: constraints of all instances of the largest shard, and that of its running sum */
  constraints: number;
  /** s: column values that are batched: columns, two-point columns, columns smaller than the largest that must be lifts */
  samples: number;
  /** each shard is a STARK of its own; 1 if left out */
  shards?: number;
  /** the shards' own sizes; all have those of the largest if left out */
  perShard?: readonly StarkSizes[];
}

/** What the errors of one shard follow from. */
export interface StarkSizes {
  logSize: number;
  constraints: number;
  samples: number;
}

/** Up to which distance from a word its codewords are looked for: one answer for a whole proof. */
type ProvenRegime = 'unique' | 'johnson';

interface SecurityTerm {
  name: string;
  /** the conjectured bound as text, proof of work included */
  formula: string;
  conjecturedBits: number;
  /** in the regime of the report */
  provenBits: number;
}

/**
 * Every error of a proof in bits, and their sums: proven, and under a conjecture.
 * @example
 * const { security } = await verify(proof, record);
 * console.log(security.provenBits, security.provenRegime, security.conjecturedBits);
 */
export interface SecurityReport {
  terms: SecurityTerm[];
  /** of the sum of all errors */
  conjecturedBits: number;
  /** of the sum in the better regime */
  provenBits: number;
  provenRegime: ProvenRegime;
  /** the sum in each regime */
  regimeBits: Readonly<Record<ProvenRegime, number>>;
  /** multiplicity m of the Johnson argument that gives its best sum */
  multiplicity: number;
}

/** Conjectured bits a query at rate 2^-logBlowup: -log2(ρ + η) with η = ρ·log2(e/ρ)/log2|F|. */
export const conjecturedBitsPerQuery = (logBlowup: number): number => logBlowup - Math.log2(1 + (Math.LOG2E + logBlowup) / FIELD_BITS);

/** What a proof's errors follow from in one regime, for words that are within the distance θ of a codeword. */
interface Regime {
  /** bits a query: -log2(1 - θ) */
  bitsPerQuery: number;
  /** codewords within θ of a word are at most as many */
  listSize: number;
  /** exceptional challenges of a combination of two words on `points` points; one with powers up to t has t times as many */
  exceptional: (points: number) => number;
}

/** dimensions by which opened columns may exceed the FFT space: the quotient's denominator has degree 1 */
const EXTRA_DIMENSIONS = 3;

/**
 * Half the distance of the columns' code: θ = (1 - ρ⁺)/2 with ρ⁺ = (2^L + 3)/2^(L+b). One codeword at most is that near, and a
 * combination of two words has at most as many exceptional challenges as points (ePrint 2020/654, Theorems 4.1, 6.1).
 */
function unique(logSize: number, logBlowup: number): Regime {
  const rate = (2 ** logSize + EXTRA_DIMENSIONS) / 2 ** (logSize + logBlowup);
  return { bitsPerQuery: 1 - Math.log2(1 + rate), listSize: 1, exceptional: (points) => points };
}

/**
 * The Johnson radius at rate ρ with multiplicity m ≥ 3: θ = 1 - √ρ - η for the gap η = √ρ/m. At most 1/(2η√ρ) = m/(2ρ) codewords are that
 * near; exceptional challenges are (2m'⁵ + 3m'θρ)·points/(3ρ^1.5) + m'/√ρ, m' = m + 1/2 (ePrint 2025/2055, Theorem 4.2).
 */
function johnson(logBlowup: number, m: number): Regime {
  const rho = 2 ** -logBlowup;
  const root = Math.sqrt(rho);
  const theta = 1 - root - root / m;
  const half = m + 0.5;
  return {
    bitsPerQuery: -Math.log2(1 - theta),
    listSize: m / (2 * rho),
    exceptional: (points) => ((2 * half ** 5 + 3 * half * theta * rho) * points) / (3 * rho * root) + half / root,
  };
}

interface Term {
  name: string;
  formula: string;
  /** conjectured and proven errors as a number of bad challenges of the field, before proof of work */
  conjectured: number;
  proven: (regime: Regime) => number;
  work: number;
}

const bitsOf = (badChallenges: number, work: number): number => FIELD_BITS + work - Math.log2(Math.max(1, badChallenges));

/** Bits of the sum of errors that are given in bits. */
const sumOfBits = (bits: readonly number[]): number => -Math.log2(bits.reduce((sum, b) => sum + 2 ** -b, 0));

/** Every error term and the sum. Shards multiply the terms of a STARK; the interaction terms are global, over every choice from the shards' lists. */
export function securityReport(sizes: SecuritySizes): SecurityReport {
  const { profile, logSize, leastLogSize = logSize, fractions, tupleWidth, accumulators, degree, constraints, samples } = sizes;
  const { perShard = Array.from({ length: sizes.shards ?? 1 }, (): StarkSizes => ({ logSize, constraints, samples })) } = sizes;
  const shards = perShard.length;
  const { work, logBlowup, queries } = profile;
  const foldFactor = 2 ** FOLD_LOG;
  const sum = (of: (stark: StarkSizes) => number): number => perShard.reduce((total, stark) => total + of(stark), 0);
  const domainOf = (stark: StarkSizes): number => 2 ** (stark.logSize + logBlowup);
  const batched = sum((stark) => (stark.samples - 1) * domainOf(stark));
  const batches = sum((stark) => stark.samples - 1);
  const layers = sum((stark) => Math.ceil((stark.logSize - LAST_LOG) / FOLD_LOG));
  // Σ (2^f - 1)·|D_i| over the layers D0, D0/8, … is below 8·|D0|
  const foldPoints = foldFactor * sum(domainOf);
  const listed = (count: number) => ({ conjectured: count, proven: (r: Regime) => r.listSize * count });
  // each shard's trees have a list of their own, and the sum is over one of each: as many traces as there are choices
  const global = (count: number) => ({ conjectured: count, proven: (r: Regime) => r.listSize ** shards * count });
  const terms: Term[] = [
    {
      name: 'tuple collision',
      formula: `${tupleWidth - 1}·(n - 1)/|F|·2^-${work.interaction}`,
      ...global((tupleWidth - 1) * (fractions - 1)),
      work: work.interaction,
    },
    { name: 'lookup sum', formula: `2n/|F|·2^-${work.interaction}`, ...global(2 * fractions), work: work.interaction },
    {
      name: 'accumulators',
      formula: `(d + 2K)/|F|·2^-${work.interaction}`,
      ...global(degree + 2 * accumulators),
      work: work.interaction,
    },
    { name: 'composition', formula: '(M - 1)/|F|', ...listed(sum((stark) => stark.constraints - 1)), work: 0 },
    { name: 'out-of-domain point', formula: '4·2^L/|F|', ...listed(sum((stark) => 4 * 2 ** stark.logSize)), work: 0 },
    {
      name: 'DEEP batching',
      formula: `(s - 1)·|D0|/|F|·2^-${work.deep}`,
      conjectured: batched,
      // `exceptional` is linear in the points, with a part that does not grow with them
      proven: (r) => r.exceptional(batched) + (batches - 1) * r.exceptional(0),
      work: work.deep,
    },
    {
      name: 'FRI folds',
      formula: `${foldFactor}·|D0|/|F|·2^-${work.fold}`,
      conjectured: foldPoints,
      // the part of `exceptional` that does not grow with the domain counts once a layer
      proven: (r) => r.exceptional(foldPoints) + (shards - 1 + layers * (foldFactor - 1)) * r.exceptional(0),
      work: work.fold,
    },
  ];
  const rate = conjecturedBitsPerQuery(logBlowup);
  const shardBits = Math.log2(shards);
  const queryBits = (regime: Regime): number => regime.bitsPerQuery * queries + work.query - shardBits;
  const provenAt = (regime: Regime): number[] => [
    ...terms.map((term) => bitsOf(term.proven(regime), term.work)),
    queryBits(regime),
    HASH_BITS,
  ];
  /** the errors that depend on the multiplicity; no list for each of a thousand, since every proof comes here */
  const errorAt = (m: number): number => {
    const regime = johnson(logBlowup, m);
    let error = 2 ** -queryBits(regime);
    for (const term of terms) error += 2 ** -bitsOf(term.proven(regime), term.work);
    return error;
  };
  let multiplicity = 3;
  let least = errorAt(multiplicity);
  for (let m = 4; m <= MAX_MULTIPLICITY; m++) {
    const error = errorAt(m);
    if (error >= least) continue;
    multiplicity = m;
    least = error;
  }
  const provenBy = { unique: provenAt(unique(leastLogSize, logBlowup)), johnson: provenAt(johnson(logBlowup, multiplicity)) };
  const regimeBits = { unique: sumOfBits(provenBy.unique), johnson: sumOfBits(provenBy.johnson) };
  const provenRegime: ProvenRegime = regimeBits.unique > regimeBits.johnson ? 'unique' : 'johnson';
  const proven = provenBy[provenRegime];
  const conjectured = [...terms.map((term) => bitsOf(term.conjectured, term.work)), rate * queries + work.query - shardBits, HASH_BITS];
  const named = [
    ...terms,
    { name: 'FRI queries', formula: `2^-(${rate.toFixed(3)}·${queries} + ${work.query})` },
    { name: 'hash', formula: `2^-${HASH_BITS}` },
  ];
  return {
    terms: named.map(({ name, formula }, i) => ({ name, formula, conjecturedBits: conjectured[i]!, provenBits: proven[i]! })),
    conjecturedBits: sumOfBits(conjectured),
    provenBits: regimeBits[provenRegime],
    provenRegime,
    regimeBits,
    multiplicity,
  };
}

/** The sum with its regime, as `prove` and `verify` print it. */
export const securityText = ({ conjecturedBits, provenBits, provenRegime }: SecurityReport): string =>
  `${provenBits.toFixed(1)} bits proven (${REGIME_TEXT[provenRegime]}), ${conjecturedBits.toFixed(1)} bits conjectured (random words)`;

/** Why these sizes leave less than the profile promises; undefined if they do not. */
export function securityRefusal(report: SecurityReport, { name, floor }: Profile): ZkvmError | undefined {
  const column = floor.kind === 'proven' ? 'provenBits' : 'conjecturedBits';
  if (report[column] >= floor.bits) return undefined;
  const weakest = report.terms.reduce((least, term) => (term[column] < least[column] ? term : least));
  const regime = floor.kind === 'proven' ? ` (${REGIME_TEXT[report.provenRegime]})` : '';
  return new ZkvmError('rejected', 'ZK0131', {
    what: 'these sizes leave too little security',
    where: `profile ${name}`,
    why: `${report[column].toFixed(1)} bits ${floor.kind}${regime}, ${floor.bits} needed; the weakest term is ${weakest.name}`,
    fix: floor.kind === 'proven' ? 'take a smaller model, or profile fast, whose floor is a conjectured one' : 'take a smaller model',
  });
}

/**
 * Prover and verifier both refuse a proof whose sizes leave less than the profile promises.
 * @throws rejected ZK0131 when the total that the floor is about is under it
 */
export function requireSecurity(report: SecurityReport, profile: Profile): void {
  const refusal = securityRefusal(report, profile);
  if (refusal) throw refusal;
}
