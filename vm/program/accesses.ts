// Which words one execution of an instruction reads and writes, and which accumulator it adds to or drains: the address model of
// chips/cpu.ts, chips/mac.ts and chips/store.ts, without a value. Source: AIR.md §3, §5.1-§5.3; test/vm/program/accesses.test.ts holds it against
// the executor's counts. Caveat: for programs without CAL, RET and AP only, where ap = fp = RAM_BASE for ever.
import type { Instruction } from './assembler.ts';
import { P, RAM_BASE, toField } from './isa.ts';

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

/** Operand of the first repeat where ap = fp = RAM_BASE. */
function firstAddress({ flags, values }: Instruction, name: 'a' | 'b' | 'c'): number {
  const upper = name.toUpperCase();
  const bases = (flags.includes(`r${upper}`) ? 1 : 0) + (flags.includes(`x${upper}`) ? 1 : 0);
  return toField((values[name] ?? 0) + bases * RAM_BASE);
}

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
function writeRows(visitor: AccessVisitor, { rw, h, O, rj, cj, split }: Fields, halves: boolean, start: number): boolean {
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

const FIELDS = ['nw', 'h', 'ra', 'rb', 'ob', 'taps', 'rw', 'O', 'rj', 'cj', 'split'] as const;
type Fields = Record<(typeof FIELDS)[number], number>;

/**
 * Tells a visitor everything that the repeats of an instruction touch, one repeat after the other, its instruction word apart.
 * @returns false if the visitor stopped
 */
export function visitRepeats(instruction: Instruction, visitor: AccessVisitor): boolean {
  const { opcode, flags, values } = instruction;
  const fields = Object.fromEntries(FIELDS.map((name) => [name, values[name] ?? 0])) as Fields;
  const { nw, h, ra, rb, ob, taps, rw, O } = fields;
  const halves = flags.includes('SPLIT');
  const immediate = flags.includes('im');
  const visit = (a: number, b: number, c: number): boolean => {
    switch (opcode) {
      case 'MAC':
        return readRows(visitor, a, nw, h, ra) && visitor.read(b, taps * ob, 1) && visitor.add(c);
      case 'MUL':
        return readRows(visitor, a, nw, h, ra) && readRows(visitor, b, nw, h, rb) && visitor.add(c);
      case 'STORE': // every row of every channel reads the same mask words; LEAD rows read and write nothing
        return visitor.read(a, rw, O * h) && visitor.slot(b) && visitor.drain(c) && writeRows(visitor, fields, halves, c);
      case 'SET':
        return visitor.write(c, 1);
      case 'ADD':
      case 'MLS':
        return visitor.read(a, 1, 1) && (immediate || visitor.read(b, 1, 1)) && visitor.write(c, 1);
      default: // HLT; the others are not for this model
        return true;
    }
  };
  const [as, bs, cs] = [values.as ?? 0, values.bs ?? 0, values.cs ?? 0];
  let [a, b, c] = [firstAddress(instruction, 'a'), firstAddress(instruction, 'b'), firstAddress(instruction, 'c')];
  for (let left = values.n ?? 1; left > 0; left--) {
    if (!visit(a, b, c)) return false;
    a = wrapped(a + as);
    b = wrapped(b + bs);
    c = wrapped(c + cs);
  }
  return true;
}
