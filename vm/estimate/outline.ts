// The rows of a run without the run: a program without jumps goes through its instructions once, in order, whatever its input is. Source: AIR.md §2 (the
// cycle). Caveat: it holds cycles alone, which plans of instances are made from; what it says nothing of is empty, so it can be filled into no trace.
import { type Execution, MAX_CYCLES } from '../executor/run.ts';
import { repeatsOf } from '../program/assembler.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { checkProgram, hasJumps } from '../program/loader.ts';
import { elementCount } from '../program/packing.ts';
import type { IntegerTensors, Program, Region } from '../program/types.ts';

/** the value nearest to zero everywhere: an input that a model accepts */
export const neutralInput = (program: Program): IntegerTensors =>
  Object.fromEntries(
    program.inputs.map((region) => [region.name, new Int32Array(elementCount(region)).fill(Math.min(region.hi, Math.max(region.lo, 0)))]),
  );

const zeros = (regions: readonly Region[]): IntegerTensors =>
  Object.fromEntries(regions.map((region) => [region.name, new Int32Array(elementCount(region))]));

/**
 * What a run's instances are planned from: the instruction of every cycle.
 * @returns undefined for a program with jumps, or with more cycles than a run may have
 * @throws as `checkProgram`
 */
export function outlineOf(program: Program): Execution | undefined {
  const loaded = checkProgram(program);
  const { instructions } = loaded;
  if (hasJumps(instructions)) return undefined;
  const run = instructions.slice(0, instructions.findIndex(({ opcode }) => opcode === 'HLT') + 1);
  const count = run.reduce((sum, instruction) => sum + repeatsOf(instruction), 0);
  if (count > MAX_CYCLES) return undefined;
  const cycles = new Uint32Array(count * CYCLE_WORDS);
  let at = 0;
  for (const [pc, instruction] of run.entries())
    for (let left = repeatsOf(instruction); left > 0; left--, at += CYCLE_WORDS) cycles[at] = pc;
  const none = new Uint32Array(0);
  return {
    loaded,
    inputs: neutralInput(program),
    outputs: zeros(program.outputs),
    cycles,
    macRows: 0,
    storeRows: 0,
    coefficients: new Int32Array(0),
    entries: new Int32Array(0),
    ram: none,
    written: new Uint8Array(0),
    ramReads: none,
    romReads: none,
    lookups: none,
    data: new Map(),
  };
}
