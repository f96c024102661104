// Which instances a proof may claim, and how secure a proof of them is. Source: AIR.md §9 items 4-7, §7.
// Caveat: "exactly one cpu" is load-bearing: a second cpu that loops for ever satisfies the AIR and adds nothing to the sum.
import { interactionColumns } from '../../air/component.ts';
import { constraintOffsets, fractionCount, type Instance, shapesOf } from '../../air/machine.ts';
import { rejected } from '../../fri/core/errors.ts';
import { batchSampleCount, layoutOf } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { type SecurityReport, securityReport } from '../../fri/pcs/security.ts';
import { CHIP_LIST, MACHINE, REPEATED_TYPES } from '../chips/machine.ts';
import { LANES } from '../program/isa.ts';
import type { FixedInstance } from './record.ts';

/** largest instance; with the blowup of `chain` the domain stays below 2^30 */
export const MAX_LOG_SIZE = 24;
/** instances of a chip that may stand several times, in one shard */
const MAX_REPEATED = 32;
/** fractions of the whole sum: below this no counter of an instance can wrap (AIR.md §9.7) */
const MAX_FRACTIONS = 2 ** 30;

/** least and most instances of a chip in a proof */
const allowedCount = (type: number, { repeatedChips }: Profile): [least: number, most: number] =>
  repeatedChips && REPEATED_TYPES.has(type) ? [0, MAX_REPEATED] : [1, 1];

/**
 * The instance rule: as many of each chip as its row of vm/chips/table.ts allows, exactly the model's where the program fixes it; ascending
 * types.
 * @throws rejected ZK0350 with the first instance that breaks it; ZK0130 when all are smaller than the profile allows
 */
export function requireInstances(instances: readonly Instance[], fixed: readonly FixedInstance[], profile: Profile): void {
  const bad = (why: string, i: number): Error =>
    rejected('ZK0350', 'the instances are not those of this machine and model', `instance ${i}`, why);
  const counts = new Map<number, number>();
  let last = 0;
  for (const [i, instance] of instances.entries()) {
    const { type, logSize, base, data } = instance;
    if (type < last || type >= CHIP_LIST.length) throw bad(`type ${type} after ${last}`, i);
    last = type;
    counts.set(type, (counts.get(type) ?? 0) + 1);
    if (logSize < 1 || logSize > MAX_LOG_SIZE) throw bad(`log size ${logSize}, 1 to ${MAX_LOG_SIZE} allowed`, i);
    if (data) throw bad('a committed input is not part of this statement', i);
    const own = fixed.find((f) => f.type === type) ?? { logSize, base: CHIP_LIST[type]!.base };
    if (logSize !== own.logSize || base !== own.base)
      throw bad(`log size ${logSize}, base ${base}; the model has ${own.logSize}, ${own.base}`, i);
  }
  for (const [type, { component }] of CHIP_LIST.entries()) {
    const count = counts.get(type) ?? 0;
    const [least, most] = allowedCount(type, profile);
    if (count < least || count > most) throw bad(`${count} instances of ${component.name}, ${least} to ${most} are allowed`, 0);
  }
  const largest = Math.max(...instances.map(({ logSize }) => logSize));
  if (largest < profile.minLogSize)
    throw rejected(
      'ZK0130',
      `the largest instance has log size ${largest}, at least ${profile.minLogSize} is needed`,
      `profile ${profile.name}`,
    );
}

/** the report made last: proofs of one model follow each other, and the search for its terms is half a megabyte of garbage */
let latest: { key: string; report: SecurityReport } | undefined;

/** every error term for these instances, and their sum */
export function securityOf(profile: Profile, instances: readonly Instance[], publicTerms: number): SecurityReport {
  const fractions = fractionCount(MACHINE, instances, publicTerms);
  if (fractions > MAX_FRACTIONS) throw rejected('ZK0351', `${fractions} fractions, at most ${MAX_FRACTIONS} keep every counter below p`);
  const layout = layoutOf(shapesOf(MACHINE, instances));
  const adding = instances.flatMap(({ type, logSize }) => {
    const { accumulatorDegree } = CHIP_LIST[type]!;
    return accumulatorDegree ? [{ rows: 2 ** logSize, degree: accumulatorDegree(2 ** logSize) }] : [];
  });
  const sizes = {
    profile,
    logSize: layout.logSize,
    fractions,
    tupleWidth: LANES + 2,
    // a name is a pole wherever it stands: a mac run that nobody drains has one too
    accumulators: adding.reduce((sum, { rows }) => sum + rows, 0),
    degree: Math.max(0, ...adding.map(({ degree }) => degree)),
    constraints: constraintOffsets(MACHINE, instances).at(-1)!,
    samples: batchSampleCount(layout),
  };
  const key = JSON.stringify(sizes);
  if (latest?.key !== key) latest = { key, report: securityReport(sizes) };
  return structuredClone(latest.report); // the caller's own: what he writes into it is nobody else's verdict
}

/** committed cells: columns times rows, preprocessed and composition included */
export function cellCount(instances: readonly Instance[]): number {
  const layout = layoutOf(shapesOf(MACHINE, instances));
  return layout.blocks.reduce((cells, b) => cells + b.columns * 2 ** b.logSize, 0);
}

/** cells of these instances by chip name, however small they are; what all instances share is not in it */
export function chipCells(instances: readonly Pick<Instance, 'type' | 'logSize'>[]): Record<string, number> {
  const cells: Record<string, number> = {};
  for (const { type, logSize } of instances) {
    const component = MACHINE.components[type]!;
    const columns = component.preprocessed.length + component.base.length + 4 * interactionColumns(component);
    cells[component.name] = (cells[component.name] ?? 0) + columns * 2 ** logSize;
  }
  return cells;
}

/** cells of a whole proof by chip name, `composition` for the combination of all constraints */
export function cellsByChip(instances: readonly Instance[]): Record<string, number> {
  const chips = chipCells(instances);
  return { ...chips, composition: cellCount(instances) - Object.values(chips).reduce((sum, cells) => sum + cells, 0) };
}
