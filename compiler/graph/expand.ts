// Nodes of operators that a graph gains: written out in parts until each is known now, or has to run; with the limits that masks need.
// Source: ONNX operators as far as they are functions of others. Caveat: the last part has the name of the node's result, so the names between are
// made from it.
import type { OnnxNode } from '../onnx/graph.ts';
import { elementsOf, type Shape, shapeText, type Tensor } from '../onnx/tensor.ts';
import { clipped } from '../operators/attention.ts';
import { INTERNAL_OPERATORS, OPERATORS } from '../operators/index.ts';
import { type ExpandedNode, type NodeContext, type Operator, pointwise } from '../operators/operator.ts';
import { rowScaled } from '../operators/row-scaled.ts';
import { contextOf, type Draft, know, requireNew } from './draft.ts';
import type { Scope } from './scope.ts';

/** @returns the name of an input whose masks are near enough to be kept */
export function limitedInput(draft: Draft, name: string): string {
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
export function addNode(draft: Draft, given: OnnxNode, where: string, operator: Operator, opsets: Scope['opsets']): void {
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

/** Adds a node that another one expands into. */
export function addPart(draft: Draft, part: ExpandedNode, parent: OnnxNode, where: string, opsets: Scope['opsets']): void {
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
