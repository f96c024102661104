// The mac chip as it was under protocol version 1, made from today's recorded graph: the carry of `hold` has `last` outside the factor
// of the B rows, so that a last H row carries -1. Attacks that are worth something must break it, and the proof that registers forget must
// refuse it. Source: SECURITY.md. Caveat: it is the old constraint, not the old release: transcript and file formats are today's.

import type { MachineDefinition } from '../../air/machine.ts';
import type { Component } from '../../air/recorded.ts';
import type { Graph, Node } from '../../fri/backend/graph.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';

/** appends nodes to a copy of a component's graph */
class Editor {
  readonly graph: Graph;
  constructor(readonly component: Component) {
    this.graph = { nodes: [...component.graph.nodes], parameters: component.graph.parameters };
  }
  #push(node: Node): number {
    return this.graph.nodes.push(node) - 1;
  }
  cell(name: string, back = false): number {
    const { preprocessed, base } = this.component;
    const index = [...preprocessed, ...base].indexOf(name);
    if (index < 0) throw new Error(`${this.component.name} has no column ${name}`);
    return this.#push({ op: 'cell', index, back, ext: false });
  }
  binary(op: 'add' | 'sub' | 'mul', a: number, b: number): number {
    return this.#push({ op, a, b, ext: this.graph.nodes[a]!.ext || this.graph.nodes[b]!.ext });
  }
  felt(index: number, back: boolean): number {
    return this.#push({ op: 'felt', index, back, ext: true });
  }
  constant(value: number): number {
    return this.#push({ op: 'constant', value, ext: false });
  }
  /** the component with another carry of a register */
  withCarry(register: string, change: (carry: number) => number): Component {
    const index = this.component.registers.findIndex(({ name }) => name === register);
    const rule = this.component.registers[index]!;
    const carry = change(rule.carry);
    const next = this.binary('add', this.binary('mul', carry, this.felt(index, true)), rule.add);
    const node = this.binary('sub', this.felt(index, false), next);
    return {
      ...this.component,
      graph: this.graph,
      registers: this.component.registers.map((r, i) => (i === index ? { ...r, carry } : r)),
      constraints: this.component.constraints.map((c) => (c.kind === 'register' && c.label === register ? { ...c, node } : c)),
    };
  }
}

/** a component with another carry of one of its registers */
export const withCarry = (component: Component, register: string, change: (edit: Editor, carry: number) => number): Component => {
  const edit = new Editor(component);
  return edit.withCarry(register, (carry) => change(edit, carry));
};

const good = MACHINE.components[TYPE.mac]!;

/** mac with the carry of version 1: today's + (B1 + B2)·last - last */
export const BAD_MAC: Component = withCarry(good, 'hold', (edit, carry) => {
  const lastB = edit.binary('mul', edit.binary('add', edit.cell('B1'), edit.cell('B2')), edit.cell('last'));
  return edit.binary('sub', edit.binary('add', carry, lastB), edit.cell('last'));
});

/** the machine that anybody could forge */
export const BAD_MACHINE: MachineDefinition = { ...MACHINE, components: MACHINE.components.map((c) => (c === good ? BAD_MAC : c)) };
