// Which instances a run fills, and which rows go into which: decided from the cycles, before a column exists. Chips that may stand several
// times are cut at the ends of runs, so that powers of two waste little. Source: AIR.md §5, DESIGN §7.
// A run never crosses instances (its rows read each other one back); which instance holds which run is free, since receivers may be
// permuted. Caveat: every instance costs the proof its openings, so a cut must save at least MIN_SAVED_CELLS.

import type { UnfilledInstance } from '../../air/columns.ts';
import { committedColumns } from '../../air/component.ts';
import { MIN_LOG_SIZE } from '../../fri/pcs/profile.ts';
import type { Execution } from '../executor/run.ts';
import { isCommitted } from '../program/committed.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { paddedLogSize } from '../program/loader.ts';
import type { RunChip } from './chip.ts';
import { committedInstance } from './committed.ts';
import { INPUT_FILLS, PROGRAM_FILLS, RUN_FILLS } from './fills.ts';
import { COMMITTED } from './fixed.ts';
import { CHIP_LIST, instanceOf } from './machine.ts';
import { instanceOfPage, MAX_PIECES, MIN_SAVED_CELLS, type PageOptions, pagesOf } from './pages.ts';
import type { Piece } from './piece.ts';
import { CHIP_NAMES, type ProgramChipName, type RunChipName } from './table.ts';

interface Cuts {
  /** number of runs before every piece after the first */
  runs: number[];
  /** padded rows of all pieces, and the price of cutting */
  cost: number;
}

/** Where the runs of a chip end. */
export interface Runs {
  /** rows up to the end of a run */
  rowEnds: number[];
  /** the cycle after the one that dispatched it */
  cycleEnds: number[];
}

/** number of runs, from number `start` on, that end within the first `rows` rows: binary search */
export function runsWithin(rowEnds: readonly number[], start: number, rows: number): number {
  let [low, high] = [start, rowEnds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rowEnds[middle]! <= rows) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** cheapest cuts of the runs from number `start` on */
export function cheapestCuts(rowEnds: readonly number[], start: number, pieces: number, pricePerCut: number): Cuts {
  const firstRow = start === 0 ? 0 : rowEnds[start - 1]!;
  const rows = (rowEnds.at(-1) ?? 0) - firstRow;
  const whole = 2 ** paddedLogSize(rows);
  const uncut: Cuts = { runs: [], cost: whole };
  if (pieces === 1 || whole === rows || whole === 2) return uncut;
  const low = runsWithin(rowEnds, start, firstRow + whole / 2);
  if (low === start) return uncut;
  const rest = cheapestCuts(rowEnds, low, pieces - 1, pricePerCut);
  const cost = 2 ** paddedLogSize(rowEnds[low - 1]! - firstRow) + pricePerCut + rest.cost;
  return cost < whole ? { runs: [low, ...rest.runs], cost } : uncut;
}

/** the runs of a chip, in the order of the cycles */
export function runsOf({ loaded, cycles }: Execution, chip: RunChip): Runs {
  const rowsOf = loaded.instructions.map((instruction) => chip.rows(instruction));
  const [rowEnds, cycleEnds]: [number[], number[]] = [[], []];
  let end = 0;
  for (let at = 0, cycle = 1; at < cycles.length; at += CYCLE_WORDS, cycle++) {
    const rows = rowsOf[cycles[at]!]!;
    if (rows === 0) continue;
    end += rows;
    rowEnds.push(end);
    cycleEnds.push(cycle);
  }
  return { rowEnds, cycleEnds };
}

export function piecesOf({ rowEnds, cycleEnds }: Runs, cuts: readonly number[]): Piece[] {
  const before = [0, ...cuts];
  return before.map((run, i) => {
    const end = cuts[i] ?? rowEnds.length;
    const firstRow = run === 0 ? 0 : rowEnds[run - 1]!;
    const lastRow = end === 0 ? 0 : rowEnds[end - 1]!;
    return {
      fromCycle: run === 0 ? 0 : cycleEnds[run - 1]!,
      toCycle: end === 0 ? 0 : cycleEnds[end - 1]!,
      firstRow,
      rows: lastRow - firstRow,
    };
  });
}

/** all rows of a chip in one piece; no list of runs, which a proof would leave to the collector */
function wholePiece({ loaded, cycles }: Execution, chip: RunChip): Piece {
  const rowsOf = loaded.instructions.map((instruction) => chip.rows(instruction));
  let rows = 0;
  for (let at = 0; at < cycles.length; at += CYCLE_WORDS) rows += rowsOf[cycles[at]!]!;
  return { fromCycle: 0, toCycle: cycles.length / CYCLE_WORDS, firstRow: 0, rows };
}

/** what each instance of a chip holds */
function plannedPieces(run: Execution, chip: RunChip, repeatedChips: boolean, minSavedCells: number): Piece[] {
  if (!repeatedChips || chip.instances === 'one') return [wholePiece(run, chip)];
  const runs = runsOf(run, chip);
  const { component } = chip;
  const width = committedColumns(component);
  return piecesOf(runs, cheapestCuts(runs.rowEnds, 0, MAX_PIECES, minSavedCells / width).runs);
}

export interface PlanOptions {
  /** whether chips that a run sizes may stand several times: the profile's `repeatedChips`; left out, each chip stands once, as in a trace */
  repeatedChips?: boolean | undefined;
  /** least log size of the largest instance: the profile's `minLogSize`; the padded chip grows to it when all are smaller */
  minLogSize?: number;
  /** cells that a cut must save; what the program fixes is cut as its record says */
  minSavedCells?: number;
}

/** The instances that hold what the program fixes, in the order of the model's record. */
export const pagePlan = (run: Execution, options: PageOptions = {}): UnfilledInstance[] =>
  pagesOf(run.loaded, options).map((page) => {
    const fill = PROGRAM_FILLS[CHIP_NAMES[page.type] as ProgramChipName];
    return { ...instanceOfPage(page), fill: (columns) => fill(run, columns, page.first) };
  });

/** The instances that hold committed inputs, in their order. @param trees of the model, whose roots come first */
export const inputPlan = (run: Execution, trees: number): UnfilledInstance[] =>
  run.loaded.program.inputs.filter(isCommitted).map((region, i) => ({
    ...committedInstance(region, trees + i),
    // found when it is asked for: an outline of a run has no words
    get preprocessed() {
      return COMMITTED.words(region, run.data.get(region.name)!.words);
    },
    fill: (columns) => INPUT_FILLS.words(run, columns, region),
  }));

/** trees that a model's pages stand in */
export const treeCount = (pages: readonly { page?: number }[]): number => Math.max(...pages.map(({ page }) => page ?? 0)) + 1;

/** The instances of a run in the machine's order, to be filled. */
export function planInstances(
  run: Execution,
  { repeatedChips, minLogSize = MIN_LOG_SIZE, minSavedCells = MIN_SAVED_CELLS }: PlanOptions = {},
): UnfilledInstance[] {
  const pages = pagePlan(run, { repeatedChips });
  const planned = CHIP_LIST.flatMap((chip, type): UnfilledInstance[] => {
    if (chip.sizedBy === 'program') return pages.filter((page) => page.type === type);
    if (chip.sizedBy === 'input') return inputPlan(run, treeCount(pages));
    const fill = RUN_FILLS[CHIP_NAMES[type] as RunChipName];
    return plannedPieces(run, chip, repeatedChips ?? false, minSavedCells).map((piece) => ({
      ...instanceOf(type, paddedLogSize(piece.rows)),
      fill: (columns) => fill(run, columns, piece),
    }));
  });
  if (planned.some(({ logSize }) => logSize >= minLogSize)) return planned;
  const isPadded = ({ type }: UnfilledInstance): boolean => {
    const chip = CHIP_LIST[type]!;
    return chip.sizedBy === 'run' && chip.padded;
  };
  return planned.map((instance) => (isPadded(instance) ? { ...instance, logSize: minLogSize } : instance));
}
