// Programs and their execution: codes ZK04. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const PROGRAM_CODES = {
  ZK0401: {
    kinds: ['usage'],
    title: 'An instruction cannot be written',
    help: 'The opcode, or an operand or variant of it, does not exist; the message lists those that do.',
  },
  ZK0402: {
    kinds: ['usage'],
    title: 'An instruction word cannot be read',
    help: 'It is no encoding of an instruction, or not the canonical one. Compile the model again.',
  },
  ZK0403: { kinds: ['usage'], title: 'Assembly text cannot be read', help: 'The message names the line.' },
  ZK0410: {
    kinds: ['usage'],
    title: 'The program reads a word that nobody wrote',
    help: 'Memory is write-once, and reading needs a write. Programs of the compiler cannot do this.',
  },
  ZK0411: { kinds: ['usage'], title: 'The program writes outside RAM', help: 'RAM has as many words as the file says.' },
  ZK0412: { kinds: ['usage'], title: 'The program writes a word twice', help: 'Memory is write-once.' },
  ZK0413: {
    kinds: ['usage'],
    title: 'A sum leaves the exact range',
    help: 'Coefficients stay below 2^30, which the compiler proves for every input. The program was made by hand, or a weight is too large.',
  },
  ZK0414: { kinds: ['usage'], title: 'A word with several values is read as one number', help: 'Scalars have zeros in lanes 1 to 15.' },
  ZK0415: {
    kinds: ['usage'],
    title: 'A value lies in no interval of its table',
    help: 'The model was compiled with --strict and calibrated on smaller values: calibrate on inputs like this one. Or the input masks all of a row, of which the model makes no number or one that depends on how large its masks are: leave something of each row. Other tables of the compiler cover everything that can come; then the program was made by hand.',
  },
  ZK0416: {
    kinds: ['usage'],
    title: 'The run is too long',
    help: 'It has more rows or cycles than a proof can have. The program loops, or the model is too large for one proof.',
  },
  ZK0417: {
    kinds: ['usage'],
    title: 'A tensor of the program is too large for one instruction',
    help: 'At most 2^26 numbers are held at once.',
  },
  ZK0418: { kinds: ['usage'], title: 'A mask lane is neither 0 nor 1', help: 'Masks select lanes.' },
  ZK0419: { kinds: ['usage'], title: 'A sum is dropped', help: 'A STORE drains fewer coefficients than the accumulator has.' },
  ZK0420: { kinds: ['usage'], title: 'The program leaves its code', help: 'It jumps or runs past its last instruction.' },
  ZK0421: {
    kinds: ['usage'],
    title: 'The program jumps in the middle of repeats',
    help: 'Only the last repeat of an instruction may jump.',
  },
  ZK0422: { kinds: ['usage'], title: 'A sum is never stored', help: 'Every accumulator must be drained by a STORE.' },
  ZK0423: {
    kinds: ['constraint'],
    title: 'Values lie, or may lie, beyond the tables that the model was calibrated for',
    help: 'They saturate there, so the output may be wrong; with --strict such a run is refused, and one of a program that does not say where its tables are exact. Calibrate on inputs like this one, or compile with --strict, so that nobody can prove such a run.',
  },
  ZK0424: {
    kinds: ['constraint'],
    title: 'The answer depends on how values are rounded',
    help: 'Made again with values moved by less than they are rounded by, the run has other outputs: a tie of neighbours, scores or a comparison that is closer than the integers can tell. With --strict such a run is refused, otherwise it is a warning. A smaller --accuracy when compiling has finer steps; what is a tie in the ONNX model stays one.',
  },
} as const satisfies CodeTable;
