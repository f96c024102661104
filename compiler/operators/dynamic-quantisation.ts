// DynamicQuantizeLinear (ONNX 11) and what exporters write around it. The scale depends on the sample, so that the quantised integers are no
// function that a table has; but scale · (integer - zero) is the input, up to half a step of 1/255 of its spread. So it is taken as exactly the
// input, with scale 1 and zero point 0: the result is the one that quantising approximates.
// Source: onnx.ai/onnx/operators, onnxruntime's quantize_dynamic. Caveat: what stands for the integers may only be read by what multiplies the
// scale back; any other reader is refused (`markOf`).
import { listOf } from '../onnx/budget.ts';
import type { OnnxNode } from '../onnx/graph.ts';
import { real, type Tensor } from '../onnx/tensor.ts';
import { UINT8 } from '../onnx/tensor-proto.ts';
import { expanding, type Mark, type NodeContext } from './operator.ts';

/** Says that an operator does not quantise what it reads. */
export const noteReal = (context: NodeContext, operator: string): void => {
  context.aside.notes.add(
    `${operator} is left out: what it would round is computed with real numbers, as the model was before it was quantised`,
  );
};

export const DynamicQuantizeLinear = expanding((context) => {
  const [[x], [y, scale, zero]] = [context.node.inputs as [string], context.node.outputs];
  const nothing: Tensor = { shape: [], data: Float64Array.of(0), kind: 'integer', elementType: UINT8 };
  noteReal(context, 'DynamicQuantizeLinear');
  const parts: [string | undefined, string | Tensor][] = [
    [y, x],
    [scale, real([], Float64Array.of(1))],
    [zero, nothing],
  ];
  for (const [i, mark] of (['integers', 'scale', 'zero'] as const).entries()) {
    const name = context.node.outputs[i];
    if (name) context.aside.marks.set(name, mark);
  }
  return parts.flatMap(([out, input]) => (out ? [{ operator: 'Identity', inputs: [input], outputs: [out] }] : []));
});

/** they move elements, or change their type */
const KEEPS: ReadonlySet<string> = new Set(['Cast', 'Flatten', 'Identity', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze']);

/** places of integers → place of their zero point */
const PRODUCTS: Readonly<Record<string, readonly (readonly [integers: number, zero: number])[]>> = {
  ConvInteger: [[0, 2]],
  MatMulInteger: [
    [0, 2],
    [1, 3],
  ],
};

/** what gives real numbers again: marks of the inputs that it has to read */
const BACK: Readonly<Record<string, readonly (Mark | undefined)[]>> = {
  DequantizeLinear: ['integers', 'scale', 'zero'],
  'com.microsoft.MatMulIntegerToFloat': ['integers', undefined, 'scale', undefined, 'zero'],
};

const REAL_TYPES: ReadonlySet<unknown> = new Set([1, 10, 11, 16]);

/**
 * What the results of a node that reads marked values stand for.
 * @param marks of its inputs; at least one has one
 * @returns nothing for plain numbers, undefined if the node may not read them
 */
export function markOf(
  { label, attributes }: { label: string; attributes: OnnxNode['attributes'] },
  marks: readonly (Mark | undefined)[],
): { mark: Mark | undefined } | undefined {
  const [first, second] = marks;
  if (label === 'Cast' && !REAL_TYPES.has(attributes.get('to'))) return undefined;
  if (KEEPS.has(label)) return { mark: first };
  if (label === 'Mul') {
    if (first === 'zero' || second === 'zero' || (first === 'integers' && second === 'integers')) return undefined;
    if (first === 'integers' || second === 'integers') return { mark: first === 'scale' || second === 'scale' ? undefined : 'integers' };
    return { mark: 'scale' };
  }
  const back = BACK[label];
  const expected: (Mark | undefined)[] = back ? [...back] : [];
  for (const [integers, zero] of PRODUCTS[label] ?? [])
    if (marks[integers] === 'integers') [expected[integers], expected[zero]] = ['integers', 'zero'];
  const length = Math.max(expected.length, marks.length);
  if (listOf(length, (i) => marks[i] !== expected[i]).includes(true)) return undefined;
  return { mark: back ? undefined : 'integers' };
}
