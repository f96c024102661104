// Which shard proves which rows: every row of a run in one piece, every page in its place, no shard larger than the limit, and the
// same plan whenever it is made. Source: DESIGN §7. Caveat: pages of 2^6 rows, so that small programs have several.
import { describe, expect, test } from 'vitest';
import { check } from '../../../air/check.ts';
import type { UnfilledInstance } from '../../../air/columns.ts';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import { PROFILES, type Profile } from '../../../fri/pcs/profile.ts';
import { cellCount } from '../../../vm/chips/cells.ts';
import { fixedWitnesses } from '../../../vm/chips/fixed.ts';
import { CHIP_LIST, MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { type PageOptions, pagesOf } from '../../../vm/chips/pages.ts';
import { planShards } from '../../../vm/chips/shards.ts';
import { planInstances } from '../../../vm/chips/split.ts';
import { type Execution, execute } from '../../../vm/executor/run.ts';
import { proveExecution } from '../../../vm/prove.ts';
import { publicTerms } from '../../../vm/statement/claim.ts';
import { requireShards } from '../../../vm/statement/instances.ts';
import { type FixedTree, modelId } from '../../../vm/statement/record.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { code } from '../../failure.ts';
import { inPages } from '../paged.ts';
import { EXAMPLES } from '../programs.ts';

/** small programs in pages; any height is allowed, so that they can be cut very small */
const paged: Profile & PageOptions = { ...PROFILES.test, minLogSize: 1, oneTreeCells: 0, pageLogSize: 6 };
const examples = EXAMPLES.map((make) => make());

const treesOf = (run: Execution, options: PageOptions): Pick<FixedTree, 'instances'>[] => {
  const trees: { instances: { type: number; logSize: number; base: number }[] }[] = [];
  for (const { page, type, logSize, base } of pagesOf(run.loaded, options)) {
    trees[page] ??= { instances: [] };
    trees[page].instances.push({ type, logSize, base });
  }
  return trees;
};
const told = (shards: readonly (readonly UnfilledInstance[])[]): string =>
  JSON.stringify(shards.map((shard) => shard.map(({ type, logSize, base, page }) => [type, logSize, base, page ?? 0])));

/** limits of a half to a seventh of the whole run: a shard has columns of its own that cannot be dealt out */
const limits = (run: Execution): number[] => {
  const whole = cellCount(planInstances(run, paged));
  return [2, 3, 5, 7].map((parts) => Math.ceil(whole / parts));
};

describe.each(examples)('$name', ({ program, inputs }) => {
  const run = execute(program, inputs);

  test('in pages and in one tree: the instances are those of the model, in its order, and the plan is made twice alike', () => {
    // pages of 2^7 rows: some full, and a smaller one of a chip that has full ones too
    for (const profile of [
      paged,
      { ...paged, pageLogSize: 7 },
      { ...paged, pageLogSize: 8 },
      { ...paged, oneTreeCells: Number.POSITIVE_INFINITY },
    ]) {
      const trees = treesOf(run, profile);
      for (const limit of limits(run)) {
        const shards = planShards(run, profile, limit);
        expect(told(planShards(execute(program, inputs), profile, limit))).toBe(told(shards));
        const assigned = requireShards(shards, trees, profile);
        expect(told(assigned as UnfilledInstance[][])).toBe(told(shards));
        expect(shards.flat().filter(({ type }) => type === TYPE.cpu)).toHaveLength(1);
        // no piece and no page of nothing
        expect(Math.min(...shards.map((shard) => shard.length))).toBeGreaterThan(0);
      }
    }
  });

  test('no shard is larger than the limit, and none has nothing to do beside the others', () => {
    for (const limit of limits(run)) {
      const cells = planShards(run, paged, limit).map(cellCount);
      expect(Math.max(...cells)).toBeLessThanOrEqual(limit);
      expect(cells.length).toBeGreaterThanOrEqual(2);
      expect(Math.min(...cells)).toBeGreaterThan(Math.max(...cells) / 2);
    }
    expect(planShards(run, paged, Number.POSITIVE_INFINITY)).toHaveLength(1);
  });

  test('every row of the run is in one piece: constraints hold, and the sum over all shards is 0; without one instance it is not', () => {
    const limit = limits(run)[2]!;
    const shards = planShards(run, paged, limit);
    const terms = publicTerms(program, run.inputs, run.outputs);
    const fixed = fixedWitnesses(run.loaded, pagesOf(run.loaded, paged));
    // each page's columns by the number that the plan has for it
    const filled = shards.flat().map((instance) => {
      const columns = MACHINE.components[instance.type]!.base.map(() => new Uint32Array(2 ** instance.logSize));
      instance.fill(columns);
      const page = CHIP_LIST[instance.type]!.sizedBy === 'program' ? fixed[instance.page ?? 0]! : undefined;
      if (page) expect([page.type, page.logSize, page.base]).toEqual([instance.type, instance.logSize, instance.base]);
      return { ...instance, preprocessed: page?.preprocessed ?? [], columns };
    });
    expect(check(MACHINE, filled, terms)).toMatchObject({ failures: [], sumIsZero: true });
    const used = filled.findIndex(({ type, columns }) => type === TYPE.store && columns.some((column) => column.some((x) => x !== 0)));
    expect(used).toBeGreaterThanOrEqual(0);
    expect(
      check(
        MACHINE,
        filled.filter((_, i) => i !== used),
        terms,
      ).sumIsZero,
    ).toBe(false);
  });
});

describe('a model in pages', () => {
  const backend = jsBackend();
  const profile: Profile & PageOptions = { ...PROFILES.test, oneTreeCells: 0, pageLogSize: 7 };

  test('is proved in shards that bring the pages they have; a shard with the columns of another page is refused', async () => {
    const { program, inputs } = examples[0]!;
    const run = execute(program, inputs);
    const model = await inPages(program, profile, backend);
    expect(model.record.trees.length).toBeGreaterThan(4);
    const whole = cellCount(planInstances(run, profile));
    const shards = planShards(run, profile, Math.ceil(whole / 2));
    expect(shards.length).toBeGreaterThan(1);
    const { bytes } = await proveExecution(model, run, { shards });
    expect(code(() => verifyProof(model, bytes, [PROFILES.test]))).toBe('accepted');
    const swap = <T>(list: readonly T[], a: number, b: number): T[] => list.map((_, i) => list[i === a ? b : i === b ? a : i]!);
    const [one, other] = model.record.trees.flatMap(({ instances }, i) =>
      instances[0]!.type === TYPE.rom && instances[0]!.logSize === 7 ? [i] : [],
    );
    expect(other).toBeGreaterThan(one!);
    const swapped = { ...model, setups: swap(model.setups, one!, other!) };
    // the prover does not ask what is in a page that it is given
    const wrong = await proveExecution(swapped, run, { shards });
    expect(code(() => verifyProof(model, wrong.bytes, [PROFILES.test]))).toMatch(/^ZK02/);
    // and a model with the same roots in another order has another id
    const record = { ...model.record, trees: swap(model.record.trees, one!, other!) };
    expect(modelId(record)).not.toEqual(model.id);
    expect(code(() => verifyProof({ ...model, record, id: modelId(record) }, bytes, [PROFILES.test]))).toBe('ZK0356');
  });
});
