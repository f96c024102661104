// What the machine must know of a chip besides its constraints: one row of vm/chips/table.ts. Nothing in it is optional, so a chip that leaves
// something out does not compile; what a type cannot say is checked by vm/chips/machine.ts as it loads. Source: AIR.md §5, §7, §9 items 4-7.
// Caveat: how a chip is filled stands in fills.ts, which a verifier does not load.
import type { Component } from '../../air/recorded.ts';
import type { Instruction } from '../program/assembler.ts';
import type { LoadedProgram } from '../program/loader.ts';
import type { Region } from '../program/types.ts';

interface AnyChip {
  component: Component;
  /** first address of its range: the parameter `base` of its constraints; 0 where they have none */
  base: number;
  /** largest degree in α and β of what an instance of so many rows adds to an accumulator; undefined where it touches none */
  accumulatorDegree: ((rows: number) => number) | undefined;
  /** words that an execution keeps for each of its rows: what memory predictions count */
  wordsKept: number;
}

/** A chip whose rows a run makes: its prover says how many, anew in each proof. */
export interface RunChip extends AnyChip {
  sizedBy: 'run';
  /** rows that one execution of an instruction makes: what instances are planned from, and what cells are attributed to nodes by */
  rows(instruction: Instruction): number;
  /** instances of a proof: exactly one, or several where the profile repeats chips; then it is cut where runs end */
  instances: 'one' | 'several';
  /** whether it is padded where all instances would be smaller than the profile allows; exactly one chip is */
  padded: boolean;
}

/** A chip whose rows and preprocessed columns the program fixes: it stands in a proof as often as the model's record says (pages.ts). */
export interface ProgramChip extends AnyChip {
  sizedBy: 'program';
  /** rows before any padding */
  rows(loaded: LoadedProgram): number;
  /** what the model's roots commit to, from the program alone: 2^logSize rows from row `first` on */
  preprocessed(loaded: LoadedProgram, first: number, logSize: number): Uint32Array[];
}

/** A chip whose preprocessed columns the statement commits to: it stands in a proof once for each committed input, as high as the model's record says. */
export interface InputChip extends AnyChip {
  sizedBy: 'input';
  /** what the statement's root commits to: the input's words, zeros behind them */
  preprocessed(region: Region, words: Uint32Array): Uint32Array[];
}

export type Chip = RunChip | ProgramChip | InputChip;
