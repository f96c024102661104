// Weakened chips: a stated constraint deleted or changed in one place, or one place of a register's rule changed. Some lemma must fail for each,
// or the constraint is implied by the others. Source: docs/SOUNDNESS.md. Caveat: one change at a time; a change that gives the same polynomial
// in all cases is no weakening, and says so.
import type { Component } from '../../air/recorded.ts';
import { type Node, reachable } from '../../fri/backend/graph.ts';

export interface Mutant {
  /** `label: change` */
  name: string;
  label: string;
  component: Component;
}

type Change = {
  kind: 'sign' | 'factor' | 'column';
  node: number;
  by: (push: (node: Node) => number, copy: (id: number) => number) => number;
};

/** places of an expression and what each may become */
function changes({ graph, base, preprocessed }: Component, root: number): Change[] {
  const found: Change[] = [];
  for (const id of reachable(graph, [root])) {
    const node = graph.nodes[id]!;
    if (node.op === 'add' || node.op === 'sub') {
      const op = node.op === 'add' ? 'sub' : 'add';
      found.push({ kind: 'sign', node: id, by: (push, copy) => push({ op, a: copy(node.a), b: copy(node.b), ext: node.ext }) });
    } else if (node.op === 'mul') {
      found.push({ kind: 'factor', node: id, by: (_, copy) => copy(node.a) });
      found.push({ kind: 'factor', node: id, by: (_, copy) => copy(node.b) });
    } else if (node.op === 'cell') {
      const last = preprocessed.length + base.length - 1;
      const index = node.index < last ? node.index + 1 : node.index - 1;
      found.push({ kind: 'column', node: id, by: (push) => push({ op: 'cell', index, back: node.back, ext: false }) });
    }
  }
  return found;
}

/** the component with a copy of the expression in which one node is another */
function replaced(component: Component, root: number, change: Change): { graph: Component['graph']; root: number } {
  const { graph } = component;
  const nodes = [...graph.nodes];
  const push = (node: Node): number => nodes.push(node) - 1;
  const copies = new Map<number, number>();
  const original = (id: number): number => id;
  const copy = (id: number): number => {
    const known = copies.get(id);
    if (known !== undefined) return known;
    const node = graph.nodes[id]!;
    let made = id;
    if (id === change.node) made = change.by(push, original);
    else if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') {
      const [a, b] = [copy(node.a), copy(node.b)];
      made = a === node.a && b === node.b ? id : push({ ...node, a, b, ext: node.ext || nodes[a]!.ext || nodes[b]!.ext });
    }
    copies.set(id, made);
    return made;
  };
  const next = copy(root);
  return { graph: { ...graph, nodes }, root: next };
}

/** every stated constraint deleted */
export const deletions = (component: Component): Mutant[] =>
  component.constraints
    .filter(({ kind }) => kind === 'base')
    .map(({ label }) => ({
      name: `${label}: deleted`,
      label,
      component: { ...component, constraints: component.constraints.filter((c) => c.label !== label) },
    }));

const evenly = <T>(list: readonly T[], count: number): T[] => {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
};

/** stated constraints changed: up to `each` places of a kind in every label */
export const changedConstraints = (component: Component, each: number): Mutant[] =>
  component.constraints
    .filter(({ kind }) => kind === 'base')
    .flatMap(({ label, node }) => {
      const all = changes(component, node);
      return (['sign', 'factor', 'column'] as const).flatMap((kind) =>
        evenly(
          all.filter((change) => change.kind === kind),
          each,
        ).map((change): Mutant => {
          const { graph, root } = replaced(component, node, change);
          return {
            name: `${label}: ${kind} at node ${change.node}`,
            label,
            component: {
              ...component,
              graph,
              constraints: component.constraints.map((c) => (c.label === label ? { ...c, node: root } : c)),
            },
          };
        }),
      );
    });

/** every place of every register's rule changed */
export const changedRegisters = (component: Component): Mutant[] =>
  component.registers.flatMap((register) =>
    (['carry', 'add'] as const).flatMap((part) =>
      changes(component, register[part]).map((change): Mutant => {
        const { graph, root } = replaced(component, register[part], change);
        return {
          name: `${register.name}, ${part}: ${change.kind} at node ${change.node}`,
          label: register.name,
          component: { ...component, graph, registers: component.registers.map((r) => (r === register ? { ...r, [part]: root } : r)) },
        };
      }),
    ),
  );
