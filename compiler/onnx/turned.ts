// Matrices of Gemm that a file keeps transposed, as torch writes them, turned while they are read: then what multiplies by them and what rounds them share
// one list of numbers, where there were two. Source: ONNX, Gemm. Caveat: only of matrices that one node of the model's own graph reads.
import { realsOf } from './budget.ts';
import type { OnnxGraph } from './graph.ts';
import type { Tensor } from './tensor.ts';

/** numbers from which on a second list counts */
const MANY = 2 ** 16;

function turned({ shape, data, ...rest }: Tensor): Tensor {
  const [rows, columns] = shape as readonly [number, number];
  const out = realsOf(data.length);
  for (let i = 0, e = 0; i < rows; i++) for (let j = 0; j < columns; j++, e++) out[j * rows + i] = data[e]!;
  return { ...rest, shape: [columns, rows], data: out };
}

const isGraph = (value: unknown): boolean => typeof value === 'object' && value !== null && 'nodes' in value;

/** The graph with the large constant matrices of Gemm as they are multiplied. The given one keeps its nodes and loses those matrices. */
export function withTurnedMatrices<G extends OnnxGraph>(graph: G): G {
  const { nodes, initializers, inputs, outputs } = graph;
  // graphs inside nodes may read a matrix too
  if (nodes.some(({ attributes }) => [...attributes.values()].some(isGraph))) return graph;
  const uses = new Map<string, number>();
  const named = [...inputs, ...outputs].map(({ name }) => name);
  for (const name of [...nodes.flatMap((node) => node.inputs), ...named]) uses.set(name, (uses.get(name) ?? 0) + 1);
  return {
    ...graph,
    nodes: nodes.map((node) => {
      const name = node.inputs[1] ?? '';
      const matrix = initializers.get(name);
      const fits = node.operator === 'Gemm' && node.domain === '' && node.attributes.get('transB') === 1 && uses.get(name) === 1;
      if (!fits || matrix?.shape.length !== 2 || matrix.data.length < MANY) return node;
      initializers.set(name, turned(matrix));
      return { ...node, attributes: new Map([...node.attributes, ['transB', 0]]) };
    }),
  };
}
