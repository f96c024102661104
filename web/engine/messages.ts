// The messages between the page and a worker. Caveat: types only.
import type { FailureDetail } from './failure.ts';

export type ToEngine = { kind: 'ask'; id: number; of: string; ask: unknown } | { kind: 'abort'; id: number };

export type FromEngine =
  | { kind: 'told'; id: number; told: unknown }
  | { kind: 'done'; id: number; answer: unknown }
  | { kind: 'aborted'; id: number }
  | { kind: 'failed'; id: number; failure: FailureDetail };
