// The two workers of a trace: one shows steps, one judges. Started by their first question.
// Caveat: they load the library's part of the debugger and no prover.
import { Engine } from './client.ts';
import type { DebugQuestions } from './debug-questions.ts';
import { startDebugWorker } from './start-debug-worker.ts';

export const walker = new Engine<DebugQuestions>(() => startDebugWorker('walker'));
export const judge = new Engine<DebugQuestions>(() => startDebugWorker('judge'));
