// The machine's memory while a program runs: ROM, write-once RAM, and how often each word was read, which is what the memory chips
// supply. Source: AIR.md §2. Caveat: `read` leaves the array that holds the word in `cells`; use it before the next read.
import type { CodeOf, ZkvmError } from '../../fri/core/errors.ts';
import { LANES, RAM_BASE } from '../program/isa.ts';

/** makes the error of a fault at the current instruction */
export type Fault = (code: CodeOf<'usage'>, what: string, why?: string) => ZkvmError;

/** A committed input's words while a program runs. */
export interface DataWords {
  /** address of the first one */
  base: number;
  /** 16 lanes each, zeros up to the rows of its tree */
  words: Uint32Array;
  reads: Uint32Array;
}

export class Memory {
  readonly ram: Uint32Array;
  readonly written: Uint8Array;
  readonly ramReads: Uint32Array;
  readonly romReads: Uint32Array;
  readonly ramWords: number;
  readonly #romWords: number;
  /** committed inputs */
  readonly data: DataWords[] = [];
  /** where the word of the last `read` lies: ROM, RAM or a committed input */
  cells: Uint32Array;

  constructor(
    readonly rom: Uint32Array,
    ramLogSize: number,
    private readonly fault: Fault,
  ) {
    this.#romWords = rom.length / LANES;
    this.ramWords = 2 ** ramLogSize;
    this.ram = new Uint32Array(this.ramWords * LANES);
    this.written = new Uint8Array(this.ramWords);
    this.ramReads = new Uint32Array(this.ramWords);
    this.romReads = new Uint32Array(this.#romWords);
    this.cells = rom;
  }

  /** counts a read; offset of the word's first lane in `cells` */
  read(address: number): number {
    if (address < this.#romWords) {
      this.romReads[address]!++;
      this.cells = this.rom;
      return address * LANES;
    }
    const data = this.#dataOf(address, 1);
    if (data) {
      data.reads[address - data.base]!++;
      this.cells = data.words;
      return (address - data.base) * LANES;
    }
    const word = address - RAM_BASE;
    const inside = word >= 0 && word < this.ramWords;
    if (!inside || this.written[word] === 0)
      throw this.fault('ZK0410', `reads word ${address}, which nobody wrote before`, inside ? `RAM word ${word}` : 'outside ROM and RAM');
    this.ramReads[word]!++;
    this.cells = this.ram;
    return word * LANES;
  }

  /** the committed input that has so many neighbouring words */
  #dataOf(address: number, words: number): DataWords | undefined {
    if (address >= RAM_BASE || this.data.length === 0) return undefined;
    return this.data.find(({ base, reads }) => base <= address && address + words <= base + reads.length);
  }

  /** true if every one of `words` neighbouring words can be read */
  readable(address: number, words: number): boolean {
    if (address + words <= this.#romWords || this.#dataOf(address, words)) return true;
    const first = address - RAM_BASE;
    if (first < 0 || first + words > this.ramWords) return false;
    for (let word = first; word < first + words; word++) if (this.written[word] === 0) return false;
    return true;
  }

  /** counts a read of each of `words` neighbouring words that are `readable` */
  countReads(address: number, words: number): void {
    const rom = address < this.#romWords;
    const data = this.#dataOf(address, words);
    const counts = data ? data.reads : rom ? this.romReads : this.ramReads;
    const first = data ? address - data.base : rom ? address : address - RAM_BASE;
    for (let word = first; word < first + words; word++) counts[word]!++;
  }

  /** where a `readable` word lies, without counting a read; offset of its first lane in `cells` */
  peek(address: number): number {
    const rom = address < this.#romWords;
    const data = this.#dataOf(address, 1);
    this.cells = data ? data.words : rom ? this.rom : this.ram;
    return (data ? address - data.base : rom ? address : address - RAM_BASE) * LANES;
  }

  /** marks a RAM word as written; offset of its first lane in `ram` */
  write(address: number): number {
    const word = address - RAM_BASE;
    if (word < 0 || word >= this.ramWords)
      throw this.fault('ZK0411', `writes word ${address}, outside RAM`, `RAM has ${this.ramWords} words from ${RAM_BASE} on`);
    if (this.written[word] === 1) throw this.fault('ZK0412', `writes RAM word ${word} a second time`, 'memory is write-once');
    this.written[word] = 1;
    return word * LANES;
  }

  readScalar(address: number): number {
    const at = this.read(address);
    for (let t = 1; t < LANES; t++)
      if (this.cells[at + t] !== 0) throw this.fault('ZK0414', `reads word ${address} as a scalar, but lane ${t} is ${this.cells[at + t]}`);
    return this.cells[at]!;
  }

  writeScalar(address: number, value: number): void {
    this.ram[this.write(address)] = value;
  }
}
