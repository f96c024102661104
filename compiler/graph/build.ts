// The model as a graph with known shapes: nodes bound to their operators, constants folded, nodes nobody needs dropped.
// Caveat: every shape must be known when compiling; an open batch axis becomes the batch that the caller asks for, 1 by default.

import { retold, usage, ZkvmError } from '../../fri/core/errors.ts';
import { at, Limits, within } from '../onnx/budget.ts';
import type { OnnxModel, OnnxNode } from '../onnx/model.ts';
import { elementsOf, type Shape, shapeText, type Tensor } from '../onnx/tensor.ts';
import { INPUT_TYPES, kindOf, typeName } from '../onnx/tensor-proto.ts';
import { INTERNAL_OPERATORS, OPERATORS } from '../operators/index.ts';
import { type ExpandedNode, NodeContext, type Operator } from '../operators/operator.ts';
import { ZERO_PADDING } from '../operators/pooling.ts';
import { fused } from './fuse.ts';
import type { Graph, GraphNode } from './node.ts';

/** operator set of what operators of other domains expand into, where a model has no default domain */
const NEWEST = 22;

const placeOf = (file: string, node: OnnxNode): string =>
  `${file} node #${node.index} ${node.operator}${node.name ? ` "${node.name}"` : ''}`;

/** operators whose results are zero or more */
const NON_NEGATIVE: ReadonlySet<string> = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softplus', 'Exp', 'Abs', 'Softmax']);

const withPadding = (node: OnnxNode, zero: boolean): OnnxNode =>
  !zero && !node.attributes.has(ZERO_PADDING) ? node : { ...node, attributes: new Map([...node.attributes, [ZERO_PADDING, zero ? 1 : 0]]) };

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

/** Name of a node's operator with its domain. */
const labelOf = (node: OnnxNode): string => (node.domain ? `${node.domain}.${node.operator}` : node.operator);

/** Operators that no program of a fixed shape can have. */
const DYNAMIC: Readonly<Record<string, string>> = {
  Compress: 'the shape of its result depends on computed values',
  NonMaxSuppression: 'the shape of its result depends on computed values',
  NonZero: 'the shape of its result depends on computed values',
  Unique: 'the shape of its result depends on computed values',
  If: 'subgraphs are not supported',
  Loop: 'subgraphs are not supported',
  Scan: 'subgraphs are not supported',
};

/** The error for an operator that nobody knows. */
function unknownOperator(node: OnnxNode, file: string): ZkvmError {
  const dynamic = DYNAMIC[labelOf(node)];
  return new ZkvmError('unsupported', 'ZK0512', {
    what: `operator ${labelOf(node)} is not supported`,
    where: placeOf(file, node),
    why: dynamic ?? `supported: ${Object.keys(OPERATORS).join(', ')}`,
    fix: 'rewrite the model with supported operators, or ask for this one',
  });
}

/** before operator set 7 the second operand could be lined up with an axis in the middle */
const oldBroadcast = (node: OnnxNode, file: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0512', {
    what: `${node.operator}: broadcasting along an axis`,
    where: placeOf(file, node),
    why: 'supported: broadcasting from the last axis, as from operator set 7 on',
    fix: 'convert the model with onnx.version_converter',
  });

/** Multiplications of a node in float64, or elements where there are none. */
function workOf({ node, shapes }: NodeContext, results: readonly Shape[]): number {
  const out = elementsOf(results[0] ?? []);
  const [x, weights] = shapes;
  const moved = shapes.reduce((sum, shape) => sum + (shape ? elementsOf(shape) : 0), out);
  const kernel = node.attributes.get('kernel_shape');
  if (node.operator === 'MatMul' || node.operator === 'Affine') return moved + out * (x?.at(-1) ?? 1) * Math.ceil(shapes.length / 2);
  if (node.operator === 'Gemm') return moved + out * (x?.at(node.attributes.get('transA') ? 0 : -1) ?? 1);
  if (node.operator === 'Conv') return moved + out * (weights ? elementsOf(weights.slice(1)) : 1);
  return moved + (Array.isArray(kernel) ? out * elementsOf(kernel as number[]) : 0);
}

/** problems that one message lists */
const MOST_LISTED = 50;

/** One error for everything that is wrong: the first as it is, with the others named. */
function together([first, ...others]: readonly ZkvmError[]): ZkvmError {
  if (others.length === 0) return first!;
  const lines = others.slice(0, MOST_LISTED).map(({ what, where }) => `${what} (${where})`);
  if (others.length > MOST_LISTED) lines.push(`${others.length - MOST_LISTED} more`);
  return retold('unsupported', first!, {
    why: [`${others.length + 1} nodes cannot be compiled, also: ${lines.join('; ')}`, first!.why].filter(Boolean).join('; '),
    ...(first!.fix && { fix: first!.fix }),
  });
}

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

function build(model: OnnxModel, batch: number, file: string, limits: Limits): Graph {
  const nodes = neededNodes(model);
  const shapes = new Map<string, Shape>();
  const constants = new Map(model.initializers);
  const whole = new Set<string>();
  const inputTypes = new Map(model.inputs.map(({ name, elementType }) => [name, elementType]));
  const know = (name: string, tensor: Tensor): void => {
    constants.set(name, tensor);
    shapes.set(name, tensor.shape);
    if (tensor.kind === 'integer') whole.add(name);
  };
  for (const [name, tensor] of constants) know(name, tensor);
  const inputs = model.inputs.map(({ name, shape, elementType }) => {
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
    if (shapes.has(name)) throw usage('ZK0505', { what: `"${name}" is defined twice`, where });
    shapes.set(name, sizes);
    if (kindOf(elementType) === 'integer') whole.add(name);
    return { name, shape: sizes };
  });
  const running: GraphNode[] = [];
  /** values known to be zero or more */
  const nonNegative = new Set<string>();
  /** @param where place of the node of the file that this one is, or is part of */
  const add = (given: OnnxNode, where: string, operator: Operator): void => {
    // whatever a file says, only what is known here counts
    const node = operator === OPERATORS.MaxPool ? withPadding(given, nonNegative.has(given.inputs[0]!)) : given;
    if (NON_NEGATIVE.has(node.operator)) nonNegative.add(node.outputs[0]!);
    for (const name of node.inputs)
      if (name !== '' && !shapes.has(name))
        throw usage('ZK0506', {
          what: `input "${name}" is not computed before it is read`,
          where,
          fix: 'nodes must stand in topological order',
        });
    const context = new NodeContext(
      node,
      model.opsets.get(node.domain) ?? NEWEST,
      where,
      node.inputs.map((name) => shapes.get(name)),
      node.inputs.map((name) => constants.get(name)),
      node.inputs.map((name) => (name === '' ? undefined : whole.has(name) ? 'integer' : 'real')),
      node.inputs.map((name) => constants.get(name)?.elementType ?? inputTypes.get(name)),
    );
    if (node.outputs.every((name) => name === '')) throw context.invalid('it has no output');
    limits.node();
    const expanded = operator.expand?.(context);
    if (expanded) {
      for (const part of expanded) addExpanded(part, node, where);
      return;
    }
    const foldable = context.constants.every((tensor, i) => tensor !== undefined || node.inputs[i] === '');
    if (node.outputs[0] === '') throw context.unsupported('the first output is left out');
    const results = operator.shape(context);
    for (const [i, shape] of results.entries()) {
      const name = node.outputs[i]!;
      if (shapes.has(name)) throw usage('ZK0505', { what: `"${name}" is defined twice`, where });
      // empty constants stand for optional inputs that are left out
      if (elementsOf(shape) === 0 && !foldable)
        throw context.unsupported(`a result of shape ${shapeText(shape)}`, 'results of 1 … 2^24 elements');
      if (!foldable) limits.result(shape, elementsOf(shape));
      shapes.set(name, shape);
    }
    limits.work(workOf(context, results));
    const types = operator.types?.(context) ?? results.map(() => (context.whole ? 'integer' : 'real'));
    if (foldable) {
      for (const [i, tensor] of operator.reference(context, context.constants).entries())
        know(node.outputs[i]!, node.inputs.length ? { ...tensor, kind: types[i]! } : tensor);
      return;
    }
    for (const [i, type] of types.entries()) if (type === 'integer') whole.add(node.outputs[i]!);
    running.push({ context, operator });
  };
  const addExpanded = (part: ExpandedNode, parent: OnnxNode, where: string): void => {
    const inputs = part.inputs.map((input, i) => {
      if (typeof input === 'string') return input;
      let name = `${part.outputs[0]} constant ${i}`;
      // a part that expands again may give its own constant to the node with its name
      while (shapes.has(name)) name += "'";
      know(name, input);
      return name;
    });
    const attributes = new Map(Object.entries(part.attributes ?? {}));
    const operator = INTERNAL_OPERATORS[part.operator] ?? OPERATORS[part.operator]!;
    add({ ...parent, operator: part.operator, domain: '', inputs, outputs: [...part.outputs], attributes }, where, operator);
  };
  const problems: ZkvmError[] = [];
  /** values that nodes with problems would compute: what reads them is not looked at */
  const lost = new Set<string>();
  for (const node of nodes) {
    const lose = (problem?: ZkvmError): void => {
      if (problem) problems.push(problem);
      for (const name of node.outputs) if (name !== '') lost.add(name);
    };
    const operator = Object.hasOwn(OPERATORS, labelOf(node)) ? OPERATORS[labelOf(node)] : undefined;
    if (!operator) lose(unknownOperator(node, file));
    else if (node.inputs.some((name) => lost.has(name))) lose();
    else {
      if (!model.opsets.has(node.domain))
        throw usage('ZK0502', { what: `the model names no version of operator set "${node.domain}"`, where: placeOf(file, node) });
      try {
        if (model.opsets.get('')! < 7 && node.attributes.has('broadcast') && node.attributes.has('axis')) throw oldBroadcast(node, file);
        at(placeOf(file, node), () => add(node, placeOf(file, node), operator));
      } catch (error) {
        // what is too large may have used up the budget of the others
        if (!(error instanceof ZkvmError) || error.kind !== 'unsupported' || error.code === 'ZK0515') throw error;
        lose(error);
      }
    }
  }
  if (problems.length) throw together(problems);
  const outputs = model.outputs.map(({ name }) => {
    const shape = shapes.get(name);
    if (!shape) throw usage('ZK0506', { what: `output "${name}" is not computed`, where: file });
    limits.public(elementsOf(shape), `${file} output "${name}"`);
    if (elementsOf(shape) === 0)
      throw new ZkvmError('unsupported', 'ZK0513', { what: `output "${name}" of shape ${shapeText(shape)} has no elements`, where: file });
    return { name, shape };
  });
  if (outputs.length === 0) throw usage('ZK0506', { what: 'the model has no output', where: file });
  const live = fused(running, { shapes, constants, whole, outputs });
  const uses = new Map<string, number>();
  const count = (name: string): unknown => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const { context } of live) for (const name of context.node.inputs) count(name);
  for (const { name } of outputs) count(name);
  return { name: model.name, inputs, outputs, nodes: live, shapes, constants, whole, uses };
}
