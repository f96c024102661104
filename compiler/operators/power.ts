// Pow (ONNX 7-15): a constant exponent or a constant base is a table; two computed tensors are exp(y · ln x), for positive x.
// Caveat: a computed base that may be zero or negative needs a constant exponent; calibration then says that a value is not finite.
import { grouped } from './grouped.ts';
import { type ExpandedNode, expanding, type Operator, pointwise, wrapping } from './operator.ts';

/** x to a power that is an attribute; expansions use it */
export const PowBy = pointwise((context) => {
  const exponent = context.float('exponent', 1);
  const whole = Number.isInteger(exponent) && exponent >= 0;
  return { name: `Pow(${exponent})`, apply: (x) => x ** exponent, result: whole ? 'as input' : 'real' };
});

/** a number that is an attribute to the power x; cut off to an integer where the number's type is one */
export const PowOf = pointwise((context) => {
  const base = context.float('base', 1);
  const whole = context.integer('whole', 0) !== 0;
  return { name: `Pow of ${base}`, apply: (x) => (whole ? Math.trunc(base ** x) : base ** x), result: whole ? 'integer' : 'real' };
});

export const Pow: Operator = wrapping(
  expanding((context) => {
    const [x, y] = context.node.inputs as [string, string];
    const [out] = context.node.outputs as [string];
    if (context.constants[1])
      return grouped(
        context,
        1,
        (exponent, input, to): ExpandedNode => ({
          operator: 'PowBy',
          inputs: [input],
          outputs: [to],
          attributes: { exponent },
        }),
      );
    const whole = context.types[0] === 'integer' ? 1 : 0;
    if (context.constants[0])
      return grouped(
        context,
        0,
        (base, input, to): ExpandedNode => ({ operator: 'PowOf', inputs: [input], outputs: [to], attributes: { base, whole } }),
      );
    if (context.types[0] === 'integer') throw context.unsupported('two computed operands of integers', 'one constant operand');
    return [
      { operator: 'Log', inputs: [x], outputs: [`${out} logarithm`] },
      { operator: 'Mul', inputs: [`${out} logarithm`, y], outputs: [`${out} product`] },
      { operator: 'Exp', inputs: [`${out} product`], outputs: [out] },
    ];
  }),
);
