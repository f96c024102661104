// The instance rule and the security sum of the real machine, number by number (AIR.md §7, §9 items 4-7).
import { describe, expect, test } from 'vitest';
import { fractionCount, type Instance, shapesOf } from '../../../air/machine.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { layoutOf } from '../../../fri/pcs/layout.ts';
import { PROFILES, type Profile } from '../../../fri/pcs/profile.ts';
import { requireSecurity } from '../../../fri/pcs/security.ts';
import { cellCount, cellsByChip, cellsOfShards, chipCells } from '../../../vm/chips/cells.ts';
import { MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { RAM_BASE } from '../../../vm/program/isa.ts';
import { requireShards, securedShards, securityOf } from '../../../vm/statement/instances.ts';

const one = (type: keyof typeof TYPE, logSize: number): Instance => ({
  type: TYPE[type],
  logSize,
  base: type === 'ram' ? RAM_BASE : 0,
  data: false,
});
const fixed = [one('ram', 10), one('rom', 12), one('lut', 11)];
const list = (...more: Instance[]): Instance[] => [one('cpu', 9), ...more, ...fixed];
const { proven, fast, chain } = PROFILES;
const verdict = (instances: Instance[], profile: Profile = fast): string => {
  try {
    requireShards([instances], [{ instances: fixed }], profile);
  } catch (error) {
    if (error instanceof ZkvmError) return `${error.code} ${error.kind}`;
    throw error;
  }
  return 'accepted';
};

describe('instances', () => {
  test('fast takes none to 32 of mac and of store, chain exactly one of each in one shard', () => {
    const many = (n: number): Instance[] => Array.from({ length: n }, () => one('mac', 6));
    expect(verdict(list())).toBe('accepted');
    expect(verdict(list(...many(32), one('store', 24)))).toBe('accepted');
    expect(verdict(list(...many(33), one('store', 24)))).toBe('ZK0350 rejected');
    expect(verdict(list(one('mac', 1), one('store', 1)), chain)).toBe('accepted');
    expect(verdict(list(), chain)).toBe('ZK0350 rejected');
    expect(verdict(list(one('mac', 6)), chain)).toBe('ZK0350 rejected');
    expect(verdict(list(one('store', 6)), chain)).toBe('ZK0350 rejected');
    expect(verdict(list(one('mac', 6), one('mac', 6), one('store', 6)), chain)).toBe('ZK0350 rejected');
  });

  test('the largest instance has the least log size of the profile', () => {
    const small = [one('ram', 4), one('rom', 5), one('lut', 3)];
    const reason = (cpu: number, profile: Profile): string => {
      try {
        requireShards([[one('cpu', cpu), one('mac', 2), one('store', 2), ...small]], [{ instances: small }], profile);
      } catch (error) {
        return (error as ZkvmError).message;
      }
      return 'accepted';
    };
    for (const [profile, least] of [
      [proven, 8],
      [fast, 6],
      [chain, 8],
    ] as const) {
      expect(reason(least, profile)).toBe('accepted');
      expect(reason(least - 1, profile)).toMatch(
        new RegExp(`^ZK0130: the largest instance has log size ${least - 1}, at least ${least} is needed; at profile ${profile.name}$`),
      );
    }
  });

  test.each<[string, Instance[]]>([
    ['a ram of another base', [...list().slice(0, 1), { ...fixed[0]!, base: RAM_BASE + 1 }, ...fixed.slice(1)]],
    ['two of every fixed instance', [one('cpu', 9), fixed[0]!, fixed[0]!, fixed[1]!, fixed[1]!, fixed[2]!, fixed[2]!]],
    ['no lut', list().slice(0, -1)],
    ['a negative type', [{ ...one('cpu', 9), type: -1 }, ...list()]],
    ['log size 0', list(one('mac', 0))],
    ['log size 25', list(one('mac', 25))],
    ['a mac with a base', list({ ...one('mac', 6), base: 1 })],
    ['a cpu with a base', [{ ...one('cpu', 9), base: RAM_BASE }, ...fixed]],
    ['a committed mac', list({ ...one('mac', 6), data: true })],
    ['a committed rom', [...list().slice(0, 2), { ...fixed[1]!, data: true }, fixed[2]!]],
    ['no instances', []],
    ['no cpu', list().slice(1)],
    ['two cpus', [one('cpu', 9), ...list()]],
    ['no rom', list().filter((i) => i.type !== TYPE.rom)],
    ['two roms', [...list().slice(0, 3), fixed[1]!, fixed[2]!]],
    ['another ram, disjoint from the first', [...list().slice(0, 2), { ...fixed[0]!, base: RAM_BASE + 2 ** 20 }, ...fixed.slice(1)]],
    ['a smaller ram', [...list().slice(0, 1), { ...fixed[0]!, logSize: 9 }, ...fixed.slice(1)]],
    ['store before mac', list(one('store', 6), one('mac', 6))],
    ['a seventh type', [...list(), { ...one('lut', 4), type: 6 }]],
  ])('%s: refused', (_, instances) => expect(verdict(instances)).toBe('ZK0350 rejected'));
});

describe('several shards', () => {
  const [ram, rom, lut] = fixed as [Instance, Instance, Instance];
  /** ram and lut in a tree of their own, two pages of rom */
  const pages = [ram, rom, one('rom', 9), lut].map((instance) => ({ instances: [instance] }));
  const of = (shards: Instance[][], profile: Profile = fast, trees = pages) => requireShards(shards, trees, profile);
  const refusal = (shards: Instance[][], profile: Profile = fast): string => {
    try {
      of(shards, profile);
    } catch (error) {
      if (error instanceof ZkvmError) return `${error.code} ${error.where}: ${error.why}`;
      throw error;
    }
    return 'accepted';
  };
  const cpu = one('cpu', 9);
  const small = one('rom', 9);
  const fair = [
    [cpu, rom],
    [one('mac', 9), small, lut],
    [one('store', 9), ram],
  ];

  test('every page has one place: the next of its chip in the order of the shards', () => {
    expect(of(fair).map((shard) => shard.map(({ page }) => page))).toEqual([
      [0, 1],
      [0, 2, 3],
      [0, 0],
    ]);
  });

  test.each<[string, string, Instance[][]]>([
    ['two cpus', 'shards: 2 instances of cpu', [...fair, [cpu]]],
    ['no cpu', 'shards: 0 instances of cpu', [fair[0]!.slice(1), ...fair.slice(1)]],
    ['a RAM page twice', 'shard 3, instance 0: ram stands more often', [...fair, [ram]]],
    ['a ROM page twice', 'shard 3, instance 0: rom stands more often', [...fair, [small]]],
    ['no lut', "shards: 1 of the model's instances of lut are missing", [fair[0]!, fair[1]!.slice(0, -1), fair[2]!]],
    ['a ROM page less', "shards: 1 of the model's instances of rom are missing", [fair[0]!, [one('mac', 9), lut], fair[2]!]],
    [
      'pages exchanged',
      'shard 0, instance 1: log size 9, base 0; the model has 12, 0',
      [[cpu, small], [one('mac', 9), rom, lut], fair[2]!],
    ],
    [
      'a RAM page elsewhere',
      'shard 2, instance 1: log size 10',
      [fair[0]!, fair[1]!, [one('store', 9), { ...ram, base: RAM_BASE + 1024 }]],
    ],
    ['33 macs in one of two shards', 'shard 1, instance 32: more than 32', [list().slice(0, 1), Array(33).fill(one('mac', 9)), ...fair]],
    ['types out of order', 'shard 2, instance 1: type 2 after 3', [fair[0]!, fair[1]!, [ram, one('store', 9)]]],
    ['257 shards', 'shards: there are 257 shards, 1 to 256', Array(257).fill([one('mac', 9)])],
    ['no shard', 'shards: there are 0 shards', []],
  ])('%s: refused', (_, why, shards) => expect(refusal(shards)).toContain(`ZK0350 ${why}`));

  test('an empty shard, or one that is lower than the profile allows, is refused whatever the others are; a shard of mac alone is not', () => {
    expect(refusal([...fair, []])).toMatch(/^ZK0130 shard 3, profile fast/);
    expect(refusal([...fair, [one('mac', 5)]])).toMatch(/^ZK0130 shard 3, profile fast/);
    expect(refusal([...fair, [one('mac', 7)]], proven)).toMatch(/^ZK0130 shard 3, profile proven/);
    expect(refusal([...fair, [one('mac', 8)]], proven)).toBe('accepted');
    expect(refusal([...fair, ...Array<Instance[]>(253).fill([one('mac', 6)])])).toBe('accepted');
    expect(refusal([...fair, [one('mac', 7)]], chain)).toMatch(/^ZK0130 shard 3, profile chain/);
    expect(refusal([...fair, [one('mac', 8)], [one('mac', 8), one('mac', 8)]], chain)).toBe('accepted');
  });

  test('fractions count over all shards', () => {
    const tall = [one('store', 24)];
    expect(() => securedShards(fast, [list(), tall], 0)).not.toThrow();
    expect(() => securedShards(fast, [list(), tall, tall], 0)).toThrow(expect.objectContaining({ code: 'ZK0351' }));
  });

  const many = (count: number, logSize: number): Instance[][] =>
    Array.from({ length: count }, (_, i) => (i === 0 ? list(one('mac', logSize), one('store', 12)) : [one('mac', logSize)]));

  test('2 to 256 shards take the queries that they need, and not one more', () => {
    for (const log of [1, 2, 4, 6, 8]) {
      const shards = many(2 ** log, 21 - log);
      for (const profile of [proven, fast]) {
        const { profile: taken, security } = securedShards(profile, shards, 100);
        requireSecurity(security, taken);
        const more = taken.queries - profile.queries;
        expect(more).toBeGreaterThanOrEqual(0);
        expect(more).toBeLessThan(32);
        if (more === 0) continue;
        const fewer = { ...profile, queries: taken.queries - 1 };
        const { security: less } = securedShards({ ...fewer, floor: { kind: 'proven', bits: 0 } }, shards, 100);
        expect(() => requireSecurity(less, fewer)).toThrow('ZK0131');
      }
      expect(log < 4 || securedShards(proven, shards, 100).profile.queries > proven.queries).toBe(true);
    }
    // one shard is what it was
    expect(securedShards(proven, many(1, 20), 100).profile).toBe(proven);
  });

  test('no number of queries makes up for a term that has none: four shards of 2^20 rows are refused under `proven`, three are not', () => {
    const refused = (count: number): string => {
      const { profile, security } = securedShards(proven, many(count, 20), 100);
      try {
        requireSecurity(security, profile);
      } catch (error) {
        return (error as ZkvmError).message;
      }
      return 'accepted';
    };
    expect([refused(2), refused(3)]).toEqual(['accepted', 'accepted']);
    expect(refused(4)).toMatch(/^ZK0131.*weakest term is out-of-domain point/);
  });

  test('a low shard beside a high one costs queries: its rate is the worst', () => {
    const high = list(one('mac', 13));
    const [alike, mixed] = [one('mac', 13), one('mac', 8)].map((other) => securedShards(proven, [high, [other]], 100));
    expect(mixed!.profile.queries).toBeGreaterThan(alike!.profile.queries);
    requireSecurity(mixed!.security, mixed!.profile);
  });

  test('a list of 256 shards with all the instances that there may be is answered soon', () => {
    const shards = Array.from({ length: 256 }, () => [...Array(32).fill(one('mac', 6)), ...Array(32).fill(one('store', 6))] as Instance[]);
    const started = performance.now();
    securedShards({ ...proven, floor: { kind: 'proven', bits: 200 } }, shards, 10);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

test('cells by chip are columns times rows, and with the composition they are all cells of a proof', () => {
  const instances = list(one('mac', 6), one('mac', 4), one('store', 6));
  const chips = chipCells(instances);
  const [mac, store] = [54 + 20, 101 + 80];
  expect([chips.mac, chips.store]).toEqual([mac * (2 ** 6 + 2 ** 4), store * 2 ** 6]);
  const all = cellsByChip(instances);
  expect(all).toMatchObject(chips);
  expect(all.composition).toBe(8 * 2 ** Math.max(...instances.map(({ logSize }) => logSize)));
  expect(Object.values(all).reduce((sum, cells) => sum + cells, 0)).toBe(cellCount(instances));
  // what the commitment layer lays out
  const { blocks } = layoutOf(shapesOf(MACHINE, instances));
  expect(blocks.reduce((sum, { columns, logSize }) => sum + columns * 2 ** logSize, 0)).toBe(cellCount(instances));
  expect(cellsOfShards([instances, instances.slice(1)])).toBe(cellCount(instances) + cellCount(instances.slice(1)));
});

describe('security of the real machine', () => {
  /** log2 of the number of bad challenges that a term's bits stand for */
  const badLog = (instances: Instance[], publicWords: number, name: string, work: number): number => {
    const term = securityOf(fast, instances, publicWords).terms.find((t) => t.name === name)!;
    return 4 * Math.log2(2 ** 31 - 1) + work - term.conjecturedBits;
  };
  const instances = list(one('mac', 13), one('mac', 8), one('store', 12));
  const n = 5 * 2 ** 9 + 4 * (2 ** 13 + 2 ** 8) + 36 * 2 ** 12 + 2 * 2 ** 10 + 2 ** 12 + 2 ** 11 + 77;

  test.each([
    ['tuple collision', 17 * (n - 1), fast.work.interaction],
    ['lookup sum', 2 * n, fast.work.interaction],
    ['accumulators', 64 * (2 ** 13 + 1) + 2 * (2 ** 13 + 2 ** 8 + 2 ** 12), fast.work.interaction],
    // those of all instances, and that of the running sum
    ['composition', 55 + 2 * 51 + 85 + 3 + 1 + 1 + 1 - 1, 0],
    ['out-of-domain point', 4 * 2 ** 13, 0],
    // columns of all instances, of running sum and composition, two-point columns, and once more those below the largest height that must be lifts
    [
      'DEEP batching',
      (50 +
        12 +
        2 * (54 + 20) +
        (101 + 80) +
        (18 + 4 + 1) +
        (1 + 4 + 17) +
        (1 + 4 + 4) +
        4 +
        8 +
        (17 + 58 + 29 + 4) +
        (21 + 33 + 33 + 12) -
        1) *
        2 ** 14,
      fast.work.deep,
    ],
    ['FRI folds', 8 * 2 ** 14, fast.work.fold],
  ])('%s: %d bad challenges (AIR.md §7)', (name, count, work) => {
    expect(badLog(instances, 77, name, work)).toBeCloseTo(Math.log2(count), 6);
  });

  test('a tall store counts with 17 coefficients a row, two rows more than it has; no mac and no store with none', () => {
    const stores = list(one('store', 20), one('store', 8));
    expect(badLog(stores, 0, 'accumulators', fast.work.interaction)).toBeCloseTo(Math.log2(17 * (2 ** 20 + 2) + 2 * (2 ** 20 + 2 ** 8)), 9);
    expect(badLog(list(), 0, 'accumulators', fast.work.interaction)).toBe(0);
  });

  test('more than 2^30 fractions are refused: a counter could wrap', () => {
    const stores = (count: number): Instance[] => Array.from({ length: count }, () => one('store', 24));
    expect(() => securityOf(fast, list(...stores(1)), 0)).not.toThrow();
    expect(() => securityOf(fast, list(...stores(2)), 0)).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0351' }));
    const rest = 2 ** 30 - fractionCount(MACHINE, list(...stores(1)), 0);
    expect(() => securityOf(fast, list(...stores(1)), rest)).not.toThrow();
    expect(() => securityOf(fast, list(...stores(1)), rest + 1)).toThrow(expect.objectContaining({ code: 'ZK0351' }));
  });

  test('a report is about the sizes that were asked for, and belongs to him who asked', () => {
    const [small, large] = [list(one('store', 8)), list(one('store', 20))];
    const reports = [small, large].map((instances) => securityOf(fast, instances, 0));
    expect(reports[0]).not.toEqual(reports[1]);
    for (let i = 0; i < 4; i++) {
      const again = securityOf(fast, i % 2 ? large : small, 0);
      expect(again).toEqual(reports[i % 2]);
      again.conjecturedBits = 999;
      again.terms.length = 0;
      expect(securityOf(fast, i % 2 ? large : small, 0)).toEqual(reports[i % 2]);
    }
  });

  test('the largest list that `proven` takes has 100 proven bits; one step higher is refused and says why', () => {
    const largest = (logSize: number, repeated: number): Instance[] => [
      one('cpu', logSize),
      ...Array.from({ length: 32 }, (_, i) => one('mac', i === 0 ? logSize : repeated)),
      ...Array.from({ length: 32 }, (_, i) => one('store', i === 0 ? logSize : repeated)),
      one('ram', logSize),
      one('rom', logSize),
      one('lut', logSize),
    ];
    const report = securityOf(proven, largest(21, 19), 2 ** 16);
    expect(report.provenBits).toBeGreaterThanOrEqual(100);
    requireSecurity(report, proven);
    const above = securityOf(proven, list(one('mac', 22), one('store', 12)), 77);
    expect(() => requireSecurity(above, proven)).toThrow(/ZK0131.*profile proven.*99\.\d bits proven \(unique decoding\), 100 needed/);
    requireSecurity(securityOf(fast, list(one('mac', 22), one('store', 12)), 77), fast);
  });

  test('a sum below the floor of the profile is refused, the sizes of this list are not', () => {
    const report = securityOf(fast, instances, 77);
    expect(() => requireSecurity(report, fast)).not.toThrow();
    expect(() => requireSecurity(report, { ...fast, floor: { kind: 'conjectured', bits: 98 } })).toThrow(
      expect.objectContaining({ kind: 'rejected', code: 'ZK0131' }),
    );
  });
});
