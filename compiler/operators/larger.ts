// Larger and Smaller, operators of the compiler itself: the extreme of two tensors, max(a, b) = a + max(0, b - a); and Exceeds, which of two
// elements comes first. Source: AIR.md §6 (pooling). Where both share their integers, as moved copies of one tensor do, all are exact.
// Caveat: tensors that differ in scale are compared as finely as the table of their difference is.
import { broadcastTo, real, type Tensor } from '../onnx/tensor.ts';
import type { Limits } from '../stages/known.ts';
import { binary } from './arithmetic.ts';
import { type ExpandedNode, expanding, type NodeContext, type Operator } from './operator.ts';

/** An operator of two numbers that expands, but where values are taken as they are: differences of very large ones lose the small ones. */
export const asItIs = (apply: (a: number, b: number) => number, expand: (context: NodeContext) => ExpandedNode[]): Operator => ({
  ...expanding(expand),
  ...binary(apply, () => {}),
  expand: (context) => (context.aside.masks === 'as it is' ? undefined : expand(context)),
});

/** max(a, b), or with the rise of a over b subtracted from a, min(a, b) */
const extreme = (sign: 1 | -1): Operator =>
  asItIs(sign === 1 ? Math.max : Math.min, (context) => {
    const [a, b] = context.node.inputs as [string, string];
    const [out] = context.node.outputs as [string];
    const rise = `${out} rise`;
    return [
      { operator: 'Rise', inputs: sign === 1 ? [a, b] : [b, a], outputs: [rise], known: { reached: true } },
      { operator: sign === 1 ? 'Raise' : 'Lower', inputs: [a, rise], outputs: [out], known: { like: [a, b] } },
    ];
  });
export const Larger = extreme(1);
export const Smaller = extreme(-1);

const shape = (context: NodeContext): (readonly number[])[] => [context.shape(0)];
const elementwise = (a: Tensor, b: Tensor, apply: (x: number, y: number) => number): Tensor => ({
  ...real(
    a.shape,
    a.data.map((x, e) => apply(x, b.data[e]!)),
  ),
  kind: a.kind === 'integer' && b.kind === 'integer' ? 'integer' : 'real',
});

/** max(0, b - a) */
export const Rise: Operator = {
  shape,
  reference: (_, [a, b]) => [elementwise(a!, b!, (x, y) => Math.max(0, y - x))],
  ofTwo: (a, b) => Math.max(0, b - a),
  stage: (context, stages) => {
    const [a, b] = context.node.inputs as [string, string];
    const parts = [
      { name: b, sign: 1 as const },
      { name: a, sign: -1 as const },
    ];
    stages.exact(context.node.outputs[0]!, parts, 'rise');
  },
};

/** a + rise or a - rise, which is one of two tensors */
const moved = (sign: 1 | -1): Operator => ({
  shape,
  reference: (_, [a, rise]) => [elementwise(a!, rise!, (x, y) => x + sign * y)],
  ofTwo: (a, rise) => a + sign * rise,
  stage: (context, stages) => {
    const [a, rise] = context.node.inputs as [string, string];
    const parts = [
      { name: a, sign: 1 as const },
      { name: rise, sign },
    ];
    stages.exact(context.node.outputs[0]!, parts, 'raise');
  },
});
export const Raise = moved(1);
export const Lower = moved(-1);

/** 0 for what lies between two numbers; anything else cannot be run */
export const Present: Operator = {
  shape,
  reference: (_, [x]) => [{ ...x!, data: x!.data.map(() => 0) }],
  stage: (context, stages) => {
    const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
    const { NEGATIVE_INFINITY: least, POSITIVE_INFINITY: most } = Number;
    const within: Limits = [context.float('min', least), context.float('max', most)];
    stages.exact(out, [{ name: x, sign: 1 }], 'left', { left: { within, by: context.text('by', '') } });
  },
};

/** 1 where a > b, or a = b and the constant third input, which broadcasts, is 1: both are moved copies of one tensor */
export const Exceeds: Operator = {
  shape,
  types: () => ['integer'],
  reference: (context, [a, b]) => {
    const ties = tiesOf(context);
    return [
      { shape: a!.shape, data: a!.data.map((x, e) => (x > b!.data[e]! || (x === b!.data[e]! && ties(e) === 1) ? 1 : 0)), kind: 'integer' },
    ];
  },
  stage: (context, stages) => {
    const [a, b] = context.node.inputs as [string, string];
    const parts = [
      { name: a, sign: 1 as const },
      { name: b, sign: -1 as const },
    ];
    stages.exact(context.node.outputs[0]!, parts, 'exceeds', { ties: context.constant(2, 'ties') });
  },
};

/** whether equal elements count, element by element */
function tiesOf(context: NodeContext): (e: number) => number {
  const ties = context.constant(2, 'ties');
  const data = broadcastTo(ties, context.shape(0));
  return (e) => data[e]!;
}
