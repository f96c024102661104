// Committed cells: what a proof's time and memory follow from. Source: AIR.md §5.0 (widths). Caveat: cells of columns alone; transforms and trees are
// the backend's to count.
import { committedColumns } from '../../air/component.ts';
import { COMPOSITION_COLUMNS } from '../../fri/pcs/layout.ts';
import { MACHINE } from './machine.ts';

interface Sized {
  type: number;
  logSize: number;
}

/** committed columns of a chip, preprocessed ones too, by instance type */
export const CHIP_COLUMNS: readonly number[] = MACHINE.components.map(committedColumns);

/** cells of a shard with these instances: the composition's columns are as high as the highest */
export function cellCount(instances: readonly Sized[]): number {
  const rows = 2 ** Math.max(0, ...instances.map(({ logSize }) => logSize));
  return instances.reduce((sum, { type, logSize }) => sum + CHIP_COLUMNS[type]! * 2 ** logSize, COMPOSITION_COLUMNS * rows);
}

/** cells of all shards of a proof */
export const cellsOfShards = (shards: readonly (readonly Sized[])[]): number =>
  shards.reduce((sum, instances) => sum + cellCount(instances), 0);

/** cells of these instances by chip name, however small they are; what all instances share is not in it */
export function chipCells(instances: readonly Sized[]): Record<string, number> {
  const cells: Record<string, number> = {};
  for (const { type, logSize } of instances) {
    const { name } = MACHINE.components[type]!;
    cells[name] = (cells[name] ?? 0) + CHIP_COLUMNS[type]! * 2 ** logSize;
  }
  return cells;
}

/** cells of a whole proof by chip name, `composition` for the combination of all constraints */
export function cellsByChip(instances: readonly Sized[]): Record<string, number> {
  const chips = chipCells(instances);
  return { ...chips, composition: cellCount(instances) - Object.values(chips).reduce((sum, cells) => sum + cells, 0) };
}
