// How often the values of a graph are read. Caveat: made once for a graph; whoever changes its nodes makes it again.
import type { Graph, GraphNode } from './node.ts';

/** How many running nodes and graph outputs read a value, and how many values are known to lie in its range: that it has one keeps it stored. */
export function usesOf(nodes: readonly GraphNode[], outputs: Graph['outputs'], known: Graph['known']): Map<string, number> {
  const uses = new Map<string, number>();
  const alike = nodes.flatMap(({ context }) => (known.get(context.node.outputs[0]!) ?? []).flatMap(({ like }) => like ?? []));
  const read = nodes.flatMap(({ context }) => context.node.inputs);
  for (const name of [...read, ...alike, ...outputs.map((output) => output.name)]) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}
