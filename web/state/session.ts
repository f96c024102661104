// What outlives a visit of a view: the model that was compiled last, and the proof that was made last. Caveat: gone with the tab; nothing is stored.
import { signal } from '@preact/signals';
import type { ModelCard } from '../engine/questions.ts';

export const model = signal<ModelCard | undefined>(undefined);
