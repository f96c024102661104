// A constraint as a sentence, from its recorded graph: the formula with the names of the columns, `p.x` for the row before as in AIR.md §5, and what each
// factor is on a row. Source: fri/backend/graph.ts. Caveat: what a chip names with `let` is written out, so the formula may be longer than AIR.md's.
import type { Component } from '../../air/recorded.ts';
import { type Challenges, evaluateOnRow, type Graph, parameterValues, reachable } from '../../fri/backend/graph.ts';
import * as Q from '../../fri/core/qm31.ts';
import { toSigned } from '../program/isa.ts';
import type { Factor } from './types.ts';

/** binding of an operator: what is looser stands in parentheses */
const SUM = 1;
const PRODUCT = 2;
const ATOM = 3;

interface Text {
  text: string;
  binds: number;
}

const wrapped = ({ text, binds }: Text, least: number): string => (binds < least ? `(${text})` : text);

function textOf({ graph, preprocessed, base, registers }: Component, target: number): Text {
  const names = [...preprocessed, ...base];
  const texts: Text[] = [];
  for (const id of reachable(graph, [target])) {
    const node = graph.nodes[id]!;
    const atom = (text: string): Text => ({ text, binds: ATOM });
    switch (node.op) {
      case 'cell':
        texts[id] = atom(`${node.back ? 'p.' : ''}${names[node.index]}`);
        break;
      case 'felt':
        texts[id] = atom(`${node.back ? 'p.' : ''}${registers[node.index]?.name ?? `sum${node.index - registers.length}`}`);
        break;
      case 'parameter': {
        const { name, exponent } = graph.parameters[node.index]!;
        texts[id] = atom(exponent === 1 ? name : `${name}^${exponent}`);
        break;
      }
      case 'constant':
        texts[id] = atom(String(toSigned(node.value)));
        break;
      case 'mul':
        texts[id] = { text: `${wrapped(texts[node.a]!, PRODUCT)}·${wrapped(texts[node.b]!, PRODUCT)}`, binds: PRODUCT };
        break;
      default: {
        const right = wrapped(texts[node.b]!, node.op === 'sub' ? PRODUCT : SUM);
        texts[id] = { text: `${texts[node.a]!.text} ${node.op === 'add' ? '+' : '−'} ${right}`, binds: SUM };
      }
    }
  }
  return texts[target]!;
}

/** The formula of a node of a chip. */
export const formulaOf = (component: Component, node: number): string => textOf(component, node).text;

/** the factors of a product, left to right; itself where it is none */
function factorsOf(graph: Graph, node: number): number[] {
  const { op, ...rest } = graph.nodes[node]!;
  return op === 'mul' && 'a' in rest ? [...factorsOf(graph, rest.a), ...factorsOf(graph, rest.b)] : [node];
}

/** how the cells of a row and of the row before are read */
export interface RowCells {
  cell(index: number, back: boolean): number;
  /** of the instance: the first address of its range */
  base: number;
  logSize: number;
}

/** for nodes that no challenge is in: any will do whose powers have inverses */
const ANY: Challenges = { z: Q.ONE, gamma: Q.ONE, zeta: Q.ONE, alpha: Q.ONE, beta: Q.ONE };

/** The values of nodes that read cells and constants only, in M31. */
export function valuesOnRow({ graph }: Component, nodes: readonly number[], row: RowCells): (number | undefined)[] {
  const parameters = parameterValues(graph, ANY, row);
  const plain = nodes.filter((node) => !graph.nodes[node]!.ext);
  const values = evaluateOnRow(graph, reachable(graph, plain), { cell: row.cell, felt: () => Q.ZERO, parameters });
  return nodes.map((node) => (graph.nodes[node]!.ext ? undefined : (values[node] as number)));
}

/** The factors of a constraint on a row: it holds where one of them is 0. */
export function factorsOnRow(component: Component, node: number, row: RowCells): Factor[] {
  const factors = factorsOf(component.graph, node);
  const values = valuesOnRow(component, factors, row);
  return factors.map((factor, i) => ({
    text: formulaOf(component, factor),
    value: values[i] === undefined ? undefined : toSigned(values[i]),
  }));
}
