// The instances whose rows a program fixes: which rows of rom, ram and lut each holds, and which tree of the model it is committed in.
// Small programs have one tree. There a chip is cut where that saves cells: of padding, and of the columns that are as high as the highest chip, which
// often is a narrow table. A program that is too large for one shard commits to pages of 2^PAGE_LOG_SIZE rows, a tree each, so that every shard
// brings the pages it likes. Source: DESIGN §5, §7.
// Caveat: part of the model's id, so a number that is changed here changes the ids of the models that it concerns.

import { committedColumns } from '../../air/component.ts';
import type { Instance } from '../../air/machine.ts';
import { bug } from '../../fri/core/errors.ts';
import { SHARED_COLUMNS } from '../../fri/pcs/layout.ts';
import type { Instruction } from '../program/assembler.ts';
import { hasJumps, type LoadedProgram, paddedLogSize } from '../program/loader.ts';
import { CHIP_LIST, instanceOf } from './machine.ts';

/** Rows of a chip that the program fixes, as one instance. */
export interface Page extends Instance {
  /** number of the model's tree that has its preprocessed columns */
  page: number;
  /** the chip's row that is the page's first */
  first: number;
}

/** a cut that saves fewer cells is not worth the openings of one more instance (196 rows of 181 columns for store) */
export const MIN_SAVED_CELLS = 2 ** 18;
/** columns of the widest chip: an instance more of another one costs as much less as it is narrower */
const WIDEST = Math.max(...CHIP_LIST.map(({ component }) => committedColumns(component)));
/** instances of a chip in one tree: a fifth one saves a sixteenth of its padding at most */
export const MAX_PIECES = 4;
/** nothing is cut lower: a proof's highest chip has so many rows at least, under `proven` and `chain` */
const LEAST_LOG_SIZE = 8;
/** A program with more cells than this is committed to in pages. A quarter of what one WebAssembly memory holds. */
const ONE_TREE_CELLS = 2 ** 26;
/**
 * 2^18 rows of rom with their multiplicities are 6 million cells. Higher ones cost security in every shard that has one (4·2^L/|F| at its point, and
 * these errors add up), lower ones a tree's openings each, 0.1 MB.
 */
const PAGE_LOG_SIZE = 18;

/** Log sizes of the pieces that so many rows are cut into: descending, the last one padded. */
function pieceSizes(rows: number, pieces: number, pricePerCut: number): number[] {
  const logSize = paddedLogSize(rows);
  const half = 2 ** (logSize - 1);
  if (pieces === 1 || rows <= half || logSize === 1) return [logSize];
  const rest = pieceSizes(rows - half, pieces - 1, pricePerCut);
  const cost = half + pricePerCut + rest.reduce((sum, size) => sum + 2 ** size + pricePerCut, -pricePerCut);
  return cost < 2 ** logSize ? [logSize - 1, ...rest] : [logSize];
}

/** rows of a chip, and what an instance more of it costs, in rows of it */
interface Cuttable {
  rows: number;
  width: number;
  pricePerCut: number;
}

/** Log sizes of pieces none of which is higher than `limit`; those below it are cut where that saves padding. */
function limitedSizes({ rows, pricePerCut }: Cuttable, limit: number): number[] {
  const full = rows > 2 ** limit ? Math.ceil(rows / 2 ** limit) - 1 : 0;
  return [...Array<number>(full).fill(limit), ...pieceSizes(rows - full * 2 ** limit, MAX_PIECES, pricePerCut)];
}

/**
 * Log of the rows of the highest instance that a run fills; undefined where a program's way is not known before.
 * @param repeatedChips whether it is cut; then as if it could be at every row
 */
function runLogSize({ instructions }: LoadedProgram, repeatedChips: boolean, minSavedCells: number): number | undefined {
  if (hasJumps(instructions)) return undefined;
  return Math.max(
    ...CHIP_LIST.flatMap((chip) => {
      if (chip.sizedBy !== 'run') return [];
      const timesOf = ({ values }: Instruction): number => ('n' in values ? values.n : 1);
      const rows = instructions.reduce((sum, instruction) => sum + timesOf(instruction) * chip.rows(instruction), 0);
      const pieces = repeatedChips && chip.instances === 'several' ? MAX_PIECES : 1;
      return pieceSizes(rows, pieces, minSavedCells / committedColumns(chip.component));
    }),
  );
}

/** Log sizes of the pieces of each chip: the cheapest height for all of them, counting the columns that every shard has as high as that. */
function cheapestSizes(chips: readonly Cuttable[], runs: number | undefined): number[][] {
  const highest = Math.max(...chips.map(({ rows }) => paddedLogSize(rows)));
  let best: { cost: number; sizes: number[][] } | undefined;
  const lowest = Math.max(LEAST_LOG_SIZE, runs ?? highest);
  for (let limit = highest; limit === highest || limit >= lowest; limit--) {
    const sizes = chips.map((chip) => limitedSizes(chip, limit));
    if (sizes.some((own) => own.length > MAX_PIECES)) break;
    const own = sizes.map((pieces, i) => {
      const { width, pricePerCut } = chips[i]!;
      const cuts = pieces.length > 1 ? pricePerCut * (pieces.length - 1) : 0;
      return width * pieces.reduce((sum, size) => sum + 2 ** size, cuts);
    });
    const cost = own.reduce((sum, cells) => sum + cells, SHARED_COLUMNS * 2 ** limit);
    if (!best || cost < best.cost) best = { cost, sizes };
  }
  if (!best) throw bug('a chip of one tree has more pieces than it may');
  return best.sizes;
}

/** Log sizes of pages: all of them full but the last. */
function pageSizes(rows: number, logSize: number): number[] {
  const full = Math.floor(rows / 2 ** logSize);
  const rest = rows - full * 2 ** logSize;
  return [...Array<number>(full).fill(logSize), ...(rest > 0 || full === 0 ? [paddedLogSize(rest)] : [])];
}

/** The page as an instance; a model's only tree needs no number. */
export const instanceOfPage = ({ first: _, page, ...instance }: Page): Instance => (page ? { ...instance, page } : instance);

export interface PageOptions {
  /** whether the chips that a run sizes may stand several times: the profile's `repeatedChips`; left out, nothing of one tree is cut, as a trace has it */
  repeatedChips?: boolean | undefined;
  /** cells that a cut of the widest chip must save; default MIN_SAVED_CELLS */
  minSavedCells?: number;
  /** cells of a program that is committed to in one tree; default ONE_TREE_CELLS */
  oneTreeCells?: number;
  /** rows of a page; default PAGE_LOG_SIZE */
  pageLogSize?: number;
}

/** The pages of a program, chips in the machine's order, each chip's rows ascending. */
export function pagesOf(
  loaded: LoadedProgram,
  { repeatedChips, minSavedCells = MIN_SAVED_CELLS, oneTreeCells = ONE_TREE_CELLS, pageLogSize = PAGE_LOG_SIZE }: PageOptions = {},
): Page[] {
  const chips = CHIP_LIST.flatMap((chip, type) => (chip.sizedBy === 'program' ? [{ chip, type, rows: chip.rows(loaded) }] : []));
  const cells = chips.reduce((sum, { chip, rows }) => sum + committedColumns(chip.component) * 2 ** paddedLogSize(rows), 0);
  const oneTree = cells <= oneTreeCells;
  const pieces = (): number[][] => {
    if (repeatedChips === undefined) return chips.map(({ rows }) => [paddedLogSize(rows)]);
    const cuttable = chips.map(({ chip, rows }) => ({
      rows,
      width: committedColumns(chip.component),
      pricePerCut: minSavedCells / WIDEST,
    }));
    return cheapestSizes(cuttable, runLogSize(loaded, repeatedChips, minSavedCells));
  };
  const sizes = oneTree ? pieces() : chips.map(({ rows }) => pageSizes(rows, pageLogSize));
  let tree = 0;
  return chips.flatMap(({ type }, i) => {
    let first = 0;
    return sizes[i]!.map((logSize): Page => {
      const instance = instanceOf(type, logSize);
      const page = { ...instance, base: instance.base && instance.base + first, page: oneTree ? 0 : tree++, first };
      first += 2 ** logSize;
      return page;
    });
  });
}
