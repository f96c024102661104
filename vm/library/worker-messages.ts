// What a page and the worker that proves for it say to each other. Source: structured cloning (HTML standard). Errors travel as their fields and are
// made again on the other side. Caveat: both sides must be of the same release; nothing here is a file format.
import { type ErrorKind, ZkvmError } from '../../fri/core/errors.ts';
import type { RoundedInputs } from './integers.ts';
import type { Progress } from './progress.ts';
import type { Proved, ProveOptions, ProverOptions } from './prover-interface.ts';

/** options that can be sent */
export type SentOptions = Pick<ProveOptions, 'context' | 'profile' | 'allowUndetermined' | 'strict'>;

/** from the page to the worker; `id` names a question, `model` a model that was sent before */
export type ToWorker =
  | { kind: 'start'; id: number; options: Omit<ProverOptions, 'signal'> }
  | { kind: 'model'; model: number; bytes: Uint8Array }
  | { kind: 'forget'; model: number }
  | { kind: 'prove'; id: number; model: number; inputs: RoundedInputs; options: SentOptions; progress: boolean }
  | { kind: 'prepare'; id: number; model: number; options: SentOptions }
  | { kind: 'abort'; id: number }
  | { kind: 'close'; id: number };

/** what a question may be answered with */
export type Answer = { backend: string; why: string } | Proved | undefined;

/** from the worker to the page */
export type FromWorker =
  | { kind: 'progress'; id: number; progress: Progress }
  | { kind: 'backend'; backend: string; why: string }
  | { kind: 'done'; id: number; answer: Answer }
  | { kind: 'failed'; id: number; error: SentError };

/** an error as fields */
export interface SentError {
  name: string;
  message: string;
  stack: string | undefined;
  typed?: { kind: ErrorKind; code: string; what: string; where?: string; why?: string; fix?: string };
}

export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack } = error;
  if (!(error instanceof ZkvmError)) return { name, message, stack };
  const { kind, code, what, where, why, fix } = error;
  return { name, message, stack, typed: { kind, code, what, ...(where && { where }), ...(why && { why }), ...(fix && { fix }) } };
}

export function receivedError({ name, message, stack, typed }: SentError): Error {
  const error = typed
    ? new ZkvmError(...([typed.kind, typed.code, typed] as ConstructorParameters<typeof ZkvmError>))
    : Object.assign(new Error(message), { name });
  if (stack) error.stack = stack;
  return error;
}
