// Which instances a proof may claim, and how secure a proof of them is. Source: AIR.md §9 items 4-7, §7.
// Caveat: "exactly one cpu" is load-bearing: a second cpu that loops for ever satisfies the AIR and adds nothing to the sum.
import { constraintCount, fractionCount, type Instance, shapesOf } from '../../air/machine.ts';
import { rejected } from '../../fri/core/errors.ts';
import { batchSampleCount, layoutOf } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { type SecurityReport, type SecuritySizes, securityRefusal, securityReport } from '../../fri/pcs/security.ts';
import { CHIP_LIST, MACHINE, REPEATED_TYPES } from '../chips/machine.ts';
import { LANES } from '../program/isa.ts';
import type { FixedInstance, FixedTree } from './record.ts';

/** largest instance; with the blowup of `chain` the domain stays below 2^30 */
export const MAX_LOG_SIZE = 24;
/** instances of a chip that may stand several times, in one shard */
const MAX_REPEATED = 32;
/** shards of a proof: their errors add up, and a proof file has to have an end */
export const MAX_SHARDS = 256;
/** fractions of the whole sum: below this no counter of an instance can wrap (AIR.md §9.7) */
export const MAX_FRACTIONS = 2 ** 30;
/** queries that a proof of several shards may have beyond its profile's: log2 MAX_SHARDS bits, and what the other terms lose */
const MAX_MORE_QUERIES = 64;

export type Shards = readonly (readonly Instance[])[];

/** least and most instances of a chip that a run sizes, over all shards */
const allowedCount = (type: number, { repeatedChips }: Profile, shards: number): [least: number, most: number] =>
  (repeatedChips || shards > 1) && REPEATED_TYPES.has(type) ? [0, MAX_REPEATED * shards] : [1, 1];

/**
 * The instance rule: over all shards as many of each chip as its row of vm/chips/table.ts allows; exactly the model's, in its order, where the
 * program fixes them; exactly one for each committed input, in their order; ascending types in each shard.
 * @param trees of the model and of its committed inputs (`statementTrees`)
 * @returns the shards, with the model's tree of each instance that has one
 * @throws rejected ZK0350 with the first instance that breaks it; ZK0130 when all of a shard are smaller than the profile allows
 */
export function requireShards(shards: Shards, trees: readonly Pick<FixedTree, 'instances'>[], profile: Profile): Instance[][] {
  const place = (shard: number, i: number): string => (shards.length > 1 ? `shard ${shard}, instance ${i}` : `instance ${i}`);
  const bad = (why: string, where: string): Error =>
    rejected('ZK0350', 'the instances are not those of this machine and model', where, why);
  if (shards.length < 1 || shards.length > MAX_SHARDS) throw bad(`there are ${shards.length} shards, 1 to ${MAX_SHARDS} allowed`, 'shards');
  const counts = new Map<number, number>();
  /** what the model has of each chip, and is not met yet */
  const fixed = new Map<number, (FixedInstance & { page: number })[]>();
  for (const [page, { instances }] of trees.entries())
    for (const instance of instances) fixed.set(instance.type, [...(fixed.get(instance.type) ?? []), { ...instance, page }]);
  const assigned = shards.map((instances, shard): Instance[] => {
    let last = 0;
    const here = new Map<number, number>();
    return instances.map((instance, i): Instance => {
      const { type, logSize, base, data } = instance;
      const where = place(shard, i);
      if (type < last || type >= CHIP_LIST.length) throw bad(`type ${type} after ${last}`, where);
      last = type;
      counts.set(type, (counts.get(type) ?? 0) + 1);
      here.set(type, (here.get(type) ?? 0) + 1);
      if (logSize < 1 || logSize > MAX_LOG_SIZE) throw bad(`log size ${logSize}, 1 to ${MAX_LOG_SIZE} allowed`, where);
      const chip = CHIP_LIST[type]!;
      if (data !== (chip.sizedBy === 'input'))
        throw bad(data ? `${chip.component.name} is no committed input` : `${chip.component.name} is under a root of the model`, where);
      if (chip.sizedBy === 'run' && here.get(type)! > MAX_REPEATED) throw bad(`more than ${MAX_REPEATED} of type ${type}`, where);
      const own = chip.sizedBy !== 'run' ? fixed.get(type)?.shift() : { logSize, base: chip.base, page: 0 };
      if (!own) throw bad(`${chip.component.name} stands more often than in the model`, where);
      if (logSize !== own.logSize || base !== own.base)
        throw bad(`log size ${logSize}, base ${base}; the model has ${own.logSize}, ${own.base}`, where);
      return { type, logSize, base, data, page: own.page };
    });
  });
  for (const [type, chip] of CHIP_LIST.entries()) {
    const { name } = chip.component;
    if (chip.sizedBy !== 'run') {
      const left = fixed.get(type) ?? [];
      if (left.length > 0 || (chip.sizedBy === 'program' && !counts.has(type)))
        throw bad(`${left.length || 'all'} of the model's instances of ${name} are missing`, 'shards');
      continue;
    }
    const count = counts.get(type) ?? 0;
    const [least, largest] = allowedCount(type, profile, shards.length);
    if (count < least || count > largest) throw bad(`${count} instances of ${name}, ${least} to ${largest} are allowed`, 'shards');
  }
  for (const [shard, instances] of shards.entries()) {
    const largest = Math.max(...instances.map(({ logSize }) => logSize));
    if (!(largest >= profile.minLogSize))
      throw rejected(
        'ZK0130',
        `the largest instance has log size ${largest}, at least ${profile.minLogSize} is needed`,
        shards.length > 1 ? `shard ${shard}, profile ${profile.name}` : `profile ${profile.name}`,
      );
  }
  return assigned;
}

/** the report made last: proofs of one model follow each other, and the search for its terms is half a megabyte of garbage */
let latest: { key: string; report: SecurityReport } | undefined;

/** what the errors of a proof of these shards follow from; a hostile list has thousands of instances, so it is asked once */
function sizesOf(shards: Shards, publicTerms: number): Omit<SecuritySizes, 'profile'> {
  const instances = shards.flat();
  const fractions = fractionCount(MACHINE, instances, publicTerms);
  if (fractions > MAX_FRACTIONS) throw rejected('ZK0351', `${fractions} fractions, at most ${MAX_FRACTIONS} keep every counter below p`);
  const layouts = shards.map((shard) => layoutOf(shapesOf(MACHINE, shard)));
  const adding = instances.flatMap(({ type, logSize }) => {
    const { accumulatorDegree } = CHIP_LIST[type]!;
    return accumulatorDegree ? [{ rows: 2 ** logSize, degree: accumulatorDegree(2 ** logSize) }] : [];
  });
  const most = (numbers: readonly number[]): number => Math.max(0, ...numbers);
  const perShard = shards.map((shard, i) => ({
    logSize: layouts[i]!.logSize,
    constraints: constraintCount(MACHINE, shard),
    samples: batchSampleCount(layouts[i]!),
  }));
  return {
    logSize: most(layouts.map(({ logSize }) => logSize)),
    leastLogSize: Math.min(...layouts.map(({ logSize }) => logSize)),
    fractions,
    tupleWidth: LANES + 2,
    // a name is a pole wherever it stands: a mac run that nobody drains has one too
    accumulators: adding.reduce((sum, { rows }) => sum + rows, 0),
    degree: most(adding.map(({ degree }) => degree)),
    constraints: most(perShard.map(({ constraints }) => constraints)),
    samples: most(perShard.map(({ samples }) => samples)),
    shards: shards.length,
    perShard,
  };
}

/** every error term for these sizes, and their sum over all shards */
function reportOf(sizes: SecuritySizes): SecurityReport {
  const key = JSON.stringify(sizes);
  if (latest?.key !== key) latest = { key, report: securityReport(sizes) };
  return structuredClone(latest.report); // the caller's own: what he writes into it is nobody else's verdict
}

/**
 * How secure a proof of these shards is, and the profile that it is made under: the caller's, with as many more queries as several shards need to
 * stay above the floor. Both sides compute it from the sizes.
 * @throws rejected ZK0351 for more fractions than counters can hold
 */
export function securedShards(profile: Profile, shards: Shards, publicTerms: number): { profile: Profile; security: SecurityReport } {
  const sizes = sizesOf(shards, publicTerms);
  let taken = profile;
  for (;;) {
    const security = reportOf({ ...sizes, profile: taken });
    const enough = shards.length === 1 || !securityRefusal(security, taken);
    if (enough || taken.queries >= profile.queries + MAX_MORE_QUERIES) return { profile: taken, security };
    taken = { ...taken, queries: taken.queries + 1 };
  }
}

/** the report for one shard */
export const securityOf = (profile: Profile, instances: readonly Instance[], publicTerms: number): SecurityReport =>
  securedShards(profile, [instances], publicTerms).security;
