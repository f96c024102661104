// What a row asks of other chips and what it supplies: the tuples of its LogUp fractions, read out of the recorded graph, so that no chip lists them a
// second time. Source: AIR.md §1; air/component.ts (`use`, `yield`), whose denominators are z - id - γ·v1 - γ²·v2 …. Caveat: a fraction of an
// accumulator has challenges in it and no tuple; it is told by the accumulator's name.
import type { Component } from '../../air/recorded.ts';
import { evaluateOnRow, reachable } from '../../fri/backend/graph.ts';
import { bug } from '../../fri/core/errors.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import * as relations from '../chips/relations.ts';
import { toSigned } from '../program/isa.ts';
import { type RowCells, valuesOnRow } from './formula.ts';
import type { Lookup } from './types.ts';

/** nodes of a fraction; `tuple` has the relation's id first */
interface Pattern {
  times: number;
  tuple: readonly number[];
  /** its numerator has challenges and registers in it */
  isAccumulator: boolean;
}

/** the values of z - id - (γ·v1 + γ²·v2 + …), id first; undefined if the node is something else */
function tupleOf({ graph }: Component, denominator: number): number[] | undefined {
  const node = (id: number) => graph.nodes[id]!;
  const isChallenge = (id: number, name: string): number | undefined => {
    const n = node(id);
    if (n.op !== 'parameter') return undefined;
    const parameter = graph.parameters[n.index]!;
    return parameter.name === name ? parameter.exponent : undefined;
  };
  const outer = node(denominator);
  if (outer.op !== 'sub') return undefined;
  if (isChallenge(outer.a, 'z') !== undefined) return [outer.b]; // a tuple without values
  const inner = node(outer.a);
  if (inner.op !== 'sub' || isChallenge(inner.a, 'z') === undefined) return undefined;
  const tuple = [inner.b];
  const visit = (id: number): boolean => {
    const n = node(id);
    if (n.op === 'add') return visit(n.a) && visit(n.b);
    if (n.op !== 'mul') return false;
    const [left, right] = [isChallenge(n.a, 'gamma'), isChallenge(n.b, 'gamma')];
    const place = left ?? right;
    if (place === undefined) return false;
    tuple[place] = left === undefined ? n.a : n.b;
    return true;
  };
  return visit(outer.b) ? tuple : undefined;
}

function patternsOf(component: Component): Pattern[] {
  const { graph, name } = component;
  return component.sums.flat().map(({ numerator, denominator }): Pattern => {
    const tuple = tupleOf(component, denominator);
    if (tuple) return { times: numerator, tuple, isAccumulator: false };
    const node = graph.nodes[denominator]!;
    // ζ - name
    if (node.op !== 'sub' || graph.nodes[node.b]!.ext) throw bug(`${name} has a fraction that is neither a tuple's nor an accumulator's`);
    return { times: numerator, tuple: [node.b], isAccumulator: true };
  });
}

/** any value that is not 0, for challenges and registers of the row before: whether a product of them is 0 does not depend on which, but for bad luck */
const ANY = Q.pow([3, 5, 7, 11], 29);

/**
 * The numerators of accumulator fractions, and the registers below them, at one point of the challenges, as if every register was the same on the row
 * before. Two rows that add or drain the same agree; others differ, but for bad luck.
 */
export function accumulatedOn(
  { graph, registers, sums }: Component,
  { cell }: RowCells,
): { registers: QM31[]; numerators: Map<number, QM31> } {
  const parameters = graph.parameters.map(({ exponent }) => Q.pow(ANY, exponent));
  const current: QM31[] = [];
  const felt = (index: number, back: boolean): QM31 => (back ? ANY : (current[index] ?? Q.ZERO));
  const value = (node: number): QM31 => {
    const found = evaluateOnRow(graph, reachable(graph, [node]), { cell, felt, parameters })[node]!;
    return typeof found === 'number' ? Q.from(found) : found;
  };
  for (const { carry, add } of registers) current.push(Q.add(Q.mul(value(carry), ANY), value(add)));
  const numerators = sums.flat().filter(({ numerator }) => graph.nodes[numerator]!.ext);
  return { registers: current, numerators: new Map(numerators.map(({ numerator }) => [numerator, value(numerator)])) };
}

const patterns = new WeakMap<Component, Pattern[]>();
const NAMES = new Map(Object.values(relations).map(({ id, name }) => [id, name]));

/** The tuples that a row asks for and supplies, in the order of its chip. What is asked 0 times is left out, and so are entries of 0 at the end. */
export function lookupsOf(component: Component, row: RowCells): Lookup[] {
  let known = patterns.get(component);
  if (!known) {
    known = patternsOf(component);
    patterns.set(component, known);
  }
  const nodes = known.flatMap(({ times, tuple, isAccumulator }) => [
    ...(isAccumulator ? [] : [times]),
    ...tuple.filter((id) => id !== undefined),
  ]);
  const found = valuesOnRow(component, nodes, row);
  // most rows of most chips have nothing to do with an accumulator
  const accumulated = known.some(({ isAccumulator }) => isAccumulator) ? accumulatedOn(component, row).numerators : undefined;
  const values = new Map(nodes.map((node, i) => [node, toSigned(found[i]!)]));
  return known.flatMap(({ times, tuple, isAccumulator }): Lookup[] => {
    if (isAccumulator) {
      if (Q.isZero(accumulated!.get(times)!)) return [];
      return [{ relation: 'accumulator', times: component.name === 'store' ? -1 : 1, tuple: [values.get(tuple[0]!)!] }];
    }
    const count = values.get(times)!;
    if (count === 0) return [];
    const [id, ...rest] = Array.from(tuple, (node) => (node === undefined ? 0 : values.get(node)!));
    return [{ relation: NAMES.get(id!) ?? `relation ${id}`, times: count, tuple: rest }];
  });
}
