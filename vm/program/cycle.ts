// What a run records of each execution of an instruction. Source: AIR.md §5.1. Caveat: it is apart from the executor, which writes it, so
// that the fills of the chips, and with them the verifier, load no executor.

/** fields of one cycle's record: `repeats` still to come, operand addresses, scalar values read or written */
export const CYCLE_FIELDS = ['pc', 'ap', 'fp', 'repeats', 'ea', 'eb', 'ec', 'va', 'vb', 'vc'] as const;
export const CYCLE_WORDS = CYCLE_FIELDS.length;
