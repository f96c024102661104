// Cuts a chip's trace into several instances at the ends of runs, so that powers of two waste little. Source: DESIGN §7.
// A run never crosses instances (its rows read each other one back); which instance holds which run is free, since receivers may be
// permuted. Caveat: every instance costs the proof its openings, so a cut must save at least MIN_SAVED_CELLS.
import { interactionColumns } from '../air/component.ts';
import { componentOf } from '../air/machine.ts';
import type { InstanceWitness } from '../air/prove.ts';
import type { Execution } from './executor.ts';
import { paddedLogSize } from './loader.ts';
import { MACHINE, TYPE } from './machine.ts';

/** a cut that saves fewer cells is not worth the openings of one more instance (80 rows of 181 columns for store) */
const MIN_SAVED_CELLS = 2 ** 18;
const MAX_PIECES = 4;

interface Plan {
  /** first row of every piece after the first */
  cuts: number[];
  /** padded rows of all pieces, and the price of cutting */
  cost: number;
}

/** cheapest cuts of rows [start, rows): `cutBefore(limit)` is the last run end at or before a row */
function plan(start: number, rows: number, pieces: number, pricePerCut: number, cutBefore: (limit: number) => number): Plan {
  const whole = 2 ** paddedLogSize(rows - start);
  const uncut: Plan = { cuts: [], cost: whole };
  if (pieces === 1 || whole === rows - start || whole === 2) return uncut;
  const cut = cutBefore(start + whole / 2);
  if (cut <= start) return uncut;
  const rest = plan(cut, rows, pieces - 1, pricePerCut, cutBefore);
  const cost = 2 ** paddedLogSize(cut - start) + pricePerCut + rest.cost;
  return cost < whole ? { cuts: [cut, ...rest.cuts], cost } : uncut;
}

/** cuts one instance's columns; `last` is 1 on the last row of every run, rows from `rows` on are padding */
function splitColumns(columns: readonly Uint32Array[], rows: number, last: Uint32Array, pricePerCut: number): Uint32Array[][] {
  const ends: number[] = [];
  for (let row = 0; row < rows; row++) if (last[row] === 1) ends.push(row + 1);
  const cutBefore = (limit: number): number => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= limit) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : ends[low - 1]!;
  };
  const { cuts } = plan(0, rows, MAX_PIECES, pricePerCut, cutBefore);
  if (!cuts.length) return [[...columns]];
  return [0, ...cuts].map((from, i) => {
    const to = cuts[i] ?? rows;
    return columns.map((column) => {
      const piece = new Uint32Array(2 ** paddedLogSize(to - from));
      piece.set(column.subarray(from, to));
      return piece;
    });
  });
}

/** the instances of a run with mac and store cut where that saves at least `minSavedCells` cells a cut */
export function splitInstances(instances: readonly InstanceWitness[], run: Execution, minSavedCells = MIN_SAVED_CELLS): InstanceWitness[] {
  const rows = new Map<number, number>([
    [TYPE.mac, run.macRows],
    [TYPE.store, run.storeRows],
  ]);
  return instances.flatMap((instance) => {
    const used = rows.get(instance.type);
    if (used === undefined) return [instance];
    const component = componentOf(MACHINE, instance);
    const last = instance.columns[component.base.indexOf('last')]!;
    const width = component.base.length + 4 * interactionColumns(component);
    return splitColumns(instance.columns, used, last, minSavedCells / width).map((columns) => ({
      ...instance,
      columns,
      logSize: Math.log2(columns[0]!.length),
    }));
  });
}
