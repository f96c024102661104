// `zkvm operators`: what a model may be made of. Source: compiler/operators/index.ts, compiler/graph/control.ts.
// Caveat: a listed operator may be refused with some attributes or shapes; `compile` says which node, and why.
import { CONTROL } from '../compiler/graph/control.ts';
import { OPERATOR_SETS } from '../compiler/onnx/model.ts';
import { OPERATORS } from '../compiler/operators/index.ts';
import { REFUSED } from '../compiler/operators/refused.ts';
import type { Command } from './commands.ts';

export const run: Command<'operators'> = async (args, terminal) => {
  const operators = [...Object.keys(OPERATORS), ...Object.keys(CONTROL)].sort();
  if (args.options.json) terminal.json({ operatorSets: OPERATOR_SETS, operators, refused: REFUSED });
  else terminal.out(operators);
  const sets = Object.entries(OPERATOR_SETS).map(([domain, [first, last]]) => `${domain || 'ONNX'} ${first} … ${last}`);
  terminal.say(`${operators.length} operators of the operator sets ${sets.join(', ')}, and functions that the model brings along`);
  return 0;
};
