// What is wrong with a trace, and where: the constraints that fail, as sentences with the cells in them and the step of the row, the cells that an honest
// run has other values in, and the tuples of which no two sides agree. Source: air/check.ts. Caveat: cells of rows that nothing uses are in no
// constraint, so a changed cell may fail nothing; and a trace of another run of its program is all changes.
import { check } from '../../air/check.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { MACHINE } from '../chips/machine.ts';
import { publicTerms } from '../statement/claim.ts';
import { cycleOf } from './cycle.ts';
import { factorsOnRow, formulaOf } from './formula.ts';
import { accumulatedOn, lookupsOf } from './lookups.ts';
import { type Debugged, stepOfRow } from './open.ts';
import { changesOf, componentOfChip, isRunChip } from './rows.ts';
import type { Change, FailedRow, Lookup, Unbalanced, Verdict } from './types.ts';

/** how a row of an instance of the file is read */
export function cellsOfRow({ trace }: Debugged, instance: number, row: number) {
  const { preprocessed, columns, logSize, base } = trace.instances[instance]!;
  const before = (row + 2 ** logSize - 1) % 2 ** logSize;
  return {
    base,
    logSize,
    cell: (index: number, back: boolean): number =>
      (index < preprocessed.length ? preprocessed[index]! : columns[index - preprocessed.length]!)[back ? before : row]!,
  };
}

/** the step that a row belongs to */
function stepOf({ rowStarts, writers, instances }: Debugged, chip: string, type: number, row: number): number | undefined {
  if (instances[type] === undefined) return undefined;
  if (isRunChip(chip)) return stepOfRow(rowStarts[chip], row);
  if (chip !== 'ram') return undefined;
  const step = writers[row] ?? -1;
  return step >= 0 ? step : undefined;
}

/** the lookups and products that changed rows have otherwise than the honest ones */
function unbalancedOf(debugged: Debugged, changes: readonly Change[], limit: number): Pick<Verdict, 'unbalanced' | 'accumulators'> {
  const honest = new Map(changes.map(({ instance, row, column, honest: value }) => [`${instance} ${row} ${column}`, value]));
  const rows = new Map<string, { chip: string; instance: number; row: number }>();
  for (const { chip, instance, row } of changes) {
    const { logSize } = debugged.trace.instances[instance]!;
    // a row's tuples may read the row before
    for (const at of [row, (row + 1) % 2 ** logSize]) rows.set(`${instance} ${at}`, { chip, instance, row: at });
    if (rows.size >= limit) break;
  }
  const found: Unbalanced[] = [];
  const accumulators: Verdict['accumulators'][number][] = [];
  for (const { chip, instance, row } of rows.values()) {
    const component = componentOfChip(chip);
    const { logSize } = debugged.trace.instances[instance]!;
    const names = [...component.preprocessed, ...component.base];
    const given = cellsOfRow(debugged, instance, row);
    const before = (row + 2 ** logSize - 1) % 2 ** logSize;
    const repaired = {
      ...given,
      cell: (index: number, back: boolean): number =>
        honest.get(`${instance} ${back ? before : row} ${names[index]}`) ?? given.cell(index, back),
    };
    const net = new Map<string, Lookup>();
    for (const [sign, cells] of [
      [1, given],
      [-1, repaired],
    ] as const)
      for (const lookup of lookupsOf(component, cells)) {
        const key = `${lookup.relation} ${lookup.tuple.join(' ')}`;
        net.set(key, { ...lookup, times: (net.get(key)?.times ?? 0) + sign * lookup.times });
      }
    const step = stepOf(debugged, chip, MACHINE.components.indexOf(component), row);
    for (const lookup of net.values())
      if (lookup.times !== 0 && lookup.relation !== 'accumulator') found.push({ ...lookup, chip, row, step });
    if (step === undefined || component.registers.length === 0) continue;
    const [here, there] = [accumulatedOn(component, given), accumulatedOn(component, repaired)];
    const isOther = (x: QM31, y: QM31 | undefined): boolean => !y || !Q.isZero(Q.sub(x, y));
    if (
      here.registers.some((value, i) => isOther(value, there.registers[i])) ||
      [...here.numerators].some(([numerator, value]) => isOther(value, there.numerators.get(numerator)))
    )
      accumulators.push({ name: cycleOf(debugged.run, step).ec, chip, row, step });
  }
  return { unbalanced: found.slice(0, limit), accumulators };
}

const isSame = (x: ArrayLike<number> | undefined, y: ArrayLike<number>): boolean =>
  x !== undefined && x.length === y.length && Array.from(y).every((value, i) => value === x[i]);

/** Holds every row against every constraint, and every cell against an honest run. @param limit failures, changes and lookups that are listed */
export function judge(debugged: Debugged, limit = 100): Verdict {
  const { trace, run } = debugged;
  const { program } = trace;
  const terms = publicTerms(program, trace.inputs, trace.outputs);
  const { failures, failureCount, sumIsZero } = check(MACHINE, trace.instances, terms, 'trace', limit);
  const changes = changesOf(debugged);
  return {
    ok: failureCount === 0 && sumIsZero,
    failures: failures.map(({ instance, row, label, cells }): FailedRow => {
      const { type } = trace.instances[instance]!;
      const component = MACHINE.components[type]!;
      const chip = component.name;
      const constraint = component.constraints.find((one) => one.label === label)!;
      const step = stepOf(debugged, chip, type, row);
      return {
        chip,
        instance,
        row,
        label,
        cells,
        formula: formulaOf(component, constraint.node),
        factors: factorsOnRow(component, constraint.node, cellsOfRow(debugged, instance, row)),
        step,
        rowOfStep: step !== undefined && isRunChip(chip) ? row - debugged.rowStarts[chip][step]! : undefined,
      };
    }),
    failureCount,
    sumIsZero,
    changes: changes?.slice(0, limit),
    changeCount: changes?.length,
    ...(changes ? unbalancedOf(debugged, changes, limit) : { unbalanced: [], accumulators: [] }),
    otherOutputs: program.outputs.flatMap(({ name }) => (isSame(trace.outputs[name], run.outputs[name]!) ? [] : [name])),
  };
}
