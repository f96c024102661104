// Evaluation order of a graph with slots assigned by liveness: a node's slot is used again after its last reader.
// The block interpreter and the emitters share it. Caveat: parameters and constants keep slots of their own for the whole run.
import type { Graph } from './graph.ts';
import { reachable } from './graph.ts';

export interface Schedule {
  /** nodes computed for every block of rows, in order */
  order: readonly number[];
  /** parameters and constants among the needed nodes: computed once */
  fixed: readonly number[];
  /** slot of every needed node, counted apart for M31 and QM31 nodes */
  slot: Int32Array;
  slots: number;
  extSlots: number;
}

/** @param keep nodes whose values are still read after the last step (the targets themselves) */
export function schedule(graph: Graph, keep: readonly number[]): Schedule {
  const needed = reachable(graph, keep);
  const isFixed = (id: number): boolean => graph.nodes[id]!.op === 'parameter' || graph.nodes[id]!.op === 'constant';
  const fixed = needed.filter(isFixed);
  const order = needed.filter((id) => !isFixed(id));
  const lastUse = new Int32Array(graph.nodes.length).fill(-1);
  for (const [step, id] of order.entries()) {
    const node = graph.nodes[id]!;
    if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') lastUse[node.a] = lastUse[node.b] = step;
  }
  for (const id of keep) lastUse[id] = order.length;
  const slot = new Int32Array(graph.nodes.length).fill(-1);
  const free: [number[], number[]] = [[], []];
  const count: [number, number] = [0, 0];
  const take = (id: number): void => {
    const kind = graph.nodes[id]!.ext ? 1 : 0;
    slot[id] = free[kind].pop() ?? count[kind]++;
  };
  for (const id of fixed) take(id);
  for (const [step, id] of order.entries()) {
    const node = graph.nodes[id]!;
    // the result gets its slot before the operands give theirs back: outputs then never alias inputs of the other kind
    take(id);
    if (node.op === 'add' || node.op === 'sub' || node.op === 'mul')
      for (const operand of new Set([node.a, node.b]))
        if (lastUse[operand] === step && !isFixed(operand)) free[graph.nodes[operand]!.ext ? 1 : 0].push(slot[operand]!);
  }
  return { order, fixed, slot, slots: count[0], extSlots: count[1] };
}
