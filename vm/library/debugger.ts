// `zkvm/debugger`: a trace file to walk through, step by step. Source: vm/debug, which has all of it; here are bytes in, arguments checked. Caveat: values
// are those of running the program again; rows and cells are the file's, and `judge` says where both differ.
import { usage } from '../../fri/core/errors.ts';
import { judge } from '../debug/failures.ts';
import { openTrace } from '../debug/open.ts';
import { detailOf, lineOf, search } from '../debug/step.ts';
import type { Search, StepDetail, StepLine, Verdict, Why, WhyLimits } from '../debug/types.ts';
import { placeOfElement, whyOf } from '../debug/why.ts';
import { decodeTrace } from '../files/trace.ts';
import { elementCount } from '../program/packing.ts';
import { requireBytes } from './arguments.ts';
import { describedTensors, type TensorInfo } from './described.ts';

export type { StepDetail, StepLine, Why } from '../debug/types.ts';

/**
 * What is wrong with a trace, and where.
 * @example
 * const verdict: TraceVerdict = debugTrace(bytes).judge();
 * for (const { chip, row, label, formula, step } of verdict.failures) console.log(chip, row, label, formula, step);
 */
export type TraceVerdict = Verdict;

/**
 * A run that is open.
 * @example
 * const run: TraceDebugger = debugTrace(bytes);
 * for (const { step, text, node } of run.lines(0, 10)) console.log(step, text, node);
 */
export interface TraceDebugger {
  /** of the model */
  readonly name: string;
  /** executed instructions, repeats counted */
  readonly steps: number;
  readonly outputs: readonly TensorInfo[];
  /** steps of a list, from one on */
  lines(from: number, count: number): StepLine[];
  /** a step in full, with the cells and lookups of at most `rows` rows of each chip, from its `fromRow`-th on */
  step(step: number, rows?: number, fromRow?: number): StepDetail;
  /** the steps of a node, an instruction, an address; all that is given must fit */
  search(wanted: Search): number[];
  /** from an element of an output, by its index in the flattened tensor, back to what it was computed from */
  why(output: string, index: number, limits?: WhyLimits): Why;
  /** holds every constraint against every row, and every cell against the run */
  judge(): TraceVerdict;
}

/**
 * Opens a trace file, such as `zkvm run -o` writes.
 * @throws ZkvmError ZK030x, ZK031x for bytes that are no trace, ZK041x, ZK042x for inputs on which its program has no run; its methods ZK0626 for steps,
 * rows and elements that there are not
 * @example
 * const run = debugTrace(await readFile('trace.bin'));
 * const { operands, accumulator } = run.step(12);
 * console.log(operands.map(({ role, shape }) => [role, shape]), accumulator?.values);
 */
export function debugTrace(trace: Uint8Array): TraceDebugger {
  const debugged = openTrace(decodeTrace(requireBytes(trace, 'the trace')));
  const { program } = debugged.trace;
  const requireStep = (step: number): number => {
    if (Number.isInteger(step) && step >= 0 && step < debugged.steps) return step;
    throw usage('ZK0626', { what: `there is no step ${step}`, fix: `0 to ${debugged.steps - 1}` });
  };
  const requireRows = (rows: number, what: string): number => {
    if (rows >= 0 && (Number.isInteger(rows) || rows === Number.POSITIVE_INFINITY)) return rows;
    throw usage('ZK0626', { what: `${what} is ${rows}`, fix: 'a whole number, 0 or more' });
  };
  return {
    name: program.metadata.name,
    steps: debugged.steps,
    outputs: describedTensors(program, 'output'),
    lines: (from, count) =>
      Array.from({ length: Math.max(0, Math.min(count, debugged.steps - from)) }, (_, i) => lineOf(debugged, requireStep(from + i))),
    step: (step, rows = 16, fromRow = 0) =>
      detailOf(debugged, requireStep(step), requireRows(fromRow, 'the first row'), requireRows(rows, 'the number of rows')),
    search: (wanted) => search(debugged, wanted),
    why: (output, index, limits) => {
      const region = program.outputs.find(({ name }) => name === output);
      if (!region || !(Number.isInteger(index) && index >= 0 && index < elementCount(region)))
        throw usage('ZK0626', { what: `there is no element ${index} of an output ${JSON.stringify(output)}` });
      return whyOf(debugged, placeOfElement(region, index), limits);
    },
    judge: () => judge(debugged),
  };
}
