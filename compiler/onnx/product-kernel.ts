// Products of matrices of doubles in WebAssembly with SIMD, emitted and compiled at first use: four rows by four columns at once. Source: register
// blocking as in any BLAS. Caveat: multiplications and additions are apart and every sum has the order of its terms, so results are those of plain
// loops, to the last bit; that rules out fused operations and faster orders.
import { type Code, f64x2, i32, ModuleBuilder, type Variable, v128 } from '../../gpu/emitter/module.ts';
import { exportsOf, ownModule } from '../../gpu/emitter/own.ts';

/** rows, and columns, of one step */
export const TILE = 4;
const DOUBLE_BYTES = 8;
const PAGE_BYTES = 65536;

/** room for columns, rows and sums, in doubles */
export const COLUMN_ROOM = 2 ** 21;
export const ROW_ROOM = 2 ** 20;
export const SUM_ROOM = 2 ** 20;
/** terms that are added at once: rows and columns of so many stay in the nearest cache */
const TERMS_AT_ONCE = 256;

const PARAMETERS = ['sums', 'sumsRow', 'columns', 'columnsTile', 'rows', 'rowsRow', 'terms', 'columnTiles', 'rowTiles'] as const;
type Parameter = (typeof PARAMETERS)[number];

/**
 * sums[i][j] += Σ_k rows[i][k] · columns[k][j]. Columns lie in tiles of four, of each tile term by term; rows one behind the other; addresses and
 * steps are bytes, counts at least 1.
 */
export function productModule(): ModuleBuilder {
  const m = new ModuleBuilder();
  m.function(
    'multiply',
    PARAMETERS.map(() => 'i32' as const),
    (f, ...variables) => {
      const parameter = Object.fromEntries(PARAMETERS.map((name, i) => [name, variables[i]!])) as Record<Parameter, Variable>;
      const vectors = TILE / 2;
      const totals = Array.from({ length: TILE * vectors }, () => f.variable('v128'));
      const [sums, tile, columns, left, term] = Array.from({ length: 5 }, () => f.variable('i32')) as [
        ...[Variable, Variable, Variable, Variable, Variable],
      ];
      const rows = Array.from({ length: TILE }, () => f.variable('i32'));
      const advance = (pointer: Variable, by: Code | number): void => f.set(pointer, i32.add(pointer.value, by));
      const countDown = (counter: Variable): Code => {
        f.set(counter, i32.sub(counter.value, 1));
        return counter.value;
      };
      /** the sums of a row of the tile, all of them */
      const eachRow = (visit: (row: number, at: Code) => void): void => {
        f.set(sums, tile.value);
        for (let row = 0; row < TILE; row++) {
          visit(row, sums.value);
          if (row < TILE - 1) advance(sums, parameter.sumsRow.value);
        }
      };
      f.repeat(() => {
        f.set(tile, parameter.sums.value);
        f.set(columns, parameter.columns.value);
        f.set(left, parameter.columnTiles.value);
        f.repeat(() => {
          eachRow((row, at) => {
            for (let j = 0; j < vectors; j++) f.set(totals[row * vectors + j]!, v128.load(at, 16 * j));
          });
          rows.forEach((pointer, row) => {
            f.set(pointer, row ? i32.add(rows[row - 1]!.value, parameter.rowsRow.value) : parameter.rows.value);
          });
          const from = f.variable('i32', columns.value);
          f.set(term, parameter.terms.value);
          f.repeat(() => {
            const four = Array.from({ length: vectors }, (_, j) => f.let(v128.load(from.value, 16 * j)));
            for (const [row, pointer] of rows.entries()) {
              const factor = f.let(v128.load64Splat(pointer.value));
              for (const [j, column] of four.entries()) {
                const total = totals[row * vectors + j]!;
                f.set(total, f64x2.add(total.value, f64x2.mul(factor, column)));
              }
              advance(pointer, DOUBLE_BYTES);
            }
            advance(from, TILE * DOUBLE_BYTES);
            return countDown(term);
          });
          eachRow((row, at) => {
            for (let j = 0; j < vectors; j++) f.emit(v128.store(at, totals[row * vectors + j]!.value, 16 * j));
          });
          advance(tile, TILE * DOUBLE_BYTES);
          advance(columns, parameter.columnsTile.value);
          return countDown(left);
        });
        advance(parameter.sums, i32.mul(parameter.sumsRow.value, TILE));
        advance(parameter.rows, i32.mul(parameter.rowsRow.value, TILE));
        return countDown(parameter.rowTiles);
      });
    },
  );
  return m;
}

/** Operands of a product, and its sums: the caller fills and reads them. Owner of the memory. */
export class ProductKernel {
  /** tile by tile of four columns, of each tile four numbers a term */
  readonly columns: Float64Array;
  /** row by row, `terms` numbers each */
  readonly rows: Float64Array;
  /** row by row, a number for each column of all tiles */
  readonly sums: Float64Array;
  readonly #multiply: (...values: number[]) => void;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const pages = ((COLUMN_ROOM + ROW_ROOM + SUM_ROOM) * DOUBLE_BYTES) / PAGE_BYTES;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#multiply = (exportsOf(bytes, memory) as unknown as { multiply(...values: number[]): void }).multiply;
    this.columns = new Float64Array(memory.buffer, 0, COLUMN_ROOM);
    this.rows = new Float64Array(memory.buffer, DOUBLE_BYTES * COLUMN_ROOM, ROW_ROOM);
    this.sums = new Float64Array(memory.buffer, DOUBLE_BYTES * (COLUMN_ROOM + ROW_ROOM), SUM_ROOM);
  }

  /** Adds to `columnTiles` · 4 sums of each of `rowTiles` · 4 rows. */
  multiply(terms: number, columnTiles: number, rowTiles: number): void {
    for (let term = 0; term < terms; term += TERMS_AT_ONCE)
      this.#multiply(
        this.sums.byteOffset,
        columnTiles * TILE * DOUBLE_BYTES,
        this.columns.byteOffset + term * TILE * DOUBLE_BYTES,
        terms * TILE * DOUBLE_BYTES,
        this.rows.byteOffset + term * DOUBLE_BYTES,
        terms * DOUBLE_BYTES,
        Math.min(TERMS_AT_ONCE, terms - term),
        columnTiles,
        rowTiles,
      );
  }
}

/** this thread's kernel; undefined where there is no WebAssembly with SIMD, or no room for its memory */
export const productKernel = ownModule(productModule, (bytes) => new ProductKernel(bytes));
