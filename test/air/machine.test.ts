// What both sides derive from a machine and its instances, and the sum of the public terms. Source: AIR.md §1, §4, §7.

import { describe, expect, test } from 'vitest';
import {
  airHash,
  constraintOffsets,
  fractionCount,
  type Instance,
  type MachineDefinition,
  type PublicTerm,
  publicSum,
  requireInstances,
} from '../../air/machine.ts';
import type { Component } from '../../air/recorded.ts';
import { digestToHex } from '../../fri/core/digest.ts';
import { P } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { toyMachine } from './toy.ts';

const instance = (change: Partial<Instance> = {}): Instance => ({ type: 0, logSize: 6, base: 0, data: false, ...change });

describe('the hash of an AIR', () => {
  const [table, user, votes] = toyMachine.components as [Component, Component, Component];
  const hash = (change: Partial<MachineDefinition>): string => digestToHex(airHash({ ...toyMachine, ...change }));
  /** the machine whose second component is another one */
  const withUser = (change: Partial<Component>): string => hash({ components: [table, { ...user, ...change }, votes] });

  test('changes with every part of a machine alone', () => {
    const { graph, constraints, sums } = user;
    const add = graph.nodes.findIndex((node) => node.op === 'add');
    const hashes = [
      hash({}),
      hash({ name: 'other' }),
      hash({ components: [user, table, votes] }),
      hash({ components: [table, user] }),
      withUser({ name: 'other' }),
      withUser({ preprocessed: ['last'] }),
      withUser({ base: user.base.toReversed() }),
      withUser({ constraints: constraints.slice(1) }),
      withUser({ constraints: constraints.toReversed() }),
      withUser({ constraints: constraints.map((c, i) => (i === 0 ? { ...c, node: c.node - 1 } : c)) }),
      withUser({ constraints: constraints.map((c, i) => (i === 0 ? { ...c, label: 'other' } : c)) }),
      withUser({ sums: sums.slice(1) }),
      withUser({ twoPoint: { ...user.twoPoint, base: [] } }),
      withUser({ twoPoint: { ...user.twoPoint, interaction: [0] } }),
      withUser({ graph: { ...graph, nodes: graph.nodes.map((node, i) => (i === add ? ({ ...node, op: 'sub' } as typeof node) : node)) } }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hash({})).toBe(hashes[0]);
    for (const text of hashes) expect(text).toMatch(/^[0-9a-f]{62}$/);
  });
});

describe('public terms', () => {
  const gamma: QM31 = [5, 6, 7, 8];
  const challenges = (z: QM31) => ({ z, gamma, zeta: Q.ONE, alpha: Q.ONE, beta: Q.ONE });
  /** relation + Σ γ^j v_j, slowly */
  const tuple = ({ relation, values }: PublicTerm): QM31 =>
    values.reduce((sum: QM31, v, j) => {
      let power: QM31 = Q.ONE;
      for (let k = 0; k <= j; k++) power = Q.mul(power, gamma);
      return Q.add(sum, Q.scale(power, v));
    }, Q.from(relation));
  const terms: PublicTerm[] = [
    { count: 1, relation: 1, values: [3, 0, P - 1] },
    { count: -1, relation: 2, values: [] },
    { count: -7, relation: 2, values: [0, 0, 0, 9] },
    { count: 4, relation: 0, values: [1, 2] },
  ];

  test('add up to Σ count/(z - relation - Σ γ^j v_j)', () => {
    const z: QM31 = [11, 12, 13, 14];
    const wanted = terms.reduce((sum: QM31, term) => {
      const count = term.count < 0 ? P + term.count : term.count;
      return Q.add(sum, Q.scale(Q.inverse(Q.sub(z, tuple(term))), count));
    }, Q.ZERO);
    expect(publicSum(terms, challenges(z))).toEqual(wanted);
    expect(publicSum([], challenges(z))).toEqual(Q.ZERO);
  });

  test('with a zero denominator are refused, wherever the term stands: else they would add anything', () => {
    for (const term of terms)
      expect(() => publicSum(terms, challenges(tuple(term)))).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0202' }));
  });
});

describe('instances', () => {
  const refuse = (change: Partial<Instance>, logBlowup = 1): (() => void) => {
    return () => requireInstances(toyMachine, [instance(), instance(change)], logBlowup);
  };
  const refused = (code: string) => expect.objectContaining({ kind: 'rejected', code });

  test('have 1 ≤ log size, log size + log blowup ≤ 30', () => {
    for (const logSize of [1, 29]) expect(refuse({ logSize })).not.toThrow();
    expect(refuse({ logSize: 26 }, 4)).not.toThrow();
    for (const logSize of [0, -1, 30, 6.5, Number.NaN]) expect(refuse({ logSize })).toThrow(refused('ZK0204'));
    expect(refuse({ logSize: 27 }, 4)).toThrow(refused('ZK0204'));
  });

  test('have a base that is a field element', () => {
    for (const base of [0, P - 1]) expect(refuse({ base })).not.toThrow();
    for (const base of [-1, P, 0.5]) expect(refuse({ base })).toThrow(refused('ZK0204'));
  });

  test('are of a type that the machine has', () => {
    expect(refuse({ type: 2 })).not.toThrow();
    for (const type of [3, -1]) expect(refuse({ type })).toThrow(refused('ZK0201'));
  });

  test('follow each other in the list of constraints', () => {
    const [table, user, votes] = toyMachine.components.map((c) => c.constraints.length) as [number, number, number];
    expect(constraintOffsets(toyMachine, [instance({ type: 1 }), instance(), instance({ type: 1 }), instance({ type: 2 })])).toEqual([
      0,
      user,
      user + table,
      2 * user + table,
      2 * user + table + votes,
    ]);
  });

  test('count their fractions a row: 1 of the table, 3 of the user, 1 of the votes', () => {
    const sizes = [instance({ logSize: 3 }), instance({ type: 1, logSize: 4 }), instance({ type: 2, logSize: 5 })];
    expect(fractionCount(toyMachine, sizes, 7)).toBe(8 + 3 * 16 + 32 + 7);
  });
});
