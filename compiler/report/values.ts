// The values of every node on the samples that are measured whole: how many of them lie where, in the float model and in the integers, and the sample
// in which they are furthest apart. Source: DESIGN §6; calibrate.ts (`measured`). Caveat: of the first samples only, and counted in a few equal bins, so
// a value that is alone far out is a bin of one.
import type { Graph } from '../graph/node.ts';
import { isTime, type Steps } from '../onnx/steps.ts';
import type { Calibration } from '../quantise/calibrate.ts';
import type { IntegerGraph } from '../quantise/integer-graph.ts';
import { inOwnOrder } from '../stages/stage.ts';

/**
 * Values of one node, in real units.
 * @example
 * const print = ({ from, to, float, integer }: NodeValues): void => console.log(from, to, float, integer);
 * await compile(onnx, { calibration, onValues: ({ stages }) => stages.forEach(print) });
 */
export interface NodeValues {
  /** least and most of all that is counted */
  from: number;
  to: number;
  /** counts in equal bins between them: of the float model, and of the integers */
  float: number[];
  integer: number[];
  /** where both are furthest apart */
  worst: { sample: number; index: number; float: number; integer: number };
}

/**
 * Values of a model's nodes, in the order of its inputs and of the report's stages.
 * @example await compile(onnx, { calibration, onValues: ({ stages }: ModelValues) => console.log(stages.length) });
 */
export interface ModelValues {
  /** samples that were counted */
  samples: number;
  inputs: NodeValues[];
  stages: NodeValues[];
}

export const BINS = 24;

/** float values and integers of one sample */
type Pair = readonly [exact: Float64Array, integers: Float64Array];

/** Counts values in equal bins. @param pairs one a sample, at least one of them with elements */
export function countValues(pairs: readonly Pair[], scale: number): NodeValues {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [most, worst] = [-1, { sample: 0, index: 0, float: 0, integer: 0 }];
  for (const [sample, [exact, integers]] of pairs.entries())
    for (let i = 0; i < exact.length; i++) {
      const [x, y] = [exact[i]!, integers[i]! * scale];
      from = Math.min(from, x, y);
      to = Math.max(to, x, y);
      const error = Math.abs(x - y);
      if (error > most) [most, worst] = [error, { sample, index: i, float: x, integer: y }];
    }
  const [float, integer] = [Array<number>(BINS).fill(0), Array<number>(BINS).fill(0)];
  const bin = (value: number): number => Math.min(BINS - 1, Math.floor((BINS * (value - from)) / (to - from || 1)));
  for (const [exact, integers] of pairs)
    for (let i = 0; i < exact.length; i++) {
      float[bin(exact[i]!)]! += 1;
      integer[bin(integers[i]! * scale)]! += 1;
    }
  return { from, to, float, integer, worst };
}

/** Counts the values of every input and stage. @param runs integers of the samples that are measured whole */
export function* valuesOf(
  { graph, stages, quantities }: IntegerGraph,
  constants: Graph['constants'],
  { measured }: Calibration,
  runs: readonly ReadonlyMap<string, Float64Array>[],
): Steps<ModelValues> {
  const counted = (root: string, exactOf: (reference: ReadonlyMap<string, Float64Array>) => Float64Array): NodeValues =>
    countValues(
      measured.map((reference, i) => [exactOf(reference), runs[i]!.get(root)!]),
      quantities.get(root)!.scale,
    );
  const inputs = graph.inputs.map(({ name }) => counted(name, (reference) => reference.get(name)!));
  const found: NodeValues[] = [];
  for (const { stage } of stages) {
    found.push(counted(stage.id, (reference) => inOwnOrder(stage, reference.get(stage.value) ?? constants.get(stage.value)!.data)));
    if (isTime()) yield;
  }
  return { samples: measured.length, inputs, stages: found };
}
