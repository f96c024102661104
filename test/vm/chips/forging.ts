// Forged traces: an honest run as rows of named cells that a test may change, and what the machine says of the result. The forger is
// given every help: after each change all multiplicities of ram, rom and lut are rebuilt to what the other chips ask for.
// Source: AIR.md §10, §11 (d). Caveat: challenges are fixed, so a forger who knew them could do more; the transcript is tested elsewhere.

import { challengesFrom, check } from '../../../air/check.ts';
import type { InstanceWitness } from '../../../air/columns.ts';
import { circuitOf, type PublicTerm } from '../../../air/machine.ts';
import type { Component } from '../../../air/recorded.ts';
import { evaluateOnRow, parameterValues, reachable } from '../../../fri/backend/graph.ts';
import * as Q from '../../../fri/core/qm31.ts';
import { fillTraces } from '../../../vm/chips/fill.ts';
import { CHIP_LIST, instanceOf, MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { CHIP_NAMES, type ChipName } from '../../../vm/chips/table.ts';
import { execute } from '../../../vm/executor/run.ts';
import { toField } from '../../../vm/program/isa.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { publicTerms } from '../../../vm/statement/claim.ts';

export type Chip = ChipName;
/** cells by column name; a missing one is 0, negative numbers are field elements */
export type Row = Record<string, number>;

export interface ChipRows {
  chip: Chip;
  rows: Row[];
}

export interface ForgedRun {
  instances: ChipRows[];
  publicTerms: PublicTerm[];
}

export const SEED = 'forged traces';
const challenges = challengesFrom(SEED);

export const componentNamed = (chip: Chip): Component => MACHINE.components[TYPE[chip]]!;
export const columnsOf = (component: Component): string[] => [...component.preprocessed, ...component.base];

/** the rows of an instance; those that a run makes without their padding, so that a forger can go on after the last row */
function rowsOf({ type, logSize, preprocessed, columns }: InstanceWitness): Row[] {
  const names = columnsOf(MACHINE.components[type]!);
  const cells = [...preprocessed, ...columns];
  const rows = Array.from({ length: 2 ** logSize }, (_, row): Row => Object.fromEntries(names.map((name, i) => [name, cells[i]![row]!])));
  if (CHIP_LIST[type]!.sizedBy !== 'run') return rows;
  const used = rows.findLastIndex((row) => names.some((name) => row[name] !== 0)) + 1;
  return rows.slice(0, used);
}

/** columns of at least 2^minLogSize rows from rows of named cells */
export function witnessOf({ chip, rows }: ChipRows, minLogSize = 1): InstanceWitness {
  const component = componentNamed(chip);
  const logSize = Math.max(minLogSize, Math.ceil(Math.log2(Math.max(1, rows.length))));
  const column = (name: string): Uint32Array => {
    const cells = new Uint32Array(2 ** logSize);
    rows.forEach((row, i) => {
      cells[i] = toField(row[name] ?? 0);
    });
    return cells;
  };
  return {
    ...instanceOf(TYPE[chip], logSize),
    preprocessed: component.preprocessed.map(column),
    columns: component.base.map(column),
  };
}

/** an honest run, ready to be changed */
export function honestRun({ program, inputs }: { program: Program; inputs: IntegerTensors }): ForgedRun {
  const run = execute(program, inputs);
  const instances = fillTraces(run).map((instance): ChipRows => {
    const chip = CHIP_NAMES[instance.type]!;
    return { chip, rows: rowsOf(instance) };
  });
  return { instances, publicTerms: publicTerms(program, inputs, run.outputs) };
}

/** the rows of a run's first instance of a chip */
export const rows = (run: ForgedRun, chip: Chip): Row[] => run.instances.find((i) => i.chip === chip)!.rows;

const copied = (run: ForgedRun): ForgedRun => ({
  instances: run.instances.map(({ chip, rows: list }) => ({ chip, rows: list.map((row) => ({ ...row })) })),
  publicTerms: [...run.publicTerms],
});

/** numerator and denominator of every fraction of an instance's rows; denominators as text, to compare tuples */
function* fractions(witness: InstanceWitness): Generator<{ row: number; fraction: number; numerator: number; denominator: string }> {
  const component = MACHINE.components[witness.type]!;
  const { graph, sums } = circuitOf(component);
  const list = sums.flat();
  const order = reachable(
    graph,
    list.flatMap((f) => [f.numerator, f.denominator]),
  );
  const cells = [...witness.preprocessed, ...witness.columns];
  const count = 2 ** witness.logSize;
  const parameters = parameterValues(graph, challenges, witness);
  for (let row = 0; row < count; row++) {
    const before = (row + count - 1) % count;
    // numerators of accumulators read registers; no memory or table row answers them, so their values do not matter here
    const values = evaluateOnRow(graph, order, {
      cell: (column, back) => cells[column]![back ? before : row]!,
      felt: () => Q.ZERO,
      parameters,
    });
    for (const [fraction, f] of list.entries()) {
      const numerator = values[f.numerator]!;
      const denominator = values[f.denominator]!;
      if (typeof numerator === 'number') yield { row, fraction, numerator, denominator: String(denominator) };
    }
  }
}

/** the best a forger can do with multiplicities: every row of ram, rom, lut and words supplies exactly what is asked of it */
export function rebalance(run: ForgedRun): void {
  const asked = new Map<string, number>();
  const ask = (denominator: string, times: number): void => {
    asked.set(denominator, toField((asked.get(denominator) ?? 0) + times));
  };
  const supplies = ({ chip }: ChipRows): boolean => componentNamed(chip).base.includes('mult');
  for (const instance of run.instances)
    if (!supplies(instance))
      for (const { numerator, denominator } of fractions(witnessOf(instance))) if (numerator !== 0) ask(denominator, numerator);
  const powers = Q.powers(challenges.gamma, 20);
  for (const { count, relation, values } of run.publicTerms) {
    const tuple = values.reduce((d, v, j) => Q.sub(d, Q.scale(powers[j + 1]!, v)), Q.sub(challenges.z, Q.from(relation)));
    ask(String(tuple), count);
  }
  for (const instance of run.instances)
    if (supplies(instance))
      for (const { row, fraction, denominator } of fractions(witnessOf(instance))) {
        if (fraction > 0 || row >= instance.rows.length) continue;
        instance.rows[row]!.mult = asked.get(denominator) ?? 0;
        asked.delete(denominator);
      }
}

/** a copy of a run, changed, with every multiplicity rebuilt to suit the forger */
export function forged(run: ForgedRun, change: (run: ForgedRun) => void): ForgedRun {
  const copy = copied(run);
  change(copy);
  rebalance(copy);
  return copy;
}

/**
 * What the machine says against a run: `chip: label` of every constraint that some row breaks, `sum` if all fractions and the
 * public terms do not cancel, `instance rule` unless there is exactly one cpu. Nothing means accepted.
 */
export function objections(run: ForgedRun): string[] {
  const report = check(
    MACHINE,
    run.instances.map((instance) => witnessOf(instance)),
    run.publicTerms,
    SEED,
    2000,
  );
  const labels = new Set(report.failures.map(({ component, label }) => `${component}: ${label}`));
  if (report.failureCount > report.failures.length) labels.add('more');
  if (!report.sumIsZero) labels.add('sum');
  if (run.instances.filter(({ chip }) => chip === 'cpu').length !== 1) labels.add('instance rule');
  return [...labels];
}

/** labels that the rows of one chip break, its stated constraints alone */
export const rowObjections = (chip: Chip, list: Row[], minLogSize = 1): string[] =>
  objectionsOf(witnessOf({ chip, rows: list }, minLogSize));

function objectionsOf(witness: InstanceWitness): string[] {
  const component = MACHINE.components[witness.type]!;
  const stated = component.constraints.filter((c) => c.kind === 'base');
  const order = reachable(
    component.graph,
    stated.map((c) => c.node),
  );
  const cells = [...witness.preprocessed, ...witness.columns];
  const count = 2 ** witness.logSize;
  const broken = new Set<string>();
  for (let row = 0; row < count; row++) {
    const before = (row + count - 1) % count;
    const values = evaluateOnRow(component.graph, order, {
      cell: (column, back) => cells[column]![back ? before : row]!,
      felt: () => Q.ZERO,
      parameters: [],
    });
    for (const { label, node } of stated) if (values[node] !== 0) broken.add(label);
  }
  return [...broken];
}
