// Every number of the security report: the terms by hand, their sum, the floors of the profiles, and that everything which weakens a proof
// costs bits.
// Source: AIR.md §7, PCS.md §14, DESIGN §3. Caveat: it holds the code against the formulas; the formulas stand on paper.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROFILES, type Profile, profileNamed, profileWords } from '../../../fri/pcs/profile.ts';
import {
  conjecturedBitsPerQuery,
  requireSecurity,
  type SecuritySizes,
  securityRefusal,
  securityReport,
  securityText,
} from '../../../fri/pcs/security.ts';

/** one instance of each chip (AIR.md §5.0, §7) */
const sizes: SecuritySizes = {
  profile: PROFILES.fast,
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

  test('the conjectured query terms over the alphabet of the columns, which the caveat of PCS.md §14 names', () => {
    const entropy = (x: number): number => -(x * Math.log2(x) + (1 - x) * Math.log2(1 - x));
    const withAlphabet = ({ logBlowup, queries, work }: Profile, alphabetBits: number): number => {
      let delta = 1 - 2 ** -logBlowup - 0.01;
      for (let i = 0; i < 200; i++) delta = 1 - 2 ** -logBlowup - entropy(delta) / alphabetBits;
      return -Math.log2(1 - delta) * queries + work.query;
    };
    const { fast, chain } = PROFILES;
    expect([fast, chain].map((profile) => withAlphabet(profile, 31).toFixed(1))).toEqual(['92.8', '95.0']);
    // over QM31 the entropy makes less than half a bit of difference to the rate that is used
    for (const profile of [fast, chain]) expect(Math.abs(withAlphabet(profile, 124) - bits('FRI queries', { profile }))).toBeLessThan(0.5);
    for (const page of ['README.md', 'docs/PCS.md'])
      expect(readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8')).toMatch(
        /92\.8\s+(bits )?for `fast` and 95\.0 for `chain`/,
      );
  });

  test('query terms of the profiles', () => {
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
    ] as const) {
      const sum = ['tuple collision', 'lookup sum', 'accumulators']
        .map((name) => 2 ** -bits(name, { fractions, degree: 2 ** 22 }))
        .reduce((a, b) => a + b);
      expect(Math.abs(-Math.log2(sum) - wanted)).toBeLessThan(0.06);
    }
  });

  test('DEEP is 93.8 bits at L + b = 21 before its 12 bits of work', () => {
    expect(bits('DEEP batching')).toBeCloseTo(93.8 + 12, 1);
    expect(bits('DEEP batching', { profile: { ...PROFILES.fast, work: { ...PROFILES.fast.work, deep: 0 } } })).toBeCloseTo(93.8, 1);
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

  test('fast and chain reach their floors up to log size 20, and say honestly what is proven', () => {
    for (const profile of [PROFILES.fast, PROFILES.chain]) {
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
    const GLOBAL = ['tuple collision', 'lookup sum', 'accumulators', 'hash'];
    for (const profile of [PROFILES.chain, PROFILES.proven]) {
      const [one, eight] = [1, 8].map((shards) => securityReport({ ...sizes, shards, profile }));
      expect(eight!.provenRegime).toBe(one!.provenRegime);
      for (const [i, { name, conjecturedBits, provenBits }] of eight!.terms.entries()) {
        const cost = GLOBAL.includes(name) ? 0 : 3;
        expect([name, one!.terms[i]!.conjecturedBits - conjecturedBits]).toEqual([name, expect.closeTo(cost, 6)]);
        // one codeword is near at most: there is nothing to choose from
        if (profile === PROFILES.proven) expect([name, one!.terms[i]!.provenBits - provenBits]).toEqual([name, expect.closeTo(cost, 6)]);
      }
    }
  });

  test('the Johnson regime: the sum is over a trace of each shard, and each has a list to choose from', () => {
    for (const shards of [1, 2, 5]) {
      const { terms, multiplicity, provenRegime } = securityReport({ ...sizes, shards });
      expect(provenRegime).toBe('johnson');
      const list = Math.log2(multiplicity); // m / (2ρ) at ρ = 1/2
      for (const { name, conjecturedBits, provenBits } of terms.filter((term) => /tuple|lookup|accumulators/.test(term.name)))
        expect([name, conjecturedBits - provenBits]).toEqual([name, expect.closeTo(shards * list, 6)]);
      const { conjecturedBits, provenBits } = terms.find(({ name }) => name === 'out-of-domain point')!;
      expect(conjecturedBits - provenBits).toBeCloseTo(list, 6);
    }
    // with many shards nothing is proven that way, and the other regime is told, in finite numbers
    const many = securityReport({ ...sizes, shards: 256 });
    expect(many).toMatchObject({ provenRegime: 'unique' });
    expect(many.terms.every((term) => Number.isFinite(term.provenBits))).toBe(true);
  });

  test('the smallest shard has the worst rate: a low one beside a high one costs bits of the queries, and of nothing else', () => {
    const report = (changed: Partial<SecuritySizes>) => securityReport({ ...sizes, profile: PROFILES.proven, shards: 2, ...changed });
    const [alike, mixed, low] = [report({ logSize: 16 }), report({ logSize: 16, leastLogSize: 8 }), report({ logSize: 8 })];
    const query = ({ terms }: typeof alike): number => terms.find(({ name }) => name === 'FRI queries')!.provenBits;
    expect([query(mixed), mixed.terms.length]).toEqual([query(low), alike.terms.length]);
    expect(query(alike) - query(mixed)).toBeGreaterThan(1);
    for (const [i, { name, provenBits }] of mixed.terms.entries())
      if (name !== 'FRI queries') expect([name, provenBits]).toEqual([name, alike.terms[i]!.provenBits]);
  });

  test('larger sizes, more shards, fewer queries and less work all cost bits', () => {
    const { fast } = PROFILES;
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
      { profile: { ...fast, queries: 79 } },
      { profile: { ...fast, work: { ...fast.work, query: 19 } } },
      { profile: { ...fast, work: { ...fast.work, interaction: 0 } } },
      { profile: { ...fast, work: { ...fast.work, deep: 0 } } },
      { profile: { ...fast, work: { ...fast.work, fold: 0 } } },
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

/** L where nothing but queries counts: the smallest sum of other errors */
const QUERIES_ONLY = { fractions: 2, degree: 1, accumulators: 1, constraints: 2, samples: 2 };

describe('unique decoding (PCS.md §14)', () => {
  const { proven } = PROFILES;
  const proved = (changed: Partial<SecuritySizes> = {}) => securityReport({ ...sizes, profile: proven, ...changed });

  test('its terms by hand: 2^20 rows, 577 samples, 196 queries', () => {
    const report = proved();
    expect(report.provenRegime).toBe('unique');
    const wanted: Record<string, number> = {
      'tuple collision': 124 + 16 - Math.log2(17 * (2 ** 24 - 1)),
      'lookup sum': 124 + 16 - 25,
      accumulators: 124 + 16 - Math.log2(2 ** 24 + 2000),
      composition: 124 - Math.log2(195),
      'out-of-domain point': 124 - 22,
      'DEEP batching': 124 + 16 - Math.log2(576) - 21,
      'FRI folds': 124 + 8 - 3 - 21,
      // (1 + ρ⁺)/2 = 3/4 + 3/2^22
      'FRI queries': 20 - 196 * Math.log2(0.75 + 3 / 2 ** 22),
      hash: 124,
    };
    expect(Object.fromEntries(report.terms.map((t) => [t.name, t.provenBits.toFixed(4)]))).toEqual(
      Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, value.toFixed(4)])),
    );
    expect(20 + 196 * Math.log2(4 / 3)).toBeCloseTo(101.347, 3);
    expect(report.provenBits).toBeCloseTo(-Math.log2(Object.values(wanted).reduce((sum, b) => sum + 2 ** -b, 0)), 6);
    expect(report.provenBits).toBeGreaterThan(100.5);
  });

  test('columns have three dimensions more than the FFT space, which counts where there are few rows', () => {
    // 64 of 128 points: (1 + 67/128)/2 instead of 3/4
    const few = proved({ ...QUERIES_ONLY, logSize: 6 });
    expect(few.regimeBits.unique).toBeCloseTo(20 - 196 * Math.log2(0.5 + 67 / 256), 3);
    expect(few.regimeBits.unique).toBeLessThan(97);
    // blowup 16: (1 + 67/1024)/2
    const wide = proved({ ...QUERIES_ONLY, logSize: 6, profile: { ...proven, logBlowup: 4, queries: 60 } });
    expect(wide.regimeBits.unique).toBeCloseTo(20 - 60 * Math.log2(0.5 + 67 / 2048), 3);
  });

  test('the report takes the better regime as a whole and names it', () => {
    for (const profile of Object.values(PROFILES))
      for (const logSize of [8, 13, 20]) {
        const report = securityReport({ ...sizes, profile, logSize });
        expect(report.provenBits).toBe(Math.max(report.regimeBits.unique, report.regimeBits.johnson));
        expect(report.provenBits).toBe(report.regimeBits[report.provenRegime]);
        expect(report.provenRegime).toBe(profile === proven ? 'unique' : 'johnson');
        // never the best of each term
        expect(report.provenBits).toBeCloseTo(-Math.log2(report.terms.reduce((sum, t) => sum + 2 ** -t.provenBits, 0)), 9);
      }
    // queries decide: with few of them the larger radius is worth more than its exceptional challenges cost
    expect(proved({ profile: { ...proven, queries: 80 } }).provenRegime).toBe('johnson');
  });

  test('larger sizes, more shards, fewer queries and less work cost bits here too', () => {
    const worse: Partial<SecuritySizes>[] = [
      { logSize: 21 },
      { fractions: 2 ** 29 },
      { degree: 2 ** 40 },
      { accumulators: 2 ** 40 },
      { constraints: 2 ** 30 },
      { samples: 2 ** 14 },
      { tupleWidth: 2 ** 20 },
      { shards: 8 },
      { profile: { ...proven, queries: 195 } },
      ...(['query', 'interaction', 'deep', 'fold'] as const).map((kind) => ({
        profile: { ...proven, work: { ...proven.work, [kind]: proven.work[kind] - 1 } },
      })),
    ];
    for (const changed of worse) expect(proved(changed).regimeBits.unique).toBeLessThan(proved().regimeBits.unique);
  });

  test('`proven` reaches 100 bits at every height from 2^8 to 2^21, with the most samples too, and not with a query or a bit less', () => {
    const largest = { samples: 5000, fractions: 2 ** 30, degree: 2 ** 27, accumulators: 2 ** 27, constraints: 2000 };
    for (let logSize = proven.minLogSize; logSize <= 21; logSize++) {
      requireSecurity(proved({ logSize }), proven);
      requireSecurity(proved({ logSize, ...largest }), proven);
    }
    const least = (profile: Profile): number =>
      Math.min(...[8, 21].map((logSize) => securityReport({ ...sizes, profile, logSize, ...largest }).provenBits));
    expect(least(proven)).toBeGreaterThanOrEqual(100);
    expect(least({ ...proven, queries: 195 })).toBeLessThan(100);
    expect(least({ ...proven, work: { ...proven.work, query: 19 } })).toBeLessThan(100);
    expect(least({ ...proven, work: { ...proven.work, deep: 12 } })).toBeLessThan(100);
    for (const logSize of [22, 23, 24])
      expect(() => requireSecurity(proved({ logSize }), proven)).toThrow(
        /9[789]\.\d bits proven \(unique decoding\), 100 needed; .*out-of-domain/,
      );
  });
});

describe('the floor', () => {
  test('is about the sum that the profile names: conjectured bits do not make up for proven ones', () => {
    const { proven, fast } = PROFILES;
    const conjectured = { ...proven, floor: { kind: 'conjectured' as const, bits: 100 } };
    const few = { ...proven, queries: 120 };
    const report = securityReport({ ...sizes, profile: few });
    expect(report.conjecturedBits).toBeGreaterThan(101);
    requireSecurity(report, { ...conjectured, queries: 120 });
    expect(() => requireSecurity(report, few)).toThrow(/bits proven \(\w+ \w+\), 100 needed/);
    expect(() => requireSecurity(securityReport(sizes), { ...fast, floor: { kind: 'proven', bits: 60 } })).toThrow(
      /ZK0131.*59\.\d bits proven \(Johnson radius\), 60 needed/,
    );
  });

  test('a refusal says what to do, and there is none where the floor is reached', () => {
    const { proven, fast } = PROFILES;
    const large = (profile: Profile) => securityReport({ ...sizes, profile, logSize: 22 });
    expect(securityRefusal(large(proven), proven)).toMatchObject({
      why: expect.stringMatching(/^99\.\d bits proven \(unique decoding\), 100 needed/),
      fix: 'take a smaller model, or profile fast, whose floor is a conjectured one',
    });
    expect(securityRefusal(large(fast), fast)).toBeUndefined();
    expect(securityRefusal(securityReport({ ...sizes, profile: proven, logSize: 21 }), proven)).toBeUndefined();
  });

  test('the text for people has the regime beside every number', () => {
    expect(securityText(securityReport({ ...sizes, profile: PROFILES.proven }))).toMatch(
      /^100\.\d bits proven \(unique decoding\), 10\d\.\d bits conjectured \(random words\)$/,
    );
    expect(securityText(securityReport(sizes))).toMatch(
      /^59\.\d bits proven \(Johnson radius\), 97\.\d bits conjectured \(random words\)$/,
    );
  });

  test('a total under the floor is rejected and names the weakest term', () => {
    const weak = { ...PROFILES.fast, queries: 70 };
    expect(() => requireSecurity(securityReport({ ...sizes, profile: weak }), weak)).toThrow(
      /ZK0131.*88\.0 bits conjectured, 96 needed.*FRI queries/,
    );
    expect(() => requireSecurity(securityReport({ ...sizes, samples: 2 ** 22 }), PROFILES.fast)).toThrow(/DEEP batching/);
  });

  test('the test profile has no floor and cannot pass for another', () => {
    const report = securityReport({ ...sizes, profile: PROFILES.test });
    requireSecurity(report, PROFILES.test);
    expect(() => requireSecurity(report, PROFILES.fast)).toThrow('ZK0131');
  });

  test('a total of just the floor is enough, a hair less is not', () => {
    const report = securityReport(sizes);
    const floor = (bits: number) => () =>
      requireSecurity({ ...report, conjecturedBits: bits }, { ...PROFILES.fast, floor: { kind: 'conjectured', bits: 96 } });
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
    const small = { ...sizes, logSize: 6, fractions: 2 ** 10, degree: 100, samples: 10, profile: { ...PROFILES.fast, queries: 200 } };
    expect(securityReport(small)).toMatchObject({ provenRegime: 'johnson' });
    expect(securityReport(small).multiplicity).toBeLessThan(40);
    const least = securityReport(small).multiplicity;
    const [m, t] = [least + 0.5, 1 - Math.sqrt(rho) * (1 + 1 / least)];
    const folds = ((2 * m ** 5 + 3 * m * t * rho) * 8 * 2 ** 7) / (3 * rho ** 1.5) + m / Math.sqrt(rho) + (7 * m) / Math.sqrt(rho);
    expect(bits('FRI folds', small, 'provenBits')).toBeCloseTo(field + 8 - Math.log2(folds), 9);
    expect(bits('DEEP batching', { samples: 1 }, 'provenBits')).toBe(bits('DEEP batching', { samples: 1 }));
  });

  test('a total that is not a number is rejected', () => {
    expect(() => requireSecurity(securityReport({ ...sizes, fractions: Number.NaN }), PROFILES.fast)).toThrow('ZK0131');
  });
});

describe('profiles', () => {
  test('are the constants of the design', () => {
    expect(Object.values(PROFILES).map(({ name, minLogSize }) => [name, minLogSize])).toEqual([
      ['proven', 8],
      ['fast', 6],
      ['chain', 8],
      ['test', 6],
    ]);
    expect(profileWords(PROFILES.proven)).toEqual([4, 1, 196, 20, 16, 16, 8, 3, 5]);
    expect(profileWords(PROFILES.fast)).toEqual([1, 1, 80, 20, 16, 12, 8, 3, 5]);
    expect(profileWords(PROFILES.chain)).toEqual([2, 4, 19, 24, 16, 12, 8, 3, 5]);
    expect(profileWords(PROFILES.test)).toEqual([3, 1, 3, 0, 0, 0, 0, 3, 5]);
    for (const [name, profile] of Object.entries(PROFILES)) expect(profileNamed(name)).toBe(profile);
  });

  test.each(['', 'Fast', 'constructor', '__proto__', 'local', 'swift'])('%j is no profile', (name) => {
    expect(() => profileNamed(name)).toThrow('ZK0121');
  });
});

test('the table in the chapter of this floor is what the report says', () => {
  const text = readFileSync(new URL('../../../fri/README.md', import.meta.url), 'utf8');
  const rows = text.split('\n').map((line) => line.replaceAll('\\|', '¦').split('|').slice(1, -1));
  const report = securityReport({ ...sizes, degree: 2 ** 24 });
  for (const { name, formula, conjecturedBits, provenBits } of report.terms) {
    const row = rows.find(([first]) => first?.trim() === name);
    const wanted = [name, formula.replaceAll('|', '¦'), conjecturedBits.toFixed(1), provenBits.toFixed(1)];
    expect(row?.map((cell) => cell.trim())).toEqual(wanted);
  }
  expect(text).toContain(`| **sum** | | **${report.conjecturedBits.toFixed(1)}** | **${report.provenBits.toFixed(1)}** |`);
});
