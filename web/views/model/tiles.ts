// All cells of a proof as fields of a treemap. Source: d3-hierarchy (squarified treemaps, Bruls et al., 2000). Caveat: what is smaller than a pixel is
// left out of the drawing; the table has it.
import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
import type { ModelPicture } from 'zkvm/compiler';
import type { Box } from './boxes.ts';

export const GROUPS = ['chip', 'node', 'column'] as const;
export type Group = (typeof GROUPS)[number];

/** a box by its place in the list that is shown, or none of them alone */
export type TileOwner = number | 'shared' | 'padding' | 'proof';

export interface OwnedByBox {
  chip: string;
  owner: TileOwner;
  cells: number;
}

/** The cells of boxes, those of their nodes added up. */
export function cellsOfBoxes({ owned }: ModelPicture, list: readonly Box[]): OwnedByBox[] {
  const boxOf = new Map(list.flatMap(({ nodes }, at) => nodes.map((i): [number, number] => [i, at])));
  const sums = new Map<string, OwnedByBox>();
  for (const { chip, owner: of, cells } of owned) {
    const owner = typeof of === 'number' ? boxOf.get(of)! : of;
    const known = sums.get(`${chip} ${owner}`);
    if (known) known.cells += cells;
    else sums.set(`${chip} ${owner}`, { chip, owner, cells });
  }
  return [...sums.values()];
}

interface Leaf {
  /** what it is of: a chip, a kind of column */
  chip: string;
  owner: TileOwner | undefined;
  column: string | undefined;
  cells: number;
}

export interface Tile extends Leaf {
  /** the field that it lies in, by its place */
  group: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A field of the first level, with a line for its name. */
export interface Field {
  chip: string | undefined;
  owner: TileOwner | undefined;
  column: string | undefined;
  cells: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** cells of every chip by kind of column */
function columnsOf({ chips }: ModelPicture): Leaf[] {
  return chips.flatMap(({ chip, columns, logSizes }) => {
    const rows = logSizes.reduce((sum, logSize) => sum + 2 ** logSize, 0);
    return (['fixed', 'trace', 'lookups'] as const)
      .map(
        (column): Leaf => ({
          chip,
          owner: undefined,
          column: chip === 'composition' ? 'composition' : column,
          cells: rows * columns[column],
        }),
      )
      .filter(({ cells }) => cells > 0);
  });
}

/** fields of the first level, and what lies in them */
function grouped(picture: ModelPicture, owned: readonly OwnedByBox[], group: Group): Leaf[][] {
  const leaves = group === 'column' ? columnsOf(picture) : owned.map((one): Leaf => ({ ...one, column: undefined }));
  const groups = new Map<unknown, Leaf[]>();
  for (const leaf of leaves) {
    const key = group === 'chip' ? leaf.chip : group === 'node' ? leaf.owner : leaf.column;
    const known = groups.get(key);
    if (known) known.push(leaf);
    else groups.set(key, [leaf]);
  }
  return [...groups.values()];
}

const HEAD = 18;

export function tilesOf(
  picture: ModelPicture,
  owned: readonly OwnedByBox[],
  group: Group,
  width: number,
  height: number,
): { fields: Field[]; tiles: Tile[] } {
  interface Datum {
    leaf?: Leaf;
    children?: Datum[];
  }
  const groups = grouped(picture, owned, group);
  const root = hierarchy<Datum>({ children: groups.map((leaves) => ({ children: leaves.map((leaf) => ({ leaf })) })) })
    .sum(({ leaf }) => leaf?.cells ?? 0)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  treemap<Datum>()
    .tile(treemapSquarify.ratio(1.3))
    .size([width, height])
    .paddingInner(2)
    .paddingTop((node) => (node.depth === 1 ? HEAD : 0))
    .round(true)(root);
  const fields: Field[] = [];
  const tiles: Tile[] = [];
  for (const field of root.children ?? []) {
    const { x0, y0, x1, y1 } = field as unknown as { x0: number; y0: number; x1: number; y1: number };
    const [first] = field.children![0]!.data.leaf ? [field.children![0]!.data.leaf] : [];
    fields.push({
      chip: group === 'chip' ? first?.chip : undefined,
      owner: group === 'node' ? first?.owner : undefined,
      column: group === 'column' ? first?.column : undefined,
      cells: field.value ?? 0,
      x: x0,
      y: y0,
      width: x1 - x0,
      height: y1 - y0,
    });
    for (const tile of field.children ?? []) {
      const box = tile as unknown as { x0: number; y0: number; x1: number; y1: number };
      if (box.x1 - box.x0 < 1 || box.y1 - box.y0 < 1) continue;
      tiles.push({
        ...tile.data.leaf!,
        group: fields.length - 1,
        x: box.x0,
        y: box.y0,
        width: box.x1 - box.x0,
        height: box.y1 - box.y0,
      });
    }
  }
  return { fields, tiles };
}
