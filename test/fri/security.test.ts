import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROFILES, profileNamed, profileWords } from '../../fri/profile.ts';
import { conjecturedBitsPerQuery, requireSecurity, type SecuritySizes, securityReport } from '../../fri/security.ts';

/** one instance of each chip (AIR.md §5.0, §7) */
const sizes: SecuritySizes = {
  profile: PROFILES.local,
  logSize: 20,
  fractions: 2 ** 24,
  tupleWidth: 18,
  accumulators: 1000,
  degree: 64 * 2 ** 18,
  constraints: 196,
  samples: 577,
};
const bits = (name: string, changed: Partial<SecuritySizes> = {}, column: 'conjecturedBits' | 'provenBits' = 'conjecturedBits'): number => {
  const term = securityReport({ ...sizes, ...changed }).terms.find((t) => t.name === name);
  expect(term, name).toBeDefined();
  return term?.[column] ?? Number.NaN;
};

describe('the numbers of AIR.md §7 and DESIGN §3', () => {
  test('bits a query', () => {
    expect(conjecturedBitsPerQuery(1)).toBeCloseTo(0.972, 3);
    expect(conjecturedBitsPerQuery(4)).toBeCloseTo(3.938, 3);
  });

  test('query terms of the three profiles', () => {
    // DESIGN §3 multiplies the rounded rates: 97.76, 98.82, 2.92; the exact rates give 97.749, 98.823, 2.916
    expect(bits('FRI queries')).toBeCloseTo(97.749, 3);
    expect(Math.abs(bits('FRI queries') - (0.972 * 80 + 20))).toBeLessThan(0.02);
    expect(bits('FRI queries', { profile: PROFILES.chain })).toBeCloseTo(98.823, 3);
    expect(Math.abs(bits('FRI queries', { profile: PROFILES.chain }) - (3.938 * 19 + 24))).toBeLessThan(0.02);
    expect(bits('FRI queries', { profile: PROFILES.test })).toBeCloseTo(2.9, 1);
  });

  test('interaction terms are about (19n + d)/|F| with 16 bits of work: 111.7 at n = 2^24, 106.7 at 2^29', () => {
    for (const [fractions, wanted] of [
      [2 ** 24, 111.7],
      [2 ** 29, 106.7],
    ]) {
      const sum = ['tuple collision', 'lookup sum', 'accumulators']
        .map((name) => 2 ** -bits(name, { fractions, degree: 2 ** 22 }))
        .reduce((a, b) => a + b);
      expect(Math.abs(-Math.log2(sum) - wanted)).toBeLessThan(0.06);
    }
  });

  test('DEEP is 93.8 bits at L + b = 21 before its 12 bits of work', () => {
    expect(bits('DEEP batching')).toBeCloseTo(93.8 + 12, 1);
    expect(bits('DEEP batching', { profile: { ...PROFILES.local, work: { ...PROFILES.local.work, deep: 0 } } })).toBeCloseTo(93.8, 1);
  });

  test('composition, out-of-domain point, folds and hash', () => {
    expect(bits('composition')).toBeCloseTo(124 - Math.log2(195), 5);
    expect(bits('out-of-domain point')).toBeCloseTo(124 - 22, 5);
    expect(bits('FRI folds')).toBeCloseTo(124 - 3 - 21 + 8, 5);
    expect(bits('hash')).toBe(124);
  });
});

describe('the report', () => {
  test('every term has a name of its own, a formula and finite bits, and the proven column is never larger', () => {
    for (const profile of Object.values(PROFILES)) {
      const { terms } = securityReport({ ...sizes, profile, logSize: 17 });
      expect(new Set(terms.map((t) => t.name)).size).toBe(9);
      for (const t of terms) {
        expect(t.formula).not.toBe('');
        expect(Number.isFinite(t.conjecturedBits) && Number.isFinite(t.provenBits)).toBe(true);
        expect(t.provenBits).toBeLessThanOrEqual(t.conjecturedBits);
      }
    }
  });

  test('the total is the sum of the errors, below the weakest term', () => {
    for (const column of ['conjecturedBits', 'provenBits'] as const) {
      const report = securityReport(sizes);
      const sum = -Math.log2(report.terms.reduce((s, t) => s + 2 ** -t[column], 0));
      expect(report[column]).toBeCloseTo(sum, 9);
      expect(report[column]).toBeLessThan(Math.min(...report.terms.map((t) => t[column])));
    }
  });

  test('local and chain reach their floors up to log size 20, and say honestly what is proven', () => {
    for (const profile of [PROFILES.local, PROFILES.chain]) {
      for (let logSize = 6; logSize <= 20; logSize++) {
        const report = securityReport({ ...sizes, profile, logSize });
        expect(report.conjecturedBits).toBeGreaterThan(96);
        expect(report.provenBits).toBeGreaterThan(55);
        expect(report.provenBits).toBeLessThan(65);
        requireSecurity(report, profile);
      }
    }
  });

  test('8 shards cost 3 bits in every term of a STARK, queries among them, and none in what is global', () => {
    const [one, eight] = [1, 8].map((shards) => securityReport({ ...sizes, shards, profile: PROFILES.chain }));
    expect(eight!.multiplicity).toBe(one!.multiplicity);
    for (const [i, { name, conjecturedBits, provenBits }] of eight!.terms.entries()) {
      const cost = ['tuple collision', 'lookup sum', 'accumulators', 'hash'].includes(name) ? 0 : 3;
      expect([name, one!.terms[i]!.conjecturedBits - conjecturedBits]).toEqual([name, expect.closeTo(cost, 6)]);
      expect([name, one!.terms[i]!.provenBits - provenBits]).toEqual([name, expect.closeTo(cost, 6)]);
    }
  });

  test('larger sizes, more shards, fewer queries and less work all cost bits', () => {
    const { local } = PROFILES;
    const total = (changed: Partial<SecuritySizes>) => securityReport({ ...sizes, ...changed });
    const base = total({});
    const worse: Partial<SecuritySizes>[] = [
      { logSize: 24 },
      { fractions: 2 ** 29 },
      { degree: 2 ** 40 },
      { accumulators: 2 ** 40 },
      { constraints: 2 ** 30 },
      { samples: 2 ** 20 },
      { tupleWidth: 2 ** 20 },
      { shards: 8 },
      { profile: { ...local, queries: 79 } },
      { profile: { ...local, work: { ...local.work, query: 19 } } },
      { profile: { ...local, work: { ...local.work, interaction: 0 } } },
      { profile: { ...local, work: { ...local.work, deep: 0 } } },
      { profile: { ...local, work: { ...local.work, fold: 0 } } },
    ];
    for (const changed of worse) {
      expect(total(changed).conjecturedBits).toBeLessThan(base.conjecturedBits);
      expect(total(changed).provenBits).toBeLessThan(base.provenBits);
    }
  });

  test('sizes without errors (one constraint, one sample) still give finite bits', () => {
    const report = securityReport({ ...sizes, constraints: 1, samples: 1, fractions: 1, accumulators: 0, degree: 0 });
    expect(Number.isFinite(report.conjecturedBits)).toBe(true);
  });
});

describe('the floor', () => {
  test('a total under the floor is rejected and names the weakest term', () => {
    const weak = { ...PROFILES.local, queries: 70 };
    expect(() => requireSecurity(securityReport({ ...sizes, profile: weak }), weak)).toThrow(/ZK0131.*88\.0 bits, 96 needed.*FRI queries/);
    expect(() => requireSecurity(securityReport({ ...sizes, samples: 2 ** 22 }), PROFILES.local)).toThrow(/DEEP batching/);
  });

  test('the test profile has no floor and cannot pass for another', () => {
    const report = securityReport({ ...sizes, profile: PROFILES.test });
    requireSecurity(report, PROFILES.test);
    expect(() => requireSecurity(report, PROFILES.local)).toThrow('ZK0131');
  });

  test('a total of just the floor is enough, a hair less is not', () => {
    const report = securityReport(sizes);
    const floor = (bits: number) => () => requireSecurity({ ...report, conjecturedBits: bits }, { ...PROFILES.local, floorBits: 96 });
    expect(floor(96)).not.toThrow();
    expect(floor(95.999)).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0131' }));
  });

  test('proven: the exceptional challenges of ePrint 2025/2055 Theorem 4.2 for a combination of s values and for every fold', () => {
    const report = securityReport(sizes);
    const [rho, half] = [1 / 2, report.multiplicity + 0.5];
    const theta = 1 - Math.sqrt(rho) * (1 + 1 / report.multiplicity);
    const exceptional = (points: number): number =>
      ((2 * half ** 5 + 3 * half * theta * rho) * points) / (3 * rho ** 1.5) + half / Math.sqrt(rho);
    const proven = (name: string): number => report.terms.find((term) => term.name === name)!.provenBits;
    const field = 4 * Math.log2(2 ** 31 - 1);
    expect(proven('DEEP batching')).toBeCloseTo(field + 12 - Math.log2(576 * exceptional(2 ** 21)), 9);
    expect(proven('FRI folds')).toBeCloseTo(field + 8 - Math.log2(exceptional(2 ** 24) + 5 * 7 * exceptional(0)), 9);
    // with hardly any points the part that does not grow with them shows
    const small = { ...sizes, logSize: 6, profile: { ...PROFILES.local, queries: 2000 } };
    expect(securityReport(small).multiplicity).toBe(3); // queries are no matter then
    const least = securityReport(small).multiplicity;
    const [m, t] = [least + 0.5, 1 - Math.sqrt(rho) * (1 + 1 / least)];
    const folds = ((2 * m ** 5 + 3 * m * t * rho) * 8 * 2 ** 7) / (3 * rho ** 1.5) + m / Math.sqrt(rho) + (7 * m) / Math.sqrt(rho);
    expect(bits('FRI folds', small, 'provenBits')).toBeCloseTo(field + 8 - Math.log2(folds), 9);
    expect(bits('DEEP batching', { samples: 1 }, 'provenBits')).toBe(bits('DEEP batching', { samples: 1 }));
  });

  test('a total that is not a number is rejected', () => {
    expect(() => requireSecurity(securityReport({ ...sizes, fractions: Number.NaN }), PROFILES.local)).toThrow('ZK0131');
  });
});

describe('profiles', () => {
  test('are the constants of the design', () => {
    expect(profileWords(PROFILES.local)).toEqual([1, 1, 80, 20, 16, 12, 8, 3, 5]);
    expect(profileWords(PROFILES.chain)).toEqual([2, 4, 19, 24, 16, 12, 8, 3, 5]);
    expect(profileWords(PROFILES.test)).toEqual([3, 1, 3, 0, 0, 0, 0, 3, 5]);
    for (const [name, profile] of Object.entries(PROFILES)) expect(profileNamed(name)).toBe(profile);
  });

  test.each(['', 'Local', 'constructor', '__proto__', 'fast'])('%j is no profile', (name) => {
    expect(() => profileNamed(name)).toThrow('ZK0121');
  });
});

test('the table in the chapter of this floor is what the report says', () => {
  const text = readFileSync(new URL('../../fri/README.md', import.meta.url), 'utf8');
  const rows = text.split('\n').map((line) => line.replaceAll('\\|', '¦').split('|').slice(1, -1));
  const report = securityReport({ ...sizes, degree: 2 ** 24 });
  for (const { name, formula, conjecturedBits, provenBits } of report.terms) {
    const row = rows.find(([first]) => first?.trim() === name);
    const wanted = [name, formula.replaceAll('|', '¦'), conjecturedBits.toFixed(1), provenBits.toFixed(1)];
    expect(row?.map((cell) => cell.trim())).toEqual(wanted);
  }
  expect(text).toContain(`| **sum** | | **${report.conjecturedBits.toFixed(1)}** | **${report.provenBits.toFixed(1)}** |`);
});
