// The model as a graph with known shapes: nodes bound to their operators, constants folded, nodes nobody needs dropped.
// Caveat: every shape must be known when compiling; an open batch axis becomes the batch that the caller asks for, 1 by default.

import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { at, Limits, within } from '../onnx/budget.ts';
import type { OnnxModel, OnnxNode } from '../onnx/model.ts';
import { elementsOf, type Shape, shapeText, type Tensor } from '../onnx/tensor.ts';
import { INPUT_TYPES, integerBits, integerLimits, kindOf, typeName } from '../onnx/tensor-proto.ts';
import { INTERNAL_OPERATORS, OPERATORS } from '../operators/index.ts';
import { type ExpandedNode, INT32, INT64, NodeContext, type Operator } from '../operators/operator.ts';
import { knownOf } from '../operators/spelled-out.ts';
import type { Known } from '../stages/known.ts';
import { fused } from './fuse.ts';
import type { Graph, GraphNode } from './node.ts';
import { labelOf, oldBroadcast, placeOf, problemOf, together, unknownOperator } from './problems.ts';

/** operator set of what operators of other domains expand into, where a model has no default domain */
const NEWEST = 22;

/**
 * Binds the nodes to operators, infers all shapes, folds constants.
 * @param batch samples at once: replaces the first axis of every input where the model leaves it open or says 1
 * @param file name of the file, for messages
 * @throws ZkvmError: ZK0505-ZK0513, each naming the node; what is not supported is collected, and all of it named at once
 */
export function buildGraph(model: OnnxModel, batch = 1, file = 'model.onnx'): Graph {
  const spelled = [...model.initializers.values(), ...model.nodes.flatMap(({ attributes }) => [...attributes.values()])];
  let initial = 0;
  for (const value of spelled) if (typeof value === 'object' && 'data' in value) initial += value.data.length;
  return within(initial, () => build(model, batch, file, new Limits(initial)));
}

/** A graph that grows node by node. */
interface Draft {
  model: OnnxModel;
  file: string;
  limits: Limits;
  shapes: Map<string, Shape>;
  constants: Map<string, Tensor>;
  /** values whose elements are integers or booleans */
  whole: Set<string>;
  /** values known to be zero or more */
  nonNegative: Set<string>;
  /** ONNX element types of values, where the model says them */
  elementTypes: Map<string, number>;
  /** what mathematics says of values */
  known: Map<string, Known[]>;
  /** node of the file that computes a value */
  made: Map<string, OnnxNode>;
  /** nodes that have to run */
  running: GraphNode[];
}

function build(model: OnnxModel, batch: number, file: string, limits: Limits): Graph {
  const draft: Draft = {
    model,
    file,
    limits,
    shapes: new Map(),
    constants: new Map(),
    whole: new Set(),
    nonNegative: new Set(),
    elementTypes: new Map(model.inputs.map(({ name, elementType }) => [name, elementType])),
    known: new Map(),
    made: new Map(),
    running: [],
  };
  for (const [name, tensor] of model.initializers) know(draft, name, tensor);
  const inputs = model.inputs.map((input) => addInput(draft, input, batch));
  addNodes(draft);
  const outputs = outputsOf(draft);
  const { shapes, constants, whole, running, known } = draft;
  const nodes = fused(running, { shapes, constants, whole, outputs });
  return { name: model.name, inputs, outputs, nodes, shapes, constants, whole, known, uses: usesOf(nodes, outputs, known) };
}

/** A value that is known when compiling. */
function know({ constants, shapes, whole }: Draft, name: string, tensor: Tensor): void {
  constants.set(name, tensor);
  shapes.set(name, tensor.shape);
  if (tensor.kind === 'integer') whole.add(name);
}

function addInput(draft: Draft, { name, shape, elementType }: OnnxModel['inputs'][0], batch: number) {
  const { file, limits, shapes, whole } = draft;
  const where = `${file} input "${name}"`;
  if (!shape)
    throw new ZkvmError('unsupported', 'ZK0513', { what: 'an input has no shape', where, fix: 'export the model with input shapes' });
  const sizes = shape.map((size, axis) => {
    if (axis === 0 && (size === undefined || size === 0 || size === 1)) return batch;
    if (size === undefined || size < 1)
      throw new ZkvmError('unsupported', 'ZK0513', {
        what: `axis ${axis} of an input is not known`,
        where,
        fix: 'export the model with fixed shapes',
      });
    return size;
  });
  if (batch !== 1 && sizes[0] !== batch)
    throw usage('ZK0514', {
      what: `the model's own batch of ${sizes[0]} cannot be changed to ${batch}`,
      where,
      fix: 'compile it without a batch',
    });
  if (!INPUT_TYPES.has(elementType))
    throw new ZkvmError('unsupported', 'ZK0513', {
      what: `an input has element type ${typeName(elementType)}`,
      where,
      why: 'supported: floating point, integers, bool',
    });
  limits.public(elementsOf(sizes), where);
  requireNew(draft, name, where);
  shapes.set(name, sizes);
  if (kindOf(elementType) === 'integer') whole.add(name);
  return { name, shape: sizes, limits: integerLimits(elementType) };
}

function requireNew({ shapes }: Draft, name: string, where: string): void {
  if (shapes.has(name)) throw usage('ZK0505', { what: `"${name}" is defined twice`, where });
}

/** Adds all nodes that are needed. @throws ZkvmError at the first mistake, or for everything together that is not supported */
function addNodes(draft: Draft): void {
  const problems: ZkvmError[] = [];
  /** values that nodes with problems would compute: what reads them is not looked at */
  const lost = new Set<string>();
  for (const node of neededNodes(draft.model)) {
    const operator = Object.hasOwn(OPERATORS, labelOf(node)) ? OPERATORS[labelOf(node)] : undefined;
    const hopeless = node.inputs.some((name) => lost.has(name));
    let problem: ZkvmError | undefined;
    if (!operator) problem = unknownOperator(node, draft.file);
    else if (!hopeless) problem = problemOf(() => addFromFile(draft, node, operator));
    if (problem) problems.push(problem);
    if (problem || hopeless) for (const name of node.outputs) if (name !== '') lost.add(name);
  }
  if (problems.length) throw together(problems);
}

/** Nodes that an output depends on, in file order. */
function neededNodes(model: OnnxModel): OnnxNode[] {
  const needed = new Set(model.outputs.map(({ name }) => name));
  return [...model.nodes]
    .reverse()
    .filter((node) => {
      const used = node.outputs.some((name) => name !== '' && needed.has(name));
      if (used) for (const name of node.inputs) needed.add(name);
      return used;
    })
    .reverse();
}

function addFromFile(draft: Draft, node: OnnxNode, operator: Operator): void {
  const { opsets } = draft.model;
  const where = placeOf(draft.file, node);
  if (!opsets.has(node.domain)) throw usage('ZK0502', { what: `the model names no version of operator set "${node.domain}"`, where });
  if (opsets.get('')! < 7 && node.attributes.has('broadcast') && node.attributes.has('axis')) throw oldBroadcast(node, draft.file);
  at(where, () => addTyped(draft, node, where, operator));
}

const withoutType = ({ shape, data, kind }: Tensor): Tensor => ({ shape, data, kind });

/** Adds a node of the file. What leaves the range of a narrow integer type keeps its low bits, as ONNX says. */
function addTyped(draft: Draft, node: OnnxNode, where: string, operator: Operator): void {
  const context = contextOf(draft, node, where);
  const types = operator.elementTypes?.(context) ?? node.outputs.map(() => context.elementTypes[0]);
  const [out, type] = [node.outputs[0] ?? '', types[0] ?? 0];
  const bits = integerBits(type) ?? 0;
  // running integers of 32 bits and more that are signed are far from the ends of their type, or refused; those that are known now may not be
  const foldable = node.inputs.every((name) => name === '' || draft.constants.has(name));
  const near = type !== INT64 && (type !== INT32 || foldable);
  if (operator.wraps && near && bits > 0 && out !== '' && context.types.includes('integer')) {
    let name = `${out} unlimited`;
    while (draft.shapes.has(name)) name += "'";
    addNode(draft, { ...node, outputs: [name, ...node.outputs.slice(1)] }, where, operator);
    addPart(draft, { operator: 'Wrap', inputs: [name], outputs: [out], attributes: { to: type } }, node, where);
  } else addNode(draft, node, where, operator);
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

/** @param where place of the node of the file that this one is, or is part of */
function addNode(draft: Draft, node: OnnxNode, where: string, operator: Operator): void {
  const context = contextOf(draft, node, where);
  if (node.outputs.every((name) => name === '')) throw context.invalid('it has no output');
  if (operator.nonNegative) draft.nonNegative.add(node.outputs[0]!);
  draft.limits.node();
  const parts = operator.expand?.(context);
  if (parts) for (const part of parts) addPart(draft, part, node, where);
  else addResults(draft, context, operator);
}

/** What is known of a node's inputs. */
function contextOf({ model, shapes, constants, whole, nonNegative, elementTypes }: Draft, node: OnnxNode, where: string): NodeContext {
  const { inputs } = node;
  for (const name of inputs)
    if (name !== '' && !shapes.has(name))
      throw usage('ZK0506', {
        what: `input "${name}" is not computed before it is read`,
        where,
        fix: 'nodes must stand in topological order',
      });
  return new NodeContext(
    node,
    model.opsets.get(node.domain) ?? NEWEST,
    where,
    inputs.map((name) => shapes.get(name)),
    inputs.map((name) => constants.get(name)),
    inputs.map((name) => (name === '' ? undefined : whole.has(name) ? 'integer' : 'real')),
    inputs.map((name) => constants.get(name)?.elementType ?? elementTypes.get(name)),
    inputs.map((name) => nonNegative.has(name)),
  );
}

/** Adds a node that another one expands into. */
function addPart(draft: Draft, part: ExpandedNode, parent: OnnxNode, where: string): void {
  const constant = (tensor: Tensor, what: string): string => {
    let name = `${part.outputs[0]} ${what}`;
    // a part that expands again may give its own constant to the node with its name
    while (draft.shapes.has(name)) name += "'";
    know(draft, name, tensor);
    return name;
  };
  const inputs = part.inputs.map((input, i) => (typeof input === 'string' ? input : constant(input, `constant ${i}`)));
  if (part.known) {
    const { like, ...rest } = part.known;
    const names = like?.map((value, i) => (typeof value === 'string' ? value : constant(value, `range ${i}`)));
    const [out] = part.outputs as [string];
    draft.known.set(out, [...(draft.known.get(out) ?? []), { ...rest, ...(names ? { like: names } : {}) }]);
  }
  const attributes = new Map(Object.entries(part.attributes ?? {}));
  const operator = INTERNAL_OPERATORS[part.operator] ?? OPERATORS[part.operator]!;
  addNode(draft, { ...parent, operator: part.operator, domain: '', inputs, outputs: [...part.outputs], attributes }, where, operator);
}

/** Adds what a node computes: constants if all its inputs are, else a node that has to run. */
function addResults(draft: Draft, context: NodeContext, operator: Operator): void {
  const { limits, shapes, whole } = draft;
  const { inputs, outputs } = context.node;
  const foldable = context.constants.every((tensor, i) => tensor !== undefined || inputs[i] === '');
  if (outputs[0] === '') throw context.unsupported('the first output is left out');
  const results = operator.shape(context);
  for (const [i, shape] of results.entries()) {
    requireNew(draft, outputs[i]!, context.where);
    // empty constants stand for optional inputs that are left out
    if (elementsOf(shape) === 0 && !foldable)
      throw context.unsupported(`a result of shape ${shapeText(shape)}`, 'results of 1 … 2^24 elements');
    if (!foldable) limits.result(shape, elementsOf(shape));
    shapes.set(outputs[i]!, shape);
  }
  limits.work(workOf(context, operator, results));
  const types = operator.types?.(context) ?? results.map(() => (context.whole ? 'integer' : 'real'));
  if (foldable) {
    for (const [i, tensor] of operator.reference(context, context.constants).entries())
      know(draft, outputs[i]!, inputs.length ? { ...tensor, kind: types[i]! } : tensor);
    return;
  }
  for (const [i, type] of types.entries()) if (type === 'integer') whole.add(outputs[i]!);
  draft.running.push({ context, operator });
}

/** Elements that a node moves, and its multiplications. */
function workOf(context: NodeContext, operator: Operator, results: readonly Shape[]): number {
  const outputs = elementsOf(results[0] ?? []);
  const moved = context.shapes.reduce((sum, shape) => sum + (shape ? elementsOf(shape) : 0), outputs);
  return moved + (operator.work?.(context, outputs) ?? 0);
}

function outputsOf({ model, file, limits, shapes }: Draft): Graph['outputs'] {
  const outputs = model.outputs.map(({ name }) => {
    const shape = shapes.get(name);
    if (!shape) throw usage('ZK0506', { what: `output "${name}" is not computed`, where: file });
    limits.public(elementsOf(shape), `${file} output "${name}"`);
    if (elementsOf(shape) === 0)
      throw new ZkvmError('unsupported', 'ZK0513', { what: `output "${name}" of shape ${shapeText(shape)} has no elements`, where: file });
    return { name, shape };
  });
  if (outputs.length === 0) throw usage('ZK0506', { what: 'the model has no output', where: file });
  return outputs;
}

/** How many running nodes and graph outputs read a value, and how many values are known to lie in its range: that it has one keeps it stored. */
function usesOf(nodes: readonly GraphNode[], outputs: Graph['outputs'], known: Graph['known']): Map<string, number> {
  const uses = new Map<string, number>();
  const alike = nodes.flatMap(({ context }) => (known.get(context.node.outputs[0]!) ?? []).flatMap(({ like }) => like ?? []));
  const read = nodes.flatMap(({ context }) => context.node.inputs);
  for (const name of [...read, ...alike, ...outputs.map((output) => output.name)]) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}
