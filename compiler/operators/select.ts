// Select, an operator of the compiler itself: every element of the result is one element of one source, or zero. All data movement
// (Slice, Gather, Concat, Pad, strides …) expands into it. Source: AIR.md §6 (exchanged roles).
// Caveat: it moves single elements, two store rows and three mac rows each; a stage that only selects keeps its source's integers exactly.
import { listOf, realsOf } from '../onnx/budget.ts';
import { real, type Shape, type Tensor } from '../onnx/tensor.ts';
import type { SelectTerm } from '../stages/terms/select.ts';
import type { ExpandedNode, NodeContext, Operator } from './operator.ts';

/** no element of this source */
export const NOTHING = -1;

/** A source and, for each element of the result, an index into its row-major elements (NOTHING = not from here). */
export interface SelectPart {
  source: string | Tensor;
  index: ArrayLike<number>;
}

/**
 * Node whose result has, at element e, element parts[i].index[e] of parts[i].source; each e belongs to at most one part.
 */
export function select(out: string, shape: Shape, parts: readonly SelectPart[]): ExpandedNode {
  const inputs = parts.flatMap(({ source, index }) => [
    source,
    { shape, data: realsOf(index.length, (e) => index[e]!), kind: 'integer' } as Tensor,
  ]);
  return { operator: 'Select', inputs, outputs: [out] };
}

const parts = (context: NodeContext): { input: number; index: Float64Array }[] =>
  listOf(context.node.inputs.length / 2, (i) => ({
    input: 2 * i,
    index: context.constant(2 * i + 1, 'index').data,
  }));

export const Select: Operator = {
  shape: (context) => [context.shape(1)],
  reference: (context, inputs) => {
    const data = realsOf(inputs[1]!.data.length);
    for (let i = 0; i < inputs.length; i += 2) {
      const { data: from } = inputs[i]!;
      inputs[i + 1]!.data.forEach((at, e) => {
        if (at >= 0) data[e] = from[at]!;
      });
    }
    const kind = inputs.every((tensor, i) => i % 2 === 1 || tensor!.kind === 'integer') ? 'integer' : 'real';
    return [{ ...real(context.shape(1), data), kind }];
  },
  stage: (context, stages) => {
    const shape = context.shape(1);
    const [out] = context.node.outputs as [string];
    const list = parts(context);
    const [only] = list;
    if (list.length === 1 && isPermutation(only!.index, context.shape(0))) {
      const inOrder = only!.index.every((at, e) => at === e);
      stages.relabel(out, context.node.inputs[0]!, inOrder ? undefined : Int32Array.from(only!.index));
      return;
    }
    const constant = realsOf(list[0]!.index.length);
    const terms: SelectTerm[] = [];
    for (const { input, index } of list) {
      const known = context.constants[input];
      if (known) {
        index.forEach((at, e) => {
          if (at >= 0) constant[e]! += known.data[at]!;
        });
      } else
        terms.push({
          kind: 'select',
          source: stages.view(context.node.inputs[input]!),
          index: Int32Array.from(index),
          weights: Float64Array.of(1),
        });
    }
    stages.linear(out, terms, constant.some((x) => x !== 0) ? real(shape, constant) : undefined);
  },
};

function isPermutation(index: Float64Array, shape: Shape): boolean {
  const count = shape.reduce((product, size) => product * size, 1);
  if (index.length !== count) return false;
  const seen = new Uint8Array(count);
  for (const at of index) {
    if (at < 0 || seen[at]) return false;
    seen[at] = 1;
  }
  return true;
}
