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
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { times } from '../../times.ts';
import { EXAMPLES, wordProgram } from '../programs.ts';
import { INTERVALS, randomProgram, SLOT } from './random-programs.ts';

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
