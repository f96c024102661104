// Where the names of a file mean something: the model's graph, a branch, a pass of a loop, a call of a function; and in what order the nodes of a
// graph can be computed. Source: ONNX IR specification, "Graphs" and "Names Within a Graph".
// Caveat: a name that a graph inside a node reads counts as read by that node, whether its branch is taken or not.
import { usage } from '../../fri/core/errors.ts';
import type { Attribute, OnnxGraph, OnnxNode } from '../onnx/graph.ts';

export const placeOf = (file: string, node: OnnxNode): string =>
  `${file} node #${node.index} ${node.operator}${node.name ? ` "${node.name}"` : ''}`;

export interface Scope {
  /** for messages: the file, or the node that holds this graph */
  place: string;
  /** versions of the operator sets, by domain */
  opsets: ReadonlyMap<string, number>;
  /** names that are defined here → names in the graph that is built */
  names: Map<string, string>;
  /** stands before names that are defined here */
  prefix: string;
  /** where names are looked for that are not defined here */
  outer?: Scope;
  /** what the caller gives to a function's attributes */
  parameters?: ReadonlyMap<string, Attribute>;
  /** calls and graphs around this one */
  depth: number;
}

/** What a name means here, or undefined. */
export function resolve(scope: Scope, name: string): string | undefined {
  for (let inner: Scope | undefined = scope; inner; inner = inner.outer) {
    const known = inner.names.get(name);
    if (known !== undefined) return known;
  }
  return undefined;
}

const isGraph = (value: Attribute): value is OnnxGraph => typeof value === 'object' && 'nodes' in value;

/** The graphs inside a node. */
export const graphsOf = ({ attributes }: OnnxNode): OnnxGraph[] => [...attributes.values()].filter(isGraph);

const captured = new WeakMap<OnnxGraph, readonly string[]>();

/** Names that a graph inside a node takes from outside. */
function capturedBy(graph: OnnxGraph): readonly string[] {
  let known = captured.get(graph);
  if (!known) {
    const own = new Set([
      ...graph.initializers.keys(),
      ...graph.inputs.map(({ name }) => name),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
    const read = [...graph.nodes.flatMap(readBy), ...graph.outputs.map(({ name }) => name)];
    known = [...new Set(read)].filter((name) => !own.has(name));
    captured.set(graph, known);
  }
  return known;
}

/** Names that a node reads, omitted inputs left out. */
export const readBy = (node: OnnxNode): string[] => [...node.inputs, ...graphsOf(node).flatMap(capturedBy)].filter((name) => name !== '');

const orders = new WeakMap<OnnxGraph, readonly OnnxNode[]>();

/**
 * Nodes that the graph's outputs need, each behind what it reads; in file order where that will do.
 * @throws ZK0505 for a name with two definitions, ZK0506 for nodes that need each other
 */
export function orderedNodes(graph: OnnxGraph, place: string): readonly OnnxNode[] {
  const known = orders.get(graph);
  if (known) return known;
  const given = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  const producers = new Map<string, OnnxNode>();
  for (const node of graph.nodes)
    for (const name of node.outputs) {
      if (name === '') continue;
      if (given.has(name) || producers.has(name))
        throw usage('ZK0505', {
          what: `"${name}" is defined twice`,
          where: placeOf(place, node),
          fix: 'every tensor of a model has one definition',
        });
      producers.set(name, node);
    }
  const before = (node: OnnxNode): OnnxNode[] => readBy(node).flatMap((name) => producers.get(name) ?? []);
  const needed = new Set<OnnxNode>(graph.outputs.flatMap(({ name }) => producers.get(name) ?? []));
  for (const node of needed) for (const earlier of before(node)) needed.add(earlier);
  const order: OnnxNode[] = [];
  const state = new Map<OnnxNode, 'open' | 'done'>();
  for (const first of graph.nodes.filter((node) => needed.has(node))) {
    const pending = [first];
    while (pending.length) {
      const node = pending.at(-1)!;
      if (state.get(node) !== undefined) {
        pending.pop();
        if (state.get(node) === 'open') order.push(node);
        state.set(node, 'done');
        continue;
      }
      state.set(node, 'open');
      for (const earlier of before(node)) {
        if (state.get(earlier) === 'open')
          throw usage('ZK0506', {
            what: `"${node.outputs[0]}" and "${earlier.outputs[0]}" need each other`,
            where: placeOf(place, node),
            fix: 'check the model with onnx.checker',
          });
        if (!state.has(earlier)) pending.push(earlier);
      }
    }
  }
  orders.set(graph, order);
  return order;
}
