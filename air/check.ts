// The row check: every constraint on every row of every instance, and the global sum, without a proof. Reports all failures with
// label, row and the cells involved, not the first one. Source: the labelled constraint reports of DESIGN §8.
// Caveat: challenges are drawn from a fixed seed here, so a passing check is a debugging aid, not a proof.

import { type Challenges, parameterValues, reachable } from '../fri/backend/graph.ts';
import { BLOCK_ROWS, BlockInterpreter, type RowSource } from '../fri/backend/js/block-interpreter.ts';
import { copyRows, interactionColumns, total } from '../fri/backend/js/interaction.ts';
import { bytesToWords } from '../fri/core/blake2s.ts';
import { Channel, TAG } from '../fri/core/channel.ts';
import type { QM31 } from '../fri/core/qm31.ts';
import * as Q from '../fri/core/qm31.ts';
import type { InstanceWitness } from './columns.ts';
import { circuitOf, componentOf, type MachineDefinition, type PublicTerm, publicSum } from './machine.ts';
import type { Component } from './recorded.ts';

export interface Failure {
  /** index of the instance in the list, and its component's name */
  instance: number;
  component: string;
  row: number;
  label: string;
  /** the M31 cells that the constraint reads, by column name (`previous name` for the row before) */
  cells: Record<string, number>;
}

export interface CheckReport {
  failures: Failure[];
  /** all failures, also those beyond the limit */
  failureCount: number;
  /** what the fractions of every instance add up to */
  sums: QM31[];
  /** they and the public terms cancel */
  sumIsZero: boolean;
}

/** challenges for a check, from a seed */
export function challengesFrom(seed: string): Challenges {
  const channel = new Channel();
  channel.absorb(TAG.CONTEXT, bytesToWords(new TextEncoder().encode(seed)));
  return {
    z: channel.drawFelt(),
    gamma: channel.drawFelt(),
    zeta: channel.drawFelt(),
    alpha: channel.drawFelt(),
    beta: channel.drawFelt(),
  };
}

/** names of the cells below a node, current and previous row apart */
function cellNames(component: Component, node: number): { index: number; back: boolean; name: string }[] {
  const names = [...component.preprocessed, ...component.base];
  return reachable(component.graph, [node]).flatMap((id) => {
    const n = component.graph.nodes[id]!;
    return n.op === 'cell' ? [{ index: n.index, back: n.back, name: `${n.back ? 'previous ' : ''}${names[n.index]}` }] : [];
  });
}

/**
 * @param limit failures that are reported in full; all are counted
 * @param kinds which constraints; the registers and sums of an honest fill hold by construction
 */
export function checkInstance(
  component: Component,
  instance: InstanceWitness,
  index: number,
  challenges: Challenges,
  limit = 100,
): { failures: Failure[]; count: number; sum: QM31 } {
  const circuit = circuitOf(component);
  const { graph } = component;
  const cells = [...instance.preprocessed, ...instance.columns];
  const rows = 2 ** instance.logSize;
  const parameters = parameterValues(graph, challenges, instance);
  const felts = interactionColumns(circuit, cells, instance.logSize, parameters, true);
  const source: RowSource = {
    cell: (column, back, out, start, count) => copyRows(cells[column]!, back, out, start, count),
    felt: (column, back, out, start, count) => {
      for (let c = 0; c < 4; c++) copyRows(felts[column]![c]!, back, out[c]!, start, count);
    },
  };
  const interpreter = new BlockInterpreter(
    graph,
    component.constraints.map(({ node }) => node),
    parameters,
    source,
  );
  const failures: Failure[] = [];
  let count = 0;
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const block = Math.min(BLOCK_ROWS, rows - start);
    interpreter.run(start, block);
    const broken = new Map<number, typeof component.constraints>();
    for (const constraint of component.constraints) {
      const { node } = constraint;
      for (const values of interpreter.isExt(node) ? interpreter.ext(node) : [interpreter.base(node)])
        for (let i = 0; i < block; i++) {
          if (values[i] === 0) continue;
          const known = broken.get(start + i) ?? [];
          if (known.at(-1) !== constraint) broken.set(start + i, [...known, constraint]);
        }
    }
    for (const row of [...broken.keys()].sort((a, b) => a - b)) {
      const before = (row + rows - 1) % rows;
      for (const { label, node } of broken.get(row)!) {
        count++;
        if (failures.length >= limit) continue;
        const read = cellNames(component, node).map((c): [string, number] => [c.name, cells[c.index]![c.back ? before : row]!]);
        failures.push({ instance: index, component: component.name, row, label, cells: Object.fromEntries(read) });
      }
    }
  }
  return { failures, count, sum: total(felts.at(-1)!) };
}

/** checks all instances and the global sum */
export function check(
  machine: MachineDefinition,
  instances: readonly InstanceWitness[],
  publicTerms: readonly PublicTerm[],
  seed = 'check',
  limit = 100,
): CheckReport {
  const challenges = challengesFrom(seed);
  const failures: Failure[] = [];
  const sums: QM31[] = [];
  let failureCount = 0;
  for (const [index, instance] of instances.entries()) {
    const result = checkInstance(componentOf(machine, instance), instance, index, challenges, limit - failures.length);
    failures.push(...result.failures);
    failureCount += result.count;
    sums.push(result.sum);
  }
  const total = sums.reduce((s, x) => Q.add(s, x), publicSum(publicTerms, challenges));
  return { failures, failureCount, sums, sumIsZero: Q.isZero(total) };
}
