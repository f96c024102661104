// The model as a graph: plain data that the stages, the reference and the reports read.
// Caveat: a node's operator is bound already, so a graph cannot be stored or sent.
import type { Shape, Tensor } from '../onnx/tensor.ts';
import type { NodeContext, Operator } from '../operators/operator.ts';
import type { Known, Limits } from '../stages/known.ts';

export interface GraphNode {
  context: NodeContext;
  operator: Operator;
}

export interface Graph {
  name: string;
  /** `elementType`: of ONNX; `limits`: least and most that its integer type holds; `complete`: it may be all of that, whatever the samples are; `bits`:
   * it is all of [-1, 1], or of [0, 1] if the samples are, with so many bits; `range`: declared, instead of that of the samples */
  inputs: {
    name: string;
    shape: Shape;
    elementType?: number;
    limits?: Limits | undefined;
    complete?: boolean;
    bits?: number;
    range?: Limits;
  }[];
  outputs: { name: string; shape: Shape }[];
  /** nodes that have to run, in order */
  nodes: GraphNode[];
  shapes: Map<string, Shape>;
  constants: Map<string, Tensor>;
  /** values whose elements are integers or booleans */
  whole: Set<string>;
  /** what mathematics says of values */
  known: Map<string, Known[]>;
  /** what values are in every step of a loop; those of one role share their range and their table */
  roles?: ReadonlyMap<string, string>;
  /** how many running nodes and graph outputs read a value */
  uses: Map<string, number>;
  /** values that are products with the scales of features, which their readers take into their weights */
  scaled?: ReadonlySet<string>;
  /** outputs that are divided by scales of their channels: the scale of every element */
  outputFactors?: ReadonlyMap<string, Float64Array>;
  /** classes of a classifier, or what the integers of a text output stand for */
  labels: readonly string[];
  /** what was taken otherwise than the file says, for people */
  notes: readonly string[];
}
