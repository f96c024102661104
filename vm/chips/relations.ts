// The four LogUp relations that connect the chips. Source: AIR.md §1. Whoever asks adds +1, whoever supplies subtracts.
// Caveat: the ids are part of the AIR; accumulators are a fifth connection with a denominator of their own, ζ - name.
import { relation } from '../../air/component.ts';

/** ⟨R, address, lanes⟩: a word that is read */
export const read = relation('read', 1);
/** ⟨W, address, lanes⟩: a word that is written, exactly once */
export const write = relation('write', 2);
/** ⟨D, opcode, a, b, c, f0…f7⟩: an instruction handed to the mac or store chip, or HLT to the verifier */
export const dispatch = relation('dispatch', 3);
/** ⟨L, slot, u, q, y⟩: an entry of a table */
export const lookup = relation('lookup', 4);
