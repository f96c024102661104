// A forger who makes the `.zkb`: he fills names, labels, rules, integers and exact ranges as he likes and looks for two meanings with one id, a rule
// that is not what it says, an input that becomes another number, and a claim that the id does not hold him to. Each attack is tried on today's code,
// which it must not break, and on one that lacks something (known-bad-meaning.ts), which it must break, or it could not fail.
// Caveat: that an exact range is true nobody can see in a file; what is shown is that a claim and another have two ids.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toIntegers } from '../../vm/library/integers.ts';
import { checkEncodings, decoderOf, encoderOf, indexAlong, stepOf } from '../../vm/program/encoding.ts';
import { brokenRange, inexactIntervals, tableKind } from '../../vm/program/exact.ts';
import type { Encoding, Region } from '../../vm/program/types.ts';
import { code } from '../failure.ts';
import { times } from '../times.ts';
import { smallRegion } from '../vm/program/small.ts';
import { anyIntegers, BAD_HASHES, cutting, type Meaning, type MeaningHash, todaysHash, unordered } from './known-bad-meaning.ts';

const region = (name: string, change: Partial<Region> = {}): Region =>
  smallRegion({ name, shape: [2, 3], channels: 1, rows: 2, width: 3, channelStep: 2, rowStep: 1, strides: [6, 3, 1], scale: 1, ...change });

/** intervals [0, 4) [4, 8) [8, 16), of which the file says that these are exact */
const slot = (...exact: number[] | [undefined]): Meaning['slots'][0] => ({
  intervals: Int32Array.of(4, 0, 1, 4, 1, 2, 8, 1, 3),
  ...(exact[0] !== undefined || exact.length === 0 ? { exact: Int32Array.from(exact as number[]) } : {}),
});

const honest: Meaning = { metadata: { name: 'm', labels: [] }, inputs: [region('x')], outputs: [region('y')], slots: [slot(0, 8)] };
const rules = (...encodings: Encoding[]): Meaning => ({ ...honest, metadata: { ...honest.metadata, encodings } });
const steps = (...scales: number[]): Encoding => ({ of: 'input', name: 'x', axis: 1, scales });
const buckets = (...thresholds: number[][]): Encoding => ({ of: 'input', name: 'x', axis: 1, thresholds });

/** Texts that a careless writer takes for the marks between his own. */
const TEXTS = [
  'strict',
  'unknown',
  '',
  ',',
  ';',
  '"',
  '\\',
  '"],["',
  '],"strict"',
  'encodings',
  '{"encodings":[]}',
  '__proto__',
  'null',
  'é',
  'e\u0301',
  '\ud800',
];

/** What the forger tries by hand: no two of these mean the same. */
const MEANINGS: Meaning[] = [
  honest,
  ...[slot(), slot(0, 4), slot(4, 8), slot(0, 16), slot(undefined), slot(0, 4, 8, 16)].map((one) => ({ ...honest, slots: [one] })),
  { ...honest, slots: [slot(0, 8), slot(0, 8)] },
  { ...honest, slots: [slot(0, 8), slot()] },
  { ...honest, slots: [slot(), slot(0, 8)] },
  ...TEXTS.flatMap((text): Meaning[] => [
    { ...honest, metadata: { name: 'm', labels: [text] } },
    { ...honest, metadata: { name: 'm', labels: ['a', text] } },
    { ...honest, metadata: { name: 'm', labels: [], integers: [text] } },
    { ...honest, metadata: { name: `m${text},`, labels: [] } },
    { ...honest, inputs: [region(`x${text}?`)] },
    { ...honest, outputs: [region(`y${text}?`)] },
    { ...honest, metadata: { name: 'm', labels: [text] }, slots: [slot(0, 16)] },
  ]),
  { ...honest, metadata: { name: 'm,a', labels: ['b'] } },
  { ...honest, metadata: { name: 'm', labels: ['a', 'b'] } },
  { ...honest, metadata: { name: 'm', labels: ['a,b'] } },
  { ...honest, metadata: { name: 'm', labels: ['a'], integers: ['b'] } },
  rules(steps(1, 2, 3)),
  rules(steps(1, 2, 3 + 2 ** -51)),
  rules(steps(1, 2, 5e-324)),
  rules(steps(1, 2, 1e-323)),
  rules(steps(3, 2, 1)),
  rules({ ...steps(1, 2, 3), of: 'output' }),
  rules({ ...steps(1, 2), axis: 0 }),
  rules({ ...steps(1, 2, 3), name: 'y' }),
  rules(buckets([1], [2], [3])),
  rules(buckets([1, 2], [3], [])),
  rules(buckets([1], [2, 3], [])),
  rules(buckets([], [1, 2, 3], [])),
  rules(buckets([1], [2], [3 + 2 ** -51])),
  rules(buckets([1], [], [3 + 2 ** -51])),
  rules(buckets([0], [], [])),
  rules(buckets([5e-324], [], [])),
  rules(buckets([], [], [])),
];

/** pairs of places in the list that one hash does not tell apart */
function collisions(hash: MeaningHash, meanings: readonly Meaning[]): [number, number][] {
  const first = new Map<string, number>();
  const pairs: [number, number][] = [];
  for (const [i, meaning] of meanings.entries()) {
    const key = hash(meaning);
    const before = first.get(key);
    if (before === undefined) first.set(key, i);
    else pairs.push([before, i]);
  }
  return pairs;
}

describe('two meanings with one id', () => {
  test('the forger finds none', () => {
    expect(collisions(todaysHash, MEANINGS)).toEqual([]);
  });

  test.each(Object.entries(BAD_HASHES))('he breaks a hash that %s', (_, hash) => {
    expect(collisions(hash, MEANINGS).length).toBeGreaterThan(0);
  });

  /** a small world, so that two draws are often nearly the same */
  const text = fc.constantFrom(...TEXTS);
  const number = fc.constantFrom(5e-324, 1, 1 + Number.EPSILON, 2, 1e308);
  const rule = fc.record({ of: fc.constantFrom('input' as const, 'output' as const), name: text, axis: fc.nat(1) });
  const encoding: fc.Arbitrary<Encoding> = fc.oneof(
    fc.tuple(rule, fc.array(number, { maxLength: 3 })).map(([one, scales]) => ({ ...one, scales })),
    fc.tuple(rule, fc.array(fc.array(number, { maxLength: 2 }), { maxLength: 2 })).map(([one, thresholds]) => ({ ...one, thresholds })),
  );
  const list = fc.array(text, { maxLength: 2 });
  const regions = fc.array(
    fc.tuple(text, number).map(([name, scale]) => region(name, { scale })),
    { maxLength: 2 },
  );
  const meaning: fc.Arbitrary<Meaning> = fc.record({
    metadata: fc.record({ name: text, labels: list, integers: list, encodings: fc.array(encoding, { maxLength: 2 }) }),
    inputs: regions,
    outputs: regions,
    slots: fc.array(fc.constantFrom(slot(), slot(0, 4), slot(0, 16), slot(undefined)), { minLength: 2, maxLength: 2 }),
  });
  /** the meaning in other words than the hash has for it; slots of which none says anything are as no slots, and all exact is all exact */
  const inWords = ({ metadata, inputs, outputs, slots }: Meaning): string => {
    const names = (side: readonly Region[]) => side.map(({ name, scale }) => ({ name, scale: scale.toString() }));
    return JSON.stringify({
      metadata,
      inputs: names(inputs),
      outputs: names(outputs),
      exact: slots.map(({ exact }) => (exact ? { ranges: [...exact] } : 'silent')),
    });
  };

  test('random meanings have one id exactly if they are the same', () => {
    fc.assert(
      fc.property(meaning, meaning, fc.nat(15), (a, b, parts) => {
        // some parts of the second are the first's, so that they differ in little
        const mixed: Meaning = {
          metadata: parts & 1 ? a.metadata : b.metadata,
          inputs: parts & 2 ? a.inputs : b.inputs,
          outputs: parts & 4 ? a.outputs : b.outputs,
          slots: parts & 8 ? a.slots : b.slots,
        };
        expect(todaysHash(a) === todaysHash(mixed)).toBe(inWords(a) === inWords(mixed));
      }),
      { numRuns: times(400) },
    );
  });
});

describe('a rule that is not what it says', () => {
  /** what the format means, word by word */
  const reached = (list: readonly number[], x: number): number => list.filter((threshold) => threshold <= x).length;
  /** a number whose integer is not how many thresholds it reaches */
  function misread(rule: Encoding & { thresholds: number[][] }): number | undefined {
    const encode = encoderOf(region('x'), rule);
    return [-9, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 9].find((x) => encode(x, 0) !== reached(rule.thresholds[0]!, x));
  }
  const check = (loader: typeof checkEncodings, rule: Encoding): string =>
    code(() => loader({ encodings: [rule] }, { input: [region('x', { lo: 0, hi: 9 })], output: [region('y')] }));
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 2 });

  test('no order of thresholds that the loader takes is misread', () => {
    fc.assert(
      fc.property(order, (thresholds) => {
        const rule = { of: 'input' as const, name: 'x', axis: 1, thresholds: [thresholds, [], []] };
        if (check(checkEncodings, rule) === 'accepted') expect(misread(rule)).toBeUndefined();
        else expect(thresholds).not.toEqual([...thresholds].sort());
      }),
      { numRuns: times(60) },
    );
  });

  test('a loader that does not look at the order takes one that is', () => {
    const rule = { of: 'input' as const, name: 'x', axis: 1, thresholds: [[3, 0, 1, 2], [], []] };
    expect([check(checkEncodings, rule), check(unordered, rule)]).toEqual(['ZK0343', 'accepted']);
    expect(misread(rule)).toBeDefined();
  });

  test('thresholds and scales beyond what a model has are refused before they are hashed, and soon', () => {
    const started = performance.now();
    const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const many = Array.from({ length: 2 ** 18 }, () => ten);
    const wide = region('x', { shape: [1, many.length], lo: 0, hi: 9 });
    const rule: Encoding = { of: 'input', name: 'x', axis: 1, thresholds: many };
    expect(code(() => checkEncodings({ encodings: [rule] }, { input: [wide], output: [] }))).toBe('ZK0343');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('100,000 rules are looked up without going through all of them for each', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `x${i}`);
    const small = region('', { shape: [1] });
    const input = names.map((name) => ({ ...small, name }));
    const encodings = names.map((name): Encoding => ({ of: 'input', name, axis: 0, scales: [2] }));
    const started = performance.now();
    checkEncodings({ encodings }, { input, output: [] });
    for (const one of input) toIntegers(one, Float64Array.of(4), 'input', { encodings });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('an input that becomes another number', () => {
  const rule = steps(1, 1024, 0.375);
  const taken = { of: region('x', { scale: 0.5, lo: -100, hi: 100 }), encodings: [rule] };
  /** a number that is accepted and farther from what its integer stands for than half a step */
  function displaced(encoder: typeof encoderOf): number | undefined {
    const [encode, decode, step] = [encoder(taken.of, rule), decoderOf(taken.of, rule), stepOf(taken.of, rule)];
    for (let e = 0; e < 6; e++)
      for (let half = -204; half <= 204; half++)
        for (const nudge of [-0.01, 0, 0.01]) {
          const real = (half / 2 + nudge) * step(e);
          const integer = encode(real, e);
          if (integer < taken.of.lo || integer > taken.of.hi) continue;
          if (Math.abs(decode(integer, e) - real) > step(e) * (0.5 + 1e-9)) return real;
        }
    return undefined;
  }

  test('it is half a step at most, at ties and beyond the ends too; who cuts off is found', () => {
    expect(displaced(encoderOf)).toBeUndefined();
    expect(displaced(cutting)).toBeDefined();
  });

  test('of two integers as near it is the upper one, everywhere', () => {
    const encode = encoderOf(taken.of, rule);
    expect([-1.5, -0.5, 0.5, 1.5].map((x) => encode(x * 0.5, 0) + 0)).toEqual([-1, 0, 1, 2]);
  });

  test('beyond the ends, infinite or no number, it is refused', () => {
    const given = (value: number) => code(() => toIntegers(taken.of, Float64Array.of(0, 0, 0, 0, value, 0), 'input', taken));
    const [lo, hi] = [-100.5 * 512, 100.5 * 512];
    expect([lo, hi - 1, lo - 1, hi, 1e308, Number.POSITIVE_INFINITY, Number.NaN].map(given)).toEqual([
      'accepted',
      'accepted',
      ...Array<string>(5).fill('ZK0811'),
    ]);
    const compared = region('x', { lo: 0, hi: 2 });
    const inBuckets = (value: number) =>
      code(() => toIntegers(compared, new Float64Array(6).fill(value), 'input', { encodings: [buckets([1, 2], [1], [])] }));
    expect([-1e308, 1e308, Number.NaN].map(inBuckets)).toEqual(['accepted', 'accepted', 'ZK0811']);
  });

  test('an input of integers is never rounded; a loader that takes any scale lets 3 become 4', () => {
    const rounds = region('x', { scale: 2, lo: 0, hi: 9 });
    const both = [checkEncodings, anyIntegers].map((loader) => code(() => loader({ integers: ['x'] }, { input: [rounds], output: [] })));
    expect(both).toEqual(['ZK0343', 'accepted']);
    const [integer] = toIntegers(rounds, new Float64Array(6).fill(3), 'input', { integers: ['x'] });
    expect(decoderOf(rounds, undefined)(integer!, 0)).toBe(4);
  });

  test('an element of a bucket above its own thresholds stands for no number of its own, and no number has it', () => {
    const one = buckets([1, 2, 3], [1], []);
    const [encode, decode] = [encoderOf(region('x'), one), decoderOf(region('x'), one)];
    expect(indexAlong([2, 3], 1)(4)).toBe(1);
    expect([encode(1e300, 4), encode(decode(3, 4), 4)]).toEqual([1, 1]);
  });
});

describe('a claim that tables are exact', () => {
  const saturating = { ...honest, slots: [slot(0, 8)] };
  /** what the forger makes of it: the loader takes all of these */
  const lies = [slot(0, 16), slot(4, 16), slot(undefined), slot()];

  test('the loader takes a lie, since nothing in the file contradicts it', () => {
    expect(lies.map((lie) => brokenRange({ id: 1, name: '', ...lie }))).toEqual(lies.map(() => undefined));
    expect(lies.map((lie) => tableKind({ slots: [lie] }))).toEqual(['strict', 'saturating', 'unknown', 'saturating']);
  });

  test('a lie has another id than the truth, and than each other', () => {
    const ids = [saturating.slots[0]!, ...lies].map((lie) => todaysHash({ ...honest, slots: [lie] }));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('under an id that covers strictness alone he makes run silent about the interval that saturates', () => {
    const hash = BAD_HASHES['strictnessOnly: has a word for strict programs alone']!;
    const silent = { ...honest, slots: [slot(4, 16)] };
    expect([inexactIntervals({ ...slot(0, 8) })![2], inexactIntervals({ ...slot(4, 16) })![2]]).toEqual([1, 0]);
    expect([hash(saturating) === hash(silent), todaysHash(saturating) === todaysHash(silent)]).toEqual([true, false]);
  });
});
