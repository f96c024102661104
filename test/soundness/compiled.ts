// Stated constraints of a chip as closures over two rows, for searches that evaluate them millions of times.
// Caveat: rows are plain lists of canonical cells (preprocessed columns, then base); registers and sums are left out.
import type { Component } from '../../air/recorded.ts';
import { reachable } from '../../fri/backend/graph.ts';
import { add, mul, sub } from '../../fri/core/m31.ts';
import { toField } from '../../vm/program/isa.ts';
import { type Chip, columnsOf, componentNamed, type Row } from '../vm/chips/forging.ts';

/** a row's cells by column index */
export type Cells = number[];

export interface CompiledConstraint {
  label: string;
  /** value on a row, given the row before it */
  value: (row: Cells, before: Cells) => number;
  /** columns it reads, on this row and on the row before */
  reads: { index: number; back: boolean }[];
}

export interface CompiledComponent {
  columns: string[];
  /** column index by name */
  at: ReadonlyMap<string, number>;
  /** columns below this index are preprocessed */
  preprocessed: number;
  constraints: CompiledConstraint[];
}

export interface CompiledChip extends CompiledComponent {
  chip: Chip;
}

export const compiledChip = (chip: Chip): CompiledChip => ({ chip, ...compiledComponent(componentNamed(chip)) });

export function compiledComponent(component: Component): CompiledComponent {
  const { nodes } = component.graph;
  const columns = columnsOf(component);
  const compile = (id: number): ((row: Cells, before: Cells) => number) => {
    const node = nodes[id]!;
    switch (node.op) {
      case 'cell': {
        const { index } = node;
        return node.back ? (_, before) => before[index]! : (row) => row[index]!;
      }
      case 'constant': {
        const { value } = node;
        return () => value;
      }
      case 'add':
      case 'sub':
      case 'mul': {
        const [a, b] = [compile(node.a), compile(node.b)];
        if (node.op === 'add') return (row, before) => add(a(row, before), b(row, before));
        if (node.op === 'sub') return (row, before) => sub(a(row, before), b(row, before));
        return (row, before) => {
          const left = a(row, before);
          return left === 0 ? 0 : mul(left, b(row, before));
        };
      }
      default:
        throw new Error(`a stated constraint of ${component.name} reads a ${node.op}`);
    }
  };
  const constraints = component.constraints
    .filter((c) => c.kind === 'base')
    .map(({ label, node }): CompiledConstraint => {
      const reads = reachable(component.graph, [node]).flatMap((id) => {
        const n = nodes[id]!;
        return n.op === 'cell' ? [{ index: n.index, back: n.back }] : [];
      });
      return { label, value: compile(node), reads };
    });
  return {
    columns,
    at: new Map(columns.map((name, i) => [name, i])),
    preprocessed: component.preprocessed.length,
    constraints,
  };
}

export const cellsOf = ({ columns }: CompiledChip, row: Row): Cells => columns.map((name) => toField(row[name] ?? 0));

/** labels broken somewhere in a cyclic trace */
export function brokenLabels({ constraints }: CompiledComponent, rows: readonly Cells[]): string[] {
  const count = rows.length;
  return constraints.filter(({ value }) => rows.some((row, i) => value(row, rows[(i + count - 1) % count]!) !== 0)).map((c) => c.label);
}
