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

function addWindowsByKernel({ data, first, depth, outputs }: Weights, windows: Windows, out: Float64Array, step: number): boolean {
  const window = new Float64Array(depth);
  return addByKernel(depth, out, {
    height: outputs,
    fillRows: (rows, output, count) => rows.set(data.subarray(first + output * depth, first + (output + count) * depth)),
    rowAt: (output) => output * step,
    width: windows.count,
    fillColumns(columns, position, count) {
      for (let i = 0; i < count; i++) {
        window.fill(0);
        windows.read(position + i, window, 0);
        for (let k = 0, at = tiledAt(i, depth); k < depth; k++, at += TILE) columns[at] = window[k]!;
      }
    },
    columnAt: (position) => windows.to(position),
  });
}

function addMatrixByKernel(
  matrix: Float64Array,
  { from, depth, columns: width }: Matrix,
  { data, at, step }: Vectors,
  out: Vectors,
): boolean {
  return addByKernel(depth, out.data, {
    height: at.length,
    fillRows(rows, vector, count) {
      for (let i = 0, r = 0; i < count; i++) for (let k = 0, e = at[vector + i]!; k < depth; k++, r++, e += step) rows[r] = data[e]!;
    },
    rowAt: (vector) => out.at[vector]!,
    width,
    fillColumns(columns, first, count) {
      for (let o = 0; o < count; o += TILE) {
        const own = Math.min(TILE, count - o);
        for (let k = 0, [to, e] = [o * depth, from + first + o]; k < depth; k++, to += TILE, e += width)
          for (let c = 0; c < own; c++) columns[to + c] = matrix[e + c]!;
      }
    },
    columnAt: (column) => column * out.step,
  });
}

/** A product as the kernel takes it: where its operands come from, and where its results go. */
interface Operands {
  height: number;
  /** writes `count` rows from one on, one behind the other */
  fillRows(rows: Float64Array, first: number, count: number): void;
  width: number;
  /** writes `count` columns from one on, in tiles */
  fillColumns(columns: Float64Array, first: number, count: number): void;
  /** a result lies at the sum of both */
  rowAt(row: number): number;
  columnAt(column: number): number;
}

/** Adds a product to an array, part by part. @returns false where there is no kernel, or no room for even one tile */
function addByKernel(depth: number, out: Float64Array, { height, fillRows, width, fillColumns, rowAt, columnAt }: Operands): boolean {
  const tiled = tilesOf(depth, height, width);
  if (!tiled) return false;
  const { kernel, rowsAtOnce, columnsAtOnce } = tiled;
  const { columns, rows } = kernel;
  let loaded = -1;
  for (let column = 0; column < width; column += columnsAtOnce) {
    const across = Math.min(columnsAtOnce, width - column);
    columns.fill(0, 0, upToTile(across) * depth);
    fillColumns(columns, column, across);
    const places = placesFrom(column, across, columnAt);
    for (let row = 0; row < height; row += rowsAtOnce) {
      const down = Math.min(rowsAtOnce, height - row);
      // rows that fit at once stay for all columns
      if (loaded !== row) {
        fillRows(rows, row, down);
        rows.fill(0, down * depth, upToTile(down) * depth);
        loaded = row;
      }
      addTiles(kernel, depth, out, placesFrom(row, down, rowAt), places);
    }
  }
  return true;
}

function placesFrom(first: number, count: number, at: (one: number) => number): Int32Array {
  const places = new Int32Array(count);
  for (let i = 0; i < count; i++) places[i] = at(first + i);
  return places;
}

const upToTile = (count: number): number => Math.ceil(count / TILE) * TILE;

/** where the first term of a column lies among columns in tiles */
const tiledAt = (column: number, depth: number): number => (column - (column % TILE)) * depth + (column % TILE);

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

/** The kernel's product added to out[rows[i] + columns[j]]. */
function addTiles(kernel: ProductKernel, depth: number, out: Float64Array, rows: Int32Array, columns: Int32Array): void {
  const { sums } = kernel;
  const [down, across] = [upToTile(rows.length), upToTile(columns.length)];
  for (let i = 0; i < rows.length; i++)
    for (let j = 0, [s, o] = [i * across, rows[i]!]; j < columns.length; j++, s++) sums[s] = out[o + columns[j]!]!;
  kernel.multiply(depth, across / TILE, down / TILE);
  for (let i = 0; i < rows.length; i++)
    for (let j = 0, [s, o] = [i * across, rows[i]!]; j < columns.length; j++, s++) out[o + columns[j]!] = sums[s]!;
}
