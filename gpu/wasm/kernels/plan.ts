// What is computed where: nodes without columns go into a table that is filled once a proof, the others are cut into segments, one
// emitted function each, small enough for the engine's register allocator. Source: DESIGN §8, §9.
// Caveat: values wanted by a later segment go through scratch memory; cheap ones are computed again.

import type { Graph } from '../../../fri/backend/graph.ts';
import { reachable } from '../../../fri/backend/graph.ts';
import { bug } from '../../../fri/core/errors.ts';
import type { QM31 } from '../../../fri/core/qm31.ts';
import * as Q from '../../../fri/core/qm31.ts';

/** bytes of a table entry of a fixed node: four words, then the same doubled */
export const FIXED_BYTES = 32;
/**
 * Nodes of one emitted function, roughly: a multiplication in QM31 counts 12. Larger functions spill: measured on V8 11, the quotient of
 * `store` takes 4.1 µs a group of rows at 60 to 120, 4.5 at 250, 7.2 at 450 and 7.6 at 2000.
 */
const FUNCTION_WEIGHT = 100;

/** A node whose value is wanted, and where it goes: group g, coordinate c at `offset + g·groupStride + c·coordinateStride` of scratch. */
export interface Root {
  node: number;
  offset: number;
  groupStride: number;
  coordinateStride: number;
  /** stores four coordinates even if the node is in M31 */
  widen: boolean;
}

/** Nodes without columns: constants, parameters and everything made of them; their values go into a table. */
export interface FixedNodes {
  /** entry of a node in the table, -1 for the others */
  entry: Int32Array;
  /** nodes in table order */
  nodes: readonly number[];
}

export function fixedNodes(graph: Graph, targets: readonly number[]): FixedNodes {
  const isFixed = new Uint8Array(graph.nodes.length);
  graph.nodes.forEach((node, id) => {
    if (node.op === 'constant' || node.op === 'parameter') isFixed[id] = 1;
    else if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') isFixed[id] = isFixed[node.a]! & isFixed[node.b]!;
  });
  const entry = new Int32Array(graph.nodes.length).fill(-1);
  const nodes: number[] = [];
  const wanted = new Set(targets);
  for (const id of reachable(graph, targets)) {
    const node = graph.nodes[id]!;
    if (!(node.op === 'add' || node.op === 'sub' || node.op === 'mul') || isFixed[id]) continue;
    wanted.add(node.a).add(node.b);
  }
  for (const id of [...wanted].sort((a, b) => a - b)) if (isFixed[id]) entry[id] = nodes.push(id) - 1;
  return { entry, nodes };
}

/** the table of fixed nodes for one instance's parameters */
export function fixedTable(graph: Graph, fixed: FixedNodes, parameters: readonly QM31[]): Uint32Array {
  const values = new Map<number, QM31>();
  const operation = {
    add: (x: QM31, y: QM31) => Q.add(x, y),
    sub: (x: QM31, y: QM31) => Q.sub(x, y),
    mul: (x: QM31, y: QM31) => Q.mul(x, y),
  };
  const evaluate = (id: number): QM31 => {
    const known = values.get(id);
    if (known) return known;
    const node = graph.nodes[id]!;
    let value: QM31;
    if (node.op === 'constant') value = Q.from(node.value);
    else if (node.op === 'parameter') value = node.ext ? parameters[node.index]! : Q.from(parameters[node.index]![0]);
    else if (node.op === 'cell' || node.op === 'felt') throw bug('a column is no fixed node');
    else value = operation[node.op](evaluate(node.a), evaluate(node.b));
    values.set(id, value);
    return value;
  };
  const table = new Uint32Array(fixed.nodes.length * 8);
  fixed.nodes.forEach((id, index) => {
    const value = evaluate(id);
    for (let c = 0; c < 4; c++) {
      table[8 * index + c] = value[c]!;
      table[8 * index + 4 + c] = 2 * value[c]!;
    }
  });
  return table;
}

/** A piece of the work: roots computed by one function; `spill` maps nodes to slots that later pieces read. */
export interface Segment {
  roots: Root[];
  /** nodes computed here that later segments want */
  store: number[];
}

export interface Plan {
  segments: Segment[];
  /** scratch offset of a stored node */
  slot: Map<number, { offset: number; ext: boolean }>;
  /** bytes of the stored nodes for one group of rows */
  slotBytes: number;
}

/** cuts the roots, in order, into segments of limited weight */
export function planSegments(graph: Graph, roots: readonly Root[], fixed: FixedNodes): Plan {
  const first = new Int32Array(graph.nodes.length).fill(-1); // segment that computes the node
  const segments: Segment[] = [];
  const slot: Plan['slot'] = new Map();
  let slotBytes = 0;
  let weight = 0;
  const isLeaf = (id: number): boolean => {
    const { op } = graph.nodes[id]!;
    return fixed.entry[id]! >= 0 || op === 'cell' || op === 'felt';
  };
  // sums of leaves, and products of a fixed node and a cell, which #sum writes out anyway
  const cheap = (id: number): boolean => {
    const node = graph.nodes[id]!;
    if (isLeaf(id)) return true;
    if (node.op !== 'add' && node.op !== 'sub' && node.op !== 'mul') return false;
    if (!isLeaf(node.a) || !isLeaf(node.b)) return false;
    return node.op === 'mul' ? fixed.entry[node.a]! >= 0 || fixed.entry[node.b]! >= 0 : !node.ext;
  };
  const keep = (id: number, current: number): void => {
    const from = first[id]!;
    if (from === current || slot.has(id)) return;
    const { ext } = graph.nodes[id]!;
    slot.set(id, { offset: slotBytes, ext });
    slotBytes += ext ? 64 : 16;
    segments[from]!.store.push(id);
  };
  for (const root of roots) {
    if (segments.length === 0 || weight > FUNCTION_WEIGHT) {
      segments.push({ roots: [], store: [] });
      weight = 0;
    }
    const current = segments.length - 1;
    segments[current]!.roots.push(root);
    const visit = (id: number): void => {
      if (isLeaf(id)) return;
      if (first[id]! >= 0 && !(cheap(id) && first[id] !== current)) {
        keep(id, current);
        return;
      }
      first[id] = current;
      const node = graph.nodes[id]! as { op: 'add' | 'sub' | 'mul'; a: number; b: number; ext: boolean };
      weight += !node.ext ? 1 : node.op !== 'mul' ? 2 : graph.nodes[node.a]!.ext && graph.nodes[node.b]!.ext ? 12 : 3;
      visit(node.a);
      visit(node.b);
    };
    visit(root.node);
  }
  return { segments, slot, slotBytes };
}
