// Expression graphs: the one form in which constraints reach an evaluator. Plain data, hash-consed by air/expression.ts,
// folded by every backend, by the verifier and by the emitters. Node order is topological. Caveat: a graph knows columns by
// index only; names and labels stay with the component (air/component.ts).
import * as M31 from '../core/m31.ts';
import type { QM31 } from '../core/qm31.ts';
import * as Q from '../core/qm31.ts';

/** M31 column `index` of an instance (preprocessed columns first, then base), on this row or (`back`) on the row before */
export type CellNode = { op: 'cell'; index: number; back: boolean; ext: false };
/** QM31 column `index` of an instance's interaction columns, on this row or the row before */
export type FeltNode = { op: 'felt'; index: number; back: boolean; ext: true };
/** entry `index` of the graph's parameter table: a challenge power (QM31) or a constant of the instance */
export type ParameterNode = { op: 'parameter'; index: number; ext: boolean };
export type ConstantNode = { op: 'constant'; value: number; ext: false };
export type BinaryNode = { op: 'add' | 'sub' | 'mul'; a: number; b: number; ext: boolean };
export type Node = CellNode | FeltNode | ParameterNode | ConstantNode | BinaryNode;

/**
 * What a parameter is: a power of one of the five challenges, `base` (the instance's first address, an M31 value) or `rows` (how many rows it
 * has, one too).
 */
export interface Parameter {
  name: 'z' | 'gamma' | 'zeta' | 'alpha' | 'beta' | 'base' | 'rows';
  exponent: number;
}

export interface Graph {
  nodes: Node[];
  parameters: Parameter[];
}

/** ids of all nodes that `targets` need, ascending (so in evaluation order) */
export function reachable(graph: Graph, targets: readonly number[]): number[] {
  const seen = new Uint8Array(graph.nodes.length);
  for (const target of targets) seen[target] = 1;
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (!seen[id]) continue;
    const node = graph.nodes[id]!;
    if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') seen[node.a] = seen[node.b] = 1;
  }
  const order: number[] = [];
  for (let id = 0; id < seen.length; id++) if (seen[id]) order.push(id);
  return order;
}

const OVER_M31 = { add: M31.add, sub: M31.sub, mul: M31.mul };
const OVER_QM31 = { add: Q.add, sub: Q.sub, mul: Q.mul };

/** the five challenges of the transcript */
export interface Challenges {
  z: QM31;
  gamma: QM31;
  zeta: QM31;
  alpha: QM31;
  beta: QM31;
}

/** values of a graph's parameter table for one instance */
export function parameterValues(graph: Graph, challenges: Challenges, { base, logSize }: { base: number; logSize: number }): QM31[] {
  const own = { base: Q.from(base), rows: Q.from(2 ** logSize) };
  return graph.parameters.map(({ name, exponent }) => (name === 'base' || name === 'rows' ? own[name] : Q.pow(challenges[name], exponent)));
}

/** Evaluates with every value in QM31: the verifier's view at the out-of-domain point. */
export function evaluateAtPoint(
  graph: Graph,
  order: readonly number[],
  read: { cell(index: number, back: boolean): QM31; felt(index: number, back: boolean): QM31; parameters: readonly QM31[] },
): QM31[] {
  const values: QM31[] = new Array(graph.nodes.length);
  for (const id of order) {
    const node = graph.nodes[id]!;
    switch (node.op) {
      case 'cell':
        values[id] = read.cell(node.index, node.back);
        break;
      case 'felt':
        values[id] = read.felt(node.index, node.back);
        break;
      case 'parameter':
        values[id] = read.parameters[node.index]!;
        break;
      case 'constant':
        values[id] = Q.from(node.value);
        break;
      default:
        values[id] = OVER_QM31[node.op](values[node.a]!, values[node.b]!);
    }
  }
  return values;
}

/** Evaluates on one trace row: M31 nodes are numbers, the others QM31. The law that every other evaluator is compared with. */
export function evaluateOnRow(
  graph: Graph,
  order: readonly number[],
  read: { cell(index: number, back: boolean): number; felt(index: number, back: boolean): QM31; parameters: readonly QM31[] },
): (number | QM31)[] {
  const values: (number | QM31)[] = new Array(graph.nodes.length);
  const lifted = (id: number): QM31 => {
    const value = values[id]!;
    return typeof value === 'number' ? Q.from(value) : value;
  };
  for (const id of order) {
    const node = graph.nodes[id]!;
    switch (node.op) {
      case 'cell':
        values[id] = read.cell(node.index, node.back);
        break;
      case 'felt':
        values[id] = read.felt(node.index, node.back);
        break;
      case 'parameter':
        values[id] = node.ext ? read.parameters[node.index]! : read.parameters[node.index]![0];
        break;
      case 'constant':
        values[id] = node.value;
        break;
      default:
        values[id] = node.ext
          ? OVER_QM31[node.op](lifted(node.a), lifted(node.b))
          : OVER_M31[node.op](values[node.a] as number, values[node.b] as number);
    }
  }
  return values;
}
