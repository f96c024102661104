// Nodes with other names, products with constants, and what only moves elements: for who rewrites a graph that is bound already.
// Caveat: a node keeps the shapes that it was bound with, so what it reads instead must have the same.
import { indexAlong } from '../../vm/program/encoding.ts';
import type { Encoding } from '../../vm/program/types.ts';
import { realsOf } from '../onnx/budget.ts';
import type { OnnxNode } from '../onnx/graph.ts';
import { elementsOf, type Shape, type Tensor } from '../onnx/tensor.ts';
import { OPERATORS } from '../operators/index.ts';
import { NodeContext } from '../operators/operator.ts';
import type { GraphNode } from './node.ts';

/** images: samples, channels, rows, columns */
export const IMAGE_RANK = 4;
/** operator set of the nodes that are made here */
export const OPSET = 22;
/** operators that only move elements: of every second input of Select, of the first of the others */
export const MOVES: ReadonlySet<string> = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Select']);

/** Which inputs of a node have the elements that it moves. */
export const isMoved = ({ context }: GraphNode, input: number): boolean =>
  context.node.operator !== 'Select' ? input === 0 : input % 2 === 0;

export const powerAbove = (x: number): number => 2 ** Math.ceil(Math.log2(x));

/** Factors of a tensor's elements: those of the indices along the axis. */
export function factorsOf(shape: Shape, { axis, scales }: Extract<Encoding, { scales: number[] }>): Tensor {
  return {
    shape: shape.map((size, i) => (i === axis ? size : 1)),
    data: Float64Array.from(scales),
    kind: 'real',
  };
}

/** A tensor of one size along some axes, as long as its shape. */
export function spread(tensor: Tensor, shape: Shape): Float64Array {
  if (elementsOf(tensor.shape) === elementsOf(shape)) return tensor.data;
  if (tensor.data.length === 1) return realsOf(elementsOf(shape), () => tensor.data[0]!);
  const index = indexAlong(
    shape,
    tensor.shape.findIndex((size) => size > 1),
  );
  return realsOf(elementsOf(shape), (e) => tensor.data[index(e)]!);
}

function copyOf({ context, operator }: GraphNode, inputs: string[], outputs: string[]): GraphNode {
  const { opset, where, shapes, constants, types, elementTypes, nonNegative, aside } = context;
  const node = { ...context.node, inputs, outputs };
  return { operator, context: new NodeContext(node, opset, where, shapes, constants, types, elementTypes, nonNegative, aside) };
}

/** The node with other names for some of what it reads and gives. */
export function rewired(node: GraphNode, inputs: ReadonlyMap<string, string>, outputs: ReadonlyMap<string, string> = new Map()): GraphNode {
  const { node: given } = node.context;
  const other = (names: ReadonlyMap<string, string>) => (name: string) => names.get(name) ?? name;
  const changes = given.inputs.some((name) => inputs.has(name)) || given.outputs.some((name) => outputs.has(name));
  return changes ? copyOf(node, given.inputs.map(other(inputs)), given.outputs.map(other(outputs))) : node;
}

/** The node out = from · factors. */
export function productNode(
  out: string,
  from: { name: string; shape: Shape },
  factors: { name: string; tensor: Tensor },
  where: string,
): GraphNode {
  const node: OnnxNode = {
    index: 0,
    name: '',
    operator: 'Mul',
    domain: '',
    inputs: [from.name, factors.name],
    outputs: [out],
    attributes: new Map(),
  };
  const tensors = [undefined, factors.tensor];
  return {
    context: new NodeContext(node, OPSET, where, [from.shape, factors.tensor.shape], tensors, ['real', 'real']),
    operator: OPERATORS.Mul!,
  };
}
