// Lemmas about a chip, discharged from its recorded graph: by cases over the 0/1 columns of two neighbouring rows (air/cases.ts), what a
// lemma says must follow from what the constraints leave in every case: as a value, as a linear combination of them, or as an equality of
// polynomials in cells and challenges. Nothing is evaluated at points; a lemma holds for all parameters at once. Source: docs/SOUNDNESS.md.
// Caveat: cases are pairs of rows; that runs are made of them one after the other is the induction, which the page says in words.

import { type Cases, casesOf, type PairCase } from '../../air/cases.ts';
import {
  cellVariable,
  expander,
  feltIndex,
  isCell,
  isFelt,
  type Polynomial,
  parameterIndex,
  substitute,
  type Term,
} from '../../air/polynomial.ts';
import type { Component } from '../../air/recorded.ts';
import { endlessCycle } from '../../air/registers.ts';
import { add, inverse, mul, P, sub } from '../../fri/core/m31.ts';
import { toField } from '../../vm/program/isa.ts';

/** What a lemma runs into when it is wrong. */
export class Counterexample extends Error {
  override readonly name = 'Counterexample';
}

export type Method = 'cases' | 'linear' | 'identity' | 'descent' | 'enumeration';

export interface Lemma {
  name: string;
  /** one sentence, as docs/SOUNDNESS.md has it */
  says: string;
  method: Method;
  prove(chip: ChipCases): void;
}

/** value of a column in a case, or of the row before */
export interface View {
  /** 0/1 columns of the row; throws where the case leaves it open */
  now(name: string): number;
  before(name: string): number;
  pair: PairCase;
}

export class ChipCases {
  readonly cases: Cases;
  readonly #names: string[];
  readonly #expand: (node: number) => Polynomial;

  /**
   * @param undecided 0/1 columns that make no cases: modes of operands, lanes of a mask
   * @param cases those of a component with the same stated constraints
   */
  constructor(
    readonly component: Component,
    undecided: readonly string[],
    cases?: Cases,
  ) {
    this.#names = [...component.preprocessed, ...component.base];
    this.#expand = expander(component.graph);
    const seeds = component.base.map((_, i) => component.preprocessed.length + i);
    this.cases =
      cases ??
      casesOf(
        component,
        seeds,
        undecided.map((name) => this.column(name)),
      );
  }

  /** the node that a stated constraint makes vanish */
  stated(label: string): number {
    const found = this.component.constraints.find((constraint) => constraint.label === label);
    if (!found) throw new Counterexample(`${this.component.name} has no constraint "${label}"`);
    return found.node;
  }

  column(name: string): number {
    const index = this.#names.indexOf(name);
    if (index < 0) throw new Error(`${this.component.name} has no column ${name}`);
    return index;
  }

  *views(): Generator<View> {
    for (const pair of this.cases.pairs) {
      const value = (name: string, back: boolean): number => {
        const found = pair.values.get(cellVariable(this.column(name), back));
        if (found === undefined) throw this.counterexample(pair, `${back ? 'previous ' : ''}${name} is open`);
        return found;
      };
      yield { now: (name) => value(name, false), before: (name) => value(name, true), pair };
    }
  }

  counterexample({ before, row }: PairCase, what: string): Counterexample {
    const { rows } = this.cases;
    return new Counterexample(`${what}\n    row before: ${rows[before]!.name}\n    row:        ${rows[row]!.name}`);
  }

  /** a condition on every case */
  every(what: string, holds: (view: View) => boolean): void {
    for (const view of this.views()) if (!holds(view)) throw this.counterexample(view.pair, what);
  }

  /** where the condition holds, the constraints make the polynomial vanish; as text, `p.x` is x on the row before */
  vanishes(goal: string, where: (view: View) => boolean): void {
    const polynomial = this.parse(goal);
    let used = false;
    for (const view of this.views()) {
      if (!where(view)) continue;
      used = true;
      const rest = substitute(polynomial, view.pair.values);
      if (rest.length && !inSpan(rest, view.pair)) throw this.counterexample(view.pair, `${goal} = 0 does not follow`);
    }
    if (!used) throw new Counterexample(`no rows for ${goal} = 0`);
  }

  /** what a node of the graph is in a case, with challenges by name: `alpha^31 w3` → coefficient */
  identity(node: number, { pair }: View): Map<string, number> {
    const out = new Map<string, number>();
    for (const { coefficient, variables } of substitute(this.#expand(node), pair.values)) {
      const exponents = new Map<string, number>();
      const cells: string[] = [];
      for (const variable of variables) {
        if (isCell(variable)) cells.push(`${variable & 1 ? 'p.' : ''}${this.#names[variable >> 1]}`);
        else if (isFelt(variable)) cells.push(this.feltName(variable));
        else {
          const { name, exponent } = this.component.graph.parameters[parameterIndex(variable)]!;
          exponents.set(name, (exponents.get(name) ?? 0) + exponent);
        }
      }
      const powers = [...exponents].filter(([, e]) => e !== 0).map(([name, e]) => `${name}^${e}`);
      const key = [...powers.sort(), ...cells.sort()].join(' ');
      const value = add(out.get(key) ?? 0, coefficient);
      if (value === 0) out.delete(key);
      else out.set(key, value);
    }
    return out;
  }

  feltName(variable: number): string {
    const index = feltIndex(variable);
    const { registers } = this.component;
    return `${variable & 1 ? 'p.' : ''}${registers[index]?.name ?? `sum${index - registers.length}`}`;
  }

  /** whether an expression of the same columns vanishes in every case: a node of another graph over them */
  followsFrom(graph: Component['graph'], node: number): boolean {
    const polynomial = expander(graph)(node);
    for (const pair of this.cases.pairs) {
      const rest = substitute(polynomial, pair.values);
      if (rest.length && !inSpan(rest, pair)) return false;
    }
    return true;
  }

  /** every cycle of rows holds one where the condition does: along all others a counter falls */
  recurs(what: string, condition: (view: View) => boolean): void {
    const others = [...this.views()].filter((view) => !condition(view)).map(({ pair }) => pair);
    const cycle = endlessCycle(this.cases, others, this.component);
    if (cycle) throw new Counterexample(`${what}: never along the rows ${cycle}`);
  }

  /** where the condition holds, the node is the sum of these terms (`alpha^31 w3`, a coefficient by default 1) */
  equals(what: string, node: number, expected: (view: View) => Iterable<readonly [string, number]> | undefined): void {
    for (const view of this.views()) {
      const terms = expected(view);
      if (!terms) continue;
      const want = new Map<string, number>();
      for (const [key, coefficient] of terms) {
        const [sorted, known] = this.#canonical(key, view);
        const value = add(want.get(sorted) ?? 0, mul(toField(coefficient), known));
        if (value === 0) want.delete(sorted);
        else want.set(sorted, value);
      }
      const got = this.identity(node, view);
      const differs = [...new Set([...want.keys(), ...got.keys()])].find((key) => want.get(key) !== got.get(key));
      if (differs !== undefined)
        throw this.counterexample(
          view.pair,
          `${what}: the coefficient of "${differs || '1'}" is ${got.get(differs) ?? 0}, ${want.get(differs) ?? 0} expected`,
        );
    }
  }

  /** powers first, then cells, each sorted; one power a challenge; cells that the case knows become a factor */
  #canonical(key: string, { pair }: View): [string, number] {
    const exponents = new Map<string, number>();
    const cells: string[] = [];
    let factor = 1;
    for (const part of key.split(' ').filter(Boolean)) {
      const [name, exponent] = part.split('^') as [string, string?];
      if (exponent !== undefined) exponents.set(name, (exponents.get(name) ?? 0) + Number(exponent));
      else {
        const back = name.startsWith('p.');
        const column = this.#names.indexOf(back ? name.slice(2) : name);
        const value = column < 0 ? undefined : pair.values.get(cellVariable(column, back));
        if (value === undefined) cells.push(name);
        else factor = mul(factor, value);
      }
    }
    const powers = [...exponents].filter(([, e]) => e !== 0).map(([name, e]) => `${name}^${e}`);
    return [[...powers.sort(), ...cells.sort()].join(' '), factor];
  }

  /** sums and products of columns and integers */
  parse(text: string): Polynomial {
    const tokens = text.match(/p\.\w+|\w+|[-+*()]/g) ?? [];
    let at = 0;
    const sum = (): Polynomial => {
      let left: Polynomial = [];
      if (tokens[at] !== '-') left = product();
      while (tokens[at] === '+' || tokens[at] === '-')
        left = collect([...left, ...(tokens[at++] === '+' ? product() : scaled(product(), P - 1))]);
      return left;
    };
    const product = (): Polynomial => {
      let left = atom();
      while (tokens[at] === '*') {
        at++;
        left = multiplied(left, atom());
      }
      return left;
    };
    const atom = (): Polynomial => {
      const token = tokens[at++]!;
      if (token === '(') {
        const inner = sum();
        at++;
        return inner;
      }
      if (/^\d+$/.test(token)) return Number(token) === 0 ? [] : [{ coefficient: Number(token), variables: [] }];
      const back = token.startsWith('p.');
      return [{ coefficient: 1, variables: [cellVariable(this.column(back ? token.slice(2) : token), back)] }];
    };
    return sum();
  }

  /** the rule of a register */
  register(name: string): { carry: number; add: number } {
    const found = this.component.registers.find((r) => r.name === name);
    if (!found) throw new Error(`${this.component.name} has no register ${name}`);
    return found;
  }

  /** the chip's fractions in the order they are stated, with what they are */
  get fractions(): { numerator: number; denominator: number }[] {
    return this.component.sums.flat();
  }
}

function collect(terms: readonly Term[]): Polynomial {
  const sums = new Map<string, Term>();
  for (const { coefficient, variables } of terms) {
    const sorted = [...variables].sort((x, y) => x - y);
    const key = sorted.join();
    sums.set(key, { coefficient: add(sums.get(key)?.coefficient ?? 0, coefficient), variables: sorted });
  }
  return [...sums.values()].filter(({ coefficient }) => coefficient !== 0);
}
const scaled = (polynomial: Polynomial, by: number): Polynomial =>
  polynomial.map(({ coefficient, variables }) => ({ coefficient: mul(coefficient, by), variables }));
const multiplied = (a: Polynomial, b: Polynomial): Polynomial =>
  collect(
    a.flatMap((x) => b.map((y) => ({ coefficient: mul(x.coefficient, y.coefficient), variables: [...x.variables, ...y.variables] }))),
  );

type Row = Map<string, number>;
const echelons = new WeakMap<PairCase, Map<string, Row>>();

/** the residues of a case in echelon form, each monomial an unknown of its own */
function echelonOf(pair: PairCase): Map<string, Row> {
  const known = echelons.get(pair);
  if (known) return known;
  const pivots = new Map<string, Row>();
  for (const { polynomial } of pair.residues) {
    const row = reduced(rowOf(polynomial), pivots);
    const pivot = [...row.keys()].find((key) => key !== '');
    if (pivot === undefined) continue;
    const scale = inverse(row.get(pivot)!);
    for (const [key, value] of row) row.set(key, mul(value, scale));
    for (const other of pivots.values()) eliminate(other, pivot, row);
    pivots.set(pivot, row);
  }
  echelons.set(pair, pivots);
  return pivots;
}

const rowOf = (polynomial: Polynomial): Row => new Map(polynomial.map(({ coefficient, variables }) => [variables.join(), coefficient]));

function eliminate(row: Row, pivot: string, by: Row): void {
  const factor = row.get(pivot);
  if (!factor) return;
  for (const [key, value] of by) {
    const next = sub(row.get(key) ?? 0, mul(factor, value));
    if (next === 0) row.delete(key);
    else row.set(key, next);
  }
}

function reduced(row: Row, pivots: ReadonlyMap<string, Row>): Row {
  const left = new Map(row);
  for (const key of row.keys()) {
    const pivot = pivots.get(key);
    if (pivot) eliminate(left, key, pivot);
  }
  return left;
}

/** whether the polynomial is a combination of what the constraints leave */
const inSpan = (polynomial: Polynomial, pair: PairCase): boolean => reduced(rowOf(polynomial), echelonOf(pair)).size === 0;
