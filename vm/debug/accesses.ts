// What one executed step reads, adds to, drains and writes, from the addresses that the run recorded; any program, calls and returns too. Source:
// program/accesses.ts, which has the products and stores; AIR.md §5.1 for the scalar instructions. Caveat: the instruction's own word is not told.
import { type AccessVisitor, visitOnce } from '../program/accesses.ts';
import type { Instruction } from '../program/assembler.ts';
import type { Cycle } from './cycle.ts';

/** Tells a visitor what one step touches. @returns false if the visitor stopped */
export function eachAccess(instruction: Instruction, { ea, eb, ec }: Pick<Cycle, 'ea' | 'eb' | 'ec'>, visitor: AccessVisitor): boolean {
  const immediate = instruction.flags.includes('im' as never);
  const readB = (): boolean => immediate || visitor.read(eb, 1, 1);
  switch (instruction.opcode) {
    case 'JMP':
      return readB();
    case 'JNZ':
    case 'RET':
      return visitor.read(ea, 1, 1) && readB();
    case 'AP':
      return visitor.read(ea, 1, 1);
    case 'CAL':
      return readB() && visitor.write(ea, 1) && visitor.write(ec, 1);
    default:
      return visitOnce(instruction, visitor, ea, eb, ec);
  }
}
