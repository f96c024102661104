// Errors of the whole project: a code, what happened, where, why, and the command or change that fixes it.
// An error's kind decides the exit code of the command line (README "Exit codes"). Caveat: codes are stable, texts are not.

/** What kind of failure it is; `EXIT_CODES` maps it to a process exit code. */
export type ErrorKind = 'bug' | 'usage' | 'rejected' | 'constraint' | 'unsupported' | 'backend' | 'chain' | 'interrupted';

export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  bug: 1,
  usage: 2,
  rejected: 3,
  constraint: 4,
  unsupported: 5,
  backend: 6,
  chain: 7,
  interrupted: 130,
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

/** The one typed error: everything this project throws on purpose is a `ZkvmError`. */
export class ZkvmError extends Error {
  override readonly name = 'ZkvmError';
  readonly what: string;
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  /** @param code stable, `ZK` and four digits; the hundreds name the floor: 01 fri, 02 air, 03 statement and files, 04 machine, 05 compiler, 06 backends, 07 chain, 08 command line */
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    detail: ErrorDetail,
  ) {
    super([`${code}: ${detail.what}`, detail.where && `at ${detail.where}`, detail.why].filter(Boolean).join('; '), {
      cause: detail.cause,
    });
    this.what = detail.what;
    this.where = detail.where;
    this.why = detail.why;
    this.fix = detail.fix;
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

/** A proof, or something a proof rests on, is not accepted (exit 3). The verifier throws nothing else. */
export const rejected = (code: string, what: string, where?: string, why?: string): ZkvmError =>
  new ZkvmError('rejected', code, { what, ...(where === undefined ? {} : { where }), ...(why === undefined ? {} : { why }) });

/** The caller's input is wrong (exit 2). */
export const usage = (code: string, detail: ErrorDetail): ZkvmError => new ZkvmError('usage', code, detail);

/** A state that this code promised could not happen (exit 1). */
export const bug = (what: string): ZkvmError =>
  new ZkvmError('bug', 'ZK0001', { what, fix: 'please report this together with the command and the files' });
