// What each instruction does and costs, in words: for the pages of the documentation. Source: AIR.md §3, §5.2, §5.3. Caveat: isa.ts is what the machine
// reads; this stands apart from it because a page that verifies would download every sentence.
import type { Opcode } from './isa.ts';

/** `rows` are those besides cpu's, as a formula; undefined where there are none */
export interface InstructionText {
  meaning: string;
  rows?: string;
}

export const ISA_TEXTS: Readonly<Record<Opcode, InstructionText>> = {
  MAC: {
    meaning:
      'acc[c] += A(α)·α^-pad·Σ_t α^t·B_t(β); A = h image rows of nw words (ra = jump from a row’s last word to the next row’s first), B = taps of ob words, highest output block first. Z: a zero word follows every image row. X2: A(α²)',
    rows: 'h·⌈nw/2⌉ + pad + taps·⌈ob/2⌉',
  },
  MUL: { meaning: 'acc[c] += Σ A_p·B_p·α^…, lane by lane; both operands h rows of nw words, row jumps ra and rb. f4 is 1', rows: 'h·nw' },
  STORE: {
    meaning:
      'drains acc[c]: O channels, highest first, each h rows of rw words; C → table slot → written from c on (+1 in a row, rj between rows, cj between channels); mask words from a. LEAD: one unwritten row before each channel. SPLIT: even and odd lanes go to two words, the odd one at +split',
    rows: 'O·(h·rw + LEAD)',
  },
  SET: { meaning: '[c] = (f0, 0, …)' },
  ADD: { meaning: '[c] = [a] + [b] on lane 0' },
  MLS: { meaning: '[c] = [a]·[b] on lane 0' },
  JMP: { meaning: 'pc = [b]' },
  JNZ: { meaning: 'pc = [b] if [a] ≠ 0, else pc + 1' },
  CAL: { meaning: '[a] = fp, [c] = pc + 1, pc = [b], fp = ap + 2, ap += frame' },
  RET: { meaning: 'fp = [a], pc = [b]' },
  AP: { meaning: 'ap = [a]' },
  HLT: { meaning: 'stops; exactly [24, 1, 0, …]' },
};
