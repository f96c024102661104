// What all steps of the WASM backend share: the memory, the pool, the numbers of the kernels, twiddle trees, compiled circuits.
// Source: ours. Caveat: an owner of resources; `close` ends its threads, its memory goes when the last block is forgotten.

import type { Graph } from '../../fri/backend/graph.ts';
import type { Block, Circuit } from '../../fri/backend/seam.ts';
import { initialState, PURPOSE } from '../../fri/core/blake2s.ts';
import { inverseTwiddles, twiddles } from '../../fri/core/fft.ts';
import { P } from '../../fri/core/m31.ts';
import { buildKernels } from './kernels/all.ts';
import { buildCircuit, type CircuitModule } from './kernels/circuit.ts';
import { type ArgumentOf, KERNELS, type KernelName } from './kernels/table.ts';
import { CONSTANT, heapStart } from './map.ts';
import { Memory } from './memory.ts';
import { canShareMemory, Pool } from './pool.ts';
import { blockBytes, LINE, strideOf } from './sizes.ts';
import { Kernel, type TaskArguments, TaskList } from './tasks.ts';

/** Columns in the WASM memory. Four bytes before each column hold its last value, so that row 0 can read the row before. */
export interface WasmBlock extends Block {
  /** of the first value of the first column, bytes */
  address: number;
  /** from one column to the next, bytes */
  stride: number;
  /** the values on twice the domain while they exist: the composition wants them again */
  doubled?: WasmBlock | undefined;
  /** the coefficients that these values belong to, if they point here */
  source?: WasmBlock | undefined;
}

/** a column of a block: address and height */
export interface Column {
  address: number;
  logSize: number;
}

export interface CompiledCircuit {
  module: CircuitModule;
  quotient: KernelOf<'quotient'>;
  fractions: KernelOf<'fractions'>;
  registers: KernelOf<'register'>[];
}

type KernelOf<Name extends KernelName> = Kernel<ArgumentOf<Name>>;
/** kernels that the module of `buildKernels` exports */
type CommonName = Exclude<KernelName, 'quotient' | 'fractions' | 'register'>;
type CommonKernels = { readonly [Name in CommonName]: KernelOf<Name> };

/** small tables of a step stand in allocations of as many bytes: a phase may have hundreds of them */
const SHARED_BYTES = 16384;
/** tasks of a large phase for every thread: at its end a thread waits for half a task of another (28 ms a proof of 28 M cells with 8) */
const PIECES = 24;

export class Session {
  readonly memory: Memory;
  readonly pool: Pool;
  readonly #kernels: CommonKernels;
  readonly #circuits = new WeakMap<Graph, CompiledCircuit>();
  /** task lists that are not in use */
  readonly #lists: TaskList[] = [];
  readonly #towers: { logSize: number; address: number; inverse: number }[] = [];

  private constructor(memory: Memory, pool: Pool, kernels: CommonKernels) {
    this.memory = memory;
    this.pool = pool;
    this.#kernels = kernels;
  }

  /**
   * @param threads how many threads compute, this one included; 1 where memory cannot be shared
   * @param patienceMs see `Pool.start`
   * @param timed see `Pool.start`
   */
  static async start(threads: number, patienceMs?: number, timed = false): Promise<Session> {
    const count = canShareMemory() ? Math.max(1, Math.floor(threads)) : 1;
    const memory = new Memory(count > 1, heapStart(count));
    writeConstants(memory.words());
    const pool = await Pool.start(memory.memory, count, patienceMs, timed);
    const kernels = buildKernels();
    const names = kernels.functions.map((f) => f.name);
    const first = await pool.load(kernels.toBytes(memory.shared, memory.maximum), names);
    const known = Object.entries(KERNELS).flatMap(([name, args]) =>
      names.includes(name) ? [[name, new Kernel<string>(first + names.indexOf(name), args)] as const] : [],
    );
    return new Session(memory, pool, Object.fromEntries(known) as CommonKernels);
  }

  get threads(): number {
    return this.pool.threads;
  }

  words(): Uint32Array {
    return this.memory.words();
  }

  block(columns: number, logSize: number): WasmBlock {
    return { columns, logSize, address: this.memory.allocate(blockBytes(columns, logSize)) + LINE, stride: strideOf(logSize) };
  }

  release(block: WasmBlock | undefined): void {
    if (block) this.memory.release(block.address - LINE);
  }

  columnsOf(block: WasmBlock): Column[] {
    return Array.from({ length: block.columns }, (_, c) => ({ address: block.address + c * block.stride, logSize: block.logSize }));
  }

  /** a view of one column; do not keep it over an allocation */
  view(block: WasmBlock, column: number): Uint32Array {
    const start = (block.address + column * block.stride) / 4;
    return this.words().subarray(start, start + 2 ** block.logSize);
  }

  /**
   * Runs a common kernel on all threads, and comes back when it is done.
   * @param args arguments of its tasks; those that differ from task to task are assigned by `each`
   * @param each assigns arguments of the next task and adds it, again and again; it runs nothing itself. Without it there is one task
   */
  run<Name extends CommonName>(
    name: Name,
    args: Readonly<TaskArguments<ArgumentOf<Name>>>,
    each?: (next: TaskArguments<ArgumentOf<Name>>, add: () => void) => void,
  ): void {
    this.runKernel(this.#kernels[name], args, each);
  }

  /** the same for a kernel of a circuit */
  runKernel<Argument extends string>(
    { words, next }: Kernel<Argument>,
    args: Readonly<TaskArguments<Argument>>,
    each?: (next: TaskArguments<Argument>, add: () => void) => void,
  ): void {
    const list = this.#lists.pop() ?? new TaskList();
    list.clear();
    Object.assign(next, args);
    if (each) each(next, () => list.add(words));
    else list.add(words);
    if (list.count) this.pool.run(list);
    this.#lists.push(list);
  }

  /** makes all columns of blocks zero, a task a column */
  clear(...blocks: readonly WasmBlock[]): void {
    this.run('clear', { address: 0, groups: 0 }, (next, add) => {
      // strides are whole lines, so the last group of a short column ends in its own padding
      for (const { address, stride, columns, logSize } of blocks) {
        next.groups = Math.ceil((4 * 2 ** logSize) / LINE);
        for (let c = 0; c < columns; c++) {
          next.address = address + c * stride;
          add();
        }
      }
    });
  }

  /** cuts `total` groups into pieces of at least `least`, some for every thread */
  split(total: number, least: number, visit: (first: number, count: number) => void): void {
    const pieces = this.threads === 1 ? 1 : Math.max(1, Math.min(PIECES * this.threads, Math.floor(total / least)));
    const size = Math.ceil(total / pieces);
    for (let first = 0; first < total; first += size) visit(first, Math.min(size, total - first));
  }

  /** runs `body` with functions that put words, or leave room, in memory until `body` is done; small ones share an allocation */
  withTables<T>(body: (table: (words: ArrayLike<number>) => number, room: (bytes: number) => number) => T): T {
    const addresses: number[] = [];
    const allocate = (bytes: number): number => {
      const address = this.memory.allocate(bytes);
      addresses.push(address);
      return address;
    };
    let at = 0;
    let left = 0;
    const room = (bytes: number): number => {
      const size = LINE * Math.ceil(bytes / LINE);
      if (size >= SHARED_BYTES) return allocate(size);
      if (size > left) [at, left] = [allocate(SHARED_BYTES), SHARED_BYTES];
      const address = at;
      at += size;
      left -= size;
      return address;
    };
    const table = (words: ArrayLike<number>): number => {
      const address = room(4 * words.length);
      this.words().set(words, address / 4);
      return address;
    };
    try {
      return body(table, room);
    } finally {
      for (const address of addresses) this.memory.release(address);
    }
  }

  /** bytes that `tower` will take for this size, 0 if there is one already */
  towerBytes(logSize: number): number {
    return this.#towers.some((t) => t.logSize >= logSize) ? 0 : 4 * 2 ** logSize;
  }

  /** the twiddle tree for transforms up to log size n (and its inverses): node v at 4v bytes, doubled */
  tower(logSize: number): { address: number; inverse: number } {
    const known = this.#towers.find((t) => t.logSize >= logSize);
    if (known) return known;
    const build = (layers: readonly Uint32Array[]): number => {
      const words = new Uint32Array(2 ** (logSize - 1));
      // layer i ≥ 1 of a transform of log size n has 2^(n-1-i) factors: nodes from there on
      for (let i = 1; i < logSize; i++) for (const [h, t] of layers[i]!.entries()) words[2 ** (logSize - 1 - i) + h] = 2 * t;
      return this.memory.table(words);
    };
    const made = this.memory.lasting(() => ({
      logSize,
      address: build(twiddles(logSize)),
      inverse: build(inverseTwiddles(logSize)),
    }));
    for (const old of this.#towers) {
      this.memory.release(old.address);
      this.memory.release(old.inverse);
    }
    this.#towers.splice(0, this.#towers.length, made);
    return made;
  }

  /** the module of a circuit, compiled at its first use */
  async circuit(circuit: Circuit): Promise<CompiledCircuit> {
    const known = this.#circuits.get(circuit.graph);
    if (known) return known;
    const module = buildCircuit(circuit);
    const first = await this.pool.load(module.bytes(this.memory.shared, this.memory.maximum), module.names);
    const made = {
      module,
      quotient: new Kernel(first, KERNELS.quotient),
      fractions: new Kernel(first + 1, KERNELS.fractions),
      registers: circuit.registers.map((_, i) => new Kernel(first + 2 + i, KERNELS.register)),
    };
    this.#circuits.set(circuit.graph, made);
    return made;
  }

  close(): void {
    this.pool.close();
  }
}

function writeConstants(words: Uint32Array): void {
  const put = (address: number, ...values: number[]): void => words.set(values, address / 4);
  const lanes = (value: number): number[] => [value, value, value, value];
  /** byte order in which each lane's bytes are rotated */
  const order = (bytes: readonly number[]): number[] =>
    [0, 1, 2, 3].map((lane) => bytes.reduce((w, b, i) => w + (4 * lane + b) * 2 ** (8 * i), 0));
  const lanesFrom = (from: readonly number[]): number[] =>
    from.map((lane) => [0, 1, 2, 3].reduce((w, i) => w + (4 * lane + i) * 2 ** (8 * i), 0));
  put(CONSTANT.modulus, ...lanes(P));
  put(CONSTANT.rotate16, ...order([2, 3, 0, 1]));
  put(CONSTANT.rotate8, ...order([1, 2, 3, 0]));
  put(CONSTANT.twiceModulus, ...lanes(0xfffffffe));
  put(CONSTANT.lanes, 0, 1, 2, 3);
  put(CONSTANT.low31, P, 0, P, 0);
  const standard = initialState(0);
  put(CONSTANT.initial, (standard[0]! ^ 0x01010020) >>> 0, ...standard.subarray(1));
  put(CONSTANT.leafState, ...initialState(PURPOSE.LEAF));
  put(CONSTANT.nodeState, ...initialState(PURPOSE.NODE));
  put(CONSTANT.workState, ...initialState(PURPOSE.WORK));
  put(CONSTANT.zero, 0, 0, 0, 0);
  put(CONSTANT.previous, ...lanesFrom([0, 1, 2, 3]), ...lanesFrom([2, 1, 0, 3]), ...lanesFrom([0, 3, 2, 1]), ...lanesFrom([2, 3, 0, 1]));
}
