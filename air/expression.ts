// The constraint language: expressions over named columns, recorded into a hash-consed graph. An expression is recorded when a constraint
// takes it, from left to right, or where `let` names it; until then it is a formula, so that `equal` can take its terms to one side.
// Equal sub-expressions become one node, so that a tuple used by two fractions is computed once. Source: the DSL of DESIGN §8.
// Caveat: only the current and the previous row can be read (`previous()`); a second step back is an error.

import type { Graph, Node, Parameter } from '../fri/backend/graph.ts';
import { bug } from '../fri/core/errors.ts';
import { add, mul, P, sub } from '../fri/core/m31.ts';

export type Operand = Expression | number;

/** Builds a graph; every method records and returns an expression of it. */
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

  /** a power of a challenge, or a number of the instance: its base address or its rows (both in M31) */
  parameter(name: Parameter['name'], exponent = 1): Expression {
    if (exponent === 0) return this.constant(1);
    const key = `${name}^${exponent}`;
    let index = this.#parameters.get(key);
    if (index === undefined) {
      index = this.graph.parameters.push({ name, exponent }) - 1;
      this.#parameters.set(key, index);
    }
    return this.#intern(`p${index}`, { op: 'parameter', index, ext: name !== 'base' && name !== 'rows' }, 0);
  }

  /** records left, then right, then what the operation makes of them */
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

/** what an expression that is not recorded yet says */
type Formula =
  | { op: 'add' | 'sub' | 'mul'; left: Expression; right: Operand }
  | { op: 'minus'; from: number; of: Expression }
  | { op: 'sum'; terms: readonly Expression[] }
  | { op: 'previous'; of: Expression }
  | { op: 'parameter'; name: Parameter['name']; exponent: number };

export class Expression {
  #id: number | undefined;
  readonly #formula: Formula | undefined;

  /** @param written its node, or what it says if it is to be recorded later */
  constructor(
    readonly builder: GraphBuilder,
    written: number | Formula,
  ) {
    if (typeof written === 'number') this.#id = written;
    else this.#formula = written;
  }

  /** its node; recorded now if it was not before */
  get id(): number {
    this.#id ??= this.#record(this.#formula!);
    return this.#id;
  }

  #record(formula: Formula): number {
    const { builder } = this;
    switch (formula.op) {
      case 'sum':
        for (const term of formula.terms) term.id;
        return formula.terms.reduce((total, term) => builder.binary('add', total, term)).id;
      case 'previous':
        return builder.previous(formula.of).id;
      case 'parameter':
        return builder.parameter(formula.name, formula.exponent).id;
      case 'minus':
        formula.of.id;
        return builder.binary('sub', builder.constant(formula.from), formula.of).id;
      default:
        return builder.binary(formula.op, formula.left, formula.right).id;
    }
  }

  #chain(op: 'add' | 'sub' | 'mul', operands: readonly Operand[]): Expression {
    return operands.reduce<Expression>((left, right) => new Expression(this.builder, { op, left, right }), this);
  }

  /** this + a + b + … */
  add(...operands: Operand[]): Expression {
    return this.#chain('add', operands);
  }

  /** this - a - b - … */
  sub(...operands: Operand[]): Expression {
    return this.#chain('sub', operands);
  }

  /** this · a · b · … */
  mul(...operands: Operand[]): Expression {
    return this.#chain('mul', operands);
  }

  /** this - other; term by term where that is a sum that nobody named */
  subTerms(other: Operand): Expression {
    const formula = typeof other === 'number' || other.#id !== undefined ? undefined : other.#formula;
    if (formula?.op !== 'add' && formula?.op !== 'sub') return this.sub(other);
    const rest = this.subTerms(formula.left);
    return formula.op === 'add' ? rest.sub(formula.right) : rest.add(formula.right);
  }

  neg(): Expression {
    return new Expression(this.builder, { op: 'minus', from: 0, of: this });
  }

  /** 1 - this */
  not(): Expression {
    return new Expression(this.builder, { op: 'minus', from: 1, of: this });
  }

  /** the same expression on the row before */
  previous(): Expression {
    return new Expression(this.builder, { op: 'previous', of: this });
  }

  get degree(): number {
    return this.builder.degrees[this.id]!;
  }
}

/** a + b + c + …; all terms are recorded before the first addition */
export const sum = (...terms: readonly Expression[]): Expression => {
  const [first] = terms;
  if (!first) throw bug('a sum of no terms');
  return new Expression(first.builder, { op: 'sum', terms });
};

/** the same expression on the row before */
export const before = (expression: Expression): Expression => expression.previous();
