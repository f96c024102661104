// Which rows of a component there are and which may follow which, for all values of all other cells: the columns that a constraint
// makes 0 or 1 are fixed in every way on two neighbouring rows, and a case ends where a constraint becomes a nonzero constant. What is
// left of the constraints in a case speaks of counters and addresses. Source: SECURITY.md, AIR.md §5.2.
// Caveat: a row is only looked at together with the one before it, so a case may be impossible all the same: more is allowed here than there is.

import { inverse, mul, P, sub } from '../fri/core/m31.ts';
import { booleanVariable, cellVariable, expander, isCell, type Polynomial, substitute, type Variable } from './polynomial.ts';
import type { Component } from './recorded.ts';

/** a constraint, as far as it is not decided yet */
export interface Residue {
  label: string;
  polynomial: Polynomial;
}

/** Values of two-valued columns on one row, by column */
export interface RowKind {
  values: ReadonlyMap<number, number>;
  /** names of the columns that are 1, for people */
  name: string;
}

/** One way in which a row may follow another. */
export interface PairCase {
  /** positions in `rows` */
  before: number;
  row: number;
  /** all that is known in this case, both rows */
  values: ReadonlyMap<Variable, number>;
  /** what the constraints still say */
  residues: readonly Residue[];
}

export interface Cases {
  /** columns whose values make the kinds */
  columns: readonly number[];
  rows: readonly RowKind[];
  pairs: readonly PairCase[];
}

interface State {
  values: Map<Variable, number>;
  residues: Residue[];
}

/** Puts in what follows until nothing more does; a product that vanishes is two cases. @returns no state where a constraint fails */
function settle({ values, residues }: State): State[] {
  for (;;) {
    let changed = false;
    const left: Residue[] = [];
    for (const residue of residues) {
      const polynomial = substitute(residue.polynomial, values);
      if (polynomial.length === 0) continue;
      const [first, second] = polynomial;
      if (polynomial.length === 1 && first!.variables.length === 0) return [];
      // c·x + d = 0
      const constant =
        polynomial.length === 2 && second!.variables.length === 0 ? second! : first!.variables.length === 0 ? first! : undefined;
      const linear =
        polynomial.length === 1 ? first! : polynomial.length === 2 && constant ? (constant === first ? second! : first!) : undefined;
      if (linear && linear.variables.length === 1 && (polynomial.length === 1 || constant)) {
        values.set(linear.variables[0]!, mul(sub(0, constant?.coefficient ?? 0), inverse(linear.coefficient)));
        changed = true;
        continue;
      }
      left.push({ label: residue.label, polynomial });
    }
    residues = left;
    if (!changed) break;
  }
  const split = residues.find(({ polynomial }) => polynomial.length === 1);
  if (!split) return [{ values, residues }];
  return [...new Set(split.polynomial[0]!.variables)].flatMap((variable) =>
    settle({ values: new Map([...values, [variable, 0]]), residues: [...residues] }),
  );
}

/** all values of the columns that the constraints on one row allow */
function rowKinds(
  columns: readonly number[],
  domain: ReadonlyMap<number, readonly number[]>,
  residues: readonly Residue[],
  names: readonly string[],
): RowKind[] {
  let states: State[] = settle({ values: new Map(), residues: [...residues] });
  for (const column of columns) {
    states = states.flatMap((state) => {
      if (state.values.has(cellVariable(column, false))) return [state];
      return domain
        .get(column)!
        .flatMap((value) => settle({ values: new Map([...state.values, [cellVariable(column, false), value]]), residues: state.residues }));
    });
  }
  const kinds = new Map<string, RowKind>();
  for (const { values } of states) {
    const own = new Map(columns.map((column) => [column, values.get(cellVariable(column, false))!]));
    const name = [...own]
      .flatMap(([column, value]) => (value === 0 ? [] : value === 1 ? [names[column]!] : [`${names[column]}=${value}`]))
      .join(' ');
    kinds.set([...own.values()].join(), { values: own, name: name || 'padding' });
  }
  return [...kinds.values()];
}

const both = (before: RowKind, row: RowKind): Map<Variable, number> => {
  const values = new Map<Variable, number>();
  for (const [column, value] of before.values) values.set(cellVariable(column, true), value);
  for (const [column, value] of row.values) values.set(cellVariable(column, false), value);
  return values;
};

function pairsOf(rows: readonly RowKind[], residues: readonly Residue[]): PairCase[] {
  const pairs: PairCase[] = [];
  for (const [r, row] of rows.entries()) {
    const current = new Map([...row.values].map(([column, value]): [Variable, number] => [cellVariable(column, false), value]));
    const halves = residues
      .map(({ label, polynomial }) => ({ label, polynomial: substitute(polynomial, current) }))
      .filter((c) => c.polynomial.length);
    for (const [b, before] of rows.entries())
      for (const { values, residues: left } of settle({ values: both(before, row), residues: halves }))
        pairs.push({ before: b, row: r, values, residues: left });
  }
  return pairs;
}

/** rows that some row may follow and that may follow some row, again and again */
function pruned(rows: readonly RowKind[], pairs: readonly PairCase[]): { rows: RowKind[]; pairs: PairCase[] } {
  let kept = [...pairs];
  for (;;) {
    const follow = new Set(kept.map(({ row }) => row));
    const lead = new Set(kept.map(({ before }) => before));
    const next = kept.filter(({ before, row }) => follow.has(before) && lead.has(row));
    if (next.length === kept.length) break;
    kept = next;
  }
  const used = [...new Set(kept.flatMap(({ before, row }) => [before, row]))].sort((x, y) => x - y);
  const renumbered = new Map(used.map((old, i) => [old, i]));
  return {
    rows: used.map((i) => rows[i]!),
    pairs: kept.map((pair) => ({ ...pair, before: renumbered.get(pair.before)!, row: renumbered.get(pair.row)! })),
  };
}

/** stated constraints that speak of some of the columns, directly or through others */
function connected(residues: readonly Residue[], seeds: Iterable<number>): Residue[] {
  const columns = new Set(seeds);
  const chosen = new Set<Residue>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const residue of residues) {
      if (chosen.has(residue)) continue;
      const own = columnsOf(residue.polynomial);
      if (!own.some((column) => columns.has(column))) continue;
      chosen.add(residue);
      for (const column of own) columns.add(column);
      grown = true;
    }
  }
  return residues.filter((residue) => chosen.has(residue));
}

export const columnsOf = (polynomial: Polynomial): number[] => [
  ...new Set(polynomial.flatMap(({ variables }) => variables.filter(isCell).map((variable) => variable >> 1))),
];

const readsBefore = (polynomial: Polynomial): boolean => polynomial.some(({ variables }) => variables.some((v) => isCell(v) && v & 1));

/** kinds of rows, at most: today's chips have 52; without a constraint that makes flags exclude each other there are thousands, and pairs of them */
const KINDS_LIMIT = 256;

/** There are so many kinds of rows that nothing is proved by going through their pairs. */
export class TooManyCases extends Error {
  override readonly name = 'TooManyCases';
}

/** most different values of a column that is not stated to be 0 or 1 and makes kinds all the same */
const DOMAIN_LIMIT = 2;

/**
 * The cases of a component around some of its columns.
 * @throws TooManyCases when flags do not exclude each other
 * @param seeds columns that matter; with them come all that constraints connect with them
 * @param undecided columns that make no kinds although they are 0 or 1: they stay unknown
 */
export function casesOf(component: Component, seeds: readonly number[], undecided: readonly number[] = []): Cases {
  const names = [...component.preprocessed, ...component.base];
  const expand = expander(component.graph);
  const stated = component.constraints
    .filter(({ kind }) => kind === 'base')
    .map(({ label, node }): Residue => ({ label, polynomial: expand(node) }));
  const residues = connected(stated, seeds);
  const domain = new Map<number, readonly number[]>();
  for (const { polynomial } of residues) {
    const variable = booleanVariable(polynomial);
    if (variable !== undefined && (variable & 1) === 0 && !undecided.includes(variable >> 1)) domain.set(variable >> 1, [0, 1]);
  }
  const single = residues.filter(({ polynomial }) => !readsBefore(polynomial));
  for (;;) {
    const columns = [...domain.keys()].sort((x, y) => x - y);
    const kinds = rowKinds(columns, domain, single, names);
    if (kinds.length > KINDS_LIMIT)
      throw new TooManyCases(
        `${component.name}: ${kinds.length} kinds of rows, ${KINDS_LIMIT} at most; one of them is "${kinds.at(-1)!.name}"`,
      );
    const { rows, pairs } = pruned(kinds, pairsOf(kinds, residues));
    // a column that takes few values in all cases, and is none of the kinds' yet
    const found = new Map<number, Set<number>>();
    for (const column of names.keys()) {
      if (domain.has(column) || undecided.includes(column)) continue;
      const values = new Set(pairs.map((pair) => pair.values.get(cellVariable(column, false)) ?? -1));
      if (!values.has(-1) && values.size <= DOMAIN_LIMIT && [...values].every((value) => value < P)) found.set(column, values);
    }
    if (found.size === 0) return { columns, rows, pairs };
    for (const [column, values] of found)
      domain.set(
        column,
        [...values].sort((x, y) => x - y),
      );
  }
}
