// The executor computes what the example programs are said to compute, and every fault names its instruction and its reason.
import { describe, expect, test } from 'vitest';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { execute } from '../../../vm/executor/run.ts';
import { assemble } from '../../../vm/program/assembler.ts';
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import { EXAMPLES, laneOf, wordProgram } from '../programs.ts';

describe('programs', () => {
  for (const make of EXAMPLES) {
    const { name, program, inputs, expect: expected } = make();
    test(`${name}: all outputs equal the direct computation`, () => {
      const run = execute(program, inputs);
      expect(expected.length).toBeGreaterThan(0);
      expect(expected.map(([address, lane]) => laneOf(run.ram, address, lane))).toEqual(expected.map(([, , value]) => value + 0));
      const out = Object.values(run.outputs).flatMap((tensor) => [...tensor]);
      expect(out).toEqual(
        program.outputs.flatMap((region) =>
          Array.from({ length: region.rows * LANES }, (_, i) => laneOf(run.ram, region.address + (i >> 4), i % LANES)),
        ),
      );
    });
  }
});

/** code is text; ROM word 8 is all ones, word 9 is (2, 0, …), word 10 is (0, 5, 0, …) */
const ROM_DATA = [Array(16).fill(1), [2, ...Array(15).fill(0)], [0, 5, ...Array(14).fill(0)]];
const IDENTITY = { 9: Array.from({ length: 64 }, (_, i) => [1, i - 32, i - 32]) };
function run(
  text: string,
  options: { slots?: Record<string, number[][]>; outputs?: number[]; inputs?: [number, number[]][]; data?: number[][] } = {},
) {
  const code = assemble(text);
  const codeWords = code.length / LANES;
  const rom = Array.from({ length: 8 }, (_, i) => (i < codeWords ? [...code.subarray(i * LANES, (i + 1) * LANES)] : Array(16).fill(0)));
  const { program, inputs } = wordProgram({
    name: 'fault',
    rom: [...rom, ...(options.data ?? ROM_DATA)],
    codeWords,
    slots: options.slots ?? IDENTITY,
    inputs: options.inputs ?? [],
    outputs: options.outputs ?? [],
    ramLogSize: 6,
  });
  program.sourceMap.push({ from: 0, to: codeWords, node: 'node #3 Gemm "/fc"' });
  return execute(program, inputs, { maxCycles: 100, maxRows: 1000 });
}
const fault = (...args: Parameters<typeof run>): string => {
  try {
    run(...args);
  } catch (error) {
    if (error instanceof ZkvmError) return `${error.code} ${error.where}`;
    throw error;
  }
  return 'ran';
};

describe('faults', () => {
  test('the program that the faults are variations of runs', () => {
    const { outputs } = run('MAC a=8 b=9 c=ram+4\nSTORE a=8 b=9 c=ram+4\nADD a=9 b=9 c=ram+0\nHLT', { outputs: [RAM_BASE, RAM_BASE + 4] });
    expect([...outputs.y0!]).toEqual([4, ...Array(15).fill(0)]);
    expect([...outputs.y1!]).toEqual(Array(16).fill(2));
  });

  test('names pc, instruction and node', () => {
    expect(fault('SET c=ram+1\nADD a=ram+5 b=#1 c=ram+0\nHLT')).toBe('ZK0410 pc 1: ADD a=ram+5 b=#1 c=ram+0 (node #3 Gemm "/fc")');
  });

  const store = 'STORE a=8 b=9 c=ram+4';
  test.each<[string, string, string, Parameters<typeof run>[1]?]>([
    ['a word nobody wrote', 'ADD a=ram+1 b=#0 c=ram+0\nHLT', 'ZK0410'],
    ['a word beyond ROM', 'ADD a=11 b=#0 c=ram+0\nHLT', 'ZK0410'],
    ['a word beyond RAM', 'ADD a=ram+64 b=#0 c=ram+0\nHLT', 'ZK0410'],
    ['an unwritten MAC operand', 'MAC a=ram+1 b=9 c=ram+4\nHLT', 'ZK0410'],
    ['an unwritten mask', 'STORE a=ram+1 b=9 c=ram+4\nHLT', 'ZK0410'],
    ['an unwritten output', 'HLT', 'ZK0410', { outputs: [RAM_BASE] }],
    ['a write into ROM', 'SET c=9\nHLT', 'ZK0411'],
    ['a write beyond RAM', 'SET c=ram+64\nHLT', 'ZK0411'],
    ['a STORE larger than RAM', 'STORE a=8 b=9 c=ram+0 O=100\nHLT', 'ZK0411'],
    ['a second write', 'SET n=2 c=ram+1\nHLT', 'ZK0412'],
    ['a write to an input', 'SET c=ram+1\nHLT', 'ZK0412', { inputs: [[RAM_BASE + 1, Array(16).fill(0)]] }],
    ['a coefficient of 2^30', `MAC n=2 a=8 b=9 c=ram+4\n${store}\nHLT`, 'ZK0413', { data: [ROM_DATA[0]!, [2 ** 29], ROM_DATA[2]!] }],
    ['an accumulator without exact bound', 'MAC n=2 a=10 b=9 c=ram+4\nHLT', 'ZK0413', { data: [ROM_DATA[0]!, [2 ** 24], [2 ** 29]] }],
    ['a scalar with a junk lane', 'ADD a=10 b=#0 c=ram+0\nHLT', 'ZK0414'],
    ['C outside its slot', `MAC n=20 a=8 b=9 c=ram+4\n${store}\nHLT`, 'ZK0415'],
    [
      'C in a gap of its slot',
      `MAC a=8 b=9 c=ram+4\n${store}\nHLT`,
      'ZK0415',
      {
        slots: {
          9: [
            [1, 0, 0],
            [1, 3, 3],
          ],
        },
      },
    ],
    ['a slot that a repeat steps to', `STORE n=2 a=8 b=9 bs=1 c=ram+4 cs=1\nHLT`, 'ZK0415'],
    ['an endless loop', 'JMP b=#0\nHLT', 'ZK0416'],
    ['too many rows', 'MAC a=8 b=9 c=ram+4 taps=2000000\nHLT', 'ZK0416'],
    ['a mask lane of 5', 'STORE a=ram+1 b=9 c=ram+4\nHLT', 'ZK0418', { inputs: [[RAM_BASE + 1, [0, 5, ...Array(14).fill(0)]]] }],
    ['coefficients beyond the rows', `MAC a=8 b=9 c=ram+4 h=2\n${store}\nHLT`, 'ZK0419'],
    ['coefficients of a further channel', `MAC a=8 b=8 c=ram+4\n${store}\nHLT`, 'ZK0419'],
    ['a position before the first without LEAD', `MAC a=8 b=9 c=ram+4 taps=2\n${store}\nHLT`, 'ZK0419'],
    ['a pad over the last position', `MAC a=8 b=9 c=ram+4 pad=1\n${store}\nHLT`, 'ZK0419'],
    ['code that falls off its end', 'JNZ a=10 b=#0\nSET c=ram+1\nJMP b=#5\nHLT', 'ZK0414'],
    ['a jump out of the code', 'JMP b=#7\nHLT', 'ZK0420'],
    ['a jump before the last repeat', 'JMP n=2 b=#1\nHLT', 'ZK0421'],
    ['an accumulator never drained', 'MAC a=8 b=9 c=ram+4\nHLT', 'ZK0422'],
    ['a MAC after the drain', `MAC a=8 b=9 c=ram+4\n${store}\nMAC a=8 b=9 c=ram+4\nHLT`, 'ZK0422'],
    ['two drains of one accumulator', `${store}\n${store}\nHLT`, 'ZK0412'],
  ])('%s', (_, text, code, options = {}) => expect(fault(text, options).slice(0, 6)).toBe(code));
});

test('an input that is missing, or no tensor at all, is ZK0320 before anything is copied', () => {
  const { program, inputs } = EXAMPLES.map((make) => make()).find((example) => example.program.inputs.length > 0)!;
  const { name } = program.inputs[0]!;
  expect(() => execute(program, {})).toThrow(/ZK0320/);
  expect(() => execute(program, { ...inputs, [name]: undefined as unknown as Int32Array })).toThrow(/ZK0320/);
});
