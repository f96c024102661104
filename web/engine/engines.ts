// The two workers of the page: one holds models and proves, one verifies and has neither weights nor a prover. They are started by their first
// question. Caveat: the first one starts threads of its own for the WASM backend.
import { Engine } from './client.ts';
import type { MakerQuestions, VerifierQuestions } from './questions.ts';

export const maker = new Engine<MakerQuestions>(
  () => new Worker(new URL('./maker-worker.ts', import.meta.url), { type: 'module', name: 'prover' }),
);

export const verifier = new Engine<VerifierQuestions>(
  () => new Worker(new URL('./verifier-worker.ts', import.meta.url), { type: 'module', name: 'verifier' }),
);
