// The two workers of a trace: one shows steps, one judges. Started by their first question.
// Caveat: they load the library's part of the debugger and no prover.
import { Engine } from './client.ts';
import type { DebugQuestions } from './debug-questions.ts';

const start = (name: string) => () => new Worker(new URL('./debug-worker.ts', import.meta.url), { type: 'module', name });

export const walker = new Engine<DebugQuestions>(start('walker'));
export const judge = new Engine<DebugQuestions>(start('judge'));
