// The constraint language: expressions over named columns, recorded into a hash-consed graph while they are written.
// Equal sub-expressions become one node, so that a tuple used by two fractions is computed once. Source: the DSL of DESIGN §8.
// Caveat: only the current and the previous row can be read (`previous()`); a second step back is an error.

import type { Graph, Node, Parameter } from '../fri/backend/graph.ts';
import { bug } from '../fri/core/errors.ts';
import { add, mul, P, sub } from '../fri/core/m31.ts';

export type Operand = Expression | number;

/** Builds a graph; every method returns an expression of it. */
export class GraphBuilder {
  readonly graph: Graph = { nodes: [], parameters: [] };
  /** degree in the columns of every node; challenges count 0 */
  readonly degrees: number[] = [];
  readonly #known = new Map<string, number>();
  readonly #parameters = new Map<string, number>();

  #intern(key: string, node: Node, degree: number): Expression {
    let id = this.#known.get(key);
    if (id === undefined) {
      id = this.graph.nodes.push(node) - 1;
      this.degrees.push(degree);
      this.#known.set(key, id);
    }
    return new Expression(this, id);
  }

  cell(index: number, back = false): Expression {
    return this.#intern(`c${index}${back}`, { op: 'cell', index, back, ext: false }, 1);
  }

  felt(index: number, back = false): Expression {
    return this.#intern(`f${index}${back}`, { op: 'felt', index, back, ext: true }, 1);
  }

  constant(value: number): Expression {
    const canonical = ((value % P) + P) % P;
    return this.#intern(`k${canonical}`, { op: 'constant', value: canonical, ext: false }, 0);
  }

  /** a power of a challenge, the share of the claimed sum, or the instance's base address (the only one in M31) */
  parameter(name: Parameter['name'], exponent = 1): Expression {
    if (exponent === 0) return this.constant(1);
    const key = `${name}^${exponent}`;
    let index = this.#parameters.get(key);
    if (index === undefined) {
      index = this.graph.parameters.push({ name, exponent }) - 1;
      this.#parameters.set(key, index);
    }
    return this.#intern(`p${index}`, { op: 'parameter', index, ext: name !== 'base' }, 0);
  }

  binary(op: 'add' | 'sub' | 'mul', left: Expression, right: Operand): Expression {
    const l = left.id;
    const r = (typeof right === 'number' ? this.constant(right) : right).id;
    const a = this.graph.nodes[l]!;
    const b = this.graph.nodes[r]!;
    if (a.op === 'constant' && b.op === 'constant') return this.constant({ add, sub, mul }[op](a.value, b.value));
    if (a.op === 'constant') {
      if (a.value === 0) {
        if (op === 'add') return new Expression(this, r);
        if (op === 'mul') return this.constant(0);
      }
      if (a.value === 1 && op === 'mul') return new Expression(this, r);
    }
    if (b.op === 'constant') {
      if (b.value === 0) return op === 'mul' ? this.constant(0) : new Expression(this, l);
      if (b.value === 1 && op === 'mul') return new Expression(this, l);
    }
    if (l === r && op === 'sub') return this.constant(0);
    const [x, y] = op !== 'sub' && r < l ? [r, l] : [l, r];
    const dl = this.degrees[x]!;
    const dr = this.degrees[y]!;
    return this.#intern(`${op}${x},${y}`, { op, a: x, b: y, ext: a.ext || b.ext }, op === 'mul' ? dl + dr : Math.max(dl, dr));
  }

  /** the same expression one row earlier */
  previous(expression: Expression): Expression {
    const done = new Map<number, Expression>();
    const shift = (id: number): Expression => {
      const known = done.get(id);
      if (known) return known;
      const node = this.graph.nodes[id]!;
      let result: Expression;
      if (node.op === 'cell' || node.op === 'felt') {
        if (node.back) throw bug('a constraint reads two rows back');
        result = node.op === 'cell' ? this.cell(node.index, true) : this.felt(node.index, true);
      } else if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') result = this.binary(node.op, shift(node.a), shift(node.b));
      else result = new Expression(this, id);
      done.set(id, result);
      return result;
    };
    return shift(expression.id);
  }
}

export class Expression {
  constructor(
    readonly builder: GraphBuilder,
    readonly id: number,
  ) {}

  add(other: Operand): Expression {
    return this.builder.binary('add', this, other);
  }

  sub(other: Operand): Expression {
    return this.builder.binary('sub', this, other);
  }

  mul(other: Operand): Expression {
    return this.builder.binary('mul', this, other);
  }

  neg(): Expression {
    return this.builder.binary('sub', this.builder.constant(0), this);
  }

  /** 1 - this */
  not(): Expression {
    return this.builder.binary('sub', this.builder.constant(1), this);
  }

  /** the same expression on the row before */
  previous(): Expression {
    return this.builder.previous(this);
  }

  get degree(): number {
    return this.builder.degrees[this.id]!;
  }
}

/** a + b + c + … */
export const sum = (terms: readonly Expression[]): Expression => {
  const [first, ...rest] = terms;
  if (!first) throw bug('a sum of no terms');
  return rest.reduce((total, term) => total.add(term), first);
};
