// The four relations of the global LogUp sum and the columns of an instruction word. Source: AIR.md §1.
// Caveat: the ids are part of the AIR; accumulators are no relation, their denominator is ζ - id.
import { type Relation, relation } from '../../air/component.ts';
import { RAM_BASE } from '../isa.ts';

/** (address, lane 0 … lane 15) of a word that is read */
export const READ: Relation = relation('read', 1);
/** (address, lane 0 … lane 15) of a word that is written */
export const WRITE: Relation = relation('write', 2);
/** opcode, operand addresses and fields of a dispatched instruction */
export const DISPATCH: Relation = relation('dispatch', 3);
/** (slot, divisor, input, output) of a lookup */
export const TABLE: Relation = relation('table', 4);

/** ap and fp of the first cycle */
export const STACK_START = RAM_BASE;

export const zeros = (count: number): 0[] => Array<0>(count).fill(0);
