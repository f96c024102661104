// A trace as something to walk through: the program is run again on the inputs of the file, so every step, word and accumulator of the honest run is
// at hand, beside the columns that the file gives. Memory is write-once, so that a step's reads are where they were at the end; only accumulators
// have a past (accumulator.ts). Source: AIR.md §2, §5. Caveat: a step is a cycle of *this* run; a file with other instances has rows without a step.
import { bug } from '../../fri/core/errors.ts';
import { CHIP_LIST } from '../chips/machine.ts';
import { planInstances } from '../chips/split.ts';
import { CHIP_NAMES, type RunChipName } from '../chips/table.ts';
import { type Execution, execute } from '../executor/run.ts';
import type { Trace } from '../files/trace.ts';
import { isCommitted } from '../program/committed.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { RAM_BASE } from '../program/isa.ts';
import { elementAddresses, inputWords } from '../program/packing.ts';
import { Accumulators } from './accumulator.ts';
import { cycleOf, eachAccess } from './cycle.ts';

/** who wrote a word of RAM, where it was no step */
export const WRITER = { nobody: -1, input: -2 } as const;

/** A trace with its run, indexed by step. */
export interface Debugged {
  trace: Trace;
  run: Execution;
  /** executed instructions, repeats counted */
  steps: number;
  /** ONNX node of each instruction; undefined where the source map names none */
  nodes: readonly (string | undefined)[];
  /** rows of a chip up to each step, and after the last one: a step's rows are `rowStarts[chip][step]` up to the next entry */
  rowStarts: Readonly<Record<RunChipName, Uint32Array>>;
  /** the step that wrote each word of RAM, or one of WRITER */
  writers: Int32Array;
  /** the output that each word holds elements of, by address */
  outputs: ReadonlyMap<number, string>;
  /** the steps that add to each accumulator, in order, by its name */
  adders: ReadonlyMap<number, readonly number[]>;
  /** the file has the instances that the run makes */
  fits: boolean;
  /** if so: the first instance of each chip; undefined for a chip that there is none of */
  instances: readonly (number | undefined)[];
  accumulators: Accumulators;
}

function rowStartsOf({ loaded, cycles }: Execution, name: RunChipName): Uint32Array {
  const chip = CHIP_LIST[CHIP_NAMES.indexOf(name)]!;
  if (chip.sizedBy !== 'run') throw bug(`${name} is not sized by the run`);
  const rowsOf = loaded.instructions.map((instruction) => chip.rows(instruction));
  const steps = cycles.length / CYCLE_WORDS;
  const starts = new Uint32Array(steps + 1);
  for (let step = 0; step < steps; step++) starts[step + 1] = starts[step]! + rowsOf[cycles[step * CYCLE_WORDS]!]!;
  return starts;
}

/** ONNX node by instruction */
function nodesOf({ program: { codeWords, sourceMap } }: Trace): (string | undefined)[] {
  const nodes = Array<string | undefined>(codeWords).fill(undefined);
  for (const { from, to, node } of sourceMap) nodes.fill(node, from, Math.min(to, codeWords));
  return nodes;
}

/**
 * Runs a trace's program again and indexes it.
 * @throws ZK041x, ZK042x for inputs on which the program has no run, so that no trace of it can be honest
 */
export function openTrace(trace: Trace): Debugged {
  const run = execute(trace.program, trace.inputs);
  const { program } = trace;
  const steps = run.cycles.length / CYCLE_WORDS;
  const writers = new Int32Array(run.written.length).fill(WRITER.nobody);
  for (const region of program.inputs) {
    if (isCommitted(region)) continue; // it has addresses of its own
    const start = region.address - RAM_BASE;
    writers.fill(WRITER.input, start, start + inputWords(region));
  }
  const adders = new Map<number, number[]>();
  for (let step = 0; step < steps; step++)
    eachAccess(run.loaded.instructions[run.cycles[step * CYCLE_WORDS]!]!, cycleOf(run, step), {
      read: () => true,
      slot: () => true,
      drain: () => true,
      add: (name) => {
        const known = adders.get(name);
        if (known) known.push(step);
        else adders.set(name, [step]);
        return true;
      },
      write: (address, words) => {
        writers.fill(step, address - RAM_BASE, address - RAM_BASE + words);
        return true;
      },
    });
  const outputs = new Map<number, string>();
  for (const region of program.outputs) for (const address of elementAddresses(region)) outputs.set(address, region.name);
  const plan = planInstances(run);
  // the file has the run's instances in the run's order, or its rows belong to no step
  const fits =
    trace.instances.length === plan.length &&
    plan.every(({ type, logSize, base }, i) => {
      const given = trace.instances[i]!;
      return given.type === type && given.logSize === logSize && given.base === base;
    });
  const instances = CHIP_NAMES.map((_, type) => {
    const index = plan.findIndex((planned) => planned.type === type);
    return fits && index >= 0 ? index : undefined;
  });
  return {
    trace,
    run,
    steps,
    nodes: nodesOf(trace),
    rowStarts: { cpu: rowStartsOf(run, 'cpu'), mac: rowStartsOf(run, 'mac'), store: rowStartsOf(run, 'store') },
    writers,
    outputs,
    adders,
    fits,
    instances,
    accumulators: new Accumulators(run, adders),
  };
}

/** The step that made a row of a chip that the run sizes: binary search. Undefined for padding. */
export function stepOfRow(starts: Uint32Array, row: number): number | undefined {
  if (row >= starts.at(-1)!) return undefined;
  let [low, high] = [0, starts.length - 1];
  // the last step that starts at or before the row, which is the one that has rows there
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= row) low = middle;
    else high = middle;
  }
  return low;
}
