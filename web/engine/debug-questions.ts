// What the page asks the workers that walk through a trace. Source: the entry `zkvm/debugger`. Caveat: a trace stays in its worker, and what
// crosses is copied, so lists of steps cross as runs of one instruction.
import type { StepDetail, StepLine, TraceDebugger, TraceVerdict, Why } from 'zkvm/debugger';

/** rows of each chip that are shown at once: with sixteen of them a step of store took the page two frames */
export const ROWS = 8;

/** neighbouring steps of one instruction: its repeats */
export interface StepRun {
  first: StepLine;
  count: number;
}

export interface OpenedTrace {
  name: string;
  steps: number;
  outputs: TraceDebugger['outputs'];
  runs: readonly StepRun[];
  ms: number;
}

export type Wanted = Parameters<TraceDebugger['search']>[0];

interface Question<Ask, Answer> {
  ask: Ask;
  answer: Answer;
  told: never;
}

export interface DebugQuestions {
  open: Question<{ bytes: Uint8Array }, OpenedTrace>;
  step: Question<{ step: number; fromRow: number }, { detail: StepDetail; ms: number }>;
  search: Question<{ wanted: Wanted }, readonly number[]>;
  why: Question<{ output: string; index: number }, Why>;
  judge: Question<{ bytes: Uint8Array }, TraceVerdict>;
}
