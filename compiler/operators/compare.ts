// Comparisons, logic and choices between computed tensors: Less, Greater (ONNX 7-13), …, And, Or, Xor, Where, Min, Max, PRelu.
// A comparison is a difference and a table that jumps at zero; a maximum is a + max(0, b - a). Booleans are the numbers 0 and 1.
// Caveat: real values that differ by less than one step of their difference count as equal, unless they share their scale.
import { broadcastIndex, broadcastShape, broadcastTo, elementsOf, type Shape, sameShape, type Tensor } from '../onnx/tensor.ts';
import { BOOL, FLOAT } from '../onnx/tensor-proto.ts';
import { chained, repeated } from './arithmetic.ts';
import { clipped } from './attention.ts';
import { asItIs } from './larger.ts';
import { type ExpandedNode, expanding, type NodeContext, type Operator, ofTypes, pointwise } from './operator.ts';
import { NOTHING, select } from './select.ts';

const whole = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value), kind: 'integer' });
const temporary = (context: NodeContext, what: string): string => `${context.node.outputs.find((name) => name !== '')} ${what}`;

/** Tables that jump at zero; expansions use them. */
export const Above = pointwise(() => ({ name: 'x > 0', apply: (x) => (x > 0 ? 1 : 0), jumps: true, sign: true, result: 'integer' }));
export const NotBelow = pointwise(() => ({
  name: 'x ≥ 0',
  apply: (x) => (x >= 0 ? 1 : 0),
  jumps: true,
  sign: true,
  result: 'integer',
}));
export const Zero = pointwise(() => ({ name: 'x = 0', apply: (x) => (x === 0 ? 1 : 0), jumps: true, sign: true, result: 'integer' }));

const ofBooleans = (operator: Operator): Operator => ofTypes(operator, () => [BOOL]);

const compared = (test: string, swapped: boolean): Operator =>
  ofBooleans(
    expanding((context) => {
      const [a, b] = context.node.inputs as [string, string];
      const difference = temporary(context, 'difference');
      return [
        { operator: 'Sub', inputs: swapped ? [b, a] : [a, b], outputs: [difference] },
        { operator: test, inputs: [difference], outputs: context.node.outputs },
      ];
    }),
  );

export const Greater = compared('Above', false);
export const Less = compared('Above', true);
export const GreaterOrEqual = compared('NotBelow', false);
export const LessOrEqual = compared('NotBelow', true);
export const Equal = compared('Zero', false);

/** a + b of two booleans against a threshold */
const counted = (atLeast: number): Operator =>
  ofBooleans(
    expanding((context) => {
      const [total, rest] = [temporary(context, 'sum'), temporary(context, 'rest')];
      return [
        { operator: 'Add', inputs: context.node.inputs, outputs: [total] },
        { operator: 'Sub', inputs: [total, whole(atLeast - 1)], outputs: [rest] },
        { operator: 'Above', inputs: [rest], outputs: context.node.outputs },
      ];
    }),
  );

export const And = counted(2);
export const Or = counted(1);
export const Xor = ofBooleans(
  expanding((context) => {
    const [difference, size] = [temporary(context, 'difference'), temporary(context, 'size')];
    return [
      { operator: 'Sub', inputs: context.node.inputs, outputs: [difference] },
      { operator: 'Abs', inputs: [difference], outputs: [size] },
      { operator: 'Above', inputs: [size], outputs: context.node.outputs },
    ];
  }),
);

/** Larger or smaller of two. A number clips, other constants c give c + max(0, x - c) or c - max(0, c - x). */
const extreme = (sign: 1 | -1): Operator =>
  asItIs(sign === 1 ? Math.max : Math.min, (context) => {
    const [a, b] = context.node.inputs as [string, string];
    const [out] = context.node.outputs as [string];
    const known = context.constants[0] ? 0 : context.constants[1] ? 1 : undefined;
    if (known === undefined || (context.constants[0] && context.constants[1])) {
      const operator = sign === 1 ? 'Larger' : 'Smaller';
      return repeated(context, sign === 1 ? 'LargerOfTwo' : 'SmallerOfTwo') ?? [{ operator, inputs: [a, b], outputs: [out] }];
    }
    const [c, x] = known === 0 ? [a, b] : [b, a];
    const number = context.constants[known]!;
    const shape = broadcastShape(context.shape(0), context.shape(1), context.where);
    if (number.data.length === 1 && sameShape(shape, context.shape(1 - known)))
      return [
        {
          operator: 'Clip',
          inputs: sign === 1 ? [x, c] : [x, '', c],
          outputs: [out],
          attributes: { [sign === 1 ? 'min' : 'max']: number.data[0]! },
        },
      ];
    const [difference, positive] = [temporary(context, 'difference'), temporary(context, 'part')];
    return [
      { operator: 'Sub', inputs: sign === 1 ? [x, c] : [c, x], outputs: [difference], known: { reached: true } },
      { operator: 'Relu', inputs: [difference], outputs: [positive], known: { reached: true } },
      { operator: sign === 1 ? 'Add' : 'Sub', inputs: [c, positive], outputs: [out], known: { reached: true } },
    ];
  });
export const LargerOfTwo = extreme(1);
export const SmallerOfTwo = extreme(-1);
export const Max = chained('LargerOfTwo');
export const Min = chained('SmallerOfTwo');

const whereShape = (context: NodeContext): Shape =>
  broadcastShape(broadcastShape(context.shape(0), context.shape(1), context.where), context.shape(2), context.where);

export const Where: Operator = {
  shape: (context) => [whereShape(context)],
  types: (context) => [context.types[1] === 'integer' && context.types[2] === 'integer' ? 'integer' : 'real'],
  elementTypes: (context) => [context.elementTypes[1] ?? context.elementTypes[2]],
  // as it is: a difference of a mask and a score has nothing left of the score
  reference: (context, inputs) => {
    const shape = whereShape(context);
    const [condition, a, b] = inputs.map((tensor) => broadcastTo(tensor!, shape)) as [Float64Array, Float64Array, Float64Array];
    const kind = inputs[1]!.kind === 'integer' && inputs[2]!.kind === 'integer' ? 'integer' : 'real';
    return [{ shape, data: condition.map((c, e) => (c === 0 ? b[e]! : a[e]!)), kind }];
  },
  stage: () => {},
  expand: (context) => (context.aside.masks === 'as it is' && !context.constants[0] ? undefined : (masked(context) ?? chosen(context))),
};

/** A choice between scores and one number that is out of reach: scores, moved beyond it where it is chosen, and limited to it. */
function masked(context: NodeContext): ExpandedNode[] | undefined {
  const { masks } = context.aside;
  if (typeof masks !== 'object' || context.constants[0]) return undefined;
  const { bound } = masks;
  const side = [1, 2].find((i) => context.constants[i]?.data.every((x) => x === -bound)) as 1 | 2 | undefined;
  if (side === undefined) return undefined;
  const [condition, other] = [context.node.inputs[0]!, context.node.inputs[3 - side]!];
  const shape = whereShape(context);
  if (!sameShape(broadcastShape(context.shape(0), context.shape(3 - side), context.where), shape)) return undefined;
  const number = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value), kind: 'real' });
  const n = (what: string): string => temporary(context, what);
  const away = 2 * bound;
  return [
    { operator: 'Cast', inputs: [condition], outputs: [n('condition')], attributes: { to: FLOAT } },
    { operator: 'Mul', inputs: [n('condition'), number(side === 1 ? -away : away)], outputs: [n('distance')] },
    { operator: 'Add', inputs: [other, n('distance')], outputs: [n('moved')] },
    ...(side === 1 ? [] : [{ operator: 'Add', inputs: [n('moved'), number(-away)], outputs: [n('away')] }]),
    clipped(n(side === 1 ? 'moved' : 'away'), context.node.outputs[0]!, -bound, Number.POSITIVE_INFINITY),
  ];
}

function chosen(context: NodeContext): ExpandedNode[] {
  const [condition, a, b] = context.node.inputs as [string, string, string];
  const [out] = context.node.outputs as [string];
  const known = context.constants[0];
  if (!known) {
    const [difference, part] = [temporary(context, 'difference'), temporary(context, 'chosen')];
    return [
      { operator: 'Sub', inputs: [a, b], outputs: [difference], known: { reached: true } },
      { operator: 'Mul', inputs: [condition, difference], outputs: [part], known: { reached: true } },
      { operator: 'Add', inputs: [part, b], outputs: [out], known: { like: [a, b] } },
    ];
  }
  const shape = broadcastShape(broadcastShape(context.shape(0), context.shape(1), context.where), context.shape(2), context.where);
  const condition0 = broadcastIndex(known.shape, shape);
  const from = (i: number, wanted: boolean): Int32Array =>
    broadcastIndex(context.shape(i), shape).map((at, e) => ((known.data[condition0[e]!] !== 0) === wanted ? at : NOTHING));
  return [
    select(out, shape, [
      { source: context.constants[1] ?? a, index: from(1, true) },
      { source: context.constants[2] ?? b, index: from(2, false) },
    ]),
  ];
}

/** A constant slope; before operator set 7 a list has one for each channel. */
function perChannel(context: NodeContext): Tensor | undefined {
  const constant = context.constants[1];
  const [channels] = constant?.shape ?? [];
  if (!constant || context.opset >= 7 || constant.shape.length !== 1 || channels !== context.shape(0)[1]) return constant;
  return {
    ...constant,
    shape: [
      channels!,
      ...context
        .shape(0)
        .slice(2)
        .map(() => 1),
    ],
  };
}

export const PRelu = expanding((context) => {
  const [x, slope] = context.node.inputs as [string, string];
  const [positive, negative] = [temporary(context, 'positive'), temporary(context, 'negative')];
  const constant = perChannel(context);
  const rest: ExpandedNode[] = [
    { operator: 'Relu', inputs: [x], outputs: [positive] },
    { operator: 'Sub', inputs: [x, positive], outputs: [negative] },
    { operator: 'Mul', inputs: [negative, constant ?? slope], outputs: [`${negative} scaled`] },
    { operator: 'Add', inputs: [positive, `${negative} scaled`], outputs: context.node.outputs },
  ];
  if (constant && elementsOf(constant.shape) === 1)
    return [{ operator: 'LeakyRelu', inputs: [x], outputs: context.node.outputs, attributes: { alpha: constant.data[0]! } }];
  return rest;
});
