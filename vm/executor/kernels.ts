// The executor's WebAssembly: exact 32-bit integer matrix products with SIMD, emitted and compiled at first use, in one memory that all
// runs of a thread share. Operands are pairs of signed 16-bit numbers, `i32x4.dot_i16x8_s` multiplies four pairs and adds each.
// Source: AIR.md §3 (what MAC adds up). Caveat: sums are exact modulo 2^32 only; the caller proves that they stay below 2^31.
import { type Code, i32, i32x4, ModuleBuilder, type Variable, v128 } from '../../gpu/emitter/module.ts';
import { exportsOf, ownModule } from '../../gpu/emitter/own.ts';
import { LANES, P } from '../program/isa.ts';

const dot = i32x4.dotI16;
const multiplyLanes = i32x4.mul;

const VECTOR_BYTES = 16;
const VECTOR_LANES = 4;

/** products along a row of `multiply` come in groups of this many 32-bit sums; `multiplyDown` takes the second number */
export const TILE = { along: 8, across: 4, down: 16 } as const;

/**
 * result[i][j] += Σ over pairs p and taps t of vector[p][t][j] · scalar[p][t][i], each a pair of 16-bit numbers in 32 bits.
 * Steps are bytes: `resultStep` between rows i (or, `down`, between columns j, when rows are neighbours).
 */
function multiply(m: ModuleBuilder, name: string, rows: number, vectors: number, down: boolean): void {
  const params = [
    'result',
    'resultStep',
    'vector',
    'vectorPair',
    'vectorTap',
    'scalar',
    'scalarPair',
    'scalarTap',
    'pairs',
    'taps',
  ] as const;
  const types = [...params, 'columnTiles', 'rowTiles'].map(() => 'i32' as const);
  m.function(name, types, (f, ...variables) => {
    const [result, resultStep, vector, vectorPair, vectorTap, scalar, scalarPair, scalarTap, pairs, taps, columnTiles, rowTiles] =
      variables as [
        ...[Variable, Variable, Variable, Variable, Variable, Variable],
        ...[Variable, Variable, Variable, Variable, Variable, Variable],
      ];
    const sums = Array.from({ length: rows * vectors }, () => f.variable('v128'));
    const [row, to, from, weights, tapFrom, tapWeights] = Array.from({ length: 6 }, () => f.variable('i32'));
    const [pair, tap, leftRows] = [f.variable('i32'), f.variable('i32'), f.variable('i32')];
    const countDown = (counter: Variable): Code => {
      f.set(counter, i32.sub(counter.value, 1));
      return counter.value;
    };
    const advance = (pointer: Variable, by: Code | number): void => f.set(pointer, i32.add(pointer.value, by));
    f.repeat(() => {
      f.set(row!, result.value);
      f.set(weights!, scalar.value);
      f.set(leftRows, rowTiles.value);
      f.repeat(() => {
        for (const sum of sums) f.set(sum, v128.const(0));
        f.set(from!, vector.value);
        const scalars = f.variable('i32', weights!.value);
        f.set(pair, pairs.value);
        f.repeat(() => {
          f.set(tapFrom!, from!.value);
          f.set(tapWeights!, scalars.value);
          f.set(tap, taps.value);
          f.repeat(() => {
            const columns = Array.from({ length: vectors }, (_, j) => f.let(v128.load(tapFrom!.value, j * VECTOR_BYTES)));
            for (let i = 0; i < rows; i++) {
              const weight = f.let(v128.load32Splat(tapWeights!.value, 4 * i));
              for (const [j, column] of columns.entries()) {
                const sum = sums[i * vectors + j]!;
                f.set(sum, i32x4.add(sum.value, dot(column, weight)));
              }
            }
            advance(tapFrom!, vectorTap.value);
            advance(tapWeights!, scalarTap.value);
            return countDown(tap);
          });
          advance(from!, vectorPair.value);
          advance(scalars, scalarPair.value);
          return countDown(pair);
        });
        f.set(to!, row!.value);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < vectors; j++) {
            const sum = sums[i * vectors + j]!.value;
            if (!down) {
              f.emit(v128.store(to!.value, i32x4.add(v128.load(to!.value, j * VECTOR_BYTES), sum), j * VECTOR_BYTES));
              continue;
            }
            for (let lane = 0; lane < VECTOR_LANES; lane++) {
              f.emit(i32.store(to!.value, i32.add(i32.load(to!.value), i32x4.extractLane(sum, lane))));
              advance(to!, resultStep.value);
            }
          }
          if (!down) advance(to!, resultStep.value);
        }
        if (down) advance(row!, 4 * rows);
        else f.set(row!, to!.value);
        advance(weights!, 4 * rows);
        return countDown(leftRows);
      });
      if (down) advance(result, i32.mul(resultStep.value, vectors * VECTOR_LANES));
      else advance(result, vectors * VECTOR_BYTES);
      advance(vector, vectors * VECTOR_BYTES);
      return countDown(columnTiles);
    });
  });
}

/** result[j] += product of numbers[j] and one weight, `vectors` times four sums */
function addRow(m: ModuleBuilder, name: string, product: (a: Code, b: Code) => Code): void {
  m.function(name, ['i32', 'i32', 'i32', 'i32'], (f, result, numbers, weight, vectors) => {
    const weights = f.let(i32x4.splat(weight.value));
    f.repeat(() => {
      f.emit(v128.store(result.value, i32x4.add(v128.load(result.value), product(v128.load(numbers.value), weights))));
      f.set(result, i32.add(result.value, VECTOR_BYTES));
      f.set(numbers, i32.add(numbers.value, VECTOR_BYTES));
      f.set(vectors, i32.sub(vectors.value, 1));
      return vectors.value;
    });
  });
}

/**
 * Packs 16-bit numbers from two lists of canonical field elements side by side: `rows` rows of `count` words of 16 lanes each, `resultStep`
 * bytes from one packed word to the next and `gap` more from one row to the next. `keep` is -1, or 0 for pairs without a second number. Larger numbers are cut; `statistics` tells: four
 * lanes each of -1 - largest absolute value (first numbers, then second ones), then minus the number of pairs that are 0.
 */
function pack(m: ModuleBuilder): void {
  const params = ['result', 'resultStep', 'low', 'high', 'keep', 'count', 'rows', 'gap', 'statistics'].map(() => 'i32' as const);
  m.function('pack', params, (f, ...variables) => {
    const [result, resultStep, low, high, keep, count, rows, gap, statistics] = variables as [
      ...[Variable, Variable, Variable, Variable, Variable, Variable, Variable, Variable, Variable],
    ];
    const modulus = f.let(i32x4.splat(P));
    const half = f.let(i32x4.splat(0xffff));
    const ones = f.let(i32x4.splat(-1));
    const zero = f.let(i32x4.splat(0));
    const kept = f.let(i32x4.splat(keep.value));
    const least = [f.variable('v128', ones), f.variable('v128', ones)];
    const zeros = f.variable('v128', zero);
    const number = (cell: Code, smallest: Variable): Code => {
      // from 2^30 on a field element is negative
      const value = f.let(i32x4.sub(cell, v128.and(i32x4.shrS(i32x4.shl(cell, 1), 31), modulus)));
      const sign = f.let(i32x4.shrS(value, 31));
      const size = i32x4.sub(v128.xor(value, sign), sign);
      f.set(smallest, i32x4.minU(smallest.value, v128.xor(size, ones)));
      return value;
    };
    const left = f.variable('i32');
    f.repeat(() => {
      f.set(left, count.value);
      f.repeat(() => {
        for (let offset = 0; offset < LANES * 4; offset += VECTOR_BYTES) {
          const first = number(f.let(v128.load(low.value, offset)), least[0]!);
          const second = number(f.let(v128.and(v128.load(high.value, offset), kept)), least[1]!);
          const pair = f.let(v128.or(v128.and(first, half), i32x4.shl(second, 16)));
          f.set(zeros, i32x4.add(zeros.value, i32x4.eq(pair, zero)));
          f.emit(v128.store(result.value, pair, offset));
        }
        f.set(low, i32.add(low.value, LANES * 4));
        f.set(high, i32.add(high.value, LANES * 4));
        f.set(result, i32.add(result.value, resultStep.value));
        f.set(left, i32.sub(left.value, 1));
        return left.value;
      });
      f.set(result, i32.add(result.value, gap.value));
      f.set(rows, i32.sub(rows.value, 1));
      return rows.value;
    });
    for (const [i, vector] of [...least, zeros].entries()) f.emit(v128.store(statistics.value, vector.value, i * VECTOR_BYTES));
  });
}

/** the executor's module, for compiling and for review */
export function kernelModule(): ModuleBuilder {
  const m = new ModuleBuilder();
  multiply(m, 'multiply', TILE.across, TILE.along / VECTOR_LANES, false);
  multiply(m, 'multiplyDown', 1, TILE.down / VECTOR_LANES, true);
  addRow(m, 'addPairs', dot);
  addRow(m, 'addScaled', multiplyLanes);
  pack(m);
  return m;
}

/** result, resultStep, vector, vectorPair, vectorTap, scalar, scalarPair, scalarTap, pairs, taps, columnTiles, rowTiles; counts ≥ 1 */
type Multiply = (...args: number[]) => void;

export interface Exports {
  multiply: Multiply;
  multiplyDown: Multiply;
  /** numbers and weight are pairs of 16-bit numbers */
  addPairs(result: number, numbers: number, weight: number, vectors: number): void;
  /** numbers and weight are 32-bit numbers */
  addScaled(result: number, numbers: number, weight: number, vectors: number): void;
  /** result, resultStep, low, high, keep, count, rows, gap, statistics */
  pack(...args: number[]): void;
}

const PAGE_BYTES = 65536;
/** where operands are packed; the heap of accumulators follows */
export const STAGING_BYTES = 2 ** 22;
/** accumulators take at most this much; what does not fit stays with the plain path */
const MAX_HEAP_BYTES = 2 ** 27;
const ALIGNMENT = 64;

/** The module's functions and memory: a staging area for operands, then a heap of accumulators. Owner of the memory. */
export class Kernels {
  readonly exports: Exports;
  readonly #memory: WebAssembly.Memory;
  /** the whole memory as 32-bit words; replaced when it grows, so never kept across `allocate` */
  words: Int32Array;
  /** the same, unsigned: a copy between arrays of one type is one move */
  cells: Uint32Array;
  #top = STAGING_BYTES;
  #live = 0;
  readonly #free = new Map<number, number[]>();

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const pages = STAGING_BYTES / PAGE_BYTES;
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages + MAX_HEAP_BYTES / PAGE_BYTES });
    this.exports = exportsOf(bytes, this.#memory) as unknown as Exports;
    this.words = new Int32Array(this.#memory.buffer);
    this.cells = new Uint32Array(this.#memory.buffer);
  }

  /** a zeroed piece of the heap; its address in bytes, or undefined if the heap is full. Free it with the same size. */
  allocate(bytes: number): number | undefined {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    let address = this.#free.get(size)?.pop();
    if (address === undefined) {
      const end = this.#top + size;
      if (end > STAGING_BYTES + MAX_HEAP_BYTES) return undefined;
      if (end > this.words.length * 4) {
        const grown = Math.min(Math.max(end, this.words.length * 6), STAGING_BYTES + MAX_HEAP_BYTES);
        try {
          this.#memory.grow(Math.ceil(grown / PAGE_BYTES) - this.words.length / (PAGE_BYTES / 4));
        } catch {
          return undefined; // the engine has no more; the plain path needs less at a time
        }
        this.words = new Int32Array(this.#memory.buffer);
        this.cells = new Uint32Array(this.#memory.buffer);
      }
      address = this.#top;
      this.#top = end;
    }
    this.#live++;
    this.words.fill(0, address / 4, (address + size) / 4);
    return address;
  }

  free(address: number, bytes: number): void {
    if (--this.#live === 0) {
      this.reset();
      return;
    }
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const list = this.#free.get(size);
    if (list) list.push(address);
    else this.#free.set(size, [address]);
  }

  /** forgets all pieces: a run begins, whatever the one before it left behind */
  reset(): void {
    this.#live = 0;
    this.#top = STAGING_BYTES;
    // the lists stay: emptying the map left its tables to the collector, 16 KB a run
    for (const list of this.#free.values()) list.length = 0;
  }
}

/** this thread's kernels; undefined where there is no WebAssembly with SIMD. The module is small enough for a browser's main thread. */
export const kernels = ownModule(kernelModule, (bytes) => new Kernels(bytes));
