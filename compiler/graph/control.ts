// Nodes that hold graphs - If, Loop, Scan (ONNX 9-25) - and calls of the model's own functions, written out: a branch that is known is put in
// the node's place, of two that are not both are computed and one is chosen, a loop is as many copies as it has passes.
// Source: onnx.ai/onnx/operators. Caveat: what the branch that is not taken computes must be finite too, and costs as much as the other.
import { usage, type ZkvmError } from '../../fri/core/errors.ts';
import type { Attribute, OnnxGraph, OnnxNode } from '../onnx/graph.ts';
import type { OnnxFunction } from '../onnx/model.ts';
import { type Shape, sameShape, shapeText, type Tensor } from '../onnx/tensor.ts';
import { BOOL, INT64 } from '../onnx/tensor-proto.ts';
import type { ExpandedNode } from '../operators/operator.ts';
import { resolve, type Scope } from './scope.ts';

/** What writing out asks of the graph that is built. */
export interface Inliner {
  /** the node's place in words */
  where: string;
  shape(name: string): Shape;
  constant(name: string): Tensor | undefined;
  /** Adds a value that is known. */
  know(name: string, tensor: Tensor): void;
  /** Adds a node. */
  part(node: ExpandedNode): void;
  /** Adds the nodes of a graph whose inputs have names in the scope. */
  graph(graph: OnnxGraph, scope: Scope): void;
  /** Counts a pass of a loop against the limit of nodes. @throws ZK0515 */
  count(): void;
  /** a name that nobody has */
  fresh(name: string): string;
  unsupported(what: string, supported?: string): ZkvmError;
  invalid(why: string): ZkvmError;
}

/** functions that call functions, and graphs inside graphs, at most */
const MAX_DEPTH = 64;

const scalar = (value: number, elementType: number): Tensor => ({ shape: [], data: Float64Array.of(value), kind: 'integer', elementType });

/** where a function has its names, or a graph that sees those around it */
function innerScope(place: string, prefix: string, around: Scope, rest: Pick<Scope, 'outer' | 'parameters'> = seeing(around)): Scope {
  if (around.depth >= MAX_DEPTH)
    throw usage('ZK0505', {
      what: `functions or graphs are nested more than ${MAX_DEPTH} deep`,
      where: place,
      fix: 'a function must not call itself',
    });
  return { place, prefix, opsets: around.opsets, names: new Map(), depth: around.depth + 1, ...rest };
}

const seeing = (outer: Scope): Pick<Scope, 'outer' | 'parameters'> => ({
  outer,
  ...(outer.parameters && { parameters: outer.parameters }),
});

/** What the outputs of a graph are called. @throws ZK0506 */
const resultsOf = (graph: OnnxGraph, scope: Scope): string[] =>
  graph.outputs.map(({ name }) => {
    const found = resolve(scope, name);
    if (found === undefined) throw usage('ZK0506', { what: `output "${name}" is not computed`, where: scope.place });
    return found;
  });

function graphOf({ attributes }: OnnxNode, name: string, inliner: Inliner): OnnxGraph {
  const graph = attributes.get(name);
  if (typeof graph !== 'object' || !('nodes' in graph)) throw inliner.invalid(`attribute "${name}" is no graph`);
  return graph;
}

/** the first output that somebody wants, for names of what is computed on the way */
const nameOf = ({ outputs }: OnnxNode): string => outputs.find((name) => name !== '') ?? '';

/** Gives results the names of the node's outputs, as many as it names. */
function identify({ outputs }: OnnxNode, results: readonly (string | undefined)[], inliner: Inliner): void {
  for (const [i, out] of outputs.entries()) {
    if (out === '') continue;
    const result = results[i];
    if (result === undefined) throw inliner.invalid(`it has ${outputs.length} outputs, its graph ${results.length}`);
    inliner.part({ operator: 'Identity', inputs: [result], outputs: [out] });
  }
}

/** `out` = condition ? yes : no, of equal shapes */
function choose(condition: string, [yes, no]: readonly [string, string], out: string, inliner: Inliner): void {
  const [a, b] = [inliner.shape(yes), inliner.shape(no)];
  if (!sameShape(a, b))
    throw inliner.unsupported(`a computed condition between shapes ${shapeText(a)} and ${shapeText(b)}`, 'results of one shape');
  if (yes === no) inliner.part({ operator: 'Identity', inputs: [yes], outputs: [out] });
  else inliner.part({ operator: 'Where', inputs: [condition, yes, no], outputs: [out] });
}

/** A condition as a number without axes, so that it takes nobody's shape. */
function asScalar(condition: string, name: string, inliner: Inliner): string {
  if (inliner.shape(condition).length === 0) return condition;
  const shape: Tensor = { shape: [0], data: new Float64Array(0), kind: 'integer' };
  inliner.part({ operator: 'Reshape', inputs: [condition, shape], outputs: [name] });
  return name;
}

function writeIf(node: OnnxNode, scope: Scope, inliner: Inliner): void {
  const [condition] = node.inputs as [string];
  const branch = (name: 'then_branch' | 'else_branch'): string[] => {
    const graph = graphOf(node, name, inliner);
    const inner = innerScope(`${inliner.where}, ${name}`, `${nameOf(node)} ${name} `, scope);
    inliner.graph(graph, inner);
    return resultsOf(graph, inner);
  };
  const known = inliner.constant(condition);
  if (known) {
    if (known.data.length !== 1) throw inliner.invalid(`a condition of shape ${shapeText(known.shape)}`);
    identify(node, branch(known.data[0] ? 'then_branch' : 'else_branch'), inliner);
    return;
  }
  const chooser = asScalar(condition, `${nameOf(node)} condition`, inliner);
  const [yes, no] = [branch('then_branch'), branch('else_branch')];
  for (const [i, out] of node.outputs.entries()) {
    if (out === '') continue;
    if (yes[i] === undefined || no[i] === undefined) throw inliner.invalid(`a branch has no output ${i}`);
    choose(chooser, [yes[i], no[i]], out, inliner);
  }
}

/** `out` = what the passes gave, side by side along a new axis */
function stacked(parts: readonly string[], axis: number, out: string, inliner: Inliner): void {
  if (parts.length === 0) throw inliner.unsupported('a list of the results of no pass', 'at least one pass');
  const shape = inliner.shape(parts[0]!);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  if (!Number.isInteger(at) || at < 0 || at > shape.length) throw inliner.invalid(`axis ${axis} of results of shape ${shapeText(shape)}`);
  const wide = [...shape.slice(0, at), 1, ...shape.slice(at)];
  const rows = parts.map((part, i) => {
    inliner.part({
      operator: 'Reshape',
      inputs: [part, { shape: [wide.length], data: Float64Array.from(wide), kind: 'integer' }],
      outputs: [`${out} row ${i}`],
      attributes: { allowzero: 1 },
    });
    return `${out} row ${i}`;
  });
  inliner.part({ operator: 'Concat', inputs: rows, outputs: [out], attributes: { axis: at } });
}

/** One pass of a body with these inputs. */
function pass(body: OnnxGraph, inputs: readonly string[], name: string, scope: Scope, inliner: Inliner): string[] {
  inliner.count();
  const inner = innerScope(`${inliner.where}, body`, `${name} `, scope);
  if (body.inputs.length !== inputs.length) throw inliner.invalid(`its body has ${body.inputs.length} inputs, it gives ${inputs.length}`);
  for (const [i, input] of body.inputs.entries()) inner.names.set(input.name, inputs[i]!);
  inliner.graph(body, inner);
  return resultsOf(body, inner);
}

function writeLoop(node: OnnxNode, scope: Scope, inliner: Inliner): void {
  const body = graphOf(node, 'body', inliner);
  const [trips = '', first = '', ...initial] = node.inputs;
  const limit = trips === '' ? Number.POSITIVE_INFINITY : inliner.constant(trips)?.data[0];
  if (limit === undefined) throw inliner.unsupported('a computed number of passes', 'a constant number of passes');
  if (Number.isFinite(limit) && !Number.isInteger(limit)) throw inliner.invalid(`${limit} passes`);
  const out = nameOf(node);
  const always = inliner.fresh(`${out} always`);
  inliner.know(always, scalar(1, BOOL));
  /** whether the next pass counts: known, or the name of what decides */
  let going = true as boolean | string;
  const goOn = (condition: string, name: string): void => {
    const known = inliner.constant(condition);
    if (known) going = going === true ? known.data[0] !== 0 : known.data[0] === 0 ? false : going;
    else {
      const next = asScalar(condition, `${name} condition`, inliner);
      if (going === true) going = next;
      else {
        inliner.part({ operator: 'And', inputs: [going as string, next], outputs: [`${name} goes on`] });
        going = `${name} goes on`;
      }
    }
  };
  if (first !== '') goOn(first, `${out} start`);
  let carried = initial;
  const rows = Math.max(0, body.outputs.length - 1 - carried.length);
  const lists: string[][] = Array.from({ length: rows }, () => []);
  for (let i = 0; i < limit && going !== false; i++) {
    if (going !== true && limit === Number.POSITIVE_INFINITY)
      throw inliner.unsupported('a loop that ends by a computed condition alone', 'a constant number of passes at most');
    const name = `${out} pass ${i}`;
    const number = inliner.fresh(`${name} number`);
    inliner.know(number, scalar(i, INT64));
    const [condition, ...results] = pass(body, [number, always, ...carried], name, scope, inliner);
    if (condition === undefined || results.length < carried.length) throw inliner.invalid('its body has too few outputs');
    if (rows && going !== true) throw inliner.unsupported('a list of results with a computed condition', 'results of the last pass');
    for (const [k, row] of results.slice(carried.length).entries()) lists[k]!.push(row);
    const counts = going;
    carried = carried.map((before, k) => {
      if (typeof counts !== 'string') return results[k]!;
      choose(counts, [results[k]!, before], `${name} value ${k}`, inliner);
      return `${name} value ${k}`;
    });
    goOn(condition, name);
  }
  for (const [k, parts] of lists.entries()) {
    const name = node.outputs[carried.length + k];
    if (name) stacked(parts, 0, name, inliner);
  }
  identify({ ...node, outputs: node.outputs.slice(0, carried.length) }, carried, inliner);
}

/** numbers of an attribute, the same one for all if it is left out */
function list({ attributes }: OnnxNode, name: string, count: number, otherwise: number, inliner: Inliner): number[] {
  const value = attributes.get(name) ?? new Array<number>(count).fill(otherwise);
  if (!Array.isArray(value) || value.length !== count || !value.every((x) => Number.isInteger(x)))
    throw inliner.invalid(`attribute "${name}" has not ${count} integers`);
  return value as number[];
}

function writeScan(node: OnnxNode, scope: Scope, inliner: Inliner): void {
  if ((scope.opsets.get('') ?? 9) < 9) throw inliner.unsupported('operator set 8, with a batch', 'operator sets from 9 on');
  const body = graphOf(node, 'body', inliner);
  const scans = node.attributes.get('num_scan_inputs');
  if (typeof scans !== 'number' || !(Number.isInteger(scans) && scans >= 1 && scans <= node.inputs.length))
    throw inliner.invalid('attribute "num_scan_inputs"');
  let carried = node.inputs.slice(0, node.inputs.length - scans);
  const sources = node.inputs.slice(node.inputs.length - scans);
  const rows = body.outputs.length - carried.length;
  if (rows < 0) throw inliner.invalid('its body has too few outputs');
  const axes = list(node, 'scan_input_axes', scans, 0, inliner).map((axis, k) => {
    const { length } = inliner.shape(sources[k]!);
    if (axis < -length || axis >= length) throw inliner.invalid(`axis ${axis} of an input of rank ${length}`);
    return axis < 0 ? axis + length : axis;
  });
  const [inputsBack, outputsBack] = [
    list(node, 'scan_input_directions', scans, 0, inliner),
    list(node, 'scan_output_directions', rows, 0, inliner),
  ];
  for (const direction of [...inputsBack, ...outputsBack])
    if (direction !== 0 && direction !== 1) throw inliner.invalid(`direction ${direction}`);
  const outputAxes = list(node, 'scan_output_axes', rows, 0, inliner);
  const lengths = sources.map((source, k) => inliner.shape(source)[axes[k]!]!);
  const [count] = lengths as [number];
  if (lengths.some((length) => length !== count)) throw inliner.invalid(`inputs of ${lengths} steps`);
  const lists: string[][] = Array.from({ length: rows }, () => []);
  const out = nameOf(node);
  for (let i = 0; i < count; i++) {
    const name = `${out} pass ${i}`;
    const steps = sources.map((source, k) => {
      const place = scalar(inputsBack[k] ? count - 1 - i : i, INT64);
      inliner.part({ operator: 'Gather', inputs: [source, place], outputs: [`${name} step ${k}`], attributes: { axis: axes[k]! } });
      return `${name} step ${k}`;
    });
    const results = pass(body, [...carried, ...steps], name, scope, inliner);
    carried = results.slice(0, carried.length);
    for (const [k, row] of results.slice(carried.length).entries()) lists[k]![outputsBack[k] ? 'unshift' : 'push'](row);
  }
  for (const [k, rowsOf] of lists.entries()) {
    const name = node.outputs[carried.length + k];
    if (name) stacked(rowsOf, outputAxes[k]!, name, inliner);
  }
  identify({ ...node, outputs: node.outputs.slice(0, carried.length) }, carried, inliner);
}

/** How nodes that hold graphs are written out, by operator. */
export const CONTROL: Readonly<Record<string, (node: OnnxNode, scope: Scope, inliner: Inliner) => void>> = {
  If: writeIf,
  Loop: writeLoop,
  Scan: writeScan,
};

/** The attributes as they are here: those that are a parameter of the function around take what its caller gives, or are left out. */
export function boundAttributes({ attributes }: OnnxNode, { parameters }: Scope): Map<string, Attribute> {
  if (![...attributes.values()].some((value) => typeof value === 'object' && 'parameter' in value)) return attributes;
  const bound = new Map<string, Attribute>();
  for (const [name, value] of attributes) {
    if (typeof value !== 'object' || !('parameter' in value)) bound.set(name, value);
    else if (parameters?.has(value.parameter)) bound.set(name, parameters.get(value.parameter)!);
  }
  return bound;
}

/** Writes out a call of one of the model's functions. */
export function writeCall(node: OnnxNode, { opsets, defaults, body }: OnnxFunction, scope: Scope, inliner: Inliner): void {
  const inner = innerScope(`${inliner.where}, function`, `${nameOf(node)} ${node.operator} `, scope, {
    parameters: new Map([...defaults, ...node.attributes]),
  });
  if (opsets.size) inner.opsets = opsets;
  if (node.inputs.length > body.inputs.length)
    throw inliner.invalid(`it gives ${node.inputs.length} inputs, the function has ${body.inputs.length}`);
  for (const [i, { name }] of body.inputs.entries()) inner.names.set(name, node.inputs[i] ?? '');
  inliner.graph(body, inner);
  identify(node, resultsOf(body, inner), inliner);
}
