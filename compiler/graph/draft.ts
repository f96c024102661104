// A graph that grows node by node: what is known of its values so far, and what every step of building it asks and notes.
// Caveat: names of values are those of the graph that is built; what they are called in the file is in the scope (scope.ts).
import { usage } from '../../fri/core/errors.ts';
import type { Limits } from '../onnx/budget.ts';
import type { OnnxNode } from '../onnx/graph.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Shape, Tensor } from '../onnx/tensor.ts';
import { TEXT } from '../onnx/tensor-proto.ts';
import { type Aside, NodeContext } from '../operators/operator.ts';
import type { RowScale } from '../operators/row-scaled.ts';
import type { Known } from '../stages/known.ts';
import type { GraphNode } from './node.ts';
import type { Scope } from './scope.ts';

/** A graph that grows node by node. */
export interface Draft {
  model: OnnxModel;
  file: string;
  limits: Limits;
  shapes: Map<string, Shape>;
  constants: Map<string, Tensor>;
  /** values whose elements are integers or booleans */
  whole: Set<string>;
  /** values known to be zero or more */
  nonNegative: Set<string>;
  /** ONNX element types of values, where the model says them */
  elementTypes: Map<string, number>;
  /** what mathematics says of values */
  known: Map<string, Known[]>;
  /** what values are in every step of a loop */
  roles: Map<string, string>;
  /** node of the file that computes a value */
  made: Map<string, OnnxNode>;
  /** nodes that have to run */
  running: GraphNode[];
  /** values that nodes with problems would compute: what reads them is not looked at */
  lost: Set<string>;
  /** values that are limited already */
  limited: Set<string>;
  /** normalisations that are still to come whose rows are divided by their size first */
  rows: Map<string, RowScale>;
  aside: Aside;
}

/** A value that is known when compiling. */
export function know({ constants, shapes, whole, aside }: Draft, name: string, tensor: Tensor): void {
  constants.set(name, tensor);
  shapes.set(name, tensor.shape);
  if (tensor.kind === 'integer') whole.add(name);
  if (tensor.elementType === TEXT) aside.textual.add(name);
}

export function requireNew({ shapes }: Draft, name: string, where: string): void {
  if (shapes.has(name)) throw usage('ZK0505', { what: `"${name}" is defined twice`, where });
}

/** operator set of what operators of other domains expand into, where a model has no default domain */
export const NEWEST = 22;

/** What is known of a node's inputs. */
export function contextOf(draft: Draft, node: OnnxNode, where: string, opsets: Scope['opsets']): NodeContext {
  const { shapes, constants, whole, nonNegative, elementTypes, aside } = draft;
  const { inputs } = node;
  return new NodeContext(
    node,
    opsets.get(node.domain) ?? NEWEST,
    where,
    inputs.map((name) => shapes.get(name)),
    inputs.map((name) => constants.get(name)),
    inputs.map((name) => (name === '' ? undefined : whole.has(name) ? 'integer' : 'real')),
    inputs.map((name) => constants.get(name)?.elementType ?? elementTypes.get(name)),
    inputs.map((name) => nonNegative.has(name)),
    aside,
  );
}
