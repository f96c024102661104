// Runs a program over the integers, throws on everything the AIR makes unprovable, and keeps just what the chips' traces need:
// one record a cycle, coefficients and table rows of the stores, memory and read counts. Source: AIR.md §2-§3, §9.24.
// Caveat: it is stricter than the AIR in that reads must come after writes and code must lie in the first `codeWords` words.
import { retold, usage, ZkvmError } from '../../fri/core/errors.ts';
import { mul } from '../../fri/core/m31.ts';
import { disassemble, repeatsOf, type Values } from '../program/assembler.ts';
import { committedSpan, isCommitted } from '../program/committed.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { checkBuckets } from '../program/encoding.ts';
import { type FlagOf, ISA, LANES, type Opcode, P, RAM_BASE, toField } from '../program/isa.ts';
import { checkProgram, type LoadedProgram } from '../program/loader.ts';
import { elementAddresses, emptyTensors, packRegion, requireNames, tensorOf, unpackRegion } from '../program/packing.ts';
import type { IntegerTensors, Program } from '../program/types.ts';
import { kernels } from './kernels.ts';
import {
  type Accumulator,
  addHadamard,
  addProduct,
  emptyAccumulator,
  emptyPositions,
  emptyTaps,
  gatherPositions,
  gatherTaps,
} from './mac.ts';
import { type DataWords, type Fault, Memory } from './memory.ts';
import { type ProductOperands, Products } from './product.ts';
import { Growing, Stores } from './store.ts';

/** cycles, and rows of store, that are made room for at the start */
const EXPECTED_LIMIT = 2 ** 18;

/** cycles of a run, repeats counted, where nobody says otherwise */
export const MAX_CYCLES = 2 ** 22;

/** What a run leaves behind: enough to fill every chip's trace. */
export interface Execution {
  loaded: LoadedProgram;
  inputs: IntegerTensors;
  outputs: IntegerTensors;
  /** CYCLE_WORDS a cycle, in order */
  cycles: Uint32Array;
  macRows: number;
  storeRows: number;
  /** C of every lane of every store row, in row order (LEAD rows included) */
  coefficients: Int32Array;
  /** lookup row of every lane of every store row, -1 where the lane is masked */
  entries: Int32Array;
  /** 16 lanes a word from RAM_BASE on */
  ram: Uint32Array;
  written: Uint8Array;
  ramReads: Uint32Array;
  romReads: Uint32Array;
  lookups: Uint32Array;
  /** committed inputs by name */
  data: ReadonlyMap<string, DataWords>;
}

export interface ExecuteOptions {
  /** cycles (repeats counted) before the run is refused; default 2^22 */
  maxCycles?: number;
  /** rows of the mac and the store chip together before the run is refused; default 2^25 */
  maxRows?: number;
  /** products without WebAssembly; they are also where there is none with SIMD. The execution is the same */
  plain?: boolean;
  /** values outside of a table take its nearest entry, so that a run that only counts rows goes on; it cannot be proved */
  nearest?: boolean;
  /** numbers in [0, 1) that move values by less than they are rounded by, which shows what depends on that; such a run cannot be proved either */
  shake?: () => number;
}

/**
 * Runs the program on integer tensors (one per input region).
 * @throws ZK032x for tensors that do not fit, ZK041x for a fault of the program with pc, instruction and ONNX node
 */
export function execute(program: Program, inputs: IntegerTensors, options: ExecuteOptions = {}): Execution {
  const loaded = checkProgram(program);
  return new Machine(loaded, inputs, options).run();
}

type Flags<O extends Opcode> = readonly FlagOf<O>[];

/** where an operand starts: its offset, plus fp and ap if the first and the fourth bit of its modes say so */
const startOf = (offset: number, modes: number, fp: number, ap: number): number =>
  (offset + (modes & 1 ? fp : 0) + (modes & 8 ? ap : 0)) % P;

class Machine {
  readonly #loaded: LoadedProgram;
  readonly #inputs = emptyTensors();
  readonly #maxCycles: number;
  readonly #maxRows: number;
  readonly #memory: Memory;
  readonly #products: Products | undefined;
  readonly #stores: Stores;
  readonly #cycles: Growing<Uint32Array>;
  readonly #accumulators = new Map<number, Accumulator>();
  readonly #a = emptyPositions();
  readonly #b = emptyPositions();
  readonly #taps = emptyTaps();
  #macRows = 0;
  #storeRows = 0;
  #pc = 0;

  constructor(loaded: LoadedProgram, inputs: IntegerTensors, options: ExecuteOptions) {
    const { program, table } = loaded;
    this.#loaded = loaded;
    this.#maxCycles = options.maxCycles ?? MAX_CYCLES;
    this.#maxRows = options.maxRows ?? 2 ** 25;
    this.#memory = new Memory(program.rom, program.ramLogSize, this.#fault);
    // exact for a program without jumps; a count in a hostile file must not take memory
    let [cyclesExpected, rowsExpected] = [0, 0];
    for (const instruction of loaded.instructions) {
      const repeats = repeatsOf(instruction);
      cyclesExpected = Math.min(cyclesExpected + repeats, EXPECTED_LIMIT);
      if (instruction.opcode === 'STORE')
        rowsExpected = Math.min(rowsExpected + repeats * ISA.STORE.cost.rows(instruction.values, instruction.flags), EXPECTED_LIMIT);
    }
    this.#cycles = new Growing(cyclesExpected * CYCLE_WORDS, (n) => new Uint32Array(n));
    const wasm = options.plain ? undefined : kernels();
    this.#products = wasm && new Products(wasm, this.#memory);
    const { nearest = options.shake !== undefined, shake } = options;
    this.#stores = new Stores(program.slots, table, rowsExpected, this.#memory, this.#products, this.#fault, nearest, shake);
    requireNames(program.inputs, inputs, 'input');
    for (const region of program.inputs) {
      const tensor = tensorOf(inputs, region.name);
      const { addresses, words } = packRegion(region, tensor, 'input');
      // a copy: the caller may use his arrays again before the proof is made
      this.#inputs[region.name] = Int32Array.from(tensor!);
      if (isCommitted(region)) {
        const span = committedSpan(region);
        const padded = new Uint32Array(span * LANES);
        padded.set(words);
        this.#memory.data.push({ base: region.address, words: padded, reads: new Uint32Array(span) });
        continue;
      }
      const start = region.address - RAM_BASE;
      this.#memory.ram.set(words, start * LANES);
      this.#memory.written.fill(1, start, start + addresses.length);
    }
    checkBuckets(program, inputs);
  }

  readonly #fault: Fault = (code, what, why) => usage(code, { what, where: this.#place(), ...(why ? { why } : {}) });

  /** the instruction that runs, and its ONNX node */
  #place(): string {
    const { program } = this.#loaded;
    const pc = this.#pc;
    const source = program.sourceMap.find(({ from, to }) => from <= pc && pc < to);
    const text = pc < program.codeWords ? disassemble(program.rom, pc) : 'outside the code';
    return `pc ${pc}: ${text}${source ? ` (${source.node})` : ''}`;
  }

  #countRows(rows: number): void {
    if (this.#macRows + this.#storeRows + rows > this.#maxRows) throw this.#fault('ZK0416', `the run has more than ${this.#maxRows} rows`);
  }

  #accumulator(name: number): Accumulator {
    const accumulator = this.#accumulators.get(name) ?? emptyAccumulator();
    this.#accumulators.set(name, accumulator);
    return accumulator;
  }

  #mac(values: Values<'MAC'>, flags: Flags<'MAC'>, a: number, b: number, name: number): void {
    const { nw, h, ra, ob, taps, pad } = values;
    const rows = ISA.MAC.cost.rows(values, flags);
    this.#countRows(rows);
    this.#macRows += rows;
    gatherPositions(this.#a, this.#memory, a, nw, h, toField(ra), flags.includes('Z') ? 1 : 0);
    gatherTaps(this.#taps, this.#memory, b, ob, taps);
    addProduct(this.#accumulator(name), this.#a, this.#taps, pad, flags.includes('X2') ? 2 : 1);
  }

  /** up to `repeats` repeats of a MAC at once; returns how many, 0 if the next one must be done by `#mac` */
  #macRepeats(values: Values<'MAC'>, flags: Flags<'MAC'>, operands: ProductOperands, name: number, repeats: number): number {
    const rows = ISA.MAC.cost.rows(values, flags);
    const limit = Math.min(repeats, Math.floor((this.#maxRows - this.#macRows - this.#storeRows) / rows));
    if (!this.#products || limit <= 0) return 0;
    const { nw, h, ra, ob, taps, pad } = values;
    const gap = flags.includes('Z') ? 1 : 0;
    const step = flags.includes('X2') ? 2 : 1;
    const done = this.#products.add(
      this.#accumulator(name),
      { nw, h, jump: toField(ra), gap, step, blocks: ob, taps, pad },
      operands,
      limit,
    );
    this.#macRows += done * rows;
    return done;
  }

  #mul(values: Values<'MUL'>, a: number, b: number, name: number): void {
    const { nw, h, ra, rb } = values;
    const rows = ISA.MUL.cost.rows(values, []);
    this.#countRows(rows);
    this.#macRows += rows;
    gatherPositions(this.#a, this.#memory, a, nw, h, toField(ra), 0);
    gatherPositions(this.#b, this.#memory, b, nw, h, toField(rb), 0);
    addHadamard(this.#accumulator(name), this.#a, this.#b);
  }

  #store(values: Values<'STORE'>, flags: Flags<'STORE'>, mask: number, slot: number, name: number): void {
    const rows = ISA.STORE.cost.rows(values, flags);
    this.#countRows(rows);
    this.#storeRows += rows;
    const accumulator = this.#accumulators.get(name) ?? emptyAccumulator();
    this.#accumulators.delete(name);
    this.#stores.run(values, flags, accumulator, mask, slot, name);
  }

  /** the run; an error without a place (of a kernel) gets the current one */
  run(): Execution {
    try {
      this.#cyclesUntilHalt();
      return this.#finish();
    } catch (error) {
      if (error instanceof ZkvmError && error.where === undefined) throw retold(error.kind, error, { where: this.#place() });
      throw error;
    }
  }

  /** one cycle; the parameters are CYCLE_FIELDS */
  #record(
    ...[pc, ap, fp, repeats, ea, eb, ec, va, vb, vc]: [number, number, number, number, number, number, number, number, number, number]
  ): void {
    const at = this.#cycles.extend(CYCLE_WORDS);
    const { data } = this.#cycles;
    data[at] = pc;
    data[at + 1] = ap;
    data[at + 2] = fp;
    data[at + 3] = repeats;
    data[at + 4] = ea;
    data[at + 5] = eb;
    data[at + 6] = ec;
    data[at + 7] = va;
    data[at + 8] = vb;
    data[at + 9] = vc;
  }

  #cyclesUntilHalt(): void {
    const { program, instructions } = this.#loaded;
    const memory = this.#memory;
    let ap = RAM_BASE;
    let fp = RAM_BASE;
    let cycles = 0;
    for (let halted = false; !halted; ) {
      const pc = this.#pc;
      if (pc >= program.codeWords) throw this.#fault('ZK0420', 'the program leaves its code');
      const { opcode, values, flags } = instructions[pc]!;
      const word = program.rom.subarray(pc * LANES, (pc + 1) * LANES);
      const modes = word[0]! >> 6;
      const repeats = word[1]!;
      let ea = startOf(word[2]!, modes, fp, ap);
      let eb = startOf(word[4]!, modes >> 1, fp, ap);
      let ec = startOf(word[6]!, modes >> 2, fp, ap);
      const immediate = ((modes >> 6) & 1) === 1;
      let next = pc + 1;
      const aStep = word[3]!;
      const bStep = word[5]!;
      const cStep = word[7]!;
      for (let left = repeats - 1; left >= 0; left--) {
        if (opcode === 'MAC') {
          // repeats into one accumulator are one matrix product
          const limit = Math.min(cStep === 0 ? left + 1 : 1, this.#maxCycles - cycles);
          const done = this.#macRepeats(values, flags, { a: ea, aStep, b: eb, bStep }, ec, limit);
          if (done > 0) {
            for (let i = 0; i < done; i++) {
              this.#record(pc, ap, fp, left - i, ea, eb, ec, 0, 0, 0);
              ea = (ea + aStep) % P;
              eb = (eb + bStep) % P;
              ec = (ec + cStep) % P;
            }
            cycles += done;
            memory.romReads[pc]! += done;
            left -= done - 1;
            continue;
          }
        }
        if (++cycles > this.#maxCycles) throw this.#fault('ZK0416', `the run has more than ${this.#maxCycles} cycles`);
        memory.romReads[pc]!++;
        let va = 0;
        let vb = 0;
        let vc = 0;
        let nextAp = ap;
        let nextFp = fp;
        let taken = false;
        if (immediate) vb = eb;
        switch (opcode) {
          case 'MAC':
            this.#mac(values, flags, ea, eb, ec);
            break;
          case 'MUL':
            this.#mul(values, ea, eb, ec);
            break;
          case 'STORE':
            this.#store(values, flags, ea, eb, ec);
            break;
          case 'SET':
            vc = word[8]!;
            memory.writeScalar(ec, vc);
            break;
          case 'ADD':
          case 'MLS':
            va = memory.readScalar(ea);
            if (!immediate) vb = memory.readScalar(eb);
            vc = opcode === 'ADD' ? (va + vb) % P : mul(va, vb);
            memory.writeScalar(ec, vc);
            break;
          case 'JMP':
            if (!immediate) vb = memory.readScalar(eb);
            taken = true;
            break;
          case 'JNZ':
            va = memory.readScalar(ea);
            if (!immediate) vb = memory.readScalar(eb);
            taken = va !== 0;
            break;
          case 'CAL':
            if (!immediate) vb = memory.readScalar(eb);
            va = fp;
            vc = pc + 1;
            memory.writeScalar(ea, va);
            memory.writeScalar(ec, vc);
            nextFp = (ap + 2) % P;
            nextAp = (ap + word[8]!) % P;
            taken = true;
            break;
          case 'RET':
            va = memory.readScalar(ea);
            vb = memory.readScalar(eb);
            nextFp = va;
            taken = true;
            break;
          case 'AP':
            va = memory.readScalar(ea);
            nextAp = va;
            break;
          case 'HLT':
            halted = true;
            break;
        }
        if (taken && left > 0) throw this.#fault('ZK0421', 'jumps before its last repeat', `${left} repeats are left`);
        this.#record(pc, ap, fp, left, ea, eb, ec, va, vb, vc);
        if (taken) next = vb;
        ap = nextAp;
        fp = nextFp;
        ea = (ea + aStep) % P;
        eb = (eb + bStep) % P;
        ec = (ec + cStep) % P;
      }
      if (!halted) this.#pc = next;
    }
    for (const name of this.#accumulators.keys())
      throw this.#fault('ZK0422', `accumulator ${name} was never drained`, `RAM word ${name - RAM_BASE}`);
  }

  #finish(): Execution {
    const { program } = this.#loaded;
    const { ram, written, ramReads, romReads, data } = this.#memory;
    const committed = program.inputs.filter(isCommitted);
    const outputs = emptyTensors();
    for (const region of program.outputs) {
      for (const address of elementAddresses(region)) this.#memory.read(address); // the verifier reads each output word once
      outputs[region.name] = unpackRegion(region, ram, (address) => (address - RAM_BASE) * LANES);
    }
    return {
      loaded: this.#loaded,
      inputs: this.#inputs,
      outputs,
      cycles: this.#cycles.finish(),
      macRows: this.#macRows,
      storeRows: this.#storeRows,
      coefficients: this.#stores.coefficients.finish(),
      entries: this.#stores.entries.finish(),
      ram,
      written,
      ramReads,
      romReads,
      lookups: this.#stores.lookups,
      data: new Map(committed.map(({ name }, i) => [name, data[i]!])),
    };
  }
}
