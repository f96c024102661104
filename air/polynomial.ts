// Constraints as sparse polynomials over the cells of two rows, for arguments about a component that are not evaluations: which
// rows may follow each other, what a register carries. Source: graphs of air/expression.ts, expanded.
// Caveat: expansion is exponential in principle; constraints of degree 3 have some dozens of terms, dot products over lanes a few hundred.

import type { Graph } from '../fri/backend/graph.ts';
import { bug } from '../fri/core/errors.ts';
import { add, mul, P, sub } from '../fri/core/m31.ts';

/** A cell or a challenge: cells are 2·column, + 1 on the row before; parameters and interaction columns come behind all cells */
export type Variable = number;

export interface Term {
  coefficient: number;
  /** ascending, with repetitions */
  variables: readonly Variable[];
}

/** no two terms have the same variables, no coefficient is 0; the empty list is 0 */
export type Polynomial = readonly Term[];

export const cellVariable = (column: number, back: boolean): Variable => 2 * column + (back ? 1 : 0);
/** parameters and QM31 columns are only names here; they are no cells of the rows */
const PARAMETERS = 1 << 20;
const FELTS = 1 << 21;
export const isCell = (variable: Variable): boolean => variable < PARAMETERS;
export const isFelt = (variable: Variable): boolean => variable >= FELTS;
/** number of a QM31 column, or of a parameter in the graph's table */
export const feltIndex = (variable: Variable): number => (variable - FELTS) >> 1;
export const parameterIndex = (variable: Variable): number => variable - PARAMETERS;
/** a QM31 column of the row before */
export const isFeltBefore = (variable: Variable): boolean => isFelt(variable) && (variable & 1) === 1;

function collect(terms: Iterable<Term>): Polynomial {
  const sums = new Map<string, Term>();
  for (const { coefficient, variables } of terms) {
    const key = variables.join();
    const known = sums.get(key);
    sums.set(key, { coefficient: known ? add(known.coefficient, coefficient) : coefficient, variables });
  }
  return [...sums.values()].filter((term) => term.coefficient !== 0);
}

function product(a: Polynomial, b: Polynomial): Polynomial {
  const terms: Term[] = [];
  for (const x of a)
    for (const y of b)
      terms.push({
        coefficient: mul(x.coefficient, y.coefficient),
        variables:
          x.variables.length && y.variables.length
            ? [...x.variables, ...y.variables].sort((v, w) => v - w)
            : [...x.variables, ...y.variables],
      });
  return a.length === 1 || b.length === 1 ? terms : collect(terms);
}

/** expands nodes of one graph; what several of them share is expanded once */
export function expander(graph: Graph): (node: number) => Polynomial {
  const known = new Map<number, Polynomial>();
  const expand = (id: number): Polynomial => {
    const found = known.get(id);
    if (found) return found;
    const node = graph.nodes[id];
    if (!node) throw bug(`a graph has no node ${id}`);
    let result: Polynomial;
    switch (node.op) {
      case 'cell':
        result = [{ coefficient: 1, variables: [cellVariable(node.index, node.back)] }];
        break;
      case 'felt':
        result = [{ coefficient: 1, variables: [FELTS + 2 * node.index + (node.back ? 1 : 0)] }];
        break;
      case 'parameter':
        result = [{ coefficient: 1, variables: [PARAMETERS + node.index] }];
        break;
      case 'constant':
        result = node.value === 0 ? [] : [{ coefficient: node.value, variables: [] }];
        break;
      case 'mul':
        result = product(expand(node.a), expand(node.b));
        break;
      default: {
        const negate = node.op === 'sub';
        const right = expand(node.b);
        result = collect([
          ...expand(node.a),
          ...(negate ? right.map(({ coefficient, variables }) => ({ coefficient: sub(0, coefficient), variables })) : right),
        ]);
      }
    }
    known.set(id, result);
    return result;
  };
  return expand;
}

/** values of some variables; undefined where nothing is known */
export type Assignment = ReadonlyMap<Variable, number>;

/** the polynomial with the known variables put in */
export function substitute(polynomial: Polynomial, values: Assignment): Polynomial {
  const terms: Term[] = [];
  // only a term that lost a variable may have become like another one
  let shorter = false;
  for (const term of polynomial) {
    let { coefficient } = term;
    let rest: Variable[] | undefined;
    for (let i = 0; i < term.variables.length; i++) {
      const variable = term.variables[i]!;
      const value = values.get(variable);
      if (value === undefined) {
        rest?.push(variable);
        continue;
      }
      rest ??= term.variables.slice(0, i);
      coefficient = mul(coefficient, value);
      if (coefficient === 0) break;
    }
    if (coefficient === 0) continue;
    shorter ||= rest !== undefined;
    terms.push(rest ? { coefficient, variables: rest } : term);
  }
  if (terms.length === polynomial.length && !shorter) return polynomial;
  return shorter && terms.length > 1 ? collect(terms) : terms;
}

/** true for c·(x² - x): the column is 0 or 1 */
export function booleanVariable(polynomial: Polynomial): Variable | undefined {
  if (polynomial.length !== 2) return undefined;
  const [a, b] = [...polynomial].sort((x, y) => x.variables.length - y.variables.length) as [Term, Term];
  const [x] = a.variables;
  if (x === undefined || a.variables.length !== 1 || b.variables.length !== 2) return undefined;
  return b.variables[0] === x && b.variables[1] === x && add(a.coefficient, b.coefficient) === 0 ? x : undefined;
}

/** representative between -p/2 and p/2 */
export const signed = (value: number): number => (value > P / 2 ? value - P : value);
