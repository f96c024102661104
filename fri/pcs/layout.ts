// Which columns stand in which tree, in which order, and what is opened where. Both sides derive it from the components and the
// heights alone; leaf order, sample order and δ exponents all follow it. Source: PCS.md §5 (D2, D3), §6 (D5).
// Caveat: the set of two-point columns is a soundness object; it comes from the constraints' masks, never from a list by hand.
import { addPoints, type CirclePoint, pointOverQM31, stepIndex } from '../core/circle.ts';
import { rejected } from '../core/errors.ts';
import { FOLD_LOG, LAST_LOG } from './profile.ts';

/** the combination of all constraints in two halves, four coordinates each */
export const COMPOSITION_COLUMNS = 8;
/** the coordinates of the shard's running sum, of an instance's last LogUp column, of any column over QM31 */
export const FELT_COLUMNS = 4;
/** what a shard has once, as high as its highest instance: the running sum and the composition */
export const SHARED_COLUMNS = FELT_COLUMNS + COMPOSITION_COLUMNS;
const COORDINATES = [0, 1, 2, 3];

export type TreeName = 'preprocessed' | 'data' | 'base' | 'interaction' | 'composition';

/** what the commitment layer has to know of one chip instance */
export interface InstanceShape {
  logSize: number;
  preprocessed: number;
  /** which of the statement's preprocessed roots its preprocessed columns are under */
  page: number;
  /** that is the root of a committed input: a tree of the statement, behind all of the model's */
  data: boolean;
  base: number;
  /** QM31 columns; the last one is what the running sum takes from the instance */
  interaction: number;
  /** columns read on the row before: M31 base columns, QM31 interaction columns */
  twoBase: readonly number[];
  twoInteraction: readonly number[];
}

/** neighbouring columns of one instance in one tree */
export interface LayoutBlock {
  tree: TreeName;
  /** -1 for the composition; of the running sum the number behind the last instance */
  instance: number;
  logSize: number;
  columns: number;
  /** index of its first column among all columns of all trees */
  first: number;
  /** columns (within the block) that are also opened at z - g(L) */
  twoPoint: readonly number[];
  /** columns that must be lifts where the block is lower than L: two-point ones, and those that a constraint of height L reads */
  lifts: readonly number[];
}

export interface LayoutTree {
  name: TreeName;
  /** which preprocessed root it has; 0 for the others, of which there is one each */
  page: number;
  /** its largest column's log size, without the blowup */
  logSize: number;
  columns: number;
  blocks: LayoutBlock[];
}

export interface Layout {
  /** L: log size of the largest column */
  logSize: number;
  trees: LayoutTree[];
  /** all blocks, tree after tree, in commit order */
  blocks: LayoutBlock[];
  columns: number;
  /** two-point columns of all trees, in tree order: global column numbers */
  twoPoint: number[];
}

/** @throws rejected ZK0130 when no column has 2^(LAST_LOG + 1) rows */
export function layoutOf(instances: readonly InstanceShape[]): Layout {
  const logSize = Math.max(...instances.map((i) => i.logSize));
  if (!(logSize > LAST_LOG)) throw rejected('ZK0130', `the largest instance has log size ${logSize}, at least ${LAST_LOG + 1} is needed`);
  const expand = (felts: readonly number[]): number[] => felts.flatMap((f) => COORDINATES.map((c) => FELT_COLUMNS * f + c));
  const columnsOf = (tree: TreeName, i: InstanceShape): Pick<LayoutBlock, 'columns' | 'twoPoint' | 'lifts'> => {
    if (tree === 'preprocessed' || tree === 'data')
      return { columns: i.data === (tree === 'data') ? i.preprocessed : 0, twoPoint: [], lifts: [] };
    if (tree === 'base') return { columns: i.base, twoPoint: i.twoBase, lifts: i.twoBase };
    // an instance without columns has no block
    return {
      columns: FELT_COLUMNS * i.interaction,
      twoPoint: expand(i.twoInteraction),
      lifts: expand(distinct([...i.twoInteraction, i.interaction - 1])),
    };
  };
  const blocksOf = (tree: TreeName): LayoutBlock[] =>
    instances
      .map((i, instance) => ({ tree, instance, logSize: i.logSize, first: 0, ...columnsOf(tree, i) }))
      .filter((block) => block.columns > 0)
      .sort((a, b) => a.logSize - b.logSize);
  /** a block as high as all */
  const shared = (tree: TreeName, instance: number, columns: number, twoPoint: readonly number[]): LayoutBlock => ({
    tree,
    instance,
    logSize,
    columns,
    first: 0,
    twoPoint,
    lifts: [],
  });
  const trees: LayoutTree[] = [];
  let columns = 0;
  const addTree = (name: TreeName, blocks: LayoutBlock[], page = 0): void => {
    if (!blocks.length) return;
    const start = columns;
    for (const block of blocks) {
      block.first = columns;
      columns += block.columns;
    }
    trees.push({ name, page, logSize: Math.max(...blocks.map((b) => b.logSize)), columns: columns - start, blocks });
  };
  const pageOf = ({ instance }: LayoutBlock): number => instances[instance]!.page;
  for (const name of ['preprocessed', 'data'] as const) {
    const fixed = blocksOf(name);
    for (const page of distinct(fixed.map(pageOf)))
      addTree(
        name,
        fixed.filter((block) => pageOf(block) === page),
        page,
      );
  }
  addTree('base', blocksOf('base'));
  addTree('interaction', [...blocksOf('interaction'), shared('interaction', instances.length, FELT_COLUMNS, COORDINATES)]);
  addTree('composition', [shared('composition', -1, COMPOSITION_COLUMNS, [])]);
  const blocks = trees.flatMap((t) => t.blocks);
  return { logSize, trees, blocks, columns, twoPoint: blocks.flatMap((b) => b.twoPoint.map((c) => b.first + c)) };
}

/** One opening point and what is opened there */
export interface Batch {
  point: CirclePoint;
  /** block and the columns within it, in tree order */
  terms: { block: number; columns: readonly number[] }[];
  /** samples (indices into batch 0 followed by batch 1), in the same order */
  samples: number[];
}

/**
 * Batch 0: all columns at z; batch 1: two-point columns at z - g(L); then for every height k < L the periodicity batch: the columns
 * that must be lifts at z + g(L-k), with the very samples of z (PCS.md §7: without it "a quarter of a vote" is provable).
 * @param periodicity which of those columns are checked; anything but all of them exists for the tests that show the attack
 */
export function batchesOf(
  layout: Layout,
  z: CirclePoint,
  periodicity: (block: LayoutBlock, column: number) => boolean = () => true,
): Batch[] {
  const { logSize, blocks } = layout;
  const indexed = blocks.map((block, index) => ({ block, index }));
  const all: Batch = {
    point: z,
    terms: indexed.map(({ block, index }) => ({ block: index, columns: Array.from({ length: block.columns }, (_, c) => c) })),
    samples: Array.from({ length: layout.columns }, (_, i) => i),
  };
  const two = indexed.filter(({ block }) => block.twoPoint.length > 0);
  const previous: Batch = {
    point: addPoints(z, pointOverQM31(-stepIndex(logSize))),
    terms: two.map(({ block, index }) => ({ block: index, columns: block.twoPoint })),
    samples: layout.twoPoint.map((_, i) => layout.columns + i),
  };
  const lower = indexed.filter(({ block }) => block.logSize < logSize && block.lifts.length > 0);
  const periodic = distinct(lower.map(({ block }) => block.logSize)).map((k): Batch => {
    const terms = lower
      .filter(({ block }) => block.logSize === k)
      .map(({ block, index }) => ({ block: index, columns: block.lifts.filter((c) => periodicity(block, c)) }))
      .filter((term) => term.columns.length > 0);
    return {
      point: addPoints(z, pointOverQM31(stepIndex(logSize - k))),
      terms,
      samples: terms.flatMap(({ block, columns }) => columns.map((c) => blocks[block]!.first + c)),
    };
  });
  return [all, previous, ...periodic.filter((batch) => batch.terms.length > 0)];
}

/** numbers of samples in the proof: all columns, then two-point columns */
export const sampleCount = (layout: Layout): number => layout.columns + layout.twoPoint.length;

/** fold steps from log size L + b down to 2^LAST_LOG coefficients: 3, 3, …, the remainder last (D8) */
export function foldSteps(logSize: number): number[] {
  const steps: number[] = [];
  for (let left = logSize - LAST_LOG; left > 0; left -= FOLD_LOG) steps.push(Math.min(FOLD_LOG, left));
  return steps;
}

/** ascending distinct numbers */
export const distinct = (list: readonly number[]): number[] => [...new Set(list)].sort((a, b) => a - b);

/** values that the DEEP quotient batches: all columns, two-point columns, and once more those below the largest height that must be lifts */
export const batchSampleCount = (layout: Layout): number =>
  sampleCount(layout) + layout.blocks.filter((b) => b.logSize < layout.logSize).reduce((n, b) => n + b.lifts.length, 0);
