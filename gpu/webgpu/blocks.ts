// Columns on the device: a block is a list of buffers ("groups") of neighbouring columns, because one buffer may not hold all.
// Column c of a group starts at word c·2^logSize. Source: DESIGN §9. Caveat: a group holds a multiple of four columns (except the
// last one), so that the four coordinates of a QM31 column always stand in one buffer.
import type { Block } from '../../fri/backend/seam.ts';
import { bug } from '../../fri/core/errors.ts';
import { doesNotFit } from './device.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';

export interface Group {
  memory: Memory;
  /** number of its first column in the block */
  first: number;
  columns: number;
}

export interface GpuBlock extends Block {
  groups: readonly Group[];
  /** values on the canonic coset of twice the size, while somebody holds them: the composition needs the same */
  doubled: GpuBlock | undefined;
  freed: boolean;
}

/** columns of this size that one buffer holds: a multiple of four */
export function columnsPerGroup(queue: Queue, logSize: number): number {
  const columns = 4 * Math.floor(queue.memory.largestBinding / (16 * 2 ** logSize));
  if (columns === 0)
    throw doesNotFit(`four columns of 2^${logSize} values are larger than a buffer of ${queue.memory.largestBinding} bytes`);
  return columns;
}

export function allocateBlock(queue: Queue, columns: number, logSize: number, what: string): GpuBlock {
  const capacity = columnsPerGroup(queue, logSize);
  const groups: Group[] = [];
  for (let first = 0; first < columns; first += capacity) {
    const count = Math.min(capacity, columns - first);
    groups.push({ memory: queue.memory.allocate(4 * count * 2 ** logSize, what), first, columns: count });
  }
  return { columns, logSize, groups, doubled: undefined, freed: false };
}

export function freeBlock(queue: Queue, block: GpuBlock): void {
  if (block.freed) throw bug('a block is freed twice');
  block.freed = true;
  queue.memory.release(...block.groups.map((g) => g.memory));
}

/** ranges of columns that lie in one group of both blocks (same number of columns) */
export function* sharedRanges(a: GpuBlock, b: GpuBlock): Generator<{ a: Group; b: Group; first: number; columns: number }> {
  for (let first = 0; first < a.columns; ) {
    const inA = groupOf(a, first);
    const inB = groupOf(b, first);
    const columns = Math.min(inA.first + inA.columns, inB.first + inB.columns) - first;
    yield { a: inA, b: inB, first, columns };
    first += columns;
  }
}

export function groupOf(block: GpuBlock, column: number): Group {
  const found = block.groups.find((g) => column >= g.first && column < g.first + g.columns);
  if (!found) throw bug(`no column ${column} in a block of ${block.columns}`);
  return found;
}

export const gpuBlock = (block: Block): GpuBlock => {
  const own = block as GpuBlock;
  if (own.freed) throw bug('a freed block is used');
  return own;
};
