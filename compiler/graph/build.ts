// The model as a graph with known shapes: nodes bound to their operators, constants folded, nodes nobody needs dropped.
// Caveat: every shape must be known when compiling; an open batch axis becomes the batch that the caller asks for, 1 by default.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { at, Limits, within } from '../onnx/budget.ts';
import { fixedShape } from '../onnx/dimensions.ts';
import { type OnnxGraph, type OnnxNode, type OnnxValue, spelledElements } from '../onnx/graph.ts';
import { labelOf, type OnnxModel } from '../onnx/model.ts';
import { elementsOf, type Shape, shapeText, type Tensor } from '../onnx/tensor.ts';
import { INT32, INT64, integerLimits, integerType, kindOf, TEXT, typeName } from '../onnx/tensor-proto.ts';
import { Texts } from '../onnx/texts.ts';
import { clipped } from '../operators/attention.ts';
import { markOf } from '../operators/dynamic-quantisation.ts';
import { INTERNAL_OPERATORS, OPERATORS } from '../operators/index.ts';
import { type Aside, type ExpandedNode, entryOf, NodeContext, noPairs, type Operator, pointwise } from '../operators/operator.ts';
import { type RowScale, rowScaled } from '../operators/row-scaled.ts';
import { knownOf } from '../operators/spelled-out.ts';
import { KEEPS_TEXTS, READS_TEXTS } from '../operators/texts.ts';
import type { Known } from '../stages/known.ts';
import { boundAttributes, CONTROL, type Inliner, writeCall } from './control.ts';
import { fused } from './fuse.ts';
import type { Graph, GraphNode } from './node.ts';
import { ambiguousFunction, oldBroadcast, problemOf, readsQuantised, readsTexts, together, unknownOperator } from './problems.ts';
import { orderedNodes, placeOf, readBy, resolve, type Scope } from './scope.ts';

/** operator set of what operators of other domains expand into, where a model has no default domain */
const NEWEST = 22;

/**
 * Binds the nodes to operators, infers all shapes, folds constants.
 * @param batch samples at once: replaces the first axis of every input where the model leaves it open or says 1
 * @param file name of the file, for messages
 * @param masks what becomes of values that are only there to be out of reach
 * @param rows normalisations whose rows are divided by their size first, by the values that they give
 * @throws ZkvmError: ZK0505-ZK0513, each naming the node; what is not supported is collected, and all of it named at once
 */
export function buildGraph(
  model: OnnxModel,
  batch = 1,
  file = 'model.onnx',
  masks?: Aside['masks'],
  rows?: ReadonlyMap<string, RowScale>,
): Graph {
  const functions = [...(model.functions?.values() ?? [])];
  const initial = [model, ...functions.map(({ body }) => body)].reduce((sum, graph) => sum + spelledElements(graph), 0);
  return within(initial, () => build(model, batch, file, new Limits(initial), masks, rows));
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
  /** what values are in every step of a loop */
  roles: Map<string, string>;
  /** node of the file that computes a value */
  made: Map<string, OnnxNode>;
  /** nodes that have to run */
  running: GraphNode[];
  /** values that nodes with problems would compute: what reads them is not looked at */
  lost: Set<string>;
  /** values that are limited already */
  limited: Set<string>;
  /** normalisations that are still to come whose rows are divided by their size first */
  rows: Map<string, RowScale>;
  aside: Aside;
}

function build(
  model: OnnxModel,
  batch: number,
  file: string,
  limits: Limits,
  masks: Aside['masks'],
  rows: ReadonlyMap<string, RowScale> = new Map(),
): Graph {
  const made = new Map<string, OnnxNode>();
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
    roles: new Map(),
    made,
    running: [],
    lost: new Set(),
    limited: new Set(),
    rows: new Map(rows),
    aside: {
      texts: new Texts(model.texts),
      textual: new Set(),
      marks: new Map(),
      pairs: noPairs(made),
      distributions: new Set(),
      classes: false,
      notes: new Set(),
      masks,
    },
  };
  const scope: Scope = { place: file, opsets: model.opsets, names: new Map(), prefix: '', depth: 0 };
  const inputs = model.inputs.map((input) => addInput(draft, input, batch));
  for (const { name } of inputs) scope.names.set(name, limitedInput(draft, name));
  addGraph(draft, model, scope);
  const outputs = outputsOf(draft);
  const { shapes, constants, whole, running, known, roles, aside } = draft;
  const nodes = fused(running, { shapes, constants, whole, outputs });
  const texts = aside.classes || outputs.some((output) => aside.textual.has(output.name));
  return {
    name: model.name,
    inputs,
    outputs,
    nodes,
    shapes,
    constants,
    whole,
    known,
    ...(roles.size > 0 && { roles }),
    uses: usesOf(nodes, outputs, known),
    labels: texts ? [...aside.texts.list] : [],
    notes: [...aside.notes],
  };
}

/** A value that is known when compiling. */
function know({ constants, shapes, whole, aside }: Draft, name: string, tensor: Tensor): void {
  constants.set(name, tensor);
  shapes.set(name, tensor.shape);
  if (tensor.kind === 'integer') whole.add(name);
  if (tensor.elementType === TEXT) aside.textual.add(name);
}

function addInput(draft: Draft, { name, shape, elementType }: OnnxValue, batch: number) {
  const { file, limits, shapes, whole } = draft;
  const where = `${file} input "${name}"`;
  const sizes = fixedShape(
    { name, shape: shape?.map((size, axis) => (axis === 0 && (typeof size !== 'number' || size === 1) ? batch : size)), elementType },
    where,
  );
  if (batch !== 1 && sizes[0] !== batch)
    throw usage('ZK0514', {
      what: `the model's own batch of ${sizes[0]} cannot be changed to ${batch}`,
      where,
      fix: 'compile it without a batch',
    });
  if (kindOf(elementType) === undefined)
    throw new ZkvmError('unsupported', 'ZK0513', {
      what: `an input has element type ${typeName(elementType)}`,
      where,
      why: 'supported: floating point, integers, bool',
    });
  limits.public(elementsOf(sizes), where);
  requireNew(draft, name, where);
  shapes.set(name, sizes);
  if (kindOf(elementType) === 'integer') whole.add(name);
  return { name, shape: sizes, elementType, limits: integerLimits(elementType) };
}

function requireNew({ shapes }: Draft, name: string, where: string): void {
  if (shapes.has(name)) throw usage('ZK0505', { what: `"${name}" is defined twice`, where });
}

/**
 * Adds what a graph needs of its constants and nodes; its inputs have names already.
 * @throws ZkvmError at the first mistake, or for everything together that is not supported
 */
function addGraph(draft: Draft, graph: OnnxGraph, scope: Scope): void {
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

/** @returns the name of an input whose masks are near enough to be kept */
function limitedInput(draft: Draft, name: string): string {
  const { masks } = draft.aside;
  if (typeof masks !== 'object' || !masks.inputs.has(name)) return name;
  const out = `${name} limited`;
  const node: OnnxNode = { operator: 'Nearer', domain: '', name: '', index: 0, inputs: [name], outputs: [out], attributes: new Map() };
  addPart(
    draft,
    { operator: 'Nearer', inputs: [name], outputs: [out], attributes: { bound: masks.bound } },
    node,
    `input "${name}"`,
    new Map(),
  );
  return out;
}

/** The node with its constants as near as masks need be, if it runs. */
function limitedConstants(draft: Draft, node: OnnxNode): OnnxNode {
  const { aside, constants, shapes } = draft;
  const { masks } = aside;
  if (typeof masks !== 'object' || node.operator === 'Clip' || node.inputs.every((name) => name === '' || constants.has(name))) return node;
  const inputs = node.inputs.map((name) => {
    const tensor = masks.constants.has(name) ? constants.get(name) : undefined;
    if (!tensor) return name;
    const near = `${name} limited`;
    const { bound } = masks;
    if (!shapes.has(near)) know(draft, near, { ...tensor, data: tensor.data.map((x) => Math.min(Math.max(x, -bound), bound)) });
    return near;
  });
  return { ...node, inputs };
}

/** @param where place of the node of the file that this one is, or is part of */
function addNode(draft: Draft, given: OnnxNode, where: string, operator: Operator, opsets: Scope['opsets']): void {
  const node = limitedConstants(draft, given);
  const context = contextOf(draft, node, where, opsets);
  if (node.outputs.every((name) => name === '')) throw context.invalid('it has no output');
  if (operator.nonNegative) draft.nonNegative.add(node.outputs[0]!);
  draft.limits.node();
  const parts = rowsDivided(draft, node) ?? operator.expand?.(context);
  // an operator takes its inputs for given; those that a file leaves out at the end are not even empty names
  if (parts?.some(({ inputs }) => inputs.includes(undefined as never))) throw context.invalid('an input is missing');
  if (parts) for (const part of parts) addPart(draft, part, node, where, opsets);
  else addLimited(draft, context, operator, opsets);
}

/** The nodes of a normalisation that divides rows by their size first, if this node is its last step. */
function rowsDivided({ rows, shapes }: Draft, { outputs: [out = ''] }: OnnxNode): ExpandedNode[] | undefined {
  const scale = rows.get(out);
  if (!scale) return undefined;
  // the last of the nodes has the same name
  rows.delete(out);
  return rowScaled(scale, shapes.get(scale.value)!, out);
}

/** What is known of a node's inputs. */
function contextOf(draft: Draft, node: OnnxNode, where: string, opsets: Scope['opsets']): NodeContext {
  const { shapes, constants, whole, nonNegative, elementTypes, aside } = draft;
  const { inputs } = node;
  return new NodeContext(
    node,
    opsets.get(node.domain) ?? NEWEST,
    where,
    inputs.map((name) => shapes.get(name)),
    inputs.map((name) => constants.get(name)),
    inputs.map((name) => (name === '' ? undefined : whole.has(name) ? 'integer' : 'real')),
    inputs.map((name) => constants.get(name)?.elementType ?? elementTypes.get(name)),
    inputs.map((name) => nonNegative.has(name)),
    aside,
  );
}

/** Adds a node that another one expands into. */
function addPart(draft: Draft, part: ExpandedNode, parent: OnnxNode, where: string, opsets: Scope['opsets']): void {
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
  if (part.role !== undefined) draft.roles.set(part.outputs[0]!, part.role);
  const attributes = new Map(Object.entries(part.attributes ?? {}));
  const operator = INTERNAL_OPERATORS[part.operator] ?? OPERATORS[part.operator]!;
  addNode(
    draft,
    { ...parent, operator: part.operator, domain: '', inputs, outputs: [...part.outputs], attributes },
    where,
    operator,
    opsets,
  );
}

/** Adds what a node computes, inside the limits that masks need. */
function addLimited(draft: Draft, context: NodeContext, operator: Operator, opsets: Scope['opsets']): void {
  const { node, where } = context;
  const [out] = node.outputs as [string];
  const { masks } = draft.aside;
  const open = typeof masks === 'object' && !draft.limited.has(out);
  const [limits, present] = open ? [masks.limits.get(out), masks.present.get(out)] : [];
  if (!limits && !present) {
    addResults(draft, context, operator);
    return;
  }
  draft.limited.add(out);
  const outputs = [`${out} unlimited`, ...node.outputs.slice(1)];
  if (!limits) {
    const [min, max] = present!.within;
    const attributes = { min, max, by: present!.by.join(', ') };
    const [x, nothing] = [outputs[0]!, `${out} present`];
    draft.known.set(x, draft.known.get(out) ?? []);
    addNode(draft, { ...node, outputs }, where, operator, opsets);
    addPart(draft, { operator: 'Present', inputs: [x], outputs: [nothing], attributes }, node, where, opsets);
    addPart(draft, { operator: 'Raise', inputs: [x, nothing], outputs: [out] }, node, where, opsets);
    return;
  }
  const ofOne = operator.ofOne && node.inputs.length === 1 ? operator.ofOne : undefined;
  if (ofOne) {
    const [min, max] = limits;
    const limited = pointwise((own) => {
      const { apply, ...f } = ofOne(own);
      return { ...f, name: `${f.name} limited`, apply: (x) => Math.min(Math.max(apply(x), min), max) };
    });
    addResults(draft, context, limited);
    return;
  }
  addNode(draft, { ...node, outputs }, where, operator, opsets);
  addPart(draft, clipped(outputs[0]!, out, ...limits), node, where, opsets);
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

function outputsOf({ model, file, limits, shapes, aside }: Draft): Graph['outputs'] {
  const outputs = model.outputs.map(({ name }) => {
    const shape = shapes.get(name);
    if (!shape) throw usage('ZK0506', { what: `output "${name}" is not computed`, where: file });
    if (aside.marks.has(name))
      throw new ZkvmError('unsupported', 'ZK0512', {
        what: `output "${name}" depends on the scale of DynamicQuantizeLinear`,
        where: file,
        why: 'supported: products that are scaled back',
        fix: 'take the model as it was before it was quantised',
      });
    limits.public(elementsOf(shape), `${file} output "${name}"`);
    if (elementsOf(shape) === 0)
      throw new ZkvmError('unsupported', 'ZK0513', { what: `output "${name}" of shape ${shapeText(shape)} has no elements`, where: file });
    return { name, shape };
  });
  if (outputs.length === 0) throw usage('ZK0506', { what: 'the model has no output', where: file });
  return outputs;
}

/** How many running nodes and graph outputs read a value, and how many values are known to lie in its range: that it has one keeps it stored. */
export function usesOf(nodes: readonly GraphNode[], outputs: Graph['outputs'], known: Graph['known']): Map<string, number> {
  const uses = new Map<string, number>();
  const alike = nodes.flatMap(({ context }) => (known.get(context.node.outputs[0]!) ?? []).flatMap(({ like }) => like ?? []));
  const read = nodes.flatMap(({ context }) => context.node.inputs);
  for (const name of [...read, ...alike, ...outputs.map((output) => output.name)]) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}
