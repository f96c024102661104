// Operators on the bits of integers: BitShift (ONNX 11), BitwiseAnd, BitwiseOr, BitwiseXor (18) with one constant operand, BitwiseNot.
// Each is a table over the integers seen in calibration. Caveat: two computed operands are refused, and so are integers of 64 bits beyond 2^53.
import { integerType, typeName } from '../onnx/tensor-proto.ts';
import { grouped } from './grouped.ts';
import { type ExpandedNode, expanding, type NodeContext, type Operator, pointwise } from './operator.ts';

type BitFunction = (x: bigint, y: bigint) => bigint;
const FUNCTIONS: Readonly<Record<string, BitFunction>> = {
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  // a shift by the type's width or more leaves nothing
  left: (x, y) => (y < 64n ? x << y : 0n),
  right: (x, y) => x >> (y < 64n ? y : 64n),
  not: (x) => ~x,
};

/** One of the functions with a constant second operand, in integers of the given type; expansions use it. */
export const BitsWith = pointwise((context) => {
  const [name, value] = [context.text('function', ''), context.integer('value', 0)];
  const apply = FUNCTIONS[name]!;
  const { bits, signed } = integerType(context.integer('type', 0))!;
  const limit = (x: bigint): bigint => (signed ? BigInt.asIntN(bits, x) : BigInt.asUintN(bits, x));
  return {
    name: `${name}(${value})`,
    apply: (x) => Number(limit(apply(BigInt(Math.round(x)), BigInt(value)))),
    jumps: true,
    result: 'as input',
  };
});

/** @throws ZK0512 where it is unknown, ZK0510 where it has no bits */
function typeOf(context: NodeContext, type: number | undefined): number {
  if (type === undefined) throw context.unsupported('integers whose type the model does not say', 'inputs and constants');
  if (!integerType(type)) throw context.invalid(`bits of ${typeName(type)}`);
  return type;
}

const bitwise = (name: (context: NodeContext) => string): Operator =>
  expanding((context) => {
    const known = context.constants[1] ? 1 : context.constants[0] ? 0 : undefined;
    if (known === undefined) throw context.unsupported('two computed operands', 'one constant operand');
    const operation = name(context);
    const shifts = operation === 'left' || operation === 'right';
    if (shifts && known === 0) throw context.unsupported('a computed number of bits', 'a constant one');
    if (shifts && context.constants[1]!.data.some((bits) => bits < 0))
      throw context.unsupported('a shift by a negative number of bits', 'numbers of bits ≥ 0');
    const type = typeOf(context, context.elementTypes[0] ?? context.elementTypes[1]);
    return grouped(
      context,
      known,
      (value, input, out): ExpandedNode => ({
        operator: 'BitsWith',
        inputs: [input],
        outputs: [out],
        attributes: { function: operation, value, type },
      }),
    );
  });

export const BitwiseAnd = bitwise(() => 'and');
export const BitwiseOr = bitwise(() => 'or');
export const BitwiseXor = bitwise(() => 'xor');
export const BitShift = bitwise((context) => {
  const direction = context.text('direction', '');
  if (direction !== 'LEFT' && direction !== 'RIGHT') throw context.invalid(`direction "${direction}"`);
  return direction.toLowerCase();
});

export const BitwiseNot = expanding((context) => {
  const type = typeOf(context, context.elementTypes[0]);
  return [
    { operator: 'BitsWith', inputs: context.node.inputs, outputs: context.node.outputs, attributes: { function: 'not', value: 0, type } },
  ];
});
