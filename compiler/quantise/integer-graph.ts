// What quantisation makes of a stage graph: integer weights and constants, and the table that ends each stage. Source: DESIGN §6.
// Caveat: plain data but for `again` and `constantFor`, which make a stage once more for other ranges and for other numbers of samples.
import type { Integers } from '../onnx/numbers.ts';
import { broadcastTo, type Tensor } from '../onnx/tensor.ts';
import type { Limits } from '../stages/known.ts';
import type { LinearStage, MaximumStage, StageGraph } from '../stages/stage.ts';
import type { Reach } from './bounds.ts';
import type { SlotRequest } from './request.ts';
import type { Moments } from './rounding.ts';
import type { Quantity } from './targets.ts';

export interface QuantisationOptions {
  /** bits of stored activations, 8 … 15 */
  activationBits: number;
  /** bits of single stages by role, or by id where they have none, instead of `activationBits` */
  bitsOf?: ReadonlyMap<string, number> | undefined;
  /** bits of the model's outputs, 8 … 15 */
  outputBits: number;
  /** bits of the inputs, or undefined: as many as keep their rounding error below 0.1 %, 8 … 12 */
  inputBits?: number | undefined;
  /** the same for inputs that only functions of single elements read, which may be steep near zero */
  steepInputBits?: number | undefined;
  /** most bits of a weight, sign included, 4 … 24 */
  weightBits: number;
  /** standard deviation that rounded weights may cause, in fine intervals; 0.5 if left out */
  noise?: number | undefined;
  /** inputs of which a statement has roots: all of their integers stand in a table */
  committed?: ReadonlySet<string> | undefined;
}

/** What quantisation knows of a term's source. */
export interface Source extends Quantity {
  power: number;
  /** integers, exactly, and those of the second source too */
  whole: boolean;
  moments: Moments | undefined;
  /** second source of a product */
  other?: Quantity | undefined;
}

export interface IntegerLinear {
  kind: 'linear';
  stage: LinearStage;
  /** integer weights of each term */
  weights: Integers[];
  /** integers that broadcast to the stage's shape; half a fine interval is included, so that the table rounds */
  constant: Tensor | undefined;
  /** the same for a stage that differs only in the number of samples */
  constantFor: (stage: LinearStage) => Tensor | undefined;
  /** real value of one accumulator unit */
  unit: number;
  reach: Reach;
  slot: SlotRequest;
  result: Quantity;
  /** the stage only moves integers: its elements are those of its sources */
  copies?: boolean;
  /** the result is integers, exactly: its scale is 1 and nothing was rounded */
  whole?: boolean;
  /** the same weights and steps for sources with other ranges, with a table that goes on; undefined where the accumulator bound forbids it */
  again?: Again;
}

/**
 * @param sources with their new ranges
 * @param limits in which the accumulator and the result certainly lie, in real units
 * @param growth times the calibrated range that the table goes on to
 * @param share how far a value beyond it may be off as a share of itself
 */
type Again = (
  sources: readonly Source[],
  limits: { before: Limits; after: Limits },
  growth: number,
  share: number,
) => IntegerLinear | undefined;

export interface IntegerMaximum {
  kind: 'maximum';
  stage: MaximumStage;
  result: Quantity;
}

export type IntegerStage = IntegerLinear | IntegerMaximum;

/** Of an input by name or of a stage by id: how far its range goes on, and how far values beyond may be off as a share of themselves. */
export type GrowthOf = (root: string) => { growth: number; share: number };

export interface IntegerGraph {
  graph: StageGraph;
  stages: IntegerStage[];
  /** of inputs by name and of stages by id */
  quantities: Map<string, Quantity>;
  /** divisors of coarse intervals, where tables go on beyond the calibrated ranges */
  coarse?: readonly number[];
  /** the same stages with tables that go on; or the stage that the accumulator bound forbids it */
  again: (growthOf: GrowthOf) => { stages: IntegerStage[]; quantities: Map<string, Quantity> } | { failed: LinearStage };
}

/** The integer constant of a stage, one per element, or undefined if it is zero everywhere. */
export function constantElements({ constant, stage }: IntegerLinear): Float64Array | undefined {
  return constant?.data.some((c) => c !== 0) ? broadcastTo(constant, stage.shape) : undefined;
}
