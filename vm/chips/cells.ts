// Committed cells: what a proof's time and memory follow from. Source: AIR.md §5.0 (widths). Caveat: cells of columns alone; transforms and trees are
// the backend's to count.
import { committedColumns } from '../../air/component.ts';
import { COMPOSITION_COLUMNS, FELT_COLUMNS, SHARED_COLUMNS } from '../../fri/pcs/layout.ts';
import { MACHINE } from './machine.ts';

interface Sized {
  type: number;
  logSize: number;
}

/** committed columns of a chip, preprocessed ones too, by instance type */
export const CHIP_COLUMNS: readonly number[] = MACHINE.components.map(committedColumns);

/** rows of the highest */
const mostRows = (instances: readonly Sized[]): number => 2 ** Math.max(0, ...instances.map(({ logSize }) => logSize));

/** cells of a shard with these instances */
export function cellCount(instances: readonly Sized[]): number {
  return instances.reduce((sum, { type, logSize }) => sum + CHIP_COLUMNS[type]! * 2 ** logSize, SHARED_COLUMNS * mostRows(instances));
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

/** cells of a proof of one shard by chip name, `running sum` and `composition` (the combination of all constraints) for what they share */
export function cellsByChip(instances: readonly Sized[]): Record<string, number> {
  const rows = mostRows(instances);
  return { ...chipCells(instances), 'running sum': FELT_COLUMNS * rows, composition: COMPOSITION_COLUMNS * rows };
}
