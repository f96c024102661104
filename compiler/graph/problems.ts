// What is wrong with nodes, and all of it in one error: whoever changes a model wants to know everything at once.
// Caveat: a node that reads what a refused one would have computed is not looked at, so it may have problems too.
import { retold, ZkvmError } from '../../fri/core/errors.ts';
import type { OnnxNode } from '../onnx/graph.ts';
import { labelOf } from '../onnx/model.ts';
import { entryOf } from '../operators/operator.ts';
import { REFUSED } from '../operators/refused.ts';
import { placeOf } from './scope.ts';

/** The error for an operator that nobody knows. */
export function unknownOperator(node: OnnxNode, file: string): ZkvmError {
  const label = labelOf(node);
  const why = entryOf(REFUSED, label);
  return new ZkvmError('unsupported', 'ZK0512', {
    what: `operator ${label} is not supported`,
    where: placeOf(file, node),
    ...(why !== undefined && { why }),
    fix: 'rewrite the model with operators that `zkvm operators` lists, or ask for this one',
  });
}

/** The error for a name that means two things; runtimes differ in which they take. */
export const ambiguousFunction = (node: OnnxNode, file: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0512', {
    what: `the model has a function with the name of the operator ${labelOf(node)}`,
    where: placeOf(file, node),
    why: 'a runtime may take either',
    fix: 'inline the functions: onnx.inliner.inline_local_functions',
  });

/** before operator set 7 the second operand could be lined up with an axis in the middle */
export const oldBroadcast = (node: OnnxNode, file: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0512', {
    what: `${node.operator}: broadcasting along an axis`,
    where: placeOf(file, node),
    why: 'supported: broadcasting from the last axis, as from operator set 7 on',
    fix: 'convert the model with onnx.version_converter',
  });

/** The error for an operator that would compute with the places of texts in a list. */
export const readsTexts = (node: OnnxNode, file: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0512', {
    what: `${node.operator} of texts`,
    where: placeOf(file, node),
    why: 'supported: texts that are moved, chosen or compared, as labels are',
    fix: 'remove the texts from the model, or ask for this case',
  });

/** The error for a node that needs the very integers of DynamicQuantizeLinear, which are never made. */
export const readsQuantised = (node: OnnxNode, file: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0512', {
    what: `${node.operator} of what DynamicQuantizeLinear gives`,
    where: placeOf(file, node),
    why: 'supported: MatMulInteger and ConvInteger, whose results are multiplied by the scale',
    fix: 'take the model as it was before it was quantised',
  });

/** Runs, and returns the problem if it is one that others can be named together with. @throws any other error */
export function problemOf(run: () => void): ZkvmError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    // what is too large may have used up the budget of the others
    if (error instanceof ZkvmError && error.kind === 'unsupported' && error.code !== 'ZK0515') return error;
    throw error;
  }
}

/** problems that one message lists */
const MOST_LISTED = 50;

/** One error for everything that is wrong: the first as it is, with the others named. */
export function together([first, ...others]: readonly ZkvmError[]): ZkvmError {
  if (others.length === 0) return first!;
  const lines = others.slice(0, MOST_LISTED).map(({ what, where }) => `${what} (${where})`);
  if (others.length > MOST_LISTED) lines.push(`${others.length - MOST_LISTED} more`);
  return retold('unsupported', first!, {
    why: [first!.why, `${others.length + 1} nodes cannot be compiled, also: ${lines.join('; ')}`].filter(Boolean).join('; '),
    ...(first!.fix && { fix: first!.fix }),
  });
}
