// Nodes as a file has them: names looked up in their scope, branches, loops and functions written out, element types, texts and marks kept in sight.
// Source: ONNX IR specification. Caveat: what is not supported is collected, and what reads its results is not looked at.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { at } from '../onnx/budget.ts';
import type { OnnxGraph, OnnxNode } from '../onnx/graph.ts';
import { labelOf } from '../onnx/model.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { INT32, INT64, integerType, TEXT } from '../onnx/tensor-proto.ts';
import { markOf } from '../operators/dynamic-quantisation.ts';
import { OPERATORS } from '../operators/index.ts';
import { type ExpandedNode, entryOf, NodeContext, type Operator } from '../operators/operator.ts';
import { knownOf } from '../operators/spelled-out.ts';
import { KEEPS_TEXTS, READS_TEXTS } from '../operators/texts.ts';
import { boundAttributes, CONTROL, type Inliner, writeCall } from './control.ts';
import { contextOf, type Draft, know, NEWEST } from './draft.ts';
import { addNode, addPart } from './expand.ts';
import { ambiguousFunction, oldBroadcast, problemOf, readsQuantised, readsTexts, together, unknownOperator } from './problems.ts';
import { orderedNodes, placeOf, readBy, resolve, type Scope } from './scope.ts';

/**
 * Adds what a graph needs of its constants and nodes; its inputs have names already.
 * @throws ZkvmError at the first mistake, or for everything together that is not supported
 */
export function addGraph(draft: Draft, graph: OnnxGraph, scope: Scope): void {
  const { lost } = draft;
  const problems: ZkvmError[] = [];
  const nodes = orderedNodes(graph, scope.place);
  for (const [name, tensor] of graph.initializers) {
    if (scope.depth) draft.limits.node();
    know(draft, named(draft, scope, name), tensor);
  }
  for (const original of nodes) {
    const hopeless = readBy(original).some((name) => lost.has(resolve(scope, name) ?? ''));
    const inputs = original.inputs.map((name) => (name === '' ? '' : (resolve(scope, name) ?? missing(original, name, scope))));
    const outputs = original.outputs.map((name) => (name === '' ? '' : named(draft, scope, name)));
    const node = { ...original, inputs, outputs, attributes: boundAttributes(original, scope) };
    const run = runOf(draft, node, scope);
    const problem = run instanceof ZkvmError ? run : hopeless ? undefined : problemOf(run);
    if (problem) problems.push(problem);
    if (problem || hopeless) for (const name of outputs) if (name !== '') lost.add(name);
  }
  if (problems.length) throw together(problems);
}

/** What the name of something that a graph defines becomes. @throws ZK0505 for one that is defined already */
function named({ shapes, lost }: Draft, scope: Scope, name: string): string {
  const where = scope.place;
  if (scope.names.has(name) || (scope.depth === 0 && shapes.has(name)))
    throw usage('ZK0505', { what: `"${name}" is defined twice`, where });
  let own = `${scope.prefix}${name}`;
  while (shapes.has(own) || lost.has(own)) own += "'";
  scope.names.set(name, own);
  return own;
}

function missing(node: OnnxNode, name: string, { place }: Scope): never {
  throw usage('ZK0506', {
    what: `input "${name}" is not computed by the model`,
    where: placeOf(place, node),
    fix: 'check the model with onnx.checker',
  });
}

/** What adds a node of the file, or why that cannot be. */
function runOf(draft: Draft, node: OnnxNode, scope: Scope): (() => void) | ZkvmError {
  const label = labelOf(node);
  const [operator, control] = [entryOf(OPERATORS, label), entryOf(CONTROL, label)];
  const called = draft.model.functions?.get(label);
  if (called && (operator || control)) return ambiguousFunction(node, scope.place);
  if (operator) return () => addFromFile(draft, node, operator, scope);
  const inliner = inlinerOf(draft, node, scope);
  const write = control ? () => control(node, scope, inliner) : called ? () => writeCall(node, called, scope, inliner) : undefined;
  return write ? () => at(inliner.where, write) : unknownOperator(node, scope.place);
}

function inlinerOf(draft: Draft, node: OnnxNode, scope: Scope): Inliner {
  const where = placeOf(scope.place, node);
  const context = new NodeContext(node, NEWEST, where, [], [], []);
  return {
    where,
    shape: (name) => draft.shapes.get(name) ?? missing(node, name, scope),
    constant: (name) => draft.constants.get(name),
    know: (name, tensor) => know(draft, name, tensor),
    part: (part) => {
      const [first] = part.inputs;
      const mark = typeof first === 'string' ? draft.aside.marks.get(first) : undefined;
      if (mark && part.operator !== 'Identity') throw readsQuantised(node, scope.place);
      addPart(draft, part, node, where, scope.opsets);
      noteTexts(draft, part.operator, part);
      if (mark) draft.aside.marks.set(part.outputs[0]!, mark);
    },
    graph: (graph, inner) => addGraph(draft, graph, inner),
    count: () => draft.limits.node(),
    fresh: (name) => (draft.shapes.has(name) ? `${name}'` : name),
    unsupported: (what, supported) => context.unsupported(what, supported),
    invalid: (why) => context.invalid(why),
  };
}

function addFromFile(draft: Draft, node: OnnxNode, operator: Operator, { place, opsets }: Scope): void {
  const where = placeOf(place, node);
  if (!opsets.has(node.domain)) throw usage('ZK0502', { what: `the model names no version of operator set "${node.domain}"`, where });
  if (opsets.get('')! < 7 && node.attributes.has('broadcast') && node.attributes.has('axis')) throw oldBroadcast(node, place);
  const label = labelOf(node);
  const read = readMarks(draft, node, place);
  const texts = node.inputs.some((name) => draft.aside.textual.has(name));
  const toText = label === 'Cast' && node.attributes.get('to') === TEXT;
  if (texts && !toText && !KEEPS_TEXTS.has(label) && !READS_TEXTS.has(label)) throw readsTexts(node, place);
  const same = (texts && toText) || (read && label === 'DequantizeLinear');
  if (same) addPart(draft, { operator: 'Identity', inputs: node.inputs.slice(0, 1), outputs: node.outputs }, node, where, opsets);
  else at(where, () => addTyped(draft, node, where, operator, opsets));
  if (toText) draft.aside.textual.add(node.outputs[0]!);
  noteTexts(draft, label, node);
  if (read?.mark) for (const name of node.outputs) draft.aside.marks.set(name, read.mark);
}

const withoutType = ({ shape, data, kind }: Tensor): Tensor => ({ shape, data, kind });

/** Adds a node of the file. What leaves the range of a narrow integer type keeps its low bits, as ONNX says. */
function addTyped(draft: Draft, node: OnnxNode, where: string, operator: Operator, opsets: Scope['opsets']): void {
  const context = contextOf(draft, node, where, opsets);
  const types = operator.elementTypes?.(context) ?? node.outputs.map(() => context.elementTypes[0]);
  const [out, type] = [node.outputs[0] ?? '', types[0] ?? 0];
  const bits = integerType(type)?.bits ?? 0;
  // running integers of 32 bits and more that are signed are far from the ends of their type, or refused; those that are known now may not be
  const foldable = node.inputs.every((name) => name === '' || draft.constants.has(name));
  const near = type !== INT64 && (type !== INT32 || foldable);
  if (operator.wraps && near && bits > 0 && out !== '' && context.types.includes('integer')) {
    let name = `${out} unlimited`;
    while (draft.shapes.has(name)) name += "'";
    addNode(draft, { ...node, outputs: [name, ...node.outputs.slice(1)] }, where, operator, opsets);
    addPart(draft, { operator: 'Wrap', inputs: [name], outputs: [out], attributes: { to: type } }, node, where, opsets);
  } else addNode(draft, node, where, operator, opsets);
  for (const [i, name] of node.outputs.entries()) {
    draft.made.set(name, node);
    const fact = knownOf(draft, name);
    if (fact) draft.known.set(name, [...(draft.known.get(name) ?? []), fact]);
    const known = draft.constants.get(name);
    const own = draft.whole.has(name) ? (types[i] ?? known?.elementType) : undefined;
    if (own !== undefined) draft.elementTypes.set(name, own);
    if (known) draft.constants.set(name, { ...withoutType(known), ...(own !== undefined && { elementType: own }) });
  }
}

/** What the node's results stand for, if what it reads stands for integers that were never made. @throws ZK0512 if it may not read that */
function readMarks({ aside: { marks } }: Draft, node: OnnxNode, place: string): ReturnType<typeof markOf> {
  const list = node.inputs.map((name) => marks.get(name));
  if (list.every((mark) => mark === undefined)) return undefined;
  const found = markOf({ label: labelOf(node), attributes: node.attributes }, list);
  if (!found) throw readsQuantised(node, place);
  return found;
}

/** What moves texts, or chooses among them, gives texts. */
function noteTexts(
  { aside: { textual } }: Draft,
  label: string,
  { inputs, outputs }: { inputs: ExpandedNode['inputs']; outputs: readonly string[] },
): void {
  if (!KEEPS_TEXTS.has(label) || !inputs.some((input) => typeof input === 'string' && textual.has(input))) return;
  for (const name of outputs) textual.add(name);
}
