// How many rows of the mac and store chips one dispatched instruction takes. Source: AIR.md §5.2, §5.3.
// Caveat: pure functions of the instruction word; repeats count one by one.
import type { Instruction } from './assembler.ts';

type Fields = Readonly<Record<string, number>>;

/** MAC: one or two A words a row in each image row, one row a shift, one or two B words a row in each tap */
export const macRows = ({ nw, h, ob, taps, pad }: Fields): number => h! * Math.ceil(nw! / 2) + pad! + taps! * Math.ceil(ob! / 2);

/** MUL: one word pair a row */
export const mulRows = ({ nw, h }: Fields): number => nw! * h!;

/** STORE: one word a row, one more before each channel with LEAD */
export const storeRows = ({ values, flags }: Instruction): number =>
  values.O! * (values.h! * values.rw! + (flags.includes('LEAD') ? 1 : 0));
