// Which instances a run fills, and which rows go into which: decided from the cycles, before a column exists. mac and store may be cut
// into several at the ends of runs, so that powers of two waste little. Source: AIR.md §5, DESIGN §7.
// A run never crosses instances (its rows read each other one back); which instance holds which run is free, since receivers may be
// permuted. Caveat: every instance costs the proof its openings, so a cut must save at least MIN_SAVED_CELLS.

import type { UnfilledInstance } from '../../air/columns.ts';
import { interactionColumns } from '../../air/component.ts';
import { MIN_LOG_SIZE } from '../../fri/pcs/profile.ts';
import { CYCLE_WORDS, type Execution } from '../executor/run.ts';
import { RAM_BASE, specOf } from '../program/isa.ts';
import { paddedLogSize } from '../program/loader.ts';
import { fillCpu } from './cpu.fill.ts';
import { fillMac } from './mac.fill.ts';
import { MACHINE, TYPE } from './machine.ts';
import { fillLut, fillRam, fillRom, romLogSize } from './memory.fill.ts';
import type { Piece } from './piece.ts';
import { fillStore } from './store.fill.ts';

/** a cut that saves fewer cells is not worth the openings of one more instance (196 rows of 181 columns for store) */
const MIN_SAVED_CELLS = 2 ** 18;
const MAX_PIECES = 4;

interface Cuts {
  /** number of runs before every piece after the first */
  runs: number[];
  /** padded rows of all pieces, and the price of cutting */
  cost: number;
}

/** Where the runs of a chip end. */
interface Runs {
  /** rows up to the end of a run */
  rowEnds: number[];
  /** the cycle after the one that dispatched it */
  cycleEnds: number[];
}

/** cheapest cuts of the runs from number `start` on */
function cheapestCuts(rowEnds: readonly number[], start: number, pieces: number, pricePerCut: number): Cuts {
  const firstRow = start === 0 ? 0 : rowEnds[start - 1]!;
  const rows = (rowEnds.at(-1) ?? 0) - firstRow;
  const whole = 2 ** paddedLogSize(rows);
  const uncut: Cuts = { runs: [], cost: whole };
  if (pieces === 1 || whole === rows || whole === 2) return uncut;
  // runs that end in the first half of the rows: binary search
  let [low, high] = [start, rowEnds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rowEnds[middle]! <= firstRow + whole / 2) low = middle + 1;
    else high = middle;
  }
  if (low === start) return uncut;
  const rest = cheapestCuts(rowEnds, low, pieces - 1, pricePerCut);
  const cost = 2 ** paddedLogSize(rowEnds[low - 1]! - firstRow) + pricePerCut + rest.cost;
  return cost < whole ? { runs: [low, ...rest.runs], cost } : uncut;
}

/** the runs of mac and of store, in the order of the cycles */
function runsOf({ loaded, cycles }: Execution): Record<'mac' | 'store', Runs> {
  const runs = { mac: { rowEnds: [], cycleEnds: [] } as Runs, store: { rowEnds: [], cycleEnds: [] } as Runs };
  const count = cycles.length / CYCLE_WORDS;
  for (let cycle = 0; cycle < count; cycle++) {
    const { opcode, values, flags } = loaded.instructions[cycles[cycle * CYCLE_WORDS]!]!;
    const { cost } = specOf(opcode);
    if (!cost) continue;
    const { rowEnds, cycleEnds } = runs[cost.chip];
    rowEnds.push((rowEnds.at(-1) ?? 0) + cost.rows(values, flags));
    cycleEnds.push(cycle + 1);
  }
  return runs;
}

function piecesOf({ rowEnds, cycleEnds }: Runs, cuts: readonly number[]): Piece[] {
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

export interface PlanOptions {
  /** whether mac and store may stand several times: the profile's `repeatedChips`; default no */
  repeatedChips?: boolean;
  /** least log size of the largest instance: the profile's `minLogSize`; cpu is padded to it when all are smaller */
  minLogSize?: number;
  /** cells that a cut must save */
  minSavedCells?: number;
}

/** The instances of a run in the machine's order, to be filled. */
export function planInstances(
  run: Execution,
  { repeatedChips = false, minLogSize = MIN_LOG_SIZE, minSavedCells = MIN_SAVED_CELLS }: PlanOptions = {},
): UnfilledInstance[] {
  const { program, table } = run.loaded;
  const runs = runsOf(run);
  const instance = (type: number, logSize: number, fill: UnfilledInstance['fill']): UnfilledInstance => ({
    type,
    logSize,
    base: type === TYPE.ram ? RAM_BASE : 0,
    data: false,
    fill,
  });
  const cut = (chip: 'mac' | 'store', fill: typeof fillMac): UnfilledInstance[] => {
    const component = MACHINE.components[TYPE[chip]]!;
    const width = component.base.length + 4 * interactionColumns(component);
    const { rowEnds } = runs[chip];
    const cuts = repeatedChips ? cheapestCuts(rowEnds, 0, MAX_PIECES, minSavedCells / width).runs : [];
    return piecesOf(runs[chip], cuts).map((piece) =>
      instance(TYPE[chip], paddedLogSize(piece.rows), (columns) => fill(run, piece, columns)),
    );
  };
  const others = [
    ...cut('mac', fillMac),
    ...cut('store', fillStore),
    instance(TYPE.ram, program.ramLogSize, (columns) => fillRam(run, columns)),
    instance(TYPE.rom, romLogSize(program), (columns) => fillRom(run, columns)),
    instance(TYPE.lut, table.logSize, (columns) => fillLut(run, columns)),
  ];
  const cycles = paddedLogSize(run.cycles.length / CYCLE_WORDS);
  const small = others.every(({ logSize }) => logSize < minLogSize);
  return [instance(TYPE.cpu, small ? Math.max(minLogSize, cycles) : cycles, (columns) => fillCpu(run, columns)), ...others];
}
