// Decides without an input whether a program has one answer: whether all runs that can be proved on the same input write the same words.
// A proof says that the program's equations hold. RAM has one value a word but no order, so a program that reads what it has not written
// yet may have several solutions, and a jump can hide that from any number of test runs.
//
// Why a program that passes has one answer. (1) It has no jump, call or AP before its first HLT, so the cpu's rows are the repeats of the
// instructions 0, 1, … up to that HLT, and all operands are constants, since ap = fp = RAM_BASE: every provable run has the same list of
// executions with the same addresses. (2) By induction over that list, all provable runs agree on every word that executions up to i write.
// A word that is read has exactly one writer (`read needs write` of chips/ram.ts), and the audit saw one of them before execution i: an input
// region or an earlier execution. So what execution i reads is fixed: ROM, or agreed; or words of a
// committed input, of which the copy at the start keeps the lanes that hold elements (committed.ts) and nothing else reads one. SET, ADD and MLS compute their word from that. A STORE
// writes functions of the coefficients of its accumulator, which is the sum of all MACs and MULs of that name in the whole run; the audit saw
// no such instruction after the STORE, so the sum is fixed. Lanes with mask 1 go through a slot, whose intervals are disjoint (loader.ts), and
// lanes with mask 0 are 0; no coefficient of one lane can stand for another's (AIR.md §5.3). (3) The outputs are words of that memory.
//
// It also refuses what nobody can prove (a second write, a word outside of memory, a slot that is not there), because such a program is broken.
// Caveat: whether values fit (masks of 0 and 1, coefficients inside their slot) depends on the input; there the run fails, and no other replaces it.
import { ZkvmError } from '../../fri/core/errors.ts';
import { type AccessVisitor, visitRepeats } from './accesses.ts';
import { disassemble } from './assembler.ts';
import { committedSpan, copyLength, isCommitted } from './committed.ts';
import { JUMPS, LANES, type Opcode, RAM_BASE } from './isa.ts';
import { checkProgram } from './loader.ts';
import { inputWords, rowWords } from './packing.ts';
import type { Program } from './types.ts';
import { WrittenWords } from './written-words.ts';

/** what a program can break */
export type AuditRule = 'jump' | 'read' | 'committed' | 'accumulator' | 'write' | 'slot' | 'output' | 'work';

/** The first instruction that breaks a rule. */
export interface Undetermined {
  determined: false;
  pc: number;
  /** disassembled */
  instruction: string;
  /** the ONNX node that it came from, if the program says so */
  node: string | undefined;
  rule: AuditRule;
  reason: string;
}

export type Audit = { determined: true } | Undetermined;

export interface AuditOptions {
  /** take a program of which it is not known that it has one answer; default no */
  allowUndetermined?: boolean;
}

/** what moves on by what it reads: addresses behind it are not known from the program */
const MOVES: ReadonlySet<Opcode> = new Set([...JUMPS, 'AP']);

/** ranges of words that are looked at, one for a row of an operand: more than any proof has room for, and what a count in a small file can cost */
export const MAX_STEPS = 2 ** 24;

/** Memory and accumulators as far as addresses go; it stops at the first fault. */
class Judge implements AccessVisitor {
  fault: { pc: number; rule: AuditRule; reason: string } | undefined;
  pc = 0;
  readonly #written: WrittenWords;
  readonly #romWords: number;
  readonly #slots: ReadonlySet<number>;
  /** addresses of committed inputs, and how many instructions at the start may read them */
  readonly #committed: readonly { from: number; to: number }[];
  readonly #copies: number;
  /** accumulators that hold something → the first instruction that added to it */
  readonly #open = new Map<number, number>();
  #steps = 0;

  constructor({ rom, ramLogSize, slots, inputs }: Program) {
    this.#written = new WrittenWords(2 ** ramLogSize);
    this.#romWords = rom.length / LANES;
    this.#slots = new Set(slots.map(({ id }) => id));
    this.#copies = copyLength(inputs);
    this.#committed = inputs.filter(isCommitted).map((region) => ({ from: region.address, to: region.address + committedSpan(region) }));
    for (const region of inputs.filter((one) => !isCommitted(one)))
      for (let word = inputWords(region) - 1; word >= 0; word--) this.#written.add(region.address - RAM_BASE + word);
  }

  stop(rule: AuditRule, reason: string, pc = this.pc): false {
    this.fault = { pc, rule, reason };
    return false;
  }

  /** the first RAM word in a range that nobody wrote; undefined if there is none; a range outside of RAM starts with one */
  #unwritten(first: number, words: number): number | undefined {
    if (first < 0 || first + words > this.#written.words) return first;
    const gap = this.#written.firstGap(first);
    return gap < first + words ? gap : undefined;
  }

  #step(): boolean {
    return ++this.#steps <= MAX_STEPS || this.stop('work', `the run touches more than ${MAX_STEPS} ranges of words, too much to decide`);
  }

  read(address: number, words: number): boolean {
    if (!this.#step()) return false;
    if (address + words <= this.#romWords) return true;
    const committed = this.#committed.find(({ from, to }) => from <= address && address + words <= to);
    if (committed)
      return (
        this.pc < this.#copies ||
        this.stop('committed', `reads a committed input at address ${address}, whose lanes were checked in the copy alone`)
      );
    const first = address - RAM_BASE;
    const gap = this.#unwritten(first, words);
    if (gap === undefined) return true;
    return first < 0 || first + words > this.#written.words
      ? this.stop('read', `reads ${words} words from address ${address} on, which leaves ROM and RAM`)
      : this.stop('read', `reads RAM word ${gap}, which no input and no earlier instruction wrote`);
  }

  slot(id: number): boolean {
    return this.#slots.has(id) || this.stop('slot', `there is no slot ${id}`);
  }

  add(name: number): boolean {
    const word = name - RAM_BASE;
    if (word < 0 || word >= this.#written.words) return this.stop('accumulator', `adds to accumulator ${name}, which is no RAM word`);
    if (!this.#open.has(name)) this.#open.set(name, this.pc);
    return true;
  }

  drain(name: number): boolean {
    this.#open.delete(name);
    return true;
  }

  write(address: number, words: number): boolean {
    if (!this.#step()) return false;
    const first = address - RAM_BASE;
    if (first < 0 || first + words > this.#written.words)
      return this.stop('write', `writes ${words} words from address ${address} on, which leaves RAM, so that no run can be proved`);
    for (let word = first; word < first + words; word++) {
      if (this.#written.has(word))
        return this.stop('write', `writes RAM word ${word} a second time; memory is write-once, so that no run can be proved`);
      this.#written.add(word);
    }
    return true;
  }

  /** after the last instruction */
  end({ outputs }: Program): boolean {
    for (const [name, pc] of this.#open)
      return this.stop('accumulator', `adds to accumulator ${name} (RAM word ${name - RAM_BASE}), which no later STORE drains`, pc);
    for (const region of outputs) {
      const words = rowWords(region);
      for (let channel = 0; channel < region.channels; channel++)
        for (let row = 0; row < region.rows; row++) {
          const first = region.address - RAM_BASE + channel * region.channelStep + row * region.rowStep;
          const gap = this.#unwritten(first, words);
          if (gap !== undefined) return this.stop('output', `output "${region.name}" has RAM word ${gap}, which nobody wrote`);
        }
    }
    return true;
  }
}

function faultOf(program: Program): Judge['fault'] {
  const { instructions } = checkProgram(program);
  const judge = new Judge(program);
  for (const [pc, instruction] of instructions.entries()) {
    judge.pc = pc;
    const { opcode } = instruction;
    if (MOVES.has(opcode)) {
      judge.stop('jump', `${opcode} makes the way through the program, or its addresses, depend on memory`);
      break;
    }
    if (opcode === 'HLT') {
      judge.end(program);
      break;
    }
    if (!visitRepeats(instruction, judge)) break;
  }
  return judge.fault;
}

const audits = new WeakMap<Program, Audit>();

/**
 * Whether a program has one answer for every input, or the first instruction because of which that is not known. The result is kept: a program
 * is never changed.
 * @throws ZK034x when the program breaks a loader rule
 */
export function audit(program: Program): Audit {
  const known = audits.get(program);
  if (known) return known;
  const fault = faultOf(program);
  const verdict: Audit = fault
    ? {
        determined: false,
        ...fault,
        instruction: disassemble(program.rom, fault.pc),
        node: program.sourceMap.find(({ from, to }) => from <= fault.pc && fault.pc < to)?.node,
      }
    : { determined: true };
  audits.set(program, verdict);
  return verdict;
}

/** place and reason of an undetermined program in one line */
export const undeterminedText = ({ pc, instruction, node, reason }: Undetermined): string =>
  `pc ${pc}: ${instruction}${node === undefined ? '' : ` (${node})`}: ${reason}`;

/**
 * Refuses a program that may have several answers.
 * @returns the audit, for a caller who allows them
 * @throws rejected ZK0347 with the instruction
 */
export function requireDetermined(program: Program, { allowUndetermined = false }: AuditOptions = {}): Audit {
  const verdict = audit(program);
  if (verdict.determined || allowUndetermined) return verdict;
  const { pc, instruction, node, reason } = verdict;
  throw new ZkvmError('rejected', 'ZK0347', {
    what: 'the program is not known to have one answer: a proof of it may say anything',
    where: `pc ${pc}: ${instruction}${node === undefined ? '' : ` (${node})`}`,
    why: reason,
    fix: 'compile the model again from its ONNX file; --allow-undetermined (allowUndetermined in the library) goes on all the same',
  });
}
