// Products of weights and windows, and of vectors and a matrix, the inner loops of everything dense: in tiles by the kernel, in plain loops where there
// is none or little to do. Source: product-kernel.ts, products.ts. Caveat: operands are copied into the kernel's memory, tile by tile, which few
// vectors or outputs are not worth.
import { COLUMN_ROOM, type ProductKernel, productKernel, ROW_ROOM, SUM_ROOM, TILE } from './product-kernel.ts';
import { addPairs, addProducts, addRows, type Vectors } from './products.ts';

/** windows, outputs or vectors from which on the kernel is worth its copies */
const FEWEST = 8;
/** share of zeros from which on vectors are worth doing one by one, because each leaves out its own */
const MANY_ZEROS = 0.7;

/** A matrix [depth][columns] that begins somewhere in an array. */
interface Matrix {
  from: number;
  depth: number;
  columns: number;
}

/**
 * For every p, out[p][o] += Σ_k values[p][k] · matrix[from + k·columns + o].
 * @param skips zeros among the values may be left out: they add nothing to finite numbers
 */
export function addMatrix(data: Float64Array, matrix: Matrix, values: Vectors, out: Vectors, skips: boolean): void {
  const { depth } = matrix;
  const count = values.at.length;
  const byRow = skips && zerosIn(values, depth) > MANY_ZEROS * depth * count;
  if (!byRow && count >= FEWEST && addMatrixByKernel(data, matrix, values, out)) return;
  const paired = count > 1 && !byRow ? count & ~1 : 0;
  if (paired) addPairs(data, matrix, values, out);
  for (let p = paired; p < count; p++) {
    const vector = { data: values.data, at: values.at[p]!, step: values.step };
    addRows(data, matrix, vector, { data: out.data, at: out.at[p]!, step: out.step }, skips);
  }
}

function zerosIn({ data, at, step }: Vectors, depth: number): number {
  let zeros = 0;
  for (const start of at) for (let k = 0, e = start; k < depth; k++, e += step) if (data[e] === 0) zeros++;
  return zeros;
}

/** A list of windows, each of as many values as an output has weights. */
export interface Windows {
  count: number;
  /** writes the values of one from `at` on, where zeros are; what it leaves out stays zero */
  read(position: number, values: Float64Array, at: number): void;
  /** where the first of its outputs is */
  to(position: number): number;
}

/** The weights of outputs: `depth` each, one output behind the other from `first` on. */
export interface Weights {
  data: Float64Array;
  first: number;
  depth: number;
  outputs: number;
}

/** out[to(position) + o·step] += Σ_k weights[first + o·depth + k] · window[k] for every output o of every window. */
export function addWindows(weights: Weights, windows: Windows, out: Float64Array, step: number): void {
  const { data, first, depth, outputs } = weights;
  const { count } = windows;
  if (count >= FEWEST && outputs >= FEWEST && addWindowsByKernel(weights, windows, out, step)) return;
  const values = new Float64Array(2 * depth);
  for (let position = 0; position < count; position += 2) {
    const two = position + 1 < count;
    values.fill(0);
    windows.read(position, values, 0);
    if (two) windows.read(position + 1, values, depth);
    const places = [windows.to(position), two ? windows.to(position + 1) : -1] as const;
    addProducts(data, { first, depth, outputs }, values, out, places, step);
  }
}

/** @returns false where there is no kernel, or no room for even one tile */
function addWindowsByKernel({ data, first, depth, outputs }: Weights, windows: Windows, out: Float64Array, step: number): boolean {
  const tiled = tilesOf(depth, outputs, windows.count);
  if (!tiled) return false;
  const { kernel, rowsAtOnce, columnsAtOnce } = tiled;
  const { columns, rows } = kernel;
  const window = new Float64Array(depth);
  const places = new Int32Array(columnsAtOnce);
  let loaded = -1;
  for (let position = 0; position < windows.count; position += columnsAtOnce) {
    const count = Math.min(columnsAtOnce, windows.count - position);
    columns.fill(0, 0, upToTile(count) * depth);
    for (let i = 0; i < count; i++) {
      window.fill(0);
      windows.read(position + i, window, 0);
      places[i] = windows.to(position + i);
      for (let k = 0, at = columnAt(i, depth); k < depth; k++, at += TILE) columns[at] = window[k]!;
    }
    for (let output = 0; output < outputs; output += rowsAtOnce) {
      const height = Math.min(rowsAtOnce, outputs - output);
      if (loaded !== output) {
        rows.set(data.subarray(first + output * depth, first + (output + height) * depth));
        rows.fill(0, height * depth, upToTile(height) * depth);
        loaded = output;
      }
      addTiles(
        kernel,
        depth,
        [height, count],
        out,
        (row) => (output + row) * step,
        (column) => places[column]!,
      );
    }
  }
  return true;
}

/** @returns false where there is no kernel, or no room for even one tile */
function addMatrixByKernel(
  matrix: Float64Array,
  { from, depth, columns: width }: Matrix,
  { data, at, step }: Vectors,
  out: Vectors,
): boolean {
  const tiled = tilesOf(depth, at.length, width);
  if (!tiled) return false;
  const { kernel, rowsAtOnce, columnsAtOnce } = tiled;
  const { columns, rows } = kernel;
  let loaded = -1;
  for (let first = 0; first < width; first += columnsAtOnce) {
    const count = Math.min(columnsAtOnce, width - first);
    columns.fill(0, 0, upToTile(count) * depth);
    for (let o = 0; o < count; o += TILE) {
      const own = Math.min(TILE, count - o);
      for (let k = 0, [to, e] = [o * depth, from + first + o]; k < depth; k++, to += TILE, e += width)
        for (let c = 0; c < own; c++) columns[to + c] = matrix[e + c]!;
    }
    for (let vector = 0; vector < at.length; vector += rowsAtOnce) {
      const height = Math.min(rowsAtOnce, at.length - vector);
      if (loaded !== vector) {
        for (let i = 0, r = 0; i < height; i++) for (let k = 0, e = at[vector + i]!; k < depth; k++, r++, e += step) rows[r] = data[e]!;
        rows.fill(0, height * depth, upToTile(height) * depth);
        loaded = vector;
      }
      addTiles(
        kernel,
        depth,
        [height, count],
        out.data,
        (row) => out.at[vector + row]!,
        (column) => (first + column) * out.step,
      );
    }
  }
  return true;
}

const upToTile = (count: number): number => Math.ceil(count / TILE) * TILE;

/** where a column's first term is */
const columnAt = (column: number, depth: number): number => (column - (column % TILE)) * depth + (column % TILE);

/** how much of a product of so many rows and columns the kernel does at once */
function tilesOf(depth: number, height: number, width: number) {
  const kernel = productKernel();
  const downToTile = (count: number): number => count - (count % TILE);
  const rowsAtOnce = Math.min(upToTile(height), downToTile(Math.floor(ROW_ROOM / Math.max(depth, 1))));
  if (!kernel || depth === 0 || rowsAtOnce === 0) return undefined;
  const most = Math.min(COLUMN_ROOM / depth, SUM_ROOM / rowsAtOnce);
  const columnsAtOnce = Math.min(upToTile(width), downToTile(Math.floor(most)));
  return columnsAtOnce > 0 ? { kernel, rowsAtOnce, columnsAtOnce } : undefined;
}

/** The kernel's product added to out[rowAt(row) + columnAt(column)]. */
function addTiles(
  kernel: ProductKernel,
  depth: number,
  [height, width]: readonly [number, number],
  out: Float64Array,
  rowAt: (row: number) => number,
  columnAt: (column: number) => number,
): void {
  const { sums } = kernel;
  const places = Int32Array.from({ length: width }, (_, column) => columnAt(column));
  const across = upToTile(width);
  for (let row = 0; row < height; row++)
    for (let c = 0, [s, o] = [row * across, rowAt(row)]; c < width; c++, s++) sums[s] = out[o + places[c]!]!;
  kernel.multiply(depth, across / TILE, upToTile(height) / TILE);
  for (let row = 0; row < height; row++)
    for (let c = 0, [s, o] = [row * across, rowAt(row)]; c < width; c++, s++) out[o + places[c]!] = sums[s]!;
}
