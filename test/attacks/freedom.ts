// What is left to choose after the challenges: the interaction columns of a trace are unknowns, and their constraints are read off the
// recorded graph as linear equations; whatever they leave open is counted by rank over QM31. Nothing may be: the shard's running sum is not among them.
// Source: AIR.md §5.0. Caveat: at random challenges; a rank that is full there is full for all but a share of 2^-100 of them.
import type { Component } from '../../air/recorded.ts';
import { reachable } from '../../fri/backend/graph.ts';
import * as M31 from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';

/** one equation: unknown → coefficient, and the constant at -1 */
type Equation = Map<number, QM31>;

export interface Freedom {
  /** unknowns that the registers' own constraints leave open */
  registers: number;
  /** unknowns that the sums' constraints leave open when the registers are given */
  sums: number;
  /** the constraints contradict each other: such a trace has no interaction columns at all */
  impossible: boolean;
}

const ONE: QM31 = [1, 0, 0, 0];
const OVER_M31 = { add: M31.add, sub: M31.sub, mul: M31.mul };
const OVER_QM31 = { add: Q.add, sub: Q.sub, mul: Q.mul };
const lift = (value: number | QM31): QM31 => (typeof value === 'number' ? Q.from(value) : value);

/** Gauss over sparse equations. @returns pivots by unknown, or undefined if they contradict each other */
function eliminate(equations: readonly Equation[]): Map<number, Equation> | undefined {
  const pivots = new Map<number, Equation>();
  for (const given of equations) {
    const equation = new Map(given);
    for (;;) {
      const unknown = [...equation.keys()].find((u) => u >= 0 && pivots.has(u));
      if (unknown === undefined) break;
      const factor = equation.get(unknown)!;
      for (const [u, c] of pivots.get(unknown)!) {
        const value = Q.sub(equation.get(u) ?? Q.ZERO, Q.mul(factor, c));
        if (Q.isZero(value)) equation.delete(u);
        else equation.set(u, value);
      }
    }
    const pivot = [...equation.keys()].find((u) => u >= 0);
    if (pivot === undefined) {
      if (equation.size) return undefined;
      continue;
    }
    const scale = Q.inverse(equation.get(pivot)!);
    const row: Equation = new Map([...equation].map(([u, c]) => [u, Q.mul(c, scale)]));
    // kept reduced: a pivot stands in no other pivot's row
    for (const other of pivots.values()) {
      const factor = other.get(pivot);
      if (!factor) continue;
      for (const [u, c] of row) {
        const value = Q.sub(other.get(u) ?? Q.ZERO, Q.mul(factor, c));
        if (Q.isZero(value)) other.delete(u);
        else other.set(u, value);
      }
    }
    pivots.set(pivot, row);
  }
  return pivots;
}

/** coefficients of the unknowns in a node's value; undefined where it has none */
type Coefficients = ReadonlyMap<number, QM31> | undefined;

function summed(x: Coefficients, y: Coefficients, combine: typeof Q.add): Coefficients {
  if (!y) return x;
  const sum = new Map(x);
  for (const [unknown, c] of y) sum.set(unknown, combine(sum.get(unknown) ?? Q.ZERO, c));
  return sum;
}

const scaled = (x: ReadonlyMap<number, QM31>, by: number | QM31): Coefficients =>
  new Map([...x].map(([unknown, c]) => [unknown, typeof by === 'number' ? Q.scale(c, by) : Q.mul(c, by)]));

function multiplied(a: number | QM31, x: Coefficients, b: number | QM31, y: Coefficients): Coefficients {
  if (x && y) throw new Error('a constraint multiplies two unknowns: it is no linear equation');
  return x ? scaled(x, b) : y && scaled(y, a);
}

const orders = new WeakMap<Component, Map<string, number[]>>();

/** nodes that the constraints of a kind need, once for all traces */
function orderOf(component: Component, kind: string, nodes: readonly number[]): number[] {
  const known = orders.get(component) ?? new Map<string, number[]>();
  orders.set(component, known);
  const order = known.get(kind) ?? reachable(component.graph, nodes);
  known.set(kind, order);
  return order;
}

/**
 * @param cells preprocessed and base columns, a row count each that need be no power of two
 * @param parameters of the graph; any will do
 */
export function freedomOf(component: Component, cells: readonly Uint32Array[], parameters: readonly QM31[], next: () => number): Freedom {
  const rows = cells[0]!.length;
  const unknownOf = (column: number, row: number): number => column * rows + row;
  const felts = new Map<number, QM31>();
  const equationsOf = (kind: 'register' | 'sum'): Equation[] => {
    const nodes = component.constraints.filter((c) => c.kind === kind).map((c) => c.node);
    const order = orderOf(component, kind, nodes);
    return Array.from({ length: rows }, (_, row) => row).flatMap((row) => {
      const before = (row + rows - 1) % rows;
      // value where all unknowns are 0, and their coefficients: every node once, whatever the number of unknowns
      const values: (number | QM31)[] = new Array(component.graph.nodes.length);
      const coefficients: Coefficients[] = new Array(component.graph.nodes.length);
      for (const id of order) {
        const node = component.graph.nodes[id]!;
        if (node.op === 'cell') values[id] = cells[node.index]![node.back ? before : row]!;
        else if (node.op === 'constant') values[id] = node.value;
        else if (node.op === 'parameter') values[id] = node.ext ? parameters[node.index]! : parameters[node.index]![0];
        else if (node.op === 'felt') {
          const unknown = unknownOf(node.index, node.back ? before : row);
          values[id] = felts.get(unknown) ?? Q.ZERO;
          if (!felts.has(unknown)) coefficients[id] = new Map([[unknown, ONE]]);
        } else {
          const [a, b] = [values[node.a]!, values[node.b]!];
          values[id] = node.ext ? OVER_QM31[node.op](lift(a), lift(b)) : OVER_M31[node.op](a as number, b as number);
          const [x, y] = [coefficients[node.a], coefficients[node.b]];
          if (x || y) coefficients[id] = node.op === 'mul' ? multiplied(a, x, b, y) : summed(x, y, OVER_QM31[node.op]);
        }
      }
      return nodes.map((node) => {
        const equation: Equation = new Map();
        const constant = lift(values[node]!);
        if (!Q.isZero(constant)) equation.set(-1, constant);
        for (const [unknown, c] of coefficients[node] ?? []) if (!Q.isZero(c)) equation.set(unknown, c);
        return equation;
      });
    });
  };
  // registers first; whatever is open among them is drawn, for the sums are linear only when the registers are given
  const registers = eliminate(equationsOf('register'));
  if (!registers) return { registers: 0, sums: 0, impossible: true };
  for (let column = 0; column < component.registers.length; column++)
    for (let row = 0; row < rows; row++) {
      const unknown = unknownOf(column, row);
      if (!registers.has(unknown)) felts.set(unknown, [next(), next(), next(), next()]);
    }
  for (const [unknown, equation] of registers) {
    let value = Q.ZERO;
    for (const [u, c] of equation) if (u !== unknown) value = Q.sub(value, u < 0 ? c : Q.mul(c, felts.get(u)!));
    felts.set(unknown, value);
  }
  const sums = eliminate(equationsOf('sum'));
  if (!sums) return { registers: rows * component.registers.length - registers.size, sums: 0, impossible: true };
  return {
    registers: rows * component.registers.length - registers.size,
    sums: rows * component.sums.length - sums.size,
    impossible: false,
  };
}
