// Registers that forget: a proof, made when a component is built, that the value of a register never depends on rows before its run.
// A register says on which rows it starts anew (`reset`). Proved here, by cases over two neighbouring rows (air/cases.ts):
//   1 `reset` is 0 or 1 and its product with the carry vanishes: on such a row nothing of the row before is left;
//   2 every cycle of rows holds such a row: along all other steps some counter falls, by a few, so that it cannot come back.
// Then the interaction columns are the only solution of their constraints, and nothing is left to choose after the challenges.
// Source: the forgery of protocol version 1, SECURITY.md. Caveat: 2 needs that an instance's rows times a step stay below p.

import { bug } from '../fri/core/errors.ts';
import { P, sub } from '../fri/core/m31.ts';
import { type Cases, casesOf, columnsOf, type PairCase } from './cases.ts';
import { cellVariable, expander, feltIndex, isCell, isFelt, isFeltBefore, type Polynomial, signed, substitute } from './polynomial.ts';
import type { Component } from './recorded.ts';

/** a counter's step, at most: with 2^24 rows an instance its sum round a cycle stays below p */
const MAX_STEP = 2 ** 6;

/** @throws bug with the register and the rows that do not end it */
export function requireForgetting(component: Component): void {
  const expand = expander(component.graph);
  const rules = component.registers.map(({ name, carry, add, reset }) => ({
    name,
    carry: expand(carry),
    add: expand(add),
    reset: expand(reset),
  }));
  for (const [index, rule] of rules.entries()) requireTriangular(component, rule, index);
  if (rules.length === 0) return;
  const cases = casesOf(component, [...new Set(rules.flatMap(({ carry, reset }) => [...columnsOf(carry), ...columnsOf(reset)]))]);
  for (const rule of rules) requireReset(component, rule, cases);
}

interface Rule {
  name: string;
  carry: Polynomial;
  add: Polynomial;
  reset: Polynomial;
}

const failure = (component: Component, { name }: Rule, why: string): Error => bug(`${component.name}: register ${name} ${why}`);

/** a register is affine in itself, with earlier registers of its own row beside it and nothing else */
function requireTriangular(component: Component, rule: Rule, index: number): void {
  if (rule.carry.some(({ variables }) => variables.some(isFelt)))
    throw failure(component, rule, 'has a carry that reads an interaction column');
  if (rule.add.some(({ variables }) => variables.some((v) => isFelt(v) && (isFeltBefore(v) || !isEarlier(v, index)))))
    throw failure(component, rule, 'adds an interaction column that is not an earlier register of its own row');
  if (!rule.reset.every(({ variables }) => variables.every(isCell)))
    throw failure(component, rule, 'has a reset that is no expression of base columns');
}

function requireReset(component: Component, rule: Rule, cases: Cases): void {
  const alive: PairCase[] = [];
  for (const pair of cases.pairs) {
    const [decided, ...more] = substitute(rule.reset, pair.values);
    const value = decided ? (decided.variables.length === 0 && more.length === 0 ? decided.coefficient : undefined) : 0;
    if (value !== 0 && value !== 1) throw failure(component, rule, `has a reset that is neither 0 nor 1 where ${place(cases, pair)}`);
    if (value === 0) alive.push(pair);
    else if (substitute(rule.carry, pair.values).length)
      throw failure(component, rule, `is carried over its reset where ${place(cases, pair)}`);
  }
  const cycle = endlessCycle(cases, alive, component);
  if (cycle) throw failure(component, rule, `is never reset along the rows ${cycle}`);
}

/** an interaction column of this row that belongs to a register declared before */
const isEarlier = (variable: number, index: number): boolean => feltIndex(variable) < index;

const place = ({ rows }: Cases, { before, row }: PairCase): string => `"${rows[row]!.name}" follows "${rows[before]!.name}"`;

/** step of a column in a case, if a constraint says it: x = x before + step */
function stepOf(pair: PairCase, column: number): number | undefined {
  const now = cellVariable(column, false);
  const before = cellVariable(column, true);
  for (const { polynomial } of pair.residues) {
    if (polynomial.length < 2 || polynomial.length > 3) continue;
    let [x, y, constant] = [0, 0, 0];
    let other = false;
    for (const { coefficient, variables } of polynomial) {
      if (variables.length === 0) constant = coefficient;
      else if (variables.length === 1 && variables[0] === now) x = coefficient;
      else if (variables.length === 1 && variables[0] === before) y = coefficient;
      else other = true;
    }
    if (other || x === 0 || sub(0, x) !== y || (x !== 1 && x !== P - 1)) continue;
    const step = signed(x === 1 ? sub(0, constant) : constant);
    if (Math.abs(step) <= MAX_STEP) return step;
  }
  return undefined;
}

/**
 * Lexicographic descent: where the cases form a cycle, a column that falls in some of them and rises in none takes these out; and again.
 * @returns rows of a cycle that no column excludes
 */
export function endlessCycle(cases: Cases, pairs: readonly PairCase[], component: Component): string | undefined {
  const counters = component.base.map((_, i) => component.preprocessed.length + i).filter((column) => !cases.columns.includes(column));
  for (const inside of cyclicParts(pairs)) {
    const rest = counters
      .map((column) => {
        const steps = inside.map((pair) => stepOf(pair, column));
        if (steps.some((step) => step === undefined)) return undefined;
        const falls = steps.every((step) => step! <= 0) ? 1 : steps.every((step) => step! >= 0) ? -1 : 0;
        return falls === 0 || steps.every((step) => step === 0) ? undefined : inside.filter((_, i) => steps[i] === 0);
      })
      .find((list) => list !== undefined);
    if (!rest) return cycleText(cases, inside, counters);
    const found = endlessCycle(cases, rest, component);
    if (found) return found;
  }
  return undefined;
}

/** the pairs that lie on cycles, by strongly connected part */
function cyclicParts(pairs: readonly PairCase[]): PairCase[][] {
  const next = new Map<number, Set<number>>();
  for (const { before, row } of pairs) next.set(before, (next.get(before) ?? new Set()).add(row));
  const reached = new Map<number, Set<number>>();
  for (const start of next.keys()) {
    const seen = new Set<number>();
    const open = [...next.get(start)!];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...(next.get(at) ?? []));
    }
    reached.set(start, seen);
  }
  const parts = new Map<string, PairCase[]>();
  for (const pair of pairs) {
    if (!reached.get(pair.row)?.has(pair.before)) continue;
    // its part: all rows that reach it and that it reaches
    const members = [...reached.get(pair.before)!].filter((row) => reached.get(row)?.has(pair.before));
    const key = members.sort((x, y) => x - y).join();
    parts.set(key, [...(parts.get(key) ?? []), pair]);
  }
  return [...parts.values()];
}

/** a shortest cycle through each pair, as pairs */
function shortestCycles(inside: readonly PairCase[]): PairCase[][] {
  return inside.flatMap((pair) => {
    const from = new Map<number, PairCase>([[pair.row, pair]]);
    const open = [pair.row];
    for (let i = 0; i < open.length && !(pair.before === pair.row); i++)
      for (const next of inside)
        if (next.before === open[i] && !from.has(next.row)) {
          from.set(next.row, next);
          open.push(next.row);
        }
    const path: PairCase[] = [];
    for (let at = pair.before; at !== pair.row; ) {
      const step = from.get(at);
      if (!step) return [];
      path.unshift(step);
      at = step.before;
    }
    return [[pair, ...path]];
  });
}

/** the shortest cycle that no counter excludes, or the shortest at all, as names of rows */
function cycleText({ rows }: Cases, inside: readonly PairCase[], counters: readonly number[]): string {
  const cycles = shortestCycles(inside).sort((x, y) => x.length - y.length);
  const open = cycles.find((cycle) =>
    counters.every((column) => {
      const steps = cycle.map((pair) => stepOf(pair, column));
      return steps.some((step) => step === undefined) || steps.reduce((sum, step) => sum! + step!, 0) === 0;
    }),
  );
  const found = open ?? cycles[0]!;
  return [found[0]!.before, ...found.map(({ row }) => row)].map((row) => `"${rows[row]!.name}"`).join(' -> ');
}
