// Test 38 of AIR.md §10: in every column, single cells of honest traces are changed. A change breaks a stated constraint, or moves the
// sum of the instance's fractions (and then no choice of multiplicities saves it), or is on the allow-list of AIR.md §11 (b): cells that the
// canonical fill fixes but nothing reads. Interaction cells always break the definition of their register or sum.
// Slow: what a changed cell moves is summed up over the whole instance.
// Caveat: runs of eight example programs; a cell that none of them uses is not changed where it matters.
import { beforeAll, describe, expect, test } from 'vitest';
import { challengesFrom } from '../../../air/check.ts';
import type { InstanceWitness } from '../../../air/columns.ts';
import { circuitOf } from '../../../air/machine.ts';
import type { Component } from '../../../air/recorded.ts';
import { evaluateOnRow, parameterValues, reachable } from '../../../fri/backend/graph.ts';
import { at } from '../../../fri/backend/js/felts.ts';
import { interactionColumns, total } from '../../../fri/backend/js/interaction.ts';
import type { QM31 } from '../../../fri/core/qm31.ts';
import * as Q from '../../../fri/core/qm31.ts';
import { CHIP_NAMES } from '../../../vm/chips/table.ts';
import { P } from '../../../vm/program/isa.ts';
import { random } from '../../air/toy.ts';
import { sampled, times } from '../../times.ts';
import { doubling } from '../committed-program.ts';
import { conv, loop, mlp, pitchGrowth, squareSum, strided, upsample } from '../programs.ts';
import {
  type Chip,
  columnsOf,
  componentNamed,
  type ForgedRun,
  forged,
  honestRun,
  objections,
  type Row,
  rows,
  SEED,
  witnessOf,
} from './forging.ts';

const challenges = challengesFrom(SEED);
const MUTATIONS_PER_COLUMN = times(sampled(12, 4));
/** mutations that move that sum and are tried again with every multiplicity rebuilt, a chip */
const REBUILT = times(sampled(6, 2));

/** why a cell may change without effect (AIR.md §11 b), from the cells of its row */
function allowed(chip: Chip, column: string, row: Row): boolean {
  const cell = (name: string): number => row[name] ?? 0;
  const lane = /^([a-z]+)(\d+)$/.exec(column);
  const kind = lane?.[1];
  switch (chip) {
    case 'cpu':
      return cell('en') === 0 || ['va', 'vb', 'vc', 'inv'].includes(column);
    case 'mac': {
      const isB = cell('B1') + cell('B2') > 0;
      if (cell('A1') + cell('A2') + cell('S') + cell('H') === 0 && !isB) return true; // padding
      if (kind === 'w' || column === 'aw') return cell('S') === 1;
      if (kind === 'v' || column === 'av') return cell('A2') + cell('B2') + cell('H') === 0;
      return column === 'ch' && (cell('S') === 1 || isB);
    }
    case 'store': {
      if (cell('en') === 0) return true;
      if (column === 'cw') return cell('ld') === 1;
      if (kind === 'u') return cell(`m${lane![2]}`) === 0 && cell(`q${lane![2]}`) === 0;
      return kind === 'q' && cell(`m${lane![2]}`) === 0 && cell(`u${lane![2]}`) === 0;
    }
    case 'ram':
      return cell('used') === 0;
    default:
      return false;
  }
}

interface Target {
  run: ForgedRun;
  list: Row[];
  witness: InstanceWitness;
  parameters: QM31[];
  felts: ReturnType<typeof interactionColumns>;
}

const interact = (witness: InstanceWitness) => {
  const circuit = circuitOf(componentNamed(chipOf(witness)));
  return interactionColumns(
    circuit,
    [...witness.preprocessed, ...witness.columns],
    witness.logSize,
    parameterValues(circuit.graph, challenges, witness),
    true,
  );
};
const chipOf = (witness: InstanceWitness): Chip => CHIP_NAMES[witness.type]!;

function targetOf(run: ForgedRun, chip: Chip): Target {
  const list = rows(run, chip);
  const witness = witnessOf({ chip, rows: list });
  const felts = interact(witness);
  const { graph } = componentNamed(chip);
  const parameters = parameterValues(graph, challenges, witness);
  return { run, list, witness, parameters, felts };
}

const known = new Map<string, { nodes: number[]; order: number[] }>();

/** constraints of these kinds, and all nodes that they need, once a chip */
function constraintsOf(component: Component, kinds: readonly string[]): { nodes: number[]; order: number[] } {
  const key = [component.name, ...kinds].join();
  let found = known.get(key);
  if (!found) {
    const nodes = component.constraints.filter((c) => kinds.includes(c.kind)).map((c) => c.node);
    found = { nodes, order: reachable(component.graph, nodes) };
    known.set(key, found);
  }
  return found;
}

/** whether a constraint of one of these kinds is broken on the row or the next one */
function breaks({ witness, parameters, felts }: Target, row: number, kinds: readonly string[]): boolean {
  const component = componentNamed(chipOf(witness));
  const { nodes, order } = constraintsOf(component, kinds);
  const cells = [...witness.preprocessed, ...witness.columns];
  const count = 2 ** witness.logSize;
  return [row, (row + 1) % count].some((here) => {
    const before = (here + count - 1) % count;
    const values = evaluateOnRow(component.graph, order, {
      cell: (column, back) => cells[column]![back ? before : here]!,
      felt: (column, back) => at(felts[column]!, back ? before : here),
      parameters,
    });
    return nodes.some((node) => {
      const value = values[node]!;
      return typeof value === 'number' ? value !== 0 : !Q.isZero(value);
    });
  });
}

let runs: ForgedRun[];
beforeAll(() => {
  runs = [conv(), strided(), upsample(11), pitchGrowth(16), squareSum(), loop(), mlp(3), doubling()].map(honestRun);
});

/** a chip of committed inputs stands in runs that have one */
const runsWith = (chip: Chip): ForgedRun[] => runs.filter(({ instances }) => instances.some((one) => one.chip === chip));

describe.each(CHIP_NAMES)('%s', (chip) => {
  const component = componentNamed(chip);

  test('every changed base cell is refused or on the allow-list', () => {
    const next = random(38 + component.base.length);
    const pick = <T>(list: readonly T[]): T => list[next() % list.length]!;
    const targets = runsWith(chip).map((run) => targetOf(run, chip));
    let rebuilt = 0;
    let refused = 0;
    for (const [index, column] of component.base.entries())
      for (let n = 0; n < MUTATIONS_PER_COLUMN; n++) {
        const target = pick(targets);
        const cells = target.witness.columns[index]!;
        const row = next() % cells.length;
        const old = cells[row]!;
        cells[row] = old <= 1 && n % 2 ? 1 - old : (old + pick([1, P - 1, 2, 16, 1 + (next() % (P - 1))])) % P;
        const changed = cells[row];
        if (changed === old) continue;
        const names = columnsOf(component);
        const all = [...target.witness.preprocessed, ...target.witness.columns];
        const rowCells: Row = Object.fromEntries(names.map((name, i) => [name, all[i]![row]!]));
        if (breaks(target, row, ['base'])) refused++;
        else if (!Q.equal(total(interact(target.witness).at(-1)!), total(target.felts.at(-1)!))) {
          refused++;
          if (column !== 'mult' && rebuilt < REBUILT && row < target.list.length) {
            rebuilt++;
            const run = forged(target.run, (r) => {
              rows(r, chip)[row]![column] = changed;
            });
            expect(objections(run), `${column} of row ${row}, multiplicities rebuilt`).not.toEqual([]);
          }
        } else
          expect(allowed(chip, column, rowCells) || allowed(chip, column, { ...rowCells, [column]: old }), `${column} of row ${row}`).toBe(
            true,
          );
        cells[row] = old;
      }
    expect(refused).toBeGreaterThan(0);
  });

  test('every changed interaction cell breaks a register or a sum', () => {
    const next = random(83);
    const targets = runsWith(chip).map((run) => targetOf(run, chip));
    const columns = component.registers.length + component.sums.length;
    for (let index = 0; index < columns; index++)
      for (let n = 0; n < MUTATIONS_PER_COLUMN; n++) {
        const target = targets[next() % targets.length]!;
        const coordinate = target.felts[index]![next() % 4]!;
        const row = next() % coordinate.length;
        const old = coordinate[row]!;
        coordinate[row] = (old + 1 + (next() % (P - 1))) % P;
        expect(breaks(target, row, ['register', 'sum']), `column ${index}, row ${row}`).toBe(true);
        coordinate[row] = old;
      }
  });
});
