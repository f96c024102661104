// Traces from nothing: cyclic arrangements of rows that the constraints of one component accept, whatever was or was not dispatched. The
// kinds of rows and what may follow what come from air/cases.ts; for a cycle of them the cells are solved for, the rest is random.
// Caveat: where a product of two unknown cells is left one of them is drawn, so a cycle counts as impossible after some unlucky draws.

import type { Cases } from '../../air/cases.ts';
import { expander, isCell, type Polynomial, substitute } from '../../air/polynomial.ts';
import type { Component } from '../../air/recorded.ts';
import { add, inverse, mul, P, sub } from '../../fri/core/m31.ts';

/** pairs of a closed walk, by position in `cases.pairs`; row i is the later row of pair i */
export type Walk = readonly number[];

/** all closed walks of this length, one for all its rotations */
export function* closedWalks({ pairs, rows }: Cases, length: number): Generator<Walk> {
  const from: number[][] = rows.map(() => []);
  for (const [i, pair] of pairs.entries()) from[pair.before]!.push(i);
  const walk: number[] = [];
  function* extend(): Generator<Walk> {
    if (walk.length === length) {
      if (pairs[walk[0]!]!.before === pairs[walk.at(-1)!]!.row && isLeast(walk)) yield [...walk];
      return;
    }
    const at = walk.length ? from[pairs[walk.at(-1)!]!.row]! : pairs.keys();
    for (const next of at) {
      if (walk.length && next < walk[0]!) continue; // the least rotation starts with its least pair
      walk.push(next);
      yield* extend();
      walk.pop();
    }
  }
  yield* extend();
}

/** no rotation of the walk comes before it */
function isLeast(walk: Walk): boolean {
  for (let shift = 1; shift < walk.length; shift++)
    for (let i = 0; i < walk.length; i++) {
      const [own, other] = [walk[i]!, walk[(i + shift) % walk.length]!];
      if (other < own) return false;
      if (other > own) break;
    }
  return true;
}

/** one random closed walk of this length, if steps happen to close it */
export function randomWalk({ pairs, rows }: Cases, length: number, next: () => number): Walk | undefined {
  const from: number[][] = rows.map(() => []);
  for (const [i, pair] of pairs.entries()) from[pair.before]!.push(i);
  const start = next() % rows.length;
  // rows from which `start` can be reached in so many steps
  const reach: Set<number>[] = [new Set([start])];
  for (let steps = 1; steps < length; steps++) {
    const earlier = new Set<number>();
    for (const { before, row } of pairs) if (reach[steps - 1]!.has(row)) earlier.add(before);
    reach.push(earlier);
  }
  const walk: number[] = [];
  for (let at = start, left = length; left > 0; left--) {
    const choices = from[at]!.filter((i) => reach[left - 1]!.has(pairs[i]!.row));
    if (choices.length === 0) return undefined;
    walk.push(choices[next() % choices.length]!);
    at = pairs[walk.at(-1)!]!.row;
  }
  return walk;
}

type Unknowns = Map<number, number>;

/** Equations over unknowns that are solved as they come: affine ones are eliminated, the others wait. */
class Solver {
  /** unknowns that are numbers: most are from the start, and putting them in is the cheapest step */
  readonly #values: Unknowns = new Map();
  /** unknown → polynomial of unknowns that are still free */
  readonly #solved = new Map<number, Polynomial>();
  #waiting: Polynomial[] = [];

  #reduce(polynomial: Polynomial): Polynomial {
    let now = polynomial;
    for (;;) {
      if (now.some(({ variables }) => variables.some((v) => this.#values.has(v)))) now = substitute(now, this.#values);
      const known = now.find(({ variables }) => variables.some((v) => this.#solved.has(v)));
      if (!known) return now;
      const variable = known.variables.find((v) => this.#solved.has(v))!;
      now = replace(now, variable, this.#solved.get(variable)!);
    }
  }

  /** @returns false if the unknown is known to be another number */
  know(unknown: number, value: number): boolean {
    const before = this.#values.get(unknown);
    this.#values.set(unknown, value);
    return before === undefined || before === value;
  }

  /** @returns whether the equations can still hold */
  require(equations: readonly Polynomial[]): boolean {
    this.#waiting.push(...equations);
    for (let changed = true; changed; ) {
      changed = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const equation of waiting) {
        const reduced = this.#reduce(equation);
        if (reduced.length === 0) continue;
        if (reduced.some(({ variables }) => variables.length > 1)) {
          this.#waiting.push(reduced);
          continue;
        }
        const pivot = reduced.find(({ variables }) => variables.length === 1);
        if (!pivot) return false;
        const [unknown] = pivot.variables;
        const scale = sub(0, inverse(pivot.coefficient));
        const rule = reduced
          .filter((term) => term !== pivot)
          .map(({ coefficient, variables }) => ({ coefficient: mul(coefficient, scale), variables }));
        if (rule.every(({ variables }) => variables.length === 0)) this.#values.set(unknown!, rule[0]?.coefficient ?? 0);
        else this.#solved.set(unknown!, rule);
        changed = true;
      }
    }
    return true;
  }

  /** an unknown of a product that waits */
  get inProduct(): number | undefined {
    return this.#waiting[0]?.find(({ variables }) => variables.length > 1)?.variables[0];
  }

  /** values of all unknowns, the free ones drawn */
  finish(unknowns: Iterable<number>, draw: (unknown: number) => number): Unknowns {
    const values: Unknowns = new Map(this.#values);
    const valued = (unknown: number): number => {
      const found = values.get(unknown);
      if (found !== undefined) return found;
      const rule = this.#solved.get(unknown);
      const value = rule
        ? rule.reduce(
            (sum, { coefficient, variables }) =>
              add(
                sum,
                variables.reduce((p, v) => mul(p, valued(v)), coefficient),
              ),
            0,
          )
        : draw(unknown);
      values.set(unknown, value);
      return value;
    };
    for (const unknown of unknowns) valued(unknown);
    return values;
  }
}

/** a variable replaced by a polynomial */
function replace(polynomial: Polynomial, variable: number, by: Polynomial): Polynomial {
  const sums = new Map<string, { coefficient: number; variables: number[] }>();
  const put = (coefficient: number, variables: number[]): void => {
    variables.sort((x, y) => x - y);
    const key = variables.join();
    const term = sums.get(key) ?? { coefficient: 0, variables };
    term.coefficient = add(term.coefficient, coefficient);
    sums.set(key, term);
  };
  for (const { coefficient, variables } of polynomial) {
    const at = variables.indexOf(variable);
    if (at < 0) put(coefficient, [...variables]);
    else {
      const rest = variables.filter((_, i) => i !== at);
      for (const term of by) put(mul(coefficient, term.coefficient), [...rest, ...term.variables]);
    }
  }
  return [...sums.values()].filter(({ coefficient }) => coefficient !== 0);
}

const DRAWS = 8;

/** Fills arrangements of one component. */
export class Arranger {
  readonly #stated: readonly Polynomial[];
  readonly #width: number;
  readonly #bits: ReadonlySet<number>;
  /** what a pair of `cases` leaves of the constraints */
  readonly #left = new Map<number, readonly Polynomial[]>();

  constructor(
    readonly component: Component,
    readonly cases: Cases,
    private readonly next: () => number,
  ) {
    const expand = expander(component.graph);
    this.#stated = component.constraints.filter(({ kind }) => kind === 'base').map(({ node }) => expand(node));
    this.#width = component.preprocessed.length + component.base.length;
    this.#bits = new Set(
      component.constraints.flatMap(({ label }) => {
        const [word, name] = label.split(' ');
        return word === 'bool' && component.base.includes(name!) ? [component.preprocessed.length + component.base.indexOf(name!)] : [];
      }),
    );
  }

  /** columns (preprocessed, then base) of a trace with these rows, or undefined where the constraints leave none */
  fill(walk: Walk): Uint32Array[] | undefined {
    for (let draw = 0; draw < DRAWS; draw++) {
      const values = this.#solve(walk);
      if (values === 'impossible') return undefined;
      if (values)
        return Array.from({ length: this.#width }, (_, column) =>
          Uint32Array.from(walk, (_pair, row) => values.get(row * this.#width + column)!),
        );
    }
    return undefined;
  }

  #solve(walk: Walk): Unknowns | 'impossible' | undefined {
    const width = this.#width;
    const rows = walk.length;
    const solver = new Solver();
    const equations: Polynomial[] = [];
    for (const [row, index] of walk.entries()) {
      const pair = this.cases.pairs[index]!;
      const before = (row + rows - 1) % rows;
      const unknown = (variable: number): number => (variable & 1 ? before : row) * width + (variable >> 1);
      for (const [variable, value] of pair.values) if (isCell(variable) && !solver.know(unknown(variable), value)) return 'impossible';
      const left = this.#left.get(index) ?? this.#stated.map((p) => substitute(p, pair.values)).filter((p) => p.length > 0);
      this.#left.set(index, left);
      for (const polynomial of left)
        equations.push(merged(polynomial.map(({ coefficient, variables }) => ({ coefficient, variables: variables.map(unknown) }))));
    }
    if (!solver.require(equations)) return 'impossible';
    const drawn = (unknown: number): number => (this.#bits.has(unknown % width) ? this.next() & 1 : this.next() % P);
    for (let waiting = solver.inProduct; waiting !== undefined; waiting = solver.inProduct)
      if (!solver.know(waiting, drawn(waiting)) || !solver.require([])) return undefined;
    return solver.finish(
      Array.from({ length: rows * width }, (_, i) => i),
      drawn,
    );
  }
}

/** terms with the same unknowns together: in a table of one or two rows a row and the one before it may be the same */
const merged = (polynomial: Polynomial): Polynomial => replace(polynomial, -1, []);
