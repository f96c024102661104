// The growing program: instructions, read-only words (weights, masks, constants) and RAM words. ROM addresses are known only when the
// code's length is, so operands that point to ROM are fixed at the end. Source: AIR.md §2-§3, §5.0 (rows of each chip).
// Caveat: memory is write-once, so RAM is never reused; a program needs as many words as all its tensors.

import { bug } from '../../fri/core/errors.ts';
import { encodeInstruction, type Operands } from '../../vm/program/assembler.ts';
import { type FlagOf, LANES, type NameOf, type Opcode, RAM_BASE, toField } from '../../vm/program/isa.ts';
import type { SourceEntry } from '../../vm/program/types.ts';
import { requireRam } from '../onnx/budget.ts';
import type { RowCounts } from './rows.ts';

interface Pending {
  opcode: Opcode;
  operands: Record<string, number | undefined>;
  flags: readonly string[];
  /** operands that are offsets into the read-only words */
  rom: readonly string[];
}

/** Rows that were added. */
export const rowsSince = (before: RowCounts, after: RowCounts): RowCounts => ({
  cpu: after.cpu - before.cpu,
  mac: after.mac - before.mac,
  store: after.store - before.store,
});

/** A number that equal lists share, and few others. */
function hashOf(lanes: Int32Array): number {
  let hash = lanes.length;
  for (let i = 0; i < lanes.length; i++) hash = Math.imul(hash ^ lanes[i]!, 0x01000193) ^ (hash >>> 15);
  return hash;
}

function sameLanes(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** all-ones words available for `onesRun` */
const ONES_RUN = 32;

export class Emitter {
  readonly #code: Pending[] = [];
  readonly #words: Int32Array[] = [];
  readonly #placed = new Map<number, { lanes: Int32Array; at: number }[]>();
  readonly #sources: SourceEntry[] = [];
  readonly rows: RowCounts = { cpu: 0, mac: 0, store: 0 };
  #romWords = 0;
  #ramWords = 0;
  /** whose instructions are emitted now */
  #node = 'program';

  /** Adds an instruction; operands named in `rom` are offsets that `place` returned. */
  emit<O extends Opcode>(opcode: O, given: Operands<O>, flags: readonly FlagOf<O>[] = [], rom: readonly NameOf<O>[] = []): void {
    const operands: Pending['operands'] = { ...given };
    this.#code.push({ opcode, operands, flags, rom });
    const value = (name: string): number => operands[name] ?? 1;
    const n = value('n');
    this.rows.cpu += n;
    if (opcode === 'MAC')
      this.rows.mac += n * (value('h') * Math.ceil(value('nw') / 2) + (operands.pad ?? 0) + value('taps') * Math.ceil(value('ob') / 2));
    else if (opcode === 'MUL') this.rows.mac += n * value('nw') * value('h');
    else if (opcode === 'STORE') this.rows.store += n * value('O') * (value('h') * value('rw') + (flags.includes('LEAD') ? 1 : 0));
  }

  /** Read-only words (16 signed lanes each), appended where they are not there yet; their offset. */
  place(given: Float64Array): number {
    const lanes = new Int32Array(given);
    if (lanes.length % LANES !== 0) throw bug(`${lanes.length} lanes are no whole words`);
    const key = hashOf(lanes);
    const like = this.#placed.get(key) ?? [];
    this.#placed.set(key, like);
    for (const known of like) if (sameLanes(known.lanes, lanes)) return known.at;
    const at = this.#romWords;
    like.push({ lanes, at });
    this.#words.push(lanes);
    this.#romWords += lanes.length / LANES;
    return at;
  }

  /** Words that have ones in all lanes; use as operand A with the returned fields to add a constant at `words` positions. */
  onesRun(words: number): { a: number; nw: number; h: number; ra: number } {
    let nw = 1;
    for (let length = 2; length <= ONES_RUN; length++) if (words % length === 0 && (length % 2 === 0 || nw % 2 === 1)) nw = length;
    const h = words / nw;
    return { a: this.place(new Float64Array(nw * LANES).fill(1)), nw, h, ra: h > 1 ? 1 - nw : 0 };
  }

  /** Reserves RAM words; their address. */
  reserve(words: number): number {
    const at = RAM_BASE + this.#ramWords;
    this.#ramWords += words;
    requireRam(this.#ramWords, this.#node); // at once: what does not fit is not emitted either
    return at;
  }

  /** Writes zero words. */
  zeros(address: number, words: number): void {
    if (words > 0) this.emit('SET', { n: words, c: address, cs: words > 1 ? 1 : 0 });
  }

  /** Attributes the instructions that `run` emits to a node. */
  from<T>(node: string, run: () => T): T {
    const start = this.#code.length;
    const before = this.#node;
    this.#node = node;
    const result = run();
    this.#node = before;
    if (this.#code.length > start) this.#sources.push({ from: start, to: this.#code.length, node });
    return result;
  }

  get ramWords(): number {
    return this.#ramWords;
  }

  /** Ends the program with HLT and fixes the addresses. */
  finish(): { rom: Uint32Array; codeWords: number; ramLogSize: number; sourceMap: SourceEntry[] } {
    this.emit('HLT', {});
    const codeWords = this.#code.length;
    const rom = new Uint32Array((codeWords + this.#romWords) * LANES);
    for (const [pc, { opcode, operands, flags, rom: fixed }] of this.#code.entries()) {
      for (const name of fixed) operands[name]! += codeWords;
      rom.set(encodeInstruction(opcode, operands, flags), pc * LANES);
    }
    let at = codeWords * LANES;
    for (const lanes of this.#words) for (const value of lanes) rom[at++] = toField(value);
    let ramLogSize = 1;
    while (2 ** ramLogSize < this.#ramWords) ramLogSize++;
    return { rom, codeWords, ramLogSize, sourceMap: this.#sources };
  }
}
