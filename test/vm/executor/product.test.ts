// The WebAssembly products against the plain path, which is the law: the same execution down to every coefficient, table row and read
// count, or the same fault at the same place. Caveat: where the engine has no SIMD both runs are plain; the first test would fail there.
// Slow: random programs are run in two ways.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cnn264k, lenet } from '../../../bench/networks.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { kernelModule, kernels } from '../../../vm/executor/kernels.ts';
import { type ExecuteOptions, type Execution, execute } from '../../../vm/executor/run.ts';
import { instruction } from '../../../vm/program/assembler.ts';
import { ACCUMULATOR_BOUND, LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { times } from '../../times.ts';
import { EXAMPLES, wordProgram } from '../programs.ts';

const SLOT = 3;
/** the fine intervals only */
const NARROW_SLOT = 4;
const CODE_WORDS = 24;
const COARSE = 2 ** 16;
/** fine intervals around 0, of an odd divisor above it, coarse ones out to the bound, and nothing beyond */
const FINE: number[][] = [];
for (let q = -COARSE / 2 ** 10; q < COARSE / 2 ** 10; q++) if (q < 0 || q > 2) FINE.push([2 ** 10, q, q]);
for (let q = 0; q < 2 ** 10; q++) FINE.push([3, q, -q]);
const INTERVALS = [...FINE];
for (let q = -ACCUMULATOR_BOUND / COARSE + 1; q < ACCUMULATOR_BOUND / COARSE - 1; q++)
  if (q < -1 || q > 0) INTERVALS.push([COARSE, q, q < 0 ? -500 : 500]);

function generator(seed: number): {
  below(n: number): number;
  signed(n: number): number;
  chance(p: number): boolean;
  pick<T>(xs: readonly T[]): T;
} {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (n: number): number => next() % n;
  return { below, signed: (n) => below(2 * n + 1) - n, chance: (p) => next() < p * 2 ** 32, pick: (xs) => xs[below(xs.length)]! };
}

/**
 * A program of random MACs and MULs into one or several accumulators, each drained by a STORE of a fitting shape; now and then a wrong
 * shape, an unwritten word, numbers of more than 16 bits, or numbers that overflow.
 */
function randomProgram(seed: number): { program: Program; inputs: IntegerTensors } {
  const { below, signed, chance, pick } = generator(seed);
  const size = pick([1, 3, 100, 100, 1000, 2 ** 15 - 1, 2 ** 15, 2 ** 20, 2 ** 29]);
  const density = pick([1, 1, 0.5, 0.05, 0]);
  const bad = chance(0.3);
  const value = (limit: number): number => (chance(density) ? (chance(0.02) ? pick([limit, -limit]) : signed(limit)) : 0);
  const rom: number[][] = Array.from({ length: CODE_WORDS }, () => Array(LANES).fill(0));
  const put = (words: number[][]): number => rom.push(...words) - words.length;
  const inputs: [number, number[]][] = [];
  let ram = RAM_BASE;
  const code: Uint32Array[] = [];
  const weightSize = size > 2 ** 15 ? pick([1, 100]) : pick([1, 100, 2 ** 15 - 1, 2 ** 15]);
  const ones = put([Array(LANES).fill(1)]);

  for (let drain = 1 + below(2); drain > 0; drain--) {
    const [words, rows, blocks] = [1 + below(3), 1 + below(3), 1 + below(3)];
    const channels = 16 * (blocks - 1) + 1 + below(16);
    const outputs = ram;
    const stored = channels * words * rows;
    ram += stored;
    const split = words === 2 && chance(0.3);
    const top = split ? outputs + (channels - 1) * words * rows : outputs + (channels - 1) * words * rows;
    let lead = false;
    for (let macs = 1 + below(3); macs > 0; macs--) {
      const skip = below(rows);
      const h = rows - skip;
      const variant = chance(0.2) && words > 1 ? 'Z' : chance(0.2) && words === 2 ? 'X2' : '';
      const nw = variant ? words - 1 : words;
      const taps = 1 + below(5);
      const pad = bad && chance(0.2) ? below(8) : below(taps);
      if (taps - 1 > pad) lead = true;
      const n = pick([1, 1, 2, 3, 5, 8, 33]);
      const gap = below(2);
      const step = h * nw + (h - 1) * gap + below(2);
      const image = Array.from({ length: n * step }, () => Array.from({ length: LANES }, () => value(size)));
      const zeros = variant === 'X2' ? Math.ceil(pad / 2) : variant ? 0 : pad;
      if (!bad || chance(0.8)) for (let c = 0; c < n; c++) image[c * step + h * nw + (h - 1) * gap - 1]!.fill(0, LANES - zeros);
      let a = 0;
      if (chance(0.5)) a = put(image);
      else {
        a = ram;
        image.forEach((word, i) => {
          const inside = word.map((x) => Math.max(-(2 ** 29), Math.min(2 ** 29, x)));
          if (!bad || chance(0.97)) inputs.push([a + i, inside]);
        });
        ram += image.length;
      }
      const b = put(
        Array.from({ length: n * taps * blocks }, (_, i) =>
          Array.from({ length: LANES }, (_, lane) =>
            ((i % blocks) + 1 === 1 ? lane < channels - 16 * (blocks - 1) : true) ? value(weightSize) : 0,
          ),
        ),
      );
      const operands = { n, a, as: step, b, bs: taps * blocks, c: top, nw, h, ra: 1 + gap, ob: blocks, taps, pad };
      code.push(
        instruction('MAC', bad && chance(0.1) ? { ...operands, ob: blocks + 1 } : operands, ...(variant ? ([variant] as const) : [])),
      );
    }
    if (chance(0.2)) {
      const x = put(Array.from({ length: words * rows }, () => Array.from({ length: LANES }, () => value(Math.min(size, 1000)))));
      code.push(instruction('MUL', { a: x, b: x, c: top, nw: words, h: rows, ra: 1, rb: 1 }));
    }
    const jumps = split ? { rj: 2, cj: -words * rows - (rows - 1) * 2, split: 1 } : { rj: 1, cj: 1 - 2 * words * rows };
    const mask = put(Array.from({ length: words }, () => Array.from({ length: LANES }, () => (chance(0.9) ? 1 : 0))));
    const store = { a: mask, b: bad && chance(0.2) ? NARROW_SLOT : SLOT, c: top, rw: words, h: rows, O: channels, ...jumps };
    code.push(
      instruction('STORE', store, ...(lead && !(bad && chance(0.3)) ? (['LEAD'] as const) : []), ...(split ? (['SPLIT'] as const) : [])),
    );
  }
  // a second accumulator for each repeat, drained one by one
  const [first, count] = [ram, 1 + below(3)];
  ram += count;
  const b = put(Array.from({ length: count }, () => [value(100), ...Array(15).fill(0)]));
  code.push(instruction('MAC', { n: count, a: ones, b, bs: 1, c: first, cs: 1 }));
  code.push(instruction('STORE', { n: count, a: ones, b: SLOT, c: first, cs: 1 }));
  code.push(instruction('HLT'));
  code.forEach((word, i) => {
    rom[i] = [...word];
  });
  return wordProgram({
    name: 'random',
    rom,
    codeWords: code.length,
    slots: { [SLOT]: INTERVALS, [NARROW_SLOT]: FINE },
    inputs,
    outputs: [first],
    ramLogSize: Math.ceil(Math.log2(ram - RAM_BASE + 1)),
  });
}

/** a run without what it was given, or its fault */
function outcome(program: Program, inputs: IntegerTensors, options: ExecuteOptions): Omit<Execution, 'loaded' | 'inputs'> | string {
  try {
    const { loaded: _, inputs: __, ...rest } = execute(program, inputs, options);
    return rest;
  } catch (error) {
    if (error instanceof ZkvmError) return `${error.code} ${error.what}; ${error.where}; ${error.why}`;
    throw error;
  }
}

/** the first field and index at which two executions differ; expect() takes seconds for arrays of this size */
function difference(x: ReturnType<typeof outcome>, y: ReturnType<typeof outcome>): string | undefined {
  if (typeof x === 'string' || typeof y === 'string')
    return x === y ? undefined : `${typeof x === 'string' ? x : 'ran'}, ${typeof y === 'string' ? y : 'ran'}`;
  expect(Object.keys(x)).toEqual(Object.keys(y));
  for (const [name, field] of Object.entries(x)) {
    const other = y[name as keyof typeof y];
    if (typeof field === 'number') {
      if (field !== other) return `${name}: ${field}, ${other}`;
      continue;
    }
    const arrays = (value: typeof field | typeof other): ArrayLike<number>[] =>
      ArrayBuffer.isView(value) ? [value as Uint32Array] : Object.values(value as IntegerTensors);
    const [mine, others] = [arrays(field), arrays(other)];
    for (const [i, list] of mine.entries()) {
      const theirs = others[i]!;
      if (list.length !== theirs.length) return `${name}: lengths ${list.length}, ${theirs.length}`;
      for (let at = 0; at < list.length; at++) if (list[at] !== theirs[at]) return `${name}[${at}]: ${list[at]}, ${theirs[at]}`;
    }
  }
  return undefined;
}

describe('products in WebAssembly', () => {
  test('run here, from a module small enough for any thread of a browser', () => {
    expect(kernels()).toBeDefined();
    expect(kernelModule().toBytes(false).length).toBeLessThan(4096);
  });

  test('a changed cell is a difference', () => {
    const { program, inputs } = EXAMPLES[0]!();
    const [run, forged] = [outcome(program, inputs, {}), outcome(program, inputs, {})];
    (forged as Execution).lookups[5]!++;
    expect(difference(run, forged)).toMatch(/^lookups\[5\]/);
  });

  for (const make of [...EXAMPLES, cnn264k, lenet]) {
    const { name, program, inputs } = make();
    test(`${name}: the same execution`, () => {
      const [fast, plain] = [outcome(program, inputs, {}), outcome(program, inputs, { plain: true })];
      expect(typeof plain).toBe('object');
      expect(difference(fast, plain)).toBeUndefined();
    });
  }

  test('random programs of all variants: the same execution or the same fault', () => {
    const seenCodes = new Map<string, number>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { program, inputs } = randomProgram(seed);
        const plain = outcome(program, inputs, { plain: true });
        expect(difference(outcome(program, inputs, {}), plain)).toBeUndefined();
        const code = typeof plain === 'string' ? plain.slice(0, 6) : 'ran';
        seenCodes.set(code, (seenCodes.get(code) ?? 0) + 1);
      }),
      { numRuns: times(150), seed: 7 },
    );
    // the property says something only if programs run, and only if they fail in different ways
    expect(seenCodes.get('ran')).toBeGreaterThan(60);
    for (const code of ['ZK0410', 'ZK0413', 'ZK0415', 'ZK0419']) expect(seenCodes.get(code), code).toBeGreaterThan(0);
  });

  describe('sums that pass 2^32', () => {
    const large = Array(LANES).fill(2 ** 14);
    /** MACs of `counts` repeats, each adding ±2^28 to lane 0, then one that adds 5 */
    const sums = (counts: number[]): ReturnType<typeof wordProgram> => {
      const rows = [large, [2 ** 14], [-(2 ** 14)], Array(LANES).fill(1), [5]].map((word) =>
        [...word, ...Array(LANES).fill(0)].slice(0, LANES),
      );
      const [a, plus, minus, ones, five] = [10, 11, 12, 13, 14];
      const code = [
        ...counts.map((n) => instruction('MAC', { n: Math.abs(n), a: a, b: n > 0 ? plus : minus, c: RAM_BASE })),
        instruction('MAC', { a: ones, b: five, c: RAM_BASE }),
        instruction('STORE', { a: ones, b: SLOT, c: RAM_BASE }),
        instruction('HLT'),
      ];
      const rom = Array.from({ length: 10 }, (_, i) => [...(code[i] ?? Array(LANES).fill(0))]);
      return wordProgram({
        name: 'sums',
        rom: [...rom, ...rows],
        codeWords: code.length,
        slots: { [SLOT]: INTERVALS },
        outputs: [RAM_BASE],
      });
    };
    test.each([[[16]], [[7, 7, 2]], [[1, 15]], [[-16]], [[64]]])('%j is a fault, not 5', (counts) => {
      const { program, inputs } = sums(counts);
      const fault = outcome(program, inputs, {});
      expect(fault).toMatch(/^ZK0413/);
      expect(fault).toBe(outcome(program, inputs, { plain: true }));
    });
    test.each([[[16, -16]], [[7, 7, 2, -16]], [[-64, 33, 31]]])('%j is 5', (counts) => {
      const { program, inputs } = sums(counts);
      const run = outcome(program, inputs, {});
      expect(typeof run === 'string' ? run : run.coefficients[0]).toBe(5);
      expect(difference(run, outcome(program, inputs, { plain: true }))).toBeUndefined();
    });
  });

  test('limits on cycles and rows are met at the same place', () => {
    const { program, inputs } = EXAMPLES[1]!();
    for (const options of [{ maxCycles: 7 }, { maxCycles: 21 }, { maxRows: 15 }, { maxRows: 41 }, { maxRows: 80 }])
      expect(outcome(program, inputs, options)).toEqual(outcome(program, inputs, { ...options, plain: true }));
    expect(outcome(program, inputs, { maxRows: 80 })).toMatch(/^ZK0416/);
    expect(outcome(program, inputs, { maxCycles: 7 })).toMatch(/^ZK0416/);
  });
});
