// Add, Sub, Mul, Div, Sum and Mean (ONNX 7-15) with NumPy broadcasting. A constant operand is folded into weights and bias where there
// are any; a quotient of two computed tensors is a product with a table of 1/x. Caveat: a divisor near zero
// makes that table steep.
import { broadcastIndex, broadcastShape, elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import type { Term } from '../stages/terms/index.ts';
import type { SelectTerm } from '../stages/terms/select.ts';
import { type ExpandedNode, expanding, type NodeContext, type Operator, wrapping } from './operator.ts';
import { select } from './select.ts';

export function binary(apply: (a: number, b: number) => number, stage: Operator['stage'], expand?: Operator['expand']): Operator {
  return {
    shape: (context) => [broadcastShape(context.shape(0), context.shape(1), context.where)],
    reference: (context, [a, b]) => {
      const shape = broadcastShape(a!.shape, b!.shape, context.where);
      const [ia, ib] = [broadcastIndex(a!.shape, shape), broadcastIndex(b!.shape, shape)];
      const kind = a!.kind === 'integer' && b!.kind === 'integer' ? 'integer' : 'real';
      // a mask of -1e9 leaves nothing of a score in float32
      const single = kind === 'real' && context.aside.masks === 'as it is';
      return [
        {
          ...real(
            shape,
            Float64Array.from(ia, (i, e) => (single ? Math.fround : Number)(apply(a!.data[i]!, b!.data[ib[e]!]!))),
          ),
          kind,
        },
      ];
    },
    stage,
    ofTwo: apply,
    ...(expand ? { expand } : {}),
  };
}

/** the computed operand, the constant one, and which of the two is constant */
function split(context: NodeContext): { value: string; constant: Tensor; constantFirst: boolean } | undefined {
  for (const i of [1, 0]) {
    const constant = context.constants[i];
    if (constant) return { value: context.node.inputs[1 - i]!, constant, constantFirst: i === 0 };
  }
  return undefined;
}

const resultShape = (context: NodeContext): number[] => broadcastShape(context.shape(0), context.shape(1), context.where);
const grows = (context: NodeContext, i: number): boolean => elementsOf(context.shape(i)) < elementsOf(resultShape(context));
const negate = (tensor: Tensor): Tensor => ({ ...tensor, data: tensor.data.map((x) => -x) });
const MINUS_ONE = real([], Float64Array.of(-1));

/**
 * The node with its smaller computed operands repeated first, or undefined if none is smaller than the result.
 * @param also operator whose operands these are
 */
export function repeated(context: NodeContext, also = context.node.operator): ExpandedNode[] | undefined {
  const shape = resultShape(context);
  const [out] = context.node.outputs as [string];
  const nodes: ExpandedNode[] = [];
  const inputs = context.node.inputs.map((name, i) => {
    if (context.constants[i] || !grows(context, i)) return name;
    const wide = `${out} operand ${i}`;
    nodes.push(select(wide, shape, [{ source: name, index: broadcastIndex(context.shape(i), shape) }]));
    return wide;
  });
  if (nodes.length === 0) return undefined;
  return [...nodes, { operator: also, inputs, outputs: [out] }];
}

/** computed operands that are repeated are selected, without a stage of their own */
function spreadSum(context: NodeContext, stages: Parameters<Operator['stage']>[1], sign: 1 | -1): void {
  const shape = resultShape(context);
  const terms: Term[] = [];
  let constant: Tensor | undefined;
  for (const [i, name] of context.node.inputs.entries()) {
    const factor = i === 0 ? 1 : sign;
    const known = context.constants[i];
    const weights = Float64Array.of(factor);
    if (known) constant = factor === 1 ? known : negate(known);
    else if (grows(context, i))
      terms.push({
        kind: 'select',
        source: stages.view(name),
        index: broadcastIndex(context.shape(i), shape),
        weights,
      } satisfies SelectTerm);
    else terms.push({ kind: 'scale', source: stages.view(name), factorShape: [], shape, weights });
  }
  stages.linear(context.node.outputs[0]!, terms, constant);
}

function sum(sign: 1 | -1): Operator['stage'] {
  return (context, stages) => {
    const [out] = context.node.outputs as [string];
    const parts = split(context);
    if ([0, 1].some((i) => !context.constants[i] && grows(context, i))) spreadSum(context, stages, sign);
    else if (!parts) stages.sum(out, context.node.inputs[0]!, context.node.inputs[1]!, sign);
    else if (parts.constantFirst) stages.affine(out, parts.value, sign === 1 ? undefined : MINUS_ONE, parts.constant);
    else stages.affine(out, parts.value, undefined, sign === 1 ? parts.constant : negate(parts.constant));
  };
}

export const Add = wrapping(binary((a, b) => a + b, sum(1)));
export const Sub = wrapping(binary((a, b) => a - b, sum(-1)));
export const Mul = wrapping(
  binary(
    (a, b) => a * b,
    (context, stages) => {
      const [out] = context.node.outputs as [string];
      const [a, b] = context.node.inputs as [string, string];
      const parts = split(context);
      if (parts) stages.affine(out, parts.value, parts.constant, undefined);
      else if (a === b) stages.pointwise(out, a, { name: 'square', apply: (x) => x * x });
      else stages.linear(out, [{ kind: 'product', source: stages.view(a), other: stages.view(b), weights: Float64Array.of(1) }]);
    },
    (context) => repeated(context),
  ),
);

export const Div: Operator = {
  wraps: true,
  shape: (context) => [resultShape(context)],
  reference: (context, inputs) => binary((x, y) => x / y, Div.stage).reference(context, inputs),
  ofTwo: (a, b) => a / b,
  stage: (context, stages) => {
    const divisor = context.constants[1]!;
    if (divisor.data.includes(0)) throw context.invalid('a constant divisor is zero');
    stages.affine(
      context.node.outputs[0]!,
      context.node.inputs[0]!,
      real(
        divisor.shape,
        divisor.data.map((x) => 1 / x),
      ),
      undefined,
    );
  },
  expand: (context) => {
    if (context.whole) return [{ operator: 'DivideIntegers', inputs: context.node.inputs, outputs: context.node.outputs }];
    if (context.constants[1]) return context.constants[0] ? undefined : repeated(context);
    const [a, b] = context.node.inputs as [string, string];
    const [out] = context.node.outputs as [string];
    const inverse = `${out} inverse`;
    return [
      { operator: 'Reciprocal', inputs: [b], outputs: [inverse] },
      { operator: 'Mul', inputs: [context.constants[0] ?? a, inverse], outputs: [out] },
    ];
  },
};

/** An operator of any number of inputs as a chain of one of two. */
export const chained = (operator: string, factor: (count: number) => number = () => 1): Operator =>
  expanding((context) => {
    const { inputs, outputs } = context.node;
    const [out] = outputs as [string];
    const scale = factor(inputs.length);
    const nodes: ExpandedNode[] = [];
    let last = inputs[0]!;
    for (const [i, name] of inputs.slice(1).entries()) {
      nodes.push({ operator, inputs: [last, name], outputs: [`${out} of ${i + 2}`] });
      last = `${out} of ${i + 2}`;
    }
    if (scale === 1) return [...nodes, { operator: 'Identity', inputs: [last], outputs: [out] }];
    return [...nodes, { operator: 'Mul', inputs: [last, real([], Float64Array.of(scale))], outputs: [out] }];
  });

export const Sum = chained('Add');
export const Mean = chained('Add', (count) => 1 / count);
