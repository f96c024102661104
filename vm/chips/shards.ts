// Which shard proves which rows of a run that is too large for one: chips that may stand several times are cut at the ends of runs into pieces of
// one size, and pieces, pages and the cpu are dealt out so that shards are about as large as each other. Source: DESIGN §7.
// Caveat: deterministic in the run, the profile and the limit, so that whoever has the model and the input comes to the same shards; what the
// program fixes in one tree and the cpu are not cut, so a shard may be larger than the limit.
import type { UnfilledInstance } from '../../air/columns.ts';
import { bug } from '../../fri/core/errors.ts';
import { SHARED_COLUMNS } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import type { Execution } from '../executor/run.ts';
import { paddedLogSize } from '../program/loader.ts';
import { CHIP_COLUMNS, cellCount } from './cells.ts';
import { RUN_FILLS } from './fills.ts';
import { CHIP_LIST, instanceOf, REPEATED_TYPES } from './machine.ts';
import { MAX_PIECES, MIN_SAVED_CELLS } from './pages.ts';
import { cheapestCuts, inputPlan, pagePlan, piecesOf, planInstances, type Runs, runsOf, runsWithin, treeCount } from './split.ts';
import { CHIP_NAMES, type RunChipName } from './table.ts';

/** largest part of a shard that a piece should be: with larger ones, shards cannot be made as large as each other */
const PIECE_SHARE = 0.6;
/** numbers of shards that are tried beyond the least: pieces are as large as half a shard */
const MORE_SHARDS = 2;

/**
 * Rows of the highest columns of all shards together, where pieces are cut: 4·2^L/|F| at each shard's point is 101 bits for 2^21 of them, and no
 * query makes up for it.
 */
const MOST_HEIGHT = 2 ** 21;

/** Instances that stand in one shard. */
type Item = readonly UnfilledInstance[];

/** where the runs of a chip are cut so that every piece has 2^logSize rows at most, and the rest as split.ts would */
function evenCuts({ rowEnds }: Runs, logSize: number, pricePerCut: number): number[] {
  const cuts: number[] = [];
  let [run, row] = [0, 0];
  while ((rowEnds.at(-1) ?? 0) - row > 2 ** logSize) {
    run = Math.max(runsWithin(rowEnds, run, row + 2 ** logSize), run + 1); // a run that is longer is a piece of its own
    row = rowEnds[run - 1]!;
    if (run === rowEnds.length) return cuts; // and nothing is behind it
    cuts.push(run);
  }
  return [...cuts, ...cheapestCuts(rowEnds, run, MAX_PIECES, pricePerCut).runs];
}

/** the runs of the chips that may stand several times, by type */
const repeatedRuns = (run: Execution): [number, Runs][] =>
  [...REPEATED_TYPES].flatMap((type): [number, Runs][] => {
    const chip = CHIP_LIST[type]!;
    return chip.sizedBy === 'run' ? [[type, runsOf(run, chip)]] : [];
  });

/** pieces of these chips, none larger than its share of one of `count` shards of so many cells */
function cutItems(run: Execution, repeated: readonly [number, Runs][], cells: number, count: number): Item[] {
  return repeated.flatMap(([type, runs]): Item[] => {
    const fill = RUN_FILLS[CHIP_NAMES[type] as RunChipName];
    const width = CHIP_COLUMNS[type]!;
    const rows = Math.min((PIECE_SHARE * cells) / (width + SHARED_COLUMNS), MOST_HEIGHT / count);
    const logSize = Math.max(1, Math.floor(Math.log2(rows)));
    const cuts = evenCuts(runs, logSize, MIN_SAVED_CELLS / width);
    return piecesOf(runs, cuts).map((piece) => [
      { ...instanceOf(type, paddedLogSize(piece.rows)), fill: (columns) => fill(run, columns, piece) },
    ]);
  });
}

/** items to shards, the largest first, each to the shard that has least; undefined when one is larger than the limit for what is dealt out, or too low */
function dealt(items: readonly Item[], count: number, maxCells: number, minLogSize: number): Item[] | undefined {
  const shards: UnfilledInstance[][] = Array.from({ length: count }, () => []);
  for (const item of [...items].sort((a, b) => cellCount(b) - cellCount(a))) {
    const least = shards.reduce((best, shard) => (cellCount(shard) < cellCount(best) ? shard : best));
    least.push(...item);
    if (least.length > item.length && cellCount(least) > maxCells) return undefined;
  }
  return shards.every((shard) => shard.some(({ logSize }) => logSize >= minLogSize)) ? shards : undefined;
}

/**
 * The shards of a run, none larger than `maxCells` where that can be: one if the whole run is not. What all sizes share is found once.
 * @returns a function of the committed cells of a shard
 */
export function shardPlanner(run: Execution, profile: Profile): (maxCells: number) => UnfilledInstance[][] {
  const one = planInstances(run, profile);
  const total = cellCount(one);
  const pages = pagePlan(run, profile);
  const trees = new Map<number, UnfilledInstance[]>();
  for (const page of pages) trees.set(page.page ?? 0, [...(trees.get(page.page ?? 0) ?? []), page]);
  const largest = Math.max(...pages.map(({ logSize }) => logSize));
  const isFull = (tree: Item): boolean => trees.size > 1 && tree.every(({ logSize }) => logSize === largest);
  // pages are dealt out by their sizes and named afterwards, so the smaller ones, which come last in the model, stay together
  const full = [...trees.values()].filter(isFull);
  const tail = [...trees.values()].filter((tree) => !isFull(tree)).flat();
  const others = one
    .filter(({ type }) => CHIP_LIST[type]!.sizedBy === 'run' && !REPEATED_TYPES.has(type))
    .map((instance): Item => [instance]);
  const inputs: Item = inputPlan(run, treeCount(pages)); // dealt out together, so that they stay in their order
  const repeated = repeatedRuns(run);
  return (maxCells) => {
    if (total <= maxCells) return [one];
    const least = Math.ceil(total / maxCells);
    for (let count = least; ; count++) {
      const pieces = cutItems(run, repeated, Math.min(maxCells, total / count), count);
      const items = [...full, ...(tail.length ? [tail] : []), ...others, ...(inputs.length ? [inputs] : []), ...pieces];
      const shards = dealt(items, Math.min(count, items.length), maxCells, profile.minLogSize);
      if (shards) return named(shards, pages, tail);
      // what cannot be cut is larger than the limit: shards as even as can be
      if (count >= least * MORE_SHARDS + MORE_SHARDS)
        return named(dealt(items, Math.min(least, items.length), Number.POSITIVE_INFINITY, profile.minLogSize) ?? [one], pages, tail);
    }
  };
}

/** The same for one size. @param maxCells committed cells of a shard */
export const planShards = (run: Execution, profile: Profile, maxCells: number): UnfilledInstance[][] =>
  shardPlanner(run, profile)(maxCells);

/** the shards in their order, the one with the smaller pages last, each page the model's next of its chip; instances ascend */
function named(shards: readonly Item[], pages: readonly UnfilledInstance[], tail: Item): UnfilledInstance[][] {
  const isLast = (shard: Item): boolean => tail.length > 0 && shard.includes(tail[0]!);
  const ordered = [...shards.filter((shard) => !isLast(shard)), ...shards.filter(isLast)];
  const next = new Map<number, number>();
  return ordered.map((shard) =>
    [...shard]
      // a chip's smaller page comes after its full ones in the model too
      .sort((a, b) => a.type - b.type || (a.data ? 0 : b.logSize - a.logSize))
      .map((instance) => {
        if (CHIP_LIST[instance.type]!.sizedBy !== 'program') return instance;
        const own = pages.filter(({ type }) => type === instance.type);
        const at = next.get(instance.type) ?? 0;
        next.set(instance.type, at + 1);
        const page = own[at]!;
        if (page.logSize !== instance.logSize) throw bug('a page was dealt out to a place of another size');
        return page;
      }),
  );
}
