// Cast (ONNX 6-25) and CastLike (15-25): reals become integers by cutting towards zero, everything becomes a boolean by asking for zero, integers become
// narrower ones by their low bits. Caveat: between kinds of reals nothing changes, so what float16 would round stays unrounded.
import type { Pointwise } from '../stages/stage.ts';
import { BOOL, expanding, type NodeContext, type Operator, ofTypes, pointwise } from './operator.ts';

const REAL = new Set([1, 10, 11, 16]);
/** bits of the integer types, negative for signed ones */
const INTEGER: Readonly<Record<number, number>> = { 2: 8, 3: -8, 4: 16, 5: -16, 6: -32, 7: -64, 12: 32, 13: 64, 21: 4, 22: -4 };
/** integers this wide hold whatever the machine holds */
const WIDE = 32;
/** how far below an integer a value may lie and still count as it: stored reals are not exact */
const SLACK = 1e-4;

const target = (context: NodeContext): number => context.integer('to', 1);

/** x in the low bits of an integer type */
function wrapped(x: number, bits: number): number {
  const size = 2 ** Math.abs(bits);
  // what fits stays as it is: near 2^64 doubles are far apart
  const low = x >= 0 && x < size ? x : ((x % size) + size) % size;
  return bits < 0 && low >= size / 2 ? low - size : low;
}

/** @returns what the cast does to a number, or undefined if nothing */
function cast(context: NodeContext): Pointwise | undefined {
  const type = target(context);
  if (REAL.has(type)) return undefined;
  if (type === BOOL) return { name: 'Cast(bool)', apply: (x) => (Math.abs(x) < SLACK ? 0 : 1), jumps: true, result: 'integer' };
  const bits = INTEGER[type];
  if (bits === undefined) throw context.unsupported(`a cast to element type ${type}`, 'numbers and booleans');
  const narrow = Math.abs(bits) < WIDE;
  if (context.whole && !narrow) return undefined;
  const apply = (x: number): number => {
    const cut = Math.trunc(x + Math.sign(x) * SLACK) || 0;
    return narrow ? wrapped(cut, bits) : cut;
  };
  return { name: `Cast(integer of ${bits} bits)`, apply, jumps: true, grid: 1, result: 'integer' };
}

export const Cast: Operator = {
  shape: (context) => [context.shape(0)],
  types: (context) => [REAL.has(target(context)) ? 'real' : 'integer'],
  elementTypes: (context) => [target(context)],
  reference: (context, [x]) => {
    const change = cast(context);
    return [{ ...x!, data: change ? x!.data.map(change.apply) : x!.data, kind: REAL.has(target(context)) ? 'real' : 'integer' }];
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
  const bits = INTEGER[target(context)]!;
  return { name: `integer of ${bits} bits`, apply: (x) => wrapped(x, bits), jumps: true, ends: Math.abs(bits) >= 32, result: 'integer' };
});

/** Cast to the element type of the second input, of which nothing else is read. */
export const CastLike = ofTypes(
  expanding((context) => {
    const type = context.elementTypes[1] ?? (context.types[1] === 'real' ? 1 : undefined);
    if (type === undefined) throw context.unsupported('integers whose type the model does not say', 'inputs and constants');
    return [{ operator: 'Cast', inputs: [context.node.inputs[0]!], outputs: context.node.outputs, attributes: { to: type } }];
  }),
  (context) => [context.elementTypes[1]],
);
