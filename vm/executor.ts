// Runs a program over the integers, throws on everything the AIR makes unprovable, and keeps just what the chips' traces need:
// one record a cycle, coefficients and table rows of the stores, memory and read counts. Source: AIR.md §2-§3, §9.24.
// Caveat: it is stricter than the AIR in that reads must come after writes and code must lie in the first `codeWords` words.
import { usage, type ZkvmError } from '../fri/errors.ts';
import { disassemble, type Instruction } from './assembler.ts';
import {
  type Accumulator,
  addHadamard,
  addProduct,
  emptyAccumulator,
  firstUncovered,
  MAX_COEFFICIENTS,
  type Positions,
  type Taps,
} from './executor-mac.ts';
import { ACCUMULATOR_BOUND, LANES, type Opcode, P, RAM_BASE, toField, toSigned } from './isa.ts';
import { checkProgram, type LoadedProgram } from './loader.ts';
import { elementAddresses, packRegion, requireNames, unpackRegion } from './packing.ts';
import type { IntegerTensors, Program } from './program.ts';

/** fields of one cycle's record: `repeats` still to come, operand addresses, scalar values read or written */
export const CYCLE_FIELDS = ['pc', 'ap', 'fp', 'repeats', 'ea', 'eb', 'ec', 'va', 'vb', 'vc'] as const;
export const CYCLE_WORDS = CYCLE_FIELDS.length;

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
}

export interface ExecuteOptions {
  /** cycles (repeats counted) before the run is refused; default 2^22 */
  maxCycles?: number;
  /** rows of the mac and the store chip together before the run is refused; default 2^25 */
  maxRows?: number;
}

/** An integer list that doubles when it is full. */
class Growing<T extends Uint32Array | Int32Array> {
  length = 0;
  constructor(
    public data: T,
    private readonly make: (length: number) => T,
  ) {}
  /** room for `more` values; returns the place of the first */
  extend(more: number): number {
    const at = this.length;
    this.length += more;
    if (this.length > this.data.length) {
      const larger = this.make(Math.max(this.length, 2 * this.data.length));
      larger.set(this.data);
      this.data = larger;
    }
    return at;
  }
  finish(): T {
    return this.data.slice(0, this.length) as T;
  }
}

/** rows of the mac chip for one dispatched MAC or MUL */
export function macRunRows(opcode: Opcode, values: Readonly<Record<string, number>>): number {
  if (opcode === 'MUL') return values.nw! * values.h!;
  return values.h! * Math.ceil(values.nw! / 2) + values.pad! + values.taps! * Math.ceil(values.ob! / 2);
}

/** rows of the store chip for one dispatched STORE */
export const storeRunRows = ({ values, flags }: Instruction): number =>
  values.O! * (values.h! * values.rw! + (flags.includes('LEAD') ? 1 : 0));

/**
 * Runs the program on integer tensors (one per input region).
 * @throws ZK032x for tensors that do not fit, ZK041x for a fault of the program with pc, instruction and ONNX node
 */
export function execute(program: Program, inputs: IntegerTensors, options: ExecuteOptions = {}): Execution {
  const loaded = checkProgram(program);
  return new Machine(loaded, inputs, options).run();
}

class Machine {
  readonly #loaded: LoadedProgram;
  readonly #inputs: IntegerTensors;
  readonly #maxCycles: number;
  readonly #maxRows: number;
  readonly #rom: Uint32Array;
  readonly #romWords: number;
  readonly #ramWords: number;
  readonly #ram: Uint32Array;
  readonly #written: Uint8Array;
  readonly #ramReads: Uint32Array;
  readonly #romReads: Uint32Array;
  readonly #lookups: Uint32Array;
  readonly #cycles = new Growing(new Uint32Array(1024), (n) => new Uint32Array(n));
  readonly #coefficients = new Growing(new Int32Array(4096), (n) => new Int32Array(n));
  readonly #entries = new Growing(new Int32Array(4096), (n) => new Int32Array(n));
  readonly #accumulators = new Map<number, Accumulator>();
  readonly #a: Positions = { values: new Float64Array(0), count: 0, first: 0, last: -1, largest: 0 };
  readonly #b: Positions = { values: new Float64Array(0), count: 0, first: 0, last: -1, largest: 0 };
  readonly #taps: Taps = { values: new Float64Array(0), taps: 0, channels: 0, reach: 0 };
  readonly #slots = new Map<
    number,
    { starts: Float64Array; divisors: Int32Array; ranges: Int32Array; first: number; values: Int32Array }
  >();
  #macRows = 0;
  #storeRows = 0;
  #pc = 0;

  constructor(loaded: LoadedProgram, inputs: IntegerTensors, options: ExecuteOptions) {
    const { program, table } = loaded;
    this.#loaded = loaded;
    this.#inputs = inputs;
    this.#maxCycles = options.maxCycles ?? 2 ** 22;
    this.#maxRows = options.maxRows ?? 2 ** 25;
    this.#rom = program.rom;
    this.#romWords = program.rom.length / LANES;
    this.#ramWords = 2 ** program.ramLogSize;
    this.#ram = new Uint32Array(this.#ramWords * LANES);
    this.#written = new Uint8Array(this.#ramWords);
    this.#ramReads = new Uint32Array(this.#ramWords);
    this.#romReads = new Uint32Array(this.#romWords);
    this.#lookups = new Uint32Array(table.rows);
    for (const { id, intervals } of program.slots) {
      const size = intervals.length / 3;
      const slot = {
        starts: new Float64Array(size),
        divisors: new Int32Array(size),
        ranges: new Int32Array(size),
        values: new Int32Array(size),
        first: table.slotStart.get(id)!,
      };
      for (let i = 0; i < size; i++) {
        slot.divisors[i] = intervals[3 * i]!;
        slot.ranges[i] = table.rangeStart.get(intervals[3 * i]!)!;
        slot.starts[i] = intervals[3 * i]! * intervals[3 * i + 1]!;
        slot.values[i] = toField(intervals[3 * i + 2]!);
      }
      this.#slots.set(id, slot);
    }
    requireNames(program.inputs, inputs, 'input');
    for (const region of program.inputs) {
      const { addresses, words } = packRegion(region, inputs[region.name], 'input');
      const start = region.address - RAM_BASE;
      this.#ram.set(words, start * LANES);
      this.#written.fill(1, start, start + addresses.length);
    }
  }

  #fault(code: string, what: string, why?: string): ZkvmError {
    const { program } = this.#loaded;
    const pc = this.#pc;
    const source = program.sourceMap.find(({ from, to }) => from <= pc && pc < to);
    const text = pc < program.codeWords ? disassemble(this.#rom, pc) : 'outside the code';
    return usage(code, { what, where: `pc ${pc}: ${text}${source ? ` (${source.node})` : ''}`, ...(why ? { why } : {}) });
  }

  /** counts a read; offset of the word's first lane, ≥ 0 in RAM, and -1 - offset in ROM */
  #read(address: number): number {
    if (address < this.#romWords) {
      this.#romReads[address]!++;
      return -1 - address * LANES;
    }
    const word = address - RAM_BASE;
    if (word < 0 || word >= this.#ramWords || this.#written[word] === 0)
      throw this.#fault(
        'ZK0410',
        `reads word ${address}, which nobody wrote before`,
        word >= 0 && word < this.#ramWords ? `RAM word ${word}` : 'outside ROM and RAM',
      );
    this.#ramReads[word]!++;
    return word * LANES;
  }

  /** marks a RAM word as written; offset of its first lane */
  #write(address: number): number {
    const word = address - RAM_BASE;
    if (word < 0 || word >= this.#ramWords)
      throw this.#fault('ZK0411', `writes word ${address}, outside RAM`, `RAM has ${this.#ramWords} words from ${RAM_BASE} on`);
    if (this.#written[word] === 1) throw this.#fault('ZK0412', `writes RAM word ${word} a second time`, 'memory is write-once');
    this.#written[word] = 1;
    return word * LANES;
  }

  #readScalar(address: number): number {
    const offset = this.#read(address);
    const memory = offset < 0 ? this.#rom : this.#ram;
    const at = offset < 0 ? -1 - offset : offset;
    for (let t = 1; t < LANES; t++)
      if (memory[at + t] !== 0) throw this.#fault('ZK0414', `reads word ${address} as a scalar, but lane ${t} is ${memory[at + t]}`);
    return memory[at]!;
  }

  #writeScalar(address: number, value: number): void {
    this.#ram[this.#write(address)] = value;
  }

  #accumulator(name: number): Accumulator {
    const accumulator = this.#accumulators.get(name) ?? emptyAccumulator();
    this.#accumulators.set(name, accumulator);
    return accumulator;
  }

  #countRows(rows: number): void {
    if (this.#macRows + this.#storeRows + rows > this.#maxRows) throw this.#fault('ZK0416', `the run has more than ${this.#maxRows} rows`);
  }

  /** reads h rows of nw words into `to`, the last position at index 0 */
  #gather(to: Positions, start: number, nw: number, h: number, jump: number, gap: number): void {
    const count = LANES * h * (nw + gap);
    if (count > MAX_COEFFICIENTS) throw this.#fault('ZK0417', `an operand of ${count} positions is too large`, 'at most 2^26');
    if (to.values.length < count) to.values = new Float64Array(count);
    else to.values.fill(0, 0, count);
    const { values } = to;
    let [first, last, largest] = [count, -1, 0];
    let address = start;
    let at = count - 1;
    for (let row = 0; row < h; row++, at -= LANES * gap) {
      for (let j = 0; j < nw; j++) {
        const offset = this.#read(address);
        const memory = offset < 0 ? this.#rom : this.#ram;
        const from = offset < 0 ? -1 - offset : offset;
        for (let t = 0; t < LANES; t++, at--) {
          const cell = memory[from + t]!;
          if (cell === 0) continue;
          const value = cell > P / 2 ? cell - P : cell;
          values[at] = value;
          if (last < 0) last = at;
          first = at;
          largest = Math.max(largest, Math.abs(value));
        }
        address = j < nw - 1 ? address + 1 : (address + jump) % P;
      }
    }
    Object.assign(to, { count, first, last, largest });
  }

  #mac({ values, flags }: Instruction, a: number, b: number, name: number): void {
    const { nw, h, ra, ob, taps, pad } = values as Record<string, number> as {
      nw: number;
      h: number;
      ra: number;
      ob: number;
      taps: number;
      pad: number;
    };
    const rows = macRunRows('MAC', values);
    const channels = ob * LANES;
    this.#countRows(rows);
    this.#macRows += rows;
    if (taps * channels > MAX_COEFFICIENTS)
      throw this.#fault('ZK0417', `an operand of ${taps * channels} weights is too large`, 'at most 2^26');
    this.#gather(this.#a, a, nw, h, toField(ra), flags.includes('Z') ? 1 : 0);
    const to = this.#taps;
    if (to.values.length < taps * channels) to.values = new Float64Array(taps * channels);
    let address = b;
    let reach = 0;
    for (let t = 0; t < taps; t++) {
      let largest = 0;
      for (let block = ob - 1; block >= 0; block--) {
        const offset = this.#read(address);
        const memory = offset < 0 ? this.#rom : this.#ram;
        const from = offset < 0 ? -1 - offset : offset;
        const at = t * channels + block * LANES;
        for (let lane = 0; lane < LANES; lane++) {
          const value = toSigned(memory[from + lane]!);
          to.values[at + lane] = value;
          largest = Math.max(largest, Math.abs(value));
        }
        address++;
      }
      reach += largest;
    }
    Object.assign(to, { taps, channels, reach });
    this.#guarded(() => addProduct(this.#accumulator(name), this.#a, to, pad, flags.includes('X2') ? 2 : 1));
  }

  #mul({ values }: Instruction, a: number, b: number, name: number): void {
    const { nw, h, ra, rb } = values as Record<string, number> as { nw: number; h: number; ra: number; rb: number };
    this.#countRows(nw * h);
    this.#macRows += nw * h;
    this.#gather(this.#a, a, nw, h, toField(ra), 0);
    this.#gather(this.#b, b, nw, h, toField(rb), 0);
    this.#guarded(() => addHadamard(this.#accumulator(name), this.#a, this.#b));
  }

  /** adds the place to an error of the kernels */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      const { code, what, why } = error as ZkvmError;
      throw code ? this.#fault(code, what, why) : error;
    }
  }

  #store(instruction: Instruction, mask: number, slotId: number, first: number): void {
    const { rw, h, O, rj, cj, split } = instruction.values as Record<string, number> as Record<
      'rw' | 'h' | 'O' | 'rj' | 'cj' | 'split',
      number
    >;
    const lead = instruction.flags.includes('LEAD');
    const halves = instruction.flags.includes('SPLIT');
    const rows = storeRunRows(instruction);
    if (O * h * rw > this.#ramWords) throw this.#fault('ZK0411', `writes ${O * h * rw} words, RAM has ${this.#ramWords}`);
    this.#countRows(rows);
    this.#storeRows += rows;
    const accumulator = this.#accumulators.get(first) ?? emptyAccumulator();
    this.#accumulators.delete(first);
    const slot = this.#slots.get(slotId);
    if (!slot) throw this.#fault('ZK0415', `there is no slot ${slotId}`);
    const total = LANES * h * rw;
    let at = this.#coefficients.extend(rows * LANES);
    this.#entries.extend(rows * LANES);
    const coefficients = this.#coefficients.data;
    const entries = this.#entries.data;
    const { values, span, low, channels } = accumulator;
    /** copies the 16 coefficients of one row, positions position, position + step, … */
    const drain = (channel: number, position: number, step: number): void => {
      let index = total - 1 - position - low;
      const row = channel * span;
      for (let t = 0; t < LANES; t++, index -= step) {
        const value = channel < channels && index >= 0 && index < span ? values[row + index]! : 0;
        if (value >= ACCUMULATOR_BOUND || value <= -ACCUMULATOR_BOUND)
          throw this.#fault(
            'ZK0413',
            `coefficient ${value} of channel ${channel}, position ${position + t * step} is not inside (-2^30, 2^30)`,
          );
        coefficients[at + t] = value;
      }
    };
    let address = first;
    for (let channel = O - 1; channel >= 0; channel--) {
      if (lead) {
        drain(channel, -LANES, 1);
        entries.fill(-1, at, at + LANES);
        at += LANES;
      }
      for (let y = 0; y < h; y++) {
        for (let j = 0; j < rw; j++) {
          const odd = halves ? j & 1 : 0;
          drain(channel, (y * rw + j - odd) * LANES + odd, halves ? 2 : 1);
          const offset = this.#read((mask + j) % P);
          const memory = offset < 0 ? this.#rom : this.#ram;
          const from = offset < 0 ? -1 - offset : offset;
          const to = this.#write(address);
          for (let t = 0; t < LANES; t++, at++) {
            const m = memory[from + t]!;
            if (m === 0) {
              entries[at] = -1;
              continue;
            }
            if (m !== 1) throw this.#fault('ZK0418', `mask lane ${t} is ${m}, 0 or 1 expected`, `mask word ${(mask + j) % P}`);
            const value = coefficients[at]!;
            const i = intervalOf(slot.starts, value);
            const r = i < 0 ? 0 : value - slot.starts[i]!;
            if (i < 0 || r >= slot.divisors[i]!)
              throw this.#fault(
                'ZK0415',
                `C = ${value} lies in no interval of slot ${slotId}`,
                `channel ${channel}, position ${(y * rw + j) * LANES + t}`,
              );
            entries[at] = slot.first + i;
            this.#lookups[slot.first + i]!++;
            this.#lookups[slot.ranges[i]! + r]!++;
            this.#ram[to + t] = slot.values[i]!;
          }
          // jumps start from the even word of a pair
          const even = odd ? address - split : address;
          const lastWord = j === rw - 1;
          address = (halves && !odd ? address + split : even + (lastWord ? (y === h - 1 ? cj : rj) : 1)) % P;
          if (address < 0) address += P;
        }
      }
    }
    const missed = firstUncovered(accumulator, O, total + (lead ? LANES : 0));
    if (missed)
      throw this.#fault(
        'ZK0419',
        'the accumulator has a coefficient that this STORE does not drain',
        `${missed.value} at channel ${missed.channel}, position ${total - 1 - missed.exponent}; drained are channels 0 … ${O - 1}, positions ${lead ? -LANES : 0} … ${total - 1}`,
      );
  }

  run(): Execution {
    const { program, instructions } = this.#loaded;
    let [ap, fp] = [RAM_BASE, RAM_BASE];
    let cycles = 0;
    for (let halted = false; !halted; ) {
      const pc = this.#pc;
      if (pc >= program.codeWords) throw this.#fault('ZK0420', 'the program leaves its code');
      const instruction = instructions[pc]!;
      const { opcode } = instruction;
      const word = this.#rom.subarray(pc * LANES, (pc + 1) * LANES);
      const modes = word[0]! >> 6;
      const repeats = word[1]!;
      const start = (operand: number, bit: number): number =>
        (word[operand]! + ((modes >> bit) & 1 ? fp : 0) + ((modes >> (bit + 3)) & 1 ? ap : 0)) % P;
      let [ea, eb, ec] = [start(2, 0), start(4, 1), start(6, 2)];
      const immediate = ((modes >> 6) & 1) === 1;
      let next = pc + 1;
      for (let left = repeats - 1; left >= 0; left--) {
        if (++cycles > this.#maxCycles) throw this.#fault('ZK0416', `the run has more than ${this.#maxCycles} cycles`);
        this.#romReads[pc]!++;
        let [va, vb, vc] = [0, 0, 0];
        let [nextAp, nextFp, taken] = [ap, fp, false];
        if (immediate) vb = eb;
        switch (opcode) {
          case 'MAC':
            this.#mac(instruction, ea, eb, ec);
            break;
          case 'MUL':
            this.#mul(instruction, ea, eb, ec);
            break;
          case 'STORE':
            this.#store(instruction, ea, eb, ec);
            break;
          case 'SET':
            vc = word[8]!;
            this.#writeScalar(ec, vc);
            break;
          case 'ADD':
          case 'MLS':
            va = this.#readScalar(ea);
            if (!immediate) vb = this.#readScalar(eb);
            vc = opcode === 'ADD' ? (va + vb) % P : multiply(va, vb);
            this.#writeScalar(ec, vc);
            break;
          case 'JMP':
            if (!immediate) vb = this.#readScalar(eb);
            taken = true;
            break;
          case 'JNZ':
            va = this.#readScalar(ea);
            if (!immediate) vb = this.#readScalar(eb);
            taken = va !== 0;
            break;
          case 'CAL':
            if (!immediate) vb = this.#readScalar(eb);
            va = fp;
            vc = pc + 1;
            this.#writeScalar(ea, va);
            this.#writeScalar(ec, vc);
            nextFp = (ap + 2) % P;
            nextAp = (ap + word[8]!) % P;
            taken = true;
            break;
          case 'RET':
            va = this.#readScalar(ea);
            vb = this.#readScalar(eb);
            nextFp = va;
            taken = true;
            break;
          case 'AP':
            va = this.#readScalar(ea);
            nextAp = va;
            break;
          case 'HLT':
            halted = true;
            break;
        }
        if (taken && left > 0) throw this.#fault('ZK0421', 'jumps before its last repeat', `${left} repeats are left`);
        const at = this.#cycles.extend(CYCLE_WORDS);
        this.#cycles.data.set([pc, ap, fp, left, ea, eb, ec, va, vb, vc], at);
        if (taken) next = vb;
        ap = nextAp;
        fp = nextFp;
        ea = (ea + word[3]!) % P;
        eb = (eb + word[5]!) % P;
        ec = (ec + word[7]!) % P;
      }
      if (!halted) this.#pc = next;
    }
    for (const name of this.#accumulators.keys())
      throw this.#fault('ZK0422', `accumulator ${name} was never drained`, `RAM word ${name - RAM_BASE}`);
    return this.#finish();
  }

  #finish(): Execution {
    const { program } = this.#loaded;
    const outputs: IntegerTensors = {};
    for (const region of program.outputs) {
      for (const address of elementAddresses(region)) this.#read(address); // the verifier reads each output word once
      outputs[region.name] = unpackRegion(region, this.#ram, (address) => (address - RAM_BASE) * LANES);
    }
    return {
      loaded: this.#loaded,
      inputs: this.#inputs,
      outputs,
      cycles: this.#cycles.finish(),
      macRows: this.#macRows,
      storeRows: this.#storeRows,
      coefficients: this.#coefficients.finish(),
      entries: this.#entries.finish(),
      ram: this.#ram,
      written: this.#written,
      ramReads: this.#ramReads,
      romReads: this.#romReads,
      lookups: this.#lookups,
    };
  }
}

/** product in M31 without 53-bit overflow */
const multiply = (x: number, y: number): number => ((((x >>> 16) * y) % P) * 65536 + (x & 65535) * y) % P;

/** index of the last interval that starts at or before the value, -1 if none */
function intervalOf(starts: Float64Array, value: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
