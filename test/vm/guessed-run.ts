// Runs that nobody computed: the executor with a memory in which some words are guessed. It reads a guess where a program reads a word before
// it is written, and the guess is right if the word that is written later is the same. What comes out satisfies every equation, so it can be
// proved. Caveat: it changes `Memory` while it runs, so nothing else may execute a program at that moment.

import { Memory } from '../../vm/executor/memory.ts';
import { type Execution, execute } from '../../vm/executor/run.ts';
import { LANES, RAM_BASE, toField } from '../../vm/program/isa.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';

/** RAM address → lanes; missing lanes are 0 */
export type Guess = Readonly<Record<number, readonly number[]>>;

/** @throws Error if the program writes something else than the guess */
export function guessedRun(program: Program, inputs: IntegerTensors, guess: Guess): Execution {
  const { read } = Memory.prototype;
  const lanes = (address: number): Uint32Array => {
    const word = new Uint32Array(LANES);
    word.set(Array.from(guess[address]!, toField));
    return word;
  };
  Memory.prototype.read = function (this: Memory, address) {
    const word = address - RAM_BASE;
    if (!guess[address] || this.written[word]) return read.call(this, address);
    this.ramReads[word]!++;
    this.cells = lanes(address);
    return 0;
  };
  let run: Execution;
  try {
    run = execute(program, inputs, { plain: true });
  } finally {
    Memory.prototype.read = read;
  }
  for (const address of Object.keys(guess).map(Number)) {
    const at = (address - RAM_BASE) * LANES;
    if (run.ram.subarray(at, at + LANES).join() !== lanes(address).join())
      throw new Error(`the program does not write the guess at ${address}`);
  }
  return run;
}
