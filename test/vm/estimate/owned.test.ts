// Every committed cell has an owner, and all together are the proof's: held against what costs count by other ways, and against what a run really writes.
// Slow: six programs are compiled, and counted under every profile.
import { describe, expect, test } from 'vitest';
import { gpt2Block } from '../../../bench/networks-onnx.ts';
import { compileModel, compileOnnx } from '../../../compiler/index.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { CHIP_NAMES, RUN_CHIPS } from '../../../vm/chips/table.ts';
import { costOf, countingRun } from '../../../vm/estimate/cost.ts';
import { outlineOf } from '../../../vm/estimate/outline.ts';
import { type OwnedCost, ownedCost } from '../../../vm/estimate/owned.ts';
import { isCommitted } from '../../../vm/program/committed.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import { inputWords } from '../../../vm/program/packing.ts';
import type { Program } from '../../../vm/program/types.ts';
import { randomNumbers, randomTensor } from '../../compiler/check.ts';
import { onnxModel } from '../../compiler/onnx-writer.ts';
import { modelOf } from '../../library/kit.ts';
import { loop, mlp } from '../programs.ts';

const random = randomNumbers(3);
const dense = onnxModel({
  nodes: [
    { op: 'Gemm', inputs: ['x', 'w'], outputs: ['a'], name: 'first' },
    { op: 'Relu', inputs: ['a'], outputs: ['y'], name: 'second' },
  ],
  inputs: { x: [1, 40] },
  outputs: ['y'],
  initializers: { w: randomTensor(random, [40, 30]) },
});
const samples = Array.from({ length: 3 }, () => ({ x: { shape: [1, 40], data: Float64Array.from({ length: 40 }, () => random()) } }));

const MODELS: Readonly<Record<string, () => Promise<Program> | Program>> = {
  'two dense layers': async () => (await modelOf('digits_mlp')).program,
  LeNet: async () => (await modelOf('lenet')).program,
  'a block of a transformer': () => {
    const { model, calibration } = gpt2Block(16, 32, 4);
    return compileOnnx(model, { calibration, activationBits: 10, acceptError: 1 }).program;
  },
  'a model whose input is committed': () => compileModel(dense, { calibration: samples, commitInputs: ['x'], acceptError: 1 }).program,
  'a program by hand': () => mlp(2).program,
  'a program with jumps': () => loop().program,
};

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
const cellsWhere = ({ owned }: OwnedCost, fits: (one: OwnedCost['owned'][number]) => boolean): number =>
  sum(owned.filter(fits).map(({ cells }) => cells));

const made = new Map<string, Program>();
async function programOf(name: string): Promise<Program> {
  const known = made.get(name) ?? (await MODELS[name]!());
  made.set(name, known);
  return known;
}

describe.each(Object.keys(MODELS))('%s', (name) => {
  test.each(Object.values(PROFILES).map((profile) => [profile.name, profile] as const))(
    'under "%s": all cells of a proof and no more, chip by chip, and nobody owns less than nothing',
    async (_profile, profile) => {
      const program = await programOf(name);
      const run = countingRun(program);
      const cost = costOf(program, profile, run);
      const counted = ownedCost(run, profile);
      expect(sum(counted.owned.map(({ cells }) => cells))).toBe(cost.cells);
      expect(counted.cells).toBe(cost.cells);
      for (const [chip, cells] of Object.entries(cost.cellsByChip)) expect(cellsWhere(counted, (one) => one.chip === chip)).toBe(cells);
      for (const { cells, rows, lookupCells } of counted.owned) {
        expect(rows).toBeGreaterThan(0);
        expect(lookupCells).toBeLessThanOrEqual(cells);
      }
      // what a chip commits to is its columns, of the trace, of lookups and fixed, as high as its instances
      for (const { cells, columns, logSizes } of counted.chips)
        expect((columns.fixed + columns.trace + columns.lookups) * sum(logSizes.map((logSize) => 2 ** logSize))).toBe(cells);
    },
  );

  test('rows of chips that a run sizes are those that costs attribute to nodes', async () => {
    const program = await programOf(name);
    const run = countingRun(program);
    const { owned } = ownedCost(run, PROFILES.proven!);
    const byNode = new Map(costOf(program, PROFILES.proven!, run).nodes.map(({ node, rows }) => [node, rows]));
    for (const chip of RUN_CHIPS) {
      const rows = new Map<string, number>();
      for (const one of owned) {
        if (one.chip !== chip || (one.owner.kind !== 'entry' && one.owner.kind !== 'shared')) continue;
        const node = one.owner.kind === 'entry' ? program.sourceMap[one.owner.index]!.node : '(no node)';
        rows.set(node, (rows.get(node) ?? 0) + one.rows);
      }
      for (const [node, known] of byNode) expect(rows.get(node) ?? 0, `${chip} of ${node}`).toBe(known[chip]);
    }
  });

  test('every word of memory that a run writes has an owner, every word of code and weights, every row of tables', async () => {
    const program = await programOf(name);
    const run = countingRun(program);
    const { owned, chips } = ownedCost(run, PROFILES.test!);
    const rowsOf = (chip: string, padding: boolean): number =>
      sum(owned.filter((one) => one.chip === chip && (one.owner.kind === 'padding') === padding).map(({ rows }) => rows));
    const loaded = checkProgram(program);
    const written = sum(Array.from(run.written, (mark) => (mark ? 1 : 0)));
    const isStraight = outlineOf(program) !== undefined;
    if (isStraight) expect(rowsOf('ram', false)).toBe(written);
    expect(rowsOf('rom', false)).toBe(program.rom.length / 16);
    expect(rowsOf('lut', false)).toBe(loaded.table.rows);
    expect(rowsOf('words', false)).toBe(sum(program.inputs.filter(isCommitted).map(inputWords)));
    for (const chip of CHIP_NAMES) {
      const size = chips.find((one) => one.chip === chip);
      if (size) expect(rowsOf(chip, false) + rowsOf(chip, true)).toBe(sum(size.logSizes.map((logSize) => 2 ** logSize)));
    }
  });
});

test('who reads whom is what the layers of a network read, and the last one writes the output', async () => {
  const { program } = await modelOf('lenet');
  const { flows, writers } = ownedCost(countingRun(program), PROFILES.proven!);
  const nodes = program.sourceMap.length;
  expect(flows).toEqual([
    { from: { kind: 'input', index: 0 }, to: 0 },
    ...Array.from({ length: nodes - 1 }, (_, i) => ({ from: { kind: 'entry', index: i }, to: i + 1 })),
  ]);
  expect(writers).toEqual([{ kind: 'entry', index: nodes - 1 }]);
});

test('an outline of a run has the same owners as the run', async () => {
  const { program } = await modelOf('digits_mlp');
  expect(ownedCost(outlineOf(program)!, PROFILES.fast!)).toEqual(ownedCost(countingRun(program), PROFILES.fast!));
});

test('a table that two nodes ask is shared, one that one node asks is its own', async () => {
  const { program } = await modelOf('digits_mlp');
  const { owned } = ownedCost(countingRun(program), PROFILES.proven!);
  // each of the two layers has a table of its own
  const divisors = program.slots.map((slot) => new Set(Array.from(slot.intervals).filter((_, i) => i % 3 === 0)));
  const [first, second] = divisors as [Set<number>, Set<number>];
  const both = [...first].filter((divisor) => second.has(divisor));
  expect(both.length).toBeGreaterThan(0);
  const rowsOf = (kind: string): number[] =>
    owned.filter(({ chip, owner }) => chip === 'lut' && owner.kind === kind).map(({ rows }) => rows);
  expect(rowsOf('shared')).toEqual([sum(both)]);
  const own = program.slots.map(
    ({ intervals }, i) => intervals.length / 3 + sum([...divisors[i]!].filter((divisor) => !both.includes(divisor))),
  );
  expect(rowsOf('entry').sort((a, b) => a - b)).toEqual(own.sort((a, b) => a - b));
});
