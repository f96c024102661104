// A constant matrix along one axis: out[…, j, …] = Σ_i in[…, i, …] · matrix[i][j]. Running sums, interpolation and one-hot choices are this.
// Caveat: an axis that is not the last is moved there and back, which relabels elements and may cost a relayout later.
import { elementsOf, type Shape, type Tensor } from '../onnx/tensor.ts';
import type { ExpandedNode } from './operator.ts';

export const integers = (...list: number[]): Tensor => ({ shape: [list.length], data: Float64Array.from(list), kind: 'integer' });

/** @param matrix [size of the axis][size of the result's axis] */
export function along(input: string, shape: Shape, axis: number, matrix: Tensor, out: string): ExpandedNode[] {
  const rank = shape.length;
  const to = matrix.shape[1]!;
  const rest = shape.filter((_, a) => a !== axis);
  const nodes: ExpandedNode[] = [];
  let name = input;
  const last = axis === rank - 1;
  if (!last) {
    const perm = [...shape.map((_, a) => a).filter((a) => a !== axis), axis];
    nodes.push({ operator: 'Transpose', inputs: [name], outputs: [`${out} axis last`], attributes: { perm } });
    name = `${out} axis last`;
  }
  nodes.push({ operator: 'Reshape', inputs: [name, integers(elementsOf(rest), shape[axis]!)], outputs: [`${out} rows`] });
  nodes.push({ operator: 'MatMul', inputs: [`${out} rows`, matrix], outputs: [`${out} product`] });
  const moved = [...rest, to];
  nodes.push({ operator: 'Reshape', inputs: [`${out} product`, integers(...moved)], outputs: [last ? out : `${out} moved`] });
  if (!last) {
    const perm = shape.map((_, a) => (a < axis ? a : a === axis ? rank - 1 : a - 1));
    nodes.push({ operator: 'Transpose', inputs: [`${out} moved`], outputs: [out], attributes: { perm } });
  }
  return nodes;
}
