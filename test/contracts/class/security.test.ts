// The contract's whole numbers against the report's logarithms: the same number of queries for shards of any sizes, and none where the report finds none.
// Source: AIR.md §7. Caveat: the contract's own sum is asked in test/devnet/vectors.test.ts.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instance } from '../../../air/machine.ts';
import { chainQueries, MAX_MORE_CHAIN_QUERIES } from '../../../contracts/class/security.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { securityRefusal } from '../../../fri/pcs/security.ts';
import { instanceOf, TYPE } from '../../../vm/chips/machine.ts';
import { securedShards } from '../../../vm/statement/instances.ts';
import { times } from '../../times.ts';

const { chain } = PROFILES;
const TERMS = 100;

/** the queries that the report finds within what the contract knows */
function reported(shards: Instance[][], terms = TERMS): number | undefined {
  const { profile, security } = securedShards(chain, shards, terms);
  return securityRefusal(security, profile) || profile.queries > chain.queries + MAX_MORE_CHAIN_QUERIES ? undefined : profile.queries;
}
const alike = (count: number, ...instances: Instance[]): Instance[][] => Array<Instance[]>(count).fill(instances);
const each = (logSize: number): Instance[] => Object.values(TYPE).map((type) => instanceOf(type, logSize));

describe('queries of several shards', () => {
  test('are those of the report, whatever the shards are', () => {
    const instance = fc.tuple(fc.nat(5), fc.integer({ min: 8, max: 20 })).map(([type, logSize]) => instanceOf(type, logSize));
    const shard = fc.array(instance, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(shard, { minLength: 2, maxLength: 12 }), fc.nat(2 ** 17), (shards, terms) => {
        expect(chainQueries(shards, terms)).toBe(reported(shards, terms));
      }),
      { numRuns: times(40) },
    );
  });

  test('grow with shards and heights, until no number is enough', () => {
    const counts = [2, 4, 8, 32, 64].map((count) => chainQueries(alike(count, ...each(10)), TERMS));
    expect(counts).toEqual([19, 19, 20, 20, 20]);
    expect(counts).toEqual([2, 4, 8, 32, 64].map((count) => reported(alike(count, ...each(10)))));
    // 4·2^L/|F| at the point of each shard is 96 bits for 64 of 2^20 rows
    const high = alike(64, instanceOf(TYPE.lut, 20));
    expect([chainQueries(high, TERMS), reported(high)]).toEqual([undefined, undefined]);
    expect(chainQueries(high.slice(32), TERMS)).toBe(20);
  });

  test('a proof with more fractions than counters hold is none of the contract’s', () => {
    const stores = Array.from({ length: 32 }, () => instanceOf(TYPE.store, 20));
    expect(chainQueries(alike(2, ...stores), TERMS)).toBeUndefined();
    expect(() => reported(alike(2, ...stores))).toThrow(expect.objectContaining({ code: 'ZK0351' }));
    expect(chainQueries(alike(2, ...stores.slice(0, 2)), TERMS)).toBeDefined();
  });
});
