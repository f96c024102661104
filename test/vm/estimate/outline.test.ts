// The rows of a run without the run. Source: vm/estimate/outline.ts. Caveat: example programs and networks; which instructions jump is a list there.
import { describe, expect, test } from 'vitest';
import { lenet } from '../../../bench/networks.ts';

import { PROFILES } from '../../../fri/pcs/profile.ts';
import { planShards } from '../../../vm/chips/shards.ts';
import { planInstances } from '../../../vm/chips/split.ts';
import { sizesOf } from '../../../vm/estimate/cost.ts';
import { outlineOf } from '../../../vm/estimate/outline.ts';
import { type Execution, execute } from '../../../vm/executor/run.ts';
import { EXAMPLES } from '../programs.ts';

const sizes = (run: Execution) => sizesOf(planInstances(run, PROFILES.proven));
const isStraight = ({ loaded }: Execution): boolean =>
  !loaded.instructions.some(({ opcode }) => ['JMP', 'JNZ', 'CAL', 'RET'].includes(opcode));
const runs = [...EXAMPLES.map((example) => example()), lenet()].map(({ program, inputs }) => ({ program, run: execute(program, inputs) }));

describe('an outline', () => {
  test('has the instances of the run, as one shard and as several', () => {
    const straight = runs.filter(({ run }) => isStraight(run));
    expect(straight.length).toBeGreaterThan(1);
    for (const { program, run } of straight) {
      const outline = outlineOf(program)!;
      expect(sizes(outline)).toEqual(sizes(run));
      const shards = (of: Execution) => planShards(of, { ...PROFILES.proven, minLogSize: 4 }, 100_000).map(sizesOf);
      expect(shards(outline)).toEqual(shards(run));
    }
  });

  test('has other rows where an instruction repeats once more', () => {
    const { program } = lenet();
    const { cycles } = outlineOf(program)!;
    const rom = program.rom.slice();
    rom[1]! += 1;
    expect(outlineOf({ ...program, rom })!.cycles.length).toBeGreaterThan(cycles.length);
  });

  test('is not there for a program with jumps', () => {
    const jumping = runs.filter(({ run }) => !isStraight(run));
    expect(jumping.length).toBeGreaterThan(0);
    for (const { program } of jumping) expect(outlineOf(program)).toBeUndefined();
  });
});
