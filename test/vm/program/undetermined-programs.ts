// Programs with several answers, one for every rule of the audit that keeps them out, each beside a program that differs in one thing and has
// one answer; and programs that no run of can be proved, which the audit refuses too. Source: vm/program/audit.ts. Caveat: all have one input word at
// ram+0, the output at ram+1, and ROM words 8 (a one on lane 0) and 9 (sixteen ones).
import { instruction } from '../../../vm/program/assembler.ts';
import type { AuditRule } from '../../../vm/program/audit.ts';
import { LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import type { Guess } from '../guessed-run.ts';
import { wordProgram } from '../programs.ts';

const R = RAM_BASE;
const ONE = 8;
const ALL = 9;
const SLOT = 9;
const scalar = (value: number): number[] => [value, ...Array<number>(LANES - 1).fill(0)];

export interface Undetermined {
  name: string;
  rule: AuditRule;
  /** of the instruction that the audit names */
  pc: number;
  bad: Uint32Array[];
  /** input scalar */
  x: number;
  /** RAM words that two provable runs disagree on, the output among them; none where no run can be proved */
  guesses: Guess[];
  /** the same with one thing repaired: the audit takes it and it runs */
  good: Uint32Array[];
}

export function tinyProgram(code: Uint32Array[], x: number): { program: Program; inputs: IntegerTensors } {
  const blank = Array.from({ length: ONE - code.length }, () => scalar(0));
  return wordProgram({
    name: 'tiny',
    rom: [...code, ...blank, scalar(1), Array<number>(LANES).fill(1)],
    codeWords: code.length,
    slots: { [SLOT]: Array.from({ length: 16 }, (_, i) => [1, i, i]) },
    inputs: [[R, scalar(x)]],
    outputs: [R + 1],
    ramLogSize: 3,
  });
}

const HLT = instruction('HLT');
const SET = (c: number, value: number): Uint32Array => instruction('SET', { c: R + c, value });
/** [ram+c] = [ram+a] + value */
const copy = (a: number, c: number, value = 0): Uint32Array => instruction('ADD', { a: R + a, b: value, c: R + c }, 'im');
const MAC = (a: number, b: number, c: number, more = {}): Uint32Array => instruction('MAC', { a, b, c, ...more });
const MUL = (a: number, b: number, c: number): Uint32Array => instruction('MUL', { a, b, c });
const STORE = (mask: number, c: number, more = {}): Uint32Array => instruction('STORE', { a: mask, b: SLOT, c, ...more });
const outputs = (...values: number[]): Guess[] => values.map((value) => ({ [R + 1]: [value] }));

/** [1] = [0], then the same word from itself: the second part has any number of runs, and no run comes there without a jump */
const beyond = [copy(0, 1), HLT, copy(1, 1), HLT];
const identity = [copy(0, 1), HLT];
const jumps: Undetermined[] = [
  { name: 'JMP', bad: [instruction('JMP', { b: 3 }, 'im'), ...beyond] },
  { name: 'JNZ', bad: [instruction('JNZ', { a: R, b: 3 }, 'im'), ...beyond] },
  { name: 'CAL', bad: [instruction('CAL', { a: R + 2, b: 3, c: R + 3 }, 'im'), ...beyond] },
  { name: 'RET', bad: [SET(2, 4), instruction('RET', { a: R, b: R + 2 }), ...beyond], pc: 1 },
  { name: 'AP', bad: [SET(2, R + 1), instruction('AP', { a: R + 2 }), instruction('ADD', { b: 0, c: R + 1 }, 'xA', 'im'), HLT], pc: 1 },
].map((jump) => ({ pc: 0, x: 1, rule: 'jump', guesses: outputs(5, 7), good: identity, ...jump }));

const reads: Undetermined[] = [
  {
    name: 'ADD of two words that depend on each other',
    bad: [copy(2, 1), copy(1, 2), HLT],
    guesses: [5, 7].map((value) => ({ [R + 1]: [value], [R + 2]: [value] })),
    good: [copy(0, 1), copy(1, 2), HLT],
  },
  { name: 'ADD whose a is its own word', bad: [copy(1, 1), HLT], guesses: outputs(5, 7), good: identity },
  {
    name: 'ADD whose b is its own word',
    bad: [instruction('ADD', { a: R, b: R + 1, c: R + 1 }), HLT],
    x: 0,
    guesses: outputs(5, 7),
    good: [instruction('ADD', { a: R, b: R, c: R + 1 }), HLT],
  },
  {
    name: 'MLS whose b is its own word',
    bad: [instruction('MLS', { a: R, b: R + 1, c: R + 1 }), HLT],
    guesses: outputs(5, 7),
    good: [instruction('MLS', { a: R, b: R, c: R + 1 }), HLT],
  },
  {
    name: 'the second repeat of an ADD, whose strides meet',
    bad: [instruction('ADD', { n: 2, a: R, as: 2, b: 0, c: R + 3, cs: -1 }, 'im'), copy(2, 1), HLT],
    guesses: [5, 7].map((value) => ({ [R + 2]: [value] })),
    good: [instruction('ADD', { n: 2, a: R, as: 3, b: 0, c: R + 3, cs: -1 }, 'im'), copy(2, 1), HLT],
  },
  {
    name: 'a MAC whose A is what its STORE writes',
    bad: [MAC(R + 1, ONE, R + 1), STORE(ALL, R + 1), HLT],
    guesses: outputs(5, 7),
    good: [MAC(R, ONE, R + 1), STORE(ALL, R + 1), HLT],
  },
  {
    name: 'a MAC whose second word is what its STORE writes last',
    bad: [MAC(R, ONE, R + 2, { nw: 2 }), STORE(ALL, R + 2, { h: 2, rj: -1 }), HLT],
    guesses: outputs(5, 7),
    good: [MAC(R, ONE, R + 2, { h: 2, ra: 0 }), STORE(ALL, R + 2, { h: 2, rj: -1 }), HLT],
  },
  {
    name: 'a MAC whose second row is what its STORE writes last',
    bad: [MAC(ALL, ONE, R + 2, { h: 2, ra: R + 1 - ALL }), STORE(ALL, R + 2, { h: 2, rj: -1 }), HLT],
    guesses: outputs(5, 7),
    good: [MAC(ALL, ONE, R + 2, { h: 2, ra: R - ALL }), STORE(ALL, R + 2, { h: 2, rj: -1 }), HLT],
  },
  {
    name: 'a MAC whose B is what its STORE writes',
    bad: [MAC(ONE, R + 1, R + 1), STORE(ALL, R + 1), HLT],
    guesses: outputs(5, 7),
    good: [MAC(ONE, R, R + 1), STORE(ALL, R + 1), HLT],
  },
  {
    name: 'a MUL whose A is what its STORE writes',
    bad: [MUL(R + 1, ALL, R + 1), STORE(ALL, R + 1), HLT],
    guesses: outputs(5, 7),
    good: [MUL(R, ALL, R + 1), STORE(ALL, R + 1), HLT],
  },
  {
    name: 'a MUL whose B is what its STORE writes',
    bad: [MUL(ALL, R + 1, R + 1), STORE(ALL, R + 1), HLT],
    guesses: outputs(5, 7),
    good: [MUL(ALL, R, R + 1), STORE(ALL, R + 1), HLT],
  },
  {
    name: 'a STORE whose mask is what it writes',
    pc: 1,
    bad: [MAC(R, ONE, R + 1), STORE(R + 1, R + 1), HLT],
    guesses: outputs(0, 1),
    good: [MAC(R, ONE, R + 1), STORE(R, R + 1), HLT],
  },
].map((read) => ({ pc: 0, x: 1, rule: 'read', ...read }));

/** programs with two provable runs on one input */
export const SEVERAL_RUNS: Undetermined[] = [...jumps, ...reads];

/** `STORE` first, `MAC` of its own result after it: the sum is the same whatever the order, so the word is a copy of itself */
export const DRAINED_EARLY = {
  donor: [MAC(R, ONE, R + 1), STORE(ALL, R + 1), HLT],
  bad: [STORE(ALL, R + 1), MAC(R + 1, ONE, R + 1), HLT],
};

/** refused although no second run can be proved */
export const NO_RUN: Omit<Undetermined, 'guesses'>[] = [
  { name: 'a word written twice', rule: 'write', pc: 1, bad: [copy(0, 1), SET(1, 1), HLT], good: [copy(0, 1), SET(2, 1), HLT] },
  { name: 'an input word written again', rule: 'write', pc: 0, bad: [SET(0, 1), copy(0, 1), HLT], good: identity },
  { name: 'a word beyond RAM', rule: 'write', pc: 1, bad: [copy(0, 1), SET(8, 1), HLT], good: [copy(0, 1), SET(7, 1), HLT] },
  {
    name: 'a row that leaves RAM',
    rule: 'write',
    pc: 1,
    bad: [copy(0, 1), STORE(ALL, R + 5, { h: 2, rj: 3 }), HLT],
    good: [copy(0, 1), STORE(ALL, R + 5, { h: 2, rj: 2 }), HLT],
  },
  {
    name: 'a word that is written later',
    rule: 'read',
    pc: 0,
    bad: [copy(2, 1), SET(2, 5), HLT],
    good: [SET(2, 5), copy(2, 1), HLT],
  },
  { name: 'a word between ROM and RAM', rule: 'read', pc: 0, bad: [copy(10 - R, 1), HLT], good: [copy(ONE - R, 1), HLT] },
  { name: 'a word below address 0', rule: 'read', pc: 0, bad: [copy(-1 - R, 1), HLT], good: [copy(ONE - R, 1), HLT] },
  {
    name: 'a row that begins in ROM and ends outside',
    rule: 'read',
    pc: 0,
    bad: [MAC(ALL, ONE, R + 1, { nw: 2 }), STORE(ALL, R + 1, { n: 1 }), HLT],
    good: [MAC(ALL, ONE, R + 1), STORE(ALL, R + 1), HLT],
  },
  {
    name: 'an accumulator that nobody drains',
    rule: 'accumulator',
    pc: 1,
    bad: [copy(0, 1), MAC(R, ONE, R + 2), HLT],
    good: [copy(0, 1), MAC(R, ONE, R + 2), STORE(ALL, R + 2), HLT],
  },
  {
    name: 'an accumulator outside of RAM',
    rule: 'accumulator',
    pc: 1,
    bad: [copy(0, 1), MAC(R, ONE, 5), HLT],
    good: [copy(0, 1), MAC(R, ONE, R + 2), STORE(ALL, R + 2), HLT],
  },
  {
    name: 'a slot that is not there, in the second repeat',
    rule: 'slot',
    pc: 0,
    bad: [STORE(ALL, R + 1, { n: 2, bs: 1, cs: 1 }), HLT],
    good: [STORE(ALL, R + 1, { n: 2, cs: 1 }), HLT],
  },
  { name: 'an output that nobody writes', rule: 'output', pc: 1, bad: [copy(0, 2), HLT], good: identity },
  {
    name: 'more work than the audit takes',
    rule: 'work',
    pc: 1,
    bad: [copy(0, 1), MAC(R, ONE, R + 2, { n: 2 ** 30 }), STORE(ALL, R + 2), HLT],
    good: [copy(0, 1), MAC(R, ONE, R + 2, { n: 15 }), STORE(ALL, R + 2), HLT],
  },
].map((program) => ({ x: 1, ...program }) as Omit<Undetermined, 'guesses'>);

/** y = x, except for x = 0, where y is a copy of itself: no number of test runs with other inputs shows it */
export const hiddenBranch = (x: number): ReturnType<typeof tinyProgram> =>
  tinyProgram([instruction('JNZ', { a: R, b: 2 }, 'im'), instruction('JMP', { b: 4 }, 'im'), copy(0, 1), HLT, copy(1, 1), HLT], x);
