// How many queries the shards of a proof need on the chain, in whole numbers: what fri/pcs/security.ts and vm/statement/instances.ts say with
// logarithms, so that the contract comes to the same number. Every conjectured error is a count of bad challenges over |F| after proof of work;
// all of them in units of 1/(|F|·2^work) are a sum of integers that must not pass what the floor leaves. Source: AIR.md §7.
// Caveat: errors of queries are rounded up; where the two would differ by that, in the thirteenth digit, the contract refuses what TypeScript takes.
import { constraintCount, fractionCount, type Instance, type MachineDefinition, shapesOf } from '../../air/machine.ts';
import { bug } from '../../fri/core/errors.ts';
import { batchSampleCount, layoutOf } from '../../fri/pcs/layout.ts';
import { FOLD_LOG, PROFILES } from '../../fri/pcs/profile.ts';
import { conjecturedBitsPerQuery } from '../../fri/pcs/security.ts';
import { CHIP_LIST, MACHINE } from '../../vm/chips/machine.ts';
import { CHIP_NAMES, CHIPS } from '../../vm/chips/table.ts';
import { LANES, P } from '../../vm/program/isa.ts';
import { MAX_FRACTIONS } from '../../vm/statement/instances.ts';

const PROFILE = PROFILES.chain;
const { work, logBlowup, queries, floor } = PROFILE;

/** queries of a proof beyond the profile's that the contract knows: each takes a twentieth more calldata, and 8 are enough for any 64 shards */
export const MAX_MORE_CHAIN_QUERIES = 8;

/** a unit is 1/(|F|·2^UNIT_BITS) */
const UNIT_BITS = Math.max(work.interaction, work.deep, work.fold);
const HASH_BITS = 124;
const FIELD = BigInt(P) ** 4n;
const WEIGHT = {
  interaction: 1 << (UNIT_BITS - work.interaction),
  none: 1 << UNIT_BITS,
  deep: 1 << (UNIT_BITS - work.deep),
  fold: 1 << (UNIT_BITS - work.fold),
} as const;

/** what all errors but those of hashes may add up to */
const BUDGET = ((2n ** BigInt(HASH_BITS - floor.bits) - 1n) * FIELD * 2n ** BigInt(UNIT_BITS)) >> BigInt(HASH_BITS);

/** the error of a shard's queries, rounded up */
const queryError = (count: number): bigint =>
  BigInt(Math.ceil(2 ** (UNIT_BITS + Math.log2(Number(FIELD)) - work.query - conjecturedBitsPerQuery(logBlowup) * count) * (1 + 1e-12)));

const TUPLE_WIDTH = LANES + 2;

/**
 * The queries that the contract asks of a proof of several shards; undefined where it takes no such proof.
 * @param publicTerms words of inputs and outputs, and HALT
 */
export function chainQueries(shards: readonly (readonly Instance[])[], publicTerms: number): number | undefined {
  const instances = shards.flat();
  let [accumulators, degree] = [0, 0];
  for (const { type, logSize } of instances) {
    const { accumulatorDegree } = CHIP_LIST[type]!;
    if (!accumulatorDegree) continue;
    accumulators += 2 ** logSize;
    degree = Math.max(degree, accumulatorDegree(2 ** logSize));
  }
  const fractions = fractionCount(MACHINE, instances, publicTerms);
  if (fractions > MAX_FRACTIONS) return undefined;
  let rest = WEIGHT.interaction * ((TUPLE_WIDTH - 1) * (fractions - 1) + 2 * fractions + degree + 2 * accumulators);
  for (const shard of shards) {
    const layout = layoutOf(shapesOf(MACHINE, shard));
    const domain = 2 ** (layout.logSize + logBlowup);
    rest += WEIGHT.none * (constraintCount(MACHINE, shard) - 1 + 4 * 2 ** layout.logSize);
    rest += WEIGHT.deep * (batchSampleCount(layout) - 1) * domain + WEIGHT.fold * 2 ** FOLD_LOG * domain;
  }
  for (let more = 0; more <= MAX_MORE_CHAIN_QUERIES; more++)
    if (BigInt(rest) + BigInt(shards.length) * queryError(queries + more) <= BUDGET) return queries + more;
  return undefined;
}

/** the generated constants and tables of contracts/cairo/security.cairo */
export function errorsCairo({ components }: MachineDefinition): string[] {
  const arm = (type: number, of: number): string => (type === of - 1 ? '_' : String(type));
  const rows = CHIP_NAMES.map((name, type) => {
    const { accumulatorDegree } = CHIPS[name];
    const at = (count: number): number => accumulatorDegree?.(count) ?? 0;
    const slope = at(1) - at(0);
    for (const count of [2, 1000]) if (at(count) !== at(0) + slope * count) throw bug(`the degree of ${name} is not linear in its rows`);
    const { constraints, sums } = components[type]!;
    return [constraints.length, sums.flat().length, accumulatorDegree ? 1 : 0, slope, at(0)];
  });
  const more = Array.from({ length: MAX_MORE_CHAIN_QUERIES + 1 }, (_, i) => queryError(queries + i));
  const constants: [string, number | bigint][] = [
    ['ERROR_BUDGET', BUDGET],
    ['WEIGHT_INTERACTION', WEIGHT.interaction],
    ['WEIGHT_NONE', WEIGHT.none],
    ['WEIGHT_DEEP', WEIGHT.deep],
    ['WEIGHT_FOLD', WEIGHT.fold * 2 ** FOLD_LOG],
    ['TUPLE_WIDTH', TUPLE_WIDTH],
    ['MAX_FRACTIONS', MAX_FRACTIONS],
  ];
  return [
    ...constants.map(([name, value]) => `const ${name}: u128 = ${value};`),
    '',
    '/// what the errors of an instance follow from: constraints, fractions a row, accumulators a row, degree in its rows and beyond',
    'fn error_counts(kind: u32) -> (u128, u128, u128, u128, u128) {',
    '    match kind {',
    ...rows.map((row, type) => `        ${arm(type, rows.length)} => (${row.join(', ')}),`),
    '    }',
    '}',
    '',
    "/// the error of one shard's queries when there are so many more than the profile's",
    'fn query_error(more: u32) -> u128 {',
    '    match more {',
    ...more.map((error, i) => `        ${arm(i, more.length)} => ${error},`),
    '    }',
    '}',
    '',
  ];
}
