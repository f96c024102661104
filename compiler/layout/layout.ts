// Where a tensor lies: channels of rows of words, positions in the lanes (AIR.md §6). A geometry says which element stands at channel c,
// row r, lane position x: element channelIndex[c] + rowIndex[r] + laneIndex[x]; so reshapes and most transposes move nothing.
// Caveat: an order that is not such a sum ("not separable") needs a relayout.
import { LANES } from '../../vm/program/isa.ts';
import type { Shape } from '../onnx/tensor.ts';
import { inverseOf, type View } from './view.ts';

export interface Geometry {
  channels: number;
  rows: number;
  /** positions in a row */
  width: number;
  channelIndex: Int32Array;
  rowIndex: Int32Array;
  laneIndex: Int32Array;
}

/** Which element stands where, without the counts. */
export type Indices = Pick<Geometry, 'channelIndex' | 'rowIndex' | 'laneIndex'>;

/** A geometry at an address. Every word from `address` to the last channel's end is written, with zeros where there is no element. */
export interface Layout extends Geometry {
  address: number;
  /** words a row, which is also the step from row to row */
  rowWords: number;
  /** zero rows after each channel's last row */
  below: number;
  channelStep: number;
  /** a row is [words of even positions | words of odd positions] */
  halves: boolean;
}

/** What a reader needs of the rows of a tensor, or would like of them. */
export interface Pitch {
  /** words a row at least */
  rowWords: number;
  /** zero rows after each channel */
  below: number;
  /** rows as words of even positions, then words of odd ones */
  halves: boolean;
}

export const arithmetic = (count: number, step: number, start = 0): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => start + i * step);

/** [channels][height][width], row-major */
export const imageGeometry = (channels: number, height: number, width: number): Geometry => ({
  channels,
  rows: height,
  width,
  channelIndex: arithmetic(channels, height * width),
  rowIndex: arithmetic(height, width),
  laneIndex: arithmetic(width, 1),
});

/** `depth` channels with one row of positions each */
export const denseGeometry = (depth: number, depthStride: number, from: Int32Array): Geometry => ({
  channels: depth,
  rows: 1,
  width: from.length,
  channelIndex: arithmetic(depth, depthStride),
  rowIndex: Int32Array.of(0),
  laneIndex: from,
});

/** The same tensor with every row as a channel, which lies alike where there is nothing between rows. */
export function rowsAsChannels(geometry: Geometry): Geometry {
  const { channels, rows, channelIndex, rowIndex } = geometry;
  return {
    ...geometry,
    channels: channels * rows,
    rows: 1,
    channelIndex: Int32Array.from({ length: channels * rows }, (_, i) => channelIndex[Math.floor(i / rows)]! + rowIndex[i % rows]!),
    rowIndex: Int32Array.of(0),
  };
}

/** The last axis in the lanes, the one before in rows: for tensors that no operator has wishes about. */
export function plainGeometry(shape: Shape): Geometry {
  const width = shape[shape.length - 1] ?? 1;
  const rows = shape[shape.length - 2] ?? 1;
  return imageGeometry(
    shape.slice(0, -2).reduce((product, size) => product * size, 1),
    rows,
    width,
  );
}

/** The same index lists with offsets moved into the channels, so that equal geometries have equal lists. */
function normalised(g: Geometry): Geometry {
  const [row, lane] = [g.rowIndex[0]!, g.laneIndex[0]!];
  if (row === 0 && lane === 0) return g;
  return {
    ...g,
    channelIndex: g.channelIndex.map((e) => e + row + lane),
    rowIndex: g.rowIndex.map((e) => e - row),
    laneIndex: g.laneIndex.map((e) => e - lane),
  };
}

/** The geometry with each element renamed, or undefined if the new names are not separable. */
export function renamed(geometry: Geometry, name: (element: number) => number): Geometry | undefined {
  const { channelIndex, rowIndex, laneIndex } = geometry;
  const corner = name(channelIndex[0]! + rowIndex[0]! + laneIndex[0]!);
  const result = {
    ...geometry,
    channelIndex: channelIndex.map((c) => name(c + rowIndex[0]! + laneIndex[0]!)),
    rowIndex: rowIndex.map((r) => name(channelIndex[0]! + r + laneIndex[0]!) - corner),
    laneIndex: laneIndex.map((x) => name(channelIndex[0]! + rowIndex[0]! + x) - corner),
  };
  for (const [c, channel] of channelIndex.entries())
    for (const [r, row] of rowIndex.entries())
      for (const [x, lane] of laneIndex.entries())
        if (name(channel + row + lane) !== result.channelIndex[c]! + result.rowIndex[r]! + result.laneIndex[x]!) return undefined;
  return result;
}

/** The geometry of a root's layout in the element order of a view of it. */
export function viewedGeometry(geometry: Geometry, view: View): Geometry | undefined {
  return view.index ? renamed(geometry, inverseOf(view)) : geometry;
}

/** The geometry that a root must have so that the view of it has the given one. */
export const rootGeometry = (geometry: Geometry, view: View): Geometry | undefined =>
  view.index ? renamed(geometry, (element) => view.index![element]!) : geometry;

export function sameGeometry(a: Geometry, b: Geometry): boolean {
  const equal = (x: Int32Array, y: Int32Array): boolean => x.length === y.length && x.every((value, i) => value === y[i]);
  const [p, q] = [normalised(a), normalised(b)];
  return equal(p.channelIndex, q.channelIndex) && equal(p.rowIndex, q.rowIndex) && equal(p.laneIndex, q.laneIndex);
}

/** Step of an index list if it is an arithmetic progression, else undefined. */
export function stepOf(index: Int32Array): number | undefined {
  const step = index.length > 1 ? index[1]! - index[0]! : 1;
  return index.every((value, i) => value === index[0]! + i * step) ? step : undefined;
}

export const wordsFor = (width: number): number => Math.ceil(width / LANES);

/** Position at lane t of word j of a row, or -1 if there is none. */
export function positionOf({ rowWords, halves, width }: Pick<Layout, 'rowWords' | 'halves' | 'width'>, j: number, t: number): number {
  const half = rowWords / 2;
  const x = !halves ? LANES * j + t : j < half ? 2 * (LANES * j + t) : 2 * (LANES * (j - half) + t) + 1;
  return x < width ? x : -1;
}

/** Lanes of word j of a row that hold positions: the first ones. */
export function lanesInUse(layout: Pick<Layout, 'rowWords' | 'halves' | 'width'>, j: number): number {
  let count = 0;
  while (count < LANES && positionOf(layout, j, count) >= 0) count++;
  return count;
}

/** Word of a row and lane of a position. */
export function wordAndLane({ rowWords, halves }: Pick<Layout, 'rowWords' | 'halves'>, x: number): [word: number, lane: number] {
  const at = halves ? x >> 1 : x;
  return [Math.floor(at / LANES) + (halves && x % 2 === 1 ? rowWords / 2 : 0), at % LANES];
}

/** Words of one channel, zero rows included. */
export const channelWords = (rows: number, below: number, rowWords: number): number => (rows + below) * rowWords;
