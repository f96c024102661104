// Errors of the whole project: a code, what happened, where, why, and the command or change that fixes it.
// The codes are a registry (codes/), which says as what each may be thrown. A kind decides the exit code of the command line (README "Exit
// codes"). Caveat: codes are stable, texts are not.

import type { ErrorKind } from './codes/entry.ts';
import type { CodeOf, ErrorCode } from './codes/registry.ts';

export type { CodeOf, ErrorCode, ErrorKind };

/**
 * The exit code of the command line for each kind of error.
 * @example process.exitCode = error instanceof ZkvmError ? EXIT_CODES[error.kind] : EXIT_CODES.bug;
 */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  bug: 1,
  usage: 2,
  rejected: 3,
  constraint: 4,
  unsupported: 5,
  backend: 6,
  chain: 7,
  interrupted: 130,
  terminated: 143,
};

export interface ErrorDetail {
  /** one sentence: what is wrong */
  what: string;
  /** the place: file, node, tensor element, row, section and byte offset */
  where?: string;
  /** expected and got, or the reason */
  why?: string;
  /** what the caller can do about it */
  fix?: string;
  cause?: unknown;
}

type ErrorArguments = { [K in ErrorKind]: [kind: K, code: CodeOf<K>, detail: ErrorDetail] }[ErrorKind];

/**
 * The one typed error: everything this project throws on purpose is a `ZkvmError`.
 * @example
 * try {
 *   await verify(proof, record);
 * } catch (error) {
 *   if (!(error instanceof ZkvmError)) throw error;
 *   console.log(error.code, error.kind, error.what, error.fix);
 * }
 */
export class ZkvmError extends Error {
  override readonly name = 'ZkvmError';
  readonly what: string;
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  readonly kind: ErrorKind;
  readonly code: ErrorCode;

  /** a kind, and a code of the registry (codes/registry.ts) that may be thrown as that */
  constructor(...[kind, code, detail]: ErrorArguments) {
    super([`${code}: ${detail.what}`, detail.where && `at ${detail.where}`, detail.why].filter(Boolean).join('; '), {
      cause: detail.cause,
    });
    this.kind = kind;
    this.code = code;
    this.what = detail.what;
    this.where = detail.where;
    this.why = detail.why;
    this.fix = detail.fix;
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }

  /** where the code is explained, from the package's folder */
  get docs(): string {
    return `docs/ERRORS.md#${this.code.toLowerCase()}`;
  }
}

/** A proof, or something a proof rests on, is not accepted (exit 3). The verifier throws nothing else. */
export const rejected = (code: CodeOf<'rejected'>, what: string, where?: string, why?: string): ZkvmError =>
  new ZkvmError('rejected', code, { what, ...(where === undefined ? {} : { where }), ...(why === undefined ? {} : { why }) });

/** The caller's input is wrong (exit 2). */
export const usage = (code: CodeOf<'usage'>, detail: ErrorDetail): ZkvmError => new ZkvmError('usage', code, detail);

/**
 * An error told again, with more detail or as another kind: what is the caller's mistake in `run` is the proof's fault in `verify`.
 * The fix is left out where the kind changes: it was meant for somebody else.
 */
export function retold(
  kind: ErrorKind,
  { kind: before, code, what, where, why, fix }: ZkvmError,
  detail: Partial<ErrorDetail> = {},
): ZkvmError {
  const known = { what, ...(where && { where }), ...(why && { why }), ...(fix && kind === before && { fix }) };
  return new ZkvmError(...([kind, code, { ...known, ...detail }] as ErrorArguments));
}

/** A state that this code promised could not happen (exit 1). */
export const bug = (what: string): ZkvmError =>
  new ZkvmError('bug', 'ZK0001', { what, fix: 'please report this together with the command and the files' });
