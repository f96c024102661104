// A component (chip) is one function that names columns, states constraints and lists LogUp fractions. Recording it gives the
// graph that every evaluator folds. Source: AIR.md §1, §5.0; LogUp: Haböck, ePrint 2022/1530. Caveat: a component constrains
// rows r and r-1 of one instance only; nothing but the global LogUp sum connects instances.

import { reachable } from '../fri/backend/graph.ts';
import { hashBytes, PURPOSE } from '../fri/core/blake2s.ts';
import { digestToHex, truncate } from '../fri/core/digest.ts';
import { bug } from '../fri/core/errors.ts';
import { Expression, GraphBuilder, type Operand } from './expression.ts';
import { PROVED } from './proved.ts';
import type { Component, Constraint } from './recorded.ts';

/** the AIR's limit: with degree 3 every quotient lies in the FFT space of twice the rows (PCS.md §4) */
export const MAX_DEGREE = 3;

/** A LogUp relation: its id is the first entry of every tuple, so tuples of two relations never meet. */
export interface Relation {
  name: string;
  id: number;
}
export const relation = (name: string, id: number): Relation => ({ name, id });

/** What a register is on a row; `reset` is 1 on rows whose value does not depend on the row before, at least once in every cycle of rows */
export interface RegisterRule {
  carry: Expression;
  add: Expression;
  reset: Expression;
}

type NamedColumns<N extends string> = { [K in N]: Expression };

/** the expression, with its node in the graph from here on */
function recorded(expression: Expression): Expression {
  expression.id;
  return expression;
}

/** What a component's definition sees. */
export class ComponentBuilder {
  readonly #builder = new GraphBuilder();
  readonly #names = new Map<string, number>();
  readonly #preprocessed: string[] = [];
  readonly #base: string[] = [];
  readonly #constraints: { label: string; expression: Expression }[] = [];
  readonly #registers: { name: string; rule?: RegisterRule }[] = [];
  readonly #fractions: { numerator: Expression; denominator: Expression }[] = [];

  #column(name: string, list: string[]): Expression {
    if (this.#names.has(name)) throw bug(`column ${name} is named twice`);
    const index = this.#names.size;
    this.#names.set(name, index);
    list.push(name);
    return this.#builder.cell(index);
  }

  /** a column that belongs to the model; all of them are declared before the first base column */
  preprocessed(name: string): Expression {
    if (this.#base.length) throw bug(`preprocessed column ${name} after a base column`);
    return this.#column(name, this.#preprocessed);
  }

  /** `columns('word', 16)` declares word0 … word15 and gives a list; `columns('a', 'b')` gives an object */
  columns(name: string, count: number): Expression[];
  columns<N extends string>(...names: N[]): NamedColumns<N>;
  columns(...args: (string | number)[]): Expression[] | NamedColumns<string> {
    if (typeof args[1] === 'number') return Array.from({ length: args[1] }, (_, lane) => this.#column(`${args[0]}${lane}`, this.#base));
    return Object.fromEntries((args as string[]).map((name) => [name, this.#column(name, this.#base)]));
  }

  constant(value: number): Expression {
    return this.#builder.constant(value);
  }

  /** a power of a challenge */
  challenge(name: 'z' | 'gamma' | 'zeta' | 'alpha' | 'beta', exponent = 1): Expression {
    return new Expression(this.#builder, { op: 'parameter', name, exponent });
  }

  /** a constant of the instance: the first address of its range, or how many rows it has */
  parameter(name: 'base' | 'rows'): Expression {
    return new Expression(this.#builder, { op: 'parameter', name, exponent: 1 });
  }

  /** names an expression: it is recorded here, so that where it is used first does not move nodes, and it stays one term in `equal` */
  let(expression: Expression): Expression {
    return recorded(expression);
  }

  /** the labelled expression vanishes on every row */
  zero(label: string, expression: Expression): void {
    if (this.#constraints.some((c) => c.label === label)) throw bug(`two constraints are labelled "${label}"`);
    this.#constraints.push({ label, expression: recorded(expression) });
  }

  /** both sides are equal on every row: left - right vanishes, term by term */
  equal(label: string, left: Expression, right: Operand): void {
    this.zero(label, left.subTerms(right));
  }

  /** what holds on rows where all of these are not zero: `c.when(on).equal('next word', aw, before(aw).add(1))` */
  when(first: Expression, ...others: Expression[]): Pick<ComponentBuilder, 'zero' | 'equal'> {
    const condition = first.mul(...others);
    return {
      zero: (label, expression) => this.zero(label, condition.mul(expression)),
      equal: (label, left, right) => this.zero(label, condition.mul(left.subTerms(right))),
    };
  }

  /** each of the named expressions is 0 or 1 */
  boolean(named: Readonly<Record<string, Expression>>): void {
    for (const [name, x] of Object.entries(named)) this.zero(`bool ${name}`, x.mul(x.sub(1)));
  }

  /** declares a QM31 column; its rule is given once with `define`, and building the component proves that it is reset (air/registers.ts) */
  register(name: string): { value: Expression; define(rule: RegisterRule): void } {
    const slot: { name: string; rule?: RegisterRule } = { name };
    const value = this.#builder.felt(this.#registers.push(slot) - 1);
    return {
      value,
      define(rule) {
        for (const expression of [rule.carry, rule.add, rule.reset]) recorded(expression);
        slot.rule = rule;
      },
    };
  }

  /** z - (id + γ v1 + γ² v2 + …) */
  #tuple(id: Relation | Expression, values: readonly Operand[]): Expression {
    let compressed: Expression | undefined;
    values.forEach((value, j) => {
      const v = typeof value === 'number' ? this.constant(value) : value;
      const term = recorded(this.#builder.parameter('gamma', j + 1).mul(v));
      compressed = compressed ? recorded(compressed.add(term)) : term;
    });
    const z = recorded(this.#builder.parameter('z').sub('name' in id ? id.id : id));
    return compressed ? z.sub(compressed) : z;
  }

  /** records what a fraction is made of in the order in which it is written */
  #written(...operands: (Operand | Relation)[]): void {
    for (const operand of operands) if (operand instanceof Expression) recorded(operand);
  }

  /** asks a relation `times` times: + times / ⟨id, …tuple⟩ */
  use(id: Relation | Expression, times: Expression, tuple: readonly Operand[]): void {
    this.#written(id, times, ...tuple);
    this.fraction(times, this.#tuple(id, tuple));
  }

  /** supplies a relation `times` times: - times / ⟨id, …tuple⟩ */
  yield(id: Relation | Expression, times: Expression, tuple: readonly Operand[]): void {
    this.#written(id, times, ...tuple);
    this.fraction(recorded(times.neg()), this.#tuple(id, tuple));
  }

  /** a fraction of the global sum with a denominator of its own */
  fraction(numerator: Expression, denominator: Expression): void {
    this.#fractions.push({ numerator: recorded(numerator), denominator: recorded(denominator) });
  }

  /** pairs neighbouring fractions while the degree allows it, states the LogUp constraints, checks degrees, finds two-point columns */
  build(name: string): Component {
    const b = this.#builder;
    const pairs: { numerator: Expression; denominator: Expression }[][] = [];
    for (const f of this.#fractions) {
      const open = pairs.at(-1);
      const other = open?.length === 1 ? open[0]! : undefined;
      const degree = other
        ? Math.max(
            1 + other.denominator.degree + f.denominator.degree,
            other.numerator.degree + f.denominator.degree,
            f.numerator.degree + other.denominator.degree,
          )
        : 0;
      if (other && degree <= MAX_DEGREE) open!.push(f);
      else pairs.push([f]);
    }
    // the last LogUp column is what the shard's running sum takes from an instance
    if (pairs.length === 0) throw bug(`${name}: a component needs a fraction`);
    const constraints: Constraint[] = [];
    const state = (label: string, expression: Expression, kind: Constraint['kind']): void => {
      if (expression.degree > MAX_DEGREE) throw bug(`${name}: "${label}" has degree ${expression.degree}, at most ${MAX_DEGREE}`);
      constraints.push({ label, node: expression.id, degree: expression.degree, kind });
    };
    for (const { label, expression } of this.#constraints) state(label, expression, 'base');
    const registers = this.#registers.map(({ name: register, rule }, index) => {
      if (!rule) throw bug(`${name}: register ${register} has no rule`);
      const { carry, add, reset } = rule;
      const value = b.felt(index);
      state(register, value.sub(carry.mul(value.previous()).add(add)), 'register');
      return { name: register, carry: carry.id, add: add.id, reset: reset.id };
    });
    pairs.forEach(([f, g], j) => {
      let step = b.felt(registers.length + j);
      if (j > 0) step = recorded(step.sub(b.felt(registers.length + j - 1)));
      state(
        `sum ${j}`,
        g
          ? step.mul(f!.denominator.mul(g.denominator)).sub(f!.numerator.mul(g.denominator).add(g.numerator.mul(f!.denominator)))
          : step.mul(f!.denominator).sub(f!.numerator),
        'sum',
      );
    });
    const sums = pairs.map((pair) => pair.map((f) => ({ numerator: f.numerator.id, denominator: f.denominator.id })));
    const twoBase = new Set<number>();
    const twoInteraction = new Set<number>();
    const targets = constraints.map((c) => c.node);
    for (const id of reachable(b.graph, targets)) {
      const node = b.graph.nodes[id]!;
      if (node.op === 'cell' && node.back) twoBase.add(node.index - this.#preprocessed.length);
      if (node.op === 'felt' && node.back) twoInteraction.add(node.index);
    }
    const ascending = (set: Set<number>): number[] => [...set].sort((x, y) => x - y);
    if (ascending(twoBase).some((index) => index < 0)) throw bug(`${name}: a preprocessed column is read on the row before`);
    return {
      name,
      preprocessed: this.#preprocessed,
      base: this.#base,
      registers,
      sums,
      graph: b.graph,
      constraints,
      twoPoint: { base: ascending(twoBase), interaction: ascending(twoInteraction) },
    };
  }
}

/** names a component by everything that it says */
export const componentDigest = (c: Component): string =>
  digestToHex(truncate(hashBytes(PURPOSE.AIR, new TextEncoder().encode(JSON.stringify(c)))));

/** what proves registers that `npm run gen` has not seen; a product has no such components, and a verifier does not carry 8 kB that it never runs */
let requireProof = ({ name }: Component): void => {
  throw bug(`nobody has proved that the registers of ${name} forget: npm run gen`);
};

/** For tests and generators, which record components that are not listed yet: `requireForgetting` of registers.ts. */
export function proveRegistersWith(prove: (component: Component) => void): void {
  requireProof = prove;
}

/**
 * Records a component's definition. That its registers forget was proved by `npm run gen`, or is proved here by whoever was asked to
 * (`proveRegistersWith`), or there is no component.
 * @throws bug for a definition that is no component: a name twice, a degree above 3, a register that is not reset, or not proved to be
 */
export function component(name: string, define: (c: ComponentBuilder) => void): Component {
  const builder = new ComponentBuilder();
  define(builder);
  const built = builder.build(name);
  if (built.registers.length && !PROVED.has(componentDigest(built))) requireProof(built);
  return built;
}

/** M31 columns of a component that are committed to: preprocessed, base, and four for each QM31 interaction column */
export const committedColumns = (c: Component): number => c.preprocessed.length + c.base.length + 4 * interactionColumns(c);

/** QM31 interaction columns of a component */
export const interactionColumns = (c: Component): number => c.registers.length + c.sums.length;
