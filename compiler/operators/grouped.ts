// Functions of two numbers of which one is constant: the elements are grouped by that constant, and every group is a function of one number.
// Pow, Mod, division of integers, BitShift and the bitwise operators expand this way. Caveat: groups are moved apart and together again.
import { placesOf } from '../onnx/budget.ts';
import { broadcastIndex, broadcastShape, elementsOf } from '../onnx/tensor.ts';
import type { ExpandedNode, NodeContext } from './operator.ts';
import { NOTHING, select } from './select.ts';

/** more different constants than this are refused */
const MAX_GROUPS = 256;

/**
 * @param known which of the two inputs is constant
 * @param apply node that computes `out` from `input` for one value of the constant
 */
export function grouped(
  context: NodeContext,
  known: 0 | 1,
  apply: (value: number, input: string, out: string) => ExpandedNode,
): ExpandedNode[] {
  const [out] = context.node.outputs as [string];
  const input = context.node.inputs[1 - known]!;
  const constant = context.constants[known]!;
  const from = context.shape(1 - known);
  const shape = broadcastShape(context.shape(0), context.shape(1), context.where);
  const [own, other] = [broadcastIndex(from, shape), broadcastIndex(constant.shape, shape)];
  const groups = new Map<number, number[]>();
  other.forEach((at, e) => {
    const value = constant.data[at]!;
    const group = groups.get(value);
    if (group) group.push(e);
    else groups.set(value, [e]);
  });
  if (groups.size > MAX_GROUPS) throw context.unsupported(`${groups.size} different constants`, `at most ${MAX_GROUPS}`);
  if (groups.size === 1) {
    const [value] = groups.keys();
    if (elementsOf(shape) === elementsOf(from) && shape.length === from.length) return [apply(value!, input, out)];
    return [select(`${out} operand`, shape, [{ source: input, index: own }]), apply(value!, `${out} operand`, out)];
  }
  const nodes: ExpandedNode[] = [];
  const parts = [...groups].map(([value, elements], g) => {
    const name = `${out} group ${g}`;
    nodes.push(select(`${name} operand`, [elements.length], [{ source: input, index: elements.map((e) => own[e]!) }]));
    nodes.push(apply(value, `${name} operand`, name));
    const index = placesOf(elementsOf(shape)).fill(NOTHING);
    for (const [i, e] of elements.entries()) index[e] = i;
    return { source: name, index };
  });
  return [...nodes, select(out, shape, parts)];
}
