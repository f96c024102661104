// Which words one execution of an instruction reads and writes, and which accumulator it adds to or drains: the address model of
// chips/cpu.ts, chips/mac.ts and chips/store.ts, without a value. Source: AIR.md §3, §5.1-§5.3; test/vm/accesses.test.ts holds it against
// the executor's counts. Caveat: for programs without CAL, RET and AP only, where ap = fp = RAM_BASE for ever.
import type { Instruction } from './assembler.ts';
import { RAM_BASE, toField } from './isa.ts';

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

/** Operands of one execution, canonical. */
export interface Addresses {
  a: number;
  b: number;
  c: number;
}

/** Operands of an instruction's first execution where ap = fp = RAM_BASE. */
export function firstAddresses({ flags, values }: Instruction): Addresses {
  const start = (name: 'a' | 'b' | 'c'): number => {
    const upper = name.toUpperCase();
    const bases = (flags.includes(`r${upper}`) ? 1 : 0) + (flags.includes(`x${upper}`) ? 1 : 0);
    return toField((values[name] ?? 0) + bases * RAM_BASE);
  };
  return { a: start('a'), b: start('b'), c: start('c') };
}

/** Operands of the next repeat. */
export const nextAddresses = ({ values }: Instruction, { a, b, c }: Addresses): Addresses => ({
  a: toField(a + (values.as ?? 0)),
  b: toField(b + (values.bs ?? 0)),
  c: toField(c + (values.cs ?? 0)),
});

/** h rows of nw words; `jump` leads from a row's last word to the next row's first */
function readRows(visitor: AccessVisitor, start: number, nw: number, h: number, jump: number): boolean {
  if (jump === 1) return visitor.read(start, nw * h, 1);
  let address = start;
  for (let row = 0; row < h; row++) {
    if (!visitor.read(address, nw, 1)) return false;
    address = toField(address + nw - 1 + jump);
  }
  return true;
}

/** SPLIT writes a row's even words from its first address on and the odd ones at +split of them; jumps start from the last even word */
function writeRows(visitor: AccessVisitor, values: Instruction['values'], halves: boolean, start: number): boolean {
  const { rw, h, O, rj, cj, split } = values as Record<'rw' | 'h' | 'O' | 'rj' | 'cj' | 'split', number>;
  const words = halves ? rw / 2 : rw;
  let address = start;
  for (let channel = 0; channel < O; channel++) {
    for (let row = 0; row < h; row++) {
      if (!visitor.write(address, words)) return false;
      if (halves && !visitor.write(toField(address + split), words)) return false;
      address = toField(address + words - 1 + (row < h - 1 ? rj : cj));
    }
  }
  return true;
}

/**
 * Tells a visitor everything that one execution touches, its instruction word apart.
 * @returns false if the visitor stopped
 */
export function visitExecution({ opcode, flags, values }: Instruction, { a, b, c }: Addresses, visitor: AccessVisitor): boolean {
  const { nw, h, ra, rb, ob, taps, rw, O } = values as Record<'nw' | 'h' | 'ra' | 'rb' | 'ob' | 'taps' | 'rw' | 'O', number>;
  switch (opcode) {
    case 'MAC':
      return readRows(visitor, a, nw, h, ra) && visitor.read(b, taps * ob, 1) && visitor.add(c);
    case 'MUL':
      return readRows(visitor, a, nw, h, ra) && readRows(visitor, b, nw, h, rb) && visitor.add(c);
    case 'STORE': // every row of every channel reads the same mask words; LEAD rows read and write nothing
      return visitor.read(a, rw, O * h) && visitor.slot(b) && visitor.drain(c) && writeRows(visitor, values, flags.includes('SPLIT'), c);
    case 'SET':
      return visitor.write(c, 1);
    case 'ADD':
    case 'MLS':
      return visitor.read(a, 1, 1) && (flags.includes('im') || visitor.read(b, 1, 1)) && visitor.write(c, 1);
    default: // HLT; the others are not for this model
      return true;
  }
}
