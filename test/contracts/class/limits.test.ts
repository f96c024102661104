// What a run is planned for under profile `chain`, the contract takes: heights of one shard and of several. Source: fri/pcs/profile.ts,
// contracts/class/limits.ts. Caveat: heights and counts alone; devnet tests ask the contract itself.
import { describe, expect, test } from 'vitest';
import { MIN_CHAIN_LOG_SIZE, requireChainInstances, requireChainShards } from '../../../contracts/class/limits.ts';
import { MIN_LOG_SIZE, PROFILES, type Profile } from '../../../fri/pcs/profile.ts';
import { cellCount } from '../../../vm/chips/cells.ts';
import { planShards } from '../../../vm/chips/shards.ts';
import { planInstances } from '../../../vm/chips/split.ts';
import { execute } from '../../../vm/executor/run.ts';
import { code } from '../../failure.ts';
import { EXAMPLES } from '../../vm/programs.ts';

const { chain } = PROFILES;
/** the least heights that FRI can fold, which are not the contract's */
const lower: Profile = { ...chain, minLogSize: MIN_LOG_SIZE };
const runs = EXAMPLES.map((make) => make()).map(({ program, inputs }) => execute(program, inputs));

/** what the contract says of every run, in shards of a half to an eighth of it */
const verdicts = (profile: Profile): Set<string> =>
  new Set(
    runs.flatMap((run) => {
      const whole = cellCount(planInstances(run, profile));
      return [1, 2, 4, 8].map((parts) => {
        const shards = planShards(run, profile, Math.ceil(whole / parts));
        return code(() => (shards.length > 1 ? requireChainShards(shards) : requireChainInstances({ shards })));
      });
    }),
  );

describe('the heights that runs are planned with', () => {
  test('are those that the contract takes, in one shard and in several', () => {
    expect(verdicts(chain)).toEqual(new Set(['accepted']));
  });

  test('would be refused for a plan of the least heights that FRI knows', () => {
    expect(MIN_LOG_SIZE).toBeLessThan(MIN_CHAIN_LOG_SIZE);
    expect(verdicts(lower)).toContain('ZK0732');
  });
});
