// The rows that a step makes in each chip, as the file has them, and where they differ from the rows of an honest run: a fill of this one step.
// Source: AIR.md §5 "Fill"; the fills of vm/chips. Caveat: memory chips have a row an address, not a step: their cells count all steps together.

import { fillTraces } from '../chips/fill.ts';
import { RUN_FILLS } from '../chips/fills.ts';
import { MACHINE, TYPE } from '../chips/machine.ts';
import { type ChipName, RUN_CHIPS, type RunChipName } from '../chips/table.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { type Debugged, stepOfRow } from './open.ts';
import type { Change, ChipRows } from './types.ts';

export const componentOfChip = (chip: string) => MACHINE.components[TYPE[chip as ChipName]]!;

/** Rows of an instance of the file, preprocessed columns first. */
export function rowsOf({ trace }: Debugged, instance: number, chip: ChipName, firstRow: number, rows: number): ChipRows {
  const { preprocessed, columns } = trace.instances[instance]!;
  const component = componentOfChip(chip);
  return {
    chip,
    instance,
    firstRow,
    rows,
    columns: [...component.preprocessed, ...component.base],
    cells: [...preprocessed, ...columns].map((column) => column.slice(firstRow, firstRow + rows)),
  };
}

/** The rows that a step makes, of each chip at most `limit` from its `from`-th on. Empty where the file's instances are not the run's. */
export function rowsOfStep(debugged: Debugged, step: number, from = 0, limit = Number.POSITIVE_INFINITY): ChipRows[] {
  return RUN_CHIPS.flatMap((chip) => {
    const instance = debugged.instances[TYPE[chip]];
    const first = debugged.rowStarts[chip][step]! + from;
    const rows = Math.min(debugged.rowStarts[chip][step + 1]! - first, limit);
    return instance === undefined || rows <= 0 ? [] : [rowsOf(debugged, instance, chip, first, rows)];
  });
}

/** The cells of a step's rows that an honest run has other values in. */
export function changesOfStep(debugged: Debugged, step: number): Change[] {
  const { run, rowStarts } = debugged;
  return RUN_CHIPS.flatMap((chip: RunChipName) => {
    const instance = debugged.instances[TYPE[chip]];
    const firstRow = rowStarts[chip][step]!;
    const rows = rowStarts[chip][step + 1]! - firstRow;
    if (instance === undefined || rows === 0) return [];
    const honest = componentOfChip(chip).base.map(() => new Uint32Array(rows));
    if (chip === 'cpu') {
      const cycles = run.cycles.subarray(step * CYCLE_WORDS, (step + 1) * CYCLE_WORDS);
      RUN_FILLS.cpu({ ...run, cycles }, honest, { fromCycle: 0, toCycle: 1, firstRow: 0, rows });
    } else RUN_FILLS[chip](run, honest, { fromCycle: step, toCycle: step + 1, firstRow, rows });
    const given = debugged.trace.instances[instance]!.columns.map((column) => column.subarray(firstRow, firstRow + rows));
    return differences(debugged, chip, instance, given, honest, firstRow);
  });
}

function differences(
  { rowStarts }: Debugged,
  chip: ChipName,
  instance: number,
  given: readonly Uint32Array[],
  honest: readonly Uint32Array[],
  firstRow: number,
): Change[] {
  const { base } = componentOfChip(chip);
  const found: Change[] = [];
  for (const [i, column] of honest.entries()) {
    const other = given[i]!;
    for (let row = 0; row < column.length; row++) {
      if (column[row] === other[row]) continue;
      const starts = isRunChip(chip) ? rowStarts[chip] : undefined;
      const step = starts && stepOfRow(starts, firstRow + row);
      found.push({
        chip,
        instance,
        row: firstRow + row,
        column: base[i]!,
        value: other[row]!,
        honest: column[row]!,
        step,
        rowOfStep: starts && step !== undefined ? firstRow + row - starts[step]! : undefined,
      });
    }
  }
  return found.sort((x, y) => x.row - y.row);
}

export const isRunChip = (chip: string): chip is RunChipName => (RUN_CHIPS as readonly string[]).includes(chip);

/** Every cell of the file that an honest run has another value in, of all chips. Undefined where the file has other instances than the run. */
export function changesOf(debugged: Debugged): Change[] | undefined {
  const { run, trace, fits } = debugged;
  if (!fits) return undefined;
  return fillTraces(run).flatMap(({ type, columns }, instance) =>
    differences(debugged, MACHINE.components[type]!.name as ChipName, instance, trace.instances[instance]!.columns, columns, 0),
  );
}
