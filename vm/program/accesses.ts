// Which words one execution of an instruction reads and writes, and which accumulator it adds to or drains: the address model of
// chips/cpu.ts, chips/mac.ts and chips/store.ts, without a value. Source: AIR.md §3, §5.1-§5.3; test/vm/program/accesses.test.ts holds it against
// the executor's counts. Caveat: for programs without CAL, RET and AP only, where ap = fp = RAM_BASE for ever.
import { type Instruction, type Operands, repeatsOf, type Values } from './assembler.ts';
import * as isa from './isa.ts';
import { type Mode, type Opcode, RAM_BASE, toField } from './isa.ts';

// Bound once, as in fft.ts: it is asked for at every step from one word to the next.
const { P } = isa;

/** Told in the order reads, then accumulator, then writes. Addresses are canonical; a range that leaves memory may pass p. False: stop. */
export interface AccessVisitor {
  /** `words` neighbouring words from `address` on, each of them `times` times */
  read(address: number, words: number, times: number): boolean;
  /** a table slot that results are looked up in */
  slot(id: number): boolean;
  /** an accumulator that is added to */
  add(name: number): boolean;
  /** an accumulator that is emptied */
  drain(name: number): boolean;
  write(address: number, words: number): boolean;
}

/** canonical again after one step: a canonical address plus something in (-p, p) */
const wrapped = (address: number): number => (address < 0 ? address + P : address >= P ? address - P : address);

/** An operand of the first repeat where ap = fp = RAM_BASE; modes that add fp or ap to it may be set. */
const firstAddress = (flags: readonly string[], operand: number, fp: Mode, ap: Mode): number =>
  toField(operand + ((flags.includes(fp) ? 1 : 0) + (flags.includes(ap) ? 1 : 0)) * RAM_BASE);

/** h rows of nw words; `jump` leads from a row's last word to the next row's first */
function readRows(visitor: AccessVisitor, start: number, nw: number, h: number, jump: number): boolean {
  if (jump === 1) return visitor.read(start, nw * h, 1);
  let address = start;
  for (let row = 0; row < h; row++) {
    if (!visitor.read(address, nw, 1)) return false;
    address = wrapped(address + nw - 1 + jump); // inside memory so far
  }
  return true;
}

/** SPLIT writes a row's even words from its first address on and the odd ones at +split of them; jumps start from the last even word */
function writeRows(visitor: AccessVisitor, { rw, h, O, rj, cj, split }: Values<'STORE'>, halves: boolean, start: number): boolean {
  const words = halves ? rw / 2 : rw;
  let address = start;
  for (let channel = 0; channel < O; channel++) {
    for (let row = 0; row < h; row++) {
      if (!visitor.write(address, words)) return false;
      if (halves && !visitor.write(wrapped(address + split), words)) return false;
      address = wrapped(address + words - 1 + (row < h - 1 ? rj : cj));
    }
  }
  return true;
}

/** what one repeat touches, from its three addresses */
type Visit = (a: number, b: number, c: number) => boolean;

function visitOf(instruction: Instruction, visitor: AccessVisitor): Visit {
  switch (instruction.opcode) {
    case 'MAC': {
      const { nw, h, ra, ob, taps } = instruction.values;
      return (a, b, c) => readRows(visitor, a, nw, h, ra) && visitor.read(b, taps * ob, 1) && visitor.add(c);
    }
    case 'MUL': {
      const { nw, h, ra, rb } = instruction.values;
      return (a, b, c) => readRows(visitor, a, nw, h, ra) && readRows(visitor, b, nw, h, rb) && visitor.add(c);
    }
    case 'STORE': {
      const { values } = instruction;
      const { rw, h, O } = values;
      const halves = instruction.flags.includes('SPLIT');
      // every row of every channel reads the same mask words; LEAD rows read and write nothing
      return (a, b, c) => visitor.read(a, rw, O * h) && visitor.slot(b) && visitor.drain(c) && writeRows(visitor, values, halves, c);
    }
    case 'SET':
      return (_a, _b, c) => visitor.write(c, 1);
    case 'ADD':
    case 'MLS': {
      const immediate = instruction.flags.includes('im');
      return (a, b, c) => visitor.read(a, 1, 1) && (immediate || visitor.read(b, 1, 1)) && visitor.write(c, 1);
    }
    default: // HLT; the others are not for this model
      return () => true;
  }
}

/**
 * Tells a visitor what one repeat at these addresses touches, its instruction word apart. Jumps, CAL, RET and AP tell nothing here.
 * @returns false if the visitor stopped
 */
export const visitOnce = (instruction: Instruction, visitor: AccessVisitor, a: number, b: number, c: number): boolean =>
  visitOf(instruction, visitor)(a, b, c);

/**
 * Tells a visitor everything that the repeats of an instruction touch, one repeat after the other, its instruction word apart.
 * @returns false if the visitor stopped
 */
export function visitRepeats(instruction: Instruction, visitor: AccessVisitor): boolean {
  const { flags } = instruction;
  const operands: Operands<Opcode> = instruction.values; // what an opcode does not take is 0
  const { as = 0, bs = 0, cs = 0 } = operands;
  const visit = visitOf(instruction, visitor);
  let a = firstAddress(flags, operands.a ?? 0, 'rA', 'xA');
  let b = firstAddress(flags, operands.b ?? 0, 'rB', 'xB');
  let c = firstAddress(flags, operands.c ?? 0, 'rC', 'xC');
  for (let left = repeatsOf(instruction); left > 0; left--) {
    if (!visit(a, b, c)) return false;
    a = wrapped(a + as);
    b = wrapped(b + bs);
    c = wrapped(c + cs);
  }
  return true;
}
