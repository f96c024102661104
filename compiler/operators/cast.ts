// Cast (ONNX 6-25) and CastLike (15-25): reals become integers by cutting towards zero, everything becomes a boolean by asking for zero, integers become
// narrower ones by their low bits. Caveat: between kinds of reals nothing changes, so what float16 would round stays unrounded.
import type { Tensor } from '../onnx/tensor.ts';
import { BOOL, FLOAT, integerType, kindOf, typeName } from '../onnx/tensor-proto.ts';
import type { Pointwise } from '../stages/stage.ts';
import { expanding, type NodeContext, type Operator, ofTypes, pointwise } from './operator.ts';

/** integers this wide hold whatever the machine holds */
const WIDE = 32;
/** how far below an integer a value may lie and still count as it: stored reals are not exact */
const SLACK = 1e-4;

const target = (context: NodeContext): number => context.integer('to', FLOAT);

const kind = (context: NodeContext): Tensor['kind'] => kindOf(target(context)) ?? 'integer';

/** x in the low bits of an integer type */
function wrapped(x: number, { bits, signed }: { bits: number; signed: boolean }): number {
  const size = 2 ** bits;
  // what fits stays as it is: near 2^64 doubles are far apart
  const low = x >= 0 && x < size ? x : ((x % size) + size) % size;
  return signed && low >= size / 2 ? low - size : low;
}

/** @returns what the cast does to a number, or undefined if nothing */
function cast(context: NodeContext): Pointwise | undefined {
  const type = target(context);
  if (kindOf(type) === 'real') return undefined;
  if (type === BOOL) return { name: 'Cast(bool)', apply: (x) => (Math.abs(x) < SLACK ? 0 : 1), jumps: true, result: 'integer' };
  const whole = integerType(type);
  if (!whole) throw context.unsupported(`a cast to element type ${type}`, 'numbers and booleans');
  const narrow = whole.bits < WIDE;
  if (context.whole && !narrow) return undefined;
  const cut = (x: number): number => Math.trunc(x + Math.sign(x) * SLACK) || 0;
  const apply = narrow ? (x: number): number => wrapped(cut(x), whole) : cut;
  return { name: `Cast(${typeName(type)})`, apply, jumps: true, grid: 1, stairs: cut, result: 'integer' };
}

export const Cast: Operator = {
  shape: (context) => [context.shape(0)],
  types: (context) => [kind(context)],
  elementTypes: (context) => [target(context)],
  reference: (context, [x]) => {
    const change = cast(context);
    return [{ ...x!, data: change ? x!.data.map(change.apply) : x!.data, kind: kind(context) }];
  },
  stage: (context, stages) => {
    const change = cast(context);
    const [[out], [name]] = [context.node.outputs as [string], context.node.inputs as [string]];
    if (change) stages.pointwise(out, name, change);
    else stages.relabel(out, name);
  },
};

/** What an integer type keeps of an integer: its low bits; expansions use it. */
export const Wrap = pointwise((context) => {
  const whole = integerType(target(context))!;
  return { name: typeName(target(context)), apply: (x) => wrapped(x, whole), jumps: true, ends: whole.bits >= WIDE, result: 'integer' };
});

/** Cast to the element type of the second input, of which nothing else is read. */
export const CastLike = ofTypes(
  expanding((context) => {
    const type = context.elementTypes[1] ?? (context.types[1] === 'real' ? FLOAT : undefined);
    if (type === undefined) throw context.unsupported('integers whose type the model does not say', 'inputs and constants');
    return [{ operator: 'Cast', inputs: [context.node.inputs[0]!], outputs: context.node.outputs, attributes: { to: type } }];
  }),
  (context) => [context.elementTypes[1]],
);
